"""From a delivered message to the rows that are kept: keys for text, one digest for a copy."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from zoneinfo import ZoneInfo

from auditor.keys import Keyring
from auditor.ledger.book import storable
from auditor.model import Address, Message, PartyRole

_Key = int | None
MessageRow = tuple[
    int, int, str, str, str, str, int, int, int, _Key, _Key, str, _Key, bool, int, int
]
"""The columns of ``schemas.MESSAGE`` in order, then the number of party rows that follow."""
PartyRow = tuple[int, int, str, _Key, int]
"""The columns of ``schemas.PARTY`` in order."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY = _EPOCH.toordinal()
_MICROSECOND = timedelta(microseconds=1)


class Encoder:
    """Turns messages of one source into rows.

    Two deliveries are the same copy if and only if message key and digest agree. The digest is
    over everything that is kept of the envelope, whatever order the parties came in, so a copy
    that was read again changes nothing and one that says something else is never lost.
    """

    def __init__(
        self,
        source: str,
        keyring: Keyring,
        timezone: ZoneInfo,
        address_key: Callable[[Address], int],
    ) -> None:
        self._source = source
        self._keyring = keyring
        self._timezone = timezone
        self._address_key = address_key

    def encode(self, message: Message) -> tuple[MessageRow, list[PartyRow]]:
        """Return the message's row and its party rows, each party once.

        Raises ValueError for a time without a zone: no connector may guess one silently.
        """
        keyring, address_key = self._keyring, self._address_key
        sent_us, sent_day, sent_minute = self._moment(message.sent_at)
        message_key = keyring.message(
            self._source, message.native_id, message.rfc_message_id, _name(message)
        )
        thread_key = None if message.thread is None else keyring.thread(message.thread)
        container_key = (
            None
            if message.container is None
            else keyring.container(self._source, message.container)
        )
        behalf = message.on_behalf_of
        behalf_key = None if behalf is None else address_key(behalf)
        parties = sorted(
            {
                (
                    address_key(party.address),
                    party.role.value,
                    0 if party.via_group is None else address_key(party.via_group),
                    party.via_group is not None,
                )
                for party in message.parties
            }
        )
        native_id, tool = storable(message.native_id), storable(message.tool)
        channel, automated = message.channel.value, message.automated.value
        hidden, unparsed = message.recipients_hidden, len(message.unparsed)
        digest = _digest(
            (
                (native_id, tool, channel, sent_us, thread_key, container_key),
                (automated, behalf_key, hidden, sorted(message.unparsed)),
                parties,
            )
        )
        row = (
            message_key,
            digest,
            self._source,
            native_id,
            tool,
            channel,
            sent_us,
            sent_day,
            sent_minute,
            thread_key,
            container_key,
            automated,
            behalf_key,
            hidden,
            unparsed,
            len(parties),
        )
        return row, [
            (message_key, address, role, via if is_via else None, sent_day)
            for address, role, via, is_via in parties
        ]

    def _moment(self, sent_at: datetime) -> tuple[int, int, int]:
        """Return microseconds since 1970 in UTC, and the district's day number and minute."""
        if sent_at.utcoffset() is None:
            raise ValueError(f"{self._source}: a message has a time without a zone")
        try:
            utc, local = sent_at.astimezone(UTC), sent_at.astimezone(self._timezone)
        except OverflowError:  # on the first or last day of the calendar zones mean nothing
            utc = local = sent_at.replace(tzinfo=UTC)
        return (
            (utc - _EPOCH) // _MICROSECOND,
            local.toordinal() - EPOCH_DAY,
            local.hour * 60 + local.minute,
        )


def _name(message: Message) -> str:
    """Return the address in whose name a message went, the same in whatever order they come.

    A copy that tells who wrote in that name and one that does not are then one message.
    """
    senders = {p.address.text for p in message.parties if p.role is PartyRole.FROM}
    behalf = message.on_behalf_of
    if behalf is not None and behalf.text not in senders:
        return behalf.text
    return min(senders, default="")


def _digest(envelope: tuple[object, ...]) -> int:
    # ``ascii`` writes nested values without ambiguity, and the same in every Python version.
    text = ascii(envelope).encode("ascii")
    return int.from_bytes(blake2b(text, digest_size=8).digest(), "big", signed=True)
