"""The record tables' example rows for tests, and the facts that they are."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from auditor.model import Address, AddressKind, PersonRef
from auditor.records import (
    Account,
    Acknowledgement,
    AppGrant,
    AppUse,
    Attestation,
    Consent,
    ContactLimit,
    Decision,
    Digest,
    Disclosure,
    Fact,
    LimitKind,
    MailboxKind,
    MailboxSetting,
    MediaPermission,
    OfficeHolder,
    RunBy,
    SelfReport,
    SpaceMember,
    SubgroupMember,
    SystemSetting,
    Tool,
    ToolKind,
    ToolStatus,
)
from connectors.tables.layout import ROSTER_TABLES
from tests.connectors.tables_world import Pulled, pull, write

EXAMPLES = Path(__file__).resolve().parents[2] / "config/examples"
Cells = Mapping[str, str]


def example(name: str, /, **changes: str) -> dict[str, str]:
    """Return the first row of the table's example file, with some cells changed."""
    with (EXAMPLES / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return {**next(csv.DictReader(file)), **changes}


def pulled_rows(base: Path, name: str, *rows: Cells) -> Pulled:
    text = io.StringIO(newline="")
    columns = dict.fromkeys(itertools.chain(ROSTER_TABLES[name].columns, *rows))
    written = csv.DictWriter(text, list(columns))
    written.writeheader()
    written.writerows(rows)
    write(base / "drop" / f"{name}.csv", text.getvalue())
    return pull(base)


def person(id_: str) -> PersonRef:
    return PersonRef(person_id=id_)


def at(day: int, hour: int, minute: int = 0, *, month: int = 9) -> datetime:
    """Return a moment of the district's daylight saving time."""
    return datetime(2026, month, day, hour + 4, minute, tzinfo=UTC)


OCT = 10
T104, S2001, S2002 = person("T-104"), person("S-2001"), person("S-2002")
T100, T101 = person("T-100"), person("T-101")
ENDS = date(2027, 6, 30)
FACTS: dict[str, Fact] = {
    "tools": Tool(
        "team-app",
        "Sample Team App",
        ToolKind.APP,
        ("teamapp.example", "mail.teamapp.example"),
        ToolStatus.APPROVED,
        T100,
        "principal",
        at(20, 10, month=8),
        ENDS,
        "varsity teams",
        date(2026, 8, 18),
        T100,
    ),
    "disclosures": Disclosure(
        "DISC-001",
        T104,
        S2001,
        "personal phone",
        datetime(2026, 10, 4, 1, 10, tzinfo=UTC),
        date(2026, OCT, 4),
        at(5, 8, month=OCT),
        T100,
        "principal",
        T100,
        date(2026, OCT, 5),
        True,
    ),
    "acknowledgements": Acknowledgement(
        T104, "staff handbook", "2026-27", date(2026, 8, 26), "form"
    ),
    "accounts": Account(
        "ACC-001",
        "photo-app",
        "@marlow.sample.soccer",
        "Varsity Soccer",
        RunBy.STAFF,
        T104,
        T101,
        date(2026, 8, 10),
        date(2026, 8, 20),
        Decision.APPROVED,
        T100,
        "principal",
        date(2027, 8, 20),
        "10",
    ),
    "subgroups": SubgroupMember(
        "SUB-001",
        "SOC-V",
        "captains",
        S2001,
        T101,
        "athletic_director",
        at(25, 9, month=8),
        date(2026, 8, 25),
        date(2026, 11, 14),
    ),
    "media_permissions": MediaPermission(
        "MED-001",
        S2001,
        "ACC-001",
        T100,
        "principal",
        date(2026, 9, 8),
        date(2026, 9, 8),
        ENDS,
        "office file 2",
    ),
    "spaces": SpaceMember(
        "SPACE-001", "chat", "Sample Study Group", T104, T104, date(2026, 9, 8), None
    ),
    "mailbox_settings": MailboxSetting(
        T104,
        MailboxKind.SIGNATURE,
        Address(AddressKind.EMAIL, "jordan.sample@letterbox.example"),
        date(2026, 9, 1),
    ),
    "app_grants": AppGrant(
        T104,
        "900-sample-talk",
        "Sample Talk",
        (AppUse.CONTACTS, AppUse.MESSAGES),
        date(2026, 9, 14),
    ),
    "system_settings": SystemSetting("chat", "history", "on", "on", date(2026, 11, 20)),
    "digests": Digest(
        "DIG-001",
        "SOC-V",
        date(2026, 9, 14),
        date(2026, 9, 20),
        date(2026, 9, 21),
        T101,
        date(2026, 9, 22),
    ),
    "contact_limits": ContactLimit(
        "LIM-001",
        LimitKind.DO_NOT_CONTACT,
        person("V-900"),
        S2002,
        T100,
        "principal",
        date(2026, OCT, 1),
        ENDS,
    ),
    "consents": Consent(
        "CON-001",
        S2001,
        PersonRef(email="robin.sample@letterbox.example"),
        date(2026, 9, 3),
        ENDS,
        "office file 3",
    ),
    "attestations": Attestation(
        "ATT-1",
        "remind",
        T104,
        date(2026, 9, 14),
        date(2026, 9, 20),
        T100,
        "principal",
        date(2026, 9, 22),
        0,
        date(2026, 12, 31),
    ),
    "self_reports": SelfReport(
        "SELF-001", T104, S2002, "text message", at(19, 18, 40), at(21, 8, 5), T101
    ),
    "offices": OfficeHolder(T100, "principal", "10", date(2026, 7, 1), ENDS),
}
