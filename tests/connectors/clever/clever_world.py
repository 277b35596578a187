"""A small district of the invented Marlow at a pretended Clever, and the source in front of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from auditor.source import SourceContext
from benchmarks.pretend.clever import Oddities, PretendClever, World
from connectors.clever import Clever
from connectors.retrying import Clock, Limits
from tests.connectors.roster_world import RULES, Pulled
from tests.connectors.roster_world import pull as pull_source

NOW = datetime(2026, 11, 24, 7, tzinfo=UTC)
LIMITS = Limits(read_seconds=2, answer_seconds=0.3, tries=3, restarts=2)
SMALL = 2
"""Records of a page, so that a list of people takes several."""
STUDENTS = 5
Record = dict[str, Any]


def user(id_: str, given: str | None, family: str, email: str | None = None, **roles: Record) -> Record:
    name = {"first": given, "last": family, "middle": None}
    return {"id": id_, "district": "d", "email": email, "name": name, "roles": roles}


def student(n: int, **more: object) -> Record:
    role = {"sis_id": f"K{n}", "student_number": f"500{n}", "grade": "9", "schools": ["s1"], **more}
    return user(f"u1{n}", "Jo", f"Reyes{n}", f"k{n}@marlow.example", student=role)


def tie(n: int, type_: str | None = "Parent/Guardian", relationship: str | None = "Parent") -> Record:
    return {"student": f"u1{n}", "type": type_, "relationship": relationship}


def contact(*ties: Record, id_: str = "u30", **more: object) -> Record:
    role = {"sis_id": "G1", "phone": "555", "student_relationships": list(ties), **more}
    return user(id_, None, "Ana Reyes", "ana@home.example", contact=role)


def marlow() -> World:
    """Return two schools, a teacher, a principal, five students, a mother and a class."""
    world = World()
    world.put("schools", {"id": "s1", "name": "Alder Hill High School", "sis_id": "10"})
    world.put("schools", {"id": "s2", "name": "Birch Lane", "school_number": "20"})
    term = {"id": "t1", "name": "Fall", "start_date": "2026-09-01", "end_date": "2027-01-22"}
    world.put("terms", term)
    teacher = {"sis_id": "T1", "teacher_number": "9001", "schools": ["s1", "s2"]}
    named = {**teacher, "credentials": {"district_username": "dwhit"}}
    world.put("users", user("u20", "Dana", "Whit", "dwhit@marlow.example", teacher=named))
    principal = {"staff_id": "P1", "schools": ["s1"], "title": "Principal", "roles": ["Principal"]}
    world.put("users", user("u21", "Pat", "Lane", "pat@marlow.example", staff=principal))
    days = [{"school": "s1", "start_date": "2026-09-01", "end_date": "2027-06-20"}]
    world.put("users", student(1, enrollments=days))
    world.put("users", *(student(n) for n in range(2, STUDENTS + 1)))
    world.put("users", contact(tie(1)))
    section = {"id": "c1", "name": "Algebra 1", "sis_id": "A1", "school": "s1", "term_id": "t1"}
    world.put("sections", {**section, "teacher": "u20", "teachers": ["u20"], "students": ["u11", "u12"]})
    return world


@contextmanager
def serving(world: World | None = None, odd: Oddities | None = None) -> Iterator[PretendClever]:
    """Serve a district; see that nothing was changed by what was asked, nor any mistake made."""
    with PretendClever(world or marlow(), now=NOW, odd=odd) as running:
        yield running
        assert running.mistakes == []
        assert running.changes == 0
        assert {one.method for one in running.asked} <= {"GET"}


def source(
    running: PretendClever, folder: Path, marks: Mapping[str, str] | None = None, **more: object
) -> Clever:
    settings = {"token": str(running.token_file(folder)), "endpoint": running.base, **more}
    return configured(folder, settings, marks)


def configured(
    folder: Path, settings: Mapping[str, object], marks: Mapping[str, str] | None = None
) -> Clever:
    context = SourceContext(
        "roster", "Clever", "America/New_York", RULES, str(folder), settings, marks=marks or {}
    )
    slept: list[float] = []
    clock = Clock(lambda: NOW, lambda: 0.0, slept.append)
    return Clever(context, clock=clock, random=Random(7), limits=LIMITS)


def pull(
    running: PretendClever, folder: Path, marks: Mapping[str, str] | None = None, **more: object
) -> Pulled:
    return pull_source(source(running, folder, marks, **{"page": SMALL, **more}))


def marks_of(pulled: Pulled) -> dict[str, str]:
    marks = [mark for page in pulled.pages for mark in page.marks]
    return {mark.unit: mark.value for mark in marks if mark.value is not None}
