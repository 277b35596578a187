"""What a pretended Clever holds of a district: schools, terms, users, sections, and its log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from benchmarks.pretend.worlds import number
from benchmarks.sample.people import Human
from benchmarks.sample.planted import Stage
from benchmarks.sample.rosters import username
from benchmarks.sample.writers import CANARY

Record = dict[str, Any]
LISTS = ("schools", "terms", "users", "sections")
DISTRICT = "0d" + "0" * 22
_TERM = "YEAR"


def object_id(*parts: object) -> str:
    """Return what Clever would call a thing: 24 hexadecimal digits, always the same ones."""
    return f"{number(*parts, bits=60):024x}"


@dataclass
class World:
    """One district. Its lists change as the student system does, and the log tells of it."""

    name: str = "Marlow Public Schools"
    schools: dict[str, Record] = field(default_factory=dict)
    terms: dict[str, Record] = field(default_factory=dict)
    users: dict[str, Record] = field(default_factory=dict)
    sections: dict[str, Record] = field(default_factory=dict)
    events: list[Record] = field(default_factory=list)
    forgotten: int = 0
    """How many of the oldest changes the log no longer tells."""

    def of(self, name: str) -> dict[str, Record]:
        found: dict[str, Record] = getattr(self, name)
        return found

    def put(self, name: str, *records: Record) -> None:
        """Have records as if they had always been there."""
        self.of(name).update((record["id"], record) for record in records)

    def change(self, name: str, record: Record) -> None:
        """Make or change something, and log it."""
        what = "updated" if record["id"] in self.of(name) else "created"
        self.put(name, record)
        self._log(f"{name}.{what}", record)

    def delete(self, name: str, id_: str) -> None:
        self._log(f"{name}.deleted", self.of(name).pop(id_))

    def _log(self, kind: str, record: Record) -> None:
        id_ = f"e{len(self.events) + 1:023x}"
        event = {"id": id_, "type": kind, "created": "2026-11-24T05:00:00.000Z"}
        self.events.append({**event, "data": {"object": record}})


def world_of(stage: Stage) -> World:
    """Return the sample district as it shares its roster at Clever."""
    world = World()
    begins = stage.period.first - timedelta(days=60)
    term = {"id": object_id(_TERM), "name": "School year", "start_date": f"{begins}"}
    world.put("terms", {**term, "district": DISTRICT})
    for school in stage.people.schools:
        id_ = object_id("school", school.school_id)
        world.put("schools", {"id": id_, "name": school.name, "sis_id": school.school_id})
    world.put("users", *_users(stage))
    for one in stage.groups.classes:
        teachers = [one.teacher, *([] if one.second is None else [one.second])]
        section = {
            "id": object_id("section", one.class_id),
            "name": one.title,
            "sis_id": one.class_id,
            "school": object_id("school", one.school_id),
            "term_id": term["id"],
            "teacher": person(one.teacher.person_id),
            "teachers": [person(t.person_id) for t in teachers],
            "students": [person(s.person_id) for s in one.students],
        }
        world.put("sections", section)
    return world


def person(person_id: str) -> str:
    return object_id("user", person_id)


def _users(stage: Stage) -> Iterator[Record]:
    people = stage.people
    charges: dict[str, list[str]] = {}
    for student in people.students:
        for guardian in student.guardians:
            charges.setdefault(guardian, []).append(student.person_id)
    for human in people.staff:
        kind = "teacher" if human.role == "teacher" else "staff"
        key = "sis_id" if kind == "teacher" else "staff_id"
        role = {key: human.person_id, "title": human.role, **_at(human)}
        roles = {kind: {**role, "credentials": {"district_username": username(human)}}}
        yield _user(human, roles | _contact(human, charges.pop(human.person_id, ())))
    for human in people.students:
        yield _user(human, {"student": _student(human)})
    for human in people.guardians:
        yield _user(human, _contact(human, charges.pop(human.person_id, ())))


def _at(human: Human) -> Record:
    here = [] if human.school_id is None else [object_id("school", human.school_id)]
    return {"schools": here}


def _student(human: Human) -> Record:
    """Return a student's role, with all that Clever sends along and nobody needs."""
    (school,) = _at(human)["schools"]
    days = {"start_date": human.starts, "end_date": human.ends}
    enrolled = {"school": school, **{name: f"{day}" for name, day in days.items() if day}}
    return {
        "sis_id": human.person_id,
        "grade": human.grade,
        "school": school,
        "schools": [school],
        "enrollments": [enrolled],
        "credentials": {"district_username": username(human)},
        "dob": f"1/2/{CANARY}",
        "iep_status": CANARY,
        "frl_status": "Free",
        "location": {"address": CANARY},
    }


def _contact(human: Human, charges: Iterable[str]) -> Record:
    ties = [
        {"student": person(one), "relationship": "Parent", "type": "Parent/Guardian"}
        for one in charges
    ]
    if not ties:
        return {}
    of_staff = human.role not in ("guardian", "parent", "relative")
    known = {} if of_staff else {"sis_id": human.person_id}
    return {"contact": {**known, "phone": CANARY, "student_relationships": ties}}


def _user(human: Human, roles: Record) -> Record:
    # Of a contact alone Clever has the whole name as the last one.
    alone = set(roles) == {"contact"}
    name = {"first": None, "last": human.name} if alone else {
        "first": human.given, "last": human.family,
    }  # fmt: skip
    return {
        "id": person(human.person_id),
        "district": DISTRICT,
        "email": human.email,
        "name": name,
        "roles": roles,
    }
