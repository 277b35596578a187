"""The settings of a OneRoster server, and what `auditor check` says of who we are and what we may."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from auditor.model import Person
from auditor.source import Denied, Malformed
from benchmarks.pretend.oneroster import Oddities
from tests.connectors.oneroster.api_world import Waits, configured, marlow, pull, serving, source
from tests.connectors.roster_world import WINDOW

GOOD: dict[str, object] = {
    "address": "https://sis.marlow.example",
    "tokens": "https://sis.marlow.example/oauth/token",
    "client": "auditor",
    "secret": "secrets/oneroster",
}
WRONG: tuple[tuple[str, Mapping[str, object], str], ...] = (
    ("no address", {"address": None}, "address must be where the vendor"),
    ("plain http", {"address": "http://sis.marlow.example"}, "address is not usable"),
    ("query", {"tokens": "https://sis.marlow.example/t?x=1"}, "tokens is not usable"),
    ("no tokens", {"tokens": None}, "tokens must be where the vendor"),
    ("tokens", {"tokens": GOOD["tokens"], "sign_in": "oauth1"}, "tokens are of no use"),
    ("scope", {"tokens": None, "sign_in": "oauth1", "scope": "roster"}, "scope is of no use"),
    ("no client", {"client": None}, "client must be the client id"),
    ("no secret", {"secret": None}, "secret must be the file"),
    ("blank", {"secret": " "}, "secret must be text in quotes"),
    ("version", {"version": "auto"}, 'version must be "1.1" or "1.2"'),
    ("number", {"version": 1.2}, "version must be"),
    ("way", {"sign_in": "basic"}, 'sign_in must be "oauth2" or "oauth1"'),
    ("right", {"scope": "roster-demographics"}, "scope must be"),
    ("one", {"page": 1}, "page must be a whole number from 2 to 10,000"),
)


@pytest.mark.parametrize(("more", "words"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_a_mistake_is_named_with_its_setting(
    tmp_path: Path, more: Mapping[str, object], words: str
) -> None:
    settings = {n: v for n, v in {**GOOD, **more}.items() if v is not None}
    with pytest.raises(ValueError, match="^" + words.partition(" ")[0]) as caught:
        configured(tmp_path, settings)
    assert words in str(caught.value)
    assert "; " not in str(caught.value)


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    wrong = {"address": 3, "colour": "red", "page": "many", "version": "2.0"}
    with pytest.raises(ValueError, match="address") as caught:
        configured(tmp_path, wrong)
    begins = {part.split(" ")[0] for part in str(caught.value).split("; ")}
    assert begins == {*wrong, "tokens", "client", "secret"}


@pytest.mark.parametrize(
    ("version", "path"), [("1.1", "/ims/oneroster/v1p1"), ("1.2", "/ims/oneroster/rostering/v1p2")]
)
def test_the_address_is_the_vendors_or_its_server_alone(
    version: str, path: str, tmp_path: Path
) -> None:
    with serving(marlow(version)) as running:
        for address in (running.base, f"{running.base}/", running.base + path):
            assert len(pull(running, tmp_path, address=address).of(Person)) == 3


@pytest.mark.parametrize(
    ("version", "more", "expected"),
    [
        ("1.1", {}, "or/v1p1/scope/roster.readonly"),
        ("1.2", {}, "or/v1p2/scope/roster-core.readonly"),
        ("1.1", {"scope": "roster-core"}, "or/v1p1/scope/roster-core.readonly"),
        ("1.2", {"scope": "roster"}, "or/v1p2/scope/roster.readonly"),
    ],
)
def test_one_right_is_asked_for_and_it_reads(
    version: str, more: dict[str, object], expected: str, tmp_path: Path
) -> None:
    with serving(marlow(version)) as running:
        pull(running, tmp_path, **more)
        (token,) = [one for one in running.asked if one.endpoint == "token"]
    body = token.request.body.decode().replace("%2F", "/").replace("%3A", ":")
    assert f"scope=https://purl.imsglobal.org/spec/{expected}" in body
    assert running.secret not in body


# ---- check -----------------------------------------------------------------------------------


def test_check_says_who_we_are_where_and_with_which_right(tmp_path: Path) -> None:
    with serving(marlow()) as running:
        first, second = source(running, tmp_path).check()
        assert {one.endpoint for one in running.asked} == {"token", "orgs"}
    assert first.ok
    assert first.text == "let in as auditor-client by OAuth 2, with the right roster-core.readonly"
    assert second.ok
    assert "OneRoster 1.2" in second.text
    assert "tells how many records" in second.text
    assert "Alder" not in repr((first, second))


def test_check_says_what_was_granted_beyond_reading_people(tmp_path: Path) -> None:
    granted = ("roster-core.readonly", "roster-demographics.readonly", "roster.createput")
    with serving(marlow(), granted=granted) as running:
        _, wide, _ = source(running, tmp_path).check()
        note = pull(running, tmp_path).note("more than was asked for")
    assert not wide.ok
    assert "roster-demographics.readonly, roster.createput" in wide.text
    assert "take this away" in str(wide.cure)
    assert "roster.createput" in note.text


def test_check_says_what_is_missing(tmp_path: Path) -> None:
    with serving(marlow(), granted=("roster-demographics.readonly",)) as running:
        results = source(running, tmp_path).check()
    assert "without the right roster-core.readonly" in results[0].text
    assert "v1p2/scope/roster-core.readonly" in str(results[0].cure)
    assert not results[-1].ok


def test_a_server_that_does_not_say_what_it_granted_is_believed_to_have(tmp_path: Path) -> None:
    with serving(marlow(), granted=()) as running:
        first, second = source(running, tmp_path).check()
    assert first.ok
    assert "does not say with which rights" in first.text
    assert second.ok


def test_check_says_when_no_school_is_shown(tmp_path: Path) -> None:
    with serving(marlow().changed("orgs", ())) as running:
        result = source(running, tmp_path).check()[-1]
    assert not result.ok
    assert "no school" in result.text


def test_the_wrong_edition_is_named_as_a_place_that_is_not_there(tmp_path: Path) -> None:
    with serving(marlow("1.1")) as running:
        (_, result) = source(running, tmp_path, version="1.2").check()
    assert not result.ok
    assert "no list orgs" in result.text


# ---- secrets and tokens ----------------------------------------------------------------------


def test_a_secret_that_others_may_read_is_refused(tmp_path: Path) -> None:
    with serving(marlow()) as running:
        api = source(running, tmp_path)
        (tmp_path / "oneroster-secret").chmod(0o644)
        with pytest.raises(Denied, match="other accounts may use the secret"):
            list(api.pull(WINDOW))
        assert running.asked == []
        (tmp_path / "oneroster-secret").unlink()
        assert "there is no secret" in api.check()[0].text


def test_a_wrong_secret_is_told_in_the_words_of_the_standard(tmp_path: Path) -> None:
    with serving(marlow()) as running:
        api = source(running, tmp_path)
        (tmp_path / "oneroster-secret").write_text("another secret")
        with pytest.raises(Denied, match=r"gives no token: .*invalid_client") as caught:
            list(api.pull(WINDOW))
    assert "another secret" not in str(caught.value)


def test_a_token_is_kept_while_it_holds_and_renewed_before_it_ends(tmp_path: Path) -> None:
    waits = Waits()
    with serving(marlow()) as running:
        api = source(running, tmp_path, waits)
        list(api.pull(WINDOW))
        assert running.count("token") == 1
        later = running.served + 2
        running.meanwhile[later] = lambda: setattr(waits, "passed", 3_550.0)
        list(api.pull(WINDOW))
        assert running.count("token") == 3  # the second pull has a token of its own


@pytest.mark.parametrize("expires", ["3600", None, "soon"])
def test_a_lifetime_may_be_told_oddly_or_not_at_all(expires: object, tmp_path: Path) -> None:
    with serving(marlow(), Oddities(expires=expires)) as running:
        assert len(pull(running, tmp_path).of(Person)) == 3
        assert running.count("token") == 1


def test_a_token_that_ends_before_its_time_is_renewed_once_and_said(tmp_path: Path) -> None:
    with serving(marlow()) as running:
        running.meanwhile[3] = running.forget_tokens
        pulled = pull(running, tmp_path)
        assert running.count("token") == 2
    assert len(pulled.of(Person)) == 3
    assert pulled.note("ran out before its time").count == 1


def test_an_answer_without_a_token_is_malformed(tmp_path: Path) -> None:
    odd = Oddities(token_type="mac")
    with serving(marlow(), odd) as running, pytest.raises(Malformed, match="no token"):
        pull(running, tmp_path)
