"""Where in a TOML text each key stands; ``tomllib`` tells only what a text means.

Works on text that ``tomllib`` has already accepted, and asks ``tomllib`` where a statement ends,
so it needs no grammar of its own.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

Path = tuple[str | int, ...]
"""Keys from the top; elements of an array of tables by position from 0."""


class KeyLines:
    """The line on which each key of a text is set, looked up once a mistake has to be placed."""

    def __init__(self, text: str) -> None:
        """Take a valid TOML text."""
        self._text = text

    def line(self, path: Sequence[str | int]) -> int | None:
        """Return the line of a key, else of the nearest table around it; None for the top."""
        for depth in range(len(path), 0, -1):
            if (found := self._lines.get(tuple(path[:depth]))) is not None:
                return found
        return None

    @cached_property
    def _lines(self) -> dict[Path, int]:
        lines: dict[Path, int] = {}
        table: Path = ()
        arrays: Counter[Path] = Counter()
        for number, statement in _statements(self._text.splitlines()):
            if statement.startswith("["):
                table = _header(statement, arrays)
                path = table
            else:
                path = (*table, *_keys(tomllib.loads(statement)))
            for depth in range(1, len(path) + 1):  # [a.b] also brings a into being
                lines.setdefault(path[:depth], number)
        return lines


def _header(statement: str, arrays: Counter[Path]) -> Path:
    names = _keys(tomllib.loads(statement))
    path: Path = ()
    for name in names[:-1]:
        path = (*path, name)
        if path in arrays:  # a table below the newest element of an array
            path = (*path, arrays[path] - 1)
    path = (*path, names[-1])
    if not statement.startswith("[["):
        return path
    arrays[path] += 1
    return (*path, arrays[path] - 1)


def _statements(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Yield (line number, text) of each header or assignment, long values in one piece."""
    pending: list[str] = []
    began = 0
    for number, line in enumerate(lines, start=1):
        if not pending:
            began = number
            if not line.strip() or line.lstrip().startswith("#"):
                continue
        pending.append(line)
        statement = "\n".join(pending).lstrip()
        if _is_whole(statement):
            yield began, statement
            pending = []


def _is_whole(statement: str) -> bool:
    try:
        tomllib.loads(statement)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _keys(parsed: dict[str, Any]) -> tuple[str, ...]:
    """Return the keys on the way down a statement, as far as there is one way."""

    def way(value: Any) -> Iterator[str]:
        while isinstance(value, (dict, list)) and len(value) == 1:
            if isinstance(value, list):
                value = value[0]
                continue
            ((key, value),) = value.items()
            yield key

    return tuple(way(parsed))
