"""Whatever Microsoft's sign-in answers is a token, or an error with its cure, and never in a log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.source import Denied, Malformed, Transient
from benchmarks.pretend.microsoft import PretendMicrosoft
from benchmarks.pretend.serving import JSON, Reply
from connectors.microsoft.access import Access, Cloud, Identity
from tests.connectors.hurrying import QUICKLY, hurried
from tests.connectors.microsoft.directory_world import NOW, account, serving, tenant
from tests.connectors.token_answers import GARBLED, NO_TOKENS, PASSING, SECRET

TOKEN, ABOUT = "oauth.token", "openid.configuration"


@pytest.fixture
def microsoft() -> Iterator[PretendMicrosoft]:
    with serving(tenant([account("ana.reyes")])) as running:
        yield running


@pytest.fixture
def identity(microsoft: PretendMicrosoft, tmp_path: Path) -> Identity:
    pem = microsoft.certificate_file(tmp_path)
    access = Access(microsoft.tenant, microsoft.client, pem, None, Cloud.GLOBAL, microsoft.base)
    return Identity(access, where="Teams")


@pytest.mark.parametrize(
    ("body", "status"),
    [*((body, 200) for body in (*GARBLED, *NO_TOKENS)), *((body, 400) for body in GARBLED)],
)
def test_what_is_no_token_is_malformed_and_its_words_stay_here(
    body: bytes,
    status: int,
    identity: Identity,
    microsoft: PretendMicrosoft,
    caplog: pytest.LogCaptureFixture,
) -> None:
    microsoft.faults.say(TOKEN, Reply(body, status, JSON))
    with pytest.raises(Malformed, match="no token") as caught:
        identity.token()
    assert (caught.value.where, bool(caught.value.cure)) == ("Teams", True)
    assert SECRET not in f"{caught.value}{caplog.text}"
    assert identity.token(), "nothing is kept of what was no token"


@pytest.mark.parametrize("body", GARBLED)
def test_nor_is_what_does_not_tell_where_tokens_are_to_be_had(
    body: bytes, identity: Identity, microsoft: PretendMicrosoft
) -> None:
    microsoft.faults.say(ABOUT, Reply(body, 200, JSON))
    with pytest.raises(Malformed, match="no token"):
        identity.token()
    assert identity.token()


@pytest.mark.parametrize(
    ("endpoint", "body", "status"),
    # What is told of the sign-in itself has no words for what passes.
    [*((TOKEN, *one) for one in PASSING), *((ABOUT, *one) for one in PASSING[:3])],
)
def test_what_passes_is_no_refusal(
    endpoint: str, body: bytes, status: int, identity: Identity, microsoft: PretendMicrosoft
) -> None:
    microsoft.faults.say(endpoint, Reply(body, status, JSON))
    with pytest.raises(Transient, match="could not be reached"):
        identity.token()


@pytest.mark.parametrize("body", [b'{"error": 7}', b'{"error": "invalid_client"}', b'{"error": "a b"}', b"{}"])
def test_any_other_refusal_is_denied(
    body: bytes, identity: Identity, microsoft: PretendMicrosoft
) -> None:
    microsoft.faults.say(TOKEN, Reply(body, 401, JSON))
    with pytest.raises(Denied, match="gives no token"):
        identity.token()


def test_a_token_that_comes_a_byte_at_a_time_is_not_waited_for(
    microsoft: PretendMicrosoft, tmp_path: Path
) -> None:
    pem = microsoft.certificate_file(tmp_path)
    access = Access(microsoft.tenant, microsoft.client, pem, None, Cloud.GLOBAL, microsoft.base)
    passed = hurried(NOW).monotonic
    identity = Identity(access, where="Teams", passed=passed, answer_seconds=QUICKLY.answer_seconds)
    microsoft.faults.plan(TOKEN, "body drips")
    with pytest.raises(Transient, match="could not be reached"):
        identity.token()
    assert identity.token()
