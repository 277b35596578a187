"""What an entry of a mailbox's history brings, in the forms that Google documents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from auditor.source import Malformed
from connectors.answers import Expired, Found, Gone
from connectors.google.gmail.history import History, Since
from connectors.google.gmail.units import Units
from tests.connectors.google.directory_world import Waits


class Told:
    """Stands for Google: these answers, page by page."""

    def __init__(self, *answers: Any) -> None:
        self.answers = answers

    def pages(self, *_: object, **__: object) -> Iterator[Any]:
        yield from self.answers


def page(point: object, *entries: dict[str, Any]) -> Found:
    return Found({"historyId": point, "history": list(entries)}, None)


def message(name: str, *labels: str) -> dict[str, Any]:
    return {"message": {"id": name, "labelIds": list(labels)}}


def since(*answers: Any, start: int = 10) -> Since | None:
    units = Units(1_000, Waits().clock()).mailbox()
    told: Any = Told(*answers)
    return History(told, units, where="Gmail").since(start, everything=True)


def test_what_was_sent_at_last_or_let_out_of_spam_is_brought_like_what_came_in() -> None:
    found = since(
        page(
            "30",
            {"id": "11", "messagesAdded": [message("a", "INBOX"), message("d", "DRAFT")]},
            {"id": "12", "labelsAdded": [{**message("b", "SENT"), "labelIds": ["SENT"]}]},
            {"id": "13", "labelsRemoved": [{**message("c", "INBOX"), "labelIds": ["SPAM"]}]},
            {"id": "14", "labelsRemoved": [{**message("e", "INBOX"), "labelIds": ["UNREAD"]}]},
            {"id": "15", "labelsAdded": [{**message("f", "INBOX"), "labelIds": ["STARRED"]}]},
            {"id": "16", "messagesAdded": [message("g", "SPAM")]},
        )
    )
    assert found is not None
    assert found.messages == {
        "a": (11, frozenset({"INBOX"})), "b": (12, frozenset({"SENT"})),
        "c": (13, frozenset({"INBOX"})),
    }  # fmt: skip
    assert found.left_out.total() == 1
    assert found.point == 30


def test_the_point_is_the_first_pages_so_that_nothing_falls_between_two_nights() -> None:
    entry = {"id": "35", "messagesAdded": [message("late", "INBOX")]}
    found = since(page("30"), page("40", entry))
    assert found is not None
    assert found.point == 30
    assert found.messages["late"][0] == 35


def test_the_point_never_goes_back() -> None:
    found = since(page("5"))
    assert found is not None
    assert found.point == 10


@pytest.mark.parametrize("answer", [Gone(), Expired()])
def test_a_history_that_is_forgotten_is_none(answer: Any) -> None:
    assert since(page("30"), answer) is None


@pytest.mark.parametrize(
    "answer",
    [
        page(None),
        page("x"),
        page(30),
        page("30", {"messagesAdded": [message("a")]}),
        page("30", {"id": "11", "messagesAdded": [{"message": {}}]}),
    ],
)
def test_an_answer_in_which_something_is_missing_is_no_quiet_night(answer: Any) -> None:
    with pytest.raises(Malformed):
        since(answer)
