"""A drop with a folder for each mailbox says which of them it has, and reads on past a bad one."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from auditor.source import DayState
from tests.connectors.mail_world import WEEK, WRITTEN, drop, mail, mbox, pull

TUESDAY = date(2026, 11, 10)


def told(root: Path, day: date) -> dict[str | None, tuple[DayState, int | None]]:
    rows = pull(root, per_mailbox=True, covers_from=WEEK.first).coverage
    return {row.unit: (row.state, row.records) for row in rows if row.day == day}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    drop(tmp_path / "drop/ann/Sent.mbox", mbox(mail(id="<1@m>"), mail(id="<2@m>")))
    drop(tmp_path / "drop/ben/cur/1794321000.M1P2.mx:2,S", mail(id="<3@m>"))
    return tmp_path / "drop"


def test_each_folder_is_a_mailbox_and_its_messages_are_its_own(root: Path) -> None:
    read = DayState.READ
    assert told(root, TUESDAY) == {None: (read, 3), "ann": (read, 2), "ben": (read, 1)}
    assert len(pull(root, per_mailbox=True).messages) == 3


def test_unless_it_is_said_no_folder_is_a_mailbox(root: Path) -> None:
    assert {row.unit for row in pull(root).coverage} == {None}


def test_a_mailbox_whose_export_stopped_is_behind_the_others(root: Path) -> None:
    old = WRITTEN - timedelta(days=6)
    drop(root / "cem/Sent.mbox", mbox(mail(id="<4@m>", date="Mon, 9 Nov 2026 09:30:00 -0500")), at=old)
    assert told(root, WEEK.first)["cem"] == (DayState.READ, 1)
    assert told(root, TUESDAY)["cem"] == (DayState.MISSING, None)
    rows = pull(root, per_mailbox=True).coverage
    (row,) = (r for r in rows if (r.unit, r.day) == ("cem", TUESDAY))
    assert row.reason == "no file of it newer than 2026-11-10"


def test_a_mailbox_that_cannot_be_read_does_not_hold_up_the_others(root: Path) -> None:
    drop(root / "cem/Sent.mbox", b"%PDF-1.4 this is no mail\n")
    read = pull(root, per_mailbox=True)
    assert len(read.messages) == 3
    assert told(root, TUESDAY)["cem"] == (DayState.MISSING, None)
    (row,) = (r for r in read.coverage if (r.unit, r.day) == ("cem", TUESDAY))
    assert (row.reason or "").startswith("it is no mbox file")


def test_an_empty_folder_is_a_mailbox_nobody_exported(root: Path) -> None:
    (root / "cem").mkdir()
    (root / "dia/new").mkdir(parents=True)
    days = told(root, TUESDAY)
    assert days["cem"] == (DayState.MISSING, None)
    assert days["dia"] == (DayState.READ, 0)


def test_a_drop_that_is_one_maildir_is_one_mailbox(root: Path) -> None:
    assert told(root / "ben", TUESDAY) == {None: (DayState.READ, 1)}


def test_files_beside_the_folders_are_read_as_nobodys(root: Path) -> None:
    drop(root / "more.mbox", mbox(mail(id="<9@m>")))
    assert told(root, TUESDAY)[None] == (DayState.READ, 4)
