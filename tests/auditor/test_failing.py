"""A night that cannot go on stops in words, leaves its end on record, and is done again."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import select

from auditor.audit import AuditError, Workplace
from auditor.caseworld import World
from auditor.engine import Inputs, open_engine
from auditor.ledger import Ledger, StorageError, StorageFull
from auditor.ledger.tables import run
from auditor.model import Address, AddressKind, UnreadList
from auditor.source import CheckResult, FactKind, Note, Page, Rejected, SourceContext, Window
from tests.faults.world import (
    RULES,
    TONIGHT,
    WRITTEN,
    ZONE,
    file_sources,
    night,
    usual_roster,
    workplace,
)


@dataclass
class Failing:
    """A roster that ends in an error which no connector should let through."""

    error: BaseException
    context: SourceContext = field(
        default_factory=lambda: SourceContext("failing", "Failing", ZONE.key, RULES, ".")
    )
    provides: frozenset[FactKind] = frozenset((FactKind.PEOPLE,))

    def check(self) -> list[CheckResult]:
        return []

    def pull(self, window: Window) -> Iterator[Page]:
        yield Page()
        raise self.error


def state(ledger: Ledger) -> tuple[str, int | None]:
    with ledger.read() as connection:
        query = select(run.c.state, run.c.exit_code).order_by(run.c.run_id.desc()).limit(1)
        row = connection.execute(query).one()
    return row.state, row.exit_code


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Workplace]:
    usual_roster().write(tmp_path / "drop/oneroster", WRITTEN)
    (tmp_path / "drop/mail").mkdir()
    with workplace(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize(("error", "becomes", "words"), [
    (MemoryError(), AuditError, "not enough memory"),
    (OSError(errno.ENOSPC, "No space left on device", "x"), StorageFull, "no room left"),
    (OSError(errno.EMFILE, "Too many open files", "x"), StorageError, "Too many open files"),
    (OSError(errno.EROFS, "Read-only file system", "x"), StorageError, "Read-only"),
], ids=lambda value: getattr(value, "__name__", None))  # fmt: skip
def test_what_a_machine_runs_out_of_ends_the_run_on_record(
    place: Workplace, error: BaseException, becomes: type[AuditError | StorageError], words: str
) -> None:
    with pytest.raises(becomes, match=words) as failed:
        night(place, [Failing(error)])
    assert isinstance(failed.value, becomes)
    assert failed.value.cure
    assert state(place.ledger) == ("failed", 1)


def test_an_error_of_ours_is_not_put_into_soft_words(place: Workplace) -> None:
    with pytest.raises(ZeroDivisionError):
        night(place, [Failing(ZeroDivisionError())])


def test_an_engine_without_memory_says_what_to_do(tmp_path: Path) -> None:
    inputs = Inputs((), (), World().directory(), 0, 1)
    with (
        pytest.raises(StorageError, match="more memory"),
        open_engine(inputs, temp_directory=tmp_path, memory="1MB"),
    ):
        pass


def test_a_damaged_file_that_nobody_verified_is_no_bug_of_the_engine(tmp_path: Path) -> None:
    bad = tmp_path / "bad.parquet"
    bad.write_bytes(b"PAR1" + bytes(40) + b"\x10\x00\x00\x00PAR1")
    with (
        pytest.raises(StorageError, match="stored file"),
        open_engine(Inputs((bad,), (bad,), World().directory(), 0, 1), temp_directory=tmp_path),
    ):
        pass


@dataclass
class Dirty(Failing):
    """A list of which some rows could not be used."""

    error: BaseException = field(default_factory=ValueError)
    page: Page = field(default_factory=Page)
    provides: frozenset[FactKind] = frozenset((FactKind.TEAMS,))

    def pull(self, window: Window) -> Iterator[Page]:
        yield self.page


def rejected(count: int) -> tuple[Rejected, ...]:
    return tuple(Rejected("teams.csv", n, "kind", "it is no kind of team") for n in range(count))


@pytest.mark.parametrize(("page", "named"), [
    (Page(rejected=rejected(20), records_read=400), True),
    (Page(rejected=rejected(19), records_read=100), False),
    (Page(rejected=rejected(5), notes=(Note("a", "left out", 15, lost=True),), records_read=100), True),
], ids=["1 in 20", "few", "left out"])  # fmt: skip
def test_a_list_of_which_much_was_lost_does_not_look_whole(
    place: Workplace, tmp_path: Path, page: Page, *, named: bool
) -> None:
    people = file_sources(tmp_path, place.ledger)[0]
    done = night(place, [people, Dirty(page=page)], last=TONIGHT)
    said = [gap for gap in done.coverage.gaps if "its form may have changed" in gap]
    assert bool(said) is named
    assert said == [] or "of Failing could not be used" in said[0]


def test_a_mailing_list_nobody_could_read_is_a_gap_however_small(
    place: Workplace, tmp_path: Path
) -> None:
    people = file_sources(tmp_path, place.ledger)[0]
    unread = UnreadList(Address(AddressKind.EMAIL, "coaches@marlow.example"))
    page = Page(facts=(unread,), records_read=1)
    done = night(place, [people, Dirty(page=page)], last=TONIGHT)
    (said,) = [gap for gap in done.coverage.gaps if "mailing list" in gap]
    assert said.startswith("Who is on 1 mailing list of Failing could not be read")
