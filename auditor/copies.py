"""The values of a page as bytes and back: what an issued page can be made again from.

A page is frozen dataclasses of plain values. Their types say how each value is written, so what
is read back is the same page, and renders to the same bytes. Fields are written by name: a field
that is added later, with a value for "not known then", leaves old copies readable.
"""

from __future__ import annotations

import json
import types
import zlib
from dataclasses import MISSING, fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from auditor.result import CoachWeek, Night, PrincipalWeek
from auditor.result.baseline import BaselineWeek
from auditor.result.clauses import ClauseStatement

FORM = 1
"""The version of the way values are written."""
Page = Night | PrincipalWeek | CoachWeek | ClauseStatement | BaselineWeek
PAGES: dict[str, type[Page]] = {
    "N": Night,
    "W": PrincipalWeek,
    "A": CoachWeek,
    "C": ClauseStatement,
    "B": BaselineWeek,
}
"""Kind of report -> what its page is made of."""
_PLAIN = (str, int, float, bool, type(None))


class UnreadableCopy(ValueError):
    """A copy is not what was written, or was written by another version of the program."""


def pack(page: Page) -> bytes:
    """Return a page's values, compressed; the same values give the same bytes."""
    text = json.dumps(_write(page), sort_keys=True, separators=(",", ":"))
    return zlib.compress(text.encode(), 6)


def unpack(kind: str, form: int, content: bytes) -> Page:
    """Return the page of a copy; raises ``UnreadableCopy``."""
    if form != FORM:
        raise UnreadableCopy(f"it has form {form}, and this program reads form {FORM}")
    try:
        page = _read(PAGES[kind], json.loads(zlib.decompress(content)))
    except (zlib.error, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableCopy(f"it cannot be read ({type(error).__name__})") from error
    assert isinstance(page, Page)  # noqa: S101  (PAGES says so)
    return page


def _write(value: Any) -> Any:
    if is_dataclass(value):
        return {f.name: _write(getattr(value, f.name)) for f in fields(value)}
    if isinstance(value, (tuple, list)):
        return [_write(v) for v in value]
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date):  # a moment is a date too, as far as Python is concerned
        return value.isoformat()
    if isinstance(value, _PLAIN):
        return value
    raise TypeError(f"{type(value).__name__} has no place on a page")


def _read(kind: Any, raw: Any) -> Any:
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        (other,) = (one for one in get_args(kind) if one is not type(None))
        return None if raw is None else _read(other, raw)
    if origin is tuple:
        return _tuple(get_args(kind), raw)
    if is_dataclass(kind):
        return _dataclass(kind, raw)
    if issubclass(kind, Enum):
        return kind(raw)
    if issubclass(kind, (datetime, date)):
        return kind.fromisoformat(raw)
    if not isinstance(raw, kind) and not (kind is float and isinstance(raw, int)):
        raise TypeError(f"{kind.__name__} was to be read")
    return raw


def _tuple(parts: tuple[Any, ...], raw: list[Any]) -> tuple[Any, ...]:
    if parts[-1] is Ellipsis:
        return tuple(_read(parts[0], one) for one in raw)
    return tuple(_read(part, one) for part, one in zip(parts, raw, strict=True))


def _dataclass(kind: Any, raw: dict[str, Any]) -> Any:
    hints = _hints(kind)
    missing = [
        f.name
        for f in fields(kind)
        if f.name not in raw and f.default is MISSING and f.default_factory is MISSING
    ]
    if missing or raw.keys() - hints.keys():
        raise TypeError(f"{kind.__name__} has other fields")
    return kind(**{name: _read(hints[name], one) for name, one in raw.items()})


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind)
