"""Checks that would have listed a large share of all staff at once, and who released them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "breaker_trip",
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("held_at", sa.String(), nullable=False),
        sa.Column("people_json", sa.String(), nullable=False),
        sa.Column("released_by", sa.String()),
        sa.Column("released_at", sa.String()),
        sa.Column("released_because", sa.String()),
        sa.PrimaryKeyConstraint("rule", "run_id", name=op.f("breaker_trip_pk")),
    )
