"""What a run came to, as a document and on the screen: made just now, or done long ago."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from auditor import runs
from auditor.result import Night, Tone, Verdict
from cron.mailing import Posted
from cron.outcome import Exit

TONES = {Tone.OK: "green", Tone.LOOK: "blue", Tone.GAP: "yellow", Tone.FAILED: "red"}


class Job(StrEnum):
    NIGHTLY = "nightly"
    WEEKLY = "weekly"
    CATCH_UP = "catch-up"
    DIGEST = "digest"
    """Mail about pages that are there already."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page that was made: for whom, its verdict and its files."""

    reader: str
    verdict: Verdict
    html: Path
    json: Path
    csv: Path | None
    sha256: str

    def as_json(self) -> dict[str, Any]:
        return {
            "reader": self.reader,
            "tone": self.verdict.tone.value,
            "verdict": self.verdict.line,
            "html": str(self.html),
            "json": str(self.json),
            "csv": None if self.csv is None else str(self.csv),
            "sha256": self.sha256,
        }


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run came to. Only a night has ``night``."""

    job: Job
    run_id: str | None
    """None: mail alone is no run."""
    audit_date: date
    exit_code: Exit
    pages: tuple[Page, ...]
    not_checked: tuple[str, ...]
    night: Night | None = None
    posted: Posted | None = None
    """What became of its mail; None: there was none to send."""

    def as_json(self) -> dict[str, Any]:
        document: dict[str, Any] = {
            "job": self.job.value,
            "run_id": self.run_id,
            "audit_date": self.audit_date.isoformat(),
            "already_done": False,
            "complete": self.exit_code is Exit.COMPLETE,
            "exit_code": int(self.exit_code),
            "not_checked": list(self.not_checked),
            "pages": [page.as_json() for page in self.pages],
        }
        if self.posted is not None:
            document["mail"] = self.posted.as_json()
        if (night := self.night) is not None:
            document |= {
                "root": night.imprint.root,
                "messages_tested": night.messages_tested,
                "items_open": night.items_open,
                "items_new": night.items_new,
                "items_covered": night.items_covered,
                "seconds": {s.name: round(s.seconds, 3) for s in night.steps},
            }
        return document

    def show(self, screen: Console) -> None:
        show_document(self.as_json(), screen)
        if self.posted is not None:
            self.posted.show(screen)


@dataclass(frozen=True, slots=True)
class AlreadyDone:
    """A run that was asked for and had been done before: what it said then."""

    earlier: runs.Earlier
    posted: Posted | None = None
    """What became of the mail that had not gone out then."""

    @property
    def exit_code(self) -> Exit:
        """Return its code then; mail that still does not go out is a gap."""
        trouble = self.posted is not None and self.posted.troubles
        code = Exit(self.earlier.exit_code)
        return Exit.GAPS if trouble and code is Exit.COMPLETE else code

    def as_json(self) -> dict[str, Any]:
        earlier = self.earlier
        return {
            "audit_date": earlier.audit_date.isoformat(),
            **earlier.outcome,
            "job": earlier.job,
            "run_id": earlier.run_id,
            "already_done": True,
            "complete": earlier.complete,
            "exit_code": int(self.exit_code),
            **({} if self.posted is None else {"mail": self.posted.as_json()}),
        }

    def show(self, screen: Console) -> None:
        earlier = self.earlier
        screen.print(
            f"[dim]–[/] {earlier.job} {earlier.audit_date} is done already "
            f"(run {earlier.run_id}); nothing was changed. --again does it once more."
        )
        show_document(self.as_json(), screen)
        if self.posted is not None:
            self.posted.show(screen)


def show_document(document: Mapping[str, Any], screen: Console) -> None:
    """Show a run as its document tells it, whether it was made just now or long ago."""
    for page in document.get("pages", ()):
        colour = TONES[Tone(page["tone"])]
        screen.print(
            f"[bold {colour}]●[/] [bold]{escape(page['reader'])}[/]: {escape(page['verdict'])}"
        )
        screen.print(f"  [dim]{escape(Path(page['html']).absolute().as_uri())}[/]", soft_wrap=True)
    if document.get("not_checked"):
        screen.print("\n[yellow]Not checked in full[/]")
        for line in document["not_checked"]:
            screen.print(f"  – {escape(line)}")
