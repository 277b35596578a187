"""The canonical tables: their columns, and which of them a file must have.

Column names are the contract with the districts that keep these files; ``config/examples`` has
one file of each. A column may be left out where its absence means no more than "not known". One
whose absence would widen what a row says (an approval without its end) may not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from auditor.model import Channel, Ground, HatRole, TeamRole
from auditor.records import AppUse, Decision, LimitKind, MailboxKind, RunBy, ToolKind, ToolStatus
from auditor.source import FactKind


class Audience(StrEnum):
    """Whom a message was meant for, as the tool that sent it says."""

    INDIVIDUAL = "individual"
    GROUP = "group"
    BROADCAST = "broadcast"


@dataclass(frozen=True, slots=True)
class Table:
    """One canonical table."""

    name: str
    """Also the name of its file, without ``.csv``."""
    provides: FactKind
    columns: tuple[str, ...]
    required: tuple[str, ...]
    one_of: tuple[tuple[tuple[str, ...], ...], ...] = ()
    """Each entry lists ways to say one thing; all columns of at least one way must be there."""
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Column -> the only words it may hold."""
    days: tuple[str, ...] = ()
    moments: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()


_SPAN = ("start", "end")
_TERM = ("starts_on", "ends_on")
_WHO = (("person_id",), ("email",), ("first_name", "last_name"))
YES_NO = ("yes", "no")

PEOPLE = Table(
    "people",
    FactKind.PEOPLE,
    ("person_id", "role", "school", "first_name", "last_name", "grade", "email", *_SPAN),
    required=("role", "first_name", "last_name"),
    one_of=((("person_id",), ("email",)),),
    words={"role": tuple(HatRole)},
    days=_SPAN,
)
TEAMS = Table(
    "teams",
    FactKind.TEAMS,
    ("team_id", "name", "kind", "sport", "level", "school", "season_start", "season_end"),
    required=("team_id", "name", "kind"),
    words={"kind": ("sport", "club", "activity")},
    days=("season_start", "season_end"),
)
TEAM_MEMBERS = Table(
    "team_members",
    FactKind.TEAMS,
    ("team_id", "person_id", "email", "first_name", "last_name", "grade", "role", *_SPAN),
    required=("team_id", "role"),
    one_of=(_WHO,),
    words={"role": tuple(TeamRole)},
    days=_SPAN,
)
GUARDIANS = Table(
    "guardians",
    FactKind.GUARDIANS,
    ("student", "first_name", "last_name", "email", *_SPAN),
    required=("student", "first_name", "last_name", "email"),
    days=_SPAN,
)
GROUPS = Table(
    "groups",
    FactKind.GROUPS,
    ("group_email", "member_email", *_SPAN),
    required=("group_email", "member_email"),
    days=_SPAN,
)
ALIASES = Table(
    "aliases",
    FactKind.PEOPLE,
    ("person_id", "email", *_SPAN),
    required=("person_id", "email"),
    days=_SPAN,
)
PERSONAL_ADDRESSES = Table(
    "personal_addresses",
    FactKind.PERSONAL_ADDRESSES,
    ("person_id", "kind", "value"),
    required=("person_id", "kind", "value"),
    words={"kind": ("email", "phone")},
)
AUTHORIZATIONS = Table(
    "authorizations",
    FactKind.AUTHORIZATIONS,
    (
        "authorization_id", "ground", "adult", "student", "team", "tool", "granted_by",
        "granted_by_role", "granted_at", "starts_on", "ends_on", "condition", "reason_code",
        "evidence", "requested_by",
    ),
    required=(
        "authorization_id", "ground", "adult", "student", "team", "tool", "granted_by",
        "granted_by_role", "granted_at", "starts_on", "ends_on", "condition",
    ),
    words={"ground": tuple(Ground)},
    days=("starts_on", "ends_on"),
    moments=("granted_at",),
)  # fmt: skip
TOOLS = Table(
    "tools",
    FactKind.TOOLS,
    (
        "tool_id", "name", "kind", "domains", "status", "authorized_by", "authorized_by_role",
        "authorized_at", "ends_on", "scope", "noticed_on", "noticed_to",
    ),
    required=(
        "tool_id", "name", "kind", "status", "authorized_by", "authorized_by_role",
        "authorized_at", "ends_on", "scope",
    ),
    words={"kind": tuple(ToolKind), "status": tuple(ToolStatus)},
    days=("ends_on", "noticed_on"),
    moments=("authorized_at",),
    lists=("domains",),
)  # fmt: skip
DISCLOSURES = Table(
    "disclosures",
    FactKind.DISCLOSURES,
    (
        "disclosure_id", "adult", "student", "means", "first_contact_at", "last_contact_on",
        "reported_at", "reported_to", "reported_to_role", "confirmed_by", "confirmed_on",
        "considered_51a",
    ),
    required=(
        "disclosure_id", "adult", "student", "first_contact_at", "last_contact_on",
        "reported_at", "reported_to", "reported_to_role",
    ),
    words={"considered_51a": YES_NO},
    days=("last_contact_on", "confirmed_on"),
    moments=("first_contact_at", "reported_at"),
)  # fmt: skip
ACKNOWLEDGEMENTS = Table(
    "acknowledgements",
    FactKind.ACKNOWLEDGEMENTS,
    ("person_id", "document", "school_year", "acknowledged_on", "method"),
    required=("person_id", "document", "school_year", "acknowledged_on"),
    days=("acknowledged_on",),
)
ACCOUNTS = Table(
    "accounts",
    FactKind.ACCOUNTS,
    (
        "account_id", "platform", "handle", "group", "run_by", "owner", "second_owner",
        "requested_on", "decided_on", "decision", "decided_by", "decided_by_role", "renew_by",
        "school",
    ),
    required=(
        "account_id", "platform", "handle", "run_by", "owner", "second_owner", "decided_on",
        "decision", "decided_by", "decided_by_role", "renew_by",
    ),
    words={"run_by": tuple(RunBy), "decision": tuple(Decision)},
    days=("requested_on", "decided_on", "renew_by"),
)  # fmt: skip
SUBGROUPS = Table(
    "subgroups",
    FactKind.SUBGROUPS,
    (
        "subgroup_id", "team", "name", "member", "approved_by", "approved_by_role",
        "approved_at", *_TERM,
    ),
    required=(
        "subgroup_id", "team", "name", "member", "approved_by", "approved_by_role",
        "approved_at", *_TERM,
    ),
    days=_TERM,
    moments=("approved_at",),
)  # fmt: skip
MEDIA_PERMISSIONS = Table(
    "media_permissions",
    FactKind.MEDIA_PERMISSIONS,
    (
        "permission_id", "student", "account", "granted_by", "granted_by_role", "granted_on",
        *_TERM, "evidence",
    ),
    required=(
        "permission_id", "student", "account", "granted_by", "granted_by_role", "granted_on",
        *_TERM,
    ),
    days=("granted_on", *_TERM),
)  # fmt: skip
SPACES = Table(
    "spaces",
    FactKind.SPACES,
    ("space_id", "tool", "name", "created_by", "member", *_SPAN),
    required=("space_id", "name", "member"),
    days=_SPAN,
)
MAILBOX_SETTINGS = Table(
    "mailbox_settings",
    FactKind.MAILBOX_SETTINGS,
    ("person_id", "setting", "value", *_SPAN),
    required=("person_id", "setting", "value"),
    words={"setting": tuple(MailboxKind)},
    days=_SPAN,
)
APP_GRANTS = Table(
    "app_grants",
    FactKind.APP_GRANTS,
    ("person_id", "app_id", "app_name", "uses", "granted_on", "revoked_on"),
    required=("person_id", "app_name", "uses", "revoked_on"),
    words={"uses": tuple(AppUse)},
    days=("granted_on", "revoked_on"),
    lists=("uses",),
)
SYSTEM_SETTINGS = Table(
    "system_settings",
    FactKind.SYSTEM_SETTINGS,
    ("system", "setting", "expected", "found", "seen_on"),
    required=("system", "setting", "expected", "found", "seen_on"),
    days=("seen_on",),
)
DIGESTS = Table(
    "digests",
    FactKind.DIGESTS,
    ("digest_id", "team", "first", "last", "delivered_on", "delivered_to", "acknowledged_on"),
    required=("digest_id", "team", "first", "last", "delivered_on", "delivered_to"),
    days=("first", "last", "delivered_on", "acknowledged_on"),
)
CONTACT_LIMITS = Table(
    "contact_limits",
    FactKind.CONTACT_LIMITS,
    ("limit_id", "kind", "adult", "student", "set_by", "set_by_role", *_TERM),
    required=("limit_id", "kind", "adult", "student", *_TERM),
    words={"kind": tuple(LimitKind)},
    days=_TERM,
)
CONSENTS = Table(
    "consents",
    FactKind.CONSENTS,
    ("consent_id", "student", "guardian", "granted_on", "ends_on", "evidence"),
    required=("consent_id", "student", "guardian", "granted_on", "ends_on"),
    days=("granted_on", "ends_on"),
)
SELF_REPORTS = Table(
    "self_reports",
    FactKind.SELF_REPORTS,
    ("report_id", "adult", "student", "means", "first_contact_at", "reported_at", "reported_to"),
    required=("report_id", "adult", "student", "first_contact_at", "reported_at"),
    moments=("first_contact_at", "reported_at"),
)
ATTESTATIONS = Table(
    "attestations",
    FactKind.ATTESTATIONS,
    (
        "attestation_id", "system", "person", "first", "last", "looked_by", "looked_by_role",
        "looked_on", "found", "ends_on",
    ),
    required=(
        "attestation_id", "system", "person", "first", "last", "looked_by", "looked_by_role",
        "looked_on", "found", "ends_on",
    ),
    days=("first", "last", "looked_on", "ends_on"),
)  # fmt: skip
OFFICES = Table(
    "offices",
    FactKind.OFFICES,
    ("person_id", "office", "school", *_SPAN),
    required=("person_id", "office", "school", *_SPAN),
    days=_SPAN,
)
COMMUNICATIONS = Table(
    "communications",
    FactKind.MESSAGES,
    (
        "source", "external_id", "sent_at", "channel", "sender_id", "sender_email",
        "recipient_ids", "recipient_emails", "audience", "cc_ids", "team_id", "approved_by",
        "message_ref",
    ),
    required=("external_id", "sent_at", "channel"),
    one_of=(
        (("sender_id",), ("sender_email",)),
        (("recipient_ids",), ("recipient_emails",), ("team_id",)),
    ),
    words={"channel": tuple(Channel), "audience": tuple(Audience)},
    moments=("sent_at",),
    lists=("recipient_ids", "recipient_emails", "cc_ids"),
)  # fmt: skip

ROSTER_TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        PEOPLE, TEAMS, TEAM_MEMBERS, GUARDIANS, GROUPS, ALIASES, PERSONAL_ADDRESSES, AUTHORIZATIONS,
        TOOLS, DISCLOSURES, ACKNOWLEDGEMENTS, ACCOUNTS, SUBGROUPS, MEDIA_PERMISSIONS, SPACES,
        MAILBOX_SETTINGS, APP_GRANTS, SYSTEM_SETTINGS, DIGESTS, CONTACT_LIMITS, CONSENTS,
        SELF_REPORTS, ATTESTATIONS, OFFICES,
    )
}  # fmt: skip
"""In the order in which a folder of them is read."""
TABLES: Mapping[str, Table] = {**ROSTER_TABLES, COMMUNICATIONS.name: COMMUNICATIONS}


@lru_cache(maxsize=1024)  # the same few words stand in every row
def canonical_word(text: str, words: tuple[str, ...]) -> str | None:
    """Return the word of the contract that ``text`` spells; case, ``-``, ``_`` and spaces vary."""
    return {_plain(word): word for word in words}.get(_plain(text))


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("-", " ").replace("_", " ").split())
