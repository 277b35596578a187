"""What Canvas answers, field by field as its documents have it, texts and all."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from benchmarks.pretend.canvas.world import (
    Comment,
    Conversation,
    Course,
    Enrollment,
    Letter,
    User,
    Work,
    World,
)

Document = dict[str, Any]
_TYPES = {
    "teacher": "TeacherEnrollment",
    "ta": "TaEnrollment",
    "designer": "DesignerEnrollment",
    "observer": "ObserverEnrollment",
    "student": "StudentEnrollment",
}
_PREVIEW = 100


def written(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def user(one: User, *, email: bool, permissions: frozenset[str]) -> Document:
    found: Document = {
        "id": one.id,
        "name": one.name,
        "created_at": "2021-07-01T08:00:00-04:00",
        "sortable_name": one.sortable,
        "short_name": one.name,
    }
    if "read_sis" in permissions:
        found |= {"sis_user_id": one.sis_id, "integration_id": None, "sis_import_id": None}
    if "view_user_logins" in permissions:
        found["login_id"] = one.login
    if email and "read_email_addresses" in permissions:
        found["email"] = one.email if one.email is not None else one.login
    return found


def listed_conversation(world: World, one: Conversation, reader: int, state: str) -> Document:
    """Return a conversation as a list of somebody's has it."""
    visible = one.visible(reader)
    human = [letter for letter in visible if not letter.generated]
    own = [letter for letter in human if letter.author == reader]
    received = [letter.at for letter in human if letter.author != reader]
    latest = human[-1].text[:_PREVIEW] if human else None
    muted = reader in one.muted_by
    first = min(received, default=None)
    return {
        "id": one.id,
        "subject": one.subject,
        "workflow_state": state,
        "last_message": latest,
        # Of one's own letters only the other time tells; muted, nobody's later ones do either.
        "last_message_at": written(first if muted else max(received, default=None)),
        "last_authored_message": own[-1].text[:_PREVIEW] if own else None,
        "last_authored_message_at": written(own[-1].at) if own else None,
        "message_count": len(human),
        "subscribed": not muted,
        "private": one.private,
        "starred": False,
        "properties": [],
        "audience": [other for other in one.people if other != reader],
        "audience_contexts": {"courses": {}, "groups": {}},
        "participants": [_participant(world, other) for other in one.people],
        "visible": True,
        "context_code": one.context,
        "context_name": None,
    }


def conversation(world: World, one: Conversation, reader: int, state: str) -> Document:
    """Return one conversation with its messages, the newest first."""
    found = listed_conversation(world, one, reader, state)
    letters = [_letter(world, one, letter) for letter in reversed(one.visible(reader))]
    return {**found, "messages": letters, "submissions": []}


def _participant(world: World, id_: int) -> Document:
    known = world.user(id_)
    name = known.name if known is not None else f"Person {id_}"
    return {"id": id_, "name": name, "full_name": name, "avatar_url": None}


def _named_then(world: World, id_: int) -> str:
    known = world.user(id_)
    return (known.earlier_name or known.name) if known is not None else f"Person {id_}"


def _letter(world: World, one: Conversation, letter: Letter) -> Document:
    text = letter.text
    if letter.generated:
        names = " and ".join(_named_then(world, id_) for id_ in letter.adds)
        were = "was" if len(letter.adds) == 1 else "were"
        author = _named_then(world, letter.author)
        text = f"{names} {were} added to the conversation by {author}"
    found: Document = {
        "id": letter.id,
        "created_at": written(letter.at),
        "body": text,
        "author_id": letter.author,
        "generated": letter.generated,
        "automated": letter.automated,
        "media_comment": None,
        "forwarded_messages": [],
        "attachments": [],
    }
    if world.tells_who_was_told:
        found["participating_user_ids"] = list(one.told(letter))
    return found


def course(one: Course) -> Document:
    return {
        "id": one.id,
        "name": one.name,
        "course_code": f"C{one.id}",
        "account_id": 1,
        "root_account_id": 1,
        "workflow_state": "available" if one.ended_at is None else "completed",
        "start_at": None,
        "end_at": written(one.ended_at),
    }


def enrollment(at: Course, one: Enrollment) -> Document:
    return {
        "id": at.id * 10_000 + one.user,
        "course_id": at.id,
        "user_id": one.user,
        "type": _TYPES[one.kind],
        "role": _TYPES[one.kind],
        "enrollment_state": one.state,
        "associated_user_id": one.observes,
        "start_at": None,
        "end_at": None,
        "grades": {"current_score": 93.5},
    }


def work(at: Course, one: Work, *, comments: bool) -> Document:
    found: Document = {
        "id": at.id * 1_000_000 + one.assignment * 1_000 + one.student,
        "assignment_id": one.assignment,
        "user_id": one.student,
        "body": "An answer in full",
        "grade": "A-",
        "score": 93.5,
        "workflow_state": "graded",
    }
    if comments:
        found["submission_comments"] = [_comment(comment) for comment in one.comments]
    return found


def _comment(one: Comment) -> Document:
    return {
        "id": one.id,
        "comment": one.text,
        "author_id": one.author,
        "author_name": "Anonymous User" if one.author is None else f"Person {one.author}",
        "author": {},
        "created_at": written(one.at),
        "edited_at": None,
        "attempt": 1,
    }
