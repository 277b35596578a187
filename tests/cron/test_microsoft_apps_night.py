"""Whole nights over the apps in a tenant: what was told once is kept, and the item stays the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.pretend.microsoft import App, Grant, PretendMicrosoft, User, World, guid
from tests.cron.tiny_district import TinyDistrict

AT = datetime(2026, 11, 20, 16, tzinfo=UTC)
LONG_AGO = datetime(2025, 9, 1, tzinfo=UTC)
CHATTER = App(guid("app"), guid("app id"), "Discord")
SOURCE = """
[sources.apps]
connector = "microsoft-apps"
title = "Apps"
tenant = "{tenant}"
client = "{client}"
certificate = "certificate.pem"
endpoint = "{base}"
users = [{{ employee_type = "Staff" }}]
"""
TOOLS = "tool_id,name,kind,domains,status,authorized_by,authorized_by_role,authorized_at,ends_on,scope\n"


def test_an_app_stays_one_item_when_nothing_tells_of_its_day_any_more(tmp_path: Path) -> None:
    teacher = User(guid("t1"), "t1@d.example", "Tina", "One", employee_type="Staff")
    let_in = Grant(CHATTER.id, ("User.Read",), AT - timedelta(days=25), teacher.upn)
    world = World("d.example", AT + timedelta(days=60), (teacher,), apps=(CHATTER,), grants=(let_in,))
    with PretendMicrosoft(world, now=AT) as microsoft:
        microsoft.certificate_file(tmp_path)
        tiny = TinyDistrict(tmp_path)
        (tmp_path / "drop/tables/tools.csv").write_text(TOOLS)
        tiny.settings(
            SOURCE.format(tenant=microsoft.tenant, client=microsoft.client, base=microsoft.base)
        )

        def night(day: str) -> list[tuple[str, str, str, bool]]:
            tiny.run("nightly", day)
            return [
                (one["id"], one["adult"], one["first_seen"], one["uncertain"])
                for one in tiny.items()
                if one["rule"] == "app-not-approved"
            ]

        (first,) = night("2026-11-20")
        assert (first[1], first[2][:10]) == ("T1", "2026-10-26")
        # the consent itself has no date: that it was on that day only what was kept still tells
        microsoft.world = replace(world, grants=(replace(let_in, assigned=False, at=LONG_AGO),))
        assert night("2026-11-21") == [first]
        who = ("--by", "Dana Example", "--reason", "asked", "--yes")
        ledger = tmp_path / "data/ledger.sqlite"
        assert teacher.id.encode() in ledger.read_bytes()
        assert tiny.command("purge", "--person", "T1", *who)[0] == 0
        assert teacher.id.encode() not in ledger.read_bytes()
        microsoft.world = replace(world, grants=())
        assert night("2026-11-22") == []
    assert microsoft.mistakes == []
