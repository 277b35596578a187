"""The settings of a Microsoft directory, checked all at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from auditor.source import SourceContext
from connectors.microsoft.access import Access, Cloud, unknown_settings
from connectors.microsoft.directory.roles import Roles, read_roles
from connectors.microsoft.users import EMPLOYEE_ID, USER_PERMISSIONS
from connectors.options import flag, number, text

NO_LINK = "none"
BY_EDUCATION = "education"
THREADS = 8
MOST_THREADS = 32
_LINK = re.compile(
    r"employeeId|extensionAttribute([1-9]|1[0-5])|extension_[0-9a-f]{32}_\w+|education|none"
)


@dataclass(frozen=True, slots=True)
class DirectorySettings:
    """How one Microsoft directory is to be read."""

    roster: bool = False
    """Whether the directory is the roster: false where a student information system is."""
    person_id: str | None = EMPLOYEE_ID
    """Where an account has its id in the student information system; None: nowhere."""
    roles: Roles = field(default_factory=Roles)
    """Who is what, by profile, school's records or group."""
    education: bool = False
    """Whether schools, classes and who is in them are read from the education roster."""
    guardians: bool = False
    """Whether students' guardians are read from it: one question for every student."""
    threads: int = THREADS
    """Groups, classes and students that are read at the same time."""

    @property
    def reads_education(self) -> bool:
        """Whether the education roster is needed for anything."""
        by_id = self.person_id == BY_EDUCATION
        return self.education or self.guardians or by_id or self.roles.of_education

    @property
    def link(self) -> str | None:
        """The field of an account's profile that has its id; None if none has."""
        return None if self.person_id == BY_EDUCATION else self.person_id

    @property
    def permissions(self) -> tuple[str, ...]:
        """Application permissions that are needed, for what the settings ask for."""
        return (
            *USER_PERMISSIONS,
            "GroupMember.Read.All",
            "Organization.Read.All",
            *(("EduRoster.Read.All",) if self.reads_education else ()),
        )

    @classmethod
    def of(cls, context: SourceContext) -> tuple[DirectorySettings, Access]:
        """Return the checked settings; raises ValueError with every mistake."""
        settings = context.settings
        known = [one.name for one in fields(cls)]
        mistakes = unknown_settings(settings, known, "microsoft-directory")
        access = Access.of(context, mistakes)
        found = cls(
            flag(settings, "roster", mistakes, default=False),
            _link(settings, mistakes),
            read_roles(settings.get("roles"), mistakes),
            flag(settings, "education", mistakes, default=False),
            flag(settings, "guardians", mistakes, default=False),
            number(settings, "threads", THREADS, MOST_THREADS, mistakes),
        )
        if found.roster and not settings.get("roles"):
            mistakes.append("roster needs roles: say who is staff and who is a student")
        if found.reads_education and access.cloud is not Cloud.GLOBAL:
            mistakes.append(
                "cloud has no education roster: take out education, guardians, roles by education "
                "and person_id by it"
            )
        if mistakes:
            raise ValueError("; ".join(mistakes))
        return found, access


def _link(settings: Mapping[str, object], mistakes: list[str]) -> str | None:
    link = text(settings, "person_id", mistakes)
    if link is None:
        return EMPLOYEE_ID
    if _LINK.fullmatch(link) is None:
        mistakes.append(
            'person_id must be "employeeId", "extensionAttribute1" to "15", the full name of an '
            'extension ("extension_<32 digits>_<name>"), "education" or "none"'
        )
    return None if link == NO_LINK else link
