"""Mail archives as files: mbox, Maildir, single messages, Exchange journals, Vault exports."""

from __future__ import annotations

from auditor.source import SourceContext
from connectors.mail.source import MailArchive


def connect(context: SourceContext) -> MailArchive:
    """Return the configured source; raises ValueError naming every mistake in its settings."""
    return MailArchive(context)


__all__ = ["MailArchive", "connect"]
