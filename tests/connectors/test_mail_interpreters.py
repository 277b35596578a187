"""The same mail gives the same answers on every supported Python, with nothing installed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.connectors import mail_answers
from tests.shared_data import CORPORA, FOLDER

SCRIPT = Path(mail_answers.__file__)
VERSIONS = ["3.11", "3.12", "3.13"]
REAL = [FOLDER / "mail" / name for name in ("stalwart", "ruby-mail")]
CORPUS = CORPORA / "spam-assassin" / "eml"


@pytest.fixture(scope="module")
def folders() -> list[Path]:
    return [folder for folder in REAL if folder.is_dir()]


@pytest.fixture(scope="module")
def expected(folders: list[Path]) -> list[str]:
    return list(mail_answers.answers(folders))


def answered_by(python: str, folders: list[Path]) -> list[str]:
    # -S: without site-packages; -E: without what the environment adds.
    command = [python, "-S", "-E", "-B", str(SCRIPT), *map(str, folders)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def interpreter(version: str) -> str:
    """Return the interpreter of a version; skips the test where there is none that runs."""
    python = shutil.which(f"python{version}")
    if python is None:
        pytest.skip(f"python{version} is not on the PATH")
    probe = [python, "-c", "import sys; print(*sys.version_info[:2], sep='.')"]
    said = subprocess.run(probe, capture_output=True, text=True, timeout=60, check=False)
    if said.stdout.strip() != version:
        pytest.skip(f"python{version} is on the PATH and does not run")
    return python


def test_the_readers_need_nothing_that_is_installed(
    expected: list[str], folders: list[Path]
) -> None:
    assert answered_by(sys.executable, folders) == expected


@pytest.mark.parametrize("version", VERSIONS)
def test_another_interpreter_gives_the_same_answers(
    version: str, expected: list[str], folders: list[Path]
) -> None:
    assert answered_by(interpreter(version), folders) == expected


@pytest.mark.integration
@pytest.mark.parametrize("version", VERSIONS)
def test_another_interpreter_reads_six_thousand_messages_the_same(version: str) -> None:
    if not CORPUS.is_dir():
        pytest.skip("the SpamAssassin corpus was not fetched; run `make corpora`")
    assert answered_by(interpreter(version), [CORPUS]) == answered_by(sys.executable, [CORPUS])


def test_the_set_says_something(expected: list[str]) -> None:
    counts = {name: int(count) for name, count, _ in (line.split() for line in expected)}
    assert counts["addresses"] == len(mail_answers.ADDRESSES)
    assert all(count > 0 for count in counts.values())
