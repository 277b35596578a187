"""Which permissions our sources of Microsoft may carry between them; every one only reads.

A token carries whatever the application was given, so one application for all sources carries the
sum. Anything beyond it, such as the permission to read whole mails, is refused before it is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from auditor.source import CheckResult, SourceError
from connectors.microsoft.asking import Graph

READING = frozenset(
    (
        "User.Read.All", "GroupMember.Read.All", "Group.Read.All", "Member.Read.Hidden",
        "Directory.Read.All", "Organization.Read.All", "OrgContact.Read.All", "Domain.Read.All",
        "LicenseAssignment.Read.All", "EduRoster.ReadBasic.All", "EduRoster.Read.All",
        "ExchangeMessageTrace.Read.All", "Mail.ReadBasic", "Mail.ReadBasic.All",
        "MailboxSettings.Read",
        "Chat.ReadBasic.All", "Chat.Read.All", "ChannelMessage.Read.All", "Team.ReadBasic.All",
        "TeamMember.Read.All", "Channel.ReadBasic.All", "ChannelMember.Read.All",
        "AuditLog.Read.All", "AuditLogsQuery.Read.All", "ThreatHunting.Read.All",
        "Application.Read.All", "DelegatedPermissionGrant.Read.All",
    )
)  # fmt: skip
"""What is allowed; each source needs a few of them."""


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
