"""Putting a served source in the place of one that reads files, in a sample district."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path


def change_source(settings: Path, name: str, source: str) -> None:
    """Put another source under a name in the place of the one that is there."""
    before, found, rest = settings.read_text("utf-8").partition(f"[sources.{name}]")
    assert found
    _, bracket, after = rest.partition("\n[")
    settings.write_text(before + source + bracket + after, "utf-8")


def rename_planted(planted: Path, named: Mapping[str, str]) -> None:
    """Call messages in the table of truths what the other source calls them."""
    told = json.loads(planted.read_text("utf-8"))
    for truth in told["truths"]:
        for column in ("native_ids", "related_ids", "covered_ids"):
            truth[column] = [named.get(id_, id_) for id_ in truth[column]]
    planted.write_text(json.dumps(told), "utf-8")
