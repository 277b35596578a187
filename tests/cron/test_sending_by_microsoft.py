"""Reports by Microsoft Graph: from one mailbox, each mail once, with a right to nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from email import message_from_bytes
from pathlib import Path
from random import Random

import pytest

from benchmarks.pretend.microsoft import CONSENTED, PretendMicrosoft, User, World, guid
from connectors.microsoft.access import Access, Cloud
from connectors.microsoft.asking import Graph
from connectors.microsoft.sending import GraphOutbox
from connectors.retrying import Clock
from cron import commands_run, commands_setup
from cron.commands_run import Asked
from cron.mailing import Mailing
from cron.ran import Job
from cron.settings import load_settings
from tests.cron.test_settings import GOOD, write
from tests.cron.tiny_district import TinyDistrict

DAY = date(2026, 11, 20)
DELIVERY = """
[delivery]
sender = "review@d.example"
[delivery.microsoft]
tenant = "{tenant}"
client = "{client}"
certificate = "{pem}"
endpoint = "{base}"
[delivery.to]
it = ["it@d.example"]
"""
REVIEW = guid("review")


def user(name: str) -> User:
    return User(guid(name), f"{name}@d.example", name.title(), "Example")


@pytest.fixture
def microsoft() -> Iterator[PretendMicrosoft]:
    ends = datetime(2027, 1, 1, tzinfo=UTC)
    people = (user("review"), user("it"))
    world = World(domain="d.example", ends=ends, users=people, sends_as=frozenset({REVIEW}))
    with PretendMicrosoft(world, consented=()) as running:
        yield running
        assert running.mistakes == []


@pytest.fixture
def tiny(microsoft: PretendMicrosoft, tmp_path: Path) -> TinyDistrict:
    found = TinyDistrict(tmp_path / "district")
    found.mail("m1", "2026-11-19", "t1", ["t2"])
    found.write()
    pem = microsoft.certificate_file(tmp_path / "keys")
    found.settings(
        DELIVERY.format(
            tenant=microsoft.tenant, client=microsoft.client, pem=pem, base=microsoft.base
        )
    )
    return found


def night(tiny: TinyDistrict) -> None:
    commands_run.run(tiny.folder / "district.toml", Job.NIGHTLY, DAY, Asked(True, Mailing.SEND))


def digest(tiny: TinyDistrict) -> None:
    asked = Asked(mailing=Mailing.SEND)
    commands_run.run(tiny.folder / "district.toml", Job.DIGEST, DAY, asked)


def said(tiny: TinyDistrict) -> list[tuple[bool, str]]:
    """Return what `auditor check` says of the way out."""
    checks = commands_setup.check(tiny.folder / "district.toml").document["checks"]
    return [
        (one["ok"], one["text"])
        for one in checks
        if re.search(r"send|sent|mailbox|token", one["text"]) and "/" not in one["text"]
    ]


def test_a_mail_goes_out_once_from_the_mailbox_of_the_reports(
    tiny: TinyDistrict, microsoft: PretendMicrosoft
) -> None:
    night(tiny)
    digest(tiny)
    (sent,) = microsoft.sent
    mail = message_from_bytes(sent.raw)
    assert sent.user.upn == "review@d.example"
    assert "review@d.example" in mail["From"]
    assert mail["To"] == "it@d.example"
    assert mail["Message-ID"]


@pytest.mark.parametrize("kind", ["503", "503 retry after", "500", "connection reset"])
def test_what_may_have_been_taken_is_not_offered_again_in_the_same_run(
    kind: str, tiny: TinyDistrict, microsoft: PretendMicrosoft
) -> None:
    microsoft.faults.plan("sendMail", kind)
    night(tiny)
    assert microsoft.faults.done
    assert microsoft.count("sendMail") == 1
    digest(tiny)
    digest(tiny)
    assert microsoft.count("sendMail") == 2
    # An answer may be lost after the mail was taken: then both are known for the same.
    assert len({message_from_bytes(sent.raw)["Message-ID"] for sent in microsoft.sent}) == 1


def test_too_much_at_once_is_waited_out_as_long_as_was_asked(
    tmp_path: Path, microsoft: PretendMicrosoft
) -> None:
    edition = replace(microsoft.world.edition, mailbox_questions=1, fractional_waits=True)
    microsoft.world = replace(microsoft.world, edition=edition)
    slept: list[float] = []
    began = datetime(2026, 11, 20, tzinfo=UTC)
    microsoft.clock = lambda: began.timestamp() + sum(slept)
    pem = microsoft.certificate_file(tmp_path)
    access = Access(microsoft.tenant, microsoft.client, pem, None, Cloud.GLOBAL, microsoft.base)
    clock = Clock(lambda: began, lambda: sum(slept), lambda s: slept.append(s + 500))
    graph = Graph(access, where="Exchange Online", clock=clock, random=Random(7))
    outbox = GraphOutbox(graph, "review@d.example")
    mails = [f"To: it@d.example\r\nMessage-ID: <{n}@d.example>\r\n\r\n.".encode() for n in "ab"]
    assert [outbox.send(mail) for mail in mails] == [True, True]
    graph.close()
    assert [sent.raw for sent in microsoft.sent] == mails
    assert len(slept) == 1
    assert [one.status for one in microsoft.asked if one.endpoint == "sendMail"] == [202, 429, 202]


def test_check_says_that_it_is_this_mailbox_and_no_other(
    tiny: TinyDistrict, microsoft: PretendMicrosoft
) -> None:
    assert said(tiny) == [
        (True, "review@d.example: reports can be sent from it"),
        (True, "it cannot send from it@d.example, as is right"),
    ]
    microsoft.world = replace(microsoft.world, sends_as=frozenset({REVIEW, guid("it")}))
    assert [ok for ok, _ in said(tiny)] == [True, False]
    microsoft.world = replace(microsoft.world, sends_as=frozenset({guid("it")}))
    ((ok, text),) = said(tiny)
    assert (ok, text) == (False, "review@d.example: the application may not send from it")
    microsoft.world = replace(microsoft.world, users=(user("it"),))
    ((ok, text),) = said(tiny)
    assert (ok, text) == (False, "review@d.example: Exchange Online has no such mailbox")
    assert microsoft.sent == []


def test_a_right_to_send_as_anybody_is_said(
    tiny: TinyDistrict, microsoft: PretendMicrosoft
) -> None:
    microsoft.consented.add("Mail.Send")
    (wide, own) = said(tiny)
    assert not wide[0]
    assert "anybody in the tenant" in wide[1]
    assert own[0]


def test_an_application_that_reads_sends_nothing(
    tiny: TinyDistrict, microsoft: PretendMicrosoft
) -> None:
    microsoft.consented.update(CONSENTED)
    assert not said(tiny)[0][0]
    tried = microsoft.count("sendMail")
    night(tiny)
    assert (microsoft.sent, microsoft.count("sendMail")) == ([], tried)
    microsoft.consented.clear()
    digest(tiny)
    assert len(microsoft.sent) == 1


def test_a_mailbox_out_of_scope_keeps_the_mail_waiting(
    tiny: TinyDistrict, microsoft: PretendMicrosoft
) -> None:
    given = microsoft.world
    microsoft.world = replace(given, sends_as=frozenset({guid("it")}))
    night(tiny)
    assert microsoft.sent == []
    microsoft.world = given
    digest(tiny)
    (sent,) = microsoft.sent
    assert sent.user.id == REVIEW


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ('server = "m.example"\nsender = "r@marlow.example"\n[delivery.microsoft]\n', "exclude"),
        ('sender = "r@marlow.example"\nport = 25\n[delivery.microsoft]\n', "mail server"),
        ('sender = "r@marlow.example"\n[delivery.microsoft]\n', "tenant must be"),
        ('sender = "r@marlow.example"\n[delivery.microsoft]\nsecret = "s"', "secret is weaker"),
    ],
)
def test_one_way_out_and_what_belongs_to_it(section: str, words: str, tmp_path: Path) -> None:
    text = f'{GOOD}\n[delivery]\n{section}\n[delivery.to]\nit = ["it@marlow.example"]\n'
    with pytest.raises(Exception, match=words):
        load_settings(write(tmp_path, text))
