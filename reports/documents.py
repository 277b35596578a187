"""The JSON twin of a page: the same values under the same names, as the record."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any
from zoneinfo import ZoneInfo

from auditor.result import CoverageStatement, PersonShown
from reports.page import Values
from reports.shown import plain

FORMAT = 1
"""Raised when a name changes its meaning or goes away."""

_EXACT = frozenset(
    {"native_id", "person_id", "team_id", "school_id", "school_ids", "authorization_id"}
)
"""Identities a person searches the source for: kept letter by letter."""


def document(kind: str, page: Values) -> bytes:
    """Return a page's values as JSON: sorted keys, ISO dates, times with the district's offset.

    null is "not known". Text outside ASCII is written as escapes, so that an id which holds a
    control character is exact and yet harmless in whatever shows the file.
    """
    zone = ZoneInfo(page.imprint.timezone)
    values = {"kind": kind, "format": FORMAT, **_mapping(page, zone)}
    return (json.dumps(values, indent=1, sort_keys=True) + "\n").encode()


def _mapping(value: Any, zone: ZoneInfo) -> dict[str, Any]:
    named = {
        f.name: _exact(getattr(value, f.name))
        if f.name in _EXACT
        else _plain(getattr(value, f.name), zone)
        for f in fields(value)
    }
    if isinstance(value, CoverageStatement):
        named["complete"] = value.complete
    if isinstance(value, PersonShown):
        named["name"] = plain(value.name)
    return named


def _exact(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _plain(value: Any, zone: ZoneInfo) -> Any:
    if is_dataclass(value):
        return _mapping(value, zone)
    if isinstance(value, (tuple, list)):
        return [_plain(v, zone) for v in value]
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    return plain(value) if isinstance(value, str) else value
