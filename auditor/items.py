"""From hits to items: what people review, with an identity that survives tomorrow.

A rule yields one hit per message. An item gathers the hits of one rule on one adult and one
student (or team) that belong to one episode: contact without a longer pause. Its identity is
made of those things alone, never of counts, dates or thresholds, so next week's messages make
the same item grow instead of making a second one.

This module is pure; ``auditor.itembook`` keeps its results in the ledger.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import pairwise

from auditor.keys import Keyring
from auditor.model import Channel
from auditor.policy import Binding
from auditor.result import Decision, ItemState

MICROSECONDS_A_DAY = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Subject:
    """What an item is about; with its episode number, the whole of its identity."""

    rule: str
    adult: int | None
    student: int | None
    team: int | None
    thing: int | None = None
    """A tool, an account, an approval, a list, a source: what has a name of its own."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One message or record a rule pointed at, what its source calls it and what excepts it."""

    subject: Subject
    message: int
    """Key of the message, or of the record."""
    sent_us: int
    """Microseconds since 1970-01-01T00:00Z; of a record, the beginning of its day."""
    day: int
    """Of a record, the day since which it stands, or was first found to stand."""
    sent_by_adult: bool
    uncertain: bool
    source: str
    native_id: str
    channel: Channel | None
    """None: a record, not a message."""
    tool: str
    numbers: Mapping[str, int]
    """The rule's own evidence columns."""
    covered_by: str | None = None
    tried: tuple[str, ...] = ()
    reached: tuple[int, ...] = ()
    """Team rules: the students this message reached."""

    @property
    def is_record(self) -> bool:
        return self.channel is None


@dataclass(frozen=True, slots=True)
class Recorded:
    """A decision, and how much of the item there was to see when it was made.

    ``decision.by`` is a reference here: ``person:`` with a key, or ``office:`` with its id.
    """

    decision: Decision
    hits_seen: int
    """Messages and records of the adult's that nothing covered."""
    last_sent_us: int


@dataclass(frozen=True, slots=True)
class StoredItem:
    """An item as the ledger knows it."""

    id: str
    subject: Subject
    episode: int
    school_id: str | None
    listed_on: date
    grew_on: date | None
    withdrawn_on: date | None
    hits: tuple[Hit, ...] = field(default=())
    decisions: tuple[Recorded, ...] = ()
    """In the order they were recorded; the last one stands."""

    @property
    def open_hits(self) -> tuple[Hit, ...]:
        """What the adult sent and nothing covers."""
        return tuple(h for h in self.hits if h.sent_by_adult and h.covered_by is None)

    @property
    def is_decided(self) -> bool:
        """Whether a decision stands and nothing has come that its maker could not see.

        A message that arrived late is new as well, whenever it was sent.
        """
        if not self.decisions:
            return False
        seen, now = self.decisions[-1], self.open_hits
        later = any(hit.sent_us > seen.last_sent_us for hit in now)
        return not later and len(now) <= seen.hits_seen

    @property
    def is_covered(self) -> bool:
        """Whether all the adult sent is excepted; what a student sent calls for no exception."""
        return bool(self.hits) and all(
            h.covered_by is not None for h in self.hits if h.sent_by_adult
        )

    def state(self, since: date) -> ItemState:
        """Return the state for a reader who last looked before ``since``."""
        if not self.hits or self.withdrawn_on is not None:
            return ItemState.WITHDRAWN
        if self.is_covered:
            return ItemState.COVERED
        if self.decisions:
            return ItemState.DECIDED if self.is_decided else ItemState.REOPENED
        if self.listed_on >= since:
            return ItemState.NEW
        if self.grew_on is not None and self.grew_on >= since:
            return ItemState.GREW
        return ItemState.CARRIED_OVER


def absorb(hits: Iterable[Hit], bindings: Mapping[str, Binding]) -> list[Hit]:
    """Drop a hit that a more specific rule's hit on the same message and pair speaks for."""
    everything = list(hits)
    spoken_for = {
        (general, h.message, h.subject.adult, h.subject.student)
        for h in everything
        for general in bindings[h.subject.rule].absorbs
    }
    return [
        h
        for h in everything
        if (h.subject.rule, h.message, h.subject.adult, h.subject.student) not in spoken_for
    ]


def episodes(hits: Iterable[Hit], gap_days: int) -> list[tuple[Hit, ...]]:
    """Split one subject's hits where more than ``gap_days`` passed without one.

    A stretch in which only the student wrote is none: that alone is never the adult's doing.
    Records are never split: what stands, stands.
    """
    ordered = sorted(hits, key=lambda h: (h.sent_us, h.message))
    if not ordered or any(h.is_record for h in ordered):
        return [tuple(ordered)] if ordered else []  # a record stands however old it is
    gap = gap_days * MICROSECONDS_A_DAY
    cuts = [n for n, (a, b) in enumerate(pairwise(ordered), 1) if b.sent_us - a.sent_us > gap]
    stretches = (tuple(ordered[a:b]) for a, b in pairwise([0, *cuts, len(ordered)]))
    return [stretch for stretch in stretches if any(h.sent_by_adult for h in stretch)]


@dataclass(frozen=True, slots=True)
class Change:
    """One item after settling. ``before`` is None for a new one, which has no id yet."""

    before: StoredItem | None
    subject: Subject
    episode: int
    hits: tuple[Hit, ...]

    @property
    def grew(self) -> bool:
        """Whether there is something to look at that there was not: a message of the adult's that
        was not known, or was covered, or had been withdrawn.
        """
        if self.before is None:
            return False
        stood = self.before.withdrawn_on is None
        open_before = {h.message for h in self.before.hits if stood and h.covered_by is None}
        return any(
            h.sent_by_adult and h.message not in open_before and h.covered_by is None
            for h in self.hits
        )


def settle(
    stored: Sequence[StoredItem],
    found: Iterable[Hit],
    *,
    first_day: int,
    last_day: int,
    rules: frozenset[str],
    gap_days: int,
    records: bool = True,
) -> list[Change]:
    """Lay what the rules found over what was listed before.

    Only hits of ``rules`` (those that ran) on the judged days are replaced; everything older
    stays. What a rule over records found replaces all it found before, whatever day it is of, for
    it tells what stands now; a record that still stands keeps the day it was first found on.
    Without ``records`` all of those stay: a newer night has told what stands now. An item left
    without hits is returned empty, to be withdrawn. The result is in a fixed order, so that ids are
    given out the same way every time.
    """
    found = list(found)
    by_subject: dict[Subject, list[Hit]] = defaultdict(list)
    since: dict[tuple[Subject, int], Hit] = {}
    items_of: dict[Subject, list[StoredItem]] = defaultdict(list)
    for item in stored:
        items_of[item.subject].append(item)
        if item.withdrawn_on is not None:
            continue  # its messages are kept to know it again, not because they still count
        for hit in item.hits:
            on_a_judged_day = records if hit.is_record else first_day <= hit.day <= last_day
            if hit.is_record:
                since[item.subject, hit.message] = hit
            if not (item.subject.rule in rules and on_a_judged_day):
                by_subject[item.subject].append(hit)
    for hit in found:
        before = since.get((hit.subject, hit.message))
        if hit.is_record and before is not None and before.day < hit.day:
            hit = replace(hit, day=before.day, sent_us=before.sent_us)  # noqa: PLW2901  (the same record)
        by_subject[hit.subject].append(hit)
    changes: list[Change] = []
    for subject in {**items_of, **by_subject}:
        changes += _changes(
            subject, items_of.get(subject, []), episodes(by_subject.get(subject, ()), gap_days)
        )
    changes.sort(key=_order)
    return changes


def _order(change: Change) -> tuple[int, str, int, int, int]:
    first = change.hits[0].sent_us if change.hits else 0
    subject = change.subject
    about = subject.student or subject.team or subject.thing or 0
    return (first, subject.rule, subject.adult or 0, about, change.episode)


def _changes(
    subject: Subject, before: Sequence[StoredItem], now: Sequence[tuple[Hit, ...]]
) -> list[Change]:
    """Match episodes to the items they continue: the one sharing most messages, else a new one."""
    free = {item.id: item for item in before}
    next_episode = max((item.episode for item in before), default=0) + 1
    changes: list[Change] = []
    for hits in now:
        messages = {h.message for h in hits}
        shared = sorted(
            (-len(messages & {h.message for h in i.hits}), i.id) for i in free.values()
        )
        if shared and shared[0][0] < 0:
            item = free.pop(shared[0][1])
            changes.append(Change(item, subject, item.episode, hits))
        else:
            changes.append(Change(None, subject, next_episode, hits))
            next_episode += 1
    changes += [Change(item, subject, item.episode, ()) for item in free.values()]
    return changes


def fingerprint(keyring: Keyring, subject: Subject, episode: int) -> str:
    """Return the identity of an item: 16 hexadecimal digits that never change for it."""
    about = f"s{subject.student}" if subject.team is None else f"t{subject.team}"
    if subject.thing is not None:
        about = f"{about}h{subject.thing}"
    key = keyring.key("item", f"{subject.rule}\0{subject.adult}\0{about}\0{episode}")
    return f"{key & 0xFFFFFFFFFFFFFFFF:016x}"
