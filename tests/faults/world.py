"""A tiny district with an oracle: what its lake, items and coverage are when nothing goes wrong.

Its roster is dropped as real files and read by a real connector; its mail is dropped as a file or
served by a server. One clean night lies behind it when a trial begins.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq

from auditor import audit
from auditor.audit import District, Notice, SchoolSettings, Workplace
from auditor.itembook import stored_items
from auditor.keys import AddressRules, Keyring
from auditor.lake import Disk, Lake
from auditor.ledger import Ledger
from auditor.policy import Pack, load_pack
from auditor.result import Night, SourceState
from auditor.rule import Rule, load_rules
from auditor.source import DayState, Source, SourceContext
from connectors import mail as mail_connector
from connectors import oneroster, tables

ROOT = Path(__file__).resolve().parents[2]
ZONE = ZoneInfo("America/New_York")
RULES = AddressRules(district_domains=frozenset({"d.example"}))
KEYRING = Keyring(b"a pepper of 32 bytes, for tests.")
LAST_CLEAN, TONIGHT = date(2026, 11, 18), date(2026, 11, 19)
NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
WRITTEN = datetime(2026, 11, 20, 8, tzinfo=UTC).timestamp()
FIRST_WRITTEN = datetime(2026, 11, 19, 8, tzinfo=UTC).timestamp()
STUDENTS = [f"s{n}" for n in range(1, 25)]
STAFF = [f"t{n}" for n in range(1, 7)]


# ---- what happened -------------------------------------------------------------------------


@dataclass(frozen=True)
class Mail:
    """One message between district accounts."""

    name: str
    day: date
    sender: str
    to: tuple[str, ...]
    hour: int = 11

    @property
    def sent_at(self) -> datetime:
        return datetime.combine(self.day, time(self.hour), tzinfo=ZONE)


def day(number: int) -> date:
    return date(2026, 11, number)


FIRST_MAILS = (
    Mail("m1", day(16), "t1", ("s1",)),
    Mail("m2", day(16), "t1", ("s1", "t2")),
    Mail("m3", day(17), "t2", ("s2", "s3")),
    Mail("m4", day(18), "t3", ("s4",)),
    Mail("m5", day(18), "s5", ("t1",)),
)
"""What a first, clean night has read."""
LATE_MAILS = (
    Mail("m6", day(17), "t1", ("s6",)),  # sent before, and shown only now
    Mail("m7", day(19), "t1", ("s1",)),
    Mail("m8", day(19), "t2", ("s7",)),
    Mail("m9", day(19), "t2", ("s8", "t1")),
    Mail("m10", day(19), "t4", ("s9", "s10")),
    Mail("m11", day(19), "s2", ("s3",)),
)
MAILS = FIRST_MAILS + LATE_MAILS
SHOWN_LATE = frozenset(f"{m.name}@d.example" for m in LATE_MAILS if m.day <= LAST_CLEAN)


def one_to_one(mails: Iterable[Mail]) -> frozenset[tuple[str, str]]:
    """Say which pairs must be listed: an adult who wrote to one student and no other adult."""
    return frozenset(
        (m.sender, m.to[0]) for m in mails if m.sender in STAFF and len(m.to) == 1 and m.to[0] in STUDENTS
    )


# ---- the roster ----------------------------------------------------------------------------


@dataclass
class Person:
    id: str
    role: str
    email: str
    org: str = "10"
    grade: str = ""


@dataclass
class Roster:
    """The files of the roster, as values that a trial may change before they are written."""

    people: list[Person] = field(default_factory=list)
    schools: dict[str, str] = field(default_factory=lambda: {"10": "Alder High", "20": "Birch Middle"})
    files: dict[str, Callable[[str], str]] = field(default_factory=dict)
    """File name -> what is done to its text before it is written."""

    def write(self, folder: Path, written: float) -> None:
        users = ["sourcedId,status,enabledUser,username,givenName,familyName,email,agentSourcedIds,grades"]
        roles = ["sourcedId,status,userSourcedId,roleType,role,beginDate,endDate,orgSourcedId"]
        for one in self.people:
            users.append(f"{one.id},active,true,{one.id},{one.id.title()},Sample,{one.email},,{one.grade}")
            roles.append(f"R-{one.id},active,{one.id},primary,{one.role},,,{one.org}")
        orgs = ["sourcedId,status,name,type,identifier,parentSourcedId"]
        orgs += [f"{id_},active,{name},school,{id_}," for id_, name in self.schools.items()]
        texts = {"users.csv": users, "roles.csv": roles, "orgs.csv": orgs}
        texts["classes.csv"] = ["sourcedId,status,title,schoolSourcedId", "K1,active,Art,10"]
        texts["enrollments.csv"] = [
            "sourcedId,status,classSourcedId,schoolSourcedId,userSourcedId,role",
            "E1,active,K1,10,t6,teacher", "E2,active,K1,10,s20,student", "E3,active,K1,10,s21,student",
        ]  # fmt: skip
        folder.mkdir(parents=True, exist_ok=True)
        for name, lines in texts.items():
            text = "\n".join(lines) + "\n"
            change = self.files.get(name)
            text = text if change is None else change(text)
            (folder / name).write_bytes(text.encode("utf-8", "surrogateescape"))
            os.utime(folder / name, (written, written))


def usual_roster(more: int = 0) -> Roster:
    """Return the people everybody writes to, and ``more`` students who only are there."""
    students = [*STUDENTS, *(f"x{n}" for n in range(more))]
    people = [Person(s, "student", f"{s}@d.example", "20" if n % 3 else "10", "9") for n, s in enumerate(students)]
    people += [Person(t, "teacher", f"{t}@d.example", "10" if t != "t6" else "20") for t in STAFF]
    people.append(Person("p1", "principal", "p1@d.example"))
    return Roster(people)


# ---- the place -----------------------------------------------------------------------------


@cache
def policy() -> tuple[Pack, dict[str, Rule]]:
    """Return the policy, cut down to two checks: trials are many, and checks have their own tests."""
    rules = dict(load_rules())
    known = {name: frozenset(rule.parameters) for name, rule in rules.items()}
    pack = load_pack(
        ROOT / "config/policies/injdb.toml", rules=known, quotes={}, switches={}, parameters={}
    )
    kept = ("direct-no-adult", "one-student-group")
    return replace(pack, bindings={rule: pack.bindings[rule] for rule in kept}), rules


def district() -> District:
    schools = {
        "10": SchoolSettings("Alder High", "AH", principal="p1"),
        "20": SchoolSettings("Birch Middle", "BM"),
    }
    told = Notice(date(2026, 1, 1), "letter", "Dana Example")
    return District("Tiny District", ZONE, RULES, schools, notice=told)


OpenLedger = Callable[[Path], Ledger]
OpenLake = Callable[[Path, Ledger, Disk | None], Lake]


@contextmanager
def workplace(
    folder: Path, disk: Disk | None = None, opening: OpenLedger = Ledger.open
) -> Iterator[Workplace]:
    pack, rules = policy()
    temp = folder / "temp"
    temp.mkdir(parents=True, exist_ok=True)
    with opening(folder / "ledger.sqlite") as ledger:
        lake = Lake(folder / "data", ledger, files=disk)
        yield Workplace(district(), ledger, lake, KEYRING, pack, rules, temp, "auditor test")


def context(folder: Path, name: str, title: str, ledger: Ledger, **settings: object) -> SourceContext:
    return SourceContext(
        name, title, ZONE.key, RULES, str(folder), settings, ledger.files_read(name)
    )


def roster_source(folder: Path, ledger: Ledger) -> Source:
    return oneroster.connect(context(folder, "roster", "Rosters", ledger, path="drop/oneroster"))


def table_source(folder: Path, ledger: Ledger) -> Source:
    return tables.connect(context(folder, "tables", "Tables", ledger, path="drop/tables"))


def mail_source(folder: Path, ledger: Ledger) -> Source:
    given = context(
        folder, "mail", "District e-mail", ledger,
        path="drop/mail", quiet_days=30, covers_from="2026-01-01",
    )  # fmt: skip
    return mail_connector.connect(given)


def drop_mail(folder: Path, name: str, mails: Iterable[Mail], written: float) -> None:
    """Drop mails as one mbox file."""
    path = folder / "drop/mail" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(_mbox(one) for one in mails))
    os.utime(path, (written, written))


def _mbox(one: Mail) -> str:
    return (
        "From x Tue Nov 24 06:00:00 2026\n"
        f"Message-ID: <{one.name}@d.example>\n"
        f"Date: {one.sent_at:%a, %d %b %Y %H:%M:%S %z}\n"
        f"From: {one.sender}@d.example\n"
        f"To: {', '.join(f'{to}@d.example' for to in one.to)}\n\n\n"
    )


# ---- what there is afterwards --------------------------------------------------------------


Held = tuple[str, datetime, frozenset[tuple[str | None, str]]]
"""A copy of a message: (native id, moment, parties)."""
Subject = tuple[str, int | None, int | None]
"""(rule, adult, student)"""
Listed = tuple[str, int | None, int | None, frozenset[str]]
"""(rule, adult, student, native ids of its messages)"""


@dataclass(frozen=True)
class Outcome:
    """Everything that a night must get right, as values that can be compared."""

    messages: Counter[Held]
    items: frozenset[Listed]
    unread: frozenset[tuple[str, date]]
    """Days of message sources that the coverage does not call read."""
    behind: frozenset[str]
    """Sources that the coverage does not call read in full."""
    gaps: tuple[str, ...]

    @property
    def complete(self) -> bool:
        return not (self.unread or self.behind or self.gaps)


def outcome(place: Workplace, last: date = TONIGHT) -> Outcome:
    """Read what is there, through the doors that pages are made from."""
    names: dict[int, str] = {}
    messages: Counter[Held] = Counter()
    files, party_files = place.lake.message_files(date.min, date.max, intact=True)
    parties: dict[tuple[str, int], list[tuple[str | None, str]]] = {}
    for path in party_files:
        for row in pq.ParquetFile(path).read().to_pylist():
            text = place.ledger.address_text(row["address_key"])
            parties.setdefault((_batch(path), row["message_key"]), []).append((text, row["role"]))
    for path in files:
        for row in pq.ParquetFile(path).read().to_pylist():
            names[row["message_key"]] = row["native_id"]
            found = frozenset(parties[_batch(path), row["message_key"]])
            messages[row["native_id"], row["sent_at"].astimezone(UTC), found] += 1
    with place.ledger.read() as connection:
        stored = stored_items(connection)
    items = frozenset(
        (i.subject.rule, i.subject.adult, i.subject.student, frozenset(names[h.message] for h in i.hits))
        for i in stored
        if i.withdrawn_on is None and i.hits
    )
    stated = audit.coverage(place, last - timedelta(days=6), last)
    unread = frozenset(
        (s.source, d.day) for s in stated.sources for d in s.days if d.state is not DayState.READ
    )
    behind = frozenset(s.source for s in stated.sources if s.state is not SourceState.FULL)
    return Outcome(messages, items, unread, behind, stated.gaps)


def _batch(path: Path) -> str:
    """Return what a file of messages and that of their parties have in common."""
    return "/".join(path.parts[-3:-1]) + path.name.rsplit("-", 2)[0]


def pairs(place: Workplace, found: Outcome) -> frozenset[tuple[str, str]]:
    """Return the pairs of adult and student that are listed, by their ids."""
    ids: dict[int | None, str] = {KEYRING.person(one): one for one in (*STAFF, *STUDENTS)}
    return frozenset((ids[adult], ids[student]) for _, adult, student, _ in found.items)


def night(
    place: Workplace, sources: Sequence[Source], *, last: date = TONIGHT, now: datetime = NOW,
    progress: Callable[[str], None] = lambda _: None,
) -> Night:  # fmt: skip
    return audit.nightly(place, sources, audit_date=last, now=now, progress=progress)


def file_sources(folder: Path, ledger: Ledger) -> list[Source]:
    return [roster_source(folder, ledger), mail_source(folder, ledger)]


def begin(folder: Path, more_students: int = 0) -> None:
    """Make the district and let one clean night pass, with its mail dropped as a file."""
    usual_roster(more_students).write(folder / "drop/oneroster", FIRST_WRITTEN)
    drop_mail(folder, "first.mbox", FIRST_MAILS, FIRST_WRITTEN)
    with workplace(folder) as place:
        done = night(place, file_sources(folder, place.ledger), last=LAST_CLEAN, now=NOW - timedelta(days=1))
        assert done.exit_code == 0, done.coverage
    drop_mail(folder, "second.mbox", LATE_MAILS, WRITTEN)


def copy_of(template: Path, folder: Path) -> Path:
    shutil.copytree(template, folder)
    return folder
