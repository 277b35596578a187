"""Whose the accounts of a directory are: found by id or address, never by likeness."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from auditor.directory import State
from auditor.model import (
    DirectoryAccount,
    GroupMember,
    Hat,
    HatRole,
    PersonRef,
    RosterFact,
    UnreadList,
)
from auditor.result import Unmatched
from tests.auditor.directory_world import (
    DAY,
    KEYS,
    SIS,
    TODAY,
    VARSITY,
    address,
    address_key,
    athlete,
    mail,
    on_record,
    person,
    ref,
    register,
    take,
)

DANA = KEYS.person("t1")
STAFF = ((HatRole.STAFF, "s1"),)


def account(
    number: str,
    *addresses: str,
    name: str = "Dana Whit",
    person_id: str | None = None,
    roles: tuple[tuple[HatRole, str | None], ...] = (),
    roles_end: date | None = None,
) -> DirectoryAccount:
    given, _, family = name.partition(" ")
    texts = tuple(mail(f"{one}@marlow.example") for one in addresses)
    return DirectoryAccount(
        f"google:{number}", texts, given, family, person_id, roles, roles_end=roles_end
    )


def night(
    *facts: RosterFact, before: State | None = None, sis: list[RosterFact] = SIS, later: int = 0
) -> tuple[State, list[Unmatched]]:
    """Return what is on record after a night with the roster and a directory, and the unmatched."""
    done = take(before or State(), {"sis": sis, "google": facts}, DAY + later)
    return done.state, list(done.unmatched)


def owners(state: State, text: str, day: int = DAY) -> set[int]:
    found = register(state).people_at(address_key(f"{text}@marlow.example"), day)
    return {person for person, _ in found}


def hats(state: State, person: int) -> list[tuple[object, object]]:
    rows = on_record(state, "hat")
    return [(r["role"], r["source"]) for r in rows if r["person_key"] == person]


@pytest.mark.parametrize("by", ["id", "address"])
def test_an_account_of_somebody_in_the_roster_adds_its_addresses_and_no_role(by: str) -> None:
    one = account(
        "1",
        "t1",
        "dana.alias",
        person_id="t1" if by == "id" else None,
        roles=((HatRole.STUDENT, "s1"),),
    )
    state, unmatched = night(one)
    assert owners(state, "dana.alias") == owners(state, "t1") == {DANA}
    assert hats(state, DANA) == [("staff", "sis")]
    assert KEYS.person("google:1") not in state.latest["person"]
    assert unmatched == []


def test_only_who_is_in_no_roster_is_a_person_of_its_own() -> None:
    state, unmatched = night(account("7", "pat.lee", name="Pat Lee", roles=STAFF))
    own = KEYS.person("google:7")
    assert owners(state, "pat.lee") == {own}
    assert hats(state, own) == [("staff", "google")]
    assert register(state).person(own, DAY).given_name == "Pat"
    assert unmatched == []


def test_an_account_nobody_knows_and_without_a_role_is_nobodys_and_no_fault() -> None:
    state, unmatched = night(account("8", "printer", "scanner", name=""))
    assert owners(state, "scanner") == set()
    assert unmatched == []


@pytest.mark.parametrize(
    ("name", "taken"), [("Dana Miller", True), ("Dee Whit", True), ("", True), ("Sam Okoro", False)]
)
def test_a_link_to_somebody_of_quite_another_name_is_listed_and_not_believed(
    name: str, taken: bool
) -> None:
    state, unmatched = night(account("1", "new.one", name=name, person_id="t1", roles=STAFF))
    assert owners(state, "new.one") == ({DANA} if taken else set())
    if not taken:
        (one,) = unmatched
        assert (one.kind, one.reference) == ("account", "person_id t1")
        assert "quite another name" in one.reason
        assert "Dana" not in repr(one)


def test_an_address_of_somebody_of_quite_another_name_links_to_nobody() -> None:
    state, unmatched = night(account("1", "t1", "front.desk", name="Front Office", roles=STAFF))
    assert owners(state, "front.desk") == set()
    assert owners(state, "t1") == {DANA}
    assert [(one.kind, one.reference) for one in unmatched] == [("account", "t…@marlow.example")]


def test_who_had_an_address_before_is_not_who_has_it_now() -> None:
    old = DirectoryAccount(
        "google:1", (mail("j.fox@marlow.example"),), "Jan", "Fox", None, STAFF, end=TODAY
    )
    new = DirectoryAccount(
        "google:2",
        (mail("j.fox@marlow.example"),),
        "Jo",
        "Fox",
        None,
        STAFF,
        start=TODAY + timedelta(days=1),
    )
    state, unmatched = night(old, new)
    assert owners(state, "j.fox") == {KEYS.person("google:1")}
    assert owners(state, "j.fox", DAY + 1) == {KEYS.person("google:2")}
    assert unmatched == []


def test_a_link_to_an_id_nobody_has_is_listed_and_not_found_out_otherwise() -> None:
    state, unmatched = night(account("1", "t1", "dana.alias", person_id="t99", roles=STAFF))
    assert owners(state, "dana.alias") == set()
    assert [(one.kind, one.reason) for one in unmatched] == [("account", "is not in any roster")]


def test_an_address_that_two_people_of_the_roster_have_links_to_neither() -> None:
    both = [*SIS, address("t1", "office@marlow.example"), address("k1", "office@marlow.example")]
    state, unmatched = night(account("1", "office", "front.desk", roles=STAFF), sis=both)
    assert owners(state, "front.desk") == set()
    assert [(one.kind, one.reason) for one in unmatched] == [("account", "fits 2 people")]


def test_two_directories_do_not_make_two_people_of_one() -> None:
    first = account("7", "pat.lee", name="Pat Lee", roles=STAFF)
    addresses = (*first.addresses, mail("pl@marlow.example"))
    second = DirectoryAccount("other:3", addresses, "Pat", "Lee", None, STAFF)
    state = take(State(), {"sis": SIS, "google": [first], "other": [second]}).state
    assert owners(state, "pl") == owners(state, "pat.lee") == {KEYS.person("google:7")}


def test_a_source_may_name_the_holder_by_the_accounts_id() -> None:
    coach = Hat(ref("google:1"), HatRole.COACH, "s1")
    refused = Hat(ref("google:2"), HatRole.COACH, "s1")
    wrong = account("2", "x", name="Ed Fox", person_id="t99")
    state, unmatched = night(account("1", "t1", person_id="t1"), wrong, coach, refused)
    assert sorted(hats(state, DANA)) == [("coach", "google"), ("staff", "sis")]
    assert {(one.kind, one.reference) for one in unmatched} == {
        ("account", "person_id t99"),
        ("coach", "person_id t99"),
    }


def test_others_find_a_person_of_the_directorys_by_address() -> None:
    pat = account("7", "pat.lee", name="Pat Lee", roles=((HatRole.STUDENT, "s1"),))
    listed = [VARSITY, athlete(PersonRef(email="pat.lee@marlow.example"))]
    done = take(State(), {"lists": listed, "sis": SIS, "google": [pat]})
    assert done.unmatched == ()
    assert set(register(done.state).roster(KEYS.team("v"), DAY)) == {KEYS.person("google:7")}


def test_who_joins_the_roster_later_is_that_person_from_then_on() -> None:
    pat = account("7", "pat.lee", name="Pat Lee", roles=STAFF)
    state, _ = night(pat)
    joined = [*SIS, *person("t9", "Pat Lee"), address("t9", "pat.lee@marlow.example")]
    state, unmatched = night(pat, before=state, sis=joined, later=3)
    assert owners(state, "pat.lee", DAY) == {KEYS.person("google:7")}
    assert owners(state, "pat.lee", DAY + 3) == {KEYS.person("t9")}
    assert unmatched == []


def test_the_end_of_an_account_ends_its_roles_and_not_its_past() -> None:
    left = TODAY - timedelta(days=2)
    gone = account("7", "pat.lee", name="Pat Lee", roles=STAFF, roles_end=left)
    state, _ = night(gone)
    state, _ = night(gone, before=state, later=1)
    own = KEYS.person("google:7")
    answers = register(state)
    assert answers.holds(own, HatRole.STAFF, DAY - 2)
    assert not answers.holds(own, HatRole.STAFF, DAY - 1)
    assert owners(state, "pat.lee") == {own}


def test_members_of_a_list_that_could_not_be_read_stay_on_it() -> None:
    staff, team = mail("staff@marlow.example"), mail("team@marlow.example")
    on_both = [GroupMember(group, mail("t1@marlow.example")) for group in (staff, team)]
    state, _ = night(*on_both)
    state, _ = night(UnreadList(staff), before=state, later=2)
    until = {r["group_key"]: r["until_day"] for r in on_record(state, "group_member")}
    assert until[KEYS.address(team)] == DAY + 2
    assert int(str(until[KEYS.address(staff)])) > DAY + 1000
