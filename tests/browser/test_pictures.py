"""The pictures command makes one picture for each page."""

from __future__ import annotations

import struct
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.browser


def test_each_page_becomes_a_png_of_the_asked_size(pages: dict[str, Path], tmp_path: Path) -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.browser.take_pictures",
            str(pages["nightly-clean"].parent),
            *("--to", str(tmp_path), "--width", "390", "--height", "700"),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    (picture,) = tmp_path.glob("*.png")
    assert done.stdout.strip() == str(picture)
    assert struct.unpack(">II", picture.read_bytes()[16:24]) == (390, 700)
