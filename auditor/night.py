"""The nightly page as values: did it run, what is missing, what to do about it, by when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, and_, or_, select

from auditor.coverage import accepted_until, day_words
from auditor.directory import day_number
from auditor.ledger.tables import quarantine, run
from auditor.nightrecord import NightRecord
from auditor.pulling import Pulled
from auditor.recordbook import UnreadDay
from auditor.result import (
    CoverageStatement,
    KnownLimit,
    NightCell,
    QuarantineLine,
    RuleRun,
    SourceNight,
    SourceState,
)
from auditor.rule import Rule
from auditor.source import OPTIONAL_KINDS, DayState, FactKind
from auditor.workplace import District

SHOWN = 200
"""Rows of quarantine and of the unmatched queue on the page; the ledger holds all."""
NIGHTS = 14
ASIDE_DAYS = 30
OLD_ROSTER_DAYS = 30
"""A roster of classes changes every week of a school year; one this old is not today's."""
Readiness = tuple[SourceState, str | None, tuple[tuple[str, bool], ...]]
ABLE = (SourceState.FULL, SourceState.PART)
"""States in which a check is made."""
NOT_KEPT = "no records are kept of "
"""Why a check is not set up, where the district keeps no such records: then none was planned."""


def readiness(
    rules: Mapping[str, Rule],
    pulled: Sequence[Pulled],
    delivered_before: frozenset[str],
    *,
    since: date,
    known: frozenset[FactKind] = frozenset(),
) -> dict[str, Readiness]:
    """Say of each rule whether its sources were there: (state, reason, source -> in full).

    Days before ``since`` were answered for by earlier nights. ``known`` are kinds of facts that no
    source brings and that are there all the same.

    A roster that failed tonight but delivered before leaves a rule "in part": it runs on the
    last good state. Without any delivery, ever, it cannot run. Where one of several lists is
    missing, whoever stands only in it is an address nobody knows, and what that leaves open is
    marked uncertain.
    """
    full = {p.name: in_full(p, since) for p in pulled}
    return {
        rule_id: _ready(frozenset(rule.needs) - known, pulled, full, delivered_before)
        for rule_id, rule in rules.items()
    }


def _ready(
    needs: frozenset[FactKind],
    pulled: Sequence[Pulled],
    in_full: Mapping[str, bool],
    delivered_before: frozenset[str],
) -> Readiness:
    used = [p for p in pulled if p.source.provides & needs]
    full = {p.name: in_full[p.name] for p in used}
    sources = tuple(sorted(full.items()))
    # What was never planned is said only if nothing that was planned is missing.
    for need in sorted(needs, key=lambda need: (need in OPTIONAL_KINDS, need)):
        providers = [p for p in used if need in p.source.provides]
        if not providers:
            words = need.replace("-", " ")
            reason = f"{NOT_KEPT if need in OPTIONAL_KINDS else 'no source brings '}{words}"
            return SourceState.ABSENT, reason, sources
        alive = [p for p in providers if p.failure is None or p.name in delivered_before]
        if not alive:
            return SourceState.NONE, f"{providers[0].source.context.title} was not read", sources
    behind = [p.source.context.title for p in used if not full[p.name]]
    if behind:
        return SourceState.PART, f"not in full: {', '.join(behind)}", sources
    return SourceState.FULL, None, sources


def was_planned(run: RuleRun) -> bool:
    """Whether a check that was not made should have been: a gap, not just something not set up."""
    reason = run.reason or ""
    return run.state is SourceState.NONE or (
        run.state is SourceState.ABSENT and not reason.startswith(NOT_KEPT)
    )


def unread_days(
    pulled: Sequence[Pulled], first: date, last: date, limits: Sequence[KnownLimit] = ()
) -> list[UnreadDay]:
    """Return the days of each source of messages that were planned and not read in full.

    Without those up to which the district has accepted that a source is not read.
    """
    unread = []
    for one in pulled:
        if not one.brings_messages:
            continue
        read = {d.day for d in one.coverage if d.state is DayState.READ}
        accepted = accepted_until(limits, one.name)
        after = first if accepted is None else max(first, accepted + timedelta(days=1))
        days = (after + timedelta(days=n) for n in range((last - after).days + 1))
        unread += [UnreadDay(one.name, day_number(day)) for day in days if day not in read]
    return unread


def in_full(pulled: Pulled, since: date) -> bool:
    """Whether a source gave all that was asked of it from the day ``since`` on, beyond doubt."""
    days = (d for d in pulled.coverage if d.day >= since)
    sure = pulled.failure is None and pulled.doubt is None
    return sure and all(d.state is DayState.READ for d in days)


def source_nights(
    pulled: Sequence[Pulled],
    coverage: CoverageStatement,
    usual: Mapping[str, float | None],
    wanted: tuple[date, date],
) -> tuple[SourceNight, ...]:
    """Return one row for each source, as IT sees it."""
    states = {s.source: s for s in coverage.sources}
    rows = []
    for one in pulled:
        landed, context = one.landed, one.source.context
        stated = states[one.name]
        rows.append(
            SourceNight(
                source=one.name,
                title=context.title,
                connector=type(one.source).__name__,
                state=stated.state,
                wanted_first=wanted[0],
                wanted_last=wanted[1],
                received_first=None if landed is None else landed.first_day,
                received_last=None if landed is None else landed.last_day,
                records=None if landed is None else landed.read,
                new=None if landed is None else landed.new,
                already_known=None if landed is None else landed.already_known,
                rejected=None if landed is None else landed.rejected,
                usual=usual.get(one.name) if one.newest is None else one.newest.usual,
                happened=_happened(one, stated.reason),
                seconds=one.seconds,
                newest_day=None if one.newest is None else one.newest.day,
                newest_records=None if one.newest is None else one.newest.records,
                lag_half_seconds=None if one.lag is None else one.lag.half_seconds,
                lag_most_seconds=None if one.lag is None else one.lag.most_seconds,
                late=None if one.lag is None else one.lag.late,
            )
        )
    return tuple(rows)


def _happened(pulled: Pulled, reason: str | None) -> str:
    if pulled.failure is not None:
        return str(pulled.failure)
    told = list(pulled.remarks)
    if pulled.rejected:
        told.append(f"{len(pulled.rejected)} set aside")
    if reason:
        told.append(reason)
    return "; ".join(told) or "read in full"


def kept_aside(
    connection: Connection, pulled: Sequence[Pulled], record: NightRecord
) -> tuple[QuarantineLine, ...]:
    """Return what is set aside: of lists tonight's, of messages what came in the last 30 days.

    A list is read anew each night; a file of messages is read once, and what could not be read
    in it must not leave the page the next morning.
    """
    since = (record.audit_date - timedelta(days=ASIDE_DAYS)).isoformat()
    message_sources = [p.name for p in pulled if p.brings_messages]
    rows = connection.execute(
        select(quarantine)
        .join(run, run.c.run_id == quarantine.c.run_id)
        .where(
            or_(
                quarantine.c.run_id == record.run_id,
                and_(quarantine.c.source.in_(message_sources), run.c.audit_date >= since),
            )
        )
        .order_by(quarantine.c.id)
    ).mappings()
    lines = (
        QuarantineLine(r["source"], r["file"], r["line"], r["field"], r["reason"]) for r in rows
    )
    return tuple(dict.fromkeys(lines))


def old_rosters(pulled: Sequence[Pulled], audit_date: date) -> tuple[str, ...]:
    """Say which rosters were read in full and are too old to tell who is who."""
    return tuple(
        f"{one.source.context.title}: the newest file is of {one.newest_file:%b} "
        f"{one.newest_file.day}, {one.newest_file.year}."
        for one in pulled
        if FactKind.CLASSES in one.source.provides
        and one.newest_file is not None
        and (audit_date - one.newest_file.date()).days > OLD_ROSTER_DAYS
    )


def not_over(district: District, audit_date: date, now: datetime) -> tuple[str, ...]:
    """Say of a run that began before its day had ended what it is: a look, and no night."""
    if district.is_over(audit_date, now):
        return ()
    what = "it is a look at an unfinished day, and the night of that day is still to come"
    return (f"{day_words(audit_date)} was not over when this run began: {what}.",)


def too_late(pulled: Sequence[Pulled]) -> tuple[str, ...]:
    """Say of which sources messages come in later than they are asked for again."""
    return tuple(
        f"{one.source.context.title} brought {_messages(one.beyond)} later than the "
        f"{one.source.context.reread_days} days it is asked for again, so others may be missing."
        for one in pulled
        if one.beyond
    )


def _messages(count: int) -> str:
    return "1 message" if count == 1 else f"{count} messages"


def notes(pulled: Sequence[Pulled]) -> tuple[tuple[str, str, int], ...]:
    counts: Counter[tuple[str, str]] = Counter()
    for one in pulled:
        for note in one.notes:
            counts[note.file, note.text] += note.count
    return tuple((file, text, n) for (file, text), n in sorted(counts.items()))


def last_nights(
    titles: Sequence[tuple[str, str]],
    read: Mapping[str, Mapping[date, object]],
    audit_date: date,
) -> tuple[tuple[str, tuple[NightCell, ...]], ...]:
    """Return for each source of messages the state of its last 14 days, after catch-up."""
    days = [audit_date - timedelta(days=n) for n in range(NIGHTS - 1, -1, -1)]
    return tuple(
        (title, tuple(NightCell(day, _cell(read.get(name, {}).get(day))) for day in days))
        for name, title in titles
    )


def _cell(read: object) -> SourceState:
    state = getattr(read, "state", None)
    if state is DayState.READ:
        return SourceState.FULL
    return SourceState.PART if state is DayState.PART else SourceState.NONE
