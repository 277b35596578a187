"""Sections and groups of a school in Schoology, and who is in each of them now.

Schoology tells who is in a place, not since when. Whoever is invited or has asked to join is not in
it yet; whose place has expired or been archived is not in it any more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from connectors.answers import Found
from connectors.numbered import id_of
from connectors.schoology.asking import Asking, Record, listed, text_of

_ACTIVE, _NOT_NOW = "1", frozenset("2345")
UNKNOWN_STATUS = "enrolment with a status that Schoology does not document, not counted"


@dataclass(frozen=True, slots=True)
class Building:
    id: str
    code: str
    """The district's own code, which as a rule is the roster's; "" without one."""
    title: str

    @property
    def school_id(self) -> str:
        return self.code or f"schoology-building:{self.id}"


@dataclass(frozen=True, slots=True)
class Place:
    """A section of a course, or a group."""

    realm: str
    """``sections`` or ``groups``, as it is asked for."""
    id: str
    title: str
    building: str
    active: bool

    @property
    def key(self) -> str:
        """What the place is called among classes and spaces: "schoology-section:101"."""
        return f"schoology-{self.realm.removesuffix('s')}:{self.id}"


@dataclass(frozen=True, slots=True)
class Seat:
    uid: str
    leads: bool
    """A teacher of the section, or whoever runs the group."""


def read_buildings(asking: Asking) -> list[Building]:
    """Return the schools and buildings, each once."""
    found: dict[str, Building] = {}
    for school in asking.records("schools", "school"):
        number = id_of(school.get("id"))
        inside = asking.get(f"schools/{number}/buildings") if number else None
        document = inside.document if isinstance(inside, Found) else {}
        for one in (school, *listed(document, "building")):
            building = Building(
                id_of(one.get("id")), text_of(one, "building_code"), text_of(one, "title")
            )
            if building.id and building.title:
                found.setdefault(building.id, building)
    return [found[id_] for id_ in sorted(found, key=int)]


def read_sections(asking: Asking) -> Iterator[Place]:
    """Yield every section of every course, those of past grading periods too."""
    for course in asking.records("courses", "course"):
        number = id_of(course.get("id"))
        if not number:
            continue
        past = {"include_past": "1"}
        for record in asking.records(f"courses/{number}/sections", "section", past):
            names = (text_of(record, "course_title"), text_of(record, "section_title"))
            place = _place("sections", record, ": ".join(filter(None, names)), course)
            if place is not None:
                yield place


def read_groups(asking: Asking) -> Iterator[Place]:
    for record in asking.records("groups", "group"):
        place = _place("groups", record, text_of(record, "title"), record)
        if place is not None:
            yield place


def read_seats(asking: Asking, place: Place, said: Counter[str]) -> list[Seat]:
    """Return who is in a place now, by number; raises a ``SourceError``."""
    records = asking.records(f"{place.realm}/{place.id}/enrollments", "enrollment")
    found: dict[str, Seat] = {}
    for record in records:
        uid, status = id_of(record.get("uid")), str(record.get("status"))
        if status == _ACTIVE and uid:
            leads = str(record.get("admin")) == "1" or (uid in found and found[uid].leads)
            found[uid] = Seat(uid, leads)
        elif status not in _NOT_NOW:
            said[UNKNOWN_STATUS] += 1
    return [found[uid] for uid in sorted(found, key=int)]


def _place(
    realm: str, record: Record, title: str, at: Mapping[str, object]
) -> Place | None:
    number = id_of(record.get("id"))
    if not number:
        return None
    active = str(record.get("active", "1")) != "0"
    title = title or f"{realm.removesuffix('s').title()} {number}"
    return Place(realm, number, title, id_of(at.get("building_id")), active)
