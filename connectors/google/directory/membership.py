"""Since when somebody is on a mailing list, and until when somebody was, by Google's own log.

The Directory shows today's members alone. Its log of groups goes back 180 days and says who came
and who left. Where the two contradict each other, or the log says nothing, no day is told, and
the snapshots of every night date the member as they do any other list's.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from auditor.keys import canonical_email
from connectors.google.activities import Activity, Event, Log, Unusable
from connectors.google.flattening import text_of
from connectors.portions import Span

APPLICATION = "groups_enterprise"
KEPT = frozenset({"group_id", "member_id"})
REACHES_BACK = timedelta(days=180)
_PART = timedelta(days=30)
_COMES = frozenset({"add_member", "approve_join_request"})
_COMES_BY_ITSELF = frozenset({"accept_invitation", "join"})
_GOES = frozenset({"remove_member", "ban_member_with_moderation"})
_GOES_BY_ITSELF = frozenset({"leave"})
"""Names of events (Reports API, enterprise groups audit); what members do themselves names them
as the actor."""

NOT_ON_IT = "members who came by the log of groups, did not leave by it, and are not on the list"
STILL_ON_IT = "members who left by the log of groups and are on the list: taken as undated"
UNNAMED = "entries of the log of groups that do not name the group or the member by address"


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """Somebody came on a list, or left it."""

    at: datetime
    order: tuple[str, int]
    came: bool


@dataclass(frozen=True, slots=True)
class Stay:
    """Days somebody was on a list, both included; None is what nobody tells."""

    start: date | None = None
    end: date | None = None


Place = tuple[str, str]
"""(group, member), by canonical address."""


@dataclass(slots=True)
class MembershipLog:
    """What the log says of each place on a list."""

    zone: ZoneInfo
    begins: datetime
    said: Counter[str] = field(default_factory=Counter)
    _changes: Mapping[str, Mapping[str, list[Change]]] = field(default_factory=dict)
    """Group -> member -> what happened, in order."""

    def read(self, log: Log, ends: datetime, *, threads: int) -> int:
        """Read the whole log up to ``ends`` and return its rows; raises a ``SourceError``."""
        spans = Span(self.begins, ends).cut(_PART)
        changes: dict[str, dict[str, list[Change]]] = defaultdict(lambda: defaultdict(list))
        rows = 0
        for _, found in log.in_spans(spans, self._span, threads=threads):
            counted, unnamed, several = found
            rows += counted
            self.said[UNNAMED] += unnamed
            for (group, member), change in several:
                changes[group][member].append(change)
        self._changes = changes
        return rows

    def of_group(self, group: str, members: Iterable[str]) -> Iterator[tuple[str, Stay]]:
        """Yield each stay on a list, of those on it today and of those who were."""
        here, changes = set(members), self._changes.get(group, {})
        for member in sorted(here | changes.keys()):
            known = sorted(set(changes.get(member, ())))
            for stay in self._stays(known, here=member in here):
                yield member, stay

    def _stays(self, changes: Iterable[Change], *, here: bool) -> list[Stay]:
        stays: list[Stay] = []
        came: date | None = None
        on_it: bool | None = None
        for change in changes:
            day = change.at.astimezone(self.zone).date()
            if change.came:
                came = came if on_it else day
            elif on_it is not False:
                stays.append(Stay(came, day))
                came = None
            on_it = change.came
        if here and on_it is False:
            self.said[STILL_ON_IT] += 1
            return [Stay()]
        if here:
            stays.append(Stay(came, None))
        elif on_it:
            self.said[NOT_ON_IT] += 1
        if len(stays) > 1 and stays[0].start is None:
            # Beside days that are told, one that is not would be read as "since it is on record".
            first = self.begins.astimezone(self.zone).date()
            stays[0] = Stay(first, stays[0].end)
        return stays

    @staticmethod
    def _span(rows: Iterator[Activity | Unusable]) -> tuple[int, int, list[tuple[Place, Change]]]:
        counted = unnamed = 0
        found = []
        for row in rows:
            counted += 1
            if isinstance(row, Unusable):
                unnamed += 1
                continue
            for event in row.events:
                place = _place(row, event)
                if place is None:
                    continue
                if "" in place:
                    unnamed += 1
                    continue
                came = event.name in _COMES | _COMES_BY_ITSELF
                found.append((place, Change(row.at, (row.qualifier, event.index), came)))
        return counted, unnamed, found


def _place(row: Activity, event: Event) -> Place | None:
    """Return whom an event put where, blank where it does not tell; None: it is about neither."""
    if event.name in _COMES | _GOES:
        member = text_of(event.parameters, "member_id")
    elif event.name in _COMES_BY_ITSELF | _GOES_BY_ITSELF:
        member = row.email
    else:
        return None
    group = text_of(event.parameters, "group_id")
    return canonical_email(group or "") or "", canonical_email(member or "") or ""
