"""Who is in a room of Google Chat now, by Google's own list, where the log does not tell."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from auditor.keys import AddressRules, email_address
from auditor.model import Address
from auditor.source import Denied, Transient
from connectors.google.asking import Asking
from connectors.google.chatspaces.members import MEMBER_SCOPES, ChatMember, members_of
from connectors.google.logs.rooms import Rooms
from connectors.google.refusals import NotDelegated
from connectors.google.users import district_users
from connectors.pool import in_threads
from connectors.portions import Portion

USER_SCOPES = ("admin.directory.user.readonly",)
SCOPES = (*MEMBER_SCOPES, *USER_SCOPES)
"""What reading the members needs; Google names them by number, so the accounts are read too."""


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
        for room, found in in_threads(names, self._ask, threads=self._threads):
            if isinstance(found, str):
                portion.say(found)
                continue
            known = []
            for member in found:
                address = accounts.get(member.user_id)
                if address is None:
                    rooms.unclear(room)
                else:
                    known.append((address, member.since))
            rooms.listed(room, known, self._now)

    def _accounts(self) -> dict[str, Address]:
        found: dict[str, Address] = {}
        for user in district_users(self._users, self._customer, link=None):
            address = email_address(user.email, self._rules)
            if address is not None:
                found[user.id] = address
        return found

    def _ask(self, room: str) -> tuple[ChatMember, ...] | str:
        try:
            found = members_of(self._members, f"spaces/{room}")
        except NotDelegated:
            raise
        except Denied:
            return "room whose members Google does not show to the administrator"
        except Transient:
            return "room whose members could not be had tonight"
        return "room that is not there any more" if found is None else found
