"""What an app that was let into an account may do there: how many scopes come to a few words.

Microsoft names an app's rights by delegated permissions, some hundreds of them. What counts here
is whether people are reached, in the same words as for any other cloud.
"""

from __future__ import annotations

from collections.abc import Iterable

from auditor.records import AppUse
from connectors.appnames import is_messenger

_SENDING = frozenset(
    {
        "mail.send", "mail.send.shared", "smtp.send", "ews.accessasuser.all",
        "eas.accessasuser.all", "full_access_as_user",
    }
)  # fmt: skip
"""Those that only read mail, or write drafts, reach nobody ("Microsoft Graph permissions")."""
_CONTACTS = frozenset(
    {
        "user.readbasic.all", "user.read.all", "user.readwrite.all", "orgcontact.read.all",
        "directory.read.all", "directory.readwrite.all", "directory.accessasuser.all",
    }
)  # fmt: skip
_CONTACTS_BEGIN = ("contacts.", "people.")
_CHAT = frozenset(
    {
        "chat.readwrite", "chat.readwrite.all", "chat.create", "chatmessage.send",
        "channelmessage.send",
    }
)  # fmt: skip


def uses_of(name: str, scopes: Iterable[str]) -> tuple[AppUse, ...]:
    """Return what an app of this name may do with these scopes; ``SIGN_IN`` alone for the rest."""
    small = {scope.casefold() for scope in scopes}
    found = []
    if small & _SENDING:
        found.append(AppUse.MAIL)
    if small & _CONTACTS or any(scope.startswith(_CONTACTS_BEGIN) for scope in small):
        found.append(AppUse.CONTACTS)
    if small & _CHAT:
        found.append(AppUse.CHAT)
    if is_messenger(name):
        found.append(AppUse.MESSAGES)
    return tuple(found) or (AppUse.SIGN_IN,)
