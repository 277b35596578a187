"""From when until when an app was in an account, as the log of tokens and the account tell it.

The log dates what happened in the last 180 days. What an account holds now can be asked as well;
then that decides, for the log does not show every way in which an app is shut out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from connectors.google.appuse import App


@dataclass(frozen=True, slots=True)
class Step:
    """An app was let into an account, or shut out of it."""

    at: datetime
    qualifier: str
    """Keeps what happened at one moment in one order."""
    account: str
    app: App
    granted: bool


@dataclass(frozen=True, slots=True)
class Stay:
    """One app in one account, from when until when; None: it is not told since when, and still."""

    app: App
    since: datetime | None
    until: datetime | None = None


def stays_of(steps: Iterable[Step]) -> dict[str, list[Stay]]:
    """Return by account when which app was in it, in the order in which they came.

    An app let in again while it is in may do what it was let in for either time.
    """
    found: dict[str, list[Stay]] = {}
    present: dict[tuple[str, str], int] = {}
    for step in sorted(steps, key=lambda one: (one.at, one.qualifier)):
        stays = found.setdefault(step.account, [])
        place = present.get((step.account, step.app.client_id))
        if not step.granted:
            if place is not None:
                stays[place] = replace(stays[place], until=step.at)
                del present[step.account, step.app.client_id]
        elif place is None:
            present[step.account, step.app.client_id] = len(stays)
            stays.append(Stay(step.app, step.at))
        else:
            stays[place] = replace(stays[place], app=_both(stays[place].app, step.app))
    return found


def held_now(stays: Iterable[Stay], apps: Iterable[App]) -> tuple[list[Stay], int]:
    """Return the stays as what an account holds now has them, and how many the log had open alone.

    An app that the log does not know came in before it begins.
    """
    now: Mapping[str, App] = {app.client_id: app for app in apps}
    kept: list[Stay] = []
    gone, dated = 0, set()
    for stay in stays:
        app = now.get(stay.app.client_id)
        if stay.until is not None:
            kept.append(stay)
        elif app is None:
            gone += 1
        else:
            dated.add(app.client_id)
            scopes = app.scopes or stay.app.scopes
            kept.append(replace(stay, app=replace(stay.app, scopes=scopes)))
    undated = (Stay(app, None) for number, app in sorted(now.items()) if number not in dated)
    return [*undated, *kept], gone


def _both(one: App, other: App) -> App:
    return replace(other, scopes=tuple(dict.fromkeys((*one.scopes, *other.scopes))))
