"""The settings of a mail drop, checked all at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from connectors.files import QUIET_DAYS, drop_days
from connectors.mail.archives import MailFormat
from connectors.options import unknown

_KNOWN = frozenset(
    ("connector", "title", "path", "tool", "format", "per_mailbox", "quiet_days", "covers_from")
)


@dataclass(frozen=True, slots=True)
class MailSettings:
    """How one mail drop is to be read."""

    path: str
    """File or folder, relative to the settings' own folder."""
    tool: str = "email"
    """Name of the mail system in the district's tool catalogue."""
    format: MailFormat = MailFormat.AUTO
    per_mailbox: bool = False
    """Whether each folder of the drop is one mailbox, of which every one has to be there."""
    quiet_days: int = QUIET_DAYS
    """Days without a record, before a file was written, that do not look like a fault."""
    covers_from: date | None = None
    """First day the drop is known to cover, where it starts earlier than its first message."""

    @classmethod
    def of(cls, settings: Mapping[str, object]) -> MailSettings:
        """Return the checked settings; raises ValueError with every mistake."""
        mistakes = unknown(settings, _KNOWN, "mail")
        path = settings.get("path")
        if not isinstance(path, str) or not path.strip():
            mistakes.append("path must name the file or folder that mail is dropped in")
        tool = settings.get("tool", "email")
        if not isinstance(tool, str) or not tool.strip():
            mistakes.append("tool must name the mail system, for example gmail")
        form = settings.get("format", "auto")
        if form not in tuple(MailFormat):
            mistakes.append(f"format must be one of {', '.join(MailFormat)}")
        per_mailbox = settings.get("per_mailbox", False)
        if not isinstance(per_mailbox, bool):
            mistakes.append("per_mailbox must be true or false, without quotes")
        quiet_days, covers_from = drop_days(settings, mistakes)
        if mistakes:
            raise ValueError("; ".join(mistakes))
        form = MailFormat(str(form))
        return cls(str(path), str(tool), form, bool(per_mailbox), quiet_days, covers_from)
