"""A table that somebody wants to enter: which one it is, and every error in it with its cure."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from auditor.source import Rejected
from connectors.tables.cells import Form
from connectors.tables.checking import CheckedTable, check_table
from connectors.tables.columns import CANONICAL
from connectors.tables.folder import table_of
from connectors.tables.layout import ROSTER_TABLES
from cron.mistakes import did_you_mean
from cron.outcome import CommandError
from cron.settings import Settings

KINDS = tuple(ROSTER_TABLES)
"""Tables that can be entered: all that are read whole each night."""

_CURES = (
    ("is blank", "fill it in"),
    ("is none of", "write one of these words"),
    ("is no date such as", "write the day like that"),
    ("is no time such as", "write the moment like that"),
    ("has no time of day", "add the time, as in 2026-09-14T16:05"),
    ("has a year", "correct the year"),
    ("is before", "correct one of the two"),
    ("is no e-mail address", "write it as name@example.org"),
    ("is no telephone number", "write its 7 to 15 digits"),
    ("is the list itself", "name a member of the list"),
    ("stands for something else", "give this row an id of its own, or make the two rows agree"),
    ("it has ", "put text with a comma in it between quotation marks"),
    ("its quotation marks", "close the quotation mark, or take it out"),
)
"""How a reason begins, and what to do about it; one with a semicolon brings its own cure."""


@dataclass(frozen=True, slots=True)
class RowError:
    """One row that cannot be used. Holds its place, never what it says."""

    line: int | None
    column: str | None
    what: str
    cure: str

    @classmethod
    def of(cls, rejected: Rejected) -> RowError:
        what, _, cure = rejected.reason.partition("; ")
        if not cure:
            cure = next((c for begins, c in _CURES if what.startswith(begins)), "correct the row")
        return cls(rejected.line, rejected.field, what, cure)

    def __str__(self) -> str:
        column = "" if self.column is None else f", column {self.column}"
        return f"line {self.line}{column}: {self.what}; {self.cure}"

    def as_json(self) -> dict[str, object]:
        return {"line": self.line, "column": self.column, "what": self.what, "cure": self.cure}


def kind_named(text: str, where: str) -> str:
    """Return the table that somebody names; raises ``CommandError`` if there is none."""
    kind = table_of(f"{text}.csv")
    if kind is None:
        raise CommandError(
            f"there is no table {text!r} that can be entered",
            where=where,
            cure=did_you_mean(text, KINDS),
        )
    return kind


def kind_of_file(file: Path) -> str:
    """Return the table a file's name names; raises ``CommandError`` if it names none."""
    kind = table_of(file.name)
    if kind is None:
        raise CommandError(
            "the file's name does not say which table it is",
            where=file.name,
            cure=f"Add --kind. {did_you_mean(file.stem, KINDS)}",
        )
    return kind


def check(settings: Settings, kind: str, name: str, content: bytes) -> CheckedTable:
    """Read the whole file as the nightly run would; raises ``SourceError`` if it is no table."""
    district = settings.district
    form = Form(ROSTER_TABLES[kind], CANONICAL, district.timezone, district.addresses)
    return check_table(content, name, form)
