"""The view of a Moodle site's database, as the page about it has it, read through the map that ships."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from auditor.keys import AddressRules
from auditor.model import Channel, Message
from auditor.source import SourceContext, Window
from connectors.tables import connect
from tests.connectors.units_world import CANARY, DAY, people
from tests.shared_data import ROOT

# As lib/db/install.xml has them, as far as a message needs them.
TABLES = """
CREATE TABLE mdl_user (id bigint PRIMARY KEY, email varchar(100) NOT NULL DEFAULT '');
CREATE TABLE mdl_message_conversations (id bigint PRIMARY KEY, type bigint NOT NULL DEFAULT 1);
CREATE TABLE mdl_message_conversation_members (
  id bigserial PRIMARY KEY, conversationid bigint NOT NULL, userid bigint NOT NULL);
CREATE TABLE mdl_messages (
  id bigint PRIMARY KEY, useridfrom bigint NOT NULL, conversationid bigint NOT NULL,
  subject text, fullmessage text, timecreated bigint NOT NULL);
INSERT INTO mdl_user VALUES (1, 'ana@marlow.example'), (2, 'kit@marlow.example'),
  (3, 'ben@marlow.example'), (4, 'd41d8cd98f00b204e9800998ecf8427e'), (5, '');
INSERT INTO mdl_message_conversations VALUES (10, 1), (11, 2), (12, 3), (13, 1), (14, 2);
INSERT INTO mdl_message_conversation_members (conversationid, userid) VALUES
  (10, 1), (10, 2), (11, 1), (11, 2), (11, 3), (12, 1), (13, 1), (13, 4), (14, 1), (14, 2), (14, 5);
"""
AT = int(datetime(2026, 11, 18, 17, tzinfo=UTC).timestamp())


def statements() -> tuple[str, str]:
    page = (ROOT / "docs/sources/moodle.md").read_text("utf-8")
    view, copy = re.findall(r"^```sql\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    return view, copy


@pytest.fixture
def exported(database: str, tmp_path: Path) -> Path:
    """Return a folder with what the page's own statements write."""
    view, copy = statements()
    rows = [(n, 2 if n == 2 else 1, number, CANARY, AT + n) for n, number in
            ((1, 10), (2, 10), (3, 11), (4, 12), (5, 13), (6, 14))]  # fmt: skip
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(TABLES.encode())
        for row in rows:
            connection.execute(
                "INSERT INTO mdl_messages VALUES (%s, %s, %s, %s, %s, %s)", (*row[:3], *row[3:4] * 2, row[4])
            )
        connection.execute(view.encode())
        (tmp_path / "drop").mkdir()
        with (
            (tmp_path / "drop/messages.csv").open("wb") as file,
            connection.cursor().copy(copy.rstrip().rstrip(";").replace("now()", "'2026-11-20'::timestamptz").encode()) as portions,
        ):
            for portion in portions:
                file.write(portion)
    return tmp_path


def test_the_view_tells_who_wrote_to_whom_and_never_what(exported: Path) -> None:
    assert CANARY not in (exported / "drop/messages.csv").read_text("utf-8")
    settings = {
        "path": "drop",
        "kind": "communications",
        "columns": str(ROOT / "config/columns/moodle-messages.toml"),
        "use_unverified": True,
        "tool": "moodle",
    }
    rules = AddressRules(frozenset({"marlow.example"}))
    context = SourceContext("moodle", "Moodle", "America/New_York", rules, str(exported), settings)
    pages = list(connect(context).pull(Window(DAY, DAY)))
    assert not [bad for page in pages for bad in page.rejected]
    found = {f.native_id: f for page in pages for f in page.facts if isinstance(f, Message)}
    assert set(found) == {"1", "2", "3", "5", "6"}, "4 is a note to oneself"
    ana, ben, kit = (f"{name}@marlow.example" for name in ("ana", "ben", "kit"))
    assert people(found["1"]) == {ana: "from", kit: "to"}
    assert people(found["2"]) == {kit: "from", ana: "to"}
    assert people(found["3"]) == {ana: "from", kit: "member", ben: "member"}
    assert found["1"].sent_at == datetime(2026, 11, 18, 17, 0, 1, tzinfo=UTC)
    assert (found["1"].channel, found["1"].thread) == (Channel.LMS_MESSAGE, "moodle/10")
    assert {id_ for id_, one in found.items() if one.recipients_hidden} == {"5", "6"}
    assert people(found["6"]) == {ana: "from", kit: "member"}
