"""The sample district's chat by Microsoft's own records: the same messages, students' own as well."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from auditor.source import Window
from benchmarks.pretend.microsoft import A5, PretendMicrosoft, world_of
from benchmarks.sample.planted import Stage
from tests.connectors.microsoft.audit_world import MESSAGES, TEAMS, pull
from tests.connectors.microsoft.test_teams_sample import RULES, names, stage
from tests.connectors.read_back import people

__all__ = ["stage"]


@pytest.mark.parametrize("stream", [TEAMS, MESSAGES])
def test_the_records_tell_of_every_message_what_the_export_told(
    stage: Stage, tmp_path: Path, stream: str
) -> None:
    window = Window(stage.period.first, stage.period.last)
    served = world_of(stage, edition=replace(A5, chats=99_999, hunts=99_999))
    with PretendMicrosoft(served) as microsoft:
        found = pull(microsoft, tmp_path, window, addresses=RULES, streams=[stream])
        named = names(stage, microsoft)
        assert microsoft.mistakes == []
    told = {one.native_id: one for one in found.messages}
    posts = {named[post.external_id]: post for post in stage.outbox.posts}
    assert len(told) > 100
    assert set(told) == set(posts)
    for id_, message in told.items():
        post = posts[id_]
        assert message.sent_at == post.sent_at
        assert set(people(message)) == set(post.members)
        assert people(message)[post.author] == "from"
        assert not message.recipients_hidden
