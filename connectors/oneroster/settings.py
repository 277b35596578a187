"""The settings of a OneRoster drop, checked all at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from connectors.options import unknown

_KNOWN = frozenset(("connector", "title", "path", "version"))


class Version(StrEnum):
    """Which edition of the format the files are in."""

    AUTO = "auto"
    """As the files' own columns tell."""
    V1_1 = "1.1"
    V1_2 = "1.2"


@dataclass(frozen=True, slots=True)
class OneRosterSettings:
    """How one OneRoster drop is to be read."""

    path: str
    """Zip, or folder with a zip or CSV files, relative to the settings' own folder."""
    version: Version = Version.AUTO

    @classmethod
    def of(cls, settings: Mapping[str, object]) -> OneRosterSettings:
        """Return the checked settings; raises ValueError with every mistake."""
        mistakes = unknown(settings, _KNOWN, "oneroster")
        path = settings.get("path")
        if not isinstance(path, str) or not path.strip():
            mistakes.append("path must name the zip or folder that the roster is dropped in")
        version = settings.get("version", "auto")
        choice = '", "'.join(Version)
        if version not in tuple(Version):
            mistakes.append(f'version must be one of "{choice}", in quotes')
        if mistakes:
            raise ValueError("; ".join(mistakes))
        return cls(str(path), Version(str(version)))
