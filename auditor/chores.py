"""What IT has to do after a night, most urgent first, each with its reason and its consequence."""

from __future__ import annotations

from collections.abc import Sequence

from auditor.authorizations import REMINDED_DAYS
from auditor.pulling import Pulled
from auditor.result import CoverageStatement, DoNow, SourceCoverage, SourceState, Unmatched


def do_now(
    pulled: Sequence[Pulled],
    coverage: CoverageStatement,
    unmatched: Sequence[Unmatched],
    ending: Sequence[str],
) -> tuple[DoNow, ...]:
    """Return what IT has to do, most urgent first, each with its consequence."""
    failed = {p.name for p in pulled if p.failure is not None}
    behind = [
        source
        for source in coverage.sources
        if source.state is not SourceState.FULL and source.source not in failed
    ]
    return (
        *_own_faults(coverage),
        *(_mend(p) for p in pulled if p.failure is not None),
        *(_bring_in(source) for source in behind),
        *_records(sum(len(p.rejected) for p in pulled), len(unmatched)),
        *_approvals(ending),
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
    return DoNow(
        what=f"Bring in {source.title}",
        who="IT",
        by_when="before the next nightly run",
        why=source.reason or "days of it were not read",
        command="auditor run nightly",
        otherwise="pages keep saying that those days were not checked",
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
            command="auditor run nightly",
            otherwise="items may be missing or wrong, and pages keep saying so",
        )
        for problem in wrong
    ]


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


