"""How the tests ask the pretended Google: patiently, but without ever really waiting."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from auditor.keys import AddressRules
from auditor.source import SourceContext
from benchmarks.pretend.google import ADMIN, PretendGoogle
from connectors.google.access import Access
from connectors.google.asking import Google
from connectors.retrying import Clock, Limits

LIMITS = Limits(read_seconds=1, answer_seconds=1.5, tries=3, longest_wait=60)
RULES = AddressRules(district_domains=frozenset({"marlow.example", "students.marlow.example"}))
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)


def clock(slept: list[float] | None = None) -> Clock:
    """Return a clock on which sleeping takes no time, and is remembered."""
    kept = [] if slept is None else slept
    return Clock(lambda: NOW, time.monotonic, kept.append)


def access(google: PretendGoogle, folder: Path) -> Access:
    return Access(ADMIN, Path(google.key_file(folder)), None, "my_customer", google.base)


def asking(google: PretendGoogle, folder: Path, slept: list[float] | None = None) -> Google:
    return Google(
        access(google, folder),
        where="Directory",
        clock=clock(slept),
        random=Random(7),
        limits=LIMITS,
    )


def context(google: PretendGoogle, folder: Path, **settings: object) -> SourceContext:
    """Return what the wiring would hand a source of Google."""
    common = {
        "connector": "google",
        "admin": ADMIN,
        "key": str(google.key_file(folder)),
        "endpoint": google.base,
    }
    return SourceContext(
        "google", "Google", "America/New_York", RULES, str(folder), common | settings
    )
