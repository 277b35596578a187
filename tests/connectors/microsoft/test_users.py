"""The accounts of a tenant, as every source of Microsoft's reads them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from auditor.model import Address, AddressKind
from auditor.source import Denied, Malformed
from benchmarks.pretend.microsoft import World
from benchmarks.pretend.serving import Reply
from connectors.microsoft.accounts import Accounts
from connectors.microsoft.users import (
    DEPARTMENT,
    EMPLOYEE_ID,
    TenantUser,
    addresses_of,
    moment,
    tenant_users,
)
from tests.connectors.microsoft.directory_world import (
    RULES,
    account,
    asking,
    mail,
    serving,
    tenant,
)

LEFT = datetime(2026, 11, 2, 20, tzinfo=UTC)
OWN = "extension_0123456789abcdef0123456789abcdef_sisId"
WORLD = tenant(
    [
        account(
            "ana.reyes",
            mail="Ana.Reyes@Marlow.example",
            upn="areyes@marlow.example",
            aliases=("a.reyes@marlow.example",),
            other_mails=("ana@home.example",),
            person_id="T1055",
            extensions={"extensionAttribute3": " S-9 ", OWN: "X-7"},
        ),
        account("front.desk", disabled_at=LEFT, has_mailbox=False),
        account(
            "pat.lund",
            upn="pat_lund.example#EXT#@marlow.example",
            mail="pat@lund.example",
            kind="Guest",
        ),
        account("dora.quinn", deleted_at=LEFT),
    ]
)


def read(
    folder: Path, world: World = WORLD, *, link: str | None = EMPLOYEE_ID, deleted: bool = False
) -> list[TenantUser]:
    with serving(world) as microsoft, asking(microsoft, folder) as graph:
        found = tenant_users(graph, link=link, names=True, also=[DEPARTMENT], deleted=deleted)
        users = list(found)
        fields = str(microsoft.asked[-1].query["$select"])
    for never in ("otherMails", "Phone", "birthday", "photo", "address,"):
        assert never not in fields
    return users


def test_accounts_come_with_every_address_and_what_is_known_of_their_state(tmp_path: Path) -> None:
    ana, desk, pat = read(tmp_path)
    assert ana.addresses == ("ana.reyes@marlow.example", "a.reyes@marlow.example")
    assert ana.user_principal_name == "areyes@marlow.example"
    assert (ana.person_id, ana.given_name, ana.family_name) == ("T1055", "Ana", "Reyes")
    assert (ana.department, ana.enabled, ana.guest) == ("Alder High", True, False)
    assert (desk.addresses, desk.enabled, desk.person_id) == ((), False, None)
    assert (pat.guest, pat.addresses) == (True, ("pat@lund.example",))


def test_deleted_accounts_are_a_question_of_their_own(tmp_path: Path) -> None:
    (dora,) = read(tmp_path, deleted=True)
    assert dora.user_principal_name == "dora.quinn@marlow.example"
    assert (dora.given_name, dora.deleted_at) == ("Dora", LEFT)


@pytest.mark.parametrize(
    ("link", "expected"), [("extensionAttribute3", "S-9"), (OWN, "X-7"), (None, None)]
)
def test_the_link_to_the_roster_is_where_the_settings_say(
    link: str | None, expected: str | None, tmp_path: Path
) -> None:
    ana, *others = read(tmp_path, link=link)
    assert ana.person_id == expected
    assert {one.person_id for one in others} == {None}


def test_only_what_is_an_e_mail_counts_as_an_address() -> None:
    record = {
        "mail": "Box@Marlow.example",
        "proxyAddresses": [
            "smtp:z@marlow.example",
            "SIP:box@marlow.example",
            "x500:/o=Marlow/cn=box",
            "SMTP:main@marlow.example",
            "smtp:nobody",
            "",
            None,
            "smtp:a@marlow.example",
        ],
    }
    assert addresses_of(record) == (
        "main@marlow.example",
        "box@marlow.example",
        "a@marlow.example",
        "z@marlow.example",
    )
    assert addresses_of({}) == ()


def test_an_account_twice_on_two_pages_is_one(tmp_path: Path) -> None:
    with serving(WORLD) as microsoft, asking(microsoft, tmp_path) as graph:
        microsoft.faults.plan("users.list", "item twice")
        users = list(tenant_users(graph))
        assert microsoft.faults.done
    assert len(users) == len({user.id for user in users}) == 3


def test_an_account_without_a_sign_in_name_is_no_answer_to_go_on_from(tmp_path: Path) -> None:
    world = tenant([account("ana.reyes", upn="")])
    with serving(world) as microsoft, asking(microsoft, tmp_path) as graph:
        with pytest.raises(Malformed, match="no id or no sign-in name"):
            list(tenant_users(graph))
        microsoft.mistakes.clear()


def test_a_tenant_of_nobody_is_none(tmp_path: Path) -> None:
    with serving(WORLD) as microsoft, asking(microsoft, tmp_path) as graph:
        microsoft.faults.say("users.list", Reply(b'{"value": []}'))
        with pytest.raises(Denied, match="no account at all"):
            list(tenant_users(graph))


def test_ids_and_sign_in_names_are_whose_they_are(tmp_path: Path) -> None:
    ana, desk, pat, dora = WORLD.users
    world = replace(WORLD, users=(ana, desk, pat, dora))
    with serving(world) as microsoft, asking(microsoft, tmp_path) as graph:
        accounts = Accounts.read(graph, RULES)
    assert accounts.address(ana.id.upper()) == mail("ana.reyes")
    assert accounts.address(dora.id) == mail("dora.quinn")
    assert accounts.address(desk.id) == mail("front.desk")
    assert accounts.address("00000000-0000-4000-8000-000000000000") is None
    assert accounts.named("AReyes@marlow.example") == mail("ana.reyes")
    assert accounts.named(pat.upn) == Address(AddressKind.EMAIL, "pat@lund.example")
    assert accounts.named("kim@elsewhere.example") == mail("kim@elsewhere.example")
    assert accounts.named("nobody") is None


def test_a_time_that_is_none_is_none() -> None:
    assert moment("soon") is None
    assert moment(None) is None
    assert moment("2026-11-02T20:00:00Z") == LEFT
