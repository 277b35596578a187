"""Who has to review the handbook by when, and who has: one duty a person, school and school year.

The duty is the administrators', who shall have staff review it; so it is counted for each school.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from auditor.directory import Register, day_number, day_of
from auditor.keys import Keyring
from auditor.policy import Pack
from auditor.result import ThingShown

Rows = list[tuple[int, int, int]]
EARLY_DAYS = 183
"""How long before its school year a handbook can have been reviewed: what is older was another."""


def handbook_rows(
    register: Register,
    acknowledged: Iterable[tuple[Any, ...]],
    pack: Pack,
    keyring: Keyring,
    things: dict[int, ThingShown],
) -> tuple[Rows, Rows]:
    """Return who owes an acknowledgement by which day, and who has given one on which.

    Everybody who is on the staff of a school today owes one for the school year under way, counted
    from its first day, or from their own first day at that school if that is later.
    """
    begins = pack.school_year_begins
    today = register.newest_day
    if begins is None or not today:
        return [], []
    first, label = school_year(day_of(today), begins)
    within = pack.number("acknowledge_within_days", 60)
    duties: Rows = []
    for person, school, since in register.staff_on(today):
        thing = keyring.key("handbook", f"{school}\0{label}")
        name = f"{label}, {register.school_name(school)}"
        things[thing] = ThingShown("handbook", f"{school}/{label}", name, school)
        duties.append((person, thing, max(day_number(first), since) + within))
    wanted = pack.word("handbook_document", "handbook").casefold()
    earliest = day_number(first) - EARLY_DAYS
    by_person: dict[int, list[int]] = {}
    for _, person, document, year, day, *_ in acknowledged:
        if year == label and wanted in document.casefold() and day >= earliest:
            by_person.setdefault(person, []).append(day)
    done = [(p, thing, min(by_person[p])) for p, thing, _ in duties if p in by_person]
    return duties, done


def school_year(day: date, begins: tuple[int, int]) -> tuple[date, str]:
    """Return the first day of the school year a day is in, and its name ("2026-27")."""
    month, day_of_month = begins
    year = day.year if (day.month, day.day) >= begins else day.year - 1
    return date(year, month, day_of_month), f"{year}-{(year + 1) % 100:02d}"
