"""The settings of a Microsoft directory, and what `auditor check` holds against Microsoft's word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from auditor.source import CheckResult, FactKind, Malformed, Window
from benchmarks.pretend.microsoft import A1, CONSENTED, School, World, guid
from tests.connectors.microsoft.directory_world import (
    NOW,
    account,
    configured,
    directory,
    group,
    serving,
    tenant,
)

GOOD: dict[str, object] = {"tenant": "marlow.example", "client": "1", "certificate": "c.pem"}
ROLE: dict[str, object] = {"department": "Staff", "role": "staff"}
COACHES = group("coaches", "ana.reyes")
WORLD = tenant(
    [account("ana.reyes")],
    [COACHES],
    domains=("marlow-schools.example",),
    schools=(School(guid("s"), "10", "Alder High"),),
)

WRONG: tuple[tuple[str, Mapping[str, object], str], ...] = (
    ("roster", {"roster": "yes"}, "roster must be true or false"),
    ("roster alone", {"roster": True}, "roster needs roles"),
    ("link", {"person_id": "extensionAttribute16"}, "person_id must be"),
    ("education", {"education": 1}, "education must be true or false"),
    ("guardians", {"guardians": "all"}, "guardians must be true or false"),
    ("cloud", {"education": True, "cloud": "us-government"}, "cloud has no education roster"),
    ("threads", {"threads": 33}, "threads must be a whole number from 1 to 32"),
    ("table", {"roles": {"Staff": "staff"}}, "roles must be a list"),
    ("entry", {"roles": ["staff"]}, "roles entry 1 must have group or department"),
    ("neither", {"roles": [{"role": "staff"}]}, "roles entry 1 must have either group, or"),
    ("both", {"roles": [ROLE | {"group": "a@b.example"}]}, "roles entry 1 must have either"),
    ("role", {"roles": [ROLE, {"office": "X", "role": "guardian"}]}, "roles entry 2: role must be"),
    ("group", {"roles": [{"group": "staff", "role": "staff"}]}, "roles entry 1: group must be"),
    ("domain", {"roles": [{"domain": "@x", "role": "staff"}]}, "roles entry 1: domain must be"),
    ("part", {"roles": [{"education": "none", "role": "staff"}]}, "roles entry 1: education must"),
    ("blank", {"roles": [ROLE | {"school": " "}]}, "roles entry 1: school must be text"),
    ("unit", {"roles": [ROLE | {"ou": "/Staff"}]}, "roles entry 1: ou is no part"),
    (
        "student and adult",
        {"roles": [ROLE, {"department": "staff", "role": "student"}]},
        "roles say of department staff both staff and student",
    ),
    (
        "somebody and nobody",
        {"roles": [ROLE, ROLE | {"role": "none"}]},
        "roles say of department staff both staff and none",
    ),
)


@pytest.mark.parametrize(("settings", "words"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_a_mistake_is_named_with_its_setting(
    tmp_path: Path, settings: Mapping[str, object], words: str
) -> None:
    with pytest.raises(ValueError, match=r"^roles|^" + words.partition(" ")[0]) as caught:
        configured(tmp_path, {**GOOD, **settings})
    assert words in str(caught.value)


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    wrong = {"tenant": 3, "colour": "red", "roster": 1, "threads": "many", "roles": [{}]}
    with pytest.raises(ValueError, match="tenant") as caught:
        configured(tmp_path, wrong)
    begins = {part.split(" ")[0] for part in str(caught.value).split("; ")}
    assert begins == {*wrong, "client", "certificate"}


def test_two_hats_in_one_place_are_no_contradiction(tmp_path: Path) -> None:
    several = [ROLE, ROLE | {"role": "coach"}, ROLE | {"employee_type": "X", "role": "student"}]
    configured(tmp_path, GOOD | {"roles": several})


def test_what_it_provides_goes_by_what_is_asked_for(tmp_path: Path) -> None:
    plain = {FactKind.PEOPLE, FactKind.GROUPS}
    assert configured(tmp_path, GOOD).provides == plain
    more = GOOD | {"education": True, "guardians": True}
    assert configured(tmp_path, more).provides == plain | {FactKind.CLASSES, FactKind.GUARDIANS}


# ---- check ---------------------------------------------------------------------------------


def check(
    tmp_path: Path,
    world: World = WORLD,
    *,
    without: tuple[str, ...] = (),
    more: tuple[str, ...] = (),
    **settings: object,
) -> list[CheckResult]:
    with serving(world) as microsoft:
        microsoft.consented = {*CONSENTED, *more} - {*without}
        lines = directory(microsoft, tmp_path, **settings).check()
        asked = {one.endpoint for one in microsoft.asked}
        assert not [name for name in asked if "user" in name or "member" in name]
    assert all(one.cure for one in lines if not one.ok)
    return lines


def failing(lines: list[CheckResult]) -> list[str]:
    return [one.text for one in lines if not one.ok]


def said(lines: list[CheckResult]) -> str:
    return "; ".join(one.text for one in lines)


def test_a_directory_as_it_should_be_has_no_fault_and_nobody_is_looked_at(tmp_path: Path) -> None:
    roles = [ROLE, {"group": "Coaches@marlow.example", "role": "coach"}]
    roles.append({"group": COACHES.id, "role": "coach"})
    lines = check(tmp_path, roles=roles, education=True)
    assert failing(lines) == []
    assert "the settings name every domain of Microsoft's: 2" in said(lines)
    assert "sign-ins can be read; School Data Sync is in it" in said(lines)
    hidden, contacts = "groups that hide their members", "contacts on mailing lists"
    assert hidden in said(lines)
    assert contacts not in said(lines)  # Directory.Read.All shows them
    lines = check(tmp_path, more=("Member.Read.Hidden",), without=("Directory.Read.All",))
    assert hidden not in said(lines)
    assert contacts in said(lines)


def test_domains_that_only_microsoft_knows_are_a_fault_with_the_line_to_add(
    tmp_path: Path,
) -> None:
    world = replace(WORLD, domains=("marlow.onmicrosoft.example",))
    (line,) = [one for one in check(tmp_path, world) if not one.ok]
    assert line.text.endswith("do not name: marlow.onmicrosoft.example")
    assert 'Add to domains in [district]: "marlow.onmicrosoft.example"' in str(line.cure)


def test_a_group_that_is_none_is_named(tmp_path: Path) -> None:
    other = guid("other")
    roles = [{"group": g, "role": "coach"} for g in ("gone@marlow.example", other)]
    (text,) = failing(check(tmp_path, roles=roles))
    assert text == f"roles names groups that Microsoft does not have: gone@marlow.example, {other}"


def test_a_permission_that_is_missing_is_named_and_nothing_more_is_asked(tmp_path: Path) -> None:
    lines = check(tmp_path, without=("GroupMember.Read.All",))
    assert [one.text for one in lines] == ["permissions not granted: GroupMember.Read.All"]
    lines = check(tmp_path, without=("EduRoster.Read.All",), guardians=True)
    assert [one.text for one in lines] == ["permissions not granted: EduRoster.Read.All"]


def test_a_permission_to_do_more_than_read_is_a_fault(tmp_path: Path) -> None:
    (text,) = failing(check(tmp_path, more=("Mail.ReadWrite", "Directory.ReadWrite.All")))
    assert text == "the token carries more than is needed: Directory.ReadWrite.All, Mail.ReadWrite"


def test_a_roster_that_is_not_there_is_a_fault_where_it_is_wanted(tmp_path: Path) -> None:
    world = replace(WORLD, edition=replace(A1, classes=False))
    assert failing(check(tmp_path, world)) == []
    assert failing(check(tmp_path, world, education=True)) == [
        "the education roster has no school in it"
    ]
    assert "sign-ins cannot be read (no Entra ID P1)" in said(check(tmp_path, world))


def test_licences_that_are_not_told_are_no_fault(tmp_path: Path) -> None:
    with serving(WORLD) as microsoft:
        microsoft.faults.plan("subscribedSkus.list", "403")
        lines = directory(microsoft, tmp_path).check()
    assert failing(lines) == []
    assert "the licences could not be looked at" in said(lines)


@pytest.mark.parametrize("kind", ["403", "503", "garbage"])
def test_microsoft_out_of_reach_is_a_fault(tmp_path: Path, kind: str) -> None:
    with serving(WORLD) as microsoft:
        microsoft.faults.plan("organization.list", kind, times=20)
        lines = directory(microsoft, tmp_path).check()
    assert len(failing(lines)) == 1
    assert lines[-1].cure


def test_a_token_in_an_answer_that_cannot_be_read_reaches_no_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with serving(WORLD) as microsoft:
        whole = microsoft.faults.refusing
        microsoft.faults.refusing = lambda status, reason: replace(
            whole(status, reason), body=b'{"access_token": "zephyrquill', status=200
        )
        microsoft.faults.plan("oauth.token", "503", times=99)
        with pytest.raises(Malformed, match="something that is no token") as caught:
            list(directory(microsoft, tmp_path).pull(Window(NOW.date(), NOW.date())))
    assert "zephyrquill" not in f"{caplog.text}{caught.value}"
