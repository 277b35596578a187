"""Any sequence of landings, repeated, failed, cut off and cleared away, gives the oracle's set."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from auditor.lake import Disk, Lake
from auditor.lake.encoding import Encoder
from auditor.ledger import Ledger, StorageError
from auditor.model import Automation, Channel, Message, Party, PartyRole
from tests.auditor.lake_world import (
    KEYRING,
    NOON,
    ZONE,
    FailingDisk,
    PowerCut,
    UnpluggedDisk,
    email,
    expected,
    files_on_disk,
    held,
    pages,
)

people = st.sampled_from([email(name) for name in ("coach", "kid", "parent", "teacher")])
parties = st.builds(
    Party,
    people,
    st.sampled_from([PartyRole.TO, PartyRole.CC, PartyRole.UNKNOWN]),
    st.none() | st.just(email("everyone")),
)


@st.composite
def messages(draw: st.DrawFn) -> Message:
    """Few ids, few days, few people: so that copies, repetitions and reused ids really meet."""
    number = draw(st.integers(0, 4))
    return Message(
        native_id=f"{number}@mail.marlow.example",
        channel=Channel.EMAIL,
        tool="mail",
        sent_at=NOON + timedelta(hours=draw(st.integers(0, 5)) * 9),
        parties=(Party(draw(people), PartyRole.FROM), *draw(st.lists(parties, max_size=3))),
        rfc_message_id=f"{number}@mail.marlow.example" if number else None,
        automated=draw(st.sampled_from([Automation.NO, Automation.LIST])),
    )


pulls = st.lists(messages(), max_size=8)
sources = st.sampled_from(["mail", "log"])
rooms = st.sampled_from([1, 3, 1000])
moments = st.integers(0, 60)


class LakeMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="lake-"))
        self.ledger = Ledger.open(self.folder / "ledger.db")
        self.delivered: list[tuple[str, Message]] = []
        self.runs = 0

    def teardown(self) -> None:
        self.ledger.close()
        shutil.rmtree(self.folder)

    def lake(self, disk: Disk | None = None, room: int = 1000) -> Lake:
        return Lake(self.folder / "data", self.ledger, files=disk, messages_in_memory=room)

    def land(self, lake: Lake, source: str, pull: Sequence[Message]) -> None:
        self.runs += 1
        landing = lake.landing(
            source=source, run_id=f"run-{self.runs}", keyring=KEYRING, timezone=ZONE
        )
        before = expected(self.delivered)[0].total()
        with landing:
            for page in pages(pull):
                landing.add(page)
            landed = landing.commit()
        self.delivered += [(source, m) for m in pull]
        assert landed.new == expected(self.delivered)[0].total() - before
        assert landed.read == len(pull) == landed.new + landed.already_known

    @rule(source=sources, pull=pulls, room=rooms)
    def lands(self, source: str, pull: list[Message], room: int) -> None:
        self.land(self.lake(room=room), source, pull)

    @rule(source=sources, pull=pulls, at=moments, for_good=st.booleans())
    def lands_on_a_full_disk(
        self, source: str, pull: list[Message], at: int, *, for_good: bool
    ) -> None:
        with suppress(StorageError):
            self.land(self.lake(FailingDisk(at, for_good=for_good), room=2), source, pull)

    @rule(source=sources, pull=pulls, at=moments)
    def loses_power(self, source: str, pull: list[Message], at: int) -> None:
        disk = UnpluggedDisk(at)
        committed = list(self.delivered)
        try:
            self.land(self.lake(disk, room=2), source, pull)
        except PowerCut:
            # Off after the commit, while clearing up: then all of it counts.
            everything = [*committed, *((source, m) for m in pull)]
            done = held(self.lake(), self.ledger) == expected(everything)
            self.delivered = everything if done else committed
        disk.lose_what_was_not_synced()

    @rule()
    def clears_away(self) -> None:
        lake = self.lake()
        lake.clean_orphans()
        assert len(files_on_disk(self.folder)) == lake.verify()
        assert lake.clean_orphans() == 0

    @rule()
    def starts_again(self) -> None:
        self.ledger.close()
        self.ledger = Ledger.open(self.folder / "ledger.db")

    @invariant()
    def holds_what_was_delivered(self) -> None:
        lake = self.lake()
        lake.verify()
        assert held(lake, self.ledger) == expected(self.delivered)


TestLake = LakeMachine.TestCase
TestLake.settings = settings(
    max_examples=25,
    stateful_step_count=10,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)


@given(messages(), messages())
def test_two_copies_are_one_exactly_if_nothing_differs(one: Message, other: Message) -> None:
    encoder = Encoder("mail", KEYRING, ZONE, KEYRING.address)
    same = (
        one.native_id == other.native_id
        and one.sent_at == other.sent_at
        and one.automated == other.automated
        and frozenset(one.parties) == frozenset(other.parties)
    )
    assert (encoder.encode(one)[0][:2] == encoder.encode(other)[0][:2]) is same
