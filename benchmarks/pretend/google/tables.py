"""The pretended BigQuery API over the mail log: enough SQL to read rows of a stretch of time.

Read are ``SELECT fields FROM table WHERE conditions joined by AND``, with ``=``, ``<``, ``IN``
and ``BETWEEN`` on fields, numbers, strings and named parameters. Anything else is refused with
``invalidQuery`` and the words that could not be read, so that nobody takes it for an engine.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from benchmarks.pretend.google.calls import Call, Handler, Refused
from benchmarks.pretend.google.documents import Document
from benchmarks.pretend.google.world import LogRow
from benchmarks.pretend.worlds import number

Row = Mapping[str, Any]
Condition = Callable[[Row], bool]
_QUERY = re.compile(
    r"\s*SELECT\s+(?P<fields>.+?)\s+FROM\s+`?(?P<table>[\w.*-]+)`?"
    r"(?:\s+WHERE\s+(?P<where>.+?))?(?:\s+ORDER\s+BY\s+[\w.,\s]+)?\s*;?\s*",
    re.IGNORECASE | re.DOTALL,
)
_VALUE = r"(?:@\w+|-?\d+|'[^']*'|\"[^\"]*\"|TRUE|FALSE)"
_CONDITION = re.compile(
    rf"(?P<field>[\w.]+)\s*(?:(?P<how>=|!=|<>|<=|>=|<|>)\s*(?P<value>{_VALUE})"
    rf"|BETWEEN\s+(?P<low>{_VALUE})\s+AND\s+(?P<high>{_VALUE})"
    rf"|IN\s*\((?P<list>[^)]*)\))",
    re.IGNORECASE,
)
_HOW: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<>": operator.ne,
    "<=": operator.le,
    ">=": operator.ge,
    "<": operator.lt,
    ">": operator.gt,
}
DEFAULT_PAGE = 10_000


def query(call: Call) -> Document:
    """Start a query; its first page, unless ``timeoutMs`` is 0: then it is not done yet."""
    job = f"job_{number(repr(sorted(call.body.items())), call.now.isoformat()):x}"
    call.state.jobs[job] = _run(call)
    told = {"kind": "bigquery#queryResponse", "jobReference": _job(call, job)}
    if call.body.get("timeoutMs") == 0:
        return {**told, "jobComplete": False}
    return {**told, **_page(call, job, 0, int(call.body.get("maxResults", DEFAULT_PAGE)))}


def results(call: Call) -> Document:
    job = call.path["jobId"]
    if job not in call.state.jobs:
        raise Refused(404, "notFound", f"Not found: Job {job}")
    start = call.query.get("pageToken", "0")
    if not start.isdigit():
        raise Refused(400, "invalid", "Invalid value for pageToken")
    size = call.size("maxResults", DEFAULT_PAGE, DEFAULT_PAGE)
    told = {"kind": "bigquery#getQueryResultsResponse", "jobReference": _job(call, job)}
    return {**told, **_page(call, job, int(start), size)}


def _job(call: Call, job: str) -> Document:
    return {"projectId": call.path["projectId"], "jobId": job, "location": "US"}


def _page(call: Call, job: str, start: int, size: int) -> Document:
    fields, rows = call.state.jobs[job]
    shown = rows[start : start + size]
    told: Document = {
        "jobComplete": True,
        "totalRows": str(len(rows)),
        "schema": {"fields": fields},
    }
    if shown:
        told["rows"] = [{"f": [{"v": _cell(value)} for value in row]} for row in shown]
    if start + size < len(rows):
        told["pageToken"] = str(start + size)
    return told


def _cell(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {"f": [{"v": _cell(inner)} for inner in value.values()]}
    if isinstance(value, list):
        return [{"v": _cell(inner)} for inner in value]
    if value is None:
        return None
    return str(value).lower() if isinstance(value, bool) else str(value)


# ---- reading a query -------------------------------------------------------------------------


def _unreadable(text: str) -> Refused:
    return Refused(400, "invalidQuery", f"This stand-in for BigQuery cannot read: {text}")


def _run(call: Call) -> tuple[list[Document], list[list[Any]]]:
    text = str(call.body.get("query", ""))
    match = _QUERY.fullmatch(text)
    if match is None or call.body.get("useLegacySql", True):
        raise _unreadable(text)
    fields = [_field(part) for part in match["fields"].split(",")]
    conditions = list(_conditions(match["where"] or "", _parameters(call.body)))
    rows = [
        row
        for logged in reversed(call.known.rows.get("gmail", ()))
        if logged.visible_at <= call.now
        for row in (_table_row(logged, call),)
        if all(condition(row) for condition in conditions)
    ]
    table = [[_at(row, path) for path, _ in fields] for row in rows]
    sample = table[0] if table else [None] * len(fields)
    schema = [_schema(name, value) for (_, name), value in zip(fields, sample, strict=True)]
    return schema, table


def _field(part: str) -> tuple[str, str]:
    words = part.split()
    if len(words) == 3 and words[1].upper() == "AS":
        return words[0], words[2]
    if len(words) != 1 or not re.fullmatch(r"[\w.]+", words[0]):
        raise _unreadable(part)
    return words[0], words[0].rpartition(".")[2]


def _parameters(body: Document) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in body.get("queryParameters", ()):
        value = one["parameterValue"].get("value")
        whole = one["parameterType"]["type"] == "INT64"
        found[one["name"]] = int(value) if whole else value
    return found


def _conditions(text: str, parameters: Mapping[str, Any]) -> Iterator[Condition]:
    rest = text.strip()
    while rest:
        match = _CONDITION.match(rest)
        if match is None:
            raise _unreadable(rest)
        yield _condition(match, parameters)
        rest = rest[match.end() :].strip()
        if rest:
            if not re.match(r"AND\b", rest, re.IGNORECASE):
                raise _unreadable(rest)
            rest = rest[3:].strip()


def _condition(match: re.Match[str], parameters: Mapping[str, Any]) -> Condition:
    field = match["field"]

    def value(text: str) -> Any:
        if text.startswith("@"):
            return parameters[text[1:]]
        if text.upper() in ("TRUE", "FALSE"):
            return text.upper() == "TRUE"
        return text[1:-1] if text[0] in "'\"" else int(text)

    if match["list"] is not None:
        listed = {value(part.strip()) for part in match["list"].split(",")}
        return lambda row: _at(row, field) in listed
    if match["low"] is not None:
        low, high = value(match["low"]), value(match["high"])
        return lambda row: _at(row, field) is not None and low <= _at(row, field) <= high
    how, given = _HOW[match["how"]], value(match["value"])
    return lambda row: _at(row, field) is not None and how(_at(row, field), given)


def _table_row(logged: LogRow, call: Call) -> Row:
    """Return a row that fits both tables: the mail log's own, and the merged one."""
    usec = int(logged.at.timestamp() * 1_000_000)
    return {
        **logged.parameters,
        "gmail": dict(logged.parameters),
        "_TABLE_SUFFIX": logged.at.strftime("%Y%m%d"),
        "domain_name": call.world.domain,
        "email": logged.actor,
        "event_id": logged.qualifier,
        "event_name": logged.name,
        "event_type": logged.type,
        "ip_address": logged.extra.get("ipAddress"),
        "record_type": "gmail",
        "time_usec": usec,
        "unique_identifier": str(logged.qualifier),
    }


def _at(row: Any, path: str) -> Any:
    for name in path.split("."):
        if not isinstance(row, Mapping):
            raise _unreadable(path)
        row = row.get(name)
        if row is None:
            return None
    return row


def _schema(name: str, value: Any) -> Document:
    one = value[0] if isinstance(value, list) and value else value
    told: Document = {"name": name, "mode": "REPEATED" if isinstance(value, list) else "NULLABLE"}
    if isinstance(one, Mapping):
        fields = [_schema(inner, inside) for inner, inside in one.items()]
        return {**told, "type": "RECORD", "fields": fields}
    if isinstance(one, bool):
        return {**told, "type": "BOOLEAN"}
    return {**told, "type": "INTEGER" if isinstance(one, int) else "STRING"}


HANDLERS: dict[str, Handler] = {
    "bigquery.jobs.query": query,
    "bigquery.jobs.getQueryResults": results,
}
