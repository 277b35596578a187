"""A small sample for every connector: what it is given, and all of its own settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from auditor.source import Source, SourceContext
from connectors.canvas.settings import CanvasSettings
from connectors.clever.settings import CleverSettings
from connectors.google.apps.settings import AppSettings
from connectors.google.chatspaces.settings import ChatSettings
from connectors.google.classroom.settings import ClassroomSettings
from connectors.google.directory.settings import DirectorySettings
from connectors.google.gmail.settings import GmailSettings
from connectors.google.gmaillog.settings import GmailLogSettings
from connectors.google.logs.settings import LogSettings
from connectors.mail.imap.settings import ImapSettings
from connectors.mail.settings import MailSettings
from connectors.microsoft.apps.settings import AppSettings as TenantAppSettings
from connectors.microsoft.audit.settings import AuditSettings
from connectors.microsoft.directory.settings import DirectorySettings as TenantSettings
from connectors.microsoft.mail.settings import ExchangeSettings
from connectors.microsoft.teams.settings import TeamsSettings
from connectors.microsoft.trace.settings import TraceSettings
from connectors.moodle.settings import MoodleSettings
from connectors.oneroster.api.settings import ApiSettings
from connectors.oneroster.settings import OneRosterSettings
from connectors.schoology.settings import SchoologySettings
from connectors.sds.settings import SdsSettings
from connectors.tables.byhand import ByHandSettings
from connectors.tables.settings import TableSettings
from tests.connectors.roster_world import edition_12, table

Connect = Callable[[SourceContext], Source]


@dataclass(frozen=True)
class Sample:
    """What one connector reads, and its own settings."""

    given: Mapping[str, object]
    """The files of a small drop; of a live source the settings by which it reaches its server."""
    settings: dict[str, object]


GOOGLE: dict[str, object] = {"admin": "admin@marlow.example", "key": "key.json"}
MICROSOFT: dict[str, object] = {
    "tenant": "marlow.example",
    "client": "11111111-2222-4333-8444-555555555555",
    "certificate": "certificate.pem",
}
CANVAS: dict[str, object] = {"address": "https://canvas.marlow.example", "token": "canvas-token"}
LIVE: dict[str, Sample] = {
    "by-hand": Sample(
        {"system": "remind"}, {"system": "remind", "path": "records/attestations.csv"}
    ),
    "canvas": Sample(
        CANVAS,
        {
            "kind": "people",
            "account": "1",
            "ask": ["teacher", "ta"],
            "also_ask": ["coach@marlow.example"],
            "leave_out": ["scanner@marlow.example"],
            "comments": True,
            "person_id": "sis_user_id",
            "classes": True,
            "guardians": True,
            "names": False,
            "tool": "canvas",
            "queries_per_minute": 300,
        },
    ),
    "clever": Sample(
        {"token": "secrets/clever"},
        {"guardians": ["Parent/Guardian"], "events": False, "page": 1_000},
    ),
    "exchange-mail": Sample(
        MICROSOFT,
        {
            "mailboxes": [{"department": "Alder High"}, {"group": "coaches@marlow.example"}],
            "received": [{"department": "Alder High"}],
            "leave_out": ["scanner@marlow.example"],
            "headers": True,
            "settings": True,
            "threads": 4,
            "tool": "outlook",
        },
    ),
    "gmail": Sample(
        GOOGLE,
        {
            "mailboxes": ["/Staff", "/Students"],
            "received": ["/Students"],
            "leave_out": ["/Staff/Former", "scanner@marlow.example"],
            "settings": True,
            "first_tier": "log",
            "students": ["/Students"],
            "threads": 4,
            "units_per_minute": 1_200_000,
            "units_per_day": 80_000_000,
            "tool": "gmail",
        },
    ),
    "google-apps": Sample(
        GOOGLE,
        {"staff": ["/Staff"], "mail_programs": ["iOS"], "tokens": True, "threads": 4},
    ),
    "google-chat": Sample(
        GOOGLE,
        {
            "names": False,
            "history": True,
            "students": ["/Students"],
            "tool": "chat",
            "threads": 4,
            "queries_per_minute": 300,
        },
    ),
    "google-classroom": Sample(
        GOOGLE,
        {
            "kind": "rosters",
            "guardians": True,
            "names": False,
            "tool": "classroom",
            "threads": 4,
            "queries_per_minute": 300,
        },
    ),
    "google-directory": Sample(
        GOOGLE,
        {
            "roster": True,
            "person_id": "organization",
            "roles": [{"ou": "/Staff", "role": "staff", "school": "10"}],
            "group_log": True,
            "group_settings": True,
            "threads": 4,
        },
    ),
    "google-logs": Sample(
        GOOGLE,
        {
            "streams": ["gmail", "chat"],
            "tools": {"gmail": "district-mail"},
            "chat_members": True,
            "threads": 4,
        },
    ),
    "imap": Sample(
        {"host": "imap.marlow.example", "passwords": "passwords"},
        {
            "mailboxes": ["dana.whit@marlow.example"],
            "kind": "people",
            "received": True,
            "folders": ["INBOX", "Sent"],
            "sent_folders": ["Sent"],
            "leave_out_folders": ["Spam"],
            "threads": 4,
            "tool": "mail",
        },
    ),
    "microsoft-apps": Sample(
        MICROSOFT,
        {
            "users": [{"employee_type": "Staff"}],
            "mail_programs": ["iOS Accounts"],
            "sign_ins": False,
            "threads": 2,
        },
    ),
    "microsoft-audit": Sample(
        MICROSOFT,
        {
            "streams": ["teams-audit", "message-events"],
            "tools": {"teams-audit": "chat"},
            "members": False,
            "threads": 2,
        },
    ),
    "microsoft-directory": Sample(
        MICROSOFT,
        {
            "roster": True,
            "person_id": "employeeId",
            "roles": [{"department": "Alder High", "role": "staff", "school": "10"}],
            "education": True,
            "guardians": True,
            "threads": 4,
        },
    ),
    "microsoft-teams": Sample(
        MICROSOFT,
        {
            "users": [{"department": "Alder High"}],
            "leave_out": ["scanner@marlow.example"],
            "channels": True,
            "policies": "drop/teams",
            "expected": {"Students": {"ChatPermissionRole": "Restricted"}},
            "threads": 2,
            "tool": "teams",
        },
    ),
    "moodle": Sample(
        {"site": "https://moodle.marlow.example", "token": "secrets/moodle"},
        {
            "accounts": "users",
            "domains": ["marlow.example"],
            "leave_out": ["admin"],
            "person_id": "idnumber",
            "tool": "moodle",
        },
    ),
    "oneroster-api": Sample(
        {
            "address": "https://sis.marlow.example",
            "tokens": "https://sis.marlow.example/oauth/token",
            "client": "auditor-client",
            "secret": "secrets/oneroster",
        },
        {"version": "1.2", "sign_in": "oauth2", "scope": "roster-core", "page": 1_000},
    ),
    "schoology": Sample(
        {"key": "dpf43f3p2l4k3l03", "secret": "secrets/schoology"},
        {
            "kind": "messages",
            "roster": False,
            "person_id": "school_uid",
            "roles": [{"title": "Teacher", "role": "staff", "school": "10"}],
            "guardians": False,
            "posts": True,
            "messages_of": ["Teacher"],
            "leave_out": ["48289"],
            "tool": "schoology",
        },
    ),
}
"""Live connectors. What reaches the server is not among a connector's own settings."""
SAMPLES = {
    "gmail-log": Sample(
        {
            "log.csv": table(
                "Date,Message ID,Sender,Recipient",
                "2026-11-18 10:00:00,<1@marlow.example>,t1@marlow.example,k1@marlow.example",
            )
        },
        {"tool": "gmail", "quiet_days": 4, "covers_from": "2026-11-01"},
    ),
    "mail": Sample(
        {
            "a.eml": "From: t1@marlow.example\nTo: k1@marlow.example\n"
            "Date: Wed, 18 Nov 2026 10:00:00 -0500\nMessage-ID: <1@marlow.example>\n\nx\n"
        },
        {
            "tool": "gmail",
            "format": "auto",
            "per_mailbox": False,
            "quiet_days": 4,
            "covers_from": "2026-11-01",
        },
    ),
    "message-trace": Sample(
        {
            "trace.csv": table(
                "origin_timestamp,sender_address,Recipient_status,message_id,network_message_id",
                "2026-11-18T15:00:00Z,t1@marlow.example,"
                "k1@marlow.example##Deliver,<1@marlow.example>,1",
            )
        },
        {"tool": "outlook", "quiet_days": 4, "covers_from": "2026-11-01"},
    ),
    "oneroster": Sample(edition_12(), {"version": "1.2"}),
    "sds": Sample(
        {
            "orgs.csv": table("sourcedId,name,type", "s1,Alder Hill,school"),
            "users.csv": table("sourcedId,username,givenName,familyName", "T1,dwhit,Dana,Whit"),
            "roles.csv": table("userSourcedId,orgSourcedId,role", "T1,s1,teacher"),
        },
        {"domain": "marlow.example"},
    ),
    "table": Sample(
        {
            "teams.csv": table(
                "team_id,name,kind,sport,level,school,season_start,season_end",
                "t1,Girls Soccer,sport,soccer,varsity,s1,2026-08-20,2026-11-20",
            )
        },
        {"expect": ["teams"]},
    ),
}
FILES = {name: {k: str(v) for k, v in one.given.items()} for name, one in SAMPLES.items()}
SETTINGS: dict[str, type[Any]] = {
    "by-hand": ByHandSettings,
    "canvas": CanvasSettings,
    "clever": CleverSettings,
    "exchange-mail": ExchangeSettings,
    "gmail": GmailSettings,
    "gmail-log": GmailLogSettings,
    "google-apps": AppSettings,
    "google-chat": ChatSettings,
    "google-classroom": ClassroomSettings,
    "google-directory": DirectorySettings,
    "google-logs": LogSettings,
    "imap": ImapSettings,
    "mail": MailSettings,
    "message-trace": TraceSettings,
    "microsoft-apps": TenantAppSettings,
    "microsoft-audit": AuditSettings,
    "microsoft-directory": TenantSettings,
    "microsoft-teams": TeamsSettings,
    "moodle": MoodleSettings,
    "oneroster": OneRosterSettings,
    "oneroster-api": ApiSettings,
    "schoology": SchoologySettings,
    "sds": SdsSettings,
    "table": TableSettings,
}
