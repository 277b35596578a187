"""Checks every answer against the schema of Google's own discovery document.

A stand-in that answers what the vendor never would proves nothing, so a field that is not in
the document, a number where Google writes a string, or a bad time is an error of the stand-in.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

from benchmarks.pretend.google.documents import document

Check = Callable[[Any], str]
"""Value -> the first mistake in it, after the path to it; "" if there is none."""

EXTRA = {("admin.reports_v1", "NestedParameter"): ("messageValue", "multiMessageValue")}
"""Fields that are answered though the document does not list them: parameters nest as deeply as
the logs' own schema does, and the clients that read them go down recursively."""
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z")
_INTEGER = re.compile(r"-?\d{1,20}")


@cache
def checker(api: str, schema: str) -> Check:
    """Return the check for answers of a named schema."""
    return _Compiler(api).named(schema)


def mistake(api: str, schema: str, value: object) -> str:
    """Return what is wrong with an answer; "" if it is as the document says."""
    found = checker(api, schema)(value)
    return f"{schema}{found}" if found else ""


class _Compiler:
    """Turns schemas into functions once, since pages hold thousands of values."""

    def __init__(self, api: str) -> None:
        self.api = api
        self.schemas = document(api)["schemas"]
        self.made: dict[str, Check] = {}

    def named(self, name: str) -> Check:
        def later(value: Any) -> str:
            return self.made[name](value)

        if name not in self.made:
            self.made[name] = later  # a schema that refers to itself looks itself up when called
            self.made[name] = self.compiled(self.schemas[name], name)
        return self.made[name]

    def compiled(self, schema: dict[str, Any], name: str = "") -> Check:
        if "$ref" in schema:
            return self.named(schema["$ref"])
        kind = schema.get("type")
        if kind == "object":
            return self._object(schema, name)
        if kind == "array":
            return self._array(schema)
        if kind == "string":
            return _string(schema)
        if kind in ("integer", "number"):
            return _kind((int,) if kind == "integer" else (int, float), kind)
        if kind == "boolean":
            return _kind((bool,), kind)
        return _anything

    def _object(self, schema: dict[str, Any], name: str) -> Check:
        fields = {n: self.compiled(s) for n, s in schema.get("properties", {}).items()}
        for extra in EXTRA.get((self.api, name), ()):
            parameter = {"type": "array", "items": {"$ref": name}}
            inner = {"type": "object", "properties": {"parameter": parameter}}
            whole = inner if extra == "messageValue" else {"type": "array", "items": inner}
            fields[extra] = self.compiled(whole)
        others = schema.get("additionalProperties")
        rest = self.compiled(others) if others else None

        def check(value: Any) -> str:
            if not isinstance(value, dict):
                return f": {value!r} is no object"
            for key, inside in value.items():
                field = fields.get(key, rest)
                found = ": no such field" if field is None else field(inside)
                if found:
                    return f".{key}{found}"
            return ""

        return check

    def _array(self, schema: dict[str, Any]) -> Check:
        item = self.compiled(schema["items"])

        def check(value: Any) -> str:
            if not isinstance(value, list):
                return f": {value!r} is no list"
            return next(filter(None, map(item, value)), "")

        return check


def _anything(value: Any) -> str:  # noqa: ARG001  (the shape of a check)
    return ""


def _kind(kinds: tuple[type, ...], name: str) -> Check:
    def check(value: Any) -> str:
        if isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool)):
            return ""
        return f": {value!r} is no {name}"

    return check


def _string(schema: dict[str, Any]) -> Check:
    enum = frozenset(schema.get("enum", ()))
    form = _FORMS.get(schema.get("format", ""))
    name = schema.get("format", "value of its list")

    def check(value: Any) -> str:
        if not isinstance(value, str):
            return f": {value!r} is no string"
        if (enum and value not in enum) or (form is not None and not form(value)):
            return f": {value!r} is no {name}"
        return ""

    return check


def _is_time(value: str) -> bool:
    if not _TIME.fullmatch(value):
        return False
    try:
        datetime.fromisoformat(value[:19])
    except ValueError:
        return False
    return True


def _is_bytes(value: str) -> bool:
    try:
        base64.b64decode(value, altchars=b"-_", validate=True)
    except binascii.Error:
        return False
    return True


def _is_integer(value: str) -> bool:
    return _INTEGER.fullmatch(value) is not None


_FORMS: dict[str, Callable[[str], bool]] = {
    "date-time": _is_time,
    "google-datetime": _is_time,
    "int64": _is_integer,
    "uint64": lambda value: value.isdigit(),
    "byte": _is_bytes,
}
