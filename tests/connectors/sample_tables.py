"""The sample district where a vendor's directory says what its tables would have said."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

from benchmarks.district import Sizes, make_district, write_district
from benchmarks.sample.planted import Stage

END = date(2026, 11, 22)
_OURS = ("@marlow.example", "@students.marlow.example")


def written(folder: Path) -> Stage:
    """Write a small district without the lists and addresses that its directory knows itself."""
    stage = make_district(Sizes(schools=1, staff=45, students=450), seed=1, end=END)
    write_district(folder, stage)
    _take_out_of_the_tables(folder)
    (folder / "key").mkdir()
    return stage


def add_settings(folder: Path, text: str) -> None:
    with (folder / "district.toml").open("a", encoding="utf-8") as settings:
        settings.write(text)


def _take_out_of_the_tables(district: Path) -> None:
    tables, settings = district / "drop/tables", district / "district.toml"
    (tables / "groups.csv").unlink()
    with (tables / "aliases.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    kept = [row for row in rows if not row[1].endswith(_OURS)]
    assert len(kept) < len(rows)
    with (tables / "aliases.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(kept)
    settings.write_text(settings.read_text("utf-8").replace('"groups", ', ""), "utf-8")
