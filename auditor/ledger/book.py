"""The address book: which address each key stands for.

Facts hold keys only. Entries are written before the facts that use them are committed, in
transactions of their own, so that memory stays bounded while millions of messages stream by. A
run killed in between leaves entries that no fact uses. They do no harm: they say only that the
address was seen, nothing is ever found by starting from the book, and the next run meets them
again. The other order would leave facts about addresses that nobody could name any more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice

from sqlalchemy import Connection, delete, insert, select

from auditor.ledger.errors import KeyCollision
from auditor.ledger.kept import erased_key
from auditor.ledger.tables import address
from auditor.model import Address, AddressKind

_AT_ONCE = 5_000
"""Entries in one statement; below SQLite's and PostgreSQL's limits on parameters."""


def look_up(connection: Connection, keys: Collection[int]) -> dict[int, Address]:
    """Return the addresses of those ``keys`` that are in the book."""
    found: dict[int, Address] = {}
    for some in _portions(keys):
        query = select(address).where(address.c.address_key.in_(some))
        for key, kind, text in connection.execute(query):
            found[key] = Address(AddressKind(kind), text)
    return found


def some_entry(connection: Connection) -> tuple[int, Address] | None:
    """Return an entry whose text is stored as it came, if one of the first few is such."""
    first = select(address).order_by(address.c.address_key).limit(_AT_ONCE)
    for key, kind, text in connection.execute(first):
        if text.isascii() and "\\" not in text:
            return key, Address(AddressKind(kind), text)
    return None


def in_domains(connection: Connection, domains: Collection[str]) -> dict[int, str]:
    """Return the e-mail addresses that end in ``@`` and one of ``domains``, key -> domain."""
    found: dict[int, str] = {}
    for domain in sorted(domains):
        query = select(address.c.address_key).where(
            address.c.kind == AddressKind.EMAIL.value,
            address.c.text.endswith(f"@{domain}", autoescape=True),
        )
        found.update(dict.fromkeys(connection.execute(query).scalars(), domain))
    return found


def missing(
    connection: Connection, addresses: Mapping[int, Address], where: str
) -> dict[int, Address]:
    """Return the entries that are not in the book yet, in the form they would have there.

    Raises ``KeyCollision`` if one of the keys stands for another address there.
    """
    known = look_up(connection, addresses)
    erased = erased_among(connection, addresses)
    fresh: dict[int, Address] = {}
    for key, given in addresses.items():
        entry = Address(given.kind, storable(given.text))
        if key in erased:
            continue  # whose it was is nobody's business any more, however often it is met again
        if key not in known:
            fresh[key] = entry
        elif known[key] != entry:
            raise KeyCollision(key, where=where)
    return fresh


def erased_among(connection: Connection, keys: Collection[int]) -> frozenset[int]:
    """Return those ``keys`` whose text was erased and may not come back."""
    found: set[int] = set()
    for some in _portions(keys):
        query = select(erased_key.c.key).where(
            erased_key.c.kind == "address", erased_key.c.key.in_(some)
        )
        found.update(connection.execute(query).scalars())
    return frozenset(found)


def forget(connection: Connection, keys: Collection[int]) -> int:
    """Delete the text of addresses; return how many were in the book."""
    gone = 0
    for some in _portions(keys):
        query = delete(address).where(address.c.address_key.in_(some))
        gone += connection.execute(query).rowcount
    return gone


def enter(connection: Connection, entries: Mapping[int, Address]) -> None:
    """Write entries that ``missing`` returned within the same transaction."""
    for keys in _portions(entries):
        rows = [
            {"address_key": k, "kind": entries[k].kind.value, "text": entries[k].text} for k in keys
        ]
        connection.execute(insert(address), rows)


def storable(text: str) -> str:
    """Return ``text`` in a form every database and Parquet reader takes.

    Undecodable bytes of a source (lone surrogates) and NUL, which PostgreSQL refuses, become
    visible escapes.
    """
    if text.isascii() and "\0" not in text:
        return text
    return text.encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\x00")


def _portions(keys: Collection[int]) -> Iterator[Sequence[int]]:
    remaining = iter(keys)
    while some := list(islice(remaining, _AT_ONCE)):
        yield some
