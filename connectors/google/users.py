"""The accounts of the district: whose each address is, and in which organizational unit it stands.

Everything of Google's is asked for account by account, so every source of this package begins
here. Only the fields named below are asked for: no photo, no telephone number, no address that
somebody left for getting back into the account.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from auditor.keys import canonical_email
from auditor.source import CheckResult, Malformed
from connectors.google.asking import Api, Asking

MOST_USERS = 500
"""On one page; Google gives no more (Directory API, users.list)."""
ORGANIZATION = "organization"
"""The kind of external id that Google's Admin console shows as "Employee ID"."""
_FIELDS = (
    "id,primaryEmail,aliases,nonEditableAliases,orgUnitPath,isMailboxSetup,isGuestUser,"
    "suspended,suspensionTime,archived,archivalTime,creationTime,deletionTime"
)
GOOGLES_OWN = ".test-google-a.com"
"""Every mailbox and list also has an address at such a domain, which nobody writes to."""
_NOT_YET = datetime(1970, 1, 1, tzinfo=UTC)
"""What Google writes for a time that never was."""


@dataclass(frozen=True, slots=True)
class DistrictUser:
    """One account as Google knows it today; None is what it does not say."""

    id: str
    """Google's own number of the account, which outlives every change of name; digits."""
    email: str
    """Primary address, in canonical spelling."""
    aliases: tuple[str, ...]
    """Every further address that reaches the mailbox, canonical, in order."""
    org_unit: str
    """Full path, such as "/Staff/Alder High"; "/" is the whole district."""
    given_name: str
    """Blank unless names were asked for."""
    family_name: str
    suspended: bool
    archived: bool
    has_mailbox: bool | None
    person_id: str | None
    """The id in the student information system that the account is linked with."""
    link_unclear: bool = False
    """Whether the account names several such ids: then it is linked with none."""
    guest: bool = False
    """Whether it belongs to somebody outside, let in as a guest."""
    created_at: datetime | None = None
    suspended_at: datetime | None = None
    archived_at: datetime | None = None
    deleted_at: datetime | None = None

    @property
    def active(self) -> bool:
        """Whether anybody can act from the account today."""
        return not (self.suspended or self.archived or self.deleted_at is not None)


def district_users(
    asking: Asking,
    customer: str,
    *,
    link: str | None = ORGANIZATION,
    names: bool = False,
    deleted: bool = False,
) -> Iterator[DistrictUser]:
    """Yield every account of the district once, by address.

    ``asking`` needs the scope ``admin.directory.user.readonly``. ``link`` says where the id of
    the student information system stands (``linked_ids``). Suspended and archived accounts are
    among the others; ``deleted`` asks instead for those that were deleted in the last 20 days.
    Raises ``Malformed`` for an account without number or address, else what ``Asking`` raises.
    """
    told = {
        "customer": customer,
        "maxResults": MOST_USERS,
        "orderBy": "email",
        "projection": "full",  # less leaves out where the link may stand
        "fields": f"nextPageToken,users({_fields(link, names=names)})",
        **({"showDeleted": "true"} if deleted else {}),
    }
    seen: set[str] = set()
    records = asking.records(
        Api.DIRECTORY,
        lambda service, mark: service.users().list(pageToken=mark, **told),
        items="users",
    )
    for record in records:
        user = _user(record, link)
        if user is None:
            raise Malformed(
                "an account in Google's list has no number or no address",
                where=asking.where,
                cure="Tell the makers of this program; Google may have changed what it answers",
            )
        if user.id not in seen:
            seen.add(user.id)
            yield user


def linked_ids(record: Mapping[str, Any], link: str | None) -> tuple[str, ...]:
    """Return the different ids that an account is linked by.

    ``link`` is a type of external id ("organization", "account", "network" ...), the district's
    own name for a custom one, or "schema.field" for a field of the district's own schema.
    """
    found: list[object] = []
    if link is not None and "." in link:
        schema, _, field = link.partition(".")
        values = _of(_of(record.get("customSchemas")).get(schema)).get(field)
        many = values if isinstance(values, list) else [values]
        found = [one.get("value") if isinstance(one, dict) else one for one in many]
    elif link is not None:
        listed = record.get("externalIds")
        for one in listed if isinstance(listed, list) else []:
            kind = _of(one).get("type")
            name = _of(one).get("customType") if kind == "custom" else kind
            if isinstance(name, str) and name.casefold() == link.casefold():
                found.append(_of(one).get("value"))
    words = (str(one).strip() for one in found if isinstance(one, (str, int)))
    return tuple(dict.fromkeys(word for word in words if word))


def is_below(org_unit: str, units: Iterable[str]) -> bool:
    """Whether a unit is one of ``units`` or stands below one of them."""
    return nearest_unit(org_unit, units) is not None


def nearest_unit(org_unit: str, units: Iterable[str]) -> str | None:
    """Return that of ``units`` which holds ``org_unit`` most closely, None if none does.

    Whole names count: "/Staff" does not hold "/Staffing". Capitals make no difference, as they
    make none to Google.
    """
    path = _path(org_unit)
    holding = [one for one in units if path.startswith(_path(one))]
    return max(holding, key=lambda one: len(_path(one)), default=None)


def check_units(
    users: Iterable[DistrictUser], units: Iterable[str]
) -> Iterator[CheckResult]:
    """Say how many accounts there are in each unit of the settings."""
    users = list(users)
    for unit in units:
        yield check_unit(unit, [user for user in users if is_below(user.org_unit, [unit])])


def check_unit(name: str, there: Sequence[DistrictUser], among: str = "") -> CheckResult:
    """Say how many accounts there are in a unit; ``among`` says of which, if not of all."""
    return CheckResult(
        bool(there),
        f"{name}: {len(there):,} accounts{among}, {sum(user.active for user in there):,} in use",
        None if there else "See how the organizational unit is written in Google's console",
    )


def moment(text: object) -> datetime | None:
    """Return the instant that one of Google's times names (RFC 3339), None if it names none."""
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    found = found.replace(tzinfo=UTC) if found.tzinfo is None else found
    return None if found == _NOT_YET else found


def _fields(link: str | None, *, names: bool) -> str:
    fields = [_FIELDS]
    if link is not None:
        own = link.replace(".", "/", 1)
        fields.append(f"customSchemas/{own}" if "." in link else "externalIds")
    if names:
        fields.append("name(givenName,familyName)")
    return ",".join(fields)


def _user(record: Mapping[str, Any], link: str | None) -> DistrictUser | None:
    email = canonical_email(str(record.get("primaryEmail") or ""))
    number = record.get("id")
    if email is None or not isinstance(number, str) or not number:
        return None
    names, ids = _of(record.get("name")), linked_ids(record, link)
    has_mailbox = record.get("isMailboxSetup")
    return DistrictUser(
        id=number,
        email=email,
        aliases=addresses_of(record, beside=email),
        org_unit=str(record.get("orgUnitPath") or "/"),
        given_name=str(names.get("givenName") or ""),
        family_name=str(names.get("familyName") or ""),
        suspended=record.get("suspended") is True,
        archived=record.get("archived") is True,
        has_mailbox=has_mailbox if isinstance(has_mailbox, bool) else None,
        person_id=ids[0] if len(ids) == 1 else None,
        link_unclear=len(ids) > 1,
        guest=record.get("isGuestUser") is True,
        created_at=moment(record.get("creationTime")),
        suspended_at=moment(record.get("suspensionTime")),
        archived_at=moment(record.get("archivalTime")),
        deleted_at=moment(record.get("deletionTime")),
    )


def addresses_of(record: Mapping[str, Any], *, beside: str) -> tuple[str, ...]:
    """Return the further addresses of an account or a list, canonical, without ``beside``.

    Those at Google's own domain are left out.
    """
    found: set[str] = set()
    for name in ("aliases", "nonEditableAliases"):
        listed = record.get(name)
        for one in listed if isinstance(listed, list) else []:
            address = canonical_email(one) if isinstance(one, str) else None
            if address is not None and not address.endswith(GOOGLES_OWN):
                found.add(address)
    return tuple(sorted(found - {beside}))


def _path(unit: str) -> str:
    return f"/{unit.strip().strip('/')}/".replace("//", "/").casefold()


def _of(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
