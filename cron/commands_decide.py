"""``auditor decide``: what a reader decided on an item, put on record once and for good."""

from __future__ import annotations

import csv
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from io import StringIO
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from auditor.audit import Workplace
from auditor.deciding import Approval, Asked, Taken, Wrong, decide, desk_to_decide
from auditor.result import Reason
from cron import decisionfile, wiring
from cron.options import HERE, AsJson, Config, a_day, end
from cron.outcome import CommandError, Exit, Outcome

_HEADINGS = (
    "authorization_id", "ground", "adult", "student", "team", "granted_by", "granted_by_role",
    "granted_at", "starts_on", "ends_on", "reason_code", "evidence",
)  # fmt: skip
_ONE_OF = "one of: "


def decide_command(
    item: Annotated[
        str | None, typer.Argument(metavar="[ITEM]", help="Its id: AH-0412.")
    ] = None,
    reason: Annotated[
        str | None, typer.Option(metavar="REASON", help=f"One of: {', '.join(Reason)}.")
    ] = None,
    by: Annotated[
        str | None,
        typer.Option(metavar="PERSON", help="Who decided: person id or e-mail of a reader."),
    ] = None,
    note: Annotated[str, typer.Option(help="A few words; some reasons need them.")] = "",
    until: Annotated[
        date | None,
        typer.Option(parser=a_day, metavar="YYYY-MM-DD", help="Last day of an approval."),
    ] = None,
    on: Annotated[
        date | None,
        typer.Option(parser=a_day, metavar="YYYY-MM-DD", help="When. Default: today."),
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="A CSV file of decisions: all or none."),
    ] = None,
    config: Config = HERE,
    as_json: AsJson = False,
) -> None:
    """Record what a reader decided on an item, or a file of decisions."""
    if file is not None:
        end(lambda: from_file(config, file), as_json)
    else:
        end(lambda: one(config, item, reason, by, Asked("", "", "", note, until, on)), as_json)


def one(
    config: Path, item: str | None, reason: str | None, by: str | None, rest: Asked
) -> Outcome:
    """Record one decision."""
    if not (item and reason and by):
        raise CommandError(
            "an item, a reason and who decided are needed",
            where="decide",
            cure="auditor decide AH-0412 --reason reminded --by T-100, or --file decisions.csv",
        )
    asked = Asked(item, reason, by, rest.note, rest.until, rest.on)
    with _place(config) as place:
        desk = desk_to_decide(place)
        taken, wrong = decide(desk, [asked], now=datetime.now(UTC), came_by="command")
    if wrong:
        where = item if wrong[0].field == "item" else f"--{wrong[0].field}"
        raise CommandError(wrong[0].what, where=where, cure=wrong[0].cure)
    return _outcome(taken)


def from_file(config: Path, file: Path) -> Outcome:
    """Record a file of decisions whole, or say all that is wrong with it."""
    with _place(config) as place:
        desk = desk_to_decide(place)
        found = decisionfile.enter(desk, file.name, file.read_bytes(), datetime.now(UTC))
    return _refused(file, found.wrong) if found.wrong else _outcome(found.taken)


def _place(config: Path) -> AbstractContextManager[Workplace]:
    office = wiring.prepare(config)
    if not office.has_ledger():
        raise CommandError(
            "no nightly run has finished yet, so there is nothing to decide on",
            where=str(office.settings.storage.data),
            cure="Run `auditor run nightly` first",
            code=Exit.FAILED,
        )
    return wiring.workplace(office)


# ---- what is said ------------------------------------------------------------------------------


def _outcome(taken: tuple[Taken, ...]) -> Outcome:
    document = {"taken": True, "decisions": [_json(one) for one in taken]}
    return Outcome(document, lambda screen: _show(taken, screen))


def _json(taken: Taken) -> dict[str, Any]:
    decision = taken.decision
    known = {"item": taken.item_id, "number": taken.number, "new": taken.is_new}
    if decision is None:
        return {**known, "deleted": True}
    return {
        **known,
        "deleted": False,
        "reason": decision.reason.value,
        "by": decision.by,
        "on": decision.on.isoformat(),
        "until": None if decision.until is None else decision.until.isoformat(),
        "approvals": [
            {"ground": a.name, "may_grant": a.may_grant, "row": _row(a)} for a in taken.approvals
        ],
    }


def _row(approval: Approval) -> dict[str, str]:
    codes = approval.reason_codes
    code = _ONE_OF + ", ".join(codes) if codes else ""
    return {name: approval.values.get(name, code if name == "reason_code" else "")
            for name in _HEADINGS}  # fmt: skip


def _show(taken: tuple[Taken, ...], screen: Console) -> None:
    for one in taken:
        item, number = escape(one.item_id), one.number
        words = "" if one.decision is None else escape(one.decision.reason.words)
        if one.decision is None:
            screen.print(f"– {item}: decision {number} was on record and was deleted since")
        elif one.is_new:
            screen.print(f"[green]✓[/] {item}: {words}, decision {number}")
        else:
            screen.print(f"– {item}: {words} is on record already, decision {number}")
        if one.approvals:
            _show_approvals(one, screen)


def _show_approvals(taken: Taken, screen: Console) -> None:
    """Say what has to be entered so that the approval covers later messages too."""
    screen.print("  It closes the item and covers nothing that comes later. To cover that until")
    screen.print("  the last day, put one of these rows into authorizations.csv and enter it")
    screen.print("  with `auditor records import authorizations.csv --by NAME`:")
    out = StringIO()
    writer = csv.DictWriter(out, _HEADINGS, lineterminator="\n")
    writer.writeheader()
    for approval in taken.approvals:
        writer.writerow(_row(approval))
    screen.out(out.getvalue().rstrip(), highlight=False)
    for approval in taken.approvals:
        if not approval.may_grant:
            name = escape(approval.name)
            screen.print(f"  [yellow]–[/] {name}: this office cannot grant it under the policy")


def _refused(file: Path, wrong: tuple[Wrong, ...]) -> Outcome:
    def show(screen: Console) -> None:
        many = "1 row cannot" if len(wrong) == 1 else f"{len(wrong)} rows cannot"
        screen.print(f"[bold red]✗[/] {escape(file.name)}: {many} be used, so none was taken")
        for one in wrong:
            text = f"line {one.line}, column {one.field}: {one.what}; {one.cure}"
            screen.print(escape(text), soft_wrap=True)

    errors = [
        {"line": w.line, "column": w.field, "what": w.what, "cure": w.cure} for w in wrong
    ]
    return Outcome({"taken": False, "errors": errors}, show, Exit.FAILED, failure=True)
