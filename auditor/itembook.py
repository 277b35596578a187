"""Keeping items in the ledger: ids given out once, states moved, nothing forgotten.

All of one night's settling is written in a single transaction, so a killed run leaves yesterday's
items whole.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from auditor import decisionbook
from auditor.items import Change, Hit, StoredItem, Subject, fingerprint
from auditor.keys import Keyring
from auditor.ledger.tables import item as item_table
from auditor.ledger.tables import item_hit as hit_table
from auditor.ledger.tables import run, short_id_counter
from auditor.model import Channel


def stored_items(connection: Connection) -> list[StoredItem]:
    """Return every item with its hits, in order of id."""
    hits: dict[str, list[Hit]] = defaultdict(list)
    subjects: dict[str, Subject] = {}
    rows = connection.execute(select(item_table).order_by(item_table.c.item_id)).mappings().all()
    for row in rows:
        subjects[row["item_id"]] = Subject(
            row["rule"], row["adult_key"], row["student_key"], row["team_key"], row["thing_key"]
        )
    order = (hit_table.c.item_id, hit_table.c.sent_us, hit_table.c.message_key)
    for row in connection.execute(select(hit_table).order_by(*order)).mappings():
        hits[row["item_id"]].append(_hit(row, subjects[row["item_id"]]))
    decisions = decisionbook.recorded(connection)
    return [
        StoredItem(
            id=row["item_id"],
            subject=subjects[row["item_id"]],
            episode=row["episode"],
            school_id=row["school_id"],
            listed_on=date.fromisoformat(row["listed_on"]),
            grew_on=_date(row["grew_on"]),
            withdrawn_on=_date(row["withdrawn_on"]),
            hits=tuple(hits[row["item_id"]]),
            decisions=decisions.get(row["item_id"], ()),
        )
        for row in rows
    ]


def found_on(connection: Connection) -> dict[tuple[str, int], date]:
    """Return the audit date of the night that first found each message or record of each item."""
    query = select(hit_table.c.item_id, hit_table.c.message_key, run.c.audit_date).join(
        run, run.c.run_id == hit_table.c.first_run_id
    )
    return {
        (item_id, key): date.fromisoformat(day)
        for item_id, key, day in connection.execute(query)
    }


def keep(
    connection: Connection,
    changes: Sequence[Change],
    *,
    audit_date: date,
    run_id: str,
    keyring: Keyring,
    prefix_of: Mapping[Subject, tuple[str, str | None]],
) -> list[StoredItem]:
    """Write the night's changes and return all items as they now stand.

    ``prefix_of`` gives each new subject's id prefix and school.
    """
    kept: list[StoredItem] = []
    for change in changes:
        if change.before is None:
            kept.append(_add(connection, change, audit_date, keyring, prefix_of[change.subject]))
        else:
            kept.append(_move(connection, change, change.before, audit_date))
        _write_hits(connection, kept[-1], run_id)
    return sorted(kept, key=lambda stored: stored.id)


def _add(
    connection: Connection,
    change: Change,
    audit_date: date,
    keyring: Keyring,
    place: tuple[str, str | None],
) -> StoredItem:
    prefix, school_id = place
    subject = change.subject
    item_id = f"{prefix}-{_next_number(connection, prefix):04d}"
    connection.execute(
        insert(item_table).values(
            item_id=item_id,
            fingerprint=fingerprint(keyring, subject, change.episode),
            rule=subject.rule,
            adult_key=subject.adult,
            student_key=subject.student,
            team_key=subject.team,
            thing_key=subject.thing,
            episode=change.episode,
            school_id=school_id,
            listed_on=audit_date.isoformat(),
        )
    )
    return StoredItem(
        item_id, subject, change.episode, school_id, audit_date, None, None, change.hits
    )


def _next_number(connection: Connection, prefix: str) -> int:
    where = short_id_counter.c.prefix == prefix
    last = connection.execute(select(short_id_counter.c.last).where(where)).scalar_one_or_none()
    if last is None:
        connection.execute(insert(short_id_counter).values(prefix=prefix, last=1))
        return 1
    connection.execute(update(short_id_counter).where(where).values(last=last + 1))
    return int(last) + 1


def _move(
    connection: Connection, change: Change, before: StoredItem, audit_date: date
) -> StoredItem:
    withdrawn = None if change.hits else (before.withdrawn_on or audit_date)
    after = replace(
        before,
        grew_on=audit_date if change.grew else before.grew_on,
        withdrawn_on=withdrawn,
        hits=change.hits or before.hits,
    )
    connection.execute(
        update(item_table)
        .where(item_table.c.item_id == before.id)
        .values(
            grew_on=None if after.grew_on is None else after.grew_on.isoformat(),
            withdrawn_on=None if withdrawn is None else withdrawn.isoformat(),
        )
    )
    return after


def _write_hits(connection: Connection, stored: StoredItem, run_id: str) -> None:
    mine = hit_table.c.item_id == stored.id
    known = select(hit_table.c.message_key, hit_table.c.first_run_id).where(mine)
    first_seen = {row.message_key: row.first_run_id for row in connection.execute(known)}
    connection.execute(delete(hit_table).where(mine))
    rows = [
        {
            "item_id": stored.id,
            "message_key": h.message,
            "sent_us": h.sent_us,
            "sent_day": h.day,
            "sent_by_adult": h.sent_by_adult,
            "uncertain": h.uncertain,
            "covered_by": h.covered_by,
            "evidence_json": _evidence(h),
            "first_run_id": first_seen.get(h.message, run_id),
        }
        for h in stored.hits
    ]
    if rows:
        connection.execute(insert(hit_table), rows)


def _evidence(hit: Hit) -> str:
    return json.dumps(
        {
            "source": hit.source,
            "native_id": hit.native_id,
            "channel": None if hit.channel is None else hit.channel.value,
            "tool": hit.tool,
            "numbers": dict(hit.numbers),
            "tried": list(hit.tried),
            "reached": list(hit.reached),
        },
        sort_keys=True,
        ensure_ascii=False,
    )


def _hit(row: Mapping[Any, Any], subject: Subject) -> Hit:
    kept = json.loads(row["evidence_json"])
    return Hit(
        subject=subject,
        message=row["message_key"],
        sent_us=row["sent_us"],
        day=row["sent_day"],
        sent_by_adult=bool(row["sent_by_adult"]),
        uncertain=bool(row["uncertain"]),
        source=kept["source"],
        native_id=kept["native_id"],
        channel=None if kept["channel"] is None else Channel(kept["channel"]),
        tool=kept["tool"],
        numbers=kept["numbers"],
        covered_by=row["covered_by"],
        tried=tuple(kept["tried"]),
        reached=tuple(kept["reached"]),
    )


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
