"""A OneRoster server says what the files of the same roster say, and nothing that was not wanted."""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path

import pytest

from auditor.directory import State, day_number, deliver
from auditor.keys import Keyring
from auditor.model import Hat, Person, PersonAddress, RosterFact, School, SchoolClass
from auditor.source import FactKind, Malformed
from benchmarks.pretend.oneroster import Oddities, World, reference, world_of_files
from connectors.oneroster import connect
from tests.connectors.oneroster.api_world import (
    MANY,
    NOW,
    SMALL,
    configured,
    larger,
    marlow,
    pull,
    serving,
)
from tests.connectors.roster_world import RULES, edition_11, edition_12, pull_folder
from tests.shared_data import shared

SECRET = "zephyrquill"
PLAIN = Oddities(refuses_wishes=True)
OLD = [
    pytest.param(odd, id=name)
    for name, odd in {
        "says no total": Oddities(totals=False),
        "says no links": Oddities(links=False),
        "says neither": Oddities(totals=False, links=False),
        "gives small pages": Oddities(most=2),
        "gives small pages and says nothing": Oddities(most=2, totals=False, links=False),
        "refuses large pages": Oddities(most=4, refuses_more=413),
        "refuses large pages as wrong": Oddities(most=2, refuses_more=400),
        "refuses chosen fields": PLAIN,
        "passes over chosen fields": Oddities(chooses_fields=False),
        "has an order of its own": Oddities(orders=False),
        "gives all at once": Oddities(pages=False),
        "says too few": Oddities(counts_more=-1),
    }.items()
]


def users_with(world: World, **more: object) -> World:
    return world.changed("users", tuple({**user, **more} for user in world.lists["users"]))


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_the_same_roster_is_the_same_facts_as_from_files(version: str, tmp_path: Path) -> None:
    files = edition_12() if version == "1.2" else edition_11()
    from_files = pull_folder(connect, tmp_path, files)
    with serving(world_of_files(files, version)) as running:
        served = pull(running, tmp_path)
    assert len(from_files.facts) > 10
    assert sorted(map(repr, served.facts)) == sorted(map(repr, from_files.facts))
    assert served.rejected == []
    assert served.read == from_files.read
    assert served.files == []


@pytest.mark.parametrize("odd", OLD)
def test_a_server_of_another_kind_gives_the_same_roster(odd: Oddities, tmp_path: Path) -> None:
    with serving(larger()) as running:
        expected = pull(running, tmp_path, page=SMALL)
    with serving(larger(), odd) as running:
        served = pull(running, tmp_path, page=SMALL)
    assert len(served.of(Person)) == MANY + 1
    assert served.facts == expected.facts
    assert served.rejected == []


def test_the_same_answers_in_another_order_are_the_same_pages(tmp_path: Path) -> None:
    world = larger()
    mixed = world
    for name, records in world.lists.items():
        mixed = mixed.changed(name, tuple(random.Random(3).sample(records, len(records))))
    pages = []
    for one in (world, mixed):
        with serving(one, PLAIN) as running:
            pages.append(pull(running, tmp_path).pages)
    assert pages[0] == pages[1]


def test_only_what_is_needed_is_asked_for_and_no_filter_is_trusted(tmp_path: Path) -> None:
    with serving(larger()) as running:
        pull(running, tmp_path)
    assert {one.endpoint for one in running.asked} == {"token", "orgs", "users", "classes", "enrollments"}
    for one in running.asked:
        assert "filter" not in one.query
        fields = one.query.get("fields", "").split(",")
        assert not {"password", "sms", "phone", "demographics", "metadata"} & {*fields}


@pytest.mark.parametrize("odd", [Oddities(), PLAIN], ids=["chosen fields", "all fields"])
def test_passwords_telephones_and_demographics_are_dropped_as_they_come(
    odd: Oddities, tmp_path: Path
) -> None:
    private = dict.fromkeys(("password", "sms", "phone", "demographics"), SECRET)
    with serving(users_with(marlow(), **private, metadata={"note": SECRET}), odd) as running:
        pulled = pull(running, tmp_path)
    assert len(pulled.of(Person)) == 3
    assert SECRET not in repr(pulled)


def test_metadata_and_unknown_fields_are_counted_and_not_read(tmp_path: Path) -> None:
    world = users_with(marlow(), metadata={"bus": "77-Z"}, shoeSize="41")
    with serving(world, PLAIN) as running:
        pulled = pull(running, tmp_path)
    assert pulled.note("metadata of the vendor's own").count == 3
    assert pulled.note("not known and not read: shoeSize").count == 1
    assert "77-Z" not in repr(pulled)


def test_what_is_marked_to_be_deleted_is_not_there(tmp_path: Path) -> None:
    world = marlow()
    users = tuple(
        {**user, "status": "tobedeleted"} if user["sourcedId"] == "K1" else user
        for user in world.lists["users"]
    )
    with serving(world.changed("users", users)) as running:
        pulled = pull(running, tmp_path)
    assert {p.person_id for p in pulled.of(Person)} == {"T1", "G1"}
    assert "record 2" in pulled.note("marked tobedeleted").text
    assert pulled.rejected == []


def test_ids_with_commas_in_them_stay_whole(tmp_path: Path) -> None:
    world = marlow("1.1")
    users = tuple(
        {**user, "sourcedId": "G,1"} if user["sourcedId"] == "G1" else
        {**user, "agents": [reference("G,1", "user")]} if user["sourcedId"] == "K1" else user
        for user in world.lists["users"]
    )  # fmt: skip
    with serving(world.changed("users", users)) as running:
        pulled = pull(running, tmp_path)
    (tie,) = [f for f in pulled.facts if type(f).__name__ == "GuardianLink"]
    assert "G,1" in repr(tie)


def test_what_is_of_another_kind_is_left_out_and_said(tmp_path: Path) -> None:
    world = users_with(marlow(), email={"work": "x"}, agents=["G1"])
    with serving(world) as running:
        pulled = pull(running, tmp_path)
    assert len(pulled.of(Person)) == 3
    assert pulled.of(PersonAddress) == []
    assert pulled.note("email of a kind").count == 3
    assert pulled.note("agents of a kind").lost


def test_a_reference_that_says_no_id_rejects_its_record(tmp_path: Path) -> None:
    world = marlow()
    first, *others = world.lists["enrollments"]
    odd = {**first, "user": {"href": "https://sis.example/users/T1"}}
    with serving(world.changed("enrollments", (odd, *others))) as running:
        pulled = pull(running, tmp_path)
    assert pulled.places() == [("enrollments", 1, "userSourcedId")]


@pytest.mark.parametrize("field", ["email", "roles", "givenName"])
def test_a_field_that_no_record_has_was_not_exported(field: str, tmp_path: Path) -> None:
    world = marlow()
    users = tuple({n: v for n, v in user.items() if n != field} for user in world.lists["users"])
    with serving(world.changed("users", users)) as running, pytest.raises(Malformed, match=field):
        pull(running, tmp_path)


def test_a_server_that_tells_no_agents_says_so(tmp_path: Path) -> None:
    world = marlow()
    users = tuple({n: v for n, v in user.items() if n != "agents"} for user in world.lists["users"])
    with serving(world.changed("users", users)) as running:
        assert pull(running, tmp_path).note("no guardians are known").lost


def test_provides_what_the_files_do(tmp_path: Path) -> None:
    settings = {"address": "https://a.example", "tokens": "https://a.example/t", "client": "c", "secret": "s"}
    provides = configured(tmp_path, settings).provides
    assert provides == {FactKind.PEOPLE, FactKind.CLASSES, FactKind.GUARDIANS}


def test_the_public_headings_served_as_records_lose_nobody(tmp_path: Path) -> None:
    """The third-party set has headings only: its columns are served with people of ours in them."""
    folder = shared("oneroster/nicelion")
    files = {file.name: file.read_text("utf-8-sig") for file in sorted(folder.glob("*.csv"))}
    for name, text in edition_11().items():
        files[name] = refilled(files[name].splitlines()[0], text)
    with serving(world_of_files(files, "1.1"), PLAIN) as running:
        pulled = pull(running, tmp_path)
    assert len(pulled.of(Person)) == 3
    assert len(pulled.of(Hat)) == 4
    assert len(pulled.of(School)) == 2
    assert len(pulled.of(SchoolClass)) == 1
    assert pulled.rejected == []
    facts = [f for f in pulled.facts if isinstance(f, RosterFact)]
    delivered = deliver(
        State(), {"roster": facts}, day=day_number(NOW.date()), keyring=Keyring(b"p" * 32), rules=RULES
    )
    assert delivered.unmatched == ()


def refilled(head: str, text: str) -> str:
    """Return the rows of ``text`` under another header, by the names of the columns."""
    rows = csv.DictReader(io.StringIO(text))
    out = io.StringIO()
    writer = csv.DictWriter(out, head.split(","), extrasaction="ignore", restval="x")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()
