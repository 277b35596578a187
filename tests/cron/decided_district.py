"""The tiny district with its readers deciding, in this process and at chosen moments."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import time_machine

from tests.cron.tiny_district import TinyDistrict


class DecidedDistrict(TinyDistrict):
    """Runs commands as if it were the moment given by ``at``."""

    def __init__(self, folder: Path, moment: str) -> None:
        super().__init__(folder)
        self.moment = moment

    def at(self, moment: str) -> None:
        self.moment = moment

    def decide(self, *arguments: str) -> tuple[int, Any]:
        return self.command("decide", *arguments)

    def verify(self, *arguments: str) -> tuple[int, Any]:
        return self.command("verify", *arguments)

    def explain(self, item: str) -> Any:
        return self.command("explain", item)[1]

    def issued(self, document: Any) -> dict[str, Any]:
        """Return the twin of each page of a run by its report id."""
        twins = [json.loads(Path(p["json"]).read_text("utf-8")) for p in document["pages"]]
        return {twin["imprint"]["report_id"]: twin for twin in twins}

    def command(self, *arguments: str) -> tuple[int, Any]:
        with time_machine.travel(self.moment, tick=True):
            return super().command(*arguments)


def by_id(items: Sequence[Any]) -> dict[str, Any]:
    return {item["id"]: item for item in items}
