"""Accounts, sections, groups and families of a school as roster facts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from auditor.model import (
    ClassMember,
    DirectoryAccount,
    GuardianLink,
    Hat,
    Person,
    School,
    SchoolClass,
)
from auditor.records import SpaceMember
from auditor.source import Denied, FactKind
from connectors.schoology.places import UNKNOWN_STATUS
from connectors.schoology.rosters import PAST, STRANGER, UNREAD
from tests.connectors.schoology.schoology_world import (
    ANA,
    CLUB,
    KIT,
    MAY,
    SECTION,
    USERS,
    WORLD,
    schoology,
    serving,
)
from tests.connectors.schoology.schoology_world import pull as pull_any
from tests.connectors.units_world import CANARY, Read

ROLES = [
    {"title": "Teacher", "role": "staff"},
    {"title": "Student", "role": "student"},
    {"title": "Parent", "role": "none"},
]


def pull(running: object, folder: Path, **settings: object) -> Read:
    return pull_any(running, folder, kind="rosters", **settings)  # type: ignore[arg-type]  # what is served


def of(read: Read, kind: type) -> list[object]:
    return [fact for fact in read.facts if isinstance(fact, kind)]


def test_accounts_are_linked_by_the_unique_id_and_carry_their_address(tmp_path: Path) -> None:
    with serving() as running:
        read = pull(running, tmp_path, roles=ROLES)
    accounts = {one.account_id: one for one in read.facts if isinstance(one, DirectoryAccount)}
    ana = accounts[f"schoology:{ANA}"]
    assert (ana.person_id, ana.given_name, ana.family_name) == ("T-1", "Ana", "Reyes")
    assert [one.text for one in ana.addresses] == ["ana.reyes@marlow.example"]
    assert f"schoology:{KIT}" in accounts
    assert not of(read, Person)


def test_sections_are_classes_and_groups_are_spaces_with_who_is_in_them_now(
    tmp_path: Path,
) -> None:
    with serving() as running:
        read = pull(running, tmp_path, roles=ROLES)
    assert {(one.class_id, one.title) for one in read.facts if isinstance(one, SchoolClass)} == {
        ("schoology-section:101", "Algebra: 8i")
    }
    members = {
        (one.person.person_id, one.role.value) for one in read.facts if isinstance(one, ClassMember)
    }
    assert members == {
        (f"schoology:{ANA}", "teacher"),
        (f"schoology:{KIT}", "student"),
        (f"schoology:{MAY}", "student"),
    }
    spaces = [one for one in read.facts if isinstance(one, SpaceMember)]
    assert [(one.space_id, one.name, one.member.person_id) for one in spaces] == [
        ("schoology-group:201", "Chess club", "schoology:12"),
        ("schoology-group:201", "Chess club", f"schoology:{MAY}"),
    ]
    assert (read.notes[STRANGER], read.notes[PAST]) == (1, 1)
    assert CANARY not in str(read.pages)


def test_as_the_roster_it_makes_people_of_accounts_with_a_role(tmp_path: Path) -> None:
    with serving() as running:
        read = pull(running, tmp_path, roles=ROLES, roster=True)
    assert {one.person_id for one in read.facts if isinstance(one, Person)} == {
        "T-1", "T-2", "T-3", "S-1", "S-2"
    }  # fmt: skip
    assert {one.school_id for one in read.facts if isinstance(one, School)} >= {"AH"}
    hats = {
        (one.person.person_id, one.role.value, one.school_id)
        for one in read.facts
        if isinstance(one, Hat)
    }
    assert {("T-1", "staff", "AH"), ("S-2", "student", "AH")} <= hats


def test_parents_are_guardians_of_their_children_if_asked_for(tmp_path: Path) -> None:
    with serving() as running:
        read = pull(running, tmp_path, roles=ROLES, guardians=True)
        provided = schoology(running, tmp_path, kind="rosters", guardians=True).provides
    (link,) = [one for one in read.facts if isinstance(one, GuardianLink)]
    assert (link.student.person_id, link.guardian.person_id) == (f"schoology:{KIT}", "schoology:31")
    assert FactKind.GUARDIANS in provided


def test_a_teacher_who_is_a_parent_stays_a_teacher(tmp_path: Path) -> None:
    both = replace(USERS[0], children=(KIT,))
    with serving(replace(WORLD, users=(both, *USERS[1:]))) as running:
        read = pull(running, tmp_path, roles=ROLES, guardians=True)
    accounts = [one.account_id for one in read.facts if isinstance(one, DirectoryAccount)]
    assert accounts.count(f"schoology:{ANA}") == 1
    links = {
        (one.student.person_id, one.guardian.person_id)
        for one in read.facts
        if isinstance(one, GuardianLink)
    }
    assert links == {
        (f"schoology:{KIT}", f"schoology:{ANA}"),
        (f"schoology:{KIT}", "schoology:31"),
    }


def test_one_section_that_is_refused_does_not_stop_the_others(tmp_path: Path) -> None:
    with serving() as running:
        running.hidden = {"sections/101/enrollments"}
        read = pull(running, tmp_path, roles=ROLES)
        assert read.notes[UNREAD] == 1
        running.hidden |= {"groups/201/enrollments"}
        with pytest.raises(Denied):
            pull(running, tmp_path, roles=ROLES)


def test_a_status_nobody_documents_is_counted(tmp_path: Path) -> None:
    odd = replace(CLUB, seats=(*CLUB.seats, replace(CLUB.seats[0], uid=KIT, status="9")))
    with serving(replace(WORLD, groups=(odd,))) as running:
        read = pull(running, tmp_path, roles=ROLES)
    assert read.notes[UNKNOWN_STATUS] == 1


def test_pages_of_any_size_are_the_same_facts(tmp_path: Path) -> None:
    with serving() as whole, serving(most=2) as small:
        facts = pull(whole, tmp_path, roles=ROLES, guardians=True).facts
        read = pull(small, tmp_path, roles=ROLES, guardians=True)
    assert read.facts == facts
    assert SECTION.seats
    assert len(USERS) > 2


def test_a_unique_id_that_two_people_have_links_neither(tmp_path: Path) -> None:
    users = (*USERS, replace(USERS[0], uid="14", given="Zoe", family="Other", email="zoe@marlow.example"))
    with serving(replace(WORLD, users=users)) as running:
        read = pull(running, tmp_path, roles=ROLES)
        sent = pull_any(running, tmp_path, leave_out=["11", "12", "14"])
    accounts = {one.account_id: one for one in read.facts if isinstance(one, DirectoryAccount)}
    assert accounts[f"schoology:{ANA}"].person_id is None
    assert "T-1" not in str(sent.messages)
    assert "ana.reyes@marlow.example" in str(sent.messages)
