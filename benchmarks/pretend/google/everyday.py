"""What else the sample's Workspace logs: who joined a group, courses, sign-ins to apps, calls.

None of it may be something to look at, as the sample's table of truths knows nothing of it:
announcements go to whole courses, apps are those on trial, and calls have three people in them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from benchmarks.pretend.google.accounts import Accounts
from benchmarks.pretend.google.world import Course, Grant, Group, LogRow, Stuff, User, google_id
from benchmarks.pretend.sampled import DUTY, duty_seats, full_hour
from benchmarks.pretend.worlds import number
from benchmarks.sample.apps import PILOT
from benchmarks.sample.calendar import TIMEZONE
from benchmarks.sample.people import Human
from benchmarks.sample.planted import Stage
from benchmarks.sample.writers import CANARY

SIGN_IN = ("openid", "https://www.googleapis.com/auth/userinfo.email")
SCOPES_OF = {
    "mail": ("https://www.googleapis.com/auth/gmail.send",),
    "contacts": ("https://www.googleapis.com/auth/contacts.readonly",),
    "chat": ("https://www.googleapis.com/auth/chat.messages.create",),
    "messages": SIGN_IN,
    "sign_in": SIGN_IN,
}
"""What an app is used for, in the district's table -> the scopes it then asks for."""


def activity(
    application: str,
    at: datetime,
    actor: str,
    kind: str,
    name: str,
    parameters: Mapping[str, Any],
    lag: timedelta = timedelta(minutes=10),
) -> LogRow:
    """Return one row of a log, with a number that is always the same for the same row."""
    moment = at.astimezone(UTC)
    unique = (application, moment.isoformat(), actor, name, sorted(parameters.items()))
    qualifier = number(*unique, bits=64) - 2**63
    return LogRow(application, moment, actor, kind, name, parameters, qualifier, moment + lag)


# ---- groups ----------------------------------------------------------------------------------


def duty_group(stage: Stage) -> Group:
    """Return a group of three teachers, others every Monday."""
    return Group(f"{number(DUTY, bits=60):015x}", DUTY, "morning duty", duty_seats(stage))


def group_rows(groups: tuple[Group, ...], accounts: Accounts, admin: str) -> Iterator[LogRow]:
    """Yield every change of a membership, and that each group was made."""
    for group in groups:
        made = min((seat.since for seat in group.seats), default=None)
        if made is not None:
            yield _group_row(group, made, admin, "create_group")
        for seat in group.seats:
            kind = "group" if accounts.group(seat.email) is not None else "user"
            member = {"member_id": seat.email, "member_role": "member", "member_type": kind}
            yield _group_row(group, seat.since, admin, "add_member", **member)
            if seat.until is not None:
                yield _group_row(group, seat.until, admin, "remove_member", **member)


def _group_row(group: Group, at: datetime, admin: str, name: str, **more: str) -> LogRow:
    told = {"group_id": group.email, **more}
    return activity("groups_enterprise", at, admin, "moderator_action", name, told)


# ---- courses ---------------------------------------------------------------------------------


def courses_of(stage: Stage) -> tuple[Course, ...]:
    """Return a course for each class, with an announcement to all of it every week."""
    created = full_hour(stage, 1, 0, 8) - timedelta(days=60)
    return tuple(
        Course(
            str(number("course", one.class_id) % 10**12),
            one.title,
            one.teacher.mail,
            tuple(h.mail for h in (one.teacher, one.second) if h is not None),
            tuple(student.mail for student in one.students),
            created,
            announcements=tuple(
                Stuff(
                    str(number("post", one.class_id, week) % 10**12),
                    one.teacher.mail,
                    full_hour(stage, week, number(one.class_id, week) % 5, 15),
                )
                for week in range(1, stage.period.weeks + 1)
            ),
        )
        for one in stage.groups.classes
    )


def course_rows(courses: tuple[Course, ...]) -> Iterator[LogRow]:
    for course in courses:
        about = {"course_id": course.id, "course_title": f"{course.title} {CANARY}"}
        yield activity(
            "classroom", course.created_at, course.owner, "course", "created_course", about
        )
        for n, student in enumerate(course.students):
            at = course.created_at + timedelta(minutes=1, seconds=n)
            name = "user_added_to_course"
            added = {**about, "impacted_users": [student]}
            yield activity("classroom", at, course.owner, "roster", name, added)
        for post in course.announcements:
            told: dict[str, Any] = {**about, "post_id": post.id}
            if post.only_for:
                told["impacted_users"] = list(post.only_for)
            yield activity(
                "classroom", post.at, post.author, "stream", "published_announcement", told
            )


def comment_rows(stage: Stage, courses: tuple[Course, ...]) -> Iterator[LogRow]:
    """Yield the learning platform's one-to-one messages as private comments on assignments."""
    for note in stage.outbox.notes:
        humans = [stage.people.by_id[i] for i in (note.sender_id, *note.to, *note.cc)]
        pair = {h.mail for h in humans if h.email}
        if len(humans) != 2 or len(pair) != 2:
            continue
        shared = (c for c in courses if pair <= {*c.teachers, *c.students})
        course = next(shared, None)
        told = {
            "course_id": "0" if course is None else course.id,
            "course_title": f"{'' if course is None else course.title} {CANARY}",
            "course_work_title": f"Essay {CANARY}",
            "course_work_type": "ASSIGNMENT",
            "post_id": note.external_id,
            "impacted_users": [humans[1].mail],
        }
        name, at = "commented_submission_private", note.sent_at
        yield activity("classroom", at, humans[0].mail, "submission", name, told)


def guardians_of(stage: Stage) -> tuple[tuple[str, str, str], ...]:
    """Return (student's account id, name, address) of the guardians that mail can reach."""
    people = stage.people
    return tuple(
        (google_id(student.person_id), guardian.name, guardian.mail)
        for student in people.students
        for guardian in people.guardians_of(student)
    )


# ---- apps and calls --------------------------------------------------------------------------


def with_grants(stage: Stage, users: tuple[User, ...]) -> tuple[User, ...]:
    """Let in what the district's table of apps says, and the quiz app where teachers try it."""
    trying = {post.sender_id for post in stage.outbox.apps if post.tool == PILOT}
    at = full_hour(stage, 1, 0, 7)
    grant = Grant("104211-quizboard.apps.googleusercontent.com", "Quiz Board", SIGN_IN, at)
    let_in: dict[object, list[Grant]] = defaultdict(list)
    for person_id, client_id, name, uses, day, _ in stage.records.get("app_grants", ()):
        assert isinstance(day, date)
        scopes = (scope for use in str(uses).split(";") for scope in SCOPES_OF[use])
        morning = datetime.combine(day, time(7), TIMEZONE)
        let_in[person_id].append(Grant(str(client_id), str(name), tuple(scopes), morning))
    for person_id in trying:
        let_in[person_id].append(grant)
    return tuple(
        replace(user, grants=tuple(let_in.get(user.person_id, ()))) for user in users
    )


def grant_rows(users: tuple[User, ...]) -> Iterator[LogRow]:
    for user in users:
        for grant in user.grants:
            told = {
                "client_id": grant.client_id,
                "app_name": grant.name,
                "client_type": "NATIVE_ANDROID" if grant.native else "WEB",
                "scope": list(grant.scopes),
                "scope_data": [
                    {"scope_name": scope, "product_bucket": ["IDENTITY"]} for scope in grant.scopes
                ],
            }
            yield activity("token", grant.at, user.email, "auth", "authorize", told)
            if grant.revoked_at is not None:
                yield activity("token", grant.revoked_at, user.email, "auth", "revoke", told)


def call_rows(stage: Stage) -> Iterator[LogRow]:
    """Yield a call of three teachers every week: one row for each, as each leaves."""
    for week in range(1, stage.period.weeks + 1):
        met: list[Human] = stage.people.teachers()[:3]
        end = full_hour(stage, week, 2, 16)
        for n, human in enumerate(met):
            told = {
                "conference_id": f"conference-{week}",
                "organizer_email": met[0].mail,
                "identifier": human.mail,
                "identifier_type": "email_address",
                "display_name": f"{human.name} {CANARY}",
                "is_external": False,
                "duration_seconds": 1800 + n,
            }
            at = end + timedelta(seconds=n)
            yield activity("meet", at, human.mail, "call", "call_ended", told)
