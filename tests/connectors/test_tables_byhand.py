"""A system that only people can look at: its days are never read, and who looked is said."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from auditor.source import DayState, FactKind, Malformed, Page, SourceContext
from connectors.tables.byhand import ByHand, connect
from tests.connectors.tables_world import RULES, WINDOW, write

HEADINGS = (
    "attestation_id,system,person,first,last,looked_by,looked_by_role,looked_on,found,ends_on"
)
EVERYBODY = "A1,Remind,,2026-09-14,2026-09-16,T-100,athletic_director,2026-09-18,2,2026-12-31"
NOBODY = "no program can read it, and nobody has looked at it by hand"


def by_hand(base: Path, *rows: str, **more: object) -> ByHand:
    if rows:
        write(base / "records/attestations.csv", "\n".join((HEADINGS, *rows, "")))
    settings: Mapping[str, object] = {"system": "remind", **more}
    return connect(SourceContext("remind", "Remind", "America/New_York", RULES, str(base), settings))


def reasons(source: ByHand) -> dict[int, str | None]:
    (page,) = source.pull(WINDOW)
    assert {row.state for row in page.coverage} == {DayState.MISSING}
    assert {row.records for row in page.coverage} == {None}
    assert [row.day.day for row in page.coverage] == [14, 15, 16, 17, 18, 19, 20]
    assert page.facts == ()
    return {row.day.day: row.reason for row in page.coverage}


def test_a_system_nobody_looked_at_is_not_checked_on_any_day(tmp_path: Path) -> None:
    source = by_hand(tmp_path)
    assert source.provides == {FactKind.MESSAGES}
    assert set(reasons(source).values()) == {NOBODY}
    (said,) = source.check()
    assert (said.ok, "nobody has looked at it" in said.text) == (True, True)
    assert "records import attestations.csv" in (said.cure or "")


def test_who_looked_at_which_days_is_said_and_they_are_still_not_read(tmp_path: Path) -> None:
    said = reasons(by_hand(tmp_path, EVERYBODY))
    assert said[14] == said[16] == (
        "no program can read it; looked at by hand by athletic director on 2026-09-18 "
        "for 2026-09-14 to 2026-09-16, everybody: 2 found"
    )
    assert said[17] == NOBODY


def test_people_are_counted_where_only_some_were_looked_at(tmp_path: Path) -> None:
    rows = [EVERYBODY.replace(",,2026", f",T-{n},2026") for n in (104, 105)]
    assert (reasons(by_hand(tmp_path, *rows))[15] or "").endswith(", 2 people: 2 found")
    assert (reasons(by_hand(tmp_path, rows[0]))[15] or "").endswith(", 1 person: 2 found")


def test_the_newest_word_that_still_holds_is_given(tmp_path: Path) -> None:
    later = EVERYBODY.replace("A1", "A2").replace("2026-09-18,2", "2026-09-19,0")
    assert "2026-09-19" in (reasons(by_hand(tmp_path, EVERYBODY, later))[15] or "")
    over = later.replace("2026-12-31", "2026-09-19")
    assert "2026-09-18" in (reasons(by_hand(tmp_path, EVERYBODY, over))[15] or "")


def test_what_does_not_hold_any_more_says_so(tmp_path: Path) -> None:
    over = EVERYBODY.replace("2026-12-31", "2026-09-19")
    assert (reasons(by_hand(tmp_path, over))[15] or "").endswith("; that held until 2026-09-19")


def test_a_look_that_is_yet_to_come_is_nobodys_look(tmp_path: Path) -> None:
    ahead = EVERYBODY.replace("2026-09-18", "2026-09-21")
    assert reasons(by_hand(tmp_path, ahead))[15] == NOBODY


def test_another_systems_look_is_not_this_ones(tmp_path: Path) -> None:
    assert set(reasons(by_hand(tmp_path, EVERYBODY, system="ParentSquare")).values()) == {NOBODY}


def test_an_office_that_is_not_told_is_named_by_the_id_alone(tmp_path: Path) -> None:
    plain = EVERYBODY.replace("athletic_director", "")
    assert "by hand by T-100 on" in (reasons(by_hand(tmp_path, plain))[15] or "")
    mail = plain.replace("T-100", "dana@marlow.example")
    said = reasons(by_hand(tmp_path, mail))[15] or ""
    assert "dana" not in said
    assert "somebody named by e-mail address" in said


def test_a_row_that_cannot_be_used_is_set_aside_and_vouches_for_nothing(tmp_path: Path) -> None:
    source = by_hand(tmp_path, EVERYBODY.replace(",2,", ",some,"))
    (page,) = source.pull(WINDOW)
    assert [(row.line, row.field) for row in page.rejected] == [(2, "found")]
    assert page.records_read == 1
    assert {row.reason for row in page.coverage} == {NOBODY}


def test_a_table_of_something_else_stops_the_source(tmp_path: Path) -> None:
    write(tmp_path / "records/attestations.csv", "team_id,name\nSOC,Soccer\n")
    with pytest.raises(Malformed):
        list[Page](by_hand(tmp_path).pull(WINDOW))
    (said,) = by_hand(tmp_path).check()
    assert not said.ok
    assert said.cure


def test_check_says_until_when_the_newest_look_holds(tmp_path: Path) -> None:
    (said,) = by_hand(tmp_path, EVERYBODY).check()
    assert "2026-09-18, which holds until 2026-12-31" in said.text


@pytest.mark.parametrize("settings", [{"system": ""}, {"system": 3}, {"path": 3}, {"tool": "x"}])
def test_mistakes_begin_with_their_setting(tmp_path: Path, settings: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=f"^{next(iter(settings))} "):
        by_hand(tmp_path, **settings)
