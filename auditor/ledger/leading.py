"""One leader for each PostgreSQL ledger, however many hosts share it.

The server holds the lock for as long as the leader's session lives and lets go of it when that
ends, however it ends. Who leads is told by the name of that session, so there is no row that a
killed leader could leave behind.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import URL, Connection, NullPool, text

from auditor.ledger import dialects
from auditor.ledger.errors import StorageError

_LOCK = 0x61756469
"""Number of the advisory lock; below 2**31, so that it stands in one column of pg_locks."""
_LONGEST = 63
"""Bytes a session's name may have."""
_SETTINGS = {
    "idle_session_timeout": "0",
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}
"""A leader is silent while it works; one whose host is gone must not lead for hours."""
_LEADER = text("""
    SELECT a.application_name, a.backend_start
    FROM pg_locks l
    JOIN pg_stat_activity a ON a.pid = l.pid
    JOIN pg_database d ON d.oid = l.database
    WHERE l.locktype = 'advisory' AND l.granted
      AND l.classid = 0 AND l.objid = :lock AND l.objsubid = 1
      AND d.datname = current_database()
""")


@dataclass(frozen=True, slots=True)
class Leader:
    """Who leads, by the name of its session."""

    pid: int
    host: str
    job: str
    since: datetime


class Led(Exception):
    """Somebody else leads; ``leader`` is None if it went away while we asked."""

    def __init__(self, leader: Leader | None) -> None:
        super().__init__(f"led by {leader}")
        self.leader = leader


@contextmanager
def lead(url: URL, *, job: str) -> Iterator[None]:
    """Lead while the block runs; raises ``Led`` at once if somebody else does.

    The session must be one of its own: through a pooler, only in its session mode.
    """
    where = url.render_as_string(hide_password=True)
    engine = dialects.connect(url, poolclass=NullPool, application_name=_name(job))
    with dialects.speaking_plainly(where):
        session = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    try:
        with dialects.speaking_plainly(where):
            _take(session)
        yield
        # a session that was cut off leads no more anyway; the ledger refuses what it did since
        with suppress(StorageError), dialects.speaking_plainly(where):
            session.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": _LOCK})
    finally:
        session.close()


def _take(session: Connection) -> None:
    taken = session.execute(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": _LOCK})
    if not taken.scalar_one():
        raise Led(_leader(session))
    setting = text("SELECT set_config(name, :value, false) FROM pg_settings WHERE name = :name")
    for name, value in _SETTINGS.items():  # a server may be too old to know one
        session.execute(setting, {"name": name, "value": value})


def _name(job: str) -> str:
    room = _LONGEST - len(f"auditor/{os.getpid()}//{job}")
    return f"auditor/{os.getpid()}/{socket.gethostname()[: max(room, 1)]}/{job}"


def _leader(session: Connection) -> Leader | None:
    row = session.execute(_LEADER, {"lock": _LOCK}).first()
    if row is None:
        return None
    _, pid, host, job = [*row.application_name.split("/", 3), "", "", ""][:4]
    return Leader(int(pid) if pid.isdecimal() else 0, host, job, row.backend_start)
