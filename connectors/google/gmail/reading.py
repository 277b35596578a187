"""Reading one mailbox: since the point that was kept, or from the newest message backwards.

The point is taken before the list is read, so that what comes in meanwhile is in the next history
at the latest. Whatever was counted already, and will come once more with that history, is kept by
its id and not counted twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from auditor.coverage import days_between
from auditor.keys import AddressRules, email_address
from auditor.model import Message
from auditor.source import Malformed
from connectors.answers import Found
from connectors.brought import Brought, most_of
from connectors.envelope.owner import Owner
from connectors.google.asking import Api, Asking, listed
from connectors.google.gmail.copies import (
    HEADERS,
    SENT,
    Copy,
    CopyReader,
    left_out,
)
from connectors.google.gmail.history import PAGE, History, point_of, unlike
from connectors.google.gmail.kept import Kept
from connectors.google.gmail.lists import Listed, Missed, Order
from connectors.google.gmail.units import GET, LIST, PROFILE, MailboxUnits

_TAKEN_IN_LATER = timedelta(hours=2)
"""How far Gmail's time of a message may lie before its Date, for that Date's day to be whole."""
_ERASED = "{} and erased for good before it could be read"
_LISTED = "in its list, and Gmail did not give it: perhaps erased for good before it could be read"
NOT_ALL = "a message was erased for good, or not given by Gmail, before it could be read"
"""Why a mailbox's day is read in part."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be read of one mailbox."""

    owner: Owner
    everything: bool
    kept: Kept | None
    first: date
    """The first day of the window: nothing before it is counted any more."""
    begins: date
    """The first day that has to be read in full tonight."""
    last: date
    """The last day of the window."""
    through: date
    """The last day of it that is over: what comes in from now on comes in after that."""


@dataclass(slots=True)
class Reading(Brought):
    """What one mailbox brought, and where it is gone on from."""

    lost_days: frozenset[date] = frozenset()
    """Days of which a message may be missing for good."""
    kept: Kept | None = None


@dataclass(slots=True)
class _Tally:
    """What a reading has come to, so far."""

    point: int
    counts: Counter[date] = field(default_factory=Counter)
    again: set[str] = field(default_factory=set)
    lost: set[date] = field(default_factory=set)


class MailboxReader:
    """Reads one mailbox once, in one thread."""

    def __init__(
        self,
        asking: Asking,
        units: MailboxUnits,
        *,
        tool: str,
        rules: AddressRules,
        zone: ZoneInfo,
        where: str,
    ) -> None:
        self._asking = asking
        self._units = units
        self._tool, self._rules = tool, rules
        self._zone = zone
        self._where = where
        self._history = History(asking, units, where=where)

    def read(self, wanted: Wanted) -> Reading:
        """Return what a mailbox holds; raises a ``SourceError``."""
        self._wanted = wanted
        self._copies = CopyReader(wanted.owner, tool=self._tool, rules=self._rules)
        self._result = Reading()
        kept = wanted.kept
        if kept is not None and kept.everything != wanted.everything:
            kept = None  # its numbers are those of another part of the mailbox
        if kept is None or kept.reaches > wanted.begins or not self._go_on(kept):
            self._from_newest(kept)
        self._tell()
        return self._result

    # ---- since the kept point ------------------------------------------------------------------

    def _go_on(self, kept: Kept) -> bool:
        """Read what came since; return False if Gmail does not remember that point any more."""
        found = self._history.since(kept.history, everything=self._wanted.everything)
        if found is None:
            return False
        self._result.notes.update(found.left_out)
        tally = _Tally(found.point, Counter(kept.counts), lost={*kept.lost})
        copies = {gmail_id: self._get(gmail_id) for gmail_id in found.messages}
        for gmail_id, (record, labels) in found.messages.items():
            copy = copies[gmail_id] or self._get(gmail_id)  # Gmail may tell of it a little early
            if copy is None:
                self._erased(labels)
                tally.lost.update(self._since(kept))
                continue
            self._count(replace(copy, record=record), tally, kept.again)
        self._keep(tally, kept.reaches)
        return True

    def _since(self, kept: Kept) -> tuple[date, ...]:
        """Return the days on which a message may have come in since the kept point."""
        wanted = self._wanted
        if kept.through is None:
            return days_between(wanted.begins, wanted.last)
        after = kept.through + timedelta(days=1)
        return days_between(after, max(after, wanted.last))

    def _erased(self, labels: frozenset[str]) -> None:
        how = "sent" if SENT in labels else "received" if labels else "sent or received"
        self._result.lost[_ERASED.format(how)] += 1

    # ---- from the newest backwards -------------------------------------------------------------

    def _from_newest(self, kept: Kept | None) -> None:
        wanted = self._wanted
        tally = _Tally(self._profile())
        if wanted.kept is not None:
            tally.lost |= wanted.kept.lost
        self._ask_again(self._by_list(tally), tally)
        reaches = wanted.begins
        if kept is not None:
            tally.counts = most_of(kept.counts, tally.counts)
            reaches = min(kept.reaches, reaches)
        self._keep(tally, reaches)

    def _by_list(self, tally: _Tally) -> Missed:
        """Read all that a list names, back to where the days begin; return what was not given."""
        order = Order(self._opens())
        missed = Missed()
        for gmail_id in self._ids():
            copy = self._get(gmail_id)
            if copy is None:
                missed.saw_none(gmail_id)
                continue
            missed.saw(copy.taken_in)
            if order.is_before(copy.taken_in):
                if order.rose:
                    raise self._unlike(
                        "its list is in no order of time, so where the days begin is not known"
                    )
                if order.is_over:
                    break
                continue
            self._count(copy, tally)
        return missed

    def _ask_again(self, missed: Missed, tally: _Tally) -> None:
        """Ask once more for what was not given: a list may be a little ahead of what it lists."""
        opens = self._opens()
        for one in missed.found:
            copy = self._get(one.id)
            if copy is not None and copy.taken_in >= opens:
                self._count(copy, tally)
            elif copy is None and (one.before is None or one.before >= opens):
                self._result.lost[_LISTED] += 1
                tally.lost.update(self._between(one))

    def _opens(self) -> datetime:
        """Return when the first message may have been taken in that is of the days asked for."""
        begins = datetime.combine(self._wanted.begins, datetime.min.time(), self._zone)
        return begins - _TAKEN_IN_LATER

    def _count(self, copy: Copy, tally: _Tally, known: frozenset[str] = frozenset()) -> None:
        """Take a copy and count it, unless it is ``known``: counted on an earlier night."""
        day = self._take(copy)
        if day is not None and copy.id not in known:
            tally.counts[day] += 1
        if day is not None and copy.record > tally.point:
            tally.again.add(copy.id)

    def _between(self, one: Listed) -> tuple[date, ...]:
        """Return the days on which a message was taken in, by those that stand around it."""
        wanted = self._wanted
        first, last = (
            usual if at is None else at.astimezone(self._zone).date()
            for at, usual in ((one.after, wanted.begins), (one.before, wanted.last))
        )
        first = max(first, wanted.begins)
        return days_between(first, max(first, last))

    def _profile(self) -> int:
        answer = self._asking.ask(
            Api.GMAIL,
            lambda gmail: gmail.users().getProfile(userId="me", fields="emailAddress,historyId"),
            cost=self._units.cost(PROFILE),
        )
        if not isinstance(answer, Found):
            raise self._unlike("it is in the directory, and Gmail knows nothing of it")
        document = answer.document
        address = document.get("emailAddress") if isinstance(document, dict) else None
        known = email_address(str(address), self._rules)
        if known not in self._wanted.owner.addresses:
            raise MixedUp(self._where)
        return point_of(answer, self._where)

    def _ids(self) -> Iterator[str]:
        only_sent = {} if self._wanted.everything else {"labelIds": [SENT]}
        seen: set[str] = set()
        pages = self._asking.pages(
            Api.GMAIL,
            lambda gmail, mark: gmail.users()
            .messages()
            .list(
                userId="me",
                includeSpamTrash=True,
                maxResults=PAGE,
                pageToken=mark,
                fields="nextPageToken,messages/id",
                **only_sent,
            ),
            items="messages",
            cost=self._units.cost(LIST),
        )
        for answer in pages:
            if not isinstance(answer, Found):  # no list is not an empty one
                raise self._unlike("its list of messages is not there")
            for record in listed(answer.document, "messages"):
                gmail_id = record.get("id")
                if not isinstance(gmail_id, str) or not gmail_id:
                    raise self._unlike("its list names a message without an id")
                if gmail_id not in seen:
                    seen.add(gmail_id)
                    yield gmail_id

    # ---- one message ---------------------------------------------------------------------------

    def _get(self, gmail_id: str) -> Copy | None:
        answer = self._asking.ask(
            Api.GMAIL,
            lambda gmail: gmail.users()
            .messages()
            .get(
                userId="me",
                id=gmail_id,
                format="metadata",
                metadataHeaders=list(HEADERS),
                fields="id,labelIds,internalDate,historyId,payload/headers",
            ),
            cost=self._units.cost(GET),
        )
        if not isinstance(answer, Found):
            return None
        document = answer.document if isinstance(answer.document, dict) else {}
        copy = Copy.of(document)
        if copy is None:
            raise self._unlike("a message has no time of its own")
        if copy.id != gmail_id:
            raise MixedUp(self._where)
        return copy

    def _take(self, copy: Copy) -> date | None:
        """Keep what a copy says; return its day, None if it is no message for us."""
        reason = left_out(copy.labels)
        if reason is None and not self._wanted.everything and SENT not in copy.labels:
            return None
        if reason is not None:
            self._result.notes[reason] += 1
            return None
        found = self._copies.read(copy)
        if isinstance(found, Message):
            self._result.messages.append(found)
            return found.sent_at.astimezone(self._zone).date()
        self._result.refused[found.field, found.reason] += 1
        return None

    # ---- the end -------------------------------------------------------------------------------

    def _keep(self, tally: _Tally, reaches: date) -> None:
        wanted = self._wanted
        kept = Kept(
            tally.point,
            reaches,
            wanted.everything,
            tally.counts,
            frozenset(tally.again),
            wanted.through,
            frozenset(tally.lost),
            wanted.owner.email,
        )
        self._result.kept = kept.since(wanted.first)
        self._result.counts = tally.counts
        self._result.lost_days = kept.lost

    def _tell(self) -> None:
        told = {
            "resent message: who it was resent to counts as a recipient, who resent it is not told":
            self._copies.resent,
            "sent in a name behind which somebody else may stand: nobody is taken for its author "
            "for certain": self._copies.other_hands,
        }  # fmt: skip
        self._result.notes.update({text: n for text, n in told.items() if n})
        self._result.messages.sort(key=lambda m: (m.sent_at, m.native_id))

    def _unlike(self, what: str) -> Malformed:
        return unlike(what, self._where)


class MixedUp(Malformed):
    """One mailbox's question was given another's answer: then no answer is to be trusted."""

    def __init__(self, where: str) -> None:
        super().__init__(
            "a question to one mailbox was given the answer of another, so nothing was kept",
            where=where,
            cure="Look for a proxy that keeps answers; if there is none, tell the makers of this "
            "program",
        )
