"""The sample district's LMS messages read from Canvas: the same messages, and the same items."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.keys import AddressRules
from auditor.model import Channel
from auditor.source import Window
from benchmarks.district import Sizes, make_district, write_district
from benchmarks.pretend.canvas import PretendCanvas, message_ids, world_of
from benchmarks.sample.people import ALIAS_DOMAIN, DOMAIN, STUDENT_DOMAIN
from benchmarks.sample.planted import Stage
from benchmarks.sample.writers import CANARY
from tests.benchmarks.test_district_audited import differences
from tests.connectors.canvas.canvas_world import pull
from tests.connectors.read_back import people
from tests.connectors.sample_tables import END
from tests.shared_sources import change_source, rename_planted

RULES = AddressRules(frozenset({DOMAIN, STUDENT_DOMAIN}), {ALIAS_DOMAIN: DOMAIN})
SOURCE = """
[sources.lms-messages]
connector = "canvas"
title = "Learning platform messages"
address = "{base}"
token = "canvas/{token}"
also_ask = {also}
tool = "lms"
queries_per_minute = 6000
"""


@pytest.fixture(scope="module")
def stage() -> Stage:
    return make_district(Sizes(schools=1, staff=45, students=450), seed=1, end=END)


def staff_without_class(stage: Stage) -> list[str]:
    teaching = {
        human.person_id
        for one in stage.groups.classes
        for human in (one.teacher, one.second)
        if human is not None
    }
    return [human.mail for human in stage.people.staff if human.person_id not in teaching]


def test_canvas_tells_of_every_message_what_the_files_told(stage: Stage, tmp_path: Path) -> None:
    window = Window(stage.period.first, stage.period.last)
    with PretendCanvas(world_of(stage)) as canvas:
        canvas.bucket.cost = 0
        found = pull(
            canvas, tmp_path, window, addresses=RULES, also_ask=staff_without_class(stage)
        )
        assert (canvas.mistakes, canvas.changes) == ([], [])
    named = message_ids(stage)
    notes = {named[note.external_id]: note for note in stage.outbox.notes}
    assert len(notes) > 100
    told = {one.native_id: one for one in found.messages}
    assert set(told) == set(notes)
    bulk = 0
    for id_, message in told.items():
        note = notes[id_]
        assert message.sent_at == note.sent_at
        assert set(people(message)) == {note.sender_id, *note.to, *note.cc}
        assert people(message)[note.sender_id] == "from"
        bulk += message.channel is Channel.ANNOUNCEMENT
    assert bulk > 10
    assert {row.state.value for row in found.coverage.values()} == {"read"}


@pytest.mark.integration
def test_the_items_are_those_of_the_files(stage: Stage, tmp_path: Path) -> None:
    write_district(tmp_path, stage)
    with PretendCanvas(world_of(stage)) as canvas:
        canvas.bucket.cost = 0
        source = SOURCE.format(
            base=canvas.base,
            token=canvas.token_file(tmp_path / "canvas").name,
            also=staff_without_class(stage),
        )
        change_source(tmp_path / "district.toml", "lms-messages", source)
        rename_planted(tmp_path / "planted.json", message_ids(stage))
        assert list(differences(tmp_path, END)) == []
        assert (canvas.mistakes, canvas.changes) == ([], [])
    for folder in ("data", "reports"):
        for path in (tmp_path / folder).rglob("*"):
            assert not path.is_file() or CANARY.encode() not in path.read_bytes(), path
