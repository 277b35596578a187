"""Mails as files: where they wait to be sent, and the sender that only writes them down.

A mail waits as the very bytes that go out, so that a second try sends what the first one did.
Files belong to their owner alone and appear whole.
"""

from __future__ import annotations

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from auditor.lake.files import Disk
from reports.delivery.sender import Receipt, Transient
from reports.publishing import file_stem


class Spool:
    """A folder of mails, each under its Message-ID."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, message_id: str) -> Path:
        return self._folder / f"{file_stem(message_id.strip('<>').partition('@')[0])}.eml"

    def put(self, message: EmailMessage) -> Path:
        """Write a mail down; what was there under its Message-ID is replaced."""
        disk = Disk()
        path = self.path(message["Message-ID"])
        disk.make_folder(self._folder)
        draft = path.with_name(f".{path.name}.draft")
        disk.remove(draft)
        with disk.create(draft) as file:
            file.write(message.as_bytes(policy=SMTP))
            disk.sync(file)
        disk.rename(draft, path)
        disk.sync_folder(self._folder)
        return path

    def get(self, message_id: str) -> EmailMessage | None:
        """Return a mail that waits, or None where somebody has taken its file away."""
        try:
            content = self.path(message_id).read_bytes()
        except FileNotFoundError:
            return None
        return message_from_bytes(content, _class=EmailMessage, policy=SMTP)

    def drop(self, message_id: str) -> None:
        """Forget a mail; its file may be gone already."""
        Disk().remove(self.path(message_id))


class FolderSender:
    """A ``Sender`` that writes mails into a folder, to be looked at and not sent."""

    def __init__(self, folder: Path) -> None:
        self._spool = Spool(folder)

    def send(self, message: EmailMessage) -> Receipt:
        """Write one mail; raises ``Transient`` where that cannot be done."""
        try:
            return Receipt(self._spool.put(message).name)
        except OSError as error:
            raise Transient(
                f"the mail cannot be written ({error.strerror})",
                where=str(error.filename),
                cure="See that the folder may be written to and has room",
                answer="not written",
            ) from error

    def close(self) -> None:
        return None
