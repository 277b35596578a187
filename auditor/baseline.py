"""The baseline: what the checks find in sums, for the time before staff were told of the audit.

Nothing is settled and nothing is kept of it: no item, no id, nobody's key. A number so small that
it could point at somebody is not given, and neither is a sum from which it could be worked out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date, datetime, timedelta

from auditor import imprints, notice, pastruns, runbook
from auditor.checking import Findings, find
from auditor.coverage import gap_sentence
from auditor.desk import Desk, open_desk
from auditor.items import Subject
from auditor.result import CoverageStatement, SourceState, Tone, Verdict
from auditor.result.baseline import FEWEST, BaselineCount, BaselineWeek
from auditor.workplace import AuditError, Workplace


def counts(desk: Desk, found: Findings) -> tuple[BaselineCount, ...]:
    """Return how many adults with one student, team or thing each check would list, by school."""
    listed: dict[tuple[str, str], set[Subject]] = defaultdict(set)
    for hit in found.hits:
        if hit.sent_by_adult and hit.covered_by is None:
            schools = desk.shower.schools(hit.subject, hit.day)
            listed[hit.subject.rule, schools[0] if schools else ""].add(hit.subject)
    schools = ("", *desk.register.school_ids)
    return tuple(
        BaselineCount(
            run.rule,
            run.title,
            desk.register.school_name(school) if school else None,
            number if number == 0 or number >= FEWEST else None,
        )
        for run in found.rules
        if run.hits is not None
        for school in schools
        if (number := len(listed[run.rule, school])) or school
    )


def week_end(audit_date: date) -> date:
    """Return the last day of the last full week that ended by ``audit_date``."""
    return audit_date - timedelta(days=(audit_date.weekday() + 1) % 7)


def verdict(stated: CoverageStatement) -> Verdict:
    """Return the first line of a page that may name nobody."""
    gap = gap_sentence(stated)
    line = "Only sums are shown: staff have not been told yet."
    if gap is None:
        return Verdict(Tone.LOOK, line, "Everything planned was read and tested.")
    return Verdict(Tone.GAP, f"{line} {gap}", "So the sums are not the full ones.")


def baseline(
    place: Workplace, *, audit_date: date, now: datetime, progress: Callable[[str], None]
) -> BaselineWeek:
    """Count what the checks find in the last full week that ended by ``audit_date``.

    Raises ``AuditError`` when no night has finished.
    """
    last = week_end(audit_date)
    first = last - timedelta(days=6)
    with place.ledger.read() as connection:
        limits, accepted = place.district.known_limits, place.district.accepted_days
        word = runbook.word_on_week(connection, last, limits, accepted)
        if word is None:
            raise AuditError(
                "no nightly run has finished yet, so there is nothing to count",
                where="weekly pages",
                cure="run `auditor run nightly` first",
            )
        record, stated = word
        made = pastruns.checks_made(connection, record.run_id)
    progress("baseline")
    desk = open_desk(place, {s.name: s.title for s in record.sources})
    desk.book.note_unread(place.keyring, ())
    unknown = (SourceState.NONE, "the night it rests on did not know this check")
    ready = {rule: (*made.get(rule, unknown), ()) for rule in place.pack.bindings}
    with desk.engine(first, last) as engine:
        found = find(desk.bench(engine, last), ready)
    page = BaselineWeek(
        imprint=imprints.blank(place, first, last, now),
        verdict=verdict(stated),
        coverage=stated,
        notice=notice.kept_back(place.district, last) or "",
        messages_tested=found.funnel.contacts,
        counts=counts(desk, found),
        not_run=tuple((r.title, r.reason or "") for r in found.rules if r.hits is None),
        set_aside=found.funnel.machine,
    )
    return imprints.issue(place, "B", "ALL", page, now)
