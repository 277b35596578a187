"""A run happens once for its day and policy, is done again only on purpose, and is never lost."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from copy import deepcopy
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine

from auditor import runs
from auditor.ledger import Ledger
from tests.cron.at_hand import auditor
from tests.cron.tiny_district import TinyDistrict

NIGHT = ("run", "nightly", "--date", "2026-11-22")
CHAT = """
[sources.chat]
connector = "table"
kind = "communications"
title = "Chat"
path = "drop/chat"
tool = "chat"
"""


@pytest.fixture(scope="module")
def after_a_night(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Any]:
    """Return a district after a night with a gap, and what the night said."""
    tiny = TinyDistrict(tmp_path_factory.mktemp("night") / "district")
    tiny.mail("m1", "2026-11-17", "t1", ["s1"])
    tiny.settings(CHAT)
    tiny.write()
    code, document = auditor(tiny.folder, *NIGHT)
    assert (code, document["already_done"]) == (3, False)
    return tiny.folder, document


@pytest.fixture
def district(after_a_night: tuple[Path, Any], tmp_path: Path) -> Path:
    return Path(shutil.copytree(after_a_night[0], tmp_path / "district"))


@contextmanager
def ledger(folder: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(folder / "data/ledger.sqlite")) as opened, opened:
        yield opened


def rows(folder: Path) -> list[tuple[str, str]]:
    with ledger(folder) as opened:
        found = opened.execute("SELECT run_id, state FROM run ORDER BY run_id").fetchall()
    return [(str(run_id), str(state)) for run_id, state in found]


def all_there_is(folder: Path) -> tuple[list[str], dict[str, bytes]]:
    with ledger(folder) as opened:
        dump = list(opened.iterdump())
    kept = [p for top in ("data", "reports") for p in (folder / top).rglob("*") if p.is_file()]
    told = ("ledger", "health")  # the latter says when it was asked last
    return dump, {str(p): p.read_bytes() for p in kept if not p.name.startswith(told)}


def test_a_second_time_is_no_time(after_a_night: tuple[Path, Any], district: Path) -> None:
    first, before = after_a_night[1], all_there_is(district)
    code, document = auditor(district, *NIGHT)
    assert code == 3
    assert document == {**first, "already_done": True, "run_id": "000001-nightly-2026-11-22"}
    assert document["not_checked"]
    assert document["pages"]
    assert all_there_is(district) == before


def test_again_is_once_more_and_later(district: Path) -> None:
    code, document = auditor(district, *NIGHT, "--again")
    assert (code, document["already_done"]) == (3, False)
    assert document["run_id"] == "000002-nightly-2026-11-22"


@pytest.mark.parametrize("left", ["outcome_json = NULL", "policy_version = 'of last year'"])
def test_a_night_without_its_page_or_of_another_policy_is_done_again(
    district: Path, left: str
) -> None:
    """The first is what a night leaves that is killed after its checks, before its page is out."""
    with ledger(district) as opened:
        opened.execute(f"UPDATE run SET {left}")
    code, document = auditor(district, *NIGHT)
    assert (code, document["already_done"]) == (3, False)
    assert [state for _, state in rows(district)] == ["gaps", "gaps"]
    with ledger(district) as opened:
        query = "SELECT sum(rows) FROM batch WHERE relation = 'message'"
        (facts,) = opened.execute(query).fetchone()
    assert facts == 1, "what had come in is kept, and not taken in twice"


def test_weekly_pages_are_made_once_a_week(district: Path) -> None:
    code, first = auditor(district, "run", "weekly", "--date", "2026-11-22")
    assert (code, first["already_done"]) == (3, False)
    code, second = auditor(district, "run", "weekly", "--date", "2026-11-24")
    assert (code, second["already_done"], second["run_id"]) == (3, True, first["run_id"])
    assert second["pages"] == first["pages"]
    assert [run for run, _ in rows(district)] == [
        "000001-nightly-2026-11-22", "000002-weekly-2026-11-22",
    ]  # fmt: skip


# ---- a day that is not over ------------------------------------------------------------------


def at(day: int, hour: int) -> time_machine.travel:
    """Set the clock; New York is five hours behind."""
    return time_machine.travel(datetime(2026, 11, day, hour, tzinfo=UTC), tick=True)


def test_a_look_at_an_unfinished_day_is_not_its_night(district: Path) -> None:
    look = ("run", "nightly", "--date", "2026-11-23")
    with at(24, 3):  # the evening of the 23rd
        code, document = auditor(district, *look)
        assert (code, document["already_done"]) == (3, False)
        assert "was not over when this run began" in document["not_checked"][-1]
        page = Path(document["pages"][0]["html"]).read_text("utf-8")
        assert "a look at an unfinished day" in page
        again = auditor(district, *look)[1]
        assert not again["already_done"], "another look sees more"
    with at(24, 9):
        assert auditor(district, "coverage")[1]["last"] == "2026-11-22", "no night of the 23rd yet"
        code, document = auditor(district, "run", "catch-up")
        assert [n["audit_date"] for n in document["nights"]] == ["2026-11-23"]
        (night,) = document["nights"]
        assert not night["already_done"]
        assert not [line for line in night["not_checked"] if "not over" in line]
        assert auditor(district, *look)[1]["already_done"]


def test_pages_of_a_week_that_is_not_over_are_made_anew(district: Path) -> None:
    with at(22, 20):
        code, document = auditor(district, "run", "weekly", "--date", "2026-11-22")
        assert (code, document["already_done"]) == (3, False)
    with at(23, 9):
        code, document = auditor(district, "run", "weekly")
        assert not document["already_done"]
        assert auditor(district, "run", "weekly")[1]["already_done"]


# ---- catch-up --------------------------------------------------------------------------------


def test_before_the_first_night_only_yesterday_is_missing(tmp_path: Path) -> None:
    with Ledger.open(tmp_path / "ledger.sqlite") as opened, opened.read() as connection:
        missing = runs.missing_nights(connection, date(2026, 11, 22))
    assert missing == runs.MissingNights((date(2026, 11, 22),), None)


def test_missed_nights_are_run_oldest_first_and_once(district: Path) -> None:
    with time_machine.travel(datetime(2026, 11, 25, 9, tzinfo=UTC), tick=True):
        code, document = auditor(district, "run", "catch-up")
        assert code == 3
        assert [n["audit_date"] for n in document["nights"]] == ["2026-11-23", "2026-11-24"]
        assert document["never_run"] is None
        code, document = auditor(district, "run", "catch-up")
    assert (code, document["nights"], document["complete"]) == (0, [], True)
    assert [run for run, _ in rows(district)][1:] == [
        "000002-nightly-2026-11-23", "000003-nightly-2026-11-24",
    ]  # fmt: skip


def test_what_is_too_long_ago_is_said_and_one_bad_night_stops_none(tmp_path: Path) -> None:
    tiny = TinyDistrict(tmp_path / "district")
    tiny.users = []
    tiny.write()
    auditor(tiny.folder, *NIGHT)
    with ledger(tiny.folder) as opened:
        opened.execute("UPDATE run SET state = 'complete', exit_code = 0, outcome_json = '{}'")
    district = tiny.folder
    with time_machine.travel(datetime(2026, 12, 9, 9, tzinfo=UTC), tick=True):
        code, document = auditor(district, "run", "catch-up")
    assert code == 1
    assert "from 2026-11-23 to 2026-11-24" in document["never_run"]
    tried = [one["audit_date"] for one in document["failed"]]
    assert (len(tried), tried[0], tried[-1]) == (14, "2026-11-25", "2026-12-08")
    assert tried == sorted(tried)
    assert all(one["cure"] for one in document["failed"])
    with ledger(district) as opened:
        noted = opened.execute("SELECT job, kind FROM incident ORDER BY id").fetchall()
    assert noted == [("catch-up", "skipped"), *[("nightly", "failed")] * 14]


@pytest.fixture(scope="module")
def with_a_hole(tmp_path_factory: pytest.TempPathFactory) -> TinyDistrict:
    """Return a district with the nights of the 17th, 18th and 22nd, and none between."""
    tiny = TinyDistrict(tmp_path_factory.mktemp("hole") / "district")
    tiny.mail("m1", "2026-11-17", "t1", ["s1"])
    for name, sent, to in (("early", "19 Nov 2026 23:58", "s1"), ("rest", "20 Nov 2026 00:04", "s3")):
        tiny.raw(
            f"Message-ID: <{name}@d.example>\nDate: {sent}:00 -0500\nFrom: t2@d.example\n"
            f"To: {to}@d.example\nCc: t1@d.example\n\n\n"
        )
    (tiny.folder / "drop/tables/accounts.csv").write_text(
        "account_id,platform,handle,group,run_by,owner,second_owner,requested_on,decided_on,decision,"
        "decided_by,decided_by_role,renew_by,school\n"
        "ACC,photo-app,@alder,Soccer,staff,T1,T2,2025-11-01,2025-11-21,approved,P1,principal,2026-11-21,10\n"
    )
    tiny.write()
    with at(23, 9):
        for day in (17, 18, 22):
            assert tiny.command("run", "nightly", "--date", f"2026-11-{day}")[0] == 0
    return tiny


@pytest.fixture
def hole(with_a_hole: TinyDistrict, tmp_path: Path) -> TinyDistrict:
    copy = deepcopy(with_a_hole)
    copy.folder = Path(shutil.copytree(with_a_hole.folder, tmp_path / "district"))
    return copy


def test_nights_left_out_in_the_middle_are_run_and_change_nothing_newer(hole: TinyDistrict) -> None:
    """One message completes another a day later, and an account has been overdue since the 22nd."""
    with at(23, 9):
        before = hole.items()
        assert {"direct-no-adult", "account-not-affiliated"} <= {i["rule"] for i in before}
        assert "coach-partial-team" not in {i["rule"] for i in before}
        code, document = hole.command("run", "catch-up")
        assert code == 0, document
        assert [n["audit_date"] for n in document["nights"]] == [f"2026-11-{n}" for n in (19, 20, 21)]
        assert hole.items() == before
        assert hole.command("coverage")[1]["last"] == "2026-11-22"
        code, verified = hole.command("verify")
        assert code == 0, verified
        assert hole.command("run", "catch-up")[1]["nights"] == []
    assert json.loads((hole.folder / "data/health.json").read_text())["last_night"]["audit_date"] == "2026-11-22"


def test_what_came_in_late_is_listed_by_an_older_night_and_nothing_is_withdrawn(
    hole: TinyDistrict,
) -> None:
    with at(23, 9):
        before = {item["id"]: item for item in hole.items()}
        hole.mail("late", "2026-11-19", "t1", ["s3"])
        hole.mail("later", "2026-11-22", "t1", ["s2"])
        hole.write()
        assert hole.command("run", "catch-up")[0] == 0
        after = {item["id"]: item for item in hole.items()}
        assert {id_: after[id_] for id_ in before} == before
        new = [after[id_] for id_ in after.keys() - before.keys()]
        assert {i["student"]: i["listed_on"] for i in new} == {"S3": "2026-11-22", "S2": "2026-11-22"}
        assert hole.command("verify")[0] == 0


def test_nights_before_staff_were_told_are_not_made_up_for(hole: TinyDistrict) -> None:
    settings = hole.folder / "district.toml"
    settings.write_text(settings.read_text().replace("= 2026-01-01\nhow", "= 2026-11-20\nhow"))
    with at(23, 9):
        document = hole.command("run", "catch-up")[1]
    assert [n["audit_date"] for n in document["nights"]] == ["2026-11-20", "2026-11-21"]


def test_a_week_is_made_anew_once_what_it_lacked_is_there(tmp_path: Path) -> None:
    tiny = TinyDistrict(tmp_path / "district")
    tiny.mail("m1", "2026-11-17", "t1", ["s1"])
    tiny.write()
    with at(23, 9):
        tiny.command("run", "nightly", "--date", "2026-11-21")
        code, before = tiny.command("run", "weekly")
        assert (code, bool(before["not_checked"])) == (3, True), "the night of Sunday is missing"
        assert tiny.command("run", "weekly")[1]["already_done"], "nothing has changed"
    with at(24, 9):
        code, document = tiny.command("run", "catch-up")
        assert code == 0, document
        assert [n["audit_date"] for n in document["nights"]] == ["2026-11-22", "2026-11-23"]
        week = document["week"]
        assert (week["audit_date"], week["complete"], week["not_checked"]) == ("2026-11-22", True, [])
        page = tiny.page(week)
        assert page["imprint"]["report_id"] == "W-2026-47-AH-2"
        assert any("District e-mail: was checked in part, is now checked" in line for line in page["imprint"]["changed"])
        assert tiny.command("run", "catch-up")[1]["week"] is None
        code, again = tiny.command("run", "weekly")
        assert (code, again["already_done"], again["pages"]) == (0, True, week["pages"])


def test_catch_up_takes_no_date(district: Path) -> None:
    code, document = auditor(district, "run", "catch-up", "--date", "2026-11-20")
    assert (code, document["error"]["where"]) == (2, "--date")
