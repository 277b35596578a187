"""One reading of a roster at Clever: every list whole, then brought to one moment by its events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from auditor.source import Denied, Mark, Note, SourceContext, Transient
from connectors.clever.asking import Api, Lost
from connectors.clever.records import ADMIN, CONTACT, STAFF, STUDENT, TEACHER, Parsing
from connectors.clever.roster import Event, Roster, event_of
from connectors.clever.settings import CleverSettings

UNIT = "events"
"""The mark that is kept: the last change that Clever's log had told."""
_EVENTS = "events"
_ROLES = (STUDENT, TEACHER, STAFF, ADMIN)
NO_EVENTS = (
    "Clever shows no log of changes for this application: the lists were read without it; switch "
    "events on in Clever, or set events = false"
)
FORGOTTEN = "Clever no longer knows the changes since the last night: its lists alone count"


@dataclass(slots=True)
class Reading:
    """Everything that one pull asks."""

    api: Api
    settings: CleverSettings
    context: SourceContext
    parsing: Parsing = field(default_factory=Parsing)
    said: Counter[str] = field(default_factory=Counter)
    newest: str | None = None
    """The last change of the log that was taken in."""
    _has_events: bool = True

    def read(self) -> Roster:
        """Return the whole roster; raises a ``SourceError`` unless it is known to be whole."""
        since = self.context.marks.get(UNIT)
        lost: dict[str, int] = {}
        for _ in range(self.api.limits.restarts + 1):
            begun = self._last_event() if self.settings.events else None
            roster = self._lists()
            lost = roster.bring_forward(self._events(since, begun), self.parsing)
            if not lost:
                return roster
        told = ", ".join(f"{count:,} {name}" for name, count in sorted(lost.items()))
        raise Transient(
            f"its lists lack what its own log speaks of ({told}), "
            f"{self.api.limits.restarts + 1} times in a row",
            where=self.api.where,
            cure="The next run tries again; until then the roster stays as it was last read whole",
        )

    def marks(self) -> tuple[Mark, ...]:
        return () if self.newest is None else (Mark(UNIT, self.newest),)

    def notes(self) -> Iterator[Note]:
        for text, count in sorted(self.parsing.said.items()):
            yield Note(self.api.where, text, count, lost=True)
        for text, count in sorted(self.said.items()):
            yield Note(self.api.where, text, count)
        yield from self.api.notes()

    @property
    def roles(self) -> tuple[str, ...]:
        return (*_ROLES, CONTACT) if self.settings.guardians else _ROLES

    # ---- lists -----------------------------------------------------------------------------

    def _lists(self) -> Roster:
        api, read = self.api, self.parsing
        read.said.clear()
        roster = Roster(asked_roles=frozenset(self.roles))
        roster.schools = {one.id: one for one in api.whole("schools", {}, read.school)}
        roster.terms = {one.id: one for one in api.whole("terms", {}, read.term)}
        for done, role in enumerate(self.roles, 1):
            # Somebody of two roles is in two lists, and the same in both.
            roster.users |= {one.id: one for one in api.whole("users", {"role": role}, read.user)}
            self.context.progress(done, len(self.roles), "lists of people")
        roster.sections = {one.id: one for one in api.whole("sections", {}, read.section)}
        return roster

    # ---- events ----------------------------------------------------------------------------

    def _last_event(self) -> str | None:
        """Return the newest change there is, None where Clever tells of none."""
        try:
            page = self.api.one(_EVENTS, {"ending_before": "last", "limit": "1"})
        except Lost:
            return None
        except Denied:
            self._has_events = False
            self.said[NO_EVENTS] = 1
            return None
        return page[-1][0] if page else None

    def _events(self, since: str | None, begun: str | None) -> list[Event]:
        """Return the changes since the last night, or since the lists were begun to be read."""
        if not self.settings.events or not self._has_events:
            return []
        try:
            return self._events_after(since if since is not None else begun, begun)
        except Lost:
            if since is None:
                raise self._not_now() from None
        self.said[FORGOTTEN] = 1
        try:
            return self._events_after(begun, begun)
        except Lost:
            raise self._not_now() from None

    def _events_after(self, after: str | None, begun: str | None) -> list[Event]:
        found: list[Event] = []
        newest, before = after, begun is not None and after != begun
        for id_, record in self.api.records(_EVENTS, {}, after):
            event = event_of(record, before=before)
            found += [] if event is None else [event]
            newest = id_
            before = before and id_ != begun
        self.newest = newest
        return found

    def _not_now(self) -> Transient:
        return Transient(
            "its log of changes cannot be read to its end",
            where=self.api.where,
            cure="The next run tries again; if it stays so, set events = false",
        )
