"""What Microsoft's own records tell of the invented Marlow district, and one way to read them back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from auditor.keys import AddressRules
from auditor.source import SourceContext, Window
from benchmarks.pretend.microsoft import A5, Chat, PretendMicrosoft, Record, World
from connectors.microsoft.audit import MicrosoftAudit
from connectors.retrying import Clock
from tests.connectors.microsoft.directory_world import LIMITS, RULES, Waits
from tests.connectors.microsoft.teams_world import DAY, NOON, ONE_DAY, world
from tests.connectors.read_back import Read

TEAMS = "teams-audit"
MESSAGES, MAIL = "message-events", "email-events"
KIND = "MicrosoftTeams"


def record(operation: str, author: str, at: datetime = NOON, **data: object) -> Record:
    """Return a row of the audit log, shown an hour later."""
    return Record(at, at + timedelta(hours=1), KIND, operation, author, data)


def sent(chat: Chat | str, author: str, at: datetime = NOON, **data: object) -> Record:
    number = str(int(at.timestamp() * 1_000))
    thread = chat if isinstance(chat, str) else chat.id
    return record("MessageSent", author, at, MessageId=number, ChatThreadId=thread, **data)


def moved(
    operation: str, chat: Chat, author: str, at: datetime, *members: str, **data: object
) -> Record:
    people = [{"UPN": one, "Role": 1, "DisplayName": "zephyrquill"} for one in members]
    return record(operation, author, at, ChatThreadId=chat.id, Members=people, **data)


def recorded(*records: Record, chats: tuple[Chat, ...] = (), **edition: Any) -> World:
    return replace(world(*chats), records=records, edition=replace(A5, **edition))


def configured(
    folder: Path,
    settings: Mapping[str, object],
    clock: Clock | None = None,
    addresses: AddressRules = RULES,
) -> MicrosoftAudit:
    context = SourceContext(
        "records", "Microsoft records", "America/New_York", addresses, str(folder), settings
    )
    return MicrosoftAudit(context, clock=clock or Waits().clock(), random=Random(7), limits=LIMITS)


def audit(
    running: PretendMicrosoft,
    folder: Path,
    *,
    clock: Clock | None = None,
    addresses: AddressRules = RULES,
    **settings: object,
) -> MicrosoftAudit:
    """Return the source in front of a tenant that is served."""
    given = {
        "tenant": running.tenant,
        "client": running.client,
        "certificate": str(running.certificate_file(folder)),
        "endpoint": running.base,
        "streams": [TEAMS],
        **settings,
    }
    return configured(folder, given, clock, addresses)


def pull(
    running: PretendMicrosoft, folder: Path, window: Window = ONE_DAY, **settings: Any
) -> Read:
    return Read(list(audit(running, folder, **settings).pull(window)), DAY)
