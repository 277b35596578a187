"""Pages without a script, on paper, and with nothing but themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.measures import CUT_OFF, DEAD_CONTROLS, UNSEEN_CONTENT
from tests.browser.opening import Reader
from tests.browser.states import FULLEST, HOSTILE, STATES

pytestmark = pytest.mark.browser
SHEET = 710
"""CSS pixels of a US Letter sheet between 14 mm margins."""


@pytest.mark.parametrize("name", STATES)
def test_without_scripts_all_is_there_and_no_control_is_dead(
    name: str, pages: dict[str, Path], reader: Reader
) -> None:
    page = reader.open(pages[name], scripts=False)
    # the first as a reader does it: to move a pointer to each takes longer than all the rest
    if page.locator("summary").count() > 0:
        page.locator("summary").first.click()
    page.eval_on_selector_all("details:not([open]) > summary", "all => all.forEach((s) => s.click())")
    assert page.evaluate(UNSEEN_CONTENT) == []
    assert page.evaluate(DEAD_CONTROLS) == []


@pytest.mark.parametrize("name", FULLEST)
def test_details_are_closed_until_somebody_opens_them(
    name: str, pages: dict[str, Path], reader: Reader
) -> None:
    page = reader.open(pages[name], scripts=False)
    assert page.locator("details").count() > 0
    assert page.locator("details[open]").count() == 0
    assert page.evaluate(UNSEEN_CONTENT) != []


@pytest.mark.parametrize("name", FULLEST)
def test_on_paper_closed_details_are_open_and_no_table_is_cut_off(
    name: str, pages: dict[str, Path], reader: Reader
) -> None:
    page = reader.open(pages[name], media="print", width=SHEET)
    assert page.locator("details[open]").count() == 0
    assert page.evaluate(UNSEEN_CONTENT) == []
    assert page.evaluate(DEAD_CONTROLS) == []
    assert page.locator(".skip").is_hidden()
    assert page.evaluate(CUT_OFF) == []


def test_a_page_prints_to_more_than_one_sheet(pages: dict[str, Path], reader: Reader) -> None:
    paper = reader.open(pages["nightly-gap"]).pdf(format="Letter", tagged=True)
    assert paper.startswith(b"%PDF-")
    assert paper.count(b"/Type /Page\n") + paper.count(b"/Type/Page/") > 1


@pytest.mark.parametrize("name", STATES)
def test_a_page_asks_nobody_for_anything_and_runs_nothing_foreign(
    name: str, pages: dict[str, Path], reader: Reader
) -> None:
    page = reader.open_all(pages[name])
    assert reader.noted.requests == []
    assert reader.noted.dialogs == []
    assert reader.noted.console == []
    assert page.locator("script").count() == 1


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_become_neither_elements_nor_attributes(
    name: str, pages: dict[str, Path], reader: Reader
) -> None:
    page = reader.open(pages[name])
    assert page.locator("img, iframe, object, embed, form, link, base").count() == 0
    handlers = page.evaluate(
        "[...document.querySelectorAll('*')].flatMap((e) => e.getAttributeNames())"
        ".filter((name) => name.startsWith('on') || name === 'style')"
    )
    assert handlers == []
    assert "alert(1)" in page.locator("main").inner_text()
    shown = page.evaluate("document.documentElement.outerHTML")
    assert "\u202e" not in shown
    assert "\u200b" not in shown
    places = page.eval_on_selector_all(
        "h1, h3, th, td, summary, button",
        "all => all.map((e) => e.dispatchEvent(new MouseEvent('mouseover', { bubbles: true })))",
    )
    assert len(places) > 3
    assert reader.noted.nothing()


def test_a_smuggled_script_would_not_run(
    pages: dict[str, Path], tmp_path: Path, reader: Reader
) -> None:
    text = pages["principal-items"].read_text(encoding="utf-8")
    bad = tmp_path / "bad.html"
    smuggled = "<script>alert(1)</script><img src='https://evil.example/x.png' onerror='alert(2)'>"
    bad.write_text(text.replace("</main>", f"{smuggled}</main>"), encoding="utf-8")
    reader.open(bad)
    assert reader.noted.dialogs == []
    assert reader.noted.requests == []
    assert any("Content Security Policy" in line for line in reader.noted.console)
