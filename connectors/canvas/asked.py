"""Whose inboxes are read: those of adults enrolled in some course, and of those who lately were.

Canvas lists by their role only who has it at this moment. Whoever is taken out of their last
course at noon would be asked no more in the night, and what they wrote that morning seen by nobody.
So who was asked is kept, and asked again while the days of their last course are looked at.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from auditor.source import Denied, Mark
from connectors.canvas.settings import CanvasSettings
from connectors.canvas.users import User

_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Asked:
    """Whose inboxes are read tonight."""

    users: tuple[User, ...]
    """By number."""
    unknown: tuple[str, ...]
    """Sign-in names in the settings that are nobody's."""
    marks: tuple[Mark, ...]
    """Account -> as what it was enrolled, and when last."""


def whom_to_ask(
    users: Sequence[User],
    enrolled: Mapping[str, Collection[str]],
    settings: CanvasSettings,
    marks: Mapping[str, str],
    days: tuple[date, date],
    *,
    where: str,
) -> Asked:
    """Return whose inboxes are read of ``days`` (first, last); raises ``Denied`` if nobody's are.

    ``enrolled`` is role -> the numbers of who has it now, for each role in the settings.
    """
    first, last = days
    by_login: dict[str, set[str]] = {}
    for user in users:
        by_login.setdefault(user.login.casefold(), set()).add(user.id)
    now = {id_ for ids in enrolled.values() for id_ in ids}
    before = {id_: value for id_, value in sorted(marks.items()) if id_ not in now}
    lately = {id_ for id_, value in before.items() if _serves(value, first, settings.ask)}
    wanted = {*now, *lately}
    for login in settings.also_ask:
        wanted |= by_login.get(login, set())
    for login in settings.leave_out:
        bearers = by_login.get(login, set())
        # A name that two people sign in by does not say which of them is meant.
        wanted -= bearers if len(bearers) == 1 else set()
    found = tuple(user for user in users if user.id in wanted)
    if not found:
        raise Denied(
            "nobody's inbox is to be read: Canvas lists no user of the roles in the settings",
            where=where,
            cure="Name in ask what adults are enrolled as, or people in also_ask",
        )
    kinds = {id_: sorted(kind for kind in enrolled if id_ in enrolled[kind]) for id_ in now}
    kept = (Mark(u.id, _written(u, kinds[u.id], last)) for u in found if u.id in now)
    forgotten = (Mark(id_, None) for id_ in before if id_ not in lately)
    unknown = tuple(login for login in settings.also_ask if login not in by_login)
    return Asked(found, unknown, (*kept, *forgotten))


def _written(user: User, kinds: Sequence[str], day: date) -> str:
    """Return a mark's value: with the inbox's name, by which an erasure finds it."""
    told = {"unit": user.unit, "as": list(kinds), "day": day.isoformat()}
    return json.dumps(told, separators=(",", ":"))


def _serves(value: str, first: date, ask: Collection[str]) -> bool:
    """Whether somebody was enrolled as what is asked for on a day that is still looked at."""
    try:
        told = json.loads(value)
        kinds, until = frozenset(map(str, told["as"])), date.fromisoformat(told["day"])
    except (ValueError, TypeError, KeyError):
        return False
    # They were enrolled when that night began, and perhaps for some of the day it began on.
    return until + _A_DAY >= first and not kinds.isdisjoint(ask)
