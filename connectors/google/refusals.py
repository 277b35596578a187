"""What Google means when it says no, and what somebody has to do about it.

Its sentences name people and addresses, so none of them is passed on; its reason codes are words
of its own, and each that we know has a cure of ours.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from google.auth.exceptions import GoogleAuthError

from auditor.source import Denied, Malformed, SourceError, Transient

_TOO_FAST = frozenset(
    {
        "rateLimitExceeded",
        "userRateLimitExceeded",
        "quotaExceeded",
        "RESOURCE_EXHAUSTED",
        "RATE_LIMIT_EXCEEDED",
    }
)
_SCOPES = frozenset({"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"})
_NOT_ENABLED = frozenset({"accessNotConfigured", "SERVICE_DISABLED"})
_SWITCHED_OFF = frozenset({"failedPrecondition", "FAILED_PRECONDITION", "domainPolicy"})
_CURES = (
    (
        _SCOPES,
        "the token lacks a scope",
        "Add the scopes that `auditor check` lists to the service account's domain-wide delegation",
    ),
    (
        _NOT_ENABLED,
        "this API is not enabled",
        "Enable it in the Cloud project of the service account",
    ),
    (
        _SWITCHED_OFF,
        "the service is switched off for this user",
        "Switch it on for the user's organizational unit, or leave that unit out of the settings",
    ),
)


class NotDelegated(Denied):
    """The service account may not act with these scopes at all."""


class NotAllowed(Denied):
    """Refused without a reason that we know: the role or the edition may lack what was asked."""


class NotThere(Denied):
    """The one user we wanted to act for cannot be acted for: suspended, deleted, no such one."""


def reasons_of(content: bytes) -> frozenset[str]:
    """Return the reason codes in the body of a refusal, none if it holds none.

    The older form is ``error.errors[].reason``, the newer one ``error.status`` and
    ``error.details[].reason`` (google.rpc.ErrorInfo).
    """
    try:
        document = json.loads(content)
    except ValueError:
        return frozenset()
    error = document.get("error") if isinstance(document, dict) else None
    if not isinstance(error, dict):
        return frozenset()
    found = {error.get("status")}
    for name in ("errors", "details"):
        parts = error.get(name)
        for part in parts if isinstance(parts, list) else []:
            if isinstance(part, dict):
                found.add(part.get("reason"))
    return frozenset(reason for reason in found if isinstance(reason, str))


def means_too_fast(reasons: frozenset[str]) -> bool:
    """Whether a 403 is about speed and not about permission."""
    return not reasons.isdisjoint(_TOO_FAST)


def refusal(status: int, reasons: frozenset[str], where: str) -> SourceError:
    """Return the error that a refusal is, with the cure."""
    for known, what, cure in _CURES:
        if not reasons.isdisjoint(known):
            return Denied(f"Google answered {status}: {what}", where=where, cure=cure)
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return NotAllowed(
            f"Google answered {status}: not allowed",
            where=where,
            cure="See that the administrator in the settings has the role for this, and that the "
            "district's edition has it",
        )
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return Denied(
            "it sends us to another server, where we do not go",
            where=where,
            cure="Look for a proxy that asks to sign in",
        )
    return Malformed(
        f"Google answered {status}",
        where=where,
        cure="Tell the makers of this program; Google may have changed what it takes",
    )


def not_there(what: str, where: str) -> Transient:
    """Return the error that it is if Google has never heard of what is always there.

    It is never an empty answer: nobody would be left in it.
    """
    return Transient(
        f"Google said that {what} is not there",
        where=where,
        cure="The next run tries again; if it stays so, see that customer in the settings is right",
    )


def no_token(error: GoogleAuthError, where: str) -> Denied:
    """Return why there is no token, by the code in Google's answer (RFC 6749, section 5.2)."""
    code = _code_of(error)
    if code in ("unauthorized_client", "access_denied", "invalid_scope"):
        return NotDelegated(
            "the service account may not act for users with these scopes",
            where=where,
            cure="Admin console > Security > API controls > Domain-wide delegation: add its client "
            "ID with the scopes that `auditor check` lists",
        )
    if code == "invalid_grant":
        return NotThere(
            "Google gives no token for this user",
            where=where,
            cure="See that the address is right (of the administrator: admin in the settings); the "
            "account may be suspended or deleted, or the clock of this machine wrong",
        )
    return Denied(
        "Google gives no token",
        where=where,
        cure="Check the key of the service account, and that the account is enabled",
    )


def _code_of(error: GoogleAuthError) -> str | None:
    for part in error.args:
        if isinstance(part, dict) and isinstance(part.get("error"), str):
            return str(part["error"])
        if isinstance(part, str):
            found = _embedded(part)
            if found is not None:
                return found
    return None


def _embedded(words: str) -> str | None:
    try:
        document: Any = json.loads(words)
    except ValueError:
        return words.partition(":")[0].strip() or None
    found = document.get("error") if isinstance(document, dict) else None
    return found if isinstance(found, str) else None
