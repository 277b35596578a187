"""Audit events that other people recorded: every one is read, and what is a message is one."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from auditor.keys import AddressRules
from auditor.model import PartyRole
from connectors.google.activities import Activity, Quota, Unusable, activity
from connectors.google.logs.delivery import DeliveryReader, Refused
from connectors.google.logs.grants import GrantLog
from connectors.google.logs.listmoves import ListLog
from connectors.google.logs.reading import Reading
from connectors.pacing import Bucket
from connectors.retrying import this_machine
from tests.shared_data import shared

RULES = AddressRules(district_domains=frozenset({"lotr.com", "example.com"}))


def as_google_sends(log: dict[str, Any]) -> dict[str, Any]:
    """Return a recorded event in the API's own form: the recorder had flattened it."""
    identity = dict(log.get("id") or {})
    if isinstance(identity.get("time"), str):
        identity["time"] = identity["time"].replace(" ", "T") + "Z"
    parameters = [_parameter(name, value) for name, value in (log.get("parameters") or {}).items()]
    event = {"type": log.get("type"), "name": log.get("name"), "parameters": parameters}
    return {"id": identity, "actor": log.get("actor") or {}, "events": [event]}


def _parameter(name: str, value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"name": name, "boolValue": value}
    if isinstance(value, int):
        return {"name": name, "intValue": str(value)}
    if isinstance(value, dict):
        return {"name": name, "messageValue": _message(value)}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return {"name": name, "multiMessageValue": [_message(one) for one in value]}
    if isinstance(value, list):
        return {"name": name, "multiValue": [str(one) for one in value]}
    return {"name": name} if value is None else {"name": name, "value": str(value)}


def _message(values: dict[str, Any]) -> dict[str, Any]:
    return {"parameter": [_parameter(name, value) for name, value in values.items()]}


@pytest.fixture(scope="module")
def recorded() -> list[dict[str, Any]]:
    file = shared("google/panther_gsuite_tests.jsonl")
    return [json.loads(line)["log"] for line in file.read_text("utf-8").splitlines()]


@pytest.fixture
def reading() -> Reading:
    clock = this_machine()
    quota = Quota(Bucket(1, clock), Bucket(1, clock))
    asking: Any = None  # nothing is asked
    return Reading(asking, quota, None, 1, "logs", RULES, ZoneInfo("UTC"))


def good(recorded: list[dict[str, Any]], application: str) -> Iterator[Activity]:
    for log in recorded:
        found = activity(as_google_sends(log))
        if isinstance(found, Activity) and found.application == application:
            yield found


def test_every_event_is_read_or_set_aside_for_a_reason(recorded: list[dict[str, Any]]) -> None:
    found = [activity(as_google_sends(log)) for log in recorded]
    unusable = Counter(one.field for one in found if isinstance(one, Unusable))
    assert len(found) == 157
    assert unusable == {"id.time": 67, "id.uniqueQualifier": 7}
    read = [one for one in found if isinstance(one, Activity)]
    assert all(len(one.events) == 1 and one.at.tzinfo is not None for one in read)


def test_no_parameter_is_lost_on_the_way(recorded: list[dict[str, Any]]) -> None:
    def leaves(value: Any) -> int:
        if isinstance(value, dict):
            return sum(leaves(one) for one in value.values())
        if isinstance(value, list) and value and isinstance(value[0], dict):
            return 1
        return int(value is not None)

    for log in recorded:
        found = activity(as_google_sends(log))
        if isinstance(found, Activity):
            assert len(found.events[0].parameters) == leaves(log.get("parameters") or {}), log


def test_every_recorded_delivery_is_a_message_or_counted(
    recorded: list[dict[str, Any]], reading: Reading
) -> None:
    """They are of all kinds; as a recipient's rows they show every shape of source and target."""
    rows = DeliveryReader("gmail", reading)
    told = [rows.received(one, one.events[0].parameters, None) for one in good(recorded, "gmail")]
    refused = Counter((one.text, one.lost) for one in told if isinstance(one, Refused))
    assert refused == {
        ("received mail of which the log does not tell the sender", True): 9,
        ("mail that could not be delivered to a mailbox", False): 3,
    }
    messages = [one for one in told if not isinstance(one, Refused)]
    assert len(messages) == 7
    for message in messages:
        assert [p.role for p in message.parties] == [PartyRole.FROM, PartyRole.UNKNOWN]
    # what the From header said, where the envelope came from elsewhere
    assert "colleague@partner-company.com" in [m.parties[0].address.text for m in messages]


def test_grants_and_moves_on_lists_are_read(recorded: list[dict[str, Any]], reading: Reading) -> None:
    portion, grants = GrantLog(reading)._grants(good(recorded, "token"))
    assert portion.records == 3
    assert len(grants) == 1
    assert "it may use their mail;" in grants[0][0]
    portion, places = ListLog(reading)._places(good(recorded, "groups_enterprise"))
    assert (portion.records, places) == (0, [])
