"""What is wrong with a pack, placed: the file, the line, the key, and what would mend it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

Key = tuple[str, ...]
"""Where a value stands: ("rules", "direct-no-adult", "clause")."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake. ``of_settings`` marks what the district's own settings brought in."""

    file: Path
    line: int | None
    key: Key
    what: str
    cure: str
    of_settings: bool = False

    def __str__(self) -> str:
        at = str(self.file) if self.line is None else f"{self.file}:{self.line}"
        where = f" {written(self.key)}:" if self.key else ""
        return f"{at}:{where} {self.what}. {self.cure}"


class PolicyError(Exception):
    """A pack cannot be used. ``found`` holds every mistake, ``problems`` a line for each."""

    def __init__(self, found: Iterable[Problem]) -> None:
        self.found = tuple(found)
        self.problems = tuple(str(problem) for problem in self.found)
        super().__init__("\n".join(self.problems))


def written(key: Key) -> str:
    """Return a key as one finds it in the file: ``[rules."x"] clause``."""
    if len(key) < 2:  # noqa: PLR2004  (a section alone)
        return f"[{'.'.join(key)}]"
    if key[0] == "policy":
        return f"[policy] {'.'.join(key[1:])}"
    section, name, *rest = key
    quoted = name if name.replace("_", "").isalnum() else f'"{name}"'
    return " ".join((f"[{section}.{quoted}]", *rest)) if rest else f"[{section}.{quoted}]"
