"""The settings of a Google directory, and what `auditor check` holds against Google's own word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from auditor.source import CheckResult, FactKind
from benchmarks.pretend.google import FUNDAMENTALS, SCOPE, World
from tests.connectors.google.directory_world import (
    ADMIN,
    account,
    configured,
    directory,
    mailing_list,
    serving,
    workspace,
)

GOOD: dict[str, object] = {"admin": ADMIN, "key": "key.json"}
ROLE: dict[str, object] = {"ou": "/Staff", "role": "staff"}
WORLD = workspace(
    [account("ana.reyes"), account("kim.ito", "/Students"), account("cart.seven", "/Devices")],
    [mailing_list("coaches", "ana.reyes")],
    domain_aliases=(("marlow-schools.example", "marlow.example"),),
)

WRONG: tuple[tuple[str, Mapping[str, object], str], ...] = (
    ("roster", {"roster": "yes"}, "roster must be true or false"),
    ("roster alone", {"roster": True}, "roster needs roles"),
    ("link", {"person_id": "a.b.c"}, "person_id must be a kind"),
    ("threads", {"threads": 0}, "threads must be a whole number from 1"),
    ("threads", {"threads": True}, "threads must be a whole number from 1"),
    ("settings", {"group_settings": "all"}, "group_settings must be true"),
    ("setting", {"group_settings": {"isArchived": "true"}}, "group_settings can hold"),
    ("wanted", {"group_settings": {"allowExternalMembers": False}}, "group_settings: allowEx"),
    ("table", {"roles": {"/Staff": "staff"}}, "roles must be a list"),
    ("entry", {"roles": ["staff"]}, "roles entry 1 must have ou or group"),
    ("neither", {"roles": [{"role": "staff"}]}, "roles entry 1 must have either ou or group"),
    ("both", {"roles": [ROLE | {"group": "a@b.example"}]}, "roles entry 1 must have either"),
    ("role", {"roles": [ROLE, {"ou": "/X", "role": "guardian"}]}, "roles entry 2: role must be"),
    ("path", {"roles": [{"ou": "Staff", "role": "staff"}]}, "roles entry 1: ou must be the whole"),
    ("group", {"roles": [{"group": "staff", "role": "staff"}]}, "roles entry 1: group must be"),
    ("blank", {"roles": [ROLE | {"school": " "}]}, "roles entry 1: school must be text"),
    ("part", {"roles": [ROLE | {"colour": "red"}]}, "roles entry 1: colour is no part"),
    (
        "student and adult",
        {"roles": [ROLE, {"ou": "/staff/", "role": "student"}]},
        "roles say of /Staff both staff and student",
    ),
    (
        "somebody and nobody",
        {"roles": [ROLE, {"ou": "/Staff", "role": "none"}]},
        "roles say of /Staff both staff and none",
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
    wrong = {"admin": "ana", "colour": "red", "roster": 1, "threads": "many", "roles": [{}]}
    with pytest.raises(ValueError, match="admin") as caught:
        configured(tmp_path, wrong)
    begins = {part.split(" ")[0] for part in str(caught.value).split("; ")}
    assert begins == {*wrong, "service_account"}


def test_two_hats_in_one_unit_are_no_contradiction(tmp_path: Path) -> None:
    several = [ROLE, ROLE | {"role": "coach"}, ROLE | {"school": "20"}]
    configured(tmp_path, GOOD | {"roles": several})


@pytest.mark.parametrize(
    ("given", "offered"), [(True, False), ({"allowExternalMembers": "false"}, True), ({}, True)]
)
def test_settings_of_systems_are_offered_where_there_is_a_table_of_them(
    tmp_path: Path, given: object, *, offered: bool
) -> None:
    source = configured(tmp_path, {**GOOD, "group_settings": given})
    assert {FactKind.PEOPLE, FactKind.GROUPS} <= source.provides
    assert (FactKind.SYSTEM_SETTINGS in source.provides) is offered


# ---- check ---------------------------------------------------------------------------------


def check(
    tmp_path: Path, world: World = WORLD, *, without: str | None = None, **settings: object
) -> list[CheckResult]:
    with serving(world) as google:
        if "group_settings" not in settings:  # what is not needed is not delegated either
            google.delegated.discard(SCOPE + "apps.groups.settings")
        if without is not None:
            google.delegated.discard(SCOPE + without)
        lines = directory(google, tmp_path, **settings).check()
        asked = {one.endpoint for one in google.asked}
        assert not [name for name in asked if name.endswith(("users.list", "members.list"))]
    assert all(one.cure for one in lines if not one.ok)
    return lines


def failing(lines: list[CheckResult]) -> list[str]:
    return [one.text for one in lines if not one.ok]


def test_a_directory_as_it_should_be_has_no_fault_and_nobody_is_looked_at(tmp_path: Path) -> None:
    roles = [ROLE | {"ou": "/staff/Alder High"}, {"group": "coaches@marlow.example", "role": "coach"}]
    lines = check(tmp_path, roles=roles)
    assert failing(lines) == []
    assert "the settings name every domain of Google's: 1 and 1 aliases" in [r.text for r in lines]


def test_domains_that_only_google_knows_are_a_fault_with_the_line_to_add(tmp_path: Path) -> None:
    aliases = (("k12.example", "marlow.example"), ("marlow-schools.example", "marlow.example"))
    world = replace(WORLD, domains=("students.example",), domain_aliases=aliases)
    domains, alias = (one for one in check(tmp_path, world) if not one.ok)
    assert domains.text == "Google has domains that the settings do not name: students.example"
    assert str(domains.cure).endswith('domains in [district]: "students.example"')
    assert str(alias.cure).endswith('[district]: "k12.example" = "marlow.example"')


def test_a_unit_or_group_that_google_does_not_have_is_a_fault(tmp_path: Path) -> None:
    roles = [
        ROLE | {"ou": "/Staff/Aldr High"},
        {"ou": "/", "role": "staff"},
        {"group": "coach@marlow.example", "role": "coach"},
    ]
    assert failing(check(tmp_path, roles=roles)) == [
        "roles names organizational units that Google does not have: /Staff/Aldr High",
        "roles names groups that Google does not have: coach@marlow.example",
    ]


def test_a_scope_that_is_not_delegated_is_a_fault(tmp_path: Path) -> None:
    (said,) = failing(check(tmp_path, without="admin.directory.group.member.readonly"))
    assert "admin.directory.group.member.readonly" in said


@pytest.mark.parametrize(
    ("world", "words"),
    [
        (WORLD, "edition: Education Plus; Google keeps a log of e-mail in it"),
        (replace(WORLD, edition=FUNDAMENTALS), "edition: Education Fundamentals, or another"),
    ],
    ids=["plus", "fundamentals"],
)
def test_the_edition_says_whether_there_is_a_log_of_mail(
    tmp_path: Path, world: World, words: str
) -> None:
    lines = check(tmp_path, world)
    assert failing(lines) == []
    assert lines[-1].text.startswith(words)


def test_the_edition_is_no_fault_where_it_may_not_be_looked_at(tmp_path: Path) -> None:
    lines = check(tmp_path, without="apps.licensing")
    assert failing(lines) == []
    assert "apps.licensing is not delegated" in lines[-1].text
