"""The district's own tables as facts, and every kind of row that cannot be one."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from auditor.model import (
    Address,
    AddressKind,
    AddressUse,
    Authorization,
    Ground,
    GroupMember,
    Hat,
    HatRole,
    Person,
    PersonAddress,
    PersonRef,
    Team,
    TeamMember,
    TeamRole,
)
from auditor.source import Rejected
from tests.connectors.tables_world import HEADERS, pull, pull_table, table, write


def email(text: str) -> Address:
    return Address(AddressKind.EMAIL, text)


def test_a_volunteer_with_only_an_outside_address_is_a_person_with_a_role(tmp_path: Path) -> None:
    row = "V-900,Volunteer,10,Rowan,Sample,,Rowan.Sample@Letterbox.example,2026-08-24,2027-06-18"
    pulled = pull_table(tmp_path, "people", [row])
    ref = PersonRef(person_id="V-900")
    assert pulled.facts == (
        Person("V-900", "Rowan", "Sample"),
        PersonAddress(ref, email("rowan.sample@letterbox.example"), AddressUse.ROSTER),
        Hat(ref, HatRole.VOLUNTEER, "10", date(2026, 8, 24), date(2027, 6, 18)),
    )
    assert (pulled.records, pulled.rejected) == (1, ())


def test_a_person_without_an_id_is_known_by_the_address(tmp_path: Path) -> None:
    row = ",coach,Alder High School,Rowan,Sample,,rowan@letterbox.example,,"
    person, _, hat = pull_table(tmp_path, "people", [row]).facts
    assert person == Person("rowan@letterbox.example", "Rowan", "Sample")
    assert hat == Hat(
        PersonRef(person_id="rowan@letterbox.example"), HatRole.COACH, "Alder High School"
    )


def test_one_person_may_have_several_roles_but_not_two_names(tmp_path: Path) -> None:
    pulled = pull_table(
        tmp_path,
        "people",
        [
            "V-1,volunteer,10,Rowan,Sample,,,,",
            "V-1,coach,20,Rowan,Sample,,,,",
            "V-1,coach,20,Robin,Sample,,,,",
        ],
    )
    hats = [fact for fact in pulled.facts if isinstance(fact, Hat)]
    assert [(hat.role, hat.school_id) for hat in hats] == [
        (HatRole.VOLUNTEER, "10"),
        (HatRole.COACH, "20"),
    ]
    (bad,) = pulled.rejected
    assert bad == Rejected("people.csv", 4, "person_id", "stands for something else in line 2")
    assert pulled.records == 3


def test_teams_and_their_seasons(tmp_path: Path) -> None:
    row = "SOC-V,Varsity Soccer,sport,soccer,varsity,10,2026-08-17,2026-11-14"
    assert pull_table(tmp_path, "teams", [row]).facts == (
        Team(
            "SOC-V",
            "Varsity Soccer",
            "sport",
            "10",
            "soccer",
            "varsity",
            date(2026, 8, 17),
            date(2026, 11, 14),
        ),
    )


def test_a_school_is_kept_as_written_by_id_or_name(tmp_path: Path) -> None:
    (team,) = pull_table(tmp_path, "teams", ["T,Soccer,sport,,,Alder High School,,"]).facts
    assert isinstance(team, Team)
    assert team.school_id == "Alder High School"


def test_team_members_are_named_by_id_address_or_name(tmp_path: Path) -> None:
    pulled = pull_table(
        tmp_path,
        "team_members",
        [
            "SOC-V,T-104,,,,,Head Coach,,",
            "SOC-V,,Avery.Sample@marlow.example,,,,athlete,2026-08-24,",
            "SOC-V,,,Avery,Sample,10,athlete,,2026-11-01",
        ],
    )
    assert pulled.facts == (
        TeamMember("SOC-V", PersonRef(person_id="T-104"), TeamRole.HEAD_COACH),
        TeamMember(
            "SOC-V",
            PersonRef(email="avery.sample@marlow.example"),
            TeamRole.ATHLETE,
            date(2026, 8, 24),
        ),
        TeamMember(
            "SOC-V",
            PersonRef(given_name="Avery", family_name="Sample", grade="10"),
            TeamRole.ATHLETE,
            None,
            date(2026, 11, 1),
        ),
    )


def test_lists_aliases_and_personal_addresses(tmp_path: Path) -> None:
    drop = tmp_path / "drop"
    write(drop / "groups.csv", table("groups", "VS@marlow.example,a@marlow.example,2026-08-24,"))
    write(drop / "aliases.csv", table("aliases", "T-104,former@marlow.example,,2026-12-31"))
    personal = ("T-104,email,J@letterbox.example", "T-104,Phone,+1 (555) 010-0123 ext. 4")
    write(drop / "personal_addresses.csv", table("personal_addresses", *personal))
    ref = PersonRef(person_id="T-104")
    assert pull(tmp_path).facts == (
        GroupMember(email("vs@marlow.example"), email("a@marlow.example"), date(2026, 8, 24)),
        PersonAddress(
            ref, email("former@marlow.example"), AddressUse.ROSTER, None, date(2026, 12, 31)
        ),
        PersonAddress(ref, email("j@letterbox.example"), AddressUse.PERSONAL),
        PersonAddress(ref, Address(AddressKind.PHONE, "5550100123"), AddressUse.PERSONAL),
    )


@pytest.mark.parametrize("written", ["555-010-0123", "(555) 010 0123", "1.555.010.0123"])
def test_a_number_is_the_same_however_it_is_written(tmp_path: Path, written: str) -> None:
    (fact,) = pull_table(tmp_path, "personal_addresses", [f"T-1,phone,{written}"]).facts
    assert isinstance(fact, PersonAddress)
    assert fact.address == Address(AddressKind.PHONE, "5550100123")


def test_an_approval_is_kept_exactly_as_filed(tmp_path: Path) -> None:
    row = (
        "AUTH-1,contact exchange,t@marlow.example,S-1,SOC-V,,T-100,Principal,"
        "2026-09-01T09:30:00-04:00,2026-09-01,2027-06-18,guardian_included,travel,office file 1"
    )
    assert pull_table(tmp_path, "authorizations", [row]).facts == (
        Authorization(
            authorization_id="AUTH-1",
            ground=Ground.CONTACT_EXCHANGE,
            adult=PersonRef(email="t@marlow.example"),
            student=PersonRef(person_id="S-1"),
            team_id="SOC-V",
            tool=None,
            granted_by=PersonRef(person_id="T-100"),
            granted_by_role="Principal",
            granted_at=datetime(2026, 9, 1, 13, 30, tzinfo=UTC),
            starts_on=date(2026, 9, 1),
            ends_on=date(2027, 6, 18),
            condition="guardian_included",
            reason_code="travel",
            evidence="office file 1",
        ),
    )


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-09-01T09:30:00", datetime(2026, 9, 1, 13, 30, tzinfo=UTC)),  # the district's zone
        ("2026-12-01 09:30", datetime(2026, 12, 1, 14, 30, tzinfo=UTC)),
        ("2026-09-01", datetime(2026, 9, 2, 3, 59, 59, tzinfo=UTC)),  # a day: its last second
        ("", None),
    ],
)
def test_when_an_approval_was_granted(tmp_path: Path, written: str, meant: datetime | None) -> None:
    row = f"AUTH-1,safety,T-1,S-1,,,T-100,principal,{written},,,,,"
    (fact,) = pull_table(tmp_path, "authorizations", [row]).facts
    assert isinstance(fact, Authorization)
    assert fact.granted_at == meant


def test_the_year_9999_means_no_end(tmp_path: Path) -> None:
    (fact,) = pull_table(tmp_path, "groups", ["g@m.example,a@m.example,,9999-12-31"]).facts
    assert fact == GroupMember(email("g@m.example"), email("a@m.example"))


PERSON_ROW = "V-1,{role},10,{first},Sample,,{email},{start},{end}"
GOOD = {"role": "coach", "first": "Rowan", "email": "", "start": "", "end": ""}
BAD_ROWS = [
    ("people", PERSON_ROW.format(**GOOD | {"role": "wizard"}), "role", "is none of staff"),
    ("people", PERSON_ROW.format(**GOOD | {"role": ""}), "role", "is blank"),
    ("people", PERSON_ROW.format(**GOOD | {"first": " "}), "first_name", "is blank"),
    ("people", PERSON_ROW.format(**GOOD | {"email": "rowan"}), "email", "is no e-mail address"),
    ("people", PERSON_ROW.format(**GOOD | {"start": "8/24/2026"}), "start", "is no date such as"),
    ("people", PERSON_ROW.format(**GOOD | {"start": "0024-08-24"}), "start", "cannot be meant"),
    (
        "people",
        PERSON_ROW.format(**GOOD | {"start": "2026-09-02", "end": "2026-09-01"}),
        "end",
        "is before start",
    ),
    ("people", ",coach,10,Rowan,Sample,,,,", "person_id", "is blank, and so is email"),
    ("people", "V-1,coach,10,Rowan", None, "it has 4 cells where the header has 9"),
    ("people", "V-1,coach,10,Rowan,Sample,,,,,surplus", None, "it has 10 cells"),
    ("people", 'V-1,coach,10,"Rowan,Sample,,,,', None, "quotation marks do not pair up"),
    ("teams", ",Soccer,sport,,,,,", "team_id", "is blank"),
    ("teams", "T,Soccer,hobby,,,,,", "kind", "is none of sport, club, activity"),
    ("team_members", "T,,,Avery,,,athlete,,", "person_id", "neither email nor first and last"),
    ("team_members", "T,S-1,,,,,captain,,", "role", "is none of head_coach"),
    ("team_members", ",S-1,,,,,athlete,,", "team_id", "is blank"),
    ("groups", "soccer,a@marlow.example,,", "group_email", "is no e-mail address"),
    ("groups", "a@marlow.example,,,", "member_email", "is blank"),
    ("groups", "a@marlow.example,A@marlow.example,,", "member_email", "is the list itself"),
    ("aliases", ",a@marlow.example,,", "person_id", "is blank"),
    ("aliases", "T-1,nobody,,", "email", "is no e-mail address"),
    ("personal_addresses", "T-1,fax,5550100123", "kind", "is none of email, phone"),
    ("personal_addresses", "T-1,phone,12", "value", "is no telephone number"),
    ("personal_addresses", "T-1,phone,call the office 5550100", "value", "is no telephone"),
    ("personal_addresses", "T-1,email,5550100123", "value", "is no e-mail address"),
    ("authorizations", ",safety,T,S,,,P,principal,,,,,,", "authorization_id", "is blank"),
    ("authorizations", "A,because,T,S,,,P,principal,,,,,,", "ground", "is none of tool"),
    ("authorizations", "A,safety,@x,S,,,P,principal,,,,,,", "adult", "is no e-mail address"),
    ("authorizations", "A,safety,T,S,,,P,principal,soon,,,,,", "granted_at", "is no time such as"),
    ("authorizations", "A,safety,T,S,,,P,principal,,,2026-02-30,,,", "ends_on", "is no date"),
    ("authorizations", "A,confidential,T,S,,,P,principal,,,,,sad for weeks,", "reason_code", "is no code"),
]


@pytest.mark.parametrize(("name", "row", "field", "reason"), BAD_ROWS)
def test_a_bad_row_is_set_aside_with_its_place_and_reason(
    tmp_path: Path, name: str, row: str, field: str | None, reason: str
) -> None:
    good = {
        "people": "V-9,coach,10,Robin,Sample,,,,",
        "teams": "X,Other,club,,,,,",
        "team_members": "X,S-9,,,,,member,,",
        "groups": "x@marlow.example,y@marlow.example,,",
        "aliases": "T-9,y@marlow.example,,",
        "personal_addresses": "T-9,email,y@letterbox.example",
        "authorizations": "Z,safety,T,S,,,P,principal,,,,,,",
    }[name]
    pulled = pull_table(tmp_path, name, [row, good])
    (bad,) = pulled.rejected
    assert (bad.file, bad.line, bad.field) == (f"{name}.csv", 2, field)
    assert reason in bad.reason
    assert pulled.records == 2
    assert pulled.facts, "the good row after it is used"


def test_a_reason_never_repeats_what_the_cell_holds(tmp_path: Path) -> None:
    row = "zephyrquill,zephyrquill,1,z,z,zephyrquill,zephyrquill,zephyrquill,zephyrquill"
    pulled = pull_table(tmp_path, "people", [row])
    assert len(pulled.rejected) == 1
    assert "zephyrquill" not in repr(pulled)


def test_a_row_given_twice_counts_once_and_is_reported(tmp_path: Path) -> None:
    row = "AUTH-1,safety,T-1,S-1,,,T-100,principal,,,,,,"
    pulled = pull_table(tmp_path, "authorizations", [row, row])
    assert len(pulled.facts) == 1
    assert (pulled.records, pulled.rejected) == (2, ())
    assert [(n.text, n.count) for n in pulled.notes] == [("row given before, used once", 1)]


def test_an_approval_id_used_for_something_else_is_set_aside(tmp_path: Path) -> None:
    row = "AUTH-1,safety,T-1,S-{},,,T-100,principal,,,,,,"
    pulled = pull_table(tmp_path, "authorizations", [row.format(1), row.format(2)])
    (bad,) = pulled.rejected
    assert (bad.line, bad.field) == (3, "authorization_id")
    assert len(pulled.facts) == 1


def test_rosters_come_whole_each_time_whatever_was_read_before(tmp_path: Path) -> None:
    first = pull_table(tmp_path, "aliases", ["T-1,a@marlow.example,,"])
    again = pull(tmp_path, already_read=first.hashes)
    assert again.facts == first.facts != ()
    assert again.coverage == ()


def test_a_table_with_only_its_headings_has_no_rows(tmp_path: Path) -> None:
    for name in HEADERS:
        if name != "communications":
            write(tmp_path / "drop" / f"{name}.csv", table(name))
    pulled = pull(tmp_path)
    assert (pulled.facts, pulled.records, pulled.rejected) == ((), 0, ())
    assert len(pulled.hashes) == 7
