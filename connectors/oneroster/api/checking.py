"""What ``auditor check`` says of a OneRoster server; no person is asked for."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.source import CheckResult
from connectors.oneroster.api.asking import Server
from connectors.oneroster.api.settings import Access, ApiSettings

_ORGS = "orgs"
_ID = ("sourcedId",)
_NARROW = ("roster-core.readonly", "roster.readonly")
"""What people and classes are read with, in either edition's words."""


def check_server(server: Server, settings: ApiSettings, access: Access) -> Iterator[CheckResult]:
    """Yield whether we are let in, with which rights, and whether the lists answer.

    Raises a ``SourceError`` where one of it fails.
    """
    if server.tokens is None:
        yield CheckResult(
            True,
            f"signs as {access.client} by OAuth 1.0a, which tells nothing of what a key may do: "
            "see the vendor's page that it may read alone",
        )
    else:
        server.tokens.authorize()
        yield from _rights(server.tokens.granted, settings, access.client)
    page = server.page(_ORGS, _ID, 0, 2)
    counts = "tells" if page.total is not None else "does not tell"
    yield CheckResult(
        bool(page.records),
        f"OneRoster {settings.version} at {access.address} answers, and {counts} how many records "
        "a list has" + ("" if page.records else "; it shows no school"),
        None if page.records else "Ask the vendor to share the district's schools with this client",
    )


def wider(granted: frozenset[str] | None) -> list[str]:
    """Return the rights beyond reading people and classes, in short."""
    short = {right.rpartition("/")[2] for right in granted or ()}
    return sorted(short.difference(_NARROW))


def _rights(
    granted: frozenset[str] | None, settings: ApiSettings, client: str
) -> Iterator[CheckResult]:
    let_in = f"let in as {client} by OAuth 2"
    if granted is None:
        yield CheckResult(True, f"{let_in}; the server does not say with which rights")
        return
    asked = settings.full_scope.rpartition("/")[2]
    if not {right.rpartition("/")[2] for right in granted} & set(_NARROW):
        yield CheckResult(
            False,
            f"{let_in}, but without the right {asked}",
            f"Have the vendor grant {settings.full_scope}, or set scope to the other one",
        )
    else:
        yield CheckResult(True, f"{let_in}, with the right {asked}")
    if too_much := wider(granted):
        yield CheckResult(
            False,
            f"the server grants more than was asked for: {', '.join(too_much)}",
            "Have the vendor take this away from the client; it is not used, but whoever gets hold "
            "of the secret could use it",
        )
