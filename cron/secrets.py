"""The district's pepper: made once, kept out of the data, never shown.

The pepper turns addresses into keys. Whoever has both it and the data can find out who wrote to
whom, so they never lie in one folder, and a file that others may read is refused, not repaired:
it may have been read already.
"""

from __future__ import annotations

import os
from pathlib import Path
from secrets import token_hex

from auditor.keys import PEPPER_BYTES, Keyring
from auditor.private import SecretError, read_private


def refuse_place(path: Path, data: Path) -> None:
    """Raise ``SecretError`` if the pepper would lie inside the data folder."""
    if path.resolve().is_relative_to(data.resolve()):
        raise SecretError(
            "the pepper lies inside the data folder, so every copy of the data would carry it",
            where=path,
            cure="Give storage.pepper a folder of its own, for example secrets/pepper",
        )


def make_pepper(path: Path) -> bool:
    """Make a new pepper for its owner alone; return False if there is a file already.

    It appears under its name at once and whole, so a crash never leaves half a pepper that later
    data would depend on.
    """
    if path.is_symlink() or path.exists():
        return False
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.parent / f".{path.name}.{os.getpid()}"
    handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(token_hex(PEPPER_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return False
    finally:
        draft.unlink()
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return True


def read_keyring(path: Path) -> Keyring:
    """Return the keys made with the pepper; raises ``SecretError`` if it is not kept safely."""
    try:
        text = read_private(path, noun="pepper", setting="storage.pepper", most=4 * PEPPER_BYTES)
    except FileNotFoundError:
        raise SecretError(
            "there is no pepper",
            where=path,
            cure="Restore it from its backup; keys made with another one match nothing stored",
        ) from None
    return Keyring(_bytes_of(text, path))


def _bytes_of(text: bytes, path: Path) -> bytes:
    try:
        pepper = bytes.fromhex(text.decode("ascii").strip())
    except ValueError:  # its message would quote the text
        pepper = b""
    if len(pepper) != PEPPER_BYTES:
        raise SecretError(
            f"this is not a pepper: it must be {2 * PEPPER_BYTES} hexadecimal digits",
            where=path,
            cure="Restore it from its backup",
        )
    return pepper
