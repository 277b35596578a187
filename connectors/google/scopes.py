"""Which scopes a source needs, which of them are delegated, and which should not be.

Delegation is all or nothing to whoever holds the key: a scope that reads whole mails is there for
a thief even if we never ask for it. So `auditor check` asks for tokens with the wider scopes too,
and is content only if Google refuses them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing

from auditor.source import CheckResult, SourceError
from connectors.google.access import full_scope
from connectors.google.asking import Google
from connectors.google.refusals import NotDelegated
from connectors.pool import in_threads

TOO_WIDE = (
    "https://mail.google.com/", "gmail.modify", "gmail.readonly", "gmail.compose", "gmail.insert",
    "gmail.labels", "gmail.settings.sharing", "drive", "drive.readonly", "documents", "calendar",
    "contacts", "cloud-platform", "admin.directory.user", "admin.directory.group",
    "admin.directory.group.member", "admin.directory.orgunit", "admin.directory.domain",
    "admin.directory.rolemanagement", "admin.datatransfer", "classroom.courses",
    "classroom.rosters", "classroom.guardianlinks.students", "classroom.announcements",
    "classroom.coursework.students", "classroom.student-submissions.students.readonly",
    "chat.admin.spaces", "chat.admin.memberships", "chat.messages", "chat.messages.readonly",
    "chat.spaces", "ediscovery", "apps.alerts",
)  # fmt: skip
"""Scopes that write, or read what people say: none of our sources has a use for any of them."""
SENDING = "gmail.send"
READING = (
    "gmail.metadata", "admin.reports.audit.readonly", "admin.directory.user.readonly",
    "classroom.rosters.readonly",
)  # fmt: skip
"""Some of what only sources need: what sends reports must be able to read nothing."""
_OPTIONAL: Mapping[str, tuple[str, ...]] = {
    "gmail.metadata": ("gmail.settings.basic",),
    "admin.directory.group.readonly": ("apps.groups.settings",),
}
"""Scope -> those that go beyond reading and are asked for only where a setting says so."""
_THREADS = 8


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
        unasked = in_threads(
            _unwanted(needed), lambda one: _delegated(google, user, one), threads=_THREADS
        )
        with closing(unasked):
            found = [scope for scope, given in unasked if given]
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


def _unwanted(needed: tuple[str, ...]) -> list[str]:
    """Return what should be refused, beside the scopes that are needed."""
    others = READING if SENDING in needed else (SENDING,)
    optional = (wide for scope in needed for wide in _OPTIONAL.get(scope, ()))
    return [s for s in dict.fromkeys((*TOO_WIDE, *others, *optional)) if s not in needed]


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
