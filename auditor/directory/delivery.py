"""Taking in one night's rosters: facts in, the directory's new memory and an unmatched queue out.

Order matters and is fixed: people first, then the addresses that name them, then everything that
refers to a person. A source that failed tonight keeps what it said before; one that is no longer
configured is taken to say nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from auditor.directory import state as memory
from auditor.directory.accounts import AccountHolders
from auditor.directory.changes import counts
from auditor.directory.delivered import Delivered
from auditor.directory.folding import folded
from auditor.directory.intervals import Interval, Stated
from auditor.directory.people import NoMatch, PersonFinder, mask, other_name
from auditor.directory.records import Filing
from auditor.directory.rows import ApprovalKeys, authorization_row, team_row
from auditor.directory.state import Row, State
from auditor.keys import AddressRules, Keyring, person_id_address
from auditor.model import (
    Address,
    AddressKind,
    AddressUse,
    Authorization,
    ClassMember,
    DirectoryAccount,
    GroupMember,
    GuardianLink,
    Hat,
    Person,
    PersonAddress,
    PersonRef,
    School,
    SchoolClass,
    Team,
    TeamMember,
    UnreadList,
)
from auditor.records import Record, StateFact
from auditor.result import Unmatched

PERSON_ID_USE = "person-id"


def deliver(
    before: State,
    facts: Mapping[str, Sequence[StateFact]],
    *,
    day: int,
    keyring: Keyring,
    rules: AddressRules,
    configured: Collection[str] | None = None,
) -> Delivered:
    """Fold what each source said of ``day`` into the directory.

    ``facts`` holds the sources that delivered, in the order in which they are believed: where
    two name the same person, school or team, the first one's wording stays.

    ``configured`` names every source of the settings, also those that failed. What any other
    source on record said ends as of ``day``, and its approvals go; the names it gave stay. None
    takes every source on record as still configured.
    """
    gone = frozenset[str]()
    if configured is not None:
        gone = memory.sources(before) - {*configured, *facts}
    intake = _Intake(before, day, keyring, rules, frozenset(facts), gone)
    intake.forget_gone()
    takes = [intake.take_names, intake.take_addresses, intake.take_relations]
    if any(isinstance(fact, DirectoryAccount) for stated in facts.values() for fact in stated):
        takes.insert(2, intake.take_accounts)
    for take in takes:
        for source, stated in facts.items():
            take(source, stated)
        intake.settle()
    intake.place_teams()
    return Delivered(
        State(intake.dated, intake.latest),
        tuple(intake.unmatched.values()),
        counts(before, intake.dated, day),
        intake.addresses,
    )


@dataclass(slots=True)
class _Intake:
    before: State
    day: int
    keyring: Keyring
    rules: AddressRules
    tonight: frozenset[str]
    gone: frozenset[str]
    dated: dict[str, dict[Row, tuple[Interval, ...]]] = field(default_factory=dict)
    latest: dict[str, dict[object, Row]] = field(default_factory=dict)
    unmatched: dict[tuple[str, str, str, str], Unmatched] = field(default_factory=dict)
    addresses: dict[int, Address] = field(default_factory=dict)
    _stated: dict[str, dict[Row, list[Stated]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(list))
    )
    _named_now: set[tuple[str, object]] = field(default_factory=set)
    _finder: PersonFinder | None = None
    _refused: dict[tuple[str, Address], NoMatch] = field(default_factory=dict)
    """By source and id: people it names by an id that is another person's."""
    _holders: AccountHolders = field(init=False)
    _unread: set[tuple[str, int]] = field(default_factory=set)
    """By source and key: lists whose members it could not read tonight."""

    def __post_init__(self) -> None:
        self._holders = AccountHolders(self._address_key)
        self.dated = {name: dict(self.before.dated.get(name, {})) for name in memory.DATED}
        self.latest = {name: dict(self.before.latest.get(name, {})) for name in memory.LATEST}

    def forget_gone(self) -> None:
        """Drop the approvals and the delivery of sources that are no longer configured."""
        for name in (*memory.REPLACED_WHOLE, "delivery"):
            rows = self.latest[name].items()
            self.latest[name] = {key: row for key, row in rows if row[-1] not in self.gone}

    # ---- what things are called ----------------------------------------------------------

    def take_names(self, source: str, facts: Sequence[StateFact]) -> None:
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
                    self._name("team", team_row(source, self.keyring.team(fact.team_id), fact))
                case UnreadList():
                    self._unread.add((source, self._address_key(fact.group)))
                case _:
                    pass

    def _take_person(self, source: str, person: Person) -> None:
        key = self.keyring.person(person.person_id)
        holder = self._holder(source, key)
        if holder is not None and other_name(person, holder):
            why = NoMatch(
                f"person_id {mask(person.person_id)}",
                f"is another person's in {holder[-1]}",
                "give this person an id of their own",
            )
            self._refused[source, person_id_address(person.person_id)] = why
            self._queue(source, "person", why)
            return
        row = (key, person.person_id, person.given_name, person.family_name, person.grade, source)
        if ("person", key) not in self._named_now:
            self._keep_earlier_name(row)
        self._name("person", row)
        for other in dict.fromkeys((person.person_id, *person.other_ids)):
            if other.strip():
                self._state_address(source, key, person_id_address(other), PERSON_ID_USE, Stated())

    def _keep_earlier_name(self, row: Row) -> None:
        """Remember the full name that a person had, where ``row`` gives them another or half."""
        was = self.before.latest.get("person", {}).get(row[0])
        if was is None or not all((part or "").strip() for part in was[2:4]):
            return
        if not all(_same(one, other) for one, other in zip(was[2:4], row[2:4], strict=True)):
            self._name("earlier_name", (*was[:1], *was[2:4], self.day, was[-1]))

    def _holder(self, source: str, person_key: int) -> Row | None:
        """Return whom another source already names by an id, if that source goes before.

        Before goes whoever is believed more, and whoever failed tonight and so keeps its word.
        """
        row = self.latest["person"].get(person_key)
        if row is None or row[-1] == source or row[-1] in self.gone:
            return None
        was_taken = ("delivery", row[-1]) in self._named_now
        return row if was_taken or row[-1] not in self.tonight else None

    def place_teams(self) -> None:
        """File tonight's teams under their schools' ids, once every school is known.

        A team whose school is not found keeps what was written, for people to read.
        """
        for key, row in self.latest["team"].items():
            if ("team", key) in self._named_now:
                school = self._school(row[-1], row[4]) or row[4]
                self.latest["team"][key] = (*row[:4], school, *row[5:])

    def _name(self, relation: str, row: Row) -> None:
        thing = memory.identity(relation, row)
        if (relation, thing) not in self._named_now:
            self._named_now.add((relation, thing))
            self.latest[relation][thing] = row

    # ---- addresses -----------------------------------------------------------------------

    def take_addresses(self, source: str, facts: Sequence[StateFact]) -> None:
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

    def take_accounts(self, source: str, facts: Sequence[StateFact]) -> None:
        """Take a directory's accounts, once the addresses of everybody else are known."""
        for fact in facts:
            if isinstance(fact, DirectoryAccount):
                self._take_account(source, fact)

    def _take_account(self, source: str, account: DirectoryAccount) -> None:
        assert self._finder is not None  # noqa: S101  (settle ran after the addresses)
        found = self._holders.holder(source, account, self._finder, self.latest["person"])
        if found is None and account.roles:
            found = self._own_person(source, account)
        if isinstance(found, NoMatch):
            self._refused[source, person_id_address(account.account_id)] = found
            self._queue(source, "account", found)
        elif found is not None:
            self._holders.remember(source, account, found)
            stated = Stated(account.start, account.end)
            for address in account.addresses:
                self._state_address(source, found, address, AddressUse.ROSTER.value, stated)

    def _own_person(self, source: str, account: DirectoryAccount) -> int:
        """Take an account for a person of its own: only the directory knows who that is."""
        person = Person(account.account_id, account.given_name, account.family_name)
        self._take_person(source, person)
        key = self.keyring.person(account.account_id)
        for role, school in account.roles:
            row = (key, role.value, self._school(source, school), source)
            self._stated["hat"][row].append(Stated(account.start, account.roles_end))
        return key

    # ---- everything that refers to a person ----------------------------------------------

    def take_relations(self, source: str, facts: Sequence[StateFact]) -> None:
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
                case _ if isinstance(fact, Record):
                    self._take_record(source, fact)
                case _:
                    pass

    def _take_record(self, source: str, record: Record) -> None:
        def address(named: Address) -> tuple[int, bool | None]:
            if named.kind is AddressKind.PHONE:  # the school may have issued it: nobody knows
                return self._address_key(named), None
            inside = named.kind is AddressKind.EMAIL and self.rules.is_district(named.text)
            return self._address_key(named), inside

        filing = Filing(
            self.keyring,
            lambda kind, ref: self._find(source, kind, ref),
            address,
            lambda written: self._school(source, written),
        )
        filed = filing.row(record)
        if filed is not None:
            relation, row = filed
            self._name(relation, (*row, source))

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
        keys = ApprovalKeys(
            adult,
            student,
            None if fact.team_id is None else self.keyring.team(fact.team_id),
            None if granter is None else self._find(source, "granter of an approval", granter),
            None
            if fact.requested_by is None
            else self._find(source, "who asked for an approval", fact.requested_by),
        )
        self._name("authorization", authorization_row(source, fact, keys))

    def _school(self, source: str, written: str | None) -> str | None:
        """Return the school id for an id or an exact school name."""
        if written is None or written in self.latest["school"]:
            return written
        named = [
            school_id
            for school_id, row in self.latest["school"].items()
            if _same(row[1], written) and row[-1] not in self.gone
        ]
        if len(named) == 1:
            return str(named[0])
        hint = "write the school's id as the roster does"
        self._queue(source, "school", NoMatch(written, "is no single school of the roster", hint))
        return None

    # ---- settling ------------------------------------------------------------------------

    def settle(self) -> None:
        """Fold what was stated so far, then answer references from the result."""
        for relation in memory.DATED:
            for source in self.tonight | self.gone:
                self._fold(relation, source)
        self._finder = PersonFinder(self.keyring, self.rules)
        self._finder.learn_people(self.latest["person"].values(), self.dated, self.day)
        self._finder.learn_addresses(self.dated["address"], self.day)

    def _fold(self, relation: str, source: str) -> None:
        before, stated = self.before.dated.get(relation, {}), self._stated[relation]
        mine = folded(relation, source, before, stated, unread=self._unread, day=self.day)
        others = {r: spans for r, spans in self.dated[relation].items() if r[-1] != source}
        self.dated[relation] = {**others, **mine}

    def _find(self, source: str, kind: str, ref: PersonRef) -> int | None:
        assert self._finder is not None  # noqa: S101  (settle ran after the names)
        found: int | NoMatch | None = None
        if ref.person_id:
            found = self._refused.get((source, person_id_address(ref.person_id)))
            found = self._holders.known(source, ref.person_id) if found is None else found
        if found is None:
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


def _same(one: str, other: str) -> bool:
    return one.strip().casefold() == other.strip().casefold()
