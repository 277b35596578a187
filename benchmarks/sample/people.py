"""Who lives in the sample district: staff, students, families, and adults no system knows.

Most people are drawn at random; a few are cast for a part (``People.cast``), such as a student
who leaves in week 1 or a teacher whose own child is enrolled.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from random import Random

from benchmarks.sample.calendar import Period
from benchmarks.sample.names import FAMILY, GIVEN, SCHOOLS, plain

DOMAIN = "marlow.example"
STUDENT_DOMAIN = "students.marlow.example"
ALIAS_DOMAIN = "marlowschools.example"
"""The district's old domain; mail to it reaches ``DOMAIN``."""


@dataclass(frozen=True, slots=True)
class School:
    school_id: str
    name: str
    short: str
    grades: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Human:
    """One person or shared account. ``role`` is OneRoster's word, or a hat for ``people.csv``."""

    person_id: str
    given: str
    family: str
    role: str
    email: str | None
    school_id: str | None = None
    grade: str | None = None
    starts: date | None = None
    ends: date | None = None
    guardians: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return f"{self.given} {self.family}".strip()

    @property
    def mail(self) -> str:
        """The e-mail address of somebody who is known to have one."""
        if self.email is None:
            raise ValueError(f"{self.person_id} has no e-mail address")
        return self.email


@dataclass(slots=True)
class People:
    schools: tuple[School, ...]
    staff: list[Human] = field(default_factory=list)
    students: list[Human] = field(default_factory=list)
    guardians: list[Human] = field(default_factory=list)
    extras: list[Human] = field(default_factory=list)
    """Rows of people.csv."""
    cast: dict[str, str] = field(default_factory=dict)
    """Part -> person_id."""
    by_id: dict[str, Human] = field(default_factory=dict)

    def part(self, name: str) -> Human:
        return self.by_id[self.cast[name]]

    def teachers(self) -> list[Human]:
        return [h for h in self.staff if h.role == "teacher"]

    def at(self, humans: list[Human], school_id: str | None) -> list[Human]:
        return [h for h in humans if h.school_id == school_id]

    def guardians_of(self, student: Human) -> list[Human]:
        """Return the student's guardians whom mail can reach and who are not staff."""
        found = (self.by_id[g] for g in student.guardians)
        return [g for g in found if g.role == "guardian" and g.email]


def make_people(rng: Random, period: Period, *, schools: int, staff: int, students: int) -> People:
    """Return the district's people; ``staff`` and ``students`` are exact counts of the roster."""
    people = People(
        tuple(
            School(i, name, short, tuple(f"{g:02d}" for g in range(low, high + 1)))
            for i, name, short, (low, high) in SCHOOLS[:schools]
        )
    )
    _Maker(rng, period, people).make(staff, students)
    return people


_MORE_STAFF = (
    ("librarian", "Odette", "Fairweather"),
    ("tutor", "Gideon", "Whitlock"),
    ("late-hire", "Imani", "Thornbury"),
)
"""Part and name, all at the first school. They teach no class, so nobody hears from them by
accident; their names are fixed, so that adding one draws nobody else anew."""
_CAST_CHILDREN: tuple[tuple[str, str | None, str | None], ...] = (
    ("twin-a", "Jordan Reyes", None),
    ("twin-b", "Jordan Reyes", None),
    ("homonym-a", "Mae Park", "09"),
    ("homonym-b", "Mae Park", "10"),
    ("left", None, None),
    ("late", None, None),
    ("eighteen", None, "12"),
    ("transition", None, "13"),
    ("worker", None, "12"),
    ("college", None, "12"),
    ("child-1", None, None),
    ("child-2", None, None),
    ("child-3", None, None),
)
"""Part, fixed name, fixed grade. The twins share school and grade: no file can tell them apart
by name. Each comes from a family with two guardians who read mail."""


class _Maker:
    def __init__(self, rng: Random, period: Period, people: People) -> None:
        self.rng, self.period, self.people = rng, period, people
        self.locals_taken: Counter[str] = Counter()

    def make(self, staff: int, students: int) -> None:
        self._make_staff(staff)
        self._make_extras()
        parents = self.people.teachers()[-3:]
        for number, parent in enumerate(parents, start=1):
            self.people.cast[f"parent-{number}"] = parent.person_id
        self._make_cast_children()
        while len(self.people.students) < students:
            room = students - len(self.people.students)
            self._make_family(min(room, self.rng.choice((1, 1, 1, 2, 2, 3))))

    def _add(self, where: list[Human], human: Human) -> Human:
        where.append(human)
        self.people.by_id[human.person_id] = human
        return human

    def _name(self) -> tuple[str, str]:
        return self.rng.choice(GIVEN), self.rng.choice(FAMILY)

    def _email(self, given: str, family: str, domain: str) -> str:
        local = f"{plain(given)}.{plain(family)}"
        self.locals_taken[f"{local}@{domain}"] += 1
        turn = self.locals_taken[f"{local}@{domain}"]
        return f"{local}{'' if turn == 1 else turn}@{domain}"

    def _make_staff(self, count: int) -> None:
        posts: list[tuple[str, str, str | None]] = [
            ("superintendent", "districtAdministrator", None),
            ("athletic-director", "districtAdministrator", None),
        ]
        for school in self.people.schools:
            posts += [
                (f"principal-{school.short}", "principal", school.school_id),
                (f"counselor-{school.short}", "counselor", school.school_id),
                (f"aide-{school.short}", "aide", school.school_id),
            ]
        teachers = count - len(posts)
        for number in range(teachers):
            school = self.people.schools[number % len(self.people.schools)]
            part = "namesake" if number == teachers - 4 else ""
            posts.append((part, "teacher", school.school_id))
        for number, (part, role, school_id) in enumerate(posts, start=1001):
            given, family = ("Jordan", "Reyes") if part == "namesake" else self._name()
            email = self._email(given, family, DOMAIN)
            human = Human(f"T{number}", given, family, role, email, school_id)
            self._add(self.people.staff, human)
            if part:
                self.people.cast[part] = human.person_id

    def _make_extras(self) -> None:
        def add(part: str, role: str, name: tuple[str, str], email: str, **more: object) -> None:
            number = f"X{len(self.people.extras) + 1:03d}"
            human = Human(number, *name, role, email, **more)  # type: ignore[arg-type]  # fields by name
            self._add(self.people.extras, human)
            self.people.cast[part] = human.person_id

        add("scanner", "system", ("Copier", "Scan"), f"scanner@{DOMAIN}")
        add("help-desk", "system", ("Help", "Desk"), f"helpdesk@{DOMAIN}")
        for school in self.people.schools:
            where, short = school.school_id, school.short
            office = f"office.{short.lower()}@{DOMAIN}"
            add(f"office-{short}", "system", (school.name, "Office"), office, school_id=where)
            name = self._name()
            add(f"nurse-{short}", "staff", name, self._email(*name, DOMAIN), school_id=where)
        for number in (1, 2, 3, 4):
            name = self._name()
            email = self._email(*name, "outdoors.example")
            school_id = self.people.schools[number % len(self.people.schools)].school_id
            add(f"volunteer-{number}", "volunteer", name, email, school_id=school_id)
        name = self._name()
        add(
            "substitute",
            "staff",
            name,
            self._email(*name, DOMAIN),
            school_id=self.people.schools[0].school_id,
            starts=self.period.first,
            ends=self.period.day(2, 4),
        )
        for part, given, family in _MORE_STAFF:
            add(
                part,
                "staff",
                (given, family),
                self._email(given, family, DOMAIN),
                school_id=self.people.schools[0].school_id,
                starts=self.period.day(self.period.weeks, 0) if part == "late-hire" else None,
            )

    def _make_cast_children(self) -> None:
        twins_school = self.people.schools[0]
        for part, fixed_name, fixed_grade in _CAST_CHILDREN:
            grade = twins_school.grades[0] if part.startswith("twin") else fixed_grade
            given, family = fixed_name.split(" ") if fixed_name else self._name()
            parents = [self._guardian(self._name()[0], family) for _ in range(2)]
            ids = [p.person_id for p in parents]
            if part.startswith("child-"):
                ids[0] = self.people.cast[part.replace("child", "parent")]
            child = self._student(
                given,
                family,
                tuple(ids),
                twins_school if grade else self.rng.choice(self.people.schools),
                grade,
                starts=self.period.day(2, 2) if part == "late" else None,
                ends=self.period.day(1, 2) if part == "left" else None,
            )
            self.people.cast[part] = child.person_id

    def _make_family(self, children: int) -> None:
        family = self.rng.choice(FAMILY)
        pair = self.rng.random() < 0.7
        shared = pair and self.rng.random() < 0.15
        household = self._email("the", family, "homemail.example") if shared else None
        guardians = []
        for _ in range(2 if pair else 1):
            surname = family if self.rng.random() < 0.8 else self.rng.choice(FAMILY)
            silent = not shared and self.rng.random() < 0.06
            guardian = self._guardian(self._name()[0], surname, household, silent=silent)
            guardians.append(guardian.person_id)
        for _ in range(children):
            school = self.people.schools[len(self.people.students) % len(self.people.schools)]
            self._student(self._name()[0], family, tuple(guardians), school, None)

    def _guardian(
        self, given: str, family: str, household: str | None = None, *, silent: bool = False
    ) -> Human:
        email = None
        if not silent:
            domain = self.rng.choice(("homemail.example", "postbox.example"))
            email = household or self._email(given, family, domain)
        number = f"G{30001 + len(self.people.guardians)}"
        return self._add(self.people.guardians, Human(number, given, family, "guardian", email))

    def _student(
        self,
        given: str,
        family: str,
        guardians: tuple[str, ...],
        school: School,
        grade: str | None,
        *,
        starts: date | None = None,
        ends: date | None = None,
    ) -> Human:
        human = Human(
            f"S{20001 + len(self.people.students)}",
            given,
            family,
            "student",
            self._email(given, family, STUDENT_DOMAIN),
            school.school_id,
            grade or self.rng.choice(school.grades),
            starts,
            ends,
            guardians,
        )
        return self._add(self.people.students, human)
