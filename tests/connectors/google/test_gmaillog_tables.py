"""The Gmail log kept in BigQuery gives the same mail as the log itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from auditor.source import DayState, Denied, Malformed, SourceContext, SourceError, Transient
from benchmarks.pretend.google import LogRow, PretendGoogle
from connectors.google.gmaillog import GmailLogStore, connect
from connectors.google.gmaillog import bigquery as asked
from connectors.google.gmaillog.tables import COLUMNS
from connectors.retrying import Limits
from tests.connectors.google.logs_world import (
    DAY,
    NOON,
    ONE_DAY,
    OTHER,
    OUTSIDE,
    RULES,
    SECOND,
    STUDENT,
    TEACHER,
    ZONE,
    Read,
    Ticking,
    mail_row,
    minutes,
    serving,
)
from tests.connectors.google.logs_world import pull as pull_log

LIMITS = Limits(read_seconds=2, tries=3, first_wait=1, longest_wait=30)
ROWS = (
    mail_row(1, TEACHER, TEACHER, [STUDENT, OUTSIDE], at=NOON),
    mail_row(2, STUDENT, TEACHER, [STUDENT], at=NOON + minutes(1)),
    mail_row(
        1, SECOND, TEACHER, [OTHER], at=NOON + minutes(2), message_id="<m2@mail.marlow.example>",
        event={"client_context": {"client_type": "WEB", "session_context": {"delegate_user_email": SECOND}}},
    ),
    mail_row(2, OTHER, TEACHER, [OTHER], at=NOON + minutes(3), message_id="<m2@mail.marlow.example>"),
    mail_row(2, OTHER, OUTSIDE, [OTHER], at=NOON + minutes(4), message_id="<m3@elsewhere.example>"),
    mail_row(11, OTHER, TEACHER, [OUTSIDE], at=NOON + minutes(5)),
    mail_row(1, TEACHER, TEACHER, [STUDENT], at=NOON - timedelta(days=3), message_id="<old@x.example>"),
)  # fmt: skip


def settings(google: PretendGoogle, folder: Path, **more: Any) -> dict[str, Any]:
    return {
        "connector": "gmail-log",
        "key": str(google.key_file(folder)),
        "endpoint": google.base,
        "project": "marlow-audit",
        "dataset": "workspace_logs",
        **more,
    }


def context(given: dict[str, Any], folder: Path) -> SourceContext:
    return SourceContext("logs", "Gmail log", ZONE, RULES, str(folder), given)


def source(google: PretendGoogle, folder: Path, **more: Any) -> GmailLogStore:
    ticking: Ticking = google.ticking  # type: ignore[attr-defined]  # set by ``serving``
    told = context(settings(google, folder, **more), folder)
    return GmailLogStore(told, clock=ticking.clock(), random=Random(7), limits=LIMITS)


def pull(google: PretendGoogle, folder: Path, **more: Any) -> Read:
    return Read(tuple(source(google, folder, **more).pull(ONE_DAY)))


def read(rows: Sequence[LogRow], folder: Path, **more: Any) -> Read:
    with serving(rows) as google:
        return pull(google, folder, **more)


@pytest.mark.parametrize("layout", ["daily", "activity"])
def test_it_is_the_same_mail_as_googles_own_log_tells(tmp_path: Path, layout: str) -> None:
    with serving(ROWS) as google:
        kept = pull(google, tmp_path, layout=layout)
        log = pull_log(google, tmp_path, "gmail")
    assert [m.native_id[:2] for m in kept.messages] == ["m1", "m2", "m1", "m2", "m3"]
    assert kept.messages == log.messages
    assert kept.records == log.records
    whose = {} if layout == "activity" else {t: n for t, n in log.notes.items() if "settings =" in t}
    assert {**kept.notes, **whose} == log.notes  # the daily tables do not tell whose mailbox it is
    assert kept.coverage[DAY, None] == log.coverage[DAY, None]


def test_no_subject_and_nothing_else_is_asked_for(tmp_path: Path) -> None:
    with serving(ROWS) as google:
        kept = pull(google, tmp_path)
        bodies = [a.request.body.decode() for a in google.asked if a.endpoint == "bigquery.jobs.query"]
    assert "zephyrquill" not in repr(kept)
    assert len(bodies) == 4
    for word in ("subject", "attachment", "link_domain", "displayname", "*`"):
        assert word not in " ".join(bodies).replace("daily_*`", ""), word
    assert set(COLUMNS) <= set(bodies[0].replace(",", " ").split())
    assert TEACHER not in " ".join(bodies)


def test_many_pages_are_read_to_the_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked, "_PAGE", 10)
    many = [
        mail_row(1, TEACHER, TEACHER, [STUDENT], at=NOON + minutes(n), message_id=f"<{n}@x.example>")
        for n in range(45)
    ]
    with serving(many) as google:
        kept = pull(google, tmp_path)
        assert google.count("bigquery.jobs.getQueryResults") >= 4
    assert [m.native_id for m in kept.messages] == [f"{n}@x.example" for n in range(45)]


@pytest.mark.parametrize("kind", ["403 rateLimitExceeded", "connection reset", "garbage"])
@pytest.mark.parametrize("endpoint", ["bigquery.jobs.query", "bigquery.jobs.getQueryResults"])
def test_what_passes_by_itself_leaves_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, endpoint: str
) -> None:
    monkeypatch.setattr(asked, "_PAGE", 1)
    with serving(ROWS) as google:
        plain = pull(google, tmp_path)
        google.faults.plan(endpoint, kind)
        again = pull(google, tmp_path)
        assert google.faults.done == [(endpoint, kind)]
    assert again.messages == plain.messages
    assert again.coverage == plain.coverage


def test_a_question_that_takes_long_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked, "_PATIENCE_MS", 0)
    with serving(ROWS) as google:
        assert len(pull(google, tmp_path).messages) == 5


@pytest.mark.parametrize(
    ("kind", "error", "words"),
    [
        ("403", Denied, "BigQuery Job User"),
        ("404", Denied, "no such project"),
        ("400", Malformed, "most_gigabytes"),
        ("503", Transient, "503"),
    ],
)
def test_what_is_wrong_with_the_dataset_is_said(
    tmp_path: Path, kind: str, error: type[SourceError], words: str
) -> None:
    with serving(ROWS) as google:
        google.faults.plan("bigquery.jobs.query", kind, times=99)
        with pytest.raises(error, match=words):
            pull(google, tmp_path)
        (result,) = source(google, tmp_path).check()
    assert not result.ok
    assert result.cure


def test_an_empty_dataset_is_no_quiet_day(tmp_path: Path) -> None:
    with serving(()) as google, pytest.raises(Denied, match="no mail on any"):
        pull(google, tmp_path)


def test_rows_cut_off_are_no_whole_answer(tmp_path: Path) -> None:
    with serving(ROWS) as google:
        google.faults.plan("bigquery.jobs.query", "empty page with token", on=2)
        with pytest.raises(SourceError):
            pull(google, tmp_path)


def test_the_service_account_asks_for_itself_with_a_bound(tmp_path: Path) -> None:
    with serving(ROWS) as google:
        pull(google, tmp_path, most_gigabytes=3, location="us-east4")
        questions = [a for a in google.asked if a.endpoint == "bigquery.jobs.query"]
    assert {a.subject for a in questions} == {None}
    assert all('"maximumBytesBilled": "3000000000"' in a.request.body.decode() for a in questions)
    assert all('"location": "us-east4"' in a.request.body.decode() for a in questions)


def test_a_day_that_has_not_begun_is_missing(tmp_path: Path) -> None:
    window = replace(ONE_DAY, last=DAY + timedelta(days=1), until=NOON + timedelta(hours=1))
    with serving(ROWS) as google:
        kept = Read(tuple(source(google, tmp_path).pull(window)))
    assert kept.coverage[DAY, None].state is DayState.READ
    assert kept.coverage[DAY + timedelta(days=1), None].state is DayState.MISSING


@pytest.mark.parametrize(
    ("wrong", "begins"),
    [
        ({"project": "x; DROP"}, {"project"}),
        ({"dataset": "a`b", "layout": "weekly"}, {"dataset", "layout"}),
        ({"quiet_days": 3, "most_gigabytes": 0}, {"quiet_days", "most_gigabytes"}),
        ({"key": None, "colour": "red"}, {"service_account", "colour"}),
        ({"path": "drop"}, {"project", "dataset", "key", "endpoint"}),
    ],
)
def test_every_mistake_is_told_at_once(tmp_path: Path, wrong: dict[str, Any], begins: set[str]) -> None:
    with serving(()) as google, pytest.raises(ValueError, match=r"^\w") as caught:
        given = {k: v for k, v in settings(google, tmp_path, **wrong).items() if v is not None}
        connect(context(given, tmp_path))
    assert {part.split(" ")[0] for part in str(caught.value).split("; ")} == begins
