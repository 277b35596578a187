"""What a delivery changes: how many rows came and went, and which lists stopped coming at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from auditor.directory.intervals import Interval
from auditor.directory.records import KINDS
from auditor.directory.state import Row, State
from auditor.model import AddressUse, HatRole
from auditor.result import DirectoryCount
from auditor.source import FactKind

_WORDS = {
    "hat": "roles",
    "address": "addresses",
    "class_member": "class places",
    "team_member": "team places",
    "guardian": "guardian links",
    "group_member": "group members",
}
_KINDS = {
    "class_member": FactKind.CLASSES,
    "team_member": FactKind.TEAMS,
    "guardian": FactKind.GUARDIANS,
    "group_member": FactKind.GROUPS,
}
_ROSTER_ROLES = (HatRole.STUDENT.value, HatRole.STAFF.value)


def counts(
    before: State, after: Mapping[str, Mapping[Row, Sequence[Interval]]], day: int
) -> tuple[DirectoryCount, ...]:
    """Return for each relation how many rows hold on ``day``, began and ended since ``before``."""

    def running(rows: Mapping[Row, Sequence[Interval]]) -> set[Row]:
        return {row for row, spans in rows.items() if any(day in span for span in spans)}

    found = []
    for relation, what in _WORDS.items():
        was, now = running(before.dated.get(relation, {})), running(after.get(relation, {}))
        found.append(DirectoryCount(what, len(now), len(now - was), len(was - now)))
    return tuple(found)


def missing_kinds(
    before: State, source: str, provides: frozenset[FactKind], day: int
) -> tuple[FactKind, ...]:
    """Return the kinds of list that ``source`` once delivered and does not offer any more.

    Only what would be lost counts: rows that hold on ``day`` or later, and approvals. A list that
    is offered and empty is the source's word; one that is not offered at all is no word.
    """
    held = set(_kinds_held(before, source, day))
    return tuple(kind for kind in FactKind if kind in held and kind not in provides)


def _kinds_held(before: State, source: str, day: int) -> Iterator[FactKind]:
    for relation, rows in before.dated.items():
        for row, spans in rows.items():
            if row[-1] == source and any(span.until > day for span in spans):
                kind = _kind_of(relation, row)
                if kind is not None:
                    yield kind
    if any(row[-1] == source for row in before.latest.get("authorization", {}).values()):
        yield FactKind.AUTHORIZATIONS
    for relation, kind in KINDS.items():
        if any(row[-1] == source for row in before.latest.get(relation, {}).values()):
            yield kind


def _kind_of(relation: str, row: Row) -> FactKind | None:
    """Return the list that a row surely came from; any list may bring an address or a coach."""
    if relation == "address":
        return FactKind.PERSONAL_ADDRESSES if row[2] == AddressUse.PERSONAL else None
    if relation == "hat":
        return FactKind.PEOPLE if row[1] in _ROSTER_ROLES else None
    return _KINDS[relation]
