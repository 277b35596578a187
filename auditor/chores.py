"""What IT has to do after a night, most urgent first, each with its reason and its consequence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date

from auditor.authorizations import REMINDED_DAYS
from auditor.coverage import day_words
from auditor.daily import ODD
from auditor.directory import Refused
from auditor.incidents import Incident, Kind
from auditor.pulling import Pulled
from auditor.result import (
    CoverageStatement,
    DoNow,
    KnownLimit,
    RuleRun,
    SourceCoverage,
    Unmatched,
)

_INCIDENTS: dict[str, tuple[str, str | None, str]] = {
    Kind.FAILED: ("See why {job} failed", "auditor check", "it fails again tonight"),
    Kind.MISSED: ("See why {job} was not started", None, "it is late again next time"),
    Kind.OVERLAPPED: ("See what held up {job}", None, "it is held up again next time"),
    Kind.SKIPPED: ("Decide about the nights that were never run", None, "they have no page"),
    Kind.OVERDUE: ("See why the night's page was late", "auditor watch", "it is late again"),
}
"""Kind of incident -> what to do, the command that tells more, what happens otherwise."""

_OTHER = ("See what happened to {job}", None, "it may happen again")


def do_now(
    pulled: Sequence[Pulled],
    coverage: CoverageStatement,
    unmatched: Sequence[Unmatched],
    ending: Sequence[str],
    disputed: Sequence[str],
    rules: Sequence[RuleRun],
    happened: Sequence[Incident],
) -> tuple[DoNow, ...]:
    """Return what IT has to do, most urgent first, each with its consequence."""
    failed = {p.name for p in pulled if p.failure is not None}
    behind = [
        source
        for source in coverage.sources
        if source.is_behind and source.source not in failed
    ]
    return (
        *_own_faults(coverage),
        *(_look_into(incident) for incident in happened),
        *(_refused(p, p.failure) for p in pulled if isinstance(p.failure, Refused)),
        *(_look_at_check(run) for run in rules if run.was_held_back),
        *(_mend(p) for p in pulled if p.failure and not isinstance(p.failure, Refused)),
        *(_bring_in(source) for source in behind),
        *(_ask_longer(p) for p in pulled if p.beyond),
        *(_renew(limit) for limit in coverage.known_limits if _ends_soon(limit, coverage.last)),
        *_records(sum(len(p.rejected) for p in pulled), len(unmatched)),
        *(_settle_office(office) for office in disputed),
        *_approvals(ending),
    )


def _ask_longer(pulled: Pulled) -> DoNow:
    feed = pulled.source.context
    return DoNow(
        what=f"Ask {feed.title} for more days again each night",
        who="IT",
        by_when="this week",
        why=f"{pulled.beyond} of its messages came in later than the {feed.reread_days} days it is "
        f"asked for again: raise reread_days under [sources.{feed.name}]",
        command="auditor check",
        otherwise="messages that come in that late are found on Sundays only, or never",
    )


def erase_again(people: Iterable[str]) -> list[DoNow]:
    """Return what to do about erased people to whom a roster gives an address we know."""
    numbers = ", ".join(sorted(people))
    if not numbers:
        return []
    again = DoNow(
        what=f"Erase {numbers} again, or take them out of the roster",
        who="IT, with whoever asked for the erasure",
        by_when="this week",
        why="a roster gives them an address that was a stranger's here; the certificate of the "
        "erasure has the same number",
        command="auditor purge",
        otherwise="that address stays in the address book, and on pages that show it",
    )
    return [again]


def _ends_soon(limit: KnownLimit, last: date) -> bool:
    return (limit.until - last).days <= REMINDED_DAYS


def _renew(limit: KnownLimit) -> DoNow:
    return DoNow(
        what="Have an accepted limit renewed, or end it",
        who=f"IT, with {limit.accepted_by}",
        by_when=f"by {day_words(limit.until)}",
        why=f"“{limit.text}” is accepted until that day only",
        command=None,
        otherwise="from the day after, it is a gap on every page",
    )


def tell_staff(why: str) -> DoNow:
    """Return what keeps every item back until it is done."""
    return DoNow(
        what="Record the notice to staff",
        who="IT, with whoever speaks for the district to its staff",
        by_when="before anybody is to read an item",
        why=f"{why}; write the day, how staff were told and who says so under [notice]",
        command="auditor check",
        otherwise="nights go on reading and counting, and nobody gets an item or a weekly page",
    )


def _bring_in(source: SourceCoverage) -> DoNow:
    if source.doubt is not None and not source.unread:
        return _make_sure(source, source.doubt)
    if ODD in (source.reason or ""):
        return DoNow(
            what=f"See why {source.title} is so quiet",
            who="IT",
            by_when="before the next nightly run",
            why=source.reason or ODD,
            command="auditor coverage",
            otherwise="those days stay a gap until they fill; if so few are right, somebody "
            "accepts them under [[accepted_days]] in the settings",
        )
    return DoNow(
        what=f"Bring in {source.title}",
        who="IT",
        by_when="before the next nightly run",
        why=source.reason or "days of it were not read",
        command="auditor run nightly --again",
        otherwise="pages keep saying that those days were not checked",
    )


def _make_sure(source: SourceCoverage, doubt: str) -> DoNow:
    return DoNow(
        what=f"Make sure that {source.title} is read rightly",
        who="IT, with whoever exports it",
        by_when="this week",
        why=f"{doubt}: look at its rows as they are read, then write into its column map who "
        "compared it with a file, and when",
        command="auditor columns try",
        otherwise="every page says so in its first line, and no check that rests on it is whole",
    )


def _settle_office(office: str) -> DoNow:
    return DoNow(
        what=f"Settle who is {office}",
        who="IT, with the office that keeps the record of offices",
        by_when="this week",
        why="the settings name one person and the record of offices another, for today",
        command=None,
        otherwise="both count: what is about either of them goes to the next office",
    )


def _records(rejected: int, unmatched: int) -> list[DoNow]:
    """Return what to do about rows that could not be used and people who fit nobody."""
    cards = []
    if rejected:
        cards.append(
            DoNow(
                what=f"Mend {rejected} record{'s' if rejected != 1 else ''} set aside",
                who="IT, with whoever keeps the file",
                by_when="this week",
                why="they could not be used; file, line and reason are listed below",
                command=None,
                otherwise="what they say stays out of every check",
            )
        )
    if unmatched:
        cards.append(
            DoNow(
                what="Settle 1 person or address that fits nobody for certain"
                if unmatched == 1
                else f"Settle {unmatched} people or addresses that fit nobody for certain",
                who="IT, with the registrar",
                by_when="this week",
                why="a name or address that fits nobody, or two people, is never guessed",
                command=None,
                otherwise="contacts of these people cannot be judged",
            )
        )
    return cards


def wrong_matches(item_ids: Iterable[str]) -> list[DoNow]:
    """Return what to do about items of which their reader says that they mean somebody else."""
    ids = sorted(item_ids)
    if not ids:
        return []
    return [
        DoNow(
            what="Correct whose address or record it is in 1 item"
            if len(ids) == 1
            else f"Correct whose address or record it is in {len(ids)} items",
            who="IT, with the registrar",
            by_when="this week",
            why=f"their readers decided “wrong match”: {', '.join(ids)}",
            command=f"auditor explain {ids[0]}",
            otherwise="contacts stay with the wrong person, and new ones open the item again",
        )
    ]


def _approvals(ending: Sequence[str]) -> list[DoNow]:
    """Return a reminder of the approvals that end soon."""
    if not ending:
        return []
    one = len(ending) == 1
    what = "1 approval that it ends" if one else f"{len(ending)} approvals that they end"
    return [
        DoNow(
            what=f"Remind whoever granted {what} soon",
            who="IT, with the office that keeps the approvals",
            by_when="this week",
            why=f"within {REMINDED_DAYS} days: {', '.join(ending)}",
            command=None,
            otherwise="what they cover is listed from the day they end",
        )
    ]


def _own_faults(coverage: CoverageStatement) -> list[DoNow]:
    """Return what is wrong with the program itself; then no page can be relied on."""
    tests, wrong = coverage.self_tests, []
    if tests is not None and tests.passed < tests.total:
        wrong.append(f"{tests.total - tests.passed} of {tests.total} self-tests failed")
    if coverage.balanced is False:
        wrong.append("the count of records does not add up")
    return [
        DoNow(
            what="Have the program looked at",
            who="IT, with whoever maintains it",
            by_when="before anybody relies on a page",
            why=f"{problem}; the section below names what",
            command="auditor run nightly --again",
            otherwise="items may be missing or wrong, and pages keep saying so",
        )
        for problem in wrong
    ]


def _refused(pulled: Pulled, failure: Refused) -> DoNow:
    return DoNow(
        what=f"Look at why {pulled.source.context.title} lost so much",
        who="IT, with the registrar",
        by_when="before the next nightly run",
        why="; ".join(str(loss) for loss in failure.losses),
        command=failure.command,
        otherwise="people are judged by its last good delivery, and every page says STALE ROSTER; "
        "the command takes it as it is, once somebody has seen that these people are really gone",
    )


def _look_at_check(run: RuleRun) -> DoNow:
    return DoNow(
        what=f"Look at why “{run.title}” concerns so many people at once",
        who="IT, with whoever keeps the rosters and groups",
        by_when="before the next nightly run",
        why=f"{run.reason}: sooner a list that went wrong than so many people in one night",
        command=f'auditor breaker release {run.rule} --by "NAME" --because "REASON"',
        otherwise="nobody is listed by this check, and every page says that it was not made; the "
        "command lets it list them, once somebody has seen that it is right",
    )


def _mend(pulled: Pulled) -> DoNow:
    failure = pulled.failure
    assert failure is not None  # noqa: S101  (the caller asked for failed sources)
    return DoNow(
        what=f"Mend {pulled.source.context.title}",
        who="IT",
        by_when="before the next nightly run",
        why=f"{failure.what} ({failure.where}). {failure.cure}",
        command="auditor check",
        otherwise="it stays unread, and pages say so",
    )


def _look_into(incident: Incident) -> DoNow:
    what, command, otherwise = _INCIDENTS.get(incident.kind, _OTHER)
    return DoNow(
        what=what.format(job=incident.job),
        who="IT",
        by_when="before the next nightly run",
        why=incident.text,
        command=command,
        otherwise=otherwise,
    )
