"""The sample district's learning platform read from Schoology: the same messages and items."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from auditor.keys import AddressRules
from auditor.source import DayState, Window
from benchmarks.district import Sizes, make_district, write_district
from benchmarks.pretend.sampled import midnight
from benchmarks.pretend.schoology import PretendSchoology, sent_id, world_of
from benchmarks.sample.people import ALIAS_DOMAIN, DOMAIN, STUDENT_DOMAIN
from benchmarks.sample.planted import Stage
from tests.benchmarks.test_district_audited import differences, judge
from tests.connectors.sample_tables import END
from tests.connectors.schoology.schoology_world import pull
from tests.connectors.units_world import Read, people

RULES = AddressRules(frozenset({DOMAIN, STUDENT_DOMAIN}), {ALIAS_DOMAIN: DOMAIN})
SOURCE = """
[sources.lms-messages]
connector = "schoology"
kind = "messages"
title = "Learning platform messages"
key = "{key}"
secret = "{secret}"
tokens = "{tokens}"
endpoint = "{endpoint}"
posts = false
messages_of = ["nobody"]      # of the sample, everybody who writes has granted a token
tool = "lms"
"""


@pytest.fixture(scope="module")
def stage() -> Stage:
    return make_district(Sizes(schools=1, staff=45, students=450), seed=1, end=END)


@pytest.fixture
def schoology(stage: Stage, tmp_path: Path) -> Iterator[PretendSchoology]:
    with PretendSchoology(world_of(stage)) as running:
        for uid in {sent.author for sent in running.world.sent}:
            running.token_file(tmp_path / "tokens", uid)
        yield running
        assert running.mistakes == []
        assert running.changes == []


def test_night_after_night_schoology_tells_every_message_of_the_file(
    stage: Stage, schoology: PretendSchoology, tmp_path: Path
) -> None:
    notes = [n for n in stage.outbox.notes if stage.period.week_of(n.sent_at) == 3]
    assert len(notes) > 20
    told: dict[str, object] = {}
    for number in range(5):
        day = stage.period.day(3, number)
        schoology.now = midnight(day + timedelta(days=1))
        read: Read = pull(
            schoology,
            tmp_path,
            Window(day, day),
            tokens=str(tmp_path / "tokens"),
            posts=False,
            messages_of=["nobody"],
            addresses=RULES,
        )
        assert all(
            row.state is DayState.READ for page in read.pages for row in page.coverage
        )
        told |= read.messages
        for message in read.messages.values():
            note = next(n for n in notes if sent_id(n) == message.native_id)
            assert message.sent_at == note.sent_at
            assert people(message)[note.sender_id] == "from"
            assert set(people(message)) == {note.sender_id, *note.to, *note.cc}
    last = midnight(stage.period.day(3, 5))
    assert {sent_id(n) for n in notes if n.sent_at < last} == set(told)


@pytest.mark.integration
def test_the_items_are_those_of_the_file(
    stage: Stage, schoology: PretendSchoology, tmp_path: Path
) -> None:
    write_district(tmp_path, stage)
    source = SOURCE.format(
        key=schoology.key,
        secret=schoology.secret_file(tmp_path),
        tokens=tmp_path / "tokens",
        endpoint=schoology.endpoint,
    )
    settings = tmp_path / "district.toml"
    before, _, rest = settings.read_text("utf-8").partition("[sources.lms-messages]")
    _, bracket, after = rest.partition("\n[")
    settings.write_text(before + source + bracket + after, "utf-8")
    planted = tmp_path / "planted.json"
    named = {note.external_id: sent_id(note) for note in stage.outbox.notes}
    document = json.loads(planted.read_text("utf-8"))
    for truth in document["truths"]:
        for column in ("native_ids", "related_ids", "covered_ids"):
            truth[column] = [named.get(id_, id_) for id_ in truth[column]]
    planted.write_text(json.dumps(document), "utf-8")
    # A thread is shown as it last stood, so what came before is seen the night before.
    schoology.now = midnight(stage.period.day(3, 4))
    judge(tmp_path, stage.period.day(3, 3))
    schoology.now = schoology.world.ends
    assert list(differences(tmp_path, END)) == []
