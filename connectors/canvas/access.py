"""How Canvas is reached: its address, and the token of one administrator who may act for others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from auditor.private import SecretError, read_private
from auditor.source import Denied, SourceContext
from connectors.options import text, unknown
from connectors.webaddress import checked_base

COMMON_SETTINGS = frozenset(("connector", "title", "address", "token"))
_LARGEST_TOKEN = 4_096


@dataclass(frozen=True, slots=True)
class Access:
    """What the settings say of reaching Canvas; the same two lines in every source of it."""

    address: str
    """Where the district's Canvas is, without a path."""
    token: Path
    """File with the access token, for nobody else to read."""

    @classmethod
    def of(cls, context: SourceContext, mistakes: list[str]) -> Access:
        """Return what the settings say, adding every mistake in them; reads no file."""
        address = text(context.settings, "address", mistakes)
        if address is None:
            mistakes.append('address must be that of your Canvas: "https://marlow.example"')
        else:
            try:
                address = checked_base(address).geturl()
            except ValueError as error:
                mistakes.append(f"address is not usable: {error}")
        token = text(context.settings, "token", mistakes)
        if token is None:
            mistakes.append("token must name the file that holds the access token")
        return cls(address or "", Path(context.base, token or "token"))


def unknown_settings(settings: Mapping[str, object], known: Iterable[str]) -> list[str]:
    """Return a mistake for each setting that there is not."""
    return unknown(settings, COMMON_SETTINGS.union(known), "canvas")


def read_token(path: Path, *, where: str) -> str:
    """Return the access token; raises ``Denied`` if it is not kept safely, or is none."""
    cure = f"Put the token alone into that file, and: chmod 600 {path}"
    try:
        content = read_private(path, noun="token file", setting="token", most=_LARGEST_TOKEN)
    except FileNotFoundError:
        raise Denied("there is no token file", where=where, cure=cure) from None
    except SecretError as error:
        raise Denied(error.what, where=where, cure=error.cure) from None
    token = content.decode("ascii", "replace").strip()
    if not token or not token.isascii() or not token.isprintable() or " " in token:
        raise Denied("the token file holds no token", where=where, cure=cure)
    return token
