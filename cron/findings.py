"""Checking one section of the settings against its shape, with every finding in plain words.

What is mistaken is taken out and the rest looked at again, so that one wrong key does not hide
what else is wrong, here or in what depends on this section.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from cron import shape
from cron.mistakes import did_you_mean

Path = tuple[str | int, ...]
Finding = tuple[Path, str, str]
"""(key from the top, what is wrong, its cure)."""

_WORDS = {
    "missing": ("it is missing", "Add {key} = {example}"),
    "string_type": ("this is not text", "Write text in quotes"),
    "bool_type": ("this is neither true nor false", "Write true or false, without quotes"),
    "int_type": ("this is not a whole number", "Write digits only, without quotes"),
    "greater_than_equal": ("this is too small", "Write a number of at least {ge}"),
    "less_than_equal": ("this is too large", "Write a number of at most {le}"),
    "too_short": ("it is empty", "Name at least one: {key} = {example}"),
    "tuple_type": ("this is not a list", 'Write {key} = ["...", "..."]'),
}
_NO_SECTION = ("this is not a section", "Write [{written}] and its keys below it")


def check_section(name: str, raw: object) -> tuple[Any, list[Finding]]:
    """Return the section as its shape (None if too little is right) and what is wrong with it."""
    adapter = TypeAdapter[Any](shape.SECTIONS[name])
    findings: list[Finding] = []
    rest = {name: deepcopy(raw)}
    while name in rest:
        try:
            return adapter.validate_python(rest[name]), findings
        except ValidationError as error:
            errors = error.errors(include_url=False)
        paths = [(name, *(part for part in one["loc"] if part != "[key]")) for one in errors]
        findings = findings or [_in_words(p, one) for p, one in zip(paths, errors, strict=True)]
        # from the back, so that positions in lists stay true
        for path, one in zip(reversed(paths), reversed(errors), strict=True):
            _take_out(rest, path[:-1] if one["type"] == "missing" else path)
    return None, findings


def _take_out(table: Any, path: Path) -> None:
    """Remove a key; where an earlier finding has removed what held it, nothing is left to do."""
    *way, last = path
    for part in way:
        try:
            table = table[part]
        except (KeyError, IndexError):
            return
    if isinstance(table, list):
        del table[int(last)]
    else:
        table.pop(last, None)


def _in_words(path: Path, error: ErrorDetails) -> Finding:
    context = dict(error.get("ctx", {}))
    key = str(path[-1])
    if error["type"] == "mistake":
        return path, str(context["what"]), str(context["cure"])
    if error["type"] == "extra_forbidden":
        return path, "there is no such key", did_you_mean(key, _keys_beside(path))
    if path == ("known_limits",):
        return path, "this is not a list of sections", "Write [[known_limits]], in two brackets"
    what, cure = _WORDS.get(error["type"], _NO_SECTION)
    context.update(key=key, written=written(path), example=shape.EXAMPLES.get(key, "..."))
    return path, what, cure.format_map(context)


def _keys_beside(path: Path) -> list[str]:
    section = shape.SECTIONS[str(path[0])]
    if not (isinstance(section, type) and issubclass(section, BaseModel)):
        section = next(part for part in section.__args__ if hasattr(part, "model_fields"))
    for part in path[1:-1]:
        within = section.model_fields.get(part)
        if within is not None and hasattr(within.annotation, "model_fields"):
            section = within.annotation
    return list(section.model_fields)


def written(path: Sequence[str | int]) -> str:
    """Return a key as people write it: ``schools."a b".short``, ``known_limits[2].until``."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part + 1}]"
        else:
            bare = part.replace("-", "_").isidentifier() or part.isdecimal()
            text += "." * bool(text) + (part if bare else f'"{part}"')
    return text
