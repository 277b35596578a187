"""What is older than its clock goes with proof, a hold keeps it, and nights leave it alone."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import time_machine

from cron import commands_purge
from tests.cron.rights_world import NOW, Rights

BY = ("--by", "Dana Example")
HOLD = (*BY, "--reason", "a case at court")


@pytest.fixture
def district(begun_district: Rights, tmp_path: Path) -> Rights:
    return Rights.copied(begun_district, tmp_path / "district")


def days(district: Rights) -> set[str]:
    below = (district.folder / "data/message").rglob("*.parquet")
    return {path.parent.name.removeprefix("day=") for path in below}


def native_ids(district: Rights) -> set[str]:
    return {
        str(native_id)
        for path in (district.folder / "data/message").rglob("*.parquet")
        for native_id in pq.ParquetFile(path).read(["native_id"])["native_id"].to_pylist()
        if str(native_id).startswith("old-")
    }


def rows(district: Rights, query: str) -> list[Any]:
    with closing(sqlite3.connect(district.folder / "data/ledger.sqlite")) as ledger:
        return ledger.execute(query).fetchall()


def line(document: Any, of: str) -> tuple[int, int]:
    lines = document["lines"] if "lines" in document else document["certificate"]["lines"]
    found = next(one for one in lines if one["of"] == of)
    return found.get("count", found.get("deleted")), found["held"]


def test_old_days_go_and_what_is_judged_stays(district: Rights) -> None:
    assert {"2026-05-19", "2026-05-20"} < days(district)
    before = district.listed()
    shown = district.command("purge")[1]
    assert line(shown, "facts") == (3, 0)
    assert native_ids(district) == {"old-1@d.example", "old-2@d.example"}, "shown, not done"
    code, done = district.command("purge", "--yes", *BY)
    assert (code, done["proven"], line(done, "facts")) == (0, True, (3, 0))
    assert not {day for day in days(district) if day < "2026-09-15"}
    assert Path(done["html"]).is_file()
    assert line(district.command("purge")[1], "facts") == (0, 0)
    # an approval for the adult of an old item makes a night look back, but never that far
    district.approvals("A1,safety,T1,S3,,,P1,principal,2026-11-20,2026-11-20,2027-01-01,,,\n")
    district.next_night()
    assert district.listed().keys() == before.keys(), "a day that is gone withdraws no item"
    assert not native_ids(district), "a file that was read is not read again"


@pytest.mark.parametrize("what", ["person", "item", "everything"])
def test_a_hold_beats_every_clock(district: Rights, what: str) -> None:
    subject = {"person": ("S2",), "item": (_old_item(district),), "everything": ()}[what]
    assert district.command("hold", "set", f"--{what}", *subject, *HOLD)[0] == 0
    code, done = district.command("purge", "--yes", *BY)
    assert (code, done["proven"]) == (0, True)
    kept = {"person": {"old-1@d.example"}, "item": {"old-1@d.example"}}
    assert native_ids(district) == kept.get(what, {"old-1@d.example", "old-2@d.example"})
    assert line(done, "facts") == ((0, 3) if what == "everything" else (2, 1))
    (hold,) = done["certificate"]["holds"]
    assert hold["reason"] == "a case at court"
    rest = pq.read_table(next((district.folder / "data/message_party").rglob("day=2026-05-19/*")))
    assert rest.num_rows == 2, "who was on it stays with it"


def test_a_hold_on_a_person_beats_the_clock_of_every_class(tmp_path: Path) -> None:
    """Eight years later: messages they got by a list, who else was on these, runs that set
    something of theirs aside, pages that name them, and what they decided about others.
    """
    district = Rights(tmp_path / "district")
    tables = district.folder / "drop/tables"
    (tables / "groups.csv").write_text(
        "group_email,member_email,start,end\nart@d.example,s2@d.example,2026-01-01,2026-11-20\n"
    )
    district.mail("listed", "2026-11-16", "t2", ["art"])
    district.mail("direct", "2026-11-17", "t1", ["s2"])
    district.mail("others", "2026-11-18", "t1", ["s3"])
    district.write()
    for job in ("nightly", "weekly"):
        assert district.command("run", job, "--date", "2026-11-22")[0] == 0
    (other,) = [i for i, one in district.listed().items() if one["student_name"] == "Sol Three"]
    assert district.command("decide", other, "--reason", "reminded", "--by", "P1")[0] == 0
    for person in ("S2", "P1"):
        assert district.command("hold", "set", "--person", person, *HOLD)[0] == 0
    aside = "INSERT INTO unmatched (run_id, source, kind, reference, reason, hint, count) "
    (run,) = rows(district, "SELECT run_id FROM run WHERE job = 'weekly'")[0]
    change(district, f"{aside} VALUES ('{run}', 'tables', 'x', 's2@d.example', 'x', '', 1)")
    before = district.listed()
    pages = {name for name, page in district.bytes_below("reports").items() if b"Sue Two" in page}
    assert pages

    with time_machine.travel(NOW.replace(year=NOW.year + 8), tick=False):
        done = commands_purge.scheduled(district.folder / "district.toml").document
    assert done["proven"], done
    held = {of: line(done, of)[1] for of in ("facts", "directory", "items", "reports", "runs")}
    assert all(held.values()), held
    below = (district.folder / "data/message").rglob("*.parquet")
    ids = {i for p in below for i in pq.ParquetFile(p).read(["native_id"])["native_id"].to_pylist()}
    assert ids >= {"listed@d.example", "direct@d.example"}
    assert district.listed().keys() == before.keys()
    assert [item["adult_name"] for item in district.listed().values()] == [
        item["adult_name"] for item in before.values()
    ]
    assert rows(district, "SELECT reference FROM unmatched WHERE kind = 'x'") == [("s2@d.example",)]
    assert pages <= district.bytes_below("reports").keys()
    book = rows(district, "SELECT text FROM address WHERE text IN ('art@d.example', 't2@d.example')")
    assert len(book) == 2
    assert district.command("verify")[0] == 0


def change(district: Rights, statement: str) -> None:
    with closing(sqlite3.connect(district.folder / "data/ledger.sqlite")) as ledger, ledger:
        ledger.execute(statement)


def _old_item(district: Rights) -> str:
    items = district.listed().items()
    return next(id_ for id_, one in items if "old-1@d.example" in one["native_ids"])


def test_every_class_has_a_clock_and_the_newest_night_stays(district: Rights) -> None:
    """Eight years later everything has run out but what tells of the last night."""
    later = NOW.replace(year=NOW.year + 8)
    pages = {p.name for p in (district.folder / "reports").rglob("*.html")}
    assert len(pages) >= 4
    with time_machine.travel(later, tick=False):
        done = commands_purge.scheduled(district.folder / "district.toml").document
    assert done["proven"]
    assert not days(district)
    assert rows(district, "SELECT count(*) FROM item") == [(0,)]
    assert rows(district, "SELECT count(*) FROM item_hit") == [(0,)]
    assert rows(district, "SELECT count(*) FROM coverage_day") == [(0,)]
    assert rows(district, "SELECT job FROM run") == [("nightly",)]
    assert rows(district, "SELECT count(*) FROM issued_report")[0][0] == len(pages)
    left = {p.relative_to(district.folder / "reports").parts[0] for p in
            (district.folder / "reports").rglob("*") if p.is_file()}  # fmt: skip
    assert left == {"certificates"}
    certificate = done["certificate"]
    assert certificate["asked_by"] == commands_purge.SCHEDULED
    assert all(one["deleted"] for one in certificate["lines"] if one["of"] in {"items", "reports"})


def test_addresses_go_with_the_last_that_uses_them(district: Rights) -> None:
    book = "SELECT text FROM address WHERE text LIKE 'stranger@%'"
    assert rows(district, book) == [("stranger@out.example",)]
    done = district.command("purge", "--yes", *BY)[1]
    assert (done["proven"], line(done, "addresses")) == (True, (1, 0))
    assert rows(district, book) == []
    assert b"stranger@" not in (district.folder / "data/ledger.sqlite").read_bytes()


def test_a_clock_shorter_than_what_a_night_reads_is_a_mistake(district: Rights) -> None:
    district.settings("[retention]\nfacts = 40\n")
    code, document = district.command("purge")
    assert code == 2
    (mistake,) = document["mistakes"]
    assert mistake["key"] == "retention.facts"
    assert "66" in mistake["cure"]
