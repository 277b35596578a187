"""The first tables: runs, the manifest, what sources said, the address book, items and reports.

A migration is never edited once released: it says what the tables were, not what they are. There
is no way back down: a ledger holds decisions, and those are restored from a backup.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _run()
    _source_run()
    _rule_run()
    _step()
    _unmatched()
    _batch()
    _source_file()
    _coverage_day()
    _quarantine()
    _note()
    _address()
    _item()
    _item_hit()
    _short_id_counter()
    _issued_report()


def _run() -> None:
    op.create_table(
        "run",
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("job", sa.String(), nullable=False),
        sa.Column("audit_date", sa.String(), nullable=False),
        sa.Column("policy_version", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("started_at", sa.String(), nullable=False),
        sa.Column("ended_at", sa.String()),
        sa.Column("exit_code", sa.Integer()),
        sa.Column("summary_json", sa.String()),
        sa.PrimaryKeyConstraint("run_id", name=op.f("run_pk")),
    )
    op.create_index("run_by_date", "run", ["job", "audit_date"], unique=False)
    op.create_index(
        "run_under_way",
        "run",
        ["job"],
        unique=True,
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    )


def _source_run() -> None:
    op.create_table(
        "source_run",
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("read", sa.BigInteger()),
        sa.Column("new", sa.BigInteger()),
        sa.Column("already_known", sa.BigInteger()),
        sa.Column("rejected", sa.BigInteger()),
        sa.Column("first_day", sa.String()),
        sa.Column("last_day", sa.String()),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("happened", sa.String()),
        sa.Column("cure", sa.String()),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name=op.f("source_run_run_id_fk")),
        sa.PrimaryKeyConstraint("run_id", "source", name=op.f("source_run_pk")),
    )
    op.create_index("source_run_by_source", "source_run", ["source"], unique=False)


def _rule_run() -> None:
    op.create_table(
        "rule_run",
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("hits", sa.BigInteger()),
        sa.Column("seconds", sa.Float()),
        sa.Column("reason", sa.String()),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name=op.f("rule_run_run_id_fk")),
        sa.PrimaryKeyConstraint("run_id", "rule", name=op.f("rule_run_pk")),
    )


def _step() -> None:
    op.create_table(
        "step",
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("ordinal", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name=op.f("step_run_id_fk")),
        sa.PrimaryKeyConstraint("run_id", "ordinal", name=op.f("step_pk")),
    )


def _unmatched() -> None:
    op.create_table(
        "unmatched",
        sa.Column("id", _COUNTER, nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("hint", sa.String(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.run_id"], name=op.f("unmatched_run_id_fk")),
        sa.PrimaryKeyConstraint("id", name=op.f("unmatched_pk")),
    )
    op.create_index("unmatched_by_run", "unmatched", ["run_id"], unique=False)


def _batch() -> None:
    op.create_table(
        "batch",
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("relation", sa.String(), nullable=False),
        sa.Column("source", sa.String()),
        sa.Column("day", sa.String()),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("schema_version", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("retired_by", sa.String()),
        sa.CheckConstraint("(kind = 'facts') = (day IS NOT NULL)", name="batch_facts_have_a_day"),
        sa.PrimaryKeyConstraint("path", name=op.f("batch_pk")),
    )
    op.create_index("batch_by_day", "batch", ["kind", "day", "source"], unique=False)
    op.create_index("batch_by_run", "batch", ["run_id"], unique=False)


def _source_file() -> None:
    op.create_table(
        "source_file",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("source", "sha256", "name", name=op.f("source_file_pk")),
    )


def _coverage_day() -> None:
    op.create_table(
        "coverage_day",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("records", sa.BigInteger()),
        sa.Column("reason", sa.String()),
        sa.CheckConstraint("state IN ('read', 'part', 'missing')", name="coverage_day_state"),
        sa.PrimaryKeyConstraint("source", "day", "run_id", name=op.f("coverage_day_pk")),
    )
    op.create_index("coverage_day_by_day", "coverage_day", ["day"], unique=False)


def _quarantine() -> None:
    op.create_table(
        "quarantine",
        sa.Column("id", _COUNTER, nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("line", sa.BigInteger()),
        sa.Column("field", sa.String()),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("quarantine_pk")),
    )
    op.create_index("quarantine_by_run", "quarantine", ["run_id", "source"], unique=False)


def _note() -> None:
    op.create_table(
        "note",
        sa.Column("id", _COUNTER, nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("note_pk")),
    )
    op.create_index("note_by_run", "note", ["run_id", "source"], unique=False)


def _address() -> None:
    op.create_table(
        "address",
        sa.Column("address_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("address_key", name=op.f("address_pk")),
        sqlite_with_rowid=False,
    )


def _item() -> None:
    op.create_table(
        "item",
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("adult_key", sa.BigInteger(), nullable=False),
        sa.Column("student_key", sa.BigInteger()),
        sa.Column("team_key", sa.BigInteger()),
        sa.Column("episode", sa.Integer(), nullable=False),
        sa.Column("school_id", sa.String()),
        sa.Column("listed_on", sa.String(), nullable=False),
        sa.Column("grew_on", sa.String()),
        sa.Column("withdrawn_on", sa.String()),
        sa.PrimaryKeyConstraint("item_id", name=op.f("item_pk")),
        sa.UniqueConstraint("fingerprint", name="item_fingerprint"),
    )


def _item_hit() -> None:
    op.create_table(
        "item_hit",
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("message_key", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sent_us", sa.BigInteger(), nullable=False),
        sa.Column("sent_day", sa.Integer(), nullable=False),
        sa.Column("sent_by_adult", sa.Boolean(), nullable=False),
        sa.Column("uncertain", sa.Boolean(), nullable=False),
        sa.Column("covered_by", sa.String()),
        sa.Column("evidence_json", sa.String(), nullable=False),
        sa.Column("first_run_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["item.item_id"], name=op.f("item_hit_item_id_fk")),
        sa.PrimaryKeyConstraint("item_id", "message_key", name=op.f("item_hit_pk")),
    )


def _short_id_counter() -> None:
    op.create_table(
        "short_id_counter",
        sa.Column("prefix", sa.String(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("prefix", name=op.f("short_id_counter_pk")),
    )


def _issued_report() -> None:
    op.create_table(
        "issued_report",
        sa.Column("report_id", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("first", sa.String(), nullable=False),
        sa.Column("last", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("made_at", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("report_id", "revision", name=op.f("issued_report_pk")),
    )
