"""Whatever Google's token endpoint answers is a token, or an error with its cure, by our own clock."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.source import Denied, Malformed, Transient
from benchmarks.pretend.google import PretendGoogle
from benchmarks.pretend.serving import JSON, Reply
from connectors.google.asking import Google
from tests.connectors.google.asking_world import LIMITS, asking
from tests.connectors.google.directory_world import account, serving, workspace
from tests.connectors.token_answers import GARBLED, NO_TOKENS, PASSING, SECRET

SCOPES = ("admin.directory.user.readonly",)


@pytest.fixture
def google() -> Iterator[PretendGoogle]:
    with serving(workspace([account("ana.reyes")], [])) as running:
        yield running


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def ask(google: PretendGoogle, tmp_path: Path, slept: list[float]) -> Iterator[Google]:
    made = asking(google, tmp_path, slept)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("body", "status"),
    [*((body, 200) for body in (*GARBLED, *NO_TOKENS)), *((body, 400) for body in GARBLED[:4])],
)
def test_what_is_no_token_is_malformed_and_its_words_stay_here(
    body: bytes, status: int, ask: Google, google: PretendGoogle, caplog: pytest.LogCaptureFixture
) -> None:
    google.faults.say("oauth.token", Reply(body, status, JSON), times=99)
    with pytest.raises(Malformed, match="3 times in a row") as caught:
        ask.admin(SCOPES).token()
    assert (caught.value.where, bool(caught.value.cure)) == ("Directory", True)
    assert google.count("oauth.token") == LIMITS.tries
    assert SECRET not in f"{caught.value}{caplog.text}"


@pytest.mark.parametrize(("body", "status"), PASSING)
def test_what_passes_is_waited_for_by_our_own_clock(
    body: bytes, status: int, ask: Google, google: PretendGoogle, slept: list[float]
) -> None:
    google.faults.say("oauth.token", Reply(body, status, JSON), times=99)
    with pytest.raises(Transient):
        ask.admin(SCOPES).token()
    assert len(slept) == LIMITS.tries - 1
    assert google.count("oauth.token") == LIMITS.tries


@pytest.mark.parametrize("body", [b"<html>Sign in</html>", b'{"error": 7}', b'{"error": "nope"}'])
def test_any_other_refusal_is_denied(body: bytes, ask: Google, google: PretendGoogle) -> None:
    google.faults.say("oauth.token", Reply(body, 400, JSON), times=99)
    with pytest.raises(Denied, match="no token"):
        ask.admin(SCOPES).token()
    assert google.count("oauth.token") == 1
