"""``auditor clauses`` and the weekly page of it, over a real district's folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cron.records_office import auditor
from tests.cron.tiny_district import TinyDistrict

CHAT = (
    '[sources.chat]\nconnector = "table"\nkind = "communications"\n'
    'title = "Chat"\npath = "drop/chat"\ntool = "chat"\n'
)
CLEAR = "checked: nothing to look at"


@pytest.fixture
def tiny(tmp_path: Path) -> TinyDistrict:
    made = TinyDistrict(tmp_path / "district")
    made.mail("m1", "2026-11-17", "t1", ["s1"], cc=["t2"])
    return made


def asked(tiny: TinyDistrict, *more: str) -> tuple[int, Any]:
    result = auditor("clauses", "--json", "--config", tiny.folder / "district.toml", *more)
    return result.exit_code, json.loads(result.stdout)


def line(document: Any, clause: str) -> Any:
    (found,) = (one for one in document["lines"] if one["id"] == clause)
    return found


def test_a_week_read_in_full_is_told_clause_by_clause(tiny: TinyDistrict) -> None:
    assert tiny.run("nightly", "2026-11-22")[0] == 0
    code, document = asked(tiny)
    assert (code, document["complete"]) == (0, True)
    assert (document["first"], document["last"]) == ("2026-11-16", "2026-11-22")
    assert document["policy_name"] == "INJDB Employee Social Media"
    direct = line(document, "INJDB-9")
    assert (direct["standing"], direct["items_open"]) == (CLEAR, 0)
    # Two teachers and the principal, on seven days.
    assert (direct["planned_person_days"], direct["checked_person_days"]) == (21, 21)
    assert direct["channels"] == ["District e-mail"]
    assert line(document, "INJDB-31")["standing"] == (
        "not set up: no records are kept of acknowledgements"
    )
    assert line(document, "INJDB-4")["standing"] == "not observable"
    assert line(document, "INJDB-37")["standing"] == "must not be monitored"


def test_a_source_that_brought_nothing_leaves_every_quiet_school_open(tiny: TinyDistrict) -> None:
    tiny.settings(CHAT)
    tiny.run("nightly", "2026-11-22")
    code, document = asked(tiny)
    assert (code, document["complete"]) == (3, False)
    direct = line(document, "INJDB-9")
    assert (direct["standing"], direct["checked_person_days"]) == ("not established", 0)
    assert [(s["name"], s["standing"]) for s in direct["schools"]] == [
        ("Alder High", "not established")
    ]
    assert "7 days of Chat not read in full" in direct["lacks"]


def test_days_no_night_has_read_are_not_established(tiny: TinyDistrict) -> None:
    tiny.run("nightly", "2026-11-20")
    code, document = asked(tiny, "--to", "2026-11-22")
    assert code == 3
    direct = line(document, "INJDB-9")
    assert (direct["planned_person_days"], direct["checked_person_days"]) == (21, 15)


def test_items_and_staff_who_came_in_the_middle_of_the_week(tiny: TinyDistrict) -> None:
    tiny.mail("m2", "2026-11-18", "t1", ["s2"])
    tiny.dated("T2", "2026-11-19")
    tiny.run("nightly", "2026-11-22")
    code, document = asked(tiny, "--from", "2026-11-16", "--to", "2026-11-22")
    assert code == 0
    direct = line(document, "INJDB-9")
    assert direct["standing"] == "checked: 1 item"
    assert direct["planned_person_days"] == 18
    (school,) = direct["schools"]
    assert (school["staff"], school["items_open"]) == (3, 1)


def test_people_read_the_same_and_what_no_system_can_show(tiny: TinyDistrict) -> None:
    tiny.settings(CHAT)
    tiny.run("nightly", "2026-11-22")
    result = auditor("clauses", "--config", tiny.folder / "district.toml")
    assert result.exit_code == 3
    assert "not established" in result.stdout
    assert "7 days of Chat not read in full" in result.stdout
    assert "No system can show: INJDB-3, INJDB-4" in result.stdout
    assert "Must not be monitored: INJDB-37" in result.stdout


def test_nothing_can_be_said_before_the_first_night_or_of_days_the_wrong_way_round(
    tiny: TinyDistrict,
) -> None:
    tiny.settings("")
    code, document = asked(tiny)
    assert code == 1
    assert "run nightly" in document["error"]["cure"]
    tiny.run("nightly", "2026-11-22")
    code, document = asked(tiny, "--from", "2026-11-22", "--to", "2026-11-16")
    assert (code, document["error"]["where"]) == (2, "--from")


def test_the_weekly_run_publishes_it_and_the_same_week_again_is_the_same_page(
    tiny: TinyDistrict,
) -> None:
    tiny.run("nightly", "2026-11-22")
    _, first = tiny.run("weekly", "2026-11-22")
    page = first["pages"][-1]
    assert page["reader"] == "Clause coverage"
    assert Path(page["html"]).name == "C-2026-47-ALL-1.html"
    before = Path(page["html"]).read_bytes()
    _, again = tiny.run("weekly", "2026-11-22")
    assert again["pages"][-1] == page
    assert Path(page["html"]).read_bytes() == before
    twin = json.loads(Path(page["json"]).read_text("utf-8"))
    assert {x["id"]: x["standing"] for x in twin["lines"]} == {
        x["id"]: x["standing"] for x in asked(tiny)[1]["lines"]
    }
    assert "Tina" not in Path(page["html"]).read_text("utf-8")
