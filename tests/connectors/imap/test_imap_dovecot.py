"""A real Dovecot: the same mail through it and from files is the same, and lies there as before."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest

from auditor.keys import AddressRules
from auditor.model import Message, PartyRole
from auditor.source import SourceContext, Window
from benchmarks.district import Sizes, make_district
from benchmarks.pretend.imap import Mailbox, mailboxes_of
from benchmarks.sample.people import ALIAS_DOMAIN, DOMAIN, STUDENT_DOMAIN
from benchmarks.sample.planted import Stage
from benchmarks.sample.writers import mbox
from connectors.mail.imap import ImapMail
from connectors.retrying import this_machine
from tests.connectors import mail_world
from tests.connectors.imap import imap_world
from tests.connectors.imap.imap_world import (
    COACH,
    KID,
    TEACHER,
    WEEK,
    at,
    journal_report,
    letter,
    marks_of,
)
from tests.connectors.mail_world import Read
from tests.dovecot import PASSWORD, Dovecot, dovecot

pytestmark = pytest.mark.integration
END = date(2026, 11, 22)
ARCHIVE = f"archive@{DOMAIN}"
RULES = AddressRules(frozenset({DOMAIN, STUDENT_DOMAIN}), {ALIAS_DOMAIN: DOMAIN})


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with dovecot() as running:
        yield running


@pytest.fixture(scope="module")
def stage() -> Stage:
    return make_district(Sizes(1, 45, 450, 2), seed=7, end=END)


@pytest.fixture(scope="module")
def window(stage: Stage) -> Window:
    return Window(stage.period.first, stage.period.last)


def pull(server: Dovecot, folder: Path, window: Window, mailboxes: list[str], marks: dict[str, str] | None = None, **settings: object) -> Read:
    secrets = folder / "passwords"
    secrets.write_text("".join(f"{name} {PASSWORD}\n" for name in mailboxes))
    secrets.chmod(0o600)
    given: dict[str, object] = {
        "host": "127.0.0.1", "port": server.port, "tls": False, "passwords": "passwords",
        "mailboxes": mailboxes, "tool": "gmail", **settings,
    }  # fmt: skip
    context = SourceContext("imap", "Mail", "America/New_York", RULES, str(folder), given, marks=marks or {})
    source = ImapMail(context, clock=this_machine(), random=Random(7))
    assert all(result.ok for result in source.check())
    return Read(tuple(source.pull(window)))


def by_id(messages: list[Message]) -> dict[str, Message]:
    first: dict[str, Message] = {}
    for message in messages:
        first.setdefault(message.native_id, message)
    return first


def test_the_districts_mail_in_an_archive_is_the_same_fact_for_fact(
    server: Dovecot, stage: Stage, window: Window, tmp_path: Path
) -> None:
    whole = mbox(stage.outbox.mails)
    path = mail_world.drop(tmp_path / "all.mbox", whole, at=datetime(2026, 11, 23, 6, tzinfo=UTC))
    by_file = mail_world.pull(path, window=window, addresses=RULES, tool="gmail")
    singles = [part.partition(b"\n")[2] for part in (b"\n" + whole).split(b"\nFrom ")[1:]]
    ordered = sorted(stage.outbox.mails, key=lambda m: (m.sent_at, m.message_id, len(m.headers)))
    moments = [mail.sent_at for mail in ordered]
    server.deliver(ARCHIVE, zip(singles, moments, strict=True))
    before = server.state(), server.recent(ARCHIVE)
    read = pull(server, tmp_path, window, [ARCHIVE], kind="journal")
    assert len(read.messages) > 1_000
    assert len(read.messages) == len(by_file.messages)
    assert by_id(read.messages) == by_id(by_file.messages)
    assert read.rejected == []
    assert {row.state.value for row in read.coverage} == {"read"}
    assert (server.state(), server.recent(ARCHIVE)) == before
    assert before[1][0] == before[1][1] == len(singles), "all is recent and unseen, still"
    again = pull(server, tmp_path, window, [ARCHIVE], marks_of(read), kind="journal")
    assert again.messages == []
    assert again.coverage == read.coverage


def test_peoples_mailboxes_tell_what_the_archive_tells(
    server: Dovecot, stage: Stage, window: Window, tmp_path: Path
) -> None:
    people = [human.mail for human in stage.people.staff[:12]]
    made = mailboxes_of(stage, people)
    for address, mailbox in made.items():
        for name in ("INBOX", "Sent"):
            stored = ((one.content, one.taken_in) for one in mailbox.folders[name].messages)
            server.deliver(address, stored, "" if name == "INBOX" else name)
    path = mail_world.drop(tmp_path / "all.mbox", mbox(stage.outbox.mails), at=datetime(2026, 11, 23, 6, tzinfo=UTC))
    known = by_id(mail_world.pull(path, window=window, addresses=RULES, tool="gmail").messages)
    before = server.state()
    read = pull(server, tmp_path, window, people)
    assert len(read.messages) == sum(len(f.messages) for m in made.values() for f in m.folders.values())
    assert len(read.messages) > 200
    for one in read.messages:
        expected = known[one.native_id]
        plain = {p for p in expected.parties if p.role is not PartyRole.BCC}
        assert plain <= set(one.parties)
        assert {p.role for p in set(one.parties) - set(expected.parties)} <= {PartyRole.UNKNOWN}
        assert (one.sent_at, one.thread, one.automated) == (expected.sent_at, expected.thread, expected.automated)
    assert server.state() == before


def test_a_journal_is_read_by_its_parts(server: Dovecot, tmp_path: Path) -> None:
    inner = letter("1", at(18), Cc="list@marlow.example")
    lines = (f"Sender: {COACH}", f"To: {KID}", f"Bcc: {TEACHER}", "Message-Id: <1@mail.marlow.example>")
    report = journal_report(inner, *lines, when=at(18))
    server.deliver("journal@marlow.example", [(report, at(18) + timedelta(seconds=3))])
    path = mail_world.drop(tmp_path / "file/1.eml", report, at=at(23))
    by_file = mail_world.pull(path, window=WEEK, tool="gmail")
    read = pull(server, tmp_path, WEEK, ["journal@marlow.example"], kind="journal")
    assert read.message == by_file.message
    assert mail_world.roles(read.message)[TEACHER] == "bcc"


def test_the_standin_tells_what_the_real_server_tells(server: Dovecot, tmp_path: Path) -> None:
    mails = [(imap_world.received(str(day), at(day)), at(day)) for day in (18, 19, 20)]
    server.deliver(KID, mails)
    mailbox = Mailbox.usual()
    for content, moment in mails:
        mailbox.folders["INBOX"].take(content, moment)
    with imap_world.marlow() as standin:
        standin.mailboxes[KID] = mailbox
        pretended = imap_world.pull(standin, tmp_path, mailboxes=[KID], tool="gmail")
    real = pull(server, tmp_path, WEEK, [KID])
    assert real.messages == pretended.messages
    assert real.coverage == pretended.coverage
