"""Papers and locks hold what they promise and name nobody's machine."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from hashlib import sha256

import pytest

from tests.house.tree import ROOT, name, python_files, text_of, tracked

LOCKS = (
    "requirements.lock",
    "requirements-dev.lock",
    "requirements-integration.lock",
    "requirements-mutation.lock",
)
PAPERS = ("README.md", "CONTRIBUTING.md", "docs/guide.md")

# where packages come from is the reader's setting, never ours
PACKAGE_SOURCES = re.compile(
    r"(?<!no-emit-)index[-_]url\b|trusted[-_]host\b|find[-_]links\b|"
    r"--registry\b|^registry\s*=",
    re.IGNORECASE | re.MULTILINE,
)
MACHINE_PATHS = re.compile(r"(?<![\w.$~{}/-])/(?:work|root|opt/(?:pypi|wheels)|Users)/")


def test_no_file_says_where_packages_come_from_or_names_a_machines_folder() -> None:
    here = "tests/house/test_papers.py"  # it spells the settings it looks for
    texts = {name(path): text_of(path) or "" for path in tracked() if name(path) != here}
    found = {
        n: PACKAGE_SOURCES.findall(text) + MACHINE_PATHS.findall(text)
        for n, text in texts.items()
    }
    assert {n: names for n, names in found.items() if names} == {}


@pytest.mark.parametrize("line", [
    "pip install --index-url X", "PIP_EXTRA_INDEX_URL=X", "npm i --registry X", "registry=X",
])  # fmt: skip
def test_a_setting_that_says_where_packages_come_from_is_seen(line: str) -> None:
    assert PACKAGE_SOURCES.search(line)
    assert not PACKAGE_SOURCES.search("pip-compile --no-emit-index-url")


# ---- locks -----------------------------------------------------------------------------------


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_and_hashes_everything_and_has_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*-(?!-hash=)", text, re.MULTILINE), "an option of pip"
    entries = re.split(r"^(?=\w)", text, flags=re.MULTILINE)[1:]
    assert len(entries) >= 2
    for entry in entries:
        head = entry.partition("\n")[0]
        assert re.match(r"[\w.-]+(?:\[[\w,-]+\])?==\S+", head), head
        assert "--hash=sha256:" in entry, head


def versions(lock: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    text = (ROOT / lock).read_text(encoding="utf-8")
    for package, version in re.findall(r"^([\w.-]+)(?:\[[\w,-]+\])?==(\S+)", text, re.MULTILINE):
        found.setdefault(package, set()).add(version)
    return found


def test_the_locks_agree_with_each_other() -> None:
    runtime, dev, *further = (versions(lock) for lock in LOCKS)
    assert {package: dev.get(package) for package in runtime} == runtime
    for lock in further:
        shared = lock.keys() & dev.keys()
        assert {package: lock[package] for package in shared} == {package: dev[package] for package in shared}


def requirement_names(requirements: list[str]) -> set[str]:
    heads = (re.match(r"[\w.-]+", requirement) for requirement in requirements)
    return {head[0].lower().replace("_", "-") for head in heads if head is not None}


def test_the_locks_hold_every_dependency_there_is() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["dependency-groups"]
    runtime = requirement_names(project["project"]["dependencies"] + groups["build"])
    assert runtime <= versions("requirements.lock").keys()
    assert requirement_names(groups["dev"]) <= versions("requirements-dev.lock").keys()
    assert requirement_names(groups["integration"]) <= versions(LOCKS[2]).keys()
    assert requirement_names(groups["mutation"]) <= versions(LOCKS[3]).keys()


def test_the_mutation_run_asks_every_test_of_the_directory() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = set(project["tool"]["mutmut"]["pytest_add_cli_args_test_selection"])
    assert asked >= {name(path) for path in ROOT.glob("tests/auditor/test_directory*.py")}
    assert [path for path in asked if not (ROOT / path).is_file()] == []


def test_every_dependency_says_why_it_is_there() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    why = (ROOT / "docs/decisions/0002-dependencies.md").read_text(encoding="utf-8")
    named = {word.lower() for word in re.findall(r"`([\w.-]+)`", why)}
    wanted = requirement_names(project["project"]["dependencies"])
    for group in (
        *project["project"]["optional-dependencies"].values(),
        *project["dependency-groups"].values(),
    ):
        wanted |= requirement_names(group)
    assert wanted <= named


def test_the_licence_is_the_whole_standard_text() -> None:
    text = (ROOT / "LICENSE").read_bytes()
    # Apache License 2.0 as the foundation publishes it, appendix included
    standard = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"
    assert sha256(text).hexdigest() == standard


# ---- what people read ------------------------------------------------------------------------


def commands_named(paper: str) -> set[str]:
    """Return every ``auditor VERB`` of a paper's code."""
    text = (ROOT / paper).read_text(encoding="utf-8")
    code = "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL))
    return set(re.findall(r"(?:^|[\s`/])auditor ([a-z][a-z-]*)\b(?![\w.])", code))


def test_every_command_that_a_paper_names_exists() -> None:
    command = [sys.executable, "-m", "cron.cli", "--help"]
    shown = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    exist = set(re.findall(r"^\s+([a-z][a-z-]*)\s{2,}\S", shown, re.MULTILINE))
    pages = (str(path.relative_to(ROOT)) for path in ROOT.glob("docs/**/*.md"))
    named = {paper: commands_named(paper) for paper in ("README.md", *pages)}
    for paper in ("README.md", "docs/guide.md"):
        assert {"init", "check", "run", "coverage"} <= named[paper]
    assert {paper: verbs - exist for paper, verbs in named.items() if verbs - exist} == {}


@pytest.mark.parametrize("paper", PAPERS)
def test_every_make_command_that_a_paper_names_exists(paper: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    text = (ROOT / paper).read_text(encoding="utf-8")
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", text, re.MULTILINE))
    assert named <= targets


def test_every_connector_has_a_page_that_says_how_and_what_stays_out_of_sight() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    connectors = project["project"]["entry-points"]["auditor.connectors"]
    pages = {path.stem: path.read_text(encoding="utf-8") for path in ROOT.glob("docs/sources/*.md")}
    assert set(connectors) <= set(pages), "write docs/sources/NAME.md"
    for connector in connectors:
        assert f'connector = "{connector}"' in pages[connector], connector
        assert "cannot" in pages[connector], connector


def test_every_link_between_papers_leads_somewhere() -> None:
    lost = [
        f"{name(path)}: {target}"
        for path in tracked()
        if path.suffix == ".md"
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text_of(path) or "")
        if "://" not in target and not (path.parent / target).exists()
    ]
    assert not lost


def test_decisions_are_numbered_without_a_gap_and_say_three_things() -> None:
    papers = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
    assert [int(p.name[:4]) for p in papers] == list(range(1, len(papers) + 1))
    for paper in papers:
        headings = re.findall(r"^## (.+)$", paper.read_text(encoding="utf-8"), re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequences"], paper.name


# ---- pages -----------------------------------------------------------------------------------


def test_there_is_one_template_environment_and_it_escapes_everything() -> None:
    made = {
        name(path): text.count("Environment(")
        for path in python_files()
        if (text := text_of(path)) is not None
        and "tests" not in path.relative_to(ROOT).parts
        and "Environment(" in text
    }
    assert list(made.values()) == [1], made
    text = text_of(ROOT / next(iter(made))) or ""
    assert "autoescape=True" in text
    for path in python_files():
        if path.relative_to(ROOT).parts[0] != "tests":
            assert "select_autoescape" not in (text_of(path) or ""), name(path)


def test_no_template_switches_escaping_off() -> None:
    templates = [path for path in tracked() if "templates" in path.parts]
    assert templates
    switched_off = re.compile(r"\|\s*safe\b|autoescape\s+false")
    assert [name(p) for p in templates if switched_off.search(text_of(p) or "")] == []
