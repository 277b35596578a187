"""The wheel carries all it needs: installed elsewhere, it runs without this checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.house.tree import ROOT, name, tracked

ROOMS = ("auditor", "connectors", "reports", "cron", "config", "benchmarks")


def run(*command: str | Path, cwd: Path) -> str:
    # nothing of this checkout may help
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL"))}
    done = subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel")
    run(*pip, "--no-deps", "--no-build-isolation", "--no-index", "-w", out, ROOT, cwd=out)
    (made,) = out.glob("auditor-*.whl")
    return made


def test_every_file_of_the_rooms_is_in_the_wheel_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        held = {n for n in archive.namelist() if ".dist-info/" not in n}
        (licence,) = (n for n in archive.namelist() if n.endswith("licenses/LICENSE"))
        assert b"Apache License" in archive.read(licence)
    wanted = {name(path) for path in tracked() if path.relative_to(ROOT).parts[0] in ROOMS}
    assert held == wanted
    assert any(n.startswith("config/policies/") for n in held)


@pytest.mark.integration
@pytest.mark.timeout(600)
def test_installed_elsewhere_it_audits_the_sample_district(wheel: Path, tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    run(sys.executable, "-m", "venv", venv, cwd=tmp_path)
    pip = (venv / "bin/python", "-m", "pip", "--disable-pip-version-check", "install", "-q")
    lock = ROOT / "requirements.lock"
    run(*pip, "--require-hashes", "--only-binary", ":all:", "-r", lock, cwd=tmp_path)
    run(*pip, "--no-deps", "--no-index", wheel, cwd=tmp_path)
    auditor = venv / "bin/auditor"

    shown = json.loads(run(auditor, "demo", "sample", "--json", cwd=tmp_path))
    assert shown["differences"] == []
    pages = [Path(page["html"]) for page in shown["runs"][-1]["pages"]]
    assert pages
    assert all(page.is_relative_to(tmp_path / "sample") and page.stat().st_size for page in pages)

    made = json.loads(run(auditor, "init", "district", "--json", cwd=tmp_path))["made"]
    assert "district/district.toml" in made
    assert (tmp_path / "district/examples/people.csv").is_file()
    installed = json.loads(run(auditor, "connectors", "--json", cwd=tmp_path))["installed"]
    assert {"mail", "oneroster", "sds", "table"} <= installed.keys()
