"""Killed while the week's pages are made: no half page, and the same pages the next time."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path
from unittest import mock

from auditor import audit
from reports import coach, principal, publishing
from tests.faults import hooks as acts
from tests.faults.children import in_child
from tests.faults.hooks import HookedDisk, Hooks, hooked_ledger
from tests.faults.process_trials import NEVER, Dropped, hooked_night
from tests.faults.trials import Trial
from tests.faults.world import NOW, TONIGHT, copy_of, workplace

Made = dict[str, str]
"""Name of a page's file -> SHA-256 of its bytes."""


class Paged:
    """A district after a clean night, and the pages of its week as they must come out."""

    def __init__(self, folder: Path, town: Dropped) -> None:
        self._folder = folder
        self._number = 0
        self.template = town.fresh()
        done = in_child(lambda: hooked_night(self.template, Hooks(NEVER, acts.kill)))
        assert done.value == "done", done
        clean = self._fresh()
        made = in_child(lambda: self._count(clean)).value
        assert isinstance(made, tuple), made
        self.pages: Made = made[0]
        self.hooks: list[str] = made[1]
        assert any(name.endswith(".html") for name in self.pages)

    def _fresh(self) -> Path:
        self._number += 1
        return copy_of(self.template, self._folder / f"paged-{self._number}")

    def _count(self, folder: Path) -> tuple[Made, list[str]]:
        hooks = Hooks(NEVER, acts.kill)
        week(folder, hooks)
        return pages(folder), hooks.passed

    def survive(self, at: int) -> str:
        folder = self._fresh()
        try:
            if not in_child(lambda: week(folder, Hooks(at, acts.kill))).killed:
                return "it did not die"
            half = {name for name, digest in pages(folder).items() if self.pages.get(name) != digest}
            if half:
                return f"half a page was left: {sorted(half)}"
            again = in_child(lambda: week(folder, Hooks(NEVER, acts.kill)))
            if again.value is not None or again.signal:
                return f"the next time failed: {again}"
            return "" if pages(folder) == self.pages else "the pages are not the same"
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def week(folder: Path, hooks: Hooks) -> None:
    """Make and publish the week's pages."""
    with workplace(folder, HookedDisk(hooks), hooked_ledger(hooks).open) as place:
        made = audit.weekly(place, audit_date=TONIGHT, now=NOW, progress=lambda _: None)
        with mock.patch.object(publishing, "Disk", return_value=HookedDisk(hooks)):
            for school in made.principals:
                principal.publish(school, folder / "reports")
            coach.publish(made.coaches, folder / "reports")


def pages(folder: Path) -> Made:
    """Return what a reader finds; drafts that a killed process left bear no page's name."""
    found = (path for path in sorted((folder / "reports").rglob("*")) if path.is_file())
    return {p.name: sha256(p.read_bytes()).hexdigest() for p in found if not p.name.startswith(".")}


def page_trials(paged: Paged, *, quick: bool) -> Iterator[Trial]:
    every = 40 if quick else 1
    for at in range(every // 2, len(paged.hooks), every):
        name = f"hook {at}: {paged.hooks[at]}"
        yield Trial("process", "killed while pages are made", name, partial(paged.survive, at))
