"""People who were erased: they stay a number, and never get a name or an item again.

Their rosters still bring them and their mail still goes on. Leaving them out would put everybody
else in the wrong: a teacher who copied them would have copied nobody, a team would be another one.
So the directory takes them in as a number that is student or staff as before, without an id, a
name or the text of an address, and what a rule finds about them is dropped unseen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from sqlalchemy import Connection, select

from auditor.directory import State
from auditor.directory.state import LATEST, Row
from auditor.items import Hit
from auditor.ledger.kept import erased_key


def erased_people(connection: Connection) -> frozenset[int]:
    """Return the keys of everybody who was erased."""
    query = select(erased_key.c.key).where(erased_key.c.kind == "person")
    return frozenset(connection.execute(query).scalars())


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
