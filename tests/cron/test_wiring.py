"""Connectors are found by name, loaded only when named, and their complaints are placed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from auditor.private import SecretError
from cron import wiring
from cron.mistakes import Mistake, SettingsError

SETTINGS = """\
[district]
name = "Marlow Public Schools"
timezone = "America/New_York"
domains = ["marlow.example"]
[policy]
pack = "injdb"
[sources.pigeons]
connector = "pigeon"
title = "Carrier pigeons"
loft = "drop/loft"
"""
MODULE = """
from dataclasses import dataclass
from auditor.source import FactKind, SourceContext
@dataclass
class Pigeons:
    context: SourceContext
    provides = frozenset((FactKind.MESSAGES,))
    def check(self):
        return []
def connect(context):
    wrong = [f"{key} is no setting of pigeon" for key in sorted(context.settings) if key != "loft"]
    if not isinstance(context.settings.get("loft"), str):
        wrong.append("loft must name a folder")
    if wrong:
        raise ValueError("; ".join(wrong))
    return Pigeons(context)
"""


def install(folder: Path, package: str, entries: str) -> None:
    """Install a package that offers connectors, as pip would leave it."""
    info = folder / f"{package}-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[auditor.connectors]\n{entries}\n")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "pigeon_post.py").write_text(MODULE)
    install(
        folder,
        "pigeonpost",
        "pigeon = pigeon_post:connect\nbroken = not_there:connect\nhollow = pigeon_post:nothing",
    )
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "pigeon_post", raising=False)
    return folder


def write(folder: Path, text: str) -> Path:
    file = folder / "district.toml"
    file.write_text(text)
    return file


def mistakes(file: Path) -> list[Mistake]:
    with pytest.raises(SettingsError) as caught:
        wiring.prepare(file)
    return list(caught.value.mistakes)


def test_a_named_connector_gets_its_context(site: Path, tmp_path: Path) -> None:
    office = wiring.prepare(write(tmp_path, SETTINGS))
    (connection,) = office.connections
    context = connection.connect(connection.context).context
    assert (context.name, context.title) == ("pigeons", "Carrier pigeons")
    assert context.timezone == "America/New_York"
    assert context.base == str(tmp_path)
    assert context.settings == {"loft": "drop/loft"}
    assert context.addresses.is_district("a@marlow.example")


def test_a_connector_nobody_names_is_not_loaded(site: Path, tmp_path: Path) -> None:
    assert "pigeon" in wiring.installed_connectors()
    text = SETTINGS.replace('"pigeon"', '"pigoen"')
    (mistake,) = mistakes(write(tmp_path, text))
    assert mistake.key == "sources.pigeons.connector"
    assert mistake.line == 8
    assert "'pigeon'" in mistake.cure
    assert "pigeon_post" not in sys.modules


@pytest.mark.parametrize("name", ["broken", "hollow"])
def test_a_connector_that_cannot_be_loaded_is_named(site: Path, tmp_path: Path, name: str) -> None:
    (mistake,) = mistakes(write(tmp_path, SETTINGS.replace('"pigeon"', f'"{name}"')))
    assert (mistake.key, mistake.line) == ("sources.pigeons.connector", 8)
    assert "cannot be loaded" in mistake.what


def test_two_packages_that_offer_one_name_clash(site: Path, tmp_path: Path) -> None:
    install(site, "otherpost", "pigeon = other_post:connect")
    (mistake,) = mistakes(write(tmp_path, SETTINGS))
    assert "pigeon_post:connect and other_post:connect" in mistake.what or (
        "other_post:connect and pigeon_post:connect" in mistake.what
    )


def test_each_complaint_of_a_connector_has_its_line(site: Path, tmp_path: Path) -> None:
    text = SETTINGS.replace('loft = "drop/loft"', "loft = 3\nlotf = 4")
    found = mistakes(write(tmp_path, text))
    assert [(m.key, m.line) for m in found] == [
        ("sources.pigeons.loft", 10),
        ("sources.pigeons.lotf", 11),
    ]


def test_a_misspelt_setting_is_told_with_the_one_meant_and_the_page(tmp_path: Path) -> None:
    text = SETTINGS.replace('"pigeon"', '"mail"').replace('loft = "', 'path = "mail"\nformt = "')
    (mistake,) = mistakes(write(tmp_path, text))
    assert (mistake.key, mistake.line) == ("sources.pigeons.formt", 11)
    assert mistake.what == "formt is no setting of mail: did you mean format?"
    assert mistake.cure == "See the settings of 'mail' in docs/sources/mail.md"


def test_mistakes_of_settings_policy_and_connectors_come_together(
    site: Path, tmp_path: Path
) -> None:
    text = SETTINGS.replace("America/New_York", "Marlow").replace('"drop/loft"', "3")
    text += '[policy.quote]\n"INJDB-999" = "x"\n[policy.switches]\nseason_margin_day = 3\n'
    found = {m.key: m.line for m in mistakes(write(tmp_path, text))}
    assert found == {
        "district.timezone": 3,
        "sources.pigeons.loft": 10,
        "policy.quote.INJDB-999": 12,
        "policy.switches.season_margin_day": 14,
    }


def test_an_unknown_rule_in_the_parameters_is_placed(site: Path, tmp_path: Path) -> None:
    text = SETTINGS + '[policy.parameters."no-such-rule"]\nleast = 2\n'
    (mistake,) = mistakes(write(tmp_path, text))
    assert (mistake.key, mistake.line) == ("policy.parameters.no-such-rule", 11)


def test_a_pack_of_the_districts_own_is_read_and_its_mistakes_named(
    site: Path, tmp_path: Path
) -> None:
    (tmp_path / "own.toml").write_text("[policy]\nid = 1\n")
    found = mistakes(write(tmp_path, SETTINGS.replace('"injdb"', '"own.toml"')))
    placed = {m.key: m for m in found}
    assert placed["[policy] id"].line == 2
    assert "text in quotes" in placed["[policy] id"].cure
    assert "[clauses]" in placed
    assert all(m.file == tmp_path / "own.toml" for m in found)


def test_a_first_run_makes_the_pepper_and_a_later_one_never_does(
    site: Path, tmp_path: Path
) -> None:
    office = wiring.prepare(write(tmp_path, SETTINGS))
    pepper = office.settings.storage.pepper
    with wiring.workplace(office, may_begin=True) as place:
        key = place.keyring.person("T-1")
        assert place.temp.is_dir()
    assert not place.temp.exists()
    with wiring.workplace(office, may_begin=True) as place:
        assert place.keyring.person("T-1") == key
    pepper.unlink()
    with (
        pytest.raises(SecretError, match="Restore it"),
        wiring.workplace(office, may_begin=True),
    ):
        pytest.fail("a pepper was made anew over data of another one")
