"""One Chromium for each worker, and every page in every state, written once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser.opening import OPTIONS, Reader, chromium
from tests.browser.states import STATES


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """Chromium, until the last test of this folder: its event loop must not outlive them."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium(), args=OPTIONS)
        yield running
        running.close()


@pytest.fixture
def reader(browser: Browser) -> Iterator[Reader]:
    """Someone who opens pages, and notes what they try to do."""
    reader = Reader(browser)
    yield reader
    reader.leave()


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Every page in every state: name -> its file."""
    folder = tmp_path_factory.mktemp("pages")
    return {name: publish(folder / name) for name, publish in STATES.items()}
