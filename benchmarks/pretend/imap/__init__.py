"""A pretended IMAP server: enough of RFC 3501 to be read from, and everything that can go wrong."""

from benchmarks.pretend.imap.server import PretendImap
from benchmarks.pretend.imap.world import Folder, Mailbox, Stored, mailboxes_of

__all__ = ["Folder", "Mailbox", "PretendImap", "Stored", "mailboxes_of"]
