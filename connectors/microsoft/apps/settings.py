"""The settings of the source ``microsoft-apps``, checked all at once."""

from __future__ import annotations

from dataclasses import dataclass, fields

from auditor.source import SourceContext
from connectors.microsoft.access import Access, unknown_settings
from connectors.microsoft.asking import IN_FLIGHT
from connectors.microsoft.places import Place, read_places
from connectors.microsoft.users import USER_PERMISSIONS
from connectors.options import flag, number, texts

MAIL_PROGRAMS = (
    "Apple Internet Accounts", "Gmail", "iOS Accounts", "Mozilla Thunderbird", "Samsung Email",
    "Thunderbird",
)  # fmt: skip
"""As they are known to call themselves; Microsoft publishes no list."""
GRANT_PERMISSIONS = ("Directory.Read.All",)
LOG_PERMISSIONS = ("AuditLog.Read.All",)


@dataclass(frozen=True, slots=True)
class AppSettings:
    """Whose apps are looked at, and how."""

    users: tuple[Place, ...]
    """Whose: a list of { department = "..." }, { group = "..." } ..."""
    mail_programs: tuple[str, ...] = MAIL_PROGRAMS
    """Names of mail programs and telephones, by which staff read the district's own mail."""
    sign_ins: bool = True
    """Whether the log of sign-ins is read too, where the tenant's licence has it."""
    threads: int = IN_FLIGHT
    """Apps that are asked about at the same time."""

    @property
    def permissions(self) -> tuple[str, ...]:
        """Application permissions that are needed; the first of these reads groups as well."""
        return (*USER_PERMISSIONS, *GRANT_PERMISSIONS, *LOG_PERMISSIONS)

    @classmethod
    def of(cls, context: SourceContext) -> tuple[AppSettings, Access]:
        """Return the checked settings; raises ValueError with every mistake."""
        settings = context.settings
        mistakes = unknown_settings(settings, (f.name for f in fields(cls)), "microsoft-apps")
        access = Access.of(context, mistakes)
        found = cls(
            read_places(settings.get("users"), "users", mistakes),
            texts(settings, "mail_programs", mistakes, MAIL_PROGRAMS),
            flag(settings, "sign_ins", mistakes, default=True),
            number(settings, "threads", IN_FLIGHT, IN_FLIGHT, mistakes),
        )
        if mistakes:
            raise ValueError("; ".join(mistakes))
        return found, access
