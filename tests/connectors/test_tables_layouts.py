"""Column maps nobody has verified, and exports that stop at a number of rows: neither is believed."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from auditor.source import DayState, Malformed, Page
from tests.connectors.tables_world import WINDOW as WEEK
from tests.connectors.tables_world import Pulled, gathered, pull, source, write

MAP = """
most_rows = 4
date_format = "%m/%d/%Y %I:%M %p"
ignored = ["Subject"]
[columns]
external_id = "ID"
sent_at = "Sent"
sender_email = "From"
recipient_ids = "To"
[constants]
channel = "app"
"""
VERIFIED = 'verified_by = "Dana Example"\nverified_on = 2026-09-01\n'
SETTINGS: dict[str, object] = {
    "path": "drop", "kind": "communications", "tool": "sis", "columns": "map.toml",
}  # fmt: skip
HEADINGS = "ID,Sent,From,To,Subject"


def rows(*days: int) -> str:
    lines = (f"{n},09/{day}/2026 04:05 PM,t@marlow.example,S-1,x" for n, day in enumerate(days))
    return "\n".join((HEADINGS, *lines, ""))


def pages(base: Path, **more: object) -> list[Page]:
    return list(source(base, {**SETTINGS, **more}).pull(WEEK))


def states(pulled: Pulled) -> dict[int, DayState]:
    return {row.day.day: row.state for row in pulled.coverage}


# ---- verified or not ------------------------------------------------------------------------


def test_a_map_that_nobody_has_verified_is_not_used_unless_the_settings_say_so(
    tmp_path: Path,
) -> None:
    write(tmp_path / "map.toml", MAP)
    write(tmp_path / "drop/week.csv", rows(14))
    with pytest.raises(ValueError, match=r"^columns map\.toml: nobody has verified") as caught:
        source(tmp_path, SETTINGS)
    assert "use_unverified = true" in str(caught.value)
    assert "; " not in str(caught.value)
    *_, last = pages(tmp_path, use_unverified=True)
    assert last.doubt == "its layout is not verified"
    said = source(tmp_path, {**SETTINGS, "use_unverified": True}).check()
    assert any("nobody has verified" in line.text for line in said)


def test_a_verified_map_is_used_and_named_by_who_verified_it(tmp_path: Path) -> None:
    write(tmp_path / "map.toml", VERIFIED + MAP)
    write(tmp_path / "drop/week.csv", rows(14))
    assert {page.doubt for page in pages(tmp_path)} == {None}
    assert any("Dana Example on 2026-09-01" in line.text for line in source(tmp_path, SETTINGS).check())


def test_a_roster_read_through_such_a_map_is_in_doubt_too(tmp_path: Path) -> None:
    write(tmp_path / "map.toml", '[columns]\nteam_id="T"\nperson_id="P"\n[constants]\nrole="athlete"')
    write(tmp_path / "drop/t.csv", "T,P\nSOC,S-1\n")
    its = {"path": "drop", "kind": "team_members", "columns": "map.toml", "use_unverified": True}
    *_, last = source(tmp_path, its).pull(WEEK)
    assert last.doubt


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('verified_by = "Dana Example"', "verified_on is blank"),
        ("verified_on = 2026-09-01", "verified_by is blank"),
        ('verified_by = "Dana Example"\nverified_on = "soon"', "verified_on must be a day"),
        ('verified_by = "D"\nverified_on = 2026-09-01T10:00:00', "verified_on must be a day"),
        ("verified_by = 3", "verified_by must be text"),
        ("system = 3", "system must be text"),
        ('time_of_day = "#"', "time_of_day must be a heading"),
        ('known_by = ["sent_at"]', "known_by is only for a file without external_id"),
        ('known_by = ["cc_ids"]', "known_by must be a list of columns"),
        ('known_by = ["sender_email"]', "known_by must name sent_at"),
        ('known_by = ["sent_at"]', "known_by must name sender_email, recipient_ids"),
        ("known_by = []", "known_by must be a list of columns"),
        ("may_hide_recipients = 1", "may_hide_recipients must be true or false"),
        ("most_rows = 0", "most_rows must be a number"),
        ("most_rows = true", "most_rows must be a number"),
        ('ignored = ["sent", "Subject"]', "columns.sent_at: 'Sent' is among the ignored"),
    ],
)
def test_a_mistake_in_what_a_map_says_of_itself(tmp_path: Path, line: str, said: str) -> None:
    name = line.partition(" ")[0]
    kept = "".join(f"{one}\n" for one in MAP.splitlines() if not one.startswith(name))
    write(tmp_path / "map.toml", f"{line}\n{kept}")
    with pytest.raises(ValueError, match=said):
        source(tmp_path, {**SETTINGS, "use_unverified": True})


@pytest.mark.parametrize(
    ("its", "said"),
    [
        ({"use_unverified": "yes"}, "use_unverified must be true or false"),
        ({"use_unverified": True, "columns": None}, "use_unverified is only for"),
    ],
)
def test_a_mistake_in_the_setting(tmp_path: Path, its: dict[str, object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        source(tmp_path, {**SETTINGS, **its})


def test_other_headings_are_refused_with_those_found_and_those_expected(tmp_path: Path) -> None:
    write(tmp_path / "map.toml", VERIFIED + MAP)
    write(tmp_path / "drop/a.csv", rows(14))
    write(tmp_path / "drop/b.csv", rows(15).replace("From", "Sender"))
    with pytest.raises(Malformed) as caught:
        pages(tmp_path)
    assert caught.value.where == "b.csv"
    assert "it has no column From; it has ID, Sent, Sender, To, Subject" in caught.value.what
    assert "the map expects ID, Sent, From, To" in caught.value.what


# ---- an hour of its own ---------------------------------------------------------------------


def test_day_and_hour_may_stand_in_two_columns(tmp_path: Path) -> None:
    write(tmp_path / "map.toml", f'{VERIFIED}time_of_day = "Hour"\n{MAP}')
    write(tmp_path / "drop/a.csv", "ID,Sent,Hour,From,To\n1,09/14/2026,4:05 PM,t@marlow.example,S-1\n")
    (message,) = gathered(pages(tmp_path)).messages
    assert message.sent_at == datetime(2026, 9, 14, 20, 5, tzinfo=UTC)
    write(tmp_path / "drop/a.csv", rows(14))
    with pytest.raises(Malformed, match=r"no column Hour; .* expects ID, Sent, From, To, Hour"):
        pages(tmp_path)


def test_a_day_without_its_hour_is_no_moment(tmp_path: Path) -> None:
    write(tmp_path / "map.toml", f'{VERIFIED}time_of_day = "Hour"\n{MAP}')
    write(tmp_path / "drop/a.csv", "ID,Sent,Hour,From,To\n1,09/14/2026,,t@marlow.example,S-1\n")
    (bad,) = gathered(pages(tmp_path)).rejected
    assert (bad.field, bad.reason) == ("Sent", "is no time such as 09/14/2026 04:05 PM")


# ---- cut short ------------------------------------------------------------------------------


def test_a_file_with_just_so_many_rows_as_exports_stop_at_is_suspected(tmp_path: Path) -> None:
    write(tmp_path / "map.toml", VERIFIED + MAP)
    write(tmp_path / "drop/week.csv", rows(14, 15, 16, 17))
    pulled = gathered(pages(tmp_path))
    assert set(states(pulled).values()) == {DayState.PART}
    assert {row.reason for row in pulled.coverage} == {"week.csv has 4 rows and may be cut short"}
    assert any("at which this export stops" in note.text for note in pulled.notes)


def test_a_row_less_is_whole(tmp_path: Path) -> None:
    write(tmp_path / "map.toml", VERIFIED + MAP)
    write(tmp_path / "drop/week.csv", rows(14, 15, 17))
    assert set(states(gathered(pages(tmp_path))).values()) == {DayState.READ}


def test_only_the_days_that_such_a_file_is_for_are_in_doubt(tmp_path: Path) -> None:
    """It may be cut at either end, so the silence before its first record is doubtful as well."""
    write(tmp_path / "map.toml", VERIFIED + MAP)
    write(tmp_path / "drop/a.csv", rows(14, 15), modified_at=datetime(2026, 9, 18, 12, tzinfo=UTC))
    cut = rows(17, 17, 18, 18).replace("\n0", "\n10").replace("\n1,", "\n11,")
    write(tmp_path / "drop/b.csv", cut, modified_at=datetime(2026, 9, 20, 12, tzinfo=UTC))
    write(tmp_path / "drop/c.csv", rows(20), modified_at=datetime(2026, 9, 21, 12, tzinfo=UTC))
    read, part = DayState.READ, DayState.PART
    expected = {14: read, 15: read, 16: part, 17: part, 18: part, 19: part, 20: read}
    assert states(gathered(pages(tmp_path))) == expected


def test_rows_that_cannot_be_used_count_towards_the_limit(tmp_path: Path) -> None:
    write(tmp_path / "map.toml", VERIFIED + MAP)
    write(tmp_path / "drop/week.csv", rows(14, 15, 17) + "9,noon,t@marlow.example,S-1,x\n")
    assert set(states(gathered(pages(tmp_path))).values()) == {DayState.PART}


def test_a_suspected_file_is_suspected_again_on_every_night_that_knows_it(tmp_path: Path) -> None:
    write(tmp_path / "map.toml", VERIFIED + MAP)
    write(tmp_path / "drop/week.csv", rows(14, 15, 16, 17))
    known = gathered(pages(tmp_path)).hashes
    again = pull(tmp_path, already_read=known, **{**SETTINGS, "path": "drop"})
    assert again.facts == ()
    assert set(states(again).values()) == {DayState.PART}


def test_a_window_after_such_a_file_is_not_touched_by_it(tmp_path: Path) -> None:
    write(tmp_path / "map.toml", VERIFIED + MAP)
    old = rows(1, 2, 3, 4).replace("09/", "9/")
    write(tmp_path / "drop/a.csv", old, modified_at=datetime(2026, 9, 6, 12, tzinfo=UTC))
    write(tmp_path / "drop/b.csv", rows(7, 14, 20).replace("\n0", "\n9"))
    pulled = gathered(pages(tmp_path))
    assert states(pulled)[14] is DayState.READ
    assert date(2026, 9, 14) in {row.day for row in pulled.coverage}
