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
    _first: dict[int, tuple[str, int]] = field(default_factory=dict)
    """Key of an account's first address -> the directory that listed it first, and its holder."""

    def holder(
        self,
        source: str,
        account: DirectoryAccount,
        finder: PersonFinder,
        people: Mapping[object, Row],
    ) -> int | NoMatch | None:
        """Return the key of whom others know as the holder, None if nobody does.

        ``finder`` must know nothing yet of what the directory itself says tonight.
        """
        if account.person_id:
            reference = f"person_id {mask(account.person_id)}"
            found = finder.find(PersonRef(person_id=account.person_id))
        elif account.addresses:
            reference = mask(account.addresses[0].text)
            known = self._at_first_address(source, account, finder)
            if not known:
                return None
            hint = "give each person an address of their own, or the account the person's id"
            found = _single(known, reference, hint)
        else:
            return None
        if isinstance(found, NoMatch) or not _is_other(account, people.get(found)):
            return found
        hint = "correct the id or address in the roster or in the directory, or the name"
        return NoMatch(reference, "is somebody's of quite another name in the roster", hint)

    def remember(self, source: str, account: DirectoryAccount, person_key: int) -> None:
        self._found[source, account.account_id] = person_key
        if account.addresses:
            first = self.address_key(account.addresses[0])
            self._first.setdefault(first, (source, person_key))

    def known(self, source: str, account_id: str) -> int | None:
        """Return whom a source's account was found to be."""
        return self._found.get((source, account_id))

    def _at_first_address(
        self, source: str, account: DirectoryAccount, finder: PersonFinder
    ) -> frozenset[int]:
        first = self.address_key(account.addresses[0])
        directory, person_key = self._first.get(first, (source, 0))
        # Two accounts of one directory with one address are two people, one after the other.
        return frozenset({person_key}) if directory != source else finder.people_at(first)


def _single(found: frozenset[int], reference: str, hint: str) -> int | NoMatch:
    if len(found) == 1:
        return next(iter(found))
    return NoMatch(reference, f"fits {len(found)} people", hint)


def _is_other(account: DirectoryAccount, row: Row | None) -> bool:
    return row is not None and quite_another_name(account, row)
