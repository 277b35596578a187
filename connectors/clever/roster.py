"""A district's roster at Clever at one moment, and what Clever's own log of changes says of it.

The log tells what was made, changed and deleted, in order. It is held against the lists in two
ways. What it tells of the time before the lists were read has to be in them: who was made since the
last night and is in no list was lost on the way, and the lists are read again. What it tells of the
time since brings them to one moment: who leaves while the lists are read is gone from all.

It cannot stand for the lists. A roster is its whole present state, so changes would have to be laid
over a copy of everybody kept here, where one that was missed would be wrong for good.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from connectors.clever.asking import Record
from connectors.clever.records import Parsing, SchoolRecord, Section, Term, User

SCHOOLS, TERMS, USERS, SECTIONS = "schools", "terms", "users", "sections"
DELETED = "deleted"
Thing = SchoolRecord | Term | User | Section
Read = Callable[[Record], Thing]


@dataclass(frozen=True, slots=True)
class Event:
    """One change, as Clever logs it."""

    list: str
    deleted: bool
    id: str
    """Whose; Clever's id."""
    record: Record
    """As it was after the change."""
    before: bool
    """Whether it had happened when the lists began to be read."""


def event_of(record: Record, *, before: bool) -> Event | None:
    """Return the change that an entry of the log tells, None for one of no list of ours."""
    kind = record.get("type")
    data = record.get("data")
    changed = data.get("object") if isinstance(data, dict) else None
    name, _, what = kind.partition(".") if isinstance(kind, str) else ("", "", "")
    id_ = changed.get("id") if isinstance(changed, dict) else None
    if name not in (SCHOOLS, TERMS, USERS, SECTIONS) or not isinstance(id_, str):
        return None
    return Event(name, what == DELETED, id_, changed if isinstance(changed, dict) else {}, before)


@dataclass(slots=True)
class Roster:
    """The lists, by Clever's ids."""

    schools: dict[str, SchoolRecord] = field(default_factory=dict)
    terms: dict[str, Term] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    sections: dict[str, Section] = field(default_factory=dict)
    asked_roles: frozenset[str] = frozenset()
    """The roles of people who were asked for."""

    def bring_forward(self, events: Iterable[Event], parsing: Parsing) -> dict[str, int]:
        """Take in what changed; return how many of each list were lost on the way, if any."""
        latest: dict[tuple[str, str], Event] = {}
        for event in events:
            latest[event.list, event.id] = event
        lost: dict[str, int] = {}
        for event in latest.values():
            things = self._list(event.list)
            if event.deleted:
                things.pop(event.id, None)
            elif event.before:
                if event.id not in things and self._is_ours(event):
                    lost[event.list] = lost.get(event.list, 0) + 1
            elif self._is_ours(event):
                things[event.id] = _reader(event.list, parsing)(event.record)
        return lost

    def _list(self, name: str) -> dict[str, Thing]:
        lists: dict[str, dict[str, Thing]] = {
            SCHOOLS: self.schools,  # type: ignore[dict-item]  # each list holds its own things
            TERMS: self.terms,  # type: ignore[dict-item]  # see above
            USERS: self.users,  # type: ignore[dict-item]  # see above
            SECTIONS: self.sections,  # type: ignore[dict-item]  # see above
        }
        return lists[name]

    def _is_ours(self, event: Event) -> bool:
        """Whether the lists that are asked for would hold it: not a contact, if none are read."""
        return event.list != USERS or bool(_roles_in(event.record) & self.asked_roles)


def _roles_in(record: Record) -> frozenset[str]:
    roles = record.get("roles")
    held = roles.items() if isinstance(roles, dict) else ()
    return frozenset(role for role, told in held if isinstance(told, dict))


def _reader(name: str, parsing: Parsing) -> Read:
    readers: dict[str, Read] = {
        SCHOOLS: parsing.school,
        TERMS: parsing.term,
        USERS: parsing.user,
        SECTIONS: parsing.section,
    }
    return readers[name]
