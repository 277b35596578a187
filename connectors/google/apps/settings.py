"""The settings of the source ``google-apps``, checked all at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from connectors.google.access import unknown_settings
from connectors.options import MOST_THREADS, flag, number, org_units, texts

MAIL_PROGRAMS = (
    "Android device", "Apple Mail", "iOS", "iOS Account Manager", "macOS", "macOS Account Manager",
    "Microsoft apps & services", "Microsoft Outlook", "Mozilla Thunderbird",
    "Mozilla Thunderbird Email", "Samsung Email", "Thunderbird", "Windows",
)  # fmt: skip
"""As they are known to call themselves; Google publishes no list."""


@dataclass(frozen=True, slots=True)
class AppSettings:
    """Whose apps are looked at, and how."""

    staff: tuple[str, ...]
    """Organizational units, such as "/Staff", of the accounts whose apps are looked at."""
    mail_programs: tuple[str, ...] = MAIL_PROGRAMS
    """Names of mail programs and telephones, by which staff read the district's own mail."""
    tokens: bool = False
    """Whether each account is also asked which apps it holds now, whenever they were let in."""
    threads: int = 8
    """Accounts, or parts of the log, read at the same time."""

    @classmethod
    def of(cls, settings: Mapping[str, object], mistakes: list[str]) -> AppSettings:
        """Return what the settings say, adding every mistake in them."""
        staff = org_units(settings, "staff", mistakes)
        if not staff and "staff" not in " ".join(mistakes):
            mistakes.append('staff must list organizational units, for example ["/Staff"]')
        mistakes += unknown_settings(settings, (f.name for f in fields(cls)), "google-apps")
        return cls(
            staff,
            texts(settings, "mail_programs", mistakes, MAIL_PROGRAMS),
            flag(settings, "tokens", mistakes, default=False),
            number(settings, "threads", 8, MOST_THREADS, mistakes),
        )
