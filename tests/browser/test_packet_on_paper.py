"""A packet on paper: whole messages on each sheet, nothing cut off, and lines to write on."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.measures import CUT_OFF, UNSEEN_CONTENT
from tests.browser.opening import Reader

pytestmark = pytest.mark.browser
SHEETS = {"Letter": 710, "A4": 688}
"""CSS pixels of a sheet between 14 mm margins."""


@pytest.mark.parametrize("sheet", SHEETS)
def test_nothing_is_cut_off_and_a_message_stays_on_its_sheet(
    sheet: str, pages: dict[str, Path], reader: Reader
) -> None:
    page = reader.open(pages["packet-messages"], media="print", width=SHEETS[sheet])
    assert page.evaluate(CUT_OFF) == []
    assert page.evaluate(UNSEEN_CONTENT) == []
    kept = page.eval_on_selector_all(
        ".message, .reply, .observation", "all => all.map((e) => getComputedStyle(e).breakInside)"
    )
    assert kept == ["avoid"] * 5
    assert page.pdf(format=sheet, tagged=True).startswith(b"%PDF-")
    assert reader.noted.nothing()


def test_there_are_lines_to_write_on(pages: dict[str, Path], reader: Reader) -> None:
    page = reader.open(pages["packet-messages"], media="print", width=SHEETS["Letter"])
    lines = page.eval_on_selector_all(
        ".ruled div",
        "all => all.map((e) => [e.getBoundingClientRect().height,"
        " getComputedStyle(e).borderBottomStyle])",
    )
    assert len(lines) > 10
    assert all(height > 24 and style == "solid" for height, style in lines)
