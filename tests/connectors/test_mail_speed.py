"""The benchmark of the mail connector reads what it says; how fast that is, no test says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import mail_speed


@pytest.mark.parametrize("what", ["read", "land", "large"])
def test_every_message_of_the_file_is_measured_and_nothing_is_left(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    path = tmp_path / "mail.mbox"
    if what == "large":
        mail_speed.generate(path, size=3_000_000)
    else:
        mail_speed.generate(path, messages=300)
    assert mail_speed.main(["--one", what, str(path)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["messages"] == path.read_bytes().count(b"\nMessage-ID: ")
    assert (found["what"], found["rejected"]) == (what, 0)
    assert found["peak_mebibytes"] > 0
    assert list(tmp_path.iterdir()) == [path]


def test_a_corpus_is_repeated_until_there_are_enough(tmp_path: Path) -> None:
    mail_speed.generate(tmp_path / "few.mbox", messages=20)
    mail_speed.repeated(tmp_path / "few.mbox", 60, tmp_path / "many.mbox")
    assert mail_speed.read(tmp_path / "many.mbox") == (60, 0)
