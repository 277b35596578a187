"""The nightly page as values: did it run, what is missing, what to do about it, by when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy import Connection, and_, or_, select

from auditor.ledger.tables import quarantine, run
from auditor.pulling import Pulled
from auditor.result import (
    BalanceLine,
    CoverageStatement,
    DoNow,
    NightCell,
    QuarantineLine,
    SourceNight,
    SourceState,
    Unmatched,
)
from auditor.rule import Rule
from auditor.runbook import NightRecord
from auditor.source import DayState, FactKind

SHOWN = 200
"""Rows of quarantine and of the unmatched queue on the page; the ledger holds all."""
NIGHTS = 14
ASIDE_DAYS = 30
OLD_ROSTER_DAYS = 30
"""A roster of classes changes every week of a school year; one this old is not today's."""
Readiness = tuple[SourceState, str | None, tuple[tuple[str, bool], ...]]
ABLE = (SourceState.FULL, SourceState.PART)
"""States in which a check is made."""


def readiness(
    rules: Mapping[str, Rule],
    pulled: Sequence[Pulled],
    delivered_before: frozenset[str],
    *,
    since: date,
) -> dict[str, Readiness]:
    """Say of each rule whether its sources were there: (state, reason, source -> in full).

    Days before ``since`` were answered for by earlier nights.

    A roster that failed tonight but delivered before leaves a rule "in part": it runs on the
    last good state. Without any delivery, ever, it cannot run. Where one of several lists is
    missing, whoever stands only in it is an address nobody knows, and what that leaves open is
    marked uncertain.
    """
    full = {p.name: in_full(p, since) for p in pulled}
    return {
        rule_id: _ready(frozenset(rule.needs), pulled, full, delivered_before)
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
    for need in sorted(needs):
        providers = [p for p in used if need in p.source.provides]
        if not providers:
            return SourceState.ABSENT, f"no source brings {need.replace('-', ' ')}", sources
        alive = [p for p in providers if p.failure is None or p.name in delivered_before]
        if not alive:
            return SourceState.NONE, f"{providers[0].source.context.title} was not read", sources
    behind = [p.source.context.title for p in used if not full[p.name]]
    if behind:
        return SourceState.PART, f"not in full: {', '.join(behind)}", sources
    return SourceState.FULL, None, sources


def in_full(pulled: Pulled, since: date) -> bool:
    """Whether a source gave all that was asked of it from the day ``since`` on."""
    days = (d for d in pulled.coverage if d.day >= since)
    return pulled.failure is None and all(d.state is DayState.READ for d in days)


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
                usual=usual.get(one.name),
                happened=_happened(one, stated.reason),
                seconds=one.seconds,
            )
        )
    return tuple(rows)


def _happened(pulled: Pulled, reason: str | None) -> str:
    if pulled.failure is not None:
        return str(pulled.failure)
    told = []
    if pulled.rejected:
        told.append(f"{len(pulled.rejected)} set aside")
    if reason:
        told.append(reason)
    return "; ".join(told) or "read in full"


def balance(pulled: Sequence[Pulled], window_line: BalanceLine | None) -> tuple[BalanceLine, ...]:
    """Return where the records of each source went, then where the judged messages went."""
    lines = []
    for one in pulled:
        if (landed := one.landed) is None:
            continue
        aside = (("already known", landed.already_known), ("set aside", landed.rejected))
        kept = landed.new + landed.used_roster
        lines.append(BalanceLine(one.source.context.title, landed.read, kept, aside))
    return (*lines, *([] if window_line is None else [window_line]))


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


def do_now(
    pulled: Sequence[Pulled], coverage: CoverageStatement, unmatched: Sequence[Unmatched]
) -> tuple[DoNow, ...]:
    """Return what IT has to do, most urgent first, each with its consequence."""
    cards = [*_own_faults(coverage), *(_mend(p) for p in pulled if p.failure is not None)]
    failed = {p.name for p in pulled if p.failure is not None}
    for source in coverage.sources:
        if source.state is not SourceState.FULL and source.source not in failed:
            cards.append(
                DoNow(
                    what=f"Bring in {source.title}",
                    who="IT",
                    by_when="before the next nightly run",
                    why=source.reason or "days of it were not read",
                    command="auditor run nightly",
                    otherwise="pages keep saying that those days were not checked",
                )
            )
    rejected = sum(len(p.rejected) for p in pulled)
    if rejected:
        cards.append(
            DoNow(
                what=f"Mend {rejected} record{'s' if rejected != 1 else ''} set aside",
                who="IT, with whoever keeps the file",
                by_when="this week",
                why="they could not be used; file, line and reason are listed below",
                command=None,
                otherwise="what they say stays out of every check",
            )
        )
    if unmatched:
        cards.append(
            DoNow(
                what="Settle 1 person or address that fits nobody for certain"
                if len(unmatched) == 1
                else f"Settle {len(unmatched)} people or addresses that fit nobody for certain",
                who="IT, with the registrar",
                by_when="this week",
                why="a name or address that fits nobody, or two people, is never guessed",
                command=None,
                otherwise="contacts of these people cannot be judged",
            )
        )
    return tuple(cards)


def _own_faults(coverage: CoverageStatement) -> list[DoNow]:
    """Return what is wrong with the program itself; then no page can be relied on."""
    tests, wrong = coverage.self_tests, []
    if tests is not None and tests.passed < tests.total:
        wrong.append(f"{tests.total - tests.passed} of {tests.total} self-tests failed")
    if coverage.balanced is False:
        wrong.append("the count of records does not add up")
    return [
        DoNow(
            what="Have the program looked at",
            who="IT, with whoever maintains it",
            by_when="before anybody relies on a page",
            why=f"{problem}; the section below names what",
            command="auditor run nightly",
            otherwise="items may be missing or wrong, and pages keep saying so",
        )
        for problem in wrong
    ]


def _mend(pulled: Pulled) -> DoNow:
    failure = pulled.failure
    assert failure is not None  # noqa: S101  (the caller asked for failed sources)
    return DoNow(
        what=f"Mend {pulled.source.context.title}",
        who="IT",
        by_when="before the next nightly run",
        why=f"{failure.what} ({failure.where}). {failure.cure}",
        command="auditor check",
        otherwise="it stays unread, and pages say so",
    )


