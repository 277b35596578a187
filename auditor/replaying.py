"""What if: the same messages under another policy, in memory, told in counts and never in names.

A district that thinks of changing a switch, or of adopting another policy, should see beforehand
how many people and messages that touches. Nothing is settled here: no item, no page, no run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from auditor import night, notice, pastruns, runbook
from auditor.checking import Findings, find
from auditor.desk import CONTEXT_DAYS, Desk, desk_for
from auditor.directory import State, day_number, from_tables, missing_kinds
from auditor.model import Ground
from auditor.nightrecord import NightRecord
from auditor.policy import Pack
from auditor.recordbook import UnreadDay
from auditor.result import CoverageStatement
from auditor.source import FactKind
from auditor.workplace import AuditError, Workplace


@dataclass(frozen=True, slots=True)
class Count:
    """How many are listed under one of two policies only, and under both."""

    gained: int
    """Under the other policy only."""
    lost: int
    """Under the present policy only."""
    both: int

    @property
    def changes(self) -> bool:
        return bool(self.gained or self.lost)


@dataclass(frozen=True, slots=True)
class RuleReplay:
    """One rule under two policies. What is excepted, and what a student sent, is not counted."""

    rule: str
    title: str
    in_present: bool
    """Whether the policy has this rule at all; if not, everything is gained."""
    in_other: bool
    staff: Count
    pairs: Count
    """An adult with a student, team or thing; a record may stand without an adult."""
    messages: Count | None
    """None: the rule looks at records."""
    records: Count | None
    """None: the rule looks at messages."""

    @property
    def changes(self) -> bool:
        counts = (self.staff, self.pairs, self.messages, self.records)
        return any(count is not None and count.changes for count in counts)


@dataclass(frozen=True, slots=True)
class NotRun:
    rule: str
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class Replay:
    first: date
    last: date
    rules: tuple[RuleReplay, ...]
    not_run: tuple[NotRun, ...]
    """Checks of either policy that lack what they need, under both alike."""
    gaps: tuple[str, ...]
    """Sources of which these days were not read in full; what they would add is not counted."""


@dataclass(slots=True)
class _Listed:
    """What one rule lists under one policy."""

    staff: set[int] = field(default_factory=set)
    pairs: set[tuple[int | None, ...]] = field(default_factory=set)
    evidence: set[int] = field(default_factory=set)
    """Messages or records."""


def replay(place: Workplace, other: Pack, first: date, last: date) -> Replay:
    """Run the present policy and another one over some days, and compare what each would list.

    Changes neither ledger nor lake. Days before staff were told of the audit are left out. Raises
    ``AuditError`` if no night has finished yet, or staff had not been told by ``last``.
    """
    with place.ledger.read() as connection:
        record = runbook.last_night(connection)
        if record is None:
            raise AuditError(
                "no nightly run has finished yet",
                where="replay",
                cure="run `auditor run nightly` first",
            )
        notice.require(place.district, last, "replay")
        told = notice.in_force(place.district, last)
        first = first if told is None else max(first, told.staff_told_on)
        stated = runbook.coverage_of(connection, record, first, last, ())
        digests = pastruns.digests(connection)
    state = from_tables(place.lake.read_tables("directory"))
    titles = {source.name: source.title for source in record.sources}
    desks = [desk_for(place, state, titles, pack=p, digests=digests) for p in (place.pack, other)]
    kinds = _kinds(desks[0], record, first, last)
    files = _files(place, first, last)
    found = []
    for desk in desks:
        bound = {rule: place.rules[rule] for rule in desk.pack.bindings}
        ready = night.readiness(bound, (), frozenset(), since=first, known=kinds)
        desk.book.note_unread(place.keyring, _unread(stated, last))
        with desk.engine(first, last) as engine:
            found.append(find(desk.bench(engine, last), ready))
    if _files(place, first, last) != files:
        raise AuditError(
            "a run took in messages meanwhile, so the two cannot be compared",
            where="replay",
            cure="run it again once that run has ended",
        )
    present, changed = found
    rules, not_run = _compared(place, present, changed)
    return Replay(first, last, rules, not_run, _gaps(stated))


def _files(place: Workplace, first: date, last: date) -> tuple[tuple[Path, ...], ...]:
    """Return the files of the days and of those around them that are read along."""
    around = timedelta(days=CONTEXT_DAYS)
    return place.lake.message_files(first - around, last + around)


def _kinds(desk: Desk, record: NightRecord, first: date, last: date) -> frozenset[FactKind]:
    """Return the kinds of facts on record: what checks of the last night had, and what is held."""
    place, state = desk.place, desk.state
    ran = [place.rules[r.rule] for r in record.rules if r.ran and r.rule in place.rules]
    kinds = {need for rule in ran for need in rule.needs}
    kinds |= _delivered(state, first)
    if place.lake.message_files(first, last)[0]:
        kinds.add(FactKind.MESSAGES)
    if any(filed.ground is Ground.FAMILY for filed in desk.exceptions.filed):
        kinds.add(FactKind.FAMILY_TIES)
    if desk.book.tables["digest"].num_rows:
        kinds.add(FactKind.DIGESTS)
    return frozenset(kinds)


def _delivered(state: State, first: date) -> set[FactKind]:
    """Return the kinds of which any source holds something since ``first``."""
    sources = [str(row[-1]) for row in state.latest.get("delivery", {}).values()]
    nothing: frozenset[FactKind] = frozenset()
    return {
        kind
        for source in sources
        for kind in missing_kinds(state, source, nothing, day_number(first))
    }


def _unread(stated: CoverageStatement, last: date) -> list[UnreadDay]:
    """Return the days a night up to ``last`` would call unread, as its own page does."""
    since = last - timedelta(days=runbook.PAGE_DAYS - 1)
    return [
        UnreadDay(source.source, day_number(day))
        for source in stated.sources
        if not source.is_roster
        for day in source.unread
        if day >= since
    ]


def _gaps(stated: CoverageStatement) -> tuple[str, ...]:
    days = (stated.last - stated.first).days + 1
    lines = []
    for source in stated.sources:
        if not source.is_behind:
            continue
        missing = "" if source.is_roster else f", {len(source.missing)} of {days} days missing"
        why = "" if source.reason is None else f" – {source.reason}"
        lines.append(f"{source.title}: {source.state.value}{missing}{why}")
    return tuple(lines)


def _compared(
    place: Workplace, present: Findings, other: Findings
) -> tuple[tuple[RuleReplay, ...], tuple[NotRun, ...]]:
    runs = {run.rule: run for run in (*other.rules, *present.rules)}
    bound = [{run.rule for run in found.rules} for found in (present, other)]
    was, now = _listed(present), _listed(other)
    rules, not_run = [], []
    for rule_id, run in sorted(runs.items()):
        if run.hits is None:
            not_run.append(NotRun(rule_id, run.title, run.reason or run.state.value))
            continue
        before, after = was.get(rule_id, _Listed()), now.get(rule_id, _Listed())
        evidence = _count(before.evidence, after.evidence)
        of_records = place.rules[rule_id].kind == "records"
        rules.append(
            RuleReplay(
                rule=rule_id,
                title=run.title,
                in_present=rule_id in bound[0],
                in_other=rule_id in bound[1],
                staff=_count(before.staff, after.staff),
                pairs=_count(before.pairs, after.pairs),
                messages=None if of_records else evidence,
                records=evidence if of_records else None,
            )
        )
    return tuple(rules), tuple(not_run)


def _listed(found: Findings) -> Mapping[str, _Listed]:
    """Return what each rule found that an adult sent and nothing excepts, and what is on record."""
    listed: dict[str, _Listed] = {}
    for hit in found.hits:
        if hit.covered_by is not None or not hit.sent_by_adult:
            continue
        about = hit.subject
        one = listed.setdefault(about.rule, _Listed())
        if about.adult is not None:
            one.staff.add(about.adult)
        one.pairs.add((about.adult, about.student, about.team, about.thing))
        one.evidence.add(hit.message)
    return listed


def _count(before: Iterable[object], after: Iterable[object]) -> Count:
    was, now = set(before), set(after)
    return Count(len(now - was), len(was - now), len(was & now))
