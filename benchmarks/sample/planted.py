"""The table of planted truths, and the stage on which its stories are played.

A story sends a few messages between reserved people and states what the audit must make of them.
Background traffic never touches a reserved student, nor a team near its planted days, so the
table is complete: whatever it does not list as an item must not be one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta

from benchmarks.sample.calendar import TIMEZONE, Period
from benchmarks.sample.envelope import Box, Mail, Note, Outbox, Post
from benchmarks.sample.people import Human, People
from benchmarks.sample.teams import Groups, Team

DIRECT = "direct-no-adult"
DROPPED = "adult-dropped-mid-thread"
PARTIAL = "coach-partial-team"
PERSONAL = "personal-address-traffic"
SPACE = "two-person-space"

ITEM, COVERED, QUIET, UNCERTAIN = "item", "covered", "quiet", "uncertain item"

Sent = Mail | Post | Note


@dataclass(frozen=True, slots=True)
class Truth:
    """One row of the table; ids are those the sources themselves use."""

    id: str
    rule: str
    expect: str
    story: str
    adult: str
    student: str | None
    team: str | None
    native_ids: tuple[str, ...]
    """Messages that make the item; for a quiet row, messages that must be in no item at all."""
    related_ids: tuple[str, ...]
    """The student's own messages around them, which an item may show or not."""
    covered_ids: tuple[str, ...]
    """Those of ``native_ids`` that an approval or tie covers."""
    codes: tuple[str, ...]
    """The false-positive codes of the policy reading that the row proves."""


@dataclass(frozen=True, slots=True)
class Approval:
    """One row of authorizations.csv."""

    authorization_id: str
    ground: str
    adult: str
    student: str
    team: str
    granted_by: str
    granted_by_role: str
    granted_at: datetime
    starts_on: date
    ends_on: date
    condition: str
    reason_code: str
    evidence: str


def native_id(sent: Sent) -> str:
    return sent.message_id if isinstance(sent, Mail) else sent.external_id


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

    def student(self, school_id: str | None) -> Human:
        """Return and reserve a student in no team and no other story, whom no part was given."""
        out = self.reserved | self.groups.in_teams | set(self.people.cast.values())
        for student in self.people.at(self.people.students, school_id):
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
        codes: str = "",
        related: Iterable[Sent] = (),
        covered: Iterable[Sent] | None = None,
    ) -> None:
        """State one row. ``covered`` defaults to all messages of a covered row."""
        sent = tuple(messages)
        if covered is None:
            covered = sent if expect == COVERED else ()
        if isinstance(about, Team):
            days = {m.sent_at.astimezone(TIMEZONE).date() for m in sent}
            self.busy[about.key] |= {d + timedelta(days=n) for d in days for n in range(-2, 3)}
        self.truths.append(
            Truth(
                row_id,
                rule,
                expect,
                story,
                adult.person_id,
                about.person_id if isinstance(about, Human) else None,
                about.team_id if isinstance(about, Team) else None,
                tuple(native_id(m) for m in sent),
                tuple(native_id(m) for m in related),
                tuple(native_id(m) for m in covered),
                tuple(codes.split()),
            )
        )

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
    ) -> None:
        """File an approval, by default one given well before the period and running past it."""
        day = granted or self.period.first - timedelta(days=30)
        self.approvals.append(
            Approval(
                f"AUTH-{len(self.approvals) + 1:03d}",
                ground,
                adult.person_id,
                "" if student is None else student.person_id,
                "" if team is None else team.team_id,
                by.person_id,
                by_role,
                datetime(day.year, day.month, day.day, 9, 30, tzinfo=TIMEZONE),
                starts or day,
                ends or self.period.last + timedelta(days=120),
                condition,
                reason_code,
                f"office file {len(self.approvals) + 1}",
            )
        )


def as_table(truths: Iterable[Truth], known: set[str]) -> list[dict[str, object]]:
    """Return the rows as JSON objects, cut down to the messages in ``known`` files."""
    rows: list[dict[str, object]] = []
    for truth in truths:
        row = asdict(truth)
        for column in ("native_ids", "related_ids", "covered_ids"):
            row[column] = [i for i in row[column] if i in known]
        if row["native_ids"]:
            rows.append(row)
    return rows
