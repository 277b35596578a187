"""Reading single fields of Canvas's answers; whatever is not as documented is not known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

Record = Mapping[str, Any]
NO_RECORD = "it has not the form that Canvas documents"


def id_of(value: object) -> str:
    """Return an id as text: Canvas writes it as a number, or as text where asked to. "" if none."""
    if isinstance(value, bool):
        return ""
    if isinstance(value, int) and value > 0:
        return str(value)
    return value if isinstance(value, str) and value.isascii() and value.isdigit() else ""


def ids_of(value: object) -> tuple[str, ...] | None:
    """Return a list of ids, each once; None if it is no such list."""
    if not isinstance(value, list):
        return None
    found = [id_of(one) for one in value]
    return tuple(dict.fromkeys(found)) if all(found) else None


def text_of(record: Record, name: str) -> str:
    """Return a property that is text, without spaces around it; "" where it is not told."""
    found = record.get(name)
    return found.strip() if isinstance(found, str) else ""


def moment(value: object) -> datetime | None:
    """Return the instant that a time of Canvas's names (ISO 8601), None if it names none."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return None if found is None else found.replace(tzinfo=found.tzinfo or UTC)


def written_by(records: Iterable[Record]) -> list[tuple[datetime, str]]:
    """Return when who wrote, of messages or comments that tell both; not what Canvas wrote."""
    told = ((moment(one.get("created_at")), id_of(one.get("author_id"))) for one in records
            if one.get("generated") is not True)  # fmt: skip
    return [(at, author) for at, author in told if at is not None and author]


def in_order(id_: str) -> tuple[int, str]:
    """Sort ids as numbers."""
    return len(id_), id_
