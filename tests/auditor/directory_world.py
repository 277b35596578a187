"""An invented district for the directory's tests: facts made short, nights taken in, answers read."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date

import pyarrow as pa

from auditor.directory import Register, State, build_tables, day_number, deliver, to_tables
from auditor.directory.delivered import Delivered
from auditor.keys import AddressRules, Keyring, email_address
from auditor.model import (
    Address,
    AddressUse,
    Hat,
    HatRole,
    Person,
    PersonAddress,
    PersonRef,
    RosterFact,
    School,
    Team,
    TeamMember,
    TeamRole,
)
from auditor.records import StateFact

KEYS = Keyring(b"p" * 32)
RULES = AddressRules(
    district_domains=frozenset({"marlow.example"}),
    alias_domains={"marlow-schools.example": "marlow.example"},
    plus_tag_domains=frozenset({"marlow.example"}),
)
TODAY = date(2026, 10, 5)
DAY = day_number(TODAY)


def ref(id_: str) -> PersonRef:
    return PersonRef(person_id=id_)


def mail(text: str) -> Address:
    address = email_address(text, RULES)
    assert address is not None
    return address


def address_key(text: str) -> int:
    return KEYS.address(mail(text))


def address(id_: str, text: str, start: date | None = None, end: date | None = None) -> RosterFact:
    return PersonAddress(ref(id_), mail(text), AddressUse.ROSTER, start, end)


def person(id_: str, name: str, role: HatRole | None = None, grade: str | None = None, *other: str) -> list[RosterFact]:
    """Return a person with a district address, and a hat at the first school if a role is given."""
    given, _, family = name.partition(" ")
    facts: list[RosterFact] = [
        Person(id_, given, family, grade, other),
        address(id_, f"{id_}@marlow.example"),
    ]
    if role is not None:
        facts.append(Hat(ref(id_), role, "s1"))
    return facts


ALDER = School("s1", "Alder Hill High School")
ELM = School("s2", "Elm Street Middle School")
VARSITY = Team("v", "Varsity", "sport", "s1")
SIS: list[RosterFact] = [
    ALDER,
    ELM,
    *person("t1", "Dana Whit", HatRole.STAFF),
    *person("k1", "Sam Okoro", HatRole.STUDENT, "10"),
    *person("k2", "Jo Reyes", HatRole.STUDENT, "9"),
]


def athlete(who: PersonRef) -> RosterFact:
    return TeamMember("v", who, TeamRole.ATHLETE)


def take(
    before: State,
    facts: Mapping[str, Sequence[StateFact]],
    day: int = DAY,
    *,
    configured: Collection[str] | None = None,
) -> Delivered:
    return deliver(before, facts, day=day, keyring=KEYS, rules=RULES, configured=configured)


def known(*facts: StateFact) -> Register:
    """Return the answers after a first night on which one roster delivered ``facts`` too."""
    return register(take(State(), {"sis": [*SIS, *facts]}).state)


def register(state: State, margin: int = 0) -> Register:
    return Register(state, build_tables(state, season_margin_days=margin, show_address=str))


def on_record(state: State, relation: str) -> list[dict[str, object]]:
    """Return the rows of a relation as the disk gets them."""
    return rows(to_tables(state)[relation])


def for_rules(state: State, relation: str, margin: int = 0) -> list[dict[str, object]]:
    """Return the rows of a relation as the rules get them."""
    built = build_tables(state, season_margin_days=margin, show_address=str)
    return rows(built.tables[relation])


def rows(table: pa.Table) -> list[dict[str, object]]:
    names = table.column_names
    columns = (column.to_pylist() for column in table.columns)
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]
