"""What the ledger knows of runs and incidents, on either kind of database."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import delete

from auditor import incidents, runlog, runs
from auditor.incidents import Incident, Kind
from auditor.ledger import Ledger
from auditor.ledger.tables import run
from auditor.workplace import AuditError

NIGHT = date(2026, 11, 22)
MORNING = datetime(2026, 11, 23, 9, tzinfo=UTC)
POLICY = "5f1d"


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    with Ledger.open(ledger_url) as ledger:
        yield ledger


def begin(ledger: Ledger, night: date = NIGHT, job: str = "nightly") -> str:
    with ledger.begin() as connection:
        return runlog.begin_run(connection, job, night, POLICY, MORNING)


def do(ledger: Ledger, night: date = NIGHT, job: str = "nightly", *, complete: bool = True) -> str:
    run_id = begin(ledger, night, job)
    runs.close(ledger, run_id, complete=complete, now=MORNING)
    runs.tell(ledger, run_id, {"pages": ["näme"]})
    return run_id


def done(ledger: Ledger, job: str, day: date, policy: str = POLICY) -> str | None:
    with ledger.read() as connection:
        found = runs.earlier(connection, job, day, policy)
    return None if found is None else found.run_id


def missing(ledger: Ledger, yesterday: date) -> runs.MissingNights:
    with ledger.read() as connection:
        return runs.missing_nights(connection, yesterday)


def test_a_run_is_known_by_job_day_and_policy(ledger: Ledger) -> None:
    assert done(ledger, "nightly", NIGHT) is None
    first, second = do(ledger), do(ledger)
    assert first < second
    assert done(ledger, "nightly", NIGHT) == second
    assert done(ledger, "weekly", NIGHT) is None
    assert done(ledger, "nightly", NIGHT + timedelta(days=1)) is None
    assert done(ledger, "nightly", NIGHT, "other") is None
    with ledger.read() as connection:
        found = runs.newest_night(connection)
    assert found is not None
    assert (found.complete, found.exit_code, found.outcome) == (True, 0, {"pages": ["näme"]})


def test_ids_ascend_whatever_was_deleted(ledger: Ledger) -> None:
    old, new = begin(ledger), begin(ledger, job="weekly")
    with ledger.begin() as connection:
        connection.execute(delete(run).where(run.c.run_id == old))
    assert old < new < begin(ledger)


def test_a_run_that_did_not_end_or_did_not_speak_is_not_done(ledger: Ledger) -> None:
    killed = begin(ledger)
    silent = begin(ledger)
    runs.close(ledger, silent, complete=False, now=MORNING)
    assert done(ledger, "nightly", NIGHT) is None
    assert missing(ledger, NIGHT).nights == (NIGHT,)
    for late in (killed, silent):
        with pytest.raises(AuditError, match="took this run over"):
            runs.close(ledger, late, complete=True, now=MORNING)


@pytest.mark.parametrize("day", [22, 23, 28])
def test_a_week_is_named_by_its_sunday(ledger: Ledger, day: int) -> None:
    run_id = do(ledger, runs.identity_day("weekly", date(2026, 11, day)), "weekly")
    assert "2026-11-22" in run_id
    assert done(ledger, "weekly", date(2026, 11, 28)) == run_id
    assert done(ledger, "weekly", date(2026, 11, 29)) is None


@pytest.mark.parametrize(
    ("later", "nights", "too_old"),
    [
        (0, [-2, -1], None),
        (1, [-2, -1, 1], None),
        (11, [-2, -1, *range(1, 12)], None),
        (12, [-1, *range(1, 13)], (-2, -2)),
        (13, range(1, 14), (-2, -1)),
        (14, range(1, 15), None),
        (15, range(2, 16), (1, 1)),
        (40, range(27, 41), (1, 26)),
        (-2, [-2], None),
        (-3, [], None),
        (-9, [], None),
    ],
)
def test_nights_since_the_first_one_are_missing(
    ledger: Ledger, later: int, nights: Iterable[int], too_old: tuple[int, int] | None
) -> None:
    """Not only those since the last one: a night that is left out between two has no page either,
    and what was to be read on it is then read as late as the source still has it.
    """
    do(ledger, NIGHT - timedelta(days=3))
    do(ledger)
    do(ledger, NIGHT - timedelta(days=9), job="weekly")
    found = missing(ledger, NIGHT + timedelta(days=later))
    assert found.nights == tuple(NIGHT + timedelta(days=n) for n in nights)
    stretch = None if too_old is None else tuple(NIGHT + timedelta(days=n) for n in too_old)
    assert found.too_old == stretch


def test_no_night_before_staff_were_told_is_missing(ledger: Ledger) -> None:
    do(ledger, NIGHT - timedelta(days=3))
    with ledger.read() as connection:
        found = runs.missing_nights(connection, NIGHT, NIGHT - timedelta(days=1))
    assert found == runs.MissingNights((NIGHT - timedelta(days=1), NIGHT), None)


def test_an_incident_is_noted_once_and_shown_from_its_time_on(ledger: Ledger) -> None:
    found = Incident(MORNING, "nightly", Kind.OVERDUE, "no page by 07:00 on 2026-11-23")
    with ledger.begin() as connection:
        assert incidents.note(connection, found)
        later = Incident(MORNING + timedelta(hours=1), found.job, found.kind, found.text)
        assert not incidents.note(connection, later)
    with ledger.read() as connection:
        assert list(incidents.since(connection, None)) == [found]
        assert list(incidents.since(connection, MORNING)) == [found]
        assert list(incidents.since(connection, MORNING + timedelta(seconds=1))) == []


def test_nights_made_up_for_in_one_go_count_as_one(ledger: Ledger) -> None:
    with ledger.begin() as connection:
        assert runs.last_night_began(connection, MORNING) is None
    do(ledger)
    with ledger.read() as connection:
        assert runs.last_night_began(connection, MORNING - timedelta(hours=12)) is None
        assert runs.last_night_began(connection, MORNING + timedelta(hours=12)) == MORNING
