"""What a job was asked to do about mail, and what came of it, as commands tell it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from auditor.result import MailState
from reports.delivery.outbox import Sent

WORDS = {
    MailState.ACCEPTED: "accepted by the mail server",
    MailState.REJECTED: "refused",
    MailState.DEFERRED: "waiting for the next run",
    MailState.WRITTEN: "written to look at, not sent",
    MailState.SUPERSEDED: "taken back for a newer revision",
}


class Mailing(Enum):
    """What to do about mail."""

    SEND = "send"
    WRITE = "write"
    """Write mails into a folder to look at; send none."""
    NONE = "none"


def mailing_of(*, no_mail: bool, dry_run: bool) -> Mailing:
    """Return what two options of the command line ask for; to write none is to send none."""
    if no_mail:
        return Mailing.NONE
    return Mailing.WRITE if dry_run else Mailing.SEND


@dataclass(slots=True)
class Posted:
    """What became of the mail of a job."""

    sent: list[Sent] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    """A sentence for each thing that somebody has to see to."""
    folder: Path | None = None
    """Where mails were written that are only to be looked at."""

    def counts(self) -> dict[str, int]:
        """Return how many mails are in each state, of those this job had to do with."""
        return {
            state.value: count
            for state in MailState
            if (count := sum(one.state is state for one in self.sent))
        }

    def as_json(self) -> dict[str, Any]:
        return {
            "counts": self.counts(),
            "troubles": self.troubles,
            "folder": None if self.folder is None else str(self.folder),
            "mails": [
                {
                    "message_id": one.mail.message_id,
                    "report": one.mail.report_id,
                    "revision": one.mail.revision,
                    "office": one.mail.office,
                    "state": one.state.value,
                    "answer": one.answer,
                }
                for one in self.sent
            ],
        }

    def show(self, screen: Console) -> None:
        """Print how many mails went out, and every trouble."""
        counts = self.counts().items()
        told = ", ".join(f"{count} {WORDS[MailState(state)]}" for state, count in counts)
        screen.print(f"\n[bold]Mail[/]: {told or 'nothing new to send'}")
        if self.folder is not None:
            screen.print(f"  [dim]{escape(self.folder.absolute().as_uri())}[/]", soft_wrap=True)
        for line in self.troubles:
            screen.print(f"  [yellow]–[/] {escape(line)}", soft_wrap=True)
