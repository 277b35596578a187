"""Whatever Clever puts into a record, it is read as far as it says something, and nothing breaks."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.model import ClassMember, GuardianLink, Hat, Person, PersonRef
from auditor.source import Malformed
from connectors.clever.facts import Facts
from connectors.clever.records import Parsing
from connectors.clever.roster import Roster
from connectors.clever.settings import GUARDIANS
from tests.connectors.roster_world import RULES, Pulled

KEYS = (
    "id", "name", "first", "last", "email", "roles", "student", "teacher", "staff", "contact",
    "district_admin", "sis_id", "staff_id", "schools", "school", "enrollments", "start_date",
    "end_date", "student_relationships", "type", "relationship", "credentials", "teachers",
    "students", "term_id", "grade",
)  # fmt: skip
words = st.sampled_from(("u1", "s1", "K1", "Parent", "Primary", "2026-09-01", "", "a@b.example"))
values = st.recursive(
    st.none() | st.booleans() | st.integers() | words | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=8,
)
records = st.lists(st.dictionaries(st.sampled_from(KEYS), values, max_size=8), max_size=5)


def by_id(things: list[Any]) -> dict[str, Any]:
    return {thing.id: thing for thing in things if thing.id}


@settings(max_examples=50, deadline=None)
@given(records, records, records, records)
def test_any_records_are_people_once_or_no_roster(
    schools: list[dict[str, Any]],
    terms: list[dict[str, Any]],
    users: list[dict[str, Any]],
    sections: list[dict[str, Any]],
) -> None:
    parsing = Parsing()
    roster = Roster(
        by_id([parsing.school(one) for one in schools]),
        by_id([parsing.term(one) for one in terms]),
        by_id([parsing.user(one) for one in users]),
        by_id([parsing.section(one) for one in sections]),
    )
    try:
        pulled = Pulled(tuple(Facts(roster, GUARDIANS, RULES).pages((), (), "Clever")))
    except Malformed:
        return
    people = [person.person_id for person in pulled.of(Person)]
    assert len(people) == len(set(people)) == len(roster.users)
    known = {PersonRef(person_id=one) for one in people}
    assert {hat.person for hat in pulled.of(Hat)} <= known
    assert {member.person for member in pulled.of(ClassMember)} <= known
    assert {end for tie in pulled.of(GuardianLink) for end in (tie.student, tie.guardian)} <= known
