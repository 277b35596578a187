"""``auditor approvals``: what is on file, whether it holds, and what it was used for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from auditor import audit
from auditor.result import Approval
from cron import looked, wiring
from cron.outcome import Outcome


def approvals(config: Path) -> Outcome:
    """List every approval with its standing on the last audit date and its use since."""
    office = wiring.prepare(config)
    with wiring.workplace(office) as place:
        found = audit.approvals(place)
        looked.note(place, "approvals")
    return Outcome([_document(one) for one in found], lambda screen: _show(found, screen))


def _document(one: Approval) -> dict[str, Any]:
    def day(value: object) -> str | None:
        return None if value is None else str(value)

    return {
        "id": one.authorization_id,
        "ground": one.ground,
        "adult_name": one.adult,
        "student_name": one.student,
        "team_name": one.team,
        "granted_by_name": one.granted_by,
        "granted_by_role": one.granted_by_role,
        "granted_on": day(one.granted_on),
        "starts_on": day(one.starts_on),
        "ends_on": day(one.ends_on),
        "standing": one.standing,
        "covers": one.covers,
        "use": one.use,
    }


def _show(found: tuple[Approval, ...], screen: Console) -> None:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("approval", "ground", "for", "about", "standing", "messages", "use"):
        table.add_column(heading, justify="right" if heading == "messages" else "left")
    for one in found:
        about = ", ".join(part for part in (one.student, one.team) if part)
        cells = (one.authorization_id, one.ground, one.adult, about, one.standing)
        table.add_row(*(escape(cell) for cell in cells), str(one.covers), one.use)
    screen.print(table)
    unused = sum(one.use == "unused" for one in found)
    screen.print(f"\n{len(found)} on file, {unused} in force and not used in the last 35 days.")
