"""The athletic director's page: every row adds up, and no roster is not a zero."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from auditor.result import CoachWeek, SourceState, TeamResult
from reports import coach
from tests.reports import coach_examples
from tests.reports.reading import Node, read


def page(week: CoachWeek) -> Node:
    return read(coach.html(week))


def every_team(week: CoachWeek) -> dict[str, list[str]]:
    return {row[0]: row for row in page(week).one("table", id="every-team").rows()}


def number(cell: str) -> int:
    return 0 if cell.startswith(("–", "not known", "none seen")) else int(cell.split(" of ", 1)[0])


def test_each_row_of_every_team_adds_up_and_so_does_the_foot() -> None:
    week = coach_examples.coach_week()
    table = page(week).one("table", id="every-team")
    rows = table.rows()
    assert len(rows) == len(week.teams)
    sums = [0] * 5
    for row in rows:
        messages, *parts = (number(cell) for cell in row[4:9])
        assert messages == sum(parts), row
        sums = [a + b for a, b in zip(sums, (messages, *parts), strict=True)]
    foot = [c.text for c in table.one("tfoot").one("tr").all("td")]
    assert [foot[1], foot[3], foot[4], foot[5]] == [str(sums[n]) for n in (0, 2, 3, 4)]
    assert foot[2] == f"{sums[1]} of {sums[0] - sums[4]} tested"


def test_the_facts_are_the_sum_of_the_rows() -> None:
    facts = [li.text for li in page(coach_examples.coach_week()).one("ul", class_="facts").all("li")]
    assert facts == [
        "25 seen from coaches and advisers; of these", "12 to the whole team",
        "3 explained by a record", "2 to look at this week, in 1 item", "8 not tested",
    ]  # fmt: skip
    assert 12 + 3 + 2 + 8 == 25 == len(coach_examples.coach_log())


def test_a_team_without_a_roster_is_not_known_and_its_count_stands_out() -> None:
    week = coach_examples.coach_week()
    row = every_team(week)["JV Girls Swim"]
    assert row[2:] == [
        "none", "not known", "7", "not known", "– not known", "– not known", "7",
    ]  # fmt: skip
    table = page(week).one("table", id="every-team")
    swim = next(r for r in table.all("tr") if "JV Girls Swim" in r.text)
    assert [b.text for b in swim.all("b")] == ["7"]


def test_rosters_stand_in_the_coverage_box_with_what_they_mean() -> None:
    box = page(coach_examples.coach_week()).one("section", class_="coverage")
    lines = [li.text for li in box.all("li")]
    assert lines[0] == (
        "Checked in part Team rosters. 4 of 5 active teams have one. "
        "Without: JV Girls Swim (7 messages listed, not tested)."
    )
    assert lines[1].startswith("Checked in part Old rosters. Ice Hockey (Oct 2).")
    assert lines[2].startswith("Checked in part Not tested. Ice Hockey (1 message).")
    assert box.one("h2").text == "Every source was read, but not every message could be tested"


def test_a_team_out_of_season_that_nobody_wrote_to_is_no_gap() -> None:
    swim = next(t for t in coach_examples.teams() if t.roster is None)
    quiet = replace(swim, messages=0, not_tested=0)
    for in_season, heading in (
        (False, "Everything planned was checked"),
        (True, "Every source was read, but not every team has a current roster"),
    ):
        teams = (coach_examples.teams()[0], replace(quiet, in_season=in_season))
        log = tuple(r for r in coach_examples.coach_log() if r.team_id == "TM-GB")
        box = page(coach_examples.coach_week(teams=teams, log=log)).one("section", class_="coverage")
        assert box.one("h2").text == heading


def test_what_could_not_be_tested_is_said_in_the_first_box() -> None:
    first = page(coach_examples.coach_week(())).one("section", class_="verdict").text
    assert "8 of 25 messages could not be tested against a roster" in first


def test_without_any_team_nothing_is_claimed() -> None:
    root = page(coach_examples.coach_week((), teams=(), log=()))
    assert "Not set up Team rosters" in root.one("section", class_="coverage").text
    assert "No team or club is on file" in root.text


def test_a_message_of_a_team_on_no_list_is_still_counted() -> None:
    stray = replace(
        coach_examples.coach_log()[0], team_id="", team="", rostered=None,
        result=TeamResult.NOT_TESTED, item_id=None,
    )  # fmt: skip
    week = coach_examples.coach_week(log=(*coach_examples.coach_log(), stray))
    assert every_team(week)["Team on no list"][4:] == ["1", "0", "0", "0", "1"]
    assert "26 seen from coaches" in page(week).text
    assert "9 not tested" in page(week).text


def test_a_team_in_season_with_no_message_is_asked_about() -> None:
    root = page(coach_examples.coach_week())
    silent = root.one("div", **{"aria-label": "Teams in season with no message seen"}).one("table")
    assert silent.rows() == [["Cheer", "Monique Hale", "Alder Hill High School", "18"]]
    out_of_season = tuple(replace(t, in_season=False) for t in coach_examples.teams())
    assert "no message seen" not in page(coach_examples.coach_week(teams=out_of_season)).text


@pytest.mark.parametrize(
    ("delivered", "state"),
    [
        (date(2026, 10, 23), SourceState.FULL),
        (date(2026, 10, 22), SourceState.PART),
        (None, SourceState.PART),
    ],
)
def test_a_roster_is_old_after_thirty_days(delivered: date | None, state: SourceState) -> None:
    team = replace(coach_examples.teams()[0], roster_of=delivered)
    assert coach.team_row(team, coach_examples.coach_week()).roster_state is state


def test_the_log_has_every_message_item_or_not(tmp_path: Path) -> None:
    week = coach_examples.coach_week()
    made = coach.publish(week, tmp_path)
    details = read(made.html.read_bytes()).one("details", id="log")
    assert "open" not in details.attributes
    assert "Log of all 25 messages" in details.text
    assert len(details.one("table").rows()) == 25
    assert made.csv is not None
    lines = list(csv.DictReader(io.StringIO(made.csv.read_text(encoding="utf-8-sig"))))
    assert [line["message_id"] for line in lines] == [row.native_id for row in week.log]
    assert {line["on_roster"] for line in lines if line["team_id"] == "TM-SW"} == {"not known"}
    assert len(json.loads(made.json.read_text(encoding="utf-8"))["log"]) == 25


def test_a_long_log_shows_its_first_rows_and_says_so(tmp_path: Path) -> None:
    row = coach_examples.coach_log()[0]
    log = tuple(replace(row, native_id=f"n{n}") for n in range(201))
    week = coach_examples.coach_week(log=log)
    details = page(week).one("details", id="log")
    assert "the first 200 stand here" in details.text
    assert len(details.one("table").rows()) == 200
    made = coach.publish(week, tmp_path)
    assert made.csv is not None
    assert made.csv.read_bytes().count(b"\r\n") == 202


def test_the_log_says_how_many_of_the_roster_were_reached() -> None:
    rows = page(coach_examples.coach_week()).one("details", id="log").one("table").rows()
    assert {row[4] for row in rows if row[2] == "Wrestling"} == {"24 of 24", "9 of 24"}
    assert {row[4] for row in rows if row[2] == "JV Girls Swim"} == {"11, no roster"}
    looks = [r[6] for r in rows if r[6].startswith("To look")]
    assert looks == ["To look at: AD-0187"] * 2


def test_an_item_names_who_was_not_reached_up_to_a_dozen() -> None:
    table = page(coach_examples.coach_week()).one("article").one("table")
    (first, _) = table.rows()
    assert first[3] == "9 of 24"
    assert "Wren Athlete0" in first[4]
    assert first[4].endswith("and 3 more")


def test_approvals_show_the_ones_that_ended() -> None:
    table = page(coach_examples.coach_week()).one("div", **{"aria-label": "Approvals on file"})
    ended, holds = table.one("table").rows()
    assert ended[0] == "Renee Calloway"
    assert ended[4:6] == ["Aug 24, 2026 to Nov 14, 2026", "Ended Nov 14."]
    assert holds[3] == "athletic director"
    assert "No approval is on file" in page(coach_examples.coach_week(approvals=())).text
