"""The stream of mail, read from where the log was kept.

What a row means is decided where Google's own log is read (``connectors.google.logs``); only where
rows come from is decided here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from auditor.source import DayCoverage, Denied, Note, Rejected
from connectors.files import DroppedFile, reading
from connectors.google.gmaillog.bigquery import BigQuery
from connectors.google.gmaillog.files import LogRow, LogTable
from connectors.google.gmaillog.settings import GmailLogSettings
from connectors.google.gmaillog.tables import query_for, read_row
from connectors.google.logs.delivery import SENT
from connectors.google.logs.gmail import GmailLog, with_forwarding
from connectors.google.logs.reading import Reading
from connectors.portions import Portion, Span

_PORTION = 2_000
_NOTHING = "the dataset holds no mail on any of the days asked for"


class TableLog(GmailLog):
    """Reads the log from BigQuery."""

    def __init__(self, reading: Reading, settings: GmailLogSettings, bigquery: BigQuery) -> None:
        super().__init__(reading, settings.tool)
        self._settings = settings
        self._bigquery = bigquery

    def _portions(self, kind: int, span: Span) -> Iterator[Portion]:
        settings = self._settings
        query = query_for(
            kind,
            span,
            project=settings.project,
            dataset=settings.dataset,
            layout=settings.layout,
        )
        for page in self._bigquery.pages(query):
            portion = self._reading.portion(self.name)
            for raw in page:
                found = read_row(raw)
                if found is None:
                    portion.refuse("event_info.timestamp_usec", "it does not tell when it was")
                else:
                    self._row(portion, *found, kind)
            yield portion

    def _nothing(self) -> Denied:
        cure = (
            "See in the Admin console that Gmail logs are exported to this dataset, and that "
            "layout says which of the two exports it is"
        )
        return Denied(_NOTHING, where="gmail log", cure=cure)


class FileLog(GmailLog):
    """Reads the log from exported files, senders' rows before recipients' as everywhere."""

    def portions(self, file: DroppedFile) -> Iterator[Portion]:
        """Yield what a file holds; raises ``SourceError``."""
        return with_forwarding(self._of_file(file), self._reading.portion(self.name))

    def _of_file(self, file: DroppedFile) -> Iterator[Portion]:
        self._delegated.clear()
        for senders in (True, False):
            with reading(file.path, file.name), open(file.path, "rb") as stream:
                table = LogTable(stream, file.name, self._reading.zone)
                rows = table.rows()
                while some := list(islice(rows, _PORTION)):
                    portion = self._reading.portion(self.name)
                    for row in some:
                        self._take_row(portion, row, senders=senders)
                    self._learn(portion)
                    yield portion

    def notes(self, file: DroppedFile) -> tuple[Note, ...]:
        with reading(file.path, file.name), open(file.path, "rb") as stream:
            return LogTable(stream, file.name, self._reading.zone).notes

    def coverage(self, days: tuple[DayCoverage, ...]) -> tuple[DayCoverage, ...]:
        return days

    def _take_row(
        self, portion: Portion, row: LogRow | Rejected | str, *, senders: bool
    ) -> None:
        """Take a row in the pass that is for it; one that cannot be used counts in the first."""
        if isinstance(row, LogRow):
            if (row.kind == SENT) is senders:
                before = len(portion.rejected)
                self._row(portion, row.activity, row.told, row.kind)
                portion.rejected[before:] = [
                    replace(one, file=row.file, line=row.line) for one in portion.rejected[before:]
                ]
        elif not senders:
            return
        elif isinstance(row, Rejected):
            portion.rejected.append(row)
            portion.records += 1
        else:
            portion.leave_out(row)
