"""Any order of mail, late mail, pulls that fail or die, and nights, comes to what the oracle says.

What was on a day that is called read is in the lake, once; after a clean night exactly those are
listed who wrote to one student alone.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from auditor import audit, runbook, runlog
from auditor.audit import AuditError, Workplace
from auditor.keys import email_address
from auditor.lake.landing import Landing
from auditor.model import (
    AddressUse,
    Channel,
    Hat,
    HatRole,
    Message,
    Party,
    PartyRole,
    Person,
    PersonAddress,
    PersonRef,
)
from auditor.pulling import pull
from auditor.records import Fact
from auditor.result import SelfTests
from auditor.source import (
    CheckResult,
    DayCoverage,
    DayState,
    FactKind,
    Page,
    SourceContext,
    Transient,
    Window,
)
from tests.faults.hooks import HookedDisk, Hooks
from tests.faults.world import (
    NOW,
    RULES,
    STAFF,
    STUDENTS,
    TONIGHT,
    ZONE,
    Mail,
    one_to_one,
    outcome,
    pairs,
    workplace,
)

DAYS = [TONIGHT - timedelta(days=n) for n in range(6)]
BACK = 35
ALARM = re.compile(r"Mailbox brought (\d+) messages? later than the 3 days it is asked for again, ")


class Killed(BaseException):
    """The process is gone: nothing of it happens after this."""


@dataclass
class Mailbox:
    """A source that serves windows of what it holds now, two messages to a page."""

    mails: list[Mail] = field(default_factory=list)
    fails_at: int | None = None
    """The page in whose place it fails."""
    context: SourceContext = field(
        default_factory=lambda: SourceContext("box", "Mailbox", ZONE.key, RULES, ".")
    )
    provides: frozenset[FactKind] = frozenset((FactKind.MESSAGES,))

    def check(self) -> list[CheckResult]:
        return []

    def pull(self, window: Window) -> Iterator[Page]:
        mails = [m for m in self.mails if window.first <= m.day <= window.last]
        for number in range(0, len(mails) + 1, 2):
            if self.fails_at is not None and number // 2 >= self.fails_at:
                raise Transient("it broke off", where="Mailbox", cure="Run again")
            some = tuple(map(message, mails[number : number + 2]))
            yield Page(some, records_read=len(some))
        yield self.all_read(window)

    def all_read(self, window: Window) -> Page:
        days = [window.first + timedelta(days=n) for n in range((window.last - window.first).days + 1)]
        counts = Counter(m.day for m in self.mails)
        return Page(coverage=tuple(DayCoverage(d, DayState.READ, counts[d]) for d in days))


@dataclass
class People:
    """A roster of everybody but those who have left."""

    gone: set[str] = field(default_factory=set)
    context: SourceContext = field(
        default_factory=lambda: SourceContext("people", "People", ZONE.key, RULES, ".")
    )
    provides: frozenset[FactKind] = frozenset((FactKind.PEOPLE, FactKind.GUARDIANS))

    def check(self) -> list[CheckResult]:
        return []

    def pull(self, window: Window) -> Iterator[Page]:
        facts: list[Fact] = []
        for one in (*STAFF, "p1", *STUDENTS[:6]):
            if one not in self.gone:
                ref, role = PersonRef(one), HatRole.STUDENT if one in STUDENTS else HatRole.STAFF
                address = email_address(f"{one}@d.example", RULES)
                assert address is not None
                facts += [Person(one, one, "Sample"), Hat(ref, role), PersonAddress(ref, address, AddressUse.ROSTER)]
        yield Page(tuple(facts), records_read=len(facts))


def message(mail: Mail) -> Message:
    named = [(mail.sender, PartyRole.FROM), *((to, PartyRole.TO) for to in mail.to)]
    parties = []
    for name, role in named:
        address = email_address(f"{name}@d.example", RULES)
        assert address is not None
        parties.append(Party(address, role))
    native_id = f"{mail.name}@d.example"
    return Message(native_id, Channel.EMAIL, "box", mail.sent_at, tuple(parties), native_id)


writers = st.sampled_from([*STAFF[:3], *STUDENTS[:3]])
readers = st.lists(st.sampled_from([*STAFF[:3], *STUDENTS[:4]]), min_size=1, max_size=2, unique=True)


class Nights(RuleBasedStateMachine):
    mailbox: type[Mailbox] = Mailbox

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="nights-"))
        self.box, self.people = self.mailbox(), People()
        self.number = 0
        self.changed = True
        self.read: dict[date, set[str]] = {}
        """Day that is called read -> the messages that were there to be read."""

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    def arrive(self, sender: str, to: list[str], day: date) -> None:
        to = [one for one in to if one != sender]
        if to:
            self.number += 1
            self.box.mails.append(Mail(f"m{self.number}", day, sender, tuple(to)))
            self.changed = True

    # ---- what happens ---------------------------------------------------------------------

    @rule(sender=writers, to=readers)
    def new_messages(self, sender: str, to: list[str]) -> None:
        self.arrive(sender, to, TONIGHT)

    @rule(sender=writers, to=readers, day=st.sampled_from(DAYS[1:]))
    def late_message(self, sender: str, to: list[str], day: date) -> None:
        self.arrive(sender, to, day)

    @rule(who=st.sampled_from(STUDENTS[4:6]))
    def changed_roster(self, who: str) -> None:
        self.people.gone ^= {who}

    @rule(fails_at=st.none() | st.integers(0, 3))
    def pulls(self, fails_at: int | None) -> None:
        with workplace(self.folder) as place:
            self.pull(place, replace(self.box, fails_at=fails_at))

    @rule(at=st.integers(0, 70))
    def killed_pull(self, at: int) -> None:
        def die(_: str) -> None:
            raise Killed

        with suppress(Killed), workplace(self.folder, HookedDisk(Hooks(at, die))) as place:
            self.pull(place, self.box)

    def pull(self, place: Workplace, box: Mailbox) -> None:
        window = Window(TONIGHT - timedelta(days=BACK), TONIGHT)
        with place.ledger.begin() as connection:
            run_id = runlog.begin_run(connection, runbook.NIGHTLY, TONIGHT, "policy", NOW)
        pull(place, box, window, run_id, now=NOW)

    @rule(fails_at=st.none() | st.none() | st.integers(0, 3))
    def nightly(self, fails_at: int | None) -> None:
        with workplace(self.folder) as place:
            place.lake.clean_orphans()
            later = self.later_than_asked_for(place)
            with suppress(AuditError):
                audit.nightly(
                    place, [self.people, replace(self.box, fails_at=fails_at)], audit_date=TONIGHT, now=NOW
                )
            found = outcome(place)
            if fails_at is not None and fails_at <= len(self.box.mails) // 2:
                assert any("Mailbox" in gap for gap in found.gaps) or "box" in found.behind, found
                return
            assert not (found.unread or found.behind), found
            alarms = [ALARM.match(gap) for gap in found.gaps]
            assert [alarm and int(alarm[1]) for alarm in alarms] == ([later] if later else []), found.gaps
            self.changed = False
            assert pairs(place, found) == one_to_one(self.box.mails)
            self.read = {day: {f"{m.name}@d.example" for m in self.box.mails if m.day == day} for day in DAYS}

    def later_than_asked_for(self, place: Workplace) -> int:
        """Count what is new on days that were read, and that an ordinary night asks for no more."""
        again = TONIGHT - timedelta(days=self.box.context.reread_days)
        held = {str(one[0]) for one in outcome(place).messages} if self.read else set()
        late = (m for m in self.box.mails if m.day < again and m.day in self.read)
        return sum(f"{m.name}@d.example" not in held for m in late)

    # ---- what always holds ----------------------------------------------------------------

    @invariant()
    @precondition(lambda self: (self.folder / "ledger.sqlite").exists())
    def every_message_once_and_every_day_that_was_read_whole(self) -> None:
        with workplace(self.folder) as place:
            place.ledger.verify()
            place.lake.verify_manifest()
            with suppress(AuditError):
                held = outcome(place).messages
                assert max(held.values(), default=1) == 1, "something is there twice"
                names = {str(one[0]) for one in held}
                assert names <= {f"{m.name}@d.example" for m in self.box.mails}
                for day, there in self.read.items():
                    assert there <= names, day


JUDGED = SelfTests(1, 1, ())


def run(examples: int, steps: int) -> None:
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink) if examples > 10 else (Phase.generate,),
        database=None,
        derandomize=True,
    )
    with mock.patch.object(audit, "_self_tests", return_value=JUDGED):
        run_state_machine_as_test(Nights, settings=chosen)


def test_any_order_of_events_comes_to_what_the_oracle_says() -> None:
    run(examples=2, steps=9)


def test_what_comes_later_than_it_would_be_asked_for_is_an_alarm_and_is_judged() -> None:
    with mock.patch.object(audit, "_self_tests", return_value=JUDGED):
        town = Nights()
        try:
            town.nightly(fails_at=None)
            town.late_message(sender="t1", to=["s1"], day=DAYS[-1])
            town.late_message(sender="t2", to=["s2"], day=DAYS[1])
            town.nightly(fails_at=None)
            town.every_message_once_and_every_day_that_was_read_whole()
            with workplace(town.folder) as place:
                found = outcome(place)
                assert pairs(place, found) == {("t1", "s1"), ("t2", "s2")}
                (gap,) = found.gaps
                assert gap.startswith("Mailbox brought 1 message later than the 3 days")
        finally:
            town.teardown()


@pytest.mark.integration
@pytest.mark.timeout(1800)
def test_any_long_order_of_events_comes_to_what_the_oracle_says() -> None:
    run(examples=120, steps=20)


@pytest.mark.integration
def test_it_finds_a_lake_that_takes_what_it_knows_for_new() -> None:
    with mock.patch.object(Landing, "_known", return_value=[]), pytest.raises(AssertionError, match="twice"):
        run(examples=10, steps=12)
