"""Approvals, sub-groups and crisis reports in one form: what an office filed is asked alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from auditor.directory import Register
from auditor.filed import Filed, by_adult, day_in, on_file, word
from auditor.model import Authorization, Ground, PersonRef
from auditor.records import Disclosure, SubgroupMember
from tests.auditor.directory_world import DAY, KEYS, known, ref

BOSTON = ZoneInfo("America/New_York")
T1, K1, K2 = (KEYS.person(id_) for id_ in ("t1", "k1", "k2"))
GRANTED = datetime(2026, 9, 1, 14, 30, tzinfo=UTC)
FULL = Authorization(
    authorization_id="A1",
    ground=Ground.SAFETY,
    adult=ref("t1"),
    student=ref("k1"),
    team_id="v",
    tool="Remind",
    granted_by=ref("k2"),
    granted_by_role=" Athletic-Director ",
    granted_at=GRANTED,
    starts_on=date(2026, 10, 1),
    ends_on=date(2026, 10, 31),
    condition="guardian_included; full_moon ;",
    reason_code="medical",
    evidence="drawer 3",
    requested_by=ref("t1"),
)
CAPTAIN = SubgroupMember(
    "S1", "v", "Captains", ref("k1"), ref("t1"), "Principal", GRANTED, date(2026, 9, 2), date(2026, 11, 1)
)
LATE_EVENING = datetime(2026, 10, 3, 3, 0, tzinfo=UTC)
"""Still Oct 2 in the district."""
CRISIS = Disclosure(
    disclosure_id="C1",
    adult=ref("t1"),
    student=ref("k1"),
    means="phone",
    first_contact_at=LATE_EVENING,
    last_contact_on=None,
    reported_at=LATE_EVENING + timedelta(days=1),
    reported_to=ref("k2"),
    reported_to_role="Building Administrator",
)


def read(register: Register) -> list[Filed]:
    return on_file(register, KEYS, BOSTON)


def us(moment: datetime) -> int:
    return int(moment.timestamp()) * 1_000_000


def test_an_approval_keeps_everything_it_says() -> None:
    assert read(known(FULL)) == [
        Filed(
            id="A1",
            key=KEYS.key("approval", "A1"),
            ground=Ground.SAFETY,
            adult=T1,
            student=K1,
            team=KEYS.team("v"),
            tool="Remind",
            granted_by="k2",
            granted_by_key=K2,
            granted_by_role="athletic_director",
            granted_us=us(GRANTED),
            starts=DAY - 4,
            until=DAY + 27,
            conditions=("guardian_included", "full_moon"),
            reason_code="medical",
            evidence="drawer 3",
            requested_by_key=T1,
        )
    ]


def test_an_approval_that_says_little_is_filed_with_the_rest_not_known() -> None:
    (one,) = read(known(Authorization("A1", Ground.FAMILY, *(None,) * 9)))
    assert (one.ground, one.conditions, one.granted_by_role) == (Ground.FAMILY, (), None)
    unsaid = (one.adult, one.student, one.team, one.tool, one.granted_by_key, one.granted_us)
    assert {*unsaid, one.starts, one.until, one.requested_by_key} == {None}


def test_a_sub_group_is_one_approval_for_each_member_under_one_id() -> None:
    second = replace(CAPTAIN, member=ref("k2"))
    found = read(known(second, CAPTAIN))
    assert sorted((f.student or 0) for f in found) == sorted((K1, K2))
    assert [f.student for f in found] == sorted((K1, K2))
    assert found[0] == Filed(
        id="S1",
        key=KEYS.key("approval", "S1"),
        ground=Ground.SUBGROUP,
        adult=None,
        student=min(K1, K2),
        team=KEYS.team("v"),
        tool=None,
        granted_by=None,
        granted_by_key=T1,
        granted_by_role="principal",
        granted_us=us(GRANTED),
        starts=DAY - 33,
        until=DAY + 28,
        conditions=(),
        reason_code=None,
        evidence="Captains",
    )


def test_a_crisis_report_is_an_approval_for_its_pair_and_its_days() -> None:
    assert read(known(CRISIS)) == [
        Filed(
            id="C1",
            key=KEYS.key("approval", "C1"),
            ground=Ground.CRISIS,
            adult=T1,
            student=K1,
            team=None,
            tool=None,
            granted_by=None,
            granted_by_key=K2,
            granted_by_role="building_administrator",
            granted_us=us(LATE_EVENING) + 86_400_000_000,
            starts=DAY - 3,
            until=DAY - 1,
            conditions=(),
            reason_code=None,
            evidence=None,
        )
    ]


@pytest.mark.parametrize(
    ("last", "reported", "until"),
    [
        (date(2026, 10, 9), LATE_EVENING, DAY + 5),
        (date(2026, 10, 9), None, DAY + 5),
        (None, LATE_EVENING, DAY - 2),
        (None, LATE_EVENING + timedelta(days=2), DAY),
        (None, None, DAY - 2),
    ],
    ids=["last day", "last day, not told", "told at once", "told later", "never told"],
)
def test_a_crisis_ends_with_its_last_day_or_with_the_day_it_was_told(
    last: date | None, reported: datetime | None, until: int
) -> None:
    (one,) = read(known(replace(CRISIS, last_contact_on=last, reported_at=reported)))
    assert (one.starts, one.until) == (DAY - 3, until)
    assert one.granted_us == (None if reported is None else us(reported))


def test_a_crisis_told_to_nobody_known_names_no_granter() -> None:
    (one,) = read(known(replace(CRISIS, reported_to=PersonRef(), reported_to_role=None)))
    assert (one.granted_by_key, one.granted_by_role) == (None, None)


def test_everything_on_file_comes_in_order_of_its_id() -> None:
    later = replace(FULL, authorization_id="Z9")
    assert [f.id for f in read(known(later, CRISIS, CAPTAIN, FULL))] == ["A1", "C1", "S1", "Z9"]


def test_what_names_no_adult_stands_by_itself() -> None:
    groups = by_adult(read(known(FULL, CAPTAIN, CRISIS)))
    assert {adult: [f.id for f in found] for adult, found in groups.items()} == {
        T1: ["A1", "C1"],
        None: ["S1"],
    }


def test_the_day_of_a_moment_is_the_districts() -> None:
    assert day_in(us(LATE_EVENING), BOSTON) == DAY - 3
    assert day_in(us(LATE_EVENING), UTC) == DAY - 2
    assert day_in(0, UTC) == 0


def test_an_office_is_written_in_one_way() -> None:
    assert word(" Building-Administrator Designee ") == "building_administrator_designee"
    assert word(None) is None
