"""Looking people up for a day: the directory's answers to pages, approvals and explanations."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pyarrow as pa

from auditor.directory.intervals import Interval
from auditor.directory.state import Row, State
from auditor.directory.tables import DirectoryTables
from auditor.model import ClassRole, HatRole, TeamRole
from auditor.result import PersonShown, TeamShown, ThingShown

_PLAYING = (TeamRole.ATHLETE.value, TeamRole.MEMBER.value)


@dataclass(frozen=True, slots=True)
class Held:
    """A dated row: its columns and the days it held."""

    row: Row
    days: Interval


class Register:
    """Read-only answers about people, teams and classes on given days (day numbers)."""

    def __init__(self, state: State, built: DirectoryTables) -> None:
        tables = built.tables
        self._people = state.latest.get("person", {})
        self._schools = state.latest.get("school", {})
        self._teams = state.latest.get("team", {})
        self._classes = state.latest.get("class", {})
        self._deliveries = state.latest.get("delivery", {})
        self.approvals: tuple[Row, ...] = tuple(state.latest.get("authorization", {}).values())
        self.subgroups: tuple[Row, ...] = tuple(state.latest.get("subgroup", {}).values())
        self.disclosures: tuple[Row, ...] = tuple(state.latest.get("disclosure", {}).values())
        self._roles = _by(tables["person_role"], "person_key")
        self._teams_of = _by(tables["team_member"], "person_key")
        self._members_of = _by(tables["team_member"], "team_key")
        self._classes_of = _by(tables["class_member"], "person_key")
        self._guardians = _by(tables["guardian"], "student_key")
        self._at_address = _by(tables["person_address"], "address_key")
        self._addresses_of = _by(tables["person_address"], "person_key")
        self._keys = {row[1]: key for key, row in self._people.items()}

    @property
    def newest_day(self) -> int:
        """Day number of the newest delivery of any source; 0 before the first."""
        return max((int(row[0]) for row in self._deliveries.values()), default=0)

    # ---- people --------------------------------------------------------------------------

    def person(self, key: int, day: int) -> PersonShown:
        """Return a person with the hats worn on ``day``."""
        row = self._people.get(key)
        if row is None or not row[1]:  # never on record, or erased
            return PersonShown(f"#{key & 0xFFFFFFFF:08x}", "", "")
        return PersonShown(
            row[1], row[2], row[3], self._hats(key, day), row[4], self.schools_of(key, day)
        )

    def person_key(self, person_id: str) -> int | None:
        """Return the key of the person with this roster id, if anybody has it."""
        found = self._keys.get(person_id)
        return None if found is None else int(str(found))

    def _hats(self, key: int, day: int) -> tuple[str, ...]:
        words: list[str] = []
        roles = {h.row[1] for h in self._on(self._roles, key, day)}
        teaches = any(
            h.row[2] == ClassRole.TEACHER.value for h in self._on(self._classes_of, key, day)
        )
        if HatRole.STAFF.value in roles:
            words.append("teacher" if teaches else "staff")
        for held in self._on(self._teams_of, key, day):
            role = TeamRole(held.row[2])
            if role.leads:
                team = self.team(held.row[0])
                words.append(f"{_LEADING[role]} of {team.name if team else 'a team'}")
        for role_name in (HatRole.VOLUNTEER, HatRole.STUDENT, HatRole.SYSTEM):
            if role_name.value in roles:
                words.append(role_name.value)
        return tuple(dict.fromkeys(words))

    def holds(self, key: int, role: HatRole, day: int) -> bool:
        return any(h.row[1] == role.value for h in self._on(self._roles, key, day))

    def staff_on(self, day: int) -> list[tuple[int, str, int]]:
        """Return (person, school, since which day) of everybody on the staff of a school."""
        found = [
            (key, str(held.row[2]), held.days.first)
            for key, hats in self._roles.items()
            for held in hats
            if held.row[1] == HatRole.STAFF.value and held.row[2] in self._schools
            if day in held.days and not self.holds(key, HatRole.SYSTEM, day)
        ]
        return sorted(found)

    def schools_of(self, key: int, day: int) -> tuple[str, ...]:
        """Return the schools of a person's hats on ``day``, guardians' excepted."""
        found = {
            h.row[2]
            for h in self._on(self._roles, key, day)
            if h.row[2] is not None and h.row[1] != HatRole.GUARDIAN.value
        }
        return tuple(sorted(s for s in found if s in self._schools))

    def people_at(self, address_key: int, day: int) -> tuple[tuple[int, str], ...]:
        """Return (person key, kind of address) of whoever an address belonged to on ``day``."""
        return tuple((h.row[1], h.row[2]) for h in self._on(self._at_address, address_key, day))

    def has_district_address(self, key: int, day: int) -> bool:
        return any(h.row[2] == "district" for h in self._on(self._addresses_of, key, day))

    def district_addresses(self, key: int, day: int) -> tuple[int, ...]:
        """Return the keys of a person's own district addresses on ``day``; no contested one."""
        held = self._on(self._addresses_of, key, day)
        return tuple(sorted({h.row[0] for h in held if h.row[2] == "district"}))

    def guardians_of(self, student_key: int, day: int) -> frozenset[int]:
        return frozenset(h.row[0] for h in self._on(self._guardians, student_key, day))

    def shared_classes(self, adult_key: int, student_key: int, day: int) -> tuple[str, ...]:
        """Return the titles of the classes the adult taught the student in on ``day``."""
        taught = {
            h.row[0]
            for h in self._on(self._classes_of, adult_key, day)
            if h.row[2] != ClassRole.STUDENT.value
        }
        taken = {h.row[0] for h in self._on(self._classes_of, student_key, day)}
        titles = (self._classes[key][2] for key in taught & taken if key in self._classes)
        return tuple(sorted(str(title) for title in titles))

    # ---- schools and teams ---------------------------------------------------------------

    def school_name(self, school_id: str) -> str:
        row = self._schools.get(school_id)
        return school_id if row is None else str(row[1])

    @property
    def school_ids(self) -> tuple[str, ...]:
        return tuple(sorted(str(key) for key in self._schools))

    @property
    def team_keys(self) -> tuple[int, ...]:
        return tuple(sorted(int(str(key)) for key in self._teams))

    def team(self, key: int) -> TeamShown | None:
        row = self._teams.get(key)
        if row is None:
            return None
        school = row[4] if row[4] in self._schools else self._school_named(row[4])
        return TeamShown(row[1], row[2], row[3], school, row[5], row[6])

    def knows(self, person_key: int) -> bool:
        """Return whether anybody on record has this key."""
        return person_key in self._people

    def school_class(self, key: int) -> ThingShown | None:
        """Return a class by its key."""
        row = self._classes.get(key)
        return None if row is None else ThingShown("class", row[1], row[2], row[3])

    def _school_named(self, name: str | None) -> str | None:
        if name is None:
            return None
        found = [i for i, r in self._schools.items() if str(r[1]).casefold() == name.casefold()]
        return str(found[0]) if len(found) == 1 else name

    def season(self, team_key: int) -> Interval:
        row = self._teams[team_key]
        return Interval(row[7], row[8])

    def delivered_on(self, team_key: int) -> int | None:
        """Return the day the team's source last delivered."""
        row = self._teams.get(team_key)
        delivery = None if row is None else self._deliveries.get(row[-1])
        return None if delivery is None else int(delivery[0])

    def roster(self, team_key: int, day: int) -> frozenset[int]:
        """Return the athletes and members on ``day``; managers are not counted."""
        held = self._on(self._members_of, team_key, day)
        return frozenset(h.row[1] for h in held if h.row[2] in _PLAYING)

    def leaders(self, team_key: int, day: int) -> tuple[int, ...]:
        held = self._on(self._members_of, team_key, day)
        return tuple(sorted({h.row[1] for h in held if TeamRole(h.row[2]).leads}))

    def leads_any(self, person_key: int) -> bool:
        """Return whether the person ever coached or advised a team on record."""
        return any(TeamRole(h.row[2]).leads for h in self._teams_of.get(person_key, ()))

    def on_team(self, person_key: int, team_key: int, day: int) -> bool:
        return any(h.row[0] == team_key for h in self._on(self._teams_of, person_key, day))

    @staticmethod
    def _on(index: Mapping[int, list[Held]], key: int, day: int) -> Iterable[Held]:
        return (held for held in index.get(key, ()) if day in held.days)


_LEADING = {
    TeamRole.HEAD_COACH: "coach",
    TeamRole.ASSISTANT_COACH: "assistant coach",
    TeamRole.VOLUNTEER_COACH: "volunteer coach",
    TeamRole.ADVISER: "adviser",
}


def _by(table: pa.Table, column: str) -> dict[int, list[Held]]:
    at = table.schema.get_field_index(column)
    index: dict[int, list[Held]] = defaultdict(list)
    for *row, first, until in zip(*(c.to_pylist() for c in table.columns), strict=True):
        index[row[at]].append(Held(tuple(row), Interval(first, until)))
    return index
