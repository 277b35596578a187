"""Running the rules over a window and turning their rows into hits with names for everything.

The engine answers in tables of keys; here each row gets the id its source knows it by, the
students it reached and the exception, if any, that covers it. Rules that ask what came of the
exceptions run after that, and their own hits are tried in turn.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

import pyarrow as pa

from auditor import relations
from auditor.authorizations import Came, Contact, Exceptions, Outcome
from auditor.directory import Register
from auditor.engine import Engine, rows_for
from auditor.funnels import Funnel, funnel, strangers
from auditor.items import MICROSECONDS_A_DAY, Hit, Subject, absorb
from auditor.model import Channel
from auditor.policy import Pack
from auditor.result import RuleRun, SourceState, ThingShown
from auditor.rule import KEYS, Rule

EARLIEST = -25_567
"""1900-01-01: what began before that began on no day anybody knows."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A message as its sources show it."""

    source: str
    native_id: str
    channel: Channel
    tool: str
    sent_us: int
    day: int


@dataclass(frozen=True, slots=True)
class TeamMessage:
    """One message of a coach or adviser to members of a team, as the facts count it."""

    message: int
    coach: int
    team: int
    sent_us: int
    day: int
    reached: int
    """Members of that day's roster whom this message itself reached."""
    rostered: int
    """0: no roster held on that day, so nothing can be said."""
    adults_copied: int
    complete: bool
    """Whether everyone on the roster was told in time, by this message or with others."""
    seen: Seen


@dataclass(frozen=True, slots=True)
class Findings:
    hits: tuple[Hit, ...]
    rules: tuple[RuleRun, ...]
    funnel: Funnel
    tools: Mapping[int, ThingShown]
    """Tools that no catalogue has, by key: what messages call them."""
    absorbed: int
    """Hits that a more specific check's hit on the same message speaks for."""
    strangers: Mapping[int, int]
    """Address keys on people's messages of the judged days that were nobody's that day, and on
    how many messages each was."""
    left_out: tuple[tuple[str, int], ...] = ()
    """Hits that must not be listed, by why: nobody is told of these people or days."""


@dataclass(frozen=True, slots=True)
class Bench:
    """What a check works with."""

    engine: Engine
    pack: Pack
    rules: Mapping[str, Rule]
    register: Register
    exceptions: Exceptions
    label: Callable[[int, int], str]
    """(key of a record, day) -> what its own table or source calls it."""
    tool_words: Callable[[Iterable[str]], tuple[pa.Table, dict[int, ThingShown]]]
    """See ``recordbook.tool_words``."""
    things: Mapping[int, ThingShown]
    """What the things on record are called, by key."""
    last_day: int


def find(
    bench: Bench,
    readiness: Mapping[str, tuple[SourceState, str | None, tuple[tuple[str, bool], ...]]],
) -> Findings:
    """Run every rule the pack binds and is ready to run; see ``night.readiness``."""
    engine, pack = bench.engine, bench.pack
    words = engine.query("SELECT DISTINCT tool_word FROM message_copy").to_pylist()
    table, unknown = bench.tool_words(row["tool_word"] for row in words)
    engine.provide("tool_word", table)
    runs: dict[str, RuleRun] = {}
    raw = _run(bench, readiness, "contacts", runs)
    first = absorb(raw, pack.bindings)
    covered, outcomes = _cover(bench, first)
    engine.provide("exception_tried", _tried(outcomes))
    second, _ = _cover(bench, _run(bench, readiness, "exceptions", runs))
    second = [_with_reasons(hit, outcomes) for hit in second]
    hits = absorb([*covered, *second], pack.bindings)
    absorbed = len(raw) - len(first) + len(covered) + len(second) - len(hits)
    ordered = tuple(runs[rule_id] for rule_id in sorted(runs))
    return Findings(tuple(hits), ordered, funnel(engine), unknown, absorbed, strangers(engine))


def _run(
    bench: Bench,
    readiness: Mapping[str, tuple[SourceState, str | None, tuple[tuple[str, bool], ...]]],
    stage: str,
    runs: dict[str, RuleRun],
) -> list[Hit]:
    """Run the rules of a stage; ``runs`` gets how each one went."""
    raw: list[tuple[Rule, Mapping[str, Any]]] = []
    for rule_id in sorted(bench.pack.bindings):
        rule = bench.rules[rule_id]
        if rule.stage != stage:
            continue
        state, reason, sources = readiness[rule_id]
        needs = tuple(str(need) for need in rule.needs)
        if state in (SourceState.NONE, SourceState.ABSENT):
            runs[rule_id] = RuleRun(rule_id, rule.title, needs, state, None, 0.0, reason, sources)
            continue
        began = perf_counter()
        rows = bench.engine.run(rule, _parameters(rule, bench.pack)).to_pylist()
        took = perf_counter() - began
        raw += [(rule, row) for row in rows]
        runs[rule_id] = RuleRun(
            rule_id, rule.title, needs, state, len(rows), took, reason, sources
        )
    records = [_record(bench, rule, row) for rule, row in raw if rule.kind == "records"]
    return [*_hits(bench.engine, [one for one in raw if one[0].kind == "messages"]), *records]


def _subject(rule: Rule, row: Mapping[str, Any]) -> Subject:
    about = (row.get(key) if key in rule.identity else None for key in KEYS)
    return Subject(rule.id, *about)


def _record(bench: Bench, rule: Rule, row: Mapping[str, Any]) -> Hit:
    """Return a record as a hit; one of no known day is of the last day that was judged."""
    since = row["since_day"]
    day = bench.last_day if since is None or since < EARLIEST else since
    return Hit(
        subject=_subject(rule, row),
        message=row["record_key"],
        sent_us=day * MICROSECONDS_A_DAY + MICROSECONDS_A_DAY // 2,
        day=day,
        sent_by_adult=True,
        uncertain=bool(row["uncertain"]),
        source="records",
        native_id=bench.label(row["record_key"], day),
        channel=None,
        tool="",
        numbers=_numbers(rule, row),
    )


def _numbers(rule: Rule, row: Mapping[str, Any]) -> dict[str, int]:
    return {name: int(row[name]) for name in rule.evidence if row[name] is not None}


def _parameters(rule: Rule, pack: Pack) -> dict[str, int | str]:
    """Return the rule's settings: its defaults, the pack's switches, then the pack's own word."""
    values: dict[str, int | str] = {name: p.default for name, p in rule.parameters.items()}
    for name in values:
        switch = pack.switches.get(name)
        if switch is not None and not isinstance(switch.value, bool):
            values[name] = switch.value
    return {**values, **pack.bindings[rule.id].parameters}


def _hits(engine: Engine, raw: Sequence[tuple[Rule, Mapping[str, Any]]]) -> list[Hit]:
    seen = messages_seen(engine, {row["message_key"] for _, row in raw})
    hits = []
    for rule, row in raw:
        message = seen[row["message_key"]]
        hits.append(
            Hit(
                subject=_subject(rule, row),
                message=row["message_key"],
                sent_us=message.sent_us,
                day=message.day,
                sent_by_adult=bool(row["sent_by_adult"]),
                uncertain=bool(row["uncertain"]),
                source=message.source,
                native_id=message.native_id,
                channel=message.channel,
                tool=message.tool,
                numbers=_numbers(rule, row),
            )
        )
    return hits


def messages_seen(engine: Engine, keys: Iterable[int]) -> dict[int, Seen]:
    """Return how the sources show each message; of several copies the first by source name."""
    found: dict[int, Seen] = {}
    for row in rows_for(
        engine,
        "SELECT message_key, source, native_id, channel, tool, sent_us, sent_day "
        "FROM message_copy WHERE message_key IN ({keys})",
        keys,
    ):
        seen = Seen(
            row["source"],
            row["native_id"],
            Channel(row["channel"]),
            row["tool"],
            row["sent_us"],
            row["sent_day"],
        )
        known = found.get(row["message_key"])
        if known is None or (seen.source, seen.native_id) < (known.source, known.native_id):
            found[row["message_key"]] = seen
    return found


def _cover(
    bench: Bench, hits: Sequence[Hit]
) -> tuple[list[Hit], list[tuple[Hit, Contact, Outcome]]]:
    """Try the exceptions on each message, and on each record that stands between two people."""
    people, students = _on_messages(bench.engine, {h.message for h in hits if not h.is_record})
    covered: list[Hit] = []
    outcomes: list[tuple[Hit, Contact, Outcome]] = []
    for hit in hits:
        if hit.is_record:
            covered.append(_cover_record(bench, hit))
            continue
        if hit.subject.adult is None:
            covered.append(hit)
            continue
        there = frozenset(people[hit.message])
        contact = _contact(bench, hit, there, frozenset(students[hit.message]))
        outcome = bench.exceptions.outcome(contact)
        team = hit.subject.team is not None
        covered.append(
            replace(
                hit,
                uncertain=hit.uncertain or outcome.is_uncertain,
                covered_by=outcome.covered_by,
                tried=outcome.tried,
                reached=tuple(sorted(contact.students)) if team else (),
            )
        )
        outcomes.append((hit, contact, outcome))
    return covered, outcomes


def _contact(
    bench: Bench, hit: Hit, people: frozenset[int], students: frozenset[int]
) -> Contact:
    """Return the message of a hit as exceptions see it.

    Guardians count where every student it concerns has one on it.
    """
    subject = hit.subject
    assert subject.adult is not None  # noqa: S101  (the caller asked)
    concerned = students if subject.student is None else {subject.student}
    of_each = [bench.register.guardians_of(one, hit.day) & people for one in concerned]
    return Contact(
        subject.rule,
        subject.adult,
        subject.student,
        subject.team,
        hit.sent_us,
        hit.day,
        students,
        frozenset().union(*of_each) if all(of_each) else frozenset(),
        hit.tool,
    )


def _cover_record(bench: Bench, hit: Hit) -> Hit:
    """Except what stands between an adult and a student or a tool, if a ground is for that.

    Such grounds are a family tie, and the approval of a tool for one adult.
    """
    subject = hit.subject
    thing = None if subject.thing is None else bench.things.get(subject.thing)
    tool = thing.thing_id if thing is not None and thing.kind == "tool" else None
    if subject.adult is None or (subject.student is None and tool is None):
        return hit
    if not any(subject.rule in ground.covers for ground in bench.pack.grounds.values()):
        return hit
    student = frozenset() if subject.student is None else frozenset({subject.student})
    end_of_day = (bench.last_day + 1) * MICROSECONDS_A_DAY - 1
    outcome = bench.exceptions.outcome(
        Contact(
            subject.rule,
            subject.adult,
            subject.student,
            None,
            end_of_day,
            bench.last_day,
            student,
            frozenset(),
            tool,
        )
    )
    return replace(hit, covered_by=outcome.covered_by, tried=outcome.tried)


def _with_reasons(hit: Hit, outcomes: Iterable[tuple[Hit, Contact, Outcome]]) -> Hit:
    """Let a hit about an exception say what came of that exception where it was first tried."""
    lines = [
        one.line
        for first, contact, outcome in outcomes
        if (first.message, first.subject.adult) == (hit.message, hit.subject.adult)
        and hit.subject.student in (None, contact.student)
        for one in outcome.attempts
        if one.came is not Came.OTHER and hit.subject.thing in (None, one.key)
    ]
    if hit.covered_by is not None or not lines:
        return hit
    return replace(hit, tried=tuple(dict.fromkeys(lines)))


def _on_messages(
    engine: Engine, keys: Iterable[int]
) -> tuple[Mapping[int, set[int]], Mapping[int, set[int]]]:
    """Return everybody on each message, and the students among them."""
    people: dict[int, set[int]] = defaultdict(set)
    students: dict[int, set[int]] = defaultdict(set)
    for row in rows_for(
        engine,
        "SELECT message_key, person_key, is_student FROM party_person "
        "WHERE person_key IS NOT NULL AND message_key IN ({keys})",
        keys,
    ):
        people[row["message_key"]].add(row["person_key"])
        if row["is_student"]:
            students[row["message_key"]].add(row["person_key"])
    return people, students


def _tried(outcomes: Iterable[tuple[Hit, Contact, Outcome]]) -> pa.Table:
    """Return what was tried as the relation that rules read."""
    rows = {
        (
            hit.message,
            one.key,
            one.ground.value,
            contact.adult,
            contact.student,
            contact.team,
            one.came.value,
        )
        for hit, contact, outcome in outcomes
        if hit.sent_by_adult
        for one in outcome.attempts
    }
    return relations.table("exception_tried", rows)


def team_messages(engine: Engine) -> tuple[TeamMessage, ...]:
    """Return every message of a coach to members of a team in the window, listed or not."""
    rows = engine.query(
        "SELECT message_key, coach_key, team_key, sent_us, sent_day, reached, rostered, "
        "adults_copied, reached_in_time FROM team_message"
    ).to_pylist()
    seen = messages_seen(engine, {row["message_key"] for row in rows})
    return tuple(
        TeamMessage(
            message=row["message_key"],
            coach=row["coach_key"],
            team=row["team_key"],
            sent_us=row["sent_us"],
            day=row["sent_day"],
            reached=int(row["reached"]),
            rostered=row["rostered"],
            adults_copied=row["adults_copied"],
            complete=row["reached_in_time"] >= row["rostered"] > 0,
            seen=seen[row["message_key"]],
        )
        for row in rows
    )
