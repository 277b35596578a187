"""What opens a decided item again, what does not, and how an item stood at the end of a week."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from auditor.asof import Moment, at_the_end
from auditor.directory import day_number
from auditor.items import MICROSECONDS_A_DAY, Hit, Recorded, StoredItem, Subject
from auditor.model import Channel
from auditor.result import Decision, ItemState, Reason

MONDAY, SUNDAY = date(2026, 11, 16), date(2026, 11, 22)
SUBJECT = Subject("direct-no-adult", 1, 2, None)


def hit(day: int, message: int | None = None, **changed: object) -> Hit:
    """Return a message of the adult's of a day of November."""
    number = day_number(date(2026, 11, day))
    values: dict[str, object] = {
        "subject": SUBJECT, "message": message or day, "sent_us": number * MICROSECONDS_A_DAY,
        "day": number, "sent_by_adult": True, "uncertain": False, "source": "mail",
        "native_id": str(day), "channel": Channel.EMAIL, "tool": "mail", "numbers": {},
    }  # fmt: skip
    return Hit(**(values | changed))  # type: ignore[arg-type]  # fields by name


def decided(hits: tuple[Hit, ...], on: int = 20) -> Recorded:
    at = datetime(2026, 11, on, 17, tzinfo=UTC)
    decision = Decision(1, at, at.date(), "person:3", Reason.REMINDED, None, None, "command")
    seen = [h for h in hits if h.sent_by_adult and h.covered_by is None]
    return Recorded(decision, len(seen), max(h.sent_us for h in seen))


def item(hits: tuple[Hit, ...], **changed: object) -> StoredItem:
    values: dict[str, object] = {
        "id": "AH-0001", "subject": SUBJECT, "episode": 1, "school_id": "10",
        "listed_on": date(2026, 11, 17), "grew_on": None, "withdrawn_on": None, "hits": hits,
    }  # fmt: skip
    return StoredItem(**(values | changed))  # type: ignore[arg-type]  # fields by name


SEEN = (hit(16), hit(18), hit(19, covered_by="A-1"))


@pytest.mark.parametrize(("now", "state"), [
    (SEEN, ItemState.DECIDED),
    (SEEN[:1], ItemState.DECIDED),
    ((*SEEN, hit(24, sent_by_adult=False)), ItemState.DECIDED),
    ((*SEEN, hit(24, covered_by="A-1")), ItemState.DECIDED),
    ((*SEEN, hit(24)), ItemState.REOPENED),
    ((*SEEN, hit(17)), ItemState.REOPENED),
    ((*SEEN[:2], replace(SEEN[2], covered_by=None)), ItemState.REOPENED),
    ((hit(16), hit(24)), ItemState.REOPENED),
    ((replace(SEEN[0], covered_by="A-1"),), ItemState.COVERED),
], ids=["same", "less", "student wrote", "covered wrote", "later", "late", "cover ended",
        "one for another", "all covered"])  # fmt: skip
def test_only_what_the_reader_could_not_see_opens_it_again(
    now: tuple[Hit, ...], state: ItemState
) -> None:
    assert item(now, decisions=(decided(SEEN),)).state(MONDAY) is state


def test_a_later_decision_takes_the_place_of_an_earlier_one() -> None:
    grown = (*SEEN, hit(24))
    both = (decided(SEEN), decided(grown, on=25))
    assert item(grown, decisions=both).state(MONDAY) is ItemState.DECIDED
    assert item(grown, decisions=both[:1]).state(MONDAY) is ItemState.REOPENED


# ---- at the end of a week ----------------------------------------------------------------------


def ended(one: StoredItem, until: datetime | None = None) -> list[StoredItem]:
    found = {(one.id, h.message): date(2026, 11, 16) + timedelta(h.day - day_number(MONDAY))
             for h in one.hits}  # fmt: skip
    return at_the_end([one], Moment(MONDAY, SUNDAY, until), found)


def test_what_came_after_the_week_is_no_part_of_it() -> None:
    now = item((hit(17), hit(25)), grew_on=date(2026, 11, 25))
    (then,) = ended(now)
    assert then == item((hit(17),))
    assert then.state(MONDAY) is ItemState.NEW
    assert ended(item((hit(25),), listed_on=date(2026, 11, 25))) == []


def test_growth_within_the_week_stays_growth_whatever_came_later() -> None:
    long_listed = date(2026, 11, 10)
    hits = (hit(9), hit(18))
    then = item(hits, listed_on=long_listed, grew_on=date(2026, 11, 18))
    now = item((*hits, hit(26)), listed_on=long_listed, grew_on=date(2026, 11, 26))
    assert ended(then) == ended(now)
    assert ended(now)[0].state(MONDAY) is ItemState.GREW


def test_decisions_made_after_the_page_was_issued_stand_on_the_next_one() -> None:
    one = item(SEEN, decisions=(decided(SEEN, on=23),))
    assert ended(one)[0].state(MONDAY) is ItemState.DECIDED
    assert ended(one, datetime(2026, 11, 23, 6, tzinfo=UTC))[0].state(MONDAY) is ItemState.NEW


def test_a_record_put_right_afterwards_stood_and_a_message_taken_back_did_not() -> None:
    after = {"withdrawn_on": date(2026, 11, 25)}
    record = item((hit(17, channel=None),), **after)
    assert ended(record)[0].state(MONDAY) is ItemState.NEW
    assert ended(item((hit(17),), **after))[0].state(MONDAY) is ItemState.WITHDRAWN
