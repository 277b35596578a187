"""What was not read is named, source by source, and never comes out as zero."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest

from auditor.result import CoverageStatement, SelfTests, SourceState
from reports import coach, principal
from tests.reports import coach_examples, examples
from tests.reports.reading import Node, read

WEEK = tuple(examples.MONDAY + timedelta(days=n) for n in range(7))
TITLES = {**dict(examples.SOURCES), "roster": "Student and staff lists"}


def both(stated: CoverageStatement) -> list[Node]:
    return [
        read(principal.html(examples.principal_week((), stated))),
        read(coach.html(coach_examples.coach_week((), stated))),
    ]


@pytest.mark.parametrize("source", TITLES)
@pytest.mark.parametrize("days", [WEEK, WEEK[2:3]], ids=["all days", "one day"])
def test_a_source_that_was_not_read_is_named_first(source: str, days: tuple[date, ...]) -> None:
    stated = examples.coverage(missing={source: days})
    for page in both(stated):
        box = page.one("section", class_="coverage")
        assert box.one("h2").text == "Not everything could be checked"
        first = box.all("li")[0].text
        assert TITLES[source] in first
        assert re.match("Not checked|Checked in part", first)
        if source != "roster":
            assert ("Mon, Nov 16 to Sun, Nov 22" if days is WEEK else "Wed, Nov 18") in first
        full = next(p.text for p in box.all("p") if p.text.startswith("Checked in full"))
        assert TITLES[source] not in full
        assert "Nothing needs a look" not in page.text
        assert "is-ok" not in page.one("section", class_="verdict").attributes["class"]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"self_tests": None}, "They did not run"),
        ({"self_tests": SelfTests(5, 6, ("a coach writes to one athlete",))}, "5 of 6 passed; failed: a coach"),
        ({"self_tests": SelfTests(0, 0)}, "0 of 0 passed"),
        ({"balanced": False}, "do not add up"),
        ({"balanced": None}, "is not known"),
        ({"gaps": ("The check “two-person-space” stopped with an error.",)}, "two-person-space"),
    ],
)  # fmt: skip
def test_a_failure_of_our_own_is_a_gap_like_any_other(
    changed: dict[str, object], words: str
) -> None:
    stated = examples.coverage(**changed)  # type: ignore[arg-type]  # fields by name
    for page in both(stated):
        box = page.one("section", class_="coverage")
        assert "Not everything could be checked" in box.text
        assert words in box.one("ul").text


def test_a_planned_source_that_is_not_set_up_says_so() -> None:
    absent = replace(examples.roster(), source="parents", title="Guardian lists")
    stated = examples.coverage()
    stated = replace(stated, sources=(*stated.sources, replace(absent, state=SourceState.ABSENT)))
    for page in both(stated):
        assert "Not set up Guardian lists" in page.one("section", class_="coverage").text


def test_without_any_source_nothing_is_claimed() -> None:
    stated = replace(examples.coverage(), sources=())
    for page in both(stated):
        assert "None is known to have been read" in page.one("section", class_="coverage").text


def test_limits_the_district_accepted_stand_apart_with_who_and_until_when() -> None:
    page = read(principal.html(examples.principal_week(())))
    box = page.one("section", class_="coverage")
    assert box.one("h2").text == "Everything planned was checked"
    assert "comments on assignments" in box.text
    assert "(Superintendent’s office, until Jun 30, 2027)" in box.text
    assert box.all("li") == []


def test_when_no_message_was_read_counts_are_words() -> None:
    for page in (
        read(principal.html(examples.principal_week((), examples.NOTHING_READ, covered_items=()))),
        read(coach.html(coach_examples.coach_week((), examples.NOTHING_READ, teams=(), log=()))),
    ):
        numbers = [b.text for b in page.one("ul", class_="facts").all("b")]
        assert numbers == ["not known"] * len(numbers)


@pytest.mark.parametrize("which", ["principal", "coach"])
def test_a_failed_run_shows_no_facts_no_list_and_no_zero(which: str) -> None:
    page = read(
        principal.html(examples.failed_principal_week())
        if which == "principal"
        else coach.html(coach_examples.failed_coach_week())
    )
    assert page.all("ul", class_="facts") == []
    assert page.all("table") == []
    assert page.all("article") == []
    assert "Do not read this as a quiet" in page.one("section", class_="verdict").text
    assert "No list can be made until the check has run" in page.text
    assert re.findall(r"(?<![\d.:,-])0(?![\d.:,])", page.one("main").text) == []


def test_self_tests_that_passed_are_named() -> None:
    assert "Self-tests passed: 6 of 6" in read(principal.html(examples.principal_week(()))).text


def test_what_a_district_has_accepted_is_told_in_grey_and_nowhere_as_checked() -> None:
    stated = examples.coverage(missing={"gmail": WEEK[2:3]})
    sources = tuple(
        replace(source, excused=source.unread) if source.source == "gmail" else source
        for source in stated.sources
    )
    line = "One day of District e-mail not read: accepted by Dana Example until Jun 30, 2027."
    stated = replace(stated, sources=sources, excused=(line,))
    assert stated.complete
    heading = both(stated)[0].one("section", class_="coverage").one("h2").text
    assert heading == "Everything planned was checked, except what the district has accepted"
    for page in both(stated):
        box = page.one("section", class_="coverage")
        assert any(p.text == line for p in box.all("p"))
        full = next(p.text for p in box.all("p") if p.text.startswith("Checked in full"))
        assert TITLES["gmail"] not in full
        assert page.one("section", class_="verdict").attributes["class"].endswith("is-ok")
