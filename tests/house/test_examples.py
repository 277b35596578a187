"""The worked examples of CONTRIBUTING.md are true: they load, run and say what is promised."""

from __future__ import annotations

import ast
import os
import re
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from auditor.cases import self_test
from auditor.policy import load_pack
from auditor.rule import load_rules
from auditor.source import Denied, SourceContext, Window
from reports.page import environment
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


@pytest.fixture
def calls(tmp_path: Path) -> Iterator[ModuleType]:
    (source, _) = blocks("python")
    path = tmp_path / "calls.py"
    path.write_text(source)
    spec = spec_from_file_location("contributed_calls", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look for it there
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def test_the_source(calls: ModuleType, tmp_path: Path) -> None:
    context = SourceContext(
        name="calls",
        title="Telephone",
        timezone="America/New_York",
        addresses=None,  # type: ignore[arg-type]  # it has no e-mail
        base=str(tmp_path),
        settings={"path": "calls.txt"},
    )
    source = calls.connect(context)
    week = Window(date(2026, 11, 16), date(2026, 11, 20))
    assert not source.check()[0].ok
    with pytest.raises(Denied):
        list(source.pull(week))

    log = tmp_path / "calls.txt"
    log.write_text(
        "2026-11-16T09:00:00-05:00;T-100;+15550100\n2026-11-17T09:00:00;T-100;+15550100\nrubbish\n"
    )
    written = datetime(2026, 11, 19, 12, tzinfo=UTC).timestamp()
    os.utime(log, (written, written))
    (page,) = source.pull(week)
    assert [call.sent_at.isoformat() for call in page.facts] == ["2026-11-16T09:00:00-05:00"]
    assert [one.line for one in page.rejected] == [2, 3]
    assert [day.state.value for day in page.coverage] == ["read"] * 3 + ["missing"] * 2
    assert source.check()[0].ok


def test_the_page_fills_every_block_that_the_frame_requires() -> None:
    (template,) = blocks("jinja")
    (_, source) = blocks("python")
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
