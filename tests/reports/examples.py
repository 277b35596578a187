"""Weeks as values, invented, for every state a weekly page can be in.

Used by the tests of the pages and by those that open them in a browser.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from auditor.coverage import message_source, roster_source, statement, verdict
from auditor.model import Channel
from auditor.result import (
    Checked,
    CoverageStatement,
    CoveredBy,
    DayRead,
    Imprint,
    Item,
    ItemState,
    KnownLimit,
    MessageShown,
    PersonShown,
    PrincipalWeek,
    SelfTests,
    SetAside,
    SourceCoverage,
    TeamShown,
    Verb,
    WeekCount,
)
from auditor.source import DayState

MONDAY, SUNDAY = date(2026, 11, 16), date(2026, 11, 22)
CLOCKS_GO_BACK = date(2026, 10, 26), date(2026, 11, 1)
"""The week whose Sunday has the hour from 1 to 2 AM twice in New York."""
HOSTILE = "<script>alert(1)</script>\"' onmouseover=x \u202eesrever\u200b\u2066\x07"
"""A name that tries to be markup, an attribute and a turned line."""

PASSED = SelfTests(6, 6)
LIMITS = (
    KnownLimit(
        "comments on assignments are not in the learning platform’s export",
        "Superintendent’s office",
        date(2027, 6, 30),
    ),
)
SOURCES = (
    ("gmail", "District e-mail"),
    ("chat", "District chat"),
    ("schoology", "Learning platform messages"),
)


def imprint(report_id: str, first: date = MONDAY, last: date = SUNDAY) -> Imprint:
    return Imprint(
        report_id=report_id,
        revision=1,
        district="Marlow Public Schools",
        timezone="America/New_York",
        made_at=datetime(2026, 11, 23, 10, 42, tzinfo=UTC),
        first=first,
        last=last,
        policy_name="INJDB Employee Social Media",
        policy_revision="Dec 6, 2016",
        policy_hash="5f1d0c9be2a7446c8d3f0a51b7e9c2d4a6f8b0c2d4e6f80123456789abcdef01",
        rules_version="3f9a21c07be4",
        software="auditor 0.1.0",
        switches=(
            ("Another adult", "staff, coach or guardian of that student (no second account)"),
            ("Whole-team window", "1440 (minutes in which partial messages may add up)"),
        ),
        retention="Keep this file no longer than the review needs; facts are kept for 400 days.",
    )


def days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def mail_source(
    name: str, title: str, *, first: date = MONDAY, last: date = SUNDAY, missing: tuple[date, ...] = ()
) -> SourceCoverage:
    read = {
        d: DayRead(d, DayState.READ, 120, None) for d in days(first, last) if d not in missing
    }
    failure = "the export of those days did not arrive" if missing else None
    return message_source(
        name, title, days(first, last), read, failure=failure, cure="Put the export into the drop folder."
    )


def roster(failure: str | None = None) -> SourceCoverage:
    return roster_source(
        "roster",
        "Student and staff lists",
        records=None if failure else 1208,
        failure=failure,
        cure="Ask for a new export.",
    )


def coverage(
    *,
    first: date = MONDAY,
    last: date = SUNDAY,
    missing: dict[str, tuple[date, ...]] | None = None,
    self_tests: SelfTests | None = PASSED,
    balanced: bool | None = True,
    gaps: tuple[str, ...] = (),
) -> CoverageStatement:
    """Return a week's coverage; ``missing`` names the days a source lacks."""
    lacking = missing or {}
    sources = [
        mail_source(name, title, first=first, last=last, missing=lacking.get(name, ()))
        for name, title in SOURCES
    ]
    return statement(
        first,
        last,
        [*sources, roster("the file was cut off" if "roster" in lacking else None)],
        known_limits=LIMITS,
        self_tests=self_tests,
        balanced=balanced,
        gaps=gaps,
    )


GAP = coverage(missing={"chat": (date(2026, 11, 17), date(2026, 11, 18))})
NOTHING_READ = coverage(missing={name: tuple(days(MONDAY, SUNDAY)) for name, _ in SOURCES})

WHITFIELD = PersonShown("T-1041", "Dana", "Whitfield", ("teacher",), school_ids=("AH",))
REYES = PersonShown("S-20417", "Jordan", "Reyes", ("student",), grade="10", school_ids=("AH",))
OCONNOR = PersonShown("S-20522", "Liam", "O’Connor", ("student",), grade="11", school_ids=("AH",))
LINDQVIST = PersonShown("S-20101", "Ava", "Lindqvist", ("student",), grade="12", school_ids=("AH",))
BELL = PersonShown("T-1077", "Marcus", "Bell", ("teacher", "adviser of Robotics Club"))
NAIR = PersonShown("T-1090", "Priya", "Nair", ("teacher",))
DVORAK = PersonShown("T-1102", "Sam", "Dvorak", ("teacher", "head coach of Wrestling"))
WRESTLING = TeamShown("TM-WR", "Wrestling", "sport", "AH", "Wrestling", "Varsity")


def at(day: int, hour: int, minute: int = 0, *, month: int = 11) -> datetime:
    """Return a moment of 2026, given in UTC."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def message(sent_at: datetime, number: int = 1, **changed: object) -> MessageShown:
    values: dict[str, object] = {
        "source": "gmail",
        "source_title": "District e-mail",
        "native_id": f"m{number:05d}@mail.marlow.example",
        "sent_at": sent_at,
        "channel": Channel.EMAIL,
        "tool": "gmail",
        "sent_by": "adult",
        "uncertain": False,
        "covered_by": None,
    }
    return MessageShown(**(values | changed))  # type: ignore[arg-type]  # fields by name


def item(id: str = "AH-0412", **changed: object) -> Item:
    """Return Dana Whitfield's item, with what ``changed`` says."""
    messages = tuple(
        message(at(16 + n % 4, 20 + n % 3, 12), n, sent_by="adult" if n % 3 else "student")
        for n in range(14)
    )
    messages = tuple(sorted(messages, key=lambda m: (m.sent_at, m.native_id)))
    values: dict[str, object] = {
        "id": id,
        "rule": "direct-no-adult",
        "rule_title": "Written to one student, no other adult copied",
        "clause": "INJDB-9",
        "also_clauses": (),
        "verb": Verb.DISCOURAGED,
        "citation": "INJDB, Requirements, ¶2",
        "policy_words": "Staff are asked not to write to a student directly without another adult copied.",
        "words_are_quoted": False,
        "readers": ("principal",),
        "state": ItemState.NEW,
        "listed_on": date(2026, 11, 19),
        "adult": WHITFIELD,
        "student": REYES,
        "team": None,
        "school_ids": ("AH",),
        "channels": (Channel.EMAIL,),
        "tools": ("gmail",),
        "messages": messages,
        "first_seen": messages[0].sent_at,
        "last_seen": messages[-1].sent_at,
        "by_adult": 9,
        "by_student": 5,
        "uncertain": False,
        "what": "14 e-mails between one adult and one student on 4 days, with no other adult copied",
        "why": (
            "On all 14, the adult and the student were the only two people.",
            "No other adult and no guardian stood in To, Cc or Bcc.",
        ),
        "checked": (
            Checked("Guardian link in the roster", "no"),
            Checked("In the adult’s class", "yes (Chemistry, period 4)"),
            Checked("Approval on file", "no"),
        ),
        "next_step": "Ask what the messages were about, and ask to copy another adult from now on.",
        "covered_by": (),
    }
    return Item(**(values | changed))  # type: ignore[arg-type]  # fields by name


def items() -> tuple[Item, ...]:
    """Return the open items of an ordinary week, in the order pages list them."""
    chats = tuple(
        message(
            at(17 + n, 17, 5 + n), 200 + n, source="chat", source_title="District chat",
            channel=Channel.CHAT, tool="chat", native_id=f"spaces/AAQA/messages/{n}",
            sent_by="student" if n % 2 else "adult",
        )
        for n in range(4)
    )  # fmt: skip
    personal = tuple(message(at(19, n, 2), 100 + n, uncertain=n == 1) for n in range(3))
    return (
        item(
            "AH-0415", verb=Verb.PROHIBITED, rule="personal-address-traffic",
            rule_title="A personal address was used", clause="INJDB-12", also_clauses=("INJDB-5",),
            citation="INJDB, Requirements, ¶3", adult=NAIR, student=OCONNOR, messages=personal,
            policy_words="Staff and current students may not exchange personal addresses.",
            words_are_quoted=True, first_seen=personal[0].sent_at, last_seen=personal[-1].sent_at,
            by_adult=3, by_student=0, uncertain=True,
            what="3 e-mails between a student’s district account and an address on file as this teacher’s own",
            why=("The address is outside the district and on file as the adult’s personal one.",),
            checked=(
                Checked("Approval on file", "no"),
                Checked("An address nobody in the rosters has was also on a message", "yes, so this is less certain"),
            ),
            next_step="Ask why a personal address was used. If it kept a student safe, put that on file.",
        ),
        item(
            "AH-0398", state=ItemState.GREW, listed_on=date(2026, 11, 6), adult=BELL,
            student=LINDQVIST, rule="two-person-space", rule_title="A chat of one adult and one student",
            messages=chats, first_seen=chats[0].sent_at, last_seen=chats[-1].sent_at, by_adult=2,
            by_student=2, what="4 chat messages in a space with one adult and one student",
            why=("Nobody else was in the space on those days.",), channels=(Channel.CHAT,), tools=("chat",),
            next_step="Ask the adult to use a group chat with a second adult in it.",
        ),
        item("AH-0412"),
    )  # fmt: skip


def covered_item(id: str = "AH-0377") -> Item:
    cover = CoveredBy(
        "AZ-17", "Family tie", "K. Osei", "principal", date(2027, 6, 30), 14
    )
    return item(id, state=ItemState.COVERED, covered_by=(cover,), adult=BELL, student=REYES)


WEEKS = tuple(
    WeekCount(MONDAY - timedelta(weeks=7 - n), count, complete)
    for n, (count, complete) in enumerate(
        ((6, True), (9, True), (4, True), (7, True), (5, False), (None, False), (4, True), (3, True))
    )
)
SET_ASIDE = (
    SetAside("sent by machines and systems", 1812),
    SetAside("calendar invitations and answers", 204),
    SetAside("automatic replies", 37),
)


def principal_week(
    open_items: tuple[Item, ...] | None = None,
    stated: CoverageStatement | None = None,
    *,
    failed: bool = False,
    first: date = MONDAY,
    last: date = SUNDAY,
    **changed: object,
) -> PrincipalWeek:
    """Return a principal's week with the verdict that follows from it."""
    listed = items() if open_items is None else open_items
    told = stated or coverage(first=first, last=last)
    values: dict[str, object] = {
        "imprint": imprint("W-2026-47-AH-1", first, last),
        "school_id": "AH",
        "school_name": "Alder Hill High School",
        "reader": "K. Osei",
        "verdict": verdict(len(listed), told, period="this week", failed=failed),
        "coverage": told,
        "open_items": listed,
        "covered_items": (covered_item(),),
        "waiting_over_14_days": sum((last - i.listed_on).days > 14 for i in listed),
        "withheld": 0,
        "withheld_to": None,
        "weeks": WEEKS,
        "set_aside": SET_ASIDE,
    }
    return PrincipalWeek(**(values | changed))  # type: ignore[arg-type]  # fields by name


def failed_principal_week() -> PrincipalWeek:
    return principal_week(
        (), NOTHING_READ, failed=True, covered_items=(), set_aside=(),
        weeks=(*WEEKS[:7], WeekCount(MONDAY, None, complete=False)),
    )  # fmt: skip


def clock_change_week() -> PrincipalWeek:
    """Return the week in which 1:30 AM comes twice: first in EDT, then in EST."""
    first, last = CLOCKS_GO_BACK
    twice = (message(at(1, 5, 30), 1), message(at(1, 6, 30), 2))
    one = item(
        messages=twice, first_seen=twice[0].sent_at, last_seen=twice[1].sent_at, by_adult=2,
        by_student=0, listed_on=last,
    )  # fmt: skip
    return principal_week((one,), coverage(first=first, last=last), first=first, last=last)


def many_items(count: int) -> tuple[Item, ...]:
    return tuple(
        item(
            f"AH-{n + 1:04d}",
            messages=(message(at(18, 15, n % 60), n),),
            by_adult=1,
            by_student=0,
            student=PersonShown(f"S-{n}", "Student", f"Number{n}", grade="9"),
        )
        for n in range(count)
    )


def hostile_item() -> Item:
    """Return an item with something hostile in every field that holds text from outside."""
    person = PersonShown("H-1", HOSTILE, HOSTILE, (HOSTILE,), grade=HOSTILE, school_ids=("AH",))
    team = TeamShown("TM-H", HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    bad = message(
        at(18, 15), source_title=HOSTILE, native_id=HOSTILE, tool=HOSTILE, covered_by=HOSTILE,
        missed=(person,), reached=1, rostered=2, source=HOSTILE,
    )  # fmt: skip
    return item(
        "AH-0666", adult=person, student=person, team=team, messages=(bad,), tools=(HOSTILE,),
        rule_title=HOSTILE, citation=HOSTILE, policy_words=HOSTILE, what=HOSTILE, why=(HOSTILE,),
        checked=(Checked(HOSTILE, HOSTILE),), next_step=HOSTILE,
        covered_by=(CoveredBy(HOSTILE, HOSTILE, HOSTILE, HOSTILE, None, 1),),
    )  # fmt: skip


def hostile_principal_week() -> PrincipalWeek:
    one = hostile_item()
    stated = coverage(missing={"chat": (MONDAY,)}, gaps=(HOSTILE,), self_tests=SelfTests(5, 6, (HOSTILE,)))
    bad_source = replace(stated.sources[1], title=HOSTILE, reason=HOSTILE, cure=HOSTILE)
    stated = replace(
        stated,
        sources=(stated.sources[0], bad_source, *stated.sources[2:]),
        known_limits=(KnownLimit(HOSTILE, HOSTILE, date(2027, 6, 30)),),
    )
    return principal_week(
        (one,), stated, school_name=HOSTILE, reader=HOSTILE, withheld=1, withheld_to=HOSTILE,
        covered_items=(replace(one, id="AH-0667", state=ItemState.COVERED),),
        set_aside=(SetAside(HOSTILE, 3),),
        imprint=replace(
            imprint("W-2026-47-AH-1"), district=HOSTILE, policy_name=HOSTILE,
            policy_revision=HOSTILE, software=HOSTILE, retention=HOSTILE,
            switches=((HOSTILE, HOSTILE),),
        ),
    )  # fmt: skip
