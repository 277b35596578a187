"""The verdict: good news on one path only."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.coverage import message_source, roster_source, statement, verdict
from auditor.result import (
    AcceptedDays,
    CoverageStatement,
    DayRead,
    KnownLimit,
    SelfTests,
    SourceCoverage,
    SourceState,
    Tone,
)
from auditor.source import DayState

FIRST, LAST = date(2026, 11, 16), date(2026, 11, 22)
WEEK = [date(2026, 11, d) for d in range(16, 23)]
PASSED = SelfTests(6, 6)


def mail(*missing: int) -> SourceCoverage:
    read = {d: DayRead(d, DayState.READ, 10, None) for d in WEEK if d.day not in missing}
    return message_source("mail", "District e-mail", WEEK, read, failure=None, cure=None)


ROSTER = roster_source("roster", "Student and staff lists", records=700, failure=None, cure=None)


def week(*sources: object, **changed: object) -> CoverageStatement:
    told = {"known_limits": (), "self_tests": PASSED, "balanced": True, "gaps": (), **changed}
    return statement(FIRST, LAST, sources, **told)  # type: ignore[arg-type]  # fields by name


COMPLETE = week(ROSTER, mail())


@pytest.mark.parametrize(
    ("items", "coverage", "tone", "words"),
    [
        (0, COMPLETE, Tone.OK, "Nothing needs a look this week."),
        (3, COMPLETE, Tone.LOOK, "3 items need a look."),
        (1, COMPLETE, Tone.LOOK, "1 item needs a look."),
        (3, week(ROSTER, mail(17, 18)), Tone.GAP, "Two days of District e-mail were not checked."),
        (0, week(ROSTER, mail(17)), Tone.GAP, "No items in what could be checked."),
        (0, week(ROSTER, mail(), self_tests=SelfTests(5, 6)), Tone.GAP, "1 of 6 self-tests failed."),
        (0, week(ROSTER, mail(), self_tests=None), Tone.GAP, "The self-tests did not run."),
        (0, week(ROSTER, mail(), self_tests=SelfTests(0, 0)), Tone.GAP, "self-tests failed"),
        (0, week(ROSTER, mail(), balanced=False), Tone.GAP, "does not add up"),
        (0, week(ROSTER, mail(), balanced=None), Tone.GAP, "does not add up"),
        (0, week(ROSTER, mail(), gaps=("A rule failed.",)), Tone.GAP, "A rule failed."),
        (0, week(), Tone.GAP, "No source is set up"),
        (None, COMPLETE, Tone.FAILED, "No report could be made"),
        (0, None, Tone.FAILED, "No report could be made"),
    ],
)
def test_the_first_line(
    items: int | None, coverage: CoverageStatement | None, tone: Tone, words: str
) -> None:
    said = verdict(items, coverage, period="this week")
    assert said.tone is tone
    assert words in said.line


def test_a_failed_run_has_no_number_in_it() -> None:
    said = verdict(0, COMPLETE, period="this week", failed=True)
    assert said.tone is Tone.FAILED
    assert not any(c.isdigit() for c in said.line + said.sub)


def test_an_accepted_limit_is_no_gap_until_it_ends() -> None:
    limit = KnownLimit("Comments are not in the export", "Superintendent", LAST)
    assert week(ROSTER, mail(), known_limits=(limit,)).complete
    ended = KnownLimit("Comments are not in the export", "Superintendent", FIRST)
    said = verdict(0, week(ROSTER, mail(), known_limits=(ended,)), period="this week")
    assert said.tone is Tone.GAP
    assert "ended on Nov 16" in said.line


def excused(until: date, *missing: int) -> SourceCoverage:
    read = {d: DayRead(d, DayState.READ, 10, None) for d in WEEK if d.day not in missing}
    return message_source(
        "mail", "District e-mail", WEEK, read, failure=None, cure=None, accepted_until=until
    )


def test_days_a_district_has_accepted_are_grey_until_the_acceptance_ends() -> None:
    limit = KnownLimit("The vendor is down", "Dana Example", LAST, source="mail")
    stated = week(ROSTER, excused(LAST, 17, 18), known_limits=(limit,))
    assert stated.complete
    assert stated.excused == (
        "two days of District e-mail not read: accepted by Dana Example until Nov 22, 2026.",
    )
    said = verdict(0, stated, period="this week")
    assert said.tone is Tone.OK
    assert "except what the district has accepted" in said.sub
    mail_source = stated.sources[1]
    assert mail_source.state is SourceState.PART
    assert (mail_source.unread, mail_source.missing) == ((WEEK[1], WEEK[2]), ())


def test_an_acceptance_that_has_ended_excuses_what_was_before_it_only() -> None:
    until = date(2026, 11, 17)
    limit = KnownLimit("The vendor is down", "Dana Example", until, source="mail")
    stated = week(ROSTER, excused(until, 17, 18), known_limits=(limit,))
    assert not stated.complete
    assert stated.sources[1].missing == (WEEK[2],)
    assert "One day of District e-mail was not checked." in verdict(0, stated, period="this week").line


@pytest.mark.parametrize("first", [1, 16, 20])
def test_accepted_days_are_told_where_they_fall_into_the_period(first: int) -> None:
    began = date(2026, 11, first)
    holiday = AcceptedDays(began, began, "Founders' Day", "Dana Example", source="mail")
    stated = week(ROSTER, mail(), accepted_days=(holiday,))
    assert stated.complete
    told = f"Few messages of District e-mail expected, Nov {first}, 2026: Founders' Day (accepted by Dana Example)."
    assert stated.excused == ((told,) if first >= 16 else ())


def test_a_list_that_could_not_be_taken_in_is_stale_and_says_since_when() -> None:
    failed = roster_source(
        "roster", "Rosters", records=None, failure="half is gone", cure="look", good_on=FIRST
    )
    assert failed.reason == "STALE ROSTER, as of Nov 16, 2026: half is gone"
    said = verdict(3, week(failed, mail()), period="this week")
    assert "Rosters stands as of Nov 16, 2026." in said.line
    good = roster_source("roster", "Rosters", records=7, failure=None, cure=None, good_on=FIRST)
    assert (good.stale_since, good.is_behind) == (None, False)


def test_no_acceptance_excuses_a_list() -> None:
    failed = roster_source("roster", "Rosters", records=None, failure="gone", cure=None)
    limit = KnownLimit("No roster in summer", "Dana Example", LAST, source="roster")
    assert not week(failed, mail(), known_limits=(limit,)).complete


def test_a_day_without_word_is_missing_and_has_no_count() -> None:
    source = message_source("mail", "E-mail", WEEK, {}, failure=None, cure="look")
    assert source.state is SourceState.NONE
    assert source.records is None
    assert source.missing == tuple(WEEK)


@given(
    items=st.integers(0, 50),
    missing=st.sets(st.integers(16, 22)),
    roster_fails=st.booleans(),
    passed=st.integers(0, 6),
    balanced=st.sampled_from([True, False, None]),
    gaps=st.lists(st.just("Something was not checked."), max_size=1),
)
def test_good_news_needs_everything(
    items: int,
    missing: set[int],
    roster_fails: bool,
    passed: int,
    balanced: bool | None,
    gaps: list[str],
) -> None:
    roster = roster_source(
        "roster", "Lists", records=None if roster_fails else 7, failure=None, cure=None
    )
    coverage = week(
        roster, mail(*missing), self_tests=SelfTests(passed, 6), balanced=balanced, gaps=tuple(gaps)
    )
    said = verdict(items, coverage, period="this week")
    clean = not missing and not roster_fails and passed == 6 and balanced is True and not gaps
    assert (said.tone is Tone.OK) == (clean and items == 0)
    if not clean:
        assert "Nothing needs a look" not in said.line + said.sub
        assert "Everything planned" not in said.line + said.sub
