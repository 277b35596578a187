"""One trial: exactly one fault, then restarts without it; and what counts as having survived.

After the fault the district must be honest: what it lacks, its coverage names. After the restarts
it must be whole: the same facts and the same items as if nothing had happened.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from sqlalchemy import select

from auditor import audit
from auditor.audit import AuditError, Workplace
from auditor.cases import self_test
from auditor.ledger import Ledger, StorageError
from auditor.ledger.tables import run
from auditor.result import SelfTests
from auditor.source import Source
from tests.faults.world import (
    SHOWN_LATE,
    ZONE,
    Held,
    Outcome,
    Subject,
    night,
    outcome,
    policy,
    workplace,
)

RESTARTS = 3
_SET_ASIDE = re.compile(r"(\d+) messages? of .+ could not be read and (?:is|are) set aside\.")
OpenSources = Callable[[Path, Ledger], list[Source]]


@dataclass(frozen=True)
class Trial:
    """A fault at one place. ``survive`` returns what was wrong; an empty text is survival."""

    group: str
    kind: str
    name: str
    survive: Callable[[], str]

    def result(self) -> str:
        """Return what was wrong; what nobody put into words is wrong as well."""
        try:
            return self.survive()
        except Exception as error:  # noqa: BLE001  (whatever it is, the trial was not survived)
            return f"{type(error).__name__}: {error}"


@contextmanager
def cases_judged_once(result: SelfTests) -> Iterator[None]:
    """Take the checks' own cases as judged: they come out the same in every trial."""
    with mock.patch.object(audit, "_self_tests", return_value=result):
        yield


def judge_cases(folder: Path) -> SelfTests:
    """Run the checks' own cases."""
    pack, rules = policy()
    return self_test({rule: rules[rule] for rule in pack.bindings}, temp_directory=folder)


def dishonest(found: Outcome, oracle: Outcome) -> str:
    """Say what a district lacks or has too much of without its coverage naming it."""
    if surplus := found.messages - oracle.messages:
        return f"holds what was never sent: {_names(surplus)}"
    lacking = {name for name, *_ in oracle.messages - found.messages}
    silent = lacking - _excused(found, oracle)
    aside = sum(int(match[1]) for gap in found.gaps if (match := _SET_ASIDE.fullmatch(gap)))
    if len(silent) > aside:
        return f"lacks {sorted(silent)} and does not say so"
    return _unfounded(found, oracle, lacking | _excused(found, oracle))


def _excused(found: Outcome, oracle: Outcome) -> frozenset[str]:
    """Return the messages of which nothing may be claimed: their day is not called read.

    What is sent on a day and shown after that day was read, nobody can know: there it is enough
    that the source is named as not read in full.
    """
    unread = {day for _, day in found.unread}
    moments = ((name, moment) for name, moment, _ in oracle.messages)
    return frozenset(
        name
        for name, moment in moments
        if moment.astimezone(ZONE).date() in unread
        or (name in SHOWN_LATE and found.behind)
    )


def _unfounded(found: Outcome, oracle: Outcome, excused: set[str]) -> str:
    expected, listed = _by_subject(oracle), _by_subject(found)
    for about, hits in listed.items():
        if not hits <= expected.get(about, frozenset()):
            return f"lists what nobody did: {about[0]}"
    for about, hits in expected.items():
        if lost := hits - listed.get(about, frozenset()) - excused:
            return f"does not list {sorted(lost)}, though it has them"
    return ""


def _by_subject(outcome: Outcome) -> dict[Subject, frozenset[str]]:
    return {(rule, adult, student): hits for rule, adult, student, hits in outcome.items}


def different(found: Outcome, oracle: Outcome) -> str:
    """Say in what a district differs from one in which nothing went wrong.

    A record that was set aside while the fault lasted may still be named as such.
    """
    if found.messages != oracle.messages:
        lacking, surplus = oracle.messages - found.messages, found.messages - oracle.messages
        return f"messages differ: lacks {_names(lacking)}, has besides {_names(surplus)}"
    if found.items != oracle.items:
        return "items differ"
    if found.unread or found.behind:
        return f"not read: {sorted(found.behind)}, {len(found.unread)} days"
    others = [gap for gap in found.gaps if not _SET_ASIDE.fullmatch(gap)]
    return f"gaps stay: {others}" if others else ""


def _names(messages: Iterable[Held]) -> list[str]:
    return sorted(name for name, *_ in messages)


def run_once(folder: Path, sources: OpenSources, oracle: Outcome) -> str:
    """Let one night pass in which something may go wrong; return what was dishonest about it."""
    with workplace(folder) as place:
        try:
            night(place, sources(folder, place.ledger))
        except (AuditError, StorageError) as error:
            if not error.cure:
                return f"stopped without a cure: {error}"
            return "" if last_state(place) in ("failed", "running") else "a night that stopped is not on record"
        return dishonest(outcome(place), oracle)


def last_state(place: Workplace) -> str:
    with place.ledger.read() as connection:
        query = select(run.c.state).order_by(run.c.run_id.desc()).limit(1)
        return str(connection.execute(query).scalar_one())


def restart(folder: Path, sources: OpenSources, oracle: Outcome) -> str:
    """Let nights pass with nothing wrong; return in what the district still differs."""
    left = "never ran"
    for _ in range(RESTARTS):
        with workplace(folder) as place:
            try:
                night(place, sources(folder, place.ledger))
            except (AuditError, StorageError) as error:
                left = f"stopped: {error}"
                continue
            left = different(outcome(place), oracle)
        if not left:
            return ""
    return left
