"""The settings of mail: private lines, the district's own addresses, and no password in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.private import SecretError
from cron.delivery_settings import Delivery, SmtpLine
from cron.mistakes import SettingsError
from cron.passwords import PasswordPlace, place_of, read_password
from cron.settings import load_settings
from cron.ways import reach
from reports.delivery.smtp import Security
from tests.cron.test_settings import GOOD, write
from tests.reports.mail_server import free_port, running

MAIL = """
[delivery]
server = "smtp-relay.marlow.example"
user = "review@marlow.example"
password = "file:secrets/mail"
sender = "Review@Marlow.example"
reply_to = "it@marlow.example"
link = "https://review.marlow.example/{report_id}.html"
[delivery.to]
it = ["it@marlow.example", "it@marlow.example"]
superintendent = ["office@old.example"]
principals = { "10" = ["alder@marlow.example"] }
"""
OPEN = 'server = "127.0.0.1"\nsecurity = "none"'
SERVER = 'server = "smtp-relay.marlow.example"'
SIGNED = 'user = "review@marlow.example"\npassword = "file:secrets/mail"\n'


def delivery(folder: Path, mail: str = MAIL) -> Delivery:
    found = load_settings(write(folder, GOOD + mail)).delivery
    assert found is not None
    return found


def smtp(found: Delivery) -> SmtpLine:
    assert isinstance(found.line, SmtpLine)
    return found.line


def test_good_settings(tmp_path: Path) -> None:
    found = delivery(tmp_path)
    line = smtp(found)
    assert (line.host, line.port) == ("smtp-relay.marlow.example", 587)
    assert line.security is Security.STARTTLS
    assert line.password == PasswordPlace("delivery.password", tmp_path / "secrets/mail", None)
    assert found.stationery.sender == "review@marlow.example"
    assert found.to["it"] == ("it@marlow.example",)
    assert found.to["superintendent"] == ("office@old.example",)
    assert found.principals == {"10": ("alder@marlow.example",)}


def test_without_the_section_there_is_no_mail(tmp_path: Path) -> None:
    assert load_settings(write(tmp_path, GOOD)).delivery is None


@pytest.mark.parametrize(("security", "port"), [("tls", 465), ("starttls", 587)])
def test_the_port_follows_the_line(security: str, port: int, tmp_path: Path) -> None:
    text = MAIL.replace(SERVER, f'{SERVER}\nsecurity = "{security}"')
    assert smtp(delivery(tmp_path, text)).port == port


def test_an_open_line_stays_on_this_machine_unless_asked_for(tmp_path: Path) -> None:
    assert smtp(delivery(tmp_path, MAIL.replace(SERVER, OPEN))).port == 25
    asked = MAIL.replace(SERVER, f'{SERVER}\nsecurity = "none"\nallow_plain = true')
    assert smtp(delivery(tmp_path, asked.replace(SIGNED, ""))).security is Security.NONE


MISTAKES = [
    ("delivery.security", f"{SERVER}\n{SIGNED}", f'{SERVER}\nsecurity = "none"\n', "starttls"),
    ("delivery.security", SERVER, f'{SERVER}\nsecurity = "ssl"', "tls"),
    ("delivery.user", SERVER, f'{SERVER}\nsecurity = "none"\nallow_plain = true', "starttls"),
    ("delivery.server", SERVER, 'server = "mail server"', "mail.example.org"),
    ("delivery.port", SERVER, f"{SERVER}\nport = 70000", "65535"),
    ("delivery.password", "file:secrets/mail", "hunter2", "env:"),
    ("delivery.password", "file:secrets/mail", "env:NOT A NAME", "env:"),
    ("delivery.user", 'password = "file:secrets/mail"\n', "", "password"),
    ("delivery.sender", "Review@Marlow.example", "Review <r@marlow.example>", "name@domain"),
    ("delivery.sender", "Review@Marlow.example", "r@marlow.example>x", "name@domain"),
    ("delivery.reply_to", 'reply_to = "it@marlow.example"', 'reply_to = "it"', "name@domain"),
    ("delivery.link", "https://review", "http://review", "sign-in"),
    ("delivery.link", "https://review", "https://me:word@review", "sign-in"),
    ("delivery.link", "{report_id}", "{report}", "{report_id}"),
    ("delivery.link", ".html", '.html\\" onclick=x', "{report_id}"),
    ("delivery.to.it[1]", 'it = ["it@m', 'it = ["it@evil.example", "it@m', "marlow.example"),
    ("delivery.to.principals.10[1]", "alder@marlow.example", "alder@gmail.example", "marlow"),
    ("delivery.to", 'it = ["it@marlow.example", "it@marlow.example"]\n', "", "[delivery.to]"),
    ("delivery.to.principal", "principals =", "principal =", "principals"),
]  # fmt: skip


@pytest.mark.parametrize(("key", "old", "new", "cure"), MISTAKES)
def test_a_mistake_names_its_key_and_its_cure(
    key: str, old: str, new: str, cure: str, tmp_path: Path
) -> None:
    assert old in MAIL
    with pytest.raises(SettingsError) as raised:
        delivery(tmp_path, MAIL.replace(old, new))
    (mistake,) = raised.value.mistakes
    assert mistake.key == key
    assert cure in mistake.cure
    assert "hunter2" not in str(mistake)


# ---- passwords --------------------------------------------------------------------------------


def in_file(folder: Path, content: bytes, mode: int = 0o600) -> PasswordPlace:
    path = folder / "mail"
    path.write_bytes(content)
    path.chmod(mode)
    place = place_of("file:mail", folder, "delivery.password")
    assert place is not None
    return place


def test_a_password_from_a_file_or_a_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read_password(in_file(tmp_path, b" two words \n")) == " two words "
    monkeypatch.setenv("MAIL_PASSWORD", "word")
    place = place_of("env:MAIL_PASSWORD", tmp_path, "delivery.password")
    assert place is not None
    assert read_password(place) == "word"
    monkeypatch.delenv("MAIL_PASSWORD")
    with pytest.raises(SecretError, match="not set"):
        read_password(place)


@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_a_file_that_others_may_read_is_refused(mode: int, tmp_path: Path) -> None:
    with pytest.raises(SecretError, match="other accounts may use the password"):
        read_password(in_file(tmp_path, b"word", mode))


@pytest.mark.parametrize("content", [b"", b"\n", b"two\nlines", b"caf\xe9", b"x" * 5000])
def test_what_is_no_password_is_refused_without_quoting_it(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(SecretError, match="not one line of text") as raised:
        read_password(in_file(tmp_path, content))
    assert "caf" not in str(raised.value)


def test_a_file_that_is_not_there_or_a_link(tmp_path: Path) -> None:
    place = in_file(tmp_path, b"word")
    (tmp_path / "mail").rename(tmp_path / "real")
    with pytest.raises(SecretError, match="there is no password"):
        read_password(place)
    (tmp_path / "mail").symlink_to(tmp_path / "real")
    with pytest.raises(SecretError, match="symbolic link"):
        read_password(place)


# ---- reach ------------------------------------------------------------------------------------


def test_check_opens_the_line_and_offers_nothing(tmp_path: Path) -> None:
    text = MAIL.replace(SIGNED, "")
    with running() as (post, port):
        (found,) = reach(delivery(tmp_path, text.replace(SERVER, f"{OPEN}\nport = {port}")).line)
        assert found.ok
        assert not post.taken
    (away,) = reach(delivery(tmp_path, text.replace(SERVER, f"{OPEN}\nport = {free_port()}")).line)
    assert not away.ok
    assert "could not be reached" in away.text
    (unsigned,) = reach(delivery(tmp_path, MAIL.replace(SERVER, OPEN)).line)
    assert not unsigned.ok
    assert "there is no password" in unsigned.text
