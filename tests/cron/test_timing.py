"""When jobs are due: what may be written, what is refused and why, and the nights clocks change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from apscheduler.executors.debug import DebugExecutor
from apscheduler.schedulers.base import BaseScheduler

from cron import serving
from cron.child import Ended
from cron.commands_run import yesterday
from cron.jobs import JOBS
from cron.mistakes import Mistake, SettingsError
from cron.settings import Settings, load_settings
from cron.timing import Form, NotATime, When, parse

ALL = frozenset(Form)
SETTINGS = """\
[district]
name = "Marlow Public Schools"
timezone = "{zone}"
domains = ["marlow.example"]
[policy]
pack = "injdb"
[sources.mail]
connector = "mail"
path = "drop/mail"
[schedule]
{schedule}
"""


def settings(tmp_path: Path, schedule: str, zone: str = "America/New_York") -> Settings:
    file = tmp_path / "district.toml"
    file.write_text(SETTINGS.format(zone=zone, schedule=schedule))
    return load_settings(file)


def mistake(tmp_path: Path, schedule: str) -> Mistake:
    with pytest.raises(SettingsError) as caught:
        settings(tmp_path, schedule)
    (found,) = caught.value.mistakes
    return found


# ---- what may be written ---------------------------------------------------------------------


def test_what_is_left_out_has_its_default(tmp_path: Path) -> None:
    given = settings(tmp_path, "").schedule
    assert [(job.name, str(when)) for job, when in given.jobs] == [
        ("nightly", "04:00"), ("weekly", "mon 05:30"), ("compact", "sun 07:30"),
        ("retention", "sun 08:00"), ("verify", "sun 09:00"), ("check", "06:00"),
    ]  # fmt: skip
    assert (given.report_by, given.health_port) == (time(7), None)


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("04:00", When(time(4), None, None)),
        (" 3:05 ", When(time(3, 5), None, None)),
        ("00:59", When(time(0, 59), None, None)),
        ("Sun 23:30", When(time(23, 30), "sun", None)),
        ("1 06:00", When(time(6), None, 1)),
        ("28 06:00", When(time(6), None, 28)),
    ],
)
def test_a_time_is_read(text: str, when: When) -> None:
    assert parse(text, ALL) == when
    assert parse(str(when), ALL) == when


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "is no time"),
        ("4 o'clock", "is no time"),
        ("0 4 * * *", "is no time"),
        ("24:00", "there is no 24:00"),
        ("12:60", "there is no 12:60"),
        ("monday 05:30", "is no day"),
        ("0 05:30", "not every month has a day 0"),
        ("31 05:30", "not every month has a day 31"),
        ("01:00", "comes twice in autumn and not at all in spring"),
        ("mon 02:59", "comes twice in autumn and not at all in spring"),
    ],
)
def test_what_is_no_time_is_said_with_its_cure(text: str, what: str) -> None:
    with pytest.raises(NotATime, match=what) as refused:
        parse(text, ALL)
    assert refused.value.cure


@pytest.mark.parametrize(
    ("text", "forms", "what"),
    [
        ("04:00", {Form.WEEKLY}, "on which day"),
        ("mon 04:00", {Form.DAILY}, "not done once a week"),
        ("1 04:00", {Form.WEEKLY}, "no day of the week"),
    ],
)
def test_each_job_has_its_forms(text: str, forms: set[Form], what: str) -> None:
    with pytest.raises(NotATime, match=what):
        parse(text, frozenset(forms))


@pytest.mark.parametrize(
    ("schedule", "key", "what"),
    [
        ('nightly = "02:30"', "schedule.nightly", "the clocks are changed"),
        ("nightly = 4", "schedule.nightly", "not text"),
        ('nightley = "04:00"', "schedule.nightley", "no such job"),
        ('weekly = "1 05:30"', "schedule.weekly", "no day of the week"),
        ('digest = "mon 06:30"', "schedule.digest", "no mail is set up"),
        ('report_by = "seven"', "schedule.report_by", "no time"),
        ('report_by = "03:30"', "schedule.report_by", "due before the run begins"),
        ("health_port = 80", "schedule.health_port", "too small"),
        ('health_port = "8765"', "schedule.health_port", "not a whole number"),
    ],
)
def test_mistakes_in_the_settings(tmp_path: Path, schedule: str, key: str, what: str) -> None:
    found = mistake(tmp_path, schedule)
    assert found.key == key
    assert what in found.what
    assert found.cure
    assert found.line == 11


def test_a_job_can_be_switched_off(tmp_path: Path) -> None:
    off = "\n".join(f'{job.name} = "off"' for job in JOBS if job.name != "nightly" and not job.is_mail)
    given = settings(tmp_path, f'{off}\nnightly = "05:15"').schedule
    assert [(job.name, str(when)) for job, when in given.jobs] == [("nightly", "05:15")]
    assert str(given) == "nightly 05:15; last night's page by 07:00"


def test_every_default_is_a_time_its_job_may_have() -> None:
    for job in JOBS:
        assert str(parse(job.default, job.forms)) == job.default


@pytest.mark.parametrize(
    ("text", "now", "due"),
    [
        ("04:00", "2026-11-23 04:00", "2026-11-23 04:00"),
        ("04:00", "2026-11-23 03:59", "2026-11-22 04:00"),
        ("mon 05:30", "2026-11-23 05:29", "2026-11-16 05:30"),
        ("mon 05:30", "2026-11-29 12:00", "2026-11-23 05:30"),
        ("1 06:00", "2026-11-01 06:01", "2026-11-01 06:00"),
        ("1 06:00", "2026-11-01 05:00", "2026-10-01 06:00"),
    ],
)
def test_when_a_job_was_last_due(text: str, now: str, due: str) -> None:
    zone = ZoneInfo("America/New_York")
    moment = datetime.fromisoformat(now).replace(tzinfo=zone)
    wanted = datetime.fromisoformat(due).replace(tzinfo=zone)
    assert parse(text, ALL).last_before(moment) == wanted


# ---- the nights on which clocks change ---------------------------------------------------------

ZONES = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Phoenix",
    "America/Los_Angeles", "America/Anchorage", "Pacific/Honolulu", "America/Puerto_Rico",
    "Europe/London", "Australia/Lord_Howe",
)  # fmt: skip
STAY = {"America/Phoenix", "Pacific/Honolulu", "America/Puerto_Rico"}
NEW_YORK = (date(2027, 3, 14), date(2027, 11, 7))
STEP = timedelta(minutes=30)


class Stepped(BaseScheduler):  # type: ignore[misc]  # the library has no types
    """A scheduler whose clock is the test's: it looks for due jobs when it is told to."""

    def shutdown(self, wait: bool = True) -> None:
        super().shutdown(wait)

    def wakeup(self) -> None:
        return None

    def step(self) -> None:
        self._process_jobs()


NAMED = {job.arguments: job.name for job in JOBS}


class Recorder:
    """Does nothing, and remembers when it was asked to."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self.done: list[tuple[str, datetime]] = []

    def run(self, arguments: Sequence[str]) -> Ended:
        self.done.append((NAMED[tuple(arguments)], datetime.now(UTC).astimezone(self._zone)))
        return Ended(0, None)

    def stop(self) -> None:
        return None


def change_days(zone: ZoneInfo) -> tuple[date, ...]:
    """Return the days of 2027 on which the zone's clocks change."""
    days = (date(2027, 1, 1) + timedelta(days=n) for n in range(365))
    return tuple(day for day in days if offset(day, zone) != offset(day + timedelta(days=1), zone))


def offset(day: date, zone: ZoneInfo) -> timedelta | None:
    return datetime(day.year, day.month, day.day, tzinfo=zone).utcoffset()


def moments(day: date, zone: ZoneInfo) -> Iterator[datetime]:
    """Yield every half hour from two days before a change to two days after it."""
    first = datetime.combine(day - timedelta(days=2), time(0), tzinfo=zone).astimezone(UTC)
    last = datetime.combine(day + timedelta(days=3), time(0), tzinfo=zone).astimezone(UTC)
    while first < last:
        yield first
        first += STEP


def begun_around(night: date, given: Settings) -> list[tuple[str, datetime]]:
    """Let the schedule run over a change of clocks; return what was begun, and when."""
    zone = given.district.timezone
    recorder = Recorder(zone)
    first, *later = moments(night, zone)
    with time_machine.travel(first, tick=False) as clock:
        stepped = serving.scheduler(Stepped, given, default=DebugExecutor())
        serving.Serving(given, recorder).declare(stepped, first)
        stepped.start()
        stepped.step()
        recorder.done.clear()  # what it makes up for at its start
        for moment in later:
            clock.move_to(moment)
            stepped.step()
        stepped.shutdown()
    return recorder.done


@pytest.mark.parametrize("name", ZONES)
def test_each_job_is_begun_once_a_day_when_the_clocks_change(tmp_path: Path, name: str) -> None:
    zone = ZoneInfo(name)
    nights = change_days(zone)
    assert len(nights) == (0 if name in STAY else 2)
    given = settings(tmp_path, 'nightly = "03:00"\nweekly = "sun 03:30"', name)
    for night in nights or NEW_YORK:
        done = begun_around(night, given)
        days = [night + timedelta(days=n) for n in range(-2, 3)]
        nightly = [at for what, at in done if what == "nightly"]
        assert [(at.date(), at.time()) for at in nightly] == [(day, time(3)) for day in days]
        assert [yesterday(at, zone) for at in nightly] == [day - timedelta(days=1) for day in days]
        weekly = [at for what, at in done if what == "weekly"]
        sundays = [day for day in days if day.weekday() == 6]
        assert [(at.date(), at.time()) for at in weekly] == [(d, time(3, 30)) for d in sundays]


def test_in_the_hour_that_is_refused_a_job_would_be_begun_twice(tmp_path: Path) -> None:
    given = settings(tmp_path, "")
    jobs = ((JOBS[0], When(time(1, 30), None, None)),)
    given = replace(given, schedule=replace(given.schedule, jobs=jobs))
    done = begun_around(NEW_YORK[1], given)
    days = Counter(at.date() for _, at in done)
    assert days.pop(NEW_YORK[1]) == 2
    assert set(days.values()) == {1}


@pytest.mark.parametrize("name", ZONES)
def test_every_moment_of_a_local_day_audits_the_same_day(name: str) -> None:
    """So that a job begun twice in the hour that comes twice is one run."""
    zone = ZoneInfo(name)
    for night in change_days(zone) or NEW_YORK:
        for moment in moments(night, zone):
            assert yesterday(moment, zone) == moment.astimezone(zone).date() - timedelta(days=1)
