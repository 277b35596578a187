"""The nightly page: what it says of a bad night, and what it never says."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.coverage import verdict
from auditor.result import Night, QuarantineLine, SelfTests, SourceState
from reports import nightly
from reports.nightly_view import nightly_view, without_addresses
from reports.publishing import Published
from tests.reports import mail_examples, nights


class _Text(HTMLParser):
    """A page as its words, cell by cell, without style and script."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.rows: list[list[str]] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._skip = False
        self._in_cell = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._skip = tag in ("style", "script")
        if tag == "br":
            self.handle_data(" ")
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
            self._in_cell = True

    def handle_endtag(self, tag: str) -> None:
        self._skip = False
        if tag in ("td", "th"):
            self._in_cell = False

    def handle_data(self, data: str) -> None:
        if self._skip:
            return
        self.words.append(data)
        if self._in_cell:
            self.rows[-1][-1] += data


def page(night: Night, folder: Path) -> tuple[Published, _Text]:
    made = nightly.publish(night, folder)
    text = _Text()
    text.feed(made.html.read_text(encoding="utf-8"))
    return made, text


def words(night: Night, folder: Path) -> str:
    return " ".join(" ".join(page(night, folder)[1].words).split())


def row(night: Night, folder: Path, first_cell: str, cells: int) -> list[str]:
    """Return the row that opens with ``first_cell``, in the table with so many columns."""
    for cells_of_row in page(night, folder)[1].rows:
        if len(cells_of_row) == cells and cells_of_row[0].startswith(first_cell):
            return [" ".join(cell.split()) for cell in cells_of_row]
    raise AssertionError(f"no row {first_cell!r} with {cells} cells")


# ---- what the first lines say ---------------------------------------------------------------


def test_a_clean_night_says_so_and_names_the_exit_code(tmp_path: Path) -> None:
    said = words(nights.clean(), tmp_path)
    assert "Nothing needs a look tonight." in said
    assert "Exit code 0: complete" in said
    assert "12,438 messages between adults and students tested" in said
    assert "4 of 4 sources read in full" in said
    assert "38 of 38 self-tests passed" in said
    assert "Nothing. Everything planned was done." in said


def test_a_night_with_gaps_says_what_to_do_by_when_and_what_happens_otherwise(
    tmp_path: Path,
) -> None:
    said = words(nights.gap(), tmp_path)
    assert "Exit code 3: finished with gaps" in said
    assert "46 items open so far (38 new)" in said
    assert "Nothing needs a look" not in said
    assert "1. Mend Team rosters IT · before the next nightly run" in said
    assert "auditor run nightly --date 2026-11-23" in said
    assert "If you do nothing: pages keep saying that those days were not checked." in said


def test_a_failed_night_has_no_figures_at_all(tmp_path: Path) -> None:
    made, text = page(nights.failed(), tmp_path)
    said = " ".join(" ".join(text.words).split())
    assert "No report could be made tonight." in said
    assert "Exit code 1: failed" in said
    assert text.rows == []
    assert "facts" not in [attrs.get("class") for _, attrs in text.tags]
    assert made.csv is None


# ---- not looked at is never 0 ---------------------------------------------------------------


def test_a_source_that_was_not_read_has_words_where_others_have_numbers(tmp_path: Path) -> None:
    cells = row(nights.gap(), tmp_path, "Team rosters", 9)
    assert cells[1] == "Not checked"
    assert cells[3] == "nothing"
    assert cells[4] == "not known"
    assert "0" not in cells


def test_a_check_that_could_not_run_saw_an_unknown_number_of_messages(tmp_path: Path) -> None:
    ran = row(nights.clean(), tmp_path, "Coach to part of the team", 7)
    assert ran[-2:] == ["Checked", "0"]
    lacking = row(nights.gap(), tmp_path, "Coach to part of the team", 7)
    assert lacking[-1] == "not known"
    assert lacking[-2].startswith("Not checked Team rosters was not read")
    assert "It never counts as zero." in words(nights.gap(), tmp_path)


def test_too_few_days_give_no_usual_count(tmp_path: Path) -> None:
    assert row(nights.clean(), tmp_path, "LMS messages", 9)[6] == "too few days"
    assert row(nights.clean(), tmp_path, "Team rosters", 9)[6] == "244"


def test_a_source_tells_of_its_newest_day_and_of_how_late_it_is(tmp_path: Path) -> None:
    night = nights.clean()
    chat = next(one for one in night.sources if one.title == "LMS messages")
    measured = replace(
        chat,
        newest_day=date(2026, 11, 22),
        newest_records=41,
        lag_half_seconds=600.0,
        lag_most_seconds=190_000.0,
        late=3,
    )
    others = tuple(measured if one is chat else one for one in night.sources)
    cells = row(replace(night, sources=others), tmp_path, "LMS messages", 9)
    assert cells[5] == "Nov 22: 41"
    assert cells[7] == "10 minutes, at most 2.2 days; 3 messages late"


@pytest.mark.parametrize("field", ["messages_tested", "items_open", "items_new", "items_covered"])
def test_a_fact_nobody_knows_is_said_to_be_unknown(tmp_path: Path, field: str) -> None:
    known = words(nights.gap(), tmp_path)
    unknown: dict[str, Any] = {field: None}
    said = words(replace(nights.gap(), **unknown), tmp_path)
    assert said.count("not known") == known.count("not known") + 1


def test_self_tests_that_did_not_run_are_not_passed_ones(tmp_path: Path) -> None:
    coverage = replace(nights.clean().coverage, self_tests=None)
    told = verdict(0, coverage, period="tonight")
    said = words(replace(nights.clean(), coverage=coverage, verdict=told), tmp_path)
    assert "not known self-tests did not run" in said
    assert "self-tests passed" not in said


def test_a_failed_self_test_is_named(tmp_path: Path) -> None:
    night = nights.clean()
    tests = SelfTests(37, 38, ("one_to_one_uncopied: a coach alone with an athlete",))
    said = words(replace(night, coverage=replace(night.coverage, self_tests=tests)), tmp_path)
    assert "37 of 38 passed." in said
    assert "one_to_one_uncopied: a coach alone with an athlete" in said


# ---- tables ---------------------------------------------------------------------------------


def test_every_line_of_the_balance_adds_up_as_printed(tmp_path: Path) -> None:
    _, text = page(nights.gap(), tmp_path)
    lines = [cells for cells in text.rows if len(cells) == 6 and cells[-1].strip() == "Yes"]
    assert len(lines) == len(nights.gap().balance)
    for _, taken_in, kept, aside, why, _ in lines:
        number = [int(cell.replace(",", "")) for cell in (taken_in, kept, aside)]
        assert number[0] == number[1] + number[2]
        named = [int(found.replace(",", "")) for found in re.findall(r"(?:^|; )([\d,]+) ", why)]
        assert sum(named) == number[2]


def test_a_line_that_does_not_add_up_is_flagged_with_the_difference(tmp_path: Path) -> None:
    cells = row(nights.unbalanced(), tmp_path, "District e-mail", 6)
    assert cells[-1] == "No 12 too few accounted for"
    assert "The count of records does not add up." in words(nights.unbalanced(), tmp_path)


def test_the_last_14_days_are_told_by_words_too(tmp_path: Path) -> None:
    cells = row(nights.gap(), tmp_path, "LMS messages", 15)
    assert cells[1:] == [
        *["checked"] * 4,
        "checked in part",
        "checked",
        "checked",
        "not checked",
        "not checked",
        *["checked"] * 5,
    ]


def test_the_checks_table_says_which_source_each_check_had(tmp_path: Path) -> None:
    cells = row(nights.gap(), tmp_path, "One-to-one", 7)
    assert cells[1:5] == ["used, in full", "·not used", "used, in full", "used, not in full"]


def test_a_source_only_a_check_knows_keeps_its_name() -> None:
    night = nights.clean()
    rules = (replace(night.rules[0], sources=(("retired-feed", False),)),)
    assert [c.title for c in nightly_view(replace(night, rules=rules)).checks.columns] == [
        "retired-feed"
    ]


def test_what_is_not_shown_of_the_records_set_aside_is_counted(tmp_path: Path) -> None:
    night = nights.gap()
    assert "The first 2 of 212 are shown" in words(night, tmp_path)
    assert "All 2 are shown" in words(replace(night, quarantine_total=2), tmp_path)
    cells = row(night, tmp_path, "lms-export", 5)
    assert cells == ["lms-export", "lms/2026-11-19.csv", "1,204", "sent_at", "Is not a date and time."]


def test_the_unmatched_queue_says_how_to_mend_the_data(tmp_path: Path) -> None:
    cells = row(nights.gap(), tmp_path, "authorizations", 6)
    assert cells[2:] == [
        "person_id s-40417",
        "Is not in any roster.",
        "Use the id as the roster writes it.",
        "2",
    ]


# ---- what must not be there -----------------------------------------------------------------


def test_addresses_are_masked_wherever_they_come_from(tmp_path: Path) -> None:
    night = nights.gap()
    address = "jordan.reyes@students.marlow.example"
    night = replace(
        night,
        quarantine=(QuarantineLine("mail-archive", f"{address}.mbox", 3, "To", f"bad <{address}>"),),
        unmatched=(replace(night.unmatched[0], reference=address, reason=f"{address} fits two"),),
        notes=((f"mail/{address}/new", f"“{address}” twice", 1),),
        sources=tuple(replace(s, happened=f"{address}: no such mailbox") for s in night.sources),
        coverage=replace(night.coverage, gaps=(f"{address} was not read",)),
    )
    made = nightly.publish(night, tmp_path)
    for file in (made.html, made.json, made.csv):
        assert file is not None
        assert b"jordan" not in file.read_bytes(), file.suffix
    assert "j…@students.marlow.example" in made.html.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("kind", "written", "shown"),
    [
        ("address", "jordan.reyes", "j…"),
        ("team member", "person_id jordan.reyes", "person_id j…"),
        ("team member", "person_id Jordan Reyes", "person_id J…"),
        ("approval", "person_id jreyes27", "person_id j…27"),
        ("approval", "person_id S-40417", "person_id S-40417"),
        ("approval", "a first and last name", "a first and last name"),
        ("approval", "(blank)", "(blank)"),
        ("address", "j…@marlow.example", "j…@marlow.example"),
        ("school", "Cove", "Cove"),
    ],
)
def test_an_id_that_reads_as_a_name_is_masked_and_others_are_not(
    tmp_path: Path, kind: str, written: str, shown: str
) -> None:
    one = replace(nights.gap().unmatched[0], kind=kind, reference=written)
    night = replace(nights.gap(), unmatched=(one,), unmatched_total=1)
    assert row(night, tmp_path, "authorizations", 6)[2] == shown


def test_a_long_list_is_folded_and_whole(tmp_path: Path) -> None:
    one = nights.gap().unmatched[0]
    many = tuple(replace(one, reference=f"person_id S-{n}") for n in range(60))
    _, text = page(replace(nights.gap(), unmatched=many, unmatched_total=60), tmp_path)
    assert sum(cells[:1] == ["authorizations"] for cells in text.rows) == 60
    assert "One by one (60)" in text.words


@given(st.text(alphabet="ab@.… /:;<>,_-", max_size=40))
def test_masking_twice_is_masking_once_and_leaves_one_letter(text: str) -> None:
    masked = without_addresses(text)
    assert without_addresses(masked) == masked
    assert not re.search(r"[ab._-]{2,}@[ab._-]", masked)


def test_the_page_knows_nothing_of_students_and_subjects(tmp_path: Path) -> None:
    made = nightly.publish(nights.gap(), tmp_path)
    document = json.loads(made.json.read_text(encoding="utf-8"))
    names = set(_keys(document))
    assert not names & {"student", "adult", "subject", "given_name", "family_name", "native_id"}


def _keys(value: object) -> list[str]:
    if isinstance(value, dict):
        return [*value, *(key for inner in value.values() for key in _keys(inner))]
    if isinstance(value, list):
        return [key for inner in value for key in _keys(inner)]
    return []


def test_hostile_words_stay_words(tmp_path: Path) -> None:
    made, text = page(nights.hostile(), tmp_path)
    tags = [tag for tag, _ in text.tags]
    assert tags.count("script") == 1
    assert "img" not in tags
    assert not [name for _, attrs in text.tags for name in attrs if name.startswith("on")]
    assert not [attrs for _, attrs in text.tags if "style" in attrs]
    raw = made.html.read_text(encoding="utf-8")
    assert "\u202e" not in raw
    assert "\u200b" not in raw
    assert "<script>alert(1)</script>" in " ".join(text.words)


# ---- twins ----------------------------------------------------------------------------------


def test_the_json_twin_holds_the_same_values(tmp_path: Path) -> None:
    night = nights.gap()
    made = nightly.publish(night, tmp_path)
    document = json.loads(made.json.read_text(encoding="utf-8"))
    assert document["kind"] == "night"
    assert document["exit_code"] == 3
    assert document["verdict"]["line"] == night.verdict.line
    assert document["coverage"]["complete"] is False
    assert document["messages_tested"] == night.messages_tested
    assert document["sources"][1]["records"] is None
    assert document["rules"][1]["hits"] is None
    assert document["quarantine_total"] == 212
    assert len(document["sources"]) == len(night.sources)


def test_the_csv_lists_what_has_to_be_mended(tmp_path: Path) -> None:
    made = nightly.publish(nights.gap(), tmp_path)
    assert made.csv is not None
    rows = list(csv.DictReader(io.StringIO(made.csv.read_text(encoding="utf-8-sig"))))
    assert [r["list"] for r in rows] == [
        "set aside",
        "set aside",
        "unmatched approval",
        "unmatched address",
    ]
    assert rows[0]["line"] == "1204"
    assert rows[1]["line"] == "not known"
    assert rows[2]["hint"] == "use the id as the roster writes it"


def test_the_same_night_gives_the_same_bytes(tmp_path: Path) -> None:
    first = nightly.publish(nights.gap(), tmp_path / "a")
    second = nightly.publish(nights.gap(), tmp_path / "b")
    assert first.html.read_bytes() == second.html.read_bytes()
    assert first.sha256 == second.sha256


def test_the_page_stays_small(tmp_path: Path) -> None:
    made = nightly.publish(nights.gap(), tmp_path)
    assert made.html.stat().st_size < 150_000


@pytest.mark.parametrize("state", list(SourceState))
def test_every_state_of_a_check_has_its_word(tmp_path: Path, state: SourceState) -> None:
    night = nights.clean()
    rules = (replace(night.rules[0], state=state, hits=None),)
    cells = row(replace(night, rules=rules), tmp_path, "One-to-one", 6)
    assert cells[-2] == state.value.capitalize()


def test_mail_is_told_as_what_the_server_said_and_by_office(tmp_path: Path) -> None:
    _, text = page(mail_examples.night_with_mail(), tmp_path)
    rows = [row for row in text.rows if len(row) == 7 and row[0].startswith(("N-", "W-"))]
    assert [(row[1], row[2], row[3].strip(), row[6]) for row in rows] == [
        ("principal of Alder Hill High School", "k…@marlow.example", "Refused", "550 5.1.1"),
        ("district’s IT", "i…@marlow.example", "Waiting, sent at the next run", "no answer"),
        ("district’s IT", "i…@marlow.example", "Accepted by mail server", "250"),
    ]
    assert "Mail about reports" not in words(nights.gap(), tmp_path)
