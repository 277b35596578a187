"""Legal holds: what must not be deleted, by whose word, until somebody lifts it.

A hold beats every clock and every request. The list is itself never deleted: a lifted hold stays
with who lifted it and when.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, RowMapping, select

from auditor import rightslog
from auditor.ledger.kept import hold
from auditor.workplace import AuditError


class HoldKind(StrEnum):
    PERSON = "person"
    ITEM = "item"
    EVERYTHING = "everything"


@dataclass(frozen=True, slots=True)
class Hold:
    """One hold. ``subject`` is a person's key as text, an item's id, or empty for everything."""

    hold_id: int
    kind: HoldKind
    subject: str
    reason: str
    set_by: str
    set_at: datetime
    lifted_by: str | None
    lifted_at: datetime | None

    @property
    def stands(self) -> bool:
        return self.lifted_at is None

    @property
    def shown(self) -> str:
        """What it holds, without a name: "item AH-0412", "person #1a2b3c4d"."""
        if self.kind is HoldKind.PERSON:
            return f"person {shown_key(int(self.subject))}"
        return "everything" if self.kind is HoldKind.EVERYTHING else f"item {self.subject}"


@dataclass(frozen=True, slots=True)
class Held:
    """What the standing holds keep."""

    holds: tuple[Hold, ...] = ()

    @property
    def everything(self) -> bool:
        return any(one.kind is HoldKind.EVERYTHING for one in self.holds)

    @property
    def people(self) -> frozenset[int]:
        return frozenset(int(h.subject) for h in self.holds if h.kind is HoldKind.PERSON)

    @property
    def items(self) -> frozenset[str]:
        return frozenset(h.subject for h in self.holds if h.kind is HoldKind.ITEM)

    def over(self, person: int, items: Iterable[str]) -> tuple[Hold, ...]:
        """Return the holds that keep a person, or one of the items about them."""
        about = {*items}
        return tuple(
            one
            for one in self.holds
            if one.kind is HoldKind.EVERYTHING
            or (one.kind is HoldKind.PERSON and int(one.subject) == person)
            or (one.kind is HoldKind.ITEM and one.subject in about)
        )


def shown_key(key: int) -> str:
    """Return a key as people may read it: enough to tell two apart, and nobody's name."""
    return f"#{key & 0xFFFFFFFF:08x}"


def all_holds(connection: Connection) -> tuple[Hold, ...]:
    """Return every hold there ever was, in the order in which they were set."""
    rows = connection.execute(select(hold).order_by(hold.c.hold_id)).mappings()
    return tuple(_hold(row) for row in rows)


def held(connection: Connection) -> Held:
    """Return the holds that stand."""
    return Held(tuple(one for one in all_holds(connection) if one.stands))


def set_hold(
    connection: Connection, kind: HoldKind, subject: str, *, reason: str, by: str, now: datetime
) -> Hold:
    """Set a hold and return it."""
    values: dict[str, Any] = {
        "kind": kind.value,
        "subject": subject,
        "reason": reason,
        "set_by": by,
        "set_at": now.isoformat(),
    }
    hold_id = rightslog.note_hold(connection, values)
    return Hold(hold_id, kind, subject, reason, by, now, None, None)


def lift(connection: Connection, hold_id: int, *, by: str, now: datetime) -> Hold:
    """Lift a hold; raises ``AuditError`` if there is none of that number that stands."""
    standing = {one.hold_id: one for one in held(connection).holds}
    if hold_id not in standing:
        raise AuditError(
            f"no hold {hold_id} stands",
            where="hold",
            cure="`auditor hold list` shows those that do",
        )
    rightslog.note_lifted(connection, hold_id, {"lifted_by": by, "lifted_at": now.isoformat()})
    return next(one for one in all_holds(connection) if one.hold_id == hold_id)


def _hold(row: RowMapping) -> Hold:
    lifted_at = row["lifted_at"]
    return Hold(
        row["hold_id"],
        HoldKind(row["kind"]),
        row["subject"],
        row["reason"],
        row["set_by"],
        datetime.fromisoformat(row["set_at"]),
        row["lifted_by"],
        None if lifted_at is None else datetime.fromisoformat(lifted_at),
    )
