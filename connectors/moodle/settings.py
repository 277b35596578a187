"""The settings of the source ``moodle``, checked all at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path

from auditor.source import SourceContext
from connectors.options import text, texts, unknown
from connectors.webaddress import checked_base

_COMMON = ("connector", "title", "site", "token")
ID_NUMBER = "idnumber"
NO_LINK = "none"
SITE_INFO = "core_webservice_get_site_info"
CONVERSATIONS = "core_message_get_conversations"
MESSAGES = "core_message_get_conversation_messages"
MEMBERS = "core_message_get_conversation_members"
USERS = "core_user_get_users"
COURSES = "core_course_get_courses"
ENROLLED = "core_enrol_get_enrolled_users"


class AccountsBy(StrEnum):
    """How the site's accounts are found."""

    USERS = "users"
    COURSES = "courses"


@dataclass(frozen=True, slots=True)
class Access:
    """What the settings say of reaching the site."""

    site: str
    token: Path
    """File with the web-service token."""


@dataclass(frozen=True, slots=True)
class MoodleSettings:
    """What is read of a Moodle site, and how."""

    accounts: AccountsBy = AccountsBy.USERS
    domains: tuple[str, ...] = ()
    """Mail domains of the accounts whose conversations are read; left out: all accounts."""
    leave_out: tuple[str, ...] = ()
    """Accounts whose conversations are not read, by user name: administrators, test accounts."""
    person_id: str | None = ID_NUMBER
    """Whether an account's ID number is the roster's id; None: it is not."""
    tool: str = "moodle"
    """Name of Moodle in the district's tool catalogue."""

    @property
    def functions(self) -> tuple[str, ...]:
        """Web-service functions that are needed: these and no others."""
        by_courses = self.accounts is AccountsBy.COURSES
        accounts = (COURSES, ENROLLED) if by_courses else (USERS,)
        return (SITE_INFO, *accounts, CONVERSATIONS, MEMBERS, MESSAGES)

    @classmethod
    def of(cls, context: SourceContext) -> tuple[MoodleSettings, Access]:
        """Return the checked settings; raises ValueError with every mistake."""
        settings = context.settings
        known = {*_COMMON, *(f.name for f in fields(cls))}
        mistakes = unknown(settings, known, "moodle")
        site = text(settings, "site", mistakes)
        if site is None:
            mistakes.append("site must be the site's address, such as https://moodle.example.org")
        else:
            try:
                site = checked_base(site).geturl()
            except ValueError as error:
                mistakes.append(f"site is not usable: {error}")
        token = text(settings, "token", mistakes)
        if token is None:
            mistakes.append("token must name the file with the web-service token")
        found = cls(
            _accounts(settings, mistakes),
            _domains(settings, mistakes),
            tuple(name.casefold() for name in texts(settings, "leave_out", mistakes)),
            _link(settings, mistakes),
            text(settings, "tool", mistakes) or "moodle",
        )
        if mistakes:
            raise ValueError("; ".join(mistakes))
        return found, Access(site or "", Path(context.base, token or ""))


def _accounts(settings: Mapping[str, object], mistakes: list[str]) -> AccountsBy:
    found = settings.get("accounts", "users")
    if found not in tuple(AccountsBy):
        mistakes.append('accounts must be "users" or "courses"')
        return AccountsBy.USERS
    return AccountsBy(str(found))


def _domains(settings: Mapping[str, object], mistakes: list[str]) -> tuple[str, ...]:
    found = tuple(name.lower() for name in texts(settings, "domains", mistakes))
    if not all("." in name and "@" not in name for name in found):
        mistakes.append('domains must list mail domains, such as "marlow.example"')
    return found


def _link(settings: Mapping[str, object], mistakes: list[str]) -> str | None:
    link = settings.get("person_id", ID_NUMBER)
    if link not in (ID_NUMBER, NO_LINK):
        mistakes.append('person_id must be "idnumber" or "none"')
    return None if link == NO_LINK else ID_NUMBER
