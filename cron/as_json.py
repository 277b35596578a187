"""Items and coverage as JSON documents; the names here are a contract with whoever reads them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from auditor.result import CoverageStatement, DayRead, Decision, Item


def item_json(item: Item, zone: ZoneInfo) -> dict[str, Any]:
    """Return one item; ids beside names, times in the district's zone with their offset."""
    adult, student, team, thing = item.adult, item.student, item.team, item.thing
    return {
        "id": item.id,
        "rule": item.rule,
        "rule_title": item.rule_title,
        "clause": item.clause,
        "verb": item.verb.value,
        "state": item.state.value,
        "uncertain": item.uncertain,
        "adult": None if adult is None else adult.person_id,
        "adult_name": None if adult is None else adult.name,
        "student": None if student is None else student.person_id,
        "student_name": None if student is None else student.name,
        "team": None if team is None else team.team_id,
        "team_name": None if team is None else team.name,
        "thing": None if thing is None else thing.thing_id,
        "thing_kind": None if thing is None else thing.kind,
        "thing_name": None if thing is None else thing.name,
        "of_records": item.of_records,
        "schools": list(item.school_ids),
        "channels": [channel.value for channel in item.channels],
        "tools": list(item.tools),
        "messages": len(item.messages),
        "by_adult": item.by_adult,
        "by_student": item.by_student,
        "first_seen": item.first_seen.astimezone(zone).isoformat(),
        "last_seen": item.last_seen.astimezone(zone).isoformat(),
        "listed_on": item.listed_on.isoformat(),
        "native_ids": [message.native_id for message in item.messages],
        "covered_by": [cover.authorization_id for cover in item.covered_by],
        "covered_native_ids": [m.native_id for m in item.messages if m.covered_by is not None],
        "readers": list(item.readers),
        "routed_to": item.routed_to,
        "decisions": [_decision_json(decision, zone) for decision in item.decisions],
        "what": item.what,
        "next_step": item.next_step,
    }


def _decision_json(decision: Decision, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "number": decision.number,
        "reason": decision.reason.value,
        "by": decision.by,
        "on": decision.on.isoformat(),
        "recorded_at": decision.at.astimezone(zone).isoformat(),
        "note": decision.note,
        "until": None if decision.until is None else decision.until.isoformat(),
        "came_by": decision.came_by,
    }


def coverage_json(stated: CoverageStatement) -> dict[str, Any]:
    """Return a coverage statement; ``records`` is null where nothing was read, never 0."""
    tests = stated.self_tests
    return {
        "first": stated.first.isoformat(),
        "last": stated.last.isoformat(),
        "complete": stated.complete,
        "gaps": list(stated.gaps),
        "excused": list(stated.excused),
        "balanced": stated.balanced,
        "self_tests": None
        if tests is None
        else {"passed": tests.passed, "total": tests.total, "failed": list(tests.failed)},
        "known_limits": [
            {"text": k.text, "accepted_by": k.accepted_by, "until": k.until.isoformat()}
            for k in stated.known_limits
        ],
        "sources": [
            {
                "source": source.source,
                "title": source.title,
                "state": source.state.value,
                "records": source.records,
                "reason": source.reason,
                "cure": source.cure,
                "doubt": source.doubt,
                "missing": [day.isoformat() for day in source.missing],
                "excused": [day.isoformat() for day in source.excused],
                "stale_since": None
                if source.stale_since is None
                else source.stale_since.isoformat(),
                "days": [
                    {
                        "day": day.day.isoformat(),
                        "state": day.state.value,
                        "records": day.records,
                        "reason": day.reason,
                    }
                    for day in source.days
                ],
            }
            for source in stated.sources
        ],
    }


def units_json(
    found: Mapping[str, list[tuple[str, dict[date, DayRead]]]],
) -> list[dict[str, Any]]:
    """Return each mailbox or space with its days, by its whole name: IT has to find it."""
    return [
        {
            "source": source,
            "unit": name,
            "days": [
                {"day": d.day.isoformat(), "state": d.state.value, "records": d.records,
                 "reason": d.reason}
                for d in days.values()
            ],
        }
        for source, mailboxes in found.items()
        for name, days in mailboxes
    ]


def not_checked(stated: CoverageStatement) -> list[str]:
    """Return a line for everything that was planned and not checked in full."""
    lines = [
        f"{s.title}: {s.state.value}{f' – {s.reason}' if s.reason else ''}"
        for s in stated.sources
        if s.is_behind
    ]
    return [*lines, *stated.gaps]
