"""Parents from a contacts file: known by an address alone, and never by a number of that file."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from auditor.directory import State
from auditor.model import (
    Address,
    AddressKind,
    DirectoryAccount,
    GuardianLink,
    HatRole,
    Message,
    PersonRef,
)
from auditor.records import StateFact
from tests.auditor.directory_world import KEYS, SIS, address_key, take
from tests.connectors.tables_world import pull, write

HEADINGS = "student,first_name,last_name,email,start,end"


def parents(base: Path, *rows: str) -> list[StateFact]:
    write(base / "drop/guardians.csv", "\n".join((HEADINGS, *rows, "")))
    return [fact for fact in pull(base, kind="guardians").facts if not isinstance(fact, Message)]


def test_a_parent_is_an_account_with_an_address_and_a_child(tmp_path: Path) -> None:
    account, link = parents(tmp_path, "S-1,Robin,Sample,Robin.Sample@home.example,2026-08-24,")
    assert isinstance(account, DirectoryAccount)
    assert account.addresses == (Address(AddressKind.EMAIL, "robin.sample@home.example"),)
    assert account.roles == ((HatRole.GUARDIAN, None),)
    assert (account.person_id, "robin" in account.account_id) == (None, False)
    assert link == GuardianLink(
        PersonRef(person_id="S-1"), PersonRef(person_id=account.account_id), date(2026, 8, 24)
    )


def test_one_parent_of_two_children_is_one(tmp_path: Path) -> None:
    rows = [f"S-{n},Robin,Sample,robin@home.example,," for n in (1, 2)]
    facts = parents(tmp_path, *rows)
    assert len({fact for fact in facts if isinstance(fact, DirectoryAccount)}) == 1
    assert len([fact for fact in facts if isinstance(fact, GuardianLink)]) == 2


def test_an_address_two_parents_share_is_the_firsts_alone(tmp_path: Path) -> None:
    write(
        tmp_path / "drop/guardians.csv",
        f"{HEADINGS}\nS-1,Robin,Sample,us@home.example,,\nS-1,Ray,Sample,us@home.example,,\n",
    )
    pulled = pull(tmp_path)
    assert [(bad.line, bad.field) for bad in pulled.rejected] == [(3, "email")]
    assert len(pulled.facts) == 2


def test_a_parent_is_whom_the_roster_has_under_that_address_or_somebody_new(tmp_path: Path) -> None:
    facts = parents(
        tmp_path, "k1,Dana,Whit,t1@marlow.example,,", "k2,New,Parent,new@home.example,,"
    )
    out = take(State(), {"sis": SIS, "contacts": facts})
    assert out.unmatched == ()
    rows = {tuple(row[:2]) for row in out.state.dated["guardian"]}
    (new,) = {row[0] for row in rows if row[1] == KEYS.person("k2")}
    assert (KEYS.person("t1"), KEYS.person("k1")) in rows
    assert new not in {KEYS.person(one) for one in ("t1", "k1", "k2")}
    assert {row[1] for row in out.state.dated["address"] if row[0] == address_key("new@home.example")} == {new}


def test_an_address_that_is_somebodys_of_another_name_makes_nobody_a_parent(tmp_path: Path) -> None:
    facts = parents(tmp_path, "k1,Quite,Another,t1@marlow.example,,")
    out = take(State(), {"sis": SIS, "contacts": facts})
    assert out.state.dated["guardian"] == {}
    assert {one.source for one in out.unmatched} == {"contacts"}
