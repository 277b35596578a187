"""The settings of the source ``gmail-log``, checked all at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum

from auditor.source import SourceContext
from connectors.files import QUIET_DAYS, drop_days
from connectors.google.access import Access, unknown_settings
from connectors.options import number, text

_NAME = re.compile(r"[A-Za-z0-9_]{1,1024}")
_PROJECT = re.compile(r"(?:[a-z0-9.-]+:)?[a-z][a-z0-9-]{4,62}")
_OF_FILES = ("quiet_days", "covers_from")
_OF_TABLES = ("project", "dataset", "layout", "location", "most_gigabytes")
_ACCESS = ("key", "service_account", "endpoint")
_NOWHERE = "path must name files of the log, or else project and dataset what BigQuery keeps of it"
NOBODY = Access("", None, None, "", None)
"""Files are read without Google."""


class Layout(StrEnum):
    """Which of Google's two exports a dataset holds."""

    DAILY = "daily"
    """Gmail's own: one table for each day, ``daily_20261118``."""
    ACTIVITY = "activity"
    """The merged one of all Workspace logs: one table, ``activity``."""


@dataclass(frozen=True, slots=True)
class GmailLogSettings:
    """Where rows of the Gmail log are kept: in a folder of files, or in BigQuery."""

    path: str | None = None
    """File or folder of exported rows, relative to the settings' own folder."""
    project: str = ""
    """The Cloud project that pays for questions, and that the dataset is in."""
    dataset: str = ""
    """The dataset that Google Workspace exports its log to."""
    layout: Layout = Layout.DAILY
    location: str | None = None
    """Where the dataset is kept, for example "us-east4"; None: the multi-region US or EU."""
    most_gigabytes: int = 200
    """What one question may read before BigQuery refuses it: a bound on what a night costs."""
    tool: str = "gmail"
    """Name of the mail system in the district's tool catalogue."""
    quiet_days: int = QUIET_DAYS
    """Days without a record, before a file was written, that do not look like a fault."""
    covers_from: date | None = None
    """First day the files are known to cover, where that is before their first row."""

    @classmethod
    def of(cls, context: SourceContext) -> tuple[GmailLogSettings, Access]:
        """Return the checked settings, and how BigQuery is reached: for files, not at all.

        Raises ValueError with every mistake.
        """
        settings = context.settings
        mistakes = unknown_settings(settings, (f.name for f in fields(cls)), "gmail-log")
        path = text(settings, "path", mistakes)
        from_files = "path" in settings
        if not from_files and not {"project", "dataset"} & set(settings):
            mistakes.insert(0, _NOWHERE)
            raise ValueError("; ".join(mistakes))
        access = NOBODY if from_files else Access.of(context, mistakes, as_itself=True)
        others = (*_OF_TABLES, *_ACCESS) if from_files else _OF_FILES
        instead = "without path" if from_files else "for files, with path"
        mistakes += [f"{name} is only {instead}" for name in others if name in settings]
        project = dataset = ""
        if not from_files:
            project = _name(settings, "project", _PROJECT, mistakes)
            dataset = _name(settings, "dataset", _NAME, mistakes)
        layout = settings.get("layout", "daily")
        if layout not in tuple(Layout):
            mistakes.append('layout must be "daily" or "activity"')
            layout = "daily"
        quiet_days, covers_from = drop_days(settings, mistakes)
        found = cls(
            path,
            project,
            dataset,
            Layout(str(layout)),
            text(settings, "location", mistakes),
            number(settings, "most_gigabytes", 200, 1_000_000, mistakes),
            text(settings, "tool", mistakes) or "gmail",
            quiet_days,
            covers_from,
        )
        if mistakes:
            raise ValueError("; ".join(mistakes))
        return found, access


def _name(
    settings: Mapping[str, object], name: str, form: re.Pattern[str], mistakes: list[str]
) -> str:
    """Return a name that goes into a query as it stands, and so may hold nothing else."""
    found = settings.get(name)
    if isinstance(found, str) and form.fullmatch(found):
        return found
    mistakes.append(f"{name} must name the {name} as BigQuery does, or path must name files")
    return ""
