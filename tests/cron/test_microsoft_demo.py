"""The sample district read from a pretended Microsoft has, item for item, what it has from files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.district import Sizes, make_district
from benchmarks.pretend.microsoft.making import names_of_posts
from tests.connectors.sample_tables import END
from tests.cron.test_google_demo import SMALL, items, said

SIZES = Sizes(schools=1, staff=45, students=450, weeks=2)


def renamed(found: dict[str, dict[str, Any]], names: dict[str, str]) -> list[str]:
    """Return items as text, in order, with messages called as Teams calls them."""
    return sorted(
        json.dumps({name: _called(value, names) for name, value in item.items()}, sort_keys=True)
        for item in found.values()
    )


def _called(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, list):
        return sorted((_called(one, names) for one in value), key=str)
    return names.get(value, value) if isinstance(value, str) else value


@pytest.mark.integration
def test_microsoft_gives_the_items_of_the_files_one_for_one(tmp_path: Path) -> None:
    from_files = said("demo", tmp_path / "files", *SMALL)
    from_microsoft = said("demo", tmp_path / "microsoft", "--microsoft", *SMALL)
    assert from_microsoft["not_checked"] == from_files["not_checked"]
    assert from_microsoft["differences"] == from_files["differences"]
    names = names_of_posts(make_district(SIZES, seed=7, end=END))
    expected = renamed(items(tmp_path / "files"), names)
    found = renamed(items(tmp_path / "microsoft"), names)
    assert len(expected) > 100
    assert len([one for one in found if "@thread.v2" in one or "@unq.gbl" in one]) > 5
    assert found == expected
    for folder in ("data", "reports"):
        for path in (tmp_path / "microsoft" / folder).rglob("*"):
            assert not path.is_file() or b"zephyrquill" not in path.read_bytes()
