"""Issued pages stay as they are, late facts make a revision, and whatever was tampered is named."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.cron.decided_district import DecidedDistrict

FIRST, LATER = "W-2026-47-AH-1", "W-2026-47-AH-2"


ANOTHER_PAGE = """
UPDATE report_copy
SET values_zlib = (
  SELECT values_zlib FROM report_copy WHERE report_id = 'W-2026-48-AH' AND revision = 1
)
WHERE report_id = 'W-2026-47-AH' AND revision = 1"""


@dataclass
class Weeks:
    district: DecidedDistrict
    saw: dict[str, Any] = field(default_factory=dict)

    @property
    def weekly(self) -> Path:
        return self.district.folder / "reports/weekly"

    def files(self) -> dict[str, bytes]:
        return {p.name: p.read_bytes() for p in self.weekly.iterdir()}


@pytest.fixture(scope="module")
def weeks(tmp_path_factory: pytest.TempPathFactory) -> Weeks:
    district = DecidedDistrict(tmp_path_factory.mktemp("weeks"), "2026-11-23T06:00-05:00")
    told = Weeks(district)
    for day in (16, 17, 18, 19):
        district.mail(f"one{day}", f"2026-11-{day}", "t1", ["s1"])
    district.run("nightly", "2026-11-22")
    told.saw["first"] = district.issued(district.run("weekly", "2026-11-22")[1])
    told.saw["files"] = told.files()
    (item,) = district.items()
    district.at("2026-11-24T12:00-05:00")
    district.decide(item["id"], "--reason", "reminded", "--by", "P1")
    district.mail("one24", "2026-11-24", "t1", ["s1"])
    district.at("2026-11-30T06:00-05:00")
    district.run("nightly", "2026-11-29")
    told.saw["second"] = district.issued(district.run("weekly", "2026-11-29")[1])
    told.saw["files a week later"] = told.files()
    for day in (17, 18):
        district.mail(f"late{day}", f"2026-11-{day}", "t1", ["s3"])
    district.run("nightly", "2026-11-29")
    told.saw["late"] = district.issued(district.run("weekly", "2026-11-29")[1])
    root = told.saw["first"][FIRST]["imprint"]["root"]
    told.saw["verified"] = district.verify("--root", root)
    return told


def test_time_alone_changes_no_page_of_the_week_before(weeks: Weeks) -> None:
    second = weeks.saw["second"]
    assert not [id_ for id_ in second if "-47-" in id_]
    (item,) = second["W-2026-48-AH-1"]["open_items"]
    assert (item["state"], len(item["messages"])) == ("reopened", 5)
    before = weeks.saw["files"]
    assert {n: b for n, b in weeks.saw["files a week later"].items() if n in before} == before


def test_late_facts_make_a_revision_that_says_what_changed(weeks: Weeks) -> None:
    revised = weeks.saw["late"][LATER]
    first = weeks.saw["first"][FIRST]
    new = {i["id"] for i in revised["open_items"]} - {i["id"] for i in first["open_items"]}
    assert revised["imprint"]["changed"][0] == f"{min(new)}: added."
    (kept,) = first["open_items"]
    (same,) = [i for i in revised["open_items"] if i["id"] == kept["id"]]
    assert same == kept, "what was decided and sent after the week is no part of it"
    html = (weeks.weekly / f"{LATER}.html").read_text("utf-8")
    assert f"Changed since revision 1</b></p><ul><li>{min(new)}: added." in html


def test_an_issued_page_is_never_edited(weeks: Weeks) -> None:
    before = weeks.saw["files"]
    assert {n: b for n, b in weeks.files().items() if n in before} == before


def test_what_is_sound_is_said_to_be_and_the_newest_pages_follow_from_the_facts(
    weeks: Weeks,
) -> None:
    code, document = weeks.saw["verified"]
    assert (code, document["sound"], document["notes"]) == (0, True, [])
    assert [part["wrong"] for part in document["parts"]] == [[]] * 5
    assert {one["report"]: one["same"] for one in document["newest"]} == dict.fromkeys(
        ["N-2026-11-29-IT", "W-2026-48-AH-2", "A-2026-48-AD-1", "C-2026-48-ALL-2"], True
    )


def test_a_root_of_an_old_page_is_still_there(weeks: Weeks) -> None:
    code, document = weeks.saw["verified"]
    assert (code, document["root"]["audit_date"]) == (0, "2026-11-22")


# ---- tampering -----------------------------------------------------------------------------


@pytest.fixture
def tampered(weeks: Weeks, tmp_path: Path) -> Weeks:
    """Return a copy that may be harmed."""
    folder = tmp_path / "copy"
    shutil.copytree(weeks.district.folder, folder)
    copy = object.__new__(DecidedDistrict)
    copy.folder, copy.moment = folder, "2026-12-01T06:00-05:00"
    return Weeks(copy)


def weeks_root(weeks: Weeks) -> str:
    """Return the root on a page of the second week."""
    twin = json.loads((weeks.weekly / "W-2026-48-AH-1.json").read_text("utf-8"))
    root: str = twin["imprint"]["root"]
    return root


def wrong(weeks: Weeks) -> dict[str, list[str]]:
    code, document = weeks.district.verify()
    assert code == 1
    assert document["sound"] is False
    return {p["part"]: p["wrong"] for p in document["parts"] if p["wrong"]}


@pytest.mark.parametrize(("statement", "part", "named"), [
    ("UPDATE chain_entry SET at = replace(at, '-11-24', '-11-23') WHERE kind = 'decision'",
     "chain", "not what was written"),
    ("DELETE FROM chain_entry WHERE number = (SELECT min(number) FROM chain_entry WHERE kind='run')",
     "chain", "missing"),
    ("UPDATE decision SET reason = 'family-tie'", "decisions", "not what was recorded"),
    ("UPDATE decision SET note = 'added later'", "decisions", "not what was recorded"),
    (ANOTHER_PAGE, "pages", FIRST),
    ("UPDATE issued_report SET sha256 = 'ab'", "pages", "not what the chain says"),
])  # fmt: skip
def test_an_edit_of_the_ledger_is_named(
    tampered: Weeks, statement: str, part: str, named: str
) -> None:
    with closing(sqlite3.connect(tampered.district.folder / "data/ledger.sqlite")) as ledger, ledger:
        ledger.execute(statement)
    found = wrong(tampered)
    assert any(named in line for line in found[part]), found


def test_entries_cut_off_are_found_by_the_roots_on_pages(tampered: Weeks) -> None:
    with closing(sqlite3.connect(tampered.district.folder / "data/ledger.sqlite")) as ledger, ledger:
        ledger.execute("DELETE FROM decision")
        ledger.execute("DELETE FROM chain_entry WHERE number > 6")
    root = weeks_root(tampered)
    code, document = tampered.district.verify("--root", root)
    assert (code, document["root"]["found"]) == (1, False)
    found = {p["part"]: p["wrong"] for p in document["parts"] if p["wrong"]}
    assert "chain" not in found
    assert any("no longer in the chain" in line for line in found["pages"])


def test_files_that_were_changed_or_lost_are_named(tampered: Weeks) -> None:
    page, lost = tampered.weekly / f"{FIRST}.html", tampered.weekly / f"{LATER}.html"
    page.write_bytes(page.read_bytes().replace(b"Tina", b"Tara"))
    lost.unlink()
    fact = next((tampered.district.folder / "data").rglob("*.parquet"))
    raw = bytearray(fact.read_bytes())
    raw[len(raw) // 2] ^= 1
    fact.write_bytes(raw)
    found = wrong(tampered)
    assert any(line.startswith(f"{FIRST}: {FIRST}.html is not") for line in found["pages"])
    assert f"{LATER}: its files are missing" in found["pages"]
    assert found["facts"]
