"""The settings of a OneRoster server, checked all at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path

from auditor.source import SourceContext
from connectors.oneroster.settings import Version
from connectors.options import number, text, unknown
from connectors.webaddress import checked_base

PAGE = 1_000
MOST_PAGE = 10_000
_REACH = frozenset(("connector", "title", "address", "tokens", "client", "secret"))
_PATHS = {Version.V1_1: "/ims/oneroster/v1p1", Version.V1_2: "/ims/oneroster/rostering/v1p2"}
_SCOPES = "https://purl.imsglobal.org/spec/or/{}/scope/{}.readonly"
_IN_SCOPES = {Version.V1_1: "v1p1", Version.V1_2: "v1p2"}


class SignIn(StrEnum):
    """How the server lets us in."""

    OAUTH2 = "oauth2"
    OAUTH1 = "oauth1"


class Scope(StrEnum):
    """The right that is asked for: people, roles and classes, and nothing else."""

    CORE = "roster-core"
    ROSTER = "roster"


@dataclass(frozen=True, slots=True)
class Access:
    """What the settings say of reaching the server."""

    address: str
    """Where the lists are, up to and including the edition: ``…/ims/oneroster/v1p1``."""
    tokens: str
    """Where access tokens are given; "" with OAuth 1.0a."""
    client: str
    secret: Path


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """How one OneRoster server is to be read."""

    version: Version = Version.V1_2
    """The edition that it speaks: 1.1 or 1.2."""
    sign_in: SignIn = SignIn.OAUTH2
    """OAuth 2 with client credentials, or OAuth 1.0a for older servers."""
    scope: Scope = Scope.CORE
    """Which right is asked for; left out, the one that the edition's servers know."""
    page: int = PAGE
    """Records asked for at once."""

    @property
    def full_scope(self) -> str:
        return _SCOPES.format(_IN_SCOPES[self.version], self.scope)

    @classmethod
    def of(cls, context: SourceContext) -> tuple[ApiSettings, Access]:
        """Return the checked settings; raises ValueError with every mistake."""
        settings = context.settings
        known = _REACH | {one.name for one in fields(cls)}
        mistakes = unknown(settings, known, "oneroster-api")
        version = _chosen(settings, "version", (Version.V1_1, Version.V1_2), mistakes)
        sign_in = _chosen(settings, "sign_in", tuple(SignIn), mistakes)
        scope = _chosen(settings, "scope", tuple(Scope), mistakes)
        edition = Version(version or Version.V1_2)
        usual = Scope.ROSTER if edition is Version.V1_1 else Scope.CORE
        found = cls(
            edition,
            SignIn(sign_in or SignIn.OAUTH2),
            Scope(scope or usual),
            number(settings, "page", PAGE, MOST_PAGE, mistakes, least=2),
        )
        access = _access(context, found, mistakes)
        if mistakes:
            raise ValueError("; ".join(mistakes))
        return found, access


def _access(context: SourceContext, found: ApiSettings, mistakes: list[str]) -> Access:
    settings = context.settings
    address = _address(settings, "address", "where the vendor says the lists are", mistakes)
    if "/ims/oneroster" not in address:
        address += _PATHS[found.version]
    tokens = ""
    if found.sign_in is SignIn.OAUTH2:
        tokens = _address(settings, "tokens", "where the vendor says tokens are given", mistakes)
    elif "tokens" in settings:
        mistakes.append('tokens are of no use with sign_in = "oauth1": take it out')
    if found.sign_in is SignIn.OAUTH1 and "scope" in settings:
        mistakes.append('scope is of no use with sign_in = "oauth1": take it out')
    client = _text(settings, "client", "the client id or key that the vendor gave you", mistakes)
    secret = _text(settings, "secret", "the file that the client's secret is in", mistakes)
    return Access(address, tokens, client, Path(context.base, secret))


def _text(settings: Mapping[str, object], name: str, what: str, mistakes: list[str]) -> str:
    before = len(mistakes)
    value = text(settings, name, mistakes)
    if value is None and len(mistakes) == before:
        mistakes.append(f"{name} must be {what}")
    return value or ""


def _address(settings: Mapping[str, object], name: str, what: str, mistakes: list[str]) -> str:
    value = _text(settings, name, what, mistakes)
    try:
        return checked_base(value).geturl() if value else ""
    except ValueError as error:
        mistakes.append(f"{name} is not usable: {error}")
        return ""


def _chosen(
    settings: Mapping[str, object], name: str, choice: tuple[StrEnum, ...], mistakes: list[str]
) -> str | None:
    """Return a setting that is one of several words; None if it is left out, or none of them."""
    value = settings.get(name)
    if value is None or value in choice:
        return None if value is None else str(value)
    words = '" or "'.join(choice)
    mistakes.append(f'{name} must be "{words}", in quotes')
    return None
