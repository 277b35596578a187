"""The accounts of a Workspace, as every source of Google's reads them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from auditor.source import Malformed
from connectors.google.users import (
    DistrictUser,
    district_users,
    is_below,
    linked_ids,
    moment,
    nearest_unit,
)
from tests.connectors.google.directory_world import account, asking, serving, workspace

USER = ("admin.directory.user.readonly",)
LEFT = datetime(2026, 11, 2, 20, tzinfo=UTC)
WORLD = workspace(
    [
        account("ana.reyes", person_id="T1055", aliases=("a.reyes@marlow.example",)),
        account("ben.okafor", suspended_at=LEFT, has_mailbox=False),
        account("cleo.marsh", "/Students/10/2028", archived_at=LEFT),
        account("dora.quinn", deleted_at=LEFT),
    ]
)


def read(tmp_path: Path, *, names: bool = False, deleted: bool = False) -> list[DistrictUser]:
    with serving(WORLD) as google, asking(google, tmp_path) as client:
        found = district_users(client.admin(USER), "my_customer", names=names, deleted=deleted)
        users = list(found)
        (asked,) = [one for one in google.asked if one.endpoint == "directory.users.list"]
        fields = str(asked.query["fields"])
    for never in ("recovery", "phones", "thumbnail", "addresses", "lastLogin", "*"):
        assert never not in fields
    assert ("name(" in fields) is names
    return users


def test_accounts_come_with_every_address_and_what_is_known_of_their_state(tmp_path: Path) -> None:
    ana, ben, cleo, admin = read(tmp_path)
    assert (ana.email, ana.aliases) == ("ana.reyes@marlow.example", ("a.reyes@marlow.example",))
    assert (ana.person_id, ana.given_name, ana.active) == ("T1055", "", True)
    assert (ben.suspended, ben.suspended_at, ben.active) == (True, LEFT, False)
    assert (ben.has_mailbox, ben.person_id) == (False, None)
    assert (cleo.archived, cleo.archived_at, cleo.org_unit) == (True, LEFT, "/Students/10/2028")
    assert admin.org_unit == "/"


def test_deleted_accounts_are_a_question_of_their_own(tmp_path: Path) -> None:
    (dora,) = read(tmp_path, names=True, deleted=True)
    assert (dora.given_name, dora.family_name, dora.deleted_at) == ("Dora", "Quinn", LEFT)
    assert not dora.active


def test_an_account_twice_on_two_pages_is_one(tmp_path: Path) -> None:
    with serving(WORLD) as google, asking(google, tmp_path) as client:
        google.faults.plan("directory.users.list", "item twice")
        users = list(district_users(client.admin(USER), "my_customer"))
        assert google.faults.done
    assert len(users) == len({user.id for user in users}) == 4


def test_an_account_without_an_address_is_no_answer_to_go_on_from(tmp_path: Path) -> None:
    world = workspace([account("ana.reyes", email="nobody")])
    with serving(world) as google, asking(google, tmp_path) as client:
        with pytest.raises(Malformed, match="no number or no address"):
            list(district_users(client.admin(USER), "my_customer"))
        google.mistakes.clear()


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("organization", ("T1055",)),
        ("sis", ("90001", "90002")),
        ("School.StudentNumber", ("4711",)),
        ("School.Several", ("1", "2")),
        ("network", ()),
        (None, ()),
    ],
)
def test_the_link_to_the_roster_is_where_the_settings_say(
    link: str | None, expected: tuple[str, ...]
) -> None:
    record = {
        "externalIds": [
            {"type": "organization", "value": " T1055 "},
            {"type": "organization", "value": "T1055"},
            {"type": "custom", "customType": "SIS", "value": "90001"},
            {"type": "custom", "customType": "SIS", "value": "90002"},
            {"type": "network", "value": ""},
            "odd",
        ],
        "customSchemas": {
            "School": {"StudentNumber": 4711, "Several": [{"value": "1"}, {"value": "2"}]}
        },
    }
    assert linked_ids(record, link) == expected


def test_a_unit_is_held_by_the_nearest_one_and_by_whole_names() -> None:
    units = ("/Staff", "/staff/Alder High", "/Students")
    assert nearest_unit("/Staff/Alder High/Coaches", units) == "/staff/Alder High"
    assert nearest_unit("/Staff/Elsewhere", units) == "/Staff"
    assert nearest_unit("/Staffing", units) is None
    assert is_below("/anything", ["/"])
    assert not is_below("/", ["/Staff"])


def test_a_time_that_never_was_is_none() -> None:
    assert moment("1970-01-01T00:00:00.000Z") is None
    assert moment("soon") is None
    assert moment("2026-11-02T20:00:00.000Z") == LEFT
