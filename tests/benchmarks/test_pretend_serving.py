"""The faults of a pretended service, met by a client; and the service as a program."""

from __future__ import annotations

import json
import socket
import stat
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import requests

from benchmarks.pretend.faults import KINDS, Faults
from benchmarks.pretend.google import PretendGoogle
from benchmarks.pretend.google.calls import refusal
from benchmarks.pretend.serving import Query, Reply, Request, Server
from tests.shared_data import ROOT

ITEMS = list(range(10))


def numbers(request: Request) -> Reply:
    start = int(request.query.get("pageToken", "0"))
    document: dict[str, Any] = {"items": ITEMS[start : start + 4]}
    if start + 4 < len(ITEMS):
        document["nextPageToken"] = str(start + 4)
    return Reply(json.dumps(document).encode())


class Numbers:
    """Ten numbers in pages of four, with faults on the way."""

    def __init__(self) -> None:
        self.faults = Faults(refusal)
        self.server = Server(self.answer)

    def answer(self, request: Request) -> Reply:
        request = self.faults.unspoiled(request)
        return self.faults.spoil("numbers.list", request, numbers(request))

    def pages(self, most: int = 6) -> list[list[int]]:
        """Return the pages as a client that follows every token sees them."""
        found, token = [], ""
        with self.server:
            for _ in range(most):
                answer = requests.get(self.server.address, params={"pageToken": token} if token else {}, timeout=20)
                answer.raise_for_status()
                found.append(answer.json().get("items", []))
                token = answer.json().get("nextPageToken", "")
                if not token:
                    break
        return found


@pytest.mark.parametrize(("kind", "pages"), [
    ("empty page with token", [[0, 1, 2, 3], [], [4, 5, 6, 7], [8, 9]]),
    ("page token repeats", [[0, 1, 2, 3], [4, 5, 6, 7], [4, 5, 6, 7], [8, 9]]),
    ("pages overlap", [[0, 1, 2, 3], [3, 4, 5, 6, 7], [8, 9]]),
    ("item twice", [[0, 1, 2, 3], [4, 5, 6, 7, 4], [8, 9]]),
])  # fmt: skip
def test_a_page_is_spoiled_and_the_rest_goes_on(kind: str, pages: list[list[int]]) -> None:
    pretended = Numbers()
    pretended.faults.plan("numbers.*", kind, on=2)
    assert pretended.pages() == pages
    assert pretended.faults.done == [("numbers.list", kind)]


def test_every_kind_of_refusal_says_what_the_vendor_would() -> None:
    said = {}
    for kind in KINDS:
        if kind[:3].isdigit():
            pretended = Numbers()
            pretended.faults.plan("numbers.list", kind)
            with pretended.server:
                answer = requests.get(pretended.server.address, timeout=20)
            said[kind] = (answer.status_code, answer.json()["error"]["errors"][0]["reason"], answer.headers.get("Retry-After"))
    assert {kind: status for kind, (status, _, _) in said.items()} == {kind: int(kind[:3]) for kind in said}
    assert said["403 quotaExceeded"][1] == "quotaExceeded"
    assert said["429 retry after"][2] == "2.5" and said["429"][2] is None


@pytest.mark.parametrize(("kind", "failure"), [
    ("connection reset", requests.ConnectionError),
    ("body cut", requests.exceptions.ChunkedEncodingError),
    ("no answer", requests.ConnectionError),
    ("garbage", requests.JSONDecodeError),
    ("login page", requests.JSONDecodeError),
])  # fmt: skip
def test_an_answer_that_breaks_on_the_wire(kind: str, failure: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.pretend.serving.LONGEST_HANG", 0.01)
    pretended = Numbers()
    pretended.faults.plan("numbers.list", kind)
    with pytest.raises(failure):
        pretended.pages()


def test_only_the_calls_meant_are_spoiled() -> None:
    faults = Faults(refusal)
    faults.plan("a.*", "500", on=2, times=2, where=lambda request: "x" in request.query)
    with pytest.raises(KeyError, match="no such fault"):
        faults.plan("a.*", "501")
    mine, other = Request("/", Query([("x", "1")])), Request("/")
    said = [
        faults.spoil(endpoint, request, Reply()).status
        for endpoint, request in (
            ("a.get", mine), ("b.get", mine), ("a.get", other), ("a.list", mine), ("a.get", mine), ("a.get", mine),
        )
    ]  # fmt: skip
    assert said == [200, 200, 200, 500, 500, 200]


def test_a_name_may_stand_twice_in_a_query() -> None:
    query = Query([("h", "From"), ("n", "1"), ("h", "To")])
    assert (query["h"], query.all("h"), dict(query)) == ("To", ["From", "To"], {"h": "To", "n": "1"})


def test_a_reply_comes_in_one_piece() -> None:
    with Server(lambda request: Reply(b"x" * 100)) as server:
        port = int(server.address.rpartition(":")[2])
        with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
            piece = connection.recv(65_536)
    assert piece.startswith(b"HTTP/1.1 200 OK\r\n") and piece.endswith(b"\r\n\r\n" + b"x" * 100)


def test_as_a_program_it_serves_until_its_input_is_closed(tmp_path: Path) -> None:
    sizes = ("--schools=1", "--staff=45", "--students=450", "--weeks=2")
    command = [sys.executable, "-m", "benchmarks.pretend.google", str(tmp_path), *sizes]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdin is not None and running.stdout is not None
        told = json.loads(running.stdout.readline())
        key = Path(told["key"])
        assert key == tmp_path / "google/key.json" and stat.S_IMODE(key.stat().st_mode) == 0o600
        assert json.loads(key.read_text())["token_uri"] == f"{told['base']}/token"
        moment = "2026-11-16T02:00:00-05:00"
        said = requests.post(f"{told['base']}/pretend/now", json={"now": moment}, timeout=20).json()
        assert datetime.fromisoformat(said["now"]) == datetime.fromisoformat(moment)
        running.stdin.close()
        assert running.wait(20) == 0


def test_the_tenant_is_a_program_too(tmp_path: Path) -> None:
    sizes = ("--schools=1", "--staff=45", "--students=450", "--weeks=2")
    command = [sys.executable, "-m", "benchmarks.pretend.microsoft", str(tmp_path), *sizes]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdin is not None and running.stdout is not None
        told = json.loads(running.stdout.readline())
        certificate = Path(told["certificate"])
        assert certificate == tmp_path / "microsoft/certificate.pem"
        assert stat.S_IMODE(certificate.stat().st_mode) == 0o600
        found = requests.get(f"{told['base']}/{told['tenant']}/v2.0/.well-known/openid-configuration", timeout=20).json()
        assert found["token_endpoint"].startswith("https://login.microsoftonline.com/")
        running.stdin.close()
        assert running.wait(20) == 0


def test_what_was_asked_is_kept(google: PretendGoogle) -> None:
    assert requests.get(f"{google.base}/gmail/v1/users/me/profile", params={"x": "1"}, timeout=20).status_code == 401
    assert requests.get(f"{google.base}/nowhere", timeout=20).status_code == 404
    assert [(a.endpoint, a.method, a.status, dict(a.query)) for a in google.asked] == [
        ("gmail.users.getProfile", "GET", 401, {"x": "1"}), ("", "GET", 404, {}),
    ]  # fmt: skip
