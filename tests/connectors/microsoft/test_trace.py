"""The message trace asked of Graph: which rows make a message, and which days were read."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from auditor.model import Automation, Channel
from auditor.source import DayState, Denied, Window
from benchmarks.pretend.microsoft import tracing
from connectors.microsoft.trace.asking import PRINCIPAL
from tests.connectors.google.logs_world import people
from tests.connectors.microsoft.directory_world import NOW
from tests.connectors.microsoft.trace_world import (
    DAY,
    NOON,
    OTHER,
    OUTSIDE,
    SECOND,
    STUDENT,
    TEACHER,
    Ticking,
    mails,
    pull,
    read,
    row,
    serving,
    source,
    together,
)

TRACES = "messageTraces.list"
A_DAY = timedelta(days=1)


def test_a_mail_is_one_message_with_everybody_it_reached(tmp_path: Path) -> None:
    message = read([row(STUDENT), row(SECOND), row(OUTSIDE)], tmp_path).message
    assert people(message) == {
        TEACHER: "from", STUDENT: "unknown", SECOND: "unknown", OUTSIDE: "unknown",
    }  # fmt: skip
    assert message.native_id == message.rfc_message_id == "m1@mail.marlow.example"
    assert (message.channel, message.tool, message.sent_at) == (Channel.EMAIL, "outlook", NOON)
    assert (message.automated, message.recipients_hidden) == (Automation.NO, False)
    assert message.thread is None
    assert "zephyrquill" not in repr(message)


def test_of_mail_from_outside_other_recipients_are_not_known(tmp_path: Path) -> None:
    message = read([row(STUDENT, sender=OUTSIDE)], tmp_path).message
    assert people(message) == {OUTSIDE: "from", STUDENT: "unknown"}
    assert message.recipients_hidden


def test_of_mail_from_the_districts_other_cloud_further_recipients_are_not_known(
    tmp_path: Path,
) -> None:
    elsewhere = "gail.north@marlow.example"
    rows = [row(STUDENT, sender=elsewhere, mail="out"), row(STUDENT, mail="own")]
    with serving(mails(*rows)) as running:
        for carried, hidden in ((None, True), ({"ExchangeMessageTrace.Read.All"}, False)):
            running.consented = carried or running.consented
            found = {m.parties[0].address.text: m for m in pull(running, tmp_path).messages}
            assert found[elsewhere].recipients_hidden is hidden
            assert not found[TEACHER].recipients_hidden
        assert [one.ok for one in source(running, tmp_path).check()] == [True, True, True]
        assert "another cloud" in source(running, tmp_path).check()[-1].text


def test_a_list_stands_beside_its_members_and_each_of_them_once(tmp_path: Path) -> None:
    rows = [row("team@marlow.example", "expanded"), row(STUDENT), row(SECOND), row(TEACHER)]
    message = read(rows, tmp_path).message
    assert people(message) == {
        TEACHER: "from", "team@marlow.example": "unknown", STUDENT: "unknown", SECOND: "unknown",
    }  # fmt: skip
    assert len(message.parties) == 4
    assert {p.via_group for p in message.parties} == {None}


@pytest.mark.parametrize(
    ("status", "reached", "hidden"),
    [
        ("delivered", True, False),
        ("recalled", True, False),
        ("filteredAsSpam", True, False),
        ("failed", False, False),
        ("quarantined", False, False),
        ("pending", False, True),
        ("gettingStatus", False, True),
        ("unknownFutureValue", False, True),
    ],
)
def test_how_it_ended_decides_who_was_reached(
    status: str, reached: bool, hidden: bool, tmp_path: Path
) -> None:
    message = read([row(STUDENT), row(SECOND, status)], tmp_path).message
    assert (SECOND in people(message)) is reached
    assert message.recipients_hidden is hidden


@pytest.mark.parametrize(
    ("rows", "note"),
    [
        ([row(STUDENT, "failed")], "mail that could not be delivered to anybody"),
        ([row(STUDENT, "quarantined")], "mail held in quarantine, that reached nobody"),
        ([row(STUDENT, "pending")], "mail on its way, that has reached nobody yet"),
        ([row(STUDENT, "filteredAsSpam", sender=OUTSIDE)],
         "mail from outside that Exchange took for spam"),
        ([row(STUDENT, sender="<>")], "mail without a sender: a bounce, or an automatic answer"),
    ],
)  # fmt: skip
def test_what_is_no_contact_is_counted_and_not_delivered(
    rows: list[object], note: str, tmp_path: Path
) -> None:
    kept = row(OTHER, mail="kept")
    found = read([*rows, kept], tmp_path)  # type: ignore[list-item]  # rows of the trace
    assert found.message.native_id == "kept@mail.marlow.example"
    assert found.notes == {note: 1}
    assert found.records == 2
    assert found.coverage[DAY, None].records == 1


@pytest.mark.parametrize(
    ("sender", "automated"),
    [
        ("no-reply@tickets.example", Automation.NOTIFICATION),
        ("MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@marlow.example", Automation.NOTIFICATION),
        ("owner-parents@lists.example", Automation.LIST),
        (TEACHER, Automation.NO),
    ],
)
def test_a_machine_is_known_by_its_address_only(sender: str, automated: Automation, tmp_path: Path) -> None:
    assert read([row(STUDENT, sender=sender)], tmp_path).message.automated is automated


def test_a_mail_without_message_id_has_exchanges_own(tmp_path: Path) -> None:
    one = row(STUDENT, message_id="")
    message = read([one], tmp_path).message
    assert (message.native_id, message.rfc_message_id) == (one.id, None)


def test_a_row_that_cannot_be_used_is_refused_by_its_field(tmp_path: Path) -> None:
    found = read([row(STUDENT, sender="Ana Reyes", mail="a"), row(STUDENT, mail="b")], tmp_path)
    assert [(r.field, r.file) for r in found.rejected] == [("senderAddress", "message trace log")]
    assert found.message.native_id == "b@mail.marlow.example"
    assert "Reyes" not in repr(found.pages)


# ---- what is asked for ---------------------------------------------------------------------------


def test_every_question_has_both_ends_and_never_more_than_a_day(tmp_path: Path) -> None:
    with serving(mails(row(STUDENT))) as running:
        pull(running, tmp_path, Window(DAY - 3 * A_DAY, DAY))
        asked = [one for one in running.asked if one.endpoint == TRACES]
    filters = [one.query["$filter"] for one in asked]
    assert filters == [
        f"receivedDateTime ge 2026-11-{day}T05:00:00Z and receivedDateTime le 2026-11-{day + 1}T05:00:00Z"
        for day in (15, 16, 17, 18)
    ]
    assert {one.query["$top"] for one in asked} == {"5000"}
    assert {one.request.header("Prefer") for one in asked} == {"include-unknown-enum-members"}


def test_a_mail_at_midnight_is_of_one_day_alone(tmp_path: Path) -> None:
    midnight = datetime(2026, 11, 18, 5, tzinfo=UTC)
    rows = [
        row(STUDENT, mail="at", at=midnight),
        row(STUDENT, mail="before", at=midnight - timedelta(milliseconds=1)),
        row(STUDENT, mail="after", at=midnight + timedelta(milliseconds=400)),
    ]
    found = read(rows, tmp_path, Window(DAY - A_DAY, DAY))
    assert sorted(m.native_id.partition("@")[0] for m in found.messages) == ["after", "at", "before"]
    assert [r.records for r in found.coverage.values()] == [1, 2]
    assert found.notes == {}


def test_days_before_the_ninety_are_named_and_not_asked_for(tmp_path: Path) -> None:
    first = NOW.date() - 91 * A_DAY
    with serving(mails(row(STUDENT))) as running:
        found = pull(running, tmp_path, Window(first, NOW.date() - A_DAY))
        assert running.count(TRACES) == 90
        assert {one.status for one in running.asked if one.endpoint == TRACES} == {200}
    states = {day: (r.state, r.reason) for (day, _), r in found.coverage.items()}
    missing = [day for day, (state, _) in states.items() if state is DayState.MISSING]
    assert missing == [first, first + A_DAY][: len(missing)]
    assert missing
    assert "90 days" in str(states[first][1])


def test_only_what_the_run_may_know_is_asked_for(tmp_path: Path) -> None:
    until = NOON + timedelta(seconds=30, milliseconds=250)
    rows = [
        row(STUDENT, mail="in", at=until - timedelta(milliseconds=50)),
        row(STUDENT, mail="out", at=until + timedelta(milliseconds=50)),
    ]
    found = read(rows, tmp_path, Window(DAY, DAY + A_DAY, until=until))
    assert found.message.native_id == "in@mail.marlow.example"
    assert found.coverage[DAY + A_DAY, None].state is DayState.MISSING
    assert "not begun" in str(found.coverage[DAY + A_DAY, None].reason)


# ---- senders -------------------------------------------------------------------------------------


def test_senders_narrow_the_question_and_are_looked_at_again(tmp_path: Path) -> None:
    rows = [row(STUDENT), row(STUDENT, sender=OUTSIDE, mail="m2")]
    with serving(mails(*rows)) as running:
        found = pull(running, tmp_path, senders=["marlow.example"])
        asked = [one.query["$filter"] for one in running.asked if one.endpoint == TRACES]
    assert [text.partition(" and senderAddress ")[2] for text in asked] == ["eq '*@marlow.example'"]
    assert found.message.native_id == "m1@mail.marlow.example"


def test_a_narrowed_question_that_is_ignored_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracing, "_equal", lambda *_: True)
    rows = [row(STUDENT), row(STUDENT, sender=OUTSIDE, mail="m2")]
    with serving(mails(*rows)) as running:
        found = pull(running, tmp_path, senders=["marlow.example"])
    assert found.message.native_id == "m1@mail.marlow.example"
    assert found.notes == {"row of another sender than was asked for": 1}


def test_a_narrowed_question_that_is_not_understood_is_put_again_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tracing, "_equal", lambda name, have, wanted: have.lower() == wanted)
    with serving(mails(row(STUDENT))) as running:
        found = pull(running, tmp_path, senders=["marlow.example", "marlow-schools.example"])
        assert running.count(TRACES) == 3
    assert found.message.native_id == "m1@mail.marlow.example"
    assert found.coverage[DAY, None].records == 1


# ---- late rows and changes -----------------------------------------------------------------------


def test_a_later_night_brings_late_rows_and_how_it_ended(tmp_path: Path) -> None:
    world = mails(
        row(STUDENT),
        row(SECOND, "pending", later=((NOW, "delivered"),)),
        row(OTHER, visible=NOW + timedelta(hours=1) - NOON),
    )
    with serving(world) as running:
        running.now = NOON + timedelta(hours=5)
        first = pull(running, tmp_path)
        running.now = NOW + timedelta(hours=2)
        second = pull(running, tmp_path)
        third = pull(running, tmp_path)
    assert first.message.recipients_hidden
    assert set(people(first.message)) == {TEACHER, STUDENT}
    assert second.messages == third.messages
    assert together([*first.messages, *second.messages]) == {
        "m1@mail.marlow.example": (
            {TEACHER: "from", STUDENT: "unknown", SECOND: "unknown", OTHER: "unknown"}, False,
        )
    }  # fmt: skip


def test_a_row_that_comes_apart_from_its_mail_adds_to_it_and_claims_no_more(tmp_path: Path) -> None:
    rows = [row(STUDENT), row(SECOND, "pending"), row(OTHER, at=NOON - timedelta(hours=1))]
    found = read(rows, tmp_path)
    assert together(found.messages) == {
        "m1@mail.marlow.example": ({TEACHER: "from", STUDENT: "unknown", OTHER: "unknown"}, True)
    }
    assert found.coverage[DAY, None].records == 1
    assert found.notes == {"row that came apart from the others of its mail": 1}


# ---- permission, quota, progress -----------------------------------------------------------------


def test_without_the_service_principal_it_says_what_to_make(tmp_path: Path) -> None:
    world = replace(mails(row(STUDENT)), traces_provisioned=False)
    with serving(world) as running:
        with pytest.raises(Denied, match="401") as caught:
            pull(running, tmp_path)
        *_, result = source(running, tmp_path).check()
    assert PRINCIPAL in caught.value.cure
    assert "hours" in caught.value.cure
    assert not result.ok
    assert PRINCIPAL in str(result.cure)


def test_check_names_a_permission_that_is_missing_and_one_that_is_too_wide(tmp_path: Path) -> None:
    with serving(mails(row(STUDENT))) as running:
        good = source(running, tmp_path).check()
        assert all(result.ok for result in good)
        assert len(good) == 2
        rows = [one for one in running.asked if one.endpoint == TRACES]
        assert [one.query["$top"] for one in rows] == ["1"]
        running.consented = {"User.Read.All"}
        (result,) = source(running, tmp_path).check()
        assert "ExchangeMessageTrace.Read.All" in result.text
        running.consented = {"ExchangeMessageTrace.Read.All", "Mail.Read"}
        results = source(running, tmp_path).check()
        assert [r.ok for r in results] == [True, False]
        assert "Mail.Read" in results[1].text
        with pytest.raises(Denied, match=r"Mail\.Read"):
            pull(running, tmp_path)


def test_no_more_is_asked_than_our_share_of_the_allowance(tmp_path: Path) -> None:
    ticking = Ticking()
    rows = [row(STUDENT, mail=f"m{n}", at=NOON + timedelta(seconds=n)) for n in range(25)]
    with serving(mails(*rows, trace_page=1, traces=100), ticking) as running:
        found = pull(running, tmp_path, ticking=ticking, requests_per_5_minutes=10)
        assert {one.status for one in running.asked} == {200}
    assert len(found.messages) == 25
    assert sum(ticking.slept) == pytest.approx(600, abs=1)


def test_an_allowance_that_others_used_up_is_waited_for(tmp_path: Path) -> None:
    ticking = Ticking()
    rows = [row(STUDENT, mail=f"m{n}", at=NOON + timedelta(seconds=n)) for n in range(8)]
    with serving(mails(*rows, trace_page=1, traces=5, fractional_waits=True), ticking) as running:
        found = pull(running, tmp_path, ticking=ticking)
        statuses = [one.status for one in running.asked if one.endpoint == TRACES]
    assert statuses.count(429) == 1
    assert len(found.messages) == 8
    assert found.coverage[DAY, None].state is DayState.READ


def test_it_tells_how_far_it_is(tmp_path: Path) -> None:
    told: list[tuple[int, int, str]] = []
    with serving(mails(row(STUDENT))) as running:
        window = Window(date(2026, 11, 16), date(2026, 11, 18))
        made = source(running, tmp_path, progress=lambda *one: told.append(one))
        list(made.pull(window))
    assert told == [(n, 3, "days of the trace") for n in (1, 2, 3)]


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"senders": ["Staff @ x"]}, "senders"),
        ({"senders": "marlow.example"}, "senders"),
        ({"requests_per_5_minutes": 101}, "requests_per_5_minutes"),
        ({"quiet_days": 3}, "quiet_days"),
    ],
)
def test_mistakes_in_settings_are_told(settings: dict[str, Any], word: str, tmp_path: Path) -> None:
    with serving(mails()) as running, pytest.raises(ValueError, match=rf"(^|; ){word} "):
        source(running, tmp_path, **settings)
