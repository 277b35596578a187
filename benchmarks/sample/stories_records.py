"""Stories that stand on paper: handbook, accounts, spaces, mailboxes, systems, lists, classes."""

from __future__ import annotations

from datetime import date, timedelta

from benchmarks.sample.people import ALIAS_DOMAIN, DOMAIN, Human
from benchmarks.sample.planted import Stage
from benchmarks.sample.records import school_year
from benchmarks.sample.teams import SchoolClass
from benchmarks.sample.truths import (
    ACCOUNT,
    DRIFT,
    FORWARDED,
    GROUP_OF_ONE,
    HANDBOOK,
    ITEM,
    LIST,
    NO_ACCOUNT,
    QUIET,
    SIGNATURE,
    STUDENT_SPACE,
    UNCERTAIN,
)


def tell(stage: Stage) -> None:
    _handbook(stage)
    _accounts(stage)
    _spaces(stage)
    _mailboxes(stage)
    _systems(stage)
    _groups_of_one(stage)
    _team_lists(stage)


def _handbook(stage: Stage) -> None:
    school, label = stage.people.schools[0], school_year(stage.period)
    thing = f"{school.school_id}/{label}"
    due = date(int(label[:4]), 8, 15) + timedelta(days=60)
    pool = [t for t in stage.teachers() if t.school_id == school.school_id]
    never, last_year, late = pool[:3]
    late_hire = stage.people.part("late-hire")
    stage.no_handbook |= {h.person_id for h in (never, last_year, late, late_hire)}
    before = f"{int(label[:4]) - 1}-{label[2:4]}"
    stage.file("acknowledgements", last_year, "staff handbook", before, due, "form")
    on = due + timedelta(days=5)
    stage.file("acknowledgements", late, "staff handbook", label, on, "form")
    story = "Two teachers have not reviewed this year's handbook; one of them did last year's."
    stage.expect_record(
        "handbook-open", HANDBOOK, ITEM, story, *sorted((never.person_id, last_year.person_id)),
        thing=thing, since=due + timedelta(days=1),
    )  # fmt: skip
    story = "A teacher reviewed it five days late, and it is on record."
    stage.expect_record("quiet-handbook-late", HANDBOOK, QUIET, story, late.person_id, thing=thing)
    story = "Somebody hired this week has two months."
    stage.expect_record(
        "quiet-handbook-new", HANDBOOK, QUIET, story, late_hire.person_id, thing=thing, codes="GRAD"
    )


def _account(
    stage: Stage,
    story: str,
    expect: str,
    *cells: object,
    run_by: str = "staff",
    since: date | None = None,
    codes: str = "",
) -> None:
    """Register the next account of the first school; ``cells`` are from owner to renewal."""
    count = len(stage.records["accounts"]) + 1
    number, school = f"ACC-{count:03d}", stage.people.schools[0]
    head = ("photo-app", f"@marlow.group.{count}", f"Group {count}", run_by)
    stage.file("accounts", number, *head, *cells, school.school_id)
    row_id = f"{'quiet-' if expect == QUIET else ''}account-{count}"
    stage.expect_record(
        row_id, ACCOUNT, expect, story, number, thing=number, since=since, codes=codes
    )


def _accounts(stage: Stage) -> None:
    school = stage.people.schools[0]
    principal = stage.people.part(f"principal-{school.short}")
    first, last = stage.period.first, stage.period.last
    one, two = (t for t, _ in (stage.pair(), stage.pair()))
    asked, decided = first - timedelta(days=80), first - timedelta(days=60)
    renewed = last + timedelta(days=300)
    open_ = (None, "pending", None, None, None)
    by = ("approved", principal, "principal")
    story = "Approved, two owners, renewal ahead."
    _account(stage, story, QUIET, one, two, asked, decided, *by, renewed)
    story = "Asked for eighty days before the period and never decided."
    _account(stage, story, ITEM, one, two, asked, *open_)
    _account(stage, "Asked for last week.", QUIET, one, two, last - timedelta(days=8), *open_)
    story = "Approved as principal by somebody who is none."
    by_other = ("approved", two, "principal")
    _account(stage, story, ITEM, one, two, asked, decided, *by_other, renewed)
    overdue = first - timedelta(days=1)
    _account(stage, "Its renewal is overdue.", ITEM, one, two, asked, decided, *by, overdue)
    _account(stage, "Only one owner.", ITEM, one, None, asked, decided, *by, renewed)
    leaver = stage.people.part("substitute")
    left = None if leaver.ends is None else leaver.ends + timedelta(days=1)
    cells = (leaver, two, asked, decided, *by, renewed)
    _account(stage, "Its owner has left.", ITEM, *cells, since=left, codes="SUB")
    story = "A parents' association's: not the district's to affiliate."
    _account(stage, story, QUIET, None, None, asked, *open_, run_by="outside")
    stage.file(
        *("media_permissions", "MED-001", stage.student(school.school_id), "ACC-001", principal),
        *("principal", decided, decided, renewed, "office file M1"),
    )


def _spaces(stage: Stage) -> None:
    librarian, begins = stage.people.part("librarian"), stage.period.day(1, 1)

    def space(number: str, name: str, maker: Human, *members: Human) -> None:
        for human in (maker, *members):
            stage.file("spaces", number, "chat", name, maker, human, begins, None)

    maker, friend = (stage.student(librarian.school_id) for _ in range(2))
    space("SPACE-001", "Reading Circle", maker, friend, librarian)
    story = "A member of staff is in a chat space two students made."
    stage.expect_record(
        "space-of-students", STUDENT_SPACE, ITEM, story, "SPACE-001",
        adult=librarian, thing="SPACE-001", since=begins,
    )  # fmt: skip
    _, adviser, members = stage.team("robotics")
    space("SPACE-002", "Robot Builders", members[3], members[4], adviser)
    story = "The adviser is in a space that a member of the club made."
    stage.expect_record(
        "quiet-club-space", STUDENT_SPACE, QUIET, story, "SPACE-002",
        adult=adviser, thing="SPACE-002",
    )  # fmt: skip
    own_class = next(c for c in stage.groups.classes if c.teacher in stage.teachers())
    seats = (s for s in own_class.students if s.person_id not in stage.groups.in_teams)
    pupil = next(s for s in seats if s.person_id not in stage.reserved)
    stage.reserved.add(pupil.person_id)
    space("SPACE-003", "Project Notes", pupil, own_class.teacher)
    story = "A teacher is in a space that a student of the own class made; it may serve the class."
    stage.expect_record(
        "space-of-own-class", STUDENT_SPACE, UNCERTAIN, story, "SPACE-003",
        adult=own_class.teacher, thing="SPACE-003", since=begins,
    )  # fmt: skip
    space("SPACE-004", "Library Hour", librarian, maker, friend)
    story = "A space that a member of staff made for students."
    stage.expect_record(
        "quiet-staff-space", STUDENT_SPACE, QUIET, story, "SPACE-004",
        adult=librarian, thing="SPACE-004",
    )  # fmt: skip


def _mailboxes(stage: Stage) -> None:
    def mailbox(adult: Human, setting: str, value: str, *days: date | None) -> None:
        stage.file("mailbox_settings", adult, setting, value, *(days or (None, None)))

    first = stage.period.first
    (leaky, plain, shown, clean) = (stage.pair()[0] for _ in range(4))
    mailbox(leaky, "forwarding", "forwarded.home@letterbox.example", stage.period.day(1, 2), None)
    story = "A mailbox hands everything on to an address outside."
    stage.expect_record(
        "forwarding-outside", FORWARDED, ITEM, story, "forwarding",
        adult=leaky, since=stage.period.day(1, 2),
    )  # fmt: skip
    mailbox(plain, "forwarding", f"helpdesk@{DOMAIN}")
    mailbox(plain, "forwarding", "forwarded.once@letterbox.example",
            first - timedelta(days=50), first - timedelta(days=20))  # fmt: skip
    story = "Forwarded inside the district; an address outside was taken out before the year."
    stage.expect_record("quiet-forwarding", FORWARDED, QUIET, story, "forwarding", adult=plain)

    mailbox(shown, "signature", "written.at.home@letterbox.example")
    mailbox(shown, "send_as", "sent.from.home@letterbox.example")
    story = "A private address in the signature, and one to send from."
    stage.expect_record(
        "signature-private", SIGNATURE, ITEM, story, "send as", "signature", adult=shown
    )
    mailbox(plain, "signature", "555-010-0147")
    story = "A telephone number in the signature; the school may have issued it."
    stage.expect_record(
        "signature-number", SIGNATURE, UNCERTAIN, story, "signature", adult=plain
    )
    mailbox(clean, "signature", clean.mail)
    mailbox(clean, "send_as", f"{clean.mail.partition('@')[0]}@{ALIAS_DOMAIN}")
    mailbox(clean, "vacation", "555-010-0199",
            first - timedelta(days=40), first - timedelta(days=30))  # fmt: skip
    story = "The school's own address, the district's old domain, and a reply that is switched off."
    stage.expect_record(
        "quiet-signature", SIGNATURE, QUIET, story, "signature", "send as", "vacation",
        adult=clean, codes="ALIAS OOO",
    )  # fmt: skip


def _systems(stage: Stage) -> None:
    seen, mended = stage.period.day(1, 3), stage.period.day(1, 4)
    stage.file("system_settings", "chat", "history", "on", "off", seen)
    story = "Chat keeps no history, which the district wants kept."
    stage.expect_record(
        "drift-history", DRIFT, ITEM, story, "history = off, expected on",
        thing="chat: history", since=seen,
    )  # fmt: skip
    stage.file("system_settings", "mail", "forwarding outside", "off", "on", seen)
    stage.file("system_settings", "mail", "forwarding outside", "off", "off", mended)
    story = "A setting was found wrong and put back the day after."
    stage.expect_record(
        "quiet-drift-mended", DRIFT, QUIET, story, "forwarding outside = on, expected off",
        "forwarding outside = off, expected off", thing="mail: forwarding outside",
    )  # fmt: skip


def _groups_of_one(stage: Stage) -> None:
    short = stage.people.schools[0].short  # whoever holds a class must be in the roster itself
    aide, counselor = (stage.people.part(f"{post}-{short}") for post in ("aide", "counselor"))
    address = f"independent-study@{DOMAIN}"
    alone = next(s for s in stage.people.students if [s.mail] == stage.groups.lists[address])
    story = "A list that holds one student and nobody else."
    stage.expect_record(
        "one-student-list", GROUP_OF_ONE, ITEM, story, address,
        student=alone, thing=address, codes="LIST",
    )  # fmt: skip
    for number, second in (("K901", None), ("K902", counselor)):
        student = stage.student(aide.school_id)
        title = "Independent Study"
        held = SchoolClass(number, title, aide.school_id or "", aide, (student,), second)
        stage.groups.classes.append(held)
        expect = ITEM if second is None else QUIET
        story = f"A class of one student, with {'no' if second is None else 'a'} second teacher."
        stage.expect_record(
            f"{'' if second is None else 'quiet-'}class-{number.lower()}", GROUP_OF_ONE, expect,
            story, number, adult=aide, student=student, thing=number, codes="ONE",
        )  # fmt: skip


def _team_lists(stage: Stage) -> None:
    swim = stage.groups.teams["swim"]
    story = "The coach's list lacks the swimmer who joined in week 2, and still does."
    stage.expect_record(
        "list-stale", LIST, ITEM, story, swim.list_email,
        team=swim, thing=swim.list_email, codes="LIST", since=stage.period.day(2, 3),
    )  # fmt: skip
    bowling = stage.groups.teams["bowling"]
    story = "A list without the bowler who has left the team."
    stage.expect_record(
        "quiet-list-left", LIST, QUIET, story, bowling.list_email,
        team=bowling, thing=bowling.list_email, codes="GRAD",
    )  # fmt: skip
    for key in ("bowling", "tennis", "newspaper"):
        team = stage.groups.teams[key]
        volunteer = team.leads[1].human
        story = "A volunteer coach whom the district has given no account."
        stage.expect_record(
            f"no-account-{key}", NO_ACCOUNT, ITEM, story, team.team_id,
            adult=volunteer, team=team, codes="VOL",
        )  # fmt: skip
    team = stage.groups.teams["jv-soccer"]
    story = "An assistant coach with a district account."
    stage.expect_record(
        "quiet-account", NO_ACCOUNT, QUIET, story, team.team_id,
        adult=team.leads[1].human, team=team,
    )  # fmt: skip
