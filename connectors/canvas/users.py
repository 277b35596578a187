"""Who has an account of Canvas, and by which address everybody else knows them.

The id of the student information system comes first, where the district says that Canvas has it;
then the sign-in name, if it is an e-mail address. The e-mail address of the profile is somebody's
own choice, a child's may be a parent's: it counts only within the district's own domains.
What accounts of quite different names bear alike is nobody's: it would name one for the other.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from auditor.keys import AddressRules, canonical_email, email_address, person_id_address
from auditor.model import Address
from auditor.source import Malformed
from connectors.accountfacts import SHARED, shared
from connectors.canvas.asking import Asking
from connectors.canvas.fields import Record, id_of, in_order, text_of

VENDOR = "canvas"
NO_LINKS = "people are found by sign-in name and address alone; see person_id in the settings"


@dataclass(frozen=True, slots=True)
class User:
    """One account as Canvas has it today; blank or None is what it does not tell."""

    id: str
    login: str
    email: str
    given_name: str
    family_name: str
    person_id: str | None
    unit: str = ""
    """What the account's inbox is called in reports; nobody else's has that name."""
    id_shared: bool = False
    """Whether an account of another name has the same ``person_id``, which then is left out."""
    shared: frozenset[str] = frozenset()
    """Which of sign-in name and e-mail address, in small letters, are another's too."""

    def addresses(self, rules: AddressRules) -> tuple[Address, ...]:
        """Return the e-mail addresses that are surely this person's, the sign-in name first."""
        found = []
        if self.login.casefold() not in self.shared:
            found.append(email_address(self.login, rules))
        email = canonical_email(self.email, rules)
        if email is not None and rules.is_district(email):
            own = self.email.casefold() not in self.shared
            found.append(email_address(email) if own else None)
        return tuple(dict.fromkeys(one for one in found if one is not None))


def account_id(id_: str) -> str:
    """Return what an account is called among those of every directory."""
    return f"{VENDOR}:{id_}"


def read_users(
    asking: Asking, account: str, *, link: str | None, enrolled_as: str | None = None
) -> list[User]:
    """Return the accounts of an account of Canvas, by number; raises ``SourceError``.

    ``link`` is the field with the id of the student information system. ``enrolled_as`` takes
    those alone who are that in some course.
    """
    asked: dict[str, str | list[str]] = {"include[]": ["email"]}
    if enrolled_as is not None:
        asked["enrollment_type"] = enrolled_as
    found: dict[str, User] = {}
    for record in asking.records(f"accounts/{account}/users", asked):
        user = _user(record, link)
        if user is None:
            raise Malformed(
                "an account in Canvas's list has no id",
                where=asking.where,
                cure="Tell the makers of this program; Canvas may have changed what it answers",
            )
        found.setdefault(user.id, user)
    return _named(_told_apart([found[id_] for id_ in sorted(found, key=in_order)]))


def _told_apart(users: Sequence[User]) -> list[User]:
    """Leave out of each account what names somebody else as well."""

    def borne(texts: Iterable[tuple[str | None, User]]) -> frozenset[str]:
        return shared((text or None, u.given_name, u.family_name) for text, u in texts)

    ids = borne((user.person_id, user) for user in users)
    signed = [(user.login.casefold(), user) for user in users]
    logins = borne(signed)
    either = borne([*signed, *((user.email.casefold(), user) for user in users)])
    return [
        replace(
            user,
            person_id=None if user.person_id in ids else user.person_id,
            id_shared=user.person_id in ids,
            shared=frozenset({user.login.casefold()} & logins)
            | ({user.email.casefold()} & either - {user.login.casefold()}),
        )
        for user in users
    ]


def _named(users: list[User]) -> list[User]:
    """Give each inbox a name; two ways to sign in may know two people by one."""
    times = Counter(user.login.casefold() for user in users)
    return [
        replace(
            user,
            unit=user.login
            if user.login and times[user.login.casefold()] == 1
            else f"{user.login} (Canvas user {user.id})".strip(),
        )
        for user in users
    ]


def _user(record: Record, link: str | None) -> User | None:
    id_ = id_of(record.get("id"))
    if not id_:
        return None
    family, comma, given = text_of(record, "sortable_name").partition(",")
    return User(
        id_,
        text_of(record, "login_id"),
        text_of(record, "email"),
        given.strip() if comma else "",
        family.strip() if comma else "",
        (text_of(record, link) or None) if link is not None else None,
    )


def told_of_links(users: Iterable[User], link: str | None) -> Iterator[tuple[str, int]]:
    """Yield what is lost of ids in the student information system, and how often."""
    found = list(users)
    if link is not None and not any(user.person_id or user.id_shared for user in found):
        yield f"no account has an id in {link}: {NO_LINKS}", 1
    yield SHARED, sum(user.id_shared for user in found)


class People:
    """Whose Canvas's numbers are."""

    def __init__(self, users: Iterable[User], rules: AddressRules) -> None:
        self._rules = rules
        self._users = {user.id: user for user in users}

    def __iter__(self) -> Iterator[User]:
        return iter(self._users.values())

    def knows(self, id_: str) -> bool:
        return id_ in self._users

    def address(self, id_: str) -> Address:
        """Return the address of a user; of one who is not listed, the number alone."""
        user = self._users.get(id_)
        return person_id_address(account_id(id_)) if user is None else self.address_of(user)

    def address_of(self, user: User) -> Address:
        if user.person_id is not None:
            return person_id_address(user.person_id)
        first = next(iter(user.addresses(self._rules)), None)
        return first or person_id_address(account_id(user.id))
