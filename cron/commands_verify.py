"""``auditor verify``: what was kept is still what was kept, and does it follow from the facts?

It reads everything once and changes nothing, so it may run every night and by anybody who may read
the data folder.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from auditor import verifying
from auditor.audit import Workplace
from auditor.ledger import Damaged
from auditor.roots import LEAST, Root
from auditor.verifying import Again, Copy, Part
from cron import press, wiring
from cron.options import HERE, AsJson, Config, end
from cron.outcome import CommandError, Exit, Outcome
from reports.page import rendering
from reports.publishing import on_disk


@dataclass(frozen=True, slots=True)
class Verified:
    """All that was found out."""

    parts: tuple[Part, ...]
    notes: tuple[str, ...]
    again: tuple[Again, ...]
    root: Root | None
    """The one that was asked for, if the chain holds it."""
    asked: str | None
    seconds: float

    @property
    def sound(self) -> bool:
        found = self.asked is None or self.root is not None
        return found and all(part.sound for part in self.parts)


def verify_command(
    root: Annotated[
        str | None,
        typer.Option(metavar="HEX", help="The root on an old page or mail: is it still there?"),
    ] = None,
    config: Config = HERE,
    as_json: AsJson = False,
) -> None:
    """Check that nothing kept was changed, and whether the newest pages still follow from it."""
    end(lambda: verify(config, root), as_json)


def verify(config: Path, root: str | None) -> Outcome:
    """Check everything that was kept."""
    office = wiring.prepare(config)
    if root is not None and not _is_root(root):
        raise CommandError(
            "this is no root",
            where="--root",
            cure=f"Copy at least {LEAST} of the digits at the foot of the page",
        )
    if not office.has_ledger():
        raise CommandError(
            "there is nothing to verify yet",
            where=str(office.settings.storage.data),
            cure="Run `auditor run nightly` first",
            code=Exit.FAILED,
        )
    began = perf_counter()
    with wiring.workplace(office) as place:
        found = _verified(place, office.settings.storage.reports, root, began)
    document = _json(found)
    return Outcome(
        document, lambda screen: _show(found, screen), Exit.COMPLETE if found.sound else Exit.FAILED
    )


def _is_root(text: str) -> bool:
    digits = text.strip().lower()
    return len(digits) >= LEAST and all(c in "0123456789abcdef" for c in digits)


def _verified(place: Workplace, reports: Path, root: str | None, began: float) -> Verified:
    parts = list(verifying.storage(place))
    with place.ledger.read() as connection:
        every = tuple(verifying.issued(connection))
    notes: list[str] = []
    wrong = [f"{one.report_id}: {what}" for one in every for what in _page(one, reports, notes)]
    parts.append(Part("pages", f"{len(every)} issued", tuple(wrong)))
    again: tuple[Again, ...] = ()
    if all(part.sound for part in parts):  # what is damaged is not judged again
        try:
            again = tuple(verifying.newest_again(place, datetime.now(UTC)))
        except Damaged as error:
            parts.append(Part("newest reports", "made again", (error.what,)))
    else:
        notes.append("the newest reports were not made again: first mend what is damaged")
    held = None if root is None else verifying.find_root(place, root)
    seconds = perf_counter() - began
    return Verified(tuple(parts), tuple(notes), again, held, root, seconds)


def _page(one: Copy, reports: Path, notes: list[str]) -> Iterator[str]:
    """Say what is wrong with an issued page; what only cannot be told goes to ``notes``."""
    yield from one.wrong
    if one.page is None:
        if not one.wrong:
            notes.append(f"{one.report_id}: no copy of it is kept")
        return
    if one.html_sha256 is None:
        notes.append(f"{one.report_id}: it was made and not published; run its job again")
        return
    if one.made_with != rendering():
        notes.append(f"{one.report_id}: not made again, the program’s pages look otherwise by now")
    elif sha256(press.html(one.page)).hexdigest() != one.html_sha256:
        yield "made again from its copy, it is another page than was published"
    out = on_disk(reports / ("nightly" if one.kind == "N" else "weekly"), one.report_id)
    if out is None:
        yield "its files are missing"
    elif out.sha256 != one.html_sha256:
        yield f"{out.html.name} is not what was published"


# ---- what is said --------------------------------------------------------------------------------


def _json(found: Verified) -> dict[str, Any]:
    root = found.root
    return {
        "sound": found.sound,
        "parts": [
            {"part": p.name, "looked_at": p.looked_at, "sound": p.sound, "wrong": list(p.wrong)}
            for p in found.parts
        ],
        "notes": list(found.notes),
        "newest": [
            {
                "report": one.report,
                "same": not one.changes,
                "changed_since": one.since,
                "changes": list(one.changes),
            }
            for one in found.again
        ],
        "root": None
        if found.asked is None
        else {
            "asked": found.asked,
            "found": root is not None,
            "audit_date": None if root is None else root.audit_date.isoformat(),
            "run_id": None if root is None else root.run_id,
            "entry": None if root is None else root.number,
        },
        "seconds": round(found.seconds, 3),
    }


def _show(found: Verified, screen: Console) -> None:
    for part in found.parts:
        mark = "[green]✓[/]" if part.sound else "[bold red]✗[/]"
        screen.print(f"{mark} {part.name}: {part.looked_at}")
        for line in part.wrong:
            screen.print(f"    [red]{escape(line)}[/]", soft_wrap=True)
    for one in found.again:
        if not one.changes:
            screen.print(f"[green]✓[/] {one.report}: the same, made again from the facts")
            continue
        since = "" if one.since is None else f": run {one.since}"
        screen.print(f"[yellow]–[/] {one.report}: changed since{since}")
        for line in one.changes:
            screen.print(f"    {escape(line)}", soft_wrap=True)
    for line in found.notes:
        screen.print(f"[yellow]–[/] {escape(line)}", soft_wrap=True)
    if found.asked is not None:
        _show_root(found, screen)
    screen.print(f"[dim]{found.seconds:.1f} s[/]")


def _show_root(found: Verified, screen: Console) -> None:
    root = found.root
    if root is None:
        text = f"the root {found.asked} is not in the chain: it was cut or made anew since"
        screen.print(f"[bold red]✗[/] {escape(text)}", soft_wrap=True)
    else:
        text = f"the root {found.asked} is that of {root.audit_date}, entry {root.number}"
        screen.print(f"[green]✓[/] {escape(text)}")
