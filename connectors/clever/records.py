"""What Clever's records say of people, schools and sections; all else is dropped as they come.

A student's record arrives with birth date, origin, disability and more, which Clever cannot be told
to leave out. Nothing of it is looked at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from auditor.model import HatRole
from connectors.clever.asking import Record
from connectors.rosterfile import NoDayError, read_day

STUDENT, TEACHER, STAFF = "student", "teacher", "staff"
CONTACT, ADMIN = "contact", "district_admin"
HATS = {
    STUDENT: HatRole.STUDENT,
    TEACHER: HatRole.STAFF,
    STAFF: HatRole.STAFF,
    ADMIN: HatRole.STAFF,
}
"""Clever's roles that are worn by themselves; a contact is whatever its relationships say."""
_SIS_IDS = ((STUDENT, "sis_id"), (TEACHER, "sis_id"), (STAFF, "staff_id"), (CONTACT, "sis_id"))
_NUMBERS = ((STUDENT, "student_number"), (TEACHER, "teacher_number"))
ODD_DAY = "a day that is no date, left out"
NO_STUDENT = "a contact's relationship that names no student, left out"


@dataclass(frozen=True, slots=True)
class Place:
    """One school, or one day to another at it; ids are Clever's."""

    school: str | None
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True)
class Tie:
    student: str
    type: str
    relationship: str


@dataclass(frozen=True, slots=True)
class User:
    """One person, with Clever's id of it."""

    id: str
    given: str
    family: str
    email: str
    sis_ids: tuple[str, ...]
    """Ids of the student system, the one that counts first."""
    numbers: tuple[str, ...]
    """Further numbers and names that other files may use."""
    grade: str | None
    hats: tuple[tuple[HatRole, Place], ...]
    ties: tuple[Tie, ...]


@dataclass(frozen=True, slots=True)
class SchoolRecord:
    id: str
    name: str
    sis_id: str


@dataclass(frozen=True, slots=True)
class Term:
    id: str
    start: date | None
    end: date | None


@dataclass(frozen=True, slots=True)
class Section:
    id: str
    name: str
    sis_id: str
    school: str
    term: str
    teachers: tuple[str, ...]
    students: tuple[str, ...]


@dataclass(slots=True)
class Parsing:
    """Reads records, and counts what in them is no fact."""

    said: Counter[str] = field(default_factory=Counter)

    def user(self, record: Record) -> User:
        roles = _part(record, "roles")
        name = _part(record, "name")
        called = _part(_part(roles, STUDENT), "preferred_name")
        given = _text(called.get("first")) or _text(name.get("first"))
        family = _text(called.get("last")) or _text(name.get("last"))
        if not given and CONTACT in roles:
            # Of a contact Clever writes the whole name as the last one.
            given, _, family = family.rpartition(" ")
        held = {role: _part(roles, role) for role in (*HATS, CONTACT) if _is_held(roles, role)}
        student = held.get(STUDENT, {})
        return User(
            _text(record.get("id")),
            given,
            family,
            _text(record.get("email")),
            _once(_text(held.get(role, {}).get(key)) for role, key in _SIS_IDS),
            _once(self._numbers(held)),
            _text(student.get("grade")) or None,
            tuple(
                (HATS[role], place)
                for role in HATS
                if role in held
                for place in self._places(held[role])
            ),
            tuple(self._ties(held.get(CONTACT, {}))),
        )

    def school(self, record: Record) -> SchoolRecord:
        sis_id = _text(record.get("sis_id")) or _text(record.get("school_number"))
        return SchoolRecord(_text(record.get("id")), _text(record.get("name")), sis_id)

    def term(self, record: Record) -> Term:
        start, end = self._day(record.get("start_date")), self._day(record.get("end_date"))
        return Term(_text(record.get("id")), start, end)

    def section(self, record: Record) -> Section:
        return Section(
            _text(record.get("id")),
            _text(record.get("name")),
            _text(record.get("sis_id")),
            _text(record.get("school")),
            _text(record.get("term_id")),
            _once([*_texts(record.get("teachers")), _text(record.get("teacher"))]),
            _once(_texts(record.get("students"))),
        )

    # ---- parts of a user -------------------------------------------------------------------

    def _places(self, role: Record) -> Iterator[Place]:
        """Yield where a role is held, with days where they are told; once if nowhere is said."""
        dated: dict[str, None] = {}
        enrolled = role.get("enrollments")
        for one in enrolled if isinstance(enrolled, list) else []:
            school = _text(one.get("school")) if isinstance(one, dict) else ""
            if school:
                dated[school] = None
                start, end = self._day(one.get("start_date")), self._day(one.get("end_date"))
                yield Place(school, start, end)
        others = [*_texts(role.get("schools")), _text(role.get("school"))]
        more = [school for school in _once(others) if school not in dated]
        yield from map(Place, more)
        if not dated and not more:
            yield Place(None)

    def _ties(self, contact: Record) -> Iterator[Tie]:
        told = contact.get("student_relationships")
        for one in told if isinstance(told, list) else []:
            student = _text(one.get("student")) if isinstance(one, dict) else ""
            if not student:
                self.said[NO_STUDENT] += 1
                continue
            yield Tie(student, _text(one.get("type")), _text(one.get("relationship")))

    def _numbers(self, held: dict[str, Record]) -> Iterator[str]:
        for role in held.values():
            yield _text(_part(role, "credentials").get("district_username"))
        for name, key in _NUMBERS:
            yield _text(held.get(name, {}).get(key))

    def _day(self, value: object) -> date | None:
        try:
            return read_day(_text(value))
        except NoDayError:
            self.said[ODD_DAY] += 1
            return None


def _is_held(roles: Record, role: str) -> bool:
    """Whether a role is held; one without a word about it is there as an empty object."""
    return isinstance(roles.get(role), dict)


def _part(record: Record, name: str) -> dict[str, Any]:
    found = record.get(name)
    return found if isinstance(found, dict) else {}


def _text(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value.strip() if isinstance(value, str) else ""


def _texts(value: object) -> list[str]:
    return [_text(one) for one in value] if isinstance(value, list) else []


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(filter(None, texts)))
