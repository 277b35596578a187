"""Settings that are a number, a list, or true or false: every live source reads them alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

MOST_THREADS = 16


def unknown(settings: Mapping[str, object], known: Iterable[str], connector: str) -> list[str]:
    """Return a mistake for each setting that there is not, with the one spelt nearly so."""
    names = sorted(known)

    def mistake(name: str) -> str:
        near = get_close_matches(name.casefold(), names, n=1)
        return f"{name} is no setting of {connector}" + "".join(
            f": did you mean {one}?" for one in near
        )

    return [mistake(name) for name in sorted(set(settings) - set(names))]


def text(settings: Mapping[str, object], name: str, mistakes: list[str]) -> str | None:
    """Return a setting that is one piece of text, None if it is left out."""
    value = settings.get(name)
    if value is None:
        return None
    if isinstance(value, str) and value.strip():
        return value.strip()
    mistakes.append(f"{name} must be text in quotes, and not empty")
    return None


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


def texts(
    settings: Mapping[str, object],
    name: str,
    mistakes: list[str],
    usual: tuple[str, ...] = (),
) -> tuple[str, ...]:
    """Return a setting that is a list of texts."""
    found = settings.get(name, list(usual))
    if isinstance(found, list) and all(isinstance(one, str) and one.strip() for one in found):
        return tuple(str(one).strip() for one in found)
    mistakes.append(f"{name} must be a list of texts in quotes")
    return ()


def org_units(settings: Mapping[str, object], name: str, mistakes: list[str]) -> tuple[str, ...]:
    """Return a setting that is a list of organizational units."""
    found = texts(settings, name, mistakes)
    if not all(one.startswith("/") for one in found):
        mistakes.append(f'{name} must list organizational units, each beginning with "/"')
    return found
