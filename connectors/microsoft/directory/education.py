"""The education roster that School Data Sync keeps: pupils, schools, classes and families.

Its users are the directory's accounts, with the same ids. A pupil's record also holds a birth date
and a gender where the school put them in: they come along with what is asked for, and are dropped
as the answer is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from auditor.keys import AddressRules, email_address
from auditor.model import Address
from connectors.answers import Found
from connectors.microsoft.asking import Graph
from connectors.microsoft.users import text_of

MOST = "999"
_FAMILY = frozenset(("parent", "guardian", "relative"))
"""Relations that make somebody a guardian (contactRelationship); doctors and others are none."""


@dataclass(frozen=True, slots=True)
class Pupil:
    """What the roster says of one account."""

    role: str
    """student, teacher, or "" where it says neither."""
    external_id: str | None
    """The id in the student information system."""
    grade: str | None


@dataclass(frozen=True, slots=True)
class EducationSchool:
    id: str
    school_id: str
    """The student information system's id of it; Microsoft's where it has none."""
    name: str


@dataclass(frozen=True, slots=True)
class EducationClass:
    id: str
    title: str
    start: date | None
    end: date | None


@dataclass(frozen=True, slots=True)
class ClassPeople:
    """Account ids of who is in a class; teachers are among the members."""

    members: tuple[str, ...]
    teachers: frozenset[str]


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody of a student's family."""

    address: Address | None
    """None: what is written is no address."""
    name: str


def pupils(graph: Graph) -> dict[str, Pupil]:
    """Return what the roster says of each account, by id in lower case.

    Needs ``EduRoster.Read.All``, as everything here; raises what ``Graph`` raises.
    """
    told = {"$select": "id,primaryRole,student,teacher", "$top": MOST}
    found = {}
    for record in graph.every("education/users", told):
        role = text_of(record, "primaryRole")
        inner = record.get(role) if role in ("student", "teacher") else None
        details: Mapping[str, Any] = inner if isinstance(inner, dict) else {}
        found[text_of(record, "id").lower()] = Pupil(
            role if role in ("student", "teacher") else "",
            text_of(details, "externalId") or None,
            text_of(details, "grade") or None,
        )
    return found


def schools(graph: Graph) -> list[EducationSchool]:
    """Return every school, by its id."""
    told = {"$select": "id,displayName,externalId", "$top": MOST}
    found = {
        id_: EducationSchool(
            id_, text_of(record, "externalId") or f"microsoft:{id_}", text_of(record, "displayName")
        )
        for record in graph.every("education/schools", told)
        if (id_ := text_of(record, "id"))
    }
    return sorted(found.values(), key=lambda one: (one.school_id, one.id))


def at_school(graph: Graph, school: EducationSchool, what: str) -> list[str]:
    """Return the ids of the ``users`` or ``classes`` of a school, in lower case."""
    return _ids(graph, f"education/schools/{school.id}/{what}")


def classes(graph: Graph) -> list[EducationClass]:
    """Return every class, by its id; dated as its term is, where that is told."""
    told = {"$select": "id,displayName,term", "$top": MOST}
    found = {}
    for record in graph.every("education/classes", told):
        term = record.get("term")
        days = term if isinstance(term, dict) else {}
        id_ = text_of(record, "id").lower()
        found[id_] = EducationClass(
            id_, text_of(record, "displayName"), _day(days, "startDate"), _day(days, "endDate")
        )
    return [found[id_] for id_ in sorted(found)]


def people_of(graph: Graph, one: EducationClass) -> ClassPeople:
    """Return who is in a class."""
    teachers = frozenset(_ids(graph, f"education/classes/{one.id}/teachers"))
    members = {*_ids(graph, f"education/classes/{one.id}/members"), *teachers}
    return ClassPeople(tuple(sorted(members)), teachers)


def contacts(graph: Graph, account_id: str, rules: AddressRules) -> list[Contact] | None:
    """Return a student's family; None if the account is not there any more.

    Microsoft tells these of one account at a time only.
    """
    answer = graph.get(f"education/users/{account_id}", {"$select": "id,relatedContacts"})
    if not isinstance(answer, Found):
        return None
    document = answer.document
    listed = document.get("relatedContacts") if isinstance(document, dict) else None
    told = (
        Contact(email_address(text_of(one, "emailAddress"), rules), text_of(one, "displayName"))
        for one in (listed if isinstance(listed, list) else [])
        if isinstance(one, dict) and text_of(one, "relationship") in _FAMILY
    )
    return list(dict.fromkeys(told))


def _ids(graph: Graph, path: str) -> list[str]:
    return [*_each_id(graph, path)]


def _each_id(graph: Graph, path: str) -> Iterator[str]:
    for record in graph.every(path, {"$select": "id", "$top": MOST}):
        id_ = text_of(record, "id").lower()
        if id_:
            yield id_


def _day(record: Mapping[str, Any], name: str) -> date | None:
    try:
        return date.fromisoformat(text_of(record, name))
    except ValueError:
        return None
