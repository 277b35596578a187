"""The same mail through a file and through Gmail is the same message, over the sample district."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from auditor.keys import AddressRules
from auditor.model import Message, PartyRole
from auditor.source import Window
from benchmarks.district import Sizes, make_district
from benchmarks.pretend.google import ADMIN, PretendGoogle, world_of
from benchmarks.sample.people import ALIAS_DOMAIN, DOMAIN, STUDENT_DOMAIN
from benchmarks.sample.planted import Stage
from benchmarks.sample.writers import mbox
from tests.connectors import mail_world
from tests.connectors.google.gmail_world import pull
from tests.connectors.mail_world import Read

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
    read = mail_world.pull(path, window=window, addresses=RULES, tool="gmail")
    first: dict[str, Message] = {}
    for message in read.messages:
        first.setdefault(message.native_id, message)
    return first


@pytest.fixture(scope="module")
def google(stage: Stage) -> Iterator[PretendGoogle]:
    with PretendGoogle(world_of(stage)) as running:
        yield running
        assert running.mistakes == []


def by_gmail(google: PretendGoogle, folder: Path, window: Window, **settings: Any) -> Read:
    return pull(google, folder, window=window, addresses=RULES, admin=ADMIN, threads=4, **settings)


@pytest.mark.integration
def test_what_staff_sent_is_the_same_fact_as_in_the_archive(
    google: PretendGoogle, by_file: dict[str, Message], window: Window, tmp_path: Path
) -> None:
    read = by_gmail(google, tmp_path, window, mailboxes=["/Staff"], received=False)
    assert len(read.messages) > 900
    told = {one.native_id: one for one in read.messages}
    assert [n for n, one in told.items() if one != by_file[n]] == []
    assert {p.role for one in read.messages for p in one.parties} > {PartyRole.CC, PartyRole.BCC}
    assert len({one.automated for one in read.messages}) > 2
    assert sum(one.thread != one.native_id for one in read.messages) > 100


@pytest.mark.integration
def test_what_students_got_is_that_fact_less_what_only_the_sender_knows(
    google: PretendGoogle, by_file: dict[str, Message], window: Window, tmp_path: Path
) -> None:
    unit = "/Students/alder-hill/12"
    there = [user.email for user in google.world.users if user.org_unit == unit]
    read = by_gmail(google, tmp_path, window, mailboxes=[unit], leave_out=there[25:])
    assert len(read.messages) > 150
    assert any(p.role is PartyRole.UNKNOWN for one in read.messages for p in one.parties)
    for one in read.messages:
        known = by_file[one.native_id]
        plain = {p for p in known.parties if p.role is not PartyRole.BCC}
        more = set(one.parties) - set(known.parties)
        assert {p.role for p in more} <= {PartyRole.UNKNOWN}
        assert len(more) <= 1
        assert plain <= set(one.parties)
        assert (one.sent_at, one.thread, one.automated, one.channel, one.tool) == (
            known.sent_at, known.thread, known.automated, known.channel, known.tool,
        )  # fmt: skip
