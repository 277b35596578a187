"""Every kind of bad answer at every endpoint of a cloud: the exact facts, a named gap, or a cure.

It knows no vendor. A cloud's own module says which sources there are, before which small worlds
(``Feed``); here each is read once well, to learn what it asks and what it tells, and then once for
each fault, and once more after it. What holds of every trial:

- what was lost is named: on its day, as a list that could not be read, or in a note;
- what was told was told when all went well, too, or says of itself that it is not all;
- the next reading without a fault is whole, and nothing in it is there twice;
- a source that stops says what to do, and none asks without end.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from auditor.model import GroupMember, Message, PartyRole, UnreadList
from auditor.records import Fact, SystemSetting
from auditor.source import DayCoverage, DayState, Note, Source, SourceError, Window
from benchmarks.pretend.faults import KINDS
from benchmarks.pretend.standing import StandIn
from tests.faults.controls import Control
from tests.faults.trials import Trial

ZONE = ZoneInfo("America/New_York")
"""Of every small world."""
MOST_QUESTIONS = 20
"""Times as many questions as are asked when all goes well: whoever asks more would not end."""
ALWAYS = 1_000_000
SAMPLE = 6
"""Of so many trials that leave no trace, one is followed by another reading."""
NO_PAGE = "empty page with token"

Making = Callable[[Any, Path, Mapping[str, str]], Source]
"""(stand-in, folder of the source, marks of the night before) -> the source, built anew."""


@dataclass(frozen=True)
class Feed:
    """One source in front of a small world, in one zone; ``source`` reads in one thread."""

    name: str
    serving: Callable[[], AbstractContextManager[StandIn]]
    source: Making
    window: Window
    before: Callable[[Any, Path], Mapping[str, str]] = lambda server, folder: {}
    """Reads what an earlier night would have, and returns the marks that it left."""
    endpoints: frozenset[str] = frozenset()
    """Where faults are tried; empty: everywhere. What another feed of the source asks just so is
    tried there."""
    elsewhere: frozenset[str] = frozenset()
    """Endpoints that another source of the group asks in the same code: here from one call on."""
    unpaged: frozenset[str] = frozenset()
    """Endpoints that give a list in one answer: there is no page that another could follow."""


@dataclass(frozen=True)
class CloudGroup:
    """The sources of one cloud: what one ``--only`` runs."""

    name: str
    feeds: tuple[Feed, ...]
    controls: Callable[[Path], Iterator[Control]]
    """Mistakes planted in these sources, in a folder of their own."""


@dataclass(frozen=True)
class Read:
    """Everything one pull told."""

    facts: tuple[Fact, ...]
    coverage: tuple[DayCoverage, ...]
    notes: tuple[Note, ...] = field(compare=False)
    rejected: int
    marks: Mapping[str, str]

    @property
    def messages(self) -> tuple[Message, ...]:
        return tuple(fact for fact in self.facts if isinstance(fact, Message))

    @property
    def unread_days(self) -> frozenset[date]:
        """The days, of whatever unit, that are not called read, where it is said why."""
        rows = (row for row in self.coverage if row.state is not DayState.READ and row.reason)
        return frozenset(row.day for row in rows)

    @property
    def whole(self) -> bool:
        """Whether it says of itself that it is all there is."""
        days = all(row.state is DayState.READ for row in self.coverage)
        return days and not self.rejected and not any(note.lost for note in self.notes)

    def named(self, well: Read) -> bool:
        """Whether a row was set aside, or a note tells of something lost, that was not before."""
        usual = {note.text for note in well.notes if note.lost}
        lost = (note.text not in usual for note in self.notes if note.lost)
        return self.rejected > well.rejected or any(lost)


class Cloud:
    """A source whose stand-in is up, with its oracle: what it tells and asks when all goes well."""

    def __init__(self, feed: Feed, server: StandIn, folder: Path) -> None:
        self.feed = feed
        self._server = server
        self._folder = folder
        self.marks = feed.before(server, folder)
        begun = len(server.asked)
        well = self.read(self.marks)
        if isinstance(well, SourceError):
            raise well
        assert well.facts, feed.name
        assert well.whole, feed.name
        self.well = well
        self.calls = Counter(one.endpoint for one in server.asked[begun:])
        """Endpoint -> how often it is asked."""
        fresh = self.read({}) if self.marks else well
        assert isinstance(fresh, Read), fresh
        self._known = frozenset((*well.facts, *fresh.facts))
        """With what an earlier night told: who loses its mark may tell all of it again."""
        self._most = sum(self.calls.values()) * MOST_QUESTIONS

    def read(self, marks: Mapping[str, str]) -> Read | SourceError:
        """Return what one pull tells, or why it stopped."""
        source = self.feed.source(self._server, self._folder, marks)
        try:
            pages = list(source.pull(self.feed.window))
        except SourceError as error:
            return error
        kept = dict(marks)
        for mark in (mark for page in pages for mark in page.marks):
            kept.pop(mark.unit, None)
            if mark.value is not None:
                kept[mark.unit] = mark.value
        return Read(
            tuple(fact for page in pages for fact in page.facts),
            tuple(row for page in pages for row in page.coverage),
            tuple(note for page in pages for note in page.notes),
            sum(len(page.rejected) for page in pages),
            kept,
        )

    def survive(self, endpoint: str, kind: str, on: int, times: int, *, again: bool) -> str:
        """Let one pull pass with a fault; return what was wrong.

        ``again``: let one without a fault follow. Where other marks were left than usual one always
        does; the rest is read again for a sample, for there the next night begins as it always does.
        """
        faults = self._server.faults
        self._mend()
        faults.plan("*", "404", on=self._most, times=ALWAYS)
        faults.plan(endpoint, kind, on=on, times=times)
        found = self.read(self.marks)
        asked = len(self._server.asked)
        self._mend()
        if asked >= self._most:
            return f"asked {asked} questions, and would not have ended"
        wrong = dishonest(found, self.well, self._known)
        left = isinstance(found, Read) and found.marks and found != self.well
        if wrong or not (again or left):
            return wrong
        after = self.read(found.marks if isinstance(found, Read) else self.marks)
        return different(after, found, self.well, self._known)

    def surviving(
        self, endpoint: str, kind: str, on: int, times: int, *, again: bool
    ) -> Callable[[], str]:
        return partial(self.survive, endpoint, kind, on, times, again=again)

    def tried(self) -> list[tuple[str, int]]:
        """Return where faults are tried, each with how often it is asked."""
        wanted = self.feed.endpoints or self.calls.keys()
        assert wanted <= self.calls.keys(), wanted - self.calls.keys()
        return [(endpoint, self.calls[endpoint]) for endpoint in sorted(wanted)]

    def _mend(self) -> None:
        self._server.faults.clear()
        self._server.faults.done.clear()
        del self._server.asked[:]


# ---- what counts as having survived ------------------------------------------------------------


def dishonest(found: Read | SourceError, well: Read, known: frozenset[Fact]) -> str:
    """Say what a disturbed reading tells wrongly, or lacks without naming it.

    A message may come twice: it has a key of its own and is kept once.
    """
    if isinstance(found, SourceError):
        return "" if found.what and found.cure else f"stopped without a cure: {found}"
    surplus = Counter(found.facts) - Counter(well.facts)
    lacking = Counter(well.facts) - Counter(found.facts)
    named = found.named(well)
    for fact in surplus:
        if fact in well.facts and not isinstance(fact, Message):
            return f"tells twice: {_shown(fact)}"
        if fact not in known and not _admits(fact, well, found, named=named):
            return f"tells what nobody told: {_shown(fact)}"
    silent = [fact for fact in lacking if not _excused(fact, found, named=named)]
    return f"lacks {len(silent)} facts silently, such as {_shown(silent[0])}" if silent else ""


def _admits(fact: Fact, well: Read, found: Read, *, named: bool) -> bool:
    """Whether what was not told before says of itself that it is less than all."""
    if isinstance(fact, UnreadList):
        return True
    if isinstance(fact, Message):
        usual = {one.native_id for one in well.messages}
        known = fact.native_id in usual and _says_less(fact)
        if known and any(_is_copy(fact, one) for one in well.messages if one in found.facts):
            return True
        return known and (named or _day(fact) in found.unread_days)
    if isinstance(fact, SystemSetting):
        return named and fact.found == ""
    if isinstance(fact, GroupMember):
        usual_places = {(f.group, f.member) for f in well.facts if isinstance(f, GroupMember)}
        undated = fact.start is None and fact.end is None
        return named and undated and (fact.group, fact.member) in usual_places
    return False


def _says_less(message: Message) -> bool:
    """Whether a message says itself that not all of it is known: to whom, or by whose hand."""
    return message.recipients_hidden or message.on_behalf_of in {
        party.address for party in message.parties if party.role is PartyRole.FROM
    }


def _is_copy(fact: Message, other: Message) -> bool:
    """Whether it tells of another message again, and no more of it: copies are put together."""
    return fact.native_id == other.native_id and set(fact.parties) <= set(other.parties)


def _excused(fact: Fact, found: Read, *, named: bool) -> bool:
    if isinstance(fact, Message):
        less = any(_says_less(f) and f.native_id == fact.native_id for f in found.messages)
        return less or _day(fact) in found.unread_days or found.rejected > 0
    return named or any(isinstance(one, UnreadList) for one in found.facts)


def _day(message: Message) -> date:
    return message.sent_at.astimezone(ZONE).date()


def different(
    after: Read | SourceError, found: Read | SourceError, well: Read, known: frozenset[Fact]
) -> str:
    """Say in what the next reading, with nothing wrong any more, leaves the district other."""
    if isinstance(after, SourceError):
        return f"stopped again: {after}"
    before = found if isinstance(found, Read) else None
    gone_for_good = frozenset() if before is None or not before.marks else before.unread_days
    if not after.unread_days <= gone_for_good:
        return "the next reading is not whole"
    if before is None or not before.marks:
        same = after.facts == well.facts and after.coverage == well.coverage
        return "" if same else "the next reading is another"
    if max(Counter(after.facts).values(), default=0) > 1:
        return "the next reading tells something twice"
    kept, wanted = _by_id((*before.facts, *after.facts)), _by_id(well.facts)
    gone = {one.native_id for one in well.messages if _day(one) in after.unread_days}
    for id_, fact in wanted.items():
        held = kept.get(id_)
        less = isinstance(held, Message) and _says_less(held)
        if not (held == fact or less or id_ in gone):
            return f"does not come in with the next reading: {_shown(fact)}"
    return "" if kept.keys() <= _by_id(known).keys() else "holds more after the next reading"


def _by_id(facts: Iterable[Fact]) -> dict[object, Fact]:
    """Return facts as the lake keeps them: of a message what was told last."""
    return {f.native_id if isinstance(f, Message) else f: f for f in facts}


def _shown(fact: Fact) -> str:
    return repr(fact)[:120]


# ---- which trials there are --------------------------------------------------------------------


@contextmanager
def opened(feed: Feed, folder: Path) -> Iterator[Cloud]:
    """Serve a feed's world and learn what is asked of it; every trial on it is run within."""
    with feed.serving() as server:
        yield Cloud(feed, server, folder / feed.name.replace(" ", "-"))


def places(calls: int) -> tuple[int, ...]:
    """Return the first, the middle and the last of so many calls, counted from 1."""
    return tuple(dict.fromkeys((1, (calls + 1) // 2, calls)))


def cloud_trials(cloud: Cloud, group: str, kinds: Iterable[str] = KINDS) -> Iterator[Trial]:
    """Yield each kind at each endpoint: from one of its calls on, and every second time at one alone."""
    for number, kind in enumerate(kinds):
        for place, (endpoint, calls) in enumerate(cloud.tried()):
            if kind == NO_PAGE and endpoint in cloud.feed.unpaged:
                continue
            at = places(calls)
            alone, staying = (at[number % len(at)], 1), (at[(number + 1) % len(at)], ALWAYS)
            one_way = endpoint in cloud.feed.elsewhere or (number + place) % 2
            for on, times in (staying,) if one_way else (alone, staying):
                which = f"from call {on} on" if times > 1 else f"call {on}"
                name = f"{cloud.feed.name}: {endpoint}, {which} of {calls}"
                again = (number + place) % SAMPLE == 0
                yield Trial(group, kind, name, cloud.surviving(endpoint, kind, on, times, again=again))


def quick_trials(cloud: Cloud, group: str, kinds: Iterable[str]) -> Iterator[Trial]:
    """Yield each of some kinds once, at one endpoint after the other."""
    tried = cloud.tried()
    for number, kind in enumerate(kinds):
        endpoint, calls = tried[number % len(tried)]
        name = f"{cloud.feed.name}: {endpoint}, from call {calls} on"
        yield Trial(group, kind, name, cloud.surviving(endpoint, kind, calls, ALWAYS, again=True))
