"""Google's audit logs: every row of a span once, however it is cut and whatever goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from auditor.source import SourceError
from benchmarks.pretend.google import PLUS, LogRow, PretendGoogle, reports
from connectors.google.access import Access
from connectors.google.activities import (
    Activity,
    Log,
    Quota,
    Row,
    Span,
    Unusable,
    activities,
    activity,
)
from connectors.google.asking import Asking, Google
from connectors.google.flattening import flattened
from connectors.retrying import Limits
from tests.connectors.google.logs_world import (
    NOON,
    STUDENT,
    TEACHER,
    Ticking,
    chat_row,
    mail_row,
    minutes,
    row,
    serving,
)

DAY = Span(datetime(2026, 11, 18, 5, tzinfo=UTC), datetime(2026, 11, 19, 5, tzinfo=UTC))
FAULTS = (
    "503 retry after", "body cut", "page token repeats", "empty page with token", "pages overlap",
    "item twice", "410", "404",
)  # fmt: skip
"""Those that a log has to bear in its own way; asking has the others in its own tests."""


@contextmanager
def reading(google: PretendGoogle, folder: Path) -> Iterator[tuple[Asking, Quota]]:
    ticking: Ticking = google.ticking  # type: ignore[attr-defined]  # set by ``serving``
    access = Access("workspace-admin@marlow.example", google.key_file(folder), None, "my_customer", google.base)
    limits = Limits(read_seconds=2, tries=3, longest_wait=30)
    client = Google(access, where="logs", clock=ticking.clock(), random=Random(3), limits=limits)
    try:
        yield client.admin(["admin.reports.audit.readonly"]), Quota.of(ticking.clock())
    finally:
        client.close()


def posts(count: int, *, minutes: float, since: datetime = NOON) -> list[LogRow]:
    step = timedelta(minutes=minutes) / max(1, count)
    return [chat_row("message_posted", TEACHER, at=since + n * step, text=n) for n in range(count)]


def keys(rows: Iterator[Row]) -> list[tuple[object, ...]]:
    return [one.key for one in rows if isinstance(one, Activity)]


def test_a_row_at_the_begin_belongs_to_a_span_and_one_at_its_end_to_the_next(tmp_path: Path) -> None:
    rows = [chat_row("message_posted", TEACHER, at=at) for at in DAY]
    rows += [chat_row("message_posted", TEACHER, at=DAY.begins - timedelta(milliseconds=1))]
    with serving(rows) as google, reading(google, tmp_path) as (asking, quota):
        found = list(activities(asking, "chat", *DAY, quota=quota, event="message_posted"))
    assert [one.at for one in found] == [DAY.begins]


def test_a_row_at_the_end_is_the_next_spans_even_if_google_counts_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exactly = reports._window

    def inclusive(*given: Any) -> tuple[datetime, datetime]:
        since, until = exactly(*given)
        return since, until + timedelta(milliseconds=1)

    monkeypatch.setattr(reports, "_window", inclusive)
    rows = [chat_row("message_posted", TEACHER, at=DAY.ends)]
    with serving(rows) as google, reading(google, tmp_path) as (asking, quota):
        assert list(activities(asking, "chat", *DAY, quota=quota)) == []
        assert len(list(activities(asking, "chat", DAY.ends, DAY.ends + minutes(1), quota=quota))) == 1


def test_an_empty_log_has_no_items_at_all(tmp_path: Path) -> None:
    with serving([]) as google, reading(google, tmp_path) as (asking, quota):
        assert list(activities(asking, "chat", *DAY, quota=quota)) == []


def test_a_long_span_is_asked_for_in_parts_that_gmail_allows(tmp_path: Path) -> None:
    days = [NOON - timedelta(days=n) for n in range(75)]
    rows = [mail_row(1, TEACHER, TEACHER, [STUDENT], at=at, message_id=f"<{at}>") for at in days]
    span = (min(days), NOON + timedelta(seconds=1))
    with serving(rows) as google, reading(google, tmp_path) as (asking, quota):
        found = list(activities(asking, "gmail", *span, quota=quota))
        assert google.count("reports.activities.list") == 3
    assert sorted(one.at for one in found) == sorted(days)


def test_a_span_is_cut_by_real_hours_also_when_clocks_are_put_back() -> None:
    zone = ZoneInfo("America/New_York")
    span = Span(datetime(2026, 10, 12, tzinfo=zone), datetime(2026, 11, 16, tzinfo=zone))
    parts = list(span.cut(timedelta(days=30)))
    assert [ends.timestamp() - begins.timestamp() for begins, ends in parts] == [
        30 * 86_400, 5 * 86_400 + 3_600,
    ]  # fmt: skip
    assert (parts[0].begins, parts[-1].ends) == (span.begins, span.ends)


def test_a_crowded_span_is_cut_and_brings_what_reading_it_in_one_piece_brings(tmp_path: Path) -> None:
    busy = posts(1_700, minutes=40)
    calm = posts(600, minutes=600, since=NOON + timedelta(minutes=41))
    with serving(busy + calm) as google, reading(google, tmp_path) as (asking, quota):
        log = Log(asking, "chat", quota, "message_posted")
        whole = keys(log.rows(DAY))
        assert google.count("reports.activities.list") == 3
        cut = list(log.in_spans([DAY], keys, threads=4, crowded=600))
    spans = [span for span, _ in cut]
    assert len(spans) > 3
    assert spans == sorted(spans)
    assert [span.begins for span in spans[1:]] == [span.ends for span in spans[:-1]]
    assert (spans[0].begins, spans[-1].ends) == DAY
    assert sorted(key for _, found in cut for key in found) == sorted(whole)
    assert len(whole) == len(set(whole)) == 2_300
    assert max(len(found) for _, found in cut) <= 1_700


def test_a_reader_that_stops_early_does_not_close_a_span_before_its_last_page(tmp_path: Path) -> None:
    with serving(posts(1_100, minutes=60)) as google, reading(google, tmp_path) as (asking, quota):
        log = Log(asking, "chat", quota, "message_posted")
        list(log.in_spans([DAY], next, threads=1, crowded=100_000))
        assert google.count("reports.activities.list") == 2


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_ends_in_every_row_once_or_in_an_error_that_says_so(kind: str, tmp_path: Path) -> None:
    rows = posts(1_040, minutes=90)
    with serving(rows) as google, reading(google, tmp_path) as (asking, quota):
        google.faults.plan("reports.activities.list", kind, on=2, times=1)
        log = Log(asking, "chat", quota, "message_posted")
        try:
            found = keys(log.rows(DAY))
        except SourceError as error:
            assert error.cure
            assert kind in ("404", "page token repeats", "empty page with token")
            return
        finally:
            assert google.faults.done == [("reports.activities.list", kind)]
    assert len(found) == len(set(found)) == 1_040


def test_we_stay_below_googles_limit_for_filtered_questions(tmp_path: Path) -> None:
    small = replace(PLUS, filtered_queries=245)
    with serving([], edition=small) as google, reading(google, tmp_path) as (asking, quota):
        for _ in range(260):
            list(activities(asking, "chat", *DAY, quota=quota, event="message_posted"))
        assert {asked.status for asked in google.asked} == {200}
        assert sum(google.ticking.slept) >= 60  # type: ignore[attr-defined]  # set by ``serving``


def test_no_subject_is_asked_for_and_none_is_kept(tmp_path: Path) -> None:
    keep = frozenset({"message_info.rfc2822_message_id", "message_info.destination.address"})
    with (
        serving([mail_row(1, TEACHER, TEACHER, [STUDENT])]) as google,
        reading(google, tmp_path) as (asking, quota),
    ):
        (found,) = activities(asking, "gmail", *DAY, quota=quota, keep=keep)
        assert "resourceDetails" not in google.asked[-1].query["fields"]
        assert "includeSensitiveData" not in google.asked[-1].query
    assert found.events[0].parameters == {
        "message_info.rfc2822_message_id": "<m1@mail.marlow.example>",
        "message_info.destination": ({"address": STUDENT},),
    }
    assert "zephyrquill" not in repr(found)


def test_an_ai_agent_and_an_app_that_acted_are_told(tmp_path: Path) -> None:
    rows = [row("chat", "message_posted", TEACHER, extra={"isAgenticAction": True}, room_id="AAA1")]
    with serving(rows) as google, reading(google, tmp_path) as (asking, quota):
        (found,) = activities(asking, "chat", *DAY, quota=quota)
    assert found.agentic
    assert found.client_id is None
    app = {"id": {"time": "2026-11-18T17:00:00.123Z", "uniqueQualifier": "-5"}, "events": [],
           "actor": {"applicationInfo": {"oauthClientId": "17.apps.example"}, "profileId": "105250506097979753968"}}  # fmt: skip
    read = activity(app)
    assert isinstance(read, Activity)
    assert (read.client_id, read.profile_id, read.qualifier) == ("17.apps.example", None, "-5")


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        ({"id": {"time": "yesterday", "uniqueQualifier": "1"}, "events": []}, "id.time"),
        ({"id": {"time": "2026-11-18T17:00:00", "uniqueQualifier": "1"}, "events": []}, "id.time"),
        ({"id": {"time": "2026-11-18T17:00:00Z"}, "events": []}, "id.uniqueQualifier"),
        ({"id": {"time": "2026-11-18T17:00:00Z", "uniqueQualifier": "1"}}, "events"),
        ({}, "id.time"),
    ],
)
def test_a_row_without_what_makes_it_one_is_unusable(raw: dict[str, object], field: str) -> None:
    assert activity(raw) == Unusable(field)


def test_parameters_become_dotted_names_with_plain_values() -> None:
    nested = {"parameter": [{"name": "c", "multiIntValue": ["1", "-2"]}]}
    given = [
        {"name": "a", "intValue": "9007199254740993"},
        {"name": "b", "messageValue": {"parameter": [{"name": "b2", "messageValue": nested}]}},
        {"name": "d", "multiMessageValue": [nested, {"parameter": [{"name": "e", "boolValue": False}]}]},
        {"name": "f", "multiValue": ["x", "y"]},
        {"name": "g"},
        {"name": "h", "intValue": "many"},
        {"value": "nameless"},
        "no parameter",
    ]
    assert flattened(given) == {
        "a": 9007199254740993,
        "b.b2.c": (1, -2),
        "d": ({"c": (1, -2)}, {"e": False}),
        "f": ("x", "y"),
    }
    assert flattened(given, frozenset({"d.e", "f"})) == {"d": ({}, {"e": False}), "f": ("x", "y")}
    assert flattened(None) == {}
