"""Holds, deletions and exports on either kind of ledger, through the same commands."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from auditor.ledger import Ledger
from auditor.ledger.kept import metadata
from tests.cron.rights_world import ERASED, Rights, begun

WHO = ("--by", "Dana Example", "--reason", "the family asked for it")


@pytest.fixture(params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest) -> str | None:
    """Return the address of a server, or None for the file that is the default."""
    return None if request.param == "sqlite" else str(request.getfixturevalue("database"))


def done(district: Rights, *arguments: str) -> Any:
    code, document = district.command(*arguments)
    assert code == 0, document
    return document


def tables_naming(district: Rights, server: str | None) -> set[str]:
    """Return the tables in which the student stands, found without the program's own search."""
    file = str(district.folder / "data/ledger.sqlite")
    address = file if server is None else server.replace("postgresql:", "postgresql+psycopg:")
    found = set()
    with Ledger.open(address) as ledger, ledger.read() as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(select(table)):
                if any(word in str(tuple(row)).casefold() for word in ERASED):
                    found.add(table.name)
    return found


def test_the_rights_of_people_on_either_ledger(tmp_path: Path, server: str | None) -> None:
    more = "" if server is None else f'[storage]\nledger = "{server}"\n'
    district = begun(tmp_path / "district", more)
    items = district.listed()
    theirs = next(i for i, one in items.items() if one["student_name"] == "Sue Two")
    others = next(i for i, one in items.items() if one["student_name"] == "Sam One")
    note = ("--note", "as with Sue Two")
    for item, said in ((theirs, ()), (others, note)):
        done(district, "decide", item, "--reason", "reminded", "--by", "P1", *said)
    export = done(district, "subject-export", "--student", "S2", "--out", str(tmp_path), *WHO)
    assert {one["item_id"] for one in export["export"]["items"]} >= {theirs}

    hold = done(district, "hold", "set", "--person", "S2", *WHO)
    assert district.command("purge", "--person", "S2", "--yes", *WHO)[0] == 1
    kept = done(district, "purge", "--yes", "--by", "Dana Example")
    assert kept["proven"]
    facts = next(line for line in kept["certificate"]["lines"] if line["of"] == "facts")
    assert (facts["deleted"], facts["held"]) == (2, 1)
    done(district, "hold", "lift", str(hold["number"]), "--by", "Dana Example")
    assert {"address", "decision"} <= tables_naming(district, server)

    erased = done(district, "purge", "--person", "S2", "--yes", *WHO)
    assert erased["proven"], erased
    assert tables_naming(district, server) == set()
    assert done(district, "verify")["sound"]
    district.next_night()
    assert theirs not in district.listed()
    assert tables_naming(district, server) == set()
    assert done(district, "verify")["sound"]
    assert "Sue" not in json.dumps(done(district, "hold", "list"))
    assert (district.folder / "data/ledger.sqlite").exists() is (server is None)
