"""Background mail among people: colleagues, classes, families, whole teams.

Nothing here may break a rule by accident. An adult's mail to one student always has another adult
or that student's guardian on it; teachers who lead a team write only to whole classes and whole
teams; planted students are left alone, and teams on days around their planted ones.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from random import Random

from benchmarks.sample.calendar import is_school_day, later, working_time
from benchmarks.sample.envelope import Mail, Outbox
from benchmarks.sample.people import Human
from benchmarks.sample.planted import Stage
from benchmarks.sample.teams import SchoolClass, Team

NO_TEAM_MAIL = ("lacrosse", "math-olympiad", "newspaper")
"""Season over; a team of one; one whose every message counts in a story."""


class Background:
    """Everyday life around the planted stories of ``stage``."""

    def __init__(self, rng: Random, stage: Stage) -> None:
        self.rng = rng
        self.stage = stage
        self.people = stage.people
        self.outbox: Outbox = stage.outbox
        self.plain_teachers = stage.teachers()
        plain = {t.person_id for t in self.plain_teachers}
        self.classes = {
            t.person_id: [c for c in stage.groups.classes if c.teacher == t]
            for t in self.people.teachers()
        }
        self.plain_classes = [c for c in stage.groups.classes if c.teacher.person_id in plain]
        self.by_school = {
            s.school_id: self.people.at(self.people.staff, s.school_id) for s in self.people.schools
        }

    def run(self) -> None:
        """Send every day's mail, in order of days."""
        for day in self.stage.period.days():
            if is_school_day(day):
                self._school_day(day)
            else:
                self._quiet_day(day)

    def _school_day(self, day: date) -> None:
        for adult in self.people.staff:
            for _ in range(self.rng.choice((0, 1, 1, 2))):
                self.colleague_thread(adult, working_time(self.rng, day))
        for teacher in self.people.teachers():
            if self.rng.random() < 0.35:
                self.class_mail(teacher, working_time(self.rng, day))
        for teacher in self.plain_teachers:
            self._often(1.2, day, teacher, self.family_mail)
            self._often(0.3, day, teacher, self.copied_mail)
            self._often(0.5, day, teacher, self.student_asks)
        for team in self.stage.groups.teams.values():
            if self.rng.random() < 0.3:
                self.team_mail(team, day)

    def _quiet_day(self, day: date) -> None:
        for _ in range(max(2, len(self.plain_teachers) // 4)):
            self.student_asks(self.rng.choice(self.plain_teachers), working_time(self.rng, day))
            self.colleague_thread(
                self.rng.choice(self.people.staff), working_time(self.rng, day, evenings=0.6)
            )

    def _often(
        self, mean: float, day: date, teacher: Human, send: Callable[[Human, datetime], None]
    ) -> None:
        for _ in range(int(mean) + (self.rng.random() < mean % 1)):
            send(teacher, working_time(self.rng, day))

    # ---- who -----------------------------------------------------------------------------

    def free_student(self, school_class: SchoolClass) -> Human | None:
        """Return a student of the class whom no story has reserved, if one comes up."""
        student = self.rng.choice(school_class.students)
        return None if student.person_id in self.stage.reserved else student

    def second_adult(self, student: Human) -> Human:
        """Return a guardian of the student, else the school's counselor or nurse."""
        guardians = self.people.guardians_of(student)
        if guardians and self.rng.random() < 0.6:
            return self.rng.choice(guardians)
        return self.stage.at_school("nurse" if self.rng.random() < 0.2 else "counselor", student)

    # ---- what ----------------------------------------------------------------------------

    def colleague_thread(self, adult: Human, at: datetime) -> None:
        around = self.by_school.get(adult.school_id or "", self.people.staff)
        others = [h for h in self.rng.sample(around, min(4, len(around))) if h != adult]
        to = others[: self.rng.choice((1, 1, 2, 3))]
        mail = self.outbox.mail(at, adult, list(to), cc=list(others[3:]))
        for _ in range(self.rng.choice((0, 0, 1, 1, 2))):
            at = later(at, self.rng.randrange(4, 90))
            mail = self.outbox.mail(at, self.rng.choice(to), [adult], after=mail)

    def class_mail(self, teacher: Human, at: datetime) -> None:
        school_class = self.rng.choice(self.classes[teacher.person_id])
        mail = self.outbox.mail(at, teacher, [school_class.list_email])
        answering = self.free_student(school_class)
        if answering is not None and self.rng.random() < 0.3:
            self.outbox.mail(later(at, 45), answering, [teacher], after=mail)
        if school_class in self.plain_classes and self.rng.random() < 0.3:
            some = self.rng.sample(school_class.students, self.rng.randrange(2, 6))
            free: list[Human | str] = [s for s in some if s.person_id not in self.stage.reserved]
            if len(free) > 1:
                self.outbox.mail(later(at, 20), teacher, free)

    def family_mail(self, teacher: Human, at: datetime) -> None:
        student = self.free_student(self.rng.choice(self.classes[teacher.person_id]))
        guardians = [] if student is None else self.people.guardians_of(student)
        if student is None or not guardians:
            return
        copies: list[Human | str] = [student] if self.rng.random() < 0.15 else []
        if self.rng.random() < 0.4:
            mail = self.outbox.mail(at, guardians[0], [teacher], cc=copies)
            at = later(at, self.rng.randrange(10, 300))
            self.outbox.mail(at, teacher, [guardians[0]], cc=copies, after=mail)
        else:
            self.outbox.mail(at, teacher, list(guardians), cc=copies)

    def copied_mail(self, teacher: Human, at: datetime) -> None:
        """Write to one student the way the policy asks for: with a second adult, throughout."""
        student = self.free_student(self.rng.choice(self.classes[teacher.person_id]))
        if student is None:
            return
        second = self.second_adult(student)
        mail = self.outbox.mail(at, teacher, [student], cc=[second])
        if self.rng.random() < 0.5:
            at = later(at, self.rng.randrange(5, 200))
            reply = self.outbox.mail(at, student, [teacher], cc=[second], after=mail)
            self.outbox.mail(later(at, 15), teacher, [student], cc=[second], after=reply)

    def student_asks(self, teacher: Human, at: datetime) -> None:
        """A student's mail, left alone or answered with a second adult."""
        student = self.free_student(self.rng.choice(self.classes[teacher.person_id]))
        if student is None:
            return
        mail = self.outbox.mail(at, student, [teacher])
        if self.rng.random() < 0.4:
            second = self.second_adult(student)
            at = later(at, self.rng.randrange(5, 120))
            self.outbox.mail(at, teacher, [student], cc=[second], after=mail)

    def team_mail(self, team: Team, day: date) -> None:
        """A lead writes to everybody who is on the team that day."""
        if team.key in NO_TEAM_MAIL or day in self.stage.busy[team.key]:
            return
        rostered = team.rostered(day)
        listed = set(self.stage.groups.lists[team.list_email])
        lead = self.rng.choice(team.leads).human
        to: list[Human | str] = [team.list_email]
        if any(s.mail not in listed for s in rostered):
            to = list(rostered)
        director: list[Human | str] = [self.people.part("athletic-director")]
        at = working_time(self.rng, day, evenings=0.4)
        mail: Mail = self.outbox.mail(at, lead, to, cc=director if self.rng.random() < 0.5 else [])
        athlete = self.rng.choice(rostered)
        if athlete.person_id not in self.stage.reserved and self.rng.random() < 0.15:
            self.outbox.mail(later(at, 40), athlete, [lead], after=mail)
