"""A fast in-memory district for measurements: no files, no stories, only volume and shape.

About 3.2 parties a message; most mail is between colleagues, with families and from machines, a
little is what each rule looks for. Parties are made once and shared, so that making a message costs
less than auditing it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random

import pyarrow as pa

from auditor.keys import Keyring
from auditor.model import Address, AddressKind, Automation, Channel, Message, Party, PartyRole

FIRST, LAST = date(2026, 10, 26), date(2026, 11, 22)
_OPEN_START = (date.min - date(1970, 1, 1)).days
_OPEN_END = (date.max - date(1970, 1, 1)).days
_DAYS = (LAST - FIRST).days + 1
_CLASS, _TEAM = 24, 15
"""Members of a class, and of a team."""

Parties = tuple[Party, ...]


@dataclass(frozen=True, slots=True)
class _Faces:
    """One address in every role it takes."""

    sender: Party
    to: Party
    cc: Party
    member: Party


def _faces(email: str) -> _Faces:
    address = Address(AddressKind.EMAIL, email)
    roles = (PartyRole.FROM, PartyRole.TO, PartyRole.CC, PartyRole.MEMBER)
    return _Faces(*(Party(address, role) for role in roles))


def bench_world(messages: int, seed: int) -> BenchWorld:
    """Return a district whose size suits ``messages`` over four weeks; same seed, same stream."""
    return BenchWorld(messages, seed)


class BenchWorld:
    """Staff ``n`` teaches students ``20n .. 20n+23``; every tenth leads a team."""

    first_day = (FIRST - date(1970, 1, 1)).days
    last_day = (LAST - date(1970, 1, 1)).days

    def __init__(self, messages: int, seed: int) -> None:
        """``messages`` is how many the stream yields."""
        self.count, self.seed = messages, seed
        self.staff_count = max(60, messages // 1600)
        self.student_count = self.staff_count * 12
        self.teams = self.staff_count // 10
        self._staff = [_faces(f"t{n}@marlow.example") for n in range(self.staff_count)]
        self._students = [
            _faces(f"s{n}@students.marlow.example") for n in range(self.student_count)
        ]
        self._guardians = [_faces(f"g{n}@homemail.example") for n in range(self.student_count)]
        self._lists = [_faces(f"class-{n}@marlow.example") for n in range(self.staff_count)]
        self._homes = [_faces(f"t{n}@letterbox.example") for n in range(self.staff_count)]
        self._machine = _faces("notify@lms.example")

    # ---- the directory -------------------------------------------------------------------

    def taught(self, teacher: int) -> list[int]:
        """Return the numbers of a teacher's students."""
        return [(teacher * 20 + n) % self.student_count for n in range(_CLASS)]

    def on_team(self, team: int) -> list[int]:
        """Return the numbers of a team's students; its lead is teacher ``10 * team``."""
        half = self.student_count // 2
        return [(half + team * _TEAM + n) % self.student_count for n in range(_TEAM)]

    def directory_tables(self, keyring: Keyring) -> dict[str, pa.Table]:
        """Return the base directory tables that the engine joins with, all intervals open."""
        person, address = keyring.person, self._address_key(keyring)
        staff = [person(f"T{n}") for n in range(self.staff_count)]
        students = [person(f"S{n}") for n in range(self.student_count)]
        guardians = [person(f"G{n}") for n in range(self.student_count)]
        named = [
            *((k, f"T{n}", "Staff", str(n), None) for n, k in enumerate(staff)),
            *((k, f"S{n}", "Student", str(n), f"{n % 4 + 9}") for n, k in enumerate(students)),
            *((k, f"G{n}", "Guardian", str(n), None) for n, k in enumerate(guardians)),
        ]
        faces = [
            *((address(f), k, "district") for f, k in zip(self._staff, staff, strict=True)),
            *((address(f), k, "district") for f, k in zip(self._students, students, strict=True)),
            *((address(f), k, "outside") for f, k in zip(self._guardians, guardians, strict=True)),
            *((address(f), k, "personal") for f, k in zip(self._homes, staff, strict=True)),
        ]
        coaches = [staff[10 * team] for team in range(self.teams)]
        hats = [
            *((k, "staff", f"school-{n % 8}") for n, k in enumerate(staff)),
            *((k, "student", f"school-{n % 8}") for n, k in enumerate(students)),
            *((k, "guardian", None) for k in guardians),
            *((k, "coach", None) for k in coaches),
        ]
        classes, teams, lists = [], [], []
        for n, key in enumerate(staff):
            class_key = keyring.school_class(f"K{n}")
            classes.append((class_key, key, "teacher"))
            for s in self.taught(n):
                classes.append((class_key, students[s], "student"))
                lists.append((address(self._lists[n]), address(self._students[s])))
        for team, key in enumerate(coaches):
            team_key = keyring.team(f"M{team}")
            teams.append((team_key, key, "head_coach"))
            teams += [(team_key, students[s], "athlete") for s in self.on_team(team)]
        return {
            "person": _table(
                named, "person_key", "person_id", "given_name", "family_name", "grade"
            ),
            "person_address": _dated(faces, "address_key", "person_key", "kind"),
            "person_role": _dated(hats, "person_key", "role", "school_id"),
            "class_member": _dated(classes, "class_key", "person_key", "role"),
            "team_member": _dated(teams, "team_key", "person_key", "role"),
            "guardian": _dated(
                list(zip(guardians, students, strict=True)), "guardian_key", "student_key"
            ),
            "group_member": _dated(lists, "group_key", "member_key"),
            "list_address": _table([(address(f),) for f in self._lists], "address_key"),
            "day": _table([], "day", "is_school_day"),
        }

    @staticmethod
    def _address_key(keyring: Keyring) -> Callable[[_Faces], int]:
        return lambda faces: keyring.address(faces.to.address)

    # ---- the stream ----------------------------------------------------------------------

    def messages(self) -> Iterator[Message]:
        """Yield the messages in order of sending, always the same for a seed."""
        rng = Random(f"{self.seed}/stream")
        start = datetime(FIRST.year, FIRST.month, FIRST.day, 12, tzinfo=UTC)
        draw, mail, chat = rng.random, Channel.EMAIL, Channel.CHAT
        per_day = max(1, -(-self.count // _DAYS))
        seconds = 36_000 / per_day
        thread = ""
        copied: Parties = ()
        for n in range(self.count):
            day, turn = divmod(n, per_day)
            sent_at = start + timedelta(day, turn * seconds)
            native_id = f"{n:x}.{self.seed}@bench.marlow.example"
            kind = draw()
            if kind < 0.05:
                parties = self._chat(draw)
                space = f"space-{parties[-1].address.text}"
                yield Message(native_id, chat, "chat", sent_at, parties, container=space)
                continue
            automated = Automation.NO
            if kind < 0.25:
                parties, automated = self._notice(draw), Automation.NOTIFICATION
            else:
                parties = self._mail(kind, draw)
            if not thread or draw() < 0.6:
                thread = native_id
            if copied and thread != native_id and draw() < 0.02:
                parties = copied[:2]  # the next mail of the thread, the colleague left off
            copied = parties if self._is_copied(parties) else ()
            yield Message(
                native_id, mail, "gmail", sent_at, parties, native_id, thread, None, automated
            )

    def _notice(self, draw: Callable[[], float]) -> Parties:
        return (self._machine.sender, self._students[int(draw() * self.student_count)].to)

    def _chat(self, draw: Callable[[], float]) -> Parties:
        teacher = int(draw() * self.staff_count)
        author = self._staff[teacher].sender
        students = self._students
        if self._writes_alone(teacher) and draw() < 0.1:
            return (author, students[self.taught(teacher)[0]].member)
        size = 2 + int(draw() * 6)
        aide = self._staff[teacher - 1].member
        return (author, aide, *(students[n].member for n in self.taught(teacher)[:size]))

    def _mail(self, kind: float, draw: Callable[[], float]) -> Parties:
        staff = self._staff
        teacher = int(draw() * self.staff_count)
        sender = staff[teacher].sender
        if kind < 0.65:
            size = 1 + int(draw() * 2.5)
            return (sender, *(staff[int(draw() * self.staff_count)].to for _ in range(size)))
        student = (teacher * 20 + int(draw() * _CLASS)) % self.student_count
        if kind < 0.79:
            guardian = self._guardians[student]
            if draw() < 0.5:
                return (guardian.sender, staff[teacher].to, staff[teacher - 1].cc)
            return (sender, guardian.to)
        if kind < 0.95:
            return self._to_students(kind, teacher, student)
        return (self._students[student].sender, staff[teacher].to)

    def _to_students(self, kind: float, teacher: int, student: int) -> Parties:
        staff, students = self._staff, self._students
        if kind < 0.84:
            return (staff[teacher].sender, self._lists[teacher].to)
        if kind < 0.86:
            return (staff[teacher].sender, *(students[n].to for n in self.taught(teacher)))
        if kind < 0.87:
            team = teacher % self.teams
            told = self.on_team(team)[: _TEAM // 3 if team % 10 == 0 else _TEAM]
            return (staff[10 * team].sender, *(students[n].to for n in told))
        if kind < 0.871:
            return (self._homes[teacher].sender, students[student].to, staff[teacher - 1].cc)
        if kind < 0.90 and self._writes_alone(teacher):
            return (staff[teacher].sender, students[student].to)
        return (staff[teacher].sender, students[student].to, staff[teacher - 1].cc)

    @staticmethod
    def _is_copied(parties: Parties) -> bool:
        """Whether it is a mail to one person with one other copied."""
        return [p.role for p in parties] == [PartyRole.FROM, PartyRole.TO, PartyRole.CC]

    @staticmethod
    def _writes_alone(teacher: int) -> bool:
        """Let few do it: a rule that most of a staff would break is a fault, not a workload."""
        return teacher % 20 == 1


def _kind(column: str) -> pa.DataType:
    return pa.int64() if column.endswith(("_key", "day")) else pa.string()


def _table(rows: Sequence[Sequence[object]], *columns: str) -> pa.Table:
    arrays = [
        pa.array([row[place] for row in rows], type=_kind(column))
        for place, column in enumerate(columns)
    ]
    return pa.table(arrays, names=list(columns))


def _dated(rows: Sequence[Sequence[object]], *columns: str) -> pa.Table:
    always = (_OPEN_START, _OPEN_END)
    return _table([(*row, *always) for row in rows], *columns, "from_day", "until_day")
