"""Address keys for a stream of messages: each address is hashed and entered in the book once."""

from __future__ import annotations

from auditor.keys import Keyring
from auditor.ledger import KeyCollision, Ledger
from auditor.model import Address, AddressKind

_REMEMBERED = 65_536
"""Addresses in each of the two generations that are kept in memory."""
_WAITING = 16_384
"""New addresses that are entered in the book in one transaction."""


class AddressKeys:
    """Gives keys to addresses and keeps the address book complete, in bounded memory.

    What was met lately is remembered in two generations: when the young one is full it becomes
    the old one. An address forgotten that way is simply looked up in the book once more.
    """

    def __init__(self, ledger: Ledger, keyring: Keyring) -> None:
        self._ledger = ledger
        self._keyring = keyring
        self._young: dict[str, int] = {}
        self._old: dict[str, int] = {}
        self._waiting: dict[int, Address] = {}

    def key(self, address: Address) -> int:
        """Return the key of ``address``; raises ``KeyCollision`` if it is another one's too."""
        # An e-mail address, the usual case, is its own name: no e-mail address holds a NUL.
        name = address.text
        if address.kind is not AddressKind.EMAIL:
            name = f"{address.kind.value}\0{name}"
        key = self._young.get(name)
        return self._meet(name, address) if key is None else key

    def _meet(self, name: str, address: Address) -> int:
        key = self._old.get(name)
        if key is None:
            key = self._keyring.address(address)
            if self._waiting.setdefault(key, address) != address:
                raise KeyCollision(key, where=self._ledger.where)
            if len(self._waiting) >= _WAITING:
                self.flush()
        if len(self._young) >= _REMEMBERED:
            self._young, self._old = {}, self._young
        self._young[name] = key
        return key

    def flush(self) -> None:
        """Enter what is waiting in the book. Must come before facts with these keys commit."""
        if self._waiting:
            self._ledger.remember_addresses(self._waiting)
            self._waiting = {}
