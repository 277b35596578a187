"""Closing a night: its record in the ledger, and the page IT reads in the morning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from auditor import (
    balances,
    baseline,
    imprints,
    incidents,
    mailbook,
    night,
    notice,
    pastruns,
    runbook,
    runlog,
    runs,
)
from auditor.checking import Findings
from auditor.chores import do_now, erase_again, tell_staff, wrong_matches
from auditor.coverage import verdict
from auditor.desk import Desk
from auditor.directory import Delivered, day_number, day_of
from auditor.erased import left_to_erase
from auditor.holds import shown_key
from auditor.incidents import Incident
from auditor.items import StoredItem
from auditor.judgeddays import JudgedDays
from auditor.nightgaps import (
    changed_form,
    contested_in_use,
    disputed_offices,
    unfounded_tools,
    unknown_addresses,
    unknown_readers,
    unread_lists,
)
from auditor.nightrecord import BoundRule, NightRecord, PlannedSource
from auditor.pulling import Pulled
from auditor.result import (
    BalanceLine,
    CoverageStatement,
    DoNow,
    ItemState,
    Night,
    Reason,
    SelfTests,
    SetAside,
    Step,
    Unmatched,
)
from auditor.roots import seal
from auditor.routing import IT

A_NIGHT = timedelta(hours=12)
"""Nights that are made up for one after the other are one night for whoever reads their pages."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that happened in one night."""

    run_id: str
    audit_date: date
    judged: JudgedDays
    pulled: tuple[Pulled, ...]
    delivered: Delivered
    tests: SelfTests
    found: Findings
    stored: tuple[StoredItem, ...]
    steps: tuple[Step, ...]
    chores: tuple[DoNow, ...] = ()
    """What else there is to do, found before the night began."""

    @property
    def first(self) -> date:
        """First day the page answers for."""
        return self.audit_date - timedelta(days=runbook.PAGE_DAYS - 1)


def _balance(desk: Desk, outcome: Outcome) -> tuple[BalanceLine, ...]:
    return balances.balance(
        outcome.pulled,
        _on_file(desk, outcome),
        outcome.found,
        outcome.stored,
        named=_told_on(desk, outcome) is not None,
    )


def night_page(desk: Desk, outcome: Outcome, now: datetime) -> Night:
    """Write the night's record, then return the page built from it."""
    place, pulled = desk.place, outcome.pulled
    lines = _balance(desk, outcome)
    record = _record(desk, outcome, lines, now)
    strangers = unknown_addresses(desk, outcome.found.strangers)
    unmatched = (*outcome.delivered.unmatched, *desk.built.unmatched, *strangers)
    with place.ledger.begin() as connection:
        runlog.keep_outcome(
            connection, outcome.run_id, pulled, unmatched, outcome.found.rules, outcome.steps
        )
        stated = runbook.coverage_of(
            connection,
            record,
            outcome.first,
            outcome.audit_date,
            place.district.known_limits,
            place.district.accepted_days,
        )
        usual = {p.name: pastruns.usual_records(connection, p.name, record.run_id) for p in pulled}
        since = outcome.audit_date - timedelta(days=night.NIGHTS)
        read = runbook.days_read(connection, since, outcome.audit_date, record.run_id)
        set_aside = night.kept_aside(connection, pulled, record)
        happened = incidents.since(connection, runs.last_night_began(connection, now - A_NIGHT))
        mail, mail_cards = mailbook.lines(connection, now), mailbook.cards(connection)
        early = not place.district.is_over(outcome.audit_date, now)
        runlog.end_run(connection, record, complete=stated.complete, now=now, early=early)
        seal(connection, outcome.run_id, outcome.audit_date, now)
    page = _page(desk, outcome, stated, unmatched, lines, happened, now)
    page = _without_names(desk, outcome, page)
    named = [(p.name, p.source.context.title) for p in pulled if p.brings_messages]
    wanted = (outcome.first, outcome.audit_date)
    page = replace(
        page,
        quarantine=set_aside[: night.SHOWN],
        quarantine_total=len(set_aside),
        do_now=(*page.do_now, *mail_cards),
        deliveries=mail,
        sources=night.source_nights(pulled, stated, usual, wanted),
        nights=night.last_nights(named, read, outcome.audit_date),
    )
    return imprints.issue(place, "N", "IT", page, now)


def _record(
    desk: Desk, outcome: Outcome, lines: tuple[BalanceLine, ...], now: datetime
) -> NightRecord:
    return NightRecord(
        run_id=outcome.run_id,
        audit_date=outcome.audit_date,
        judged_from=outcome.judged.first,
        judged_to=None if outcome.judged.are_newest else outcome.judged.last,
        rules=tuple(
            BoundRule(r.rule, r.title, r.hits is not None) for r in outcome.found.rules
        ),
        unread=tuple(
            SetAside(p.source.context.title, len(p.rejected))
            for p in outcome.pulled
            if p.brings_messages and p.rejected
        ),
        sources=tuple(
            PlannedSource(p.name, p.source.context.title, p.brings_messages, p.doubt)
            for p in outcome.pulled
        ),
        self_tests=outcome.tests,
        balanced=all(line.adds_up for line in lines),
        gaps=(
            *night.not_over(desk.place.district, outcome.audit_date, now),
            *(
                f"“{r.title}” was not checked: {r.reason}."
                for r in outcome.found.rules
                if night.was_planned(r)
            ),
            *contested_in_use(desk, outcome.found.strangers),
            *unknown_readers(desk),
            *unfounded_tools(desk),
            *changed_form(outcome.pulled),
            *unread_lists(outcome.pulled),
            *night.old_rosters(outcome.pulled, outcome.audit_date),
            *night.too_late(outcome.pulled),
        ),
        set_aside=(*outcome.found.funnel.machine, *_protected(outcome.pulled)),
        told_on=_told_on(desk, outcome),
    )


def _told_on(desk: Desk, outcome: Outcome) -> date | None:
    told = notice.in_force(desk.place.district, outcome.audit_date)
    return None if told is None else told.staff_told_on


def _known_again(desk: Desk) -> list[str]:
    with desk.place.ledger.read() as connection:
        return [shown_key(key) for key in left_to_erase(connection, desk.state)]


def _page(
    desk: Desk,
    outcome: Outcome,
    stated: CoverageStatement,
    unmatched: tuple[Unmatched, ...],
    lines: tuple[BalanceLine, ...],
    happened: Sequence[Incident],
    now: datetime,
) -> Night:
    bound = desk.pack.bindings
    shown = [
        i
        for i in outcome.stored
        if i.subject.rule in bound and i.state(outcome.audit_date) is not ItemState.WITHDRAWN
    ]
    standing = [i for i in shown if not i.is_covered and not _for_it(desk, i)]
    open_items = [i for i in standing if not i.is_decided]
    return Night(
        imprint=imprints.blank(desk.place, outcome.first, outcome.audit_date, now),
        run_id=outcome.run_id,
        audit_date=outcome.audit_date,
        verdict=verdict(len(open_items), stated, period="tonight"),
        coverage=stated,
        exit_code=0 if stated.complete else 3,
        messages_tested=outcome.found.funnel.contacts,
        items_open=len(open_items),
        items_new=sum(i.listed_on >= outcome.audit_date for i in open_items),
        items_covered=sum(i.is_covered for i in shown),
        items_decided=len(standing) - len(open_items),
        do_now=(
            *do_now(
                outcome.pulled,
                stated,
                unmatched,
                _ending(desk, outcome),
                disputed_offices(desk),
                outcome.found.rules,
                happened,
            ),
            *wrong_matches(i.id for i in shown if _is_wrong_match(i)),
            *erase_again(_known_again(desk)),
            *outcome.chores,
        ),
        sources=(),
        nights=(),
        rules=outcome.found.rules,
        balance=lines,
        quarantine=(),
        quarantine_total=0,
        unmatched=unmatched[: night.SHOWN],
        unmatched_total=len(unmatched),
        directory=outcome.delivered.counts,
        notes=night.notes(outcome.pulled),
        steps=outcome.steps,
    )


def _without_names(desk: Desk, outcome: Outcome, page: Night) -> Night:
    """Return the page with sums alone, while staff have not been told of the audit."""
    why = notice.kept_back(desk.place.district, outcome.audit_date)
    if why is None:
        return page
    return replace(
        page,
        notice=why,
        verdict=baseline.verdict(page.coverage),
        items_open=None,
        items_new=None,
        items_covered=None,
        items_decided=None,
        do_now=(tell_staff(why), *page.do_now),
        rules=tuple(replace(run, hits=None) for run in page.rules),
        baseline=baseline.counts(desk, outcome.found),
    )


def _protected(pulled: tuple[Pulled, ...]) -> tuple[SetAside, ...]:
    count = sum(one.privileged for one in pulled)
    words = "Messages to or from the association, counsel or a hotline, not kept"
    return (SetAside(words, count),) if count else ()


def _for_it(desk: Desk, stored: StoredItem) -> bool:
    """Whether only IT reads an item: a gap or a setting, which the page says in other places."""
    return desk.pack.bindings[stored.subject.rule].readers == (IT,)


def _is_wrong_match(stored: StoredItem) -> bool:
    """Whether a reader said that it is about the wrong person, and it still stands like that."""
    return bool(stored.decisions) and (
        stored.decisions[-1].decision.reason is Reason.WRONG_MATCH
    )


def _ending(desk: Desk, outcome: Outcome) -> list[str]:
    day = day_number(outcome.audit_date)
    return [f"{one.id} on {day_of((one.until or 1) - 1)}" for one in desk.exceptions.ending(day)]


def _on_file(desk: Desk, outcome: Outcome) -> int:
    """Return how many copies of messages the manifest has of the days the checks were given."""
    first, last = desk.read_along(outcome.judged.first, outcome.judged.last)
    with desk.place.ledger.read() as connection:
        return balances.copies_held(connection, first, last)
