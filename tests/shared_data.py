"""Real data nobody here wrote, where a checkout has it beside it; elsewhere its tests skip."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDER = Path(os.environ.get("AUDITOR_SHARED_DATA", ROOT.parent / "shared" / "data"))
CORPORA = ROOT / ".cache" / "corpora"
"""Where ``make corpora`` puts what it fetches."""


def shared(name: str) -> Path:
    """Return a folder or file of the shared data; skips the test where there is none."""
    path = FOLDER / name
    if not path.exists():
        pytest.skip(f"third-party sample data is not here: {name}")
    return path
