"""Every page in every state passes axe, and what axe does not look at is measured."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest

from tests.browser.measures import (
    FAINT_SIGNS,
    SCROLLS_SIDEWAYS,
    SMALL_TARGETS,
    STICKS_OUT,
)
from tests.browser.opening import DESKTOP, PHONE, SMALLEST, Reader
from tests.browser.states import FULLEST, STATES

pytestmark = pytest.mark.browser
STANDARDS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
RUN = """async (tags) => {
  const found = await axe.run(document, {
    runOnly: { type: "tag", values: tags },
    resultTypes: ["violations"],
  });
  return found.violations.map((v) =>
    v.id + ": " + v.nodes.map((n) => n.target + " " + n.failureSummary).join("; "));
}"""


@cache
def axe() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


def axe_says(file: Path, reader: Reader, width: int) -> list[str]:
    page = reader.open_all(file, width=width, bypass_csp=True)
    page.evaluate(axe())
    found: list[str] = page.evaluate(RUN, list(STANDARDS))
    return found


@pytest.mark.parametrize("name", STATES)
def test_axe_finds_nothing(name: str, pages: dict[str, Path], reader: Reader) -> None:
    assert axe_says(pages[name], reader, DESKTOP) == []


@pytest.mark.parametrize("name", FULLEST)
def test_axe_finds_nothing_on_a_phone(name: str, pages: dict[str, Path], reader: Reader) -> None:
    assert axe_says(pages[name], reader, PHONE) == []


def test_axe_knows_the_standards_and_sees_faults(tmp_path: Path, reader: Reader) -> None:
    bad = tmp_path / "bad.html"
    bad.write_text("<title>x</title><p style='color:#ccc'>faint</p><img src=''><button></button>")
    found = axe_says(bad, reader, DESKTOP)
    assert {line.split(":")[0] for line in found} >= {"color-contrast", "html-has-lang"}
    page = reader.open(bad, bypass_csp=True)
    page.evaluate(axe())
    tags = page.evaluate("[...new Set(axe.getRules().flatMap((r) => r.tags))]")
    assert set(STANDARDS) <= set(tags)


@pytest.mark.parametrize("name", STATES)
def test_a_page_never_scrolls_sideways_and_its_targets_fit_a_thumb(
    name: str, pages: dict[str, Path], reader: Reader
) -> None:
    page = reader.open_all(pages[name], width=SMALLEST)
    for width in (SMALLEST, PHONE, DESKTOP):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(SCROLLS_SIDEWAYS) <= 0, width
        assert page.evaluate(STICKS_OUT) == [], width
        assert page.evaluate(SMALL_TARGETS) == [], width


@pytest.mark.parametrize("name", FULLEST)
def test_signs_can_be_seen_in_forced_colors(
    name: str, pages: dict[str, Path], reader: Reader
) -> None:
    page = reader.open(pages[name], forced_colors="active")
    assert page.evaluate("matchMedia('(forced-colors: active)').matches")
    assert page.locator("svg.icon").count() > 0
    assert page.evaluate(FAINT_SIGNS) == []
    borders = page.eval_on_selector_all(
        ".verdict, .card", "all => all.map((e) => getComputedStyle(e).borderTopStyle)"
    )
    assert borders
    assert set(borders) == {"solid"}
    assert reader.noted.nothing()


@pytest.mark.parametrize("name", FULLEST)
def test_the_first_tab_stop_leads_past_the_head(
    name: str, pages: dict[str, Path], reader: Reader
) -> None:
    page = reader.open(pages[name])
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    assert page.evaluate("document.activeElement.getBoundingClientRect().top") >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "report"
