"""Mistakes a person made in settings, each with its place and its cure, reported all at once.

Whoever sets up an audit should need one look at ``auditor check``, not one run for each mistake.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong, where it stands and what to write instead."""

    file: Path
    line: int | None
    """1-based; None where the mistake is that something is not there at all."""
    key: str | None
    """As written in the file: ``district.timezone``."""
    what: str
    cure: str

    @property
    def place(self) -> str:
        """File and line as editors and terminals understand them."""
        return str(self.file) if self.line is None else f"{self.file}:{self.line}"

    def __str__(self) -> str:
        key = "" if self.key is None else f"{self.key}: "
        return f"{self.place}: {key}{self.what}. {self.cure}"

    def as_json(self) -> dict[str, object]:
        return {
            "file": str(self.file),
            "line": self.line,
            "key": self.key,
            "what": self.what,
            "cure": self.cure,
        }


class SettingsError(Exception):
    """The settings cannot be used as they are. ``mistakes`` holds every one that was found."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(sorted(mistakes, key=lambda m: (str(m.file), m.line or 0)))
        super().__init__("\n".join(str(mistake) for mistake in self.mistakes))


def did_you_mean(written: str, known: Iterable[str]) -> str:
    """Return "Did you mean …?" if something known is spelt nearly so, else what is allowed."""
    names = sorted(known)
    near = get_close_matches(written.casefold(), [name.casefold() for name in names], n=1)
    if near:
        return f"Did you mean {next(n for n in names if n.casefold() == near[0])!r}?"
    return f"Allowed: {', '.join(names) or 'nothing'}"
