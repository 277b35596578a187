"""The accounts of the tenant: whose each address is, and what says of which side somebody is.

Mailboxes, chats and audit records name people by id or sign-in name, so every source of this
package begins here. Only the fields named below are asked for: no telephone number, no photo, and
not ``otherMails``, which is where somebody left a private address.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from auditor.keys import canonical_email
from auditor.source import Denied, Malformed
from connectors.microsoft.asking import Graph

USER_PERMISSIONS = ("User.Read.All",)
MOST_USERS = 999
"""On one page; Graph gives no more (user: list)."""
EMPLOYEE_ID = "employeeId"
"""Where an account has the id of the student information system, unless the district says else."""
DEPARTMENT, EMPLOYEE_TYPE, OFFICE = "department", "employeeType", "officeLocation"
LICENSES = "assignedLicenses"
_EXTENSIONS = "onPremisesExtensionAttributes"
_FIELDS = ("id", "userPrincipalName", "mail", "proxyAddresses", "userType", "accountEnabled")
_NAMES = ("displayName", "givenName", "surname")
_OUTSIDE = "#ext#"
"""In the sign-in name of everybody who was let in from another tenant."""


@dataclass(frozen=True, slots=True)
class TenantUser:
    """One account as Microsoft knows it today; None or blank is what it does not say."""

    id: str
    """The account's object id, which outlives every change of name."""
    user_principal_name: str
    """What is signed in with, in canonical spelling; often an address, but not by any rule."""
    email: str | None
    """Main address of the mailbox, canonical; None where there is none."""
    aliases: tuple[str, ...]
    """Every further address that reaches the mailbox, canonical, in order."""
    guest: bool
    """Whether it belongs to somebody outside, let in as a guest."""
    enabled: bool | None
    """Whether anybody can sign in. Nobody can to a shared mailbox, which still sends."""
    display_name: str = ""
    """The names are blank unless they were asked for."""
    given_name: str = ""
    family_name: str = ""
    department: str = ""
    """This and the next two are blank unless they were asked for."""
    employee_type: str = ""
    office: str = ""
    licensed: bool | None = None
    """Whether it has any licence; None unless that was asked for."""
    person_id: str | None = None
    """The id in the student information system, where the account has it."""
    created_at: datetime | None = None
    deleted_at: datetime | None = None

    @property
    def addresses(self) -> tuple[str, ...]:
        """Every address that reaches the mailbox, the main one first; none without a mailbox."""
        return () if self.email is None else (self.email, *self.aliases)


def tenant_users(
    graph: Graph,
    *,
    link: str | None = None,
    names: bool = False,
    also: Iterable[str] = (),
    deleted: bool = False,
) -> Iterator[TenantUser]:
    """Yield every account of the tenant once, in Graph's order.

    Needs ``User.Read.All``. ``link`` is the field that holds the id of the student information
    system: ``employeeId``, ``extensionAttribute1`` to ``15``, or an extension of the district's
    own by its full name. ``also`` may name ``DEPARTMENT``, ``EMPLOYEE_TYPE``, ``OFFICE`` and
    ``LICENSES``.
    ``deleted`` asks instead for those that were deleted in the last 30 days. Raises ``Malformed``
    for an account without id or sign-in name, ``Denied`` for a list of nobody, else what ``Graph``
    raises.
    """
    path = "directory/deletedItems/microsoft.graph.user" if deleted else "users"
    wanted = [*_FIELDS, "createdDateTime", *(_NAMES if names else ()), *also]
    wanted += ["deletedDateTime"] if deleted else []
    wanted += [_EXTENSIONS if _is_numbered(link) else link] if link is not None else []
    told = {"$select": ",".join(dict.fromkeys(wanted)), "$top": str(MOST_USERS)}
    seen: set[str] = set()
    for record in graph.every(path, told):
        user = _user(record, link)
        if user is None:
            raise Malformed(
                "an account in Microsoft's list has no id or no sign-in name",
                where=graph.where,
                cure="Tell the makers of this program; Microsoft may have changed what it answers",
            )
        if user.id not in seen:
            seen.add(user.id)
            yield user
    if not seen and not deleted:
        raise Denied(
            "Microsoft lists no account at all",
            where=graph.where,
            cure="See that the tenant is the district's, and for a proxy that changes answers",
        )


def addresses_of(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Return every e-mail address of an account or a group, canonical, the main one first.

    ``proxyAddresses`` writes the main one with "SMTP:" and the others with "smtp:"; what begins
    otherwise (SIP, X500 ...) is no e-mail. Without a main one ``mail`` is it.
    """
    first: list[str] = []
    others: set[str] = set()
    listed = record.get("proxyAddresses")
    for one in listed if isinstance(listed, list) else []:
        kind, colon, text = one.partition(":") if isinstance(one, str) else ("", "", "")
        address = canonical_email(text) if colon and kind.lower() == "smtp" else None
        if address is None:
            continue
        if kind == "SMTP":
            first.append(address)
        else:
            others.add(address)
    mail = canonical_email(str(record.get("mail") or ""))
    return tuple(dict.fromkeys([*first, *([mail] if mail else []), *sorted(others)]))


def moment(text: object) -> datetime | None:
    """Return the instant that one of Graph's times names (ISO 8601), None if it names none."""
    if not isinstance(text, str):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


def _user(record: Mapping[str, Any], link: str | None) -> TenantUser | None:
    id_, name = text_of(record, "id"), text_of(record, "userPrincipalName")
    if not id_ or not name:
        return None
    deleted_at = moment(record.get("deletedDateTime"))
    if deleted_at is not None:
        # A deleted account's sign-in name is freed for others: its own id stands before it.
        name = name.removeprefix(id_.replace("-", "")) or name
    addresses = addresses_of(record)
    kind, enabled = record.get("userType"), record.get("accountEnabled")
    licenses = record.get(LICENSES)
    return TenantUser(
        id=id_,
        user_principal_name=canonical_email(name) or name.casefold(),
        email=addresses[0] if addresses else None,
        aliases=addresses[1:],
        guest=kind == "Guest" or (kind is None and _OUTSIDE in name.casefold()),
        enabled=enabled if isinstance(enabled, bool) else None,
        display_name=text_of(record, "displayName"),
        given_name=text_of(record, "givenName"),
        family_name=text_of(record, "surname"),
        department=text_of(record, DEPARTMENT),
        employee_type=text_of(record, EMPLOYEE_TYPE),
        office=text_of(record, OFFICE),
        licensed=bool(licenses) if isinstance(licenses, list) else None,
        person_id=_linked_id(record, link),
        created_at=moment(record.get("createdDateTime")),
        deleted_at=deleted_at,
    )


def text_of(record: Mapping[str, Any], name: str) -> str:
    """Return a property that is text, without spaces around it; "" where it is not told."""
    found = record.get(name)
    return found.strip() if isinstance(found, str) else ""


def _linked_id(record: Mapping[str, Any], link: str | None) -> str | None:
    if link is None:
        return None
    inner = record.get(_EXTENSIONS) if _is_numbered(link) else record
    return text_of(inner, link) or None if isinstance(inner, dict) else None


def _is_numbered(link: str | None) -> bool:
    return link is not None and link.startswith("extensionAttribute")
