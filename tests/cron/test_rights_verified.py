"""What people's rights delete is no damage: everything verifies afterwards, and theft still shows."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import time_machine

from cron import commands_purge
from tests.cron.rights_world import NOW, RETENTION, Rights

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


def test_a_file_of_decisions_is_read_on_when_what_it_decided_is_gone(district: Rights) -> None:
    district.settings(RETENTION + '[decisions]\ndrop = "decisions"\n')
    folder = district.folder / "decisions"
    folder.mkdir()
    gone, left = about(district, "Sue Two")[0], about(district, "Sam One")[0]
    rows = [f"{gone},reminded,P1,2026-11-23,", f"{left},reminded,P1,2026-11-23,"]
    entered(folder, rows)
    assert cards(district) == []
    assert district.command("purge", "--person", "S2", "--yes", *WHO)[0] == 0
    assert cards(district) == [], "its row was taken before it was erased"
    again = district.command("decide", "--file", str(folder / "forms.csv"))[1]
    assert [(one["item"], one["new"], one["deleted"]) for one in again["decisions"]] == [
        (gone, False, True), (left, False, False),
    ]  # fmt: skip

    entered(folder, [*rows, "AH-0999,reminded,P1,2026-11-23,"])
    (card,) = cards(district)
    assert "line 4, item: there is no such item" in card["why"]
    assert damage(district) == []


def entered(folder: Path, rows: list[str]) -> None:
    lines = ["item,reason,by,decided_on,note", *rows]
    (folder / "forms.csv").write_text("\n".join(lines) + "\n")


def cards(district: Rights) -> list[Any]:
    """Return what IT has to mend about the folder, after one more night."""
    told = district.page(district.next_night())["do_now"]
    return [card for card in told if "file of decisions" in card["what"]]


# ---- pages -----------------------------------------------------------------------------------


def test_pages_that_name_only_somebody_of_a_longer_name_stay(tmp_path: Path) -> None:
    district = Rights(tmp_path / "district")
    district.users[:3] = [
        ("S1", "student", "Joann", "Lee", "joann@d.example", "9", "G1"),
        ("S2", "student", "Ann", "Lee", "ann@d.example", "9", ""),
        ("S3", "student", "Ann", "Leeson", "mary.ann@d.example", "10", ""),
    ]
    for name, student in (("joann@d.example", "joann"), ("20.mary.ann@d.example", "mary.ann")):
        district.raw(
            f"Message-ID: <{name}>\nDate: Tue, 17 Nov 2026 11:00:00 -0500\n"
            f"From: t1@d.example\nTo: {student}@d.example\n\n\n"
        )
    district.mail("ann", "2026-11-18", "ann", ["t1"], ["t2"])
    district.write()
    for job in ("nightly", "weekly"):
        assert district.command("run", job, "--date", "2026-11-22")[0] == 0
    named = {item["student_name"] for item in district.listed().values()}
    assert named == {"Joann Lee", "Ann Leeson"}
    before = district.bytes_below("reports")
    assert any(b"Joann Lee" in page for page in before.values())
    items = district.listed()

    code, done = district.command("purge", "--person", "S2", "--yes", *WHO)
    assert (code, done["proven"], done["certificate"]["proof"]["found"]) == (0, True, [])
    after = district.bytes_below("reports")
    assert {name: page for name, page in after.items() if "certificates" not in name} == before
    assert district.listed() == items
    assert damage(district) == []


def test_no_copy_stays_of_a_page_whose_files_are_gone(district: Rights) -> None:
    """Somebody wrote a name into a file of a page that is about nobody of that name."""
    (table,) = (district.folder / "reports/weekly").glob("C-*.csv")
    with table.open("a") as file:
        file.write("seen by Sue Two\n")
    assert district.command("purge", "--person", "S2", "--yes", *WHO)[0] == 0
    assert not list(table.parent.glob(f"{table.stem}.*"))
    assert damage(district) == []
