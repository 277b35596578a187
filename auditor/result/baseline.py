"""What may be shown before staff were told of the audit: how much, never who."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.result.coverage import CoverageStatement, Verdict
from auditor.result.week import Imprint, SetAside

FEWEST = 5
"""A smaller number than this could point at somebody."""


@dataclass(frozen=True, slots=True)
class BaselineCount:
    """How often one check at one school would ask for a look."""

    rule: str
    title: str
    school: str | None
    """The school's name; None: of no one school."""
    count: int | None
    """None: some, but fewer than ``FEWEST``."""


@dataclass(frozen=True, slots=True)
class BaselineWeek:
    """The one weekly page there is before staff were told."""

    imprint: Imprint
    verdict: Verdict
    coverage: CoverageStatement
    notice: str
    """Why nobody is named."""
    messages_tested: int
    counts: tuple[BaselineCount, ...]
    not_run: tuple[tuple[str, str], ...]
    """(check, why it was not made): what has no count is not a zero."""
    set_aside: tuple[SetAside, ...]
