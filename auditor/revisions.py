"""What became different between two revisions of a page: what its facts are, and in which words.

Facts are what a page says. Not among them: when and by which run it was made, how long that took,
and on a week's page what each night measures anew: how many records a source brought, and how far
back from that night something lies.
The sentences name items by their ids alone, so they may stand on any page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from hashlib import sha256
from typing import Any

from auditor.copies import Page
from auditor.result import (
    CoachWeek,
    CoverageStatement,
    Item,
    Night,
    PrincipalWeek,
    SourceCoverage,
    SourceState,
)

_NOT_A_FACT = frozenset({"imprint", "run_id", "steps", "seconds", "deliveries"})
_MEASURED = frozenset({"records", "set_aside", "why"})
"""What a night measures, and the next night measures again; no facts of a week."""
_TOLD = frozenset({"open_items", "decided_items", "covered_items", "verdict", "coverage"})
"""Parts of a page that have sentences of their own, or follow from what has."""
_MOST = 40
"""Changes listed one by one."""
_PARTS = {
    "reader": "who reads this page",
    "teams": "the table of teams",
    "log": "the log of messages",
    "approvals": "the approvals on file",
    "withheld": "items that go to another reader",
    "withheld_to": "who gets the items that are not part of this page",
    "waiting_over_14_days": "how many items wait",
    "weeks": "the counts of earlier weeks",
    "lines": "what was checked of the clauses",
    "totals": "the counts of clauses",
    "do_now": "what there is to do",
    "messages_tested": "how many messages were tested",
    "items_open": "how many items need a look",
    "items_new": "how many items are new",
    "items_covered": "how many items are set aside",
    "items_decided": "how many items are decided",
    "sources": "the sources",
    "nights": "the last nights",
    "rules": "the checks",
    "balance": "where the records went",
    "quarantine": "the records set aside",
    "quarantine_total": "how many records were set aside",
    "unmatched": "whom the rosters do not tell",
    "unmatched_total": "how many people or addresses fit nobody",
    "directory": "the directory",
    "notes": "what was tolerated in files",
    "exit_code": "how the run ended",
}


def digest(page: Page) -> str:
    """Return the SHA-256 of a page's facts."""
    return sha256(repr(facts(page, _left_out(page))).encode("utf-8", "surrogatepass")).hexdigest()


def _left_out(page: Page) -> frozenset[str]:
    return _NOT_A_FACT if isinstance(page, Night) else _NOT_A_FACT | _MEASURED


def facts(value: Any, left_out: frozenset[str] = _NOT_A_FACT) -> Any:
    """Return a value's facts as nested tuples."""
    if is_dataclass(value) and not isinstance(value, type):
        return tuple(
            (f.name, facts(getattr(value, f.name), left_out))
            for f in fields(value)
            if f.name not in left_out
        )
    if isinstance(value, (tuple, list)):
        return tuple(facts(v, left_out) for v in value)
    return value


def changes(before: Page, after: Page) -> tuple[str, ...]:
    """Say what is not as it was, an item or a source a line; empty if the facts are the same."""
    if digest(before) == digest(after):
        return ()
    lines = [*_items(before, after), *_coverage(before.coverage, after.coverage)]
    lines += _parts(before, after)
    if not lines:
        lines.append("Words on this page.")
    if len(lines) > _MOST:
        lines[_MOST - 1 :] = [f"And {len(lines) - _MOST + 1} more."]
    return tuple(lines)


def _items(before: Page, after: Page) -> Iterator[str]:
    was, now, out = _by_id(before), _by_id(after), _left_out(after)
    for item_id in sorted(now.keys() - was.keys()):
        yield f"{item_id}: added."
    for item_id in sorted(was.keys() - now.keys()):
        yield f"{item_id}: no longer part of this page."
    for item_id in sorted(was.keys() & now.keys()):
        one, other = was[item_id], now[item_id]
        if facts(one, out) != facts(other, out):
            yield f"{item_id}: {_how(one, other)}."


def _by_id(page: Page) -> Mapping[str, Item]:
    if not isinstance(page, (PrincipalWeek, CoachWeek)):
        return {}
    every = (*page.open_items, *page.decided_items, *page.covered_items)
    return {item.id: item for item in every}


def _how(before: Item, after: Item) -> str:
    told = []
    if before.state is not after.state:
        told.append(f"was {before.state}, is now {after.state}")
    if len(before.messages) != len(after.messages):
        what = "record" if after.of_records else "message"
        many = len(after.messages)
        told.append(f"{many} {what}{'' if many == 1 else 's'} instead of {len(before.messages)}")
    if len(after.decisions) > len(before.decisions):
        told.append("a decision was recorded")
    if before.covered_by != after.covered_by:
        told.append("what covers it")
    if before.clause != after.clause or before.policy_words != after.policy_words:
        told.append("the clause it is about")
    return "; ".join(told) or "what is known of it"


def _coverage(before: CoverageStatement, after: CoverageStatement) -> Iterator[str]:
    was, now = ({s.source: s for s in one.sources} for one in (before, after))
    for name in now.keys() | was.keys():
        line = _source(was.get(name), now.get(name))
        if line is not None:
            yield line
    yield from (f"No longer missing: {gap}" for gap in before.gaps if gap not in after.gaps)
    yield from (f"Missing now: {gap}" for gap in after.gaps if gap not in before.gaps)
    if before.self_tests != after.self_tests or before.balanced != after.balanced:
        yield "The audit’s checks of itself came out otherwise."
    if before.known_limits != after.known_limits:
        yield "The known limits the district has accepted."


def _source(before: SourceCoverage | None, after: SourceCoverage | None) -> str | None:
    if after is None or before is None:
        one = after or before
        assert one is not None  # noqa: S101  (it is of one of the two)
        return f"{one.title}: {'no longer planned' if after is None else 'planned since'}."
    was, now = len(before.missing), len(after.missing)
    if before.state is not after.state:
        days = f", {now} of {len(after.days)} days missing" if now else ""
        return f"{after.title}: was {before.state}, is now {after.state}{days}."
    if before.missing != after.missing:
        return f"{after.title}: {now} days missing instead of {was}."
    if after.state is not SourceState.FULL and before.reason != after.reason:
        return f"{after.title}: why it is {after.state}."
    return None


def _parts(before: Page, after: Page) -> Iterable[str]:
    """Name the other parts of a page that differ."""
    if type(before) is not type(after):
        return ("The kind of this page.",)
    out = _left_out(after)
    changed = [
        _PARTS.get(f.name, f.name.replace("_", " "))
        for f in fields(after)
        if f.name not in _TOLD | out
        and facts(getattr(before, f.name), out) != facts(getattr(after, f.name), out)
    ]
    return [f"Also changed: {', '.join(changed)}."] if changed else []
