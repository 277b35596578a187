"""Whose an account is, by its id, its address or its number alone: no two people by one."""

from __future__ import annotations

import pytest

from auditor.keys import AddressRules
from connectors.numbered import Addresses, Holder

RULES = AddressRules(frozenset({"marlow.example"}), {"old.example": "marlow.example"})


def named(*holders: Holder, by_id: bool = True) -> list[str]:
    addresses = Addresses(holders, RULES, by_id=by_id, vendor="moodle")
    found = [addresses.address(one.number) for one in holders]
    assert addresses.by_number == {
        one.number for one in holders if addresses.known(one.number) is None
    }
    return [one.text for one in found if one is not None]


@pytest.mark.parametrize("domain", ["home.example", "marlow.example"])
def test_an_address_that_two_accounts_bear_names_neither(domain: str) -> None:
    kit = Holder("5", "", f"mum@{domain}", "Kit", "Lowe")
    ada = Holder("6", "", f"Mum@{domain}", "Ada", "Lowe")
    assert named(kit, ada) == ["moodle:5", "moodle:6"]


def test_two_spellings_of_one_address_are_one() -> None:
    kit = Holder("5", "", "lowe@marlow.example", "Kit", "Lowe")
    ada = Holder("6", "", "lowe@old.example", "Ada", "Lowe")
    assert named(kit, ada) == ["moodle:5", "moodle:6"]


def test_an_address_of_another_domain_names_the_account_by_its_number() -> None:
    assert named(Holder("5", "", "mum@home.example", "Kit", "Lowe")) == ["moodle:5"]
    assert named(Holder("5", "S-1", "mum@home.example", "Kit", "Lowe")) == ["S-1"]


def test_a_shared_id_leaves_the_address_and_two_accounts_of_one_name_are_ones() -> None:
    ana = Holder("1", "T-1", "ana@marlow.example", "Ana", "Reyes")
    ben = Holder("2", "T-1", "ben@marlow.example", "Ben", "Reyes")
    assert named(ana, ben) == ["ana@marlow.example", "ben@marlow.example"]
    again = Holder("3", "", "ana@marlow.example", "ana", "reyes ")
    assert named(ana, again, by_id=False) == ["ana@marlow.example"] * 2


def test_accounts_without_a_name_are_not_one_persons() -> None:
    assert named(Holder("1", "T-1", "", "", ""), Holder("2", "T-1", "", "", "")) == [
        "moodle:1",
        "moodle:2",
    ]


def test_a_number_that_no_account_has_stands_for_nobody() -> None:
    assert Addresses([], RULES, by_id=True, vendor="moodle").address("9") is None
