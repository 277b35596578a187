"""The accounts of a Moodle site: all of them, or those who are enrolled somewhere."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.source import Denied
from connectors.moodle.asking import Asking, Record
from connectors.moodle.settings import (
    COURSES,
    ENROLLED,
    USERS,
    AccountsBy,
    MoodleSettings,
)
from connectors.numbered import Holder, id_of

VENDOR = "moodle"


@dataclass(frozen=True, slots=True)
class User:
    holder: Holder
    name: str
    """User name, in small letters."""
    suspended: bool

    @property
    def number(self) -> str:
        return self.holder.number

    @property
    def unit(self) -> str:
        """How somebody's conversations are called where they are a gap."""
        return self.holder.email or self.name or f"{VENDOR}:{self.number}"

    def planned(self, settings: MoodleSettings) -> bool:
        """Whether this account's conversations are to be read."""
        if self.suspended or self.name in settings.leave_out:
            return False
        domain = self.holder.email.rpartition("@")[2].lower()
        return not settings.domains or domain in settings.domains


def read_users(asking: Asking, accounts: AccountsBy) -> list[User]:
    """Return the accounts by number; raises ``Denied`` where the token sees none."""
    records = _enrolled(asking) if accounts is AccountsBy.COURSES else _all(asking)
    users = {user.number: user for user in map(_user, records) if user is not None}
    if not users:
        raise Denied(
            "Moodle shows this token not one account",
            where=asking.where,
            cure="Give the audit's role moodle/user:viewalldetails and moodle/user:viewdetails, "
            "at the site's level",
        )
    return [users[number] for number in sorted(users, key=int)]


def _all(asking: Asking) -> list[Record]:
    # Moodle wants a condition, and takes "%" for any text in an address.
    anybody: dict[str, str | int] = {"criteria[0][key]": "email", "criteria[0][value]": "%"}
    return asking.rows(USERS, anybody, "users")


def _enrolled(asking: Asking) -> list[Record]:
    found: list[Record] = []
    for course in asking.rows(COURSES, {}):
        number = id_of(course.get("id"))
        # Course 1 is the site itself, in which everybody is and nobody is enrolled.
        if number and number != "1":
            found += asking.rows(ENROLLED, {"courseid": number})
    return found


def _user(record: Record) -> User | None:
    number = id_of(record.get("id"))
    if not number:
        return None
    texts = {
        name: str(record.get(name) or "").strip()
        for name in ("idnumber", "email", "firstname", "lastname", "username")
    }
    holder = Holder(
        number, texts["idnumber"], texts["email"], texts["firstname"], texts["lastname"]
    )
    return User(holder, texts["username"].casefold(), record.get("suspended") in (True, 1, "1"))
