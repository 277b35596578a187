"""Supervised chat and its like: what the tenant's policies say, held against what is wanted."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

from auditor.records import SystemSetting
from auditor.source import FactKind
from tests.connectors.microsoft.directory_world import NOW, serving
from tests.connectors.microsoft.teams_world import (
    NOON,
    STUDENT,
    TEACHER,
    pair_chat,
    post,
    pull,
    teams,
    world,
)
from tests.connectors.read_back import Read

ROLE = "ChatPermissionRole"
WANTED = {
    "Students": {ROLE: "Restricted", "AllowUserDeleteMessage": "False"},
    "Teachers": {ROLE: "Full"},
}
HEADINGS = f'"Identity","{ROLE}","AllowUserDeleteMessage"'
GOOD = (HEADINGS, '"Global","Restricted","True"', '"Tag:Students","Limited","False"')
MORE = (f'"Identity","{ROLE}"', '"Tag:Teachers","Full"')
NOT_TOLD = "setting of Teams that no file tells"
SEEN = date(2026, 11, 20)


def drop(folder: Path, name: str, *lines: str, encoding: str = "utf-8", at: int = 1_795_200_000) -> None:
    file = folder / "policies" / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes("\r\n".join(lines).encode(encoding))
    os.utime(file, (at, at))


def read(folder: Path) -> Read:
    with serving(world(pair_chat(TEACHER, STUDENT, post(STUDENT)))) as microsoft:
        source = teams(microsoft, folder, policies="policies", expected=WANTED)
        assert source.provides == {FactKind.MESSAGES, FactKind.SYSTEM_SETTINGS}
        return pull(microsoft, folder, policies="policies", expected=WANTED)


def settings(found: Read) -> list[tuple[str, str, str, str, date]]:
    return [
        (fact.system, fact.setting, fact.expected, fact.found, fact.seen_on)
        for page in found.pages
        for fact in page.facts
        if isinstance(fact, SystemSetting)
    ]


def test_each_setting_is_found_as_the_files_say(tmp_path: Path) -> None:
    drop(tmp_path, "messaging.csv", *GOOD)
    drop(tmp_path, "more.csv", *MORE, encoding="utf-16")
    found = read(tmp_path)
    assert settings(found) == [
        ("Teams policy Students", "AllowUserDeleteMessage", "False", "False", SEEN),
        ("Teams policy Students", ROLE, "Restricted", "Limited", SEEN),
        ("Teams policy Teachers", ROLE, "Full", "Full", SEEN),
    ]
    assert (len(found.messages), found.notes) == (1, {})


def test_the_newest_file_counts(tmp_path: Path) -> None:
    drop(tmp_path, "b.csv", *GOOD, at=1_795_000_000)
    drop(tmp_path, "a.csv", HEADINGS, '"Tag:students","Restricted","False"')
    assert settings(read(tmp_path))[1] == ("Teams policy Students", ROLE, "Restricted", "Restricted", SEEN)


def test_what_no_file_tells_is_not_known_and_said_to_be(tmp_path: Path) -> None:
    drop(tmp_path, "messaging.csv", *GOOD[:2])
    drop(tmp_path, "other.csv", "Name,Value", "x,y")
    found = read(tmp_path)
    today = NOW.date()
    assert [(one[3], one[4]) for one in settings(found)] == [("", today)] * 3
    assert found.notes[NOT_TOLD] == 3
    assert any("no column Identity" in text for text in found.notes)


def test_a_folder_that_is_not_there_stops_no_chat(tmp_path: Path) -> None:
    found = read(tmp_path)
    assert found.message.sent_at == NOON
    assert found.notes[NOT_TOLD] == 3
