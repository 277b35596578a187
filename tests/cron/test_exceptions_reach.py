"""How far an exception reaches, and who reads an item: one small district with everything at once."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cron.tiny_district import TinyDistrict

NIGHT = "2026-11-23"
_APP = """\
[sources.app]
connector = "table"
kind = "communications"
title = "Messaging app"
path = "drop/app"
tool = "remindme"
covers_from = 2026-01-01
quiet_days = 30
[superintendent]
name = "Sue Super"
person = "SU"
[superintendent_designee]
name = "Dana Designee"
[athletic_director]
person = "T2"
"""
_SENT = (
    "source,external_id,sent_at,channel,sender_id,sender_email,recipient_ids,recipient_emails,"
    "audience,cc_ids,team_id,approved_by,message_ref\n"
)
_TOOLS = (
    "tool_id,name,kind,domains,status,authorized_by,authorized_by_role,authorized_at,ends_on,scope,"
    "noticed_on,noticed_to\n"
)
_APPROVED = "P1,principal,2026-09-01T09:00:00-04:00,2026-09-01,2027-06-01"
_BY_HEAD = "SU,superintendent,2026-09-01T09:00:00-04:00,2026-09-01,2027-06-01"


@dataclass(frozen=True)
class Ran:
    tiny: TinyDistrict
    items: list[Any]
    pages: dict[str, Any]
    """How the name of a page ends -> its JSON twin."""

    def one(self, rule: str, *native: str) -> Any:
        (item,) = [i for i in self.items if i["rule"] == rule and set(native) <= set(i["native_ids"])]
        return item


def _table(tiny: TinyDistrict, name: str, text: str) -> None:
    (tiny.folder / "drop/tables" / name).write_text(text)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    tiny = TinyDistrict(tmp_path_factory.mktemp("reach") / "district")
    tiny.settings(_APP)
    tiny.orgs += "99,active,District,district,99,\n"
    tiny.users += [
        ("SU", "administrator", "Sue", "Super", "su@d.example", "", ""),
        ("C1", "teacher", "Cora", "Central", "c1@d.example", "", ""),
        ("T3", "teacher", "Tess", "Three", "t3@d.example", "", ""),
        ("T4", "teacher", "Theo", "Four", "t4@d.example", "", ""),
    ]
    tiny.school_of |= {"C1": "99", "SU": "99"}
    tiny.users[0] = ("S1", "student", "Sam", "One", "s1@d.example", "9", "G1")
    tiny.enrollments += "E1,active,K1,10,T4,teacher\nE2,active,K1,10,S1,student\n"
    _send(tiny)
    tiny.approvals(
        f"GUARDIAN,guardian,T1,S1,,,{_APPROVED},guardian_included,,x\n"
        f"TEAM,tool,T2,,SOC,remindme,{_BY_HEAD},,,x\n"
        f"NAMED,tool,T3,,,Remind Me,{_BY_HEAD},,,x\n"
        f"COACH,coach_contact,T2,S1,,,{_APPROVED},,,x\n"
        f"FAMILY,family,T4,S1,,,{_APPROVED},,,x\n"
        "DAY-ONLY,safety,T3,S2,,,P1,principal,2026-11-18,2026-09-01,2027-06-01,,,x\n"
    )
    _file_records(tiny)
    tiny.mail("from-principal", "2026-11-16", "p1", ["s2"])
    tiny.mail("same-day", "2026-11-18", "t3", ["s2"])
    tiny.mail("soccer", "2026-11-17", "t2", ["s1"])
    for path in (tiny.folder / "drop").rglob("*.csv"):
        os.utime(path, (1795500000, 1795500000))
    tiny.run("nightly", NIGHT)
    _, week = tiny.run("weekly", NIGHT)
    pages = {
        Path(page["json"]).stem.split("-", 3)[3]: json.loads(Path(page["json"]).read_text("utf-8"))
        for page in week["pages"]
    }
    return Ran(tiny, tiny.items(), pages)


def _send(tiny: TinyDistrict) -> None:
    folder = tiny.folder / "drop/app"
    folder.mkdir()
    (folder / "app.csv").write_text(
        _SENT
        + "app,with-guardian,2026-11-16T11:00:00-05:00,app,T1,,S1,gil@home.example,group,,,,\n"
        + "app,without,2026-11-17T11:00:00-05:00,app,T1,,S1;S2,gil@home.example,group,,,,\n"
        + "app,of-the-team,2026-11-16T11:00:00-05:00,app,T2,,S1;S3,,group,,,,\n"
        + "app,beyond-the-team,2026-11-17T11:00:00-05:00,app,T2,,S1;S2,,group,,,,\n"
        + "app,by-name,2026-11-16T11:00:00-05:00,app,T3,,S2;S3,,group,,,,\n"
    )


def _file_records(tiny: TinyDistrict) -> None:
    _table(tiny, "tools.csv", _TOOLS + "remindme,Remind Me,app,,unapproved,,,,,,2026-09-01,P1\n")
    _table(tiny, "offices.csv", "person_id,office,school,start,end\nT1,principal,10,2025-07-01,\n")
    _table(
        tiny,
        "mailbox_settings.csv",
        "person_id,setting,value,start,end\nC1,forwarding,cora@home.example,2026-09-01,\n",
    )
    _table(
        tiny,
        "app_grants.csv",
        "person_id,app_id,app_name,uses,granted_on,revoked_on\n"
        "T3,9.apps,remind me,mail,2026-09-14,\nT4,9.apps,remind me,mail,2026-09-14,\n"
        "T1,8.apps,Quiz,sign_in,2026-09-14,\n",
    )
    _table(
        tiny,
        "accounts.csv",
        "account_id,platform,handle,group,run_by,owner,second_owner,requested_on,decided_on,decision,"
        "decided_by,decided_by_role,renew_by,school\n"
        "ACC-1,photo-app,@super,Super,staff,SU,,2026-08-10,,pending,,,,10\n",
    )
    _table(
        tiny,
        "acknowledgements.csv",
        "person_id,document,school_year,acknowledged_on,method\n"
        "T1,Cafeteria menu,2026-27,2026-08-26,form\nT3,Staff handbook,2026-27,2026-08-26,form\n"
        "T2,Staff handbook,2026-27,2020-08-26,form\n",
    )


def _ids(page: Any) -> set[str]:
    return {i["id"] for i in (*page["open_items"], *page["covered_items"])}


def test_a_guardians_permission_covers_a_message_with_a_guardian_of_every_student(ran: Ran) -> None:
    item = ran.one("unapproved-tool", "with-guardian", "without")
    covered = dict(_covered(ran, item["id"]))
    assert covered == {"with-guardian": "GUARDIAN", "without": None}


def test_a_teams_approval_covers_that_teams_members_only(ran: Ran) -> None:
    item = ran.one("unapproved-tool", "of-the-team", "beyond-the-team")
    covered = dict(_covered(ran, item["id"]))
    assert covered == {"of-the-team": "TEAM", "beyond-the-team": None}


def test_an_approval_may_call_a_tool_by_its_name(ran: Ran) -> None:
    assert ran.one("unapproved-tool", "by-name")["state"] == "covered"
    assert not [i for i in ran.items if i["rule"] == "approval-does-not-hold" and i["adult"] == "T3"]


def test_a_family_tie_covers_what_stands_between_the_two(ran: Ran) -> None:
    item = ran.one("one-student-group")
    assert (item["adult"], item["student"], item["state"]) == ("T4", "S1", "covered")


def test_an_approval_of_the_same_day_without_an_hour_leaves_doubt(ran: Ran) -> None:
    item = ran.one("direct-no-adult", "same-day@d.example")
    assert item["uncertain"]
    assert item["state"] != "covered"


def test_an_approval_of_a_tool_for_one_adult_covers_the_app_in_that_ones_account(ran: Ran) -> None:
    found = {i["adult"]: i for i in ran.items if i["rule"] == "app-not-approved"}
    assert {who: (i["thing"], i["state"]) for who, i in found.items()} == {
        "T3": ("remindme", "covered"),
        "T4": ("remindme", "new"),
    }
    assert found["T3"]["covered_by"] == ["NAMED"]
    _, told = ran.tiny.command("explain", found["T4"]["id"], "--json")
    assert "9.apps" in json.dumps(told)


def _covered(ran: Ran, item_id: str) -> list[tuple[str, str | None]]:
    return [
        (m["native_id"], m["covered_by"])
        for page in ran.pages.values()
        for i in (*page.get("open_items", ()), *page.get("covered_items", ()))
        if i["id"] == item_id
        for m in i["messages"]
    ]


def test_an_item_of_no_school_goes_to_the_next_office(ran: Ran) -> None:
    item = ran.one("mail-forwarded-outside")
    assert (item["adult"], item["schools"], item["routed_to"]) == ("C1", [], "Dana Designee")
    assert item["id"] in _ids(ran.pages["SD-1"])


def test_whoever_answers_for_a_thing_does_not_read_about_it(ran: Ran) -> None:
    item = ran.one("account-not-affiliated")
    assert item["routed_to"] == "the School Committee"
    assert item["id"] not in json.dumps(ran.pages.get("SUP-1", {}))
    assert item["id"] in _ids(ran.pages["SCH-COM-1"])


def test_a_predecessor_on_record_does_not_put_the_principal_on_their_own_page(ran: Ran) -> None:
    item = ran.one("direct-no-adult", "from-principal@d.example")
    assert item["routed_to"] == "Dana Designee"
    assert item["id"] not in json.dumps(ran.pages["AH-1"])
    assert ran.one("unapproved-tool", "by-name")["covered_by"] == ["NAMED"], "granters still count"


def test_two_principals_for_today_are_something_to_settle(ran: Ran) -> None:
    night = json.loads((ran.tiny.folder / f"reports/nightly/N-{NIGHT}-IT-1.json").read_text("utf-8"))
    assert "Settle who is Principal of Alder High" in {card["what"] for card in night["do_now"]}


def test_the_athletic_directors_own_approvals_are_not_on_their_page(ran: Ran) -> None:
    listed = {a["authorization_id"] for a in ran.pages["AD-1"]["approvals"]}
    assert not listed & {"COACH", "TEAM"}


def test_another_document_or_another_years_date_is_no_handbook_review(ran: Ran) -> None:
    overdue = set(ran.one("handbook-not-acknowledged")["native_ids"])
    assert {"T1", "T2"} <= overdue
    assert "T3" not in overdue


@pytest.mark.parametrize("by", ["S2,superintendent,2026-08-20T10:00:00-04:00", ",,"])
def test_a_tool_approved_by_a_student_or_by_nobody_is_not_simply_approved(
    tmp_path: Path, by: str
) -> None:
    tiny = TinyDistrict(tmp_path / "district")
    tiny.settings(_APP)
    (tiny.folder / "drop/app").mkdir()
    (tiny.folder / "drop/app/app.csv").write_text(
        _SENT + "app,a1,2026-11-16T11:00:00-05:00,app,T1,,S1;S2,,group,,,,\n"
    )
    _table(tiny, "tools.csv", _TOOLS + f"remindme,Remind Me,app,,approved,{by},,,2026-09-01,P1\n")
    _, document = tiny.run("nightly", NIGHT)
    listed = [i["rule"] for i in tiny.items()]
    if by.startswith("S2"):
        assert listed.count("unapproved-tool") == 1
    else:
        assert any("approved, and not by whom" in line for line in document["not_checked"])
