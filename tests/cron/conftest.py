"""What several files of tests begin from, made once: a district after its first night."""

from __future__ import annotations

import pytest

from tests.cron.rights_world import Rights, begun


@pytest.fixture(scope="session")
def begun_district(tmp_path_factory: pytest.TempPathFactory) -> Rights:
    """Return a district that nobody may change; copy it first."""
    return begun(tmp_path_factory.mktemp("rights") / "district")
