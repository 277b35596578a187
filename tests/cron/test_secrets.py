"""The pepper is made once, for its owner alone, and refused wherever it is kept loosely."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from auditor.private import SecretError
from cron.secrets import make_pepper, read_keyring, refuse_place


@pytest.fixture
def pepper(tmp_path: Path) -> Path:
    path = tmp_path / "secrets/pepper"
    assert make_pepper(path)
    return path


def test_it_is_made_for_its_owner_alone(pepper: Path) -> None:
    assert stat.S_IMODE(pepper.stat().st_mode) == 0o600
    assert stat.S_IMODE(pepper.parent.stat().st_mode) == 0o700
    assert [path.name for path in pepper.parent.iterdir()] == ["pepper"]
    read_keyring(pepper)


def test_it_is_never_made_twice(pepper: Path) -> None:
    before = read_keyring(pepper).person("T-1")
    assert not make_pepper(pepper)
    assert read_keyring(pepper).person("T-1") == before


def test_two_peppers_differ(tmp_path: Path, pepper: Path) -> None:
    other = tmp_path / "other"
    make_pepper(other)
    assert read_keyring(pepper).person("T-1") != read_keyring(other).person("T-1")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o602])
def test_others_may_not_use_it(pepper: Path, mode: int) -> None:
    pepper.chmod(mode)
    with pytest.raises(SecretError, match=f"{mode:04o}.*chmod 600"):
        read_keyring(pepper)


def test_a_link_is_refused_and_not_followed(tmp_path: Path, pepper: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(pepper)
    with pytest.raises(SecretError, match="symbolic link"):
        read_keyring(link)
    dangling = tmp_path / "dangling"
    dangling.symlink_to(tmp_path / "nowhere")
    assert not make_pepper(dangling)
    assert not (tmp_path / "nowhere").exists()


def test_a_missing_one_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(SecretError, match="Restore it"):
        read_keyring(tmp_path / "none")
    with pytest.raises(SecretError, match="not a file"):
        read_keyring(tmp_path)


@pytest.mark.parametrize("text", ["", "0f" * 31, "0f" * 33, "canary-" * 9])
def test_a_damaged_one_is_refused_without_being_shown(pepper: Path, text: str) -> None:
    pepper.write_text(text)
    with pytest.raises(SecretError, match="not a pepper") as caught:
        read_keyring(pepper)
    shown = str(caught.value) + repr(caught.value.__cause__)
    assert not text or text[:6] not in shown


def test_it_may_not_lie_in_the_data(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "data")
    refuse_place(tmp_path / "secrets/pepper", tmp_path / "data")
    for inside in ("data/pepper", "data/a/../pepper", "link/pepper"):
        with pytest.raises(SecretError, match="inside the data folder"):
            refuse_place(tmp_path / inside, tmp_path / "data")
