"""The sample district with its lists and further addresses read from Microsoft: same items."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.pretend.microsoft import PretendMicrosoft, world_of
from tests.benchmarks.test_district_audited import differences
from tests.connectors.sample_tables import END, add_settings, written

SOURCE = """
[sources.microsoft]
connector = "microsoft-directory"
title = "Microsoft directory"
tenant = "{tenant}"
client = "{client}"
certificate = "key/{certificate}"
endpoint = "{base}"
person_id = "{link}"

[[sources.microsoft.roles]]
employee_type = "Staff"
role = "staff"

[[sources.microsoft.roles]]
employee_type = "Student"
role = "student"
"""


@pytest.mark.integration
@pytest.mark.parametrize(
    "link",
    ["employeeId", pytest.param("education", marks=pytest.mark.integration)],
)
def test_microsoft_knows_what_the_districts_tables_knew(tmp_path: Path, link: str) -> None:
    stage = written(tmp_path)
    with PretendMicrosoft(world_of(stage)) as microsoft:
        source = SOURCE.format(
            tenant=microsoft.tenant,
            client=microsoft.client,
            certificate=microsoft.certificate_file(tmp_path / "key").name,
            base=microsoft.base,
            link=link,
        )
        add_settings(tmp_path, source)
        assert list(differences(tmp_path, END)) == []
        assert microsoft.mistakes == []
