"""Whatever a field of an answer holds: a message, a refusal that is counted, or an error with a cure."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.source import SourceError
from benchmarks.pretend.serving import Reply, Request, Server
from connectors.canvas.access import Access
from connectors.canvas.asking import Asking
from connectors.canvas.comments import Comments, Course
from connectors.canvas.conversations import Inboxes
from connectors.canvas.fields import id_of, ids_of, moment
from connectors.canvas.sent import Imprints
from connectors.canvas.users import User
from tests.connectors.canvas.canvas_world import CANARY, LIMITS, NOON, Waits

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 40),
    st.sampled_from(["", "10", "x", "²", CANARY, "2026-11-18T17:00:00Z", "2026-11-18"]),
    st.lists(st.integers(-1, 30), max_size=3),
    st.dictionaries(st.sampled_from(["id", "name"]), st.integers(0, 30), max_size=2),
)
MESSAGE = st.fixed_dictionaries(
    {"body": st.just(f"Said {CANARY}")},
    optional={
        name: ODD | good
        for name, good in (
            ("id", st.integers(1, 90)),
            ("created_at", st.just("2026-11-18T17:00:00Z")),
            ("author_id", st.sampled_from([10, 20])),
            ("generated", st.booleans()),
            ("automated", st.booleans()),
            ("participating_user_ids", st.just([10, 20])),
        )
    },
)
CONVERSATION = st.fixed_dictionaries(
    {"id": st.just(3), "messages": st.lists(MESSAGE | ODD, max_size=4)},
    optional={"participants": ODD, "audience": ODD, "subject": ODD},
)
COMMENT = st.fixed_dictionaries(
    {"comment": st.just(f"Said {CANARY}")},
    optional={
        name: ODD | good
        for name, good in (
            ("id", st.integers(1, 90)),
            ("created_at", st.just("2026-11-18T17:00:00Z")),
            ("author_id", st.sampled_from([10, 20])),
        )
    },
)
WORK = st.fixed_dictionaries(
    {},
    optional={
        "user_id": ODD | st.just(20),
        "assignment_id": ODD | st.just(7),
        "submission_comments": ODD | st.lists(COMMENT | ODD, max_size=3),
    },
)
TEACHER = User("10", "ana.reyes@marlow.example", "", "Ana", "Reyes", "T10", "Ana's")
many = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class Told:
    """What the server is to say next."""

    documents: dict[str, Any] = {}  # noqa: RUF012  (set anew for each example)


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asking]:
    with asking(tmp_path_factory.mktemp("token")) as found:
        yield found


@contextmanager
def asking(folder: Path) -> Iterator[Asking]:
    def answer(request: Request) -> Reply:
        document = Told.documents[request.path.removeprefix("/api/v1/")]
        return Reply(json.dumps(document).encode())

    token = folder / "token"
    token.touch(mode=0o600)
    token.write_text("1~odd", "utf-8")
    with Server(answer) as server:
        found = Asking(
            Access(server.address, token), where="Canvas", clock=Waits().clock(),
            random=Random(7), per_minute=600, limits=LIMITS,
        )  # fmt: skip
        found.open()
        yield found
        found.close()


def is_early(message: object) -> bool:
    at = moment(message.get("created_at")) if isinstance(message, dict) else None
    return at is not None and at < NOON - timedelta(hours=2)


@many
@given(CONVERSATION, ODD)
def test_any_conversation(client: Asking, document: dict[str, Any], at: object) -> None:
    Told.documents = {
        "users/self": {"id": 10},
        "conversations": [{"id": 3, "last_message_at": at}],
        "conversations/3": document,
    }
    inboxes = Inboxes(client, Imprints(Random(7)), NOON - timedelta(hours=1), NOON + timedelta(1))
    try:
        inbox = inboxes.of(TEACHER)
    except SourceError as error:
        assert error.cure
        return
    assert inbox.records == len(inbox.sent) + inbox.refused.total()
    early = [one for one in document["messages"] if is_early(one)]
    assert inbox.records in (0, len(document["messages"]) - len(early))
    assert CANARY not in repr(inbox)
    for one in inbox.sent:
        assert one.author in ("10", "20") or one.author.isdigit()
        assert one.author not in one.others
        assert all(other.isdigit() for other in one.others)


@many
@given(st.lists(WORK, max_size=4))
def test_any_work(client: Asking, works: list[dict[str, Any]]) -> None:
    Told.documents = {"courses/7/students/submissions": works}
    comments = Comments(client, Imprints(Random(7)), NOON - timedelta(hours=1), NOON + timedelta(1))
    found = comments.of(Course("7", "Biology"))
    assert found.records == len(found.sent) + found.refused.total()
    untold = sum(not isinstance(work.get("submission_comments"), list) for work in works)
    assert found.said.total() == untold
    assert CANARY not in repr(found)


@given(ODD)
def test_any_field(value: object) -> None:
    assert id_of(value) == "" or id_of(value).isdigit()
    found = ids_of(value)
    assert found is None or all(found)
    at = moment(value)
    assert at is None or at.tzinfo is not None
