"""The worked examples of CONTRIBUTING.md are true: they load, run and say what is promised."""

from __future__ import annotations

import ast
import os
import re
import sys
from importlib import import_module
from pathlib import Path

import pytest

from auditor.cases import self_test
from auditor.policy import load_pack
from auditor.rule import load_rules
from reports.page import environment
from tests.cron.tiny_district import WRITTEN, TinyDistrict
from tests.house.tree import ROOT


def blocks(language: str) -> list[str]:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def test_the_rule_and_its_cases_and_its_place_in_a_pack(tmp_path: Path) -> None:
    (query,) = blocks("sql")
    cases, binding = blocks("toml")
    (tmp_path / "unknown-beside-student.sql").write_text(query)
    (tmp_path / "unknown-beside-student.cases.toml").write_text(cases)
    rules = load_rules(tmp_path)
    tests = self_test(rules, temp_directory=tmp_path)
    assert (tests.passed, tests.total) == (2, 2)

    pack = tmp_path / "pack.toml"
    ours = (ROOT / "config/policies/injdb.toml").read_text(encoding="utf-8")
    pack.write_text(ours + binding)
    known = {id_: frozenset(rule.parameters) for id_, rule in {**load_rules(), **rules}.items()}
    assert "unknown-beside-student" in load_pack(pack, rules=known).bindings


def installed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Lay the shown connector and its test where Python finds them, as a package of its own."""
    connector, trial, _ = blocks("python")
    (folder / "homework.py").write_text(connector)
    (folder / "test_homework.py").write_text(trial)
    described = folder / "district_homework-1.dist-info"
    described.mkdir()
    (described / "METADATA").write_text("Metadata-Version: 2.1\nName: district-homework\nVersion: 1\n")
    (described / "entry_points.txt").write_text("[auditor.connectors]\nhomework = homework:connect\n")
    monkeypatch.syspath_prepend(str(folder))
    for name in ("homework", "test_homework"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return folder


def test_the_source_keeps_the_contract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "package"
    package.mkdir()
    installed(package, monkeypatch)
    kept = import_module("test_homework").TestHomework()
    names = [name for name in dir(kept) if name.startswith("test_")]
    assert len(names) > 10
    for name in names:
        folder = tmp_path / name
        folder.mkdir()
        getattr(kept, name)(folder)


def test_the_source_in_a_district(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "package"
    package.mkdir()
    installed(package, monkeypatch)
    tiny = TinyDistrict(tmp_path / "tiny")
    tiny.settings(
        '[sources.homework]\nconnector = "homework"\ntitle = "Homework"\npath = "drop/homework"\n'
        "covers_from = 2026-01-01\nquiet_days = 30\n"
    )
    notes = tiny.folder / "drop/homework/notes.txt"
    notes.parent.mkdir()
    notes.write_text("2026-11-18T21:00:00-05:00;T1;S2;zephyrquill\nrubbish\n")
    os.utime(notes, (WRITTEN, WRITTEN))
    tiny.run("nightly", "2026-11-22")
    _, covered = tiny.command("coverage", "--from", "2026-11-18", "--to", "2026-11-18")
    told = {source["source"]: source for source in covered["sources"]}["homework"]
    assert (told["state"], told["records"]) == ("checked", 1)
    found = {item["rule"]: item["native_ids"] for item in tiny.items() if item["student"]}
    assert found["two-person-space"] == ["2026-11-18T21:00:00-05:00;T1;S2"]
    kept = (path.read_bytes() for path in (tiny.folder / "data").rglob("*") if path.is_file())
    assert not [one for one in kept if b"zephyrquill" in one]


def test_the_page_fills_every_block_that_the_frame_requires() -> None:
    (template,) = blocks("jinja")
    (*_, source) = blocks("python")
    environment().from_string(template)
    frame = (ROOT / "reports/templates/base.html.j2").read_text(encoding="utf-8")
    offered = set(re.findall(r"{%-? block (\w+)", frame))
    required = set(re.findall(r"{%-? block (\w+) required", frame))
    filled = set(re.findall(r"{% block (\w+)", template))
    assert required <= filled <= offered
    imported = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.ImportFrom)]
    for node in imported:
        if node.module is not None and node.module.startswith("reports"):
            module = __import__(node.module, fromlist=["_"])
            assert all(hasattr(module, alias.name) for alias in node.names)
