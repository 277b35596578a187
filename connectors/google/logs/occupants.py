"""Who is in a room of Google Chat now, by Google's own list, where the log does not tell."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from auditor.keys import AddressRules, email_address
from auditor.model import Address
from auditor.source import Denied, Transient
from connectors.google.asking import Asking
from connectors.google.chatspaces.members import MEMBER_SCOPES, ChatMember, members_of
from connectors.google.chatspaces.spaces import SPACE_SCOPES, space_named
from connectors.google.logs.rooms import Rooms
from connectors.google.refusals import NotDelegated
from connectors.google.users import district_users
from connectors.pool import in_threads
from connectors.portions import Portion

USER_SCOPES = ("admin.directory.user.readonly",)
ROOM_SCOPES = (*MEMBER_SCOPES, *SPACE_SCOPES)
SCOPES = (*ROOM_SCOPES, *USER_SCOPES)
"""What reading the members needs; Google names them by number, so the accounts are read too."""
_MORE = "room with a mailing list in it, or with more people than Google shows"


class _Shown(NamedTuple):
    members: tuple[ChatMember, ...]
    whole: bool
    """Whether nobody else is in the room, by Google's own count."""


class Occupants:
    """Asks for the members of rooms, a few at a time."""

    def __init__(
        self,
        members: Asking,
        users: Asking,
        *,
        customer: str,
        rules: AddressRules,
        threads: int,
        now: datetime,
    ) -> None:
        """Asks for nothing yet; ``now`` is what a member without a date is there at."""
        self._members = members
        self._users = users
        self._customer = customer
        self._rules = rules
        self._threads = threads
        self._now = now

    def tell(self, names: Sequence[str], rooms: Rooms, portion: Portion) -> None:
        """Take in the members of rooms; one that may not be looked into is counted.

        Raises ``NotDelegated``, and what reading the accounts raises.
        """
        if not names:
            return
        accounts = self._accounts()
        def ask(room: str) -> _Shown | str:
            return self._ask(room, two=rooms.is_direct(room))

        for room, found in in_threads(names, ask, threads=self._threads):
            if isinstance(found, str):
                portion.say(found)
                continue
            if not found.whole:
                portion.say(_MORE)
            known = []
            for member in found.members:
                address = accounts.get(member.user_id)
                if address is None:
                    rooms.unclear(room)
                else:
                    known.append((address, member.since))
            rooms.listed(room, known, self._now, whole=found.whole)

    def _accounts(self) -> dict[str, Address]:
        found: dict[str, Address] = {}
        for user in district_users(self._users, self._customer, link=None):
            address = email_address(user.email, self._rules)
            if address is not None:
                found[user.id] = address
        return found

    def _ask(self, room: str, *, two: bool) -> _Shown | str:
        name = f"spaces/{room}"
        try:
            found = members_of(self._members, name)
            space = None if two else space_named(self._members, name)
        except NotDelegated:
            raise
        except Denied:
            return "room whose members Google does not show to the administrator"
        except Transient:
            return "room whose members could not be had tonight"
        if found is None:
            return "room that is not there any more"
        # A list in a room is not among its members, and yet all on it read there.
        people = None if space is None or space.groups != 0 else space.people
        return _Shown(found, two or (people is not None and len(found) >= people))
