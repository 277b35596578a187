"""How records stand in the directory's memory: who they name as keys, everything else as filed.

A record that names somebody nobody knows is not kept, for half a record proves nothing; but where
the person is not what makes it count (who owned an account, who made a space) the record stays
and the person is "not known". Either way the reference is in the unmatched queue.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pyarrow as pa

from auditor.directory.intervals import OPEN_END, OPEN_START, day_number
from auditor.keys import Keyring
from auditor.model import Address, PersonRef
from auditor.records import (
    Account,
    Acknowledgement,
    AppGrant,
    Attestation,
    Consent,
    ContactLimit,
    Digest,
    Disclosure,
    MailboxSetting,
    MediaPermission,
    OfficeHolder,
    Record,
    SelfReport,
    SpaceMember,
    SubgroupMember,
    SystemSetting,
    Tool,
)
from auditor.source import FactKind

_INT, _TEXT = pa.int64(), pa.string()
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
Column = tuple[str, pa.DataType]
Row = tuple[object, ...]


def _columns(text: str) -> tuple[Column, ...]:
    """Read ``"id name* day"``: whole numbers, or with a star behind them words."""
    words = text.split()
    return (
        ("id", _TEXT),
        *((w.rstrip("*"), _TEXT if w.endswith("*") else _INT) for w in words),
    )


RECORDS: Mapping[str, tuple[Column, ...]] = {
    "tool": _columns(
        "name* kind* domains* status* by_key by_role* at_us until noticed_on noticed_to_key scope*"
    ),
    "disclosure": _columns(
        "adult_key student_key means* first_us last_day reported_us told_key told_role* "
        "confirmed_key confirmed_on considered_51a"
    ),
    "acknowledgement": _columns("person_key document* school_year* day method*"),
    "account": _columns(
        "platform* handle* group* run_by* owner_key second_key requested_on decided_on decision* "
        "by_key by_role* renew_by school_id*"
    ),
    "subgroup": _columns(
        "subgroup_id* team_key name* member_key by_key by_role* at_us starts until"
    ),
    "media_permission": _columns(
        "student_key account_id* by_key by_role* granted_on starts until evidence*"
    ),
    "space": _columns("space_id* tool* name* creator_key member_key first until"),
    "mailbox_setting": _columns("person_key setting* address_key inside first until"),
    "app_grant": _columns("person_key app_id* app_name* uses* first until"),
    "system_setting": _columns("system* setting* expected* found* seen_on"),
    "digest": _columns("team_key first last delivered_on to_key acknowledged_on"),
    "contact_limit": _columns("kind* adult_key student_key by_key by_role* first until"),
    "consent": _columns("student_key guardian_key granted_on until evidence*"),
    "self_report": _columns("adult_key student_key means* first_us reported_us to_key"),
    "attestation": _columns(
        "attestation_id* system* person_key first last looked_key looked_role* looked_on found "
        "until"
    ),
    "office": _columns("person_key office* school_id* first until"),
}
"""Kind of record -> its columns, without the source that the memory adds. ``until`` is the day
after the last; ``id`` is the record's own, with its member where one record has several rows."""
KINDS: Mapping[str, FactKind] = {
    "tool": FactKind.TOOLS,
    "disclosure": FactKind.DISCLOSURES,
    "acknowledgement": FactKind.ACKNOWLEDGEMENTS,
    "account": FactKind.ACCOUNTS,
    "subgroup": FactKind.SUBGROUPS,
    "media_permission": FactKind.MEDIA_PERMISSIONS,
    "space": FactKind.SPACES,
    "mailbox_setting": FactKind.MAILBOX_SETTINGS,
    "app_grant": FactKind.APP_GRANTS,
    "system_setting": FactKind.SYSTEM_SETTINGS,
    "digest": FactKind.DIGESTS,
    "contact_limit": FactKind.CONTACT_LIMITS,
    "consent": FactKind.CONSENTS,
    "self_report": FactKind.SELF_REPORTS,
    "attestation": FactKind.ATTESTATIONS,
    "office": FactKind.OFFICES,
}


class Unplaced(Exception):
    """A record names somebody it cannot do without, and nobody knows who that is."""


@dataclass(frozen=True, slots=True)
class Filing:
    """Turns records into rows. ``find`` queues whoever it cannot place and returns None."""

    keyring: Keyring
    find: Callable[[str, PersonRef], int | None]
    address: Callable[[Address], tuple[int, bool | None]]
    """Key of an address, and whether it is one of the district's; None: not known."""
    school: Callable[[str | None], str | None]

    def row(self, record: Record) -> tuple[str, Row] | None:
        """Return the kind of a record and its row, or None if it cannot be kept."""
        try:
            return self._row(record)
        except Unplaced:
            return None

    def _row(self, record: Record) -> tuple[str, Row]:  # noqa: C901, PLR0911, PLR0912  (one line for each kind)
        match record:
            case Tool():
                return "tool", self._tool(record)
            case Disclosure():
                return "disclosure", self._disclosure(record)
            case Acknowledgement():
                return "acknowledgement", self._acknowledgement(record)
            case Account():
                return "account", self._account(record)
            case SubgroupMember():
                return "subgroup", self._subgroup(record)
            case MediaPermission():
                return "media_permission", self._media_permission(record)
            case SpaceMember():
                return "space", self._space(record)
            case MailboxSetting():
                return "mailbox_setting", self._mailbox_setting(record)
            case AppGrant():
                return "app_grant", self._app_grant(record)
            case SystemSetting():
                return "system_setting", self._system_setting(record)
            case Digest():
                return "digest", self._digest(record)
            case ContactLimit():
                return "contact_limit", self._contact_limit(record)
            case Consent():
                return "consent", self._consent(record)
            case SelfReport():
                return "self_report", self._self_report(record)
            case Attestation():
                return "attestation", self._attestation(record)
            case OfficeHolder():
                return "office", self._office(record)

    # ---- one for each kind -----------------------------------------------------------------

    def _tool(self, r: Tool) -> Row:
        granter = self._may("granter of a tool", r.authorized_by)
        told = self._may("who was told of a tool", r.noticed_to)
        head = (r.tool_id, r.name, r.kind.value, ";".join(r.domains), r.status.value)
        by = (granter, r.authorized_by_role, _us(r.authorized_at), _until(r.ends_on))
        return (*head, *by, _day(r.noticed_on), told, r.scope)

    def _disclosure(self, r: Disclosure) -> Row:
        told = self._may("whom a crisis was told to", r.reported_to)
        confirmed = self._may("who confirmed a crisis", r.confirmed_by)
        pair = (self._must("crisis report", r.adult), self._must("crisis report", r.student))
        times = (_us(r.first_contact_at), _until(r.last_contact_on), _us(r.reported_at))
        considered = None if r.considered_51a is None else int(r.considered_51a)
        by = (told, r.reported_to_role, confirmed, _day(r.confirmed_on), considered)
        return (r.disclosure_id, *pair, r.means, *times, *by)

    def _acknowledgement(self, r: Acknowledgement) -> Row:
        person = self._must("acknowledgement", r.person)
        id_ = f"{person} {r.document} {r.school_year}"
        return (id_, person, r.document, r.school_year, _day(r.acknowledged_on), r.method)

    def _account(self, r: Account) -> Row:
        owners = (
            self._may("owner of an account", r.owner),
            self._may("second owner of an account", r.second_owner),
        )
        decided = self._may("who decided on an account", r.decided_by)
        head = (r.account_id, r.platform, r.handle, r.group, r.run_by.value)
        days = (_day(r.requested_on), _day(r.decided_on), r.decision.value)
        school = self.school(r.school_id)
        return (*head, *owners, *days, decided, r.decided_by_role, _day(r.renew_by), school)

    def _subgroup(self, r: SubgroupMember) -> Row:
        member = self._must("member of a sub-group", r.member)
        team = self.keyring.team(r.team_id)
        by = (self._may("approver of a sub-group", r.approved_by), r.approved_by_role)
        span = (_us(r.approved_at), _day(r.starts_on), _until(r.ends_on))
        return (f"{r.subgroup_id} {member}", r.subgroup_id, team, r.name, member, *by, *span)

    def _media_permission(self, r: MediaPermission) -> Row:
        student = self._must("media permission", r.student)
        granter = self._may("granter of a media permission", r.granted_by)
        span = (_day(r.granted_on), _day(r.starts_on), _until(r.ends_on))
        head = (r.permission_id, student, r.account_id)
        return (*head, granter, r.granted_by_role, *span, r.evidence)

    def _space(self, r: SpaceMember) -> Row:
        member = self._must("member of a space", r.member)
        maker = self._may("maker of a space", r.created_by)
        first, until = _span(r.start, r.end)
        id_ = f"{r.space_id} {member} {first}"
        return (id_, r.space_id, r.tool, r.name, maker, member, first, until)

    def _mailbox_setting(self, r: MailboxSetting) -> Row:
        person = self._must("mailbox setting", r.person)
        key, inside = self.address(r.value)
        known = None if inside is None else int(inside)
        first, until = _span(r.start, r.end)
        id_ = f"{person} {r.setting.value} {key} {first}"
        return (id_, person, r.setting.value, key, known, first, until)

    def _app_grant(self, r: AppGrant) -> Row:
        person = self._must("app in an account", r.person)
        first, _ = _span(r.granted_on, None)
        # shut out on a day, it is not in the account any more when that day ends
        until = OPEN_END if r.revoked_on is None else day_number(r.revoked_on)
        uses = ";".join(use.value for use in r.uses)
        return (f"{person} {r.app_id} {first}", person, r.app_id, r.app_name, uses, first, until)

    def _system_setting(self, r: SystemSetting) -> Row:
        head = (f"{r.system} {r.setting} {r.seen_on}", r.system, r.setting)
        return (*head, r.expected, r.found, _day(r.seen_on))

    def _digest(self, r: Digest) -> Row:
        team = None if r.team_id is None else self.keyring.team(r.team_id)
        days = (_day(r.first), _until(r.last), _day(r.delivered_on))
        to = self._may("reader of a digest", r.delivered_to)
        return (f"{r.digest_id} {team}", team, *days, to, _day(r.acknowledged_on))

    def _contact_limit(self, r: ContactLimit) -> Row:
        adult = None if r.adult is None else self._must("contact limit", r.adult)
        student = self._must("contact limit", r.student)
        by = (self._may("who set a contact limit", r.set_by), r.set_by_role)
        return (r.limit_id, r.kind.value, adult, student, *by, *_span(r.starts_on, r.ends_on))

    def _consent(self, r: Consent) -> Row:
        student = self._must("consent", r.student)
        guardian = self._may("guardian of a consent", r.guardian)
        granted = _day(r.granted_on)
        return (r.consent_id, student, guardian, granted, _until(r.ends_on), r.evidence)

    def _self_report(self, r: SelfReport) -> Row:
        pair = (self._must("own report", r.adult), self._must("own report", r.student))
        told = self._may("whom a contact was told to", r.reported_to)
        times = (_us(r.first_contact_at), _us(r.reported_at))
        return (r.report_id, *pair, r.means, *times, told)

    def _attestation(self, r: Attestation) -> Row:
        person = None if r.person is None else self._must("attestation", r.person)
        looked = self._may("who looked at a system", r.looked_by)
        head = (f"{r.attestation_id} {person}", r.attestation_id, r.system, person)
        by = (looked, r.looked_by_role, _day(r.looked_on))
        return (*head, _day(r.first), _until(r.last), *by, r.found, _until(r.ends_on))

    def _office(self, r: OfficeHolder) -> Row:
        person, school = self._must("holder of an office", r.person), self.school(r.school_id)
        first, until = _span(r.start, r.end)
        id_ = f"{person} {r.office} {school or ''} {first}"
        return (id_, person, r.office, school, first, until)

    # ---- people ----------------------------------------------------------------------------

    def _must(self, kind: str, ref: PersonRef) -> int:
        key = self.find(kind, ref)
        if key is None:
            raise Unplaced
        return key

    def _may(self, kind: str, ref: PersonRef | None) -> int | None:
        return None if ref is None else self.find(kind, ref)


def _us(moment: datetime | None) -> int | None:
    return None if moment is None else (moment - _EPOCH) // timedelta(microseconds=1)


def _day(day: date | None) -> int | None:
    return None if day is None else day_number(day)


def _until(day: date | None) -> int | None:
    return None if day is None else day_number(day) + 1


def _span(first: date | None, last: date | None) -> tuple[int, int]:
    return (
        OPEN_START if first is None else day_number(first),
        OPEN_END if last is None else day_number(last) + 1,
    )
