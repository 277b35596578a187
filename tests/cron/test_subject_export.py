"""What is held about a student is given out whole, and nothing of any other student with it."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from tests.cron.rights_world import Rights

WHO = ("--by", "Dana Example", "--reason", "the family asked for it")
OTHERS = ("s2@", "sue two", '"s2"', ">s2<", "s3@", "sol three", '"s3"')


@pytest.fixture
def district(begun_district: Rights, tmp_path: Path) -> Rights:
    return Rights.copied(begun_district, tmp_path / "district")


def export(district: Rights, student: str, out: Path) -> Any:
    code, document = district.command(
        "subject-export", "--student", student, "--out", str(out), *WHO
    )
    assert code == 0, document
    return document


def test_all_that_is_held_is_there(district: Rights, tmp_path: Path) -> None:
    held = export(district, "S1", tmp_path)["export"]
    facts = {(one["what"], one["words"]) for one in held["facts"]}
    assert {
        ("address", "s1@d.example"),
        ("role", "student at Alder High"),
        ("team", "athlete of Soccer"),
        ("guardian", "Gil One"),
    } <= facts
    ids = [message["native_id"] for message in held["messages"]]
    assert ids[0] == "old-2@d.example", "in order of sending"
    assert set(ids[1:]) == {"both@d.example", "m-2@d.example"}, "sent at once"
    (both,) = [m for m in held["messages"] if m["native_id"] == "both@d.example"]
    parties = {(p["role"], p["who"]) for p in both["parties"]}
    assert ("to", "this student") in parties
    assert ("cc", "another student") in parties
    (sender,) = [who for role, who in parties if role == "from"]
    assert sender.startswith("Tom Two (")
    items = district.listed()
    about = {i for i, one in items.items() if one["student_name"] == "Sam One"}
    assert {one["item_id"] for one in held["items"]} == about
    assert any(page.startswith("W-2026-47-AH") for page in held["pages"])


def test_a_name_from_before_is_held_and_is_masked_like_any(
    district: Rights, tmp_path: Path
) -> None:
    district.users = [(*u[:3], "Brown", *u[4:]) if u[0] == "S2" else u for u in district.users]
    teams = district.folder / "drop/tables/teams.csv"
    teams.write_text(teams.read_text().replace("Soccer", "Team of Sue Two"))
    district.write()
    district.next_night()
    (earlier,) = [f for f in export(district, "S2", tmp_path / "S2")["export"]["facts"]
                  if f["what"] == "earlier name"]  # fmt: skip
    assert (earlier["words"], earlier["last"]) == ("Sue Two", "2026-11-22")
    facts = export(district, "S1", tmp_path / "S1")["export"]["facts"]
    assert "athlete of Team of another student" in {fact["words"] for fact in facts}


def test_no_other_student_stands_in_any_byte(district: Rights, tmp_path: Path) -> None:
    for student, others in (("S1", OTHERS), ("S3", OTHERS[:4]), ("S2", ("s1@", "sam one"))):
        files = export(district, student, tmp_path / student)["files"]
        for path in (Path(files["html"]), Path(files["json"])):
            text = path.read_text("utf-8").casefold()
            assert [word for word in others if word in text] == [], (student, path.name)
            assert path.stat().st_mode & 0o777 == 0o600
    own = (tmp_path / "S2").glob("*.json")
    assert "m-s2@d.example" in next(own).read_text(), "one's own address is one's own"


def test_giving_it_out_is_logged(district: Rights, tmp_path: Path) -> None:
    files = export(district, "S3", tmp_path)["files"]
    with closing(sqlite3.connect(district.folder / "data/ledger.sqlite")) as ledger:
        logged = ledger.execute(
            "SELECT export_id, asked_by, reason, sha256 FROM subject_export ORDER BY 1 DESC"
        ).fetchone()
    digest = sha256(Path(files["json"]).read_bytes()).hexdigest()
    assert logged == (files["number"], "Dana Example", "the family asked for it", digest)


def test_only_a_student_has_such_a_page(district: Rights, tmp_path: Path) -> None:
    for person in ("T1", "S-99"):
        code, document = district.command(
            "subject-export", "--student", person, "--out", str(tmp_path), *WHO
        )
        assert code == 1
        assert document["error"]["where"] == person
    assert not list(tmp_path.glob("subject-export*"))
    assert "S-99" not in json.dumps(district.command("hold", "list")[1])
