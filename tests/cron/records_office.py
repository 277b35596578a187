"""A district's folder for tests, and an office that enters tables of records there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from cron.cli import app

SETTINGS = """\
[district]
name = "Marlow Public Schools"
timezone = "America/New_York"
domains = ["marlow.example"]
[policy]
pack = "injdb"
[sources.mail]
connector = "mail"
path = "drop/mail"
"""
HEADINGS = "person_id,office,school,start,end"
ROWS = ("T-100,principal,10,2026-07-01,2027-06-30", "T-101,athletic_director,,2026-07-01,")


def auditor(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


class Office:
    """A district's folder, and somebody who enters tables there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "district.toml"
        self.config.write_text(SETTINGS)

    def file(self, name: str, *rows: str, headings: str = HEADINGS) -> Path:
        path = self.folder / "mine" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("\n".join((headings, *rows, "")))
        return path

    def enter(self, path: Path, *more: object, by: str = "Dana Example") -> Result:
        return auditor("records", "import", path, "--by", by, "--config", self.config, *more)

    def entered(self, path: Path, *more: object) -> Any:
        result = self.enter(path, "--json", *more)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def listed(self) -> dict[str, Any]:
        result = auditor("records", "list", "--json", "--config", self.config)
        assert result.exit_code == 0, result.output
        return {one["kind"]: one for one in json.loads(result.stdout)}

    @property
    def records(self) -> Path:
        return self.folder / "records"
