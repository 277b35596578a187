"""Small invented rosters, written as files, and what a source makes of them."""

from __future__ import annotations

import csv
import io
import os
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TypeVar

from auditor.keys import AddressRules, email_address
from auditor.model import Address
from auditor.records import Fact
from auditor.source import FileSeen, Note, Page, Rejected, Source, SourceContext, Window

RULES = AddressRules(district_domains=frozenset({"marlow.example"}))
WINDOW = Window(date(2026, 11, 16), date(2026, 11, 22))
Files = dict[str, str]
F = TypeVar("F")


def context(base: Path, path: str = "drop", **settings: object) -> SourceContext:
    given = {"path": path, **settings}
    return SourceContext("roster", "Roster", "America/New_York", RULES, str(base), given)


def mail(text: str) -> Address:
    address = email_address(text, RULES)
    assert address is not None
    return address


def table(header: str, *rows: str) -> str:
    """Return CSV text: a header and rows, ready to be written."""
    return "".join(f"{line}\r\n" for line in (header, *rows))


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


def write_folder(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
    return folder


def write_zip(path: Path, files: Mapping[str, str], *, at: int | None = None) -> Path:
    """Write a zip; ``at`` sets its modification time in seconds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, text in files.items():
            zipped.writestr(name, text.encode())
    if at is not None:
        os.utime(path, (at, at))
    return path


@dataclass(frozen=True, slots=True)
class Pulled:
    pages: tuple[Page, ...]

    @property
    def facts(self) -> list[Fact]:
        return [fact for page in self.pages for fact in page.facts]

    def of(self, kind: type[F]) -> list[F]:
        return [fact for fact in self.facts if isinstance(fact, kind)]

    @property
    def rejected(self) -> list[Rejected]:
        return [r for page in self.pages for r in page.rejected]

    @property
    def notes(self) -> list[Note]:
        return [note for page in self.pages for note in page.notes]

    @property
    def read(self) -> int:
        return sum(page.records_read for page in self.pages)

    @property
    def files(self) -> list[FileSeen]:
        return [file for page in self.pages for file in page.files]

    def note(self, part: str) -> Note:
        """Return the one note whose text has ``part`` in it."""
        (found,) = [note for note in self.notes if part in note.text]
        return found

    def places(self) -> list[tuple[str, int | None, str | None]]:
        return [(r.file, r.line, r.field) for r in self.rejected]


def pull(source: Source) -> Pulled:
    return Pulled(tuple(source.pull(WINDOW)))


def pull_folder(
    connect: Callable[[SourceContext], Source], tmp_path: Path, files: Mapping[str, str]
) -> Pulled:
    write_folder(tmp_path / "drop", files)
    return pull(connect(context(tmp_path)))


# ---- one small district, in both editions of OneRoster ---------------------------------------

ORGS = table(
    "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId",
    "d1,active,2026-08-01T00:00:00Z,Marlow Public Schools,district,9901,",
    "s1,active,2026-08-01T00:00:00Z,Alder Hill High School,school,990101,d1",
    "s2,active,2026-08-01T00:00:00Z,Birch Lane Middle School,school,990102,d1",
)
CLASSES = table(
    "sourcedId,status,dateLastModified,title,grades,courseSourcedId,classCode,classType,location,"
    "schoolSourcedId,termSourcedIds,subjects,subjectCodes,periods",
    "c1,active,2026-08-01T00:00:00Z,Algebra 1,,,A1,scheduled,,s1,,,,",
)
ENROLLMENTS = table(
    "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,"
    "beginDate,endDate",
    "e1,active,2026-08-01T00:00:00Z,c1,s1,T1,teacher,true,2026-09-01,",
    "e2,active,2026-08-01T00:00:00Z,c1,s1,K1,student,false,2026-09-01,2027-06-20",
)
USERS_11 = table(
    "sourcedId,status,dateLastModified,enabledUser,orgSourcedIds,role,username,userIds,givenName,"
    "familyName,middleName,identifier,email,sms,phone,agentSourcedIds,grades,password",
    'T1,active,2026-08-01T00:00:00Z,true,"s1,s2",teacher,dwhit,{LDAP:dw},Dana,Whit,,9001,'
    "dwhit@marlow.example,,,,,",
    "K1,active,2026-08-01T00:00:00Z,false,s1,student,jreyes,,Jo,Reyes,,5001,"
    'jreyes@marlow.example,,,"G1",09,',
    "G1,active,2026-08-01T00:00:00Z,true,d1,parent,,,Ana,Reyes,,,ana@home.example,,,,,",
)
USERS_12 = table(
    "sourcedId,status,dateLastModified,enabledUser,username,userIds,givenName,familyName,"
    "middleName,identifier,email,sms,phone,agentSourcedIds,grades,password,userMasterIdentifier,"
    "preferredGivenName,preferredMiddleName,preferredFamilyName,primaryOrgSourcedId,pronouns",
    'T1,active,2026-08-01T00:00:00Z,true,dwhit,"{LDAP:dw},{LTI:77}",Danielle,Whit,,9001,'
    "DWhit@marlow.example,,,,,,UM1,Dana,,,s1,",
    "K1,active,2026-08-01T00:00:00Z,false,jreyes,,Jo,Reyes,,5001,"
    "jreyes@marlow.example,,,G1,09,,,,,,s1,",
    "G1,active,2026-08-01T00:00:00Z,true,,,Ana,Reyes,,,ana@home.example,,,,,,,,,,d1,",
)
ROLES = table(
    "sourcedId,status,dateLastModified,userSourcedId,roleType,role,beginDate,endDate,"
    "orgSourcedId,userProfileSourcedId",
    "r1,active,2026-08-01T00:00:00Z,T1,primary,teacher,2020-08-20,,s1,",
    "r2,active,2026-08-01T00:00:00Z,T1,secondary,parent,,,s2,",
    "r3,active,2026-08-01T00:00:00Z,K1,primary,student,2026-09-01,2027-06-20,s1,",
    "r4,active,2026-08-01T00:00:00Z,G1,primary,guardian,,,d1,",
)


def manifest(version: str, **modes: str) -> str:
    rows = [("manifest.version", "1.0"), ("oneroster.version", version)]
    rows += [(f"file.{name}", mode) for name, mode in modes.items()]
    return csv_text(("propertyName", "value"), rows)


def edition_11(**changed: str) -> Files:
    files = {
        "manifest.csv": manifest("1.1", users="bulk", orgs="bulk"),
        "orgs.csv": ORGS,
        "users.csv": USERS_11,
        "classes.csv": CLASSES,
        "enrollments.csv": ENROLLMENTS,
    }
    return files | {f"{name}.csv": text for name, text in changed.items()}


def edition_12(**changed: str) -> Files:
    files = edition_11() | {
        "manifest.csv": manifest("1.2", users="bulk", roles="bulk"),
        "users.csv": USERS_12,
        "roles.csv": ROLES,
    }
    return files | {f"{name}.csv": text for name, text in changed.items()}
