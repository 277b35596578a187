"""Who a person is on record, and by what they can be recognised in whatever was stored."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from sqlalchemy import Connection, select

from auditor.directory import State, from_tables, names_borne
from auditor.keys import person_id_address
from auditor.ledger import book
from auditor.ledger.tables import address
from auditor.model import AddressKind
from auditor.traces import Traces
from auditor.workplace import AuditError, Workplace


@dataclass(frozen=True, slots=True)
class Person:
    """Whom an erasure or an export is about, and what there is to recognise them by."""

    key: int
    traces: Traces
    addresses: frozenset[int]
    """Keys of addresses that are nobody else's."""
    remarks: tuple[str, ...]


def person_of(place: Workplace, person_id: str) -> int:
    """Return the key of a person by id, user name or number; raises ``AuditError``."""
    state = from_tables(place.lake.read_tables("directory"))
    return _key(place, state, person_id)


def find_person(place: Workplace, person_id: str) -> Person:
    """Return a person by id as the roster writes it; raises ``AuditError`` if nobody has it."""
    state = from_tables(place.lake.read_tables("directory"))
    return _person(place, state, _key(place, state, person_id), person_id)


def recognised_by(place: Workplace, keys: Collection[int]) -> Traces:
    """Return what some people can be recognised by, all of them together."""
    state = from_tables(place.lake.read_tables("directory"))
    people = [_person(place, state, key, "").traces for key in sorted(keys)]
    return Traces(
        frozenset().union(*(one.ids for one in people)),
        frozenset().union(*(one.addresses for one in people)),
        frozenset().union(*(one.names for one in people)),
    )


def _person(place: Workplace, state: State, key: int, person_id: str) -> Person:
    claims = [row for row in state.dated.get("address", {}) if row[1] == key]
    others = {row[0] for row in state.dated.get("address", {}) if row[1] != key}
    own = frozenset(row[0] for row in claims if row[0] not in others)
    with place.ledger.read() as connection:
        entries = book.look_up(connection, own)
        ids = {e.text for e in entries.values() if e.kind is AddressKind.PERSON_ID}
        texts = {e.text for e in entries.values() if e.kind is not AddressKind.PERSON_ID}
        longer = _longer(connection, texts)
    row = state.latest.get("person", {}).get(key)
    borne = names_borne(state).get(key, ())
    named = [name for name in borne if not _has_namesake(state, key, name)]
    remarks = []
    if len(named) < len(borne):
        remarks.append("Somebody else has the same name, so the name alone was not looked for.")
    if len(own) < len({row[0] for row in claims}):
        remarks.append("An address that is somebody else's too stays theirs.")
    traces = Traces.of({person_id, *ids, *({row[1]} if row else ())}, texts, named)
    longer |= _names_like(state, key, named)
    return Person(key, replace(traces, longer=frozenset(longer)), own, tuple(remarks))


def _key(place: Workplace, state: State, person_id: str) -> int:
    key = place.keyring.person(person_id)
    if key in state.latest.get("person", {}):
        return key
    named = place.keyring.address(person_id_address(person_id))
    found = {row[1] for row in state.dated.get("address", {}) if row[0] == named}
    if len(found) == 1:
        return int(found.pop())
    raise AuditError(
        "nobody on record has this id",
        where=person_id,
        cure="Write the id as the roster does",
    )


def _has_namesake(state: State, key: int, name: tuple[str, str]) -> bool:
    plain = [_plain(one) for one in name]
    return any(
        one != key and plain in [[_plain(part) for part in other] for other in borne]
        for one, borne in names_borne(state).items()
    )


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _longer(connection: Connection, texts: Collection[str]) -> set[str]:
    found: set[str] = set()
    for text in texts:
        query = select(address.c.text).where(address.c.text.contains(text, autoescape=True))
        found.update(connection.execute(query).scalars())
    return found - {*texts}


def _names_like(state: State, key: int, named: Collection[tuple[str, str]]) -> set[str]:
    """Return the names of others that a person's name may seem to stand in.

    Of Ann Lee these are Mary Ann Lee, but also Joann Lee and Ann Day, who stand side by side in a
    list as "Joann Lee, Ann Day".
    """
    found: set[str] = set()
    others = [name for one, borne in names_borne(state).items() if one != key for name in borne]
    for given, family in ((_plain(one), _plain(other)) for one, other in named):
        for other_given, other_family in others:
            other = f"{other_given} {other_family}"
            words = _plain(other)
            inside = (f"{given} {family}", f"{family} {given}")
            if (
                words.endswith((family, given))
                or words.startswith((given, family))
                or any(name in words for name in inside)
            ):
                turned = f"{other_family}, {other_given}"
                found |= {other, turned, turned.replace(",", "")}
    return found
