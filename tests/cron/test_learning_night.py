"""Whole nights over Schoology and Moodle: what is found, what is a gap by name, what is never kept."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from benchmarks.pretend.moodle import Conversation, PretendMoodle, Said
from benchmarks.pretend.moodle import User as MoodleUser
from benchmarks.pretend.moodle import World as MoodleWorld
from benchmarks.pretend.schoology import Place, PretendSchoology, Seat, Sent, User, World
from tests.connectors.units_world import CANARY, ENDS, NOON
from tests.cron.tiny_district import TinyDistrict

LAST = "2026-11-18"
SCHOOLOGY = """
[sources.schoology]
connector = "schoology"
title = "Schoology"
key = "{key}"
secret = "{secret}"
endpoint = "{endpoint}"
roles = [{{ title = "Teacher", role = "staff" }}, {{ title = "Student", role = "student" }}]
[sources.schoology-messages]
connector = "schoology"
kind = "messages"
title = "Schoology messages"
key = "{key}"
secret = "{secret}"
endpoint = "{endpoint}"
tokens = "tokens"
"""
MOODLE = """
[sources.moodle]
connector = "moodle"
title = "Moodle"
site = "{site}"
token = "{token}"
"""
USERS = (
    User("11", "Tina", "One", "Teacher", "t1@d.example", "T1"),
    User("12", "Tom", "Two", "Teacher", "t2@d.example", "T2"),
    User("21", "Sam", "One", "Student", "s1@d.example", "S1"),
    User("22", "Sue", "Two", "Student", "s2@d.example", "S2"),
)
SCHOOL = World(
    ends=ENDS,
    users=USERS,
    sections=(Place("101", "Algebra: 8i", (Seat("11", leads=True), Seat("21"), Seat("22")), (), "1"),),
    groups=(Place("201", f"Club {CANARY[:4]}", (Seat("12", leads=True), Seat("21"))),),
    sent=(Sent("701", "11", ("22",), NOON), Sent("702", "12", ("21",), NOON)),
    owner="12",
    canary=CANARY,
)
SITE = MoodleWorld(
    ends=ENDS,
    users=(
        MoodleUser(2, "audit", "Audit", "Reader", "audit@d.example"),
        MoodleUser(11, "t1", "Tina", "One", "t1@d.example", "T1"),
        MoodleUser(22, "s2", "Sue", "Two", "s2@d.example", "S2"),
    ),
    conversations=(Conversation(5, 1, (11, 22), (Said(77, 11, NOON),)),),
    canary=CANARY,
)


def found(tiny: TinyDistrict) -> set[tuple[Any, ...]]:
    rows = (one for one in tiny.items() if one["rule"] == "direct-no-adult")
    return {(one["adult"], one["student"], *one["native_ids"]) for one in rows}


def never_kept(folder: Path, said: str) -> None:
    assert CANARY not in said.lower()
    for path in folder.rglob("*"):
        assert not path.is_file() or CANARY.encode() not in path.read_bytes().lower(), path


def test_schoology_finds_what_a_token_shows_and_names_whoever_granted_none(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with PretendSchoology(SCHOOL) as running:
        running.token_file(tmp_path / "tokens", "11")
        tiny = TinyDistrict(tmp_path)
        tiny.settings(
            SCHOOLOGY.format(
                key=running.key, secret=running.secret_file(tmp_path), endpoint=running.endpoint
            )
        )
        tiny.mail("m1", LAST, "t1", ["t2"])
        code, document = tiny.run("nightly", LAST)
        at = int(NOON.timestamp())
        assert found(tiny) == {("T1", "S2", f"701/{at}")}
        assert code == 3, "Tom has granted no token"
        told = json.dumps(tiny.command("coverage", "--units")[1])
        assert "t2@d.example" in told
        assert "the user has granted no token" in told
        running.token_file(tmp_path / "tokens", "12")
        tiny.run("nightly", LAST)
        assert found(tiny) == {("T1", "S2", f"701/{at}"), ("T2", "S1", f"702/{at}")}
        assert (running.mistakes, running.changes) == ([], [])
    never_kept(tmp_path, caplog.text + json.dumps(document))


def test_moodle_finds_the_same_in_its_conversations(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with PretendMoodle(SITE) as running:
        tiny = TinyDistrict(tmp_path)
        tiny.settings(MOODLE.format(site=running.base, token=running.token_file(tmp_path)))
        tiny.mail("m1", LAST, "t1", ["t2"])
        _, document = tiny.run("nightly", LAST)
        assert found(tiny) == {("T1", "S2", "77")}
        before = tiny.items()
        tiny.run("nightly", "2026-11-19")
        assert found(tiny) == {("T1", "S2", "77")}
        assert before
        assert (running.mistakes, running.changes) == ([], [])
    never_kept(tmp_path, caplog.text + json.dumps(document))


def test_a_site_that_lost_its_capability_is_a_gap_and_never_a_clear_night(tmp_path: Path) -> None:
    with PretendMoodle(replace(SITE, conversations=()), capabilities=()) as running:
        tiny = TinyDistrict(tmp_path)
        tiny.settings(MOODLE.format(site=running.base, token=running.token_file(tmp_path)))
        tiny.mail("m1", LAST, "t1", ["t2"])
        code, document = tiny.run("nightly", LAST)
    assert code == 3
    assert "lacks a capability" in json.dumps(document["not_checked"])
