"""What accounts of a Microsoft directory come to, beside a roster and as the roster."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from auditor.model import (
    DirectoryAccount,
    Hat,
    HatRole,
    Person,
    PersonAddress,
    PersonRef,
)
from auditor.records import Fact
from auditor.source import Note
from benchmarks.pretend.microsoft import Group, User
from tests.connectors.microsoft.directory_world import (
    account,
    directory,
    group,
    mail,
    pull,
    serving,
    tenant,
)

LEFT = datetime(2026, 11, 3, 2, tzinfo=UTC)  # still the evening of the 2nd in the district
NEW = datetime(2026, 11, 20, 15, tzinfo=UTC)
STAFF = (HatRole.STAFF, "10")
DISABLED = "accounts that nobody can sign in to any more: no role from tonight on"


def read(
    tmp_path: Path, *users: User, groups: tuple[Group, ...] = (), **settings: object
) -> tuple[list[Fact], dict[str, Note]]:
    world = tenant(users, groups)
    with serving(world) as microsoft:
        facts, notes = pull(directory(microsoft, tmp_path, **settings))
        said = " ".join(map(repr, (facts, notes)))
        assert world.canary not in said
        return facts, notes


def accounts(facts: list[Fact]) -> dict[str, DirectoryAccount]:
    return {f.given_name: f for f in facts if isinstance(f, DirectoryAccount)}


def test_beside_a_roster_an_account_says_which_addresses_belong_together(tmp_path: Path) -> None:
    ana = account(
        "ana.reyes",
        person_id="T1055",
        upn="areyes@marlow.example",
        mail="ana.reyes@marlow.example",
        aliases=("a.reyes@marlow.example", "ana.reyes@marlow-schools.example"),
        other_mails=("ana@home.example",),
    )
    facts, notes = read(tmp_path, ana)
    found = accounts(facts)["Ana"]
    assert found.addresses == (mail("ana.reyes"), mail("a.reyes"), mail("areyes"))
    assert (found.person_id, found.account_id) == ("T1055", f"microsoft:{ana.id}")
    assert (found.roles, found.start, found.end, found.roles_end) == ((STAFF,), None, None, None)
    assert not [one for one in notes if "addresses" in one and "domains" in one]


def test_a_sign_in_name_that_is_anothers_address_is_not_ones_own(tmp_path: Path) -> None:
    users = (
        account("ana.reyes", upn="office@marlow.example", mail="ana.reyes@marlow.example"),
        account("ben.okafor", aliases=("office@marlow-schools.example",)),
        account("cleo.marsh", upn="cleo@login.example", has_mailbox=False),
        account("dora.quinn", has_mailbox=False),
    )
    found = accounts(read(tmp_path, *users)[0])
    assert found["Ana"].addresses == (mail("ana.reyes"),)
    assert found["Ben"].addresses == (mail("ben.okafor"), mail("office"))
    assert found["Cleo"].addresses == ()
    assert found["Dora"].addresses == (mail("dora.quinn"),)


def test_a_district_address_the_settings_do_not_know_is_told_and_is_nobodys_private_one(
    tmp_path: Path,
) -> None:
    ana = account("ana.reyes", aliases=("ana@marlow.onmicrosoft.example",))
    facts, notes = read(tmp_path, ana)
    assert accounts(facts)["Ana"].addresses == (mail("ana.reyes"),)
    text = "addresses in domains that the settings do not name (marlow.onmicrosoft.example)"
    assert (notes[f"{text}: not used"].count, notes[f"{text}: not used"].lost) == (1, True)


def test_the_entry_that_says_most_closely_who_is_meant_counts(tmp_path: Path) -> None:
    roles = [
        {"department": "Alder High", "role": "staff", "school": "10"},
        {"department": "alder high", "role": "coach", "school": "10"},
        {"department": "Alder High", "employee_type": "student", "role": "student"},
        {"domain": "students.marlow.example", "role": "student"},
        {"office": "B 12", "role": "none"},
    ]
    users = (
        account("ana.reyes"),
        account("kim.ito", employee_type="Student"),
        account("lou.may", "", upn="lou@students.marlow.example"),
        account("cart.seven", "", office="B 12"),
        account("ed.fox", "Alumni"),
        account("fay.lind", "Alumni", person_id="K9"),
        account("gus.orr", office="B 12"),
    )
    facts, notes = read(tmp_path, *users, roles=roles)
    found = accounts(facts)
    assert found["Ana"].roles == (STAFF, (HatRole.COACH, "10"))
    assert found["Kim"].roles == found["Lou"].roles == ((HatRole.STUDENT, None),)
    assert found["Cart"].roles == found["Ed"].roles == found["Fay"].roles == ()
    assert found["Gus"].roles == (STAFF, (HatRole.COACH, "10"))  # "none" takes nothing away
    (unmapped,) = [note for text, note in notes.items() if "no entry of roles" in text]
    assert unmapped.count == 1


def test_entries_that_make_one_account_both_student_and_adult_make_it_neither(
    tmp_path: Path,
) -> None:
    roles = [
        {"department": "Alder High", "role": "staff"},
        {"employee_type": "Student", "role": "student"},
    ]
    facts, notes = read(tmp_path, account("kim.ito", employee_type="Student"), roles=roles)
    assert accounts(facts)["Kim"].roles == ()
    note = notes["accounts that entries of roles make both student and adult: no role"]
    assert (note.count, note.lost) == (1, True)


def test_who_cannot_sign_in_has_no_role_and_a_shared_mailbox_keeps_its_own(tmp_path: Path) -> None:
    users = (
        account("ana.reyes", disabled_at=LEFT),
        account("front.desk", "Offices", disabled_at=LEFT),
        account("cleo.marsh", deleted_at=LEFT),
        account("help.desk", "Offices", deleted_at=LEFT),
    )
    facts, notes = read(tmp_path, *users)
    found = accounts(facts)
    assert (found["Ana"].roles, found["Ana"].addresses) == ((), (mail("ana.reyes"),))
    assert found["Front"].roles == ((HatRole.SYSTEM, None),)
    day = date(2026, 11, 2)
    assert (found["Cleo"].roles, found["Cleo"].roles_end, found["Cleo"].end) == (
        (STAFF,),
        day,
        day,
    )
    assert (found["Cleo"].addresses, found["Help"].roles_end) == ((mail("cleo.marsh"),), day)
    assert (notes[DISABLED].count, notes[DISABLED].lost) == (1, False)


def test_only_an_account_made_lately_says_since_when(tmp_path: Path) -> None:
    users = (account("ana.reyes", created_at=NEW), account("ben.okafor"))
    found = accounts(read(tmp_path, *users)[0])
    assert found["Ana"].start == date(2026, 11, 20)
    assert found["Ben"].start is None


def test_as_the_roster_every_account_with_a_role_is_a_person(tmp_path: Path) -> None:
    users = (
        account("ana.reyes", person_id="T1"),
        account("ben.okafor", disabled_at=LEFT),
        account("cart.seven", "Devices"),
        account("ed.fox", "Alumni", person_id="K9"),
    )
    facts, notes = read(tmp_path, *users, roster=True)
    ben = f"microsoft:{users[1].id}"
    assert [f for f in facts if isinstance(f, Person)] == [
        Person("T1", "Ana", "Reyes"),
        Person(ben, "Ben", "Okafor"),
    ]
    assert [f for f in facts if isinstance(f, Hat)] == [Hat(PersonRef("T1"), *STAFF)]
    assert {f.address for f in facts if isinstance(f, PersonAddress)} == {
        mail("ana.reyes"),
        mail("ben.okafor"),
    }
    assert not accounts(facts)
    assert notes["accounts that no entry of roles names: no people"].count == 1


def test_a_mailing_list_adds_a_role_and_makes_nobody_an_adult(tmp_path: Path) -> None:
    roles = [
        {"department": "Alder High", "role": "staff", "school": "10"},
        {"employee_type": "Student", "role": "student", "school": "10"},
        {"group": "coaches@marlow.example", "role": "coach", "school": "10"},
    ]
    users = (
        account("ana.reyes"),
        account("ben.okafor"),
        account("kim.ito", "", employee_type="Student"),
        account("lou.may", "Elsewhere"),
    )
    groups = (
        group("coaches", "ana.reyes", "soccer-coaches", "kim.ito", "lou.may"),
        group("soccer-coaches", "ben.okafor", "coaches", "out@team.example"),
    )
    facts, notes = read(tmp_path, *users, roles=roles, groups=groups)
    assert [f for f in facts if isinstance(f, Hat)] == [
        Hat(PersonRef(f"microsoft:{user.id}"), HatRole.COACH, "10") for user in users[:2]
    ]
    assert accounts(facts)["Kim"].roles == ((HatRole.STUDENT, "10"),)
    clash = "accounts on a group of another side (student or adult)"
    assert [note.lost for text, note in notes.items() if text.startswith(clash)] == [True]
    assert [note.count for text, note in notes.items() if "no role by the list" in text] == [1]


def test_a_security_group_that_only_administrators_fill_is_a_place_of_its_own(
    tmp_path: Path,
) -> None:
    users = (account("ana.reyes", ""), account("ben.okafor", ""), account("lou.may", ""))
    club = group("club", "lou.may", unified=True)
    rights = replace(group("all-staff", "ana.reyes", "inner", "club"), email="")
    inner = replace(group("inner", "ben.okafor"), email="inner@marlow.example")
    roles = [
        {"group": rights.id.upper(), "role": "staff", "school": "10"},
        {"group": "nobody@marlow.example", "role": "coach"},
    ]
    facts, notes = read(tmp_path, *users, groups=(rights, inner, club), roles=roles)
    found = accounts(facts)
    assert found["Ana"].roles == (STAFF,)
    # whoever may put people on the list inside would make them staff
    assert found["Ben"].roles == found["Lou"].roles == ()
    assert "nobody@marlow.example has a role in the settings and is no group of Microsoft's" in notes


def test_a_guest_is_counted_and_nobody_of_the_districts(tmp_path: Path) -> None:
    pat = account("pat.lund", mail="pat@lund.example", kind="Guest")
    facts, notes = read(tmp_path, pat, account("ana.reyes"))
    assert "Pat" not in accounts(facts)
    assert notes["guest accounts, of people outside: left out"].count == 1
    assert not [text for text in notes if "lund.example" in text]


def test_a_link_that_no_account_has_is_told(tmp_path: Path) -> None:
    linked, unlinked = account("ana.reyes", person_id="T1"), account("ben.okafor")
    for users, told in (((unlinked,), True), ((linked, unlinked), False)):
        _, notes = read(tmp_path, *users)
        said = [text for text in notes if text.startswith("no account has an id as employeeId")]
        assert bool(said) is told


def test_the_same_accounts_are_the_same_facts_page_for_page(tmp_path: Path) -> None:
    users = [account(f"u{n:03}.x") for n in range(30)]
    groups = [group(f"l{n:02}", *(f"u{m:03}.x" for m in range(n))) for n in range(12)]
    world = tenant(users, groups)
    with serving(world) as microsoft:
        one, _ = pull(directory(microsoft, tmp_path, threads=1))
        microsoft.world = replace(world, users=world.users[::-1], groups=world.groups[::-1])
        many, _ = pull(directory(microsoft, tmp_path, threads=8))
    assert one == many
