"""Folders of tables for tests: files written, a source connected, a pull gathered."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from auditor.keys import AddressRules
from auditor.model import Message
from auditor.records import Fact
from auditor.source import (
    DayCoverage,
    Note,
    Page,
    Rejected,
    SourceContext,
    Window,
)
from connectors.tables import TableDrop, connect

RULES = AddressRules(district_domains=frozenset({"marlow.example"}))
WINDOW = Window(date(2026, 9, 14), date(2026, 9, 20))
WRITTEN = datetime(2026, 9, 21, 12, tzinfo=UTC)
HEADERS: Mapping[str, str] = {
    "people": "person_id,role,school,first_name,last_name,grade,email,start,end",
    "teams": "team_id,name,kind,sport,level,school,season_start,season_end",
    "team_members": "team_id,person_id,email,first_name,last_name,grade,role,start,end",
    "groups": "group_email,member_email,start,end",
    "aliases": "person_id,email,start,end",
    "personal_addresses": "person_id,kind,value",
    "authorizations": (
        "authorization_id,ground,adult,student,team,tool,granted_by,granted_by_role,granted_at,"
        "starts_on,ends_on,condition,reason_code,evidence"
    ),
    "communications": (
        "source,external_id,sent_at,channel,sender_id,sender_email,recipient_ids,"
        "recipient_emails,audience,cc_ids,team_id,approved_by,message_ref"
    ),
}


@dataclass(frozen=True, slots=True)
class Pulled:
    """All pages of a pull in one."""

    facts: tuple[Fact, ...]
    rejected: tuple[Rejected, ...]
    notes: tuple[Note, ...]
    records: int
    hashes: frozenset[str]
    coverage: tuple[DayCoverage, ...]

    @property
    def messages(self) -> tuple[Message, ...]:
        return tuple(fact for fact in self.facts if isinstance(fact, Message))


def settings_of(path: str, kind: str | None) -> dict[str, object]:
    return {"path": path} if kind is None else {"path": path, "kind": kind}


def gathered(pages: Iterable[Page]) -> Pulled:
    taken = tuple(pages)
    return Pulled(
        tuple(fact for page in taken for fact in page.facts),
        tuple(one for page in taken for one in page.rejected),
        tuple(one for page in taken for one in page.notes),
        sum(page.records_read for page in taken),
        frozenset(file.sha256 for page in taken for file in page.files),
        tuple(one for page in taken for one in page.coverage),
    )


def write(path: Path, content: str | bytes, *, modified_at: datetime = WRITTEN) -> Path:
    """Write a file as if it had been dropped at ``modified_at``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    os.utime(path, (modified_at.timestamp(), modified_at.timestamp()))
    return path


def table(name: str, *rows: str) -> str:
    """Return a canonical table's text."""
    return "\r\n".join((HEADERS[name], *rows, ""))


def source(
    base: Path,
    settings: Mapping[str, object],
    *,
    already_read: frozenset[str] = frozenset(),
    name: str = "tables",
) -> TableDrop:
    context = SourceContext(
        name, "Tables", "America/New_York", RULES, str(base), settings, already_read
    )
    return connect(context)


def pull(base: Path, *, already_read: frozenset[str] = frozenset(), **settings: Any) -> Pulled:
    """Pull ``drop`` below ``base`` with these settings; a map need not be a verified one."""
    if "columns" in settings:
        settings.setdefault("use_unverified", True)
    return gathered(
        source(base, {"path": "drop", **settings}, already_read=already_read).pull(WINDOW)
    )


def pull_table(base: Path, name: str, rows: Sequence[str]) -> Pulled:
    """Pull a folder that holds one canonical table with these rows."""
    write(base / "drop" / f"{name}.csv", table(name, *rows))
    return pull(base)


def pull_messages(base: Path, *rows: str, **settings: Any) -> Pulled:
    """Pull a canonical communications file with these rows."""
    write(base / "drop/week.csv", table("communications", *rows))
    return pull(base, kind="communications", **settings)
