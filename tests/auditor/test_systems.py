"""Systems known to every district: the file that ships, and what is wrong with one that is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.policy import PolicyError, load_pack, load_systems
from auditor.policy.systems import SystemStatus
from auditor.rule import load_rules
from tests.shared_data import ROOT

SYSTEMS = ROOT / "config/systems.toml"
RULES = {name: frozenset(rule.parameters) for name, rule in load_rules().items()}



def test_the_file_that_ships_is_right_and_every_map_it_names_is_there() -> None:
    systems = load_systems(SYSTEMS)
    assert systems["edline"].status is SystemStatus.RETIRED
    for one in systems.values():
        assert one.columns is None or (ROOT / "config/columns" / one.columns).is_file(), one.id
        assert one.status is SystemStatus.CURRENT or one.no_connector, one.id


@pytest.mark.parametrize("name", ["injdb", "louisiana", "maapp"])
def test_what_is_retired_is_so_under_every_policy_and_what_is_current_is_approved_by_none(
    name: str,
) -> None:
    pack = load_pack(ROOT / f"config/policies/{name}.toml", rules=RULES, systems=SYSTEMS)
    plain = load_pack(ROOT / f"config/policies/{name}.toml", rules=RULES)
    assert {pack.catalogue[id_].status for id_ in ("edline", "edmodo", "skype")} == {"retired"}
    assert {**plain.catalogue}.items() <= {**pack.catalogue}.items()
    added = pack.catalogue.keys() - plain.catalogue.keys()
    assert "moodle" not in added, "it is current: a district says whether it is approved"
    assert {pack.catalogue[id_].status for id_ in added} == {"retired"}
    assert pack.sha256 != plain.sha256


def test_a_system_that_the_policy_itself_names_is_as_the_policy_has_it(tmp_path: Path) -> None:
    file = tmp_path / "systems.toml"
    file.write_text('[schoology]\nname = "X"\nkinds = ["lms"]\nstatus = "retired"\nchecked = "x"\n'
        'no_connector = "x"\n')
    pack = load_pack(ROOT / "config/policies/injdb.toml", rules=RULES, systems=file)
    assert pack.catalogue["schoology"].status == "approved"


def test_every_mistake_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "systems.toml"
    file.write_text(
        '[old]\nname = "Old"\nkinds = ["post"]\nstatus = "gone"\ncolour = "red"\n'
        '[new]\nname = ""\nkinds = ["lms"]\nstatus = "current"\nchecked = "x"\nended = 2020-01-01\n'
    )
    with pytest.raises(PolicyError) as caught:
        load_systems(file)
    told = {(p.line, p.key, p.what.partition(" ")[0]) for p in caught.value.found}
    assert told == {
        (3, ("old", "kinds"), "must"),
        (4, ("old", "status"), "must"),
        (5, ("old", "colour"), "is"),
        (1, ("old", "checked"), "is"),
        (1, ("old", "no_connector"), "is"),
        (6, ("new", "no_connector"), "is"),
        (7, ("new", "name"), "must"),
        (11, ("new", "ended"), "is"),
    }
