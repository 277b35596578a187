"""Courses of Google Classroom as classes of a roster."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from auditor.model import (
    ClassMember,
    ClassRole,
    DirectoryAccount,
    GuardianLink,
    HatRole,
    PersonRef,
    SchoolClass,
)
from auditor.source import Denied, FactKind, Transient
from connectors.google.classroom import connect
from tests.connectors.google.classroom_world import (
    CANARY,
    OTHER,
    SECOND,
    STUDENT,
    TEACHER,
    classroom,
    context,
    course,
    id_of,
    pulled,
    serving,
)

KIM = "kim.lowe@elsewhere.example"


def members(read: Any) -> list[tuple[str, str, str]]:
    return [
        (fact.class_id.partition(":")[2], str(fact.person.email).partition("@")[0], fact.role.value)
        for fact in read.facts
        if isinstance(fact, ClassMember)
    ]


def test_a_course_is_a_class_with_everybody_in_it(tmp_path: Path) -> None:
    courses = (course("702", students=(STUDENT,), teachers=(TEACHER, SECOND)), course("701"))
    with serving(courses=courses) as google:
        read = pulled(classroom(google, tmp_path))
    assert [f for f in read.facts if isinstance(f, SchoolClass)] == [
        SchoolClass(f"google-classroom:{n}", f"Chemistry {CANARY}") for n in ("701", "702")
    ]
    assert members(read) == [
        ("701", "ana.reyes", "teacher"),
        *(("701", name, "student") for name in sorted(("kit.lowe", "may.sand"), key=_number)),
        *(("702", name, "teacher") for name in sorted(("ana.reyes", "ben.ode"), key=_number)),
        ("702", "kit.lowe", "student"),
    ]
    assert read.records == 2 + 6
    assert read.lost == []


def _number(name: str) -> str:
    return id_of(f"{name}@marlow.example")


def test_names_may_be_left_where_they_are(tmp_path: Path) -> None:
    with serving(courses=(course(),)) as google:
        read = pulled(classroom(google, tmp_path, names=False))
        asked = [a.query.get("fields") for a in google.asked if a.endpoint == "classroom.courses.list"]
    assert SchoolClass("google-classroom:701", "Course 701") in read.facts
    assert CANARY not in repr(read)
    assert all("name" not in str(fields) for fields in asked)


def test_more_members_than_a_page_holds(tmp_path: Path) -> None:
    many = tuple(replace(course("701"), id=str(n)) for n in range(1, 130))
    with serving(courses=many) as google:
        google.faults.plan("classroom.courses.list", "pages overlap", on=2)
        read = pulled(classroom(google, tmp_path))
    assert len({f.class_id for f in read.facts if isinstance(f, SchoolClass)}) == 129
    assert len(members(read)) == len(set(members(read))) == 129 * 3


def test_an_archived_course_is_told_while_its_days_are_looked_at(tmp_path: Path) -> None:
    archived = course(
        state="ARCHIVED", changed_at=datetime(2026, 11, 2, 3, tzinfo=UTC)
    )
    old = replace(archived, id="702", changed_at=datetime(2026, 9, 1, tzinfo=UTC))
    with serving(courses=(archived, old, course("703"), course("704", state="DECLINED"))) as google:
        read = pulled(classroom(google, tmp_path))
    ends = {f.class_id: f.end for f in read.facts if isinstance(f, ClassMember)}
    assert ends == {"google-classroom:701": date(2026, 11, 1), "google-classroom:703": None}


def test_guardians_are_accounts_tied_to_their_students(tmp_path: Path) -> None:
    guardians = ((id_of(STUDENT), "Kim Lowe", KIM), (id_of(OTHER), "Kim Lowe", KIM), ("9", "X", KIM))
    with serving(courses=(course(),), guardians=guardians) as google:
        source = classroom(google, tmp_path, guardians=True)
        read = pulled(source)
        without = pulled(classroom(google, tmp_path))
    assert source.provides == {FactKind.CLASSES, FactKind.GUARDIANS}
    (account,) = (f for f in read.facts if isinstance(f, DirectoryAccount))
    assert [a.text for a in account.addresses] == [KIM]
    assert account.roles == ((HatRole.GUARDIAN, None),)
    assert [f for f in read.facts if isinstance(f, GuardianLink)] == [
        GuardianLink(PersonRef(email=one), PersonRef(person_id=account.account_id))
        for one in (STUDENT, OTHER)
    ]
    assert read.lost == ["guardian or guardian's student without an address, left out"]
    assert not [f for f in without.facts if isinstance(f, (GuardianLink, DirectoryAccount))]


def test_guardians_that_may_not_be_read_are_no_empty_list(tmp_path: Path) -> None:
    with serving(courses=(course(),)) as google:
        google.faults.plan("classroom.userProfiles.guardians.list", "403", times=9)
        with pytest.raises(Denied, match="not allowed"):
            pulled(classroom(google, tmp_path, guardians=True))


@pytest.mark.parametrize("method", ["teachers", "students"])
def test_one_course_that_is_refused_stops_no_other(tmp_path: Path, method: str) -> None:
    with serving(courses=(course("701"), course("702"))) as google:
        google.faults.plan(
            f"classroom.courses.{method}.list", "403", times=9, where=lambda r: "/701/" in r.path
        )
        read = pulled(classroom(google, tmp_path))
    assert {one for one, *_ in members(read)} == {"702"}
    assert read.lost == ["course whose members Google does not show to the administrator"]


@pytest.mark.parametrize(
    ("endpoint", "kind", "error"),
    [
        ("classroom.courses.list", "403", Denied),
        ("classroom.courses.teachers.list", "403", Denied),
        ("classroom.courses.students.list", "503", Transient),
        ("directory.users.list", "403", Denied),
    ],
)
def test_what_concerns_all_courses_raises(
    tmp_path: Path, endpoint: str, kind: str, error: type[Exception]
) -> None:
    with serving(courses=(course(),)) as google:
        google.faults.plan(endpoint, kind, times=99)
        with pytest.raises(error):
            pulled(classroom(google, tmp_path))


@pytest.mark.parametrize("endpoint", ["courses.list", "courses.teachers.list", "courses.students.list"])
@pytest.mark.parametrize(
    "kind", ["503", "429 retry after", "403 rateLimitExceeded", "connection reset", "body cut", "garbage"]
)
def test_what_passes_by_itself_leaves_no_trace(tmp_path: Path, endpoint: str, kind: str) -> None:
    with serving(courses=(course("701"), course("702"))) as google:
        plain = pulled(classroom(google, tmp_path))
        google.faults.plan(f"classroom.{endpoint}", kind)
        again = pulled(classroom(google, tmp_path))
        assert google.faults.done == [(f"classroom.{endpoint}", kind)]
    assert again.facts == plain.facts


def test_a_course_deleted_meanwhile_is_counted(tmp_path: Path) -> None:
    with serving(courses=(course("701"), course("702"))) as google:
        google.faults.plan("classroom.courses.students.list", "404", where=lambda r: "/701/" in r.path)
        read = pulled(classroom(google, tmp_path))
    assert read.notes["course that was deleted while it was read"] == 1
    assert {one for one, *_ in members(read)} == {"702"}


def test_no_course_at_all_is_no_school_without_classes(tmp_path: Path) -> None:
    with serving() as google, pytest.raises(Denied, match="not one course"):
        pulled(classroom(google, tmp_path))


def test_check_tells_what_is_delegated_and_reads_nothing(tmp_path: Path) -> None:
    with serving(courses=(course(),)) as google:
        assert all(result.ok for result in classroom(google, tmp_path, guardians=True).check())
        assert {a.endpoint for a in google.asked} <= {"oauth.token", "oauth.tokeninfo", "classroom.courses.list"}
        google.delegated.discard("https://www.googleapis.com/auth/classroom.rosters.readonly")
        (result,) = classroom(google, tmp_path).check()
    assert not result.ok
    assert "classroom.rosters.readonly" in result.text


@pytest.mark.parametrize(
    ("wrong", "begins"),
    [
        ({"kind": "x"}, {"kind"}),
        ({"kind": "posts", "guardians": True}, {"guardians"}),
        ({"guardians": "yes", "names": 1, "threads": 99, "colour": "red"}, {"guardians", "names", "threads", "colour"}),
        ({"queries_per_minute": 0, "tool": ""}, {"queries_per_minute", "tool"}),
    ],
)
def test_every_mistake_is_told_at_once(tmp_path: Path, wrong: dict[str, Any], begins: set[str]) -> None:
    with serving() as google, pytest.raises(ValueError, match=r"^\w") as caught:
        connect(context(google, tmp_path, **wrong))
    assert {part.split(" ")[0] for part in str(caught.value).split("; ")} == begins


def test_roles_are_what_google_says(tmp_path: Path) -> None:
    with serving(courses=(course(teachers=(TEACHER, SECOND), students=()),)) as google:
        read = pulled(classroom(google, tmp_path))
    assert {f.role for f in read.facts if isinstance(f, ClassMember)} == {ClassRole.TEACHER}
