"""Secrets that a source is let in with: one file each, which nobody else may read."""

from __future__ import annotations

from pathlib import Path

from auditor.private import SecretError, read_private
from auditor.source import Denied

_LARGEST = 1 << 16


def read_secret(path: Path, setting: str, *, where: str) -> str:
    """Return the text of the file that ``setting`` names, without blanks around it.

    Raises ``Denied`` with the cure where there is none, or where others may read it.
    """
    try:
        content = read_private(path, noun=setting, setting=setting, most=_LARGEST)
    except FileNotFoundError:
        cure = f"Put it there, and: chmod 600 {path}"
        raise Denied(f"there is no {setting}", where=where, cure=cure) from None
    except SecretError as error:
        raise Denied(error.what, where=where, cure=error.cure) from None
    return content.decode("utf-8", "replace").strip()
