"""A tiny district with old and new mail, on whose commands the clock stands still."""

from __future__ import annotations

import shutil
from copy import deepcopy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import time_machine

from tests.cron.tiny_district import TinyDistrict

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ERASED = ("s2@d.example", "sue two")
"""Texts of which the first student to go has none left; in small letters."""
RETENTION = "[retention]\nfacts = 70\n"


class Rights(TinyDistrict):
    """Commands run in this process, on a Tuesday."""

    @classmethod
    def copied(cls, other: Rights, folder: Path) -> Rights:
        """Return a district as another one stands, to be changed without harm to that one."""
        shutil.copytree(other.folder, folder)
        made = deepcopy(other)
        made.folder = folder
        return made

    def command(self, *arguments: str) -> tuple[int, Any]:
        with time_machine.travel(NOW, tick=False):
            return super().command(*arguments)

    def next_night(self, day: str = "2026-11-23") -> Any:
        code, document = self.command("run", "nightly", "--date", day, "--again")
        assert code == 0, document
        return document

    def listed(self) -> dict[str, Any]:
        return {item["id"]: item for item in self.command("items")[1]}

    def bytes_below(self, *names: str) -> dict[str, bytes]:
        """Return every file below some folders."""
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for name in names
            for path in sorted((self.folder / name).rglob("*"))
            if path.is_file()
        }


def begun(folder: Path, more: str = "") -> Rights:
    """Return a district after its first night and its first weekly pages; ``more`` settings."""
    made = Rights(folder)
    made.settings(RETENTION + more)
    made.mail("old-1", "2026-05-19", "t1", ["s2"])
    made.mail("old-2", "2026-05-20", "t2", ["s1"])
    made.raw(
        "Message-ID: <out@d.example>\nDate: Thu, 21 May 2026 11:00:00 -0400\n"
        "From: t1@d.example\nTo: stranger@out.example\n\n\n"
    )
    made.mail("m-s2@d.example", "2026-11-17", "t1", ["s2"])
    made.mail("both", "2026-11-18", "t2", ["s1"], ["s2"])
    made.mail("m-2", "2026-11-18", "t2", ["s1"])
    made.mail("asked", "2026-11-19", "s2", ["t1"], ["t2"])
    made.write()
    for job in ("nightly", "weekly"):
        code, document = made.command("run", job, "--date", "2026-11-22")
        assert code == 0, document
    return made
