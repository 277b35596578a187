"""The Gmail log as BigQuery keeps it: which columns are asked for, and what a row of them says.

The subject, the names of files and the links are columns too, and are never in the question. Names
of columns follow Google's schema of the export, which is that of the log itself; both layouts have
them, the merged one within the record ``gmail``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from connectors.google.activities import Activity, Span
from connectors.google.flattening import Parameters, Value, whole
from connectors.google.gmaillog.settings import Layout

COLUMNS = {
    "mail_event_type": "event_info.mail_event_type",
    "timestamp_usec": "event_info.timestamp_usec",
    "success": "event_info.success",
    "client_type": "event_info.client_context.client_type",
    "delegate": "event_info.client_context.session_context.delegate_user_email",
    "message_id": "message_info.rfc2822_message_id",
    "is_spam": "message_info.is_spam",
    "source_address": "message_info.source.address",
    "source_header": "message_info.source.from_header_address",
    "destination": "message_info.destination",
    "flattened_destinations": "message_info.flattened_destinations",
}
"""Our name of a column -> its place in the log."""
_ACTOR = {"actor": "email", "number": "unique_identifier"}
"""What only the merged table tells: whose mailbox a row is about, and what makes it itself."""
_A_DAY = timedelta(days=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Query:
    """One question in Google's SQL; values are parameters and never part of the text."""

    text: str
    parameters: Mapping[str, str | int]


def query_for(kind: int, span: Span, *, project: str, dataset: str, layout: Layout) -> Query:
    """Return the question for the rows of one kind in a span, oldest first."""
    begins, ends = (
        (moment - _EPOCH) // timedelta(microseconds=1) for moment in (span.begins, span.ends)
    )
    values: dict[str, str | int] = {"begins": begins, "ends": ends, "kind": kind}
    if layout is Layout.ACTIVITY:
        before, table, time = "gmail.", "activity", "time_usec"
        also = " AND record_type = 'gmail'"
        extra = {**COLUMNS, **_ACTOR}
    else:
        # A day's table may hold its evening in another zone; the time itself decides.
        before, table, time = "", "daily_*", "event_info.timestamp_usec"
        also = " AND _TABLE_SUFFIX BETWEEN @first_table AND @last_table"
        values["first_table"] = (span.begins - _A_DAY).astimezone(UTC).strftime("%Y%m%d")
        values["last_table"] = (span.ends + _A_DAY).astimezone(UTC).strftime("%Y%m%d")
        extra = COLUMNS
    columns = ", ".join(
        f"{at if name in _ACTOR else before + at} AS {name}" for name, at in extra.items()
    )
    text = (  # made of our own words and of names that the settings have checked
        f"SELECT {columns} FROM `{project}.{dataset}.{table}` "  # noqa: S608  (see above)
        f"WHERE {time} >= @begins AND {time} < @ends "
        f"AND {before}event_info.mail_event_type = @kind{also} "
        "ORDER BY timestamp_usec, message_id, source_address, flattened_destinations"
    )
    return Query(text, values)


def read_row(row: Mapping[str, Any]) -> tuple[Activity, Parameters] | None:
    """Return a row as Google's own log would tell it; None if it does not say when it was."""
    at = whole(row.get("timestamp_usec"))
    if at is None:
        return None
    told: dict[str, Value] = {}
    for name, place in COLUMNS.items():
        value = _value(name, row.get(name))
        if value is not None:
            told[place] = value
    actor, number = row.get("actor"), row.get("number")
    try:
        moment = _EPOCH + timedelta(microseconds=at)
    except OverflowError:
        return None
    activity = Activity(
        at=moment,
        qualifier=number if isinstance(number, str) and number else digest_of_row(row),
        application="gmail",
        customer=None,
        email=actor if isinstance(actor, str) and actor else None,
        profile_id=None,
        caller=None,
        client_id=None,
        agentic=False,
        events=(),
    )
    return activity, told


def _value(name: str, cell: object) -> Value | None:
    if name in ("mail_event_type", "timestamp_usec"):
        return whole(cell)
    if name in ("success", "is_spam"):
        return {"true": True, "false": False}.get(str(cell).lower())
    if name == "destination":
        listed = cell if isinstance(cell, list) else []
        named = (one.get("address") for one in listed if isinstance(one, dict))
        return tuple({"address": one} for one in named if isinstance(one, str))
    return cell if isinstance(cell, str) and cell else None


def digest_of_row(row: Mapping[str, Any]) -> str:
    """Return what makes a row itself where the table has no name for it."""
    told = repr(sorted((name, str(value)) for name, value in row.items()))
    return sha256(told.encode("utf-8", "backslashreplace")).hexdigest()[:32]
