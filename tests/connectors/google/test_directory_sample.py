"""The sample district with its mailing lists and further addresses read from Google: same items."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from benchmarks.district import Sizes, make_district, write_district
from benchmarks.pretend.google import ADMIN, PretendGoogle, world_of
from tests.benchmarks.test_district_audited import differences

END = date(2026, 11, 22)
OURS = ("@marlow.example", "@students.marlow.example")
SOURCE = """
[sources.google]
connector = "google-directory"
title = "Google directory"
admin = "{admin}"
key = "key/{key}"
endpoint = "{base}"
person_id = "{link}"

[[sources.google.roles]]
ou = "/Staff"
role = "staff"

[[sources.google.roles]]
ou = "/Students"
role = "student"

[[sources.google.roles]]
ou = "/Service Accounts"
role = "system"
"""


def take_out_of_the_tables(district: Path) -> None:
    """Leave nothing in the district's tables that its Workspace knows itself."""
    tables, settings = district / "drop/tables", district / "district.toml"
    (tables / "groups.csv").unlink()
    with (tables / "aliases.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    kept = [row for row in rows if not row[1].endswith(OURS)]
    assert len(kept) < len(rows)
    with (tables / "aliases.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(kept)
    settings.write_text(settings.read_text("utf-8").replace('"groups", ', ""), "utf-8")


@pytest.mark.parametrize(
    "link", ["organization", pytest.param("none", marks=pytest.mark.integration)]
)
def test_google_knows_what_the_districts_tables_knew(tmp_path: Path, link: str) -> None:
    stage = make_district(Sizes(schools=1, staff=45, students=450), seed=1, end=END)
    write_district(tmp_path, stage)
    take_out_of_the_tables(tmp_path)
    (tmp_path / "key").mkdir()
    with PretendGoogle(world_of(stage)) as google:
        key = google.key_file(tmp_path / "key")
        names = {"admin": ADMIN, "key": Path(key).name, "base": google.base}
        source = SOURCE.format(**names, link=link)
        with (tmp_path / "district.toml").open("a", encoding="utf-8") as settings:
            settings.write(source)
        assert list(differences(tmp_path, END)) == []
        assert google.mistakes == []
