"""The settings of a Google directory, checked all at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from auditor.source import SourceContext
from connectors.google.access import Access, unknown_settings
from connectors.google.directory.roles import Roles, read_roles
from connectors.google.users import ORGANIZATION
from connectors.options import flag, number, text

NO_LINK = "none"
POSTS_AS_GROUP = "membersCanPostAsTheGroup"
WATCHED = (POSTS_AS_GROUP, "whoCanPostMessage", "allowExternalMembers")
"""What is asked of a group's settings: each may hide who writes, or let strangers in."""
THREADS = 8
MOST_THREADS = 32
_LINK = re.compile(r"[\w -]+(\.[\w-]+)?")


@dataclass(frozen=True, slots=True)
class DirectorySettings:
    """How one Google directory is to be read."""

    roster: bool = False
    """Whether the directory is the roster: false where a student information system is."""
    person_id: str | None = ORGANIZATION
    """Where an account has its id in the student information system; None: nowhere."""
    roles: Roles = field(default_factory=Roles)
    """Who is what, by organizational unit or group."""
    group_log: bool = True
    """Whether Google's log of groups is asked since when members are on a list."""
    group_settings: Mapping[str, str] | bool = False
    """Settings of groups and what the district wants of each. True: they are looked at and none
    is wanted; false: they are not asked for."""
    threads: int = THREADS
    """Mailing lists that are read at the same time."""

    @property
    def wanted(self) -> Mapping[str, str]:
        """What the district wants of each setting of a group."""
        return {} if isinstance(self.group_settings, bool) else self.group_settings

    @property
    def brings_settings(self) -> bool:
        """Whether settings of groups are brought; an empty table brings none, and says so."""
        return not isinstance(self.group_settings, bool)

    @property
    def scopes(self) -> tuple[str, ...]:
        """Short names of what must be delegated, for what the settings ask for."""
        return (
            "admin.directory.user.readonly",
            "admin.directory.group.readonly",
            "admin.directory.group.member.readonly",
            "admin.directory.orgunit.readonly",
            "admin.directory.domain.readonly",
            *(("admin.reports.audit.readonly",) if self.group_log else ()),
            *(("apps.groups.settings",) if self.group_settings is not False else ()),
        )

    @classmethod
    def of(cls, context: SourceContext) -> tuple[DirectorySettings, Access]:
        """Return the checked settings; raises ValueError with every mistake."""
        settings = context.settings
        known = [one.name for one in fields(cls)]
        mistakes = unknown_settings(settings, known, "google-directory")
        access = Access.of(context, mistakes)
        found = cls(
            flag(settings, "roster", mistakes, default=False),
            _link(settings, mistakes),
            read_roles(settings.get("roles"), mistakes),
            flag(settings, "group_log", mistakes, default=True),
            _group_settings(settings.get("group_settings"), mistakes),
            number(settings, "threads", THREADS, MOST_THREADS, mistakes),
        )
        if found.roster and not settings.get("roles"):
            mistakes.append("roster needs roles: say which units are staff and which students")
        if mistakes:
            raise ValueError("; ".join(mistakes))
        return found, access


def _link(settings: Mapping[str, object], mistakes: list[str]) -> str | None:
    link = text(settings, "person_id", mistakes)
    if link is None:
        return ORGANIZATION
    if _LINK.fullmatch(link) is None:
        mistakes.append(
            'person_id must be a kind of external id ("organization"), the name of a custom one, '
            '"Schema.Field", or "none"'
        )
    return None if link.casefold() == NO_LINK else link


def _group_settings(value: object, mistakes: list[str]) -> Mapping[str, str] | bool:
    if value is None or isinstance(value, bool):
        return bool(value)
    if not isinstance(value, Mapping):
        mistakes.append("group_settings must be true, or a table of settings as they should be")
        return False
    for name, wanted in value.items():
        if name not in WATCHED:
            mistakes.append(f"group_settings can hold {', '.join(WATCHED)}, not {name}")
        elif not isinstance(wanted, str) or not wanted:
            mistakes.append(f'group_settings: {name} must be as Google writes it, such as "false"')
    return {str(name): str(wanted) for name, wanted in value.items()}
