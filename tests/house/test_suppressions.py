"""Whoever silences a checker says why, on the same line."""

from __future__ import annotations

import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.tree import name, python_files

SILENCED = re.compile(r"#\s*(type: ignore|noqa|pragma|mypy:|ruff:)")
WITH_A_REASON = re.compile(
    r"# type: ignore\[[\w,-]+\]  # (?!noqa)\w.*|# noqa: [A-Z]+\d+(, [A-Z]+\d+)*  \(\w.*\)"
)


def comments(path: Path) -> Iterator[tuple[int, str]]:
    with tokenize.open(path) as text:
        for token in tokenize.generate_tokens(text.readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string


def unexplained(path: Path) -> list[str]:
    return [
        f"{name(path)}:{line}: {comment}"
        for line, comment in comments(path)
        if SILENCED.search(comment) and not WITH_A_REASON.fullmatch(comment)
    ]


def test_every_suppression_has_its_reason_beside_it() -> None:
    files = python_files()
    assert any(SILENCED.search(comment) for path in files for _, comment in comments(path))
    assert [one for path in files for one in unexplained(path)] == []


@pytest.mark.parametrize("comment", [
    "# type: ignore", "# type: ignore[misc]", "# noqa", "# noqa: S101", "# noqa: S101  ()",
    "# type: ignore[misc]  # noqa: E731",
])  # fmt: skip
def test_a_suppression_without_one_is_seen(comment: str) -> None:
    assert SILENCED.search(comment)
    assert not WITH_A_REASON.fullmatch(comment)
