"""The settings of the source ``exchange-mail``, checked all at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from auditor.keys import canonical_email
from auditor.source import SourceContext
from connectors.microsoft.access import Access, unknown_settings
from connectors.microsoft.asking import IN_FLIGHT
from connectors.microsoft.places import Place, read_places
from connectors.options import flag, number, text, texts


@dataclass(frozen=True, slots=True)
class ExchangeSettings:
    """Which mailboxes are read, what of them, and how fast."""

    mailboxes: tuple[Place, ...]
    """Whose are read: "licensed", or a list of { department = "..." }, { group = "..." } ..."""
    received: tuple[Place, ...] = ()
    """Of these, those in whose mailboxes everything is read, and not only what was sent."""
    leave_out: tuple[str, ...] = ()
    """Addresses of mailboxes that are not planned: help desks, former staff."""
    headers: bool = True
    """Whether the headers of what came in are asked for, which tell machines from people."""
    settings: bool = False
    """Whether automatic replies and rules that forward are looked at."""
    threads: int = IN_FLIGHT
    """Mailboxes read at the same time."""
    tool: str = "outlook"
    """Name of the mail system in the district's tool catalogue."""

    @property
    def places(self) -> tuple[Place, ...]:
        """Every place that is named."""
        return (*self.mailboxes, *self.received)

    @classmethod
    def of(cls, context: SourceContext) -> tuple[ExchangeSettings, Access]:
        """Return the checked settings; raises ValueError with every mistake."""
        settings = context.settings
        mistakes = unknown_settings(settings, (f.name for f in fields(cls)), "exchange-mail")
        access = Access.of(context, mistakes)
        mailboxes = read_places(settings.get("mailboxes"), "mailboxes", mistakes, licensed=True)
        received = settings.get("received", True)
        found = cls(
            mailboxes,
            (mailboxes if received else ())
            if isinstance(received, bool)
            else read_places(received, "received", mistakes, licensed=True),
            _addresses(settings, mistakes),
            flag(settings, "headers", mistakes, default=True),
            flag(settings, "settings", mistakes, default=False),
            number(settings, "threads", IN_FLIGHT, IN_FLIGHT, mistakes),
            text(settings, "tool", mistakes) or "outlook",
        )
        if mistakes:
            raise ValueError("; ".join(mistakes))
        return found, access


def _addresses(settings: Mapping[str, object], mistakes: list[str]) -> tuple[str, ...]:
    found = [canonical_email(one) for one in texts(settings, "leave_out", mistakes)]
    if None in found:
        mistakes.append("leave_out must list e-mail addresses")
    return tuple(address for address in found if address is not None)
