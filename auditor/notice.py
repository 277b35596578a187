"""The notice gate: nobody is named, and no day is judged, before staff were told of the audit.

A practice that can end in discipline begins with a notice. Until the district has recorded one,
nights read, test and count, and what they find is shown in sums only; from the day of the notice
on it is judged as anything else, and nothing of an earlier day ever is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from auditor.directory import day_number
from auditor.items import MICROSECONDS_A_DAY, Hit, StoredItem
from auditor.rule import Rule
from auditor.workplace import AuditError, District, Notice

CURE = (
    "Tell staff, then write staff_told_on, how and recorded_by under [notice] in district.toml"
)
_BETWEEN_TWO = ("adult_key", "student_key")
"""Identity of a record of what passed between two people: it happened once, and does not stand."""


def in_force(district: District, day: date) -> Notice | None:
    """Return the notice if staff had been told by ``day``."""
    told = district.notice
    return told if told is not None and told.staff_told_on <= day else None


def kept_back(district: District, day: date) -> str | None:
    """Say why nobody may be named on ``day``; None where they may."""
    if in_force(district, day) is not None:
        return None
    if district.notice is None:
        return "No notice to staff is recorded, so nobody is named"
    on = district.notice.staff_told_on
    return f"The notice to staff counts from {on:%b} {on.day}, {on.year}, so nobody is named before"


def require(district: District, day: date, where: str) -> None:
    """Raise ``AuditError`` if nobody may be named on ``day``."""
    why = kept_back(district, day)
    if why is not None:
        raise AuditError(why[0].lower() + why[1:], where=where, cure=CURE)


def hits_since(hits: Iterable[Hit], rules: Mapping[str, Rule], told: date) -> list[Hit]:
    """Return what counts since staff were told.

    Messages of an earlier day go, and so do records of what passed between two people before. A
    record of what stands, such as a setting, is taken to stand since that day.
    """
    floor = day_number(told)
    kept = []
    for hit in hits:
        if hit.day >= floor:
            kept.append(hit)
        elif hit.is_record and rules[hit.subject.rule].identity != _BETWEEN_TWO:
            noon = floor * MICROSECONDS_A_DAY + MICROSECONDS_A_DAY // 2
            kept.append(replace(hit, day=floor, sent_us=noon))
    return kept


def stored_since(
    stored: Iterable[StoredItem], rules: Mapping[str, Rule], told: date
) -> list[StoredItem]:
    """Return the items on record with nothing of the days before staff were told.

    They were listed before the district recorded its notice, or under an earlier one.
    """
    return [
        replace(
            item,
            hits=tuple(hits_since(item.hits, rules, told)) if item.subject.rule in rules else (),
        )
        for item in stored
    ]
