"""What holds for every page: one file, nothing from outside, nothing that could run, no zero."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from auditor.result import CoachWeek, PrincipalWeek, Tone
from reports import coach, principal
from reports.page import environment
from tests.reports import coach_examples, examples
from tests.reports.reading import Node, read

ROOT = Path(__file__).parents[2]
PAGES: dict[str, Callable[[], PrincipalWeek | CoachWeek]] = {
    "items": examples.principal_week,
    "items and a gap": lambda: examples.principal_week(stated=examples.GAP),
    "clean": lambda: examples.principal_week(()),
    "clean with a gap": lambda: examples.principal_week((), examples.GAP),
    "failed": examples.failed_principal_week,
    "clock change": examples.clock_change_week,
    "hostile": examples.hostile_principal_week,
    "26 items": lambda: examples.principal_week(examples.many_items(26)),
    "600 items": lambda: examples.principal_week(examples.many_items(600)),
    "coaches": coach_examples.coach_week,
    "coaches, gap": lambda: coach_examples.coach_week(stated=examples.GAP),
    "coaches, clean": lambda: coach_examples.coach_week(()),
    "coaches, failed": coach_examples.failed_coach_week,
    "coaches, hostile": coach_examples.hostile_coach_week,
}
ORDINARY = sorted(set(PAGES) - {"600 items"})
UNWANTED = re.compile(
    r"violation|offend|suspicio|risk score|complian|culprit|severity|whitelist|misconduct|predator",
    re.IGNORECASE,
)


def html(week: PrincipalWeek | CoachWeek) -> bytes:
    return principal.html(week) if isinstance(week, PrincipalWeek) else coach.html(week)


@pytest.fixture(scope="module", params=PAGES)
def page(request: pytest.FixtureRequest) -> bytes:
    return html(PAGES[request.param]())


def every(node: Node) -> list[Node]:
    return node.all()


def test_the_encoding_is_told_before_anything_else(page: bytes) -> None:
    assert page.startswith(b'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">')
    page.decode("utf-8", errors="strict")


def test_the_browser_policy_names_exactly_the_style_and_script_inside(page: bytes) -> None:
    root = read(page)
    policy = root.one("meta", **{"http-equiv": "Content-Security-Policy"}).attributes["content"]
    for tag, directive in (("style", "style-src"), ("script", "script-src")):
        (text,) = root.one(tag).children
        assert isinstance(text, str)
        digest = b64encode(sha256(text.encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy


def test_nothing_comes_from_outside_and_nothing_is_an_inline_style_or_handler(page: bytes) -> None:
    for node in every(read(page)):
        names = set(node.attributes)
        assert "style" not in names
        assert not {n for n in names if n.startswith("on")}
        assert not names & {"src", "srcset", "action", "formaction", "poster", "ping"}
        assert node.tag not in ("link", "img", "iframe", "object", "embed", "base", "form")
        if "href" in names:
            assert node.attributes["href"].startswith("#")
    assert b"http:" not in page
    assert b"https:" not in page
    assert b"url(" not in page.replace(b"url(#stripes)", b"")
    assert b"@import" not in page


def test_every_link_within_the_page_leads_somewhere_once(page: bytes) -> None:
    root = read(page)
    ids = [n.attributes["id"] for n in every(root) if "id" in n.attributes]
    assert len(ids) == len(set(ids))
    links = {n.attributes["href"][1:] for n in root.all("a")}
    named = [n.attributes.get("aria-labelledby", "").split() for n in every(root)]
    labels = {n.attributes["for"] for n in root.all("label")}
    assert links | {i for group in named for i in group} | labels <= set(ids)


def test_landmarks_and_headings_are_there_in_order(page: bytes) -> None:
    root = read(page)
    for tag in ("main", "h1", "footer"):
        assert len(root.all(tag)) == 1
    assert root.one("a", class_="skip").attributes["href"] == "#report"
    assert "Please do not forward" in root.one("div", class_="confidential").text
    levels = [int(n.tag[1]) for n in every(root) if re.fullmatch(r"h[1-6]", n.tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    text = root.text
    order = ["Confidential", root.one("section", class_="verdict").text]
    order += [root.one("section", class_="coverage").text]
    order += ["What this report cannot see", "Words used here", root.one("footer").text]
    places = [text.index(words) for words in order]
    assert places == sorted(places)


def test_words_that_judge_people_are_not_used(page: bytes) -> None:
    assert UNWANTED.findall(read(page).text) == []


def test_nothing_is_printed_as_code_prints_it(page: bytes) -> None:
    assert re.findall(r"\bNone\b(?! of| in|\.)|\bTrue\b|\bFalse\b|<[a-z_.]+ object", read(page).text) == []


@pytest.mark.parametrize("name", ORDINARY)
def test_an_ordinary_page_is_small_enough_for_any_phone(name: str) -> None:
    assert len(html(PAGES[name]())) <= 150_000


@pytest.mark.parametrize("name", PAGES)
def test_the_same_values_give_the_same_bytes(name: str) -> None:
    assert html(PAGES[name]()) == html(PAGES[name]())


@pytest.mark.parametrize("tone", list(Tone))
def test_each_verdict_has_its_own_shape_word_and_colour(tone: Tone) -> None:
    weeks = {
        Tone.OK: examples.principal_week(()),
        Tone.LOOK: examples.principal_week(),
        Tone.GAP: examples.principal_week((), examples.GAP),
        Tone.FAILED: examples.failed_principal_week(),
    }
    boxes = {t: read(html(w)).one("section", class_="verdict") for t, w in weeks.items()}
    assert f"is-{tone}" in boxes[tone].attributes["class"]
    looks = {t: _shape(b.one("p", class_="tone")) for t, b in boxes.items()}
    words = {t: b.one("p", class_="tone").text for t, b in boxes.items()}
    assert len(set(looks.values())) == len(set(words.values())) == len(Tone)
    assert boxes[tone].one("p", class_="line").text == weeks[tone].verdict.line
    assert boxes[tone].one("p", class_="sub").text == weeks[tone].verdict.sub


def _shape(node: Node) -> str:
    return repr([(n.tag, n.attributes) for n in node.one("svg").children if isinstance(n, Node)])


def test_only_one_template_environment_exists_and_only_here() -> None:
    made = re.compile(r"\bEnvironment\(|\bTemplate\(|from_string\(|\|\s*safe\b|autoescape\s+false")
    rooms = ("auditor", "connectors", "cron", "reports")
    files = [f for room in rooms for f in (ROOT / room).rglob("*") if f.suffix in (".py", ".j2")]
    found = [
        (f.relative_to(ROOT).as_posix(), match)
        for f in files
        for match in made.findall(f.read_text(encoding="utf-8"))
    ]
    assert found == [("reports/page.py", "Environment(")]
    jinja = [f for f in files if re.search(r"^\s*(from|import) jinja2", f.read_text("utf-8"), re.MULTILINE)]
    assert {f.relative_to(ROOT).parts[0] for f in jinja} == {"reports"}


def test_a_misspelt_name_in_a_template_is_an_error_and_not_a_blank() -> None:
    with pytest.raises(UndefinedError):
        environment().from_string("{{ imprint.report_idd }}").render(
            imprint=examples.imprint("W-1")
        )


def test_a_new_revision_says_what_it_replaces() -> None:
    week = examples.principal_week()
    again = replace(week, imprint=replace(week.imprint, report_id="W-2026-47-AH-2", revision=2))
    assert "takes the place of revision 1" in read(principal.html(again)).text
    assert "takes the place" not in read(principal.html(week)).text


def test_the_foot_says_where_the_page_came_from() -> None:
    foot = read(principal.html(examples.principal_week())).one("footer").text
    for words in (
        "W-2026-47-AH-1", "revision 1", "Mon, Nov 23, 5:42 AM", "EST, UTC−5", "America/New_York",
        "INJDB Employee Social Media", "Dec 6, 2016", "5f1d0c9be2a7", "3f9a21c07be4", "auditor 0.1.0",
        "Whole-team window", "1440", "facts are kept for 400 days",
    ):  # fmt: skip
        assert words in foot
