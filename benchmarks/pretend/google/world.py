"""What a pretended Workspace holds: accounts, groups, mailboxes, logs, courses and spaces.

Everything is dated, so that one world serves any moment: what lies after it is not there yet.
Tests change it with ``dataclasses.replace``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from benchmarks.pretend.worlds import LONG_AGO, MailSettings, Seat, number


def google_id(*parts: object) -> str:
    """Return the 21 digits of an account."""
    return f"1{number(*parts, bits=60):020d}"


@dataclass(frozen=True, slots=True)
class Grant:
    """An app that somebody signed in to."""

    client_id: str
    name: str
    scopes: tuple[str, ...]
    at: datetime
    native: bool = False
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class User:
    id: str
    email: str
    given: str
    family: str
    org_unit: str
    person_id: str = ""
    """The student information system's id, in ``externalIds``."""
    aliases: tuple[str, ...] = ()
    domain_aliases: tuple[str, ...] = ()
    """``nonEditableAliases``: the same name at a domain alias."""
    other_emails: tuple[str, ...] = ()
    """Addresses elsewhere, which the profile only mentions."""
    title: str = ""
    department: str = ""
    admin: bool = False
    created_at: datetime = LONG_AGO
    suspended_at: datetime | None = None
    archived_at: datetime | None = None
    deleted_at: datetime | None = None
    last_login: datetime | None = None
    has_mailbox: bool = True
    guest: bool = False
    grants: tuple[Grant, ...] = ()
    settings: MailSettings = field(default_factory=MailSettings)
    licence: str = ""
    """SKU; "" stands for the edition's own."""

    @property
    def keys(self) -> tuple[str, ...]:
        return (self.id, self.email, *self.aliases, *self.domain_aliases)

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}".strip()

    @property
    def domain(self) -> str:
        return self.email.partition("@")[2]

    def suspended(self, now: datetime) -> bool:
        return self.suspended_at is not None and self.suspended_at <= now

    def deleted(self, now: datetime) -> bool:
        return self.deleted_at is not None and self.deleted_at <= now


@dataclass(frozen=True, slots=True)
class Group:
    id: str
    email: str
    name: str
    seats: tuple[Seat, ...] = ()
    aliases: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    """Beside the usual ones: whoCanPostMessage and the like."""

    @property
    def keys(self) -> tuple[str, ...]:
        return (self.id, self.email, *self.aliases)


@dataclass(frozen=True, slots=True)
class Message:
    """One copy of a mail, in one mailbox."""

    id: str
    thread_id: str
    at: datetime
    labels: tuple[str, ...]
    headers: tuple[tuple[str, str], ...]
    size: int = 2_048
    purged_at: datetime | None = None

    def here(self, now: datetime) -> bool:
        return self.at <= now and (self.purged_at is None or now < self.purged_at)


@dataclass(frozen=True, slots=True)
class LogRow:
    """One activity. ``parameters`` are plain values, lists and dictionaries of them."""

    application: str
    at: datetime
    actor: str
    """E-mail address; "" where the log names none."""
    type: str
    name: str
    parameters: Mapping[str, Any]
    qualifier: int
    visible_at: datetime
    """When the log first shows it: later than ``at``."""
    extra: Mapping[str, Any] = field(default_factory=dict)
    """Further fields of the activity: ipAddress, resourceDetails, isAgenticAction."""


@dataclass(frozen=True, slots=True)
class Stuff:
    """An announcement or an assignment; ``only_for`` are account ids of chosen students."""

    id: str
    author: str
    at: datetime
    only_for: tuple[str, ...] = ()
    scheduled_for: datetime | None = None
    """When it was published, where that was left to a clock; ``at`` is when it was written."""
    changed_at: datetime | None = None
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Course:
    id: str
    title: str
    owner: str
    """E-mail address, as of the others."""
    teachers: tuple[str, ...]
    students: tuple[str, ...]
    created_at: datetime = LONG_AGO
    state: str = "ACTIVE"
    changed_at: datetime | None = None
    """When it was last changed, as by archiving it."""
    announcements: tuple[Stuff, ...] = ()
    work: tuple[Stuff, ...] = ()


@dataclass(frozen=True, slots=True)
class Space:
    name: str
    """"spaces/…"."""
    kind: str
    """SPACE, GROUP_CHAT or DIRECT_MESSAGE."""
    title: str
    seats: tuple[Seat, ...]
    created_at: datetime
    creator: str = ""
    history: bool | None = True
    """None: Google does not say."""
    external: bool = False


@dataclass(frozen=True, slots=True)
class Edition:
    """What the district bought, and the limits that go with it.

    ``applications`` are those whose activities may be read; numbers are per minute.
    """

    name: str = "Google Workspace for Education Plus"
    sku: str = "1010310008"
    applications: frozenset[str] = frozenset(
        {"admin", "chat", "classroom", "gmail", "groups_enterprise", "login", "meet", "token"}
    )
    filtered_queries: int = 250
    queries: int = 2_400
    mailbox_units: int = 6_000
    project_units: int = 1_200_000
    history_kept: timedelta = timedelta(days=10)
    admin_sees_direct: bool = True
    """Whether an administrator may list the members of a direct message: not known of Google."""
    nested_details: bool = True
    """Whether mail logs nest source and destination, or tell them flattened only."""


PLUS = Edition()
STANDARD = Edition(name="Google Workspace for Education Standard", sku="1010310005")
FUNDAMENTALS = Edition(
    name="Google Workspace for Education Fundamentals",
    sku="1010070001",
    applications=PLUS.applications - {"gmail"},
)


@dataclass(frozen=True, slots=True)
class World:
    """A whole Workspace. ``ends`` is a moment by which all of it has become visible."""

    domain: str
    ends: datetime
    admin: str
    """Address of the super administrator, whom directory and logs are read as."""
    users: tuple[User, ...]
    groups: tuple[Group, ...] = ()
    domains: tuple[str, ...] = ()
    """Secondary domains."""
    domain_aliases: tuple[tuple[str, str], ...] = ()
    """(alias, domain it stands for)."""
    org_units: tuple[str, ...] = ()
    mailboxes: Mapping[str, tuple[Message, ...]] = field(default_factory=dict)
    """Account id -> copies in order of arrival."""
    rows: tuple[LogRow, ...] = ()
    courses: tuple[Course, ...] = ()
    spaces: tuple[Space, ...] = ()
    guardians: tuple[tuple[str, str, str], ...] = ()
    """(student's account id, guardian's name, address)."""
    edition: Edition = PLUS
    customer: str = "C03marlow0"
    canary: str = ""
    """A word in every text that must never be stored."""
