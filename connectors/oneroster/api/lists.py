"""The lists of a roster that a server answers with, each read whole before any row is told.

They are told in the order of their ids: the same answers, in whatever order, are the same rows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from auditor.source import FileSeen, Malformed, Note, Rejected
from connectors.csvfile import Row
from connectors.oneroster.api.asking import Record, Served, Server
from connectors.oneroster.api.records import (
    SEPARATOR,
    UNUSED,
    Cells,
    fields_of,
    needed_in,
)
from connectors.oneroster.api.settings import ApiSettings
from connectors.oneroster.api.wholelist import Tell, read_whole
from connectors.oneroster.columns import CLASSES, ENROLLMENTS, ORGS, ROLES, USERS
from connectors.oneroster.settings import Version

LISTS = (ORGS, USERS, CLASSES, ENROLLMENTS)
_SHOWN = 8
_METADATA = "metadata"


def endpoint_of(name: str) -> str:
    """Return how the server calls a list, which is how IT may look for it there."""
    return name.removesuffix(".csv")


class ServerLists:
    """All lists of one reading, in memory: only what is wanted of them."""

    place = "record"

    def __init__(self, server: Server, settings: ApiSettings, tell: Tell) -> None:
        self._server = server
        self._settings = settings
        self._tell = tell
        self._cells = Cells(settings.version)
        with_roles = settings.version is Version.V1_2
        self._rows: dict[str, list[dict[str, str]]] = {ROLES: []} if with_roles else {}
        self._notes: dict[str, list[Note]] = {}
        self._same: dict[str, str] = {}
        """Texts that come in many rows, once."""

    def read(self) -> None:
        """Read everything; raises a ``SourceError`` unless all of it is known to be whole."""
        for name in LISTS:
            rows, notes = self._whole(name)
            self._rows[name] = sorted(rows, key=lambda row: (row["sourcedId"], *row.values()))
            self._notes[name] = notes
        if self._settings.version is Version.V1_2:
            self._rows[ROLES].sort(key=lambda row: (row["userSourcedId"], *row.values()))
        for (name, field), count in sorted(self._cells.other_kind.items()):
            text = f"{field} of a kind that OneRoster does not give it, left out"
            told = self._notes[USERS if name == ROLES else name]
            told.append(Note(self.shown(name), text, count, lost=True))

    # ---- what the reader asks for ------------------------------------------------------------

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._rows)

    def shown(self, name: str) -> str:
        return endpoint_of(name)

    def notes(self, name: str) -> tuple[Note, ...]:
        return tuple(self._notes.get(name, ()))

    def rows(self, name: str) -> Iterator[Row | Rejected]:
        for number, cells in enumerate(self._rows[name], 1):
            yield Row(number, cells)

    def listed(self, cell: str) -> list[str]:
        return [part for part in cell.split(SEPARATOR) if part]

    def seen(self) -> tuple[FileSeen, ...]:
        return ()

    # ---- reading -----------------------------------------------------------------------------

    def _whole(self, name: str) -> tuple[list[dict[str, str]], list[Note]]:
        endpoint = endpoint_of(name)
        fields = fields_of(name, self._settings.version)
        strange: Counter[str] = Counter()

        def ask(offset: int) -> Served:
            page = self._server.page(endpoint, fields, offset)
            kept = tuple(_only(record, fields) for record in page.records)
            for record in page.records[1 if offset else 0 :]:
                strange.update(set(record) - set(fields) - UNUSED[name])
            return Served(kept, page.total, page.more)

        whole = read_whole(
            ask,
            self._tell,
            name=endpoint,
            restarts=self._server.limits.restarts,
            where=self._server.where,
        )
        notes = list(_strange_fields(endpoint, strange))
        if whole.remark is not None:
            notes.append(Note(endpoint, whole.remark))
        self._require_fields(name, whole.records)
        if name == USERS and not any("agents" in record for record in whole.records):
            notes.append(Note(endpoint, "no record has agents: no guardians are known", lost=True))
        return [self._row(name, record) for record in whole.records], notes

    def _row(self, name: str, record: Record) -> dict[str, str]:
        if name == USERS and self._settings.version is Version.V1_2:
            self._rows[ROLES].extend(self._cells.roles(record))
        cells = self._cells.of(name, record)
        return {column: self._same.setdefault(cell, cell) for column, cell in cells.items()}

    def _require_fields(self, name: str, records: tuple[Record, ...]) -> None:
        """Raise ``Malformed`` where no record has a field that all need: it was not exported."""
        for field in needed_in(name, self._settings.version):
            if records and not any(field in record for record in records):
                raise Malformed(
                    f"no record of its list {endpoint_of(name)} has the field {field}",
                    where=self._server.where,
                    cure="Check the version in the settings of this source, and what the vendor "
                    "shares with this client",
                )


def _only(record: Record, fields: tuple[str, ...]) -> Record:
    return {field: record[field] for field in fields if field in record}


def _strange_fields(endpoint: str, strange: Counter[str]) -> Iterator[Note]:
    extended = strange.pop(_METADATA, 0)
    if extended:
        yield Note(endpoint, "records with metadata of the vendor's own, not read", extended)
    if strange:
        names = sorted(strange)
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        shown = ", ".join(name[:60] for name in names[:_SHOWN]) + more
        yield Note(endpoint, f"fields that are not known and not read: {shown}", len(names))
