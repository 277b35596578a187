"""Who may ask what: the token endpoint, and what an access token opens.

A service account signs an assertion that names a user (domain-wide delegation); it is checked as
Google checks it ("Using OAuth 2.0 for Server to Server Applications").
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from benchmarks.pretend import signing
from benchmarks.pretend.google.calls import Access, Refused
from benchmarks.pretend.google.documents import Document
from benchmarks.pretend.google.world import User
from benchmarks.pretend.serving import JSON, Reply, Request
from benchmarks.pretend.signing import private_pem

ENDPOINT = "https://oauth2.googleapis.com/token"
"""The audience that Google's library names whatever address it asks."""
LIFETIME = 3_600
SKEW = 300
"""Seconds by which an assertion may be from the future."""
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
PLATFORM = "https://www.googleapis.com/auth/cloud-platform"
_UNAUTHORIZED = (
    "Client is unauthorized to retrieve access tokens using this method, or client not "
    "authorized for any of the scopes requested."
)
_TIMEFRAME = (
    "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable timeframe. "
    "Check your iat and exp values in the JWT claim."
)


class ServiceAccount:
    """The account that a district's administrator trusts, and its key."""

    email = "auditor@pretend-project.iam.gserviceaccount.com"
    client_id = "104000000000000000042"
    project = "pretend-project"
    key_id = "5f0000000000000000000000000000000000000a"

    def key_info(self, token_uri: str) -> dict[str, str]:
        """Return what Google's JSON key file holds."""
        return {
            "type": "service_account",
            "project_id": self.project,
            "private_key_id": self.key_id,
            "private_key": private_pem(self.email),
            "client_email": self.email,
            "client_id": self.client_id,
            "token_uri": token_uri,
            "universe_domain": "googleapis.com",
        }


class Grants(dict[str, Access]):
    """Access token -> what it stands for."""

    def give(self, subject: str | None, scopes: frozenset[str], expires: float) -> str:
        token = "ya29." + secrets.token_urlsafe(24)
        self[token] = Access(subject, scopes, expires)
        return token

    def of(self, request: Request) -> Access | None:
        """Return what the request's token stands for, or stood for before it expired."""
        scheme, _, token = request.header("Authorization").partition(" ")
        return self.get(token) if scheme.lower() == "bearer" else None

    def opened(self, request: Request, seconds: float) -> Access:
        """Return what the request's token stands for. Raises Refused (401) if it is of no use."""
        access = self.of(request)
        if access is None or access.expires <= seconds:
            raise Refused(401)
        return access


class _Bad(Exception):
    """OAuth's error word and its description."""

    def __init__(self, status: int, error: str, description: str) -> None:
        self.status, self.error, self.description = status, error, description
        super().__init__(description)


class TokenEndpoint:
    """Gives tokens to who shows a good assertion. ``delegated`` are the scopes an admin allowed."""

    def __init__(self, account: ServiceAccount, grants: Grants, delegated: set[str]) -> None:
        self.account, self.grants, self.delegated = account, grants, delegated

    def answer(
        self, request: Request, *, base: str, seconds: float, find: Callable[[str], User | None]
    ) -> Reply:
        """Return a token, or OAuth's refusal; ``find`` gives a user who may act, else None."""
        form = {name: values[-1] for name, values in parse_qs(request.body.decode()).items()}
        try:
            if form.get("grant_type") != GRANT:
                raise _Bad(400, "unsupported_grant_type", f"Invalid grant_type: {form!r}")
            claims = self._claims(form.get("assertion", ""), {ENDPOINT, f"{base}/token"}, seconds)
            access = self._allowed(claims, find)
        except _Bad as bad:
            error = {"error": bad.error, "error_description": bad.description}
            return Reply(json.dumps(error).encode(), bad.status, JSON)
        subject, scopes = access
        expires = min(float(claims["exp"]), seconds + LIFETIME)
        told = {
            "access_token": self.grants.give(subject, scopes, expires),
            "expires_in": max(1, int(expires - seconds)),
            "token_type": "Bearer",
        }
        return Reply(json.dumps(told).encode())

    def _claims(self, assertion: str, audiences: set[str], seconds: float) -> Document:
        claims = read_assertion(assertion)
        if claims is None:
            raise _Bad(400, "invalid_grant", "Invalid JWT Signature.")
        if claims.get("aud") not in audiences:
            raise _Bad(400, "invalid_grant", "Invalid JWT: Failed audience check.")
        if claims.get("iss") != self.account.email:
            raise _Bad(400, "invalid_grant", "Invalid grant: account not found")
        issued, expires = claims.get("iat"), claims.get("exp")
        if not isinstance(issued, int) or not isinstance(expires, int):
            raise _Bad(400, "invalid_grant", _TIMEFRAME)
        if not (issued <= seconds + SKEW and seconds < expires <= issued + LIFETIME):
            raise _Bad(400, "invalid_grant", _TIMEFRAME)
        return claims

    def _allowed(
        self, claims: Document, find: Callable[[str], User | None]
    ) -> tuple[str | None, frozenset[str]]:
        scopes = frozenset(str(claims.get("scope", "")).split())
        if not scopes:
            raise _Bad(400, "invalid_scope", "Empty or missing scope not allowed.")
        if "sub" not in claims:
            return None, scopes
        user = find(str(claims["sub"]))
        if user is None:
            raise _Bad(400, "invalid_grant", "Invalid email or User ID")
        if not scopes <= self.delegated:
            raise _Bad(401, "unauthorized_client", _UNAUTHORIZED)
        return user.email, scopes


# ---- assertions ------------------------------------------------------------------------------


def signed(claims: Document) -> str:
    """Return an assertion that the service account has signed."""
    return signing.signed(ServiceAccount.email, {"kid": ServiceAccount.key_id}, claims)


def read_assertion(assertion: str) -> Document | None:
    """Return the claims of an assertion, or None unless the service account has signed it."""
    read = signing.read_signed(assertion, ServiceAccount.email)
    return read[1] if read is not None and read[0].get("alg") == "RS256" else None


def described(access: Access, seconds: float) -> dict[str, Any]:
    """Return what ``/tokeninfo`` tells of a token."""
    told = {
        "azp": ServiceAccount.client_id,
        "aud": ServiceAccount.client_id,
        "scope": " ".join(sorted(access.scopes)),
        "exp": str(int(access.expires)),
        "expires_in": str(max(0, int(access.expires - seconds))),
        "access_type": "online",
    }
    if access.subject is not None:
        told |= {"email": access.subject, "email_verified": "true"}
    return told


def older(told: dict[str, Any]) -> dict[str, Any]:
    """Return the same as the second version of the API tells it."""
    made: dict[str, Any] = {
        "issued_to": told["azp"],
        "audience": told["aud"],
        "scope": told["scope"],
        "expires_in": int(told["expires_in"]),
    }
    return {**made, "email": told["email"], "verified_email": True} if "email" in told else made
