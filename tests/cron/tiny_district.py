"""A district small enough to hold in the head: two teachers, a principal, three students, a team."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from cron.cli import app

ROOT = Path(__file__).resolve().parents[2]
WRITTEN = datetime(2026, 11, 24, 6, tzinfo=UTC).timestamp()
"""When every file was dropped."""
User = tuple[str, str, str, str, str, str, str]
"""id, role, given name, family name, e-mail, grade, agents."""
_SETTINGS = """\
[district]
name = "Tiny District"
timezone = "America/New_York"
domains = ["d.example"]
[policy]
pack = "injdb"
[schools."10"]
name = "Alder High"
short = "AH"
principal = "{principal}"
[notice]
staff_told_on = 2026-01-01
how = "letter to all staff"
recorded_by = "Dana Example"
[sources.roster]
connector = "oneroster"
title = "Rosters"
path = "drop/oneroster"
[sources.tables]
connector = "table"
title = "Tables"
path = "drop/tables"
[sources.mail]
connector = "mail"
title = "District e-mail"
path = "drop/mail"
quiet_days = 30
covers_from = 2026-01-01
"""
_USERS = "sourcedId,status,enabledUser,username,givenName,familyName,email,agentSourcedIds,grades"
_ORGS = "sourcedId,status,name,type,identifier,parentSourcedId\n10,active,Alder High,school,10,\n"
_ENROLLMENTS = "sourcedId,status,classSourcedId,schoolSourcedId,userSourcedId,role\n"
_APPROVALS = (
    "authorization_id,ground,adult,student,team,tool,granted_by,granted_by_role,granted_at,"
    "starts_on,ends_on,condition,reason_code,evidence\n"
)


class TinyDistrict:
    """Writes its files before each run; what a test changes is on disk the next time."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.users: list[User] = [
            ("S1", "student", "Sam", "One", "s1@d.example", "9", "G1"),
            ("S2", "student", "Sue", "Two", "s2@d.example", "9", ""),
            ("S3", "student", "Sol", "Three", "s3@d.example", "10", ""),
            ("T1", "teacher", "Tina", "One", "t1@d.example", "", ""),
            ("T2", "teacher", "Tom", "Two", "t2@d.example", "", ""),
            ("P1", "principal", "Pat", "Principal", "p1@d.example", "", ""),
            ("G1", "guardian", "Gil", "One", "gil@home.example", "", ""),
        ]
        self.orgs = _ORGS
        self.enrollments = _ENROLLMENTS
        self.school_of: dict[str, str] = {}
        """Person -> school id; everybody else is at Alder High."""
        self._begins: dict[str, str] = {}
        self._mails: list[str] = []
        for name in ("oneroster", "tables", "mail"):
            (folder / "drop" / name).mkdir(parents=True)
        tables = folder / "drop/tables"
        (tables / "teams.csv").write_text(
            "team_id,name,kind,sport,level,school,season_start,season_end\n"
            "SOC,Soccer,sport,soccer,varsity,10,2026-08-01,2026-12-20\n"
        )
        (tables / "team_members.csv").write_text(
            "team_id,person_id,email,first_name,last_name,grade,role,start,end\n"
            "SOC,T2,,,,,head_coach,,\nSOC,S1,,,,,athlete,,\nSOC,S3,,,,,athlete,,\n"
        )
        (tables / "personal_addresses.csv").write_text("person_id,kind,value\n")
        self.approvals("")
        self.settings("")

    def settings(self, more: str, *, principal: str = "P1") -> None:
        text = _SETTINGS.format(principal=principal) + more
        (self.folder / "district.toml").write_text(text)

    def approvals(self, rows: str) -> None:
        (self.folder / "drop/tables/authorizations.csv").write_text(_APPROVALS + rows)

    def dated(self, person: str, begins: str) -> None:
        """State the day a person's role began."""
        self._begins[person] = begins

    def mail(
        self, name: str, day: str, sender: str, to: Sequence[str], cc: Sequence[str] = ()
    ) -> None:
        """Drop a mail between district accounts, sent at eleven in the morning."""
        sent = datetime.fromisoformat(f"{day}T11:00:00-05:00")
        lines = [
            f"Message-ID: <{name}@d.example>",
            f"Date: {sent:%a, %d %b %Y %H:%M:%S %z}",
            f"From: {sender}@d.example",
            f"To: {', '.join(f'{one}@d.example' for one in to)}",
        ]
        if cc:
            lines.append(f"Cc: {', '.join(f'{one}@d.example' for one in cc)}")
        self.raw("\n".join(lines) + "\n\n\n")

    def raw(self, text: str) -> None:
        self._mails.append(f"From x Tue Nov 24 06:00:00 2026\n{text}")

    def run(self, job: str, day: str, *more: str) -> tuple[int, Any]:
        """Run a job for a day, also if it was done before; return exit code and JSON document."""
        self.write()
        return self.command("run", job, "--date", day, "--again", *more)

    def items(self) -> list[Any]:
        listed: list[Any] = self.command("items")[1]
        return listed

    @staticmethod
    def page(document: Any) -> Any:
        """Return the JSON twin of the first page of a run."""
        return json.loads(Path(document["pages"][0]["json"]).read_text("utf-8"))

    def command(self, *arguments: str) -> tuple[int, Any]:
        """Run a command in this process: to start the program anew takes longer than most nights."""
        config = str(self.folder / "district.toml")
        result = CliRunner().invoke(app, [*arguments, "--json", "--config", config])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, json.loads(result.stdout)

    def write(self) -> None:
        """Put on disk what the district's systems would have dropped by now."""
        roster = self.folder / "drop/oneroster"
        self._write_roster(roster)
        mbox = self.folder / "drop/mail/all.mbox"
        mbox.write_text("".join(self._mails))
        os.utime(mbox, (WRITTEN, WRITTEN))

    def _write_roster(self, roster: Path) -> None:
        old = {p.name: p.stat().st_mtime for p in roster.iterdir()}
        users = [_USERS]
        roles = ["sourcedId,status,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId"]
        for person, role, given, family, email, grade, agents in self.users:
            named = f"{person.lower()},{given},{family},{email}"
            users.append(f"{person},active,true,{named},{agents},{grade}")
            begins, at = self._begins.get(person, ""), self.school_of.get(person, "10")
            roles.append(f"R-{person},active,{person},primary,{role},{begins},,{at}")
        files = {
            "orgs.csv": self.orgs,
            "users.csv": "\n".join(users) + "\n",
            "roles.csv": "\n".join(roles) + "\n",
            "classes.csv": "sourcedId,status,title,schoolSourcedId\nK1,active,Art,10\n",
            "enrollments.csv": self.enrollments,
        }
        for name, text in files.items():
            (roster / name).write_text(text)
            written = old.get(name, WRITTEN)
            os.utime(roster / name, (written, written))
