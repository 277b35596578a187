"""The accounts of a school in Schoology, and the roles they have there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from auditor.source import Denied
from connectors.answers import Found
from connectors.numbered import Holder, id_of
from connectors.schoology.access import VENDOR
from connectors.schoology.asking import Asking, NotThere, Record, listed, text_of

_PERSONAL = "if it is a personal one, Schoology shows it nobody else since 25 June 2025"


@dataclass(frozen=True, slots=True)
class User:
    uid: str
    school_uid: str
    """The Unique ID, as a rule that of the student information system; "" without one."""
    email: str
    given: str
    family: str
    role_id: str
    building: str
    """Number of the main building; "" for the district as a whole."""
    children: tuple[str, ...]
    inactive: bool

    @property
    def account_id(self) -> str:
        return f"{VENDOR}:{self.uid}"

    @property
    def holder(self) -> Holder:
        return Holder(self.uid, self.school_uid, self.email, self.given, self.family)

    @property
    def unit(self) -> str:
        """How somebody's messages are called where they are a gap."""
        return self.email or self.school_uid or self.account_id


@dataclass(frozen=True, slots=True)
class Role:
    title: str
    faculty: bool


def read_users(asking: Asking) -> list[User]:
    """Return all accounts, also those switched off, by number.

    Raises ``Denied`` where the key sees nobody: an empty list is not a school without people.
    """
    active = asking.records("users", "user")
    inactive = asking.records("users/inactive", "user")
    users: dict[str, User] = {}
    for records, is_inactive in ((active, False), (inactive, True)):
        for record in records:
            user = _user(record, inactive=is_inactive)
            if user is not None:
                users.setdefault(user.uid, user)
    if not any(not user.inactive for user in users.values()):
        raise Denied(
            "Schoology shows this key not one account",
            where=asking.where,
            cure=f"Use the key of an app that the district owns; {_PERSONAL}",
        )
    return [users[uid] for uid in sorted(users, key=int)]


def read_roles(asking: Asking) -> Mapping[str, Role]:
    """Return the school's roles by number, those of single buildings as well."""
    answer = asking.get("roles")
    if not isinstance(answer, Found):
        raise NotThere("roles", asking.where)
    document = answer.document
    return {
        id_of(one.get("id")): Role(text_of(one, "title"), str(one.get("faculty")) == "1")
        for items in ("role", "building_role")
        for one in listed(document, items)
    }


def _user(record: Record, *, inactive: bool) -> User | None:
    uid = id_of(record.get("uid")) or id_of(record.get("id"))
    if not uid:
        return None
    children = record.get("child_uids")
    numbers = (id_of(one) for one in children.split(",")) if isinstance(children, str) else ()
    return User(
        uid,
        text_of(record, "school_uid"),
        text_of(record, "primary_email"),
        text_of(record, "name_first_preferred") or text_of(record, "name_first"),
        text_of(record, "name_last"),
        id_of(record.get("role_id")),
        id_of(record.get("building_id")),
        tuple(dict.fromkeys(one for one in numbers if one)),
        inactive,
    )
