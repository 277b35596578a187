"""OAuth 1.0a as its standard's own examples show it, and as another implementation checks it."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.model import Person
from auditor.source import Denied
from benchmarks.pretend.oneroster.signing import told_by
from connectors.oneroster.api.signing import base_string, encoded, signature
from tests.connectors.oneroster.api_world import marlow, pull, serving, source

SECRET_FILE = "oneroster-secret"
# RFC 5849, 3.4.1.1: the request, its form among the parameters, and the string that is signed.
EXAMPLE = (
    "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D"
    "%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a"
    "%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
)
TOLD = (
    ("oauth_consumer_key", "9djdj82h48djs9d2"),
    ("oauth_token", "kkk9d7dh3k39sjv7"),
    ("oauth_signature_method", "HMAC-SHA1"),
    ("oauth_timestamp", "137131201"),
    ("oauth_nonce", "7d8f3e4a"),
    ("c2", ""),
    ("a3", "2 q"),
)


def test_the_standards_example_is_the_standards_string() -> None:
    url = "http://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b"
    assert base_string("post", url, TOLD) == EXAMPLE


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://sis.example:443/v1?x=1", "https%3A%2F%2Fsis.example%2Fv1"),
        ("https://sis.example:8443/v1", "https%3A%2F%2Fsis.example%3A8443%2Fv1"),
        ("http://SIS.example", "http%3A%2F%2Fsis.example%2F"),
    ],
)
def test_an_address_has_one_form(url: str, address: str) -> None:
    assert base_string("GET", url, ()).split("&")[1] == address


# Made with: openssl dgst -sha256 -hmac "<secret>&" -binary | base64
@pytest.mark.parametrize(
    ("base", "secret", "expected"),
    [
        (EXAMPLE, "kd94hf93k423kf44", "0AmYcF671MwriMDL9JuEx9TdueJvpFLwekVlnY6HUVA="),
        (
            (
                "GET&https%3A%2F%2Fsis.example%2Fims%2Foneroster%2Fv1p1%2Fusers&limit%3D100"
                "%26oauth_consumer_key%3Dkey%26oauth_nonce%3Dabc%26oauth_signature_method%3DHMAC-SHA256"
                "%26oauth_timestamp%3D1795500000%26oauth_version%3D1.0%26offset%3D0"
            ),
            "s/e+c~ret x",
            "W/ex0/zTJRWMuRCoXyhrUMD9H9noqEizmu/zxsOtADo=",
        ),
    ],
)
def test_signatures_are_those_that_another_program_makes(
    base: str, secret: str, expected: str
) -> None:
    assert signature(base, secret) == expected


def test_what_is_encoded_is_all_but_unreserved_signs() -> None:
    assert encoded("aZ09-._~") == "aZ09-._~"
    assert encoded("Ladies + Gentlemen/☃") == "Ladies%20%2B%20Gentlemen%2F%E2%98%83"


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_a_server_that_checks_signatures_lets_us_in_once_for_each(
    version: str, tmp_path: Path
) -> None:
    with serving(marlow(version), oauth1=True) as running:
        running.faults.plan("users", "503", on=1)  # asked again, it has to be signed anew
        assert len(pull(running, tmp_path).of(Person)) == 3
        nonces = [told_by(one.request)["oauth_nonce"] for one in running.asked]
        assert running.count("token") == 0
    assert len(nonces) == len(set(nonces)) > 4


def test_a_wrong_secret_is_denied_and_shown_nowhere(tmp_path: Path) -> None:
    with serving(marlow(), oauth1=True) as running:
        api = source(running, tmp_path)
        (tmp_path / SECRET_FILE).write_text("another secret")
        with pytest.raises(Denied, match="401") as caught:
            list(api.pull(None))  # type: ignore[arg-type]  # a roster has no window
        results = api.check()
    assert [result.ok for result in results] == [True, False]
    assert "another secret" not in str(caught.value) + repr(results)


def test_check_says_that_such_a_key_may_be_anything(tmp_path: Path) -> None:
    with serving(marlow(), oauth1=True) as running:
        first, second = source(running, tmp_path).check()
    assert first.ok
    assert "tells nothing of what a key may do" in first.text
    assert second.ok
