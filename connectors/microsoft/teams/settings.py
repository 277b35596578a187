"""The settings of the source ``microsoft-teams``, checked all at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from auditor.keys import canonical_email
from auditor.source import SourceContext
from connectors.microsoft.access import Access, unknown_settings
from connectors.microsoft.asking import IN_FLIGHT
from connectors.microsoft.places import GROUP_PERMISSIONS, Place, read_places
from connectors.microsoft.teams.policies import Expected, read_expected
from connectors.microsoft.users import USER_PERMISSIONS
from connectors.options import flag, number, text, texts

MESSAGE_PERMISSIONS = ("Chat.Read.All",)
CHANNEL_PERMISSIONS = (
    "Team.ReadBasic.All",
    "TeamMember.Read.All",
    "Channel.ReadBasic.All",
    "ChannelMember.Read.All",
    "ChannelMessage.Read.All",
)


@dataclass(frozen=True, slots=True)
class TeamsSettings:
    """Whose chats are read, and how."""

    users: tuple[Place, ...]
    """Whose: a list of { department = "..." }, { group = "..." } ..."""
    leave_out: tuple[str, ...] = ()
    """Addresses of accounts whose chats are not read: rooms, scanners, help desks."""
    channels: bool = False
    """Whether what is written in the channels of all teams is read, too."""
    policies: str | None = None
    """CSV file, or folder of them, with the policies of Teams as PowerShell writes them."""
    expected: Expected = field(default_factory=dict)
    """What the district wants of each policy's settings, in PowerShell's words."""
    threads: int = IN_FLIGHT
    """Accounts or chats read at the same time."""
    tool: str = "teams"
    """Name of Teams in the district's tool catalogue."""

    @property
    def permissions(self) -> tuple[str, ...]:
        """Application permissions that are needed, for what the settings ask for."""
        by_group = any(place.group is not None for place in self.users)
        of_groups = GROUP_PERMISSIONS if by_group else ()
        of_teams = CHANNEL_PERMISSIONS if self.channels else ()
        return (*USER_PERMISSIONS, *of_groups, *MESSAGE_PERMISSIONS, *of_teams)

    @classmethod
    def of(cls, context: SourceContext) -> tuple[TeamsSettings, Access]:
        """Return the checked settings; raises ValueError with every mistake."""
        settings = context.settings
        mistakes = unknown_settings(settings, (f.name for f in fields(cls)), "microsoft-teams")
        access = Access.of(context, mistakes)
        found = cls(
            read_places(settings.get("users"), "users", mistakes),
            _addresses(settings, mistakes),
            flag(settings, "channels", mistakes, default=False),
            text(settings, "policies", mistakes),
            read_expected(settings.get("expected"), mistakes),
            number(settings, "threads", IN_FLIGHT, IN_FLIGHT, mistakes),
            text(settings, "tool", mistakes) or "teams",
        )
        if ("policies" in settings) != ("expected" in settings):
            mistakes.append("policies and expected are of use only together")
        if mistakes:
            raise ValueError("; ".join(mistakes))
        return found, access


def _addresses(settings: Mapping[str, object], mistakes: list[str]) -> tuple[str, ...]:
    found = [canonical_email(one) for one in texts(settings, "leave_out", mistakes)]
    if None in found:
        mistakes.append("leave_out must list e-mail addresses")
    return tuple(address for address in found if address is not None)
