"""Items about things, privileged mail counted, and who entered which version of the records."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_COUNTER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("item", sa.Column("thing_key", sa.BigInteger()))
    if op.get_bind().dialect.name == "sqlite":
        _items_anew()
    else:
        op.alter_column("item", "adult_key", existing_type=sa.BigInteger(), nullable=True)
    op.add_column("source_run", sa.Column("privileged", sa.BigInteger()))
    op.create_table(
        "record_import",
        sa.Column("id", _COUNTER, nullable=False),
        sa.Column("record", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("entered_by", sa.String(), nullable=False),
        sa.Column("entered_at", sa.String(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("record_import_pk")),
        sa.UniqueConstraint("record", "version", name="record_import_version"),
    )


_ITEM = (
    "item_id, fingerprint, rule, adult_key, student_key, team_key, thing_key, episode, school_id, "
    "listed_on, grew_on, withdrawn_on"
)
_HIT = (
    "item_id, message_key, sent_us, sent_day, sent_by_adult, uncertain, covered_by, "
    "evidence_json, first_run_id"
)


def _items_anew() -> None:
    """Make both tables again: SQLite cannot loosen a column, nor drop a table others refer to."""
    op.rename_table("item_hit", "item_hit_before")
    op.rename_table("item", "item_before")
    _item()
    _item_hit()
    for name, columns in (("item", _ITEM), ("item_hit", _HIT)):
        op.execute(f"INSERT INTO {name} ({columns}) SELECT {columns} FROM {name}_before")  # noqa: S608  (our own names)
    op.drop_table("item_hit_before")
    op.drop_table("item_before")


def _item() -> None:
    op.create_table(
        "item",
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("adult_key", sa.BigInteger()),
        sa.Column("student_key", sa.BigInteger()),
        sa.Column("team_key", sa.BigInteger()),
        sa.Column("thing_key", sa.BigInteger()),
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
