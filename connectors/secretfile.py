"""Secrets of live sources: from files that nobody else may read, refused as the sources refuse."""

from __future__ import annotations

from pathlib import Path

from auditor.private import SecretError, read_private
from auditor.source import Denied

_LARGEST = 1 << 16


def read_secret(path: Path, setting: str, *, where: str) -> str:
    """Return what a file of mode 0600 holds, trimmed; raises ``Denied``, and tells none of it.

    ``setting`` is where its place is written, ``where`` the source's title.
    """
    try:
        content = read_private(path, noun=setting, setting=setting, most=_LARGEST)
    except FileNotFoundError:
        cure = f"Put it there, and: chmod 600 {path}"
        raise Denied(f"there is no {setting} ({path})", where=where, cure=cure) from None
    except SecretError as error:
        raise Denied(f"{error.what} ({path})", where=where, cure=error.cure) from None
    text = content.decode("utf-8", "replace").strip()
    if not text:
        raise Denied(f"the {setting} is empty ({path})", where=where, cure="Put it in again")
    return text
