"""Which days a night judges: its look-back, further back for what is new, and no less far forward
than a newer night went.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from auditor import night, notice, retention, runbook
from auditor.desk import Desk
from auditor.directory import State, day_of
from auditor.itembook import stored_items
from auditor.source import Window


@dataclass(frozen=True, slots=True)
class JudgedDays:
    """The first and the last day that a night judges."""

    first: date
    last: date
    are_newest: bool
    """Whether no newer night has judged: then what stands on record now is this night's to say."""


def judged_days(
    desk: Desk,
    window: Window,
    ready: Mapping[str, night.Readiness],
    regranted_adults: frozenset[int],
) -> JudgedDays:
    """Return the days to judge for the audit date that ``window`` ends with.

    A night that is made up for comes after newer ones, and judges up to their day: by its own
    alone, a message that another one explained an hour after midnight would be listed again.
    """
    first = _first_judged(desk, window, ready, regranted_adults)
    with desk.place.ledger.read() as connection:
        newest = runbook.last_night(connection)
    named = notice.in_force(desk.place.district, window.last) is not None
    if newest is None or newest.audit_date <= window.last or not named:
        return JudgedDays(first, window.last, are_newest=True)
    return JudgedDays(first, newest.audit_date, are_newest=False)


def regranted(was: State, now: State) -> frozenset[int]:
    """Return the adults whose approvals or family ties are not what they were last night."""
    approvals = set(was.latest["authorization"].values()) ^ set(
        now.latest["authorization"].values()
    )
    ties = was.dated["guardian"].keys() ^ now.dated["guardian"].keys()
    return frozenset(row[2] for row in approvals if row[2] is not None) | {row[0] for row in ties}


def _first_judged(
    desk: Desk,
    window: Window,
    ready: Mapping[str, night.Readiness],
    regranted_adults: frozenset[int],
) -> date:
    """Judge the look-back days again, and further back where what is known of them has changed.

    That is: messages no night has judged, whether tonight's or of a night that broke off; nights
    that were missed; a check that could not be made before; an approval filed or withdrawn. Never
    further back than staff know of the audit, nor than the messages of a day are still all there.
    """
    told = notice.in_force(desk.place.district, window.last)
    with desk.place.ledger.read() as connection:
        newest = runbook.last_night(connection)
        days = [window.first, runbook.unjudged_from(connection)]
        if newest is not None:
            days.append(newest.audit_date + timedelta(days=1))
            able = {rule for rule, (state, *_) in ready.items() if state in night.ABLE}
            if not able <= {r.rule for r in newest.rules if r.ran}:
                days.append(runbook.first_day_held(connection))
            if told is not None and newest.told_on != told.staff_told_on:
                days.append(told.staff_told_on)
        whole = retention.whole_since(connection)
        if regranted_adults:
            days += [
                day_of(item.hits[0].day)
                for item in stored_items(connection)
                if item.subject.adult in regranted_adults and item.hits
            ]
    earliest = min(day for day in days if day is not None)
    floors = (whole, None if told is None else told.staff_told_on, earliest)
    return min(max(day for day in floors if day is not None), window.last)
