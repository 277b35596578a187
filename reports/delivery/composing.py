"""One digest and one recipient made into a mail.

Everything in it is decided here: the same digest to the same recipient is the same mail under the
same Message-ID, so a mail that goes out twice is recognised. No attachment, no picture, nothing
that is fetched or counted when it is opened.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import quote

from auditor.keys import Keyring
from auditor.mailbook import Mail
from reports.digest import Digest, Envelope, html, text
from reports.shown import plain

MOST_SUBJECT = 150
_PLACE = "{report_id}"


@dataclass(frozen=True, slots=True)
class Stationery:
    """What all mails of a district have in common."""

    district: str
    sender: str
    reply_to: str | None
    link: str | None
    """An address with ``{report_id}`` in it, behind a sign-in."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """One address, and the office it is of in words: "principal of Alder Hill High School"."""

    office: str
    address: str

    @property
    def masked(self) -> str:
        local, _, domain = self.address.rpartition("@")
        return f"{local[:1]}…@{domain}"


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail ready to go, and how the ledger knows it."""

    mail: Mail
    message: EmailMessage


def message_id(stationery: Stationery, digest: Digest, address: str, keyring: Keyring) -> str:
    """Return the Message-ID of a report's mail to one recipient: always the same.

    It is made with the district's pepper: nobody can try addresses until one fits.
    """
    named = (stationery.district, digest.report_id, str(digest.revision), address)
    said = "\0".join(named)
    halves = (keyring.key(space, said) & 0xFFFF_FFFF_FFFF_FFFF for space in ("mail-a", "mail-b"))
    return f"<{''.join(f'{half:016x}' for half in halves)}@{_domain(stationery.sender)}>"


def compose(
    stationery: Stationery, digest: Digest, recipient: Recipient, keyring: Keyring, now: datetime
) -> Letter:
    """Return the mail of one digest to one recipient."""
    named = message_id(stationery, digest, recipient.address, keyring)
    envelope = Envelope(
        recipient.office,
        None
        if stationery.link is None or digest.page is None
        else stationery.link.replace(_PLACE, quote(digest.page, safe="")),
        stationery.reply_to or stationery.sender,
    )
    message = EmailMessage(policy=SMTP)
    message["From"] = Address("Message review", addr_spec=stationery.sender)
    message["To"] = Address(addr_spec=recipient.address)
    if stationery.reply_to is not None:
        message["Reply-To"] = Address(addr_spec=stationery.reply_to)
    message["Subject"] = plain(digest.subject)[:MOST_SUBJECT]
    message["Date"] = format_datetime(now)
    message["Message-ID"] = named
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text(digest, envelope), charset="utf-8", cte="quoted-printable")
    message.add_alternative(
        html(digest, envelope), subtype="html", charset="utf-8", cte="quoted-printable"
    )
    message.set_boundary(f"=_{named.strip('<>').partition('@')[0]}")
    mail = Mail(named, digest.report_id, digest.revision, recipient.office, recipient.masked)
    return Letter(mail, message)


def _domain(address: str) -> str:
    return address.rpartition("@")[2]
