"""What every connector must do, whichever it is: a suite over all that are registered.

What they do with what they read is the contract (``test_contract``); here is what they are made of:
entry points, imports, settings, and the files of a drop.
"""

from __future__ import annotations

import inspect
import os
import sys
import tomllib
from collections.abc import Callable
from dataclasses import fields, replace
from enum import Enum
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from auditor.source import Denied, Source, SourceContext
from cron import wiring
from tests.connectors.connector_samples import FILES, LIVE, SAMPLES, SETTINGS
from tests.connectors.roster_world import WINDOW, write_folder
from tests.connectors.roster_world import context as roster_context
from tests.shared_data import ROOT

Connect = Callable[[SourceContext], Source]


def registered() -> dict[str, str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    entries: dict[str, str] = project["project"]["entry-points"]["auditor.connectors"]
    return entries


def module_of(name: str) -> ModuleType:
    return import_module(registered()[name].partition(":")[0])


def connecting(name: str) -> Connect:
    found: Connect = getattr(module_of(name), registered()[name].partition(":")[2])
    return found


def context(name: str, base: Path, **more: object) -> SourceContext:
    reach = LIVE[name].given if name in LIVE else {"path": "drop"}
    settings = {**reach, **(SAMPLES | LIVE)[name].settings, **more}
    return replace(roster_context(base), settings=settings)


def dropped(name: str, base: Path) -> Source:
    write_folder(base / "drop", FILES[name])
    for file in (base / "drop").iterdir():
        os.utime(file, (1_795_500_000, 1_795_500_000))
    return connecting(name)(context(name, base))


every = pytest.mark.parametrize("name", sorted(registered()))
every_drop = pytest.mark.parametrize("name", sorted(SAMPLES))


def test_every_registered_connector_has_a_sample_here() -> None:
    assert {*SAMPLES, *LIVE} == set(registered())


@every
def test_it_is_installed_and_loads(name: str) -> None:
    assert name in wiring.installed_connectors()
    assert (module_of(name).__doc__ or "").strip()
    assert connecting(name).__doc__


@every
def test_it_imports_no_other_vendors_connector(name: str) -> None:
    own = module_of(name).__name__.split(".")[:2]
    modules = {module_of(other).__name__ for other in registered()}
    others = {module for module in modules if module.split(".")[:2] != own}
    folder = Path(str(module_of(name).__file__)).parent
    for file in folder.rglob("*.py"):
        text = file.read_text("utf-8")
        assert not [other for other in others if f"from {other}" in text], file


@every
def test_every_mistake_is_told_at_once_and_begins_with_its_setting(
    name: str, tmp_path: Path
) -> None:
    reach = next(iter(LIVE[name].given)) if name in LIVE else "path"
    wrong = {reach: 3, "colour": "red", "shape": "round"}
    with pytest.raises(ValueError, match=reach) as caught:
        connecting(name)(context(name, tmp_path, **wrong))
    begins = {part.split(" ")[0] for part in str(caught.value).split("; ")}
    assert begins == set(wrong)


@every_drop
@pytest.mark.parametrize("path", ["", "  ", None, 7])
def test_a_path_must_be_given(name: str, path: object, tmp_path: Path) -> None:
    settings = {k: v for k, v in {**SAMPLES[name].settings, "path": path}.items() if v is not None}
    given = SourceContext("x", "X", "UTC", roster_context(tmp_path).addresses, ".", settings)
    with pytest.raises(ValueError, match=r"^path "):
        connecting(name)(given)


@every_drop
def test_nothing_there_is_denied_with_place_and_cure(name: str, tmp_path: Path) -> None:
    source = connecting(name)(context(name, tmp_path, path="gone"))
    with pytest.raises(Denied) as caught:
        list(source.pull(WINDOW))
    assert str(tmp_path / "gone") in caught.value.where
    assert caught.value.cure
    results = source.check()
    assert results
    assert all(not r.ok and r.cure for r in results)
    assert any(str(tmp_path / "gone") in r.text for r in results)


@every
def test_construction_reads_nothing(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_folder(tmp_path / "drop", FILES.get(name, {}))
    connect = connecting(name)
    touched: list[str] = []

    def watching(event: str, arguments: tuple[object, ...]) -> None:
        if event in ("open", "os.listdir", "os.scandir") and str(tmp_path) in str(arguments):
            touched.append(event)

    watch.append(watching)
    try:
        connect(context(name, tmp_path))
    finally:
        watch.remove(watching)
    assert touched == []


watch: list[Callable[[str, tuple[object, ...]], None]] = []


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    for watcher in watch:
        watcher(event, arguments)


sys.addaudithook(_hook)  # cannot be taken off again, so it asks a list that is mostly empty


@every_drop
def test_check_of_a_good_drop_is_well_and_holds_no_data(name: str, tmp_path: Path) -> None:
    results = dropped(name, tmp_path).check()
    assert results
    assert all(result.ok for result in results)
    said = " ".join(result.text for result in results)
    assert not [word for word in ("Dana", "Whit", "k1@marlow", "Soccer") if word in said]


@every_drop
def test_records_are_accounted_for_and_files_named(name: str, tmp_path: Path) -> None:
    pages = list(dropped(name, tmp_path).pull(WINDOW))
    assert all(page.records_read >= len(page.rejected) for page in pages)
    assert sum(page.records_read for page in pages) > 0
    written = {sha256(text.encode()).hexdigest() for text in FILES[name].values()}
    assert {f.sha256 for page in pages for f in page.files} == written


@every
def test_every_setting_is_explained_or_chosen_from_a_list(name: str) -> None:
    kind = SETTINGS[name]
    lines = [line.strip() for line in inspect.getsource(kind).splitlines()]
    for one in fields(kind):
        (at,) = (n for n, line in enumerate(lines) if line.startswith(f"{one.name}: "))
        assert lines[at + 1].startswith('"""') or isinstance(one.default, Enum), one.name


@pytest.mark.parametrize("name", sorted(set(registered()) - {"gmail-log", "message-trace", "table"}))
def test_the_sample_here_uses_every_setting(name: str) -> None:
    names = {one.name for one in fields(SETTINGS[name])}
    reach = set() if name in LIVE else {"path"}
    assert {*(SAMPLES | LIVE)[name].settings, *reach} == names
