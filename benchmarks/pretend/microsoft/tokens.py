"""Who may ask: the sign-in's documents, and what an access token carries.

An application proves itself by an assertion that its certificate's key has signed, or by a
secret ("OAuth 2.0 client credentials flow on the Microsoft identity platform"). What it gets are
all permissions that the tenant's administrator has consented to.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from urllib.parse import parse_qs

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID

from benchmarks.pretend import signing
from benchmarks.pretend.microsoft.world import World, guid
from benchmarks.pretend.serving import JSON, Reply, Request

SIGN_IN = "https://login.microsoftonline.com"
"""What every document of the sign-in calls its own address, wherever it was asked for."""
GRAPH = "https://graph.microsoft.com"
LIFETIME = 3_599
SKEW = 300
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_KEY, _ISSUER = "microsoft application", "microsoft sign-in"


class Application:
    """The application that a district registers, with its certificate."""

    client = "5b3f1d2e-8c47-4a6b-9e10-2f7d6c5b4a39"
    secret = "pretended~secret.of-the.application"

    @property
    def certificate(self) -> x509.Certificate:
        return _certificate()

    def pem(self) -> str:
        """Return the private key and the certificate, as one file holds them."""
        shown = self.certificate.public_bytes(serialization.Encoding.PEM).decode()
        return signing.private_pem(_KEY) + shown


@cache
def _certificate() -> x509.Certificate:
    key = signing.key_pair(_KEY)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "auditor")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    made = made.public_key(key.public_key()).serial_number(1_001)
    made = made.not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
    return made.not_valid_after(datetime(2036, 1, 1, tzinfo=UTC)).sign(key, hashes.SHA256())


@dataclass(frozen=True)
class Access:
    """What an access token stands for."""

    roles: frozenset[str]
    expires: float


class Grants(dict[str, Access]):
    """Access token -> what it stands for."""

    def give(self, world: World, roles: frozenset[str], seconds: float, expires: float) -> str:
        """Return a new token; what it carries can be read in it, as in Microsoft's own."""
        claims: signing.Claims = {
            "aud": GRAPH,
            "iss": f"https://sts.windows.net/{world.tenant}/",
            "iat": int(seconds),
            "nbf": int(seconds),
            "exp": int(expires),
            "app_displayname": "auditor",
            "appid": Application.client,
            "idtyp": "app",
            "oid": guid("auditor"),
            "tid": world.tenant,
            "uti": f"{len(self):022d}",
            "ver": "1.0",
        }
        if roles:
            claims["roles"] = sorted(roles)
        token = signing.signed(_ISSUER, {"kid": "pretended"}, claims)
        self[token] = Access(roles, expires)
        return token

    def of(self, request: Request) -> Access | None:
        """Return what the request's token stands for, or stood for before it expired."""
        scheme, _, token = request.header("Authorization").partition(" ")
        return self.get(token) if scheme.lower() == "bearer" else None


class _Bad(Exception):
    """OAuth's error word and Microsoft's own of it."""

    def __init__(self, status: int, error: str, code: int, description: str) -> None:
        self.status, self.error, self.code = status, error, code
        super().__init__(f"AADSTS{code}: {description}")


def is_tenant(world: World, name: str) -> bool:
    """Return whether an address of the sign-in names the tenant, by id or by a domain."""
    return name.lower() in (world.tenant, world.domain, *world.domains)


def configuration(world: World, name: str) -> Reply:
    """Return the OpenID configuration of a tenant."""
    if not is_tenant(world, name):
        return _refused(_Bad(400, "invalid_tenant", 90002, f"Tenant '{name}' not found."))
    here = f"{SIGN_IN}/{world.tenant}"
    told = {
        "token_endpoint": f"{here}/oauth2/v2.0/token",
        "token_endpoint_auth_methods_supported": [
            "client_secret_post", "private_key_jwt", "client_secret_basic",
        ],
        "jwks_uri": f"{here}/discovery/v2.0/keys",
        "response_modes_supported": ["query", "fragment", "form_post"],
        "subject_types_supported": ["pairwise"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
        "scopes_supported": ["openid", "profile", "email", "offline_access"],
        "issuer": f"{here}/v2.0",
        "authorization_endpoint": f"{here}/oauth2/v2.0/authorize",
        "device_authorization_endpoint": f"{here}/oauth2/v2.0/devicecode",
        "tenant_region_scope": "NA",
        "cloud_instance_name": "microsoftonline.com",
        "msgraph_host": "graph.microsoft.com",
    }  # fmt: skip
    return Reply(json.dumps(told).encode())


def answer(
    request: Request, world: World, name: str, grants: Grants, consented: frozenset[str], now: float
) -> Reply:
    """Return a token, or OAuth's refusal."""
    form = {n: values[-1] for n, values in parse_qs(request.body.decode()).items()}
    try:
        _check(form, world, name, now)
    except _Bad as bad:
        return _refused(bad)
    token = grants.give(world, consented, now, now + LIFETIME)
    told = {
        "token_type": "Bearer",
        "expires_in": LIFETIME,
        "ext_expires_in": LIFETIME,
        "access_token": token,
    }
    return Reply(json.dumps(told).encode())


def _refused(bad: _Bad) -> Reply:
    told = {
        "error": bad.error,
        "error_description": f"{bad} Trace ID: {guid(bad.code)} Timestamp: 2026-11-23 04:00:00Z",
        "error_codes": [bad.code],
        "timestamp": "2026-11-23 04:00:00Z",
        "trace_id": guid(bad.code),
        "correlation_id": guid(bad.code, "correlation"),
        "error_uri": f"{SIGN_IN}/error?code={bad.code}",
    }
    return Reply(json.dumps(told).encode(), bad.status, JSON)


def _check(form: dict[str, str], world: World, name: str, now: float) -> None:
    if not is_tenant(world, name):
        raise _Bad(400, "invalid_request", 90002, f"Tenant '{name}' not found.")
    if form.get("grant_type") != "client_credentials":
        raise _Bad(400, "unsupported_grant_type", 70003, "The app requested another grant.")
    client = form.get("client_id", "")
    if client != Application.client:
        what = f"Application with identifier '{client}' was not found in the directory."
        raise _Bad(400, "unauthorized_client", 700016, what)
    if form.get("client_assertion_type") == ASSERTION:
        _check_assertion(form.get("client_assertion", ""), world, now)
    elif form.get("client_secret") != Application.secret:
        raise _Bad(401, "invalid_client", 7000215, "Invalid client secret provided.")
    if form.get("scope") != f"{GRAPH}/.default":
        what = f"The provided value for scope {form.get('scope')} is not valid."
        raise _Bad(400, "invalid_scope", 1002012, what)


def _check_assertion(assertion: str, world: World, now: float) -> None:
    read = signing.read_signed(assertion, _KEY)
    if read is None:
        what = "Client assertion failed signature validation: no registered certificate fits."
        raise _Bad(401, "invalid_client", 700027, what)
    header, claims = read
    shown = base64.b64decode((header.get("x5c") or [""])[0])
    ours = _certificate()
    if shown and shown != ours.public_bytes(serialization.Encoding.DER):
        raise _Bad(401, "invalid_client", 700027, "The certificate shown is not registered.")
    prints = (header.get("x5t#S256"), header.get("x5t"))
    if not shown and not {_print(hashes.SHA256()), _print(hashes.SHA1())} & set(prints):
        raise _Bad(401, "invalid_client", 700027, "No certificate is named.")
    names = (SIGN_IN, world.tenant), (SIGN_IN, world.domain)
    if claims.get("aud") not in [f"{host}/{tenant}/oauth2/v2.0/token" for host, tenant in names]:
        raise _Bad(401, "invalid_client", 700023, "Client assertion audience claim is wrong.")
    if claims.get("iss") != Application.client or claims.get("sub") != Application.client:
        raise _Bad(401, "invalid_client", 700021, "Client assertion is of another application.")
    if not claims.get("nbf", 0) - SKEW <= now < claims.get("exp", 0) + SKEW:
        raise _Bad(401, "invalid_client", 700024, "Client assertion is not within its valid time.")


def _print(how: hashes.HashAlgorithm) -> str:
    return signing.coded(_certificate().fingerprint(how))
