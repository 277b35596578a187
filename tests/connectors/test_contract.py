"""The contract of ``connectors.kit``, held of every connector of the project."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from connectors.kit import Contract, Trial, dropped
from tests.connectors.connector_samples import FILES, LIVE, SAMPLES
from tests.connectors.connector_trials import TRIALS
from tests.connectors.test_every_connector import connecting

PRIVATE = ("About zephyrquill", "said zephyrquill")


class TestEveryConnector(Contract):
    @pytest.fixture(autouse=True, params=sorted({*SAMPLES, *TRIALS}))
    def _chosen(self, request: pytest.FixtureRequest) -> None:
        self.name: str = request.param

    @contextmanager
    def trial(self, folder: Path) -> Iterator[Trial]:
        if self.name in TRIALS:
            with TRIALS[self.name](folder) as trial:
                yield trial
        else:
            sample = SAMPLES[self.name]
            connect = connecting(self.name)
            yield dropped(connect, folder, FILES[self.name], sample.settings, private=PRIVATE)


def test_every_live_connector_is_tried() -> None:
    untried = set(LIVE) - set(TRIALS)
    assert untried == set(), "give it a world in connector_trials.py"
