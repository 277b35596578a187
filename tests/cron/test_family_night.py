"""A night with a family messaging export nobody has verified, and a system looked at by hand."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from tests.cron.tiny_district import WRITTEN, TinyDistrict

SOURCE = """
[sources.parents]
connector = "table"
title = "Parent messages"
kind = "communications"
path = "drop/parents"
columns = "columns/parents.toml"
tool = "parents"
quiet_days = 30
covers_from = 2026-01-01
"""
MAP = """
{verified}
most_rows = {most}
date_format = "%m/%d/%Y %I:%M %p"
[columns]
external_id = "ID"
sent_at = "Sent"
sender_email = "From"
recipient_emails = "To"
[constants]
channel = "app"
"""
BY_HAND = """
[sources.remind]
connector = "by-hand"
title = "Remind"
system = "remind"
"""
LOOKED = (
    "attestation_id,system,person,first,last,looked_by,looked_by_role,looked_on,found,ends_on\n"
    "A1,remind,,2026-11-01,2026-11-21,P1,principal,2026-11-22,0,2026-12-31\n"
)


class Family(TinyDistrict):
    def export(self, *, verified: str = "", most: int = 4000, more: str = "") -> None:
        (self.folder / "columns").mkdir(exist_ok=True)
        text = MAP.format(verified=verified, most=most)
        (self.folder / "columns/parents.toml").write_text(text)
        drop = self.folder / "drop/parents"
        drop.mkdir(exist_ok=True)
        file = drop / "week.csv"
        file.write_text(
            "ID,Sent,From,To\n1,11/17/2026 04:05 PM,t1@d.example,s1@d.example\n"
            "2,11/18/2026 04:05 PM,t1@d.example,gil@home.example\n"
        )
        os.utime(file, (WRITTEN, WRITTEN))
        self.settings(SOURCE + more)

    def night(self) -> dict[str, Any]:
        _, document = self.run("nightly", "2026-11-22")
        page: dict[str, Any] = self.page(document)
        return page

    def coverage(self) -> dict[str, Any]:
        return {s["source"]: s for s in self.command("coverage")[1]["sources"]}


@pytest.fixture
def district(tmp_path: Path) -> Family:
    made = Family(tmp_path)
    made.mail("a", "2026-11-17", "t1", ["s1"], ["p1"])
    return made


def test_an_unverified_map_stops_the_settings_until_they_accept_it(district: Family) -> None:
    district.export()
    code, document = district.command("check")
    assert code == 2
    assert "nobody has verified this map" in str(document)


def test_the_first_line_says_that_a_layout_is_not_verified(district: Family) -> None:
    district.export(more="use_unverified = true\n")
    page = district.night()
    assert "Parent messages: its layout is not verified." in page["verdict"]["line"]
    assert "Make sure that Parent messages is read rightly" in {d["what"] for d in page["do_now"]}
    found = district.coverage()["parents"]
    assert (found["state"], found["doubt"]) == ("checked in part", "its layout is not verified")
    assert found["missing"] == []


def test_it_says_so_beside_what_else_is_missing(district: Family) -> None:
    district.export(more="use_unverified = true\n" + BY_HAND)
    line = district.night()["verdict"]["line"]
    assert "Parent messages: its layout is not verified." in line
    assert "of Remind were not checked" in line


def test_a_verified_map_is_no_gap(district: Family) -> None:
    district.export(verified='verified_by = "Dana Example"\nverified_on = 2026-11-01')
    page = district.night()
    assert "layout" not in page["verdict"]["line"]
    assert district.coverage()["parents"]["state"] == "checked"
    assert [i["adult"] for i in district.items() if "parents" in i["tools"]] == ["T1"]


def test_a_file_of_just_so_many_rows_is_a_gap_by_name(district: Family) -> None:
    district.export(verified='verified_by = "Dana Example"\nverified_on = 2026-11-01', most=2)
    district.night()
    found = district.coverage()["parents"]
    assert found["state"] == "checked in part"
    assert "week.csv has 2 rows and may be cut short" in found["reason"]


def test_a_system_looked_at_by_hand_is_never_read(district: Family) -> None:
    district.settings(BY_HAND)
    district.night()
    found = district.coverage()["remind"]
    assert (found["state"], found["records"]) == ("not checked", None)
    assert "nobody has looked at it by hand" in found["reason"]

    (district.folder / "attestations.csv").write_text(LOOKED)
    code, _ = district.command(
        "records", "import", str(district.folder / "attestations.csv"), "--by", "Dana Example"
    )
    assert code == 0
    page = district.night()
    found = district.coverage()["remind"]
    assert (found["state"], found["records"]) == ("not checked", None)
    assert "looked at by hand by principal on 2026-11-22" in found["reason"]
    assert "Remind" in page["verdict"]["line"]


def test_what_a_source_in_use_cannot_see_is_told_with_its_coverage(district: Family) -> None:
    verified = 'verified_by = "Dana Example"\nverified_on = 2026-11-01'
    district.export(verified=verified, more=BY_HAND)
    district.night()
    told = {one["source"]: one["cannot_see"] for one in district.command("coverage")[1]["cannot_see"]}
    assert told.keys() == {"roster", "tables", "mail", "parents", "remind"}
    assert "Coaches and teams" in told["roster"][0]
    assert any(line.startswith("Remind: All of it") for line in told["remind"])


def test_connectors_and_systems_are_listed_with_what_they_cannot_show(district: Family) -> None:
    district.settings(BY_HAND)
    _, listed = district.command("connectors")
    table = next(one for one in listed["connectors"] if one["name"] == "table")
    assert "messages" in table["provides"]
    assert table["cannot_see"]
    systems = {one["system"]: one for one in listed["systems"]}
    assert systems["edline"]["status"] == "retired"
    assert systems["remind"]["route"] == "by hand"
    assert (systems["focus"]["route"], systems["focus"]["layout_verified"]) == ("a file", False)
    assert systems["gmail"]["route"] == "a source of its own"
    remind = next(one for one in listed["sources"] if one["source"] == "remind")
    assert any("Remind" in line for line in remind["cannot_see"])
