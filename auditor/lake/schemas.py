"""The form of the facts on disk.

One row of ``message`` for each *copy* that a source delivered: the same mail in two mailboxes is
two rows with one ``message_key``, which the facts relations merge. ``message_party`` has one row
for each address, role and list of each copy.

``VERSION`` stands in every file and in the manifest. Columns are only ever added; a column that
came to mean something else would get another name.
"""

from __future__ import annotations

import pyarrow as pa

VERSION = 1

_METADATA: dict[bytes | str, bytes | str] = {"auditor.schema_version": str(VERSION)}


def _schema(*columns: tuple[str, pa.DataType, bool]) -> pa.Schema:
    fields = [pa.field(name, kind, nullable=optional) for name, kind, optional in columns]
    return pa.schema(fields, metadata=_METADATA)


MESSAGE = _schema(
    ("message_key", pa.int64(), False),
    ("digest", pa.int64(), False),
    ("source", pa.string(), False),
    ("native_id", pa.string(), False),
    ("tool", pa.string(), False),
    ("channel", pa.string(), False),
    ("sent_at", pa.timestamp("us", tz="UTC"), False),
    ("sent_day", pa.int32(), False),
    ("sent_minute", pa.int32(), False),
    ("thread_key", pa.int64(), True),
    ("container_key", pa.int64(), True),
    ("automated", pa.string(), False),
    ("on_behalf_of_key", pa.int64(), True),
    ("recipients_hidden", pa.bool_(), False),
    ("unparsed", pa.int32(), False),
)
"""``sent_day``: local days since 1970-01-01. ``sent_minute``: local minute of the day, 0 to 1439.
``unparsed``: headers that were there but could not be read in full."""

PARTY = _schema(
    ("message_key", pa.int64(), False),
    ("address_key", pa.int64(), False),
    ("role", pa.string(), False),
    ("via_group_key", pa.int64(), True),
    ("sent_day", pa.int32(), False),
)

SCHEMAS = {"message": MESSAGE, "message_party": PARTY}


def of_version(relation: str, version: int) -> pa.Schema | None:
    """Return the form in which a version of this program wrote a relation; None if it did not."""
    return SCHEMAS.get(relation) if version == VERSION else None


FEW_VALUES = {
    "message": ["source", "tool", "channel", "automated"],
    "message_party": ["role"],
}
"""Columns worth a dictionary in Parquet; keys are random and would only fill one."""
