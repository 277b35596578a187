"""Whether a delivery may be believed: what it would take away of what its source said before.

A feed that lost a school, a column or half its rows looks exactly like people who left, and would
end their roles without a word. So what stands of a source before and after its delivery is
compared as sets of people, by role and school; a person who stays counts as one who stays whatever
else changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from auditor.directory.intervals import Interval
from auditor.directory.state import Row, State
from auditor.model import AddressUse, ClassRole, HatRole, TeamRole
from auditor.source import Denied

FEWEST_IN_A_ROLE = 5
"""A role that fewer people had may end from one day to the next: the one volunteer has left."""
_NEVER_EMPTY = (HatRole.STUDENT.value, HatRole.STAFF.value)
"""Without anybody in these, there is no school."""
_ADULT = frozenset((HatRole.STAFF.value, HatRole.COACH.value, HatRole.ADVISER.value))


@dataclass(frozen=True, slots=True)
class Guard:
    """How much one delivery may take away before a person has to say that it is right."""

    lost_percent: int = 10
    lost_people: int = 20
    """A group may lose less than this share, or fewer than so many people."""
    swapped_people: int = 5
    """So many people who were students and are now staff, or the other way round, are too many."""


@dataclass(frozen=True, slots=True)
class Loss:
    """One group that lost too many: ``gone`` of the ``before`` people who were in it."""

    what: str
    """The group, in words: "students", "people with a class"."""
    school: str | None
    """The school's name; None: the whole district."""
    before: int
    gone: int
    swapped: bool = False
    """The people are still there, on the other side of the line between students and staff."""

    def __str__(self) -> str:
        where = "in the district" if self.school is None else f"at {self.school}"
        if self.swapped:
            return f"{self.gone} people changed between student and staff {where}"
        return f"{self.gone} of {self.before} {self.what} {where} are gone"


class Refused(Denied):
    """A delivery that lost too much to be believed. The source stands as it stood before."""

    def __init__(self, losses: tuple[Loss, ...], *, where: str, command: str) -> None:
        """Take every loss, the plainest of which is told, and the command that accepts them."""
        told = str(next((loss for loss in losses if loss.what in _WORDS_NEVER_EMPTY), losses[0]))
        others = len(losses) - 1
        if others:
            told += f", and {others} more {'group' if others == 1 else 'groups'} lost too many"
        super().__init__(
            f"the delivery was not taken: {told}",
            where=where,
            cure="Have it mended; if it is right, `auditor roster accept` takes it",
        )
        self.losses = losses
        self.command = command


Groups = Mapping[tuple[str, str | None], frozenset[int]]
"""(group, school or None) -> the people in it, by key; of a list, its members' addresses."""


@dataclass(frozen=True, slots=True)
class Change:
    """What stood of a source and what would stand after its delivery."""

    before: Groups
    after: Groups
    roles_before: Mapping[int, frozenset[str]]
    roles_after: Mapping[int, frozenset[str]]
    schools: Mapping[str, str]

    def losses(self, guard: Guard, accepted: Collection[int] = frozenset()) -> tuple[Loss, ...]:
        """Return what is too much. ``accepted`` are people whose leaving a person has accepted."""
        known = frozenset(accepted)
        found = [
            loss
            for (what, school), were in sorted(self.before.items(), key=_in_order)
            if (loss := self._loss(what, school, were - known, guard)) is not None
        ]
        swapped = self._swapped() - known
        if len(swapped) >= guard.swapped_people:
            found.append(Loss("people", None, len(self.roles_before), len(swapped), swapped=True))
        return tuple(found)

    def concerned(self) -> frozenset[int]:
        """Return everybody whom the delivery takes out of a group or moves across the line."""
        gone = (were - self.after.get(group, frozenset()) for group, were in self.before.items())
        return frozenset().union(*gone, self._swapped())

    def _loss(
        self, what: str, school: str | None, were: frozenset[int], guard: Guard
    ) -> Loss | None:
        gone = were - self.after.get((what, school), frozenset())
        left = len(were) - len(gone)
        much = len(gone) >= guard.lost_people and 100 * len(gone) >= guard.lost_percent * len(were)
        fewest = 1 if school is None and what in _WORDS_NEVER_EMPTY else FEWEST_IN_A_ROLE
        if much or (not left and len(were) >= fewest):
            name = None if school is None else self.schools.get(school, school)
            return Loss(what, name, len(were), len(gone))
        return None

    def _swapped(self) -> frozenset[int]:
        def side(roles: frozenset[str]) -> str | None:
            student, adult = HatRole.STUDENT.value in roles, bool(roles & _ADULT)
            return None if student == adult else "student" if student else "adult"

        return frozenset(
            person
            for person, roles in self.roles_before.items()
            if None not in (was := side(roles), now := side(self.roles_after.get(person, _NONE)))
            and was != now
        )


_NONE: frozenset[str] = frozenset()
_WORDS: Mapping[str, str] = {
    HatRole.STUDENT.value: "students",
    HatRole.STAFF.value: "staff",
    HatRole.GUARDIAN.value: "guardians",
    HatRole.COACH.value: "coaches",
    HatRole.ADVISER.value: "advisers",
    HatRole.VOLUNTEER.value: "volunteers",
    HatRole.CONTRACTOR.value: "contractors",
    HatRole.SYSTEM.value: "accounts nobody is behind",
}
_WORDS_NEVER_EMPTY = frozenset(_WORDS[role] for role in _NEVER_EMPTY)
EVERYBODY = "people"


def change_of(before: State, after: State, source: str, day: int) -> Change:
    """Compare what holds of ``source`` on ``day`` before and after a delivery."""
    return Change(
        _groups(before, source, day),
        _groups(after, source, day),
        _roles(before, source, day),
        _roles(after, source, day),
        {str(key): str(row[1]) for key, row in before.latest.get("school", {}).items()},
    )


def _groups(state: State, source: str, day: int) -> Groups:
    found: dict[tuple[str, str | None], set[int]] = defaultdict(set)
    for row in _holding(state, "hat", source, day):
        person, role, school = row[:3]
        what = _WORDS.get(role, str(role))
        found[what, None].add(person)
        if school is not None and role != HatRole.GUARDIAN.value:
            found[what, school].add(person)
            found[EVERYBODY, school].add(person)
    for what, person in _listed(state, source, day):
        found[what, None].add(person)
    return {group: frozenset(people) for group, people in found.items()}


def _listed(state: State, source: str, day: int) -> Iterator[tuple[str, int]]:
    """Yield (group, person) of what a source says of people beside their roles.

    A column that arrives empty takes nobody's role away, and yet all that hangs on it.
    """
    for row in _holding(state, "address", source, day):
        if row[2] == AddressUse.ROSTER.value and row[3]:
            yield "people with a district address", row[1]
        elif row[2] == AddressUse.PERSONAL.value:
            yield "people with a personal address on file", row[1]
    for row in _holding(state, "class_member", source, day):
        learns = row[2] == ClassRole.STUDENT.value
        yield "students with a class" if learns else "teachers with a class", row[1]
    teams = state.latest.get("team", {})
    for row in _holding(state, "team_member", source, day):
        team = teams.get(row[0])
        if team is not None and day not in Interval(team[7], team[8]):
            continue  # whoever clears away last season's teams takes nobody off a team
        leads = TeamRole(row[2]).leads
        yield "coaches and advisers of a team" if leads else "students on a team", row[1]
    for row in _holding(state, "guardian", source, day):
        yield "students with a guardian", row[1]
    for row in _holding(state, "group_member", source, day):
        yield "members of a mailing list", row[1]


def _roles(state: State, source: str, day: int) -> dict[int, frozenset[str]]:
    found: dict[int, set[str]] = defaultdict(set)
    for row in _holding(state, "hat", source, day):
        found[row[0]].add(row[1])
    return {person: frozenset(roles) for person, roles in found.items()}


def _holding(state: State, relation: str, source: str, day: int) -> Iterator[Row]:
    for row, spans in state.dated.get(relation, {}).items():
        if row[-1] == source and any(day in span for span in spans):
            yield row


def _in_order(one: tuple[tuple[str, str | None], frozenset[int]]) -> tuple[bool, str, str]:
    (what, school), _ = one
    return (school is not None, school or "", what)
