"""A ledger on a PostgreSQL server: where it is, and where its password is kept.

The settings name the place of the password, never the password, and it is read only when the
ledger is opened.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from auditor.ledger.dialects import POSTGRES_CURE
from auditor.private import SecretError, read_private

EXAMPLE = "postgresql://auditor@db.example.org/auditor"
_PLACE = re.compile(r"file:.+|env:[A-Za-z_][A-Za-z0-9_]*")
_MOST = 4096


@dataclass(frozen=True, slots=True)
class LedgerServer:
    """``address`` holds no password; ``password`` says where it is: ``file:PATH``, ``env:NAME``."""

    address: URL
    password: str | None
    base: Path
    """Folder that a relative path starts from."""

    def url(self) -> URL:
        """Return the address with its password; raises ``SecretError``."""
        if self.password is None:
            return self.address
        return self.address.set(password=_read(self.password, self.base))

    def __str__(self) -> str:
        return self.address.set(drivername="postgresql").render_as_string(hide_password=True)


def server(address: str, password: str | None, base: Path) -> LedgerServer:
    """Return the server a setting names; raises ``ValueError`` with what is wrong and its cure."""
    try:
        url = make_url(address)
    except ArgumentError:
        raise ValueError("this is no address of a database", f"Write {EXAMPLE}") from None
    if url.drivername not in ("postgresql", "postgres"):
        raise ValueError("the ledger can lie on PostgreSQL only", f"Write {EXAMPLE}")
    if url.password is not None:
        cure = 'Take it out and write ledger_password = "file:secrets/ledger-password"'
        raise ValueError("a password does not belong in the settings", cure)
    if not url.database:
        raise ValueError("it names no database", f"Add its name: {EXAMPLE}")
    if find_spec("psycopg") is None:
        raise ValueError("support for PostgreSQL is not installed", POSTGRES_CURE)
    return LedgerServer(url.set(drivername="postgresql+psycopg"), password, base)


def is_place(password: str) -> bool:
    """Whether a setting names a place where a password is kept."""
    return _PLACE.fullmatch(password) is not None


def _read(place: str, base: Path) -> str:
    kind, _, name = place.partition(":")
    value = os.environ.get(name, "") if kind == "env" else _read_file(base / name)
    if not value.strip():
        raise SecretError("the ledger's password is empty", where=place, cure="Put it there")
    return value.strip()


def _read_file(path: Path) -> str:
    noun, setting = "ledger's password", "storage.ledger_password"
    try:
        return read_private(path, noun=noun, setting=setting, most=_MOST).decode("utf-8", "replace")
    except FileNotFoundError as error:
        raise SecretError(
            f"the {noun} cannot be opened ({error.strerror})",
            where=path,
            cure="Put the file itself there, as the account that runs this, mode 0600",
        ) from None
