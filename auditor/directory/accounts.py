"""Whose an account of a directory is: a person of the roster, one of its own, or nobody's.

A directory lists accounts, and a person is often in a roster as well, under another id and with
fewer addresses. Taken as two people they would claim each address from one another; taken as one
on a likeness they would accuse the wrong person. So an id or an address decides, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from auditor.directory.people import NoMatch, PersonFinder, mask, quite_another_name
from auditor.directory.state import Row
from auditor.model import Address, DirectoryAccount, PersonRef


@dataclass(slots=True)
class AccountHolders:
    """Finds holders, and remembers whom each account of each source was found to be."""

    address_key: Callable[[Address], int]
    _found: dict[tuple[str, str], int] = field(default_factory=dict)
    _first: dict[int, int] = field(default_factory=dict)
    """Key of an account's first address -> its holder, of every directory so far."""

    def holder(
        self, account: DirectoryAccount, finder: PersonFinder, people: Mapping[object, Row]
    ) -> int | NoMatch | None:
        """Return the key of whom others know as the holder, None if nobody does.

        ``finder`` must know nothing yet of what the directory itself says tonight.
        """
        if account.person_id:
            return self._by_id(account, account.person_id, finder, people)
        if not account.addresses:
            return None
        first = self.address_key(account.addresses[0])
        if first in self._first:
            return self._first[first]
        found = finder.people_at(first)
        if len(found) > 1:
            reference = mask(account.addresses[0].text)
            hint = "give each person their own address, or the account the person's id"
            return NoMatch(reference, f"fits {len(found)} people", hint)
        return next(iter(found), None)

    def remember(self, source: str, account: DirectoryAccount, person_key: int) -> None:
        self._found[source, account.account_id] = person_key
        if account.addresses:
            self._first.setdefault(self.address_key(account.addresses[0]), person_key)

    def known(self, source: str, account_id: str) -> int | None:
        """Return whom a source's account was found to be."""
        return self._found.get((source, account_id))

    @staticmethod
    def _by_id(
        account: DirectoryAccount,
        person_id: str,
        finder: PersonFinder,
        people: Mapping[object, Row],
    ) -> int | NoMatch:
        found = finder.find(PersonRef(person_id=person_id))
        if isinstance(found, NoMatch):
            return found
        row = people.get(found)
        if row is None or not quite_another_name(account, row):
            return found
        return NoMatch(
            f"person_id {mask(person_id)}",
            "is somebody of quite another name in the roster",
            "correct the id in the directory, or the name",
        )
