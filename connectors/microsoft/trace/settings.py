"""The settings of the source ``message-trace``, checked all at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date

from auditor.source import SourceContext
from connectors.files import QUIET_DAYS, drop_days
from connectors.microsoft.access import Access, Cloud, unknown_settings
from connectors.options import number, text, texts

MOST_REQUESTS = 100
"""Questions that Microsoft allows a tenant in five minutes, all its programs together."""
_DOMAIN = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_OF_FILES = ("quiet_days", "covers_from")
_OF_GRAPH = (
    "tenant", "client", "certificate", "secret", "allow_secret", "cloud", "endpoint", "senders",
    "requests_per_5_minutes",
)  # fmt: skip
_NOWHERE = (
    "path must name files of the trace, or else tenant, client and certificate how Microsoft is "
    "asked"
)
NOBODY = Access("", "", None, None, Cloud.GLOBAL, None)
"""Files are read without Microsoft."""


@dataclass(frozen=True, slots=True)
class TraceSettings:
    """What of the trace is asked for and how fast, or where its files are dropped."""

    senders: tuple[str, ...] = ()
    """Domains, such as "marlow.example": only what was sent from them is asked for. None: all."""
    requests_per_5_minutes: int = 50
    """Our share of the 100 questions that Microsoft allows all programs of the tenant together."""
    path: str | None = None
    """File or folder of exported rows, relative to the settings' own folder."""
    tool: str = "outlook"
    """Name of the mail system in the district's tool catalogue."""
    quiet_days: int = QUIET_DAYS
    """Days without a record, before a file was written, that do not look like a fault."""
    covers_from: date | None = None
    """First day the files are known to cover, where that is before their first row."""

    @classmethod
    def of(cls, context: SourceContext) -> tuple[TraceSettings, Access]:
        """Return the checked settings, and how Microsoft is reached: for files, not at all.

        Raises ValueError with every mistake.
        """
        settings = context.settings
        mistakes = unknown_settings(settings, (f.name for f in fields(cls)), "message-trace")
        path = text(settings, "path", mistakes)
        from_files = "path" in settings
        if not from_files and not {"tenant", "client", "certificate", "secret"} & set(settings):
            mistakes.insert(0, _NOWHERE)
            raise ValueError("; ".join(mistakes))
        access = NOBODY if from_files else Access.of(context, mistakes)
        others = _OF_GRAPH if from_files else _OF_FILES
        instead = "without path" if from_files else "for files, with path"
        mistakes += [f"{name} is only {instead}" for name in others if name in settings]
        quiet_days, covers_from = drop_days(settings, mistakes)
        found = cls(
            _senders(settings, mistakes),
            number(settings, "requests_per_5_minutes", 50, MOST_REQUESTS, mistakes),
            path,
            text(settings, "tool", mistakes) or "outlook",
            quiet_days,
            covers_from,
        )
        if mistakes:
            raise ValueError("; ".join(mistakes))
        return found, access


def _senders(settings: Mapping[str, object], mistakes: list[str]) -> tuple[str, ...]:
    """Return domains, which go into a question as they stand and so may hold nothing else."""
    found = tuple(one.lower() for one in texts(settings, "senders", mistakes))
    if not all(_DOMAIN.fullmatch(one) for one in found):
        mistakes.append('senders must list mail domains, such as "marlow.example"')
        return ()
    return tuple(dict.fromkeys(found))
