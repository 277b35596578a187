"""Mistakes planted on purpose: each must make the matrix fail, or the matrix proves nothing.

They are the mistakes that pullers are known for: a mark moved on with every page, a page that
failed and was passed over, a dead page mark taken for the end, a file named before it is there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from unittest import mock

from sqlalchemy import Connection

from auditor import audit
from auditor.audit import Workplace
from auditor.lake import lake as lake_module
from auditor.lake import landing as landing_module
from auditor.lake import manifest, reading, writing
from auditor.lake.files import FileSystem
from auditor.lake.landing import Landing
from auditor.lake.writing import Written
from auditor.ledger import Ledger
from auditor.model import Message
from auditor.pulling import Pulled, pull
from auditor.source import (
    DayCoverage,
    DayState,
    Page,
    Source,
    SourceError,
    Window,
)
from connectors.answers import Answer, Expired, Found
from connectors.http import Client
from tests.faults.data_trials import Kept, data_trials
from tests.faults.http_trials import Served
from tests.faults.process_trials import Dropped, process_trials
from tests.faults.relay import Reading, Relay, next_mark
from tests.faults.trials import Trial
from tests.faults.vendor import Fault
from tests.faults.world import LAST_CLEAN

ANY_ANSWER = (3, 5, 7)
"""Answers at which a planted mistake has to show."""


@dataclass(frozen=True)
class Control:
    """A planted mistake and the trials that must find it out."""

    name: str
    plant: Callable[[], AbstractContextManager[object]]
    trials: Callable[[], Iterator[Trial]]

    def caught(self) -> str:
        """Return what gave the mistake away; an empty text if nothing did."""
        with self.plant():
            for trial in self.trials():
                if wrong := trial.result():
                    return f"{trial.name}: {wrong}"
        return ""


# ---- connectors that do it wrong -------------------------------------------------------------


class Swallowing(Relay):
    """Passes over what failed, and reads on."""

    def pages(self, client: Client, path: str, query: Mapping[str, str]) -> Iterator[Answer]:
        try:
            yield from super().pages(client, path, query)
        except SourceError:
            return


class Hasty(Relay):
    """Takes a dead page mark for the end of the list."""

    def pages(self, client: Client, path: str, query: Mapping[str, str]) -> Iterator[Answer]:
        mark: str | None = None
        while True:
            more = {} if mark is None else {"mark": mark}
            answer = client.get(path, {**query, **more}, mark=mark is not None)
            if isinstance(answer, Expired):
                return
            yield answer
            mark = next_mark(answer) if isinstance(answer, Found) else None
            if mark is None:
                return


class Forgetful(Relay):
    """Says nothing of a mailbox that is gone."""

    def mailbox_gone(self, reading: Reading) -> None:
        """Forget it."""


class Newest(Relay):
    """Asks only for what came after the newest message it has seen."""

    def pull(self, window: Window) -> Iterator[Page]:
        late = Window(LAST_CLEAN + timedelta(days=1), window.last)
        for page in super().pull(late if window.last > LAST_CLEAN else window):
            if not page.coverage:
                yield page
            else:
                days = [window.first + timedelta(days=n) for n in range((window.last - window.first).days + 1)]
                yield replace(page, coverage=tuple(DayCoverage(d, DayState.READ, 0) for d in days))


# ---- commits that do it wrong ----------------------------------------------------------------


def pull_by_page(
    place: Workplace, source: Source, window: Window, run_id: str, *, now: datetime
) -> Pulled:
    """Commit each page by itself and call every day read, whatever came of the last page."""
    if not any("messages" in kind for kind in source.provides):
        return pull(place, source, window, run_id, now=now)
    landed = None
    days = [window.first + timedelta(days=n) for n in range((window.last - window.first).days + 1)]
    coverage = tuple(DayCoverage(day, DayState.READ, 0) for day in days)
    pages: list[Page] = []
    with suppress(SourceError):
        pages.extend(source.pull(window))
    for page in (*pages, Page(coverage=coverage)):
        with place.lake.landing(
            source=source.context.name, run_id=run_id, keyring=place.keyring, timezone=place.district.timezone
        ) as landing:
            landing.add(replace(page, coverage=coverage))
            landed = landing.commit()
    facts = tuple(fact for page in pages for fact in page.facts if not isinstance(fact, Message))
    return Pulled(source, landed, None, facts, (), (), coverage, None, 0.0)


def committing_pages() -> AbstractContextManager[object]:
    return mock.patch.object(audit, "pull", pull_by_page)


def commit_before_rename(
    root: Path,
    written: Sequence[Written],
    *,
    files: FileSystem,
    ledger: Ledger,
    run_id: str,
    change: Callable[[Connection], None],
) -> None:
    """Name files in the manifest first, and put them in their place afterwards."""
    with ledger.read() as connection:
        number = manifest.next_number(connection, run_id)
    batches = [writing._named(one, run_id, n) for n, one in enumerate(written, number)]
    with ledger.begin() as connection:
        change(connection)
        manifest.add(connection, batches)
    writing._publish(root, written, batches, files)


@contextmanager
def committing_first() -> Iterator[None]:
    with (
        mock.patch.object(landing_module, "commit", commit_before_rename),
        mock.patch.object(lake_module, "commit", commit_before_rename),
    ):
        yield


def never_known() -> AbstractContextManager[object]:
    """Take everything that is read again for new."""
    return mock.patch.object(Landing, "_known", return_value=[])


def never_verified() -> AbstractContextManager[object]:
    """Believe every file that has the right size."""
    return mock.patch.object(reading, "intact", return_value=0)


# ---- which trials find them ------------------------------------------------------------------


def controls_of_processes(dropped: Dropped) -> Iterator[Control]:
    def killed() -> Iterator[Trial]:
        wanted = ("ledger: committed", "disk: rename")
        return (t for t in process_trials(dropped, quick=False) if t.kind == "kill -9" and t.name.endswith(wanted))

    yield Control("named in the manifest before it is there", committing_first, killed)


def controls_of_data(kept: Kept) -> Iterator[Control]:
    def damaged() -> Iterator[Trial]:
        return (t for t in data_trials(kept) if t.name.startswith("batch: one byte"))

    yield Control("stored files are not verified", never_verified, damaged)


def controls_of_http(served: Served, *, quick: bool) -> Iterator[Control]:
    def at_answers(kind: str, relay: type[Relay] = Relay) -> Callable[[], Iterator[Trial]]:
        town = served.read_by(relay)

        def trials() -> Iterator[Trial]:
            for at in ANY_ANSWER:
                fault = Fault(kind, at, stays=True)
                yield Trial("http", kind, str(fault), partial(town.survive, fault))

        return trials

    for name, kind, relay in (
        ("a page that failed is passed over", "500", Swallowing),
        ("a dead page mark is the end", "410 sync state expired", Hasty),
        ("a mailbox that is gone is not said", "404 deleted between list and get", Forgetful),
        ("only what is newer than the newest", "page reordered", Newest),
    ):
        if not quick or relay is Hasty:
            yield Control(name, nullcontext, at_answers(kind, relay))
    yield Control("each page is committed and called read", committing_pages, at_answers("500"))
    yield Control("what is read again is new again", never_known, at_answers("page reordered"))
