"""The superintendent's month: items of each school, week by week, as the principals' pages said.

It is counted from the pages that were made, so that it cannot say anything else than they did. A
week without a page is "?", never 0; schools with something to see come first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from auditor.result import Tone, Verdict
from reports.digest import MOST_ROWS, UNKNOWN, Digest, Row, state_words
from reports.digests import MONTHLY, gap_rows, gaps
from reports.localtime import LocalTime
from reports.shown import counted, listed, number
from reports.twins import Twin

_WEEK = timedelta(days=7)
_BETWEEN = " · "
_NAMES = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


def sundays(day: date) -> tuple[date, ...]:
    """Return the Sundays of the month that ``day``, a Sunday, lies in: its weeks end on them."""
    first = day.replace(day=1)
    sunday = first + timedelta(days=6 - first.weekday())
    found = []
    while sunday.month == day.month:
        found.append(sunday)
        sunday += _WEEK
    return tuple(found)


def last_of_month(day: date) -> date:
    """Return the newest Sunday up to ``day`` that is the last of its month."""
    sunday = day - timedelta(days=(day.weekday() + 1) % 7)
    while (sunday + _WEEK).month == sunday.month:
        sunday -= _WEEK
    return sunday


@dataclass(frozen=True, slots=True)
class _School:
    name: str
    weeks: Mapping[date, Twin]

    def figures(self, weeks: Sequence[date]) -> tuple[str, ...]:
        """Return the new items of each week, then what was open at the end of the last."""
        new = (_figure(self.weeks.get(week), new=True) for week in weeks)
        return (*new, _figure(self.weeks.get(weeks[-1]), new=False))

    def row(self, weeks: Sequence[date]) -> Row:
        return Row(self.name, _two(self.figures(weeks)))

    def unclear(self, weeks: Sequence[date]) -> bool:
        """Whether a week has no page, or a page that says that something was not checked."""
        return any(w not in self.weeks or not self.weeks[w].coverage.complete for w in weeks)

    @property
    def items(self) -> int:
        return sum(t.new + t.waiting for twin in self.weeks.values() for t in twin.tallies)


def _two(figures: Sequence[str]) -> tuple[str, str]:
    """Return the weeks in one cell and the end in another: more columns do not fit a phone."""
    *weeks, end = figures
    return _BETWEEN.join(weeks), end


def _figure(twin: Twin | None, *, new: bool) -> str:
    if twin is None or twin.verdict.tone is Tone.FAILED:
        return UNKNOWN
    count = sum(t.new if new else t.new + t.waiting for t in twin.tallies)
    if twin.coverage.complete:
        return number(count)
    return f"{number(count)} so far" if twin.anything_read else UNKNOWN


def month(
    pages: Sequence[Twin], last: date, district: str, zone: ZoneInfo, audience: str
) -> Digest:
    """Return the mail about the month whose last Sunday is ``last``.

    ``pages`` are the principals' pages of its weeks. The mail is the report: it has no page. Its
    revision is the number of page revisions it rests on, so a page made anew makes it new as well.
    """
    weeks = sundays(last)
    local = LocalTime(zone, weeks[0] - timedelta(days=6), last)
    schools = _schools(pages)
    missing = _missing(pages, schools, weeks, local)
    end = [s.weeks[last] for s in schools if last in s.weeks]
    open_now = sum(t.new + t.waiting for twin in end for t in twin.tallies) if end else None
    shown = _rows(schools, weeks)
    return Digest(
        report_id=f"M-{last:%Y-%m}-{audience}",
        revision=sum(twin.revision for twin in pages) or 1,
        page=None,
        folder=MONTHLY,
        district=district,
        kind="monthly message review",
        about=counted(len(schools), "school"),
        period=f"{_NAMES[last.month - 1]} {last.year}",
        state=_state(open_now, len(missing)),
        verdict=_verdict(open_now, missing),
        columns=("School", "New, week by week", "Open at the end"),
        rows=(*gap_rows(missing, 2), *shown),
        remarks=(
            f"The weeks end on {listed(local.date(week) for week in weeks)}, in this order.",
            "Each principal has the items of their school; this mail only counts them.",
        ),
        every="months",
        next_due=local.day(_next(last) + timedelta(days=1)),
    )


def _schools(pages: Sequence[Twin]) -> list[_School]:
    by_id: dict[str, dict[date, Twin]] = {}
    names: dict[str, str] = {}
    for twin in sorted(pages, key=lambda twin: (twin.last, twin.revision)):
        if twin.school_id:
            by_id.setdefault(twin.school_id, {})[twin.last] = twin
            names[twin.school_id] = twin.school_name or twin.school_id
    return [_School(names[id_], weeks) for id_, weeks in sorted(by_id.items())]


def _missing(
    pages: Sequence[Twin], schools: Sequence[_School], weeks: Sequence[date], local: LocalTime
) -> list[str]:
    """Return what was not checked, week by week, and which school has no report of a week."""
    found = []
    for week in weeks:
        of_week = [twin for twin in pages if twin.last == week]
        without = [s.name for s in schools if week not in s.weeks] if of_week else ["every school"]
        found += [
            f"Not checked: {name}, the week to {local.date(week)}; there is no report of it"
            for name in without
        ]
        found += [line for twin in of_week for line in gaps(twin.coverage, local)]
    return list(dict.fromkeys(found))


def _rows(schools: Sequence[_School], weeks: Sequence[date]) -> tuple[Row, ...]:
    """Return a row for each school, those with gaps and items first; the rest in one row."""
    ordered = sorted(schools, key=lambda s: (not s.unclear(weeks), -s.items, s.name))
    shown, rest = ordered[: MOST_ROWS - 1], ordered[MOST_ROWS - 1 :]
    rows = [school.row(weeks) for school in shown]
    if rest:
        left = counted(len(rest), "more school")
        rows.append(Row(left, _two(_together(rest, weeks))))
    return tuple(rows)


def _together(schools: Sequence[_School], weeks: Sequence[date]) -> tuple[str, ...]:
    """Return the sums over several schools; a sum with something unknown in it is not known."""
    table = zip(*(school.figures(weeks) for school in schools), strict=True)
    return tuple(
        number(sum(int(one.replace(",", "")) for one in column))
        if all(one.replace(",", "").isdecimal() for one in column)
        else UNKNOWN
        for column in table
    )


def _state(open_now: int | None, gaps_: int) -> str:
    if open_now is None:
        return f"open items not known, {counted(gaps_, 'gap')}"
    return state_words(Tone.OK, open_now, gaps_)


def _verdict(open_now: int | None, missing: Sequence[str]) -> Verdict:
    if open_now is None:
        return Verdict(
            Tone.GAP,
            "How many items are open at the end of the month is not known.",
            "There is no report of its last week. Do not read this as a quiet month.",
        )
    items = f"{counted(open_now, 'item')} open at the end of the month."
    if missing:
        sub = "Not everything could be checked, so this is not a full picture of the month."
        return Verdict(Tone.GAP, f"{items} {counted(len(missing), 'gap')}.", sub)
    if open_now:
        return Verdict(Tone.LOOK, items, "Everything planned this month was checked.")
    return Verdict(
        Tone.OK, "No item is open at the end of the month.",
        "Everything planned this month was checked.",
    )  # fmt: skip


def _next(last: date) -> date:
    """Return the last Sunday of the month after."""
    return sundays(last + _WEEK)[-1]
