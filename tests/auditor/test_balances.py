"""Every step from copies to items adds up, and one that does not turns the night."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from auditor.balances import balance
from auditor.checking import Findings
from auditor.funnels import Funnel
from auditor.items import Hit, StoredItem, Subject
from auditor.model import Channel
from auditor.result import BalanceLine, KnownLimit, RuleRun, SourceState, Tone
from tests.auditor.night_world import at, mail, night_world

DAY = date(2026, 3, 10)
PAIR = Subject("direct-no-adult", 1, 2, None)


def hit(message: int, *, by_adult: bool = True, covered_by: str | None = None) -> Hit:
    return Hit(
        PAIR, message, message, 0, by_adult, False, "mail", f"m{message}", Channel.EMAIL, "mail", {},
        covered_by,
    )  # fmt: skip


def item(*hits: Hit, withdrawn: bool = False) -> StoredItem:
    return StoredItem("AH-1", PAIR, 1, "10", DAY, None, DAY if withdrawn else None, hits)


def found(*hits: Hit, seen: int | None = None, absorbed: int = 0) -> Findings:
    run = RuleRun(
        "direct-no-adult", "t", (), SourceState.FULL, len(hits) if seen is None else seen, 0.1
    )
    funnel = Funnel(9, (), 4, copies=12, further_copies=3, context=5)
    return Findings(tuple(hits), (run,), funnel, {}, absorbed, {})


def lines(findings: Findings, *stored: StoredItem, on_file: int = 17) -> dict[str, BalanceLine]:
    return {line.step: line for line in balance((), on_file, findings, stored)}


def test_what_a_night_found_is_in_one_item_each_or_left_out_for_a_reason() -> None:
    covered, by_student = hit(2, covered_by="A1"), hit(3, by_adult=False)
    said = lines(found(hit(1), covered, by_student, seen=5, absorbed=2), item(hit(1), covered))
    assert all(line.adds_up for line in said.values()), said
    listed = said["Listed in items"]
    assert (listed.taken_in, listed.kept) == (3, 1)
    assert dict(listed.set_aside) == {
        "covered by an approval or tie": 1,
        "students wrote, and no adult did": 1,
    }
    assert said["Seen by the checks"].set_aside == (
        ("told by a more specific check on the same message", 2),
    )


@pytest.mark.parametrize(
    ("stored", "why"),
    [
        ((item(hit(1)),), "one hit in no item"),
        ((item(hit(1), hit(2)), item(hit(2))), "one hit in two items"),
        ((item(hit(1)), item(hit(2), withdrawn=True)), "one hit in an item that was withdrawn"),
    ],
)
def test_a_hit_that_is_lost_or_doubled_does_not_add_up(
    stored: tuple[StoredItem, ...], why: str
) -> None:
    assert not lines(found(hit(1), hit(2)), *stored)["Listed in items"].adds_up, why


def test_a_copy_that_the_checks_did_not_get_does_not_add_up() -> None:
    assert not lines(found(), on_file=18)["Copies on file"].adds_up
    more = replace(found().funnel, further_copies=2)
    assert not lines(replace(found(), funnel=more))["Copies of one message"].adds_up
    assert not lines(found(hit(1), seen=2), item(hit(1)))["Seen by the checks"].adds_up


def test_a_whole_night_adds_up_and_tells_what_it_knows_of_a_source(tmp_path: Path) -> None:
    """Copies, an answer, a student nobody answered; a quiet Tuesday; an acceptance that ends."""
    weeks = 5
    with night_world(tmp_path) as world:
        ends = KnownLimit("Calls are not seen", "Dana Example", DAY + timedelta(days=9))
        world.settings(lookback_days=7 * weeks, known_limits=(ends,))
        world.people(4)
        for n in range(7 * weeks + 1):
            day = DAY - timedelta(days=n)
            for m in range(1 if n == 7 else 9):
                sent = mail(f"m{n}-{m}", at(day, 9, m), "t10-0", f"s10-{m % 3}", "t10-1")
                world.feed.add(sent)
                world.feed.add(replace(sent, tool="mail"))
        world.feed.add(mail("alone", at(DAY, 10), "t10-0", "s10-0"))
        world.feed.add(mail("unanswered", at(DAY, 11), "s10-1", "t10-2"))
        night = world.night(DAY)
    assert night.coverage.balanced
    steps = {line.step: line for line in night.balance}
    assert steps["Copies of one message"].set_aside[0][1] == 9 * 7 * weeks + 1
    assert steps["Listed in items"].kept == 1
    (chat,) = (s for s in night.sources if s.source == "chat")
    assert (chat.newest_day, chat.newest_records, chat.usual) == (DAY, 20, 18)
    assert any("accepted until that day only" in card.why for card in night.do_now)


def test_a_quiet_day_is_a_gap_and_the_card_says_how_to_accept_it(tmp_path: Path) -> None:
    with night_world(tmp_path) as world:
        world.settings(lookback_days=35)
        world.people(4)
        for n in range(1, 36):
            for m in range(21):
                sent = at(DAY - timedelta(days=n), 9, m)
                world.feed.add(mail(f"m{n}-{m}", sent, "t10-0", "s10-0", "t10-1"))
        night = world.night(DAY)
        (chat,) = (s for s in night.coverage.sources if s.source == "chat")
        assert chat.missing == (DAY,)
        told = "far fewer messages than on the last 5 Tuesdays (0, usually about 21)"
        assert chat.reason == told
        assert night.verdict.tone is Tone.GAP
        card = next(c for c in night.do_now if c.what == "See why Chat is so quiet")
        assert "[[accepted_days]]" in card.otherwise
