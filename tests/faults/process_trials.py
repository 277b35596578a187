"""Nights that die, are starved or meet each other: the next one must make everything good."""

from __future__ import annotations

import errno
import os
import random
import resource
import shutil
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

from auditor.audit import AuditError
from auditor.ledger import StorageError
from cron.lock import LockHeld, run_lock
from tests.faults import hooks as acts
from tests.faults.children import Ended, in_child, killed_after, start, wait
from tests.faults.hooks import Act, HookedDisk, Hooks, hooked_ledger
from tests.faults.trials import Trial, different, dishonest, restart
from tests.faults.world import (
    NOW,
    TONIGHT,
    ZONE,
    Outcome,
    begin,
    copy_of,
    file_sources,
    night,
    outcome,
    workplace,
)

NEVER = 1_000_000
QUICK = (
    ("kill -9", "disk: rename"), ("kill -9", "step: self-tests"), ("kill -9", "ledger: committed"),
    ("out of memory", "disk: create"), ("ENOSPC", "disk: sync"), ("ENOSPC for good", "disk: create"),
    ("EMFILE", "19"), ("no room for a larger file", "102400"), ("two nights at once", "one"),
)  # fmt: skip
"""Kind, and what the name holds, of the trials that the suite runs; in the order they come in."""
WORDS = (AuditError, StorageError)


class Dropped:
    """A district whose mail is dropped, with one clean night behind it, and its oracle."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = 0
        self.template = folder / "dropped"
        made = in_child(lambda: begin(self.template))
        assert made.value is None, made.value
        clean = self.fresh()
        counted = in_child(lambda: self._count(clean))
        assert isinstance(counted.value, tuple), counted.value
        self.oracle: Outcome = counted.value[0]
        self.hooks: list[str] = counted.value[1]
        self.seconds: float = counted.value[2]
        assert self.oracle.complete, self.oracle

    def _count(self, folder: Path) -> tuple[Outcome, list[str], float]:
        hooks = Hooks(NEVER, acts.kill)
        done = hooked_night(folder, hooks)
        assert done == "done", done
        with workplace(folder) as place:
            return outcome(place), hooks.passed, 0.5

    def fresh(self) -> Path:
        self._number += 1
        return copy_of(self.template, self._folder / f"dropped-{self._number}")

    def survive(self, disturbed: Callable[[Path], Ended], *, ends: Callable[[Ended], str]) -> str:
        """Let a night be disturbed, see how it ended, then look at what the next ones make of it."""
        folder = self.fresh()
        try:
            return ends(disturbed(folder)) or self.made_good(folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def made_good(self, folder: Path) -> str:
        ended = in_child(lambda: self._look_and_restart(folder))
        return ended.value if isinstance(ended.value, str) else f"the next night died: {ended}"

    def _look_and_restart(self, folder: Path) -> str:
        with workplace(folder) as place:
            wrong = dishonest(outcome(place), self.oracle)
        return wrong or restart(folder, file_sources, self.oracle)


def hooked_night(folder: Path, hooks: Hooks) -> str:
    """Let a night pass with hooks; return how it ended, in words."""
    opening = hooked_ledger(hooks).open
    try:
        with workplace(folder, HookedDisk(hooks), opening) as place:
            sources = file_sources(folder, place.ledger)
            night(place, sources, progress=lambda name: hooks(f"step: {name}"))
    except WORDS as error:
        assert error.cure and error.where, "words without a cure"
        return f"stopped: {error}"
    return "done"


# ---- how a night may end ---------------------------------------------------------------------


def died(by: int) -> Callable[[Ended], str]:
    return lambda ended: "" if ended.signal == by else f"it did not die: {ended}"


def stopped_or_done(ended: Ended) -> str:
    """Require words: a stop with its cure, or a night that got by without what it lacked."""
    said = str(ended.value)
    return "" if said == "done" or said.startswith("stopped: ") else f"ended otherwise: {ended}"


def any_end(_: Ended) -> str:
    """Take any end: libraries below us may abort when they get no memory."""
    return ""


# ---- trials ----------------------------------------------------------------------------------


def process_trials(town: Dropped, *, quick: bool) -> Iterator[Trial]:
    """Yield the trials; with ``quick`` a few that go furthest into a night."""
    if quick:
        wanted = iter(QUICK)
        kind, part = next(wanted)
        for trial in _everything(town):
            if (trial.kind, part in trial.name) == (kind, True):
                yield trial
                if (following := next(wanted, None)) is None:
                    return
                kind, part = following
    else:
        yield from _everything(town)


def _everything(town: Dropped) -> Iterator[Trial]:
    yield from _at_hooks(town, "kill -9", acts.kill, died(signal.SIGKILL), every=1)
    yield from _at_hooks(town, "SIGTERM", acts.terminate, died(signal.SIGTERM), every=20)
    yield from _at_hooks(town, "out of memory", acts.out_of_memory, stopped_or_done, every=10)
    for code in (errno.ENOSPC, errno.EIO, errno.EROFS):
        act = acts.failing(code)
        yield from _at_hooks(town, errno.errorcode[code], act, stopped_or_done, every=9)
        for_good = f"{errno.errorcode[code]} for good"
        yield from _at_hooks(town, for_good, act, stopped_or_done, every=9, stays=True)
    yield from _limits(town)
    yield from _clocks(town)
    yield Trial("process", "lock held by a live process", "one", lambda: _locked(town))
    yield Trial("process", "lock held by a dead process", "one", lambda: _lock_of_the_dead(town))
    yield Trial("process", "two nights at once", "one", lambda: _two_at_once(town))


def _at_hooks(
    town: Dropped, kind: str, act: Act, ends: Callable[[Ended], str], *, every: int, stays: bool = False
) -> Iterator[Trial]:
    for at in range(every // 2, len(town.hooks), every):
        def survive(at: int = at) -> str:
            hooks = Hooks(at, act, stays=stays)
            return town.survive(lambda folder: in_child(lambda: hooked_night(folder, hooks)), ends=ends)

        yield Trial("process", kind, f"hook {at}: {town.hooks[at]}", survive)


def _limits(town: Dropped) -> Iterator[Trial]:
    """Starve a night for real: of files, of file size, of address space."""
    starving: list[tuple[str, int, int, Callable[[Ended], str]]] = []
    starving += [("EMFILE", resource.RLIMIT_NOFILE, n, stopped_or_done) for n in range(9, 33, 2)]
    starving += [
        ("no room for a larger file", resource.RLIMIT_FSIZE, n << 10, stopped_or_done)
        for n in (1, 4, 16, 40, 64, 100, 150, 200)
    ]
    starving += [("address space", resource.RLIMIT_AS, n << 20, any_end) for n in (8, 32, 64, 128, 256, 512)]
    for kind, what, limit, ends in starving:
        def survive(what: int = what, limit: int = limit, ends: Callable[[Ended], str] = ends) -> str:
            return town.survive(lambda folder: in_child(lambda: _starved(folder, what, limit)), ends=ends)

        yield Trial("process", kind, f"{kind}: {limit}", survive)


def _starved(folder: Path, what: int, limit: int) -> str:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    if what == resource.RLIMIT_AS:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
        limit += pages * resource.getpagesize()
    resource.setrlimit(what, (limit, limit))
    try:
        return hooked_night(folder, Hooks(NEVER, acts.kill))
    finally:
        if what == resource.RLIMIT_NOFILE:  # the answer has to get through all the same
            resource.setrlimit(what, (limit, limit))


def _clocks(town: Dropped) -> Iterator[Trial]:
    shifts = (timedelta(hours=1), timedelta(hours=-1), timedelta(days=1), timedelta(days=-1))
    for shift in shifts:
        def survive(shift: timedelta = shift) -> str:
            return town.survive(lambda folder: in_child(lambda: _shifted(town, folder, shift)), ends=_no_word)

        yield Trial("process", "clock goes wrong", f"by {shift.total_seconds() / 3600:+g} hours", survive)


def _shifted(town: Dropped, folder: Path, shift: timedelta) -> str:
    with workplace(folder) as place:
        night(place, file_sources(folder, place.ledger), now=NOW + shift)
        found = outcome(place)
    if (NOW + shift).astimezone(ZONE).date() <= TONIGHT:  # an honest night says that its day goes on
        if found.unread != {("mail", TONIGHT)}:
            return f"a day that is not over is told as {sorted(found.unread)}"
        gaps = tuple(gap for gap in found.gaps if not gap.endswith(" was not checked on 1 day."))
        found = replace(found, unread=frozenset(), behind=found.behind - {"mail"}, gaps=gaps)
    return different(found, town.oracle)


def _no_word(ended: Ended) -> str:
    return str(ended.value) if ended.value or ended.signal else ""


# ---- the lock --------------------------------------------------------------------------------


def locked_night(folder: Path) -> str:
    try:
        with run_lock(folder / "data", job="nightly", now=NOW):
            return hooked_night(folder, Hooks(NEVER, acts.kill))
    except LockHeld as held:
        return f"held by {held.holder}"


def _locked(town: Dropped) -> str:
    folder = town.fresh()
    with run_lock(folder / "data", job="nightly", now=NOW):
        said = str(in_child(lambda: locked_night(folder)).value)
    if f"process {os.getpid()}" not in said:
        return f"was not told who is first: {said}"
    return town.made_good(folder)


def _lock_of_the_dead(town: Dropped) -> str:
    folder = town.fresh()

    def die_with_the_lock() -> None:
        with run_lock(folder / "data", job="nightly", now=NOW):
            acts.kill("")

    if not in_child(die_with_the_lock).killed:
        return "it did not die"
    said = in_child(lambda: locked_night(folder)).value
    return town.made_good(folder) if said == "done" else f"the lock outlived its holder: {said}"


def _two_at_once(town: Dropped) -> str:
    folder = town.fresh()
    children = [start(lambda: locked_night(folder)) for _ in range(2)]
    said = sorted(str(wait(*child).value) for child in children)
    if said[0] != "done" or not (said[1] == "done" or said[1].startswith("held by")):
        return f"not one after the other: {said}"
    return town.made_good(folder)


# ---- kill -9 at any moment -------------------------------------------------------------------


def kill_loops(town: Dropped, count: int) -> Iterator[Trial]:
    for seed in range(count):
        yield Trial("process", "killed at random, again and again", f"seed {seed}", partial(_loop, town, seed))


def _loop(town: Dropped, seed: int) -> str:
    chance = random.Random(seed)
    folder = town.fresh()
    try:
        for _ in range(chance.choice((1, 1, 2))):
            if chance.random() < 0.5:
                hooks = Hooks(chance.randrange(len(town.hooks)), acts.kill)
                in_child(partial(hooked_night, folder, hooks))
            else:
                killed_after(chance.uniform(0, town.seconds), lambda: hooked_night(folder, Hooks(NEVER, acts.kill)))
        return town.made_good(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
