"""The sample district as Canvas has it: its LMS messages as conversations, its classes as courses.

Where a message goes to several students it is now one conversation of them all, now one for each
of them, as teachers choose.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, timedelta

from benchmarks.pretend.canvas.world import (
    Conversation,
    Course,
    Enrollment,
    Letter,
    User,
    Work,
    World,
)
from benchmarks.pretend.sampled import account_holders
from benchmarks.pretend.worlds import number
from benchmarks.sample import envelope
from benchmarks.sample.people import Human
from benchmarks.sample.planted import Stage
from benchmarks.sample.writers import CANARY

OWNER = User(1, "Canvas Robot", "canvas-robot@marlow.example", admin=True)
_FIRST_USER, _FIRST_COURSE = 1_001, 501


def world_of(stage: Stage) -> World:
    """Return the sample district's Canvas."""
    numbers = _numbers(stage)
    users = [
        User(numbers[human.person_id], human.name, human.email or "", human.person_id)
        for human in _holders(stage)
    ]
    return World(
        users=(OWNER, *users),
        ends=stage.period.delivered_at(stage.period.weeks),
        courses=tuple(_courses(stage, numbers)),
        conversations=tuple(_conversations(stage, numbers)),
        owner=OWNER.id,
        canary=CANARY,
    )


def message_ids(stage: Stage) -> Mapping[str, str]:
    """Return what Canvas calls each LMS message of the sample: its id there -> in reports."""
    return {
        note.external_id: f"conversation/{conversation}/{letter}"
        for note, conversation, letter in _places(stage)
    }


def _numbers(stage: Stage) -> dict[str, int]:
    return {human.person_id: _FIRST_USER + n for n, human in enumerate(_holders(stage))}


def _holders(stage: Stage) -> list[Human]:
    """Return who has an account: staff, students, and parents who look on."""
    people = [human for human in account_holders(stage) if human.role != "system"]
    known = {human.person_id for human in people}
    return [*people, *(g for g in stage.people.guardians if g.person_id not in known)]


def _courses(stage: Stage, numbers: Mapping[str, int]) -> Iterator[Course]:
    for n, one in enumerate(stage.groups.classes):
        people = [("teacher", one.teacher), ("ta", one.second)]
        people += [("student", student) for student in one.students]
        members = [
            Enrollment(numbers[human.person_id], kind)
            for kind, human in people
            if human is not None
        ]
        observers = [
            Enrollment(numbers[guardian], "observer", observes=numbers[student.person_id])
            for student in one.students
            for guardian in student.guardians
        ]
        enrollments = (*members, *observers)
        yield Course(_FIRST_COURSE + n, one.title, enrollments, _works(n, enrollments))


def _works(n: int, enrollments: tuple[Enrollment, ...]) -> tuple[Work, ...]:
    """Return work that nobody has commented on, as no truth of the sample speaks of comments."""
    students = [one.user for one in enrollments if one.kind == "student"]
    return tuple(Work(9_000 + n, student) for student in students[:3])


def _places(stage: Stage) -> Iterator[tuple[envelope.Note, int, int]]:
    """Yield each note with the number of its conversation and of itself, the first for bulk."""
    notes = sorted(stage.outbox.notes, key=lambda note: (note.sent_at, note.external_id))
    conversations: dict[str, int] = {}
    conversation = letter = 0
    for note in notes:
        copies = _copies(stage, note)
        if note.thread not in conversations:
            conversations[note.thread] = conversation + 1
            conversation += copies
        yield note, conversations[note.thread], letter + 1
        letter += copies


def _copies(stage: Stage, note: envelope.Note) -> int:
    """Return to how many conversations a note comes: one for each student if sent in bulk."""
    threads = [one.thread for one in stage.outbox.notes]
    alone = threads.count(note.thread) == 1 and len(note.to) > 1 and not note.cc
    return len(note.to) if alone and number(note.external_id) % 2 else 1


def _conversations(stage: Stage, numbers: Mapping[str, int]) -> Iterator[Conversation]:
    letters: dict[int, list[Letter]] = defaultdict(list)
    for note, conversation, letter in _places(stage):
        author, at = numbers[note.sender_id], note.sent_at.astimezone(UTC)
        copies = _copies(stage, note)
        told = [numbers[one] for one in (*note.to, *note.cc)]
        text = f"Said {CANARY} {note.external_id}"
        for n in range(copies):
            others = told if copies == 1 else [told[n]]
            seconds = timedelta(seconds=n % 50)
            made = Letter(letter + n, at + seconds, author, (author, *others), text)
            letters[conversation + n].append(made)
    for id_, written in letters.items():
        private = len({one for letter in written for one in letter.told}) == 2
        yield Conversation(id_, tuple(written), f"About {CANARY}", private)
