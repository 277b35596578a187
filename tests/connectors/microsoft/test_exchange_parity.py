"""The same mail through a file and through Exchange is the same message, over the sample district."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from auditor.keys import AddressRules
from auditor.model import Message, PartyRole
from auditor.source import Window
from benchmarks.district import Sizes, make_district
from benchmarks.pretend.microsoft import PretendMicrosoft, world_of
from benchmarks.sample.people import ALIAS_DOMAIN, DOMAIN, STUDENT_DOMAIN
from benchmarks.sample.planted import Stage
from benchmarks.sample.writers import mbox
from tests.connectors import mail_world
from tests.connectors.mail_world import Read
from tests.connectors.microsoft import exchange_world, trace_world

END = date(2026, 11, 22)
RULES = AddressRules(frozenset({DOMAIN, STUDENT_DOMAIN}), {ALIAS_DOMAIN: DOMAIN})


@pytest.fixture(scope="module")
def stage() -> Stage:
    return make_district(Sizes(1, 45, 450, 2), seed=7, end=END)


@pytest.fixture(scope="module")
def window(stage: Stage) -> Window:
    return Window(stage.period.first, stage.period.last)


@pytest.fixture(scope="module")
def by_file(
    stage: Stage, window: Window, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Message]:
    path = tmp_path_factory.mktemp("file") / "all.mbox"
    mail_world.drop(path, mbox(stage.outbox.mails), at=datetime(2026, 11, 23, 6, tzinfo=UTC))
    read = mail_world.pull(path, window=window, addresses=RULES, tool="outlook")
    first: dict[str, Message] = {}
    for message in read.messages:
        first.setdefault(message.native_id, message)
    return first


@pytest.fixture(scope="module")
def microsoft(stage: Stage) -> Iterator[PretendMicrosoft]:
    with PretendMicrosoft(world_of(stage)) as running:
        yield running
        assert running.mistakes == []


def by_exchange(running: PretendMicrosoft, folder: Path, window: Window, **settings: Any) -> Read:
    return exchange_world.pull(
        running, folder, window=window, addresses=RULES, **{"threads": 4, **settings}
    )


def test_what_staff_sent_is_the_same_fact_as_in_the_archive(
    microsoft: PretendMicrosoft, by_file: dict[str, Message], window: Window, tmp_path: Path
) -> None:
    """But for the conversation's name, and for machines, which no header tells of sent mail."""
    read = by_exchange(
        microsoft, tmp_path, window, mailboxes=[{"employee_type": "Staff"}], received=False
    )
    assert len(read.messages) > 900
    for one in read.messages:
        known = by_file[one.native_id]
        assert replace(one, thread=known.thread, automated=known.automated) == known
    assert {p.role for one in read.messages for p in one.parties} > {PartyRole.CC, PartyRole.BCC}
    pairs = {(one.thread, by_file[one.native_id].thread) for one in read.messages}
    assert len({ours for ours, _ in pairs}) == len({theirs for _, theirs in pairs}) == len(pairs)
    assert len(pairs) < len(read.messages) - 100


def test_what_students_got_is_that_fact_less_what_only_the_sender_knows(
    microsoft: PretendMicrosoft, by_file: dict[str, Message], window: Window, tmp_path: Path
) -> None:
    students = [u for u in microsoft.world.users if u.employee_type == "Student"]
    read = by_exchange(
        microsoft, tmp_path, window, mailboxes=[{"employee_type": "Student"}],
        leave_out=[u.address for u in students[40:]],
    )  # fmt: skip
    assert len(read.messages) > 150
    assert len({one.automated for one in read.messages}) > 1
    for one in read.messages:
        known = by_file[one.native_id]
        plain = {p for p in known.parties if p.role is not PartyRole.BCC}
        more = set(one.parties) - set(known.parties)
        assert {p.role for p in more} <= {PartyRole.UNKNOWN}
        assert len(more) <= 1
        assert plain <= set(one.parties)
        assert (one.sent_at, one.automated, one.channel, one.tool) == (
            known.sent_at, known.automated, known.channel, known.tool,
        )  # fmt: skip


def test_the_trace_knows_every_mail_and_everybody_it_reached(
    microsoft: PretendMicrosoft, by_file: dict[str, Message], window: Window, tmp_path: Path
) -> None:
    read = trace_world.pull(microsoft, tmp_path, window, addresses=RULES)
    told = {one.native_id: one for one in read.messages}
    assert len(told) == len(read.messages)
    ours = {u.address for u in microsoft.world.users}
    for native_id, known in by_file.items():
        sender = known.parties[0].address.text
        addressed = {p.address.text for p in known.parties[1:]}
        if native_id not in told:
            assert sender not in ours and addressed.isdisjoint(ours), native_id
            continue
        one = told[native_id]
        assert one.parties[0] == known.parties[0] or known.on_behalf_of is not None
        assert addressed & ours - {sender} <= {p.address.text for p in one.parties}
        assert one.sent_at == known.sent_at
    assert sum(one.recipients_hidden for one in read.messages) < len(read.messages) / 2
