"""The mail about a report, as a mail program shows it: readable, whole on a phone, and silent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from reports import month
from tests.browser.measures import SCROLLS_SIDEWAYS, SMALL_TARGETS, STICKS_OUT
from tests.browser.opening import DESKTOP, PHONE, SMALLEST, Reader
from tests.browser.test_accessibility import axe_says
from tests.reports import examples
from tests.reports.mail_examples import digest, letter, twin
from tests.reports.mail_server import words

pytestmark = pytest.mark.browser


@pytest.fixture(params=["week", "month"])
def mail(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    page = examples.principal_week(stated=examples.GAP)
    made = digest(page, tmp_path)
    if request.param == "month":
        pages = [replace(twin(page, tmp_path), last=day) for day in month.sundays(page.imprint.last)]
        zone = ZoneInfo("America/New_York")
        made = month.month(pages[:-1], pages[-1].last, "Marlow Public Schools", zone, "SUP")
    path = tmp_path / "mail.html"
    path.write_text(words(letter(made).message, "html"), encoding="utf-8")
    return path


def test_axe_finds_nothing(mail: Path, reader: Reader) -> None:
    assert axe_says(mail, reader, DESKTOP) == []


def test_it_fits_every_width_and_asks_nobody_for_anything(mail: Path, reader: Reader) -> None:
    page = reader.open(mail, scripts=True)
    for width in (SMALLEST, PHONE, DESKTOP):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate(SCROLLS_SIDEWAYS) <= 0, width
        assert page.evaluate(STICKS_OUT) == [], width
        assert page.evaluate(SMALL_TARGETS) == [], width
    assert page.locator("script, style, img, link").count() == 0
    assert page.locator(".preheader").is_hidden()
    assert reader.noted.nothing()
