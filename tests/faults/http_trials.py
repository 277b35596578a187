"""Every kind of bad answer at every answer of the reference connector, through whole nights."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from copy import copy
from datetime import timedelta
from functools import partial
from pathlib import Path

from auditor.ledger import Ledger
from auditor.source import Source, SourceContext
from tests.faults.relay import Relay
from tests.faults.server import Server
from tests.faults.trials import Trial, restart, run_once
from tests.faults.vendor import KINDS, Fault, Vendor
from tests.faults.world import (
    FIRST_MAILS,
    FIRST_WRITTEN,
    LAST_CLEAN,
    MAILS,
    NOW,
    Outcome,
    context,
    copy_of,
    night,
    outcome,
    roster_source,
    usual_roster,
    workplace,
)

QUICK = ("404 deleted between list and get", "410 sync state expired", "empty page with next", "item without id")


class Served:
    """A district whose mail is served, with one clean night behind it, and its oracle."""

    def __init__(self, folder: Path, server: Server, relay: type[Relay] = Relay) -> None:
        self._folder = folder
        self._server = server
        self._relay = relay
        self._number = 0
        self.template = folder / "served"
        usual_roster().write(self.template / "drop/oneroster", FIRST_WRITTEN)
        server.answering = Vendor(FIRST_MAILS).answer
        with workplace(self.template) as place:
            sources = self.sources(self.template, place.ledger)
            night(place, sources, last=LAST_CLEAN, now=NOW - timedelta(days=1))
        vendor = Vendor(MAILS)
        server.answering = vendor.answer
        folder = self.fresh()
        with workplace(folder) as place:
            night(place, self.sources(folder, place.ledger))
            self.oracle: Outcome = outcome(place)
        self.calls = vendor.calls
        assert self.oracle.complete, self.oracle

    def read_by(self, relay: type[Relay]) -> Served:
        """Return the same district, read by another connector."""
        other = copy(self)
        other._relay = relay
        return other

    def sources(self, folder: Path, ledger: Ledger) -> list[Source]:
        given: SourceContext = context(folder, "relay", "Relay", ledger, base=self._server.base)
        return [roster_source(folder, ledger), self._relay(given)]

    def fresh(self) -> Path:
        self._number += 1
        return copy_of(self.template, self._folder / f"served-{self._number}")

    def survive(self, fault: Fault) -> str:
        """Let a night pass with one fault, and nights without; return what was wrong."""
        folder = self.fresh()
        try:
            self._server.answering = Vendor(MAILS, fault).answer
            wrong = run_once(folder, self.sources, self.oracle)
            if wrong:
                return wrong
            self._server.answering = Vendor(MAILS).answer
            return restart(folder, self.sources, self.oracle)
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def http_trials(served: Served, *, quick: bool) -> Iterator[Trial]:
    """Yield the trials: each kind at each answer, or a few kinds at one."""
    for number, kind in enumerate(QUICK if quick else KINDS):
        faults = [Fault(kind, at, stays=True) for at in range(served.calls)]
        faults.append(Fault(kind, number % served.calls))
        if quick:
            faults = [Fault(kind, 2 + number % (served.calls - 2), stays=True)]
        for fault in faults:
            yield Trial("http", kind, str(fault), partial(served.survive, fault))
