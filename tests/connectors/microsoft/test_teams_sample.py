"""The sample district's chat read from Teams: the same messages, and the same items."""

from __future__ import annotations

from pathlib import Path

import pytest

from auditor.keys import AddressRules
from auditor.source import Window
from benchmarks.district import Sizes, make_district, write_district
from benchmarks.pretend.microsoft import PretendMicrosoft, world_of
from benchmarks.pretend.microsoft.chatting import places_of
from benchmarks.pretend.worlds import Accounts
from benchmarks.sample.people import ALIAS_DOMAIN, DOMAIN, STUDENT_DOMAIN
from benchmarks.sample.planted import Stage
from tests.benchmarks.test_district_audited import differences
from tests.connectors.microsoft.teams_world import pull
from tests.connectors.read_back import people
from tests.connectors.sample_tables import END
from tests.shared_sources import change_source, rename_planted

RULES = AddressRules(frozenset({DOMAIN, STUDENT_DOMAIN}), {ALIAS_DOMAIN: DOMAIN})
SOURCE = """
[sources.chat]
connector = "microsoft-teams"
title = "Chat"
tenant = "{tenant}"
client = "{client}"
certificate = "key/{certificate}"
endpoint = "{base}"
users = [{{ employee_type = "Staff" }}]
tool = "chat"
"""


@pytest.fixture(scope="module")
def stage() -> Stage:
    return make_district(Sizes(schools=1, staff=45, students=450), seed=1, end=END)


def names(stage: Stage, microsoft: PretendMicrosoft) -> dict[str, str]:
    """Return what a message of the sample is called in Teams."""
    accounts = Accounts(microsoft.world.users, microsoft.world.groups)
    return {id_: "/".join(place) for id_, place in places_of(stage, accounts).items()}


def test_teams_tells_of_every_message_what_the_export_told(stage: Stage, tmp_path: Path) -> None:
    window = Window(stage.period.first, stage.period.last)
    with PretendMicrosoft(world_of(stage)) as microsoft:
        found = pull(microsoft, tmp_path, window, addresses=RULES)
        named = names(stage, microsoft)
        assert microsoft.mistakes == []
    told = {one.native_id: one for one in found.messages}
    posts = {named[post.external_id]: post for post in stage.outbox.posts}
    assert len(posts) > 100
    staff = {person.mail for person in stage.people.staff}
    assert {id_ for id_, post in posts.items() if staff & set(post.members)} == set(told)
    for id_, message in told.items():
        post = posts[id_]
        assert message.sent_at == post.sent_at
        assert set(people(message)) == set(post.members)
        assert people(message)[post.author] == "from"
        assert not message.recipients_hidden


@pytest.mark.integration
def test_the_items_are_those_of_the_export(stage: Stage, tmp_path: Path) -> None:
    write_district(tmp_path, stage)
    (tmp_path / "key").mkdir()
    with PretendMicrosoft(world_of(stage)) as microsoft:
        source = SOURCE.format(
            tenant=microsoft.tenant,
            client=microsoft.client,
            certificate=microsoft.certificate_file(tmp_path / "key").name,
            base=microsoft.base,
        )
        change_source(tmp_path / "district.toml", "chat", source)
        rename_planted(tmp_path / "planted.json", names(stage, microsoft))
        assert list(differences(tmp_path, END)) == []
        assert microsoft.mistakes == []
