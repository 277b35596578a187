"""The daily root: one number that stands for everything kept up to a night.

It covers the newest entry of the chain, and through it every one before, and the SHA-256 of every
file of facts there was. It is printed on pages and mailed, so it lies outside of what it vouches
for: whoever rewrites the ledger cannot rewrite the paper in somebody's drawer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy import Connection

from auditor import chain
from auditor.chain import Entry, Kind, canonical
from auditor.lake import live_digests

SHORT = 16
"""Digits of a root as pages print it; 64 bits are beyond anybody's search for a match."""
LEAST = 8
"""Digits by which a root is still told from others."""


@dataclass(frozen=True, slots=True)
class Root:
    """A root, the night it is of, and the entry of the chain it stands on."""

    hex: str
    audit_date: date
    number: int
    run_id: str

    @property
    def short(self) -> str:
        return self.hex[:SHORT]


def seal(connection: Connection, run_id: str, audit_date: date, now: datetime) -> Root:
    """Enter a finished run into the chain, with the files that are the facts now; return the root.

    It happens in the transaction that ends the run: a run that counts as done is in the chain.
    """
    body = {
        "run_id": run_id,
        "audit_date": audit_date.isoformat(),
        "manifest": manifest_digest(connection),
    }
    return _root(chain.append(connection, Kind.RUN, now, body))


def manifest_digest(connection: Connection) -> str:
    """Return a digest over all files of facts and snapshots, whatever they are called."""
    return sha256("\n".join(sorted(live_digests(connection))).encode()).hexdigest()


def newest_root(connection: Connection) -> Root | None:
    """Return the root of the newest run that was sealed."""
    entry = chain.newest(connection, Kind.RUN)
    return None if entry is None else _root(entry)


def roots(connection: Connection) -> Iterator[Root]:
    """Yield every root there ever was, as the chain gives them now."""
    yield from (_root(entry) for entry in chain.entries(connection, Kind.RUN))


def _root(entry: Entry) -> Root:
    """Return the root over an entry as it stands: of a changed one it is another root."""
    body = entry.body
    parts = [body["audit_date"], entry.sha256, body["manifest"]]
    digest = sha256(canonical(parts).encode()).hexdigest()
    day = date.fromisoformat(body["audit_date"])
    return Root(digest, day, entry.number, body["run_id"])
