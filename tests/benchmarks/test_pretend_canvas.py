"""The pretended Canvas refuses, pages, throttles and marks as read as the real one documents it."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from benchmarks.pretend.canvas import PretendCanvas
from tests.connectors.canvas.canvas_world import (
    NOW,
    STUDENT,
    TEACHER,
    letter,
    serving,
    talk,
    world,
)

TALK = talk(3, letter(31, STUDENT, TEACHER))


def ask(canvas: PretendCanvas, path: str, method: str = "GET", **more: Any) -> requests.Response:
    headers = {"Authorization": f"Bearer {more.pop('token', canvas.token)}"}
    url = path if path.startswith("http") else f"{canvas.base}/api/v1/{path}"
    return requests.request(method, url, headers=headers, params=more, timeout=5)


def test_a_stranger_and_a_token_without_the_right_are_refused() -> None:
    with serving(world(TALK)) as canvas:
        assert ask(canvas, "users/self", token="1~no").status_code == 401
        assert ask(canvas, "users/self", as_user_id="999").status_code == 401
        assert ask(canvas, "users/self", as_user_id="1").json() == {"errors": "Invalid as_user_id"}
        assert ask(canvas, "users/self", as_user_id=TEACHER).json()["id"] == TEACHER
        assert canvas.acted == [(1, TEACHER, "/api/v1/users/self")]
        assert ask(canvas, "conversations/4", as_user_id=TEACHER).status_code == 404


def test_pages_are_bare_lists_with_an_opaque_link_to_the_next() -> None:
    with serving(world(TALK)) as canvas:
        first = ask(canvas, "accounts/self/users", per_page=4)
        link = first.links["next"]["url"]
        second = ask(canvas, link)
        assert (len(first.json()), len(second.json())) == (4, 3)
        assert "next" not in second.links
        assert ask(canvas, link.replace("per_page=4", "per_page=5")).status_code == 400


def test_a_list_with_all_ids_is_no_list_whatever_was_asked() -> None:
    with serving(world(TALK)) as canvas:
        asked: dict[str, Any] = {"as_user_id": TEACHER, "include_all_conversation_ids": "false"}
        assert set(ask(canvas, "conversations", **asked).json()) == {
            "conversations", "conversation_ids",
        }  # fmt: skip


def test_a_bucket_fills_and_drains() -> None:
    seconds = 0.0
    with PretendCanvas(world(TALK), now=NOW, clock=lambda: seconds) as canvas:
        canvas.bucket.cost = 300
        left = [ask(canvas, "users/self").headers.get("X-Rate-Limit-Remaining") for _ in range(3)]
        assert left == ["400.0", "100.0", None]
        refused = ask(canvas, "users/self")
        assert (refused.status_code, refused.text) == (403, "403 Forbidden (Rate Limit Exceeded)\n")
        canvas.refuses_with = 429
        assert ask(canvas, "users/self").status_code == 429
        seconds = 21
        assert ask(canvas, "users/self").status_code == 200


@pytest.mark.parametrize(("keeps", "state"), [("false", "unread"), ("true", "read")])
def test_reading_marks_as_read_unless_it_is_told_not_to(keeps: str, state: str) -> None:
    with serving(world(TALK)) as canvas:
        asked: dict[str, Any] = {"as_user_id": TEACHER, "auto_mark_as_read": keeps}
        assert ask(canvas, "conversations/3", **asked).json()["workflow_state"] == state
        (listed,) = ask(canvas, "conversations", as_user_id=TEACHER).json()
        assert listed["workflow_state"] == state
        assert bool(canvas.changes) == (state == "read")
        canvas.changes.clear()


def test_whatever_is_not_a_question_is_a_change() -> None:
    with PretendCanvas(world(TALK), now=NOW) as canvas:
        assert ask(canvas, "conversations/3", "PUT").status_code == 404
        assert canvas.changes == ["PUT /api/v1/conversations/3"]
