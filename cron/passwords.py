"""Where a password is kept: never in the settings, which people copy, mail and keep in archives.

The settings say ``file:secrets/mail`` or ``env:MAIL_PASSWORD``. A file that others may read is
refused and not repaired, as with the pepper.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from auditor.private import SecretError, read_private

MOST_BYTES = 4096
HOW = 'Write "file:secrets/mail" or "env:MAIL_PASSWORD"'
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class PasswordPlace:
    """A file, or a variable of the environment."""

    setting: str
    """The key of the settings that names it."""
    file: Path | None
    variable: str | None

    @property
    def where(self) -> Path | str:
        return self.file or f"env:{self.variable}"


def place_of(written: str, base: Path, setting: str) -> PasswordPlace | None:
    """Return where ``written`` says that a password is, or None if it does not say."""
    kind, colon, rest = written.partition(":")
    if kind == "file" and rest.strip():
        return PasswordPlace(setting, base / rest.strip(), None)
    if kind == "env" and colon and _VARIABLE.fullmatch(rest):
        return PasswordPlace(setting, None, rest)
    return None


def read_password(place: PasswordPlace) -> str:
    """Return the password; raises ``SecretError`` where there is none or it is not kept safely."""
    if place.file is None:
        found = os.environ.get(place.variable or "")
        if not found:
            raise SecretError(
                "this variable is empty or not set",
                where=place.where,
                cure="Set it for the account that runs the audit",
            )
        return found
    try:
        content = read_private(
            place.file, noun="password", setting=place.setting, most=MOST_BYTES
        )
    except FileNotFoundError:
        raise SecretError(
            "there is no password",
            where=place.where,
            cure=f"Write it into this file, alone on its line, then: chmod 600 {place.file}",
        ) from None
    try:
        password = content.decode("utf-8").strip("\r\n")
    except UnicodeDecodeError:  # its message would quote the bytes
        password = ""
    if not password or "\n" in password or len(content) == MOST_BYTES:
        raise SecretError(
            "this is not one line of text",
            where=place.where,
            cure="Write the password alone on its line, as UTF-8",
        )
    return password
