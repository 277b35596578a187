"""How a user grants a token: a link, the user's own yes, and a file that nobody else may read."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from benchmarks.pretend.schoology import PretendSchoology
from tests.connectors.schoology.schoology_world import ANA, WORLD
from tests.cron.tiny_district import TinyDistrict

SOURCE = """
[sources.lms]
connector = "schoology"
title = "Schoology"
kind = "messages"
key = "{key}"
secret = "{secret}"
endpoint = "{endpoint}"
site = "https://schoology.d.example"
"""
TOKENS = 'tokens = "secrets/schoology"\n'


@pytest.fixture
def schoology() -> Iterator[PretendSchoology]:
    with PretendSchoology(WORLD) as running:
        yield running
        assert (running.mistakes, running.changes) == ([], [])


def district(folder: Path, schoology: PretendSchoology, more: str = TOKENS) -> TinyDistrict:
    tiny = TinyDistrict(folder)
    secret = schoology.secret_file(folder)
    source = SOURCE.format(key=schoology.key, secret=secret, endpoint=schoology.endpoint)
    tiny.settings(source + more)
    return tiny


def test_a_user_agrees_and_the_token_is_put_on_file(
    tmp_path: Path, schoology: PretendSchoology, caplog: pytest.LogCaptureFixture
) -> None:
    tiny = district(tmp_path, schoology)
    code, given = tiny.command("grant", "lms")
    assert code == 0
    link = urlsplit(given["link"])
    assert (link.scheme, link.netloc, link.path) == (
        "https", "schoology.d.example", "/oauth/authorize"
    )  # fmt: skip
    (token,) = parse_qs(link.query)["oauth_token"]

    assert tiny.command("grant", "lms", "--finish") == (
        3,
        [{"account": None, "what": "nobody has agreed yet"}],
    )
    schoology.grants.approve(token, ANA)
    assert tiny.command("grant", "lms", "--finish") == (
        0,
        [{"account": ANA, "what": "the token is on file"}],
    )
    assert tiny.command("grant", "lms", "--finish") == (0, [])
    folder = tmp_path / "secrets/schoology"
    assert [one.name for one in folder.iterdir()] == [ANA]
    assert stat.S_IMODE((folder / ANA).stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    access, secret = (folder / ANA).read_text().split()
    assert schoology.grants.tokens == {access: (secret, ANA)}
    assert secret not in caplog.text + json.dumps(given)
    assert access not in caplog.text

    checked = tiny.command("check")[1]
    assert "tokens that users granted and that are good: 1" in json.dumps(checked)


def test_a_source_to_which_nobody_grants_anything_is_told(
    tmp_path: Path, schoology: PretendSchoology
) -> None:
    tiny = district(tmp_path, schoology, "")
    for name, told in (("mail", "users grant nothing"), ("gone", "no such source")):
        code, document = tiny.command("grant", name)
        assert code == 2
        assert told in json.dumps(document)
    code, document = tiny.command("grant", "lms")
    assert code != 0
    assert "no folder for tokens" in json.dumps(document)
