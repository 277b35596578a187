"""Taking in one night's rosters: facts in, the directory's new memory and an unmatched queue out.

Order matters and is fixed: people first, then the addresses that name them, then everything that
refers to a person. A source that failed tonight keeps what it said before.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from auditor.directory import state as memory
from auditor.directory.intervals import OPEN_END, OPEN_START, Interval, Stated, day_number, fold
from auditor.directory.people import NoMatch, PersonFinder
from auditor.directory.state import Row, State
from auditor.keys import AddressRules, Keyring, person_id_address
from auditor.model import (
    Address,
    AddressKind,
    Authorization,
    ClassMember,
    GroupMember,
    GuardianLink,
    Hat,
    Person,
    PersonAddress,
    PersonRef,
    RosterFact,
    School,
    SchoolClass,
    Team,
    TeamMember,
)
from auditor.result import DirectoryCount, Unmatched

PERSON_ID_USE = "person-id"
_UTC_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


@dataclass(frozen=True, slots=True)
class Delivered:
    """What came of a delivery. ``addresses`` are new to the address book: key -> address."""

    state: State
    unmatched: tuple[Unmatched, ...]
    counts: tuple[DirectoryCount, ...]
    addresses: Mapping[int, Address]


def deliver(
    before: State,
    facts: Mapping[str, Sequence[RosterFact]],
    *,
    day: int,
    keyring: Keyring,
    rules: AddressRules,
) -> Delivered:
    """Fold what each source said of ``day`` into the directory.

    ``facts`` holds the sources that delivered, in the order in which they are believed: where
    two name the same person, school or team, the first one's wording stays.
    """
    intake = _Intake(before, day, keyring, rules)
    for take in (intake.take_names, intake.take_addresses, intake.take_relations):
        for source, stated in facts.items():
            take(source, stated)
        intake.settle(facts)
    return Delivered(
        State(intake.dated, intake.latest),
        tuple(intake.unmatched.values()),
        _counts(before, intake.dated, day),
        intake.addresses,
    )


@dataclass(slots=True)
class _Intake:
    before: State
    day: int
    keyring: Keyring
    rules: AddressRules
    dated: dict[str, dict[Row, tuple[Interval, ...]]] = field(default_factory=dict)
    latest: dict[str, dict[object, Row]] = field(default_factory=dict)
    unmatched: dict[tuple[str, str, str, str], Unmatched] = field(default_factory=dict)
    addresses: dict[int, Address] = field(default_factory=dict)
    _stated: dict[str, dict[Row, list[Stated]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    _named_now: set[tuple[str, object]] = field(default_factory=set)
    _finder: PersonFinder | None = None
    _school_ids: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.dated = {name: dict(self.before.dated.get(name, {})) for name in memory.DATED}
        self.latest = {name: dict(self.before.latest.get(name, {})) for name in memory.LATEST}

    # ---- what things are called ----------------------------------------------------------

    def take_names(self, source: str, facts: Sequence[RosterFact]) -> None:
        first = self.before.latest.get("delivery", {}).get(source)
        began = self.day if first is None else first[1]
        self._name("delivery", (self.day, began, source))
        for name in memory.REPLACED_WHOLE:
            kept = {key: row for key, row in self.latest[name].items() if row[-1] != source}
            self.latest[name] = kept
        for fact in facts:
            match fact:
                case Person():
                    self._take_person(source, fact)
                case School():
                    self._name("school", (fact.school_id, fact.name, source))
                case SchoolClass():
                    key = self.keyring.school_class(fact.class_id)
                    self._name("class", (key, fact.class_id, fact.title, fact.school_id, source))
                case Team():
                    self._name("team", self._team_row(source, fact))
                case _:
                    pass

    def _take_person(self, source: str, person: Person) -> None:
        key = self.keyring.person(person.person_id)
        name = (person.given_name, person.family_name, person.grade)
        self._name("person", (key, person.person_id, *name, source))
        for other in dict.fromkeys((person.person_id, *person.other_ids)):
            if other.strip():
                self._state_address(source, key, person_id_address(other), PERSON_ID_USE, Stated())

    def _team_row(self, source: str, team: Team) -> Row:
        return (
            self.keyring.team(team.team_id),
            team.team_id,
            team.name,
            team.kind,
            team.school_id,
            team.sport,
            team.level,
            OPEN_START if team.season_start is None else day_number(team.season_start),
            OPEN_END if team.season_end is None else day_number(team.season_end) + 1,
            source,
        )

    def _name(self, relation: str, row: Row) -> None:
        thing = memory.identity(relation, row)
        if (relation, thing) not in self._named_now:
            self._named_now.add((relation, thing))
            self.latest[relation][thing] = row

    # ---- addresses -----------------------------------------------------------------------

    def take_addresses(self, source: str, facts: Sequence[RosterFact]) -> None:
        """Take addresses of people named by id; those named otherwise wait for these."""
        for fact in facts:
            if isinstance(fact, PersonAddress) and fact.person.person_id:
                self._take_address(source, fact)

    def _take_address(self, source: str, fact: PersonAddress) -> None:
        person_key = self._find(source, "address", fact.person)
        if person_key is not None:
            stated = Stated(fact.start, fact.end)
            self._state_address(source, person_key, fact.address, fact.use.value, stated)

    def _state_address(
        self, source: str, person_key: int, address: Address, use: str, stated: Stated
    ) -> None:
        inside = address.kind is AddressKind.EMAIL and self.rules.is_district(address.text)
        row = (self._address_key(address), person_key, use, int(inside), source)
        self._stated["address"][row].append(stated)

    def _address_key(self, address: Address) -> int:
        key = self.keyring.address(address)
        self.addresses[key] = address
        return key

    # ---- everything that refers to a person ----------------------------------------------

    def take_relations(self, source: str, facts: Sequence[RosterFact]) -> None:
        for fact in facts:
            match fact:
                case PersonAddress() if not fact.person.person_id:
                    self._take_address(source, fact)
                case Hat():
                    self._take_hat(source, fact)
                case ClassMember():
                    key = self.keyring.school_class(fact.class_id)
                    self._member(source, "class_member", key, fact.role, fact)
                case TeamMember():
                    key = self.keyring.team(fact.team_id)
                    self._member(source, "team_member", key, fact.role, fact)
                case GuardianLink():
                    self._take_guardian(source, fact)
                case GroupMember():
                    row = (self._address_key(fact.group), self._address_key(fact.member), source)
                    self._stated["group_member"][row].append(Stated(fact.start, fact.end))
                case Authorization():
                    self._take_authorization(source, fact)
                case _:
                    pass

    def _take_hat(self, source: str, hat: Hat) -> None:
        person_key = self._find(source, hat.role.value, hat.person)
        if person_key is not None:
            row = (person_key, hat.role.value, self._school(source, hat.school_id), source)
            self._stated["hat"][row].append(Stated(hat.start, hat.end))

    def _member(
        self, source: str, relation: str, key: int, role: str, fact: ClassMember | TeamMember
    ) -> None:
        person_key = self._find(source, relation.replace("_", " "), fact.person)
        if person_key is not None:
            row = (key, person_key, str(role), source)
            self._stated[relation][row].append(Stated(fact.start, fact.end))

    def _take_guardian(self, source: str, link: GuardianLink) -> None:
        guardian = self._find(source, "guardian", link.guardian)
        student = self._find(source, "student of a guardian", link.student)
        if guardian is not None and student is not None:
            row = (guardian, student, source)
            self._stated["guardian"][row].append(Stated(link.start, link.end))

    def _take_authorization(self, source: str, fact: Authorization) -> None:
        """Keep an approval only if everyone it names is known: half an approval covers nobody."""
        adult = student = None
        if fact.adult is not None and (adult := self._find(source, "approval", fact.adult)) is None:
            return
        if fact.student is not None:
            student = self._find(source, "approval", fact.student)
            if student is None:
                return
        granter = fact.granted_by
        granted_us = None
        if fact.granted_at is not None:
            granted_us = (fact.granted_at - _UTC_EPOCH) // timedelta(microseconds=1)
        row = (
            fact.authorization_id,
            fact.ground.value,
            adult,
            student,
            None if fact.team_id is None else self.keyring.team(fact.team_id),
            fact.tool,
            None if granter is None else _named(granter),
            None if granter is None else self._find(source, "granter of an approval", granter),
            fact.granted_by_role,
            granted_us,
            None if fact.starts_on is None else day_number(fact.starts_on),
            None if fact.ends_on is None else day_number(fact.ends_on) + 1,
            fact.condition,
            fact.reason_code,
            fact.evidence,
            source,
        )
        self._name("authorization", row)

    def _school(self, source: str, written: str | None) -> str | None:
        """Return the school id for an id or an exact school name."""
        if written is None or written in self.latest["school"]:
            return written
        named = [i for i, row in self.latest["school"].items() if _same(row[1], written)]
        if len(named) == 1:
            return str(named[0])
        hint = "write the school's id as the roster does"
        self._queue(source, "school", NoMatch(written, "is no single school of the roster", hint))
        return None

    # ---- settling ------------------------------------------------------------------------

    def settle(self, facts: Iterable[str]) -> None:
        """Fold what was stated since the last call, then answer references from the result."""
        sources = set(facts)
        for relation in memory.DATED:
            for source in sources:
                self._fold(relation, source, self._stated[relation])
        self._finder = PersonFinder(self.keyring, self.rules)
        self._finder.learn_people(self.latest["person"].values())
        self._finder.learn_addresses(self.dated["address"], self.day)

    def _fold(self, relation: str, source: str, stated: Mapping[Row, Sequence[Stated]]) -> None:
        was = self.before.dated.get(relation, {})
        folded = fold(
            {row: spans for row, spans in was.items() if row[-1] == source},
            {row: spans for row, spans in stated.items() if row[-1] == source},
            day=self.day,
            first_delivery=self.before.delivered_on(source) is None,
        )
        others = {r: spans for r, spans in self.dated[relation].items() if r[-1] != source}
        self.dated[relation] = {**others, **folded}

    def _find(self, source: str, kind: str, ref: PersonRef) -> int | None:
        assert self._finder is not None  # noqa: S101  (settle ran after the names)
        found = self._finder.find(ref)
        if isinstance(found, NoMatch):
            self._queue(source, kind, found)
            return None
        return found

    def _queue(self, source: str, kind: str, why: NoMatch) -> None:
        place = (source, kind, why.reference, why.reason)
        seen = self.unmatched.get(place)
        count = 1 if seen is None else seen.count + 1
        self.unmatched[place] = Unmatched(*place, why.hint, count)


def _named(ref: PersonRef) -> str:
    name = " ".join(part for part in (ref.given_name, ref.family_name) if part)
    return ref.person_id or ref.email or name


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()


def _counts(
    before: State, after: Mapping[str, Mapping[Row, Sequence[Interval]]], day: int
) -> tuple[DirectoryCount, ...]:
    words = {
        "hat": "roles",
        "address": "addresses",
        "class_member": "class places",
        "team_member": "team places",
        "guardian": "guardian links",
        "group_member": "group members",
    }

    def running(rows: Mapping[Row, Sequence[Interval]]) -> set[Row]:
        return {row for row, spans in rows.items() if any(day in span for span in spans)}

    counts = []
    for relation, what in words.items():
        was, now = running(before.dated.get(relation, {})), running(after.get(relation, {}))
        counts.append(DirectoryCount(what, len(now), len(now - was), len(was - now)))
    return tuple(counts)

