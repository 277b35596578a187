"""Nights to make pages of: all read, some of it missing, nothing at all, and hostile words."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from auditor.coverage import verdict
from auditor.result import (
    BalanceLine,
    CoverageStatement,
    DayRead,
    DirectoryCount,
    DoNow,
    Imprint,
    KnownLimit,
    Night,
    NightCell,
    QuarantineLine,
    RuleRun,
    SelfTests,
    SourceCoverage,
    SourceNight,
    SourceState,
    Step,
    Unmatched,
)
from auditor.source import DayState

LAST = date(2026, 11, 23)
FIRST = LAST - timedelta(days=6)
WEEK = tuple(FIRST + timedelta(days=n) for n in range(7))
FORTNIGHT = tuple(LAST - timedelta(days=n) for n in range(13, -1, -1))
MISSED = frozenset({date(2026, 11, 17), date(2026, 11, 18)})
THROTTLED = "the server asked to wait and did not answer after 5 tries"

IMPRINT = Imprint(
    report_id="N-2026-11-23-IT-1",
    revision=1,
    district="Marlow Public Schools",
    timezone="America/New_York",
    made_at=datetime(2026, 11, 24, 7, 4, tzinfo=UTC),
    first=FIRST,
    last=LAST,
    policy_name="INJDB Employee Social Media",
    policy_revision="Dec 6, 2016",
    policy_hash="9f2c4d1e8b7a60533c1d",
    rules_version="5be0c41d92aa",
    software="auditor 0.1.0",
    switches=(("Which adults count as another adult", "staff (staff and coaches)"),),
    retention="Kept for 3 years, then deleted",
)
MAIL = ("mail-archive", "District e-mail", "Archive")
CHAT = ("lms-export", "LMS messages", "Table")
ROSTER = ("sis-roster", "Student, staff and class lists", "OneRoster")
TEAMS = ("team-rosters", "Team rosters", "Table")


def _days(missed: frozenset[date] = frozenset()) -> tuple[DayRead, ...]:
    return tuple(
        DayRead(day, DayState.MISSING, None, THROTTLED)
        if day in missed
        else DayRead(day, DayState.READ, 410, None)
        for day in WEEK
    )


def _covered(which: tuple[str, str, str], *, roster: bool = False) -> SourceCoverage:
    days = () if roster else _days()
    return SourceCoverage(
        which[0], which[1], SourceState.FULL, days, 2870, None, None, is_roster=roster
    )


def _source(which: tuple[str, str, str], records: int, *, roster: bool = False) -> SourceNight:
    return SourceNight(
        source=which[0],
        title=which[1],
        connector=which[2],
        state=SourceState.FULL,
        wanted_first=FIRST,
        wanted_last=LAST,
        received_first=None if roster else FIRST,
        received_last=None if roster else LAST,
        records=records,
        new=records // 7,
        already_known=records - records // 7,
        rejected=0,
        usual=records + 12.5,
        happened="read in full",
        seconds=1.25,
    )


def _rule(name: str, title: str, *sources: tuple[str, bool], hits: int) -> RuleRun:
    short = [source for source, full in sources if not full]
    state = SourceState.PART if short else SourceState.FULL
    reason = f"not in full: {', '.join(short)}" if short else None
    return RuleRun(name, title, ("messages", "people"), state, hits, 0.1, reason, tuple(sources))


def _one_to_one(*, chat_read: bool) -> RuleRun:
    return _rule(
        "one_to_one_uncopied",
        "One-to-one without another adult",
        (ROSTER[0], True),
        (MAIL[0], True),
        (CHAT[0], chat_read),
        hits=27,
    )


def clean() -> Night:
    """A night on which everything planned was read."""
    coverage = CoverageStatement(
        first=FIRST,
        last=LAST,
        sources=(
            _covered(ROSTER, roster=True),
            _covered(TEAMS, roster=True),
            _covered(MAIL),
            _covered(CHAT),
        ),
        known_limits=(
            KnownLimit("Assignment comments are not in the export", "M. Ruiz", date(2027, 6, 30)),
        ),
        self_tests=SelfTests(38, 38),
        balanced=True,
        gaps=(),
    )
    return Night(
        imprint=IMPRINT,
        run_id="2026-11-23-01",
        audit_date=LAST,
        verdict=verdict(0, coverage, period="tonight"),
        coverage=coverage,
        exit_code=0,
        messages_tested=12_438,
        items_open=0,
        items_new=0,
        items_covered=3,
        do_now=(),
        sources=(
            _source(ROSTER, 48_332, roster=True),
            _source(TEAMS, 231, roster=True),
            _source(MAIL, 61_884),
            replace(_source(CHAT, 2_066), usual=None),
        ),
        nights=tuple(
            (which[1], tuple(NightCell(day, SourceState.FULL) for day in FORTNIGHT))
            for which in (MAIL, CHAT)
        ),
        rules=(
            _one_to_one(chat_read=True),
            _rule(
                "coach_part_of_team",
                "Coach to part of the team",
                (TEAMS[0], True),
                (MAIL[0], True),
                hits=0,
            ),
        ),
        balance=(
            BalanceLine(ROSTER[1], 48_332, 48_332, (("already known", 0), ("set aside", 0))),
            BalanceLine(MAIL[1], 61_884, 8_840, (("already known", 53_044), ("set aside", 0))),
            BalanceLine(
                "Messages judged",
                12_438,
                2_100,
                (("newsletters and lists", 7_338), ("not between an adult and a student", 3_000)),
            ),
        ),
        quarantine=(),
        quarantine_total=0,
        unmatched=(),
        unmatched_total=0,
        directory=(
            DirectoryCount("roles", 7_200, 8, 3),
            DirectoryCount("class places", 48_332, 61, 26),
            DirectoryCount("team places", 231, 0, 0),
        ),
        notes=(),
        steps=(Step("rosters and lists", 2.4), Step("messages", 9.2), Step("checks", 1.1)),
    )


def gap() -> Night:
    """A night with a source behind, one never read, a check that could not run and bad rows."""
    night = clean()
    behind = replace(
        _covered(CHAT),
        state=SourceState.PART,
        days=_days(MISSED),
        reason=THROTTLED,
        cure="run the night again after 6 AM, when the vendor lifts its limit",
    )
    absent = SourceCoverage(
        TEAMS[0],
        TEAMS[1],
        SourceState.NONE,
        (),
        None,
        "the folder team-rosters is not there",
        "make the folder, or mend its path in district.toml",
        is_roster=True,
    )
    coverage = replace(
        night.coverage,
        sources=(_covered(ROSTER, roster=True), absent, _covered(MAIL), behind),
        gaps=("“Coach to part of the team” was not checked: Team rosters was not read.",),
    )
    unread = replace(
        night.sources[1],
        state=SourceState.NONE,
        records=None,
        new=None,
        already_known=None,
        rejected=None,
        happened="district.toml: the folder team-rosters is not there. Make it, or mend the path",
    )
    chat = replace(
        night.sources[3],
        state=SourceState.PART,
        received_first=date(2026, 11, 19),
        rejected=2,
        happened=f"2 set aside; {THROTTLED}",
    )
    quarantine = (
        QuarantineLine(CHAT[0], "lms/2026-11-19.csv", 1_204, "sent_at", "is not a date and time"),
        QuarantineLine(CHAT[0], "lms/2026-11-19.csv", None, None, "ends in the middle of a row"),
    )
    return replace(
        night,
        verdict=verdict(46, coverage, period="tonight"),
        coverage=coverage,
        exit_code=3,
        items_open=46,
        items_new=38,
        do_now=_cards(),
        sources=(night.sources[0], unread, night.sources[2], chat),
        nights=(
            night.nights[0],
            (
                CHAT[1],
                tuple(
                    NightCell(
                        day,
                        SourceState.NONE
                        if day in MISSED
                        else SourceState.PART
                        if day == FORTNIGHT[4]
                        else SourceState.FULL,
                    )
                    for day in FORTNIGHT
                ),
            ),
        ),
        rules=(
            _one_to_one(chat_read=False),
            RuleRun(
                "coach_part_of_team",
                "Coach to part of the team",
                ("messages", "teams"),
                SourceState.NONE,
                None,
                0.0,
                "Team rosters was not read",
                ((TEAMS[0], False), (MAIL[0], True)),
            ),
        ),
        balance=(
            *night.balance,
            BalanceLine(CHAT[1], 2_066, 290, (("already known", 1_774), ("set aside", 2))),
        ),
        quarantine=quarantine,
        quarantine_total=212,
        unmatched=(
            Unmatched(
                "authorizations",
                "approval",
                "person_id s-40417",
                "is not in any roster",
                "use the id as the roster writes it",
                2,
            ),
            Unmatched(
                ROSTER[0],
                "address",
                "j…@marlow.example",
                "is claimed by 2 people at the same time, so it counts as nobody's",
                "give each person their own address in the roster",
            ),
        ),
        unmatched_total=2,
        notes=(("lms/2026-11-20.csv", "unknown column “mood”, left alone", 1),),
    )


def _cards() -> tuple[DoNow, ...]:
    return (
        DoNow(
            "Mend Team rosters",
            "IT",
            "before the next nightly run",
            "the folder team-rosters is not there (district.toml). Make it, or mend the path.",
            "auditor check",
            "it stays unread, and pages say so",
        ),
        DoNow(
            "Bring in LMS messages",
            "IT",
            "before the next nightly run",
            THROTTLED,
            "auditor run nightly --date 2026-11-23 --config /srv/auditor/marlow/district.toml",
            "pages keep saying that those days were not checked",
        ),
        DoNow(
            "Mend 2 records set aside",
            "IT, with whoever keeps the file",
            "this week",
            "they could not be used; file, line and reason are listed below",
            None,
            "what they say stays out of every check",
        ),
    )


def unbalanced() -> Night:
    """A night on which 12 records of the mail are not accounted for."""
    night = clean()
    lost = BalanceLine(MAIL[1], 61_884, 8_828, (("already known", 53_044), ("set aside", 0)))
    coverage = replace(night.coverage, balanced=False)
    return replace(
        night,
        coverage=coverage,
        verdict=verdict(0, coverage, period="tonight"),
        exit_code=3,
        balance=(night.balance[0], lost, night.balance[2]),
    )


def failed() -> Night:
    """A night that gave no answer: nothing is known."""
    coverage = CoverageStatement(FIRST, LAST, (), (), None, None, ())
    return Night(
        imprint=IMPRINT,
        run_id="2026-11-23-01",
        audit_date=LAST,
        verdict=verdict(None, None, period="tonight", failed=True),
        coverage=coverage,
        exit_code=1,
        messages_tested=None,
        items_open=None,
        items_new=None,
        items_covered=None,
        do_now=(),
        sources=(),
        nights=(),
        rules=(),
        balance=(),
        quarantine=(),
        quarantine_total=0,
        unmatched=(),
        unmatched_total=0,
        directory=(),
        notes=(),
        steps=(),
    )


HOSTILE = (
    "<script>alert(1)</script>",
    "\"onmouseover=\"alert(1)\" x='",
    "</title><img src=x onerror=alert(1)>",
    "moc.elpmaxe\u202egnp.exe",
    "zero\u200bwidth",
)


def hostile() -> Night:
    """A night whose files, references and vendors' answers try to be more than words."""
    night = gap()
    tag, attribute, image, turned, wide = HOSTILE
    return replace(
        night,
        sources=tuple(replace(s, title=tag, happened=image) for s in night.sources),
        nights=tuple((image, cells) for _, cells in night.nights),
        rules=tuple(replace(r, title=attribute, reason=tag) for r in night.rules),
        balance=tuple(replace(line, step=image) for line in night.balance),
        quarantine=tuple(
            replace(q, file=text, field=attribute, reason=image)
            for q, text in zip(night.quarantine * 3, HOSTILE, strict=False)
        ),
        quarantine_total=5,
        unmatched=tuple(
            replace(night.unmatched[0], reference=text, hint=tag, kind=wide) for text in HOSTILE
        ),
        unmatched_total=5,
        notes=((turned, tag, 3),),
    )
