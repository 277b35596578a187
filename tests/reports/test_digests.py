"""What the mail about a page says: the page's own numbers, what was not checked, and no names."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from auditor.result import PrincipalWeek, SelfTests, SourceState, Tone, Verdict
from reports import digests, month, principal
from reports.digest import Digest, Row
from reports.localtime import LocalTime
from reports.twins import Twin, TwinUnreadable, read_twin
from tests.reports import coach_examples, examples, mail_examples, nights
from tests.reports.mail_examples import letter, twin
from tests.reports.mail_server import words

_QUIET = Twin(
    kind="principal-week", report_id="W-2026-47-AH", revision=1, stem="W-2026-47-AH-1",
    district="Marlow", timezone="America/New_York", first=examples.MONDAY, last=examples.SUNDAY,
    verdict=Verdict(Tone.LOOK, "said elsewhere", ""), coverage=examples.GAP, tallies=(),
    school_id="a", school_name="Alder", office="Principal", messages=None, night=None,
)  # fmt: skip
NEW_YORK = ZoneInfo("America/New_York")


def digest(page: Any, folder: Path) -> Digest:
    return mail_examples.digest(page, folder)


def both_texts(made: Digest) -> Iterator[str]:
    message = letter(made).message
    yield words(message)
    yield re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", words(message, "html")))


# ---- a school's week --------------------------------------------------------------------------


def test_the_numbers_are_the_pages(tmp_path: Path) -> None:
    page = examples.principal_week()
    made = digest(page, tmp_path)
    new = sum(item.state.value == "new" for item in page.open_items)
    assert sum(int(row.figures[0]) for row in made.rows) == new
    assert sum(int(row.figures[1]) for row in made.rows) == len(page.open_items) - new
    assert made.subject == f"Message review, Nov 16–22: {len(page.open_items)} items"
    for text in both_texts(made):
        assert page.verdict.line in text


def test_what_was_not_checked_stands_first_and_has_no_number(tmp_path: Path) -> None:
    made = digest(examples.principal_week((), examples.GAP), tmp_path)
    assert made.subject == "Message review, Nov 16–22: no items so far, 1 gap"
    first, second = made.rows
    assert first == Row(
        "Checked in part: District chat, Tue, Nov 17 and Wed, Nov 18", ("?", "?"), gap=True
    )
    assert second.figures == ("0 so far", "0 so far")
    for text in both_texts(made):
        assert "This does not mean that the week was clear." in text


def test_nothing_read_gives_no_zero(tmp_path: Path) -> None:
    made = digest(examples.principal_week((), examples.NOTHING_READ), tmp_path)
    assert {figure for row in made.rows for figure in row.figures} == {"?"}


def test_a_quiet_week_is_told_as_such(tmp_path: Path) -> None:
    made = digest(examples.principal_week(()), tmp_path)
    assert made.subject == "Message review, Nov 16–22: nothing needs a look"
    assert [row.figures for row in made.rows] == [("0", "0")]


def test_a_page_of_a_failed_week_says_so_and_counts_nothing(tmp_path: Path) -> None:
    made = digest(examples.failed_principal_week(), tmp_path)
    assert made.subject.endswith(": no report could be made")
    assert made.rows == ()
    for text in both_texts(made):
        assert "Do not read this as a quiet week" in text
        assert not re.search(r"\b0\b", text.split("Wrong person")[0])


def of_self_tests() -> PrincipalWeek:
    return examples.principal_week((), examples.coverage(self_tests=None, balanced=None))


def test_failed_checks_of_the_program_itself_are_gaps(tmp_path: Path) -> None:
    made = digest(of_self_tests(), tmp_path)
    assert made.subject.endswith("no items so far, 2 gaps")


def test_a_new_revision_says_that_it_takes_the_place_of_one(tmp_path: Path) -> None:
    page = examples.principal_week()
    later = replace(page.imprint, report_id="W-2026-47-AH-2", revision=2)
    made = digest(replace(page, imprint=later), tmp_path)
    assert (made.report_id, made.page) == ("W-2026-47-AH", "W-2026-47-AH-2")
    assert "revision 2: it takes the place" in words(letter(made).message)


@given(
    missing=st.dictionaries(
        st.sampled_from(["gmail", "chat", "schoology"]), st.just((examples.MONDAY,)), max_size=2
    ),
    tests=st.sampled_from([None, SelfTests(0, 0), SelfTests(5, 6), examples.PASSED]),
    balanced=st.sampled_from([True, True, False, None]),
    gaps=st.sampled_from([(), ("Something was not checked.",)]),
)
@example(missing={}, tests=examples.PASSED, balanced=True, gaps=())
@example(missing={}, tests=SelfTests(0, 0), balanced=True, gaps=())
@example(missing={}, tests=None, balanced=True, gaps=())
@example(missing={}, tests=examples.PASSED, balanced=None, gaps=())
@example(missing={}, tests=examples.PASSED, balanced=True, gaps=("Something was not checked.",))
@settings(max_examples=40)
def test_only_a_week_checked_in_full_reads_as_quiet(
    missing: dict[str, tuple[date, ...]],
    tests: SelfTests | None,
    balanced: bool | None,
    gaps: tuple[str, ...],
) -> None:
    stated = examples.coverage(missing=missing, self_tests=tests, balanced=balanced, gaps=gaps)
    quiet = replace(_QUIET, coverage=stated)
    made = digests.digest_of(quiet)
    clear = "nothing needs a look" in made.subject
    assert clear == stated.complete
    assert any(row.gap for row in made.rows) != stated.complete
    assert ("0", "0") not in [row.figures for row in made.rows] or stated.complete


# ---- coaches, the night -----------------------------------------------------------------------


def test_all_messages_of_coaches_are_counted(tmp_path: Path) -> None:
    page = coach_examples.coach_week()
    (remark,) = digest(page, tmp_path).remarks
    assert remark.startswith(f"{len(page.log)} messages of coaches")
    assert sum(map(int, re.findall(r": (\d+)", remark))) == len(page.log)


def test_the_night_says_what_to_do(tmp_path: Path) -> None:
    page = nights.gap()
    made = digest(page, tmp_path)
    assert made.subject.startswith("Nightly run, Nov 23: finished with gaps, ")
    assert made.rows[0].gap
    assert page.do_now[0].what in made.remarks[0]
    figures = {row.what: row.figures for row in made.rows}
    assert figures["Sources read in full"] == ("2 of 4",)


def test_a_failed_night(tmp_path: Path) -> None:
    made = digest(nights.failed(), tmp_path)
    assert "No report could be made" in made.verdict.line
    assert made.rows == ()


# ---- mail without a page ----------------------------------------------------------------------


def test_word_of_a_failure_is_for_it_alone_and_holds_no_address() -> None:
    local = LocalTime(NEW_YORK, date(2026, 11, 16), date(2026, 11, 22))
    why = "drop/s1@d.example.mbox: cannot be read. Mend it"
    made = digests.failed("nightly", "IT", "Nightly run", "Tiny", local, why)
    assert made.verdict.tone is Tone.FAILED
    assert "s…@d.example" in made.remarks[0]
    assert "s1@" not in words(letter(made).message)
    told = digests.failed("weekly", "AH", "Alder High", "Tiny", local, None)
    assert told.remarks == ("IT has been told.",)
    assert told.subject == "Message review, Nov 16–22: no report could be made"


def test_an_office_without_a_page_hears_that_it_has_none(tmp_path: Path) -> None:
    week = twin(examples.principal_week(stated=examples.GAP), tmp_path)
    made = digests.nothing_for("Superintendent", "SUP", week)
    assert made.page is None
    assert made.state == "no items so far, 1 gap"
    assert made.report_id == "W-2026-47-SUP-nothing"
    assert "review.marlow" not in words(letter(made).message)


# ---- a month ----------------------------------------------------------------------------------


def week_of(folder: Path, sunday: date, school: str, count: int, *, gap: bool = False) -> Twin:
    first = date.fromordinal(sunday.toordinal() - 6)
    stated = examples.coverage(
        first=first, last=sunday, missing={"chat": (sunday,)} if gap else None
    )
    page = examples.principal_week(
        examples.many_items(count), stated, first=first, last=sunday, school_id=school,
        school_name=f"School {school}",
        imprint=examples.imprint(f"W-{sunday}-{school}-1", first, sunday),
    )  # fmt: skip
    return read_twin(principal.publish(page, folder).json)


def test_weeks_belong_to_the_month_their_sunday_lies_in() -> None:
    assert [day.day for day in month.sundays(date(2026, 11, 29))] == [1, 8, 15, 22, 29]
    assert month.last_of_month(date(2026, 11, 28)) == date(2026, 10, 25)
    assert month.last_of_month(date(2026, 11, 29)) == date(2026, 11, 29)
    assert month.last_of_month(date(2026, 12, 3)) == date(2026, 11, 29)


def test_a_month_counts_by_school_and_says_what_it_does_not_know(tmp_path: Path) -> None:
    weeks = month.sundays(date(2026, 11, 29))
    pages = [week_of(tmp_path, day, "a", 2) for day in weeks]
    pages += [week_of(tmp_path, day, "b", 1, gap=day == weeks[1]) for day in weeks[1:]]
    made = month.month(pages, weeks[-1], "Marlow Public Schools", NEW_YORK, "SUP")
    assert made.subject == "Monthly message review, November 2026: 3 items, 2 gaps"
    none, gap, clouded, clear = made.rows
    assert none.what == "Not checked: School b, the week to Nov 1; there is no report of it"
    assert gap.what.startswith("Checked in part: District chat")
    assert clouded.what == "School b"
    assert clouded.figures == ("? · 1 so far · 1 · 1 · 1", "1")
    assert clear == Row("School a", ("2 · 2 · 2 · 2 · 2", "2"))
    assert made.remarks[0] == (
        "The weeks end on Nov 1, Nov 8, Nov 15, Nov 22 and Nov 29, in this order."
    )


def test_a_month_without_its_last_week_has_no_total(tmp_path: Path) -> None:
    weeks = month.sundays(date(2026, 11, 29))
    pages = [week_of(tmp_path, day, "a", 2) for day in weeks[:-1]]
    made = month.month(pages, weeks[-1], "Marlow Public Schools", NEW_YORK, "SUP")
    assert "not known" in made.state
    assert made.verdict.tone is Tone.GAP
    assert made.rows[0].what == (
        "Not checked: every school, the week to Nov 29; there is no report of it"
    )


def test_a_month_of_many_schools_stays_a_mail_that_is_not_cut(tmp_path: Path) -> None:
    weeks = month.sundays(date(2026, 11, 29))
    one = week_of(tmp_path, weeks[-1], "a", 1)
    pages = [
        replace(one, school_id=f"s{n}", school_name=f"School number {n} " + "x" * 60, last=week)
        for n in range(300)
        for week in weeks
    ]
    made = month.month(pages, weeks[-1], "Marlow Public Schools", NEW_YORK, "SUP")
    assert made.rows[-1] == Row("261 more schools", ("261 · 261 · 261 · 261 · 261", "261"))
    assert len(letter(made).message.as_bytes()) < 90_000


# ---- reading the record -----------------------------------------------------------------------


def test_the_record_of_a_page_gives_back_its_coverage(tmp_path: Path) -> None:
    page = examples.principal_week(stated=examples.GAP)
    read = twin(page, tmp_path)
    assert read.coverage == replace(page.coverage, known_limits=())
    assert read.verdict == page.verdict
    assert read.coverage.sources[1].state is SourceState.PART


SPOILED: dict[str, Callable[[dict[str, Any]], object]] = {
    "another version": lambda raw: raw.update(format=99),
    "form": lambda raw: raw.pop("coverage"),
    "the form": lambda raw: raw["verdict"].update(tone="purple"),
}


@pytest.mark.parametrize("said", SPOILED)
def test_a_record_that_is_not_ours_is_refused(said: str, tmp_path: Path) -> None:
    path = principal.publish(examples.principal_week(), tmp_path).json
    raw = json.loads(path.read_text("utf-8"))
    SPOILED[said](raw)
    path.write_text(json.dumps(raw))
    with pytest.raises(TwinUnreadable, match=said):
        read_twin(path)


def test_a_record_that_is_gone_or_torn(tmp_path: Path) -> None:
    with pytest.raises(TwinUnreadable, match="cannot be read"):
        read_twin(tmp_path / "none.json")
    (tmp_path / "torn.json").write_text('{"kind": "prin')
    with pytest.raises(TwinUnreadable, match="not in the form"):
        read_twin(tmp_path / "torn.json")


def test_sums_without_names_never_read_as_a_quiet_week(tmp_path: Path) -> None:
    page = twin(examples.principal_week(()), tmp_path)
    made = digests.digest_of(replace(page, kind="baseline", tallies=(), school_name=None))
    assert made.state.startswith("sums without names")
    assert made.about == "Sums without names"
    assert [row.figures for row in made.rows if row.what == "Items that need a look"] == [("?", "?")]
