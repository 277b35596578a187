"""What went wrong around the jobs: missed, failed, held up, or never begun.

A job that did not run leaves no page to say so. It is written here, and the next page for IT
shows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import Connection, insert, select

from auditor.ledger.kept import incident


class Kind(StrEnum):
    """What became of a job instead of a run that ended well."""

    FAILED = "failed"
    MISSED = "missed"
    """It was due and nobody was there to start it."""
    OVERLAPPED = "overlapped"
    """It was due while it, or another run, was still under way."""
    SKIPPED = "skipped"
    """Nights that are too long ago to be made up for."""
    OVERDUE = "overdue"
    """The morning came without a finished night."""


@dataclass(frozen=True, slots=True)
class Incident:
    at: datetime
    job: str
    kind: str
    """A ``Kind``, or the word of whoever else noted it."""
    text: str
    """What happened and what helps; holds no name and no address."""


def note(connection: Connection, found: Incident) -> bool:
    """Write an incident down; return False if the same one stands there already."""
    known = connection.execute(
        select(incident.c.id).where(
            incident.c.job == found.job,
            incident.c.kind == str(found.kind),
            incident.c.text == found.text,
        )
    ).first()
    if known is None:
        connection.execute(
            insert(incident).values(
                at=found.at.astimezone(UTC).isoformat(),
                job=found.job,
                kind=str(found.kind),
                text=found.text,
            )
        )
    return known is None


def since(connection: Connection, moment: datetime | None) -> Sequence[Incident]:
    """Return what happened at or after a moment, or ever, oldest first."""
    query = select(incident).order_by(incident.c.at, incident.c.id)
    if moment is not None:
        query = query.where(incident.c.at >= moment.astimezone(UTC).isoformat())
    return [
        Incident(datetime.fromisoformat(row["at"]), row["job"], row["kind"], row["text"])
        for row in connection.execute(query).mappings()
    ]
