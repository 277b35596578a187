"""The pretended Classroom API: courses, who is in them, what was announced to whom, guardians."""

from __future__ import annotations

from datetime import datetime

from benchmarks.pretend.google.calls import Call, Handler, Refused, filled, page, written
from benchmarks.pretend.google.documents import SCOPE, Document
from benchmarks.pretend.google.world import Course, Stuff, User

EMAILS = SCOPE + "classroom.profile.emails"
MOST = 100


def _courses(call: Call) -> list[Course]:
    """Return the courses the asking user may see, newest first: an administrator sees all."""
    user = call.subject()
    here = [c for c in call.world.courses if c.created_at <= call.now]
    here.sort(key=lambda course: (course.created_at, course.id), reverse=True)
    if user.admin:
        return here
    return [c for c in here if user.email in (c.owner, *c.teachers, *c.students)]


def courses_list(call: Call) -> Document:
    states = set(call.query.all("courseStates"))
    shown = [c for c in _courses(call) if not states or c.state in states]
    for name in ("teacherId", "studentId"):
        if name in call.query:
            wanted = _user(call, call.query[name]).email
            teaches = name == "teacherId"
            shown = [c for c in shown if wanted in (c.teachers if teaches else c.students)]
    items, more = page(call, shown, call.size("pageSize", MOST, 500))
    return {**filled(courses=[_course(c, call) for c in items]), **more}


def courses_get(call: Call) -> Document:
    return _course(_found(call, "id"), call)


def _found(call: Call, name: str = "courseId") -> Course:
    course = next((c for c in _courses(call) if c.id == call.path[name]), None)
    if course is None:
        raise Refused(404)
    return course


def _course(course: Course, call: Call) -> Document:
    return {
        "id": course.id,
        "name": f"{course.title} {call.world.canary}".strip(),
        "ownerId": _user(call, course.owner).id,
        "courseState": course.state,
        "creationTime": written(course.created_at),
        "updateTime": written(course.changed_at or course.created_at),
        "courseGroupEmail": f"course-{course.id}@{call.world.domain}",
        "teacherGroupEmail": f"course-{course.id}-teachers@{call.world.domain}",
        "guardiansEnabled": True,
    }


def _user(call: Call, key: str) -> User:
    user = call.known.accounts.user(key)
    if user is None:
        raise Refused(404)
    return user


def _profile(call: Call, user: User) -> Document:
    name = filled(givenName=user.given, familyName=user.family, fullName=user.name)
    told = {"id": user.id, "name": name}
    return {**told, "emailAddress": user.email} if EMAILS in call.access.scopes else told


def _seats(call: Call, emails: tuple[str, ...], name: str) -> Document:
    course = _found(call)
    items, more = page(call, emails, call.size("pageSize", 30, MOST))
    users = [_user(call, email) for email in items]
    seats = [{"courseId": course.id, "userId": u.id, "profile": _profile(call, u)} for u in users]
    return {**filled(**{name: seats}), **more}


def teachers_list(call: Call) -> Document:
    return _seats(call, _found(call).teachers, "teachers")


def students_list(call: Call) -> Document:
    return _seats(call, _found(call).students, "students")


# ---- what was posted -------------------------------------------------------------------------


def _changed_at(stuff: Stuff) -> datetime:
    return stuff.changed_at or stuff.scheduled_for or stuff.at


def _posted(call: Call, stuff: tuple[Stuff, ...], states: str) -> tuple[list[Stuff], Document]:
    """Return a page of what was posted by now in the states asked for, last changed first."""
    wanted = set(call.query.all(states)) or {"PUBLISHED"}
    here = [s for s in stuff if (s.scheduled_for or s.at) <= call.now and _state(s) in wanted]
    here.sort(key=_changed_at, reverse=True)
    return page(call, here, call.size("pageSize", 20, MOST))


def _state(stuff: Stuff) -> str:
    return "DELETED" if stuff.deleted else "PUBLISHED"


def announcements_list(call: Call) -> Document:
    course = _found(call)
    items, more = _posted(call, course.announcements, "announcementStates")
    told = [
        {**_post(call, course, one), "text": f"Please read, {call.world.canary}"} for one in items
    ]
    return {**filled(announcements=told), **more}


def course_work_list(call: Call) -> Document:
    course = _found(call)
    items, more = _posted(call, course.work, "courseWorkStates")
    content = {"title": f"Essay {call.world.canary}", "description": call.world.canary}
    told = [{**_post(call, course, s), **content, "workType": "ASSIGNMENT"} for s in items]
    return {**filled(courseWork=told), **more}


def _post(call: Call, course: Course, stuff: Stuff) -> Document:
    told: Document = {
        "id": stuff.id,
        "courseId": course.id,
        "state": _state(stuff),
        "creationTime": written(stuff.at),
        "updateTime": written(_changed_at(stuff)),
        "creatorUserId": _user(call, stuff.author).id,
        "assigneeMode": "ALL_STUDENTS",
    }
    if stuff.scheduled_for is not None:
        told["scheduledTime"] = written(stuff.scheduled_for)
    if stuff.only_for:
        options = {"studentIds": list(stuff.only_for)}
        told |= {"assigneeMode": "INDIVIDUAL_STUDENTS", "individualStudentsOptions": options}
    return told


def guardians_list(call: Call) -> Document:
    call.as_admin()
    asked = call.path["studentId"]
    wanted = None if asked == "-" else _user(call, asked).id
    shown = [g for g in call.world.guardians if wanted in (None, g[0])]
    items, more = page(call, shown, call.size("pageSize", 50, MOST))
    told = [
        {
            "studentId": student,
            "guardianId": f"guardian-{address}",
            "guardianProfile": {
                "id": f"guardian-{address}",
                "name": {"fullName": name},
                "emailAddress": address,
            },
            "invitedEmailAddress": address,
        }
        for student, name, address in items
    ]
    return {**filled(guardians=told), **more}


HANDLERS: dict[str, Handler] = {
    "classroom.courses.list": courses_list,
    "classroom.courses.get": courses_get,
    "classroom.courses.teachers.list": teachers_list,
    "classroom.courses.students.list": students_list,
    "classroom.courses.announcements.list": announcements_list,
    "classroom.courses.courseWork.list": course_work_list,
    "classroom.userProfiles.guardians.list": guardians_list,
}
