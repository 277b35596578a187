"""The sample district's learning platform read from Moodle: the same messages and items."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from auditor.keys import AddressRules
from auditor.source import DayState, Window
from benchmarks.district import Sizes, make_district, write_district
from benchmarks.pretend.moodle import PretendMoodle, message_number, world_of
from benchmarks.sample.people import ALIAS_DOMAIN, DOMAIN, STUDENT_DOMAIN
from benchmarks.sample.planted import Stage
from tests.benchmarks.test_district_audited import differences
from tests.connectors.moodle.moodle_world import pull
from tests.connectors.sample_tables import END
from tests.connectors.units_world import people

RULES = AddressRules(frozenset({DOMAIN, STUDENT_DOMAIN}), {ALIAS_DOMAIN: DOMAIN})
SOURCE = """
[sources.lms-messages]
connector = "moodle"
title = "Learning platform messages"
site = "{site}"
token = "{token}"
tool = "lms"
"""


@pytest.fixture(scope="module")
def stage() -> Stage:
    return make_district(Sizes(schools=1, staff=45, students=450), seed=1, end=END)


@pytest.fixture
def moodle(stage: Stage) -> Iterator[PretendMoodle]:
    with PretendMoodle(world_of(stage)) as running:
        yield running
        assert running.mistakes == []
        assert running.changes == []


def test_moodle_tells_every_message_of_the_file(
    stage: Stage, moodle: PretendMoodle, tmp_path: Path
) -> None:
    notes = {
        str(message_number(note)): note
        for note in stage.outbox.notes
        if stage.period.week_of(note.sent_at) == 2
    }
    assert len(notes) > 20
    window = Window(stage.period.day(2, 0), stage.period.day(2, 6))
    read = pull(moodle, tmp_path, window, addresses=RULES, domains=[DOMAIN])
    assert set(read.messages) == set(notes)
    for id_, message in read.messages.items():
        note = notes[id_]
        assert message.sent_at == note.sent_at
        assert people(message)[note.sender_id] == "from"
        assert set(people(message)) == {note.sender_id, *note.to, *note.cc}
    assert all(row.state is DayState.READ for page in read.pages for row in page.coverage)


@pytest.mark.integration
def test_the_items_are_those_of_the_file(
    stage: Stage, moodle: PretendMoodle, tmp_path: Path
) -> None:
    write_district(tmp_path, stage)
    source = SOURCE.format(site=moodle.base, token=moodle.token_file(tmp_path))
    settings = tmp_path / "district.toml"
    before, _, rest = settings.read_text("utf-8").partition("[sources.lms-messages]")
    _, bracket, after = rest.partition("\n[")
    settings.write_text(before + source + bracket + after, "utf-8")
    planted = tmp_path / "planted.json"
    named = {note.external_id: str(message_number(note)) for note in stage.outbox.notes}
    document = json.loads(planted.read_text("utf-8"))
    for truth in document["truths"]:
        for column in ("native_ids", "related_ids", "covered_ids"):
            truth[column] = [named.get(id_, id_) for id_ in truth[column]]
    planted.write_text(json.dumps(document), "utf-8")
    # A note without the counselor who was on the one before is in another conversation, so it is
    # told as direct contact and not as somebody dropped. Of a group that is read for the first time
    # nobody knows who was in it before.
    dropped, team, direct = differences(tmp_path, END)
    assert team.startswith("team-lms: ")
    assert team.endswith("is marked uncertain")
    assert dropped == "dropped-lms: not found"
    assert "(direct-no-adult)" in direct
