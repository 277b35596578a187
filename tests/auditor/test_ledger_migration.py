"""A ledger of an earlier version keeps every item and every message of it when it is brought up."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from auditor import runs
from auditor.itembook import stored_items
from auditor.ledger import Ledger
from auditor.ledger import migrations as scripts


def ledger_of_version(path: Path, version: str) -> None:
    """Make a ledger as an older program left it."""
    config = Config()
    config.set_main_option("script_location", str(Path(scripts.__file__).parent))
    engine = sa.create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, version)
    engine.dispose()


def test_items_of_the_first_version_are_all_there(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    ledger_of_version(path, "0001")
    with closing(sqlite3.connect(path)) as old, old:
        old.execute(
            "INSERT INTO item VALUES ('AH-0001', 'f', 'direct-no-adult', 7, 8, NULL, 1, '10', "
            "'2026-11-01', NULL, NULL)"
        )
        old.execute(
            "INSERT INTO item_hit VALUES ('AH-0001', 5, 1000, 20000, 1, 0, NULL, "
            '\'{"source": "mail", "native_id": "m", "channel": "email", "tool": "gmail", '
            '"numbers": {}, "tried": [], "reached": []}\', \'run-1\')'
        )
    with Ledger.open(path) as ledger, ledger.read() as connection:
        (item,) = stored_items(connection)
    assert (item.id, item.subject.adult, item.subject.student, item.subject.thing) == (
        "AH-0001", 7, 8, None,
    )  # fmt: skip
    assert [hit.message for hit in item.hits] == [5]
    with closing(sqlite3.connect(path)) as now:
        assert now.execute("PRAGMA foreign_key_check").fetchall() == []
        left = {name for (name,) in now.execute("SELECT name FROM sqlite_master WHERE type='table'")}
    assert not {name for name in left if name.endswith("_before")}


def test_a_night_that_an_older_program_finished_is_done(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    ledger_of_version(path, "0002")
    with closing(sqlite3.connect(path)) as old, old:
        old.execute(
            "INSERT INTO run VALUES ('000001-nightly-2026-11-22', 'nightly', '2026-11-22', 'p', "
            "'gaps', '2026-11-23T09:00:00+00:00', '2026-11-23T09:00:00+00:00', 3, '{}')"
        )
    with Ledger.open(path) as ledger, ledger.read() as connection:
        newest = runs.newest_night(connection)
        missing = runs.missing_nights(connection, date(2026, 11, 24))
    assert newest is not None
    assert (newest.complete, newest.exit_code, newest.outcome) == (False, 3, {})
    assert missing.nights == (date(2026, 11, 23), date(2026, 11, 24))
