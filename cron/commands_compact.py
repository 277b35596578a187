"""``auditor compact``: few files instead of many, so that nights stay as fast as they were."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from auditor.runbook import newest_finished
from cron import leader, wiring
from cron.options import HERE, AsJson, Config, end
from cron.outcome import Outcome


def compact_command(config: Config = HERE, as_json: AsJson = False) -> None:
    """Merge the small files of facts that nights have left; changes no fact."""
    end(lambda: compact(config), as_json)


def compact(config: Path) -> Outcome:
    """Merge small files while nobody else may write."""
    office, now = wiring.prepare(config), datetime.now(UTC)
    with (
        leader.lead(office.settings.storage, job="compact", now=now),
        wiring.workplace(office) as place,
    ):
        with place.ledger.read() as connection:
            upto = newest_finished(connection)
        done = place.lake.compact(run_id=f"compact-{now:%Y%m%dT%H%M%S}", upto=upto or "")

    def show(screen: Console) -> None:
        screen.print(f"{done.before} files of facts became {done.after}.")

    return Outcome({"before": done.before, "after": done.after}, show)
