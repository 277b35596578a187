"""The sample district with its mailing lists and further addresses read from Google: same items."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.pretend.google import ADMIN, PretendGoogle, world_of
from tests.benchmarks.test_district_audited import differences
from tests.connectors.sample_tables import END, add_settings, written

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


@pytest.mark.integration
@pytest.mark.parametrize(
    "link", ["organization", pytest.param("none", marks=pytest.mark.integration)]
)
def test_google_knows_what_the_districts_tables_knew(tmp_path: Path, link: str) -> None:
    stage = written(tmp_path)
    with PretendGoogle(world_of(stage)) as google:
        key = google.key_file(tmp_path / "key")
        names = {"admin": ADMIN, "key": Path(key).name, "base": google.base}
        source = SOURCE.format(**names, link=link)
        add_settings(tmp_path, source)
        assert list(differences(tmp_path, END)) == []
        assert google.mistakes == []
