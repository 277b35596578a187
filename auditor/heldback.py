"""What the standing holds keep: of each class of what is stored, whatever a case may rest on.

A hold on a person keeps more than the items about them: every message they were on, also by a
list, everybody who was on it with them, what they decided, and whatever names them. A hold on an
item keeps the messages it rests on, and so the people on these.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, select

from auditor.directory import State, from_tables
from auditor.holds import Held, Hold, held
from auditor.itembook import stored_items
from auditor.items import StoredItem
from auditor.ledger.tables import item
from auditor.recognising import Person, recognised_by
from auditor.traces import Traces
from auditor.workplace import Workplace

_FIRST = date(1, 1, 1)
_ON_BEHALF = ("message_key", "on_behalf_of_key")
_DECIDER = "person:{}"


@dataclass(frozen=True)
class Kept:
    """What some holds keep of what is no younger than a day, looked up once."""

    place: Workplace
    holds: Held
    last: date

    @property
    def everything(self) -> bool:
        return self.holds.everything

    @cached_property
    def _state(self) -> State:
        return from_tables(self.place.lake.read_tables("directory"))

    @cached_property
    def _items(self) -> list[StoredItem]:
        with self.place.ledger.read() as connection:
            return stored_items(connection)

    @cached_property
    def addresses(self) -> frozenset[int]:
        """Keys of the addresses of people under a hold, and of the lists that reach them."""
        if not self.holds.people:
            return frozenset()
        claims = self._state.dated.get("address", {})
        found = {row[0] for row in claims if row[1] in self.holds.people}
        members = self._state.dated.get("group_member", {})
        while more := {row[0] for row in members if row[1] in found} - found:
            found |= more
        return frozenset(found)

    @cached_property
    def messages(self) -> frozenset[int]:
        """Keys of the messages that people under a hold were on, or a held item rests on."""
        kept = {h.message for one in self._items if one.id in self.holds.items for h in one.hits}
        if self.addresses:
            for relation, columns in (("message_party", None), ("message", _ON_BEHALF)):
                column = "address_key" if columns is None else columns[1]
                for rows in self._rows(relation, columns):
                    kept.update(keys(among(rows, column, self.addresses)["message_key"]))
        return frozenset(kept)

    def _rows(self, relation: str, columns: tuple[str, ...] | None) -> Iterator[pa.Table]:
        for _, rows in self.place.lake.fact_tables(_FIRST, self.last, relation, columns):
            yield rows

    @cached_property
    def on_messages(self) -> frozenset[int]:
        """Keys of all addresses on the messages that are kept."""
        found: set[int] = set()
        if self.messages:
            for rows in self._rows("message_party", None):
                on = among(rows, "message_key", self.messages)
                found.update(keys(on["address_key"]), keys(on["via_group_key"]))
            for rows in self._rows("message", _ON_BEHALF):
                found.update(keys(among(rows, "message_key", self.messages)[_ON_BEHALF[1]]))
        return frozenset(found)

    @cached_property
    def people(self) -> frozenset[int]:
        """Keys of the people under a hold, and of everybody on the messages that are kept."""
        claims = self._state.dated.get("address", {})
        met = {row[1] for row in claims if row[0] in self.on_messages}
        return self.holds.people | met

    @cached_property
    def traces(self) -> Traces:
        """What the people and items under a hold can be recognised by."""
        people = recognised_by(self.place, self.holds.people)
        return Traces(people.ids | self.holds.items, people.addresses, people.names)

    def item(self, one: StoredItem) -> bool:
        """Whether an item is kept: held, about somebody held, on their messages, or theirs."""
        if self.everything or one.id in self.holds.items:
            return True
        subject = one.subject
        deciders = {_DECIDER.format(key) for key in self.holds.people}
        return bool(
            self.holds.people & {subject.adult, subject.student}
            or subject.thing in self.addresses
            or any(hit.message in self.messages for hit in one.hits)
            or any(made.decision.by in deciders for made in one.decisions)
        )

    @cached_property
    def items(self) -> Mapping[str, StoredItem]:
        """The items that are kept, by id."""
        return {one.id: one for one in self._items if self.item(one)}


def kept_by(place: Workplace, last: date) -> Kept:
    """Return what the holds that stand keep, of messages up to a day."""
    with place.ledger.read() as connection:
        return Kept(place, held(connection), last)


# ---- an erasure ------------------------------------------------------------------------------


def holds_over(
    place: Workplace, person: Person, name_both: Callable[[Traces], bool]
) -> tuple[Hold, ...]:
    """Return the holds that forbid to erase a person, for it would take what they keep.

    ``name_both`` looks whether any file that would go, or lose a row, names what is held.
    """
    with place.ledger.read() as connection:
        holds = held(connection)
        about = items_about(connection, person.key)
    found = []
    for one in holds.holds:
        kept = Kept(place, Held((one,)), date.max)
        if (
            one in holds.over(person.key, about)
            or _needs(kept, person)
            or name_both(kept.traces)
        ):
            found.append(one)
    return tuple(found)


def _needs(kept: Kept, person: Person) -> bool:
    """Whether what a hold keeps would lose something with the person's words."""
    if person.key in kept.people or person.addresses & kept.on_messages:
        return True
    for one in kept.items.values():
        notes = (made.decision.note for made in one.decisions)
        if person.key in (one.subject.adult, one.subject.student):
            return True
        if any(note is not None and person.traces.in_text(note) for note in notes):
            return True
    return False


def items_about(connection: Connection, key: int) -> tuple[str, ...]:
    """Return the items in which somebody is the adult or the student."""
    about = (item.c.adult_key == key) | (item.c.student_key == key)
    query = select(item.c.item_id).where(about).order_by(item.c.item_id)
    return tuple(connection.execute(query).scalars())


# ---- columns of keys -------------------------------------------------------------------------


def among(rows: pa.Table, column: str, wanted: Collection[int]) -> pa.Table:
    """Return the rows in which a column holds one of the keys."""
    return rows.filter(pc.is_in(rows[column], value_set=pa.array(sorted(wanted), pa.int64())))


def keys(column: pa.ChunkedArray[Any]) -> Iterator[int]:
    """Yield the keys in a column, each once."""
    return (int(str(key)) for key in pc.unique(column).to_pylist() if key is not None)
