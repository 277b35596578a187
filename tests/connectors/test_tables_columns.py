"""Column maps and settings: what they can say, and every mistake named at once."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from auditor.model import Channel, PartyRole, PersonRef, TeamMember, TeamRole
from auditor.records import AppGrant, AppUse
from auditor.source import FactKind, Malformed
from connectors.tables.columns import load_map
from connectors.tables.layout import TABLES
from tests.connectors.tables_world import Pulled, pull, source, write

CONFIG = Path(__file__).resolve().parents[2] / "config"
MAPS = sorted((CONFIG / "columns").glob("*.toml"))

LOG_MAP = """
encoding = "windows-1252"
delimiter = "\\t"
list_delimiter = "|"
date_format = "%m/%d/%Y %I:%M %p"
timezone = "America/Chicago"
ignored = ["Preview"]
[columns]
external_id = "Message ID"
message_ref = "Message ID"
sent_at = "Sent Date"
channel = "Type"
sender_email = "Sender"
recipient_ids = "Recipients"
audience = "Delivery"
[constants]
source = "sis"
[values.channel]
Inbox = "app"
[values.audience]
"" = "individual"
ALL = "broadcast"
"""
LOG = (
    "Message ID\tSENT date\tType\tSender\tRecipients\tDelivery\tPreview\n"
    "7\t09/14/2026 04:05 PM\tinbox\tt@marlow.example\tS-1|S-2\t\tzephyrquill caf\xe9\n"
)


def mapped(base: Path, columns: str, content: str | bytes) -> Pulled:
    write(base / "map.toml", columns)
    write(base / "drop/week.csv", content)
    return pull(base, kind="communications", columns="map.toml")


def test_a_map_reads_a_vendors_export(tmp_path: Path) -> None:
    pulled = mapped(tmp_path, LOG_MAP, LOG.encode("windows-1252"))
    (message,) = pulled.messages
    assert (message.native_id, message.channel, message.tool) == ("7", Channel.APP, "sis")
    assert message.sent_at == datetime(2026, 9, 14, 21, 5, tzinfo=UTC)
    assert [(p.address.text, p.role) for p in message.parties] == [
        ("t@marlow.example", PartyRole.FROM),
        ("S-1", PartyRole.TO),
        ("S-2", PartyRole.TO),
    ]
    assert message.thread == "tables/7"
    assert "zephyrquill" not in repr(pulled)
    assert not any("Preview" in note.text for note in pulled.notes)


def test_a_column_the_map_does_not_name_is_not_read_even_under_a_canonical_heading(
    tmp_path: Path,
) -> None:
    header, row = LOG.splitlines()
    pulled = mapped(tmp_path, LOG_MAP, f"{header}\tcc_ids\n{row}\tS-9\n".encode("cp1252"))
    assert "S-9" not in repr(pulled)
    assert any("cc_ids" in note.text for note in pulled.notes)


def test_a_bad_row_is_told_under_the_files_own_heading(tmp_path: Path) -> None:
    rows = LOG + "8\t14.9.2026\tInbox\tt@marlow.example\tS-1\t\t\n"
    (bad,) = mapped(tmp_path, LOG_MAP, rows.encode("cp1252")).rejected
    assert (bad.line, bad.field) == (3, "Sent Date")
    assert bad.reason == "is no time such as 09/14/2026 04:05 PM"


def test_a_mapped_heading_that_is_gone_stops_the_source(tmp_path: Path) -> None:
    with pytest.raises(Malformed) as caught:
        mapped(tmp_path, LOG_MAP, LOG.replace("Recipients", "To").encode("cp1252"))
    said = str(caught.value)
    assert "week.csv: it has no column Recipients" in said
    assert "it has Message ID, SENT date, Type, Sender, To, Delivery, Preview" in said
    assert "mend the column map" in said


def test_a_file_read_through_a_wrong_map_is_read_again_when_the_map_is_mended(
    tmp_path: Path,
) -> None:
    wrong = LOG_MAP.replace('Inbox = "app"', 'Letter = "app"')
    first = mapped(tmp_path, wrong, LOG.encode("cp1252"))
    assert (len(first.messages), len(first.rejected)) == (0, 1)
    write(tmp_path / "map.toml", LOG_MAP)
    known = first.hashes
    mended = pull(tmp_path, already_read=known, kind="communications", columns="map.toml")
    assert len(mended.messages) == 1
    both = known | mended.hashes
    again = pull(tmp_path, already_read=both, kind="communications", columns="map.toml")
    assert again.facts == ()


def test_a_sports_tools_roster_needs_no_ids(tmp_path: Path) -> None:
    roster = "Jersey,First Name,Last Name,Email,Position\n7,Avery,Sample,a@x.example,Keeper\n"
    write(tmp_path / "drop/soccer.csv", roster)
    columns = str(CONFIG / "columns/team-roster.toml")
    pulled = pull(tmp_path, kind="team_members", columns=columns)
    ref = PersonRef(given_name="Avery", family_name="Sample")
    assert pulled.facts == (TeamMember("SOC-V", ref, TeamRole.ATHLETE),)
    assert pulled.notes == ()


def test_days_in_the_offices_own_form(tmp_path: Path) -> None:
    columns = """
    date_format = "%m/%d/%Y"
    [columns]
    team_id = "Team"
    person_id = "ID"
    start = "From"
    [constants]
    role = "athlete"
    """
    write(tmp_path / "map.toml", columns)
    write(tmp_path / "drop/t.csv", "Team,ID,From\nT,S-1,9/1/2026\nT,S-2,2026-09-01\n")
    pulled = pull(tmp_path, kind="team_members", columns="map.toml")
    (fact,) = pulled.facts
    assert isinstance(fact, TeamMember)
    assert fact.start == date(2026, 9, 1)
    assert [(bad.line, bad.field) for bad in pulled.rejected] == [(3, "From")]


@pytest.mark.parametrize("path", MAPS, ids=lambda path: path.stem)
def test_every_map_that_comes_with_the_program_can_be_read(path: Path) -> None:
    kind = tomllib.loads(path.read_text(encoding="utf-8"))["kind"]
    assert load_map(path, path.name, TABLES[kind]).columns


def test_there_are_maps_to_start_from() -> None:
    assert {path.stem for path in MAPS} >= {"chat-export", "message-log", "team-roster"}


# ---- mistakes -------------------------------------------------------------------------------

LEAST = '[columns]\nexternal_id = "I"\nsent_at = "S"\nsender_id = "F"\nrecipient_ids = "R"\n'
CHANNEL = '[constants]\nchannel = "chat"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[columns", "not readable as TOML"),
        ("", "[columns] names no heading"),
        (LEAST, "channel has neither a heading nor a constant"),
        (LEAST.replace("sender_id", "cc_ids") + CHANNEL, "it gives no sender_id or sender_email"),
        ("colour = 1\n" + LEAST + CHANNEL, "colour is nothing a map has"),
        ('kind = "teams"\n' + LEAST + CHANNEL, "kind is 'teams', and the source reads"),
        (LEAST + 'body = "Text"\n' + CHANNEL, "columns.body is no column of communications"),
        (LEAST + "cc_ids = 7\n" + CHANNEL, "columns.cc_ids must be text in quotes"),
        (LEAST + 'cc_ids = "#"\n' + CHANNEL, "columns.cc_ids: a heading needs a letter"),
        (LEAST + 'channel = "C"\n' + CHANNEL, "channel has both a heading and a constant"),
        (LEAST + '[constants]\nchannel = "sms"', "constants.channel: 'sms' is none of email"),
        (LEAST + CHANNEL + '[values.audience]\nA = "x"', "values.audience: 'x' is none of"),
        (LEAST + CHANNEL + '[values.colour]\nA = "x"', "values.colour is no column"),
        (LEAST + CHANNEL + "[values.audience]\nA = 1", "the value of 'A' must be text"),
        ('columns = "x"', "columns must be a section of its own"),
        ('encoding = "klingon"\n' + LEAST + CHANNEL, "there is no text encoding 'klingon'"),
        ('encoding = "base64"\n' + LEAST + CHANNEL, "there is no text encoding 'base64'"),
        ('encoding = "utf-16"\n' + LEAST + CHANNEL, "'utf-16' is not read, save the files as"),
        ('delimiter = ";;"\n' + LEAST + CHANNEL, "delimiter must be one character"),
        ('list_delimiter = "x"\n' + LEAST + CHANNEL, "list_delimiter must be one character"),
        ('date_format = "%Q"\n' + LEAST + CHANNEL, "date_format: '%Q' is no form such as"),
        ('date_format = "%Y %Y %H"\n' + LEAST + CHANNEL, "date_format: '%Y %Y %H' is no form"),
        ('date_format = "%Y-%m-%d"\n' + LEAST + CHANNEL, "time_format must tell the hour"),
        ('timezone = "Marlow"\n' + LEAST + CHANNEL, "there is no time zone 'Marlow'"),
        ("timezone = 5\n" + LEAST + CHANNEL, "timezone must be text in quotes"),
        ('ignored = "Body"\n' + LEAST + CHANNEL, "ignored must be a list of headings"),
    ],
)
def test_a_mistake_in_a_map_is_a_mistake_of_the_settings(
    tmp_path: Path, text: str, said: str
) -> None:
    write(tmp_path / "map.toml", text)
    settings = {"path": "drop", "kind": "communications", "tool": "x", "columns": "map.toml"}
    with pytest.raises(ValueError, match=r"map\.toml") as caught:
        source(tmp_path, settings)
    mistakes = str(caught.value).split("; ")
    assert all(mistake.startswith("columns map.toml: ") for mistake in mistakes)
    assert any(said in mistake for mistake in mistakes)


def test_every_mistake_of_a_map_is_told_at_once(tmp_path: Path) -> None:
    write(tmp_path / "map.toml", 'delimiter = "ab"\ntimezone = "Marlow"\n' + LEAST)
    settings = {"path": "drop", "kind": "communications", "tool": "x", "columns": "map.toml"}
    with pytest.raises(ValueError, match="columns") as caught:
        source(tmp_path, settings)
    assert len(str(caught.value).split("; ")) == 3


APPS = """
list_delimiter = "|"
[columns]
person_id = "User"
app_name = "App"
uses = "Access"
revoked_on = "Removed"
[values.uses]
"Full access" = "mail | Contacts"
"""


def test_a_map_turns_one_word_into_several_where_a_list_may_stand(tmp_path: Path) -> None:
    write(tmp_path / "map.toml", APPS)
    write(tmp_path / "drop/apps.csv", "User,App,Access,Removed\nT-104,Talk,full access,\n")
    (fact,) = pull(tmp_path, kind="app_grants", columns="map.toml").facts
    assert isinstance(fact, AppGrant)
    assert (fact.uses, fact.app_id) == ((AppUse.MAIL, AppUse.CONTACTS), "Talk")
    write(tmp_path / "map.toml", APPS.replace("Contacts", "everything"))
    with pytest.raises(ValueError, match=r"values.uses: 'mail | everything' is none of mail"):
        pull(tmp_path, kind="app_grants", columns="map.toml")


def test_a_map_that_is_not_there_is_named(tmp_path: Path) -> None:
    settings = {"path": "drop", "kind": "communications", "columns": "columns/chat.toml"}
    with pytest.raises(ValueError, match=r"^columns names columns/chat.toml, and there is no such"):
        source(tmp_path, settings)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "path must name the file or folder"),
        ({"path": " "}, "path must name the file or folder"),
        ({"path": 5}, "path must name the file or folder"),
        ({"path": "x", "folder": "y"}, "folder is no setting of table"),
        ({"path": "x", "kind": "letters"}, "kind must be one of people, teams"),
        ({"path": "x", "kind": ["people"]}, "kind must be one of people, teams"),
        ({"path": "x", "columns": "c.toml"}, "columns needs a kind"),
        ({"path": "x", "expect": "people"}, "expect must be a list of tables"),
        ({"path": "x", "expect": ["people", "pets"]}, "expect names pets, and the tables are"),
        ({"path": "x", "kind": "people", "expect": ["people"]}, "expect is only for a folder"),
        ({"path": "x", "tool": "chat"}, 'tool is only for kind = "communications"'),
        ({"path": "x", "kind": "teams", "quiet_days": 2}, "quiet_days is only for kind"),
        ({"path": "x", "kind": "communications", "tool": ""}, "tool must name the tool"),
        ({"path": "x", "kind": "communications", "quiet_days": 0}, "quiet_days must be a number"),
        ({"path": "x", "kind": "communications", "covers_from": "May"}, "covers_from must be a"),
    ],
)
def test_a_mistake_in_the_settings_begins_with_its_name(
    tmp_path: Path, settings: dict[str, object], said: str
) -> None:
    with pytest.raises(ValueError, match=r"must|no setting|needs|expect|only") as caught:
        source(tmp_path, settings)
    assert [m for m in str(caught.value).split("; ") if m.startswith(said)]


def test_every_mistake_of_the_settings_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"must|no setting|needs|expect|only") as caught:
        source(tmp_path, {"kind": "x", "expect": 3, "pth": "drop"})
    assert len(str(caught.value).split("; ")) == 4


@pytest.mark.parametrize(
    ("kind", "brings"),
    [
        ("people", FactKind.PEOPLE),
        ("teams", FactKind.TEAMS),
        ("team_members", FactKind.TEAMS),
        ("groups", FactKind.GROUPS),
        ("aliases", FactKind.PEOPLE),
        ("personal_addresses", FactKind.PERSONAL_ADDRESSES),
        ("authorizations", FactKind.AUTHORIZATIONS),
        ("communications", FactKind.MESSAGES),
    ],
)
def test_a_kind_says_what_the_source_brings(tmp_path: Path, kind: str, brings: FactKind) -> None:
    assert source(tmp_path, {"path": "drop", "kind": kind}).provides == {brings}
