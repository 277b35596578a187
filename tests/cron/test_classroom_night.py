"""Whole nights over Google Classroom and Chat: what is found there, and what is not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from benchmarks.pretend.google import Course, PretendGoogle, Seat, Space, Stuff, User, World
from benchmarks.pretend.google.world import google_id
from tests.cron.tiny_district import TinyDistrict

CANARY = "zephyrquill"
AT = datetime(2026, 11, 20, 16, tzinfo=UTC)
SOURCES = """
[sources.classes]
connector = "google-classroom"
title = "Classroom"
admin = "admin@d.example"
key = "key.json"
endpoint = "{base}"
names = false
guardians = true
[sources.posts]
connector = "google-classroom"
kind = "posts"
title = "Classroom posts"
admin = "admin@d.example"
key = "key.json"
endpoint = "{base}"
[sources.spaces]
connector = "google-chat"
title = "Chat spaces"
admin = "admin@d.example"
key = "key.json"
endpoint = "{base}"
names = false
"""


def mail(*names: str) -> tuple[str, ...]:
    return tuple(f"{name}@d.example" for name in names)


def course(id: str, teachers: str, students: str, *only_for: str) -> Course:
    posts = tuple(Stuff(f"p{id}", mail("t1")[0], AT, (google_id(one),)) for one in only_for)
    taught, taught_to = mail(*teachers.split()), mail(*students.split())
    return Course(id, CANARY, taught[0], taught, taught_to, announcements=posts)


def space(id: str, *members: str) -> Space:
    made = AT - timedelta(days=30)
    seats = tuple(Seat(one, since=made) for one in mail(*members))
    return Space(f"spaces/{id}", "SPACE", f"Room {CANARY}", seats, made, mail(members[0])[0])


@pytest.fixture
def google() -> Iterator[PretendGoogle]:
    names = ("t1", "t2", "p1", "s1", "s2", "s3")
    users = [User(google_id(n), f"{n}@d.example", n, CANARY, "/Staff") for n in names]
    admin = User(google_id("admin"), "admin@d.example", "A", "D", "/", admin=True)
    world = World(
        domain="d.example",
        ends=datetime(2026, 11, 29, tzinfo=UTC),
        admin="admin@d.example",
        users=(admin, *users),
        courses=(
            course("701", "t1", "s2"),
            course("702", "t1 t2", "s2"),
            course("703", "t1", "s1 s2 s3", "s3"),
            course("704", "t1 t2", "s1 s2 s3", "s1"),
        ),
        spaces=(space("AAA", "s2", "t2"), space("AAB", "t2", "s2")),
        guardians=((google_id("s2"), "Gus Two", "gus@home.example"),),
        canary=CANARY,
    )
    with PretendGoogle(world) as running:
        yield running
        assert running.mistakes == []


def night(folder: Path, google: PretendGoogle) -> tuple[TinyDistrict, Any]:
    google.key_file(folder)
    tiny = TinyDistrict(folder)
    tiny.settings(SOURCES.format(base=google.base))
    tiny.mail("m1", "2026-11-20", "t1", ["t2"])
    return tiny, tiny.run("nightly", "2026-11-20")[1]


def test_rooms_for_two_are_found_and_no_word_in_them_is_kept(
    tmp_path: Path, google: PretendGoogle, caplog: pytest.LogCaptureFixture
) -> None:
    tiny, document = night(tmp_path, google)
    found = {(item["rule"], item["adult"], item["student"]) for item in tiny.items()}
    assert found == {
        ("one-student-group", "T1", "S2"),
        ("direct-no-adult", "T1", "S3"),
        ("student-made-space", "T2", None),
    }
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or CANARY.encode() not in path.read_bytes().lower(), path
    assert CANARY not in (caplog.text + json.dumps(document)).lower()


def test_a_post_again_is_no_second_item(tmp_path: Path, google: PretendGoogle) -> None:
    tiny, _ = night(tmp_path, google)
    before = tiny.items()
    tiny.run("nightly", "2026-11-21")
    assert [item["id"] for item in tiny.items()] == [item["id"] for item in before]
