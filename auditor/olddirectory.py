"""Forgetting who was who: what had ended long ago, and people of whom nothing else is left."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from auditor.directory import Interval, State
from auditor.directory.state import LATEST, Row

_PEOPLE: Mapping[str, tuple[int, ...]] = {
    "address": (1,),
    "hat": (0,),
    "class_member": (1,),
    "team_member": (1,),
    "guardian": (0, 1),
    "group_member": (),
}
"""Dated relation -> the columns with a person."""
_ADDRESSES: Mapping[str, tuple[int, ...]] = {"address": (0,), "group_member": (0, 1)}


def forget_ended(
    state: State, *, until: int, keep: Collection[int], lists: Collection[int] = ()
) -> tuple[State, int]:
    """Return the directory without what had ended by the day ``until``, and how much that was.

    What is of a person in ``keep`` stays, and so does a name while anything else of them does.
    ``lists`` are keys of lists and addresses of whose members all stays.
    """
    gone = 0
    dated: dict[str, dict[Row, tuple[Interval, ...]]] = {}
    seen: set[int] = set()
    here: set[int] = set()
    for relation, rows in state.dated.items():
        left = dated.setdefault(relation, {})
        for row, spans in rows.items():
            people = {row[at] for at in _PEOPLE[relation]}
            seen |= people
            stays = spans
            listed = relation == "group_member" and row[1] in lists
            if not listed and not people & {*keep}:
                stays = tuple(span for span in spans if span.until > until)
            gone += len(spans) - len(stays)
            if stays:
                left[row] = stays
                here |= people
    named = state.latest.get("person", {})
    nobody = {key for key, row in named.items() if row[0] in seen - here and row[0] not in keep}
    left_named = {}
    for relation in ("person", "earlier_name"):
        names = state.latest.get(relation, {}).items()
        left_named[relation] = {key: row for key, row in names if row[0] not in nobody}
    changed = replace(state, dated=dated, latest={**state.latest, **left_named})
    return changed, gone + len(nobody)


def keys_of(state: State) -> set[int]:
    """Return every address key that the directory uses, records among it."""
    keys = {
        row[at]
        for relation, columns in _ADDRESSES.items()
        for row in state.dated.get(relation, {})
        for at in columns
    }
    for relation, columns in LATEST.items():
        places = [at for at, (name, _) in enumerate(columns) if name == "address_key"]
        rows = state.latest.get(relation, {}).values()
        keys |= {row[at] for row in rows for at in places if row[at] is not None}
    return keys
