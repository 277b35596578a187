"""Answers that another client of Canvas was written against: each of their records is taken in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from auditor.source import Denied, Malformed, SourceError, Transient
from benchmarks.pretend.serving import JSON, Reply, Request, Server
from connectors.canvas.access import Access
from connectors.canvas.asking import Asking, NotThere
from connectors.canvas.comments import read_courses
from connectors.canvas.conversations import Inboxes
from connectors.canvas.sent import Imprints
from connectors.canvas.users import User, read_users
from tests.connectors.canvas.canvas_world import LIMITS, Waits
from tests.shared_data import shared

THEN = datetime(2018, 1, 1, tzinfo=UTC)
ELSEWHERE = "https://example.com"


def recorded(file: str, *names: str) -> dict[str, Mapping[str, Any]]:
    """Return recorded answers by the path, with its page, that they are to."""
    told = json.loads(shared(f"canvas/{file}.json").read_text("utf-8"))
    return {str(told[name]["endpoint"]): told[name] for name in names}


@contextmanager
def asking(answers: Mapping[str, Mapping[str, Any]], folder: Path) -> Iterator[Asking]:
    def answer(request: Request) -> Reply:
        path = request.path.removeprefix("/api/v1/")
        page = request.query.get("page")
        told = next(
            one for name, one in answers.items()
            if name.partition("?")[0] == path and (f"page={page}" in name) == (page is not None)
        )  # fmt: skip
        headers = {**JSON, **told.get("headers", {})}
        if "Link" in headers:
            headers["Link"] = headers["Link"].replace(ELSEWHERE, server.address)
        return Reply(json.dumps(told["data"]).encode(), told.get("status_code", 200), headers)

    token = folder / "token"
    token.touch(mode=0o600)
    token.write_text("1~recorded", "utf-8")
    with Server(answer) as server:
        client = Asking(
            Access(server.address, token),
            where="Canvas",
            clock=Waits().clock(),
            random=Random(7),
            per_minute=600,
            limits=LIMITS,
        )
        client.open()
        yield client
        client.close()


def test_every_user_and_course_of_several_pages_is_taken_in(tmp_path: Path) -> None:
    with asking(recorded("account", "users", "users_page_2"), tmp_path) as client:
        users = read_users(client, "1", link="sis_user_id")
    assert [user.id for user in users] == ["1", "2", "3", "4"]
    courses = recorded("account", "get_courses", "get_courses_page_2")
    with asking(courses, tmp_path) as client:
        found = read_courses(client, "1", THEN)
    expected = [one["id"] for told in courses.values() for one in told["data"]]
    assert [int(course.id) for course in found] == sorted(expected)


def test_every_conversation_of_several_pages_is_seen_and_read(tmp_path: Path) -> None:
    answers = recorded("conversation", "get_conversations", "get_conversations_2")
    (first,) = recorded("conversation", "create_conversation").values()
    made = first["data"][0]
    for id_ in (1, 2, 3, 4):
        answers[f"conversations/{id_}"] = {"data": {**made, "id": id_}, "status_code": 200}
    answers |= recorded("user", "get_by_id_self")
    with asking(answers, tmp_path) as client:
        inboxes = Inboxes(client, Imprints(Random(7)), THEN, THEN + timedelta(days=1))
        user = User("1", "john@example.com", "", "John", "Doe", None)
        # the recorded links are of one who asks for nobody else
        with pytest.raises(Malformed, match="in whose name"):
            inboxes.of(user)
        for told in answers.values():
            told.get("headers", {}).pop("Link", None)
        inbox = inboxes.of(user)
    assert [one.id for one in inbox.sent] == ["conversation/1/1", "conversation/2/1"]
    assert all((one.author, one.others) == ("1", ("2",)) for one in inbox.sent)
    assert (inbox.refused, inbox.vanished) == ({}, [])


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("401_invalid_access_token", Denied),
        ("401_unauthorized", Denied),
        ("403", Denied),
        ("403_rate_limit", Transient),
        ("403_rate_limit_no_remaining_header", Transient),
        ("404", NotThere),
        ("500", Transient),
        ("502", Transient),
        ("503", Transient),
        ("400", Malformed),
        ("409", Malformed),
        ("422", Malformed),
    ],
)
def test_every_refusal_is_told_for_what_it_is(
    tmp_path: Path, name: str, error: type[SourceError]
) -> None:
    with asking(recorded("requests", name), tmp_path) as client, pytest.raises(error):
        client.record(name)
