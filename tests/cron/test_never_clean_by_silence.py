"""Nights that broke off, sources that went, lists that lag: none of it may read as a quiet week."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.cron.tiny_district import TinyDistrict


@pytest.fixture
def tiny(tmp_path: Path) -> TinyDistrict:
    return TinyDistrict(tmp_path / "district")


def verdicts(document: Any) -> list[str]:
    return [page["verdict"] for page in document["pages"]]


def test_the_tiny_district_is_clean_when_it_is(tiny: TinyDistrict) -> None:
    tiny.mail("m1", "2026-11-17", "t1", ["s1"], cc=["t2"])
    code, document = tiny.run("nightly", "2026-11-22")
    assert code == 0, document
    assert verdicts(document) == ["Nothing needs a look tonight."]


def break_off(tiny: TinyDistrict) -> None:
    """Leave the ledger as a night does that is killed after it has taken everything in."""
    with closing(sqlite3.connect(tiny.folder / "data/ledger.sqlite")) as ledger, ledger:
        ledger.execute("DELETE FROM item_hit")
        ledger.execute("DELETE FROM item")
        ledger.execute("UPDATE run SET state = 'running', summary_json = NULL")


def test_a_night_that_broke_off_has_checked_nothing(tiny: TinyDistrict) -> None:
    tiny.mail("m1", "2026-11-17", "t1", ["s1"])
    tiny.run("nightly", "2026-11-22")
    break_off(tiny)
    code, document = tiny.run("weekly", "2026-11-22")
    assert code == 1
    assert "no nightly run has finished" in document["error"]["what"]


def test_what_a_broken_off_night_took_in_is_judged_by_the_next(tiny: TinyDistrict) -> None:
    tiny.mail("m1", "2026-09-01", "t1", ["s1"])
    tiny.mail("m2", "2026-11-17", "t1", ["s2"], cc=["t2"])
    tiny.run("nightly", "2026-11-22")
    break_off(tiny)
    assert tiny.run("nightly", "2026-11-22")[0] in (0, 3)
    assert [i["native_ids"] for i in tiny.items()] == [["m1@d.example"]]


def test_a_source_that_was_taken_out_leaves_its_gap_behind(tiny: TinyDistrict) -> None:
    tiny.mail("m1", "2026-11-17", "t1", ["s1"], cc=["t2"])
    tiny.settings(
        '[sources.chat]\nconnector = "table"\nkind = "communications"\n'
        'title = "Chat"\npath = "drop/chat"\ntool = "chat"\n'
    )
    assert tiny.run("nightly", "2026-11-22")[0] == 3
    tiny.settings("")
    tiny.run("nightly", "2026-11-22")
    code, document = tiny.run("weekly", "2026-11-22")
    assert code == 3
    assert any("Chat (taken out since)" in line for line in document["not_checked"])


def test_a_check_that_could_not_be_made_is_made_as_soon_as_it_can(tiny: TinyDistrict) -> None:
    teams = tiny.folder / "drop/tables"
    held = {name: (teams / name).read_bytes() for name in ("teams.csv", "team_members.csv")}
    other = TinyDistrict(tiny.folder.parent / "other")
    for name in held:
        (other.folder / "drop/tables" / name).unlink()
    other.mail("m1", "2026-09-02", "t2", ["s1"], cc=["t1"])
    other.mail("m2", "2026-11-23", "t2", ["t1"])
    code, document = other.run("nightly", "2026-11-22")
    assert code == 3
    assert any("Coach or adviser" in line for line in document["not_checked"])
    for name, content in held.items():
        (other.folder / "drop/tables" / name).write_bytes(content)
    code, document = other.run("nightly", "2026-11-22")
    assert code == 0, document
    assert [i["rule"] for i in other.items()] == ["coach-partial-team"]


def test_messages_that_cannot_be_read_are_a_gap_and_stay_on_the_page(tiny: TinyDistrict) -> None:
    tiny.mail("m1", "2026-11-17", "t1", ["s1"], cc=["t2"])
    tiny.raw("Date: Tue, 17 Nov 2026 10:00:00 -0500\nTo: s1@d.example\nFrom: nobody at all\n\n\n")
    for _ in range(2):
        code, document = tiny.run("nightly", "2026-11-22")
        assert code == 3
        assert "1 message of District e-mail could not be read" in document["not_checked"][0]
        page = tiny.page(document)
        assert page["quarantine_total"] == 1
    code, document = tiny.run("weekly", "2026-11-22")
    assert code == 3


def test_a_day_to_come_cannot_be_audited(tiny: TinyDistrict) -> None:
    for day in ("2999-01-01", "0001-01-02"):
        code, document = tiny.run("nightly", day)
        assert code == 2
        assert document["error"]["where"] == "--date"
    assert not (tiny.folder / "data").exists()


def test_another_pepper_is_refused(tiny: TinyDistrict) -> None:
    tiny.mail("m1", "2026-11-17", "t1", ["s1"])
    tiny.run("nightly", "2026-11-22")
    (tiny.folder / "secrets/pepper").write_text("ab" * 32)
    code, document = tiny.run("nightly", "2026-11-22")
    assert code == 2
    assert "not the pepper" in document["error"]["what"]


def test_a_roster_of_last_spring_is_a_gap(tiny: TinyDistrict) -> None:
    tiny.mail("m1", "2026-11-17", "t1", ["s1"], cc=["t2"])
    assert tiny.run("nightly", "2026-11-22")[0] == 0
    for path in (tiny.folder / "drop/oneroster").iterdir():
        os.utime(path, (1_772_000_000, 1_772_000_000))
    code, document = tiny.run("nightly", "2026-11-22")
    assert code == 3
    assert any("the newest file is of Feb 25, 2026" in line for line in document["not_checked"])


def test_a_district_address_nobody_has_is_on_the_list_of_things_to_mend(
    tiny: TinyDistrict,
) -> None:
    tiny.mail("m1", "2026-11-17", "t1", ["newkid"])
    _, document = tiny.run("nightly", "2026-11-22")
    (stranger,) = tiny.page(document)["unmatched"]
    assert (stranger["kind"], stranger["reference"]) == ("district address", "n…@d.example")


def test_two_claimants_of_an_address_in_use_are_a_gap(tiny: TinyDistrict) -> None:
    tiny.users.append(("T9", "teacher", "Second", "Claimant", "t1@d.example", "", ""))
    tiny.mail("m1", "2026-11-17", "t1", ["s1"])
    code, document = tiny.run("nightly", "2026-11-22")
    assert code == 3
    assert any("claimed by two people" in line for line in document["not_checked"])


def test_a_principal_the_rosters_do_not_know_is_a_gap(tiny: TinyDistrict) -> None:
    tiny.mail("m1", "2026-11-17", "t1", ["s1"], cc=["t2"])
    tiny.settings("", principal="P-1")
    code, document = tiny.run("nightly", "2026-11-22")
    assert code == 3
    assert any("principal of Alder High" in line for line in document["not_checked"])


def test_a_withdrawn_item_comes_back_under_its_own_id(tiny: TinyDistrict) -> None:
    tiny.dated("S1", "2026-01-01")
    tiny.mail("m1", "2026-11-17", "t1", ["s1"])
    tiny.run("nightly", "2026-11-22")
    (before,) = tiny.items()
    tiny.dated("S1", "2026-11-20")
    tiny.run("nightly", "2026-11-22")
    assert tiny.items() == []
    tiny.dated("S1", "2026-01-01")
    tiny.run("nightly", "2026-11-22")
    (after,) = tiny.items()
    assert after["id"] == before["id"]


def test_an_approval_that_is_withdrawn_opens_the_item_and_it_grew(tiny: TinyDistrict) -> None:
    tiny.mail("m1", "2026-08-03", "t1", ["s1"])
    tiny.mail("m2", "2026-11-17", "t1", ["s2"], cc=["t2"])
    approval = (
        "A1,safety,T1,S1,,,P1,principal,2026-07-01T09:00:00-04:00,2026-07-01,2027-06-30,,,file\n"
    )
    tiny.approvals(approval)
    assert tiny.run("nightly", "2026-11-22")[0] == 0
    assert [i["state"] for i in tiny.items()] == ["covered"]
    tiny.approvals("")
    tiny.run("nightly", "2026-11-23")
    assert [(i["state"], i["covered_by"]) for i in tiny.items()] == [("grew", [])]


def test_a_table_that_is_gone_ends_nothing_and_is_a_gap(tiny: TinyDistrict) -> None:
    tiny.mail("m1", "2026-11-17", "t1", ["s1"])
    tiny.approvals(
        "A1,safety,T1,S1,,,P1,principal,2026-07-01T09:00:00-04:00,2026-07-01,2027-06-30,,,file\n"
    )
    assert tiny.run("nightly", "2026-11-22")[0] == 0
    (tiny.folder / "drop/tables/authorizations.csv").unlink()
    code, document = tiny.run("nightly", "2026-11-23")
    assert code == 3
    assert any("it no longer brings authorizations" in line for line in document["not_checked"])
    assert [i["state"] for i in tiny.items()] == ["covered"]


def test_items_about_a_principal_go_to_the_designee(tiny: TinyDistrict) -> None:
    tiny.mail("m1", "2026-11-17", "p1", ["s1"])
    tiny.settings('[superintendent_designee]\nname = "Dana Example"\n')
    tiny.run("nightly", "2026-11-22")
    _, document = tiny.run("weekly", "2026-11-22")
    verdicts_of = {page["reader"]: page["verdict"] for page in document["pages"]}
    assert verdicts_of["Principal, Alder High"] == "Nothing needs a look this week."
    assert verdicts_of["Dana Example, for items about readers or of no school"] == "1 item needs a look."
    principal = Path(document["pages"][0]["html"]).read_text("utf-8")
    assert "AH-0001" not in principal
    assert "Sam One" not in principal


def test_a_log_that_was_changed_stops_the_night(tiny: TinyDistrict) -> None:
    tiny.run("nightly", "2026-11-22")
    with closing(sqlite3.connect(tiny.folder / "data/ledger.sqlite")) as ledger, ledger:
        assert ledger.execute("UPDATE chain_entry SET body_json = '{}' WHERE number = 1").rowcount
    code, document = tiny.run("nightly", "2026-11-23")
    assert code == 1
    assert "entry 1 of the log" in document["error"]["what"]


def test_a_form_of_an_earlier_day_closes_only_what_was_known_then(tiny: TinyDistrict) -> None:
    tiny.mail("early", "2026-11-19", "t1", ["s2"])
    tiny.run("nightly", "2026-11-19")
    tiny.mail("late", "2026-11-19", "t1", ["s2"])
    tiny.run("nightly", "2026-11-22")
    code, _ = tiny.command("decide", "AH-0001", "--reason", "reminded", "--by", "P1", "--on", "2026-11-20")
    assert code == 0
    (item,) = tiny.items()
    assert item["state"] != "decided", "the late one was on no page of that day"
    assert tiny.command("decide", "AH-0001", "--reason", "reminded", "--by", "P1")[0] == 0
    assert tiny.items()[0]["state"] == "decided"
