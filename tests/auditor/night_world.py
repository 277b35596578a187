"""A district in memory for whole nights: lists and feeds whose every answer a test decides."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from auditor import audit, runbook, runlog
from auditor.directory import Delivered, day_number, deliver, from_tables, to_tables
from auditor.keys import AddressRules, Keyring
from auditor.lake import Lake
from auditor.ledger import Ledger
from auditor.model import (
    Address,
    AddressKind,
    AddressUse,
    Channel,
    GuardianLink,
    Hat,
    HatRole,
    Message,
    Party,
    PartyRole,
    Person,
    PersonAddress,
    PersonRef,
    School,
)
from auditor.policy import Pack, load_pack
from auditor.pulling import Pulled, pull
from auditor.records import Fact
from auditor.result import Night
from auditor.rosterguard import guarded
from auditor.rule import Rule, load_rules
from auditor.source import (
    CheckResult,
    DayCoverage,
    DayState,
    FactKind,
    Page,
    SourceContext,
    SourceError,
    Window,
)
from auditor.workplace import District, Notice, Workplace

ZONE = ZoneInfo("America/New_York")
TOLD = Notice(date(2020, 1, 1), "letter", "Dana Example")
RULES = AddressRules(district_domains=frozenset({"d.example"}))
KEYRING = Keyring(b"a pepper of 32 bytes, for tests.")
ROOT = Path(__file__).resolve().parents[2]
LISTS = frozenset((FactKind.PEOPLE, FactKind.GUARDIANS))


@cache
def rules() -> dict[str, Rule]:
    return load_rules()


@cache
def policy(*bound: str) -> Pack:
    known = {name: frozenset(rule.parameters) for name, rule in rules().items()}
    pack = load_pack(ROOT / "config/policies/injdb.toml", rules=known)
    return replace(pack, bindings={rule: pack.bindings[rule] for rule in bound})


def email(name: str) -> Address:
    return Address(AddressKind.EMAIL, f"{name}@d.example")


def person(name: str, role: HatRole, school: str = "10") -> tuple[Fact, ...]:
    ref = PersonRef(person_id=name)
    return (
        Person(name, name, "Sample"),
        Hat(ref, role, school),
        PersonAddress(ref, email(name), AddressUse.ROSTER),
    )


def guardian(name: str, student: str) -> tuple[Fact, ...]:
    tie = GuardianLink(PersonRef(person_id=student), PersonRef(person_id=name))
    return (Person(name, name, "Sample"), tie)


def mail(name: str, sent_at: datetime, sender: str, *to: str) -> Message:
    return Message(
        native_id=name,
        channel=Channel.EMAIL,
        tool="email",
        sent_at=sent_at,
        parties=(
            Party(email(sender), PartyRole.FROM),
            *(Party(email(one), PartyRole.TO) for one in to),
        ),
        rfc_message_id=f"{name}@d.example",
    )


def at(day: date, hour: int = 11, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), ZONE)


def context(name: str, title: str, **more: int) -> SourceContext:
    return SourceContext(name, title, ZONE.key, RULES, "", **more)  # type: ignore[arg-type]  # counts


@dataclass
class Lists:
    """A roster that says whatever the test puts into ``facts``."""

    context: SourceContext
    facts: list[Fact] = field(default_factory=list)
    failure: SourceError | None = None
    provides: frozenset[FactKind] = LISTS

    def check(self) -> list[CheckResult]:
        return []

    def pull(self, _: Window) -> Iterator[Page]:
        if self.failure is not None:
            raise self.failure
        yield Page(tuple(self.facts), records_read=len(self.facts))


@dataclass
class Feed:
    """A live source: it knows a message from ``visible`` on, and answers for what it is asked."""

    context: SourceContext
    clock: Callable[[], datetime]
    messages: list[tuple[datetime, Message]] = field(default_factory=list)
    """(when the source came to know of it, the message)."""
    silent: bool = False
    """It says nothing of its days."""
    units: Callable[[date], Sequence[DayCoverage]] | None = None
    jumps: bool = False
    """It brings what is of days to come."""
    asked: list[tuple[datetime, datetime]] = field(default_factory=list)
    page: int = 50
    provides = frozenset({FactKind.MESSAGES})

    def check(self) -> list[CheckResult]:
        return []

    def add(self, message: Message, visible: datetime | None = None) -> None:
        self.messages.append((visible or message.sent_at, message))

    def pull(self, window: Window) -> Iterator[Page]:
        begins, ends = window.span(ZONE)
        self.asked.append((begins, ends))
        known = [
            message
            for visible, message in self.messages
            if visible <= self.clock() and begins <= message.sent_at and (self.jumps or message.sent_at < ends)
        ]
        for start in range(0, len(known), self.page):
            some = tuple(known[start : start + self.page])
            yield Page(some, records_read=len(some))
        if not self.silent:
            yield Page(coverage=tuple(self._days(window, known)))

    def _days(self, window: Window, known: Sequence[Message]) -> Iterator[DayCoverage]:
        day = window.since or window.first
        while day <= window.last:
            count = sum(m.sent_at.astimezone(ZONE).date() == day for m in known)
            yield DayCoverage(day, DayState.READ, count)
            if self.units is not None:
                yield from self.units(day)
            day += timedelta(days=1)


class NightWorld:
    """A district with storage of its own, and the time it is there."""

    def __init__(self, folder: Path, ledger: Ledger, *bound: str) -> None:
        self.now = datetime(2026, 3, 10, 9, tzinfo=UTC)
        self._state = from_tables({})
        self.taken: list[Pulled] = []
        self.kept = False
        """Whether ``deliver`` writes the directory where a night looks for it."""
        self.place = Workplace(
            district=District("Night district", ZONE, RULES, notice=TOLD, lookback_days=14),
            ledger=ledger,
            lake=Lake(folder / "lake", ledger),
            keyring=KEYRING,
            pack=policy(*bound),
            rules={rule: rules()[rule] for rule in rules()},
            temp=folder,
            software="tests",
        )
        self.roster = Lists(context("roster", "Rosters"), [School("10", "Alder High")])
        self.feed = Feed(context("chat", "Chat"), lambda: self.now)

    def people(self, students: int, staff: int = 3, *, school: str = "10") -> None:
        for n in range(students):
            self.roster.facts += person(f"s{school}-{n}", HatRole.STUDENT, school)
        for n in range(staff):
            self.roster.facts += person(f"t{school}-{n}", HatRole.STAFF, school)

    def drop(self, *names: str) -> None:
        """Take people off the roster with all that is said of them."""
        gone = frozenset(names)

        def of(fact: Fact) -> set[str | None]:
            refs = (getattr(fact, name, None) for name in ("person", "student", "guardian"))
            ids = {ref.person_id for ref in refs if ref is not None}
            return {*ids, getattr(fact, "person_id", None)}

        self.roster.facts = [fact for fact in self.roster.facts if not gone & of(fact)]

    def settings(self, **changed: object) -> None:
        district = replace(self.place.district, **changed)  # type: ignore[arg-type]  # by name
        self.place = replace(self.place, district=district)

    def deliver(self, day: date, *others: Lists) -> Pulled:
        """Take the roster in as a night does that has nothing else to do; return what came of it.

        Of ``others``, which are taken in after it, of the last.
        """
        self.now = at(day + timedelta(days=1), 5)
        place, lists = self.place, (self.roster, *others)
        before = self._state
        with place.ledger.begin() as connection:
            run_id = runlog.begin_run(connection, runbook.NIGHTLY, day, "tests", self.now)
        window = Window(day, day)
        pulled = [pull(place, one, window, run_id, now=self.now) for one in lists]

        def fold(some: Sequence[Pulled]) -> Delivered:
            said = {one.name: one.facts for one in some if one.failure is None}
            known = frozenset(one.context.name for one in lists)
            number, key = day_number(day), place.keyring
            return deliver(
                before, said, day=number, keyring=key, rules=RULES, configured=known
            )

        taken, delivered = guarded(
            place, before, pulled, fold, day=day_number(day), run_id=run_id, now=self.now
        )
        self._state = delivered.state
        if self.kept:
            place.lake.write_tables(to_tables(delivered.state), kind="directory", run_id=run_id)
        with place.ledger.begin() as connection:
            runlog.keep_outcome(connection, run_id, taken, (), (), ())
        self.taken = taken
        return taken[-1]

    def pull(self, day: date, run_id: str) -> Pulled:
        """Take the feed in on the morning after a day, as a night does, and judge nothing."""
        self.now = at(day + timedelta(days=1), 5)
        back = timedelta(days=self.place.district.lookback_days)
        return pull(self.place, self.feed, Window(day - back, day), run_id, now=self.now)

    def night(self, audit_date: date, *sources: object) -> Night:
        """Audit a day on the morning after it."""
        self.now = at(audit_date + timedelta(days=1), 5)
        return audit.nightly(
            self.place,
            [self.roster, *(sources or (self.feed,))],  # type: ignore[list-item]  # sources all
            audit_date=audit_date,
            now=self.now,
        )


@contextmanager
def night_world(folder: Path, *bound: str) -> Iterator[NightWorld]:
    """Yield a world whose policy binds some rules, or the one about students written to alone."""
    with Ledger.open(folder / "ledger.sqlite") as ledger:
        yield NightWorld(folder, ledger, *(bound or ("direct-no-adult",)))
