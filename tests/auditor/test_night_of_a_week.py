"""Whose word counts for a week: the first night that judged all of it, and who made up for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from auditor import runbook, runlog
from auditor.ledger import Ledger
from auditor.nightrecord import BoundRule, NightRecord
from auditor.result import SelfTests

MONDAY, SUNDAY = date(2026, 11, 16), date(2026, 11, 22)
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
UNMADE = "“One to one” was not checked: no list of students."
STRANGER = "An address is claimed by two people."
ROSTER = "The list of students is 40 days old."


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(tmp_path / "ledger.sqlite") as opened:
        yield opened


def night(
    ledger: Ledger, day: int, *gaps: str, ran: bool = True, tests: int = 6, since: date = MONDAY
) -> NightRecord:
    """Let a night finish."""
    with ledger.begin() as connection:
        audit_date = date(2026, 11, day)
        run_id = runlog.begin_run(connection, runbook.NIGHTLY, audit_date, "p", NOW)
        record = NightRecord(
            run_id=run_id,
            audit_date=audit_date,
            judged_from=since,
            rules=(BoundRule("direct-no-adult", "One to one", ran),),
            unread=(),
            sources=(),
            self_tests=SelfTests(tests, 6),
            balanced=True,
            gaps=gaps,
            set_aside=(),
        )
        runlog.end_run(connection, record, complete=not gaps, now=NOW)
    return record


def gaps(ledger: Ledger) -> tuple[str, ...]:
    with ledger.read() as connection:
        record = runbook.night_of(connection, SUNDAY)
        assert record is not None
        return runbook.coverage_of(connection, record, MONDAY, SUNDAY, ()).gaps


def test_the_first_night_that_saw_all_of_the_week_has_the_word(ledger: Ledger) -> None:
    before = night(ledger, 21)
    with ledger.read() as connection:
        assert runbook.night_of(connection, SUNDAY) == before, "none has seen all of it yet"
    night(ledger, 22)
    again = night(ledger, 22)
    night(ledger, 24)
    with ledger.read() as connection:
        assert runbook.night_of(connection, SUNDAY) == again


def test_troubles_of_a_later_night_are_not_of_the_week(ledger: Ledger) -> None:
    night(ledger, 22)
    night(ledger, 24, ROSTER)
    assert gaps(ledger) == ()


def test_a_check_that_is_made_later_is_no_gap_any_more(ledger: Ledger) -> None:
    night(ledger, 22, UNMADE, STRANGER, ran=False)
    assert gaps(ledger) == (UNMADE, STRANGER)
    night(ledger, 24, ROSTER)
    assert gaps(ledger) == (STRANGER,)


def test_a_check_that_is_made_later_on_later_days_is_still_a_gap(ledger: Ledger) -> None:
    night(ledger, 22, UNMADE, ran=False)
    night(ledger, 24, since=date(2026, 11, 20))
    assert gaps(ledger) == ("“One to one” was not checked on 4 days.",)


def test_other_gaps_are_gone_only_when_a_night_has_none(ledger: Ledger) -> None:
    night(ledger, 22, STRANGER)
    night(ledger, 24, STRANGER.replace("two", "three"))
    assert gaps(ledger) == (STRANGER,), "other words are no proof that it was mended"
    night(ledger, 25)
    assert gaps(ledger) == ()


@pytest.mark.parametrize(
    ("day", "since"), [(24, date(2026, 11, 18)), (23, date(2026, 11, 17)), (21, MONDAY)]
)
def test_a_night_that_did_not_judge_all_of_the_days_again_closes_no_gap(
    day: int, since: date, ledger: Ledger
) -> None:
    record = night(ledger, 22, STRANGER, tests=5)
    night(ledger, day, since=since)
    with ledger.read() as connection:
        stated = runbook.coverage_of(connection, record, MONDAY, SUNDAY, ())
    assert stated.gaps == (STRANGER,)
    assert stated.self_tests == SelfTests(5, 6)


def test_a_night_too_late_to_answer_for_the_week_makes_up_for_nothing(ledger: Ledger) -> None:
    night(ledger, 22, STRANGER)
    night(ledger, 29)
    assert gaps(ledger) == (STRANGER,)


def test_failed_self_tests_stand_until_they_pass(ledger: Ledger) -> None:
    record = night(ledger, 22, tests=5)
    night(ledger, 23, tests=5)
    with ledger.read() as connection:
        stated = runbook.coverage_of(connection, record, MONDAY, SUNDAY, ())
    assert stated.self_tests == SelfTests(5, 6)
    night(ledger, 24)
    with ledger.read() as connection:
        stated = runbook.coverage_of(connection, record, MONDAY, SUNDAY, ())
    assert stated.self_tests == SelfTests(6, 6)
