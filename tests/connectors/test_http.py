"""The HTTP client against a real server that misbehaves: patient, bounded, and never talkative."""

from __future__ import annotations

import gzip
import json
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from random import Random
from typing import Any

import pytest
from requests import PreparedRequest
from requests.auth import AuthBase

from auditor.source import Denied, Malformed, SourceError, Transient
from connectors.answers import Answer, Expired, Found, Gone, NotAllowed, Refused
from connectors.http import Client, checked_base
from connectors.pagemarks import all_pages
from connectors.retrying import Clock, Limits, backoff
from tests.faults.server import JSON, Asked, How, Reply, Server

NOW = datetime(2026, 11, 24, 6, tzinfo=UTC)
LIMITS = Limits(read_seconds=0.5, answer_seconds=0.8, tries=3, first_wait=1, longest_wait=60, largest_answer=10_000)
SECRET = "s3cret"  # what stands for a page mark and for credentials: it may show up nowhere
GOOD = Reply(b'{"items": [1]}')


@dataclass
class Waits:
    """A clock whose sleeping takes no time, and is remembered."""

    slept: list[float] = field(default_factory=list)

    def clock(self) -> Clock:
        return Clock(lambda: NOW, time.monotonic, self.slept.append)


Asking = Callable[..., tuple[Client, Server, Waits]]


@pytest.fixture
def asking() -> Iterator[Asking]:
    """A client of a server that gives some replies in turn, the last of them for ever."""
    opened: list[tuple[Client, Server]] = []

    def begin(
        *replies: Reply, limits: Limits = LIMITS, quota: str | None = None, **more: Any
    ) -> tuple[Client, Server, Waits]:
        script = list(replies)
        server = Server(lambda _: script.pop(0) if len(script) > 1 else script[0])
        waits = Waits()
        client = Client(
            server.base,
            where="Relay",
            clock=waits.clock(),
            random=Random(7),
            limits=limits,
            is_quota=None if quota is None else lambda doc: quota in str(doc),
            **{"authorize": lambda: {"Authorization": f"Bearer {SECRET}"}, **more},
        )
        server.__enter__()
        opened.append((client, server))
        return client, server, waits

    yield begin
    for client, server in opened:
        client.close()
        server.__exit__(None, None, None)


def document(answer: Answer) -> object:
    assert isinstance(answer, Found)
    return answer.document


def status(code: int, **headers: str) -> Reply:
    return Reply(b'{"error": {"reason": "x"}}', code, {**JSON, **headers})


# ---- what passes by itself -------------------------------------------------------------------

PASSING = {
    "408": status(408), "429": status(429), "500": status(500), "502": status(502), "503": status(503),
    "reset": Reply(how=How.RESET), "silence": Reply(how=How.HANG), "cut": replace(GOOD, how=How.CUT),
    "drip": Reply(b'{"a": "' + b"x" * 60 + b'"}', how=How.DRIP), "half its JSON": Reply(b'{"items": [1'),
    "not UTF-8": Reply(b'{"a": "\xff"}'), "half its gzip": Reply(gzip.compress(b'{"a": 1}')[:-9], headers={**JSON, "Content-Encoding": "gzip"}),
}  # fmt: skip
GARBLED = {"half its JSON", "not UTF-8", "half its gzip"}


@pytest.mark.parametrize("name", PASSING)
def test_a_fault_that_passes_is_waited_out(asking: Asking, name: str) -> None:
    client, server, waits = asking(PASSING[name], GOOD)
    assert document(client.get("messages")) == {"items": [1]}
    assert len(server.asked) == 2
    assert len(waits.slept) == 1 and 0.5 <= waits.slept[0] <= 1
    assert [note.text for note in client.notes()] == ["answer that had to be asked for again"]


@pytest.mark.parametrize("name", PASSING)
def test_a_fault_that_stays_ends_after_a_bounded_number_of_tries(asking: Asking, name: str) -> None:
    client, server, waits = asking(PASSING[name])
    with pytest.raises(Malformed if name in GARBLED else Transient, match="3 times in a row") as failed:
        client.get("messages", {"pageToken": SECRET})
    assert len(server.asked) == 3 and len(waits.slept) == 2
    assert waits.slept[1] > waits.slept[0]
    assert failed.value.cure and failed.value.where == "Relay"


def test_a_server_that_is_not_there_is_transient() -> None:
    with Server(lambda _: GOOD) as server:
        base = server.base
    waits = Waits()
    client = Client(base, where="Relay", authorize=dict, clock=waits.clock(), random=Random(1), limits=LIMITS)
    with pytest.raises(Transient, match="connection broke"):
        client.get("messages")
    client.close()


@pytest.mark.parametrize(("asked_for", "least", "most"), [
    ("7", 7, 8), ("2.5", 2.5, 3.5), (format_datetime(NOW.replace(minute=1), usegmt=True), 60, 60),
    ("0", 0, 1), ("-5", 0, 1), ("soon", 0.5, 1), ("nan", 0.5, 1), ("Sat, 99 Foo", 0.5, 1),
])  # fmt: skip
def test_the_wait_that_a_server_asks_for(asking: Asking, asked_for: str, least: float, most: float) -> None:
    client, _, waits = asking(status(429, **{"Retry-After": asked_for}), GOOD)
    client.get("messages")
    assert least <= waits.slept[0] <= most
    assert len(client.notes()) == 1


@pytest.mark.parametrize("absurd", ["86400", "1e300", "inf", "Tue, 24 Nov 2037 06:00:00 GMT"])
def test_an_absurd_wait_is_capped_and_said(asking: Asking, absurd: str) -> None:
    client, _, waits = asking(status(503, **{"Retry-After": absurd}), GOOD)
    client.get("messages")
    assert waits.slept == [60]
    assert "the server asked to wait longer than 60 seconds; we did not" in [n.text for n in client.notes()]


def test_waiting_grows_and_is_left_to_chance() -> None:
    waits = [[backoff(n, Limits(), Random(seed)) for n in range(1, 10)] for seed in range(20)]
    assert all(w[n] / 2 <= Limits().first_wait * 2**n / 2 for w in waits for n in range(7))
    assert max(map(max, waits)) <= Limits().longest_wait
    assert len({w[0] for w in waits}) == 20


# ---- what does not pass ----------------------------------------------------------------------


@pytest.mark.parametrize(("reply", "kind", "words"), [
    (status(401), Denied, "401"), (status(403), Denied, "403"),
    (Reply(b"<html>sign in</html>", headers={"Content-Type": "text/html; charset=utf-8"}), Denied, "page for people"),
    (Reply(b"ok", headers={"Content-Type": "text/plain"}), Malformed, "not JSON"),
    (Reply(b"ok", headers={}), Malformed, "not JSON"),
    (status(400), Malformed, "400"), (status(204), Malformed, "204"), (status(418), Malformed, "418"),
    (Reply(b'{"a": "' + b"x" * 10_000 + b'"}'), Malformed, "more than 10,000 bytes"),
    (Reply(gzip.compress(b'"' + b"x" * 50_000_000 + b'"'), headers={**JSON, "Content-Encoding": "gzip"}), Malformed, "more than 10,000 bytes"),
    (Reply(b"{}", headers={**JSON, "Content-Encoding": "br"}), Malformed, "packs its answers"),
    (status(302, Location="http://127.0.0.1:1/v1/elsewhere"), Denied, "another server"),
    (status(302, Location="https://other.example/v1"), Denied, "another server"),
    (status(302, Location="file:///etc/passwd"), Denied, "another server"),
    (status(302), Malformed, "from one address to the next"),
], ids=lambda value: getattr(value, "__name__", None) or (value if isinstance(value, str) else None))  # fmt: skip
def test_what_is_refused_at_once(asking: Asking, reply: Reply, kind: type[SourceError], words: str) -> None:
    client, server, waits = asking(reply)
    with pytest.raises(kind, match=words):
        client.get("messages")
    assert waits.slept == []
    assert len(server.asked) <= 3


@pytest.mark.parametrize("body", [b"7", b"null", b'{"a": NaN}', b'{"a": 1e999}x', b"", b"[" * 100_000], ids=["bare", "null", "NaN", "more", "empty", "deep"])
def test_json_that_is_none(asking: Asking, body: bytes) -> None:
    client, *_ = asking(Reply(body), limits=replace(LIMITS, largest_answer=1_000_000))
    with pytest.raises(Malformed):
        client.get("messages")


def test_a_quota_said_as_not_allowed_is_waited_out(asking: Asking) -> None:
    fast = Reply(b'{"error": {"reason": "rateLimitExceeded"}}', 403)
    client, *_ = asking(fast, GOOD, quota="rateLimitExceeded")
    assert document(client.get("messages")) == {"items": [1]}
    client, *_ = asking(status(403), GOOD, quota="rateLimitExceeded")
    with pytest.raises(Denied):
        client.get("messages")


def test_a_quota_said_in_plain_words_is_waited_out(asking: Asking) -> None:
    fast = Reply(b"403 Forbidden (Rate Limit Exceeded)", 403, {"Content-Type": "text/plain"})
    client, _, waits = asking(fast, GOOD, too_fast=b"rate limit exceeded")
    assert document(client.get("messages")) == {"items": [1]}
    assert len(waits.slept) == 1
    for other in (status(403), Reply(b"Rate", 403, how=How.CUT)):
        client, *_ = asking(other, GOOD, too_fast=b"rate limit exceeded")
        with pytest.raises(Denied):
            client.get("messages")


def test_one_name_may_stand_several_times_in_a_query(asking: Asking) -> None:
    client, server, _ = asking(GOOD)
    client.get("courses", [("state[]", "available"), ("state[]", "completed")])
    assert server.asked[-1].query.all("state[]") == ["available", "completed"]


def test_what_the_caller_has_to_know(asking: Asking) -> None:
    client, *_ = asking(status(404), status(410), status(400))
    assert client.get("messages") == Gone()
    assert client.get("messages") == Expired()
    assert client.get("messages", {"pageToken": "1"}, mark=True) == Expired()


def test_the_servers_clock_and_its_next_link_are_handed_on(asking: Asking) -> None:
    client, server, _ = asking(Reply(b"[]", headers={
        **JSON, "Date": "Tue, 24 Nov 2026 06:00:00 GMT", "Link": '</v1/messages?page=2>; rel="next"',
    }))  # fmt: skip
    first = client.get("messages", {"since": "a b&c"})
    assert isinstance(first, Found) and first.next_link == "/v1/messages?page=2"
    assert first.server_time is not None  # the server's own header comes first, ours second
    client.follow(first.next_link)
    assert [(a.path, dict(a.query)) for a in server.asked] == [
        ("/v1/messages", {"since": "a b&c"}), ("/v1/messages", {"page": "2"}),
    ]  # fmt: skip


@pytest.mark.parametrize("link", [
    "https://127.0.0.1/v1/x", "http://127.0.0.1:1/v1/x", "http://localhost/v1", "//other.example/x",
    "http://169.254.169.254/latest/meta-data", "http://u:p@127.0.0.1/v1", "http://[::1", "file:///etc/passwd",
])  # fmt: skip
def test_a_link_leads_nowhere_else(asking: Asking, link: str) -> None:
    client, server, _ = asking(GOOD)
    with pytest.raises(Denied, match="another server"):
        client.follow(link)
    assert server.asked == []


def test_a_move_on_the_same_server_is_followed_with_our_credentials(asking: Asking) -> None:
    client, server, _ = asking(status(307, Location="/v2/messages"), GOOD)
    assert document(client.get("messages")) == {"items": [1]}
    assert [a.path for a in server.asked] == ["/v1/messages", "/v2/messages"]
    assert all(a.headers["Authorization"] == f"Bearer {SECRET}" for a in server.asked)


def test_no_cookie_is_kept(asking: Asking) -> None:
    client, server, _ = asking(replace(GOOD, headers={**JSON, "Set-Cookie": "a=b"}))
    client.get("messages"), client.get("messages")
    assert "Cookie" not in server.asked[1].headers


@pytest.mark.parametrize("name", ["500", "reset", "silence", "cut", "half its JSON"])
def test_neither_marks_nor_credentials_nor_answers_are_ever_said(
    asking: Asking, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    caplog.set_level(logging.DEBUG)
    body = PASSING[name].body[:-1] + b', "s3cret"'
    client, *_ = asking(replace(PASSING[name], body=body))
    with pytest.raises(SourceError) as failed:
        client.get("messages", {"pageToken": SECRET}, mark=True)
    told = [caplog.text, str(client.notes())]
    error: BaseException | None = failed.value
    while error is not None:
        told.append(f"{error} {error.args}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    assert not [text for text in told if SECRET in text or "pageToken" in text]


# ---- the address -----------------------------------------------------------------------------


@pytest.mark.parametrize("base", ["https://api.vendor.example/v1", "http://127.0.0.1:8080", "http://localhost", "http://[::1]:1/v1/"])
def test_an_address_we_would_ask(base: str) -> None:
    assert checked_base(base).hostname


@pytest.mark.parametrize("base", [
    "http://api.vendor.example", "api.vendor.example", "ftp://x.example", "https://", "https://u:p@x.example",
    "https://x.example?a=1", "https://x.example#a", "http://10.0.0.1", "file:///etc/passwd", "",
])  # fmt: skip
def test_an_address_we_would_not(base: str) -> None:
    with pytest.raises(ValueError, match="address"):
        checked_base(base)


# ---- page by page ----------------------------------------------------------------------------


def reading(asking: Asking, *replies: Reply, limits: Limits = LIMITS) -> Iterator[Answer]:
    client, *_ = asking(*replies, limits=limits)
    return all_pages(
        lambda mark: client.get("list", None if mark is None else {"pageToken": mark}, mark=mark is not None),
        mark=lambda found: found.document.get("next") if isinstance(found.document, dict) else None,
        records=lambda doc: len(doc["items"]) if isinstance(doc, dict) else 0,
        limits=limits,
        where="Relay",
    )


def page(*items: int, then: str | None = None) -> Reply:
    return Reply(json.dumps({"items": items, "next": then}).encode())


def items(answers: Iterator[Answer] | Sequence[Answer]) -> list[object]:
    return [item for a in answers if isinstance(a, Found) and isinstance(a.document, dict) for item in a.document["items"]]


def test_every_page_is_read_and_an_empty_one_is_not_the_last(asking: Asking) -> None:
    assert items(reading(asking, page(1, then="a"), page(then="b"), page(2))) == [1, 2]


def test_a_mark_that_comes_twice_never_ends_quietly(asking: Asking) -> None:
    with pytest.raises(Malformed, match="the same page came again"):
        list(reading(asking, page(1, then="a"), page(2, then="b"), page(3, then="a")))


def test_the_same_page_under_ever_new_marks_never_ends_quietly(asking: Asking) -> None:
    script = [page(1, 2, then=str(n)) for n in range(20)]
    with pytest.raises(Malformed, match="the same page came again"):
        list(reading(asking, *script))
    assert items(reading(asking, *script[:3], page(3))) == [1, 2] * 3 + [3]


def test_pages_without_end_and_without_content_are_noticed(asking: Asking) -> None:
    script = [page(then=str(n)) for n in range(5)]
    with pytest.raises(Malformed, match="4 pages in a row brought nothing"):
        list(reading(asking, *script, limits=replace(LIMITS, empty_pages=3)))
    assert items(reading(asking, *script[:3], page(1), limits=replace(LIMITS, empty_pages=3))) == [1]


@pytest.mark.parametrize("code", [400, 410])
def test_a_mark_that_went_bad_means_to_begin_again(asking: Asking, code: int) -> None:
    answers = reading(asking, page(1, then="a"), status(code), page(1, then="c"), page(2))
    assert items(answers) == [1, 1, 2]


def test_marks_that_keep_going_bad_are_never_an_end(asking: Asking) -> None:
    script = [page(1, then="a"), status(410)] * 4
    with pytest.raises(Transient, match="went bad 4 times"):
        list(reading(asking, *script))


def test_a_list_that_is_not_there_and_a_state_that_ran_out(asking: Asking) -> None:
    assert list(reading(asking, status(404))) == [Gone()]
    assert list(reading(asking, page(1, then="a"), status(404)))[1:] == [Gone()]
    assert list(reading(asking, status(410))) == [Expired()]


def test_the_server_sees_what_it_should(asking: Asking) -> None:
    client, server, _ = asking(GOOD)
    client.get("/users/a%2Fb", {"q": "x"})
    asked: Asked = server.asked[0]
    assert asked.headers["Accept-Encoding"] == "gzip" and asked.headers["Accept"] == "application/json"
    assert asked.path == "/v1/users/a%2Fb"


# ---- what vendors differ in ------------------------------------------------------------------


def test_headers_that_are_to_be_kept_come_with_the_answer_and_no_others(asking: Asking) -> None:
    told = {**JSON, "X-TOTAL-count": "7", "Set-Cookie": SECRET}
    client, _, _ = asking(Reply(b"{}", 200, told), keep=("X-Total-Count", "X-Other"))
    answer = client.get("x")
    assert isinstance(answer, Found)
    assert dict(answer.headers) == {"x-total-count": "7"}


@pytest.mark.parametrize(("code", "kind"), [(400, Refused), (413, Refused), (401, NotAllowed), (403, NotAllowed)])
def test_a_refusal_tells_its_status_and_the_vendors_own_word(
    code: int, kind: type[Refused] | type[NotAllowed], asking: Asking
) -> None:
    client, _, _ = asking(status(code), reason=lambda document: str(document["error"]["reason"]))
    with pytest.raises(SourceError, match=rf"answered {code}.*\(x\)") as caught:
        client.get("x")
    assert isinstance(caught.value, kind)
    assert caught.value.status == code


def test_a_form_is_posted_as_one(asking: Asking) -> None:
    client, server, _ = asking(GOOD)
    client.post("token", form={"grant_type": "client_credentials", "scope": "a b"})
    (asked,) = server.asked
    assert asked.body == b"grant_type=client_credentials&scope=a+b"
    assert asked.header("Content-Type") == "application/x-www-form-urlencoded"


def test_each_question_can_be_signed_anew(asking: Asking) -> None:
    class Signing(AuthBase):
        def __call__(self, request: PreparedRequest) -> PreparedRequest:
            request.headers["Authorization"] = f"Signed {len(waits.slept)} {request.path_url}"
            return request

    client, server, waits = asking(status(503), GOOD, authorize=Signing())
    client.get("x", {"page": "2"})
    assert [one.header("Authorization") for one in server.asked] == [
        "Signed 0 /v1/x?page=2",
        "Signed 1 /v1/x?page=2",
    ]
