"""Every address of Graph that is served: its name, what it answers, and who may ask."""

from __future__ import annotations

import re
from dataclasses import dataclass

DIRECTORY = ("Directory.Read.All",)
USERS = ("User.Read.All", *DIRECTORY)
GROUPS = ("GroupMember.Read.All", "Group.Read.All", *DIRECTORY)
ORGANIZATION = ("Organization.Read.All", *DIRECTORY)
ROSTER = ("EduRoster.ReadBasic.All", "EduRoster.Read.All")
TRACE = ("ExchangeMessageTrace.Read.All",)
MAIL = ("Mail.ReadBasic.All", "Mail.Read", "Mail.ReadWrite")
SETTINGS = ("MailboxSettings.Read", "MailboxSettings.ReadWrite")
CHATS = ("Chat.ReadBasic.All", "Chat.Read.All", "Chat.ReadWrite.All")
MESSAGES = ("Chat.Read.All", "Chat.ReadWrite.All")
MEMBERS = ("ChatMember.Read.All", *CHATS)
TEAMS = ("Team.ReadBasic.All",)
GRANTS = ("DelegatedPermissionGrant.Read.All", *DIRECTORY)
APPS = ("Application.Read.All", *DIRECTORY)
QUERIES = ("AuditLogsQuery.Read.All",)
POSTS = ("ChannelMessage.Read.All", "Group.Read.All")
AUDIT = ("AuditLog.Read.All",)


@dataclass(frozen=True)
class Route:
    name: str
    """Such as "users.delta"; tests plan faults by it."""
    path: re.Pattern[str]
    answer: str
    """Type of the answer, with "[]" for a page of them; "" for one of no type."""
    permissions: tuple[str, ...]
    """One of them is enough."""
    verb: str = "GET"
    area: str = "directory"
    """Which part of Graph: it decides how no is said and what is counted."""

    creates: bool = False


def _route(
    name: str,
    path: str,
    answer: str,
    permissions: tuple[str, ...],
    area: str = "directory",
    verb: str = "GET",
    *,
    creates: bool = False,
) -> Route:
    pattern = re.escape(path).replace(r"\{", "{").replace(r"\}", "}")
    pattern = re.sub(r"{(\w+)}", r"(?P<\1>[^/]+?)", pattern)
    whole = re.compile(rf"/v1\.0{pattern}(?:\(\))?")
    return Route(name, whole, answer, permissions, verb, area, creates)


_MAILBOX = "/users/{user}"
_FOLDER = f"{_MAILBOX}/mailFolders/{{folder}}"
_TRACES = "/admin/exchange/tracing/messageTraces"
_DETAILS = f"{_TRACES}/{{trace}}/getDetailsByRecipient(recipientAddress='{{recipient}}')"
_CLASS, _TEAM = "/education/classes/{class}", "/teams/{team}"
_SCHOOL = "/education/schools/{school}"
_GRANTS, _QUERIES = "/oauth2PermissionGrants", "/security/auditLog/queries"
_MEMBER, _RECORD, _LOGS = "conversationMember[]", "auditLogRecord[]", "/auditLogs"
ROUTES = (
    # the first that fits is taken: "delta" before an id
    _route("users.delta", "/users/delta", "user[]", USERS),
    _route("users.list", "/users", "user[]", USERS),
    _route("users.get", "/users/{user}", "user", USERS),
    _route(
        "deletedItems.users",
        "/directory/deletedItems/microsoft.graph.user",
        "user[]",
        USERS,
    ),
    _route("groups.delta", "/groups/delta", "group[]", GROUPS),
    _route("groups.list", "/groups", "group[]", GROUPS),
    _route("groups.get", "/groups/{group}", "group", GROUPS),
    _route("groups.members", "/groups/{group}/members", "directoryObject[]", GROUPS),
    _route(
        "groups.transitiveMembers",
        "/groups/{group}/transitiveMembers",
        "directoryObject[]",
        GROUPS,
    ),
    _route("groups.owners", "/groups/{group}/owners", "directoryObject[]", GROUPS),
    _route("organization.list", "/organization", "organization[]", ORGANIZATION),
    _route("domains.list", "/domains", "domain[]", ("Domain.Read.All", *DIRECTORY)),
    _route(
        "subscribedSkus.list",
        "/subscribedSkus",
        "subscribedSku[]",
        ("LicenseAssignment.Read.All", *ORGANIZATION),
    ),
    _route("messageTraces.details", _DETAILS, "exchangeMessageTraceDetail[]", TRACE, "details"),
    _route("messageTraces.list", _TRACES, "exchangeMessageTrace[]", TRACE, "traces"),
    _route("mailFolders.list", f"{_MAILBOX}/mailFolders", "mailFolder[]", MAIL, "mail"),
    _route(
        "mailFolders.childFolders", f"{_FOLDER}/childFolders", "mailFolder[]", MAIL, "mail"
    ),
    _route("mailFolders.get", _FOLDER, "mailFolder", MAIL, "mail"),
    _route("messages.delta", f"{_FOLDER}/messages/delta", "message[]", MAIL, "mail"),
    _route("messages.ofFolder", f"{_FOLDER}/messages", "message[]", MAIL, "mail"),
    _route("messages.list", f"{_MAILBOX}/messages", "message[]", MAIL, "mail"),
    _route("messages.get", f"{_MAILBOX}/messages/{{message}}", "message", MAIL, "mail"),
    _route("messageRules.list", f"{_FOLDER}/messageRules", "messageRule[]", SETTINGS, "mail"),
    _route(
        "mailboxSettings.get", f"{_MAILBOX}/mailboxSettings", "mailboxSettings", SETTINGS, "mail"
    ),
    _route("sendMail", f"{_MAILBOX}/sendMail", "", ("Mail.Send",), "mail", "POST"),
    _route("education.users.delta", "/education/users/delta", "educationUser[]", ROSTER),
    _route("education.users.list", "/education/users", "educationUser[]", ROSTER),
    _route("education.users.get", "/education/users/{user}", "educationUser", ROSTER),
    _route("education.classes.delta", "/education/classes/delta", "educationClass[]", ROSTER),
    _route("education.classes.list", "/education/classes", "educationClass[]", ROSTER),
    _route("education.classes.members", f"{_CLASS}/members", "educationUser[]", ROSTER),
    _route("education.schools.list", "/education/schools", "educationSchool[]", ROSTER),
    _route("education.schools.users", f"{_SCHOOL}/users", "educationUser[]", ROSTER),
    _route("education.schools.classes", f"{_SCHOOL}/classes", "educationClass[]", ROSTER),
    _route("education.classes.teachers", f"{_CLASS}/teachers", "educationUser[]", ROSTER),
    _route(
        "chats.getAllMessages",
        "/users/{user}/chats/getAllMessages",
        "chatMessage[]",
        MESSAGES,
        "chats",
    ),
    _route("chats.ofUser", "/users/{user}/chats", "chat[]", CHATS, "chats"),
    _route("chats.members", "/chats/{chat}/members", _MEMBER, MEMBERS, "chats"),
    _route("chats.messages", "/chats/{chat}/messages", "chatMessage[]", MESSAGES, "chats"),
    _route("chats.get", "/chats/{chat}", "chat", CHATS, "chats"),
    _route("teams.list", "/teams", "team[]", TEAMS, "chats"),
    _route("teams.members", f"{_TEAM}/members", _MEMBER, ("TeamMember.Read.All",), "chats"),
    _route(
        "channels.getAllMessages",
        f"{_TEAM}/channels/getAllMessages",
        "chatMessage[]",
        POSTS,
        "chats",
    ),
    _route("channels.list", f"{_TEAM}/channels", "channel[]", ("Channel.ReadBasic.All",), "chats"),
    _route(
        "channels.allMembers",
        f"{_TEAM}/channels/{{channel}}/allMembers",
        _MEMBER,
        ("ChannelMember.Read.All",),
        "chats",
    ),
    _route(
        "channels.members",
        f"{_TEAM}/channels/{{channel}}/members",
        _MEMBER,
        ("ChannelMember.Read.All",),
        "chats",
    ),
    _route(
        "channels.messages",
        f"{_TEAM}/channels/{{channel}}/messages",
        "chatMessage[]",
        POSTS,
        "chats",
    ),
    _route("oauth2PermissionGrants.delta", f"{_GRANTS}/delta", "oAuth2PermissionGrant[]", GRANTS),
    _route("oauth2PermissionGrants.list", _GRANTS, "oAuth2PermissionGrant[]", GRANTS),
    _route(
        "servicePrincipals.appRoleAssignedTo",
        "/servicePrincipals/{app}/appRoleAssignedTo",
        "appRoleAssignment[]",
        APPS,
    ),
    _route("servicePrincipals.list", "/servicePrincipals", "servicePrincipal[]", APPS),
    _route("signIns.list", f"{_LOGS}/signIns", "signIn[]", AUDIT, "audits"),
    _route("directoryAudits.list", f"{_LOGS}/directoryAudits", "directoryAudit[]", AUDIT, "audits"),
    _route("auditQueries.create", _QUERIES, "auditLogQuery", QUERIES, "log", "POST", creates=True),
    _route("auditQueries.records", f"{_QUERIES}/{{query}}/records", _RECORD, QUERIES, "log"),
    _route("auditQueries.get", f"{_QUERIES}/{{query}}", "auditLogQuery", QUERIES, "log"),
    _route(
        "hunting.run",
        "/security/runHuntingQuery",
        "huntingQueryResults",
        ("ThreatHunting.Read.All",),
        "hunting",
        "POST",
    ),
)
