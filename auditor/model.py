"""Canonical records: the one vocabulary that connectors write and the audit reads.

A connector turns a vendor's answer into these types and drops everything else; nothing
downstream ever sees a vendor's field name. All records are frozen. Addresses are carried as
canonical text here and become integer keys when they land (see ``keys``), so a record never
outlives the process that read it.

Dates are calendar days of the district; ``start`` is the first day something holds and ``end``
the last (both inclusive, as every roster format writes them). ``None`` means the source did not
say, never "always" or "today": the directory decides what an unstated date means.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Channel(StrEnum):
    """How a message travelled."""

    EMAIL = "email"
    CHAT = "chat"
    LMS_MESSAGE = "lms-message"
    LMS_COMMENT = "lms-comment"
    ANNOUNCEMENT = "announcement"
    BROADCAST = "broadcast"
    CALL = "call"
    APP = "app"


class PartyRole(StrEnum):
    """How an address stands on a message."""

    FROM = "from"
    TO = "to"
    CC = "cc"
    BCC = "bcc"
    MEMBER = "member"
    """In the chat, space or course the message was posted to."""
    UNKNOWN = "unknown"
    """Received it, but the source does not say as To, Cc or Bcc."""


class Automation(StrEnum):
    """Whether a person or a machine wrote, as far as the envelope tells."""

    NO = "no"
    AUTO_REPLY = "auto-reply"
    CALENDAR = "calendar"
    NOTIFICATION = "notification"
    BULK = "bulk"
    LIST = "list"
    """Written by a person and passed on by a mailing list: still a person's message."""


class HatRole(StrEnum):
    """What a person is to a school or team on a day. One person may wear several."""

    STAFF = "staff"
    COACH = "coach"
    ADVISER = "adviser"
    STUDENT = "student"
    GUARDIAN = "guardian"
    VOLUNTEER = "volunteer"
    CONTRACTOR = "contractor"
    SYSTEM = "system"
    """An account nobody is behind: scanner, help desk, shared office mailbox."""


class ClassRole(StrEnum):
    TEACHER = "teacher"
    AIDE = "aide"
    STUDENT = "student"


class TeamRole(StrEnum):
    HEAD_COACH = "head_coach"
    ASSISTANT_COACH = "assistant_coach"
    VOLUNTEER_COACH = "volunteer_coach"
    ADVISER = "adviser"
    ATHLETE = "athlete"
    MEMBER = "member"
    MANAGER = "manager"

    @property
    def leads(self) -> bool:
        """Whether the role is an adult's who coaches or advises."""
        return self in (
            TeamRole.HEAD_COACH,
            TeamRole.ASSISTANT_COACH,
            TeamRole.VOLUNTEER_COACH,
            TeamRole.ADVISER,
        )


class AddressKind(StrEnum):
    EMAIL = "email"
    PERSON_ID = "person-id"
    """A SIS id or username used as an address by an LMS or an export."""
    PHONE = "phone"


class AddressUse(StrEnum):
    """Where the knowledge that an address is somebody's comes from."""

    ROSTER = "roster"
    """Listed in the roster or directory, or as a further district address."""
    PERSONAL = "personal"
    """Listed by the district as a personal address or number."""


class Ground(StrEnum):
    """Why a contact may be excepted: the words of the authorizations file."""

    TOOL = "tool"
    CONTACT_EXCHANGE = "contact_exchange"
    COACH_CONTACT = "coach_contact"
    SAFETY = "safety"
    GUARDIAN = "guardian"
    FAMILY = "family"
    CONFIDENTIAL = "confidential"
    SUBGROUP = "subgroup"
    CRISIS = "crisis"
    ROLE_EXEMPTION = "role_exemption"
    CLOSE_IN_AGE = "close_in_age"
    """So near in age, and without authority over the student, that the policy lets them be."""


@dataclass(frozen=True, slots=True)
class Address:
    """One address in canonical form (see ``keys.canonical_email``)."""

    kind: AddressKind
    text: str


@dataclass(frozen=True, slots=True)
class Party:
    """One address on a message."""

    address: Address
    role: PartyRole
    via_group: Address | None = None
    """The list through which the source itself says this address was reached."""


@dataclass(frozen=True, slots=True)
class Message:
    """One communication event: its envelope, never its text or subject."""

    native_id: str
    """The id a person can search for in the source: RFC Message-ID without brackets for mail."""
    channel: Channel
    tool: str
    sent_at: datetime
    """Aware; stored in UTC."""
    parties: tuple[Party, ...]
    rfc_message_id: str | None = None
    thread: str | None = None
    """Text that all messages of one conversation share, within the source or by RFC References."""
    container: str | None = None
    """The chat, space or course it was posted to."""
    automated: Automation = Automation.NO
    on_behalf_of: Address | None = None
    """The mailbox in whose name it went out, when the ``from`` party is who really sent it.

    The ``from`` party's own address where it is not known whose hand it was.
    """
    recipients_hidden: bool = False
    """Some recipients exist but cannot be known ("undisclosed recipients")."""
    unparsed: tuple[str, ...] = ()
    """Header names that were present but could not be read in full; counted, never ignored."""


@dataclass(frozen=True, slots=True)
class PersonRef:
    """A person as a file names one: by id, else district e-mail, else exact name and grade."""

    person_id: str | None = None
    email: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    grade: str | None = None


@dataclass(frozen=True, slots=True)
class School:
    school_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Person:
    person_id: str
    """The roster's own record id; the person's identity for good."""
    given_name: str
    family_name: str
    grade: str | None = None
    other_ids: tuple[str, ...] = ()
    """Usernames and local numbers that other files may use for the same person."""


@dataclass(frozen=True, slots=True)
class PersonAddress:
    person: PersonRef
    address: Address
    use: AddressUse
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True)
class DirectoryAccount:
    """One account of a directory, which knows accounts and not always whose they are.

    It is whoever the roster has under ``person_id``; without one, whoever another source lists
    under its first address; and if nobody does, a person of its own, provided it has ``roles``.
    Whoever it is has all its addresses. One that bears an id nobody has, or the id or address of
    somebody of quite another name, is nobody's and is listed as unmatched.
    """

    account_id: str
    """The directory's own id, with its vendor's name before it; what the source itself names the
    holder by."""
    addresses: tuple[Address, ...]
    given_name: str
    family_name: str
    person_id: str | None = None
    """The roster's id that the directory has for the holder."""
    roles: tuple[tuple[HatRole, str | None], ...] = ()
    """(role, school) of a person whom only the directory knows."""
    start: date | None = None
    end: date | None = None
    roles_end: date | None = None


@dataclass(frozen=True, slots=True)
class Hat:
    """One dated role of one person, at a school where the source names one."""

    person: PersonRef
    role: HatRole
    school_id: str | None = None
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True)
class SchoolClass:
    class_id: str
    title: str
    school_id: str | None = None


@dataclass(frozen=True, slots=True)
class ClassMember:
    class_id: str
    person: PersonRef
    role: ClassRole
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True)
class Team:
    team_id: str
    name: str
    kind: str
    """sport, club or activity."""
    school_id: str | None = None
    sport: str | None = None
    level: str | None = None
    season_start: date | None = None
    season_end: date | None = None


@dataclass(frozen=True, slots=True)
class TeamMember:
    team_id: str
    person: PersonRef
    role: TeamRole
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True)
class GuardianLink:
    student: PersonRef
    guardian: PersonRef
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True)
class GroupMember:
    """One direct member of a mailing list; a member may itself be a list."""

    group: Address
    member: Address
    start: date | None = None
    end: date | None = None


@dataclass(frozen=True, slots=True)
class UnreadList:
    """A mailing list whose members could not be read: who was on it before still is."""

    group: Address


@dataclass(frozen=True, slots=True)
class Authorization:
    """One recorded approval, family tie, safety or crisis ground, exactly as filed."""

    authorization_id: str
    ground: Ground
    adult: PersonRef | None
    student: PersonRef | None
    team_id: str | None
    tool: str | None
    granted_by: PersonRef | None
    granted_by_role: str | None
    granted_at: datetime | None
    starts_on: date | None
    ends_on: date | None
    condition: str | None = None
    reason_code: str | None = None
    evidence: str | None = None
    requested_by: PersonRef | None = None


RosterFact = (
    School
    | Person
    | PersonAddress
    | DirectoryAccount
    | Hat
    | SchoolClass
    | ClassMember
    | Team
    | TeamMember
    | GuardianLink
    | GroupMember
    | UnreadList
    | Authorization
)
