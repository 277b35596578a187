"""What a source says besides its facts: files, days, refusals, things it tolerated."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date

from sqlalchemy import Connection, bindparam, delete, insert, select

from auditor.ledger.book import storable
from auditor.ledger.tables import (
    coverage_day,
    coverage_unit,
    note,
    quarantine,
    source_file,
    source_mark,
)
from auditor.source import DayCoverage, FileSeen, Page, Rejected


class Statements:
    """Gathers one pull's statements page by page and writes them in its transaction."""

    def __init__(self, source: str, run_id: str) -> None:
        self._source = source
        self._run = run_id
        self._rejected: list[Rejected] = []
        self._notes: Counter[tuple[str, str]] = Counter()
        self._files: dict[tuple[str, str], FileSeen] = {}
        self._days: dict[tuple[date, str | None], DayCoverage] = {}
        self._marks: dict[str, str | None] = {}

    @property
    def rejected(self) -> int:
        """Records that could not be used."""
        return len(self._rejected)

    def take(self, page: Page) -> None:
        """Remember what a page says; of a day, the last word counts."""
        self._rejected += page.rejected
        for one in page.notes:
            self._notes[storable(one.file), storable(one.text)] += one.count
        for file in page.files:
            self._files[file.sha256, storable(file.name)] = file
        for day in page.coverage:
            self._days[day.day, day.unit] = day
        for mark in page.marks:
            self._marks[storable(mark.unit)] = mark.value

    def write(self, connection: Connection) -> None:
        """Write everything taken."""
        self._write_files(connection)
        self._write_days(connection)
        self._write_marks(connection)
        mine = {"run_id": self._run, "source": self._source}
        refused = [
            {
                **mine,
                "file": storable(one.file),
                "line": one.line,
                "field": None if one.field is None else storable(one.field),
                "reason": storable(one.reason),
            }
            for one in self._rejected
        ]
        if refused:
            connection.execute(insert(quarantine), refused)
        notes = [
            {**mine, "file": file, "text": text, "count": count}
            for (file, text), count in self._notes.items()
        ]
        if notes:
            connection.execute(insert(note), notes)

    def _write_files(self, connection: Connection) -> None:
        query = select(source_file.c.sha256, source_file.c.name).where(
            source_file.c.source == self._source
        )
        known = {(sha, name) for sha, name in connection.execute(query)}
        rows = [
            {
                "source": self._source,
                "sha256": sha,
                "name": name,
                "size": file.size,
                "modified_at": file.modified_at.astimezone(UTC).isoformat(),
                "run_id": self._run,
            }
            for (sha, name), file in self._files.items()
            if (sha, name) not in known
        ]
        if rows:
            connection.execute(insert(source_file), rows)

    def _write_marks(self, connection: Connection) -> None:
        if not self._marks:
            return
        mine = source_mark.c.source == self._source
        connection.execute(
            delete(source_mark).where(mine, source_mark.c.unit == bindparam("given_unit")),
            [{"given_unit": unit} for unit in self._marks],
        )
        kept = {unit: value for unit, value in self._marks.items() if value is not None}
        if kept:
            connection.execute(
                insert(source_mark),
                [
                    {
                        "source": self._source,
                        "unit": unit,
                        "value": value,
                        "run_id": self._run,
                    }
                    for unit, value in kept.items()
                ],
            )

    def _write_days(self, connection: Connection) -> None:
        """Write what was said of days, then of single mailboxes or spaces on them."""
        for table, said in (
            (coverage_day, [one for one in self._days.values() if one.unit is None]),
            (coverage_unit, [one for one in self._days.values() if one.unit is not None]),
        ):
            if not said:
                continue
            connection.execute(
                delete(table).where(
                    table.c.source == self._source,
                    table.c.run_id == self._run,
                    table.c.day == bindparam("said_day"),
                ),
                [{"said_day": day.isoformat()} for day in {one.day for one in said}],
            )
            connection.execute(insert(table), [self._row(one) for one in said])

    def _row(self, one: DayCoverage) -> dict[str, object]:
        unit = {} if one.unit is None else {"unit": storable(one.unit)}
        return {
            "source": self._source,
            "day": one.day.isoformat(),
            "run_id": self._run,
            "state": one.state.value,
            "records": one.records,
            "reason": None if one.reason is None else storable(one.reason),
            **unit,
        }
