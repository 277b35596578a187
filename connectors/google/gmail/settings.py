"""The settings of the source ``gmail``, checked all at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from connectors.google.access import unknown_settings
from connectors.google.gmail.units import LEAST_DAY
from connectors.options import flag, number, org_units, text, texts

MOST_THREADS = 16


@dataclass(frozen=True, slots=True)
class GmailSettings:
    """Which mailboxes are read, what of them, and how fast."""

    mailboxes: tuple[str, ...]
    """Organizational units, such as "/Staff", whose accounts' mailboxes are read."""
    received: tuple[str, ...] = ()
    """Of these units, those in whose mailboxes everything is read, and not only what was sent."""
    leave_out: tuple[str, ...] = ()
    """Units and addresses of accounts that are not planned: former staff, help desks."""
    settings: bool = False
    """Whether sending addresses, forwarding, signatures and automatic replies are looked at."""
    first_tier: str | None = None
    """"log": headers are read only in mailboxes for which Gmail's log shows a contact."""
    students: tuple[str, ...] = ()
    """The units of students' accounts, for ``first_tier``."""
    threads: int = 8
    """Mailboxes read at the same time."""
    units_per_minute: int = 1_200_000
    """What Google allows the Cloud project in a minute; other programs in it count too."""
    units_per_day: int = 80_000_000
    """What Google allows the Cloud project in a day before it asks for money."""
    tool: str = "gmail"
    """Name of the mail system in the district's tool catalogue."""

    @classmethod
    def of(cls, settings: Mapping[str, object], mistakes: list[str]) -> GmailSettings:
        """Return what the settings say, adding every mistake in them."""
        mailboxes = org_units(settings, "mailboxes", mistakes)
        if not mailboxes and "mailboxes" not in " ".join(mistakes):
            mistakes.append('mailboxes must list organizational units, for example ["/Staff"]')
        first_tier = text(settings, "first_tier", mistakes)
        students = org_units(settings, "students", mistakes)
        if first_tier not in (None, "log"):
            mistakes.append('first_tier must be "log", or left out')
        if first_tier == "log" and not students:
            mistakes.append("students must list the students' units where first_tier is set")
        mistakes += unknown_settings(settings, (f.name for f in fields(cls)), "gmail")
        return cls(
            mailboxes,
            _received(settings, mailboxes, mistakes),
            texts(settings, "leave_out", mistakes),
            flag(settings, "settings", mistakes, default=False),
            first_tier,
            students,
            number(settings, "threads", 8, MOST_THREADS, mistakes),
            number(settings, "units_per_minute", 1_200_000, 100_000_000, mistakes),
            number(
                settings, "units_per_day", 80_000_000, 10_000_000_000, mistakes, least=LEAST_DAY
            ),
            text(settings, "tool", mistakes) or "gmail",
        )


def _received(
    settings: Mapping[str, object], mailboxes: tuple[str, ...], mistakes: list[str]
) -> tuple[str, ...]:
    given = settings.get("received", True)
    if isinstance(given, bool):
        return mailboxes if given else ()
    if isinstance(given, list):
        return org_units(settings, "received", mistakes)
    mistakes.append("received must be true, false or a list of organizational units")
    return ()
