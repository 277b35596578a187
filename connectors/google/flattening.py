"""The parameters of an audit event as plain values under dotted names.

Google nests them (``messageValue`` in ``messageValue``) and writes whole numbers as text. Here
``event_info`` > ``mail_event_type`` is ``event_info.mail_event_type``, and what is a list stays
one. A caller names what it keeps: a subject, a title or a grade that nobody asked for is never
made into a value of ours at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

Value = str | int | bool | tuple[str, ...] | tuple[int, ...] | tuple["Parameters", ...]
Parameters = Mapping[str, Value]
"""Dotted name -> value. A list of nested parameters is a tuple of such mappings, whose names are
counted from the list. A parameter without a value is left out: it was not told."""


def flattened(parameters: object, keep: frozenset[str] | None = None) -> dict[str, Value]:
    """Return the parameters of one event, or of one nested message. Never raises.

    ``keep`` holds the full dotted names to be kept (``message_info.destination.address``, though
    destination is a list); None keeps everything.
    """
    branches = None if keep is None else _branches(keep)
    return dict(_flat(parameters, keep, branches, "", ""))


@cache
def _branches(keep: frozenset[str]) -> frozenset[str]:
    """Return every name below which something is kept."""
    parts = (name.split(".") for name in keep)
    return frozenset(".".join(part[:n]) for part in parts for n in range(1, len(part)))


def _flat(
    parameters: object,
    keep: frozenset[str] | None,
    branches: frozenset[str] | None,
    path: str,
    name: str,
) -> Iterator[tuple[str, Value]]:
    """Yield what is kept. ``path`` is counted from the event, ``name`` from the nearest list."""
    for one in parameters if isinstance(parameters, list) else ():
        if not isinstance(one, dict) or not isinstance(one.get("name"), str):
            continue
        here, called = path + one["name"], name + one["name"]
        wanted = branches is None or here in branches
        if isinstance(nested := one.get("messageValue"), dict):
            if wanted:
                inner = nested.get("parameter")
                yield from _flat(inner, keep, branches, f"{here}.", f"{called}.")
        elif isinstance(many := one.get("multiMessageValue"), list):
            if wanted:
                yield called, tuple(
                    dict(_flat(each.get("parameter"), keep, branches, f"{here}.", ""))
                    for each in many
                    if isinstance(each, dict)
                )
        elif keep is None or here in keep:
            value = _plain(one)
            if value is not None:
                yield called, value


def _plain(parameter: Mapping[str, Any]) -> Value | None:
    if isinstance(text := parameter.get("value"), str):
        return text
    if isinstance(flag := parameter.get("boolValue"), bool):
        return flag
    if "intValue" in parameter:
        return whole(parameter["intValue"])
    if isinstance(many := parameter.get("multiValue"), list):
        return tuple(one for one in many if isinstance(one, str))
    if isinstance(many := parameter.get("multiIntValue"), list):
        numbers = (whole(one) for one in many)
        return tuple(number for number in numbers if number is not None)
    return None


def whole(value: object) -> int | None:
    """Return a whole number that Google wrote as text (``"-4711"``), None if it is none."""
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        return None
    try:
        return int(value)
    except ValueError:
        return None


def text_of(parameters: Parameters, name: str) -> str | None:
    """Return a parameter that is one piece of text and not empty."""
    found = parameters.get(name)
    return found if isinstance(found, str) and found else None


def number_of(parameters: Parameters, name: str) -> int | None:
    found = parameters.get(name)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def flag_of(parameters: Parameters, name: str) -> bool | None:
    """Return a parameter that is true or false; None where it is not told."""
    found = parameters.get(name)
    return found if isinstance(found, bool) else None


def texts_of(parameters: Parameters, name: str) -> tuple[str, ...]:
    """Return a list of texts; one text alone is a list of one, as some logs write it."""
    found = parameters.get(name)
    if isinstance(found, str):
        return (found,) if found else ()
    if not isinstance(found, tuple):
        return ()
    return tuple(one for one in found if isinstance(one, str) and one)


def messages_of(parameters: Parameters, name: str) -> tuple[Parameters, ...]:
    """Return a list of nested parameters."""
    found = parameters.get(name)
    if not isinstance(found, tuple):
        return ()
    return tuple(one for one in found if isinstance(one, Mapping))
