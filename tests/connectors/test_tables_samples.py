"""The sample district, the example files, and data nobody here wrote, through real settings."""

from __future__ import annotations

import csv
import io
import tomllib
from datetime import date
from pathlib import Path

import pytest

from auditor.model import Authorization, GroupMember, Person, Team, TeamMember
from auditor.source import DayState, SourceContext, SourceError, Window
from benchmarks.district import Sizes, make_district, write_district
from benchmarks.sample.planted import Stage
from benchmarks.sample.writers import CANARY
from connectors.mail import connect as connect_mail
from connectors.tables import connect
from connectors.tables.layout import TABLES
from tests.connectors.tables_world import (
    RULES,
    WINDOW,
    Pulled,
    gathered,
    pull,
    settings_of,
    source,
    write,
)
from tests.shared_data import shared

CONFIG = Path(__file__).resolve().parents[2] / "config"


@pytest.fixture(scope="module")
def stage() -> Stage:
    return make_district(Sizes(weeks=2), seed=7, end=date(2026, 11, 22))


@pytest.fixture(scope="module")
def district(stage: Stage, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("district")
    write_district(out, stage)
    return out


def of_district(out: Path, stage: Stage, name: str) -> Pulled:
    """Pull a source of the sample district exactly as its settings configure it."""
    configured = tomllib.loads((out / "district.toml").read_text(encoding="utf-8"))
    its = {
        key: value
        for key, value in configured["sources"][name].items()
        if key not in ("connector", "title")
    }
    context = SourceContext(name, name, "America/New_York", RULES, str(out), its)
    return gathered(connect(context).pull(Window(stage.period.first, stage.period.last)))


def count(pulled: Pulled, kind: type) -> int:
    return sum(isinstance(fact, kind) for fact in pulled.facts)


def test_the_sample_districts_tables_load_whole(district: Path, stage: Stage) -> None:
    pulled = of_district(district, stage, "district-tables")
    groups = stage.groups
    assert pulled.rejected == ()
    assert count(pulled, Person) == len(stage.people.extras)
    assert count(pulled, Team) == len(groups.teams)
    places = sum(len(t.leads) + len(t.members) for t in groups.teams.values())
    assert count(pulled, TeamMember) == places + 1
    assert count(pulled, GroupMember) == sum(len(set(m)) for m in groups.lists.values())
    assert count(pulled, Authorization) == len(stage.approvals)


def test_the_sample_districts_chat_loads_through_its_map(district: Path, stage: Stage) -> None:
    pulled = of_district(district, stage, "chat")
    posts = {post.external_id: post for post in stage.outbox.posts}
    assert (pulled.rejected, pulled.notes) == ((), ())
    assert {m.native_id for m in pulled.messages} == posts.keys()
    assert pulled.records == len(posts)
    for message in pulled.messages:
        post = posts[message.native_id]
        assert message.sent_at == post.sent_at
        assert message.container == post.space
        sender, *others = (party.address.text for party in message.parties)
        assert sender == post.author.casefold()
        assert {sender, *others} == {m.casefold() for m in (post.author, *post.members)}
    assert {c.state for c in pulled.coverage} == {DayState.READ}


def test_the_sample_districts_lms_messages_load(district: Path, stage: Stage) -> None:
    pulled = of_district(district, stage, "lms-messages")
    notes = {note.external_id: note for note in stage.outbox.notes}
    assert pulled.rejected == ()
    assert {m.native_id for m in pulled.messages} == notes.keys()
    assert {m.tool for m in pulled.messages} == {"lms"}
    for message in pulled.messages:
        note = notes[message.native_id]
        copied = {p.address.text for p in message.parties if p.role.value == "cc"}
        assert copied == set(note.cc) - {note.sender_id, *note.to}
    assert {c.state for c in pulled.coverage} == {DayState.READ}
    assert CANARY not in repr(pulled)


@pytest.mark.parametrize("name", list(TABLES))
def test_the_examples_load_without_a_word(tmp_path: Path, name: str) -> None:
    content = (CONFIG / "examples" / f"{name}.csv").read_bytes()
    write(tmp_path / "drop" / f"{name}.csv", content)
    pulled = pull(tmp_path, kind=name)
    assert pulled.facts
    assert (pulled.rejected, pulled.notes) == ((), ())
    written = list(csv.reader(io.StringIO(content.decode())))
    assert tuple(written[0]) == TABLES[name].columns
    assert pulled.records == len(written) - 1


@pytest.mark.parametrize("folder", ["canvas", "graph", "google"])
@pytest.mark.parametrize("kind", [None, "communications", "people"])
def test_vendors_json_is_no_table_and_says_so(folder: str, kind: str | None) -> None:
    dropped = source(Path("/"), settings_of(str(shared(folder)), kind))
    assert not any(line.ok for line in dropped.check())
    try:
        pulled = gathered(dropped.pull(WINDOW))
    except SourceError as error:
        assert error.cure
    else:
        assert pulled.facts == ()
        assert {n.text for n in pulled.notes} == {"not a CSV file, left alone"}
        assert {c.state for c in pulled.coverage} == {DayState.MISSING}


@pytest.mark.parametrize("kind", [None, "communications", "people"])
def test_one_file_of_vendors_json_is_no_table_either(kind: str | None) -> None:
    path = next(shared("canvas").glob("*.json"))
    with pytest.raises(SourceError) as caught:
        gathered(source(Path("/"), settings_of(str(path), kind)).pull(WINDOW))
    assert caught.value.cure


@pytest.mark.parametrize("folder", ["canvas", "graph", "google"])
def test_vendors_json_is_no_mail_and_says_so(folder: str) -> None:
    its = {"path": str(shared(folder))}
    context = SourceContext("mail", "Mail", "America/New_York", RULES, "/", its)
    try:
        pulled = gathered(connect_mail(context).pull(WINDOW))
    except SourceError as error:
        assert error.cure
    else:
        assert pulled.facts == ()
        assert pulled.notes or pulled.rejected
        assert {c.state for c in pulled.coverage} == {DayState.MISSING}
