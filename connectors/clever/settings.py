"""The settings of a roster at Clever, checked all at once."""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

from auditor.source import SourceContext
from connectors.options import flag, number, text, texts, unknown
from connectors.webaddress import checked_base

ENDPOINT = "https://api.clever.com"
PAGE = 1_000
MOST_PAGE = 10_000
GUARDIANS = ("Parent/Guardian", "Primary", "Secondary", "Family")
CONTACT_TYPES = (*GUARDIANS, "Emergency", "Other")
"""Clever's words for what a contact is to a student (v3.1, ``student_relationships.type``)."""
_REACH = frozenset(("connector", "title", "token", "endpoint"))


@dataclass(frozen=True, slots=True)
class Access:
    """What the settings say of reaching Clever."""

    token: Path
    """File with the district's token for our application."""
    endpoint: str


@dataclass(frozen=True, slots=True)
class CleverSettings:
    """How a district's roster at Clever is to be read."""

    guardians: tuple[str, ...] = GUARDIANS
    """Types of contact that make somebody a student's guardian; none: contacts are not read."""
    events: bool = True
    """Whether Clever's own log of changes is held against the lists."""
    page: int = PAGE
    """Records asked for at once."""

    @classmethod
    def of(cls, context: SourceContext) -> tuple[CleverSettings, Access]:
        """Return the checked settings; raises ValueError with every mistake."""
        settings = context.settings
        known = _REACH | {one.name for one in fields(cls)}
        mistakes = unknown(settings, known, "clever")
        before = len(mistakes)
        token = text(settings, "token", mistakes)
        if token is None and len(mistakes) == before:
            mistakes.append("token must name the file that the district's token is in")
        endpoint = text(settings, "endpoint", mistakes) or ENDPOINT
        try:
            endpoint = checked_base(endpoint).geturl()
        except ValueError as error:
            mistakes.append(f"endpoint is not usable: {error}")
        guardians = texts(settings, "guardians", mistakes, GUARDIANS)
        if not {*guardians} <= {*CONTACT_TYPES}:
            mistakes.append(f"guardians must list some of: {', '.join(CONTACT_TYPES)}")
        found = cls(
            guardians,
            flag(settings, "events", mistakes, default=True),
            number(settings, "page", PAGE, MOST_PAGE, mistakes),
        )
        if mistakes:
            raise ValueError("; ".join(mistakes))
        return found, Access(Path(context.base, token or ""), endpoint)
