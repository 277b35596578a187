"""The settings of a source of tables, checked all at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from connectors.files import QUIET_DAYS, drop_days
from connectors.options import unknown
from connectors.tables.layout import COMMUNICATIONS, ROSTER_TABLES, TABLES, Table

_KNOWN = frozenset(
    (
        "connector", "title", "path", "kind", "columns", "expect", "tool", "quiet_days",
        "covers_from", "use_unverified",
    )
)  # fmt: skip
_MESSAGES_ONLY = ("tool", "quiet_days", "covers_from")


@dataclass(frozen=True, slots=True)
class TableSettings:
    """How one drop of tables is to be read."""

    path: str
    """File or folder, relative to the settings' own folder."""
    table: Table | None = None
    """The one table all files are; None for a folder of canonical tables known by their names."""
    columns: str | None = None
    """Path of the column map, relative to the settings' own folder; None for canonical columns."""
    expect: tuple[str, ...] = ()
    """Tables that must be in the folder: an absent one is a gap, never an empty table."""
    tool: str | None = None
    """Name of the tool in the district's catalogue; where it is set, the ``source`` column of
    a communications file is not read."""
    quiet_days: int = QUIET_DAYS
    """Days without a record, before a file was written, that do not look like a fault."""
    covers_from: date | None = None
    """First day the drop is known to cover, where it starts earlier than its first message."""

    use_unverified: bool = False
    """Whether a column map is used that nobody has verified; every page then says so."""

    @property
    def brings_messages(self) -> bool:
        return self.table is COMMUNICATIONS

    @classmethod
    def of(cls, settings: Mapping[str, object]) -> TableSettings:
        """Return the checked settings; raises ValueError with every mistake."""
        mistakes = unknown(settings, _KNOWN, "table")
        path = _text("path", "the file or folder that tables are dropped in", settings, mistakes)
        if "path" not in settings:
            mistakes.append("path must name the file or folder that tables are dropped in")
        kind = settings.get("kind")
        table = TABLES.get(kind) if isinstance(kind, str) else None
        if kind is not None and table is None:
            mistakes.append(f"kind must be one of {', '.join(TABLES)}")
        columns = _text("columns", "the file of the column map", settings, mistakes)
        if columns is not None and kind is None:
            mistakes.append("columns needs a kind: a map is for one table")
        use_unverified = settings.get("use_unverified", False)
        if not isinstance(use_unverified, bool):
            mistakes.append("use_unverified must be true or false")
        elif use_unverified and columns is None:
            mistakes.append("use_unverified is only for a source with a column map")
        expect = _expect(settings.get("expect"), kind is not None, mistakes)
        tool = _text("tool", "the tool, for example chat", settings, mistakes)
        if kind != COMMUNICATIONS.name:
            mistakes += [
                f'{name} is only for kind = "communications"'
                for name in _MESSAGES_ONLY
                if name in settings
            ]
        quiet_days, covers_from = drop_days(settings, mistakes)
        if mistakes:
            raise ValueError("; ".join(mistakes))
        return cls(
            str(path),
            table,
            columns,
            expect,
            tool,
            quiet_days,
            covers_from,
            use_unverified=use_unverified is True,
        )


def _text(name: str, what: str, settings: Mapping[str, object], mistakes: list[str]) -> str | None:
    value = settings.get(name)
    if value is None:
        return None
    if not isinstance(value, str) or not value.strip():
        mistakes.append(f"{name} must name {what}")
        return None
    return value.strip()


def _expect(value: object, one_table: bool, mistakes: list[str]) -> tuple[str, ...]:
    if value is None:
        return ()
    if one_table:
        mistakes.append("expect is only for a folder of tables, without a kind")
        return ()
    if not isinstance(value, (list, tuple)):
        mistakes.append("expect must be a list of tables")
        return ()
    unknown = sorted(str(name) for name in value if name not in tuple(ROSTER_TABLES))
    if unknown:
        mistakes.append(
            f"expect names {', '.join(unknown)}, and the tables are {', '.join(ROSTER_TABLES)}"
        )
    return tuple(name for name in ROSTER_TABLES if name in value)
