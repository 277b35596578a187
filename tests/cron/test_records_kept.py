"""Entering a table and being killed at any step leaves the old table or the new, never less."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BufferedIOBase
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from auditor.lake.files import Disk
from auditor.ledger import Ledger
from cron.recordbook import Entered, RecordBook

OLD, NEW, NEWER = b"a\n1\n", b"a\n1\n2\n", b"a\n3\n"
STEPS = 20
"""Entering is over before so many steps; a test below holds that to be true, and tight."""
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Killed(BaseException):
    """What a process sees of its end: nothing that any handler may catch."""


class Death:
    """Comes before the step it is due at, or, one later, after it."""

    def __init__(self, due: int) -> None:
        self.left = due

    def step(self) -> None:
        if self.left == 0:
            raise Killed
        self.left -= 1


class DyingDisk(Disk):
    """A real disk whose user may be killed before and after each of its verbs."""

    def __init__(self, death: Death) -> None:
        self._death = death

    def _around(self, verb: Callable[..., Any], *arguments: Any) -> Any:
        self._death.step()
        result = verb(*arguments)
        self._death.step()
        return result

    def create(self, path: Path) -> BufferedIOBase:
        self._death.step()
        file = super().create(path)
        try:
            self._death.step()
        except Killed:
            file.close()
            raise
        return file

    def sync(self, file: BufferedIOBase) -> None:
        self._around(super().sync, file)

    def rename(self, old: Path, new: Path) -> None:
        self._around(super().rename, old, new)

    def sync_folder(self, path: Path) -> None:
        self._around(super().sync_folder, path)


class DyingLedger(Ledger):
    """A real ledger whose user may be killed before and after it commits."""

    death = Death(-1)

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        self.death.step()
        with super().begin() as connection:
            yield connection
            self.death.step()
        self.death.step()


def enter(book: RecordBook, content: bytes) -> Entered:
    return book.enter("tools", content, rows=content.count(b"\n") - 1, by="Dana", at=NOW)


def dying(folder: Path, content: bytes, due: int) -> bool:
    """Enter a table and be killed at a step; return whether the steps ended before that."""
    death = Death(due)
    with DyingLedger.open(folder / "ledger.sqlite") as ledger:
        ledger.death = death
        try:
            enter(RecordBook(folder / "records", ledger, DyingDisk(death)), content)
        except Killed:
            return False
    return True


@contextmanager
def book_in(folder: Path) -> Iterator[RecordBook]:
    with Ledger.open(folder / "ledger.sqlite") as ledger:
        yield RecordBook(folder / "records", ledger)


@pytest.mark.parametrize("due", range(STEPS))
@pytest.mark.parametrize("then", [NEW, NEWER], ids=["the same", "another"])
def test_a_kill_at_any_step_leaves_the_old_or_the_new_and_is_mended(
    tmp_path: Path, due: int, then: bytes
) -> None:
    with book_in(tmp_path) as book:
        enter(book, OLD)
    in_force = tmp_path / "records/tools.csv"
    ended = dying(tmp_path, NEW, due)
    assert in_force.read_bytes() in ((NEW,) if ended else (OLD, NEW))
    with book_in(tmp_path) as book:
        known = book.versions()["tools"]
        assert [one.rows for one in known] in ([1], [1, 2])
        if in_force.read_bytes() == NEW:
            assert len(known) == 2, "nothing is in force that the ledger does not know"
        for one in known:
            assert (tmp_path / "records" / one.file).stat().st_size > 0
        entered = enter(book, then)
        known = book.versions()["tools"]
    assert in_force.read_bytes() == then
    assert known[-1] == entered.version
    assert entered.set_aside is None, "what was entered is no file changed by hand"
    assert [one.number for one in known] == list(range(1, len(known) + 1))
    assert not list(tmp_path.rglob(".*.draft"))


def test_the_kills_reach_from_the_first_step_to_the_last(tmp_path: Path) -> None:
    ended = []
    for due in range(STEPS):
        folder = tmp_path / str(due)
        folder.mkdir()
        ended.append(dying(folder, NEW, due))
    assert ended[-1]
    assert not ended[-2]


def test_a_version_that_was_lost_comes_back_with_the_same_file(tmp_path: Path) -> None:
    with book_in(tmp_path) as book:
        version = enter(book, OLD).version
        (tmp_path / "records" / version.file).unlink()
        (tmp_path / "records/tools.csv").unlink()
        again = enter(book, OLD)
        assert (again.is_new, again.mended, again.set_aside) == (False, True, None)
        assert (tmp_path / "records" / version.file).read_bytes() == OLD
        assert book.is_in_force(version)


def test_a_table_that_nobody_entered_is_kept_when_one_is(tmp_path: Path) -> None:
    (tmp_path / "records").mkdir()
    (tmp_path / "records/tools.csv").write_bytes(NEWER)
    with book_in(tmp_path) as book:
        entered = enter(book, OLD)
    assert entered.set_aside is not None
    assert entered.set_aside.read_bytes() == NEWER
    assert entered.set_aside.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "records/tools.csv").read_bytes() == OLD
