"""Lag, mailboxes and spaces, decisions in a chain, pages kept, mail sent, holds and deletions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("run", sa.Column("outcome_json", sa.String()))
    # what an older program finished counts as done, though nobody knows what it said
    op.execute("UPDATE run SET outcome_json = '{}' WHERE state IN ('complete', 'gaps')")
    op.add_column("source_run", sa.Column("lag_half_seconds", sa.Float()))
    op.add_column("source_run", sa.Column("lag_most_seconds", sa.Float()))
    _coverage_unit()
    _report_copy()
    _delivery()
    _chain_entry()
    _decision()
    _hold()
    _purge()
    _erased_key()
    _subject_export()
    _roster_refusal()
    _incident()


def _coverage_unit() -> None:
    op.create_table(
        "coverage_unit",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("records", sa.BigInteger()),
        sa.Column("reason", sa.String()),
        sa.CheckConstraint("state IN ('read', 'part', 'missing')", name="coverage_unit_state"),
        sa.PrimaryKeyConstraint("source", "day", "unit", "run_id", name=op.f("coverage_unit_pk")),
    )
    op.create_index("coverage_unit_by_day", "coverage_unit", ["day"])


def _report_copy() -> None:
    op.create_table(
        "report_copy",
        sa.Column("report_id", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("form", sa.Integer(), nullable=False),
        sa.Column("values_zlib", sa.LargeBinary(), nullable=False),
        sa.Column("html_sha256", sa.String()),
        sa.Column("made_with", sa.String()),
        sa.PrimaryKeyConstraint("report_id", "revision", name=op.f("report_copy_pk")),
    )


def _delivery() -> None:
    op.create_table(
        "delivery",
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("report_id", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("office", sa.String(), nullable=False),
        sa.Column("recipient", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("queued_at", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("answer", sa.String()),
        sa.CheckConstraint(
            "state IN ('accepted', 'rejected', 'deferred', 'written', 'superseded')",
            name="delivery_state",
        ),
        sa.PrimaryKeyConstraint("message_id", name=op.f("delivery_pk")),
    )
    op.create_index("delivery_by_report", "delivery", ["report_id", "revision"])


def _chain_entry() -> None:
    op.create_table(
        "chain_entry",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("body_json", sa.String(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("chain_entry_pk")),
    )


def _decision() -> None:
    op.create_table(
        "decision",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("note", sa.String()),
        sa.Column("decided_by", sa.String(), nullable=False),
        sa.Column("decided_at", sa.String(), nullable=False),
        sa.Column("decided_on", sa.String(), nullable=False),
        sa.Column("until", sa.String()),
        sa.Column("hits_seen", sa.BigInteger(), nullable=False),
        sa.Column("last_sent_us", sa.BigInteger(), nullable=False),
        sa.Column("came_by", sa.String(), nullable=False),
        sa.Column("row", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["number"], ["chain_entry.number"], name=op.f("decision_number_fk")
        ),
        sa.ForeignKeyConstraint(["item_id"], ["item.item_id"], name=op.f("decision_item_id_fk")),
        sa.PrimaryKeyConstraint("number", name=op.f("decision_pk")),
    )
    op.create_index("decision_by_item", "decision", ["item_id"])


def _hold() -> None:
    op.create_table(
        "hold",
        sa.Column("hold_id", _COUNTER, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("set_by", sa.String(), nullable=False),
        sa.Column("set_at", sa.String(), nullable=False),
        sa.Column("lifted_by", sa.String()),
        sa.Column("lifted_at", sa.String()),
        sa.CheckConstraint("kind IN ('person', 'item', 'everything')", name="hold_kind"),
        sa.PrimaryKeyConstraint("hold_id", name=op.f("hold_pk")),
    )


def _purge() -> None:
    op.create_table(
        "purge",
        sa.Column("purge_id", _COUNTER, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_at", sa.String(), nullable=False),
        sa.Column("ended_at", sa.String()),
        sa.Column("facts_before", sa.String()),
        sa.Column("certificate_json", sa.String()),
        sa.CheckConstraint("kind IN ('retention', 'erasure')", name="purge_kind"),
        sa.PrimaryKeyConstraint("purge_id", name=op.f("purge_pk")),
    )


def _erased_key() -> None:
    op.create_table(
        "erased_key",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("purge_id", _COUNTER, nullable=False),
        sa.CheckConstraint("kind IN ('person', 'address')", name="erased_key_kind"),
        sa.ForeignKeyConstraint(
            ["purge_id"], ["purge.purge_id"], name=op.f("erased_key_purge_id_fk")
        ),
        sa.PrimaryKeyConstraint("kind", "key", name=op.f("erased_key_pk")),
    )


def _subject_export() -> None:
    op.create_table(
        "subject_export",
        sa.Column("export_id", _COUNTER, nullable=False),
        sa.Column("student_key", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("asked_at", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("export_id", name=op.f("subject_export_pk")),
    )


def _roster_refusal() -> None:
    op.create_table(
        "roster_refusal",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("refused_at", sa.String(), nullable=False),
        sa.Column("reasons_json", sa.String(), nullable=False),
        sa.Column("accepted_by", sa.String()),
        sa.Column("accepted_at", sa.String()),
        sa.Column("accepted_because", sa.String()),
        sa.PrimaryKeyConstraint("source", "sha256", name=op.f("roster_refusal_pk")),
    )


def _incident() -> None:
    op.create_table(
        "incident",
        sa.Column("id", _COUNTER, nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("incident_pk")),
    )
    op.create_index("incident_by_time", "incident", ["at"])
