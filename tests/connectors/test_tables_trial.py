"""How a file would be read: what is told of it, and what never is."""

from __future__ import annotations

import io
import tomllib
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.source import Malformed, Rejected
from connectors.tables.cells import Form
from connectors.tables.columns import load_map
from connectors.tables.layout import TABLES
from connectors.tables.trial import Tried, TriedRow, try_file
from tests.connectors.layout_samples import SAMPLES, TEXT
from tests.connectors.tables_world import RULES
from tests.shared_data import ROOT


def form_of(name: str) -> Form:
    path = ROOT / f"config/columns/{name}.toml"
    table = TABLES[tomllib.loads(path.read_text("utf-8"))["kind"]]
    return Form(table, load_map(path, name, table), ZoneInfo("America/New_York"), RULES)


def tried(name: str, text: str, most: int = 10) -> Tried:
    form = form_of(name)
    stream = io.BytesIO(text.encode(form.map.encoding))
    return try_file(stream, "export.csv", form, tool="x", most=most)


def told(found: Tried) -> list[dict[str, str]]:
    return [dict(row.told) for row in found.rows if isinstance(row, TriedRow)]


CAMPUS = SAMPLES["infinite-campus-sent-messages"]


def test_a_message_is_told_with_its_zone_its_people_and_how_it_went() -> None:
    (row,) = told(tried("infinite-campus-sent-messages", CAMPUS))
    assert row == {
        "sent": "Mon 2026-09-14 16:05 EDT (UTC-0400)",
        "from": "t@marlow.example",
        "to": "S-2001, S-2002",
        "cc": "",
        "others": "",
        "audience": "not told",
        "channel": "app",
    }


@pytest.mark.parametrize("name", sorted(SAMPLES))
def test_no_text_and_no_subject_is_told_be_the_row_used_or_not(name: str) -> None:
    found = tried(name, SAMPLES[name] + SAMPLES[name].partition("\n")[2].replace("2026", "never"))
    assert found.used >= 1
    assert len(found.rows) == found.used + sum(found.aside.values())
    assert TEXT not in repr(found)


def test_a_column_of_many_words_is_no_list_of_words_and_none_is_told() -> None:
    rows = "".join(
        f"{n},09/14/2026 04:05 PM,{TEXT} {n},t@marlow.example,S-1,x\n" for n in range(13)
    )
    found = tried("infinite-campus-sent-messages", CAMPUS + rows)
    assert TEXT not in repr(found)
    assert (found.words[0].unknown, found.words[0].different) == ((), 13)


def test_long_lists_of_people_are_cut() -> None:
    many = ";".join(f"S-{n}" for n in range(9))
    (row,) = told(tried("infinite-campus-sent-messages", CAMPUS.replace("S-2001;S-2002", many)))
    assert row["to"] == "S-0, S-1, S-2, S-3, S-4 and 4 more"


def test_a_row_set_aside_says_why_and_all_are_counted() -> None:
    bad = CAMPUS + "1,soon,Inbox,t@marlow.example,S-1,x\n2,later,Inbox,t@marlow.example,S-1,x\n"
    found = tried("infinite-campus-sent-messages", bad, most=2)
    assert found.aside == {"Sent Date is no time such as 09/14/2026 04:05 PM": 2}
    assert [type(row) for row in found.rows] == [TriedRow, Rejected]
    assert found.used == 1


def test_words_that_do_not_fit_are_told_from_both_sides() -> None:
    odd = CAMPUS + "1,09/14/2026 04:05 PM,Pigeon Post,t@marlow.example,S-1,x\n"
    (words,) = tried("infinite-campus-sent-messages", odd).words
    assert (words.column, words.heading) == ("channel", "Delivery Method")
    assert words.unused == ("email", "text", "voice")
    assert words.unknown == ("Pigeon Post",)


def test_what_is_too_long_for_a_word_is_not_told() -> None:
    odd = CAMPUS.replace("Inbox", f"{TEXT} and what else somebody may have written there")
    found = tried("infinite-campus-sent-messages", odd)
    assert TEXT not in repr(found)
    assert found.used == 0


def test_teams_the_map_does_not_know_are_told() -> None:
    found = tried("finalforms-roster", SAMPLES["finalforms-roster"].replace("Varsity Soccer", "JV"))
    words = {one.column: one for one in found.words}
    assert words["team_id"].unknown == ("JV",)
    assert words["team_id"].unused == ("varsity soccer",)
    assert [row["team_id"] for row in told(found)] == ["JV", "JV", "JV"]
    assert told(found)[1]["role"] == "head_coach"


def test_rows_that_say_nothing_new_are_counted() -> None:
    again = CAMPUS + CAMPUS.partition("\n")[2]
    assert tried("infinite-campus-sent-messages", again).repeated == 1
    roster = SAMPLES["rank-one-roster"]
    assert tried("rank-one-roster", roster + roster.partition("\n")[2]).repeated == 3


def test_a_file_where_exports_stop_is_told() -> None:
    heading, _, row = CAMPUS.partition("\n")
    assert not tried("infinite-campus-sent-messages", heading + "\n" + row * 3_999).may_be_cut
    assert tried("infinite-campus-sent-messages", heading + "\n" + row * 4_000).may_be_cut


def test_other_headings_are_refused_as_at_night() -> None:
    with pytest.raises(Malformed, match="the map expects Message ID, Sent Date"):
        tried("infinite-campus-sent-messages", CAMPUS.replace("Sender", "From"))


# ---- whatever is in the file ----------------------------------------------------------------

CELL = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters=',"\r\n'), max_size=20)


@given(st.lists(st.lists(CELL, min_size=6, max_size=6), max_size=8))
def test_every_row_is_used_or_set_aside_and_none_is_told_twice(cells: list[list[str]]) -> None:
    rows = [row for row in cells if "".join(row).strip()]
    text = "\n".join((CAMPUS.partition("\n")[0], *(",".join(row) for row in rows), ""))
    form = form_of("infinite-campus-sent-messages")
    found = try_file(io.BytesIO(text.encode()), "x.csv", form, tool=None, most=100)
    assert found.used + sum(found.aside.values()) == len(rows) == len(found.rows)


@given(
    st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)),  # noqa: DTZ001  (as a file writes it)
    st.sampled_from(["America/New_York", "America/Phoenix", "America/Anchorage"]),
)
def test_a_time_is_read_back_as_the_minute_it_was_written(moment: datetime, zone: str) -> None:
    """Whatever the zone: but for the hour that clocks jump over, which is moved forward."""
    form = form_of("infinite-campus-sent-messages")
    form = Form(form.table, form.map, ZoneInfo(zone), RULES)
    text = CAMPUS.replace("09/14/2026 04:05 PM", f"{moment:%m/%d/%Y %I:%M %p}")
    found = try_file(io.BytesIO(text.encode()), "x.csv", form, tool=None, most=1)
    assert found.first is not None
    written = moment.replace(second=0, microsecond=0)
    read = found.first.replace(tzinfo=None)
    assert read in (written, written + timedelta(hours=1))
    there = written.replace(tzinfo=ZoneInfo(zone))
    exists = there.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None) == written
    assert (read == written) == exists

