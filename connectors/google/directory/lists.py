"""From groups and their members to facts: dated places on lists, and what is odd about a list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from auditor.keys import AddressRules, email_address
from auditor.model import Address, AddressKind, GroupMember, UnreadList
from auditor.records import Fact, SystemSetting
from auditor.source import Note
from connectors.google.directory.groups import Group, Listed, Member
from connectors.google.directory.membership import MembershipLog, Stay
from connectors.google.directory.settings import POSTS_AS_GROUP
from connectors.google.users import DistrictUser

EVERYBODY = Address(AddressKind.PERSON_ID, "google:everybody")
"""Stands for every account in use, on a list that all of the district is on."""
_SHOWN_GROUPS = 20

NAMELESS = "members of mailing lists whose address Google does not tell"
UNREAD = "mailing lists whose members could not be read: those known before stay on them"
EMPTY = "mailing lists without a member"
NOT_TOLD = "groups whose settings Google does not tell"
STRANGERS = "groups that let people from outside be members"
FEWER = "mailing lists of which Google shows fewer members than it counts"
ANYBODY = "groups that anybody in the world can write to"


@dataclass(slots=True)
class Lists:
    """Turns groups into facts. ``ended`` says since when an address reads no mail any more."""

    rules: AddressRules
    title: str
    day: date
    """The day the groups are looked at."""
    log: MembershipLog
    expected: Mapping[str, str]
    ended: Mapping[str, date | None]
    """Address of an account that is not in use -> its last day of use; None: not known."""
    said: Counter[str] = field(default_factory=Counter)
    _post_as: list[str] = field(default_factory=list)
    _everybody: bool = False

    def facts(self, group: Group, listed: Listed) -> Iterator[Fact]:
        """Yield who is and was on a list, and how it is set."""
        address = self._address(group.email)
        for alias in group.aliases:
            other = self._address(alias)
            if other != address:
                yield GroupMember(other, address)
        yield from self._members(group, address, listed.members)
        if listed.settings is not None:
            yield from self._settings(group, listed.settings)

    def unread(self, group: Group) -> Iterator[Fact]:
        """Yield that nobody knows who is on a list tonight."""
        self.said[UNREAD] += 1
        yield UnreadList(self._address(group.email))

    def everybody(self, users: Sequence[DistrictUser]) -> Iterator[Fact]:
        """Yield every account in use as a member of what stands for all, if any list has that."""
        for user in users if self._everybody else ():
            if user.active and not user.guest:
                yield GroupMember(EVERYBODY, self._address(user.email))

    def notes(self) -> Iterator[Note]:
        for text, count in sorted((self.said + self.log.said).items()):
            yield Note(self.title, text, count, lost=text in (NAMELESS, UNREAD, NOT_TOLD, FEWER))
        for group in sorted(self._post_as)[:_SHOWN_GROUPS]:
            yield Note(self.title, f"members of {group} may write as the group: it hides who wrote")
        if len(self._post_as) > _SHOWN_GROUPS:
            more = len(self._post_as) - _SHOWN_GROUPS
            yield Note(self.title, "more groups whose members may write as the group", more)

    # ---- one list --------------------------------------------------------------------------

    def _members(
        self, group: Group, address: Address, members: Sequence[Member]
    ) -> Iterator[Fact]:
        here = set()
        for member in members:
            if member.is_everybody:
                self._everybody = True
                yield GroupMember(address, EVERYBODY)
            elif member.email is None:
                self.said[NAMELESS] += 1
            else:
                here.add(member.email)
        if not members:
            self.said[EMPTY] += 1
        self.said[FEWER] += group.size is not None and len(members) < group.size
        for email, stay in self.log.of_group(group.email, here):
            until = self._until(email, stay)
            if until is not None:
                yield GroupMember(address, self._address(email), until.start, until.end)

    def _until(self, email: str, stay: Stay) -> Stay | None:
        """Return a stay no longer than the member could read mail, None if that was never."""
        if email not in self.ended or stay.end is not None:
            return stay
        last = self.ended[email]
        if last is None or (stay.start is not None and last < stay.start):
            return None
        return Stay(stay.start, last)

    def _settings(self, group: Group, settings: Mapping[str, str]) -> Iterator[Fact]:
        if not settings:
            self.said[NOT_TOLD] += 1
        if settings.get(POSTS_AS_GROUP) == "true":
            self._post_as.append(group.email)
        if settings.get("allowExternalMembers") == "true":
            self.said[STRANGERS] += 1
        if settings.get("whoCanPostMessage") == "ANYONE_CAN_POST":
            self.said[ANYBODY] += 1
        for name, wanted in sorted(self.expected.items()):
            found = settings.get(name, "")
            yield SystemSetting(f"Google group {group.email}", name, wanted, found, self.day)

    def _address(self, email: str) -> Address:
        return email_address(email, self.rules) or Address(AddressKind.EMAIL, email)
