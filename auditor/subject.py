"""Everything held about one student: who they are to us, their messages, items and records.

The student, or whoever speaks for them, may ask what is held. So this does not wait for a notice
to staff; but items, which name an adult with a clause of the policy, do.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from auditor import imprints, notice, runbook
from auditor.desk import Desk, open_desk
from auditor.directory import OPEN_END, OPEN_START, Interval, day_number, day_of, names_borne
from auditor.directory.state import LATEST, Row
from auditor.itembook import stored_items
from auditor.ledger import book
from auditor.model import HatRole
from auditor.others import ANOTHER, Others
from auditor.result.subject import FactHeld, ItemHeld, MessageHeld, PartyHeld, SubjectExport
from auditor.workplace import AuditError, Workplace

_FIRST, _LAST = date(1, 1, 1), date(9999, 12, 31)
_SELF = "this student"
_UNKNOWN = "an address that no roster knows"
_SOMEBODY = "another person"
_RECORDS = {
    "authorization": "approval",
    "consent": "consent",
    "media_permission": "media permission",
    "subgroup": "member of a sub-group",
    "disclosure": "crisis report",
    "self_report": "contact that an adult reported",
    "space": "member of a space",
}
_BEGINS = ("starts_on", "starts", "first", "granted_on")
_ENDS = ("ends_on", "until")
_BY = ("adult_key", "granted_by_key", "by_key", "guardian_key", "creator_key")


def subject_export(
    place: Workplace,
    person_id: str,
    *,
    by: str,
    reason: str,
    pages: Collection[str],
    now: datetime,
) -> SubjectExport:
    """Return what is held about a student; ``pages`` are the issued ones that named them.

    Raises ``AuditError`` if nobody has this id, or whoever has it was never a student.
    """
    with place.ledger.read() as connection:
        record = runbook.last_night(connection)
    if record is None:
        raise AuditError(
            "no nightly run has finished yet, so nothing is held",
            where="subject-export",
            cure="run `auditor run nightly` first",
        )
    desk = open_desk(place, {s.name: s.title for s in record.sources})
    about = _Subject(desk, _student(desk, person_id), record.audit_date)
    shown = desk.register.person(about.key, about.today)
    items, withheld = _items(about)
    limits = _limits(about)
    held = SubjectExport(
        imprint=imprints.blank(place, record.audit_date, record.audit_date, now),
        person_id=shown.person_id,
        name=shown.name,
        grade=shown.grade,
        asked_by=by,
        reason=reason,
        facts=tuple(dict.fromkeys(_facts(about))),
        records=tuple(_records(about)),
        messages=tuple(_messages(about)),
        items=items,
        pages=tuple(sorted(pages)),
        withheld=(*withheld, *limits),
    )
    return _others(about).masked(held, keep=("person_id", "name", "grade"))


@dataclass(frozen=True)
class _Subject:
    """The student, and what is looked up again and again."""

    desk: Desk
    key: int
    last_day: date
    shown: set[str] = field(default_factory=set)
    """Names of adults that were given."""

    @property
    def today(self) -> int:
        return day_number(self.last_day)

    def adult(self, key: int | None, day: int) -> str:
        """Return an adult by name and role, and anybody else in words."""
        register = self.desk.register
        if key is None:
            return ""
        if key == self.key:
            return _SELF
        if register.holds(key, HatRole.STUDENT, day):
            return ANOTHER
        person = register.person(key, day)
        hats = list(person.hats)
        if key in register.guardians_of(self.key, day):
            hats.append("guardian of this student")
        if not hats:
            return _SOMEBODY
        self.shown.add(person.name.casefold())
        return f"{person.name} ({', '.join(hats)})"

    def title(self, source: object) -> str:
        return self.desk.shower.source_titles.get(str(source), str(source))


def _student(desk: Desk, person_id: str) -> int:
    key = desk.person_key(person_id)
    key = key if key is not None else desk.register.person_key(person_id)
    hats = desk.state.dated.get("hat", {})
    if key is None or not any(r[0] == key and r[1] == HatRole.STUDENT.value for r in hats):
        raise AuditError(
            "no student on record has this id",
            where=person_id,
            cure="Write the id as the roster does; of somebody who was erased nothing is held",
        )
    return key


# ---- what lists and records say --------------------------------------------------------------


def _facts(about: _Subject) -> Iterator[FactHeld]:
    """Yield every dated row of the directory about the student, in words."""
    register, dated = about.desk.register, about.desk.state.dated
    texts = about.desk.place.ledger.address_texts(
        {row[0] for row in dated["address"] if row[1] == about.key}
    )

    def guardian(row: Row) -> str:
        name = register.person(row[0], about.today).name
        about.shown.add(name.casefold())
        return name

    def role(row: Row) -> str:
        return row[1] if row[2] is None else f"{row[1]} at {register.school_name(row[2])}"

    def team(row: Row) -> str:
        found = register.team(row[0])
        return f"{row[2]} of {'a team' if found is None else found.name}"

    def school_class(row: Row) -> str:
        found = register.school_class(row[0])
        return "a class" if found is None else found.name

    for row in about.desk.state.latest.get("earlier_name", {}).values():
        if row[0] == about.key:
            yield FactHeld(
                "earlier name", f"{row[1]} {row[2]}", None, _day(row[3], 1), about.title(row[-1])
            )
    for relation, what, at, words in (
        ("address", "address", 1, lambda row: texts.get(row[0], "(erased)")),
        ("hat", "role", 0, role),
        ("class_member", "class", 1, school_class),
        ("team_member", "team", 1, team),
        ("guardian", "guardian", 1, guardian),
    ):
        for row, spans in dated[relation].items():
            if row[at] == about.key:
                yield from _dated(what, words(row), spans, about, row)


def _dated(
    what: str, words: str, spans: Collection[Interval], about: _Subject, row: Row
) -> Iterator[FactHeld]:
    for span in spans:
        first = None if span.first <= OPEN_START else day_of(span.first)
        last = None if span.until >= OPEN_END else day_of(span.until - 1)
        yield FactHeld(what, words, first, last, about.title(row[-1]))


def _records(about: _Subject) -> Iterator[FactHeld]:
    for kind, words in _RECORDS.items():
        names = [name for name, _ in LATEST[kind]]
        for row in _rows_about(about, kind):
            values = dict(zip(names, row, strict=False))
            first = next((values[n] for n in _BEGINS if values.get(n) is not None), None)
            last = next((values[n] for n in _ENDS if values.get(n) is not None), None)
            by = [about.adult(values.get(n), about.today) for n in _BY if values.get(n)]
            said = "; ".join([str(row[0]), *dict.fromkeys(part for part in by if part != _SELF)])
            yield FactHeld(words, said, _day(first), _day(last, 1), about.title(row[-1]))


def _rows_about(about: _Subject, kind: str) -> list[Row]:
    names = [name for name, _ in LATEST[kind]]
    columns = [at for at, name in enumerate(names) if name in ("student_key", "member_key")]
    rows = about.desk.state.latest.get(kind, {}).values()
    return [row for row in rows if any(row[at] == about.key for at in columns)]


def _limits(about: _Subject) -> list[str]:
    count = len(_rows_about(about, "contact_limit"))
    words = "1 record is" if count == 1 else f"{count} records are"
    said = (
        f"{words} held on who may not be in contact with this student. Such a record may protect "
        "the student from whoever asks, so the records office gives it, not this page."
    )
    return [said] if count else []


def _day(number: Any, after: int = 0) -> date | None:
    if number is None or not OPEN_START < number < OPEN_END:
        return None
    return day_of(int(number) - after)


# ---- messages --------------------------------------------------------------------------------


def _messages(about: _Subject) -> Iterator[MessageHeld]:
    lake = about.desk.place.lake
    reached = _reached_by(about)
    keys: set[int] = set()
    for _, rows in lake.fact_tables(_FIRST, _LAST, "message_party"):
        hit = _only(rows, "address_key", reached)
        for key, address, day in zip(
            *(hit[n].to_pylist() for n in ("message_key", "address_key", "sent_day")), strict=True
        ):
            if any(day in span for span in reached[address]):
                keys.add(key)
    parties: dict[int, set[tuple[str, int]]] = defaultdict(set)
    for _, rows in lake.fact_tables(_FIRST, _LAST, "message_party"):
        on = _only(rows, "message_key", keys)
        for row in on.to_pylist():
            parties[row["message_key"]].add((row["role"], row["address_key"]))
    seen: dict[int, dict[str, Any]] = {}
    for _, rows in lake.fact_tables(_FIRST, _LAST, "message"):
        for row in _only(rows, "message_key", keys).to_pylist():
            known = seen.setdefault(row["message_key"], row)
            if (row["source"], row["native_id"]) < (known["source"], known["native_id"]):
                seen[row["message_key"]] = row
    for row in sorted(seen.values(), key=lambda r: (r["sent_at"], r["message_key"])):
        yield _message(about, row, parties[row["message_key"]])


def _reached_by(about: _Subject) -> dict[int, list[Interval]]:
    """Return the addresses by which the student was reached, lists among them, and when."""
    reached: dict[int, list[Interval]] = defaultdict(list)
    for row, spans in about.desk.state.dated["address"].items():
        if row[1] == about.key:
            reached[row[0]] += spans
    own = set(reached)
    for member in about.desk.built.tables["group_member"].to_pylist():
        if member["member_key"] in own:
            span = Interval(member["from_day"], member["until_day"])
            reached[member["group_key"]].append(span)
    return reached


def _only(rows: pa.Table, column: str, keys: Collection[int]) -> pa.Table:
    return rows.filter(pc.is_in(rows[column], value_set=pa.array(sorted(keys), pa.int64())))


def _message(
    about: _Subject, row: dict[str, Any], parties: Collection[tuple[str, int]]
) -> MessageHeld:
    day = row["sent_day"]
    lists = set(about.desk.built.tables["list_address"]["address_key"].to_pylist())
    shown = [
        PartyHeld(role, "a mailing list" if address in lists else _who(about, address, day))
        for role, address in sorted(parties)
    ]
    return MessageHeld(
        sent_at=row["sent_at"].astimezone(UTC),
        channel=row["channel"],
        tool=row["tool"],
        source_title=about.title(row["source"]),
        native_id=row["native_id"],
        parties=tuple(sorted(dict.fromkeys(shown), key=_sender_first)),
    )


def _sender_first(party: PartyHeld) -> tuple[bool, str, str]:
    return (party.role != "from", party.role, party.who)


def _who(about: _Subject, address: int, day: int) -> str:
    people = about.desk.register.people_at(address, day)
    if not people:
        return _UNKNOWN
    return ", ".join(dict.fromkeys(about.adult(key, day) for key, _ in people))


# ---- items -----------------------------------------------------------------------------------


def _items(about: _Subject) -> tuple[tuple[ItemHeld, ...], list[str]]:
    place = about.desk.place
    with place.ledger.read() as connection:
        mine = [i for i in stored_items(connection) if i.subject.student == about.key]
    why = notice.kept_back(place.district, about.last_day)
    if why is not None:
        return (), [f"{why}. Items about the student are given once staff have been told."]
    shown = about.desk.show_all(mine, since=about.last_day)
    adults = {item.id: item.subject.adult for item in mine}
    held = tuple(
        ItemHeld(
            item.id,
            item.state.value,
            item.rule_title,
            item.clause,
            item.what,
            about.adult(adults[item.id], day_number(item.last_seen.date())) or item.about,
            item.listed_on,
            tuple(message.native_id for message in item.messages),
        )
        for item in shown
    )
    return held, []


# ---- everybody else --------------------------------------------------------------------------


def _others(about: _Subject) -> Others:
    state = about.desk.state
    students = {r[0] for r in state.dated["hat"] if r[1] == HatRole.STUDENT.value} - {about.key}
    own = {row[0] for row in state.dated["address"] if row[1] == about.key}
    keys = {row[0] for row in state.dated["address"] if row[1] in students} - own
    with about.desk.place.ledger.read() as connection:
        words = {entry.text.casefold() for entry in book.look_up(connection, keys).values()}
    people = state.latest["person"]
    names_by = names_borne(state)
    words |= {str(row[1]).casefold() for row in people.values() if row[0] in students}
    names = {_in_one(name) for key in students for name in names_by.get(key, ())}
    own_names = {_in_one(name) for name in names_by.get(about.key, ())}
    return Others(
        frozenset(words - {"", str(people[about.key][1]).casefold()}),
        frozenset(names),
        frozenset(own_names | about.shown),
    )


def _in_one(name: tuple[str, str]) -> str:
    return " ".join(" ".join(name).split()).casefold()
