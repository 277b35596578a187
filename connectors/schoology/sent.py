"""What one user sent in Schoology's private messages, as far as the folder of sent ones tells.

The list of sent messages has no bodies, and no body is ever asked for: opening a thread would mark
it as read. An entry is a thread as it stands: whom it is with, who wrote last and when. A thread in
which the user wrote again since last night is an entry with another moment, and another message.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from auditor.model import Address, Channel, Message, Party, PartyRole
from auditor.source import Denied
from connectors.numbered import Addresses, id_of, moment
from connectors.schoology.asking import Asking, Record, owner
from connectors.unitpages import Brought

_MARGIN = timedelta(days=1)
"""The list is said to be newest first; so much older an entry has to be before we believe it."""
OTHERS = "entry among sent messages that somebody else wrote: left out"
UNKNOWN = "recipient of a message whom Schoology does not list among the school's accounts"
UNORDERED = "list of sent messages that is not newest first"


class OtherToken(Denied):
    """The token on file for one user is somebody else's, or nobody's that Schoology names."""

    def __init__(self, uid: str, own: str, where: str) -> None:
        whose = f"another user's, that of account {own}" if own else "of nobody Schoology names"
        super().__init__(
            f"the token on file is {whose}: have the user grant a new one with `auditor grant`",
            where=where,
            cure=f"Remove the file {uid} from the folder of tokens; then `auditor grant`",
        )


@dataclass(frozen=True, slots=True)
class SentReader:
    addresses: Addresses
    source: str
    """The source's own name, which keeps its conversations apart from other sources'."""
    tool: str
    begins: datetime
    ends: datetime
    """The window, up to and not including this moment."""

    def of(self, uid: str, asking: Asking) -> Brought:
        """Return what the user with this number sent in the window; raises ``SourceError``.

        ``asking`` has that user's token: of another's, no list is believed, not even an empty one.
        """
        own = owner(asking)
        if own != uid:
            raise OtherToken(uid, own, asking.where)
        author = self.addresses.known(uid)
        if author is None:
            raise Denied(
                "the account has neither a Unique ID nor an address of the district's that no "
                "other account has",
                where=asking.where,
                cure="Give the account its Unique ID in Schoology",
            )
        found = Brought()
        moments: list[datetime] = []

        def older(record: Record) -> bool:
            at = moment(record.get("last_updated"))
            if at is not None:
                moments.append(at)
            return at is not None and at < self.begins - _MARGIN

        kept = {"keep_unread": "TRUE"}
        entries = asking.records("messages/sent", "message", kept, until=older)
        if moments != sorted(moments, reverse=True):
            found.said[UNORDERED, True] += 1
        for entry in entries:
            self._take(entry, uid, author, found)
        return found.in_order()

    def _take(self, entry: Record, uid: str, author: Address, found: Brought) -> None:
        number, at = id_of(entry.get("id")), moment(entry.get("last_updated"))
        if at is not None and not self.begins <= at < self.ends:
            return
        found.records += 1
        writer = id_of(entry.get("author_id"))
        needed = {"id": number, "last_updated": at, "author_id": writer}
        lacking = next((name for name, value in needed.items() if not value), None)
        if lacking is not None or at is None:
            found.refused.append(lacking or "last_updated")
            return
        if writer != uid:
            found.said[OTHERS, True] += 1
            return
        written = entry.get("recipient_ids")
        parts = [part for part in str(written or "").split(",") if part.strip()]
        others = [one for one in dict.fromkeys(id_of(part) for part in parts) if one != uid]
        known = [self.addresses.address(one) for one in others]
        unknown = sum(one is None for one in known)
        if unknown:
            found.said[UNKNOWN, True] += unknown
        parties = {author: PartyRole.FROM}
        for address in known:
            if address is not None:
                parties.setdefault(address, PartyRole.TO)
        found.messages.append(
            Message(
                native_id=f"{number}/{int(at.timestamp())}",
                channel=Channel.LMS_MESSAGE,
                tool=self.tool,
                sent_at=at,
                parties=tuple(Party(address, role) for address, role in parties.items()),
                thread=f"{self.source}/{number}",
                recipients_hidden=unknown > 0 or not others,
                unparsed=("recipient_ids",) if unknown else (),
            )
        )
