"""Which address is one we would ask, and whether a link leads away from it."""

from __future__ import annotations

from contextlib import suppress
from ipaddress import ip_address
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

from auditor.source import Denied


def checked_base(base: str) -> SplitResult:
    """Return the address of a server; raises ValueError if it is not one we would ask.

    Plain http is for this machine alone: anything else would carry credentials in the clear.
    """
    parts = urlsplit(base.rstrip("/"))
    if parts.username is not None or parts.query or parts.fragment:
        raise ValueError("the address must be a plain one, without user, query or fragment")
    if not parts.hostname or _port(parts) is None:
        raise ValueError("the address must be a full one, such as https://api.vendor.example/v1")
    if parts.scheme == "https" or (parts.scheme == "http" and is_this_machine(parts.hostname)):
        return parts
    raise ValueError("the address must begin with https://")


def on_server(base: SplitResult, page: str, link: str, *, where: str) -> str:
    """Return where a ``link`` on a ``page`` leads, if it is on the server of ``base``.

    The address is put together again on our own host, so that two readings of one odd
    address cannot lead to two hosts. Raises ``Denied`` for any other; ``where`` is the source's
    title.
    """
    with suppress(ValueError):
        there = urlsplit(urljoin(page, link))
        same = (there.scheme, there.hostname, _port(there)) == (
            base.scheme, base.hostname, _port(base),
        )  # fmt: skip
        if same and there.username is None:
            return urlunsplit((base.scheme, base.netloc, there.path, there.query, ""))
    raise Denied(
        "it sends us to another server, where we do not go",
        where=where,
        cure="If the vendor has moved, set the new address in the settings of this source",
    )


def is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _port(parts: SplitResult) -> int | None:
    return parts.port or {"https": 443, "http": 80}.get(parts.scheme)
