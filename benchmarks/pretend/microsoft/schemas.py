"""Checks every answer against the types of Microsoft's own metadata document (v1.0).

A stand-in that answers what the vendor never would proves nothing, so a property that is not in
the document, a number where Graph writes a string, or a bad time is an error of the stand-in.
``types.txt`` holds what of that document is served here: name, ``< base``, ``open`` where more
properties than the listed are allowed, then ``property:type``, with ``[]`` for a list of them and
``!`` where there is always a value.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

TYPES = Path(__file__).with_name("types.txt")
OPEN = ("auditData",)
"""Types that are answered with more than the document lists: every record has its own."""
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,7})?Z")
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Property:
    type: str
    many: bool
    always: bool


@dataclass(frozen=True)
class Type:
    properties: dict[str, Property]
    members: frozenset[str]
    """Of an enumeration."""
    open: bool


@cache
def types() -> dict[str, Type]:
    """Return every type by name, what it inherits included."""
    text = re.sub(r"\n +", " ", TYPES.read_text(encoding="utf-8"))
    lines = {name: rest for name, _, rest in (line.partition(" =") for line in text.splitlines())}
    return {name: _type(name, lines) for name in lines}


def _type(name: str, lines: dict[str, str]) -> Type:
    words = lines[name].split()
    if words[:1] == ["enum"]:
        return Type({}, frozenset(words[1:]), open=False)
    properties: dict[str, Property] = {}
    is_open = "open" in words
    if words[:1] == ["<"]:
        base = _type(words[1], lines)
        properties |= base.properties
        is_open |= base.open
    is_open |= name in OPEN
    for word in words:
        property_name, colon, kind = word.partition(":")
        if colon:
            plain = kind.removesuffix("!").removesuffix("[]")
            properties[property_name] = Property(plain, "[]" in kind, kind.endswith("!"))
    return Type(properties, frozenset(), is_open)


def mistake(kind: str, value: object) -> str:
    """Return what is wrong with an answer of a type; "" if it is as the document says.

    ``kind`` may end in "[]": then the answer is a page of them.
    """
    if not kind.endswith("[]"):
        found = _wrong(kind, value)
        return f"{kind}{found}" if found else ""
    page = value if isinstance(value, dict) else {}
    if not isinstance(page.get("value"), list):
        return f"{kind}: no list"
    name = kind.removesuffix("[]")
    others = [n for n in page if n != "value" and not n.startswith("@")]
    if others:
        return f"{kind}: {others[0]} beside the list"
    found = next(filter(None, (_wrong(name, one) for one in page["value"])), "")
    return f"{name}{found}" if found else ""


def _wrong(kind: str, value: Any) -> str:
    if kind in _PRIMITIVES:
        return "" if _PRIMITIVES[kind](value) else f": {value!r} is no {kind}"
    if kind == "Any":
        return ""
    if isinstance(value, dict):
        kind = value.get("@odata.type", kind).removeprefix("#").removeprefix("microsoft.graph.")
    found = types().get(kind)
    if found is None:
        return f": no type {kind}"
    if found.members:
        return "" if value in found.members else f": {value!r} is no {kind}"
    if not isinstance(value, dict):
        return f": {value!r} is no {kind}"
    return _wrong_inside(found, value)


def _wrong_inside(found: Type, value: dict[str, Any]) -> str:
    for name, inner in value.items():
        if "@" in name:
            continue
        known = found.properties.get(name)
        if known is None:
            if not found.open:
                return f".{name}: no such property"
            continue
        wrong = _wrong_value(known, inner)
        if wrong:
            return f".{name}{wrong}"
    return ""


def _wrong_value(known: Property, inner: Any) -> str:
    if inner is None:
        return ": null" if known.always else ""
    if not known.many:
        return _wrong(known.type, inner)
    if not isinstance(inner, list):
        return f": {inner!r} is no list"
    return next(filter(None, (_wrong(known.type, one) for one in inner)), "")


def _is_time(value: Any) -> bool:
    if not isinstance(value, str) or not _TIME.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value[:19])
    except ValueError:
        return False
    return True


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


_PRIMITIVES: dict[str, Callable[[Any], bool]] = {
    "String": _is_text,
    "Binary": _is_text,
    "Duration": _is_text,
    "TimeOfDay": _is_text,
    "Date": lambda value: _is_text(value) and re.fullmatch(r"\d{4}-\d\d-\d\d", value) is not None,
    "Boolean": lambda value: isinstance(value, bool),
    "Int16": _is_number,
    "Int32": _is_number,
    "Int64": _is_number,
    "Byte": _is_number,
    "Double": lambda value: _is_number(value) or isinstance(value, float),
    "Single": lambda value: _is_number(value) or isinstance(value, float),
    "DateTimeOffset": _is_time,
    "Guid": lambda value: _is_text(value) and _GUID.fullmatch(value.lower()) is not None,
}
