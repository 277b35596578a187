"""What a pretended Microsoft 365 tenant holds: accounts, groups, mail, its traces, chats, grants.

Everything is dated, so that one world serves any moment: what lies after it is not there yet.
Tests change it with ``dataclasses.replace``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from benchmarks.pretend.microsoft.edition import A5, Edition
from benchmarks.pretend.worlds import LONG_AGO, MailSettings, Seat, number


def guid(*parts: object) -> str:
    """Return an id in Microsoft's form that stands for ``parts``: always the same one."""
    whole = number("high", *parts) << 64 | number("low", *parts)
    return str(UUID(int=whole, version=4))


@dataclass(frozen=True, slots=True)
class Contact:
    """A guardian, as the school's records name one."""

    name: str
    address: str
    relationship: str = "guardian"
    phone: str = ""


@dataclass(frozen=True, slots=True)
class User:
    id: str
    upn: str
    """``userPrincipalName``; also the address of the mailbox, unless ``mail`` is another."""
    given: str
    family: str
    mail: str = ""
    aliases: tuple[str, ...] = ()
    """Further addresses of the mailbox: ``proxyAddresses`` that begin with "smtp:"."""
    other_mails: tuple[str, ...] = ()
    """Addresses elsewhere, which the profile only mentions."""
    person_id: str = ""
    """The student information system's id: ``employeeId``, and ``externalId`` of the education."""
    role: str = "none"
    """``primaryRole``: student, teacher or none."""
    grade: str = ""
    employee_type: str = ""
    title: str = ""
    department: str = ""
    office: str = ""
    age_group: str = ""
    """``legalAgeGroupClassification``, such as "MinorWithParentalConsent"."""
    kind: str = "Member"
    """Or "Guest"."""
    contacts: tuple[Contact, ...] = ()
    created_at: datetime = LONG_AGO
    disabled_at: datetime | None = None
    deleted_at: datetime | None = None
    has_mailbox: bool = True
    licence: str | None = ""
    """SKU; "" stands for the edition's own, None for none."""
    settings: MailSettings = field(default_factory=MailSettings)
    extensions: Mapping[str, str] = field(default_factory=dict)
    """``extensionAttribute1`` to ``15``, or the tenant's own ``extension_<app>_<name>``."""

    @property
    def address(self) -> str:
        return self.mail or self.upn

    @property
    def keys(self) -> tuple[str, ...]:
        return (self.id, self.upn, self.address, *self.aliases)

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}".strip()

    def here(self, now: datetime) -> bool:
        return self.created_at <= now and (self.deleted_at is None or now < self.deleted_at)

    def enabled(self, now: datetime) -> bool:
        return self.disabled_at is None or now < self.disabled_at


@dataclass(frozen=True, slots=True)
class Group:
    id: str
    email: str
    """"" for a group that gets no mail."""
    name: str
    seats: tuple[Seat, ...] = ()
    owners: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    unified: bool = False
    """Whether it is a Microsoft 365 group and not a distribution list."""
    hidden: bool = False
    """Whether its members are shown only to who may see hidden ones."""
    created_at: datetime = LONG_AGO
    deleted_at: datetime | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        return (self.id, self.email, *self.aliases)

    def here(self, now: datetime) -> bool:
        return self.created_at <= now and (self.deleted_at is None or now < self.deleted_at)


@dataclass(frozen=True, slots=True)
class Class:
    """A class of the school's records, by the addresses of who is in it."""

    id: str
    external_id: str
    title: str
    teachers: tuple[str, ...]
    students: tuple[str, ...]
    created_at: datetime = LONG_AGO
    begins: str = ""
    """First day of its term, ISO; "" where none is told."""
    ends: str = ""

    def here(self, now: datetime) -> bool:
        return self.created_at <= now


@dataclass(frozen=True, slots=True)
class School:
    """A school of the school's records: who is at it by address, and its classes by id."""

    id: str
    external_id: str
    name: str
    members: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()


Box = tuple[str, str]
"""(address, name) as a mail has it."""


@dataclass(frozen=True, slots=True)
class Message:
    """One copy of a mail, in one mailbox."""

    id: str
    conversation: str
    """``conversationId``: another one in each mailbox."""
    folder: str
    """Well-known name: inbox, sentitems, drafts, deleteditems, archive. A folder of one's own is
    named below one of these or by itself: "inbox/Families"."""
    at: datetime
    """When this copy came to be."""
    sent_at: datetime
    message_id: str
    """With angle brackets."""
    sender: Box
    to: tuple[Box, ...] = ()
    cc: tuple[Box, ...] = ()
    bcc: tuple[Box, ...] = ()
    on_behalf_of: Box | None = None
    """``from``, where it is another than ``sender``."""
    headers: tuple[tuple[str, str], ...] = ()
    """``internetMessageHeaders``: of mail that came in; what one sent oneself has none."""
    subject: str = ""
    index: str = ""
    """``conversationIndex``: base64, the bytes 6 to 21 the same in a whole conversation."""
    meeting: bool = False
    """Whether it is a meeting request, which Graph tells as another kind of message."""
    draft: bool = False
    purged_at: datetime | None = None

    def here(self, now: datetime) -> bool:
        return self.at <= now and (self.purged_at is None or now < self.purged_at)


@dataclass(frozen=True, slots=True)
class Trace:
    """What became of one mail for one recipient."""

    id: str
    """One for each mail."""
    message_id: str
    sender: str
    recipient: str
    at: datetime
    visible_at: datetime
    """When the trace first shows it: later than ``at``."""
    status: str = "delivered"
    later: tuple[tuple[datetime, str], ...] = ()
    """(from when on, status) where it changes."""
    subject: str = ""
    size: int = 2_048
    from_ip: str = ""
    to_ip: str = ""

    def status_at(self, now: datetime) -> str:
        return next((s for since, s in reversed(self.later) if since <= now), self.status)


@dataclass(frozen=True, slots=True)
class Post:
    """One message of a chat or channel."""

    id: str
    """Milliseconds since 1970, as Teams numbers them; unique in its chat."""
    at: datetime
    author: str
    """Address or id; "" for what the system says."""
    text: str = ""
    kind: str = "message"
    """Or systemEventMessage."""
    joined: tuple[str, ...] = ()
    """Whom a system message says were added."""
    left: tuple[str, ...] = ()
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    answers: str = ""
    """Id of the post of a channel that it replies to."""
    app: str = ""
    """Id of the app that wrote it, in place of an author."""


@dataclass(frozen=True, slots=True)
class Chat:
    id: str
    kind: str
    """oneOnOne, group or meeting."""
    seats: tuple[Seat, ...]
    """Members by address; those from outside have no account."""
    created_at: datetime
    topic: str = ""
    posts: tuple[Post, ...] = ()


@dataclass(frozen=True, slots=True)
class Channel:
    id: str
    name: str
    posts: tuple[Post, ...] = ()
    kind: str = "standard"
    """Or private, shared."""
    seats: tuple[Seat, ...] = ()
    """Members of a private or shared one; a standard one has its team's."""
    created_at: datetime = LONG_AGO


@dataclass(frozen=True, slots=True)
class Team:
    """``id`` is that of its group or class, whose members it has."""

    id: str
    name: str
    channels: tuple[Channel, ...] = ()
    created_at: datetime = LONG_AGO


@dataclass(frozen=True, slots=True)
class App:
    """A service principal: an app that the tenant knows."""

    id: str
    app_id: str
    name: str
    publisher: str = ""
    owner_tenant: str = "9f0a3e35-5b0f-4a3c-9a53-0d5a9bfc2a11"
    created_at: datetime = LONG_AGO
    enabled: bool = True
    assigned: tuple[tuple[str, datetime], ...] = ()
    """Addresses of users and groups that an administrator gave it to, and since when."""


@dataclass(frozen=True, slots=True)
class Grant:
    """Somebody let an app act in his or her name; no ``user`` stands for everybody."""

    app: str
    """Id of the service principal."""
    scopes: tuple[str, ...]
    at: datetime
    user: str = ""
    """Address."""
    revoked_at: datetime | None = None
    assigned: bool = True
    """Whether the app was also assigned to who let it in, as consenting usually does."""

    def here(self, now: datetime) -> bool:
        return self.at <= now and (self.revoked_at is None or now < self.revoked_at)


@dataclass(frozen=True, slots=True)
class SignIn:
    at: datetime
    user: str
    app: str
    """Id of the service principal."""
    error: int = 0
    """What it failed with; 0 for one that went through."""


@dataclass(frozen=True, slots=True)
class Record:
    """One row of the unified audit log. ``data`` is what it tells beside the usual."""

    at: datetime
    visible_at: datetime
    kind: str
    """``auditLogRecordType``, such as MicrosoftTeams."""
    operation: str
    user: str
    data: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class World:
    """A whole tenant. ``ends`` is a moment by which all of it has become visible."""

    domain: str
    ends: datetime
    users: tuple[User, ...]
    groups: tuple[Group, ...] = ()
    domains: tuple[str, ...] = ()
    """Further domains."""
    mailboxes: Mapping[str, tuple[Message, ...]] = field(default_factory=dict)
    """Account id -> copies in order of arrival."""
    traces: tuple[Trace, ...] = ()
    classes: tuple[Class, ...] = ()
    schools: tuple[School, ...] = ()
    chats: tuple[Chat, ...] = ()
    teams: tuple[Team, ...] = ()
    apps: tuple[App, ...] = ()
    grants: tuple[Grant, ...] = ()
    sign_ins: tuple[SignIn, ...] = ()
    records: tuple[Record, ...] = ()
    edition: Edition = A5
    tenant: str = "7d1c4a52-3b1e-4f06-9d27-5a0f6c1e8b90"
    name: str = "Marlow Public Schools"
    exports_own_channels: bool = True
    """Whether the export of a team tells of channels that have members of their own."""
    traces_provisioned: bool = True
    """Whether the service principal stands that message traces need."""
    mailboxes_opened: frozenset[str] | None = None
    """Account ids of the mailboxes that the application may read; None: all of them."""
    sends_as: frozenset[str] = frozenset()
    """Account ids that an application may send as by a role of Exchange's own, whatever its token
    carries."""
    canary: str = ""
    """A word in every text that must never be stored."""
