"""The settings of the source ``microsoft-audit``, checked all at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

from auditor.source import SourceContext
from connectors.microsoft.access import Access, unknown_settings
from connectors.microsoft.asking import IN_FLIGHT
from connectors.microsoft.users import USER_PERMISSIONS
from connectors.options import flag, number, texts

TEAMS_AUDIT, MESSAGE_EVENTS, EMAIL_EVENTS = "teams-audit", "message-events", "email-events"
TOOLS = {TEAMS_AUDIT: "teams", MESSAGE_EVENTS: "teams", EMAIL_EVENTS: "outlook"}
"""Stream -> the tool its messages ran in, unless the settings say otherwise."""
STREAMS = tuple(TOOLS)
"""In the order in which they are read."""
QUERY_PERMISSIONS = ("AuditLogsQuery.Read.All",)
HUNTING_PERMISSIONS = ("ThreatHunting.Read.All",)
MEMBER_PERMISSIONS = ("Chat.ReadBasic.All", "TeamMember.Read.All", "ChannelMember.Read.All")


@dataclass(frozen=True, slots=True)
class AuditSettings:
    """Which of Microsoft's records are read, and how."""

    streams: tuple[str, ...]
    """The records to read: teams-audit, message-events, email-events."""
    tools: Mapping[str, str]
    """Stream -> name of the tool in the district's tool catalogue."""
    members: bool = True
    """Whether Graph is asked who is in a chat or channel that the audit log does not tell of."""
    threads: int = IN_FLIGHT
    """Chats asked about at the same time."""

    @property
    def permissions(self) -> tuple[str, ...]:
        """Application permissions that are needed, for what the settings ask for."""
        wanted = set(self.streams)
        asks_members = self.members and TEAMS_AUDIT in wanted
        return (
            *(USER_PERMISSIONS if wanted & {TEAMS_AUDIT, MESSAGE_EVENTS} else ()),
            *(QUERY_PERMISSIONS if TEAMS_AUDIT in wanted else ()),
            *(MEMBER_PERMISSIONS if asks_members else ()),
            *(HUNTING_PERMISSIONS if wanted & {MESSAGE_EVENTS, EMAIL_EVENTS} else ()),
        )

    @classmethod
    def of(cls, context: SourceContext) -> tuple[AuditSettings, Access]:
        """Return the checked settings; raises ValueError with every mistake."""
        settings = context.settings
        mistakes = unknown_settings(settings, (f.name for f in fields(cls)), "microsoft-audit")
        access = Access.of(context, mistakes)
        found = cls(
            _streams(settings, mistakes),
            _tools(settings.get("tools", {}), mistakes),
            flag(settings, "members", mistakes, default=True),
            number(settings, "threads", IN_FLIGHT, IN_FLIGHT, mistakes),
        )
        if mistakes:
            raise ValueError("; ".join(mistakes))
        return found, access


def _streams(settings: Mapping[str, object], mistakes: list[str]) -> tuple[str, ...]:
    named = set(texts({"streams": [], **settings}, "streams", []))
    if not named or not named <= set(STREAMS):
        mistakes.append(f"streams must list some of {', '.join(STREAMS)}")
    return tuple(name for name in STREAMS if name in named)


def _tools(value: object, mistakes: list[str]) -> Mapping[str, str]:
    named = value if isinstance(value, Mapping) else {"": ""}
    good = all(isinstance(tool, str) and tool.strip() for tool in named.values())
    if not good or not set(named) <= set(TOOLS):
        mistakes.append(f"tools must name a tool for some of {', '.join(TOOLS)}, in quotes")
    return {**TOOLS, **{str(name): str(tool).strip() for name, tool in named.items()}}
