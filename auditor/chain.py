"""The log that nobody can edit unnoticed: who decided, looked, set, sent and deleted what.

Each entry's SHA-256 covers its number, kind, time and body and the SHA-256 of the entry before it,
so whatever is changed, dropped, put in or moved breaks every digest from there on. Two things it
cannot see by itself: entries cut off at the end, and a chain that was forged anew as a whole. Both
show against a root that was printed on a page or mailed before (``auditor.roots``).

Bodies hold keys, ids and keyed digests, never a name or a word that anybody wrote: what is erased
elsewhere leaves nothing to read here, and the chain still holds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, func, insert, select

from auditor.keys import Keyring
from auditor.ledger.kept import chain_entry

BEGINNING = "0" * 64
"""What the first entry has before it."""
_PAGE = 10_000
"""Entries read at once."""


class Kind(StrEnum):
    """What an entry is about."""

    DECISION = "decision"
    ACCESS = "access"
    """Items, a derivation, a packet or an export was looked at by the command line."""
    CONFIGURATION = "configuration"
    """Settings, policy pack, rules or program are not what they were in the run before."""
    RUN = "run"
    PAGE = "page"
    """A page was published: its facts and its bytes."""
    DELIVERY = "delivery"
    PURGE = "purge"
    HOLD = "hold"
    """What must not be deleted was said, or said no longer."""
    EXPORT = "export"
    """What is held about a student was given away."""
    ACKNOWLEDGEMENT = "acknowledgement"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it stands in the ledger; whether it is sound is another question."""

    number: int
    kind: str
    at: str
    body_json: str
    previous: str
    sha256: str

    @property
    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body_json)
        return found


@dataclass(frozen=True, slots=True)
class Broken:
    """The first place where the chain does not hold."""

    number: int
    what: str


@dataclass(frozen=True, slots=True)
class Checked:
    """How many entries were read, the newest one's digest, and the first that does not hold."""

    entries: int
    head: str
    broken: Broken | None


def append(connection: Connection, kind: Kind, at: datetime, body: Mapping[str, Any]) -> Entry:
    """Add an entry in the caller's write transaction, which is the only one; return it.

    ``body`` holds numbers, ids and digests alone. Numbers of 64 bits survive as they are.
    """
    newest = head(connection)
    number, previous = (1, BEGINNING) if newest is None else (newest.number + 1, newest.sha256)
    moment, text = at.astimezone(UTC).isoformat(), canonical(body)
    digest = digest_of(number, kind.value, moment, text, previous)
    entry = Entry(number, kind.value, moment, text, previous, digest)
    columns = {name: getattr(entry, name) for name in Entry.__slots__}
    connection.execute(insert(chain_entry).values(columns))
    return entry


def canonical(body: Any) -> str:
    """Return the one spelling of a value as JSON: sorted keys, no blanks, ASCII only."""
    return json.dumps(
        body, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    )


def digest_of(number: int, kind: str, at: str, body_json: str, previous: str) -> str:
    """Return what an entry's digest has to be. The parts are spelt as a JSON list, so that no
    two entries can be read as the same text.
    """
    return sha256(canonical([number, kind, at, body_json, previous]).encode()).hexdigest()


def keyed_digest(keyring: Keyring, kind: str, text: str) -> str:
    """Return what stands in a body for a text: without the pepper it cannot even be guessed."""
    return f"{keyring.key(f'chain {kind}', text) & 0xFFFFFFFFFFFFFFFF:016x}"


# ---- reading ---------------------------------------------------------------------------------


def head(connection: Connection) -> Entry | None:
    """Return the newest entry."""
    query = select(chain_entry).order_by(chain_entry.c.number.desc()).limit(1)
    row = connection.execute(query).mappings().one_or_none()
    return None if row is None else Entry(**row)


def newest(connection: Connection, kind: Kind) -> Entry | None:
    """Return the newest entry of one kind."""
    query = select(chain_entry).where(chain_entry.c.kind == kind.value)
    ordered = query.order_by(chain_entry.c.number.desc()).limit(1)
    row = connection.execute(ordered).mappings().one_or_none()
    return None if row is None else Entry(**row)


def entries(connection: Connection, kind: Kind | None = None) -> Iterator[Entry]:
    """Yield the entries in order of number, of one kind if given."""
    after = None
    while True:
        query = select(chain_entry).order_by(chain_entry.c.number).limit(_PAGE)
        if kind is not None:
            query = query.where(chain_entry.c.kind == kind.value)
        if after is not None:
            query = query.where(chain_entry.c.number > after)
        page = [Entry(**row) for row in connection.execute(query).mappings()]
        yield from page
        if len(page) < _PAGE:
            return
        after = page[-1].number


def counts(connection: Connection) -> dict[str, int]:
    """Return how many entries of each kind there are."""
    query = select(chain_entry.c.kind, func.count()).group_by(chain_entry.c.kind)
    found = {str(kind): int(count) for kind, count in connection.execute(query)}
    return {kind.value: found.get(kind.value, 0) for kind in Kind}


def verify_chain(connection: Connection) -> Checked:
    """Read the whole chain and name the first entry that does not hold."""
    return check(entries(connection))


def check(found: Iterable[Entry]) -> Checked:
    """Follow a chain from its beginning. What lies behind its last entry is not for it to say."""
    previous, number = BEGINNING, 0
    for number, entry in enumerate(found, 1):
        what = _wrong(entry, number, previous)
        if what is not None:
            return Checked(number - 1, previous, Broken(number, what))
        previous = entry.sha256
    return Checked(number, previous, None)


def _wrong(entry: Entry, number: int, previous: str) -> str | None:
    if entry.number != number:
        return f"entry {number} is missing: {entry.number} stands in its place"
    if entry.previous != previous:
        return "it does not follow the entry before it"
    if entry.sha256 != digest_of(number, entry.kind, entry.at, entry.body_json, previous):
        return "it is not what was written"
    return None
