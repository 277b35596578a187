"""Putting an item's derivation together: the same facts the rules read, now with who and why.

Nothing here decides anything. What was tried, measured and found was written down on the night it
was found and is only read back; who each address was is asked again of the same relations.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, select

from auditor import imprints
from auditor.cabinet import Cabinet
from auditor.desk import Desk
from auditor.directory import day_of
from auditor.engine import Engine, rows_for
from auditor.explaining import (
    CopySeen,
    Explanation,
    Found,
    ListSeen,
    MessageSeen,
    PartySeen,
)
from auditor.explaining import Decision as DecisionSeen
from auditor.inforce import policy_seen, rule_seen
from auditor.items import Hit, StoredItem, fingerprint
from auditor.ledger.tables import item_hit, run
from auditor.model import PartyRole
from auditor.nightrecord import NightRecord
from auditor.result import Decision, Imprint, Item, MessageShown
from auditor.showing import moment
from auditor.tracing import Tracer

Row = Mapping[str, Any]
ON_FILE = "Approval on file"
"""How an item calls what came of the exceptions."""
_ROLES = tuple(role.value for role in PartyRole)
_WHO = """
SELECT message_key, address_key, person_key, role_rank, via_group_key, is_list, is_student, is_adult
FROM party_person
WHERE message_key IN ({keys})"""
_COPIES = """
SELECT message_key, source, native_id, tool, sent_us
FROM message_copy
WHERE message_key IN ({keys})"""


@dataclass(frozen=True, slots=True)
class Derivation:
    """What an explanation is made from: the desk, the item, and the nights it was found in."""

    desk: Desk
    stored: StoredItem
    item: Item
    night: NightRecord
    made_at: datetime
    """When the newest night ended: the explanation is of that moment."""
    found: Mapping[int, Found]


def runs_that_found(connection: Connection, item_id: str) -> dict[int, Found]:
    """Return for each message of an item the run in which it was first found."""
    query = (
        select(item_hit.c.message_key, item_hit.c.first_run_id, run.c.audit_date)
        .add_columns(run.c.policy_version)
        .outerjoin(run, run.c.run_id == item_hit.c.first_run_id)
        .where(item_hit.c.item_id == item_id)
    )
    return {
        key: Found(run_id, None if day is None else date.fromisoformat(day), version)
        for key, run_id, day, version in connection.execute(query)
    }


def ended_at(connection: Connection, run_id: str) -> datetime:
    """Return when a run ended; one that has no end on record, when it began."""
    query = select(run.c.ended_at, run.c.started_at).where(run.c.run_id == run_id)
    ended, started = connection.execute(query).one()
    return datetime.fromisoformat(ended or started)


def derive(of: Derivation) -> Explanation:
    """Return the whole derivation of an item."""
    desk, stored, item = of.desk, of.stored, of.item
    pack, place = desk.pack, desk.place
    rule = place.rules[item.rule]
    titles = {source.name: source.title for source in of.night.sources}
    tracer = Tracer(desk.state, desk.register, titles, pack.adult_hats, stored.subject)
    cabinet = Cabinet(desk, tracer, place.district.timezone)
    day = stored.hits[-1].day
    messages = tuple(_messages(of, tracer, cabinet))
    lines = tuple(dict.fromkeys(line for message in messages for line in message.exceptions))
    shown = {record for message in messages for record in message.records}
    about = cabinet.of_thing(stored.subject.thing, day)
    tried = cabinet.tried(stored.subject.adult, lines, day)
    return Explanation(
        imprint=_imprint(of),
        item=item,
        identity=fingerprint(place.keyring, stored.subject, stored.episode),
        episode=stored.episode,
        grew_on=stored.grew_on,
        rule=rule_seen(rule, pack),
        policy=policy_seen(pack, item),
        messages=messages,
        records=tuple(dict.fromkeys(one for one in (*about, *tried) if one not in shown)),
        decisions=tuple(_decision(one) for one in item.decisions),
    )


def _decision(one: Decision) -> DecisionSeen:
    told = one.note
    if told is None:
        told = "no note is kept" if one.reason.bars_note else "without a note"
    until = "" if one.until is None else f", until {one.until}"
    return DecisionSeen(one.at, one.by, f"{one.reason.words}{until}; decided on {one.on}", told)


def _imprint(of: Derivation) -> Imprint:
    first, last = of.item.first_seen, of.item.last_seen
    zone: ZoneInfo = of.desk.place.district.timezone
    days = (first.astimezone(zone).date(), last.astimezone(zone).date())
    made = imprints.blank(of.desk.place, *days, of.made_at)
    return replace(made, report_id=f"E-{of.night.audit_date}-{of.item.id}", revision=1)


# ---- messages and records ------------------------------------------------------------------------


def _messages(of: Derivation, tracer: Tracer, cabinet: Cabinet) -> Iterable[MessageSeen]:
    hits = of.stored.hits
    pairs = list(zip(hits, of.item.messages, strict=True))
    if of.item.of_records:  # no message is read for what rests on none
        for hit, shown in pairs:
            records = cabinet.records(hit.message, hit.day, hit.native_id)
            yield _message(of, hit, shown, records=records)
        return
    with of.desk.engine(day_of(hits[0].day), day_of(hits[-1].day)) as engine:
        keys = {hit.message for hit in hits}
        parties = _party_rows(engine, keys)
        copies = _by_message(engine, _COPIES, keys)
        reader = _Reader(of, tracer, _texts(of, parties), parties, copies)
        for hit, shown in pairs:
            yield reader.message(hit, shown)


def _message(of: Derivation, hit: Hit, shown: MessageShown, **more: Any) -> MessageSeen:
    nothing: dict[str, Any] = dict.fromkeys(("parties", "lists", "copies", "records"), ())
    return MessageSeen(
        source=hit.source,
        native_id=hit.native_id,
        sent_at=shown.sent_at,
        channel="record" if hit.channel is None else hit.channel.value,
        sent_by=shown.sent_by,
        uncertain=hit.uncertain,
        covered_by=hit.covered_by,
        measured=tuple(sorted(hit.numbers.items())),
        found=of.found.get(hit.message),
        **(nothing | {"exceptions": hit.tried} | more),
    )


def _by_message(engine: Engine, sql: str, keys: Iterable[int]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = defaultdict(list)
    for row in rows_for(engine, sql, keys):
        found[row["message_key"]].append(row)
    return found


def _party_rows(engine: Engine, keys: Iterable[int]) -> dict[int, list[Row]]:
    """Return everyone on each message once; copies may show an address as To and as delivered."""
    found: dict[int, list[Row]] = {}
    for message, rows in _by_message(engine, _WHO, keys).items():
        best: dict[tuple[object, ...], Row] = {}
        for row in rows:
            place = (row["address_key"], row["person_key"], row["via_group_key"])
            if place not in best or row["role_rank"] < best[place]["role_rank"]:
                best[place] = row
        found[message] = list(best.values())
    return found


def _texts(of: Derivation, parties: Mapping[int, list[Row]]) -> Mapping[int, str]:
    rows = [row for some in parties.values() for row in some]
    keys = {row[column] for row in rows for column in ("address_key", "via_group_key")}
    return of.desk.place.ledger.address_texts(keys - {None})


@dataclass(frozen=True)
class _Reader:
    """Turns rows of keys into what people read."""

    of: Derivation
    tracer: Tracer
    texts: Mapping[int, str]
    party_rows: Mapping[int, list[Row]]
    copy_rows: Mapping[int, list[Row]]

    def message(self, hit: Hit, shown: MessageShown) -> MessageSeen:
        rows = self.party_rows.get(hit.message, [])
        parties = (self._party(row, hit.day) for row in rows)
        copies = (self._copy(row) for row in self.copy_rows.get(hit.message, ()))
        return _message(
            self.of,
            hit,
            shown,
            parties=tuple(sorted(parties, key=_in_order)),
            lists=tuple(self._lists(rows, hit.day)),
            exceptions=hit.tried,
            copies=tuple(sorted(copies, key=lambda c: (c.source, c.native_id, c.sent_at))),
        )

    def _party(self, row: Row, day: int) -> PartySeen:
        key, person, via = row["address_key"], row["person_key"], row["via_group_key"]
        party = PartySeen(
            address=self.texts.get(key),
            role=_ROLES[row["role_rank"]],
            is_list=bool(row["is_list"]),
            person=None,
            via_list=None if via is None else self.texts.get(via, "a list"),
        )
        if person is None:
            return party
        word = self.tracer.address(key, person, day)
        return PartySeen(
            address=party.address,
            role=party.role,
            is_list=party.is_list,
            person=self.tracer.person(person, day),
            kind=self.tracer.address_kind(key, person, day),
            since=word.since,
            told_by=word.told_by,
            via_list=party.via_list,
        )

    def _lists(self, rows: Sequence[Row], day: int) -> Iterable[ListSeen]:
        by_list: dict[int, list[Row]] = defaultdict(list)
        for row in rows:
            if row["via_group_key"] is not None:
                by_list[row["via_group_key"]].append(row)
        for key in sorted(by_list, key=lambda key: self.texts.get(key, "")):
            members = by_list[key]
            yield ListSeen(
                address=self.texts.get(key),
                members=len({row["address_key"] for row in members}),
                students=len({row["person_key"] for row in members if row["is_student"]}),
                adults=len({row["person_key"] for row in members if row["is_adult"]}),
                unknown=len({r["address_key"] for r in members if r["person_key"] is None}),
                told_by=self.tracer.members(key, day).told_by or ("the source of the message",),
            )

    def _copy(self, row: Row) -> CopySeen:
        title = self.tracer.title(row["source"])
        tool = str(row["tool"])
        return CopySeen(row["source"], title, row["native_id"], tool, moment(row["sent_us"]))


def _in_order(party: PartySeen) -> tuple[object, ...]:
    name = "" if party.person is None else party.person.name
    through = (party.via_list is not None, party.via_list or "")
    return (through, _ROLES.index(party.role), party.address or "", name)
