"""People who were erased: they stay a number, and never get a name or an item again.

Their rosters still bring them and their mail still goes on. Leaving them out would put everybody
else in the wrong: a teacher who copied them would have copied nobody, a team would be another one.
So the directory takes them in as a number that is student or staff as before, without an id, a
name or the text of an address, and what a rule finds about them is dropped unseen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from sqlalchemy import Connection, insert, select

from auditor.directory import State
from auditor.directory.state import LATEST, Row
from auditor.items import Hit
from auditor.ledger import book
from auditor.ledger.kept import erased_key


def erased_people(connection: Connection) -> frozenset[int]:
    """Return the keys of everybody who was erased."""
    query = select(erased_key.c.key).where(erased_key.c.kind == "person")
    return frozenset(connection.execute(query).scalars())


def keep_addresses_erased(connection: Connection, state: State) -> None:
    """Count a new address of an erased person as erased, before the book takes it in.

    One that the book knows, as a stranger's so far, stays: pages and facts may hold its text, and
    only as long as it is known can these be searched. ``left_to_erase`` tells of it.
    """
    people = erased_people(connection)
    wanted = _to_erase(connection, state, people)
    known = book.look_up(connection, wanted)
    query = select(erased_key.c.key, erased_key.c.purge_id).where(erased_key.c.kind == "person")
    purges = {row.key: row.purge_id for row in connection.execute(query)}
    rows = [
        {"kind": "address", "key": key, "purge_id": purges[person]}
        for key, person in sorted(wanted.items())
        if key not in known
    ]
    if rows:
        connection.execute(insert(erased_key), rows)


def left_to_erase(connection: Connection, state: State) -> frozenset[int]:
    """Return the erased people of whom the book holds an address by now."""
    wanted = _to_erase(connection, state, erased_people(connection))
    return frozenset(wanted[key] for key in book.look_up(connection, wanted))


def _to_erase(connection: Connection, state: State, people: Collection[int]) -> dict[int, int]:
    """Return the addresses, as keys, that are only an erased person's: address -> person."""
    claims = [row[:2] for row in state.dated.get("address", {})] if people else []
    others = {address for address, person in claims if person not in people}
    own = {key: person for key, person in claims if person in people and key not in others}
    erased = book.erased_among(connection, own)
    return {key: person for key, person in own.items() if key not in erased}


def nameless(state: State, people: Collection[int]) -> State:
    """Return the directory with ``people`` as numbers alone."""
    if not people:
        return state
    persons = {
        key: (row[0], "", "", "", None, row[-1]) if row[0] in people else row
        for key, row in state.latest.get("person", {}).items()
    }
    earlier = state.latest.get("earlier_name", {}).items()
    others = {key: row for key, row in earlier if row[0] not in people}
    approvals = {
        key: _without_granter(row) if row[7] in people else row
        for key, row in state.latest.get("authorization", {}).items()
    }
    changed = {"person": persons, "earlier_name": others, "authorization": approvals}
    return replace(state, latest={**state.latest, **changed})


def _without_granter(row: Row) -> Row:
    at = [name for name, _ in LATEST["authorization"]].index("granted_by")
    return (*row[:at], None, *row[at + 1 :])


def not_about(hits: Iterable[Hit], people: Collection[int]) -> tuple[Hit, ...]:
    """Return the hits that are about nobody of ``people``."""
    return tuple(
        hit
        for hit in hits
        if hit.subject.adult not in people and hit.subject.student not in people
    )
