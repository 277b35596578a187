"""What lies in a mail drop: which files hold mail, in which form, and how they are named to people.

A drop is one file or a folder with anything below it: mbox files, Maildirs (``cur`` and ``new``;
``tmp`` holds unfinished deliveries), and single messages with or without the extension ``.eml``.
Files are taken in the order of their names, so that two reads of the same drop are the same.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path, PurePath

from connectors.files import DroppedFile, dropped_file, reading
from connectors.mail.mbox import (
    LARGEST_BODY,
    LARGEST_HEADER,
    MboxReader,
    Portions,
    RawMessage,
    looks_like_header,
    no_body,
)
from connectors.mail.vault import Export, belongs_to_export, exports_in

_SNIFFED = 4_096
_BLANK = re.compile(rb"\n\r?\n")
_UNREADABLE = frozenset((
    ".zip", ".gz", ".bz2", ".xz", ".zst", ".7z", ".rar", ".tar", ".tgz",
    ".pst", ".ost", ".olm", ".msg",
))  # fmt: skip
_MBOX_NAMES = frozenset((".mbox", ".mbx"))
_HARMLESS_EXTENSIONS = _UNREADABLE | {".eml", ".txt", ".log"}
_NUMBERED = re.compile(r"(?=[A-Fa-f._,=@+-]*[0-9])[0-9A-Fa-f._,=@+-]*")
_MAILDIR_NAME = re.compile(r"[0-9]{6}[!-~]*")
_FLAGS = re.compile(r"[:;!]2,([A-Za-z]*)$")


class Form(StrEnum):
    """How a file holds mail."""

    MBOX = "mbox"
    MESSAGE = "message"
    ARCHIVE = "archive"
    """Holds mail, but packed in a way that is not read here."""
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class MailFile:
    """One file of a drop and what it seems to be."""

    file: DroppedFile
    form: Form
    in_maildir: bool = False

    @property
    def is_draft(self) -> bool:
        """Whether a Maildir flags it as a draft (``...:2,DS``)."""
        flags = _FLAGS.search(self.file.path.name) if self.in_maildir else None
        return flags is not None and "D" in flags[1]


class MailFormat(StrEnum):
    """What the settings say a drop holds."""

    AUTO = "auto"
    MBOX = "mbox"
    MAILDIR = "maildir"
    EML = "eml"
    JOURNAL = "journal"
    VAULT = "vault"


def mail_files(
    root: Path, format: MailFormat, *, below: Path | None = None, deep: bool = True
) -> Iterator[MailFile]:
    """Yield the files of a drop in the order of their names; raises ``SourceError``.

    ``below`` is a folder of the drop to which to keep; without ``deep`` only the files that lie in
    it itself are given. What belongs to an export of Vault is left to ``vault_exports``.
    """
    if not root.is_dir():
        if not any(vault_exports(root, format)):
            yield _classified(dropped_file(root, root.name), format, in_maildir=False)
        return
    for folder, names, is_maildir in _folders(below or root, deep=deep):
        in_maildir = folder.name in ("cur", "new")
        if format is MailFormat.MAILDIR and not in_maildir:
            continue
        place = PurePath(folder.relative_to(root))
        exports = _exports(folder, names, place, format)
        taken = {file.path for export in exports for file in export.files}
        for number, name in enumerate(names, start=1):
            path = folder / name
            if path in taken:
                continue
            file = dropped_file(path, (place / shown_name(name, number)).as_posix())
            found = _classified(file, format, in_maildir=in_maildir)
            if found.form is Form.MBOX and not path.suffix:
                found = replace(found, file=replace(file, name=(place / name).as_posix()))
            if is_maildir and found.form is Form.MESSAGE and not _is_mail(_start(file)):
                # Beside cur and new, mail servers keep indexes and lists of their own.
                found = replace(found, form=Form.OTHER)
            yield found


def vault_exports(
    root: Path, format: MailFormat, *, below: Path | None = None, deep: bool = True
) -> Iterator[Export]:
    """Yield the exports of Vault in a drop, folder by folder, by name; raises ``SourceError``."""
    if not root.is_dir():
        file = dropped_file(root, root.name)
        yield from exports_in([file], always=format is MailFormat.VAULT)
        return
    for folder, names, _ in _folders(below or root, deep=deep):
        yield from _exports(folder, names, PurePath(folder.relative_to(root)), format)


def _exports(
    folder: Path, names: list[str], place: PurePath, format: MailFormat
) -> list[Export]:
    if format not in (MailFormat.AUTO, MailFormat.VAULT):
        return []
    paths = [folder / name for name in names if belongs_to_export(name)]
    files = [dropped_file(p, (place / p.name).as_posix()) for p in paths if p.is_file()]
    return list(exports_in(files, always=format is MailFormat.VAULT))


def _folders(root: Path, *, deep: bool) -> Iterator[tuple[Path, list[str], bool]]:
    """Walk a folder in name order, without hidden files and unfinished deliveries.

    Linked folders are not followed but given as names, so that they are not passed over unsaid.
    """

    def refuse(error: OSError) -> None:
        raise error

    with reading(root, root.name):
        for folder, below, names in os.walk(root, onerror=refuse):
            is_maildir = "cur" in below or "new" in below
            kept = (n for n in below if not (is_maildir and n == "tmp"))
            # Maildir++ hides its subfolders behind a dot: .Sent, .Archive.
            below[:] = sorted(n for n in kept if is_maildir or not n.startswith("."))
            linked = (n for n in below if Path(folder, n).is_symlink())
            shown = sorted(n for n in (*names, *linked) if not n.startswith("."))
            yield Path(folder), shown, is_maildir
            if not deep:
                return


def shown_name(name: str, number: int) -> str:
    """Return a file name for notes and the ledger that cannot give a subject away.

    Mail programs name exported messages after their subject. Only names of mbox files, of
    Maildir deliveries and names made of digits and hexadecimal are shown; other files are called
    by their place in the folder's alphabetical order.
    """
    path = PurePath(name)
    extension = path.suffix.lower()
    if extension in _MBOX_NAMES or _MAILDIR_NAME.fullmatch(name) or _NUMBERED.fullmatch(name):
        return name
    place = f"file {number} of the folder"
    if extension not in _HARMLESS_EXTENSIONS:
        return place
    return name if _NUMBERED.fullmatch(path.stem) else f"{place} ({extension})"


def _classified(file: DroppedFile, format: MailFormat, *, in_maildir: bool) -> MailFile:
    extension = file.path.suffix.lower()
    if not file.path.is_file():
        return MailFile(file, Form.OTHER)
    if extension in _UNREADABLE:
        return MailFile(file, Form.ARCHIVE)
    start = _start(file)
    if in_maildir or extension == ".eml" or format is MailFormat.EML:
        return MailFile(file, Form.MESSAGE, in_maildir)
    if start.startswith(b"From ") or extension in _MBOX_NAMES or format is MailFormat.MBOX:
        return MailFile(file, Form.MBOX)
    if looks_like_header(start) or not extension:
        return MailFile(file, Form.MESSAGE)
    return MailFile(file, Form.OTHER)


def has_mail(file: DroppedFile) -> bool:
    """Whether a file that should be an mbox starts like one, like a message, or is empty."""
    start = _start(file)
    return not start or _is_mail(start)


def _start(file: DroppedFile) -> bytes:
    with reading(file.path, file.name), open(file.path, "rb") as stream:
        return stream.read(_SNIFFED).removeprefix(b"\xef\xbb\xbf").lstrip()


def _is_mail(start: bytes) -> bool:
    return start.startswith(b"From ") or looks_like_header(start)


class SingleMessage:
    """Reads a file that is one message, whatever ``From `` lines its body holds."""

    def __init__(self, stream: Portions, wants_body: Callable[[bytes], bool] = no_body) -> None:
        self._stream = stream
        self._wants_body = wants_body
        self.doubtful = 0
        """Always 0: a single message has no start to doubt."""

    def messages(self) -> Iterator[RawMessage]:
        """Yield the one message, also for an empty file: a file in a mail folder is a record."""
        read = self._stream.read()
        while True:
            postmark, start = _without_postmark(read)
            blank = _BLANK.search(start)
            if blank is not None or len(start) > LARGEST_HEADER + 2:
                break
            portion = self._stream.read()
            if not portion:
                break
            read += portion
        header = start[: blank.start()] if blank else start
        if len(header) > LARGEST_HEADER:
            yield RawMessage(1, postmark, None)
            return
        body = None
        if blank is not None and self._wants_body(header):
            body = start[blank.end() :]
            while len(body) < LARGEST_BODY and (portion := self._stream.read()):
                body += portion
            body = body[:LARGEST_BODY]
        yield RawMessage(1, postmark, header, body)


def _without_postmark(start: bytes) -> tuple[bytes, bytes]:
    """Return a From_ line, if there is one, and what follows it and any blank lines."""
    start = start.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    if not start.startswith(b"From ") or b"\n" not in start:
        return b"", start
    postmark, _, rest = start.partition(b"\n")
    return postmark.rstrip(), rest.lstrip(b"\r\n")


def open_messages(
    form: Form, stream: Portions, wants_body: Callable[[bytes], bool]
) -> MboxReader | SingleMessage:
    """Return the reader for a file's form."""
    if form is Form.MBOX:
        return MboxReader(stream, wants_body)
    return SingleMessage(stream, wants_body)
