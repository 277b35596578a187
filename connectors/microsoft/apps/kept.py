"""What is kept of an account's apps from night to night: since when each is in it.

A consent itself has no date. The logs that do tell go back a few days or weeks, so what they told
once is kept; and an app that was not there last night has come since.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

_VERSION = 1
SIGN_INS = "sign-ins"
"""Unit of the mark that says up to when the log of sign-ins was read."""


@dataclass(frozen=True, slots=True)
class Kept:
    """When one app came into one account, and when it was last signed in to."""

    since: date | None = None
    """None: before anybody looked."""
    used: date | None = None
    """None: no sign-in was seen."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """What is kept of one account."""

    apps: Mapping[str, Kept] = field(default_factory=dict)
    """By the id of the app."""
    unit: str | None = None
    """The account's address, by which an erasure finds what was kept of it."""

    def written(self) -> str:
        """Return it as a ``Mark``'s value: JSON, the same for the same content."""
        apps = {id_: [_text(k.since), _text(k.used)] for id_, k in sorted(self.apps.items())}
        told = {"version": _VERSION, "apps": apps, "unit": self.unit}
        return json.dumps(told, separators=(",", ":"))


def read_shelf(value: str | None) -> Shelf | None:
    """Return what was kept; None if the account was not looked at yet."""
    try:
        told = json.loads(value or "null")
        if told["version"] != _VERSION:
            return None
        apps = {
            str(id_): Kept(_day(since), _day(used)) for id_, (since, used) in told["apps"].items()
        }
        return Shelf(apps, told.get("unit"))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def read_moment(value: str | None) -> datetime | None:
    """Return up to when something was read; None if that is not known."""
    try:
        found = datetime.fromisoformat(value or "")
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
