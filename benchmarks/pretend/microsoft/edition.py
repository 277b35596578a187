"""What a pretended tenant has been sold: its licences, and the limits Microsoft sets to each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Edition:
    """What the district bought, and the limits that go with it."""

    name: str = "M365EDU_A5_FACULTY"
    """``skuPartNumber``."""
    sku: str = "e97c048c-37a4-45fb-ab50-922fbf07a370"
    premium: bool = True
    """Entra ID P1: sign-ins may be read."""
    hunting: bool = True
    """Defender's tables, as A5 has them."""
    classes: bool = True
    """School data sync feeds the education roster."""
    page: int = 100
    """Records on a page of directory and roster where nothing else is asked for."""
    members_at_once: int = 100
    """Members of a group that one record of a delta names."""
    tokens_last: timedelta = timedelta(days=7)
    """How long the directory honours a delta link."""
    traces: int = 100
    """Questions for traces in five minutes, and as many for details."""
    trace_page: int = 5_000
    """Rows of the trace on a page at the most, however many are asked for."""
    in_flight: int = 4
    """Questions about mailboxes at one time."""
    mailbox_questions: int = 10_000
    """For one mailbox in ten minutes."""
    directory_units: int = 8_000
    """In ten seconds."""
    audits: int = 5
    """Questions for sign-ins and audits in ten seconds."""
    hunts: int = 45
    """In a minute."""
    hunted_rows: int = 100_000
    """Rows that one answer of Defender's tables holds at the most."""
    failing_queries: int = 0
    """How many of the first questions to the audit log end as failed."""
    chats: int = 200
    """Questions about chats in a second."""
    fractional_waits: bool = False
    """Whether Retry-After is told with a fraction."""


A5 = Edition()
A3 = Edition("M365EDU_A3_FACULTY", "4b590615-0888-425a-a965-b3bf7789848d", hunting=False)
A1 = Edition(
    "STANDARDWOFFPACK_FACULTY",
    "94763226-9b3c-4e75-a931-5c89701abe66",
    premium=False,
    hunting=False,
)
