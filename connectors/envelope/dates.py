"""A tolerant reader of mail dates that gives the same answer on every interpreter.

The standard library's date parsers differ between Python versions and give naive times for the
zone -0000, which one real message in seven carries. Here every readable date is an aware UTC
time: -0000 and unknown zone names count as UTC (RFC 5322 section 4.3), the weekday is ignored,
and whatever is no plausible date of an e-mail is None.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

EARLIEST_YEAR = 1990
LATEST_YEAR = 2100
_LONGEST = 1_000
_LARGEST_OFFSET = 14 * 60

_LEAP_SECOND = 60
_TURN_OF_CENTURY = 50
"""Two-digit years below this are of this century (RFC 5322 section 4.3)."""

_MONTHS = {
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6,
    "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
_ZONES = {
    "ut": 0, "utc": 0, "gmt": 0, "z": 0, "wet": 0,
    "est": -300, "edt": -240, "cst": -360, "cdt": -300,
    "mst": -420, "mdt": -360, "pst": -480, "pdt": -420,
    "akst": -540, "akdt": -480, "hst": -600, "ast": -240, "adt": -180,
    "bst": 60, "west": 60, "cet": 60, "met": 60, "cest": 120, "mest": 120,
    "eet": 120, "eest": 180, "msk": 180, "jst": 540, "kst": 540,
    "aest": 600, "aedt": 660, "nzst": 720, "nzdt": 780,
}  # fmt: skip

_WEEKDAY = r"(?:[A-Za-z]{2,9}\.?[ ,]+)?"
_TIME = r"(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,]\d{1,9})?)?"
_OFFSET = r"[+-](?:\d{1,2}:?\d{2}|\d{1,2})"
_ZONE = rf"(?P<zone>[A-Za-z]{{1,5}}{_OFFSET}|[A-Za-z]{{1,5}}|{_OFFSET})?"
_HALF = r"(?: ?(?P<half>[AaPp])\.?[Mm]\.?(?![A-Za-z]))?"
_RFC = re.compile(
    rf"{_WEEKDAY}(?P<day>\d{{1,2}})[ -](?P<month>[A-Za-z]{{3,9}})\.?,?[ -](?P<year>\d{{2,4}}),?"
    rf" {_TIME}{_HALF} ?{_ZONE}",
    re.ASCII,
)
_CTIME = re.compile(
    rf"{_WEEKDAY}(?P<month>[A-Za-z]{{3,9}})\.? (?P<day>\d{{1,2}}),? {_TIME}{_HALF}"
    rf" ?{_ZONE} ?(?P<year>\d{{4}})(?: (?P<zone_after>[+-]\d{{4}}|[A-Z]{{1,5}}))?(?![\d:])",
    re.ASCII,
)
_MONTH_FIRST = re.compile(
    rf"{_WEEKDAY}(?P<month>[A-Za-z]{{3,9}})\.? (?P<day>\d{{1,2}}),? (?P<year>\d{{4}}),?"
    rf"(?: at)? {_TIME}{_HALF} ?{_ZONE}",
    re.ASCII,
)
_ISO = re.compile(
    rf"(?P<year>\d{{4}})-(?P<month>\d{{2}})-(?P<day>\d{{2}})[T ]{_TIME} ?{_ZONE}", re.ASCII
)
_FORMS = (_RFC, _CTIME, _MONTH_FIRST, _ISO)
_PARENTHESES = re.compile(r"[()\\]")


def read_date(text: str) -> datetime | None:
    """Return a Date header, a Received date or a From_ line's date as aware UTC, else None."""
    if len(text) > _LONGEST:
        return None
    if "(" in text:
        text = _without_comments(text)
    text = " ".join(text.split())
    for form in _FORMS:
        match = form.match(text)
        if match is not None:
            return _assemble(match)
    return None


def received_date(text: str) -> datetime | None:
    """Return the date of a Received header: what follows its last semicolon."""
    _, semicolon, stamp = text.rpartition(";")
    return read_date(stamp) if semicolon else None


def _without_comments(text: str) -> str:
    """Drop comments, nested or not; an unclosed one swallows the rest."""
    kept: list[str] = []
    depth = start = 0
    skip = -1
    for match in _PARENTHESES.finditer(text):
        at = match.start()
        if at == skip:
            continue
        mark = match.group()
        if mark == "\\":
            skip = at + 1
        elif mark == "(":
            if depth == 0:
                kept.append(text[start:at])
            depth += 1
        elif depth:
            depth -= 1
            start = at + 1
    if depth == 0:
        kept.append(text[start:])
    return " ".join(kept)


def _assemble(match: re.Match[str]) -> datetime | None:
    parts = match.groupdict("")
    month = _month(parts["month"])
    year = _year(parts["year"])
    hour = _hour(int(parts["hour"]), parts.get("half", ""))
    offset = _offset(parts["zone"] or parts.get("zone_after", ""))
    if month is None or hour is None or offset is None:
        return None
    second = int(parts["second"] or 0)
    if second == _LEAP_SECOND:
        second -= 1
    try:
        local = datetime(
            year, month, int(parts["day"]), hour, int(parts["minute"]), second, tzinfo=UTC
        )
        moment = local - timedelta(minutes=offset)
    except (ValueError, OverflowError):
        return None
    return moment if EARLIEST_YEAR <= moment.year <= LATEST_YEAR else None


def _month(text: str) -> int | None:
    return int(text) if text.isdecimal() else _MONTHS.get(text[:3].lower())


def _year(text: str) -> int:
    """Read two- and three-digit years as RFC 5322 section 4.3 says."""
    year = int(text)
    match len(text):
        case 2:
            return year + (2000 if year < _TURN_OF_CENTURY else 1900)
        case 3:
            return year + 1900
        case _:
            return year


def _hour(hour: int, half: str) -> int | None:
    if not half:
        return hour
    if hour not in range(1, 13):
        return None
    return hour % 12 + (12 if half in "Pp" else 0)


def _offset(zone: str) -> int | None:
    """Return minutes east of UTC; unknown names are UTC, impossible numbers None."""
    digits = zone.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
    if not digits:
        return _ZONES.get(zone.lower(), 0)
    plain = digits[1:].replace(":", "")
    hours, minutes = (plain[:-2], plain[-2:]) if plain[2:] else (plain, "0")
    offset = int(hours) * 60 + int(minutes)
    if int(minutes) not in range(60) or offset > _LARGEST_OFFSET:
        return None
    return -offset if digits[0] == "-" else offset
