"""Mail on its way out: never twice once accepted, never lost, the same mail on every retry."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import update

from auditor import mailbook
from auditor.ledger import Ledger
from auditor.ledger.kept import delivery
from auditor.result import MailState
from reports.delivery.composing import Letter, Recipient
from reports.delivery.outbox import MOST_BROKEN, Outbox, Sent
from reports.delivery.smtp import SmtpSender
from reports.delivery.spool import FolderSender, Spool
from reports.digest import Digest
from tests.reports import examples
from tests.reports.mail_examples import NOW, digest, letter
from tests.reports.mail_server import Post, free_port, reached_at, running


@cache
def _made_ledger() -> Path:
    """Return an empty ledger: making its tables anew takes longer than a test."""
    path = Path(tempfile.mkdtemp()) / "ledger.sqlite"
    Ledger.open(path).close()
    return path


class Mailroom:
    """A ledger, a folder of waiting mails and a server, as a run has them."""

    def __init__(self, folder: Path, post: Post, port: int) -> None:
        self.folder = folder
        self.post = post
        self.port = port
        self.ledger = Ledger.open(shutil.copy(_made_ledger(), folder / "ledger.sqlite"))
        self.spool = Spool(folder / "outbox")
        self.outbox = Outbox(self.ledger, self.spool)

    def send(
        self, now: datetime = NOW, port: int | None = None, *, reads: bool | None = True
    ) -> tuple[Sent, ...]:
        server = reached_at(port or self.port, timeout=2)
        return self.outbox.send(SmtpSender(server), now, lambda office, address: reads)

    def states(self) -> list[MailState]:
        with self.ledger.read() as connection:
            return [line.state for line in mailbook.lines(connection, NOW)]

    def attempts(self) -> list[int]:
        with self.ledger.read() as connection:
            return [line.attempts for line in mailbook.lines(connection, NOW)]

    def cards(self) -> list[str]:
        with self.ledger.read() as connection:
            return [card.what for card in mailbook.cards(connection)]

    def waiting(self) -> list[str]:
        folder = self.folder / "outbox"
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Mailroom]:
    with running() as (post, port):
        room = Mailroom(tmp_path, post, port)
        yield room
        room.ledger.close()


@pytest.fixture
def made(tmp_path: Path) -> Digest:
    return digest(examples.principal_week(), tmp_path / "pages")


@pytest.fixture
def one(made: Digest) -> Letter:
    return letter(made)


def test_a_mail_is_sent_once_and_leaves_nothing_waiting(room: Mailroom, one: Letter) -> None:
    assert room.outbox.add(one, NOW)
    assert room.states() == [MailState.DEFERRED]
    (sent,) = room.send()
    assert (sent.state, sent.trouble) == (MailState.ACCEPTED, None)
    assert not room.outbox.add(one, NOW)
    assert room.send() == ()
    assert room.post.message_ids == [one.mail.message_id]
    assert room.waiting() == []


def test_what_waits_is_the_very_mail(room: Mailroom, one: Letter) -> None:
    room.outbox.add(one, NOW)
    kept = room.spool.get(one.mail.message_id)
    assert kept is not None
    assert kept.as_bytes() == one.message.as_bytes()
    (path,) = (room.folder / "outbox").iterdir()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_run_killed_after_the_server_took_a_mail_sends_it_again(
    room: Mailroom, one: Letter
) -> None:
    room.outbox.add(one, NOW)
    sender = SmtpSender(reached_at(room.port))
    with room.ledger.begin() as connection:
        mailbook.offer(connection, one.mail.message_id, NOW)
    sender.send(one.message)  # and here the run is killed
    sender.close()
    assert room.states() == [MailState.DEFERRED]
    assert [sent.state for sent in room.send()] == [MailState.ACCEPTED]
    (first, again) = room.post.taken
    assert first == again
    assert room.post.message_ids == [one.mail.message_id] * 2
    assert room.send() == ()


def test_a_line_that_broke_in_the_middle_is_tried_again_under_the_same_id(
    room: Mailroom, one: Letter
) -> None:
    room.outbox.add(one, NOW)
    room.post.cut_off = True
    assert [sent.state for sent in room.send()] == [MailState.DEFERRED]
    room.post.cut_off = False
    assert [sent.state for sent in room.send()] == [MailState.ACCEPTED]
    assert room.post.message_ids == [one.mail.message_id] * 2


def test_a_mail_put_off_is_offered_a_bounded_number_of_times(room: Mailroom, one: Letter) -> None:
    room.outbox.add(one, NOW)
    room.post.recipient_answers["k.osei@marlow.example"] = "451 4.7.1 greylisted"
    states = [room.send()[0].state for _ in range(mailbook.MOST_ATTEMPTS)]
    assert states == [MailState.DEFERRED] * (mailbook.MOST_ATTEMPTS - 1) + [MailState.REJECTED]
    assert room.send() == ()
    assert room.waiting() == []


def test_greylisting_passes(room: Mailroom, one: Letter) -> None:
    room.outbox.add(one, NOW)
    room.post.recipient_answers["k.osei@marlow.example"] = "451 4.7.1 greylisted"
    room.send()
    del room.post.recipient_answers["k.osei@marlow.example"]
    assert [sent.state for sent in room.send()] == [MailState.ACCEPTED]
    assert room.attempts() == [2]


def test_a_server_that_is_away_counts_no_attempt_until_the_mail_is_old_news(
    room: Mailroom, one: Letter
) -> None:
    room.outbox.add(one, NOW)
    nowhere = free_port()
    for _ in range(mailbook.MOST_ATTEMPTS + 1):
        assert room.send(port=nowhere)[0].state is MailState.DEFERRED
    assert room.attempts() == [0]
    assert room.cards() == ["See why 1 mail waits to be sent"]
    late = NOW + mailbook.LONGEST_WAIT
    assert room.send(late, nowhere)[0].state is MailState.REJECTED


def test_a_server_that_drops_every_line_does_not_hold_up_the_run(
    room: Mailroom, made: Digest
) -> None:
    for n in range(MOST_BROKEN + 2):
        room.outbox.add(letter(made, Recipient(f"reader {n}", f"r{n}@marlow.example")), NOW)
    room.post.cut_off = True
    assert {sent.state for sent in room.send()} == {MailState.DEFERRED}
    assert len(room.post.taken) == MOST_BROKEN
    assert sorted(room.attempts()) == [0, 0, 1, 1, 1]


def test_a_refused_recipient_becomes_a_card_until_a_later_mail_goes_out(
    room: Mailroom, made: Digest, one: Letter
) -> None:
    other = letter(made, Recipient("athletic director", "ad@marlow.example"))
    for each in (one, other):
        room.outbox.add(each, NOW)
    room.post.recipient_answers["k.osei@marlow.example"] = "550 5.1.1 who?"
    sent = {s.mail.office: s for s in room.send()}
    assert sent["athletic director"].state is MailState.ACCEPTED
    refused = sent["principal of Alder Hill High School"]
    assert (refused.state, refused.answer) == (MailState.REJECTED, "550 5.1.1")
    assert room.cards() == ["Mend the mail address of the principal of Alder Hill High School"]

    mended = letter(made, Recipient(one.mail.office, "k.osei2@marlow.example"))
    room.outbox.add(mended, NOW + timedelta(hours=1))
    room.send()
    assert room.cards() == []


def test_the_card_shows_neither_the_address_nor_the_servers_words(
    room: Mailroom, one: Letter
) -> None:
    room.outbox.add(one, NOW)
    room.post.recipient_answers["k.osei@marlow.example"] = "550 Kwame Osei has left"
    room.send()
    with room.ledger.read() as connection:
        said = repr((mailbook.cards(connection), mailbook.lines(connection, NOW)))
    assert "k…@marlow.example" in said
    assert "osei" not in said.lower()


def test_a_newer_revision_takes_back_the_one_that_waits(
    room: Mailroom, made: Digest, one: Letter
) -> None:
    room.outbox.add(one, NOW)
    newer = letter(replace(made, revision=2))
    room.outbox.add(newer, NOW)
    assert [sent.mail.revision for sent in room.send()] == [2]
    assert sorted(room.states()) == [MailState.ACCEPTED, MailState.SUPERSEDED]
    assert room.post.message_ids == [newer.mail.message_id]
    assert not room.outbox.add(one, NOW)


def test_a_mail_to_look_at_is_not_sent_and_does_not_count_as_sent(
    room: Mailroom, one: Letter
) -> None:
    folder = FolderSender(room.folder / "shown")
    assert room.outbox.show(one, folder, NOW).state is MailState.WRITTEN
    assert room.states() == [MailState.WRITTEN]
    assert [p.suffix for p in (room.folder / "shown").iterdir()] == [".eml"]
    assert room.send() == ()
    assert room.outbox.add(one, NOW)
    room.send()
    assert room.outbox.show(one, folder, NOW).state is MailState.WRITTEN
    assert room.states() == [MailState.ACCEPTED]
    assert len(room.post.taken) == 1


def test_a_waiting_mail_whose_file_is_gone_is_told_and_can_be_written_again(
    room: Mailroom, one: Letter
) -> None:
    room.outbox.add(one, NOW)
    room.spool.drop(one.mail.message_id)
    (sent,) = room.send()
    assert sent.state is MailState.DEFERRED
    assert "run digest" in str(sent.trouble)
    room.outbox.add(one, NOW)
    assert [s.state for s in room.send()] == [MailState.ACCEPTED]


def test_a_report_without_a_reader_is_kept_and_becomes_a_card(room: Mailroom, one: Letter) -> None:
    room.outbox.note_unaddressed(replace(one.mail, recipient="nobody"), NOW)
    assert room.states() == [MailState.REJECTED]
    with room.ledger.read() as connection:
        (card,) = mailbook.cards(connection)
    assert "neither the settings nor a roster" in card.why


def test_old_mail_leaves_the_page(room: Mailroom, one: Letter) -> None:
    room.outbox.add(one, NOW)
    room.send()
    with room.ledger.begin() as connection:
        connection.execute(
            update(delivery).values(queued_at=(NOW - timedelta(days=8)).isoformat())
        )
    assert room.states() == []


def test_a_mail_whose_file_is_lost_does_not_wait_for_ever(room: Mailroom, one: Letter) -> None:
    room.outbox.add(one, NOW)
    room.spool.drop(one.mail.message_id)
    said = [room.send()[0] for _ in range(mailbook.MOST_ATTEMPTS)]
    assert [sent.state for sent in said] == [
        *[MailState.DEFERRED] * (mailbook.MOST_ATTEMPTS - 1), MailState.REJECTED,
    ]  # fmt: skip
    assert one.mail.report_id in str(said[0].trouble)
    assert room.send() == ()


def test_a_mail_waits_while_nobody_can_tell_who_reads_it(room: Mailroom, one: Letter) -> None:
    room.outbox.add(one, NOW)
    assert [sent.state for sent in room.send(reads=None)] == [MailState.DEFERRED]
    assert room.post.taken == []
    assert [sent.state for sent in room.send(reads=False)] == [MailState.SUPERSEDED]
    assert room.send() == ()
    assert room.post.taken == []
