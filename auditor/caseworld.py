"""Tiny worlds as tables: the people and messages of every rule's cases, laid side by side.

Each case lives in a name space of its own, so that all cases can be judged in one run of the
facts, like a district in which many schools know nothing of each other. Times are those of a zone
five hours behind UTC: a rule that took days from UTC would be found out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from auditor import relations
from auditor.keys import Keyring
from auditor.lake import MESSAGE, PARTY
from auditor.model import Channel, HatRole, TeamRole

JUDGED_DAY = 20_000
"""Day 0 of every case."""
FIRST_DAY, LAST_DAY = JUDGED_DAY - 7, JUDGED_DAY + 7
_BEHIND_UTC = 300
_ALWAYS = (relations.FIRST_DAY, relations.LAST_DAY)
_KEYS = Keyring(b"the same in all tests, no secret")
_HAT = re.compile(
    r"(?P<word>[a-z_]+)(?: (?P<of>of|in) (?P<thing>[\w-]+))?"
    r"(?: from (?P<first>-?\d+))?(?: until (?P<last>-?\d+))?"
)
_KINDS = {"personal": "personal", "outside": "outside", "id": "person-id"}
_TEAM_WORDS = frozenset(role.value for role in TeamRole)
_CLASS_WORDS = {"teaches": "teacher", "sits": "student"}
_NAMED = {
    "adult_key": "person", "student_key": "person", "person_key": "person", "owner_key": "person",
    "second_key": "person", "creator_key": "person", "team_key": "team", "thing_key": "thing",
    "record_key": "record", "address_key": "address", "message_key": "message",
}  # fmt: skip
"""What kind of name stands in each key of a record."""
_RECIPIENTS = ("to", "cc", "bcc", "member", "unknown")


class CaseError(Exception):
    """A case file cannot be used; the text names the file, the case and what is wrong."""


@dataclass(slots=True)
class World:
    """The tables while they are filled."""

    person: list[tuple[Any, ...]] = field(default_factory=list)
    person_address: list[tuple[Any, ...]] = field(default_factory=list)
    person_role: list[tuple[Any, ...]] = field(default_factory=list)
    class_member: list[tuple[Any, ...]] = field(default_factory=list)
    team_member: list[tuple[Any, ...]] = field(default_factory=list)
    guardian: list[tuple[Any, ...]] = field(default_factory=list)
    group_member: list[tuple[Any, ...]] = field(default_factory=list)
    list_address: list[tuple[Any, ...]] = field(default_factory=list)
    message: list[tuple[Any, ...]] = field(default_factory=list)
    party: list[tuple[Any, ...]] = field(default_factory=list)
    records: dict[str, list[tuple[Any, ...]]] = field(default_factory=dict)

    def directory(self) -> dict[str, pa.Table]:
        """Return the relations the engine takes from the directory."""
        span = ("from_day", "until_day")
        columns = {
            "person": ("person_key", "person_id", "given_name", "family_name", "grade"),
            "person_address": ("address_key", "person_key", "kind", *span),
            "person_role": ("person_key", "role", "school_id", *span),
            "class_member": ("class_key", "person_key", "role", *span),
            "team_member": ("team_key", "person_key", "role", *span),
            "guardian": ("guardian_key", "student_key", *span),
            "group_member": ("group_key", "member_key", *span),
            "list_address": ("address_key",),
        }
        people = {name: _table(getattr(self, name), names) for name, names in columns.items()}
        records = {n: relations.table(n, rows) for n, rows in self.records.items() if rows}
        return {**relations.empty(), **people, **records}

    def messages(self) -> pa.Table:
        """Return the copies of messages, as the lake stores them."""
        return _in_form(self.message, MESSAGE)

    def parties(self) -> pa.Table:
        """Return the parties of messages, as the lake stores them."""
        return _in_form(self.party, PARTY)


class CaseWriter:
    """Writes one case's people and messages into a world, under keys of its own."""

    def __init__(self, world: World, space: str) -> None:
        self._world = world
        self._space = space
        self._names: dict[int, str] = {}

    def key(self, kind: str, name: str) -> int:
        """Return the key of a name within this case, and remember whose it is."""
        key = _KEYS.key(kind, f"{self._space}/{name}")
        self._names[key] = name
        return key

    def name(self, key: int | None) -> str | None:
        """Return the name behind a key of this case; None for another case's."""
        return None if key is None else self._names.get(key)

    def person(self, name: str, hats: str) -> None:
        """Add somebody who wears ``hats``: ``"staff, head_coach of soccer until -1"``.

        ``"district from 3"`` dates one kind of address, ``"no_district"`` takes it away.
        """
        world, key = self._world, self.key("person", name)
        world.person.append((key, name, name.title(), "Sample", None))
        had = dict.fromkeys(("district", *_KINDS.values()), _ALWAYS)
        for hat in filter(None, (text.strip() for text in hats.split(","))):
            match = _HAT.fullmatch(hat)
            if match is None:
                raise CaseError(f"{self._space}: {hat!r} of {name} is no hat")
            word = match["word"]
            if word in had and match["thing"] is None:
                had[word] = _span(match)
            elif word.removeprefix("no_") in had:
                del had[word.removeprefix("no_")]
            else:
                self._hat(key, word, match["thing"], _span(match))
        for suffix, kind in (("", "district"), *((f"@{s}", k) for s, k in _KINDS.items())):
            if kind in had:
                address = self.key("address", name + suffix)
                world.person_address.append((address, key, kind, *had[kind]))

    def _hat(self, key: int, word: str, thing: str | None, span: tuple[int, int]) -> None:
        world = self._world
        if word == "guardian" and thing is not None:
            world.guardian.append((key, self.key("person", thing), *span))
            world.person_role.append((key, "guardian", None, *span))
        elif word in _TEAM_WORDS and thing is not None:
            world.team_member.append((self.key("team", thing), key, word, *span))
            if TeamRole(word).leads:
                role = "adviser" if word == TeamRole.ADVISER else "coach"
                world.person_role.append((key, role, None, *span))
        elif word in _CLASS_WORDS and thing is not None:
            row = (self.key("class", thing), key, _CLASS_WORDS[word], *span)
            world.class_member.append(row)
        elif word in set(HatRole) and thing is None:
            world.person_role.append((key, word, None, *span))
        else:
            raise CaseError(f"{self._space}: {word!r} is no hat")

    def mailing_list(self, name: str, members: Iterable[str]) -> None:
        """Add a list; it may have no members."""
        group = self.key("address", name)
        self._world.list_address.append((group,))
        for member in members:
            row = (group, self.key("address", member), *_ALWAYS)
            self._world.group_member.append(row)

    def record(self, relation: str, row: Mapping[str, Any]) -> None:
        """Add a row to one of ``relations.RECORDS``, in which names stand for keys.

        Days count from day 0 of the case, times are written as for messages; a span that is not
        given is for ever, and every other column that is not given is not known.
        """
        columns = relations.RECORDS.get(relation, ())
        unknown = set(row) - set(columns)
        if unknown or not columns:
            what = ", ".join(sorted(unknown)) or "which is no relation"
            raise CaseError(f"{self._space}: {relation} has {what}")
        values = tuple(self._value(column, row.get(column)) for column in columns)
        self._world.records.setdefault(relation, []).append(values)

    def _value(self, column: str, given: Any) -> Any:
        if given is None:
            return dict(zip(("from_day", "until_day"), _ALWAYS, strict=True)).get(column)
        if column in _NAMED:
            return self.key(_NAMED[column], given)
        if column.endswith("_us"):
            day, minute = _moment(given, 0)
            return (day * 1440 + minute + _BEHIND_UTC) * 60_000_000
        return JUDGED_DAY + given if column == "day" or column.endswith("_day") else given

    def message(self, name: str, said: Mapping[str, Any], ordinal: int) -> None:
        """Add a message; ``copy_of`` makes it another copy of an earlier one."""
        unknown = set(said) - {
            *_RECIPIENTS, "from", "at", "thread", "space", "channel", "automated", "hidden",
            "on_behalf", "unparsed", "copy_of", "tool",
        }  # fmt: skip
        if unknown or "from" not in said:
            raise CaseError(f"{self._space}: {name} has {', '.join(sorted(unknown)) or 'no from'}")
        key = self.key("message", said.get("copy_of", name))
        day, minute = _moment(said.get("at", ""), ordinal)
        space = said.get("space")
        row = {
            "message_key": key,
            "digest": self.key("copy", name),
            "source": "cases",
            "native_id": name,
            "tool": self._tool(said.get("tool")),
            "channel": said.get("channel", Channel.EMAIL if space is None else Channel.CHAT),
            "sent_at": ((day * 1440 + minute) + _BEHIND_UTC) * 60_000_000,
            "sent_day": day,
            "sent_minute": minute,
            "thread_key": self._optional("thread", said.get("thread")),
            "container_key": self._optional("space", space),
            "automated": said.get("automated", "no"),
            "on_behalf_of_key": self._optional("address", said.get("on_behalf")),
            "recipients_hidden": bool(said.get("hidden", False)),
            "unparsed": int(said.get("unparsed", 0)),
        }
        self._world.message.append(tuple(row[column] for column in MESSAGE.names))
        for role in ("from", *_RECIPIENTS):
            named = said.get(role, [])
            for address in [named] if isinstance(named, str) else named:
                party = (key, self.key("address", address), role, None, day)
                self._world.party.append(party)

    def _tool(self, name: str | None) -> str:
        """Return a tool's word of this case alone, and let the word mean the thing of its name."""
        if name is None:
            return "cases"
        word = f"{self._space}/{name}".lower()
        row = (word, self.key("thing", name))
        words = self._world.records.setdefault("tool_word", [])
        if row not in words:
            words.append(row)
        return word

    def _optional(self, kind: str, name: str | None) -> int | None:
        return None if name is None else self.key(kind, name)


def _span(match: re.Match[str]) -> tuple[int, int]:
    first, last = match["first"], match["last"]
    return (
        _ALWAYS[0] if first is None else JUDGED_DAY + int(first),
        _ALWAYS[1] if last is None else JUDGED_DAY + int(last) + 1,
    )


def _moment(at: str, ordinal: int) -> tuple[int, int]:
    """Read ``"-3 15:20"`` or ``"-3"``; without a time, messages follow ten minutes apart."""
    day, _, clock = at.partition(" ")
    hours, _, minutes = clock.partition(":")
    minute = int(hours) * 60 + int(minutes) if clock else 480 + 10 * ordinal
    return JUDGED_DAY + int(day or 0), minute


def _table(rows: Sequence[Sequence[Any]], columns: Sequence[str]) -> pa.Table:
    kinds = [pa.int64() if c.endswith(("_key", "_day")) else pa.string() for c in columns]
    arrays = [
        pa.array([row[place] for row in rows], type=kind) for place, kind in enumerate(kinds)
    ]
    return pa.table(arrays, names=list(columns))


def _in_form(rows: Sequence[Sequence[Any]], form: pa.Schema) -> pa.Table:
    arrays = [
        pa.array([row[place] for row in rows], type=column.type)
        for place, column in enumerate(form)
    ]
    return pa.Table.from_arrays(arrays, schema=form)
