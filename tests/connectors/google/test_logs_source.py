"""The logs as one source: each log for itself, none passed over in silence, the same every time."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.keys import canonical_email
from auditor.source import DayState, Denied, SourceContext, SourceError, Transient, Window
from benchmarks.district import Sizes, make_district
from benchmarks.pretend.google import (
    FUNDAMENTALS,
    PLUS,
    SCOPE,
    LogRow,
    world_of,
)
from benchmarks.sample.planted import Stage
from connectors.google.logs import connect
from tests.connectors.google.logs_world import (
    DAY,
    NOON,
    OTHER,
    RULES,
    SECOND,
    STUDENT,
    TEACHER,
    ZONE,
    Read,
    Ticking,
    chat_row,
    mail_row,
    minutes,
    people,
    pull,
    row,
    serving,
    source,
)

ALL = ("gmail", "chat", "classroom", "meet", "token", "groups_enterprise")
DIRECT: dict[str, Any] = {"conversation_type": "USER_TO_USER_DIRECT_MESSAGE"}
THREE_DAYS = Window(DAY - timedelta(days=1), DAY + timedelta(days=1))


def everything() -> list[LogRow]:
    """Something in each of the logs that bring messages."""
    return [
        mail_row(1, TEACHER, TEACHER, [STUDENT]),
        mail_row(2, STUDENT, TEACHER, [STUDENT], at=NOON + minutes(1)),
        chat_row("direct_message_started", TEACHER, "D1", target_users=[STUDENT], **DIRECT),
        chat_row("message_posted", TEACHER, "D1", **DIRECT),
        row("classroom", "commented_submission_private", TEACHER, course_id="7", impacted_users=[STUDENT]),
        row("meet", "call_ended", TEACHER, conference_id="c", identifier=TEACHER, is_external=False),
        row("meet", "call_ended", STUDENT, conference_id="c", identifier=STUDENT, is_external=False),
    ]


def units(read: Read, day: date = DAY) -> dict[str, tuple[DayState, int | None]]:
    return {
        unit.removesuffix(" log"): (row.state, row.records)
        for (at, unit), row in read.coverage.items()
        if unit is not None and at == day
    }


# ---- what can be read and what cannot --------------------------------------------------------


def test_every_log_says_what_it_holds_of_each_day(tmp_path: Path) -> None:
    with serving(everything()) as google:
        found = pull(google, tmp_path, *ALL, window=THREE_DAYS)
    read = DayState.READ
    assert units(found) == {
        "gmail": (read, 2), "chat": (read, 1), "classroom": (read, 1), "meet": (read, 1),
        "token": (read, 0), "groups_enterprise": (read, 0),
    }  # fmt: skip
    whole = found.coverage[DAY, None]
    assert (whole.state, whole.records) == (read, 5)
    assert {day for day, _ in found.coverage} == {DAY + timedelta(days=n) for n in (-1, 0, 1)}
    assert [m.tool for m in found.messages] == ["gmail", "gmail", "google-chat", "google-classroom", "google-meet"]


def test_a_log_the_edition_has_not_is_a_gap_with_its_cure_and_the_others_are_read(tmp_path: Path) -> None:
    with serving(everything(), edition=FUNDAMENTALS) as google:
        found = pull(google, tmp_path, "gmail", "chat")
        checked = source(google, tmp_path, "gmail", "chat").check()
    assert units(found) == {"gmail": (DayState.MISSING, None), "chat": (DayState.READ, 1)}
    reason = found.coverage[DAY, "gmail log"].reason or ""
    assert "edition" in reason
    assert "take gmail out of streams" in reason
    assert found.coverage[DAY, None].state is DayState.READ  # the auditor makes it a part
    assert [(one.ok, one.text) for one in checked[1:]] == [
        (False, "gmail log: Google answered 403: not allowed"),
        (True, "chat log: it may be read"),
    ]
    assert "edition" in (checked[1].cure or "")


def test_no_log_at_all_is_an_error_of_the_source(tmp_path: Path) -> None:
    nothing = replace(PLUS, applications=frozenset())
    with serving(everything(), edition=nothing) as google, pytest.raises(Denied) as caught:
        pull(google, tmp_path, "gmail", "chat")
    assert caught.value.cure


def test_a_scope_that_is_not_delegated_is_an_error_of_the_source(tmp_path: Path) -> None:
    with serving(everything()) as google:
        google.delegated.discard(SCOPE + "admin.reports.audit.readonly")
        with pytest.raises(Denied, match="may not act"):
            pull(google, tmp_path, "gmail", "chat")
        checked = source(google, tmp_path, "gmail").check()
    assert [one.ok for one in checked] == [False]


def test_a_log_that_breaks_off_keeps_the_days_it_told_in_full(tmp_path: Path) -> None:
    days = [NOON + timedelta(days=n) for n in (-1, 0, 1)]
    mails = [mail_row(1, TEACHER, TEACHER, [STUDENT], at=at, message_id=f"<{at}>") for at in days]
    with serving([*mails, *everything()[2:]]) as google:
        google.faults.plan(
            "reports.activities.list", "500", times=1_000,
            where=lambda r: "gmail" in r.path and r.query["startTime"] >= "2026-11-19T04",
        )  # fmt: skip
        found = pull(google, tmp_path, "gmail", "chat", window=THREE_DAYS)
    states = [found.coverage[DAY + timedelta(days=n), "gmail log"].state for n in (-1, 0, 1)]
    assert states == [DayState.READ, DayState.READ, DayState.MISSING]
    assert found.coverage[DAY + timedelta(days=1), "chat log"].state is DayState.READ


def test_a_source_of_which_every_log_fails_raises_what_may_pass(tmp_path: Path) -> None:
    with serving(everything()) as google:
        google.faults.plan("reports.activities.list", "503", times=1_000)
        with pytest.raises(Transient):
            pull(google, tmp_path, "gmail", "chat")


@pytest.mark.parametrize("kind", ["503 retry after", "empty page with token", "404"])
@pytest.mark.parametrize("on", [1, 5])
def test_a_fault_ends_in_the_same_facts_or_in_a_gap(kind: str, on: int, tmp_path: Path) -> None:
    with serving(everything()) as google:
        whole = pull(google, tmp_path, *ALL[:4])
        google.faults.plan("reports.activities.list", kind, on=on, times=1)
        try:
            found = pull(google, tmp_path, *ALL[:4])
        except SourceError as error:
            assert error.cure
            return
    gaps = {unit for unit, (state, _) in units(found).items() if state is not DayState.READ}
    read = {m.native_id for m in found.messages}
    for message in whole.messages:
        assert message.native_id in read or message.tool.removeprefix("google-") in gaps


# ---- when ------------------------------------------------------------------------------------


def test_a_day_is_read_as_far_as_the_window_goes(tmp_path: Path) -> None:
    rows = [mail_row(1, TEACHER, TEACHER, [STUDENT], at=NOON + minutes(n), message_id=f"<{n}>") for n in (0, 9, 10, 11)]
    window = Window(DAY - timedelta(days=30), DAY + timedelta(days=1), DAY, NOON + minutes(10))
    with serving(rows) as google:
        found = pull(google, tmp_path, "gmail", window=window)
    assert [m.native_id for m in found.messages] == ["0", "9"]
    tomorrow = found.coverage[DAY + timedelta(days=1), None]
    assert (tomorrow.state, tomorrow.records) == (DayState.MISSING, None)
    assert (DAY - timedelta(days=1), None) not in found.coverage


def test_what_the_log_shows_late_is_there_the_next_time_and_nothing_is_another(tmp_path: Path) -> None:
    early = mail_row(1, TEACHER, TEACHER, [STUDENT])
    late = mail_row(2, SECOND, TEACHER, [SECOND], at=NOON + minutes(1))
    late = replace(late, visible_at=NOON + timedelta(hours=30))
    with serving([early, late]) as google:
        google.now = NOON + timedelta(hours=12)
        first = pull(google, tmp_path, "gmail").messages
        google.now = NOON + timedelta(hours=36)
        second = pull(google, tmp_path, "gmail").messages
    assert second[: len(first)] == first
    assert [people(m) for m in second[1:]] == [{TEACHER: "from", SECOND: "unknown"}]


def test_any_number_of_threads_brings_the_same_pages(tmp_path: Path) -> None:
    rows = [
        mail_row(1, TEACHER, TEACHER, [STUDENT], at=NOON + n * timedelta(seconds=1), message_id=f"<{n}>")
        for n in range(1_010)
    ]
    with serving(rows + everything()[2:]) as google:
        one, many = (pull(google, tmp_path, *ALL[:4], threads=n) for n in (1, 8))
    assert one == many
    assert len(one.messages) == 1_013


def test_progress_is_told_from_nothing_to_all(tmp_path: Path) -> None:
    told: list[tuple[int, int, str]] = []
    with serving(everything()) as google:
        made = source(google, tmp_path, "gmail", "chat")
        made._context = replace(made.context, progress=lambda *said: told.append(said))
        list(made.pull(THREE_DAYS))
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    assert told[-1] == (6, 6, "days of logs")


# ---- nothing of what must not be kept --------------------------------------------------------


def test_no_subject_title_or_name_of_a_room_is_in_anything_that_comes_out(tmp_path: Path) -> None:
    stage, world = sample()
    with serving([], ticking := Ticking()) as google:
        google.world = world
        google.now = world.ends
        window = Window(stage.period.last - timedelta(days=4), stage.period.last - timedelta(days=3))
        found = pull(google, tmp_path, *ALL, window=window)
        assert ticking.slept or google.count("reports.activities.list")
    assert world.canary not in repr(found.pages)
    first = {mail.message_id: mail for mail in reversed(stage.outbox.mails)}
    told: dict[str, set[str]] = {}
    for message in found.messages:
        told.setdefault(message.native_id, set()).update(people(message))
    in_window = [m for m in first.values() if window.first <= m.sent_at.date() <= window.last]
    for mail in in_window:
        if mail.sender.email.endswith("@marlow.example"):
            named = {canonical_email(b.email, RULES) for b in (*mail.to, *mail.cc, *mail.bcc)}
            assert named <= told[mail.message_id]
    posts = [p for p in stage.outbox.posts if window.first <= p.sent_at.date() <= window.last]
    assert len(in_window) > 200
    assert len(posts) > 10
    for post in posts:
        assert told[post.external_id] == set(post.members)


def sample() -> tuple[Stage, Any]:
    stage = make_district(Sizes(1, 45, 450, 2), seed=7, end=date(2026, 11, 22))
    return stage, world_of(stage)


def test_an_ai_agent_that_acted_for_somebody_is_told_of(tmp_path: Path) -> None:
    rows = [chat_row("message_posted", TEACHER, "D1", extra={"isAgenticAction": True}, target_users=[OTHER], **DIRECT)]
    with serving(rows) as google:
        found = pull(google, tmp_path, "chat")
    assert found.notes["event in which an AI agent acted for somebody"] == 1
    assert people(found.message) == {TEACHER: "from", OTHER: "member"}


# ---- settings --------------------------------------------------------------------------------


def given(**settings: object) -> SourceContext:
    common = {
        "admin": "it@marlow.example",
        "service_account": "audit@project.iam.example",
        "streams": ["chat"],
    }
    return SourceContext("logs", "Logs", ZONE, RULES, ".", {**common, **settings})


@pytest.mark.parametrize(
    ("wrong", "mistake"),
    [
        ({"streams": None}, "streams"),
        ({"streams": []}, "streams"),
        ({"streams": ["gmail", "drive"]}, "streams"),
        ({"streams": ["token"]}, "streams"),
        ({"streams": "gmail"}, "streams"),
        ({"tools": {"gmail": ""}}, "tools"),
        ({"tools": {"token": "x"}}, "tools"),
        ({"tools": "gmail"}, "tools"),
        ({"chat_members": "yes"}, "chat_members"),
        ({"threads": 0}, "threads"),
        ({"threads": True}, "threads"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_mistake_in_the_settings_begins_with_the_settings_name(wrong: dict[str, object], mistake: str) -> None:
    with pytest.raises(ValueError, match=rf"^{mistake} ") as caught:
        connect(given(**wrong))
    assert ";" not in str(caught.value)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(ValueError, match="streams") as caught:
        connect(given(streams=1, tools=2, chat_members=3, threads=4.5, admin=5, colour=6))
    begins = {part.split(" ")[0] for part in str(caught.value).split("; ")}
    assert begins == {"streams", "tools", "chat_members", "threads", "admin", "colour"}


def test_a_tool_may_have_another_name_in_the_districts_catalogue(tmp_path: Path) -> None:
    with serving(everything()) as google:
        found = pull(google, tmp_path, "chat", "meet", tools={"chat": "district-chat"})
    assert [m.tool for m in found.messages] == ["district-chat", "google-meet"]


def test_midnight_is_the_districts_and_a_day_in_autumn_has_25_hours(tmp_path: Path) -> None:
    autumn = date(2026, 11, 1)
    at = [datetime(2026, 11, 1, 4, tzinfo=UTC), datetime(2026, 11, 2, 4, 59, tzinfo=UTC), datetime(2026, 11, 2, 5, tzinfo=UTC)]
    rows = [mail_row(1, TEACHER, TEACHER, [STUDENT], at=one, message_id=f"<{one}>") for one in at]
    with serving(rows) as google:
        found = pull(google, tmp_path, "gmail", window=Window(autumn, autumn))
    assert [m.sent_at for m in found.messages] == at[:2]
    assert found.coverage[autumn, "gmail log"].records == 2
