"""Settings that are a number, or true or false: read in the same way by every source of Google."""

from __future__ import annotations

from collections.abc import Mapping

MOST_THREADS = 16


def flag(
    settings: Mapping[str, object], name: str, mistakes: list[str], *, default: bool
) -> bool:
    """Return a setting that is true or false."""
    found = settings.get(name, default)
    if isinstance(found, bool):
        return found
    mistakes.append(f"{name} must be true or false, without quotes")
    return default


def number(
    settings: Mapping[str, object],
    name: str,
    usual: int,
    most: int,
    mistakes: list[str],
    *,
    least: int = 1,
) -> int:
    """Return a setting that is a whole number from ``least`` to ``most``."""
    found = settings.get(name, usual)
    if isinstance(found, int) and not isinstance(found, bool) and least <= found <= most:
        return found
    mistakes.append(f"{name} must be a whole number from {least:,} to {most:,}")
    return usual
