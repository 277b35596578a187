"""The date reader: every form real mail has, one aware UTC time or none at all."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.envelope.dates import read_date, received_date

CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

NOON = datetime(2026, 11, 10, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "Tue, 10 Nov 2026 12:00:00 -0500",
        "Tue,10 Nov 2026 12:00:00 -0500",
        "10 Nov 2026 12:00:00 -0500",
        "10 Nov 2026 12:00 -0500",
        "tue, 10 NOV 2026 12:00:00 -0500",
        "Wed, 10 Nov 2026 12:00:00 -0500",  # the weekday is wrong, and does not matter
        "Tuesday, 10 November 2026 12:00:00 -0500",
        "Tue, 10 Nov 2026 12:00:00 -0500 (EST)",
        "Tue, 10 Nov (really (yes)) 2026 12:00:00 -0500",
        "Tue, 10 Nov 2026\r\n 12:00:00 -0500",
        "Tue, 10 Nov 2026 12:00:00 -05:00",
        "Tue, 10 Nov 2026 12:00:00 -05",
        "Tue, 10 Nov 2026 12:00:00 EST",
        "Tue, 10 Nov 2026 13:00:00 EDT",
        "Tue, 10 Nov 2026 11:00:00 CST",
        "Tue, 10 Nov 2026 18:00:00 CET",
        "Tue, 10 Nov 2026 17:00:00 GMT",
        "Tue, 10 Nov 2026 17:00:00 UT",
        "Tue, 10 Nov 2026 17:00:00 Z",
        "Tue, 10 Nov 2026 18:00:00 GMT+0100",
        "Tue, 10 Nov 2026 18:00:00 GMT+1",
        "Tue, 10 Nov 2026 17:00:00 -0000",
        "Tue, 10 Nov 2026 17:00:00",
        "Tue, 10 Nov 2026 17:00:00 K",  # a military letter says nothing (RFC 5322 4.3)
        "Tue, 10 Nov 2026 17:00:00 XYZ",
        "Tue, 10 Nov 26 12:00:00 -0500",
        "Tue, 10 Nov 126 12:00:00 -0500",
        "Tue, 10-Nov-2026 12:00:00 -0500",
        "Tue, 10 Nov 2026 12.00.00 -0500",
        "Tue, 10 Nov 2026 12:00:00.123 -0500",
        "Tue, 10 Nov 2026 12:00:00 PM -0500",
        "Tue, 10 Nov 2026 5:00:00 p.m.",
        "Nov 10, 2026 5:00 PM",
        "November 10, 2026 at 5:00:00 PM UTC",
        "Tue Nov 10 12:00:00 EST 2026",
        "Tue Nov 10 12:00:00 -0500 2026",
        "Tue Nov 10 17:00:00 2026",
        "Tue Nov 10 12:00:00 2026 -0500",
        "2026-11-10T17:00:00Z",
        "2026-11-10 12:00:00 -0500",
        "2026-11-10T22:30:00.5+0530",
        "2026-11-10T22:30:00+05:30",
        "2026-11-10T17:00:00+00",
    ],
)
def test_every_form_of_a_date_is_the_same_moment(text: str) -> None:
    assert read_date(text) == NOON


@pytest.mark.parametrize(
    ("text", "year"),
    [("00", 2000), ("49", 2049), ("90", 1990), ("99", 1999), ("099", 1999), ("100", 2000)],
)
def test_short_years_are_of_the_century_they_mean(text: str, year: int) -> None:
    assert read_date(f"1 Feb {text} 12:00:00 +0000") == datetime(year, 2, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "hour"), [("12:00 AM", 0), ("12:00 PM", 12), ("1:00 am", 1), ("11:00 P.M.", 23)]
)
def test_twelve_o_clock_is_midnight_before_noon(text: str, hour: int) -> None:
    assert read_date(f"10 Nov 2026 {text}") == datetime(2026, 11, 10, hour, tzinfo=UTC)


def test_a_leap_second_is_the_second_before_it() -> None:
    assert read_date("31 Dec 2016 23:59:60 +0000") == datetime(2016, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "Tue, 10 Nov 2026",
        "31 Feb 2026 12:00:00 +0000",
        "10 Foo 2026 12:00:00 +0000",
        "10 Nov 2026 24:00:00 +0000",
        "10 Nov 2026 12:60:00 +0000",
        "10 Nov 2026 12:00:61 +0000",
        "10 Nov 2026 13:00 PM",
        "10 Nov 2026 0:00 AM",
        "10 Nov 2026 12:00:00 -1900",
        "10 Nov 2026 12:00:00 +0575",
        "10 Nov 0102 12:00:00 +0000",
        "10 Nov 1980 12:00:00 +0000",
        "10 Nov 2101 12:00:00 +0000",
        "2026-13-10T12:00:00Z",
        "10 Nov 2026 ١٢:٠٠:٠٠ +0000",
        "(10 Nov 2026 12:00:00 +0000",
        "10 Nov 2026 12:00:00 +0000" + " " * 1_000,
    ],
)
def test_what_is_no_plausible_date_is_none(text: str) -> None:
    assert read_date(text) is None


def test_a_received_date_follows_the_last_semicolon() -> None:
    stamp = "from a by b (x; y) id 1; Tue, 10 Nov 2026 12:00:00 -0500 (EST)"
    assert received_date(stamp) == NOON
    assert received_date("from a by b Tue, 10 Nov 2026 12:00:00 -0500") is None


_ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
_MOMENTS = st.datetimes(
    datetime(1990, 1, 2),  # noqa: DTZ001  (Hypothesis wants bounds without a zone)
    datetime(2100, 12, 30),  # noqa: DTZ001  (as above)
    timezones=_ZONES,
).map(lambda moment: moment.replace(microsecond=0))


@CALM
@given(_MOMENTS)
def test_a_date_that_was_written_is_read_back(moment: datetime) -> None:
    read = read_date(format_datetime(moment))
    assert read == moment
    assert read.tzinfo is UTC
    assert read_date(moment.isoformat()) == moment
    utc = moment.astimezone(UTC)
    assert read_date(utc.strftime("%a %b %e %H:%M:%S %Y")) == moment


_SCRAPS = ["Tue", ",", " ", "10", "Nov", "2026", "12", ":", "00", "-0500", "(", ")", "\\", "PM", "T"]


@CALM
@given(st.text(max_size=60) | st.lists(st.sampled_from(_SCRAPS), max_size=20).map("".join))
def test_no_text_breaks_the_reader(text: str) -> None:
    read = read_date(text)
    assert read is None or (read.tzinfo is UTC and 1990 <= read.year <= 2100)
