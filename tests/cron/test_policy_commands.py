"""Packs on the command line: shown without a district, checked whole, tried beforehand."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cron.cli import app
from tests.cron.tiny_district import ROOT, TinyDistrict

PACKS = ROOT / "config" / "policies"


def auditor(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def document(result: Result) -> Any:
    return json.loads(result.stdout)


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in a folder without a district."""
    monkeypatch.chdir(tmp_path)


# ---- list and show ---------------------------------------------------------------------------


def test_every_pack_that_comes_along_is_listed() -> None:
    listed = document(auditor("policy", "list", "--json"))
    assert [one["name"] for one in listed] == sorted(path.stem for path in PACKS.glob("*.toml"))
    for one in listed:
        assert sum(one["audited"].values()) == one["clauses"]
    assert "injdb" in auditor("policy", "list").stdout


def test_a_pack_is_shown_whole_and_in_its_own_order() -> None:
    shown = document(auditor("policy", "show", "injdb", "--json"))
    assert list(shown) == [
        *("id", "name", "revision", "text_sha256", "in_force_from", "clauses", "switches"),
        *("offices", "grounds"),
    ]
    assert [c["id"] for c in shown["clauses"]] == [f"INJDB-{n}" for n in range(1, 54)]
    assert shown["in_force_from"] == "2016-12-21"
    ninth = shown["clauses"][8]
    assert (ninth["verb"], ninth["audited"]) == ("discouraged", "proven")
    assert "direct-no-adult" in ninth["rules"]
    assert next(c for c in shown["clauses"] if c["id"] == "INJDB-15")["grounds"] == ["family"]
    switches = {switch["id"]: switch for switch in shown["switches"]}
    assert switches["bcc_counts"]["choices"] == ["count", "do not count"]
    assert switches["season_margin_days"]["value"] == 14
    assert {o["id"]: o["next"] for o in shown["offices"]}["superintendent"] == "school_committee"


def test_a_pack_is_shown_from_a_file_too(tmp_path: Path) -> None:
    own = tmp_path / "ours.toml"
    text = (PACKS / "maapp.toml").read_text(encoding="utf-8")
    own.write_text(text.replace('id = "maapp"', 'id = "ours"'), encoding="utf-8")
    assert document(auditor("policy", "show", own, "--json"))["id"] == "ours"


@pytest.mark.parametrize("name", ["injdb", "louisiana", "maapp"])
def test_as_text_every_clause_switch_and_office_has_a_line(name: str) -> None:
    whole = document(auditor("policy", "show", name, "--json"))
    said = auditor("policy", "show", name).stdout
    for part in ("clauses", "switches", "offices"):
        for one in whole[part]:
            assert one["id"] in said


def test_a_pack_nobody_has_is_refused_with_those_there_are() -> None:
    result = auditor("policy", "show", "injbd")
    assert result.exit_code == 2
    assert "injdb, louisiana, maapp" in " ".join(result.stderr.split())


# ---- check -----------------------------------------------------------------------------------


def test_a_sound_file_is_said_to_be_sound() -> None:
    result = auditor("policy", "check", PACKS / "injdb.toml", "--json")
    assert (result.exit_code, document(result)) == (0, {"ok": True, "mistakes": []})
    assert "53 clauses" in auditor("policy", "check", PACKS / "injdb.toml").stdout


def test_every_mistake_of_a_file_is_printed_with_line_and_cure(tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    text = (PACKS / "maapp.toml").read_text(encoding="utf-8")
    changes = (
        ('clause = "MAAPP-11"', 'clause = "MAAPP-99"'),
        ("value = 14", 'value = "two weeks"'),
    )
    for right, wrong in changes:
        assert right in text
        text = text.replace(right, wrong, 1)
    broken.write_text(text, encoding="utf-8")
    result = auditor("policy", "check", broken, "--json")
    assert result.exit_code == 2
    mistakes = document(result)["mistakes"]
    lines = text.splitlines()
    assert {lines[one["line"] - 1] for one in mistakes} == {wrong for _, wrong in changes}
    assert all(one["cure"] for one in mistakes)
    said = auditor("policy", "check", broken)
    assert said.exit_code == 2
    for one in mistakes:
        assert f"{broken}:{one['line']}" in said.stderr.replace("\n", "")


# ---- replay ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> TinyDistrict:
    tiny = TinyDistrict(tmp_path_factory.mktemp("district"))
    tiny.settings("[policy.switches]\nepisode_gap_days = 20\ncrisis_report_hours = 48\n")
    tiny.mail("direct", "2026-11-16", "t1", ["s1"])
    tiny.raw(
        "Message-ID: <blind@d.example>\nDate: Tue, 17 Nov 2026 10:00:00 -0500\n"
        "From: t1@d.example\nTo: s2@d.example\nBcc: t2@d.example\n\n\n"
    )
    tiny.run("nightly", "2026-11-22")
    return tiny


def replay(tiny: TinyDistrict, *arguments: object) -> Result:
    return auditor("replay", "--config", tiny.folder / "district.toml", *arguments)


def test_a_switch_is_tried_on_the_districts_own_policy(tiny: TinyDistrict) -> None:
    result = replay(tiny, "--days", 14, "--set", "bcc_counts=do not count", "--json")
    assert result.exit_code == 0, result.output
    tried = document(result)
    assert (tried["first"], tried["last"]) == ("2026-11-09", "2026-11-22")
    assert tried["other"]["set"] == {"bcc_counts": "do not count"}
    assert tried["other"]["sha256"] != tried["present"]["sha256"]
    direct = next(rule for rule in tried["rules"] if rule["rule"] == "direct-no-adult")
    assert direct["messages"] == {"gained": 1, "lost": 0, "both": 1}
    said = replay(tiny, "--days", 14, "--set", "bcc_counts=do not count").stdout
    assert "+1 −0 =1" in said and "bcc_counts = do not count" in said


def test_another_pack_is_tried_with_what_fits_of_the_districts_settings(tiny: TinyDistrict) -> None:
    tried = document(replay(tiny, "--days", 14, "--policy", "maapp", "--json"))
    assert tried["other"]["id"] == "maapp"
    assert tried["settings_left_out"] == ["crisis_report_hours"], "it has the other switch"
    bound = Counter((rule["in_present"], rule["in_other"]) for rule in tried["rules"])
    assert bound[True, True] and bound[True, False] and bound[False, True]


def test_a_pack_in_a_file_can_be_tried(tiny: TinyDistrict, tmp_path: Path) -> None:
    own = tmp_path / "ours.toml"
    own.write_bytes((PACKS / "injdb.toml").read_bytes())
    tried = document(replay(tiny, "--days", 14, "--policy", own, "--json"))
    assert not any(
        count and (count["gained"] or count["lost"])
        for rule in tried["rules"]
        for count in (rule["staff"], rule["pairs"], rule["messages"], rule["records"])
    )


def test_days_that_were_not_read_end_with_3(tiny: TinyDistrict) -> None:
    result = replay(tiny, "--policy", "maapp", "--json")
    assert result.exit_code == 3
    assert "of 90 days missing" in document(result)["gaps"][0]
    assert "Not everything of these days was read" in replay(tiny, "--policy", "maapp").stdout


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ([], "nothing to compare"),
        (["--set", "bcc_counts"], "gives no value"),
        (["--set", "bbc_counts=count"], "bcc_counts"),
        (["--set", "bcc_counts=perhaps"], "do not count"),
        (["--set", "season_margin_days=many"], "whole number"),
        (["--policy", "nowhere"], "no such policy pack"),
        (["--policy", "nowhere.toml"], "no such policy pack"),
        (["--policy", "maapp", "--set", "crisis_report_hours=24"], "no switch"),
    ],
)
def test_what_cannot_be_tried_is_refused(
    tiny: TinyDistrict, arguments: list[str], word: str
) -> None:
    result = replay(tiny, *arguments)
    assert result.exit_code == 2
    assert word in " ".join(result.stderr.split())


def test_before_the_first_night_there_is_nothing_to_try_it_on(tmp_path: Path) -> None:
    result = replay(TinyDistrict(tmp_path / "fresh"), "--policy", "maapp")
    assert result.exit_code == 1
    assert "no nightly run" in " ".join(result.stderr.split())
    assert not (tmp_path / "fresh" / "data").exists()
