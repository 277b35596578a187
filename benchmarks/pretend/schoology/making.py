"""The sample district in Schoology: its accounts, classes and teams, and its learning platform's
messages as private ones."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.pretend.schoology.world import Building, Place, Seat, Sent, User, World
from benchmarks.pretend.worlds import number
from benchmarks.sample.envelope import Note
from benchmarks.sample.people import Human
from benchmarks.sample.planted import Stage
from benchmarks.sample.writers import CANARY

_TITLES = {"student": "Student", "guardian": "Parent"}


def uid(person_id: str) -> str:
    """Return the number that stands for somebody."""
    return str(1_000_000 + number("schoology", person_id) % 1_000_000_000)


def thread_id(note: Note) -> str:
    return str(2_000_000 + number("thread", note.thread) % 1_000_000_000)


def sent_id(note: Note) -> str:
    """Return what a message of the sample is called in Schoology."""
    return f"{thread_id(note)}/{int(note.sent_at.timestamp())}"


def world_of(stage: Stage) -> World:
    """Return the sample district's school."""
    people = stage.people
    everybody = (*people.staff, *people.students, *people.extras, *people.guardians)
    children: dict[str, list[str]] = {}
    for student in people.students:
        for guardian in student.guardians:
            children.setdefault(guardian, []).append(uid(student.person_id))
    return World(
        ends=stage.period.delivered_at(stage.period.weeks),
        users=tuple(
            _user(human, tuple(children.get(human.person_id, ())))
            for human in everybody
            if human.role != "system"
        ),
        buildings=tuple(
            Building(_building(s.school_id), s.name, s.school_id) for s in people.schools
        ),
        sections=tuple(_sections(stage)),
        groups=tuple(_groups(stage)),
        sent=tuple(_sent(stage)),
        owner=uid(people.part("superintendent").person_id),
        canary=CANARY,
    )


def _building(school_id: str | None) -> str:
    return "" if school_id is None else str(5_000 + number("building", school_id) % 100_000)


def _user(human: Human, children: tuple[str, ...]) -> User:
    role = _TITLES.get(human.role, "Teacher")
    return User(
        uid(human.person_id),
        human.given,
        human.family,
        role,
        human.email or "",
        human.person_id,
        _building(human.school_id),
        children if role == "Parent" else (),
    )


def _sections(stage: Stage) -> Iterator[Place]:
    for one in stage.groups.classes:
        leads = [one.teacher, *((one.second,) if one.second else ())]
        seats = [Seat(uid(human.person_id), leads=True) for human in leads]
        seats += [Seat(uid(human.person_id)) for human in one.students]
        id_ = str(3_000_000 + number("section", one.class_id) % 1_000_000_000)
        course = str(4_000_000 + number("course", one.class_id) % 1_000_000_000)
        title = f"{one.title}: {one.class_id}"
        yield Place(id_, title, tuple(seats), (), course, _building(one.school_id))


def _groups(stage: Stage) -> Iterator[Place]:
    for team in stage.groups.teams.values():
        seats = [Seat(uid(place.human.person_id), leads=True) for place in team.leads]
        seats += [Seat(uid(place.human.person_id)) for place in team.members]
        id_ = str(6_000_000 + number("group", team.team_id) % 1_000_000_000)
        yield Place(id_, team.name, tuple(seats), building=_building(team.school_id))


def _sent(stage: Stage) -> Iterator[Sent]:
    for note in stage.outbox.notes:
        recipients = tuple(uid(person) for person in (*note.to, *note.cc))
        yield Sent(thread_id(note), uid(note.sender_id), recipients, note.sent_at)
