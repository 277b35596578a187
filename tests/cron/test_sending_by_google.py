"""Reports by the Gmail API: from one mailbox, each mail once, with a right to nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from email import message_from_bytes
from pathlib import Path

import pytest

from benchmarks.pretend.google import SCOPE, PretendGoogle, World
from benchmarks.pretend.google.world import User, google_id
from cron import commands_run, commands_setup
from cron.commands_run import Asked
from cron.mailing import Mailing
from cron.ran import Job
from cron.settings import load_settings
from cron.ways import reach
from tests.cron.test_settings import GOOD, write
from tests.cron.tiny_district import TinyDistrict

DAY = date(2026, 11, 20)
DELIVERY = """
[delivery]
sender = "review@d.example"
[delivery.google]
key = "{key}"
endpoint = "{base}"
[delivery.to]
it = ["it@d.example"]
"""


def user(name: str) -> User:
    return User(google_id(name), f"{name}@d.example", name.title(), "Example", "/Staff")


@pytest.fixture
def google() -> Iterator[PretendGoogle]:
    ends = datetime(2027, 1, 1, tzinfo=UTC)
    people = (user("review"), user("it"))
    world = World(domain="d.example", ends=ends, admin="it@d.example", users=people)
    with PretendGoogle(world) as running:
        running.delegated.clear()
        running.delegated.add(SCOPE + "gmail.send")
        yield running
        assert running.mistakes == []


@pytest.fixture
def tiny(google: PretendGoogle, tmp_path: Path) -> TinyDistrict:
    found = TinyDistrict(tmp_path / "district")
    key = google.key_file(tmp_path / "keys")
    found.mail("m1", "2026-11-19", "t1", ["t2"])
    found.write()
    found.settings(DELIVERY.format(key=key, base=google.base))
    return found


def night(tiny: TinyDistrict) -> None:
    commands_run.run(tiny.folder / "district.toml", Job.NIGHTLY, DAY, Asked(True, Mailing.SEND))


def digest(tiny: TinyDistrict) -> None:
    asked = Asked(mailing=Mailing.SEND)
    commands_run.run(tiny.folder / "district.toml", Job.DIGEST, DAY, asked)


def test_a_mail_goes_out_once_from_the_mailbox_of_the_reports(
    tiny: TinyDistrict, google: PretendGoogle
) -> None:
    night(tiny)
    digest(tiny)
    (sent,) = google.sent
    mail = message_from_bytes(sent.raw)
    assert sent.user.email == "review@d.example"
    assert "review@d.example" in mail["From"]
    assert mail["To"] == "it@d.example"
    assert mail["Message-ID"]


@pytest.mark.parametrize("kind", ["503", "connection reset", "429"])
def test_what_was_not_taken_goes_out_at_the_next_turn(
    kind: str, tiny: TinyDistrict, google: PretendGoogle
) -> None:
    google.faults.plan("gmail.users.messages.send", kind, on=1)
    night(tiny)
    assert google.faults.done
    offered = google.count("gmail.users.messages.send")
    digest(tiny)
    digest(tiny)
    assert google.count("gmail.users.messages.send") == offered + 1
    # An answer may be lost after the mail was taken: then both are known for the same.
    assert len({message_from_bytes(sent.raw)["Message-ID"] for sent in google.sent}) == 1


def test_check_says_whether_the_mailbox_may_be_sent_from_and_nothing_more(
    tiny: TinyDistrict, google: PretendGoogle
) -> None:
    def said() -> list[tuple[bool, str]]:
        document = commands_setup.check(tiny.folder / "district.toml").document
        return [(line["ok"], line["text"]) for line in document["checks"] if "scope" in line["text"] or "could also" in line["text"]]

    assert said() == [(True, "scopes as needed: gmail.send")]
    google.delegated.add(SCOPE + "gmail.modify")
    assert [ok for ok, _ in said()] == [True, False]
    google.delegated.clear()
    ((ok, text),) = said()
    assert not ok
    assert "gmail.send" in text
    assert google.sent == []


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ('sender = "r@marlow.example"', "no way out"),
        (
            'server = "m.example"\nsender = "r@marlow.example"\n[delivery.google]\nkey = "k"',
            "exclude each other",
        ),
        ('sender = "r@marlow.example"\nport = 25\n[delivery.google]\nkey = "k"', "mail server"),
        ('sender = "r@marlow.example"\n[delivery.google]', "service_account"),
    ],
)
def test_one_way_out_and_what_belongs_to_it(section: str, said: str, tmp_path: Path) -> None:
    text = f'{GOOD}\n[delivery]\n{section}\n[delivery.to]\nit = ["it@marlow.example"]\n'
    with pytest.raises(Exception, match=said):
        load_settings(write(tmp_path, text))


def test_a_key_that_others_may_read_sends_nothing(tmp_path: Path, google: PretendGoogle) -> None:
    key = Path(google.key_file(tmp_path))
    key.chmod(0o644)
    text = DELIVERY.format(key=key, base=google.base).replace("d.example", "marlow.example")
    delivery = load_settings(write(tmp_path, GOOD + text)).delivery
    assert delivery is not None
    (line,) = reach(delivery.line)
    assert not line.ok
    assert "chmod 600" in (line.cure or "")
