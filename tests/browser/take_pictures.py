"""Pictures of pages, for the README and for a look at what changed: one PNG for each HTML file.

    python -m tests.browser.take_pictures FOLDER [--to FOLDER] [--width 1280] [--height 0] [--print]

``--height 0`` takes the whole page. Needs the system's Chromium.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.opening import DESKTOP, OPTIONS, Reader, chromium


@dataclass(frozen=True, slots=True)
class Framing:
    """How a picture is taken: CSS pixels, and paper instead of screen."""

    width: int = DESKTOP
    height: int = 0
    """0 = as high as the page is."""
    paper: bool = False


def take_pictures(files: Iterable[Path], folder: Path, framing: Framing) -> list[Path]:
    """Write one PNG for each page into ``folder`` and return them, in order."""
    folder.mkdir(parents=True, exist_ok=True)
    taken = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=OPTIONS)
        reader = Reader(browser)
        for file in files:
            page = reader.open(
                file, width=framing.width, media="print" if framing.paper else "screen"
            )
            picture = folder / f"{file.stem}-{framing.width}.png"
            if framing.height:
                page.set_viewport_size({"width": framing.width, "height": framing.height})
            page.screenshot(path=picture, full_page=not framing.height)
            taken.append(picture)
            reader.leave()
        browser.close()
    return taken


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="take_pictures", description=__doc__.splitlines()[0])
    parser.add_argument("pages", type=Path, help="an HTML file, or a folder of them")
    parser.add_argument("--to", type=Path, default=None, help="where the PNGs go")
    parser.add_argument("--width", type=int, default=DESKTOP)
    parser.add_argument("--height", type=int, default=0, help="0 takes the whole page")
    parser.add_argument("--print", dest="paper", action="store_true", help="as on paper")
    given = parser.parse_args(arguments)
    pages: Path = given.pages
    files = [pages] if pages.is_file() else sorted(pages.rglob("*.html"))
    if not files:
        parser.error(f"no HTML file in {pages}")
    beside = pages.parent if pages.is_file() else pages
    framing = Framing(given.width, given.height, given.paper)
    for picture in take_pictures(files, given.to or beside, framing):
        print(picture)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
