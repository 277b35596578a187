"""The sample district as a Moodle site: its learning platform's messages as conversations.

A conversation of Moodle's has its members for good, so a message to other people is in another one.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC

from benchmarks.pretend.moodle.world import (
    GROUP,
    INDIVIDUAL,
    Conversation,
    Course,
    Said,
    User,
    World,
)
from benchmarks.pretend.worlds import number
from benchmarks.sample.envelope import Note
from benchmarks.sample.people import Human
from benchmarks.sample.planted import Stage
from benchmarks.sample.writers import CANARY


def user_number(person_id: str) -> int:
    return 100 + number("moodle", person_id) % 1_000_000_000


def message_number(note: Note) -> int:
    """Return what a message of the sample is called in Moodle."""
    return 1 + number("moodle message", note.external_id) % 1_000_000_000


def world_of(stage: Stage) -> World:
    """Return the sample district's site."""
    people = stage.people
    everybody = (*people.staff, *people.students, *people.extras, *people.guardians)
    users = tuple(_user(human) for human in everybody if human.role != "system")
    return World(
        ends=stage.period.delivered_at(stage.period.weeks),
        users=users,
        conversations=_conversations(stage),
        courses=tuple(
            Course(
                10 + number("course", one.class_id) % 1_000_000,
                one.title,
                tuple(user_number(h.person_id) for h in (one.teacher, *one.students)),
            )
            for one in stage.groups.classes
        ),
        owner=user_number(people.part("superintendent").person_id),
        canary=CANARY,
    )


def _user(human: Human) -> User:
    name = (human.email or human.person_id).partition("@")[0]
    return User(
        user_number(human.person_id),
        name,
        human.given,
        human.family,
        human.email or "",
        human.person_id,
    )


def _conversations(stage: Stage) -> tuple[Conversation, ...]:
    said: dict[tuple[int, ...], list[Said]] = defaultdict(list)
    for note in sorted(stage.outbox.notes, key=lambda one: one.sent_at):
        members = {user_number(id_) for id_ in (note.sender_id, *note.to, *note.cc)}
        author = user_number(note.sender_id)
        said[tuple(sorted(members))].append(
            Said(message_number(note), author, note.sent_at.astimezone(UTC))
        )
    return tuple(
        Conversation(
            1 + number("conversation", *members) % 1_000_000_000,
            INDIVIDUAL if len(members) == 2 else GROUP,
            members,
            tuple(rows),
        )
        for members, rows in said.items()
    )
