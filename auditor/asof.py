"""Items as they stood at the end of a week, whenever they are looked at.

A page of a week tells of that week. What happened afterwards belongs on the next page: messages
sent later, an item growing, a record that was put right, a decision. What came in afterwards about
that week is another matter: a message that arrived late changes the page, as a new revision.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from auditor.directory import day_number
from auditor.items import StoredItem

FoundOn = Mapping[tuple[str, int], date]
"""(item id, message or record) -> audit date of the night that first found it."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The week's days, and until when decisions count for its page."""

    first: date
    last: date
    decided_until: datetime | None
    """None: every decision there is, for the newest week."""


def at_the_end(stored: Iterable[StoredItem], moment: Moment, found: FoundOn) -> list[StoredItem]:
    """Return the items that had begun by the end of a week, each as it stood then."""
    return [item for one in stored for item in _as_of(one, moment, found)]


def _as_of(item: StoredItem, moment: Moment, found: FoundOn) -> Iterator[StoredItem]:
    last = day_number(moment.last)
    hits = tuple(h for h in item.hits if h.day <= last)
    if not hits:
        return
    until = moment.decided_until
    yield replace(
        item,
        hits=hits,
        grew_on=_grew_on(replace(item, hits=hits), moment, found),
        withdrawn_on=_withdrawn_on(item, moment.last),
        decisions=tuple(d for d in item.decisions if until is None or d.decision.at <= until),
    )


def _grew_on(item: StoredItem, moment: Moment, found: FoundOn) -> date | None:
    """Return when the item grew last, as far as the week's own messages tell."""
    if item.grew_on is None or item.grew_on <= moment.last:
        return item.grew_on
    days = [found.get((item.id, h.message), item.listed_on) for h in item.open_hits]
    return max((day for day in days if day > item.listed_on), default=None)


def _withdrawn_on(item: StoredItem, last: date) -> date | None:
    """A record put right after the week stood in it; a message that does not count never did."""
    stood = item.withdrawn_on is not None and item.withdrawn_on > last
    if stood and any(hit.is_record for hit in item.hits):
        return None
    return item.withdrawn_on
