"""Who counts as a reader of a group's message when people come into the group, and leave it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from benchmarks.pretend.moodle import Conversation, Said
from connectors.moodle.conversations import CAME_OR_WENT, EARLIER
from connectors.moodle.presence import Room
from tests.connectors.moodle.moodle_world import ANA, BEN, KIT, MAY, WORLD, hours, pull, serving
from tests.connectors.units_world import ENDS, NOON, Read, people

BENS = "ben.ode@marlow.example"
SAID = (Said(4, ANA, NOON), Said(5, ANA, NOON + hours(6)))


def night(
    folder: Path, members: tuple[int, ...], now: datetime, marks: Mapping[str, str]
) -> tuple[Read, dict[str, str]]:
    """Read the group with those in it at that moment; return what is kept after it, too."""
    group = Conversation(102, 2, members, tuple(one for one in SAID if one.at < now))
    with serving(replace(WORLD, conversations=(group,))) as running:
        read = pull(running, folder, now=now, marks=marks)
    told = {mark.unit: mark.value for page in read.pages for mark in page.marks}
    return read, {**marks, **{unit: value for unit, value in told.items() if value is not None}}


def test_whoever_came_into_a_group_later_does_not_count_on_what_was_written_before(
    tmp_path: Path,
) -> None:
    first, marks = night(tmp_path, (ANA, KIT), NOON + hours(1), {})
    again, marks = night(tmp_path, (ANA, BEN, KIT), ENDS, marks)
    third, _ = night(tmp_path, (ANA, BEN, KIT), ENDS + hours(24), marks)
    alone = {"T-1": "from", "S-1": "member"}
    assert people(first.messages["4"]) == alone
    assert first.messages["4"].recipients_hidden, "nobody knows who was there before"
    assert first.notes[EARLIER] == 1
    for read in (again, third):
        assert people(read.messages["4"]) == alone
        assert people(read.messages["5"]) == alone
        assert read.messages["5"].recipients_hidden, "before or after Ben came: not known"
        assert read.notes[CAME_OR_WENT] == 1


def test_whoever_was_there_before_and_after_a_message_has_read_it(tmp_path: Path) -> None:
    _, marks = night(tmp_path, (ANA, KIT, MAY), NOON + hours(1), {})
    read, marks = night(tmp_path, (ANA, KIT, MAY), ENDS, marks)
    assert people(read.messages["5"]) == {"T-1": "from", "S-1": "member", "S-2": "member"}
    assert not read.messages["5"].recipients_hidden
    left, _ = night(tmp_path, (ANA, KIT), ENDS + hours(24), marks)
    assert left.messages["5"] == read.messages["5"], "who left since was there"


def test_whoever_left_about_the_time_of_a_message_is_not_known_to_have_read_it(
    tmp_path: Path,
) -> None:
    _, marks = night(tmp_path, (ANA, BEN, KIT), NOON + hours(1), {})
    read, _ = night(tmp_path, (ANA, KIT), ENDS, marks)
    assert people(read.messages["5"]) == {"T-1": "from", "S-1": "member"}
    assert read.messages["5"].recipients_hidden
    assert people(read.messages["4"]) == {"T-1": "from", "S-1": "member", BENS: "member"}


def test_what_is_kept_of_a_group_that_fell_silent_is_forgotten(tmp_path: Path) -> None:
    old = Room().seen(["11"], int((ENDS - hours(24 * 101)).timestamp())).mark
    new = Room().seen(["11"], int((ENDS - hours(24 * 99)).timestamp())).mark
    with serving(replace(WORLD, conversations=())) as running:
        read = pull(running, tmp_path, marks={"7": old, "8": new})
    assert [(mark.unit, mark.value) for page in read.pages for mark in page.marks] == [("7", None)]


@pytest.mark.parametrize("mark", [None, "", "{", "[]", "3", '[1,["11"]]', '["x"]', "[1,2]"])
def test_a_mark_nobody_can_read_says_nothing(mark: str | None) -> None:
    assert Room.of(mark) == Room()


def test_a_mark_is_read_back_as_it_was_kept() -> None:
    room = Room().seen(["11", "21"], 100).seen(["11", "12"], 200).seen(["11", "12", "21"], 300)
    assert Room.of(room.mark) == room
    assert room.present(150).members == ("11",)
    assert room.present(250).members == ("11", "12")
    assert room.present(300).members == ("11", "12", "21")
