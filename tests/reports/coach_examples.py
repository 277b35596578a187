"""The athletic director's weeks as values, invented, for every state the coach page can be in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from auditor.coverage import verdict
from auditor.model import Channel
from auditor.result import (
    Approval,
    Checked,
    CoachMessage,
    CoachWeek,
    CoverageStatement,
    Item,
    PersonShown,
    SetAside,
    TeamResult,
    TeamShown,
    TeamWeek,
    Verb,
)
from tests.reports.examples import (
    DVORAK,
    HOSTILE,
    NOTHING_READ,
    SET_ASIDE,
    WRESTLING,
    at,
    coverage,
    hostile_item,
    hostile_principal_week,
    imprint,
    item,
    message,
)

_TEAMS = (
    ("TM-GB", "Girls Varsity Basketball", "Renee Calloway", 15, date(2026, 11, 20), (5, 3, 0, 0)),
    ("TM-WR", "Wrestling", "Sam Dvorak", 24, date(2026, 11, 19), (4, 0, 2, 0)),
    ("TM-SW", "JV Girls Swim", "Becca Lund", None, None, (0, 0, 0, 7)),
    ("TM-IH", "Ice Hockey", "Dan Fournier", 19, date(2026, 10, 2), (3, 0, 0, 1)),
    ("TM-CH", "Cheer", "Monique Hale", 18, date(2026, 11, 20), (0, 0, 0, 0)),
)
_RESULTS = (TeamResult.WHOLE, TeamResult.EXPLAINED, TeamResult.LOOK, TeamResult.NOT_TESTED)


def team_item(id: str = "AD-0187") -> Item:
    missed = tuple(
        PersonShown(f"S-3{n:03d}", "Wren", f"Athlete{n}", ("student",), grade="11") for n in range(15)
    )
    messages = tuple(
        message(at(17 + n, 23, 20), 400 + n, reached=9, rostered=24, missed=missed) for n in range(2)
    )
    return item(
        id, verb=Verb.REQUIRED, rule="coach-partial-team", rule_title="Sent to part of a team",
        clause="INJDB-17", also_clauses=("INJDB-18",), citation="INJDB, Requirements, ¶5",
        policy_words="What a coach or adviser sends to students goes to every member of the team.",
        readers=("athletic_director",), adult=DVORAK, student=None, team=WRESTLING,
        messages=messages, first_seen=messages[0].sent_at, last_seen=messages[-1].sent_at,
        by_adult=2, by_student=0, what="2 messages reached 9 of the 24 members of the team",
        why=("15 members on that day’s roster got none of them within 1440 minutes.",),
        checked=(Checked("Approval on file", "no"),),
        next_step="Ask whether the others were told another way.",
    )  # fmt: skip


def coach_log() -> tuple[CoachMessage, ...]:
    rows = []
    for team_id, name, coach, rostered, _, counts in _TEAMS:
        results = [r for r, n in zip(_RESULTS, counts, strict=True) for _ in range(n)]
        for n, result in enumerate(results):
            rows.append(
                CoachMessage(
                    sent_at=at(16 + n % 6, 20, 5 * n),
                    coach=coach,
                    team_id=team_id,
                    team=name,
                    channel=Channel.EMAIL,
                    tool="gmail",
                    source_title="District e-mail",
                    reached=9 if result is TeamResult.LOOK else rostered or 11,
                    rostered=rostered,
                    adults_copied=n % 2,
                    result=result,
                    item_id="AD-0187" if result is TeamResult.LOOK else None,
                    native_id=f"{team_id}-{n}@mail.marlow.example",
                )
            )
    return tuple(sorted(rows, key=lambda r: (r.sent_at, r.native_id)))


def teams() -> tuple[TeamWeek, ...]:
    log = coach_log()
    return tuple(
        TeamWeek(
            team=TeamShown(team_id, name, "sport", "AH"),
            school_name="Alder Hill High School",
            coaches=(coach,),
            roster=rostered,
            roster_of=delivered,
            in_season=True,
            messages=sum(counts),
            whole=counts[0],
            explained=counts[1],
            look=counts[2],
            not_tested=counts[3],
            item_ids=("AD-0187",) if counts[2] else (),
            last_message=max((r.sent_at for r in log if r.team_id == team_id), default=None),
        )
        for team_id, name, coach, rostered, delivered, counts in _TEAMS
    )


APPROVALS = (
    Approval(
        "AZ-21", "Approval of a coach's personal contact details", "Renee Calloway", None,
        "Girls Varsity Basketball", "A. Director", "athletic_director", date(2026, 8, 20),
        date(2026, 8, 24), date(2026, 11, 14), "ended Nov 14", 0,
    ),
    Approval(
        "AZ-22", "Registered sub-group", "Sam Dvorak", "Jordan Reyes", "Wrestling", None,
        "athletic_director", date(2026, 11, 2), date(2026, 11, 2), date(2027, 2, 28), "in force", 3,
    ),
)  # fmt: skip


def coach_week(
    open_items: tuple[Item, ...] | None = None,
    stated: CoverageStatement | None = None,
    *,
    failed: bool = False,
    **changed: object,
) -> CoachWeek:
    """Return the athletic director's week with the verdict that follows from it."""
    listed = (team_item(),) if open_items is None else open_items
    told = stated or coverage()
    values: dict[str, object] = {
        "imprint": imprint("A-2026-47-AD-1"),
        "reader": "A. Director",
        "verdict": verdict(len(listed), told, period="this week", failed=failed),
        "coverage": told,
        "open_items": listed,
        "covered_items": (),
        "teams": teams(),
        "log": coach_log(),
        "approvals": APPROVALS,
        "withheld": 0,
        "withheld_to": None,
        "set_aside": SET_ASIDE,
    }
    return CoachWeek(**(values | changed))  # type: ignore[arg-type]  # fields by name


def failed_coach_week() -> CoachWeek:
    return coach_week(
        (), NOTHING_READ, failed=True, teams=(), log=(), approvals=(), set_aside=()
    )


def hostile_coach_week() -> CoachWeek:
    row = replace(
        coach_log()[0], coach=HOSTILE, team_id="TM-H", team=HOSTILE, tool=HOSTILE,
        source_title=HOSTILE, native_id=HOSTILE, item_id=HOSTILE,
    )  # fmt: skip
    team = replace(
        teams()[0], team=TeamShown("TM-H", HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE),
        school_name=HOSTILE, coaches=(HOSTILE,), item_ids=(HOSTILE,),
    )  # fmt: skip
    approval = Approval(
        HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, None, None, None, HOSTILE, 1
    )
    quiet = replace(
        team, roster=None, messages=0, whole=0, explained=0, look=0, not_tested=0, item_ids=()
    )
    return coach_week(
        (hostile_item(),), hostile_principal_week().coverage, teams=(team, quiet), log=(row,),
        approvals=(approval,), reader=HOSTILE, withheld=2, withheld_to=HOSTILE,
        set_aside=(SetAside(HOSTILE, 3),),
    )  # fmt: skip
