"""Classes, teams, mailing lists and second addresses of the sample district."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from benchmarks.sample.calendar import Period
from benchmarks.sample.names import SUBJECTS, TEAMS
from benchmarks.sample.people import DOMAIN, Human, People


@dataclass(frozen=True, slots=True)
class SchoolClass:
    class_id: str
    title: str
    school_id: str
    teacher: Human
    students: tuple[Human, ...]
    second: Human | None = None
    """A second teacher, where there is one."""

    @property
    def list_email(self) -> str:
        return f"class-{self.class_id.lower()}@{DOMAIN}"


@dataclass(frozen=True, slots=True)
class Place:
    """One person's place on a team."""

    human: Human
    role: str
    starts: date | None = None
    ends: date | None = None


@dataclass(slots=True)
class Team:
    key: str
    team_id: str
    name: str
    kind: str
    sport: str
    level: str
    school_id: str
    season_start: date
    season_end: date
    leads: list[Place]
    members: list[Place]

    @property
    def head(self) -> Human:
        return self.leads[0].human

    @property
    def list_email(self) -> str:
        return f"{self.key}-team@{DOMAIN}"

    def rostered(self, day: date) -> list[Human]:
        """Return the students on the team on ``day``, in roster order."""
        return [p.human for p in self.members if (p.starts or day) <= day <= (p.ends or day)]


@dataclass(slots=True)
class Groups:
    classes: list[SchoolClass] = field(default_factory=list)
    teams: dict[str, Team] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)
    """List address -> member addresses."""
    aliases: list[tuple[str, str]] = field(default_factory=list)
    """(person_id, further address)."""

    @property
    def in_teams(self) -> set[str]:
        places = (p for t in self.teams.values() for p in (*t.leads, *t.members))
        return {p.human.person_id for p in places}


VOLUNTEERS = {"bowling": "volunteer-1", "tennis": "volunteer-2", "newspaper": "volunteer-3"}
WITH_ASSISTANT = ("jv-soccer", "math-olympiad", "cheer")


def make_groups(rng: Random, period: Period, people: People) -> Groups:
    """Return who is in which class, team and list.

    No athlete sits in a class of his or her own coach (but two, on purpose), so that background
    mail to a class is never also mail to a part of a team.
    """
    groups = Groups()
    rows = _draw_classes(rng, people)
    _make_teams(rng, period, people, groups, rows)
    _add_drama_students(groups, rows)
    groups.classes = [SchoolClass(*row[:4], tuple(row[4])) for row in rows]
    _make_lists(people, groups)
    return groups


_ClassRow = tuple[str, str, str, Human, list[Human]]


def _draw_classes(rng: Random, people: People) -> list[_ClassRow]:
    cast = set(people.cast.values())
    pools = {
        s.school_id: [h for h in people.at(people.students, s.school_id) if h.person_id not in cast]
        for s in people.schools
    }
    rows: list[_ClassRow] = []
    for teacher in people.teachers():
        pool = pools[teacher.school_id or ""]
        for _ in range(3):
            size = min(len(pool), rng.randrange(17, 25))
            title = f"{rng.choice(SUBJECTS)} {rng.randrange(1, 5)}"
            number = f"K{len(rows) + 101}"
            seats = rng.sample(pool, size)
            rows.append((number, title, teacher.school_id or "", teacher, seats))
    return rows


def _make_teams(
    rng: Random, period: Period, people: People, groups: Groups, rows: list[_ClassRow]
) -> None:
    parts = set(people.cast.values())
    free_teachers = [t for t in people.teachers() if t.person_id not in parts]
    taken: set[str] = set(parts)
    for number, (key, (name, kind, sport, level)) in enumerate(TEAMS.items()):
        school = people.schools[number % len(people.schools)]
        head = free_teachers.pop(0)
        leads = [Place(head, "head_coach" if kind == "sport" else "adviser")]
        if key in VOLUNTEERS:
            leads.append(Place(people.part(VOLUNTEERS[key]), "volunteer_coach"))
        if key in WITH_ASSISTANT:
            leads.append(Place(free_teachers.pop(0), "assistant_coach"))
        lead_ids = {p.human.person_id for p in leads}
        taught = {h.person_id for row in rows if row[3].person_id in lead_ids for h in row[4]}
        pool = [
            h
            for h in people.at(people.students, school.school_id)
            if h.person_id not in taken and h.person_id not in taught
        ]
        size = 1 if key == "math-olympiad" else min(len(pool), rng.randrange(9, 14))
        chosen = rng.sample(pool, size)
        taken.update(h.person_id for h in chosen)
        over = key == "lacrosse"
        groups.teams[key] = Team(
            key,
            f"{school.short}-{key}",
            name,
            kind,
            sport,
            level,
            school.school_id,
            period.first - timedelta(days=250 if over else 60),
            period.first - timedelta(days=70) if over else period.last + timedelta(days=21),
            leads,
            [Place(h, "athlete" if kind == "sport" else "member") for h in chosen],
        )
    _date_places(period, groups)
    groups.teams["chess"].members.append(Place(people.part("homonym-a"), "member"))


def _date_places(period: Period, groups: Groups) -> None:
    """Let one swimmer join late, one bowler leave early, and one of two namesakes play chess."""
    swim, bowling = groups.teams["swim"].members, groups.teams["bowling"].members
    swim[-1] = Place(swim[-1].human, "athlete", starts=period.day(2, 0))
    bowling[-1] = Place(bowling[-1].human, "athlete", ends=period.day(1, 2))


def _add_drama_students(groups: Groups, rows: list[_ClassRow]) -> None:
    drama = groups.teams["drama"]
    row = next(row for row in rows if row[3] == drama.head)
    row[4].extend(place.human for place in drama.members[:2])


def _make_lists(people: People, groups: Groups) -> None:
    lists = groups.lists
    for school_class in groups.classes:
        lists[school_class.list_email] = [s.mail for s in school_class.students]
    for team in groups.teams.values():
        lists[team.list_email] = [p.human.mail for p in (*team.leads, *team.members)]
    stale = groups.teams["swim"]
    lists[stale.list_email].remove(stale.members[-1].human.mail)
    left = groups.teams["bowling"]
    lists[left.list_email].remove(left.members[-1].human.mail)
    faculty = []
    for school in people.schools:
        address = f"faculty-{school.short.lower()}@{DOMAIN}"
        faculty.append(address)
        lists[address] = [h.mail for h in people.at(people.staff, school.school_id)]
        pupils = people.at(people.students, school.school_id)
        homes = (g.mail for s in pupils for g in people.guardians_of(s))
        lists[f"families-{school.short.lower()}@{DOMAIN}"] = list(dict.fromkeys(homes))
    lists[f"all-staff@{DOMAIN}"] = faculty
    lists[f"independent-study@{DOMAIN}"] = []
