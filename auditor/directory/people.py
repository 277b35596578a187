"""Who a file means: turning a reference into a person, or saying why that cannot be done.

A wrong match accuses the wrong person, so nothing is ever guessed: an id, then an address, then
an exact name with grade, and each only if exactly one person answers to it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from auditor.directory.intervals import Interval
from auditor.directory.state import Row, State
from auditor.keys import AddressRules, Keyring, email_address, person_id_address
from auditor.model import DirectoryAccount, Person, PersonRef

_NUMBER = re.compile(r"(?:[A-Za-z]{1,2}-?)?[0-9]+")
"""Ids that tell nothing of a name: "90001", "T1055", "S-40417"; "jreyes27" is a name."""
_SHOWS_WHO_IS_HERE = {"address": 1, "hat": 0}
"""Dated relation -> the column with the person whom a row in force shows to be here."""
Dated = Mapping[str, Mapping[Row, tuple[Interval, ...]]]


@dataclass(frozen=True, slots=True)
class NoMatch:
    """Why a reference is nobody's. ``reference`` shows ids and masked addresses, no names."""

    reference: str
    reason: str
    hint: str


@dataclass(slots=True)
class PersonFinder:
    """Answers references against the people and addresses of one day."""

    keyring: Keyring
    addresses: AddressRules
    _by_address: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    _by_own_id: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    _by_name: dict[tuple[str, str], set[tuple[int, str | None]]] = field(
        default_factory=lambda: defaultdict(set)
    )

    def learn_people(self, people: Iterable[Row], dated: Dated, day: int) -> None:
        """Add people by own id, and by name those who had not left by ``day``.

        Rows as in ``state.LATEST['person']`` and in ``state.DATED``. Who left keeps a name on
        record and neither an address nor a hat; a list of today means the namesake who is here.
        """
        gone = _gone(dated, day)
        for person_key, person_id, given, family, grade, *_ in people:
            self._by_own_id[self._id_key(person_id)].add(person_key)
            if person_key not in gone:
                self._by_name[_name(given), _name(family)].add((person_key, grade))

    def learn_addresses(self, rows: Mapping[Row, tuple[Interval, ...]], day: int) -> None:
        """Add the addresses in force on ``day``; rows as in ``state.DATED['address']``."""
        for (address_key, person_key, *_), intervals in rows.items():
            if any(day in interval for interval in intervals):
                self._by_address[address_key].add(person_key)

    def find(self, ref: PersonRef) -> int | NoMatch:
        """Return the person key that ``ref`` names, or why there is no single one."""
        if ref.person_id:
            key = self._id_key(ref.person_id)
            found = self._by_address.get(key, set())
            # a roster's own id goes before a user name that happens to read the same
            own = found & self._by_own_id.get(key, set())
            return self._single(
                own if len(own) == 1 else found,
                f"person_id {mask(ref.person_id)}",
                "use the id as the roster writes it",
            )
        if ref.email:
            address = email_address(ref.email, self.addresses)
            found = set() if address is None else self._by_address.get(
                self.keyring.address(address), set()
            )
            return self._single(
                found, mask(ref.email), "use the person's id or district e-mail"
            )
        if ref.given_name and ref.family_name:
            return self._by_full_name(ref)
        return NoMatch(
            "(blank)", "the row names nobody", "fill in person_id, e-mail, or first and last name"
        )

    def people_at(self, address_key: int) -> frozenset[int]:
        """Return everybody who has an address on the day."""
        return frozenset(self._by_address.get(address_key, ()))

    def _id_key(self, person_id: str) -> int:
        return self.keyring.address(person_id_address(person_id))

    def _by_full_name(self, ref: PersonRef) -> int | NoMatch:
        named = self._by_name.get((_name(ref.given_name), _name(ref.family_name)), set())
        if ref.grade is not None:
            named = {(key, grade) for key, grade in named if _grade(grade) == _grade(ref.grade)}
        return self._single(
            {key for key, _ in named}, "a first and last name", "add the person_id column"
        )

    @staticmethod
    def _single(found: set[int], reference: str, hint: str) -> int | NoMatch:
        if len(found) == 1:
            return next(iter(found))
        if found:
            return NoMatch(reference, f"fits {len(found)} people", hint)
        return NoMatch(reference, "is not in any roster", hint)


def mask(reference: str) -> str:
    """Return an address or id as it may be shown to people who need no names.

    Of an e-mail address the first letter and the domain are left, of a user name that may be a
    person's the first letter; a number stays what it is, with up to two letters before it.
    """
    local, at, domain = reference.strip().rpartition("@")
    if at:
        return f"{local[:1]}…@{domain}"
    return domain if _NUMBER.fullmatch(domain) else f"{domain[:1]}…"


def other_name(person: Person, row: Row) -> bool:
    """Return whether a person goes by another name than in ``row``; a blank name fits any."""
    return any(_differing(person, row))


def quite_another_name(account: DirectoryAccount, row: Row) -> bool:
    """Return whether neither name of an account's holder is that in ``row``.

    Directories have short names and married ones: one of the two that fits is enough.
    """
    return all(_differing(account, row))


def _differing(named: Person | DirectoryAccount, row: Row) -> tuple[bool, bool]:
    """Return whether the given and the family name are others; a blank name fits any."""
    pairs = ((named.given_name, row[2]), (named.family_name, row[3]))
    names = [(_name(one), _name(other)) for one, other in pairs]
    given, family = (bool(one and other) and one != other for one, other in names)
    return given, family


def names_borne(state: State) -> Mapping[int, tuple[tuple[str, str], ...]]:
    """Return the full names of people, given and family, the present one first, each once.

    Of whom no name is known is not there.
    """
    found: dict[int, dict[tuple[str, str], tuple[str, str]]] = defaultdict(dict)
    present = ((row[0], row[2], row[3]) for row in state.latest.get("person", {}).values())
    earlier = (row[:3] for row in state.latest.get("earlier_name", {}).values())
    for key, given, family in (*present, *earlier):
        plain = (_name(given), _name(family))
        if all(plain):
            found[key].setdefault(plain, (given, family))
    return {key: tuple(names.values()) for key, names in found.items()}


def _gone(dated: Dated, day: int) -> set[int]:
    """Return whose every address and hat was over by ``day``; of whom there is none, is here."""
    once: set[int] = set()
    here: set[int] = set()
    for relation, at in _SHOWS_WHO_IS_HERE.items():
        for row, intervals in dated.get(relation, {}).items():
            once.add(row[at])
            if any(day in interval for interval in intervals):
                here.add(row[at])
    return once - here


def _name(text: str | None) -> str:
    return " ".join((text or "").split()).casefold()


def _grade(text: str | None) -> str:
    return (text or "").strip().lstrip("0").casefold()
