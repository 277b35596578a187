"""Files that nobody but this account may use: the pepper, passwords, keys of sources.

One that others may read is refused and not repaired: it may have been read already.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path


class SecretError(Exception):
    """The pepper or a password cannot be used. ``what`` never holds any part of it."""

    def __init__(self, what: str, *, where: Path | str, cure: str) -> None:
        super().__init__(f"{where}: {what}. {cure}")
        self.what = what
        self.where = where
        self.cure = cure


def read_private(path: Path, *, noun: str, setting: str, most: int) -> bytes:
    """Return up to ``most`` bytes of a file that nobody but this account may use.

    ``noun`` is what it is called, ``setting`` where its place is written. Raises ``SecretError``,
    and ``FileNotFoundError`` where there is none.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        raise
    except OSError as error:
        if path.is_symlink():
            raise SecretError(
                f"the {noun} is a symbolic link",
                where=path,
                cure=f"Put the file itself there, or name its real place in {setting}",
            ) from None
        raise SecretError(
            f"it cannot be opened ({error.strerror})",
            where=path,
            cure="Run as the account that owns it",
        ) from None
    try:
        _refuse_loose(os.fstat(handle), path, noun, setting)
        return os.read(handle, most)
    finally:
        os.close(handle)


def _refuse_loose(found: os.stat_result, path: Path, noun: str, setting: str) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise SecretError("this is not a file", where=path, cure=f"Name a file in {setting}")
    if found.st_uid != os.geteuid():
        raise SecretError(
            f"the {noun} belongs to another account",
            where=path,
            cure=f"Run as that account, or: chown {os.geteuid()} {path}",
        )
    if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SecretError(
            f"other accounts may use the {noun} (mode {stat.S_IMODE(found.st_mode):04o})",
            where=path,
            cure=f"If nobody else has read it: chmod 600 {path}",
        )
