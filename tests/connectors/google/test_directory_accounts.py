"""What accounts of a Google directory come to, beside a roster and as the roster."""

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
from benchmarks.pretend.google import User
from tests.connectors.google.directory_world import (
    account,
    directory,
    mail,
    mailing_list,
    pull,
    serving,
    workspace,
)

LEFT = datetime(2026, 11, 3, 2, tzinfo=UTC)  # still the evening of the 2nd in the district
NEW = datetime(2026, 11, 20, 15, tzinfo=UTC)
STAFF = (HatRole.STAFF, "10")


def read(
    tmp_path: Path, *users: User, lists: tuple[object, ...] = (), **settings: object
) -> tuple[list[Fact], dict[str, Note]]:
    world = workspace(users, lists)  # type: ignore[arg-type]  # lists are mailing lists
    with serving(world) as google:
        facts, notes = pull(directory(google, tmp_path, **settings))
        said = " ".join(map(repr, (facts, notes)))
        assert world.canary not in said
        return facts, notes


def accounts(facts: list[Fact]) -> dict[str, DirectoryAccount]:
    return {f.given_name: f for f in facts if isinstance(f, DirectoryAccount)}


def test_beside_a_roster_an_account_says_which_addresses_belong_together(tmp_path: Path) -> None:
    ana = account(
        "ana.reyes",
        person_id="T1055",
        aliases=("a.reyes@marlow.example",),
        domain_aliases=(
            "ana.reyes@marlow-schools.example",
            "ana.reyes@marlow.example.test-google-a.com",
        ),
    )
    facts, notes = read(tmp_path, ana)
    found = accounts(facts)["Ana"]
    assert found.addresses == (mail("ana.reyes"), mail("a.reyes"))
    assert (found.person_id, found.account_id) == ("T1055", f"google:{ana.id}")
    assert (found.roles, found.start, found.end, found.roles_end) == ((STAFF,), None, None, None)
    assert not [one for one in notes if "addresses" in one and "domains" in one]


def test_a_district_address_the_settings_do_not_know_is_told_and_is_nobodys_private_one(
    tmp_path: Path,
) -> None:
    ana = account("ana.reyes", aliases=("ana@marlow-k12.example", "a@marlow-k12.example"))
    facts, notes = read(tmp_path, ana)
    assert accounts(facts)["Ana"].addresses == (mail("ana.reyes"),)
    text = "addresses in domains that the settings do not name (marlow-k12.example): not used"
    assert (notes[text].count, notes[text].lost) == (2, True)


def test_the_nearest_unit_counts_and_a_unit_nobody_named_is_told(tmp_path: Path) -> None:
    roles = [
        {"ou": "/Staff", "role": "staff"},
        {"ou": "/Staff/Alder High", "role": "staff", "school": "10"},
        {"ou": "/staff/alder high/", "role": "coach", "school": "10"},
        {"ou": "/Devices", "role": "none"},
    ]
    users = (
        account("ana.reyes", "/Staff/Alder High/Gym"),
        account("ben.okafor", "/Staff/Elm"),
        account("cart.seven", "/Devices"),
        account("dora.quinn", "/Alumni", person_id="K9"),
        account("ed.fox", "/Alumni"),
    )
    facts, notes = read(tmp_path, *users, roles=roles)
    found = accounts(facts)
    assert found["Ana"].roles == (STAFF, (HatRole.COACH, "10"))
    assert found["Ben"].roles == ((HatRole.STAFF, None),)
    assert found["Cart"].roles == found["Dora"].roles == found["Ed"].roles == ()
    (unmapped,) = [note for text, note in notes.items() if "no entry of roles" in text]
    assert unmapped.count == 2  # the administrator's and Ed's; Dora has a link


def test_who_left_keeps_addresses_and_loses_roles_on_the_day(tmp_path: Path) -> None:
    users = (
        account("ana.reyes", suspended_at=LEFT),
        account("ben.okafor", archived_at=LEFT),
        account("cleo.marsh", deleted_at=LEFT),
    )
    found = accounts(read(tmp_path, *users)[0])
    day, three = date(2026, 11, 2), ("Ana", "Ben", "Cleo")
    assert [found[name].roles_end for name in three] == [day, day, day]
    assert [found[name].end for name in three] == [None, None, day]


def test_only_an_account_made_lately_says_since_when(tmp_path: Path) -> None:
    users = (account("ana.reyes", created_at=NEW), account("ben.okafor"))
    found = accounts(read(tmp_path, *users)[0])
    assert found["Ana"].start == date(2026, 11, 20)
    assert found["Ben"].start is None


def test_an_id_that_two_names_share_links_neither(tmp_path: Path) -> None:
    users = (
        account("ana.reyes", person_id="T1"),
        account("ben.okafor", person_id="T1"),
        account("cleo.marsh", person_id="T2"),
        account("cleo.marsh-coach", person_id="T2", family="Marsh"),
    )
    facts, notes = read(tmp_path, *users)
    links = [f.person_id for f in facts if isinstance(f, DirectoryAccount)]
    assert sorted(map(str, links)) == ["None", "None", "None", "T2", "T2"]
    shared = notes["accounts of different names with the same id: linked by none"]
    assert (shared.count, shared.lost) == (2, True)


def test_without_a_link_in_the_settings_nobody_is_linked(tmp_path: Path) -> None:
    facts, _ = read(tmp_path, account("ana.reyes", person_id="T1"), person_id="none")
    assert accounts(facts)["Ana"].person_id is None


def test_as_the_roster_every_account_in_a_named_unit_is_a_person(tmp_path: Path) -> None:
    users = (
        account("ana.reyes", person_id="T1"),
        account("ben.okafor", suspended_at=LEFT),
        account("cart.seven", "/Devices"),
        account("ed.fox", "/Alumni", person_id="K9"),
    )
    facts, notes = read(tmp_path, *users, roster=True)
    ben = f"google:{users[1].id}"
    assert [f for f in facts if isinstance(f, Person)] == [
        Person("T1", "Ana", "Reyes"),
        Person(ben, "Ben", "Okafor"),
    ]
    assert [f for f in facts if isinstance(f, Hat)] == [
        Hat(PersonRef("T1"), HatRole.STAFF, "10"),
        Hat(PersonRef(ben), HatRole.STAFF, "10", None, date(2026, 11, 2)),
    ]
    assert {f.address for f in facts if isinstance(f, PersonAddress)} == {
        mail("ana.reyes"),
        mail("ben.okafor"),
    }
    assert not accounts(facts)
    assert notes["accounts that no entry of roles names: no people"].count == 2


def test_a_group_adds_a_role_to_its_members_and_theirs_but_makes_nobody_an_adult(
    tmp_path: Path,
) -> None:
    roles = [
        {"ou": "/Staff", "role": "staff", "school": "10"},
        {"ou": "/Students", "role": "student", "school": "10"},
        {"group": "coaches@marlow.example", "role": "coach", "school": "10"},
    ]
    users = (
        account("ana.reyes", person_id="T1"),
        account("ben.okafor"),
        account("kim.ito", "/Students/2028"),
        account("lou.may", "/Elsewhere"),
    )
    lists = (
        mailing_list("coaches", "ana.reyes", "soccer-coaches", "kim.ito", "lou.may"),
        mailing_list("soccer-coaches", "ben.okafor", "coaches", "out@team.example"),
    )
    facts, notes = read(tmp_path, *users, roles=roles, lists=lists)
    assert [f for f in facts if isinstance(f, Hat)] == [
        Hat(PersonRef(f"google:{user.id}"), HatRole.COACH, "10") for user in users[:2]
    ]
    assert accounts(facts)["Kim"].roles == ((HatRole.STUDENT, "10"),)
    clash = "accounts on a group of another side (student or adult)"
    assert [note.lost for text, note in notes.items() if text.startswith(clash)] == [True]
    assert [note.count for text, note in notes.items() if "no role by the list" in text] == [1]


def test_an_address_that_was_given_on_brings_its_lists_to_whoever_has_it_now(tmp_path: Path) -> None:
    roles = [
        {"ou": "/Staff", "role": "staff", "school": "10"},
        {"group": "coaches@marlow.example", "role": "coach", "school": "10"},
    ]
    gone = replace(account("ana.old", deleted_at=LEFT), email="ana.reyes@marlow.example")
    now = account("ana.reyes", created_at=NEW)
    facts, _ = read(tmp_path, gone, now, roles=roles, lists=(mailing_list("coaches", "ana.reyes"),))
    coaches = [f for f in facts if isinstance(f, Hat) and f.role is HatRole.COACH]
    assert [hat.person.person_id for hat in coaches] == [f"google:{now.id}"]


def test_a_guest_is_counted_and_nobody_of_the_districts(tmp_path: Path) -> None:
    facts, notes = read(tmp_path, account("ana.reyes", guest=True))
    assert "Ana" not in accounts(facts)
    assert notes["guest accounts, of people outside: left out"].count == 1


def test_a_link_that_no_account_has_is_told(tmp_path: Path) -> None:
    linked, unlinked = account("ana.reyes", person_id="T1"), account("ben.okafor")
    for users, told in (((unlinked,), True), ((linked, unlinked), False)):
        _, notes = read(tmp_path, *users)
        said = [text for text in notes if text.startswith("no account has an id as organization")]
        assert bool(said) is told


def test_accounts_without_a_mailbox_are_counted(tmp_path: Path) -> None:
    _, notes = read(tmp_path, account("ana.reyes", has_mailbox=False))
    assert notes["accounts in use without a mailbox"].count == 1


def test_the_same_accounts_are_the_same_facts_page_for_page(tmp_path: Path) -> None:
    users = [account(f"u{n:03}.x") for n in range(30)]
    lists = [mailing_list(f"l{n:02}", *(f"u{m:03}.x" for m in range(n))) for n in range(12)]
    world = workspace(users, lists)
    with serving(world) as google:
        one, _ = pull(directory(google, tmp_path, threads=1))
        google.world = replace(world, users=world.users[::-1], groups=world.groups[::-1])
        many, _ = pull(directory(google, tmp_path, threads=8))
    assert one == many
