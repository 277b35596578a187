"""Which scopes a source needs, which of them are delegated, and which should not be.

Delegation is all or nothing to whoever holds the key: a scope that reads whole mails is there for
a thief even if we never ask for it. So `auditor check` asks for tokens with the wider scopes too,
and is content only if Google refuses them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from auditor.source import CheckResult, SourceError
from connectors.google.access import full_scope
from connectors.google.asking import Google
from connectors.google.refusals import NotDelegated

_WIDER: Mapping[str, tuple[str, ...]] = {
    "admin.directory.user.readonly": ("admin.directory.user",),
    "admin.directory.group.readonly": ("admin.directory.group",),
    "admin.directory.group.member.readonly": ("admin.directory.group.member",),
    "admin.directory.orgunit.readonly": ("admin.directory.orgunit",),
    "admin.directory.domain.readonly": ("admin.directory.domain",),
    "gmail.metadata": ("https://mail.google.com/", "gmail.modify", "gmail.readonly"),
    "gmail.settings.basic": ("gmail.settings.sharing",),
    "gmail.send": ("https://mail.google.com/", "gmail.modify", "gmail.compose"),
    "classroom.courses.readonly": ("classroom.courses",),
    "classroom.rosters.readonly": ("classroom.rosters",),
    "classroom.guardianlinks.students.readonly": ("classroom.guardianlinks.students",),
    "classroom.announcements.readonly": ("classroom.announcements",),
    "chat.admin.spaces.readonly": ("chat.admin.spaces", "chat.messages.readonly"),
    "chat.admin.memberships.readonly": ("chat.admin.memberships",),
    "ediscovery.readonly": ("ediscovery",),
}
"""Scope -> those that take it in and allow more, by Google's own descriptions of both."""


def check_scopes(google: Google, user: str, needed: Iterable[str]) -> Iterator[CheckResult]:
    """Yield what is delegated, what is missing and what is too wide, acting for ``user``."""
    needed = tuple(needed)
    try:
        missing = _missing(google, user, needed)
        if missing:
            listed = ", ".join(full_scope(scope) for scope in missing)
            yield CheckResult(
                False,
                f"{len(missing)} of {len(needed)} scopes are not delegated: {', '.join(missing)}",
                "Admin console > Security > API controls > Domain-wide delegation: add to the "
                f"service account's client ID: {listed}",
            )
            return
        yield CheckResult(True, f"scopes as needed: {', '.join(needed)}")
        wider = dict.fromkeys(wide for scope in needed for wide in _WIDER.get(scope, ()))
        unasked = (scope for scope in wider if scope not in needed)
        found = [scope for scope in unasked if _delegated(google, user, scope)]
    except SourceError as error:
        yield CheckResult(False, error.what, error.cure)
        return
    for scope in found:
        yield CheckResult(
            False,
            f"the service account could also use {full_scope(scope)}, which is more than is needed",
            "Take it out of the service account's domain-wide delegation; if another program needs "
            "it, give that a service account of its own",
        )


def _missing(google: Google, user: str, needed: tuple[str, ...]) -> list[str]:
    if _delegated(google, user, *needed):
        return []
    return [scope for scope in needed if not _delegated(google, user, scope)] or list(needed)


def _delegated(google: Google, user: str, *scopes: str) -> bool:
    """Whether Google gives a token for these; raises what has nothing to do with scopes."""
    try:
        google.user(user, scopes).token()
    except NotDelegated:
        return False
    return True
