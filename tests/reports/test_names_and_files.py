"""Names that fight back, cells that compute, files that must be whole."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import coach, csvfile, principal, shown
from reports.localtime import LocalTime
from reports.publishing import file_stem, publish
from tests.reports import coach_examples, examples
from tests.reports.reading import read

HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
WEEK = LocalTime(ZoneInfo("America/New_York"), examples.MONDAY, examples.SUNDAY)
ANY_TEXT = st.text(st.characters(), max_size=300)


def hidden_in(text: str) -> list[str]:
    return [c for c in text if c != "\n" and unicodedata.category(c) in HIDDEN]


# ---- names -----------------------------------------------------------------------------------


@pytest.mark.parametrize("page", [
    lambda: principal.html(examples.hostile_principal_week()),
    lambda: coach.html(coach_examples.hostile_coach_week()),
])  # fmt: skip
def test_a_hostile_name_in_any_field_stays_text(page: object) -> None:
    content: bytes = page()  # type: ignore[operator]  # a page of some kind
    root = read(content)
    assert len(root.all("script")) == 1
    assert content.count(b"<script") == 1
    assert not [n for n in root.all() if "onmouseover" in n.attributes]
    assert "<script>alert(1)</script>\"' onmouseover=x esrever" in root.text
    assert hidden_in(content.decode()) == []


def test_hostile_names_are_harmless_in_the_twins_and_ids_stay_exact(tmp_path: Path) -> None:
    made = principal.publish(examples.hostile_principal_week(), tmp_path)
    raw = made.json.read_bytes()
    assert raw.isascii()
    twin = json.loads(raw)
    assert twin["open_items"][0]["messages"][0]["native_id"] == examples.HOSTILE
    assert hidden_in(twin["school_name"] + twin["open_items"][0]["adult"]["name"]) == []
    assert made.csv is not None
    assert hidden_in(made.csv.read_text(encoding="utf-8-sig").replace("\r", "")) == []


@given(ANY_TEXT)
def test_a_name_is_one_visible_line_of_bounded_length(text: str) -> None:
    name = shown.name(text)
    assert 0 < len(name) <= shown.NAME_LENGTH
    assert hidden_in(name) == []
    assert "\n" not in name
    assert shown.name(name) == name
    assert shown.plain(shown.plain(text)) == shown.plain(text)


def test_names_people_really_have_are_left_alone() -> None:
    for name in ("Siobhán O’Connor-Núñez", "李 小龍", "Nguyễn Thị Ánh", "D'Angelo Jr."):
        assert shown.name(name) == name
    assert shown.name("\u200b\u202e") == "(no name)"
    assert shown.name(None) == "not known"


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Jordan Reyes", "J. R."), ("Ana-Maria de la Cruz", "A. M. d. l."), ("李", "李."), ("…", "(initials not known)")],
)  # fmt: skip
def test_initials(name: str, letters: str) -> None:
    assert shown.initials(name).casefold() == letters.casefold()


def test_grades_are_told_as_people_say_them() -> None:
    told = [shown.grade(g) for g in ("09", "12", "KG", "00", "3/4")]
    assert told == ["9", "12", "KG", "00", "3/4"]


def test_quantities_are_a_number_or_words() -> None:
    assert [shown.number(n) for n in (0, 12, 12345, 2.5, None)] == ["0", "12", "12,345", "2.5", "not known"]
    assert [shown.counted(n, "item") for n in (0, 1, 2, None)] == ["0 items", "1 item", "2 items", "items: not known"]
    assert [shown.listed(w) for w in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]
    assert [shown.sentence(w) for w in ("", "the file was cut off", "Done.")] == ["", "The file was cut off.", "Done."]


# ---- days and times ---------------------------------------------------------------------------


def test_days_in_a_row_are_told_as_a_span() -> None:
    day = examples.MONDAY.replace
    assert WEEK.days([]) == ""
    assert WEEK.days([day(day=17)]) == "Tue, Nov 17"
    assert WEEK.days([day(day=18), day(day=17)]) == "Tue, Nov 17 and Wed, Nov 18"
    assert WEEK.days([day(day=d) for d in (16, 17, 18, 22)]) == "Mon, Nov 16 to Wed, Nov 18 and Sun, Nov 22"


def test_dates_of_another_year_name_it() -> None:
    assert WEEK.day(date(2025, 12, 31)) == "Wed, Dec 31, 2025"
    assert WEEK.full_date(date(2026, 11, 16)) == "Nov 16, 2026"


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2026, 11, 16, 5, 0, tzinfo=UTC), "Mon, Nov 16, 12:00 AM"),
        (datetime(2026, 11, 16, 4, 59, tzinfo=UTC), "Sun, Nov 15, 11:59 PM"),
        (datetime(2026, 11, 16, 17, 5, tzinfo=UTC), "Mon, Nov 16, 12:05 PM"),
        (datetime(2026, 10, 30, 4, 0, tzinfo=UTC), "Fri, Oct 30, 12:00 AM EDT"),
    ],
)
def test_moments_at_the_edges_of_a_day_and_of_summer_time(moment: datetime, words: str) -> None:
    assert WEEK.moment(moment) == words


def test_an_hour_that_came_twice_is_told_apart_on_later_pages_too() -> None:
    first = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)
    second = datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    later = datetime(2026, 11, 16, 6, 30, tzinfo=UTC)
    assert WEEK.between(first, second) == "Sun, Nov 1, 1:30 AM EDT to 1:30 AM EST"
    assert WEEK.between(first, first) == "Sun, Nov 1, 1:30 AM EDT"
    assert WEEK.between(first, later) == "Sun, Nov 1, 1:30 AM EDT to Mon, Nov 16, 1:30 AM EST"
    assert WEEK.moment(second) == "Sun, Nov 1, 1:30 AM EST"
    assert WEEK.moment(later) == "Mon, Nov 16, 1:30 AM"


@pytest.mark.parametrize(
    ("zone", "label"),
    [
        ("America/New_York", "EST, UTC−5 (America/New_York)"),
        ("America/Phoenix", "MST, UTC−7 (America/Phoenix)"),
        ("America/St_Johns", "NST, UTC−3:30 (America/St_Johns)"),
        ("America/Sao_Paulo", "UTC−3 (America/Sao_Paulo)"),
        ("UTC", "UTC, UTC+0 (UTC)"),
    ],
)
def test_the_zone_is_told_with_its_offset(zone: str, label: str) -> None:
    assert LocalTime(ZoneInfo(zone), examples.MONDAY, examples.SUNDAY).zone_label == label


# ---- CSV --------------------------------------------------------------------------------------

LEADS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "\u200b=", "\u202e+")


@pytest.mark.parametrize("lead", LEADS)
def test_a_cell_never_computes(lead: str) -> None:
    data = csvfile.table(["name"], [[f"{lead}cmd|' /C calc'!A0"]])
    (_, (cell,)) = csv.reader(io.StringIO(data.decode("utf-8-sig")))
    assert cell.startswith("'")


@given(ANY_TEXT)
def test_whatever_a_name_holds_its_cell_is_text_on_one_line(text: str) -> None:
    data = csvfile.table(["a", "b"], [[text, 1]]).decode("utf-8-sig")
    header, row = csv.reader(io.StringIO(data))
    assert header == ["a", "b"]
    assert row[1] == "1"
    assert unicodedata.normalize("NFKC", row[0][:1]) not in {"=", "+", "-", "@", "\t", "\r"}
    assert row[0].removeprefix("'") == shown.plain(text).removeprefix("'")


def test_spreadsheets_are_told_the_encoding_and_nothing_missing_is_empty() -> None:
    data = csvfile.table(["name", "n"], [["Núñez", None], ["–", -3]])
    assert data.startswith(b"\xef\xbb\xbfname,n\r\n")
    assert data.decode("utf-8-sig") == "name,n\r\nNúñez,not known\r\n–,-3\r\n"


# ---- JSON -------------------------------------------------------------------------------------


def test_the_twin_holds_every_value_with_iso_dates_and_sorted_keys(tmp_path: Path) -> None:
    week = examples.principal_week(stated=examples.GAP)
    raw = principal.publish(week, tmp_path).json.read_text(encoding="utf-8")
    twin = json.loads(raw)
    assert json.dumps(twin, indent=1, sort_keys=True) + "\n" == raw
    assert twin["kind"] == "principal-week"
    assert set(twin) == {"kind", "format", *type(week).__dataclass_fields__}
    assert twin["verdict"] == {"tone": "gap", "line": week.verdict.line, "sub": week.verdict.sub}
    assert twin["coverage"]["complete"] is False
    assert twin["coverage"]["first"] == "2026-11-16"
    assert [w["items"] for w in twin["weeks"]] == [w.items for w in week.weeks]
    first = twin["open_items"][0]
    assert first["first_seen"] == "2026-11-18T19:02:00-05:00"
    assert first["listed_on"] == "2026-11-19"
    assert first["student"]["name"] == "Liam O’Connor"
    assert [m["native_id"] for m in first["messages"]] == [
        m.native_id for m in week.open_items[0].messages
    ]


def test_what_is_not_known_is_null_in_the_twin(tmp_path: Path) -> None:
    made = coach.publish(coach_examples.coach_week(stated=examples.coverage(self_tests=None)), tmp_path)
    twin = json.loads(made.json.read_text(encoding="utf-8"))
    assert twin["coverage"]["self_tests"] is None
    swim = next(t for t in twin["teams"] if t["team"]["name"] == "JV Girls Swim")
    assert swim["roster"] is None
    assert swim["roster_of"] is None


# ---- files ------------------------------------------------------------------------------------


def test_files_are_named_by_the_report_and_for_their_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "reports" / "weekly"
    made = principal.publish(examples.principal_week(), folder)
    assert sorted(p.name for p in folder.iterdir()) == [
        "W-2026-47-AH-1.csv", "W-2026-47-AH-1.html", "W-2026-47-AH-1.json",
    ]  # fmt: skip
    assert {p.stat().st_mode & 0o777 for p in folder.iterdir()} == {0o600}
    assert {p.stat().st_mode & 0o777 for p in (folder, folder.parent)} == {0o700}
    assert made.sha256 == sha256(made.html.read_bytes()).hexdigest()


def test_publishing_twice_replaces_with_the_same_bytes(tmp_path: Path) -> None:
    first = principal.publish(examples.principal_week(), tmp_path)
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    assert principal.publish(examples.principal_week(), tmp_path) == first
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_a_draft_left_by_a_killed_run_is_no_obstacle_and_a_failure_leaves_the_old_page_whole(
    tmp_path: Path,
) -> None:
    made = principal.publish(examples.principal_week(), tmp_path)
    whole = made.html.read_bytes()
    draft = tmp_path / f".{made.html.name}.draft"
    draft.write_bytes(b"<!doctype")
    assert principal.publish(examples.principal_week(), tmp_path) == made
    assert not draft.exists()
    made.json.unlink()
    made.json.mkdir()  # a rename cannot replace a folder
    with pytest.raises(OSError, match="irectory"):
        principal.publish(examples.principal_week(()), tmp_path)
    assert made.html.read_bytes() == whole


@pytest.mark.parametrize(
    "report_id", ["../../etc/passwd", "/abs", "W-2026-47-a/b-1", "W-\x00-1", ".hidden", "..", "W " + "é" * 400]
)  # fmt: skip
def test_a_schools_id_cannot_lead_out_of_the_folder(tmp_path: Path, report_id: str) -> None:
    folder = tmp_path / "weekly"
    made = publish(folder, report_id, html=b"h", json=b"j", csv=None)
    assert made.html.parent == folder
    assert sorted(folder.iterdir()) == sorted([made.html, made.json])
    assert [p.name for p in tmp_path.iterdir()] == ["weekly"]


@given(st.lists(st.text(min_size=1, max_size=200), min_size=2, max_size=2, unique=True))
def test_two_reports_never_share_a_file(ids: list[str]) -> None:
    first, second = map(file_stem, ids)
    assert first != second
    assert len(first.encode()) < 200


def test_a_report_without_an_id_is_refused(tmp_path: Path) -> None:
    week = examples.principal_week()
    with pytest.raises(ValueError, match="needs an id"):
        principal.publish(replace(week, imprint=replace(week.imprint, report_id="")), tmp_path)
    assert list(tmp_path.iterdir()) == []
