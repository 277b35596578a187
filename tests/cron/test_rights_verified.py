"""What people's rights delete is no damage: everything verifies afterwards, and theft still shows."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import time_machine

from cron import commands_purge
from tests.cron.rights_world import NOW, Rights

WHO = ("--by", "Dana Example", "--reason", "the family asked for it")


@pytest.fixture
def district(begun_district: Rights, tmp_path: Path) -> Rights:
    return Rights.copied(begun_district, tmp_path / "district")


def damage(district: Rights) -> list[str]:
    """Return what ``verify`` finds wrong, part by part."""
    code, found = district.command("verify")
    wrong = [f"{part['part']}: {line}" for part in found["parts"] for line in part["wrong"]]
    assert (code == 0) is (wrong == [])
    return wrong


def about(district: Rights, student: str) -> list[str]:
    return [i for i, one in district.listed().items() if one["student_name"] == student]


def decide(district: Rights, item: str, *more: str) -> Any:
    code, document = district.command("decide", item, "--reason", "reminded", "--by", "P1", *more)
    assert code == 0, document
    return document


def ledger(district: Rights, statement: str, *values: Any) -> list[Any]:
    with closing(sqlite3.connect(district.folder / "data/ledger.sqlite")) as opened, opened:
        return opened.execute(statement, values).fetchall()


def test_decisions_that_were_erased_are_not_missing_and_stolen_ones_are(
    district: Rights,
) -> None:
    theirs, others = about(district, "Sue Two"), about(district, "Sam One")
    for item in (*theirs, *others):
        decide(district, item)
    assert damage(district) == []
    assert district.command("purge", "--person", "S2", "--yes", *WHO)[0] == 0
    assert damage(district) == []

    ((number,),) = ledger(district, f"SELECT number FROM decision WHERE item_id = '{others[0]}'")
    kept = ledger(district, f"SELECT * FROM decision WHERE number = {number}")[0]
    ledger(district, f"DELETE FROM decision WHERE number = {number}")
    assert damage(district) == [f"decisions: the decision of entry {number} is missing"]
    ledger(district, f"INSERT INTO decision VALUES ({', '.join('?' * len(kept))})", *kept)
    assert damage(district) == []


def test_decisions_whose_clock_ran_out_are_not_missing(district: Rights) -> None:
    decide(district, about(district, "Sue Two")[0])
    later = NOW.replace(year=NOW.year + 8)
    with time_machine.travel(later, tick=False):
        done = commands_purge.scheduled(district.folder / "district.toml").document
    assert done["proven"]
    assert damage(district) == []
