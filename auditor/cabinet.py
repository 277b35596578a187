"""Records as they stand on file: found again by key, with their fields and without free text.

An item over records names them by a key alone. Whoever must answer for one needs to find the row
in its table, so the fields stand here by name; what somebody wrote in words stays in the table.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cached_property

from auditor.desk import Desk
from auditor.directory import OPEN_END, OPEN_START, day_of
from auditor.directory.records import KINDS
from auditor.directory.state import LATEST, Row
from auditor.explaining import FieldSeen, RecordSeen
from auditor.filed import Filed
from auditor.keys import Keyring
from auditor.tracing import Tracer

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WORDS = frozenset(
    {
        *("authorization_id", "ground", "tool", "granted_by_role", "condition", "reason_code"),
        *("name", "kind", "domains", "status", "by_role", "told_role", "document", "school_year"),
        *("platform", "handle", "group", "run_by", "decision", "school_id", "account_id"),
        *("subgroup_id", "space_id", "setting", "system", "expected", "found", "office"),
        *("app_id", "app_name", "uses"),
    }
)
"""Columns of text that hold a word or a name and no sentence: all that is shown of text."""
_SAID_AFTER = frozenset({"until", "last", "last_day", "ends_on"})
"""Columns that hold the day after the last one."""
_YES_OR_NO = frozenset({"inside"})
_NEVER = frozenset({"id", "considered_51a"})
"""Not shown: keys put together by us, and what is between an office and child protection."""
_KEYED = {
    "tool": "tool", "disclosure": "disclosure", "self_report": "self-report", "account": "account",
    "mailbox_setting": "mailbox-setting", "system_setting": "system-setting-seen",
    "app_grant": "app-grant", "contact_limit": "contact-limit", "consent": "consent",
    "authorization": "approval", "space": "space", "subgroup": "approval",
}  # fmt: skip
"""Kind of record -> the name space of its key, as ``recordbook`` and ``filed`` make it."""
_OWN_ID = {"space": 1, "subgroup": 1}
"""Where a record has a row for each member: the column of the id they share."""


@dataclass(frozen=True)
class Cabinet:
    """Finds the records behind keys, for one item."""

    desk: Desk
    tracer: Tracer
    zone: tzinfo

    @cached_property
    def _reason_codes(self) -> frozenset[str]:
        grounds = self.desk.pack.grounds.values()
        return frozenset(code for ground in grounds for code in ground.reason_codes)

    def records(self, key: int, day: int, label: str) -> tuple[RecordSeen, ...]:
        """Return every row that a key stands for; of what no table has, whatever is known.

        ``label`` is what it was called when it was found.
        """
        rows = self._by_key.get(key)
        if rows:
            return tuple(self._record(kind, id_, row, day) for kind, id_, row in rows)
        return (self._other(key, day, label),)

    def of_thing(self, key: int | None, day: int) -> tuple[RecordSeen, ...]:
        """Return the rows of what an item is about; none where no table has it."""
        found = [] if key is None else self._by_key.get(key, [])
        return tuple(self._record(kind, id_, row, day) for kind, id_, row in found)

    def tried(self, adult: int | None, lines: tuple[str, ...], day: int) -> tuple[RecordSeen, ...]:
        """Return the rows of the exceptions that some lines speak of."""

        def meant(filed: Filed) -> bool:
            named = any(line.startswith(f"{filed.id} (") for line in lines)
            return named and filed.adult in (adult, None)

        keys = dict.fromkeys(f.key for f in self.desk.exceptions.filed if meant(f))
        return tuple(record for key in keys for record in self.of_thing(key, day))

    def _record(self, kind: str, id_: str, row: Row, day: int) -> RecordSeen:
        table = "authorizations" if kind == "authorization" else KINDS[kind].value
        columns = [name for name, _ in LATEST[kind]]
        fields = tuple(
            field
            for name, value in zip(columns, row, strict=False)
            if value is not None and (field := self._field(name, value, day)) is not None
        )
        label = self.desk.book.labels.get(_key(self.desk.place.keyring, kind, id_), id_)
        title = self.tracer.title(str(row[-1]))
        return RecordSeen(table.replace("-", "_"), label, title, fields)

    def _field(self, column: str, value: object, day: int) -> FieldSeen | None:
        name = column.removesuffix("_key").removesuffix("_us").replace("_", " ")
        if column in _NEVER or (isinstance(value, str) and column not in _WORDS):
            return None
        if isinstance(value, str):
            told = column != "reason_code" or value in self._reason_codes
            return FieldSeen(name, value if told else "one the policy does not know")
        number = int(str(value))
        if column == "address_key":
            return self._address(name, number, day)
        if column == "team_key":
            team = self.desk.register.team(number)
            return FieldSeen(name, "a team no roster has" if team is None else team.name)
        if column.endswith("_key"):
            return FieldSeen(name, "", person=self.tracer.person(number, day))
        if column.endswith("_us"):
            moment = (_EPOCH + timedelta(microseconds=number)).astimezone(self.zone)
            return FieldSeen(name, moment.isoformat(timespec="minutes"))
        if column in _YES_OR_NO:
            return FieldSeen(name, "yes" if number else "no")
        if column in _SAID_AFTER:
            return FieldSeen("last day", _last(number))
        return FieldSeen(name, _first(number))

    def _address(self, name: str, key: int, day: int) -> FieldSeen:
        text = self.desk.place.ledger.address_text(key) or "an address that has been erased"
        people = self.desk.register.people_at(key, day)
        person = self.tracer.person(people[0][0], day) if len(people) == 1 else None
        return FieldSeen(name, "", person=person, address=text)

    def _other(self, key: int, day: int, label: str) -> RecordSeen:
        """Return what is known of a key that is no record's: of a team, a person, a list, a day."""
        register = self.desk.register
        if (team := register.team(key)) is not None:
            school = "not known" if team.school_id is None else register.school_name(team.school_id)
            pairs = {"name": team.name, "kind": team.kind, "school": school}
            season = register.season(key)
            pairs |= {"season start": _first(season.first), "last day": _last(season.until)}
            return RecordSeen("teams", team.team_id, None, _fields(pairs))
        if register.knows(key):
            person = self.tracer.person(key, day)
            return RecordSeen("rosters", person.person_id, None, (FieldSeen("person", "", person),))
        thing = self.desk.book.things.get(key) or register.school_class(key)
        if thing is not None:
            pairs = {"kind": thing.kind, "name": thing.name}
            return RecordSeen("records", thing.thing_id, None, _fields(pairs))
        if (text := self.desk.place.ledger.address_text(key)) is not None:
            told = ", ".join(self.tracer.members(key, day).told_by) or None
            return RecordSeen("groups", text, told, tuple(self._members(key, day)))
        about = self.desk.book.things.get(self.tracer.subject.thing or 0)
        if about is not None and about.kind == "source":
            return RecordSeen("coverage", label, about.name, _fields({"day": label}))
        return RecordSeen("records", label, None, _fields({"state": "no longer on file"}))

    def _members(self, key: int, day: int) -> Iterator[FieldSeen]:
        """Yield how many were on a list on a day, and who they were, lists inside it followed."""
        rows = self.desk.built.tables["group_member"].to_pylist()
        keys = {
            row["member_key"]
            for row in rows
            if row["group_key"] == key and row["from_day"] <= day < row["until_day"]
        }
        members = sorted(
            (self._address("member", member, day) for member in keys), key=lambda m: m.address or ""
        )
        people = [member.person for member in members if member.person is not None]
        counts = {
            "members": len(members),
            "students": sum(person.student for person in people),
            "adults": sum(person.adult for person in people),
            "nobody known": len(members) - len(people),
        }
        yield from _fields({name: str(count) for name, count in counts.items()})
        yield from members

    @cached_property
    def _by_key(self) -> Mapping[int, list[tuple[str, str, Row]]]:
        found: dict[int, list[tuple[str, str, Row]]] = defaultdict(list)
        for kind, id_, row in self._rows():
            found[_key(self.desk.place.keyring, kind, id_)].append((kind, id_, row))
            if kind == "disclosure":  # on file as an exception too, under a key of its own
                key = self.desk.place.keyring.key("approval", id_)
                found[key].append((kind, id_, row))
        return found

    def _rows(self) -> Iterator[tuple[str, str, Row]]:
        for kind in _KEYED:
            rows = self.desk.state.latest.get(kind, {}).values()
            for row in sorted(rows, key=lambda row: str(row[0])):
                yield kind, str(row[_OWN_ID.get(kind, 0)]), row


def _key(keyring: Keyring, kind: str, id_: str) -> int:
    return keyring.key(_KEYED[kind], id_.casefold() if kind == "tool" else id_)


def _first(day: int) -> str:
    return "open" if day <= OPEN_START else day_of(day).isoformat()


def _last(until: int) -> str:
    return "open" if until >= OPEN_END else day_of(until - 1).isoformat()


def _fields(pairs: Mapping[str, str]) -> tuple[FieldSeen, ...]:
    return tuple(FieldSeen(name, value) for name, value in pairs.items())
