"""One pull of inboxes and comments: read one after the other, told in the order of time.

A message stands in the inbox of everybody who was told, and counts once, for whom it was found
with first. All inboxes come before the first message goes out: what was sent in bulk is put
together again before anybody calls it private.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from random import Random
from zoneinfo import ZoneInfo

from auditor.coverage import days_between
from auditor.model import Automation, Channel, Message, Party, PartyRole
from auditor.source import (
    DayCoverage,
    DayState,
    Note,
    Page,
    Rejected,
    SourceContext,
    SourceError,
    Window,
)
from connectors.canvas.asked import Asked
from connectors.canvas.asking import Asking
from connectors.canvas.comments import Commented, Comments, Course
from connectors.canvas.conversations import Inbox, Inboxes, NotActing
from connectors.canvas.sent import Imprints, Sent, regrouped
from connectors.canvas.settings import CanvasSettings
from connectors.canvas.users import People, User, told_of_links
from connectors.paging import PAGE_RECORDS, FillingPage
from connectors.patience import Patience

STRANGER = "message with somebody whom Canvas does not list among its users"
UNCLEAR = "message in a conversation of which it is not told who was added later"
UNTOLD = "message of which Canvas does not tell who was told"
IN_BULK = "message sent to several people one by one, told as one announcement"
VANISHED = "a conversation was gone when it was to be read"


class Night:
    """Reads inboxes and courses once."""

    def __init__(
        self,
        asking: Asking,
        context: SourceContext,
        settings: CanvasSettings,
        window: Window,
        random: Random,
    ) -> None:
        self._context = context
        self._tool = settings.tool
        self._link = settings.person_id
        self._asking = asking
        self._zone = ZoneInfo(context.timezone)
        self._days = days_between(window.since or window.first, window.last)
        self._begins, self._ends = window.span(self._zone)
        imprints = Imprints(random)
        self._inboxes = Inboxes(asking, imprints, self._begins, self._ends)
        self._comments = Comments(asking, imprints, self._begins, self._ends)
        self._said: Counter[tuple[str, bool]] = Counter()
        self._page = FillingPage()
        self._rows: list[DayCoverage] = []
        self._found: dict[str, Sent] = {}
        self._parts: dict[str, set[date]] = defaultdict(set)
        """Inbox -> days of which something could not be read."""

    def pages(
        self, asked: Asked, courses: Sequence[Course], people: People
    ) -> Iterator[Page]:
        """Yield all messages; raises a ``SourceError`` that concerns everybody."""
        for text, count in told_of_links(people, self._link):
            self._said[text, True] += count
        read = list(self._read_inboxes(asked.users))
        self._read_courses(courses)
        counts: dict[str, Counter[date]] = defaultdict(Counter)
        whole: Counter[date] = Counter()
        authors = frozenset(user.id for user in asked.users)
        for sent in regrouped(self._found.values(), authors):
            if not self._begins <= sent.at < self._ends:
                continue
            day = sent.at.astimezone(self._zone).date()
            counts[sent.unit][day] += 1
            whole[day] += 1
            self._deliver(sent, people)
            if len(self._page.facts) >= PAGE_RECORDS:
                yield self._page.done()
                self._page = FillingPage()
        for unit in read:
            self._rows += [self._told(unit, day, counts[unit][day]) for day in self._days]
        self._rows += [DayCoverage(day, DayState.READ, whole[day]) for day in self._days]
        over = frozenset(user.unit for user in people if user.id not in authors)
        yield replace(self._last(), over=over, marks=asked.marks)

    def missing(self, unit: str, reason: str) -> None:
        """Say of an inbox or a course that it was not read, on any day asked for."""
        missing = DayState.MISSING
        self._rows += [DayCoverage(day, missing, None, reason, unit) for day in self._days]

    # ---- asking ----------------------------------------------------------------------------

    def _read_inboxes(self, users: Sequence[User]) -> Iterator[str]:
        """Yield the name of each inbox that was read."""
        patience = Patience()
        for done, user in enumerate(users, 1):
            inbox = self._inbox(user, patience)
            self._context.progress(done, len(users), "inboxes")
            if inbox.failure is not None:
                self.missing(user.unit, inbox.failure.what)
                continue
            self._take(user.unit, inbox)
            for at in inbox.vanished:
                last = self._days[-1] if at is None else at.astimezone(self._zone).date()
                self._parts[user.unit] |= {day for day in self._days if day <= last}
            yield user.unit
        patience.settle()

    def _inbox(self, user: User, patience: Patience) -> Inbox:
        stopped = patience.given_up()
        if stopped is not None:
            return Inbox(failure=stopped)
        try:
            found = self._inboxes.of(user)
        except NotActing:
            raise
        except SourceError as error:
            found = Inbox(failure=error)
        patience.saw(found.failure)
        return found

    def _read_courses(self, courses: Sequence[Course]) -> None:
        patience = Patience()
        for done, course in enumerate(courses, 1):
            found = Commented(failure=patience.given_up())
            if found.failure is None:
                try:
                    found = self._comments.of(course)
                except SourceError as error:
                    found = Commented(failure=error)
                patience.saw(found.failure)
            self._context.progress(done, len(courses), "courses")
            if found.failure is not None:
                self.missing(course.unit, found.failure.what)
            else:
                self._take(course.unit, found)

    def _take(self, unit: str, brought: Inbox | Commented) -> None:
        for sent in brought.sent:
            known = self._found.get(sent.id)
            if known is None or (sent.complete and not known.complete):
                self._found[sent.id] = sent if known is None else replace(sent, unit=known.unit)
        for (name, reason), count in sorted(brought.refused.items()):
            self._page.rejected += [Rejected(unit, None, name, reason)] * count
        self._said += brought.said
        self._page.records += brought.records

    # ---- telling ---------------------------------------------------------------------------

    def _deliver(self, sent: Sent, people: People) -> None:
        author = people.address(sent.author)
        role = PartyRole.MEMBER if len(sent.others) > 1 and not sent.bulk else PartyRole.TO
        parties = {author: PartyRole.FROM}
        for other in sent.others:
            parties.setdefault(people.address(other), role)
        self._said[STRANGER, True] += not all(map(people.knows, (sent.author, *sent.others)))
        self._said[UNCLEAR, True] += not (sent.complete or sent.comment)
        self._said[UNTOLD, True] += bool(sent.unparsed)
        self._said[IN_BULK, False] += sent.bulk
        self._page.facts.append(
            Message(
                native_id=sent.id,
                channel=_channel(sent),
                tool=self._tool,
                sent_at=sent.at,
                parties=tuple(Party(address, role) for address, role in parties.items()),
                thread=f"{self._context.name}/{sent.thread}",
                # No container: others of the same course are not shown it.
                automated=_automated(sent),
                recipients_hidden=not sent.complete or bool(sent.unparsed),
                unparsed=sent.unparsed,
            )
        )

    def _told(self, unit: str, day: date, count: int) -> DayCoverage:
        if day in self._parts[unit]:
            return DayCoverage(day, DayState.PART, count, VANISHED, unit)
        return DayCoverage(day, DayState.READ, count, unit=unit)

    def _last(self) -> Page:
        self._page.notes += _notes(self._context.title, self._said.items())
        self._page.notes += self._asking.notes()
        return replace(self._page.done(), coverage=tuple(self._rows))


def _notes(where: str, said: Iterable[tuple[tuple[str, bool], int]]) -> Iterator[Note]:
    for (text, lost), count in sorted(said):
        if count:
            yield Note(where, text, count, lost)


def _channel(sent: Sent) -> Channel:
    if sent.comment:
        return Channel.LMS_COMMENT
    return Channel.ANNOUNCEMENT if sent.bulk else Channel.LMS_MESSAGE


def _automated(sent: Sent) -> Automation:
    if sent.generated:
        return Automation.NOTIFICATION
    return Automation.AUTO_REPLY if sent.automatic else Automation.NO
