"""What a Moodle site means by its errors, which come as answers that look good (HTTP 200).

``{"exception": ..., "errorcode": ..., "message": ...}``: they are told apart by code, for what
whoever runs the site has to do. The message may name people and is never looked at.
"""

from __future__ import annotations

import re

from auditor.source import Denied, Malformed, SourceError, Transient

_CODE = re.compile(r"[a-z0-9_]{1,60}", re.IGNORECASE)
_TOKEN = frozenset(
    (
        "invalidtoken", "wsaccessuserdeleted", "wsaccessusersuspended", "wsaccessuserexpired",
        "wsaccessusernologin", "wsaccessuserunconfirmed", "usernotfullysetup",
        "forcepasswordchangenotice",
    )
)  # fmt: skip
_SERVICE = frozenset(
    ("accessexception", "servicenotavailable", "restrictedcontextexception", "enablewsdescription")
)
_CAPABILITY = frozenset(
    (
        "nopermissions", "nopermission", "required_capability_exception", "requireloginerror",
        "usernotincourse", "You do not have permission to perform this action.",
    )
)  # fmt: skip
_SWITCHED_OFF = frozenset(("disabled", "messagingdisable"))
_NOT_THERE = frozenset(
    (
        "invaliduser", "invaliduserid", "invalidconversationid", "errorconversationdoesnotexist",
        "conversationdoesntexist", "User is not part of conversation.", "unknowncourseid",
    )
)  # fmt: skip
_LATER = frozenset(
    (
        "dmlreadexception", "dmlwriteexception", "ddlexecuteexception", "dbconnectionfailed",
        "dmltransactionexception", "sitemaintenance", "upgraderunning", "locktimeout",
        "sessionwaiterr", "servererror", "ratelimitexceeded", "toomanyrequests",
    )
)  # fmt: skip
READ_ALL = "moodle/site:readallmessages"


class NotThere(Denied):
    """An account or conversation is not there any more; says nothing of any other."""


class NotAllowed(Denied):
    """The token may not do it; says something of all that is to be asked."""


def refused(function: str, code: str, where: str) -> SourceError:
    """Return the error that a code of Moodle's stands for, with what to do."""
    told = f"Moodle answered {code}" if _CODE.fullmatch(code) else "Moodle refused"
    if code in _TOKEN:
        return NotAllowed(
            f"{told} to {function}: the token is not good, or its account is not",
            where=where,
            cure="Make a new token for the audit's account (Site administration > Server > Web "
            "services > Manage tokens) and put it into the file",
        )
    if code in _SERVICE:
        return NotAllowed(
            f"{told} to {function}: the token's service does not have it",
            where=where,
            cure="Switch web services and the REST protocol on, add the function to the token's "
            "external service, and allow webservice/rest:use",
        )
    if code in _CAPABILITY:
        return NotAllowed(
            f"{told} to {function}: the audit's account lacks a capability",
            where=where,
            cure=f"Give its role {READ_ALL} and moodle/user:viewalldetails, at the site's level",
        )
    if code in _SWITCHED_OFF:
        return NotAllowed(
            "messaging is switched off on this site",
            where=where,
            cure="Take the source out of the settings, or switch messaging on",
        )
    if code in _NOT_THERE:
        return NotThere(
            f"{told} to {function}: it is not there any more",
            where=where,
            cure="The next run does not ask for it, if it was deleted",
        )
    if code in _LATER:
        return Transient(
            f"{told} to {function}",
            where=where,
            cure="The next run tries again; if it stays so, look at the site's own log",
        )
    return Malformed(
        f"{told} to {function}, and nothing here knows what that asks for",
        where=where,
        cure="Look up the code in Moodle's documents; the site's own log says more",
    )
