"""What the application may be allowed at most: everything any source of this package may need.

One application serves all of them, and its token carries whatever was consented to. All of these
only read, and none reads the text of a mail.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from auditor.source import CheckResult, SourceError
from connectors.microsoft.asking import Graph

READING = frozenset(
    (
        "User.Read.All",
        "GroupMember.Read.All",
        "Member.Read.Hidden",
        "OrgContact.Read.All",
        "Directory.Read.All",
        "Organization.Read.All",
        "Domain.Read.All",
        "LicenseAssignment.Read.All",
        "EduRoster.ReadBasic.All",
        "EduRoster.Read.All",
        "ExchangeMessageTrace.Read.All",
        "Mail.ReadBasic.All",
        "MailboxSettings.Read",
        "Team.ReadBasic.All",
        "TeamMember.Read.All",
        "Channel.ReadBasic.All",
        "ChannelMember.Read.All",
        "ChannelMessage.Read.All",
        "Chat.ReadBasic.All",
        "Chat.Read.All",
        "Application.Read.All",
        "AuditLog.Read.All",
        "AuditLogsQuery.Read.All",
        "ThreatHunting.Read.All",
    )
)
HIDDEN_MEMBERS = "Member.Read.Hidden"


def check_permissions(graph: Graph, needed: Iterable[str]) -> Iterator[CheckResult]:
    """Yield what our token carries, held against what is needed and against what is allowed."""
    results = list(graph.check(needed))
    yield from results
    if not all(result.ok for result in results):
        return
    try:
        graph.refuse_wider(READING)
    except SourceError as error:
        yield CheckResult(False, error.what, error.cure)
