"""Rows of a communications file turned into messages: who wrote to whom, when and how.

Columns that could hold a message's text have no place in the table, so they are never read.
"""

from __future__ import annotations

from hashlib import sha256

from auditor.keys import person_id_address
from auditor.model import Address, AddressKind, Channel, Message, Party, PartyRole
from connectors.tables.cells import CellError, Cells
from connectors.tables.layout import Audience

_NUMBER_LENGTH = 12


def message(cells: Cells, *, source: str, tool: str | None) -> Message:
    """Read one row; raises ``CellError`` where it is no message that can be found again.

    ``tool`` is the settings' word and wins over the row's ``source`` column. A row that names no
    recipient (a team alone, or nobody) went to people who are not known, never to none.
    """
    native_id = _native_id(cells)
    sent_at = cells.moment("sent_at")
    if sent_at is None:
        raise CellError("sent_at", "is blank")
    channel = Channel(cells.needed_word("channel"))
    tool = tool or cells.text("source")
    if tool is None:
        raise CellError("source", "is blank, and the source's settings name no tool")
    audience = cells.word("audience")
    sender, also_sender, unread = _sender(cells)
    together = channel is Channel.CHAT or audience == Audience.GROUP
    parties = {sender: PartyRole.FROM}
    named, readable = False, True
    for column, role in (
        ("recipient_ids", PartyRole.MEMBER if together else PartyRole.TO),
        ("recipient_emails", PartyRole.MEMBER if together else PartyRole.TO),
        ("cc_ids", PartyRole.CC),
    ):
        addresses, whole = cells.addresses(column)
        if not whole:
            unread.append(column)
            readable = False
        named = named or bool(addresses)
        for address in addresses:
            if address not in also_sender:
                parties.setdefault(address, role)
    ref = cells.text("message_ref")
    return Message(
        native_id=native_id,
        channel=channel,
        tool=tool,
        sent_at=sent_at,
        parties=tuple(Party(address, role) for address, role in parties.items()),
        # two tools may both call a conversation "17"
        thread=None if ref is None else f"{source}/{ref}",
        container=ref if channel is Channel.CHAT else None,
        recipients_hidden=cells.form.map.may_hide_recipients or not (named and readable),
        unparsed=tuple(unread),
    )


def _native_id(cells: Cells) -> str:
    """Return the row's id, or what stands for it: when it was sent, and a number that holds still.

    The same row has the same number in every export, whatever other columns say, and after the map
    was mended: what the file itself says counts, and not what the map makes of it.
    """
    columns = cells.form.map.known_by
    if not columns:
        return cells.needed("external_id")
    cells.needed("sent_at")
    written = {column: cells.values.get(column, "").strip() for column in columns}
    said = "\0".join(written.values())
    return f"{written['sent_at']} #{sha256(said.encode()).hexdigest()[:_NUMBER_LENGTH]}"


def _sender(cells: Cells) -> tuple[Address, frozenset[Address], list[str]]:
    """Return the sender, every address the row gives for them, and columns that were not read.

    The id comes before the e-mail address, as everywhere.
    """
    found: list[Address] = []
    unread: list[str] = []
    sender_id = cells.reference("sender_id")
    if sender_id is not None and sender_id.person_id:
        found.append(person_id_address(sender_id.person_id))
    elif sender_id is not None and sender_id.email:
        found.append(Address(AddressKind.EMAIL, sender_id.email))
    try:
        email = cells.email("sender_email")
    except CellError:
        if not found:
            raise
        email, unread = None, ["sender_email"]
    if email is not None:
        found.append(Address(AddressKind.EMAIL, email))
    if not found:
        raise CellError("sender_id", "is blank, and so is sender_email")
    return found[0], frozenset(found), unread
