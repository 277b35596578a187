"""The accounts of a school in Schoology, and whose address each of their numbers stands for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from auditor.keys import AddressRules, email_address, person_id_address
from auditor.model import Address
from auditor.source import Denied
from connectors.answers import Found
from connectors.schoology.access import VENDOR
from connectors.schoology.asking import Asking, NotThere, Record, id_of, listed, text_of

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


class Addresses:
    """Whose address a number of Schoology's stands for; None where nobody can say."""

    def __init__(self, users: Iterable[User], rules: AddressRules, *, by_id: bool) -> None:
        """``by_id``: whether the Unique ID is the roster's id. One of two names is nobody's."""
        names: dict[str, set[tuple[str, str]]] = defaultdict(set)
        self._users = {user.uid: user for user in users}
        for user in self._users.values():
            names[user.school_uid].add((user.given.casefold(), user.family.casefold()))
        self._rules = rules
        self._by_id = by_id
        self._shared = {id_ for id_, several in names.items() if len(several) > 1}

    def user(self, uid: str) -> User | None:
        return self._users.get(uid)

    def address(self, uid: str) -> Address | None:
        user = self._users.get(uid)
        if user is None:
            return None
        if self._by_id and user.school_uid and user.school_uid not in self._shared:
            return person_id_address(user.school_uid)
        return email_address(user.email, self._rules)
