"""Counting what the checks were given: copies, messages, machine mail, contacts, strangers.

The counts are taken from the facts themselves, beside the checks, so that the two can be compared.
"""

from __future__ import annotations

from dataclasses import dataclass

from auditor.engine import Engine
from auditor.result import SetAside


@dataclass(frozen=True, slots=True)
class Funnel:
    """Where the messages of the window went."""

    messages: int
    machine: tuple[SetAside, ...]
    contacts: int
    """Messages between an adult and a student, which the rules look at."""
    copies: int
    """Copies of the messages: what mailboxes and logs showed of them."""
    further_copies: int
    """Copies of a message beside its first."""
    context: int
    """Copies of messages of other days, read along."""


_COPIES = """
SELECT COUNT(*) AS copies,
       COUNT(*) FILTER (WHERE m.message_key IS NULL) AS context,
       COUNT(*) FILTER (WHERE m.message_key IS NOT NULL AND c.n > 1) AS further
FROM (SELECT message_key, ROW_NUMBER() OVER (PARTITION BY message_key) AS n FROM message_copy) c
LEFT JOIN message_in_window m ON m.message_key = c.message_key"""


def funnel(engine: Engine) -> Funnel:
    """Count where the window's messages went."""
    by_kind = {
        row["automated"]: row["messages"]
        for row in engine.query(
            "SELECT automated, COUNT(*) AS messages FROM message_in_window GROUP BY automated"
        ).to_pylist()
    }
    words = {
        "notification": "Notices sent by a machine",
        "bulk": "Newsletters and bulk mail",
        "calendar": "Calendar invitations and answers",
        "auto-reply": "Automatic replies and bounces",
    }
    machine = tuple(
        SetAside(words[kind], by_kind[kind]) for kind in words if by_kind.get(kind, 0) > 0
    )
    contacts = engine.query("SELECT COUNT(DISTINCT message_key) AS n FROM contact").to_pylist()
    (copies,) = engine.query(_COPIES).to_pylist()
    return Funnel(
        messages=sum(by_kind.values()),
        machine=machine,
        contacts=contacts[0]["n"],
        copies=copies["copies"] - copies["context"],
        further_copies=int(copies["further"] or 0),
        context=copies["context"],
    )


def strangers(engine: Engine) -> dict[int, int]:
    """Return how many of the messages that people wrote each address of nobody was on."""
    rows = engine.query(
        "SELECT p.address_key, COUNT(DISTINCT p.message_key) AS messages "
        "FROM message_copy_party p "
        "JOIN message_in_window m ON m.message_key = p.message_key "
        "LEFT JOIN address_person a ON a.address_key = p.address_key "
        "AND m.sent_day >= a.from_day AND m.sent_day < a.until_day "
        "LEFT JOIN list_address l ON l.address_key = p.address_key "
        "WHERE m.automated IN ('no', 'list') AND a.person_key IS NULL "
        "AND l.address_key IS NULL GROUP BY p.address_key"
    )
    return {row["address_key"]: row["messages"] for row in rows.to_pylist()}
