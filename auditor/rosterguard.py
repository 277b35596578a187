"""Refusing a roster that lost too much, and taking it once a person has said that it is right.

A refused source stands as its last good delivery left it; the night goes on with that, and every
page says so. The next delivery that passes, held against that same good one, is taken by itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from auditor import chain
from auditor.chain import Kind
from auditor.directory import Change, Delivered, Loss, Refused, State, change_of
from auditor.ledger.kept import roster_refusal
from auditor.ledger.tables import source_run
from auditor.pulling import Pulled
from auditor.workplace import AuditError, Workplace

_SHOWN_DIGITS = 12
Fold = Callable[[Sequence[Pulled]], Delivered]


@dataclass(frozen=True, slots=True)
class Refusal:
    """One delivery that was refused, and who has accepted it since, if anybody has."""

    source: str
    sha256: str
    run_id: str
    refused_at: datetime
    losses: tuple[Loss, ...]
    people: frozenset[int]
    """Whom it took out of a group or across the line: an acceptance is about these."""
    accepted_by: str | None = None
    accepted_at: datetime | None = None
    because: str | None = None

    @property
    def delivery(self) -> str:
        """The short form by which a person names it."""
        return self.sha256[:_SHOWN_DIGITS]


def guarded(
    place: Workplace,
    before: State,
    pulled: Sequence[Pulled],
    fold: Fold,
    *,
    day: int,
    run_id: str,
    now: datetime,
) -> tuple[list[Pulled], Delivered]:
    """Fold the deliveries into the directory without those that lost too much.

    One is refused at a time, the first in the order of belief: what a later list seems to have
    lost may only be people whom the earlier one no longer names.
    """
    judge = _Judge(place, before, day)
    remaining = list(pulled)
    while True:
        delivered = fold(remaining)
        refused = judge.first_refused(remaining, delivered.state)
        if refused is None:
            return judge.with_remarks(remaining, delivered.state), delivered
        at, losses, people = refused
        one = remaining[at]
        digest = digest_of(one)
        with place.ledger.begin() as connection:
            _remember(connection, Refusal(one.name, digest, run_id, now, losses, people))
        remaining[at] = replace(one, facts=(), failure=_failure(one, losses, digest))


@dataclass(frozen=True, slots=True)
class _Judge:
    place: Workplace
    before: State
    day: int

    def first_refused(
        self, pulled: Sequence[Pulled], after: State
    ) -> tuple[int, tuple[Loss, ...], frozenset[int]] | None:
        for at, one in enumerate(pulled):
            change = self._change(one, after)
            if change is None or not change.losses(self.place.district.roster_guard):
                continue
            losses = change.losses(self.place.district.roster_guard, self._people_accepted())
            if losses:
                return at, losses, change.concerned()
        return None

    def with_remarks(self, pulled: Sequence[Pulled], after: State) -> list[Pulled]:
        """Say of a delivery that was taken on somebody's word whose word that was."""
        told = []
        for one in pulled:
            accepted = self._accepted(one.name)
            change = self._change(one, after) if accepted else None
            needed = change is not None and change.losses(self.place.district.roster_guard)
            words = tuple(
                f"taken although {'; '.join(map(str, refusal.losses))}: accepted by "
                f"{refusal.accepted_by} ({refusal.because})"
                for refusal in accepted
                if needed
            )
            told.append(replace(one, remarks=(*one.remarks, *words)))
        return told

    def _change(self, one: Pulled, after: State) -> Change | None:
        if one.failure is not None or self.before.delivered_on(one.name) is None:
            return None
        return change_of(self.before, after, one.name, self.day)

    def _people_accepted(self) -> frozenset[int]:
        """Return everybody whom somebody has accepted as gone.

        Of whatever source: who has left one list is missing from the others that name people of it.
        """
        return frozenset().union(*(refusal.people for refusal in self._accepted()))

    def _accepted(self, source: str | None = None) -> list[Refusal]:
        """Return the acceptances given since their source last delivered something good."""
        with self.place.ledger.read() as connection:
            return [
                one
                for one in refusals(connection, source)
                if one.accepted_by is not None
                and one.run_id > _last_good_run(connection, one.source)
            ]


def digest_of(pulled: Pulled) -> str:
    """Return the SHA-256 of what was delivered, in whatever order it came."""
    digest = sha256()
    for line in sorted(map(repr, pulled.facts)):
        digest.update(line.encode("utf-8", "backslashreplace"))
    return digest.hexdigest()


def _failure(one: Pulled, losses: tuple[Loss, ...], digest: str) -> Refused:
    return Refused(
        losses,
        where=one.source.context.title,
        command=f"auditor roster accept {one.name} --delivery {digest[:_SHOWN_DIGITS]} "
        '--by "NAME" --because "REASON"',
    )


# ---- the ledger -----------------------------------------------------------------------------


def refusals(connection: Connection, source: str | None = None) -> list[Refusal]:
    """Return the refused deliveries, of one source or of all, oldest first."""
    table = roster_refusal
    query = select(table).order_by(table.c.run_id, table.c.source)
    if source is not None:
        query = query.where(table.c.source == source)
    return [_refusal(row) for row in connection.execute(query).mappings()]


def accept(
    place: Workplace,
    source: str,
    *,
    delivery: str | None,
    by: str,
    because: str,
    now: datetime,
) -> Refusal:
    """Accept a refused delivery: the people it leaves out may be left out by those that follow.

    Without ``delivery`` it is the newest one of the source. Raises ``AuditError`` if there is
    nothing to accept.
    """
    table = roster_refusal
    with place.ledger.begin() as connection:
        since = _last_good_run(connection, source)
        waiting = [
            one
            for one in refusals(connection, source)
            if one.accepted_by is None
            and one.run_id > since
            and one.sha256.startswith(delivery or "")
        ]
        if not waiting:
            raise AuditError(
                "no delivery of it is waiting to be accepted",
                where=source,
                cure="`auditor roster list` shows what was refused and what became of it",
            )
        chosen = waiting[-1]
        connection.execute(
            update(table)
            .where(table.c.source == source, table.c.sha256 == chosen.sha256)
            .values(accepted_by=by, accepted_at=now.isoformat(), accepted_because=because)
        )
        body = {"source": source, "delivery": chosen.sha256}
        chain.append(connection, Kind.ACKNOWLEDGEMENT, now, body)
    return replace(chosen, accepted_by=by, accepted_at=now, because=because)


def _remember(connection: Connection, refusal: Refusal) -> None:
    """Keep a refusal; the same delivery again is the same refusal until something good came."""
    table = roster_refusal
    mine = (table.c.source == refusal.source) & (table.c.sha256 == refusal.sha256)
    known = connection.execute(select(table.c.run_id).where(mine)).scalar_one_or_none()
    if known is not None and known > _last_good_run(connection, refusal.source):
        return
    connection.execute(delete(table).where(mine))
    reasons = {
        "losses": [asdict(loss) for loss in refusal.losses],
        "people": sorted(refusal.people),
    }
    connection.execute(
        insert(table).values(
            source=refusal.source,
            sha256=refusal.sha256,
            run_id=refusal.run_id,
            refused_at=refusal.refused_at.isoformat(),
            reasons_json=json.dumps(reasons, sort_keys=True, ensure_ascii=False),
        )
    )


def _last_good_run(connection: Connection, source: str) -> str:
    """Return the run that last took a delivery of the source in; "" if none ever did."""
    query = select(func.max(source_run.c.run_id)).where(
        source_run.c.source == source, source_run.c.state == "read"
    )
    return connection.execute(query).scalar_one_or_none() or ""


def _refusal(row: Mapping[Any, Any]) -> Refusal:
    reasons = json.loads(row["reasons_json"])
    at = row["accepted_at"]
    return Refusal(
        source=row["source"],
        sha256=row["sha256"],
        run_id=row["run_id"],
        refused_at=datetime.fromisoformat(row["refused_at"]),
        losses=tuple(Loss(**loss) for loss in reasons["losses"]),
        people=frozenset(reasons["people"]),
        accepted_by=row["accepted_by"],
        accepted_at=None if at is None else datetime.fromisoformat(at),
        because=row["accepted_because"],
    )
