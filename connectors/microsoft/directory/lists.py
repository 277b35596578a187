"""From groups and their members to facts: who is on which mailing list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field

from auditor.keys import AddressRules, email_address
from auditor.model import Address, AddressKind, GroupMember, UnreadList
from auditor.records import Fact
from auditor.source import Note
from connectors.microsoft.directory.groups import Group, Member

ID = "microsoft:"
"""What an id of Microsoft's begins with, where it stands for an account or a group."""
NAMELESS = "members of groups whose address Microsoft does not tell"
UNREAD = "groups whose members could not be read: those known before stay in them"
EMPTY = "mailing lists without a member"


@dataclass(slots=True)
class Lists:
    """Turns groups into facts."""

    rules: AddressRules
    title: str
    groups: Mapping[str, Group]
    """Every group by its id."""
    addresses: Mapping[str, str | None]
    """Account id -> main address; None where it has none."""
    unused: Set[str]
    """Ids of accounts that nobody reads mail in any more."""
    said: Counter[str] = field(default_factory=Counter)

    def facts(self, group: Group, members: tuple[Member, ...]) -> Iterator[Fact]:
        """Yield who is in a group."""
        address = self.address(group)
        for alias in group.addresses[1:]:
            other = self._address(alias)
            if other != address:
                yield GroupMember(other, address)
        if not members:
            self.said[EMPTY] += bool(group.addresses)
        here = {found for one in members if (found := self._member(one)) is not None}
        for member in sorted(here, key=lambda one: (one.text, one.kind.value)):
            yield GroupMember(address, member)

    def unread(self, group: Group) -> Iterator[Fact]:
        """Yield that nobody knows who is in a group tonight."""
        self.said[UNREAD] += 1
        yield UnreadList(self.address(group))

    def notes(self) -> Iterator[Note]:
        for text, count in sorted(self.said.items()):
            if count:
                yield Note(self.title, text, count, lost=text in (NAMELESS, UNREAD))

    def address(self, group: Group) -> Address:
        """Return what stands for a group; nothing is ever sent to one without an address."""
        if group.addresses:
            return self._address(group.addresses[0])
        return Address(AddressKind.PERSON_ID, f"{ID}{group.id}")

    def _member(self, member: Member) -> Address | None:
        inner = self.groups.get(member.id)
        if inner is not None:
            return self.address(inner)
        if member.id in self.unused:
            return None
        known = self.addresses.get(member.id, member.email)
        if known is not None:
            return self._address(known)
        # An account without a mailbox reads nothing that a list sends; of another it is not known.
        self.said[NAMELESS] += member.id not in self.addresses
        return None

    def _address(self, email: str) -> Address:
        return email_address(email, self.rules) or Address(AddressKind.EMAIL, email)
