"""Keeping other people's children out of a text: no id, address or full name of another student.

Whoever is given what is held about one student gets nothing about any other. Pages mask the people
they show; this goes through every text once more, for a message id or a record may hold a name.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import date
from enum import Enum
from typing import Any, TypeVar

from auditor.result import Imprint
from auditor.traces import LONG_NUMBER

Value = TypeVar("Value")
ANOTHER = "another student"
_TOKEN = re.compile(r"[\w.+'@-]*\w")
_WORDS = re.compile(r"[^\W\d_][\w'’-]*(?:\s+[^\W\d_][\w'’-]*)+")
_LONGEST_NAME = 5


@dataclass(frozen=True, slots=True)
class Others:
    """What other students can be recognised by, in small letters."""

    words: frozenset[str]
    """Ids and addresses."""
    names: frozenset[str]
    """Full names, given name first."""
    open_names: frozenset[str]
    """Names of people who may be named: a student's namesake on the staff keeps the name."""

    def masked(self, value: Value, keep: Collection[str] = ()) -> Value:
        """Return values with every other student in their texts masked; not in fields ``keep``."""
        return self._any(value, keep)  # type: ignore[no-any-return]  # each form keeps its type

    def _any(self, value: Any, keep: Collection[str]) -> Any:
        if isinstance(value, (Imprint, Enum, date)):
            return value
        if is_dataclass(value) and not isinstance(value, type):
            changed = {
                f.name: self._any(getattr(value, f.name), keep)
                for f in fields(value)
                if f.name not in keep
            }
            return replace(value, **changed)
        if isinstance(value, tuple):
            return tuple(self._any(part, keep) for part in value)
        return self.text(value) if isinstance(value, str) else value

    def text(self, text: str) -> str:
        """Return a text with every other student in it masked."""
        if text.strip().casefold() in self.words:
            return ANOTHER
        text = _TOKEN.sub(self._token, text)
        return _WORDS.sub(self._named, text)

    def _token(self, found: re.Match[str]) -> str:
        token = found[0]
        if "@" in token and any(self._is_other(token[at:]) for at in _beginnings(token)):
            return ANOTHER
        is_count = token.isdecimal() and len(token) < LONG_NUMBER
        return ANOTHER if not is_count and self._is_other(token) else token

    def _is_other(self, token: str) -> bool:
        return token.casefold() in self.words

    def _named(self, found: re.Match[str]) -> str:
        words = re.split(r"(\s+)", found[0])
        at = 0
        while at < len(words):
            for count in range(_LONGEST_NAME, 1, -1):
                some = words[at : at + 2 * count - 1]
                name = "".join(part if n % 2 == 0 else " " for n, part in enumerate(some))
                known = name.casefold()
                if len(some) == 2 * count - 1 and known in self.names - self.open_names:
                    words[at : at + 2 * count - 1] = [ANOTHER]
                    break
            at += 2
        return "".join(words)


def _beginnings(token: str) -> list[int]:
    """Return where an address may begin inside of a longer word: a message id is often one."""
    return [0, *(at + 1 for at, c in enumerate(token) if c in ".+-_" and at < token.index("@"))]
