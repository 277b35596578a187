"""One person is erased: every trace of them goes, everybody else stays, and it does not come back."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from tests.cron.rights_world import ERASED, Rights

WHO = ("--by", "Dana Example", "--reason", "the family asked for it")
OURS = ("data", "reports", "records")


@pytest.fixture
def district(begun_district: Rights, tmp_path: Path) -> Rights:
    return Rights.copied(begun_district, tmp_path / "district")


def traces(district: Rights) -> set[str]:
    """Return the files that name the student, found without the program's own search."""
    found = set()
    for name, data in district.bytes_below(*OURS).items():
        text = data.decode("utf-8", "replace").casefold()
        if name.endswith(".parquet"):
            text += json.dumps(
                pq.ParquetFile(district.folder / name).read().to_pylist(), default=str
            ).casefold()
        if any(word in text for word in (*ERASED, "two sue", "two,sue")) or '"s2"' in text:
            found.add(name)
    return found


def erase(district: Rights, person: str = "S2") -> Any:
    code, document = district.command("purge", "--person", person, "--yes", *WHO)
    assert code == 0, document
    return document


def test_every_trace_is_found_before_and_none_after(district: Rights) -> None:
    before = traces(district)
    assert {name.split("/")[0] for name in before} == {"data", "reports"}
    assert any("directory/person" in name for name in before)
    assert any("/message/" in name for name in before), "a message id holds the address"
    assert "data/ledger.sqlite" in before
    (district.folder / "records").mkdir()
    entered = district.folder / "consents.csv"
    entered.write_text(
        "consent_id,student,guardian,granted_on,ends_on,evidence\nC-1,S2,,2026-09-01,,\n"
        "C-2,S1,G1,2026-09-01,,\n"
    )
    assert district.command("records", "import", str(entered), "--by", "Dana Example")[0] == 0
    temp = district.folder / "data/temp/999999999-left"
    temp.mkdir(parents=True)
    (temp / "spill").write_text("s2@d.example")

    shown = district.command("purge", "--person", "S2")[1]
    assert shown["deleted"] is False
    assert before <= {name.partition(" ")[0] for name in shown["found"]}
    assert traces(district) > before, "looking deletes nothing"

    document = erase(district)
    assert document["proven"]
    assert traces(district) == set()
    proof = document["certificate"]["proof"]
    assert proof["found"] == []
    assert proof["files"] >= 20
    kept = (district.folder / "records/consents.csv").read_text().splitlines()
    assert kept[1:] == ["C-2,S1,G1,2026-09-01,,"]
    (listed,) = [k for k in district.command("records", "list")[1] if k["versions"]]
    assert (listed["rows"], listed["in_force"]) == (1, True)
    mend = document["certificate"]["to_mend"]
    assert {"drop/oneroster/users.csv", "drop/mail/all.mbox"} <= set(mend)


def test_the_certificate_names_nobody_and_stays(district: Rights) -> None:
    document = erase(district)
    page = Path(document["html"])
    for path in (page, page.with_suffix(".json")):
        text = path.read_text("utf-8")
        assert "Dana Example" in text
        assert not any(word in text.casefold() for word in ERASED)
    assert document["certificate"]["person"].startswith("#")
    with closing(sqlite3.connect(district.folder / "data/ledger.sqlite")) as ledger:
        (state, kept), *more = ledger.execute("SELECT state, certificate_json FROM purge")
    assert (state, more) == ("done", [])
    assert json.loads(kept) == document["certificate"]


def test_everybody_else_stays_and_nothing_comes_back(district: Rights) -> None:
    before = district.listed()
    about = {i for i, item in before.items() if item["student_name"] == "Sue Two"}
    assert about
    facts = list((district.folder / "data/message_party").rglob("*.parquet"))
    rows = sum(pq.ParquetFile(p).metadata.num_rows for p in facts)
    erase(district)
    left = district.listed()
    assert left == {i: item for i, item in before.items() if i not in about}
    district.next_night()
    again = district.listed()
    assert again.keys() == left.keys()
    assert all(item["student_name"] != "Sue Two" for item in again.values())
    assert traces(district) == set(), "the roster and the mail name her still"
    facts = list((district.folder / "data/message_party").rglob("*.parquet"))
    assert sum(pq.ParquetFile(p).metadata.num_rows for p in facts) == rows
    assert erase(district)["proven"], "done again it finds nothing to do"


def address_book(district: Rights) -> set[str]:
    with closing(sqlite3.connect(district.folder / "data/ledger.sqlite")) as ledger:
        return {text for (text,) in ledger.execute("SELECT text FROM address")}


def erasures_to_do(district: Rights) -> list[str]:
    """Return what the next night's page tells IT to erase."""
    document = district.command("run", "nightly", "--date", "2026-11-23", "--again")[1]
    page = json.loads(Path(document["pages"][0]["json"]).read_text("utf-8"))
    return [one["what"] for one in page["do_now"] if one["what"].startswith("Erase")]


def test_a_new_address_of_theirs_is_not_taken_in(district: Rights) -> None:
    erase(district)
    district.users = [
        (*u[:4], "new-sue@d.example", *u[5:]) if u[0] == "S2" else u for u in district.users
    ]
    district.mail("n-1", "2026-11-23", "t1", ["new-sue"])
    district.mail("n-2", "2026-11-23", "new-sue", ["t2"])
    district.write()
    assert erasures_to_do(district) == []
    for name, data in district.bytes_below("data").items():
        assert b"new-sue" not in data, name
    assert traces(district) == set()


def test_a_new_address_that_was_a_strangers_is_told_and_erased(district: Rights) -> None:
    district.users = [
        (*u[:4], "stranger@out.example", *u[5:]) if u[0] == "S2" else u for u in district.users
    ]
    erase(district)
    assert "stranger@out.example" in address_book(district), "who wrote in May"
    district.write()
    (told,) = erasures_to_do(district)
    assert "#" in told
    assert erase(district)["proven"]
    assert "stranger@out.example" not in address_book(district)
    assert erasures_to_do(district) == []


def test_a_hold_forbids_it_until_it_is_lifted(district: Rights) -> None:
    item = next(i for i, one in district.listed().items() if one["student_name"] == "Sue Two")
    adult = district.listed()[item]["adult"]  # their items would go with hers
    holds = (("--person", "S2"), ("--person", adult), ("--item", item), ("--everything",))
    for what in holds:
        code, held = district.command("hold", "set", *what, *WHO)
        assert code == 0
        code, refused = district.command("purge", "--person", "S2", "--yes", *WHO)
        assert code == 1
        assert f"{held['number']} (" in refused["error"]["what"]
        assert district.command("hold", "lift", str(held["number"]), "--by", "Dana")[0] == 0
    listed = district.command("hold", "list")[1]
    assert [one["lifted_by"] for one in listed] == ["Dana"] * len(holds)
    assert "S2" not in json.dumps(listed)
    assert traces(district)
    assert district.command("hold", "lift", "1", "--by", "Dana")[0] == 1
    assert erase(district)["proven"]


def test_a_page_with_a_column_for_each_name_is_one_of_theirs(district: Rights) -> None:
    page = district.folder / "reports/weekly/LIST.csv"
    page.write_text("family,given\ntwo,Sue\n")
    assert erase(district)["proven"]
    assert not page.exists()


def test_a_hold_keeps_what_an_erasure_would_take_beside_the_items(district: Rights) -> None:
    """The student was on a message with T2, on a page with S3, and in a note of the principal's."""
    (table,) = (district.folder / "reports/weekly").glob("C-*.csv")
    with table.open("a") as file:
        file.write("seen by Sue Two and Sol Three\n")
    noted(district, "as with Sue Two")
    for held in ("T2", "S3", "P1"):
        code, made = district.command("hold", "set", "--person", held, *WHO)
        assert code == 0
        code, refused = district.command("purge", "--person", "S2", "--yes", *WHO)
        assert (code, f"{made['number']} (" in refused["error"]["what"]) == (1, True), held
        assert district.command("hold", "lift", str(made["number"]), "--by", "Dana")[0] == 0
    assert traces(district)
    assert district.command("hold", "set", "--person", "G1", *WHO)[0] == 0
    assert erase(district)["proven"], "a hold on somebody who has nothing to do with it"


def noted(district: Rights, words: str) -> None:
    """Let a principal's note on somebody else's item say something."""
    item = next(i for i, one in district.listed().items() if one["student_name"] == "Sam One")
    decision = ("--reason", "reminded", "--by", "P1", "--note", words)
    assert district.command("decide", item, *decision)[0] == 0


@pytest.mark.parametrize("number", ["20301234", "20301"])
def test_an_id_of_digits_is_found_in_a_sentence(district: Rights, number: str) -> None:
    noted(district, f"like the case of student {number} in spring")
    district.users.append((number, "student", "Nia", "New", "nia@d.example", "9", ""))
    district.write()
    district.next_night()
    document = erase(district, number)
    assert document["proven"]
    looked_for = document["certificate"]["proof"]["looked_for"]
    assert ("fewer than 8" in looked_for, "fewer than 5" in looked_for) == (len(number) < 8, False)
    assert not [n for n, data in district.bytes_below(*OURS).items() if number.encode() in data]


def renamed(district: Rights) -> None:
    """Let a note name the student; then the roster gives her another name."""
    noted(district, "as with Sue Two in May; TWO Sue again")
    district.users = [(*u[:3], "Brown", *u[4:]) if u[0] == "S2" else u for u in district.users]
    district.write()
    district.next_night()


def test_an_earlier_name_is_a_name_of_theirs(district: Rights) -> None:
    renamed(district)
    assert district.command("run", "weekly", "--date", "2026-11-22", "--again")[0] == 0
    assert any(name.startswith("reports/weekly") for name in traces(district))
    refused = district.command(
        "purge", "--person", "S2", "--yes", "--by", "Dana", "--reason", "parents of Sue Two asked"
    )[1]
    assert refused["error"]["where"] == "--reason"
    document = erase(district)
    assert document["proven"]
    assert "2 full names" in document["certificate"]["proof"]["looked_for"]
    assert any("earlier name" in said for said in document["certificate"]["remarks"])
    assert traces(district) == set()
    district.next_night()
    assert traces(district) == set(), "nor does the night remember the name again"


@pytest.mark.parametrize("words", ["Sue Two left", "Two Sue left", "asked by S2", "from s2@d.example"])
def test_what_the_certificate_would_say_may_not_name_the_person(
    district: Rights, words: str
) -> None:
    code, refused = district.command(
        "purge", "--person", "S2", "--yes", "--by", "Dana", "--reason", words
    )
    assert code == 2
    assert refused["error"]["where"] == "--reason"
    assert traces(district)


def test_nobody_is_erased_by_a_mistaken_id(district: Rights) -> None:
    assert district.command("purge", "--person", "S-99", "--yes", *WHO)[0] == 1
    assert district.command("purge", "--person", "S2", "--yes")[0] == 2
    assert district.command("hold", "set", "--person", "S1", "--everything", *WHO)[0] == 2
