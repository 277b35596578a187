"""Asking BigQuery a question and reading its whole answer, page by page.

An answer is whole when as many rows came as BigQuery says there are. What is asked costs money by
the gigabyte read, so every question has a bound above which BigQuery refuses it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from auditor.source import Denied, Malformed, SourceError, Transient
from connectors.answers import Answer, Document, Expired, Found, Gone
from connectors.google.asking import Api, Asking, Google
from connectors.google.flattening import whole
from connectors.google.gmaillog.settings import GmailLogSettings
from connectors.google.gmaillog.tables import Query
from connectors.pagemarks import all_pages

SCOPES = ("bigquery",)
"""There is no narrower one with which a question may be put; what may be read, IAM decides."""
_PAGE = 5_000
_GIGABYTE = 10**9
_PATIENCE_MS = 20_000
"""How long BigQuery may let one question of ours wait for its result."""
_MOST_WAITS = 90
_RIGHTS = (
    "Give the service account the roles BigQuery Job User on the project and BigQuery Data Viewer "
    "on the dataset; see that project, dataset and location in the settings are right"
)

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Job:
    id: str
    location: str | None


@dataclass(slots=True)
class _Reading:
    """How far an answer was read."""

    read: int = 0
    stated: int = 0
    _fields: list[Any] = field(default_factory=list)

    def begin(self) -> None:
        self.read, self.stated, self._fields = 0, 0, []

    def rows(self, document: Document) -> list[Row]:
        """Return the rows of a page by the names of their columns."""
        self._fields = _list(_of(_of(document, "schema"), "fields")) or self._fields
        self.stated = whole(_of(document, "totalRows")) or self.stated
        rows = [_row(one, self._fields) for one in _list(_of(document, "rows"))]
        self.read += len(rows)
        return rows


class BigQuery:
    """Puts questions to one dataset, as the service account itself."""

    def __init__(self, google: Google, settings: GmailLogSettings, random: Random) -> None:
        self._google = google
        self._asking: Asking = google.itself(SCOPES)
        self._settings = settings
        self._random = random

    def try_out(self, query: Query) -> int:
        """Return how many bytes a question would read, without reading any; raises."""
        body = {**self._body(query), "dryRun": True}
        answer = self._asked(
            lambda service: service.jobs().query(projectId=self._settings.project, body=body)
        )
        if not isinstance(answer, Found):
            raise self._gone()
        return whole(_of(answer.document, "totalBytesProcessed")) or 0

    def pages(self, query: Query) -> Iterator[list[Row]]:
        """Yield the rows of the answer, a page at a time; raises ``SourceError``."""
        job: list[_Job] = []
        reading = _Reading()

        def ask(mark: str | None) -> Answer:
            if mark is None:
                reading.begin()
            answer = self._started(query, job) if mark is None else self._result(job[0], mark)
            return answer if isinstance(answer, Expired) else self._finished(answer, job)

        for answer in all_pages(
            ask,
            mark=lambda found: _text(_of(found.document, "pageToken")),
            records=lambda document: len(_list(_of(document, "rows"))),
            limits=self._google.limits,
            where=self._google.where,
        ):
            if not isinstance(answer, Found):
                raise self._gone()
            yield reading.rows(answer.document)
        if reading.read < reading.stated:
            raise Malformed(
                f"it brought {reading.read:,} of {reading.stated:,} rows",
                where=self._google.where,
                cure="The next run tries again; if it stays so, tell Google",
            )

    # ---- asking ----------------------------------------------------------------------------

    def _body(self, query: Query) -> dict[str, Any]:
        types = {str: "STRING", int: "INT64"}
        body = {
            "query": query.text,
            "useLegacySql": False,
            "parameterMode": "NAMED",
            "queryParameters": [
                {
                    "name": name,
                    "parameterType": {"type": types[type(value)]},
                    "parameterValue": {"value": str(value)},
                }
                for name, value in query.parameters.items()
            ],
            "maxResults": _PAGE,
            "timeoutMs": _PATIENCE_MS,
            "maximumBytesBilled": str(self._settings.most_gigabytes * _GIGABYTE),
        }
        location = self._settings.location
        return body if location is None else {**body, "location": location}

    def _started(self, query: Query, job: list[_Job]) -> Answer:
        # Asked again after a broken connection, the same question is not paid for twice.
        body = {**self._body(query), "requestId": f"{self._random.getrandbits(128):032x}"}
        answer = self._asked(
            lambda service: service.jobs().query(projectId=self._settings.project, body=body)
        )
        if isinstance(answer, Found):
            reference = _of(answer.document, "jobReference")
            found = _text(_of(reference, "jobId"))
            if found is not None:
                job[:] = [_Job(found, _text(_of(reference, "location")))]
        return answer

    def _result(self, job: _Job, mark: str | None) -> Answer:
        given = {"location": job.location, "pageToken": mark}
        return self._asked(
            lambda service: service.jobs().getQueryResults(
                projectId=self._settings.project,
                jobId=job.id,
                maxResults=_PAGE,
                timeoutMs=_PATIENCE_MS,
                **{name: value for name, value in given.items() if value is not None},
            ),
            mark=mark is not None,
        )

    def _finished(self, answer: Answer, job: list[_Job]) -> Answer:
        """Wait until a question is answered; raises ``Transient`` if that takes too long."""
        waits = 0
        while isinstance(answer, Found) and _of(answer.document, "jobComplete") is False:
            waits += 1
            if waits > _MOST_WAITS or not job:
                raise Transient(
                    "BigQuery did not finish a question in half an hour",
                    where=self._google.where,
                    cure="The next run tries again; if it stays so, look at the project's quota",
                )
            answer = self._result(job[0], None)
        if isinstance(answer, Gone):
            raise self._gone()
        return answer

    def _asked(self, question: Any, *, mark: bool = False) -> Answer:
        try:
            return self._asking.ask(Api.BIGQUERY, question, mark=mark)
        except Denied as error:
            raise Denied(error.what, where=error.where, cure=_RIGHTS) from None
        except Malformed as error:
            if "400" not in error.what:
                raise
            raise Malformed(
                "BigQuery does not take the question: the dataset is of another layout, lacks a "
                "column, or the question reads more than most_gigabytes",
                where=error.where,
                cure="See layout in the settings; `auditor check` tells how much a day reads",
            ) from None

    def _gone(self) -> SourceError:
        return Denied(
            "there is no such project, dataset or table", where=self._google.where, cure=_RIGHTS
        )


# ---- reading what came ---------------------------------------------------------------------


def _row(row: object, fields: list[Any]) -> Row:
    """Return a row by the names of its columns; nested records become mappings."""
    cells = [_of(cell, "v") for cell in _list(_of(row, "f"))]
    return {
        str(_of(column, "name")): _cell(value, column)
        for column, value in zip(fields, cells, strict=False)
    }


def _cell(value: object, column: object) -> Any:
    if _of(column, "mode") == "REPEATED":
        return [_single(_of(one, "v"), column) for one in _list(value)]
    return _single(value, column)


def _single(value: object, column: object) -> Any:
    fields = _of(column, "fields")
    return _row(value, _list(fields)) if isinstance(fields, list) else value


def _of(value: object, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
