"""Running the rules over a window and turning their rows into hits with names for everything.

The engine answers in tables of keys; here each row gets the id its source knows it by, the
students it reached and the exception, if any, that covers it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any

from auditor.authorizations import Contact, Exceptions
from auditor.directory import Register
from auditor.engine import Engine, rows_for
from auditor.items import Hit, Subject, absorb
from auditor.model import Channel
from auditor.policy import Pack
from auditor.result import RuleRun, SetAside, SourceState
from auditor.rule import HIT_COLUMNS, Rule


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
class Funnel:
    """Where the messages of the window went."""

    messages: int
    machine: tuple[SetAside, ...]
    contacts: int
    """Messages between an adult and a student, which the rules look at."""


@dataclass(frozen=True, slots=True)
class Findings:
    hits: tuple[Hit, ...]
    rules: tuple[RuleRun, ...]
    funnel: Funnel
    strangers: Mapping[int, int]
    """Address keys on people's messages of the judged days that were nobody's that day, and on
    how many messages each was."""


def find(
    engine: Engine,
    *,
    pack: Pack,
    rules: Mapping[str, Rule],
    register: Register,
    exceptions: Exceptions,
    readiness: Mapping[str, tuple[SourceState, str | None, tuple[tuple[str, bool], ...]]],
) -> Findings:
    """Run every rule the pack binds and is ready to run; see ``readiness`` in ``auditor.audit``."""
    raw: list[tuple[str, Mapping[str, Any]]] = []
    runs: list[RuleRun] = []
    for rule_id in sorted(pack.bindings):
        rule = rules[rule_id]
        state, reason, sources = readiness[rule_id]
        needs = tuple(str(need) for need in rule.needs)
        if state in (SourceState.NONE, SourceState.ABSENT):
            runs.append(RuleRun(rule_id, rule.title, needs, state, None, 0.0, reason, sources))
            continue
        began = perf_counter()
        rows = engine.run(rule, _parameters(rule, pack)).to_pylist()
        took = perf_counter() - began
        raw += [(rule_id, row) for row in rows]
        runs.append(RuleRun(rule_id, rule.title, needs, state, len(rows), took, reason, sources))
    hits = _hits(engine, raw)
    hits = absorb(hits, pack.bindings)
    covered = tuple(_cover(engine, hits, register, exceptions))
    return Findings(covered, tuple(runs), funnel(engine), strangers(engine))


def _parameters(rule: Rule, pack: Pack) -> dict[str, int | str]:
    """Return the rule's settings: its defaults, the pack's switches, then the pack's own word."""
    values: dict[str, int | str] = {name: p.default for name, p in rule.parameters.items()}
    for name in values:
        switch = pack.switches.get(name)
        if switch is not None and not isinstance(switch.value, bool):
            values[name] = switch.value
    return {**values, **pack.bindings[rule.id].parameters}


def _hits(engine: Engine, raw: Sequence[tuple[str, Mapping[str, Any]]]) -> list[Hit]:
    seen = messages_seen(engine, {row["message_key"] for _, row in raw})
    hits = []
    for rule_id, row in raw:
        message = seen[row["message_key"]]
        numbers = {k: int(v) for k, v in row.items() if k not in HIT_COLUMNS and v is not None}
        hits.append(
            Hit(
                subject=Subject(rule_id, row["adult_key"], row["student_key"], row["team_key"]),
                message=row["message_key"],
                sent_us=message.sent_us,
                day=message.day,
                sent_by_adult=bool(row["sent_by_adult"]),
                uncertain=bool(row["uncertain"]),
                source=message.source,
                native_id=message.native_id,
                channel=message.channel,
                tool=message.tool,
                numbers=numbers,
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
    engine: Engine, hits: Sequence[Hit], register: Register, exceptions: Exceptions
) -> Iterable[Hit]:
    students: dict[int, set[int]] = defaultdict(set)
    people: dict[int, set[int]] = defaultdict(set)
    for row in rows_for(
        engine,
        "SELECT message_key, person_key, is_student FROM party_person "
        "WHERE person_key IS NOT NULL AND message_key IN ({keys})",
        {h.message for h in hits},
    ):
        people[row["message_key"]].add(row["person_key"])
        if row["is_student"]:
            students[row["message_key"]].add(row["person_key"])
    for hit in hits:
        subject = hit.subject
        guardians: frozenset[int] = frozenset()
        if subject.student is not None:
            guardians = register.guardians_of(subject.student, hit.day) & people[hit.message]
        contact = Contact(
            subject.rule,
            subject.adult,
            subject.student,
            subject.team,
            hit.sent_us,
            hit.day,
            frozenset(students[hit.message]),
            guardians,
            hit.tool,
        )
        outcome = exceptions.outcome(contact)
        reached = tuple(sorted(students[hit.message])) if subject.team is not None else ()
        yield replace(hit, covered_by=outcome.covered_by, tried=outcome.tried, reached=reached)


def funnel(engine: Engine) -> Funnel:
    """Count where the window's messages went."""
    by_kind = {
        row["automated"]: row["messages"]
        for row in engine.query(
            "SELECT automated, COUNT(*) AS messages FROM message_in_window GROUP BY automated"
        ).to_pylist()
    }
    words = {
        "notification": "Notices sent by a machine",
        "bulk": "Newsletters and bulk mail",
        "calendar": "Calendar invitations and answers",
        "auto-reply": "Automatic replies and bounces",
    }
    machine = tuple(
        SetAside(words[kind], by_kind[kind]) for kind in words if by_kind.get(kind, 0) > 0
    )
    contacts = engine.query("SELECT COUNT(DISTINCT message_key) AS n FROM contact").to_pylist()
    return Funnel(sum(by_kind.values()), machine, contacts[0]["n"])


def strangers(engine: Engine) -> dict[int, int]:
    """Return how many of the messages that people wrote each address of nobody was on."""
    rows = engine.query(
        "SELECT p.address_key, COUNT(DISTINCT p.message_key) AS messages "
        "FROM message_copy_party p "
        "JOIN message_in_window m ON m.message_key = p.message_key "
        "LEFT JOIN address_person a ON a.address_key = p.address_key "
        "AND m.sent_day >= a.from_day AND m.sent_day < a.until_day "
        "LEFT JOIN list_address l ON l.address_key = p.address_key "
        "WHERE m.automated IN ('no', 'list') AND a.person_key IS NULL "
        "AND l.address_key IS NULL GROUP BY p.address_key"
    )
    return {row["address_key"]: row["messages"] for row in rows.to_pylist()}


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
