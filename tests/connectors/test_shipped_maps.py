"""The column maps that come with the program: each read with rows such as it expects, none believed."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from auditor.directory import State
from auditor.model import (
    Channel,
    Hat,
    HatRole,
    Person,
    PersonAddress,
    TeamMember,
    TeamRole,
)
from auditor.policy import load_systems
from auditor.records import StateFact
from auditor.source import FactKind, Malformed
from connectors.tables.columns import load_map
from connectors.tables.layout import TABLES
from tests.auditor.directory_world import KEYS, SIS, person, take
from tests.connectors.layout_samples import SAMPLES, TEXT
from tests.connectors.tables_world import Pulled, pull, source, write
from tests.shared_data import ROOT

MAPS = {path.stem: path for path in sorted((ROOT / "config/columns").glob("*.toml"))}
SENT = datetime(2026, 9, 14, 20, 5, tzinfo=UTC)
every = pytest.mark.parametrize("name", sorted(MAPS))
ROSTERS = sorted(n for n in MAPS if n.endswith("-roster") and n != "team-roster")


def raw(name: str) -> dict[str, Any]:
    return tomllib.loads(MAPS[name].read_text("utf-8"))


def settings(name: str) -> dict[str, Any]:
    its: dict[str, Any] = {"kind": raw(name)["kind"], "columns": str(MAPS[name])}
    return its | ({"tool": "x"} if its["kind"] == "communications" else {})


def read(base: Path, name: str, text: str | None = None) -> Pulled:
    encoding = raw(name).get("encoding", "utf-8")
    content = (SAMPLES[name] if text is None else text).encode(encoding)
    write(base / "drop" / f"{name}.csv", content)
    return pull(base, **settings(name))


def test_every_map_has_a_sample_here() -> None:
    assert MAPS.keys() == SAMPLES.keys()


@every
def test_no_map_that_ships_claims_that_a_district_has_verified_it(name: str, tmp_path: Path) -> None:
    found = load_map(MAPS[name], name, TABLES[raw(name)["kind"]])
    assert not found.is_verified
    with pytest.raises(ValueError, match="nobody has verified this map"):
        source(tmp_path, {"path": "drop", **settings(name)})


@every
def test_every_row_of_its_sample_is_used_and_nothing_else_of_it_is_read(
    name: str, tmp_path: Path
) -> None:
    pulled = read(tmp_path, name)
    assert pulled.facts
    assert (pulled.rejected, pulled.notes) == ((), ())
    assert pulled.records == len(SAMPLES[name].splitlines()) - 1
    assert TEXT not in repr(pulled)
    assert "NOT VERIFIED" in MAPS[name].read_text("utf-8") or "system" not in raw(name)


@every
def test_a_file_with_another_heading_is_refused_whole(name: str, tmp_path: Path) -> None:
    heading, _, rows = SAMPLES[name].partition("\n")
    lost = next(iter(raw(name)["columns"].values()))
    changed = ",".join("Something Else" if h == lost else h for h in heading.split(","))
    with pytest.raises(Malformed) as caught:
        read(tmp_path, name, f"{changed}\n{rows}")
    assert f"it has no column {lost}" in caught.value.what
    assert "Something Else" in caught.value.what
    assert all(h in caught.value.what.partition("expects ")[2] for h in raw(name)["columns"].values())


@pytest.mark.parametrize("name", [n for n in sorted(MAPS) if raw(n)["kind"] == "communications"])
def test_its_message_was_sent_when_the_sample_says(name: str, tmp_path: Path) -> None:
    (message,) = read(tmp_path, name).messages
    assert message.sent_at == SENT
    assert message.parties[0].address.text in ("t@marlow.example", "T-104")


def test_each_system_named_is_on_the_list_of_systems() -> None:
    systems = load_systems(ROOT / "config/systems.toml")
    named = {name: raw(name)["system"] for name in MAPS if "system" in raw(name)}
    assert set(named.values()) <= systems.keys()
    for name, system in named.items():
        assert systems[system].columns == f"{name}.toml", name


# ---- what single maps are for ---------------------------------------------------------------


def test_a_private_message_of_parentsquare_is_an_individuals(tmp_path: Path) -> None:
    (message,) = read(tmp_path, "parentsquare-messages").messages
    assert (message.channel, message.recipients_hidden) == (Channel.APP, False)
    assert message.thread == "tables/5"


def test_a_broadcast_summary_reaches_people_who_are_not_known(tmp_path: Path) -> None:
    (message,) = read(tmp_path, "schoolmessenger-broadcasts").messages
    assert len(message.parties) == 1
    assert message.recipients_hidden


def test_a_word_to_a_family_is_none_to_the_student_it_is_about(tmp_path: Path) -> None:
    name = "talkingpoints-messages"
    other = SAMPLES[name].splitlines()[1].replace("S-2001", "S-2002")
    messages = read(tmp_path, name, f"{SAMPLES[name]}{other}\n").messages
    assert [[p.address.text for p in m.parties] for m in messages] == [["t@marlow.example"]] * 2
    assert {m.thread for m in messages} == {"tables/S-2001", "tables/S-2002"}
    assert len({m.native_id for m in messages}) == 2


@pytest.mark.parametrize("name", ["focus-communication-report", "talkingpoints-messages"])
def test_a_message_without_a_number_has_one_of_its_own_that_holds_still(
    name: str, tmp_path: Path
) -> None:
    (message,) = read(tmp_path / "a", name).messages
    assert message.native_id.startswith("09/14/2026 04:05 PM #")
    assert message.recipients_hidden, "others may have received it"
    other_text = SAMPLES[name].replace(TEXT, "another")
    assert read(tmp_path / "b", name, other_text).messages == (message,)
    at_five = SAMPLES[name].replace("04:05", "05:05")
    assert read(tmp_path / "c", name, at_five).messages[0].native_id != message.native_id


def test_a_message_without_a_number_is_the_same_after_its_map_was_mended(tmp_path: Path) -> None:
    name = "focus-communication-report"
    wording = MAPS[name].read_text("utf-8")
    mended = tmp_path / "mended.toml"
    mended.write_text(wording.replace('Email = "email"', 'Email = "app"'), "utf-8")
    write(tmp_path / "a/drop/x.csv", SAMPLES[name])
    (before,) = pull(tmp_path / "a", **settings(name)).messages
    (after,) = pull(tmp_path / "a", **settings(name) | {"columns": str(mended)}).messages
    assert (before.channel, after.channel) == (Channel.EMAIL, Channel.APP)
    assert before.native_id == after.native_id


def test_names_in_place_of_addresses_are_nobody(tmp_path: Path) -> None:
    named = SAMPLES["focus-communication-report"].replace("t@marlow.example", "Jordan Sample")
    pulled = read(tmp_path, "focus-communication-report", named)
    assert pulled.facts == ()
    assert [(bad.field, bad.reason) for bad in pulled.rejected] == [("From", "is no e-mail address")]


# ---- team rosters ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ROSTERS)
def test_people_of_a_team_are_matched_by_exact_name_or_listed(name: str, tmp_path: Path) -> None:
    """One fits one student; one a namesake as well; the volunteer is known by an address alone."""
    facts: list[StateFact] = list(read(tmp_path / "tool", name).facts)  # type: ignore[arg-type]  # no messages
    write(
        tmp_path / "own/drop/people.csv",
        "person_id,role,first_name,last_name,email\n,volunteer,Robin,Sample,robin@home.example\n",
    )
    own: list[StateFact] = list(pull(tmp_path / "own").facts)  # type: ignore[arg-type]  # no messages
    namesakes = [
        *person("s1", "Avery Sample", HatRole.STUDENT, "10"),
        *person("s2", "Avery Sample", HatRole.STUDENT, "11"),
        *person("t8", "Jordan Sample", HatRole.STAFF),
        *person("t9", "Jordan Sample", HatRole.STAFF),
    ]
    out = take(State(), {"sis": [*SIS, *namesakes], "own": own, "tool": facts})
    rows = {(row[1], row[2]) for row in out.state.dated["team_member"]}
    assert rows == {
        (KEYS.person("s1"), TeamRole.ATHLETE),
        (KEYS.person("robin@home.example"), TeamRole.VOLUNTEER_COACH),
    }
    assert [(one.source, one.reason) for one in out.unmatched] == [("tool", "fits 2 people")]
    assert {type(fact) for fact in own} == {Person, PersonAddress, Hat}


@pytest.mark.parametrize("name", ROSTERS)
def test_a_roster_exported_again_beside_the_old_one_counts_once(name: str, tmp_path: Path) -> None:
    write(tmp_path / "drop/again.csv", SAMPLES[name])
    pulled = read(tmp_path, name)
    assert len([fact for fact in pulled.facts if isinstance(fact, TeamMember)]) == 3
    assert [(note.text, note.count) for note in pulled.notes] == [("row given before, used once", 3)]


@pytest.mark.parametrize("name", ROSTERS)
def test_a_role_the_map_does_not_know_rejects_its_row_and_no_other(name: str, tmp_path: Path) -> None:
    pulled = read(tmp_path, name, SAMPLES[name].replace("Volunteer Coach", "Booster"))
    assert len(pulled.facts) == 2
    assert [bad.line for bad in pulled.rejected] == [4]


def test_what_is_exported_for_a_whole_grade_names_nobody(tmp_path: Path) -> None:
    more = SAMPLES["aspen-groups"] + "Varsity Soccer,,Grade 10,Grade,N\n"
    pulled = read(tmp_path, "aspen-groups", more)
    assert len(pulled.facts) == 2
    assert [bad.line for bad in pulled.rejected] == [4]


def test_what_the_maps_are_for() -> None:
    brought = {name: TABLES[raw(name)["kind"]].provides for name in MAPS}
    assert brought["finalsite-parents"] is FactKind.GUARDIANS
    assert {brought[name] for name in ROSTERS} == {FactKind.TEAMS}
