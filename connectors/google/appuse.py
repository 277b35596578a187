"""What an app that was let into an account may do there: how many scopes come to a few words.

Google names an app's rights by scopes, some hundreds of them. What counts here is whether people
are reached: by mail or chat in the account's name, by whom its owner knows, or because the app is
itself one by which people write to each other.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from auditor.records import AppUse
from connectors.appnames import is_messenger, shown_name
from connectors.google.flattening import Parameters, messages_of, text_of, texts_of

TOKEN_LOG = "token"
GRANTED, REVOKED = "authorize", "revoke"
"""Always named: the log's row for every use of a grant is too much to read for nothing."""
KEEP = frozenset({"app_name", "client_id", "scope", "scope_data.scope_name"})
"""All that is read of a row."""

_AUTH = "https://www.googleapis.com/auth/"
_SENDING = frozenset(
    {
        "https://mail.google.com/",
        f"{_AUTH}gmail.modify",
        f"{_AUTH}gmail.compose",
        f"{_AUTH}gmail.send",
        f"{_AUTH}gmail.addons.current.action.compose",
        f"{_AUTH}script.send_mail",
    }
)
"""By Google's own descriptions; those that only read mail reach nobody."""
_CONTACTS = (f"{_AUTH}contacts", "https://www.google.com/m8/feeds", f"{_AUTH}directory.")
_CHAT = f"{_AUTH}chat"
_SCRIPT = f"{_AUTH}script."


def uses_of(name: str, scopes: Iterable[str]) -> tuple[AppUse, ...]:
    """Return what an app of this name may do with these scopes; ``SIGN_IN`` alone for the rest."""
    scopes = tuple(scopes)
    found = []
    if not _SENDING.isdisjoint(scopes):
        found.append(AppUse.MAIL)
    if any(scope.startswith(_CONTACTS) for scope in scopes):
        found.append(AppUse.CONTACTS)
    if any(map(_writes_chat, scopes)):
        found.append(AppUse.CHAT)
    if is_messenger(name):
        found.append(AppUse.MESSAGES)
    return tuple(found) or (AppUse.SIGN_IN,)


def _writes_chat(scope: str) -> bool:
    return scope == _CHAT or (scope.startswith(f"{_CHAT}.") and not scope.endswith(".readonly"))


def is_script(scopes: Iterable[str]) -> bool:
    """Whether it may be somebody's own script: its name is then that person's words."""
    return any(scope.startswith(_SCRIPT) for scope in scopes)


@dataclass(frozen=True, slots=True)
class App:
    """An app as Google's log of tokens names it."""

    client_id: str
    name: str
    scopes: tuple[str, ...]


def logged_app(told: Parameters) -> App | None:
    """Return the app of a row of the log; None where it does not say which."""
    client_id = text_of(told, "client_id")
    name = shown_name(text_of(told, "app_name") or "") or client_id
    if name is None:
        return None
    data = (text_of(one, "scope_name") for one in messages_of(told, "scope_data"))
    scopes = dict.fromkeys((*texts_of(told, "scope"), *(one for one in data if one is not None)))
    return App(client_id or name, name, tuple(scopes))
