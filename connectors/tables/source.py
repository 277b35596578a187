"""The source ``table``: CSV files that offices keep and tools export, dropped in a folder.

Rosters are delivered whole each time. Communications are like an archive of mail: a file is read
once and not again while it and its column map are unchanged, so all it holds is delivered, and
the window only decides which days the pull accounts for (``connectors.files.Drop``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from auditor.source import (
    CheckResult,
    Denied,
    FactKind,
    Page,
    SourceContext,
    SourceError,
    Window,
)
from connectors.files import (
    Drop,
    DroppedFile,
    HashingReader,
    drop_path,
    require_path,
    sha256_of,
)
from connectors.tables.cells import Form
from connectors.tables.columns import CANONICAL, load_map
from connectors.tables.folder import Folder, by_table, look_into, names_in
from connectors.tables.layout import COMMUNICATIONS, ROSTER_TABLES, Table
from connectors.tables.pulling import Pull, seen_as
from connectors.tables.reading import TableFile
from connectors.tables.rosters import Register
from connectors.tables.settings import TableSettings

_ABSENT_CURE = "Put it there, if only with its heading row, or take it out of expect"
_DOUBT = "its layout is not verified"
_EMPTY_CURE = f"Put the tables there: {', '.join(f'{name}.csv' for name in ROSTER_TABLES)}"


class TableDrop:
    """One configured drop of tables."""

    def __init__(self, context: SourceContext) -> None:
        """Raise ValueError naming every mistake in the settings and the column map."""
        self._context = context
        self._settings = settings = TableSettings.of(context.settings)
        self._root = drop_path(context, settings.path)
        self._map = CANONICAL
        self._table = settings.table
        if settings.brings_messages and settings.tool is None:
            # then every row must say which tool it was sent with
            required = (*COMMUNICATIONS.required, "source")
            self._table = replace(COMMUNICATIONS, required=required)
        if self._table is not None and settings.columns is not None:
            self._map = load_map(
                drop_path(context, settings.columns), settings.columns, self._table
            )
        if not (self._map.is_verified or settings.use_unverified):
            raise ValueError(
                f"columns {settings.columns}: nobody has verified this map. Look at a file with "
                "`auditor columns try`, then write verified_by and verified_on into the map, or "
                "set use_unverified = true and every page will say so"
            )

    @property
    def context(self) -> SourceContext:
        return self._context

    @property
    def provides(self) -> frozenset[FactKind]:
        """What the drop is for; a folder of tables brings what it holds and what is expected.

        So a table nobody keeps leaves the rules that need it unable to run, rather than quiet.
        """
        if self._table is not None:
            return frozenset((self._table.provides,))
        names = {*self._settings.expect, *names_in(self._root)}
        return frozenset(ROSTER_TABLES[name].provides for name in names)

    def check(self) -> list[CheckResult]:
        """Say which tables are there and whether their headings are right; reads no rows."""
        try:
            require_path(self._root)
            folder = look_into(self._root, below=self._settings.brings_messages)
            if self._table is None:
                return self._check_tables(by_table(self._root, folder))
            if not folder.tables:
                cure = "Drop CSV files there"
                return [CheckResult(False, f"{self._root}: no CSV files yet", cure)]
        except SourceError as error:
            return [_refused(error)]
        newest = max(folder.tables, key=lambda file: file.modified_at)
        files = "1 file" if len(folder.tables) == 1 else f"{len(folder.tables):,} files"
        day = newest.modified_at.astimezone(self._zone).date()
        text = f"{self._root}: {files} of {self._table.name}, newest of {day.isoformat()}"
        lines = [CheckResult(True, text), *self._check_headings(newest, self._form(self._table))]
        return [*lines, *self._check_verified()]

    def _check_verified(self) -> list[CheckResult]:
        if self._map.is_canonical:
            return []
        if not self._map.is_verified:
            text = f"{self._settings.columns}: nobody has verified this map, so every page says so"
            return [CheckResult(True, text)]
        text = f"{self._settings.columns}: verified by {self._map.verified_by} on "
        return [CheckResult(True, f"{text}{self._map.verified_on}")]

    @property
    def _doubt(self) -> str | None:
        return None if self._map.is_verified else _DOUBT

    def _check_tables(self, files: Mapping[str, DroppedFile]) -> list[CheckResult]:
        lines = []
        for name, file in files.items():
            wrong = self._check_headings(file, self._form(ROSTER_TABLES[name]))
            day = file.modified_at.astimezone(self._zone).date()
            lines += wrong or [CheckResult(True, f"{file.path}: {name}, of {day.isoformat()}")]
        for name in self._settings.expect:
            if name not in files:
                text = f"{self._root}: {name}.csv is expected and is not there"
                lines.append(CheckResult(False, text, _ABSENT_CURE))
        if not lines:
            lines.append(CheckResult(False, f"{self._root}: holds none of the tables", _EMPTY_CURE))
        return lines

    def _check_headings(self, file: DroppedFile, form: Form) -> list[CheckResult]:
        try:
            with HashingReader(file) as stream:
                TableFile(file.name, stream, form)
        except SourceError as error:
            return [_refused(error)]
        return []

    def pull(self, window: Window) -> Iterator[Page]:
        """Yield the drop's facts; raises ``SourceError``."""
        require_path(self._root)
        folder = look_into(self._root, below=self._settings.brings_messages)
        if self._settings.brings_messages:
            yield from self._pull_messages(folder, window)
        elif self._table is not None:
            yield from self._pull_rosters({self._table.name: folder.tables}, folder)
        else:
            found = by_table(self._root, folder)
            absent = [name for name in self._settings.expect if name not in found]
            if absent:
                names = ", ".join(f"{name}.csv" for name in absent)
                what = f"expected and not there: {names}"
                raise Denied(what, where=self._settings.path, cure=_ABSENT_CURE)
            yield from self._pull_rosters({n: (f,) for n, f in found.items()}, folder)

    def _pull_rosters(
        self, tables: Mapping[str, tuple[DroppedFile, ...]], folder: Folder
    ) -> Iterator[Page]:
        if not any(tables.values()):
            # an empty drop is not a roster without people: that would end everybody on record
            raise Denied("it holds none of the tables", where=self._settings.path, cure=_EMPTY_CURE)
        pull = Pull(self._context.name, self._settings)
        pull.pass_over(folder, {file.name for files in tables.values() for file in files})
        for name, files in tables.items():
            register = Register(ROSTER_TABLES[name])
            for file in files:
                yield from pull.roster(file, self._form(ROSTER_TABLES[name]), register)
        yield replace(pull.page.done(), doubt=self._doubt)

    def _pull_messages(self, folder: Folder, window: Window) -> Iterator[Page]:
        drop = Drop(
            zone=self._zone,
            where=self._settings.path,
            quiet_days=self._settings.quiet_days,
            covers_from=self._settings.covers_from,
        )
        form = self._form(self._table or COMMUNICATIONS)
        first = window.first
        begins = datetime(first.year, first.month, first.day, tzinfo=self._zone)
        pull = Pull(self._context.name, self._settings)
        pull.pass_over(folder, {file.name for file in folder.tables})
        for file in folder.tables:
            drop.file(file.modified_at)
            already = self._context.already_read
            known = bool(already) and seen_as(sha256_of(file), self._map) in already
            if not known:
                yield from pull.messages(file, form, drop)
            elif file.modified_at < begins:
                drop.reaches_until(file.modified_at)
            else:
                pull.count_again(file, form, drop)
        yield replace(pull.page.done(), coverage=drop.coverage(window), doubt=self._doubt)

    def _form(self, table: Table) -> Form:
        return Form(table, self._map, self._zone, self._context.addresses)

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self._context.timezone)


def _refused(error: SourceError) -> CheckResult:
    return CheckResult(False, f"{error.where}: {error.what}", error.cure)
