"""The log first: headers are read where a student and an adult met, and nothing else is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from auditor.keys import AddressRules
from auditor.source import DayState, Denied, Window
from benchmarks.district import Sizes, make_district
from benchmarks.pretend.google import FUNDAMENTALS, PLUS, PretendGoogle, World, world_of
from benchmarks.pretend.google.world import LogRow
from benchmarks.sample.people import ALIAS_DOMAIN, DOMAIN, STUDENT_DOMAIN
from benchmarks.sample.writers import mbox
from tests.connectors import mail_world
from tests.connectors.google.directory_world import serving
from tests.connectors.google.gmail_world import (
    COACH,
    KID,
    LEE,
    OUTSIDE,
    TEACHER,
    at,
    context,
    days_of,
    letter,
    marks_of,
    marlow,
    pull,
    source,
)
from tests.connectors.mail_world import roles

GET = "gmail.users.messages.get"
TIER: dict[str, Any] = {"first_tier": "log", "students": ["/Students"]}


def row(name: str, when: datetime, actor: str, kind: int, sender: str, *to: str) -> LogRow:
    return LogRow(
        "gmail", when, actor, "delivery_type", "delivery",
        {
            "event_info": {
                "mail_event_type": kind,
                "timestamp_usec": int(when.timestamp() * 1e6),
                "success": True,
            },
            "message_info": {
                "rfc2822_message_id": f"<{name}@mail.marlow.example>",
                "subject": "zephyrquill",
                "source": {"address": sender, "from_header_address": sender},
                "destination": [{"address": one} for one in to],
            },
        },
        hash((name, actor)) % 1_000_000, when,
    )  # fmt: skip


def logged(*rows: LogRow) -> World:
    world = marlow(
        (COACH, letter(COACH, "met", at(18), Cc=TEACHER.email)),
        (COACH, letter(COACH, "more", at(19), to=TEACHER.email)),
        (TEACHER, letter(TEACHER, "staff", at(18), sender=TEACHER.email, to=COACH.email)),
        (KID, letter(KID, "asks", at(20), sender=KID.email, to=TEACHER.email)),
    )
    return replace(world, rows=rows)


ROWS = (
    row("met", at(18), COACH.email, 1, COACH.email, KID.email, TEACHER.email),
    row("met", at(18), KID.email, 2, COACH.email, KID.email),
    row("staff", at(18), TEACHER.email, 1, TEACHER.email, COACH.email),
    row("out", at(19), LEE.email, 2, OUTSIDE, LEE.email),
    row("asks", at(20), KID.email, 1, KID.email, TEACHER.email),
)


def test_headers_are_read_in_senders_mailboxes_where_student_and_adult_met(tmp_path: Path) -> None:
    with serving(logged(*ROWS)) as google:
        read = pull(google, tmp_path, **TIER)
        asked = {a.subject for a in google.asked if a.endpoint == GET}
    assert asked == {COACH.email, KID.email}
    found: dict[str, list[dict[str, str]]] = {}
    for message in read.messages:
        found.setdefault(message.native_id.partition("@")[0], []).append(roles(message))
    assert found["met"][-1] == {COACH.email: "from", KID.email: "to", TEACHER.email: "cc"}
    assert found["met"][0] == {COACH.email: "from", KID.email: "unknown", TEACHER.email: "unknown"}
    assert found["staff"] == [{TEACHER.email: "from", COACH.email: "unknown"}]
    assert found["out"] == [{OUTSIDE: "from", LEE.email: "unknown"}]
    assert found["asks"][-1] == {KID.email: "from", TEACHER.email: "to"}


def test_every_mailbox_is_told_of_and_the_day_is_the_logs(tmp_path: Path) -> None:
    with serving(logged(*ROWS)) as google:
        read = pull(google, tmp_path, **TIER)
        again = pull(google, tmp_path, marks=marks_of(read), **TIER)
    whole = {r.day.day: r.records for r in read.coverage if r.unit is None}
    assert whole == {17: 0, 18: 3, 19: 1, 20: 1, 21: 0, 22: 0, 23: 0}
    assert {r.unit for r in read.coverage} == {None, COACH.email, TEACHER.email, KID.email, LEE.email}
    assert {r.state for r in read.coverage} == {DayState.READ}
    assert days_of(read, LEE)[19].records is None
    assert again.coverage == read.coverage
    assert read.notes["mail in the log between students and adults"] == 3


def test_a_candidates_mailbox_that_cannot_be_read_is_a_gap_and_another_is_none(
    tmp_path: Path,
) -> None:
    world = logged(*ROWS)
    gone = {TEACHER.email: at(19), COACH.email: at(19)}
    users = tuple(replace(u, suspended_at=gone.get(u.email)) for u in world.users)
    with serving(replace(world, users=users)) as google:
        read = pull(google, tmp_path, **TIER)
    missing = {r.unit for r in read.coverage if r.state is DayState.MISSING}
    assert missing == {COACH.email}
    (met, _) = [roles(m) for m in read.messages if m.native_id.startswith("met")]
    assert met[KID.email] == "unknown"


@pytest.mark.parametrize("edition", [FUNDAMENTALS, PLUS])
def test_a_district_without_the_log_is_told_to_do_without_it(
    edition: Any, tmp_path: Path
) -> None:
    world = replace(logged(), edition=edition)
    with serving(world) as google, pytest.raises(Denied):
        pull(google, tmp_path, **TIER)


def test_a_unit_of_students_that_holds_nobody_is_a_gap_and_no_quiet_week(tmp_path: Path) -> None:
    tier = {**TIER, "students": ["/Student"]}
    with serving(logged(*ROWS)) as google:
        told = source(context(google, tmp_path, None, **tier)).check()
        read = pull(google, tmp_path, **tier)
    assert [line.ok for line in told if "students: /Student: 0 accounts" in line.text] == [False]
    assert {row.state for row in days_of(read, "/Student").values()} == {DayState.MISSING}


def test_settings_are_asked_of_every_mailbox_all_the_same(tmp_path: Path) -> None:
    with serving(logged(*ROWS)) as google:
        pull(google, tmp_path, settings=True, **TIER)
        assert google.count("gmail.users.settings.getVacation") == 4


@pytest.mark.integration
def test_what_students_and_staff_wrote_is_the_archives_fact_for_a_part_of_the_units(
    tmp_path: Path,
) -> None:
    stage = make_district(Sizes(1, 45, 450, 2), seed=7, end=date(2026, 11, 22))
    rules = AddressRules(frozenset({DOMAIN, STUDENT_DOMAIN}), {ALIAS_DOMAIN: DOMAIN})
    window = Window(date(2026, 11, 19), date(2026, 11, 20))
    opens, closes = window.span(stage.outbox.mails[0].sent_at.tzinfo)  # type: ignore[arg-type]  # it is a ZoneInfo
    world = world_of(stage)
    archive = mail_world.drop(
        tmp_path / "all.mbox", mbox(stage.outbox.mails), at=datetime(2026, 11, 23, 6, tzinfo=UTC)
    )
    archived = mail_world.pull(archive, addresses=rules, tool="gmail").messages
    with PretendGoogle(world, now=closes) as google:
        read = pull(google, tmp_path, window=window, addresses=rules, threads=4, **TIER)
    students = {u.email for u in world.users if u.org_unit.startswith("/Students")}
    staff = {u.email for u in world.users if u.org_unit.startswith("/Staff")}
    between = [
        message
        for message in archived
        if opens <= message.sent_at < closes
        and roles(message).keys() & students
        and roles(message).keys() & staff
        and message.parties[0].address.text in students | staff
    ]
    assert len(between) > 50
    found = set(read.messages)
    assert [one.native_id for one in between if one not in found] == []
    everything = sum(m.at >= opens for box in world.mailboxes.values() for m in box) * 20
    spent = next(n for text, n in read.notes.items() if text.startswith("quota units"))
    assert 3 * spent < 2 * everything
