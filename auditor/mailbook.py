"""What became of each mail with a report: written down before it is sent, settled afterwards.

A mail's row is there before the mail server hears of it, so a run that dies in between leaves a
row that says "deferred", and the next run sends that mail again under the same Message-ID. Twice
is possible then, never is not; mail programs show a Message-ID they know once.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256

from sqlalchemy import Connection, func, insert, select, update

from auditor import chain
from auditor.chain import Kind
from auditor.ledger.kept import delivery, report_copy
from auditor.ledger.tables import issued_report
from auditor.result import DoNow, MailLine, MailState

MOST_ATTEMPTS = 5
"""Times a mail is offered to a server that says "not now", before it counts as refused."""
LONGEST_WAIT = timedelta(days=7)
"""A report's mail that could not be sent for so long would no longer be news."""
SHOWN_DAYS = timedelta(days=7)
FINAL = frozenset({MailState.ACCEPTED, MailState.REJECTED, MailState.SUPERSEDED})
NO_ADDRESS = "no address is known"
"""Stands in place of a server's answer where there was nobody to write to."""
GAVE_UP = "not taken in time"
ANOTHER_READER = "its reader has changed"
"""Stands there where a mail waited for somebody who is not its reader any more."""
TAKEN_BACK = "taken back for an erasure"
"""Stands there where a mail waited that named somebody who was erased, or told of such a page."""


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail: one report's revision to one recipient."""

    message_id: str
    report_id: str
    """Without its revision."""
    revision: int
    office: str
    recipient: str
    """Masked."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A mail that has still to be sent."""

    mail: Mail
    attempts: int
    queued_at: datetime


def state_of(connection: Connection, message_id: str) -> MailState | None:
    """Return what is known of a mail, or None if there is no such mail."""
    query = select(delivery.c.state).where(delivery.c.message_id == message_id)
    found = connection.execute(query).scalar_one_or_none()
    return None if found is None else MailState(found)


def is_over(connection: Connection, message_id: str) -> bool:
    """Whether a mail is never to go out any more: it did, was refused, or a newer one took its
    place. One that was only taken back may be written anew.
    """
    query = select(delivery.c.state, delivery.c.answer).where(delivery.c.message_id == message_id)
    found = connection.execute(query).one_or_none()
    return found is not None and found.state in FINAL and found.answer != TAKEN_BACK


def enter(
    connection: Connection,
    mail: Mail,
    now: datetime,
    *,
    state: MailState = MailState.DEFERRED,
    answer: str | None = None,
) -> None:
    """Write down a mail that is about to be sent, or that cannot be."""
    row = {
        "message_id": mail.message_id,
        "report_id": mail.report_id,
        "revision": mail.revision,
        "office": mail.office,
        "recipient": mail.recipient,
        "state": state.value,
        "attempts": 0,
        "queued_at": now.isoformat(),
        "at": now.isoformat(),
        "answer": answer,
    }
    known = state_of(connection, mail.message_id)
    if known is None:
        connection.execute(insert(delivery).values(row))
    elif known is MailState.WRITTEN or (
        known in FINAL and not is_over(connection, mail.message_id)
    ):
        mine = delivery.c.message_id == mail.message_id
        connection.execute(update(delivery).where(mine).values(row))


def supersede(connection: Connection, mail: Mail, now: datetime) -> list[str]:
    """Take back older revisions of a report that have not gone out; return their Message-IDs."""
    older = (
        (delivery.c.report_id == mail.report_id)
        & (delivery.c.office == mail.office)
        & (delivery.c.revision < mail.revision)
        & (delivery.c.state == MailState.DEFERRED.value)
    )
    gone = list(connection.execute(select(delivery.c.message_id).where(older)).scalars())
    connection.execute(
        update(delivery)
        .where(older)
        .values(state=MailState.SUPERSEDED.value, at=now.isoformat())
    )
    return gone


def take_back(connection: Connection, message_ids: Collection[str], now: datetime) -> None:
    """Take back mails that wait; what they said may not be said any more."""
    values = {"state": MailState.SUPERSEDED.value, "at": now.isoformat(), "answer": TAKEN_BACK}
    for message_id in message_ids:
        mine = delivery.c.message_id == message_id
        connection.execute(update(delivery).where(mine).values(**values))


def pending(connection: Connection) -> list[Pending]:
    """Return the mails that have still to be sent, oldest first."""
    rows = connection.execute(
        select(delivery)
        .where(delivery.c.state == MailState.DEFERRED.value)
        .order_by(delivery.c.queued_at, delivery.c.message_id)
    )
    return [
        Pending(
            Mail(row.message_id, row.report_id, row.revision, row.office, row.recipient),
            row.attempts,
            datetime.fromisoformat(row.queued_at),
        )
        for row in rows
    ]


def offer(connection: Connection, message_id: str, now: datetime) -> None:
    """Count an attempt, before the mail server hears of it."""
    connection.execute(
        update(delivery)
        .where(delivery.c.message_id == message_id)
        .values(attempts=delivery.c.attempts + 1, at=now.isoformat())
    )


def withdraw_offer(connection: Connection, message_id: str, answer: str) -> None:
    """Take back an attempt that never came to the point of offering the mail."""
    connection.execute(
        update(delivery)
        .where(delivery.c.message_id == message_id)
        .values(attempts=delivery.c.attempts - 1, answer=answer)
    )


def settle(
    connection: Connection, message_id: str, state: MailState, answer: str | None, now: datetime
) -> None:
    """Write down what became of a mail."""
    connection.execute(
        update(delivery)
        .where(delivery.c.message_id == message_id)
        .values(state=state.value, answer=answer, at=now.isoformat())
    )
    if state is MailState.ACCEPTED:
        digest = sha256(message_id.encode()).hexdigest()
        chain.append(connection, Kind.DELIVERY, now, {"mail": digest})


def deleted(connection: Connection, issued_pages: Collection[tuple[str, int]]) -> list[str]:
    """Return the ids of those of some issued pages of which no copy is kept any more."""
    query = select(report_copy.c.report_id, report_copy.c.revision)
    kept = {(row.report_id, row.revision) for row in connection.execute(query)}
    return [one[0] for one in issued_pages if one not in kept]


def issued(connection: Connection, kind: str, last: date) -> list[tuple[str, int]]:
    """Return (id, newest revision) of the pages of a kind whose period ends with a day."""
    table = issued_report
    rows = connection.execute(
        select(table.c.report_id, func.max(table.c.revision).label("revision"))
        .where(table.c.kind == kind, table.c.last == last.isoformat())
        .group_by(table.c.report_id)
        .order_by(table.c.report_id)
    )
    return [(row.report_id, row.revision) for row in rows]


# ---- for IT's page ---------------------------------------------------------------------------


def lines(connection: Connection, now: datetime) -> tuple[MailLine, ...]:
    """Return the mails of the last days and all that still wait; what needs somebody first."""
    recent = (now - SHOWN_DAYS).isoformat()
    waits = delivery.c.state == MailState.DEFERRED.value
    rows = connection.execute(
        select(delivery)
        .where((delivery.c.queued_at >= recent) | waits)
        .order_by(delivery.c.queued_at.desc(), delivery.c.report_id, delivery.c.office)
    )
    found = [
        MailLine(
            row.report_id,
            row.revision,
            row.office,
            row.recipient,
            MailState(row.state),
            row.attempts,
            datetime.fromisoformat(row.at),
            row.answer,
        )
        for row in rows
    ]
    first = (MailState.REJECTED, MailState.DEFERRED)
    return (
        *(line for line in found if line.state in first),
        *(line for line in found if line.state not in first),
    )


def cards(connection: Connection) -> tuple[DoNow, ...]:
    """Return what IT has to do about mail that did not go out."""
    refused = (_refusal(*row) for row in _refused(connection))
    return (*refused, *_waiting(len(pending(connection))))


def _refused(connection: Connection) -> list[tuple[str, str, str | None]]:
    """Return (office, recipient, answer) of what was refused in the newest round of mail to each
    office: older word is settled.
    """
    newest = (
        select(delivery.c.office, func.max(delivery.c.queued_at).label("queued_at"))
        .where(delivery.c.state != MailState.WRITTEN.value)
        .group_by(delivery.c.office)
        .subquery()
    )
    rows = connection.execute(
        select(delivery.c.office, delivery.c.recipient, delivery.c.answer)
        .join(
            newest,
            (newest.c.office == delivery.c.office)
            & (newest.c.queued_at == delivery.c.queued_at),
        )
        .where(delivery.c.state == MailState.REJECTED.value)
        .distinct()
        .order_by(delivery.c.office, delivery.c.recipient)
    )
    return [(row.office, row.recipient, row.answer) for row in rows]


def _refusal(office: str, recipient: str, answer: str | None) -> DoNow:
    why = f"the mail server refused {recipient} (answer {answer})"
    if answer == NO_ADDRESS:
        why = "neither the settings nor a roster give a district address for it"
    elif answer == GAVE_UP:
        why = f"the mail server would not take mail for {recipient} in {MOST_ATTEMPTS} tries"
    return DoNow(
        what=f"Mend the mail address of the {office}",
        who="IT",
        by_when="today",
        why=f"{why}; the report lies in the reports folder and nobody was told",
        command="auditor run digest",
        otherwise="whoever reads that page does not learn that it is there",
    )


def _waiting(count: int) -> list[DoNow]:
    if not count:
        return []
    what = "1 mail waits" if count == 1 else f"{count} mails wait"
    return [
        DoNow(
            what=f"See why {what} to be sent",
            who="IT, with whoever runs the mail server",
            by_when="today",
            why="the mail server did not take them; each is tried again at the next run",
            command="auditor check",
            otherwise=f"they are given up after {MOST_ATTEMPTS} tries or {LONGEST_WAIT.days} days",
        )
    ]
