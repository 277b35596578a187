"""What offices put on record: tools, crisis reports, acknowledgements, accounts and the like.

A message shows who was on it; whether that was allowed stands on paper somewhere. These types are
that paper, as filed, in the same manner as ``model``: canonical text, district days, and None for
what the record does not say. None of them has room for a reason in words, for a diagnosis or for
what anybody wrote.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from auditor.model import Address, Message, PersonRef, RosterFact


class ToolKind(StrEnum):
    EMAIL = "email"
    LMS = "lms"
    CHAT = "chat"
    BROADCAST = "broadcast"
    SOCIAL = "social"
    APP = "app"


class ToolStatus(StrEnum):
    APPROVED = "approved"
    PILOT = "pilot"
    """Being tried out with the knowledge of a principal: no breach."""
    RETIRED = "retired"
    UNAPPROVED = "unapproved"


class RunBy(StrEnum):
    STAFF = "staff"
    OUTSIDE = "outside"
    """A parents' association or booster club: not the district's to affiliate."""


class Decision(StrEnum):
    APPROVED = "approved"
    REFUSED = "refused"
    PENDING = "pending"


class MailboxKind(StrEnum):
    """Which setting of a mailbox names an address or number."""

    SIGNATURE = "signature"
    VACATION = "vacation"
    SEND_AS = "send_as"
    FORWARDING = "forwarding"


class AppUse(StrEnum):
    """What an app that was let into an account may do there, as far as it reaches people."""

    MAIL = "mail"
    """It may send mail in the account's name."""
    CONTACTS = "contacts"
    """It may read whom the account's owner knows."""
    CHAT = "chat"
    """It may write in the chat in the account's name."""
    MESSAGES = "messages"
    """The app is itself one by which people write to each other."""
    SIGN_IN = "sign_in"
    """It learns who signed in, or does something else that reaches nobody."""


class LimitKind(StrEnum):
    DO_NOT_CONTACT = "do_not_contact"
    OPT_OUT = "opt_out"
    """A guardian asked that the student not be written to by these means."""


@dataclass(frozen=True, slots=True)
class Tool:
    """One entry of the tool catalogue. ``domains`` are those its own mail comes from."""

    tool_id: str
    name: str
    kind: ToolKind
    domains: tuple[str, ...]
    status: ToolStatus
    authorized_by: PersonRef | None = None
    authorized_by_role: str | None = None
    authorized_at: datetime | None = None
    ends_on: date | None = None
    scope: str | None = None
    noticed_on: date | None = None
    """The day a principal was told of it."""
    noticed_to: PersonRef | None = None


@dataclass(frozen=True, slots=True)
class Disclosure:
    """A crisis contact as told afterwards: whom, how, from when to when, and when it was told."""

    disclosure_id: str
    adult: PersonRef
    student: PersonRef
    means: str | None
    first_contact_at: datetime
    last_contact_on: date | None
    reported_at: datetime | None
    """None: known to the office, but not reported by the adult."""
    reported_to: PersonRef | None
    reported_to_role: str | None
    confirmed_by: PersonRef | None = None
    confirmed_on: date | None = None
    considered_51a: bool | None = None


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """One person's review of the handbook for one school year ("2026-27")."""

    person: PersonRef
    document: str
    school_year: str
    acknowledged_on: date
    method: str | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """A social media account that speaks for a school, a team or a group of one."""

    account_id: str
    platform: str
    handle: str
    group: str | None
    run_by: RunBy
    owner: PersonRef | None
    second_owner: PersonRef | None
    requested_on: date | None
    decided_on: date | None
    decision: Decision
    decided_by: PersonRef | None = None
    decided_by_role: str | None = None
    renew_by: date | None = None
    school_id: str | None = None


@dataclass(frozen=True, slots=True)
class SubgroupMember:
    """One member of a registered part of a team: the captains, the officers."""

    subgroup_id: str
    team_id: str
    name: str
    member: PersonRef
    approved_by: PersonRef | None
    approved_by_role: str | None
    approved_at: datetime | None
    starts_on: date | None
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class MediaPermission:
    """Permission to show one student on one registered account."""

    permission_id: str
    student: PersonRef
    account_id: str | None
    granted_by: PersonRef | None
    granted_by_role: str | None
    granted_on: date | None
    starts_on: date | None
    ends_on: date | None
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class SpaceMember:
    """One member of a chat space, group or team channel, and who made it."""

    space_id: str
    tool: str | None
    name: str
    created_by: PersonRef | None
    member: PersonRef
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True)
class MailboxSetting:
    """An address or number that a mailbox shows, sends as or forwards to; never the text."""

    person: PersonRef
    setting: MailboxKind
    value: Address
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True)
class AppGrant:
    """An app of somebody else's that was let into an account: that, and never what it did there."""

    person: PersonRef
    app_id: str
    """The number by which the system knows the app."""
    app_name: str
    uses: tuple[AppUse, ...]
    granted_on: date | None = None
    """None: it is not told since when."""
    revoked_on: date | None = None
    """The day on which it was shut out again."""


@dataclass(frozen=True, slots=True)
class SystemSetting:
    """A protective setting of a whole system, as found and as the district wants it."""

    system: str
    setting: str
    expected: str
    found: str
    """Blank: it was looked for, and the system did not tell."""
    seen_on: date


@dataclass(frozen=True, slots=True)
class Digest:
    """A list of coach messages that was delivered to the athletic director or a principal."""

    digest_id: str
    team_id: str | None
    """None: of all teams."""
    first: date
    last: date
    delivered_on: date
    delivered_to: PersonRef | None = None
    acknowledged_on: date | None = None


@dataclass(frozen=True, slots=True)
class ContactLimit:
    limit_id: str
    kind: LimitKind
    adult: PersonRef | None
    """None: every adult."""
    student: PersonRef
    set_by: PersonRef | None
    set_by_role: str | None
    starts_on: date | None
    ends_on: date | None


@dataclass(frozen=True, slots=True)
class Consent:
    """A guardian's consent that a student is written to."""

    consent_id: str
    student: PersonRef
    guardian: PersonRef | None
    granted_on: date
    ends_on: date | None
    evidence: str | None = None


@dataclass(frozen=True, slots=True)
class SelfReport:
    """An adult's own report of a contact outside the district's systems."""

    report_id: str
    adult: PersonRef
    student: PersonRef
    means: str | None
    first_contact_at: datetime
    reported_at: datetime
    reported_to: PersonRef | None = None


@dataclass(frozen=True, slots=True)
class Attestation:
    """That somebody looked by hand at a system which no program can read.

    It is a person's word. No check takes the days for read because of it.
    """

    attestation_id: str
    system: str
    """The system's name in the settings or in the list of systems."""
    person: PersonRef | None
    """Whose messages were looked at; None: everybody's."""
    first: date
    last: date
    looked_by: PersonRef
    looked_by_role: str | None
    looked_on: date
    found: int
    """How many contacts need a look; what they are is told where such things are told."""
    ends_on: date
    """After this day nobody relies on it any more."""


@dataclass(frozen=True, slots=True)
class OfficeHolder:
    """Who held which office, where and when: what an approval's authority is tested against."""

    person: PersonRef
    office: str
    school_id: str | None = None
    start: date | None = None
    end: date | None = None


Record = (
    Tool
    | Disclosure
    | Acknowledgement
    | Account
    | SubgroupMember
    | MediaPermission
    | SpaceMember
    | MailboxSetting
    | AppGrant
    | SystemSetting
    | Digest
    | ContactLimit
    | Consent
    | SelfReport
    | Attestation
    | OfficeHolder
)
StateFact = RosterFact | Record
"""What a source delivers whole each time: who is who, and what is on record."""
Fact = Message | StateFact
