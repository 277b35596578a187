"""Where the records went: every step from what a source holds to what people look at adds up.

Each line takes in what the one before it kept, counted anew on this side. A line that does not add
up means that something was lost on the way, and turns the night.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import Connection, func, select

from auditor.checking import Findings
from auditor.items import Hit, StoredItem, Subject
from auditor.ledger.tables import batch
from auditor.pulling import Pulled
from auditor.result import BalanceLine, RuleRun

PRIVILEGED = "to or from a protected address, not kept"


def balance(
    pulled: Sequence[Pulled],
    on_file: int,
    found: Findings,
    stored: Iterable[StoredItem],
    *,
    named: bool = True,
) -> tuple[BalanceLine, ...]:
    """Return each step in order: sources, copies on file, messages, signs, items.

    ``on_file`` is the number of copies that the manifest says the judged days and their context
    have. Where not ``named``, nothing may be listed: staff have not been told.
    """
    funnel = found.funnel
    hits = found.hits if named else ()
    kept_back = () if named else (("kept back until staff have been told", len(found.hits)),)
    return (
        *_sources(pulled),
        BalanceLine(
            "Copies on file",
            on_file,
            funnel.copies,
            (("of days around the judged ones, read along", funnel.context),),
        ),
        BalanceLine(
            "Copies of one message",
            funnel.copies,
            funnel.messages,
            (("further copies of the same message", funnel.further_copies),),
        ),
        _judged(found),
        _seen(found.rules, len(hits), found.absorbed, (*found.left_out, *kept_back)),
        _listed(hits, stored),
    )


def copies_held(connection: Connection, first: date, last: date) -> int:
    """Return how many copies of messages the manifest has of some days."""
    total = select(func.sum(batch.c.rows)).where(
        batch.c.relation == "message",
        batch.c.day.between(first.isoformat(), last.isoformat()),
        batch.c.retired_by.is_(None),
    )
    return int(connection.execute(total).scalar_one() or 0)


def _sources(pulled: Sequence[Pulled]) -> Iterable[BalanceLine]:
    for one in pulled:
        if (landed := one.landed) is None:
            continue
        protected = ((PRIVILEGED, one.privileged),) if one.privileged else ()
        known = (("already known", landed.already_known), ("set aside", landed.rejected))
        kept = landed.new + landed.used_roster
        read = landed.read + one.privileged
        yield BalanceLine(one.source.context.title, read, kept, (*known, *protected))


def _judged(found: Findings) -> BalanceLine:
    funnel = found.funnel
    machine = tuple((s.why.lower(), s.messages) for s in funnel.machine)
    apart = funnel.messages - sum(n for _, n in machine) - funnel.contacts
    aside = (*machine, ("not between an adult and a student", apart))
    return BalanceLine("Messages judged", funnel.messages, funnel.contacts, aside)


def _seen(
    rules: Iterable[RuleRun], kept: int, absorbed: int, left_out: Iterable[tuple[str, int]]
) -> BalanceLine:
    seen = sum(run.hits or 0 for run in rules)
    aside = (("told by a more specific check on the same message", absorbed), *left_out)
    return BalanceLine("Seen by the checks", seen, kept, aside)


def _listed(hits: Sequence[Hit], stored: Iterable[StoredItem]) -> BalanceLine:
    """Return in how many ways what was seen is listed: each hit in one item, or for a reason."""
    places: Counter[tuple[Subject, int]] = Counter()
    covered: set[tuple[Subject, int]] = set()
    for item in stored:
        if item.withdrawn_on is None:
            places.update((item.subject, hit.message) for hit in item.hits)
            covered |= {(item.subject, h.message) for h in item.hits if h.covered_by is not None}
    counts = Counter(_where(hit, places, covered) for hit in hits)
    aside = (
        ("covered by an approval or tie", counts["covered"]),
        ("students wrote, and no adult did", counts["student"]),
    )
    return BalanceLine("Listed in items", len(hits), counts["listed"], aside)


def _where(
    hit: Hit, places: Counter[tuple[Subject, int]], covered: set[tuple[Subject, int]]
) -> str:
    place = (hit.subject, hit.message)
    if places[place] == 1:
        return "covered" if place in covered else "listed"
    if places[place] == 0 and not hit.sent_by_adult:
        return "student"
    return "lost"
