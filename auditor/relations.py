"""The relations that records become: what rules read beside messages and rosters.

One table for each, made anew every night from the directory's memory. Keys are whole numbers as
everywhere; a day is a day number and ``until_day`` is not included; a time is in microseconds.
An empty relation means that nothing is on record, never that nobody looked: whether a record is
kept at all decides if a rule runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

FIRST_DAY, LAST_DAY = -719_162, 2_932_896
"""The first day there is (0001-01-01) and the day after the last."""
_SPAN = ("from_day", "until_day")
RECORDS: Mapping[str, tuple[str, ...]] = {
    # whose hats make an adult, and how the policy's open questions are answered
    "adult_hat": ("role",),
    "counting": ("bcc", "comments"),
    # what a tool is called in messages, and what the catalogue says of it
    "tool_word": ("word", "thing_key"),
    "tool_address": ("address_key", "thing_key"),
    "tool": ("thing_key", "kind", "status", "authority_ok", "notice_day", *_SPAN),
    "disclosure": (
        *("record_key", "adult_key", "student_key", "first_us", "first_day", "until_day"),
        *("reported_us", "told_right"),
    ),
    "handbook_duty": ("record_key", "thing_key", "due_day"),
    "handbook_done": ("record_key", "thing_key", "done_day"),
    "account": (
        *("thing_key", "owner_key", "second_key", "run_by", "decision", "authority_ok"),
        *("requested_day", "decided_day", "renew_day"),
    ),
    "space": ("thing_key", "creator_key"),
    "space_member": ("thing_key", "person_key", *_SPAN),
    "mailbox_setting": ("record_key", "person_key", "setting", "is_district", *_SPAN),
    "app_grant": (
        *("record_key", "person_key", "thing_key", "sends_mail", "reads_contacts", "chats"),
        *("messenger", *_SPAN),
    ),
    "system_setting": ("record_key", "thing_key", "as_expected", "seen_day"),
    "digest": ("team_key", "first_day", "last_day", "delivered_day"),
    "contact_limit": ("record_key", "kind", "adult_key", "student_key", *_SPAN),
    "consent": ("record_key", "student_key", *_SPAN),
    "self_report": ("record_key", "adult_key", "student_key", "first_us", "reported_us"),
    "approval": (
        *("record_key", "ground", "adult_key", "student_key", "team_key", "granted_day"), *_SPAN,
    ),
    "office": ("person_key", "office", "school_id", *_SPAN),
    "unread_day": ("record_key", "thing_key", "day"),
    "exception_tried": (
        *("message_key", "record_key", "ground", "adult_key", "student_key", "team_key"),
        "outcome",
    ),
}  # fmt: skip
"""Relation -> its columns. Those in ``TEXTS`` hold words, all others whole numbers."""
TEXTS = frozenset(
    {
        *("role", "word", "kind", "status", "run_by", "decision", "setting", "ground", "office"),
        *("school_id", "outcome"),
    }
)
PROVIDED_LATER = ("tool_word", "exception_tried")
"""What is known only once messages were looked at; rules that read it run after that."""


def table(name: str, rows: Iterable[Sequence[Any]]) -> pa.Table:
    """Return a relation as a table, rows in a fixed order."""
    columns = RECORDS[name]
    ordered = sorted(rows, key=lambda row: tuple((v is not None, str(v)) for v in row))
    arrays = [
        pa.array([row[at] for row in ordered], type=pa.string() if c in TEXTS else pa.int64())
        for at, c in enumerate(columns)
    ]
    return pa.table(arrays, names=list(columns))


def empty() -> dict[str, pa.Table]:
    """Return every relation without a row, but for the two that no district is without."""
    hats = [("staff",), ("coach",), ("adviser",), ("volunteer",), ("contractor",)]
    given: dict[str, list[tuple[Any, ...]]] = {"adult_hat": hats, "counting": [(1, 0)]}
    return {name: table(name, given.get(name, [])) for name in RECORDS}
