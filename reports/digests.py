"""What the mail about each report says: the night, a school's week, coaches, offices, a month.

The numbers are those of the page. What was not checked stands first, with "?" for its numbers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from zoneinfo import ZoneInfo

from auditor.coverage import verdict
from auditor.result import (
    CoverageStatement,
    SourceCoverage,
    SourceState,
    TeamResult,
    Tone,
    Verdict,
)
from reports.digest import MOST_ROWS, UNKNOWN, Digest, Row, bounded, state_words
from reports.localtime import LocalTime
from reports.nightly_view import EXIT_WORDS, without_addresses
from reports.shown import counted, number, sentence
from reports.twins import Twin

WEEKLY, NIGHTLY, MONTHLY = "weekly", "nightly", "monthly"
_MOST_GAPS = 8
_MOST_WORDS = 200
_MOST_TO_DO = 5
_WEEK = timedelta(days=7)
_ITEMS = ("What", "New", "Waiting")


# ---- what was not checked ---------------------------------------------------------------------


def gaps(coverage: CoverageStatement, local: LocalTime) -> list[str]:
    """Return a line for everything planned that was not checked in full."""
    found = [_source(s, local) for s in coverage.sources if s.state is not SourceState.FULL]
    if not coverage.sources:
        found.append("Not checked: every source")
    tests = coverage.self_tests
    if tests is None:
        found.append("Not checked: the self-tests did not run")
    elif not tests.passed == tests.total > 0:
        wrong = tests.total - tests.passed
        found.append(f"Not checked: {wrong} of {tests.total} self-tests failed")
    if coverage.balanced is not True:
        found.append("Not checked: the count of records does not add up")
    found += [sentence(gap) for gap in coverage.gaps]
    return [_short(without_addresses(line)) for line in found]


def _source(source: SourceCoverage, local: LocalTime) -> str:
    days = f", {local.days(source.missing)}" if source.missing else ""
    return f"{source.state.value.capitalize()}: {source.title}{days}"


def _short(words: str) -> str:
    return words if len(words) <= _MOST_WORDS else words[: _MOST_WORDS - 1].rstrip() + "…"


def gap_rows(lines: Sequence[str], columns: int) -> tuple[Row, ...]:
    """Return the rows of a table for what was not checked."""
    rows = [Row(line, (UNKNOWN,) * columns, gap=True) for line in lines]
    return bounded(rows, _MOST_GAPS, columns)


# ---- one digest for each report ---------------------------------------------------------------


def digest_of(twin: Twin) -> Digest:
    """Return the mail about a page that was made."""
    if twin.night is not None:
        return _of_night(twin)
    return _of_week(twin)


def _of_week(twin: Twin) -> Digest:
    local = LocalTime(ZoneInfo(twin.timezone), twin.first, twin.last)
    missing = gaps(twin.coverage, local)
    failed = twin.verdict.tone is Tone.FAILED
    items = sum(t.new + t.waiting for t in twin.tallies)
    rows = (*gap_rows(missing, 2), *_items(twin, bool(missing)))
    return Digest(
        report_id=twin.report_id,
        revision=twin.revision,
        page=twin.stem,
        folder=WEEKLY,
        district=twin.district,
        kind="message review",
        about=_about(twin),
        period=period(local),
        state=_sums(missing)
        if twin.kind == "baseline"
        else state_words(twin.verdict.tone, None if failed else items, len(missing)),
        verdict=without_addresses(twin.verdict),
        columns=_ITEMS,
        rows=() if failed else bounded(rows, MOST_ROWS, 2),
        remarks=() if failed else _of_coaches(twin),
        every="weeks",
        next_due=local.day(twin.last + _WEEK + timedelta(days=1)),
    )


def _sums(missing: Sequence[str]) -> str:
    words = "sums without names"
    return f"{words}, {counted(len(missing), 'gap')}" if missing else words


def _about(twin: Twin) -> str:
    if twin.kind == "baseline":
        return "Sums without names"
    if twin.school_name:
        return twin.school_name
    return "All coaches" if twin.messages is not None else f"Items for the {twin.office}"


def _items(twin: Twin, has_gaps: bool) -> list[Row]:
    """Return a row for each check with items; without any, one that says how sure that is."""
    if twin.kind == "baseline":  # there are no items yet, which is not to say that there are none
        return [Row("Items that need a look", (UNKNOWN, UNKNOWN))]
    if twin.tallies:
        return [Row(t.title, (number(t.new), number(t.waiting))) for t in twin.tallies]
    none = "0 so far" if has_gaps else "0"
    words = none if twin.anything_read else UNKNOWN
    return [Row("Items that need a look", (words, words))]


def _of_coaches(twin: Twin) -> tuple[str, ...]:
    """Return one sentence about all messages of coaches, which are reported whether or not
    anything stands out.
    """
    if twin.messages is None:
        return ()
    total = sum(twin.messages.values())
    if not total and not twin.anything_read:
        return ("How many messages coaches sent to team members is not known.",)
    of = "; ".join(f"{result.value}: {number(twin.messages[result])}" for result in TeamResult)
    return (f"{counted(total, 'message')} of coaches to team members. {sentence(of)}",)


def _of_night(twin: Twin) -> Digest:
    night, local = twin.night, LocalTime(ZoneInfo(twin.timezone), twin.first, twin.last)
    assert night is not None  # noqa: S101  (the caller looked)
    missing = gaps(twin.coverage, local)
    sources, tests = twin.coverage.sources, twin.coverage.self_tests
    full = sum(s.state is SourceState.FULL for s in sources)
    figures = (
        ("Sources read in full", f"{full} of {len(sources)}"),
        ("Messages between adults and students tested", _known(night.messages_tested)),
        ("Items open", _known(night.items_open)),
        ("Items new", _known(night.items_new)),
        ("Self-tests passed", UNKNOWN if tests is None else f"{tests.passed} of {tests.total}"),
    )
    words = EXIT_WORDS.get(night.exit_code, "stopped")
    state = f"{words}, {counted(len(missing), 'gap')}" if missing else words
    failed = twin.verdict.tone is Tone.FAILED
    rows = (*gap_rows(missing, 1), *(Row(what, (value,)) for what, value in figures))
    return Digest(
        report_id=twin.report_id,
        revision=twin.revision,
        page=twin.stem,
        folder=NIGHTLY,
        district=twin.district,
        kind="nightly run",
        about="Nightly run",
        period=local.date(twin.last),
        state=state,
        verdict=without_addresses(twin.verdict),
        columns=("What", "Tonight"),
        rows=() if failed else rows,
        remarks=(*_to_do(night.to_do), *_root(night.root)),
        every="nights",
        next_due=local.day(twin.last + timedelta(days=2)),
    )


def _known(value: int | None) -> str:
    return UNKNOWN if value is None else number(value)


def _to_do(cards: Sequence[str]) -> tuple[str, ...]:
    """Return what the page asks IT to do, in one sentence."""
    if not cards:
        return ()
    first = "; ".join(without_addresses(tuple(cards[:_MOST_TO_DO])))
    left = len(cards) - _MOST_TO_DO
    more = f"; and {left} more" if left > 0 else ""
    return (f"To do now: {first}{more}.",)


def _root(root: str | None) -> tuple[str, ...]:
    """Return what makes this mail a witness: an edited log does not have this root any more."""
    if root is None:
        return ()
    words = "Keep it: “auditor verify --root” with it tells whether anything was edited since."
    return (f"Root of the log tonight: {root}. {words}",)


# ---- mail without a page ----------------------------------------------------------------------


def nothing_for(office: str, audience: str, week: Twin) -> Digest:
    """Return the mail to an office that had nothing to read in a week.

    ``week`` is any weekly page of the week: it knows what was checked.
    """
    said = verdict(0, week.coverage, period="this week")
    told = replace(
        week, verdict=said, tallies=(), office=office, school_name=None, messages=None,
        report_id=f"{_issue(week)}-{audience}-nothing", revision=1,
    )  # fmt: skip
    digest = _of_week(told)
    words = "No page was made for your office: nothing of this week is for it to read."
    return replace(digest, page=None, remarks=(words,))


def _issue(week: Twin) -> str:
    """Return "W-2026-47"."""
    year, number_, _ = week.last.isocalendar()
    return f"W-{year}-{number_:02d}"


def not_yet(audience: str, about: str, week: Twin) -> Digest:
    """Return the mail to a reader of the time before staff were told: no number, and no gap.

    ``week`` is the page of sums, which is IT's alone.
    """
    digest = replace(_of_week(week), report_id=f"{_issue(week)}-{audience}-not-yet", revision=1)
    return _not_yet(digest, about)


def month_not_yet(month: Digest) -> Digest:
    """Return the mail about a month that ended before staff were told."""
    return _not_yet(replace(month, report_id=f"{month.report_id}-not-yet"), "All schools")


def _not_yet(digest: Digest, about: str) -> Digest:
    every = digest.every.removesuffix("s")
    return replace(
        digest,
        page=None,
        about=about,
        state="not yet",
        verdict=Verdict(
            Tone.LOOK,
            "Not yet: pages with names start once the notice to staff is recorded and in force.",
            f"The audit runs and names nobody before. Do not read this as a quiet {every}.",
        ),
        rows=(),
        remarks=("There is no page for you before that. Ask IT how far the notice is.",),
    )


def unread(
    job: str, audience: str, about: str, district: str, local: LocalTime, lines: Sequence[str]
) -> Digest:
    """Return the mail about pages whose record cannot be read, which is no quiet week.

    ``lines`` name them and the cure, and are for IT alone.
    """
    digest = failed(job, audience, about, district, local, None)
    tail = sha256("\0".join(lines).encode()).hexdigest()[:8] if lines else "one"
    verdict = Verdict(
        Tone.FAILED,
        "A page was made, and no mail can tell what it says.",
        f"Its record cannot be read. Do not read this as a quiet {digest.every.removesuffix('s')}.",
    )
    return replace(
        digest,
        report_id=f"{digest.report_id.removesuffix('failed')}unread-{tail}",
        state="a page that cannot be announced",
        verdict=verdict,
        remarks=tuple(_short(without_addresses(line)) for line in lines) or digest.remarks,
    )


def failed(
    job: str, audience: str, about: str, district: str, local: LocalTime, why: str | None
) -> Digest:
    """Return the mail that says that no report could be made, which is no quiet week.

    ``why`` is for IT alone, None for everybody else; it is masked here.
    """
    nightly = job == NIGHTLY
    said = verdict(None, None, period="tonight" if nightly else "this week", failed=True)
    last = local.last
    reason = "IT has been told."
    if why is not None:
        reason = f"It stopped: {_short(without_addresses(sentence(why)))}"
    due = timedelta(days=2) if nightly else _WEEK + timedelta(days=1)
    return Digest(
        report_id=f"{'N' if nightly else 'W'}-{last.isoformat()}-{audience}-failed",
        revision=1,
        page=None,
        folder=job,
        district=district,
        kind="nightly run" if nightly else "message review",
        about=about,
        period=local.date(last) if nightly else period(local),
        state="no report could be made",
        verdict=said,
        columns=("What", "Tonight") if nightly else _ITEMS,
        rows=(),
        remarks=(reason,),
        every="nights" if nightly else "weeks",
        next_due=local.day(last + due),
    )


def period(local: LocalTime) -> str:
    """Return "Nov 16–22", or "Nov 30–Dec 6"."""
    first, last = local.first, local.last
    end = str(last.day) if first.month == last.month else local.date(last)
    return f"{local.date(first)}–{end}"
