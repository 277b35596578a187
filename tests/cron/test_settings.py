"""Every mistake in a district's settings is found at once, with its line, key and cure."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.directory import Guard
from cron.initialise import initialise
from cron.mistakes import Mistake, SettingsError
from cron.settings import load_settings, read_settings

GOOD = """\
[district]
name = "Marlow Public Schools"
timezone = "America/New_York"
domains = ["marlow.example", "students.marlow.example"]
alias_domains = { "old.example" = "marlow.example" }
plus_tags = true

[storage]
data = "data"
reports = "reports"
pepper = "secrets/pepper"

[audit]
lookback_days = 21

[policy]
pack = "injdb"

[policy.quote]
"INJDB-9" = "exact words"

[policy.parameters."direct-no-adult"]
least = 2

[schools."10"]
name = "Alder High School"
short = "AH"
principal = "T-100"

[schools.11]
name = "Birch Middle School"
short = "BM"

[athletic_director]
person = "T-101"

[superintendent_designee]
name = "Dana Example"

[sources.mail]
connector = "mail"
title = "District e-mail"
path = "drop/mail"

[[known_limits]]
text = "Telephone calls are not seen."
accepted_by = "Dana Example"
until = 2027-06-30
"""


def write(folder: Path, text: str) -> Path:
    file = folder / "district.toml"
    file.write_text(text, encoding="utf-8")
    return file


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def mistakes(folder: Path, text: str) -> tuple[Mistake, ...]:
    with pytest.raises(SettingsError) as caught:
        load_settings(write(folder, text))
    return caught.value.mistakes


def test_good_settings_become_frozen_types(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, GOOD))
    district = settings.district
    assert district.timezone.key == "America/New_York"
    assert district.addresses.is_district("a@students.marlow.example")
    assert district.addresses.plus_tag_domains == district.addresses.district_domains
    assert district.addresses.alias_domains == {"old.example": "marlow.example"}
    assert {k: s.short for k, s in district.schools.items()} == {"10": "AH", "11": "BM"}
    assert district.designee == "Dana Example"
    assert district.known_limits[0].until == date(2027, 6, 30)
    assert district.lookback_days == 21
    assert settings.storage.pepper == tmp_path / "secrets/pepper"
    assert settings.policy.pack.name == "injdb.toml"
    assert settings.policy.parameters == {"direct-no-adult": {"least": 2}}
    (mail,) = settings.sources
    assert (mail.connector, mail.title) == ("mail", "District e-mail")
    assert mail.settings == {"path": "drop/mail"}
    assert (mail.lag_hours, mail.reread_days) == (3, 3)
    assert district.roster_guard == Guard(10, 20, 5)
    assert district.accepted_days == ()


ACCEPTING = """
[roster_guard]
lost_percent = 25
lost_people = 50
swapped_people = 8

[[known_limits]]
text = "A mailbox that the server has lost."
accepted_by = "Dana Example"
until = 2027-06-30
source = "mail"
unit = "jordan"

[[accepted_days]]
first = 2026-11-26
last = 2026-11-27
because = "Thanksgiving"
accepted_by = "Dana Example"

[[accepted_days]]
first = 2027-01-04
because = "Chat is for staff only"
accepted_by = "Dana Example"
source = "mail"
"""


def test_what_a_district_accepts_and_how_late_a_source_may_be(tmp_path: Path) -> None:
    late = GOOD.replace('path = "drop/mail"', 'path = "drop/mail"\nlag_hours = 6\nreread_days = 5')
    settings = load_settings(write(tmp_path, late + ACCEPTING))
    district = settings.district
    assert district.roster_guard == Guard(25, 50, 8)
    assert [(k.source, k.unit) for k in district.known_limits] == [(None, None), ("mail", "jordan")]
    thanksgiving, from_then_on = district.accepted_days
    assert (thanksgiving.last, thanksgiving.source) == (date(2026, 11, 27), None)
    assert (from_then_on.last, from_then_on.source) == (None, "mail")
    (mail,) = settings.sources
    assert (mail.lag_hours, mail.reread_days) == (6, 5)
    assert mail.settings == {"path": "drop/mail"}, "a connector sees only its own settings"


@pytest.mark.parametrize(
    ("key", "was", "now", "cure"),
    [
        ("known_limits[2].source", 'source = "mail"\nunit', 'source = "mial"\nunit', "'mail'"),
        ("known_limits[2].unit", 'source = "mail"\nunit', "unit", "Name the source"),
        ("accepted_days[1].last", "last = 2026-11-27", "last = 2026-11-20", "earlier day first"),
        ("accepted_days[1].because", 'because = "Thanksgiving"', "", "Thanksgiving"),
        ("roster_guard.lost_percent", "lost_percent = 25", "lost_percent = 0", "at least 1"),
        ("roster_guard.lost", "lost_percent = 25", "lost = 25", "lost_pe"),
    ],
)
def test_a_mistaken_acceptance_is_told(
    tmp_path: Path, key: str, was: str, now: str, cure: str
) -> None:
    assert ACCEPTING.count(was) == 1
    (mistake,) = mistakes(tmp_path, GOOD + ACCEPTING.replace(was, now))
    assert mistake.key == key
    assert cure in mistake.cure


def test_relative_paths_start_from_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "district"
    folder.mkdir()
    write(folder, GOOD)
    monkeypatch.chdir(tmp_path)
    settings = load_settings(Path("district/district.toml"))
    assert settings.storage.data == folder / "data"
    assert settings.base == folder


TIMEZONE = 'timezone = "America/New_York"'
DOMAINS = 'domains = ["marlow.example", "students.marlow.example"]'
WRONG = [
    ("district.timezone", TIMEZONE, 'timezone = "America/NewYork"', "America/New_York"),
    ("district.timezone", TIMEZONE, 'timezone = "Marlow"', "IANA"),
    ("district.timezone", TIMEZONE, "timezone = 5", "in quotes"),
    ("district.name", 'name = "Marlow Public Schools"', 'name = " "', "in quotes"),
    ("district.plus_tags", "plus_tags = true", 'plus_tags = "yes"', "true or false"),
    ("district.plus_tag", "plus_tags = true", "plus_tag = true", "'plus_tags'"),
    ("district.domains", DOMAINS, "domains = []", "at least one"),
    ("district.domains[1]", DOMAINS, 'domains = ["info@marlow.example"]', "follows the @"),
    (
        "district.alias_domains",
        'alias_domains = { "old.example" = "marlow.example" }',
        'alias_domains = { "old.example" = "marlo.example" }',
        "'marlow.example'",
    ),
    (
        'district.alias_domains."old example"',
        'alias_domains = { "old.example" = "marlow.example" }',
        'alias_domains = { "old example" = "marlow.example" }',
        "follows the @",
    ),
    ("audit.lookback_days", "lookback_days = 21", "lookback_days = 3", "at least 7"),
    ("audit.lookback_days", "lookback_days = 21", 'lookback_days = "21"', "without quotes"),
    ("storage.reports", 'reports = "reports"', 'reports = "data/reports"', "of its own"),
    ("storage.pepper", 'pepper = "secrets/pepper"', 'pepper = "data/pepper"', "of its own"),
    ("policy.pack", 'pack = "injdb"', 'pack = "injbd"', "'injdb'"),
    ("policy.pack", 'pack = "injdb"', 'pack = "packs/none.toml"', "injdb"),
    ("policy.parameters.direct-no-adult.least", "least = 2", "least = 2.5", "whole number"),
    ("schools.10.short", 'short = "AH"', 'short = "ah"', "capital letters"),
    ("schools.11.shrot", 'short = "BM"', 'shrot = "BM"', "'short'"),
    ("sources.mail.connector", 'connector = "mail"', "connector = 3", "in quotes"),
    ('sources."Our mail"', "[sources.mail]", '[sources."Our mail"]', "small letters"),
    (
        "known_limits[1].until",
        "until = 2027-06-30",
        'until = "2027-06-30"',
        "without quotes",
    ),
    (
        "known_limits[1].until",
        "until = 2027-06-30",
        "until = 2027-06-30T00:00:00",
        "without quotes",
    ),
    ("athletics_director", "[athletic_director]", "[athletics_director]", "'athletic_director'"),
]


@pytest.mark.parametrize(("key", "right", "wrong", "cure"), WRONG, ids=[w[2] for w in WRONG])
def test_a_mistake_names_file_line_key_and_cure(
    tmp_path: Path, key: str, right: str, wrong: str, cure: str
) -> None:
    text = GOOD.replace(right, wrong, 1)
    assert text != GOOD
    found = {m.key: m for m in mistakes(tmp_path, text)}
    assert found[key].place == f"{tmp_path / 'district.toml'}:{line_of(text, wrong)}"
    assert cure in found[key].cure
    assert found[key].what


def test_all_mistakes_are_reported_at_once(tmp_path: Path) -> None:
    text = GOOD
    for right, wrong in (
        ('timezone = "America/New_York"', 'timezone = "Marlow"'),
        ('marlow.example" }', 'marlo.example" }'),
        ('pepper = "secrets/pepper"', 'pepper = "data/pepper"'),
        ('reports = "reports"', "reports = 1"),
        ('pack = "injdb"', 'pack = "none"'),
        ('short = "BM"', 'short = "AH"\nprincpal = "T-1"'),
        ("until = 2027-06-30", "until = 1"),
        ("[sources.mail]", "[surplus]\n[sources.mail]"),
    ):
        assert right in text
        text = text.replace(right, wrong, 1)
    assert {m.key for m in mistakes(tmp_path, text)} == {
        "district.timezone",
        "district.alias_domains",
        "storage.pepper",
        "storage.reports",
        "policy.pack",
        "schools.10.short",
        "schools.11.short",
        "schools.11.princpal",
        "known_limits[1].until",
        "surplus",
    }


@pytest.mark.parametrize("section", ["district", "policy", "sources"])
def test_a_missing_section_is_named(tmp_path: Path, section: str) -> None:
    kept = [part for part in GOOD.split("\n\n") if not part.startswith(f"[{section}")]
    (mistake,) = mistakes(tmp_path, "\n\n".join(kept))
    assert mistake.key == section
    assert f"[{section}" in mistake.cure


@pytest.mark.parametrize("key", ["name", "timezone", "domains"])
def test_a_missing_key_is_placed_at_its_section(tmp_path: Path, key: str) -> None:
    text = "\n".join(
        line for n, line in enumerate(GOOD.splitlines()) if n > 6 or not line.startswith(f"{key} =")
    )
    assert [(m.key, m.line) for m in mistakes(tmp_path, text)] == [(f"district.{key}", 1)]


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("plus_tags = yes", "not readable"),
        ('name = "Marlow', "not readable"),
        ('name = "a"\nname = "b"', "not readable"),
    ],
)
def test_a_broken_line_is_named(tmp_path: Path, broken: str, said: str) -> None:
    text = f"# ours\n[district]\n{broken}\n"
    (mistake,) = mistakes(tmp_path, text)
    assert mistake.line == 2 + len(broken.splitlines())
    assert said in mistake.what
    assert str(mistake).startswith(f"{tmp_path / 'district.toml'}:{mistake.line}: ")


def test_an_unclosed_list_is_named_by_the_last_line(tmp_path: Path) -> None:
    (mistake,) = mistakes(tmp_path, "[district]\ndomains = [\n")
    assert mistake.line == 2


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"no such settings file.*auditor init"):
        load_settings(tmp_path / "none.toml")
    file = tmp_path / "latin.toml"
    file.write_bytes(b'[district]\nname = "Mont\xe9"\n')
    with pytest.raises(SettingsError, match=r"latin.toml:2: this is not UTF-8"):
        load_settings(file)


KEYS = st.sampled_from(
    ["district", "storage", "schools", "sources", "known_limits", "policy", "x", "name", "pack"]
)
VALUES = st.sampled_from(["1", '"a"', "[]", "[1]", "{}", "{ a = 1 }", "true", "2026-01-01"])


@given(st.lists(st.tuples(KEYS, KEYS, VALUES), max_size=6, unique_by=lambda t: (t[0], t[1])))
def test_whatever_stands_there_ends_in_mistakes_never_in_a_crash(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str, str]]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    text = "".join(f"{a}.{b} = {value}\n" for a, b, value in rows)
    draft = read_settings(write(folder, text))
    assert draft.mistakes
    assert all(m.what and m.cure for m in draft.mistakes)
    shutil.rmtree(folder)


def test_init_writes_settings_without_a_mistake(tmp_path: Path) -> None:
    initialise(tmp_path)
    settings = load_settings(tmp_path / "district.toml")
    assert {source.connector for source in settings.sources} == {"oneroster", "table", "mail"}
    for source in settings.sources:
        assert (tmp_path / str(source.settings["path"])).is_dir()


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    initialise(tmp_path)
    (tmp_path / "district.toml").write_text("# mine")
    (tmp_path / "examples/people.csv").unlink()
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    made, kept = initialise(tmp_path)
    assert made == [tmp_path / "examples/people.csv"]
    assert tmp_path / "district.toml" in kept
    assert {p: p.read_bytes() for p in before} == before


def test_init_never_replaces_a_lost_pepper(tmp_path: Path) -> None:
    initialise(tmp_path)
    (tmp_path / "secrets/pepper").unlink()
    initialise(tmp_path)
    assert not (tmp_path / "secrets/pepper").exists()
