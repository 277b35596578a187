"""The stage on which the stories of the sample district are played.

A story sends a few messages between reserved people and states what the audit must make of them.
Background traffic never touches a reserved student, nor a team near its planted days, so the
table is complete: whatever it does not list as an item must not be one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from benchmarks.sample.calendar import TIMEZONE, Period
from benchmarks.sample.envelope import AppPost, Box, Mail, Outbox
from benchmarks.sample.people import Human, People
from benchmarks.sample.teams import Groups, Team
from benchmarks.sample.truths import COVERED, Approval, Sent, Truth, native_id

Row = tuple[object, ...]

@dataclass(slots=True)
class Stage:
    period: Period
    people: People
    groups: Groups
    outbox: Outbox
    truths: list[Truth] = field(default_factory=list)
    approvals: list[Approval] = field(default_factory=list)
    personal: list[tuple[str, str]] = field(default_factory=list)
    """(person_id, personal e-mail)."""
    records: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    """Table of what an office put on record -> its rows, in the order of its columns."""
    digests_from: dict[str, date] = field(default_factory=dict)
    """Team key -> first day of its digest of that week, where that is not the Monday."""
    no_handbook: set[str] = field(default_factory=set)
    """Staff of whom a story says when they reviewed the handbook, or that they did not."""
    reserved: set[str] = field(default_factory=set)
    busy: dict[str, set[date]] = field(default_factory=lambda: defaultdict(set))
    """Team key -> days on which its planted messages are sent."""
    _turn: int = 0

    # ---- casting -------------------------------------------------------------------------

    def teachers(self) -> list[Human]:
        """Return the teachers who neither lead a team nor play a part."""
        busy = self.groups.in_teams | set(self.people.cast.values())
        return [t for t in self.people.teachers() if t.person_id not in busy]

    def pair(self) -> tuple[Human, Human]:
        """Return the next teacher and a fresh student of the same school, with guardians."""
        teachers = self.teachers()
        teacher = teachers[self._turn % len(teachers)]
        self._turn += 1
        return teacher, self.student(teacher.school_id)

    def student(self, school_id: str | None, *, unrelated: Human | None = None) -> Human:
        """Return and reserve a student in no team and no other story, whom no part was given.

        It is no sister or brother of ``unrelated``.
        """
        out = self.reserved | self.groups.in_teams | set(self.people.cast.values())
        family = set() if unrelated is None else set(unrelated.guardians)
        for student in self.people.at(self.people.students, school_id):
            if family.intersection(student.guardians):
                continue
            if student.person_id not in out and self.people.guardians_of(student):
                self.reserved.add(student.person_id)
                return student
        raise ValueError(f"not enough students at {school_id}: raise --students")

    def part(self, name: str) -> Human:
        human = self.people.part(name)
        self.reserved.add(human.person_id)
        return human

    def team(self, key: str) -> tuple[Team, Human, list[Human]]:
        """Return a team, its head and its students, and keep background mail off its week."""
        team = self.groups.teams[key]
        return team, team.head, [p.human for p in team.members]

    def at_school(self, post: str, human: Human) -> Human:
        """Return the holder of a post ("principal", "counselor", "office") at one's school."""
        school = next(s for s in self.people.schools if s.school_id == human.school_id)
        return self.people.part(f"{post}-{school.short}")

    def guardian(self, student: Human) -> Human:
        return self.people.guardians_of(student)[0]

    def personal_address(self, human: Human) -> str:
        """Give somebody a personal address that the district has on file."""
        address = f"{human.mail.partition('@')[0]}.home@letterbox.example"
        if (human.person_id, address) not in self.personal:
            self.personal.append((human.person_id, address))
        return address

    # ---- sending -------------------------------------------------------------------------

    def mail(
        self,
        when: tuple[int, int, str],
        sender: Human | str | Box,
        *to: Human | str,
        cc: Iterable[Human | str] = (),
        bcc: Iterable[Human | str] = (),
        after: Mail | None = None,
        headers: tuple[tuple[str, str], ...] = (),
        content_type: str = "text/plain; charset=utf-8",
    ) -> Mail:
        """Send a mail at (week, weekday, "HH:MM") local time."""
        return self.outbox.mail(
            self.period.at(*when),
            sender,
            list(to),
            cc=list(cc),
            bcc=list(bcc),
            after=after,
            headers=headers,
            content_type=content_type,
        )

    def app(self, when: tuple[int, int, str], tool: str, sender: Human, *to: Human) -> AppPost:
        """Send a message through one of the apps whose logs the district gets."""
        return self.outbox.app(self.period.at(*when), tool, sender, to)

    # ---- stating the truth ---------------------------------------------------------------

    def expect(
        self,
        row_id: str,
        rule: str,
        expect: str,
        story: str,
        adult: Human,
        about: Human | Team | None,
        messages: Iterable[Sent],
        *,
        thing: str | None = None,
        codes: str = "",
        related: Iterable[Sent] = (),
        covered: Iterable[Sent] | None = None,
        since: date | None = None,
    ) -> None:
        """State one row on messages. ``covered`` defaults to all messages of a covered row."""
        sent = tuple(messages)
        if covered is None:
            covered = sent if expect == COVERED else ()
        if isinstance(about, Team):
            days = {m.sent_at.astimezone(TIMEZONE).date() for m in sent}
            self.busy[about.key] |= {d + timedelta(days=n) for d in days for n in range(-2, 3)}
        student = about if isinstance(about, Human) else None
        team = about if isinstance(about, Team) else None
        self.truths.append(
            Truth(
                *(row_id, rule, expect, story, *_ids(adult, student, team), thing),
                records=False,
                native_ids=tuple(native_id(m) for m in sent),
                related_ids=tuple(native_id(m) for m in related),
                covered_ids=tuple(native_id(m) for m in covered),
                codes=tuple(codes.split()),
                since=since,
            )
        )

    def expect_record(
        self,
        row_id: str,
        rule: str,
        expect: str,
        story: str,
        *labels: str,
        adult: Human | None = None,
        student: Human | None = None,
        team: Team | None = None,
        thing: str | None = None,
        codes: str = "",
        since: date | None = None,
    ) -> None:
        """State one row on records; ``labels`` are what their own tables call them."""
        self.truths.append(
            Truth(
                *(row_id, rule, expect, story, *_ids(adult, student, team), thing),
                records=True,
                native_ids=labels,
                related_ids=(),
                covered_ids=labels if expect == COVERED else (),
                codes=tuple(codes.split()),
                since=since,
            )
        )

    def file(self, table: str, *cells: object) -> None:
        """Put a row on record; a person stands for their id, what is not known for a blank."""
        row = (c.person_id if isinstance(c, Human) else "" if c is None else c for c in cells)
        self.records[table].append(tuple(row))

    def approve(
        self,
        ground: str,
        adult: Human,
        student: Human | None,
        by: Human,
        by_role: str,
        *,
        team: Team | None = None,
        granted: date | None = None,
        starts: date | None = None,
        ends: date | None = None,
        condition: str = "",
        reason_code: str = "",
        tool: str = "",
        requested_by: Human | None = None,
    ) -> str:
        """File an approval, by default one given well before the period and running past it.

        Returns its id.
        """
        day = granted or self.period.first - timedelta(days=30)
        _, student_id, team_id = _ids(adult, student, team)
        number = f"AUTH-{len(self.approvals) + 1:03d}"
        self.approvals.append(
            Approval(
                number,
                ground,
                *(adult.person_id, student_id or "", team_id or "", tool),
                *(by.person_id, by_role),
                datetime(day.year, day.month, day.day, 9, 30, tzinfo=TIMEZONE),
                *(starts or day, ends or self.period.last + timedelta(days=120)),
                *(condition, reason_code),
                f"office file {len(self.approvals) + 1}",
                "" if requested_by is None else requested_by.person_id,
            )
        )
        return number


def _ids(
    adult: Human | None, student: Human | None, team: Team | None
) -> tuple[str | None, str | None, str | None]:
    return (
        None if adult is None else adult.person_id,
        None if student is None else student.person_id,
        None if team is None else team.team_id,
    )
