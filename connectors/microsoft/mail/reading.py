"""Reading one mailbox, folder by folder: what came since the kept link, or all of the days.

Graph's link tells what came into a folder since it was given; a mail that was moved came into
another folder, is the same message by its Message-ID, and counts in both. A link that is too old
(410) means that the days are read anew.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from auditor.keys import AddressRules
from auditor.model import Message
from auditor.source import Denied, Malformed, SourceError, Transient
from connectors.brought import Brought, most_of
from connectors.envelope.owner import Owner
from connectors.microsoft.asking import Begin, Graph, Whole
from connectors.microsoft.mail.copies import HEADERS, PROPERTIES, Copy, CopyReader, LeftOut
from connectors.microsoft.mail.folders import Folder, Homes, NotHere, all_folders, sent_folders
from connectors.microsoft.mail.kept import REFUSED, WITH, WITHOUT, Kept

PAGE = 500
"""Messages on a page that we prefer; with headers, some megabytes."""
MOST_FILTERED = 5_000
"""Messages that a folder's list tells where it is asked from a moment on (message: delta)."""
_TAKEN_IN_LATER = timedelta(hours=2)
"""How far Exchange's time of a message may lie before its own, for that day to be whole."""
_PREFER = {"Prefer": f"odata.maxpagesize={PAGE}"}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be read of one mailbox."""

    user: str
    """The account's object id."""
    owner: Owner
    everything: bool
    headers: bool
    kept: Mapping[str, Kept | None]
    """Folder -> what is kept of it; None where that cannot be gone on from."""
    first: date
    """The first day of the window: nothing before it is counted any more."""
    begins: date
    """The first day that has to be read in full tonight."""


@dataclass(slots=True)
class Reading(Brought):
    """What one mailbox brought, and where each of its folders is gone on from."""

    kept: dict[str, Kept | None] = field(default_factory=dict)
    """None: the folder is read no more."""


@dataclass(slots=True)
class _Round:
    """One folder's list, from its first page to its last."""

    copies: dict[str, Copy] = field(default_factory=dict)
    left_out: dict[str, LeftOut] = field(default_factory=dict)
    """By its id: a list that is begun anew tells of it again."""
    link: str | None = None
    begin: bool = False
    rows: int = 0
    """What the list told, all of it: what it tells twice takes up its room as well."""


class MailboxReader:
    """Reads one mailbox once, in one thread."""

    def __init__(
        self, graph: Graph, homes: Homes, *, tool: str, rules: AddressRules, zone: ZoneInfo
    ) -> None:
        self._graph = graph
        self._homes = homes
        self._tool, self._rules = tool, rules
        self._zone = zone

    def read(self, wanted: Wanted) -> Reading:
        """Return what a mailbox holds; raises a ``SourceError``."""
        self._wanted = wanted
        self._copies = CopyReader(wanted.owner, tool=self._tool, rules=self._rules)
        self._result = Reading()
        whole = wanted.everything
        for folder in all_folders(self._graph, wanted.user) if whole else sent_folders():
            self._folder(folder)
        for key in wanted.kept:
            self._result.kept.setdefault(key, None)
        self._tell()
        return self._result

    # ---- one folder ----------------------------------------------------------------------------

    def _folder(self, folder: Folder) -> None:
        wanted = self._wanted
        kept = wanted.kept.get(folder.key)
        server = self._graph.access.graph
        if kept is not None and kept.serves(
            begins=wanted.begins, headers=wanted.headers, server=server
        ):
            found = self._round(folder, {}, since=kept.link)
            if not found.begin and found.link is not None:
                counts = Counter(kept.counts) + self._taken(folder, found)
                self._keep(folder, Kept(found.link, kept.reaches, kept.headers, counts))
                return
        self._from_start(folder, kept)

    def _from_start(self, folder: Folder, kept: Kept | None) -> None:
        wanted = self._wanted
        begins = datetime.combine(wanted.begins, datetime.min.time(), self._zone)
        found, headers = self._first_round(folder, begins - _TAKEN_IN_LATER)
        if found.link is None:
            if folder.sent:
                raise NotHere(self._graph.where)
            self._result.notes["folder that went while the mailbox was read"] += 1
            return
        counts, reaches = self._taken(folder, found), wanted.begins
        if kept is not None:
            counts, reaches = most_of(kept.counts, counts), min(kept.reaches, reaches)
        self._keep(folder, Kept(found.link, reaches, headers, counts))

    def _first_round(self, folder: Folder, begins: datetime) -> tuple[_Round, str]:
        """Return a folder's list from a moment on, and whether headers came with it."""
        if not self._wanted.headers:
            return self._filtered(folder, PROPERTIES, begins), WITHOUT
        try:
            return self._filtered(folder, (*PROPERTIES, HEADERS), begins), WITH
        except (Denied, Malformed) as error:
            if not any(status in error.what for status in ("400", "403")):
                raise
            # The headers may be what is not allowed; if not, it says so again.
            found = self._filtered(folder, PROPERTIES, begins)
            self._result.notes["headers are not allowed, and were left out"] += 1
            return found, REFUSED

    def _filtered(
        self, folder: Folder, properties: tuple[str, ...], begins: datetime
    ) -> _Round:
        asked = {"$select": ",".join(properties), "changeType": "created"}
        moment = begins.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        found = self._round(folder, {**asked, "$filter": f"receivedDateTime ge {moment}"})
        if found.rows >= MOST_FILTERED:
            # There may be more than such a list tells; years of mail are not held for it.
            found = self._round(folder, asked, begins=begins)
        if found.begin:
            raise Transient(
                "a list that was begun anew is said to be too old",
                where=self._graph.where,
                cure="The next run tries again",
            )
        return found

    def _round(
        self,
        folder: Folder,
        asked: Mapping[str, str],
        *,
        since: str | None = None,
        begins: datetime | None = None,
    ) -> _Round:
        """Return a folder's list; what was taken in before ``begins`` is passed over."""
        path = f"users/{self._wanted.user}/mailFolders/{folder.key}/messages/delta"
        found = _Round()
        told = False
        for one in self._graph.delta(path, asked, since=since, headers=_PREFER):
            told = True
            if isinstance(one, Begin):
                found.begin = True
            elif isinstance(one, Whole):
                found.link = one.link
            else:
                found.rows += 1
                copy = Copy.of(one)
                if isinstance(copy, Copy) and begins is not None and copy.is_before(begins):
                    continue
                if isinstance(copy, LeftOut):
                    found.left_out[str(one["id"])] = copy
                elif copy is not None:
                    if copy.folder:
                        self._homes.check(copy.folder, self._wanted.user, self._graph.where)
                    found.copies[copy.id] = copy
        if told and found.link is None and not found.begin:
            raise self._unlike("the list of a folder ends without saying so")
        return found

    def _taken(self, folder: Folder, found: _Round) -> Counter[date]:
        """Keep what a folder's list says; return how many messages of each day it has."""
        counts: Counter[date] = Counter()
        for copy in found.copies.values():
            owners = self._copies.is_owners(copy)
            if folder.only_sent and not owners:
                continue
            sent = folder.sent or (owners and not copy.has_headers)
            if self._wanted.headers and not sent and not copy.has_headers:
                self._result.notes[
                    "mail that came in without headers: a machine's is known by its address alone"
                ] += 1
            message = self._copies.read(copy, sent=sent)
            if isinstance(message, Message):
                self._result.messages.append(message)
                counts[message.sent_at.astimezone(self._zone).date()] += 1
            else:
                self._result.refused[message.field, message.reason] += 1
        self._result.notes.update(found.left_out.values())
        return counts

    # ---- the end -------------------------------------------------------------------------------

    def _keep(self, folder: Folder, kept: Kept) -> None:
        self._result.kept[folder.key] = kept.since(self._wanted.first)
        self._result.counts += Counter(kept.counts)

    def _tell(self) -> None:
        told = {
            "resent message: who it was resent to counts as a recipient, who resent it is not told":
            self._copies.resent,
            "sent in a name behind which somebody else may stand: nobody is taken for its author "
            "for certain": self._copies.other_hands,
        }  # fmt: skip
        self._result.notes.update({text: n for text, n in told.items() if n})
        self._result.messages.sort(key=lambda m: (m.sent_at, m.native_id))

    def _unlike(self, what: str) -> SourceError:
        return Malformed(
            what,
            where=self._graph.where,
            cure="Tell the makers of this program; Microsoft may have changed what it answers",
        )
