"""What Teams lets students and staff do in chats: supervised chat, and what its policies allow.

Graph does not tell of these policies; Microsoft's PowerShell module alone does. So an
administrator's job writes them to CSV files, and what is found there is held against what the
district wants. What it does not tell is not known, and is said to be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from zoneinfo import ZoneInfo

from auditor.records import SystemSetting
from auditor.source import Note, Page, SourceContext, SourceError
from connectors.csvfile import Columns, CsvTable, Row
from connectors.files import DroppedFile, drop_path, reading, require_path
from connectors.logdrop import dropped_files
from connectors.wide import as_utf8

Expected = Mapping[str, Mapping[str, str]]
"""Policy -> its setting -> what the district wants it to be."""
_POLICY = "Identity"
_TAG = "tag:"
"""Before the name of every policy but the tenant's own one, in PowerShell."""
_NOT_TOLD = "setting of Teams that no file tells"
_UNREADABLE = "file of Teams' policies that could not be read: {}"


def read_expected(value: object, mistakes: list[str]) -> Expected:
    """Return what the setting ``expected`` says, adding every mistake in it."""
    found: dict[str, dict[str, str]] = {}
    for policy, wanted in value.items() if isinstance(value, Mapping) else ():
        told = wanted if isinstance(wanted, Mapping) else {}
        if told and all(isinstance(one, str) and one.strip() for one in told.values()):
            found[str(policy)] = {str(name): str(one).strip() for name, one in told.items()}
    if value is not None and (not isinstance(value, Mapping) or len(found) != len(value)):
        mistakes.append(
            'expected must be tables of policies, each with settings in quotes, such as '
            '{ Students = { ChatPermissionRole = "Restricted" } }'
        )
    return found


def policy_page(context: SourceContext, path: str, expected: Expected, today: date) -> Page:
    """Return what each expected setting was found to be; never raises for what cannot be read."""
    told = _Told(context, expected)
    try:
        root = drop_path(context, path)
        require_path(root)
        for file in dropped_files(root)[0]:
            told.read(file)
    except SourceError as error:
        told.fail(error)
    return Page(tuple(told.facts(today)), notes=tuple(told.notes()))


class _Told:
    """What the files tell, the newest file last."""

    def __init__(self, context: SourceContext, expected: Expected) -> None:
        self._zone = ZoneInfo(context.timezone)
        self._title = context.title
        self._expected = expected
        names = {name for wanted in expected.values() for name in wanted}
        self._columns = Columns((_POLICY,), tuple(sorted(names)))
        self._found: dict[tuple[str, str], tuple[date, str]] = {}
        self._failures: list[str] = []

    def read(self, file: DroppedFile) -> None:
        day = file.modified_at.astimezone(self._zone).date()
        try:
            with reading(file.path, file.name), open(file.path, "rb") as stream:
                for row in CsvTable(as_utf8(stream), file.name).rows(self._columns):
                    if isinstance(row, Row):
                        self._take(row, day)
        except SourceError as error:
            self.fail(error)

    def fail(self, error: SourceError) -> None:
        self._failures.append(error.what)

    def _take(self, row: Row, day: date) -> None:
        policy = row[_POLICY].casefold().removeprefix(_TAG)
        for name in self._columns.optional:
            before = self._found.get((policy, name))
            if row[name] and (before is None or before[0] <= day):
                self._found[policy, name] = (day, row[name])

    def facts(self, today: date) -> Iterator[SystemSetting]:
        for policy, name, wanted in self._wanted():
            day, found = self._found.get((policy.casefold(), name), (today, ""))
            yield SystemSetting(f"Teams policy {policy}", name, wanted, found, day)

    def notes(self) -> Iterator[Note]:
        for what in self._failures:
            yield Note(self._title, _UNREADABLE.format(what), lost=True)
        unknown = sum(
            (policy.casefold(), name) not in self._found for policy, name, _ in self._wanted()
        )
        if unknown:
            yield Note(self._title, _NOT_TOLD, unknown, lost=True)

    def _wanted(self) -> Iterator[tuple[str, str, str]]:
        for policy in sorted(self._expected):
            for name, wanted in sorted(self._expected[policy].items()):
                yield policy, name, wanted
