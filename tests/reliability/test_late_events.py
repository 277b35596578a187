"""Events that come in late, over sixty nights: none is lost, none comes twice.

How late events are is mixed as vendors tell it: nine in ten within minutes, some within hours, a
few within days. What a source is asked for again each night has to be longer than that; the
control shows that a night shorter would lose some.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random

import pyarrow.parquet as pq
import pytest

from auditor import audit
from auditor.model import Message
from tests.auditor.night_world import ZONE, NightWorld, mail, night_world

FIRST = date(2026, 1, 5)
NIGHTS = 60
STUDENTS, STAFF = 12, 4
PER_DAY = 50


def late(random: Random) -> timedelta:
    """Draw how long after it was sent the source comes to know of a message."""
    which = random.random()
    if which < 0.9:
        return timedelta(minutes=random.expovariate(1 / 10))
    if which < 0.99:
        return timedelta(hours=random.uniform(0.5, 4))
    if which < 0.999:
        return timedelta(hours=random.uniform(2, 24))
    return timedelta(days=random.uniform(1, 2.8))


def messages(nights: int) -> list[tuple[datetime, Message]]:
    random = Random(11)
    made = []
    for n in range(nights * PER_DAY):
        day = FIRST + timedelta(days=n // PER_DAY)
        sent = datetime.combine(day, time(0), ZONE) + timedelta(seconds=random.randrange(86_400))
        to = [f"s10-{random.randrange(STUDENTS)}"]
        if random.random() < 0.7:
            to.append(f"t10-{STAFF - 1}")
        sender = f"t10-{random.randrange(STAFF - 1)}"
        made.append((sent + late(random), mail(f"m{n}", sent, sender, *to)))
    return made


def held(world: NightWorld) -> Counter[str]:
    """Count the copies of each message on disk."""
    files, _ = world.place.lake.message_files(date.min, date.max)
    tables = (pq.ParquetFile(path).read(columns=["native_id"]) for path in files)
    return Counter(str(name) for table in tables for name in table["native_id"].to_pylist())


def settled_by(sent: list[tuple[datetime, Message]], moment: datetime) -> set[str]:
    """Return the messages that were sent long enough ago for every one of them to be there."""
    return {m.native_id for _, m in sent if m.sent_at < moment - timedelta(days=3)}


def fill(world: NightWorld, nights: int, reread_days: int = 3) -> list[tuple[datetime, Message]]:
    feed = world.feed
    feed.context = replace(feed.context, reread_days=reread_days)
    feed.messages = messages(nights)
    world.people(STUDENTS, STAFF)
    return feed.messages


def test_nothing_is_lost_and_nothing_comes_twice(tmp_path: Path) -> None:
    with night_world(tmp_path) as world:
        sent = fill(world, NIGHTS)
        measured = []
        for n in range(NIGHTS):
            day = FIRST + timedelta(days=n)
            pulled = world.pull(day, f"000000-{n:02}")
            assert pulled.failure is None
            measured.append(pulled.lag)
            assert not pulled.beyond, "the source is never later than it is asked for again"
        found = held(world)
        assert set(found.values()) == {1}
        assert settled_by(sent, world.now) <= found.keys()
        until = world.feed.asked[-1][1]
        there = {m.native_id for seen, m in sent if seen <= world.now and m.sent_at < until}
        assert found.keys() == there
        assert measured[0] is None
        assert sum(lag.late for lag in measured if lag is not None) > 5
        assert all(lag.most_seconds < 4 * 86_400 for lag in measured if lag is not None)
        assert judged_like_the_oracle(world, sent)


def judged_like_the_oracle(world: NightWorld, sent: list[tuple[datetime, Message]]) -> bool:
    """Audit the last night and compare its items with who wrote to a student alone."""
    world.settings(lookback_days=70)
    world.night(FIRST + timedelta(days=NIGHTS))
    known = held(world)
    alone = {
        (*(party.address.text.partition("@")[0] for party in m.parties), m.native_id)
        for _, m in sent
        if len(m.parties) == 2 and m.native_id in known
    }
    listed = {
        (item.adult.person_id, item.student.person_id, message.native_id)
        for item in audit.items(world.place)
        if item.adult is not None and item.student is not None
        for message in item.messages
    }
    assert listed == alone
    return True


def test_asking_again_for_a_day_only_would_lose_some(tmp_path: Path) -> None:
    with night_world(tmp_path) as world:
        sent = fill(world, NIGHTS, reread_days=1)
        weekdays = [n for n in range(40) if (FIRST + timedelta(days=n)).weekday() != 6]
        for n in weekdays:
            world.pull(FIRST + timedelta(days=n), f"000000-{n:02}")
        lost = settled_by(sent, world.now) - held(world).keys()
        assert lost, "otherwise the test above proves nothing"


def test_what_sundays_find_beyond_the_days_asked_for_again_is_an_alarm(tmp_path: Path) -> None:
    friday = FIRST + timedelta(days=4)
    with night_world(tmp_path) as world:
        world.people(3)
        world.feed.context = replace(world.feed.context, reread_days=1)
        for n in range(6):
            world.pull(FIRST + timedelta(days=n), f"000000-{n:02}")
        sent = datetime.combine(friday, time(11), ZONE)
        world.feed.add(mail("late", sent, "t10-0", "s10-0"), visible=sent + timedelta(days=2))
        night = world.night(FIRST + timedelta(days=6))
    assert any("1 message later than the 1 days it is asked" in gap for gap in night.coverage.gaps)
    assert any("raise reread_days under [sources.chat]" in card.why for card in night.do_now)
    (chat,) = (s for s in night.sources if s.source == "chat")
    assert chat.late == 1
    assert chat.lag_most_seconds == pytest.approx((world.now - sent).total_seconds())


def test_a_message_of_days_to_come_is_set_aside(tmp_path: Path) -> None:
    with night_world(tmp_path) as world:
        ahead = datetime.combine(FIRST + timedelta(days=4), time(11), ZONE)
        world.feed.add(mail("ahead", ahead, "t10-0", "s10-0"), visible=ahead - timedelta(days=9))
        world.feed.jumps = True
        pulled = world.pull(FIRST, "000001")
        assert [(r.field, r.reason) for r in pulled.rejected] == [
            ("sent_at", "it is dated more than a day after the run")
        ]
        assert pulled.landed is not None
        assert (pulled.landed.read, pulled.landed.new, pulled.landed.rejected) == (1, 0, 1)
        assert not held(world)


@pytest.mark.integration
@pytest.mark.timeout(1800)
def test_sixty_whole_nights_list_what_the_oracle_lists(tmp_path: Path) -> None:
    with night_world(tmp_path) as world:
        sent = fill(world, NIGHTS)
        for n in range(NIGHTS):
            night = world.night(FIRST + timedelta(days=n))
            assert night.coverage.balanced
        assert judged_like_the_oracle(world, sent)
