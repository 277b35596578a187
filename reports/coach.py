"""The athletic director's weekly page: every message of every coach, not only what stands out.

Totals are counted per message and team from the rows of the log and of the teams, so that the
numbers on top, each team's row and the log below are one and the same count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from auditor.result import CoachMessage, CoachWeek, SourceState, TeamResult, TeamWeek
from reports import csvfile, items
from reports.documents import document
from reports.localtime import LocalTime
from reports.page import render
from reports.publishing import Published
from reports.publishing import publish as write
from reports.shown import counted, listed, name

MOST_LOG_ROWS = 200
OLD_ROSTER_DAYS = 30
"""A roster delivered longer ago than this, at the week's end, is called old."""
_MOST_NAMED = 6

_LOG_HEADER = (
    "sent", "coach", "team_id", "team", "where", "channel", "reached", "on_roster",
    "adults_copied", "result", "item", "message_id",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Totals:
    """messages = whole + explained + look + not_tested."""

    messages: int
    whole: int
    explained: int
    look: int
    not_tested: int
    items: int

    @property
    def tested(self) -> int:
        return self.messages - self.not_tested


@dataclass(frozen=True, slots=True)
class TeamRow:
    """One row of the table of teams; ``roster_state`` is one of the words of coverage."""

    week: TeamWeek
    roster_state: SourceState
    tested: int

    @property
    def untested(self) -> bool:
        """Whether nothing at all could be tested, so that its numbers are not known."""
        return self.week.messages > 0 and self.tested == 0


def publish(week: CoachWeek, folder: Path) -> Published:
    """Write the page, its JSON twin and the CSV of the full log into ``folder``.

    Raises ``OSError`` where a file cannot be written.
    """
    return write(
        folder,
        week.imprint.report_id,
        html=html(week),
        json=document("coach-week", week),
        csv=None if items.failed(week.verdict) else log_csv(week.log, LocalTime.of(week.imprint)),
    )


def html(week: CoachWeek) -> bytes:
    """Return the page's bytes; the same values give the same bytes."""
    rows = tuple(team_row(t, week) for t in week.teams)
    local = LocalTime.of(week.imprint)
    return render(
        "coach.html.j2",
        week,
        failed=items.failed(week.verdict),
        listed_items=items.Listed.of(week.open_items),
        covered=items.Listed.of(week.covered_items),
        decided=items.Listed.of(week.decided_items),
        most_messages=items.MOST_MESSAGES,
        totals=totals(week),
        anything_read=items.anything_read(week.coverage),
        rows=rows,
        unplaced=unplaced(week),
        silent=tuple(t for t in week.teams if t.in_season and t.messages == 0),
        roster_lines=() if items.failed(week.verdict) else tuple(roster_lines(rows, local)),
        log=week.log[:MOST_LOG_ROWS],
        old_roster_days=OLD_ROSTER_DAYS,
    )


def unplaced(week: CoachWeek) -> tuple[CoachMessage, ...]:
    """Return rows of the log whose team is in no list of teams; they get a row of their own."""
    known = {t.team.team_id for t in week.teams}
    return tuple(row for row in week.log if row.team_id not in known)


def totals(week: CoachWeek) -> Totals:
    """Return the numbers of the verdict box and of the table's last row."""
    loose = Counter(row.result for row in unplaced(week))
    teams = week.teams
    whole = sum(t.whole for t in teams) + loose[TeamResult.WHOLE]
    explained = sum(t.explained for t in teams) + loose[TeamResult.EXPLAINED]
    look = sum(t.look for t in teams) + loose[TeamResult.LOOK]
    not_tested = sum(t.not_tested for t in teams) + loose[TeamResult.NOT_TESTED]
    named = {r.item_id for r in week.log if r.result is TeamResult.LOOK and r.item_id is not None}
    return Totals(
        whole + explained + look + not_tested, whole, explained, look, not_tested, len(named)
    )


def team_row(team: TeamWeek, week: CoachWeek) -> TeamRow:
    if team.roster is None:
        state = SourceState.NONE
    elif team.roster_of is None or (week.coverage.last - team.roster_of).days > OLD_ROSTER_DAYS:
        state = SourceState.PART
    else:
        state = SourceState.FULL
    return TeamRow(team, state, team.messages - team.not_tested)


def roster_lines(
    rows: Iterable[TeamRow], local: LocalTime
) -> Iterable[tuple[SourceState, str, str]]:
    """Return what rosters mean for this week: (state, title, words) for the coverage box."""
    rows = tuple(rows)
    if not rows:
        words = "No team or club is on file, so no message of a coach could be tested."
        yield SourceState.ABSENT, "Team rosters", words
        return
    missing = [r for r in rows if r.week.roster is None and _matters(r)]
    if missing:
        asked = sum(_matters(r) for r in rows)
        state = SourceState.NONE if len(missing) == asked else SourceState.PART
        on_file = f"{asked - len(missing)} of {counted(asked, 'active team')} have one."
        named = _named(_without_roster(r) for r in missing)
        yield state, "Team rosters", f"{on_file} Without: {named}."
    old = [r for r in rows if r.roster_state is SourceState.PART and r.week.messages]
    if old:
        named = _named(_of_day(r, local) for r in old)
        words = f"{named}. Who joined or left since is not known, so results are less certain."
        yield SourceState.PART, "Old rosters", words
    partly = [r for r in rows if r.week.roster is not None and r.week.not_tested]
    if partly:
        named = _named(
            f"{name(r.week.team.name)} ({counted(r.week.not_tested, 'message')})" for r in partly
        )
        words = f"{named}. No roster held on the day of sending, or not all recipients were seen."
        yield SourceState.PART, "Not tested", words


def _matters(row: TeamRow) -> bool:
    """Whether a team was active; nobody misses the roster of one that is out of season."""
    return row.week.in_season or row.week.messages > 0


def _named(words: Iterable[str]) -> str:
    every = list(words)
    if len(every) <= _MOST_NAMED:
        return listed(every)
    return f"{', '.join(every[:_MOST_NAMED])} and {len(every) - _MOST_NAMED} more, see “Every team”"


def _without_roster(row: TeamRow) -> str:
    team = name(row.week.team.name)
    if not row.week.not_tested:
        return team
    return f"{team} ({counted(row.week.not_tested, 'message')} listed, not tested)"


def _of_day(row: TeamRow, local: LocalTime) -> str:
    day = row.week.roster_of
    team = name(row.week.team.name)
    return f"{team} (day not known)" if day is None else f"{team} ({local.date(day)})"


def log_csv(log: Iterable[CoachMessage], local: LocalTime) -> bytes | None:
    """Return one row for each message and team, or None where none was seen."""
    rows = [
        (
            local.sortable(row.sent_at),
            name(row.coach),
            row.team_id,
            name(row.team),
            name(row.source_title),
            row.channel.value,
            row.reached,
            row.rostered,
            row.adults_copied,
            row.result.value,
            row.item_id or "",
            row.native_id,
        )
        for row in log
    ]
    return csvfile.table(_LOG_HEADER, rows) if rows else None
