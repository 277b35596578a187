"""The settings of a School Data Sync drop, checked all at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from auditor.keys import canonical_email
from connectors.options import unknown

_KNOWN = frozenset(("connector", "title", "path", "domain"))


@dataclass(frozen=True, slots=True)
class SdsSettings:
    """How one School Data Sync drop is to be read."""

    path: str
    """Zip, or folder with a zip or CSV files, relative to the settings' own folder."""
    domain: str | None = None
    """What the sync adds to user names written without one, for example ``marlow.example``.

    Without it a user name that is no whole address gives nobody an address.
    """

    @classmethod
    def of(cls, settings: Mapping[str, object]) -> SdsSettings:
        """Return the checked settings; raises ValueError with every mistake."""
        mistakes = unknown(settings, _KNOWN, "sds")
        path = settings.get("path")
        if not isinstance(path, str) or not path.strip():
            mistakes.append("path must name the zip or folder that the roster is dropped in")
        domain = settings.get("domain")
        if domain is not None and not _is_domain(domain):
            mistakes.append("domain must be a mail domain such as marlow.example")
        if mistakes:
            raise ValueError("; ".join(mistakes))
        return cls(str(path), None if domain is None else str(domain))


def _is_domain(value: object) -> bool:
    return isinstance(value, str) and "@" not in value and canonical_email(f"a@{value}") is not None
