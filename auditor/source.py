"""The port to every source system: what a connector must offer, and how it says "I could not".

Errors are grouped by what the caller does with them::

    SourceError
      Denied      stop this source, tell IT what to grant or mend
      Transient   try again later; the window stays open
      Malformed   stop this source, keep the input for a look

Each is caught once, in ``auditor.audit``, and becomes coverage. A single bad row is not an
error: it is a ``Rejected`` and the pull goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Protocol
from zoneinfo import ZoneInfo

from auditor.keys import AddressRules
from auditor.records import Fact


class SourceError(Exception):
    """A source could not be read. ``what`` is for the log and page, ``cure`` says what to do."""

    def __init__(self, what: str, *, where: str, cure: str) -> None:
        super().__init__(f"{where}: {what}. {cure}")
        self.what = what
        self.where = where
        self.cure = cure


class Denied(SourceError):
    """Not allowed, or not there: a person has to change something."""


class Transient(SourceError):
    """Failed in a way that may pass by itself."""


class Malformed(SourceError):
    """Answered, but not in the form its vendor documents."""


class FactKind(StrEnum):
    """What a source can provide; rules say which of these they need."""

    MESSAGES = "messages"
    PEOPLE = "people"
    CLASSES = "classes"
    TEAMS = "teams"
    GUARDIANS = "guardians"
    GROUPS = "groups"
    PERSONAL_ADDRESSES = "personal-addresses"
    AUTHORIZATIONS = "authorizations"
    TOOLS = "tools"
    DISCLOSURES = "disclosures"
    ACKNOWLEDGEMENTS = "acknowledgements"
    ACCOUNTS = "accounts"
    SUBGROUPS = "subgroups"
    MEDIA_PERMISSIONS = "media-permissions"
    SPACES = "spaces"
    MAILBOX_SETTINGS = "mailbox-settings"
    APP_GRANTS = "app-grants"
    SYSTEM_SETTINGS = "system-settings"
    DIGESTS = "digests"
    CONTACT_LIMITS = "contact-limits"
    CONSENTS = "consents"
    SELF_REPORTS = "self-reports"
    ATTESTATIONS = "attestations"
    OFFICES = "offices"
    FAMILY_TIES = "family-ties"
    """Confirmed family ties: known from the approvals, where the district confirms any."""


RECORD_KINDS = frozenset(
    {
        FactKind.TOOLS,
        FactKind.DISCLOSURES,
        FactKind.ACKNOWLEDGEMENTS,
        FactKind.ACCOUNTS,
        FactKind.SUBGROUPS,
        FactKind.MEDIA_PERMISSIONS,
        FactKind.SPACES,
        FactKind.MAILBOX_SETTINGS,
        FactKind.APP_GRANTS,
        FactKind.SYSTEM_SETTINGS,
        FactKind.DIGESTS,
        FactKind.CONTACT_LIMITS,
        FactKind.CONSENTS,
        FactKind.SELF_REPORTS,
        FactKind.ATTESTATIONS,
        FactKind.OFFICES,
        FactKind.FAMILY_TIES,
    }
)
"""What offices put on record, rather than systems."""
OPTIONAL_KINDS = RECORD_KINDS | {FactKind.GROUPS, FactKind.CLASSES}
"""Kinds that a district may not keep at all. A check on what nobody keeps is "not set up", and
said to be; a feed that was never planned does not turn a night's verdict."""


@dataclass(frozen=True, slots=True)
class Window:
    """Whole days of the district that a pull is asked for, both ends included.

    A drop of files speaks for every one of them each night. A live source need only ask again for
    ``span``, which overlaps what it asked for last time.
    """

    first: date
    last: date
    since: date | None = None
    """Earliest day a live source has to read again; those before were read in full. None: all."""
    until: datetime | None = None
    """The run's own time less the source's lag: later word is not complete yet. None: no limit."""

    def span(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return the instants to ask a live source for: from the first up to, not including, the
        second.
        """
        begins = datetime.combine(self.since or self.first, time.min, zone)
        ends = datetime.combine(self.last + timedelta(days=1), time.min, zone)
        return begins, ends if self.until is None else max(begins, min(ends, self.until))


@dataclass(frozen=True, slots=True)
class Rejected:
    """One row or message that could not be used. Holds no value of the row, only its place."""

    file: str
    line: int | None
    """1-based line, or ordinal of the message in its archive."""
    field: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something tolerated and reported: an unknown column, a repaired header."""

    file: str
    text: str
    count: int = 1
    lost: bool = False
    """Whether something that the source meant to say is missing from every check for it."""


class DayState(StrEnum):
    READ = "read"
    PART = "part"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class DayCoverage:
    """What a source says of one day it was asked for."""

    day: date
    state: DayState
    records: int | None
    """None where nothing was read: never 0 for "did not look"."""
    reason: str | None = None
    unit: str | None = None
    """The one mailbox or space this is about; None: the source as a whole."""


@dataclass(frozen=True, slots=True)
class FileSeen:
    """A file read from start to end; unchanged files need not be read again."""

    name: str
    size: int
    modified_at: datetime
    sha256: str


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a live source goes on from next time, for one mailbox, folder or list of it.

    It is kept as given, in the transaction that keeps the facts read up to it, so that no failure
    can part the two. Of several for one unit, the last one given counts.
    """

    unit: str
    value: str | None
    """None: forget what was kept for the unit."""


@dataclass(frozen=True, slots=True)
class Page:
    """One bounded portion of a pull. ``read`` = facts' records + rejected + skipped duplicates."""

    facts: tuple[Fact, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    notes: tuple[Note, ...] = ()
    records_read: int = 0
    """Rows or messages of the source that this page accounts for."""
    files: tuple[FileSeen, ...] = ()
    coverage: tuple[DayCoverage, ...] = ()
    """Given on the last page only, by message sources: one row for each day that was asked for,
    and one for each mailbox or space on each of them, where the source can tell them apart."""
    marks: tuple[Mark, ...] = ()
    over: frozenset[str] = frozenset()
    """Given on the last page only: mailboxes and spaces that may have been told of before and are
    not told of now for a reason: they are planned no longer, or go by another name."""
    doubt: str | None = None
    """Given on the last page only: why all that was brought may have been read wrongly though
    nothing failed, such as a layout that nobody has verified. Every page then says so."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One line of ``auditor check``: reach and settings, no data."""

    ok: bool
    text: str
    cure: str | None = None


Progress = Callable[[int, int, str], None]


def _silent(done: int, total: int, noun: str) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class SourceContext:
    """What the wiring hands every connector."""

    name: str
    """The source's name in the district's settings, unique."""
    title: str
    """How readers know it: "District e-mail"."""
    timezone: str
    addresses: AddressRules
    base: str
    """Folder that relative paths in the settings start from."""
    settings: Mapping[str, object] = field(default_factory=dict)
    already_read: frozenset[str] = frozenset()
    """SHA-256 of the files of this source that are already in the lake."""
    marks: Mapping[str, str] = field(default_factory=dict)
    """Unit -> where the last committed pull of this source says to go on from."""
    progress: Progress = _silent
    """Told of long reading as it goes on: how many units are done, of how many, and what they
    are ("mailboxes").
    """
    lag_hours: int = 3
    """Hours after which a live source is taken to know all it will usually know."""
    reread_days: int = 3
    """Days before the newest that a live source is asked for again each night, for what is late."""


class Source(Protocol):
    """One configured feed. Construction reads nothing; ``check`` reads no data."""

    @property
    def context(self) -> SourceContext: ...

    @property
    def provides(self) -> frozenset[FactKind]: ...

    def check(self) -> list[CheckResult]:
        """Say whether the feed can be reached as configured."""
        ...

    def pull(self, window: Window) -> Iterator[Page]:
        """Yield the window's facts page by page.

        Roster sources yield their whole present state and ignore the window. Raises a
        ``SourceError``; pages already yielded then count for nothing.
        """
        ...
