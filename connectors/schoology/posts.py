"""Updates and comments in sections and groups: what was posted where everybody in it could read.

A section's or group's updates are seen by all its members, so those are the parties. The text comes
along in every answer and is dropped here, as it is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from auditor.model import Channel, Message, Party, PartyRole
from connectors.numbered import Addresses, id_of, moment
from connectors.schoology.asking import Asking, Record
from connectors.schoology.places import Place, Seat, read_seats
from connectors.unitpages import Brought

COMMENTED_DAYS = 30
"""So long after a post its comments are looked for: there is no list of new comments."""
STRANGER = "member of a section or group whose address nobody knows"


@dataclass(frozen=True, slots=True)
class PostReader:
    asking: Asking
    addresses: Addresses
    source: str
    tool: str
    begins: datetime
    ends: datetime

    def of(self, place: Place) -> Brought:
        """Return what was posted in a place in the window; raises ``SourceError``."""
        found = Brought()
        oldest = self.begins - timedelta(days=COMMENTED_DAYS)

        def older(record: Record) -> bool:
            at = moment(record.get("created"))
            return at is not None and at < oldest

        updates = self.asking.records(f"{place.realm}/{place.id}/updates", "update", until=older)
        posts = [(update, "update", id_of(update.get("id"))) for update in updates]
        for update in updates:
            number = id_of(update.get("id"))
            if number and str(update.get("num_comments")) not in ("0", "None"):
                path = f"{place.realm}/{place.id}/updates/{number}/comments"
                comments = self.asking.records(path, "comment")
                posts += [(comment, "comment", number) for comment in comments]
        recent = [one for one in posts if self._is_recent(one[0])]
        if recent:
            statuses: Counter[str] = Counter()
            seats = read_seats(self.asking, place, statuses)
            found.said.update({(text, True): count for text, count in statuses.items()})
            for record, kind, about in recent:
                self._take(record, kind, about, place, seats, found)
        return found.in_order()

    def _is_recent(self, record: Record) -> bool:
        at = moment(record.get("created"))
        return at is None or self.begins <= at < self.ends

    def _take(
        self,
        record: Record,
        kind: str,
        about: str,
        place: Place,
        seats: Sequence[Seat],
        found: Brought,
    ) -> None:
        found.records += 1
        number, at = id_of(record.get("id")), moment(record.get("created"))
        author = self.addresses.address(id_of(record.get("uid")))
        needed = {"id": number, "created": at, "uid": author}
        lacking = next((name for name, value in needed.items() if not value), None)
        if lacking is not None or at is None or author is None:
            found.refused.append(lacking or "uid")
            return
        writer = id_of(record.get("uid"))
        known = [self.addresses.address(seat.uid) for seat in seats if seat.uid != writer]
        unknown = sum(one is None for one in known)
        if unknown:
            found.said[STRANGER, True] += unknown
        parties = {author: PartyRole.FROM}
        for address in known:
            if address is not None:
                parties.setdefault(address, PartyRole.MEMBER)
        found.messages.append(
            Message(
                native_id=f"{place.realm}/{place.id}/{_numbers(kind, about, number)}",
                channel=Channel.LMS_COMMENT if kind == "comment" else Channel.ANNOUNCEMENT,
                tool=self.tool,
                sent_at=at,
                parties=tuple(Party(address, role) for address, role in parties.items()),
                thread=f"{self.source}/{place.realm}/{place.id}/{about}",
                container=place.key,
                recipients_hidden=unknown > 0 or not known,
            )
        )


def _numbers(kind: str, about: str, number: str) -> str:
    return f"updates/{about}/comments/{number}" if kind == "comment" else f"updates/{number}"


def each_once(places: Iterable[Place]) -> list[Place]:
    """Return places by realm and number, each once: a section may hang on two courses."""
    found = {(place.realm, place.id): place for place in places}
    return [found[key] for key in sorted(found, key=lambda key: (key[0], int(key[1])))]
