"""How a mail server is reached and signed in to: what is let pass, and what never leaves here."""

from __future__ import annotations

import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from auditor.source import CheckResult, Denied, SourceContext, Transient
from benchmarks.pretend.imap import PretendImap
from benchmarks.pretend.serving import Reply, Request, Server
from benchmarks.pretend.signing import key_pair, private_pem
from connectors.mail.imap import ImapMail
from tests.connectors.imap.imap_world import (
    COACH,
    KID,
    RULES,
    Waits,
    at,
    context,
    letter,
    marlow,
    pull,
    put,
    source,
)

SETTINGS: dict[str, object] = {"host": "imap.marlow.example", "passwords": "p", "mailboxes": [COACH]}


def mistakes(**settings: object) -> list[str]:
    given = SourceContext("imap", "Mail", "UTC", RULES, ".", {**SETTINGS, **settings})
    try:
        ImapMail(given, clock=Waits().clock(), random=Random(1))
    except ValueError as error:
        return str(error).split("; ")
    return []


@pytest.mark.parametrize(
    ("settings", "begins"),
    [({"host": ""}, "host "), ({"tls": False}, "tls must be on"), ({"tls": "no"}, "tls "),
     ({"port": 0}, "port "), ({"sign_in": "kerberos"}, "sign_in "), ({"passwords": None}, "passwords "),
     ({"mailboxes": []}, "mailboxes "), ({"mailboxes": ["Dana"]}, "mailboxes "),
     ({"kind": "pop"}, "kind "), ({"kind": "journal", "received": False}, "received "),
     ({"sign_in": "xoauth2"}, "token "), ({"threads": 99}, "threads "),
     ({"sign_in": "xoauth2", "token_url": "http://away.example/t", "client": "c", "secret": "s"}, "token_url "),
     ({"sign_in": "xoauth2", "token_url": "https://away.example/t", "secret": "s"}, "client "),
     ({"folders": "INBOX"}, "folders ")],
)  # fmt: skip
def test_each_mistake_is_named_by_its_setting(settings: dict[str, object], begins: str) -> None:
    found = mistakes(**settings)
    assert any(one.startswith(begins) for one in found), found


def test_good_settings_have_no_mistakes() -> None:
    assert mistakes() == []
    assert mistakes(host="127.0.0.1", tls=False) == []
    assert mistakes(sign_in="xoauth2", passwords=None, token="t") == []


def checked(server: PretendImap, folder: Path, **settings: Any) -> CheckResult:
    return source(context(server, folder, mailboxes=[COACH], **settings)).check()[0]


# ---- passwords ---------------------------------------------------------------------------------


def test_a_password_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    with marlow() as server:
        context(server, tmp_path)
        (tmp_path / "passwords").chmod(0o644)
        result = checked(server, tmp_path)
        assert not result.ok
        assert "chmod 600" in str(result.cure)
        assert server.count("AUTHENTICATE") == 0


def test_a_mailbox_without_a_password_is_a_gap(tmp_path: Path) -> None:
    (tmp_path / "passwords").write_text(f"# ours\n{KID} secret\n")
    (tmp_path / "passwords").chmod(0o600)
    with marlow() as server:
        put(server, KID, "Sent", letter("1", at(18), KID), at(18))
        read = pull(server, tmp_path, mailboxes=[COACH, KID])
    assert {r.reason for r in read.coverage if r.unit == COACH} == {"there is no password for it"}
    assert len(read.messages) == 1


def test_an_administrator_may_sign_in_for_every_mailbox(tmp_path: Path) -> None:
    (tmp_path / "passwords").write_text("auditor the long one\n")
    (tmp_path / "passwords").chmod(0o600)
    with marlow(admin=("auditor", "the long one")) as server:
        put(server, COACH, "Sent", letter("1", at(18)), at(18))
        read = pull(server, tmp_path, admin="auditor")
    assert len(read.messages) == 1


def test_a_server_without_plain_is_signed_in_to_by_login_unless_it_forbids_that(
    tmp_path: Path,
) -> None:
    with marlow(capabilities="IMAP4rev1") as server:
        assert checked(server, tmp_path).ok
        assert server.count("LOGIN") == 1
        server.capabilities = "IMAP4rev1 LOGINDISABLED"
        assert not checked(server, tmp_path).ok
        assert server.count("LOGIN") == 1


# ---- tokens ------------------------------------------------------------------------------------


def test_a_token_out_of_a_file_is_read_anew_each_time(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("old\n")
    token.chmod(0o600)
    with marlow(tokens={"new"}) as server:
        refused = checked(server, tmp_path, sign_in="xoauth2", token="token", passwords=None)
        token.write_text("new\n")
        assert checked(server, tmp_path, sign_in="xoauth2", token="token", passwords=None).ok
    assert "AUTHENTICATIONFAILED" in refused.text


def granting(replies: list[Reply], asked: list[str]) -> Server:
    def answer(request: Request) -> Reply:
        asked.append((request.body or b"").decode())
        return replies[min(len(asked), len(replies)) - 1]

    return Server(answer)


def test_client_credentials_give_one_token_for_all_mailboxes(tmp_path: Path) -> None:
    asked: list[str] = []
    reply = Reply(b'{"access_token": "given", "expires_in": 3600}', 200)
    (tmp_path / "secret").write_text("hush")
    (tmp_path / "secret").chmod(0o600)
    with granting([reply], asked) as place, marlow(tokens={"given"}) as server:
        put(server, COACH, "Sent", letter("1", at(18)), at(18))
        read = pull(
            server, tmp_path, sign_in="xoauth2", passwords=None, token_url=f"{place.address}/token",
            client="c", secret="secret", scope="mail",
        )  # fmt: skip
    assert len(read.messages) == 1
    assert asked == ["grant_type=client_credentials&client_id=c&client_secret=hush&scope=mail"]


@pytest.mark.parametrize(
    ("reply", "group"),
    [(Reply(b'{"error": "invalid_client"}', 401), Denied), (Reply(b"", 503), Transient),
     (Reply(b"{}", 200), Denied), (Reply(b"<html>", 200), Transient)],
)  # fmt: skip
def test_no_token_is_told_by_what_to_do(
    reply: Reply, group: type[Exception], tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("hush")
    (tmp_path / "secret").chmod(0o600)
    with granting([reply], []) as place, marlow() as server, pytest.raises(group) as caught:
        pull(
            server, tmp_path, sign_in="xoauth2", passwords=None, token_url=f"{place.address}/token",
            client="c", secret="secret",
        )  # fmt: skip
    assert "hush" not in str(caught.value)


# ---- certificates ------------------------------------------------------------------------------


def certificate(folder: Path, host: str) -> tuple[Path, ssl.SSLContext]:
    """Return a certificate of our own making for an address, and a server's side of it."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    key = key_pair("imap")
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(host))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, secret = folder / "ca.pem", folder / "key.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_text(private_pem("imap"))
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(public, secret)
    return public, serving


def test_a_certificate_nobody_vouches_for_is_refused_before_any_password(tmp_path: Path) -> None:
    _, serving = certificate(tmp_path, "127.0.0.1")
    with marlow(tls=serving) as server:
        result = checked(server, tmp_path, tls=True)
        assert not result.ok
        assert "certificate is not one we trust" in result.text
        assert server.count("AUTHENTICATE") == 0


def test_an_authority_of_ones_own_may_be_named(tmp_path: Path) -> None:
    _, serving = certificate(tmp_path, "127.0.0.1")
    with marlow(tls=serving) as server:
        assert checked(server, tmp_path, tls=True, certificates="ca.pem").ok


def test_a_certificate_for_another_name_is_refused(tmp_path: Path) -> None:
    _, serving = certificate(tmp_path, "127.0.0.2")
    with marlow(tls=serving) as server:
        result = checked(server, tmp_path, tls=True, certificates="ca.pem")
        assert "certificate is not one we trust" in result.text


def test_a_server_that_speaks_no_tls_gets_no_password(tmp_path: Path) -> None:
    with marlow() as server:
        assert not checked(server, tmp_path, tls=True).ok
        assert server.count("AUTHENTICATE") == server.count("LOGIN") == 0
