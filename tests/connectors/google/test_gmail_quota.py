"""Six hundred mailboxes from sixteen threads: the whole quota, never more, and no answer mixed up."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from benchmarks.pretend.google import PLUS, PretendGoogle, User
from connectors.google.gmail import Gmail
from connectors.retrying import Clock
from tests.connectors.google.directory_world import NOW
from tests.connectors.google.gmail_world import WEEK, at, context, letter, marlow
from tests.connectors.mail_world import Read

MAILBOXES, LETTERS, THREADS = 600, 6, 16
FASTER = 4
"""Seconds of the quotas in one second of ours."""
PER_MINUTE = 12_000
ON_THE_WAY = 1.05
"""What is on its way when a minute begins counts in that one; at this speed it takes longer."""


@dataclass
class Fast:
    """A clock by which a minute of quota passes in some seconds."""

    began: float = field(default_factory=time.time)

    def seconds(self) -> float:
        return self.began + (time.time() - self.began) * FASTER

    def clock(self) -> Clock:
        return Clock(
            lambda: datetime.now(UTC), self.seconds, lambda seconds: time.sleep(seconds / FASTER)
        )


@pytest.mark.integration
def test_six_hundred_mailboxes_use_the_quota_and_no_more(tmp_path: Path) -> None:
    users = [
        User(f"1{n:020d}", f"t{n:03d}@marlow.example", f"T{n:03d}", "Ash", "/Crowd")
        for n in range(MAILBOXES)
    ]
    world = marlow(
        *(
            (user, letter(user, f"{user.given}-{n}", at(17 + n), user.email))
            for user in users
            for n in range(LETTERS)
        ),
        users=users,
        edition=replace(PLUS, project_units=round(PER_MINUTE * ON_THE_WAY)),
    )
    fast = Fast()
    with PretendGoogle(world, now=NOW, clock=fast.seconds) as google:
        given = context(
            google, tmp_path, mailboxes=["/Crowd"], threads=THREADS, units_per_minute=PER_MINUTE
        )
        began = fast.seconds()
        read = Read(tuple(Gmail(given, clock=fast.clock(), random=Random(7)).pull(WEEK)))
        minutes = (fast.seconds() - began) / 60
        refused = [one.endpoint for one in google.asked if one.status != 200]
        assert google.mistakes == []
    told = [(m.parties[0].address.text, m.native_id.partition("@")[0]) for m in read.messages]
    assert told == [(u.email, f"{u.given}-{n}") for u in users for n in range(LETTERS)]
    spent = next(n for text, n in read.notes.items() if text.startswith("quota units"))
    assert refused == []
    assert spent == MAILBOXES * (1 + 5 + 20 * LETTERS)
    print(f"{spent} units in {minutes:.2f} min: {spent / minutes / PER_MINUTE:.1%} of the quota")
    assert 0.9 <= spent / minutes / PER_MINUTE <= 1
