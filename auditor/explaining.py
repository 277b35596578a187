"""Why an item is there: its whole derivation, from source records to the exceptions that failed.

Whoever is named in an item has a right to this, and so has whoever must decide on it. Nothing is
summarised away: each message, each address on it, whose it was on that day and how it got there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from auditor.directory import Register
from auditor.engine import Engine, rows_for
from auditor.items import StoredItem
from auditor.model import PartyRole
from auditor.result import Item


@dataclass(frozen=True, slots=True)
class PartyExplained:
    """One address on a message. ``who`` says whose it was on that day, or that nobody knows."""

    address: str
    role: str
    who: str
    via_list: str | None


@dataclass(frozen=True, slots=True)
class MessageExplained:
    source: str
    native_id: str
    sent_at: datetime
    channel: str
    parties: tuple[PartyExplained, ...]
    exceptions: tuple[str, ...]
    """Each exception that was tried and what came of it."""
    numbers: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    item: Item
    looks_for: str
    misses: tuple[str, ...]
    identity: str
    rule_version: str
    policy: str
    messages: tuple[MessageExplained, ...]
    timezone: ZoneInfo

    def lines(self) -> list[str]:
        """Return the explanation as lines of plain text."""
        item = self.item
        lines = [
            f"{item.id}  {item.adult.name} – {item.about}",
            f"  {item.what}",
            f"  state: {item.state}, first listed {item.listed_on}",
            f"  policy: {item.clause} ({item.verb}), {item.citation}",
            f"    “{item.policy_words}”" if item.words_are_quoted else f"    {item.policy_words}",
            f"    pack {self.policy}",
            f"  rule: {item.rule}, version {self.rule_version}",
            f"    looks for: {self.looks_for}",
            *(f"    cannot see: {line}" for line in self.misses),
            f"  identity: {self.identity}",
            "  why it is listed:",
            *(f"    - {line}" for line in item.why),
            "  what might explain it:",
            *(f"    - {c.what}: {c.result}" for c in item.checked),
            "  messages:",
        ]
        for message in self.messages:
            lines += self._message_lines(message)
        return lines

    def _message_lines(self, message: MessageExplained) -> list[str]:
        when = message.sent_at.astimezone(self.timezone)
        sent = f"{when:%Y-%m-%d %H:%M %Z}  {message.channel}"
        lines = [f"    {sent}  {message.source}: {message.native_id}"]
        for party in message.parties:
            via = f", through {party.via_list}" if party.via_list else ""
            lines.append(f"      {party.role:<7} {party.address}: {party.who}{via}")
        tried = message.exceptions or ("none on file for these people",)
        lines += [f"      exception: {line}" for line in tried]
        measured = ", ".join(f"{name} = {value}" for name, value in message.numbers)
        if measured:
            lines.append(f"      measured: {measured}")
        return lines

    def as_json(self) -> dict[str, Any]:
        """Return the explanation as JSON-ready values, times as ISO text."""
        return {
            "id": self.item.id,
            "what": self.item.what,
            "rule": self.item.rule,
            "rule_version": self.rule_version,
            "looks_for": self.looks_for,
            "misses": list(self.misses),
            "identity": self.identity,
            "policy": self.policy,
            "clause": self.item.clause,
            "why": list(self.item.why),
            "checked": [{"what": c.what, "result": c.result} for c in self.item.checked],
            "messages": [
                {
                    "source": m.source,
                    "native_id": m.native_id,
                    "sent_at": m.sent_at.astimezone(self.timezone).isoformat(),
                    "channel": m.channel,
                    "parties": [
                        {
                            "address": p.address,
                            "role": p.role,
                            "who": p.who,
                            "via_list": p.via_list,
                        }
                        for p in m.parties
                    ],
                    "exceptions": list(m.exceptions),
                    "measured": dict(m.numbers),
                }
                for m in self.messages
            ],
        }


_ROLES = tuple(role.value for role in PartyRole)
_WHO = """
SELECT message_key, address_key, person_key, role_rank, via_group_key, is_list
FROM party_person
WHERE message_key IN ({keys})"""
Place = tuple[int, int | None, int | None]
"""Where somebody stands on a message: address, person, list."""


def explain_messages(
    stored: StoredItem,
    item: Item,
    engine: Engine,
    register: Register,
    address_text: Callable[[int], str | None],
) -> tuple[MessageExplained, ...]:
    """Return every message of an item with everyone on it, as known for its day."""
    rows: dict[int, dict[Place, Mapping[str, Any]]] = defaultdict(dict)
    for row in rows_for(engine, _WHO, (h.message for h in stored.hits)):
        place = (row["address_key"], row["person_key"], row["via_group_key"])
        known = rows[row["message_key"]].get(place)
        # Copies may show an address as To in one and as merely delivered in another.
        if known is None or row["role_rank"] < known["role_rank"]:
            rows[row["message_key"]][place] = row

    def party(row: Mapping[str, Any], day: int) -> PartyExplained:
        person = row["person_key"]
        who = "a list" if row["is_list"] else "nobody the rosters know on that day"
        if person is not None:
            shown = register.person(person, day)
            who = f"{shown.name} ({', '.join(shown.hats) or 'no role on that day'})"
        via = row["via_group_key"]
        shown_via = None if via is None else address_text(via) or "a list"
        text = address_text(row["address_key"]) or "an address that has been erased"
        return PartyExplained(text, _ROLES[row["role_rank"]], who, shown_via)

    explained = []
    for hit, message in zip(stored.hits, item.messages, strict=True):
        parties = sorted(
            (party(row, hit.day) for row in rows[hit.message].values()),
            key=lambda p: (_ROLES.index(p.role), p.address, p.who),
        )
        explained.append(
            MessageExplained(
                hit.source,
                hit.native_id,
                message.sent_at,
                hit.channel.value,
                tuple(parties),
                hit.tried,
                tuple(sorted(hit.numbers.items())),
            )
        )
    return tuple(explained)
