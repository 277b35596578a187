"""Stories of tools: approved in time, late, by the wrong office or never; told of, and not."""

from __future__ import annotations

from datetime import date, timedelta

from benchmarks.sample.people import Human
from benchmarks.sample.planted import Stage
from benchmarks.sample.truths import (
    APP,
    COVERED,
    ITEM,
    NOTICE,
    QUIET,
    SOCIAL,
    TOOL,
    UNCERTAIN,
    Sent,
)

NOTICE_DAYS = 14
"""A tool that is older than this, and no principal was told, is listed."""


def tell(stage: Stage) -> None:
    _not_in_the_catalogue(stage)
    _in_the_catalogue(stage)
    _approved(stage)
    _told_of(stage)
    _posts(stage)
    _let_in(stage)


def _class_of(stage: Stage) -> tuple[Human, list[Human]]:
    """Return a teacher and three students of the same school."""
    teacher, student = stage.pair()
    return teacher, [student, *(stage.student(teacher.school_id) for _ in range(2))]


def _catalogue(
    stage: Stage,
    tool: str,
    kind: str,
    status: str,
    *,
    by: str = "superintendent",
    role: str = "superintendent",
    at: date | None = None,
    told: date | None = None,
) -> None:
    """Enter a tool, approved by the part ``by`` on day ``at``; a principal was told on ``told``."""
    principal = stage.people.part(f"principal-{stage.people.schools[0].short}")
    decided = (None, None, None) if at is None else (stage.people.part(by), role, at)
    name = tool.replace("-", " ").title()
    noticed = (told, None if told is None else principal)
    stage.file("tools", tool, name, kind, "", status, *decided, None, "", *noticed)


def _due(stage: Stage, week: int, weekday: int) -> date:
    return stage.period.day(week, weekday) + timedelta(days=NOTICE_DAYS + 1)


def _not_in_the_catalogue(stage: Stage) -> None:
    teacher, students = _class_of(stage)
    tool = "fling-app"
    sent = [stage.app((week, 1, "16:10"), tool, teacher, *students) for week in (1, 2)]
    story = "A teacher uses an app nobody has registered; after two weeks nobody was told of it."
    stage.expect("tool-unlisted", TOOL, ITEM, story, teacher, None, sent, thing=tool)
    since = _due(stage, 1, 1)
    stage.expect(
        "notice-unlisted", NOTICE, ITEM, story, teacher, None, sent, thing=tool, since=since
    )

    teacher, students = _class_of(stage)
    tool, last = "paper-plane", stage.period.weeks
    sent = [stage.app((last, 1, "17:40"), tool, teacher, *students)]
    story = "An app nobody has registered, used since this week: there is still time to tell."
    stage.expect("tool-new", TOOL, ITEM, story, teacher, None, sent, thing=tool)


def _in_the_catalogue(stage: Stage) -> None:
    teacher, students = _class_of(stage)
    sent = [stage.app((2, 3, "12:20"), "edline", teacher, *students)]
    story = "The old platform, which the policy names and the district has retired."
    stage.expect("tool-retired", TOOL, ITEM, story, teacher, None, sent, thing="edline")

    teacher, students = _class_of(stage)
    tool = "poster-wall"
    _catalogue(stage, tool, "app", "unapproved", told=stage.period.day(1, 0))
    sent = [stage.app((1, 2, "15:05"), tool, teacher, *students)]
    story = "The principal was told of the tool and did not have it approved; it is used anyway."
    stage.expect("tool-turned-down", TOOL, ITEM, story, teacher, None, sent, thing=tool)


def _approved(stage: Stage) -> None:
    before = stage.period.first - timedelta(days=60)
    teacher, students = _class_of(stage)
    _catalogue(stage, "team-app", "app", "approved", at=before)
    sent = [stage.app((1, 4, "18:30"), "team-app", teacher, *students)]
    story = "An app the superintendent had approved before the year began."
    stage.expect("quiet-tool-approved", TOOL, QUIET, story, teacher, None, sent)

    teacher, students = _class_of(stage)
    tool = "map-maker"
    _catalogue(stage, tool, "app", "approved", at=stage.period.day(2, 0))
    early = stage.app((1, 3, "13:15"), tool, teacher, *students)
    story = "Used some days before it was approved."
    stage.expect("tool-approved-late", TOOL, ITEM, story, teacher, None, [early], thing=tool)
    sent = [stage.app((2, 2, "13:20"), tool, teacher, *students)]
    story = "The same tool once it was approved."
    stage.expect("quiet-tool-approved-since", TOOL, QUIET, story, teacher, None, sent)

    teacher, students = _class_of(stage)
    tool, school = "photo-lab", stage.people.schools[0].short
    principal = f"principal-{school}"
    _catalogue(stage, tool, "app", "approved", by=principal, role="principal", at=before)
    sent = [stage.app((2, 4, "10:35"), tool, teacher, *students)]
    story = "A principal approved the tool, which is for the superintendent to do."
    stage.expect("tool-wrong-office", TOOL, ITEM, story, teacher, None, sent, thing=tool)

    teacher, students = _class_of(stage)
    tool, superintendent = "poll-app", stage.people.part("superintendent")
    stage.approve("tool", teacher, None, superintendent, "superintendent", tool=tool)
    sent = [stage.app((1, 1, "11:25"), tool, teacher, *students)]
    story = "The superintendent allowed this teacher this tool; the catalogue does not have it."
    stage.expect("tool-allowed", TOOL, COVERED, story, teacher, None, sent, thing=tool)
    _app(stage, "app-allowed", COVERED, story, teacher, tool, "mail", thing=tool)
    since = _due(stage, 1, 1)
    stage.expect(
        "notice-allowed", NOTICE, COVERED, story, teacher, None, sent, thing=tool, since=since
    )


def _told_of(stage: Stage) -> None:
    teacher, students = _class_of(stage)
    tool = "lab-timer"
    _catalogue(stage, tool, "app", "pilot")
    sent = [stage.app((1, 0, "14:50"), tool, teacher, *students)]
    story = "On trial for more than two weeks, and no principal was told."
    stage.expect(
        "notice-pilot", NOTICE, ITEM, story, teacher, None, sent, thing=tool,
        since=_due(stage, 1, 0),
    )  # fmt: skip

    teacher, students = _class_of(stage)
    tool = "word-garden"
    _catalogue(stage, tool, "app", "pilot", told=stage.period.day(1, 4))
    sent = [stage.app((1, 1, "14:50"), tool, teacher, *students)]
    story = "On trial; the principal was told three days after it was first used."
    stage.expect("quiet-pilot", NOTICE, QUIET, story, teacher, None, sent)


def _posts(stage: Stage) -> None:
    """The librarian's: no list has these students and the librarian, so nothing else tells them."""
    before = stage.period.first - timedelta(days=60)
    tool, librarian = "photo-app", stage.people.part("librarian")
    _catalogue(stage, tool, "social", "approved", at=before)
    readers = [stage.student(librarian.school_id) for _ in range(4)]
    sent = [stage.app((1, 3, "16:45"), tool, librarian, *readers)]
    story = "A meeting of the book club, told on social media alone."
    stage.expect("social-alone", SOCIAL, ITEM, story, librarian, None, sent, thing=tool)

    twin: list[Sent] = [
        stage.app((2, 3, "16:45"), tool, librarian, *readers),
        stage.mail((2, 3, "17:05"), librarian, *readers),
    ]
    story = "A post to several students, and the same by mail twenty minutes later."
    stage.expect("quiet-twin-post", SOCIAL, QUIET, story, librarian, None, twin)


def _let_in(stage: Stage) -> None:
    """Apps in accounts; no message of theirs is in any log, so nobody need be kept free for it."""
    asking, plain, merging, old, new = stage.teachers()[-5:]
    story = "A messenger nobody has registered, in a teacher's account for a month."
    _app(stage, "app-messenger", ITEM, story, asking, "Corner Messenger", "messages")
    story = "An app nobody knows that may send mail in the teacher's name."
    _app(stage, "app-may-mail", UNCERTAIN, story, merging, "Letter Merge", "mail")
    story = "A mere sign-in to the old platform, which the district has retired."
    _app(stage, "app-retired", ITEM, story, old, "Edline", "sign_in", thing="edline")
    story = "The approved team app, which may send mail and read contacts."
    uses = "mail;contacts"
    _app(stage, "quiet-app-approved", QUIET, story, plain, "Team App", uses, thing="team-app")
    story = "A mere sign-in to an app nobody has registered."
    _app(stage, "quiet-app-sign-in", QUIET, story, plain, "Star Chart", "sign_in")
    story = "A messenger let in this week: there is still time to tell."
    _app(stage, "quiet-app-new", QUIET, story, new, "Harbor Messenger", "messages", days=5)


def _app(
    stage: Stage,
    row_id: str,
    expect: str,
    story: str,
    adult: Human,
    name: str,
    uses: str,
    *,
    thing: str | None = None,
    days: int = 30,
) -> None:
    """Let an app into an account ``days`` before the last day.

    One that nobody has entered is asked about once there was time to enter it.
    """
    number, since = f"{name.lower().replace(' ', '-')}.apps.example", stage.period.last
    since -= timedelta(days=days)
    stage.file("app_grants", adult, number, name, uses, since, None)
    due = since if thing == "edline" else since + timedelta(days=NOTICE_DAYS + 1)
    stage.expect_record(
        row_id, APP, expect, story, number, adult=adult, thing=thing or name, since=due
    )
