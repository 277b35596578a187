"""The two weekly pages as values: a school for its principal, all teams for the athletic director.

Scope is enforced here, on the data, never in a template: a principal's week is built from that
school's items only, and an item about the reader is taken out and counted as routed elsewhere.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from auditor.checking import TeamMessage
from auditor.coverage import verdict
from auditor.directory import Register, day_number, day_of
from auditor.filed import Filed
from auditor.result import (
    Approval,
    CoachMessage,
    CoachWeek,
    CoverageStatement,
    Imprint,
    Item,
    ItemState,
    PrincipalWeek,
    SetAside,
    TeamResult,
    TeamWeek,
    Verb,
    WeekCount,
)
from auditor.showing import Shower, moment

WEEKS_SHOWN = 8
WAITING_DAYS = 14
_ORDER = tuple(Verb)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who a page is for. Without ``people`` nobody is known, so nothing can be about them."""

    name: str | None
    people: frozenset[int]
    instead: str
    """Who gets the items that are about the reader."""


People = Mapping[str, frozenset[int]]
"""Item id -> whom it is about."""


def in_order(items: Iterable[Item]) -> tuple[Item, ...]:
    """Return items as pages list them: what the policy says most strongly first, then oldest."""
    return tuple(
        sorted(items, key=lambda i: (_ORDER.index(i.verb), i.listed_on, i.first_seen, i.id))
    )


def _for_reader(items: Sequence[Item], reader: Reader, people: People) -> list[Item]:
    return [i for i in items if not people[i.id] & reader.people]


@dataclass(frozen=True, slots=True)
class _Split:
    """The items of a page by where they stand on it."""

    open: tuple[Item, ...]
    decided: tuple[Item, ...]
    covered: tuple[Item, ...]


def _split(items: Iterable[Item]) -> _Split:
    every = tuple(items)
    apart = (ItemState.DECIDED, ItemState.COVERED, ItemState.WITHDRAWN)
    return _Split(
        in_order(i for i in every if i.state not in apart),
        in_order(i for i in every if i.state is ItemState.DECIDED),
        in_order(i for i in every if i.state is ItemState.COVERED),
    )


def of_school(items: Iterable[Item], school_id: str) -> list[Item]:
    """Return the items that a school's principal reads."""
    return [i for i in items if school_id in i.school_ids and "principal" in i.readers]


def principal_week(
    school_id: str,
    school_name: str,
    mine: Sequence[Item],
    *,
    people: People,
    reader: Reader,
    imprint: Imprint,
    coverage: CoverageStatement,
    weeks: Sequence[tuple[date, bool | None]],
    set_aside: tuple[SetAside, ...],
    office: str = "Principal",
) -> PrincipalWeek:
    """Build one reader's week from the items that are theirs: a principal's, or the designee's.

    ``people`` gives whom each item is about; ``weeks`` says of each Monday whether it
    was checked in full, in part (False) or not at all (None).
    """
    shown = _for_reader(mine, reader, people)
    split = _split(shown)
    open_items = split.open
    withheld = len(mine) - len(shown)
    waiting = sum((coverage.last - i.listed_on).days > WAITING_DAYS for i in open_items)
    zone = ZoneInfo(imprint.timezone)
    return PrincipalWeek(
        imprint=imprint,
        school_id=school_id,
        school_name=school_name,
        reader=reader.name,
        verdict=verdict(len(open_items), coverage, period="this week"),
        coverage=coverage,
        open_items=open_items,
        covered_items=split.covered,
        decided_items=split.decided,
        waiting_over_14_days=waiting,
        withheld=withheld,
        withheld_to=reader.instead if withheld else None,
        weeks=tuple(_week_count(monday, full, open_items, zone) for monday, full in weeks),
        set_aside=set_aside,
        office=office,
    )


def _week_count(
    monday: date, full: bool | None, items: Iterable[Item], zone: ZoneInfo
) -> WeekCount:
    """Count the items with a message of that week, by the district's calendar."""
    if full is None:
        return WeekCount(monday, None, complete=False)
    sunday = monday + timedelta(days=6)
    count = sum(
        any(
            monday <= m.sent_at.astimezone(zone).date() <= sunday and m.covered_by is None
            for m in i.messages
        )
        for i in items
    )
    return WeekCount(monday, count, complete=full)


def coach_week(
    items: Sequence[Item],
    messages: Sequence[TeamMessage],
    *,
    people: People,
    reader: Reader,
    imprint: Imprint,
    coverage: CoverageStatement,
    shower: Shower,
    set_aside: tuple[SetAside, ...],
) -> CoachWeek:
    """Build the athletic director's week from all items and every coach message of the week."""
    mine = [i for i in items if "athletic_director" in i.readers]
    shown = _for_reader(mine, reader, people)
    split = _split(shown)
    open_items = split.open
    listed = _by_message(mine, people)
    log = tuple(
        _log_row(m, listed, shower)
        for m in sorted(messages, key=lambda m: (m.sent_us, m.seen.native_id, m.team))
        if m.coach not in reader.people
    )
    withheld = len(mine) - len(shown)
    coverage = _with_untested(coverage, log)
    return CoachWeek(
        imprint=imprint,
        reader=reader.name,
        verdict=verdict(len(open_items), coverage, period="this week"),
        coverage=coverage,
        open_items=open_items,
        covered_items=split.covered,
        decided_items=split.decided,
        teams=_teams(log, open_items, coverage, shower.register),
        log=log,
        approvals=_approvals(mine, reader, shower, coverage.last),
        withheld=withheld,
        withheld_to=reader.instead if withheld else None,
        set_aside=set_aside,
    )


def _with_untested(coverage: CoverageStatement, log: Sequence[CoachMessage]) -> CoverageStatement:
    """Count messages that no roster could be held against among the gaps of this page."""
    untested = [row for row in log if row.rostered is None]
    if not untested:
        return coverage
    teams = len({row.team_id for row in untested})
    what = "1 message was" if len(untested) == 1 else f"{len(untested)} messages were"
    of = "1 team" if teams == 1 else f"{teams} teams"
    gap = f"{what} not tested, because there was no roster of {of} for the day."
    return replace(coverage, gaps=(*coverage.gaps, gap))


Listed = Mapping[tuple[int, str, str], Item]
"""(coach's key, team id, native id of a message) -> the item that holds the message."""


def _by_message(items: Iterable[Item], people: People) -> Listed:
    return {
        (coach, item.team.team_id, message.native_id): item
        for item in items
        if item.team is not None and item.adult is not None
        for coach in people[item.id]
        for message in item.messages
    }


def _log_row(message: TeamMessage, listed: Listed, shower: Shower) -> CoachMessage:
    register, seen = shower.register, message.seen
    team = register.team(message.team)
    team_id = "" if team is None else team.team_id
    item = listed.get((message.coach, team_id, seen.native_id))
    return CoachMessage(
        sent_at=moment(message.sent_us),
        coach=register.person(message.coach, message.day).name,
        team_id=team_id,
        team="" if team is None else team.name,
        channel=seen.channel,
        tool=seen.tool,
        source_title=shower.source_titles.get(seen.source, seen.source),
        reached=message.reached,
        rostered=message.rostered or None,
        adults_copied=message.adults_copied,
        result=_result(message, item),
        item_id=None if item is None else item.id,
        native_id=seen.native_id,
    )


def _result(message: TeamMessage, item: Item | None) -> TeamResult:
    if not message.rostered:
        return TeamResult.NOT_TESTED
    if item is not None:
        hit = next(m for m in item.messages if m.native_id == message.seen.native_id)
        told = hit.covered_by is not None or item.state is ItemState.DECIDED
        return TeamResult.EXPLAINED if told else TeamResult.LOOK
    # Partial, and no item holds it: the check has not been made on that day, and the page says so.
    return TeamResult.WHOLE if message.complete else TeamResult.NOT_TESTED


def _teams(
    log: Sequence[CoachMessage],
    open_items: Sequence[Item],
    coverage: CoverageStatement,
    register: Register,
) -> tuple[TeamWeek, ...]:
    by_team: dict[str, list[CoachMessage]] = defaultdict(list)
    for row in log:
        by_team[row.team_id].append(row)
    day = day_number(coverage.last)
    weeks = []
    for key in register.team_keys:
        team = register.team(key)
        if team is None:
            continue
        rows = by_team.get(team.team_id, [])
        roster = len(register.roster(key, day)) or None
        delivered = register.delivered_on(key)
        counts = {result: sum(r.result is result for r in rows) for result in TeamResult}
        weeks.append(
            TeamWeek(
                team=team,
                school_name=None
                if team.school_id is None
                else register.school_name(team.school_id),
                coaches=tuple(register.person(k, day).name for k in register.leaders(key, day)),
                roster=roster,
                # a list that came since still holds for the week; the page does not age with it
                roster_of=None
                if roster is None or delivered is None
                else day_of(min(delivered, day)),
                in_season=day in register.season(key),
                messages=len(rows),
                whole=counts[TeamResult.WHOLE],
                explained=counts[TeamResult.EXPLAINED],
                look=counts[TeamResult.LOOK],
                not_tested=counts[TeamResult.NOT_TESTED],
                item_ids=tuple(
                    i.id for i in open_items if i.team and i.team.team_id == team.team_id
                ),
                last_message=max((r.sent_at for r in rows), default=None),
            )
        )
    return tuple(sorted(weeks, key=lambda w: (w.team.name, w.team.team_id)))


def _approvals(
    items: Sequence[Item], reader: Reader, shower: Shower, last: date
) -> tuple[Approval, ...]:
    """Return what is on file for coaches: every approval that could reach one of their items.

    Those of the reader's own are absent; somebody else looks at what they were used for.
    """
    used: dict[str, int] = defaultdict(int)
    for item in items:
        for cover in item.covered_by:
            used[cover.authorization_id] += cover.messages
    bindings = shower.pack.bindings.values()
    rules = {b.rule for b in bindings if "athletic_director" in b.readers}
    day = day_number(last)

    def concerns_a_coach(filed: Filed) -> bool:
        ground = shower.pack.grounds.get(filed.ground)
        if ground is None or not rules & set(ground.covers) or filed.adult in reader.people:
            return False
        return filed.team is not None or (
            filed.adult is not None and shower.register.leads_any(filed.adult)
        )

    # a sub-group is on file once for each of its members
    once = {
        filed.id: filed
        for filed in shower.exceptions.filed
        if concerns_a_coach(filed) and (filed.id in used or not _granted_after(filed, last))
    }
    return tuple(shower.approval(filed, day, used[id_]) for id_, filed in once.items())


def _granted_after(filed: Filed, last: date) -> bool:
    """Whether an approval is of a time after the week, and belongs on a later page.

    The day after is when the week's page is made; in UTC that day may be the Sunday's own.
    """
    return filed.granted_us is not None and moment(filed.granted_us).date() > last + timedelta(1)


def mondays(last: date) -> tuple[date, ...]:
    """Return the Mondays of the eight weeks that end with the week of ``last``."""
    monday = last - timedelta(days=last.weekday())
    return tuple(monday - timedelta(weeks=n) for n in range(WEEKS_SHOWN - 1, -1, -1))

