"""The ledger's tables of what became of the findings: pages, mail, decisions, holds, deletions.

The forms that hold in ``auditor.ledger.tables`` hold here too.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
)

from auditor.ledger.tables import COUNTER, metadata

__all__ = [
    "breaker_trip",
    "chain_entry",
    "decision",
    "delivery",
    "erased_key",
    "hold",
    "incident",
    "metadata",
    "purge",
    "report_copy",
    "roster_refusal",
    "subject_export",
]

# ---- pages and mail --------------------------------------------------------------------------

report_copy = Table(
    "report_copy",
    metadata,
    Column("report_id", String, primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("form", Integer, nullable=False),
    Column("values_zlib", LargeBinary, nullable=False),
    Column("html_sha256", String),
    Column("made_with", String),
)
"""The facts on an issued page, from which it can be made again byte for byte.

``values_zlib`` is the page's values as compressed JSON; ``form`` is the version of that form.
``html_sha256`` is over the page as published and ``made_with`` names the version of templates and
styles it was made with; both are NULL until it was published. A row goes when the page goes: this
is a page, not evidence of its own.
"""

delivery = Table(
    "delivery",
    metadata,
    Column("message_id", String, primary_key=True),
    Column("report_id", String, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("office", String, nullable=False),
    Column("recipient", String, nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("queued_at", String, nullable=False),
    Column("at", String, nullable=False),
    Column("answer", String),
    CheckConstraint(
        "state IN ('accepted', 'rejected', 'deferred', 'written', 'superseded')",
        name="delivery_state",
    ),
    Index("delivery_by_report", "report_id", "revision"),
)
"""What became of each mail: one recipient, one report revision, one Message-ID.

``office`` says in words whose mail it is; of ``recipient`` only the first letter and the domain are
kept, for the text of an address lives in the address book alone. ``queued_at`` is when the mail was
written, ``at`` when its state last changed; ``answer`` is the server's code, never its sentence.
"""

# ---- what people decided ---------------------------------------------------------------------

chain_entry = Table(
    "chain_entry",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String, nullable=False),
    Column("at", String, nullable=False),
    Column("body_json", String, nullable=False),
    Column("previous", String, nullable=False),
    Column("sha256", String, nullable=False),
)
"""The append-only log of decisions, looks, exports, settings and purges. Each entry's ``sha256``
covers the one before it, so none can be changed, dropped or put in between unnoticed.

``body_json`` holds keys, ids and salted digests, never a name: what is erased elsewhere leaves
nothing to read here.
"""

decision = Table(
    "decision",
    metadata,
    Column(
        "number",
        BigInteger,
        ForeignKey("chain_entry.number"),
        primary_key=True,
        autoincrement=False,
    ),
    Column("item_id", String, ForeignKey("item.item_id"), nullable=False),
    Column("reason", String, nullable=False),
    Column("note", String),
    Column("decided_by", String, nullable=False),
    Column("decided_at", String, nullable=False),
    Column("decided_on", String, nullable=False),
    Column("until", String),
    Column("hits_seen", BigInteger, nullable=False),
    Column("last_sent_us", BigInteger, nullable=False),
    Column("came_by", String, nullable=False),
    Column("row", String, nullable=False),
    Index("decision_by_item", "item_id"),
)
"""What a reviewer recorded on an item, and how much of it there was to see then.

``decided_on`` is the day it was made, ``decided_at`` the instant it was recorded. ``row`` is a
keyed digest of all that was recorded, by which the same row is known when it comes again.
"""

hold = Table(
    "hold",
    metadata,
    Column("hold_id", COUNTER, primary_key=True),
    Column("kind", String, nullable=False),
    Column("subject", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("set_by", String, nullable=False),
    Column("set_at", String, nullable=False),
    Column("lifted_by", String),
    Column("lifted_at", String),
    CheckConstraint("kind IN ('person', 'item', 'everything')", name="hold_kind"),
)
"""What must not be deleted until somebody lifts the hold. ``subject`` is a key or an item's id."""

purge = Table(
    "purge",
    metadata,
    Column("purge_id", COUNTER, primary_key=True),
    Column("kind", String, nullable=False),
    Column("state", String, nullable=False),
    Column("asked_by", String, nullable=False),
    Column("asked_at", String, nullable=False),
    Column("ended_at", String),
    Column("facts_before", String),
    Column("certificate_json", String),
    CheckConstraint("kind IN ('retention', 'erasure')", name="purge_kind"),
)
"""Every deletion: when it was asked for, and what was counted and proven afterwards.

``facts_before`` is the first day whose messages were left whole; NULL where none were dropped.
"""

erased_key = Table(
    "erased_key",
    metadata,
    Column("kind", String, primary_key=True),
    Column("key", BigInteger, primary_key=True, autoincrement=False),
    Column("purge_id", COUNTER, ForeignKey("purge.purge_id"), nullable=False),
    CheckConstraint("kind IN ('person', 'address')", name="erased_key_kind"),
)
"""People who were erased, and their addresses, as keys alone: no text of theirs is taken in again,
and nothing is ever listed about them.
"""

subject_export = Table(
    "subject_export",
    metadata,
    Column("export_id", COUNTER, primary_key=True),
    Column("student_key", BigInteger, nullable=False),
    Column("reason", String, nullable=False),
    Column("asked_by", String, nullable=False),
    Column("asked_at", String, nullable=False),
    Column("sha256", String, nullable=False),
)
"""Every export of what is held about a student: who asked for it and why.

``sha256`` is of its JSON.
"""

roster_refusal = Table(
    "roster_refusal",
    metadata,
    Column("source", String, primary_key=True),
    Column("sha256", String, primary_key=True),
    Column("run_id", String, nullable=False),
    Column("refused_at", String, nullable=False),
    Column("reasons_json", String, nullable=False),
    Column("accepted_by", String),
    Column("accepted_at", String),
    Column("accepted_because", String),
)
"""Roster deliveries that lost too much to be believed, and who accepted them all the same.

``sha256`` is over what was delivered, so that an acceptance holds for that delivery alone.
"""

breaker_trip = Table(
    "breaker_trip",
    metadata,
    Column("rule", String, primary_key=True),
    Column("run_id", String, primary_key=True),
    Column("held_at", String, nullable=False),
    Column("people_json", String, nullable=False),
    Column("released_by", String),
    Column("released_at", String),
    Column("released_because", String),
)
"""Checks that would have listed a large share of all staff at once, and who released them.

``people_json`` holds keys alone: whom a release is about, and how many were on the staff.
"""

incident = Table(
    "incident",
    metadata,
    Column("id", COUNTER, primary_key=True),
    Column("at", String, nullable=False),
    Column("job", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("text", String, nullable=False),
    Index("incident_by_time", "at"),
)
"""What went wrong around the jobs: missed, failed, overlapped, refused."""
