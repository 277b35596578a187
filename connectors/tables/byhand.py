"""The source ``by-hand``: a system that no program can read, and who has looked at it instead.

Some systems give a district nothing but a page on a screen or a letter. Left out of the settings
such a system would be missed by nobody. Named here, each of its days is on every page as not
checked, with who looked at it by hand if anybody did. A person's word is never taken for a reading:
no message comes of it, and every check counts these days as not known.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from auditor.model import PersonRef
from auditor.records import Attestation
from auditor.source import (
    CheckResult,
    DayCoverage,
    DayState,
    FactKind,
    Page,
    Rejected,
    SourceContext,
    SourceError,
    Window,
)
from connectors.files import HashingReader, drop_path, dropped_file
from connectors.options import text, unknown
from connectors.tables.cells import Form
from connectors.tables.columns import CANONICAL
from connectors.tables.layout import ATTESTATIONS
from connectors.tables.reading import TableFile
from connectors.tables.rosters import Register

_KNOWN = frozenset(("connector", "title", "system", "path"))
_PATH = f"records/{ATTESTATIONS.name}.csv"
_UNREADABLE = "no program can read it"
_ENTER = "Have somebody look at it and enter that: auditor records import attestations.csv"


@dataclass(frozen=True, slots=True)
class ByHandSettings:
    """Which system is looked at by hand, and where that is on record."""

    system: str
    """The system as the attestations name it."""
    path: str = _PATH
    """The table of attestations, relative to the settings' own folder."""

    @classmethod
    def of(cls, settings: Mapping[str, object]) -> ByHandSettings:
        """Return the checked settings; raises ValueError with every mistake."""
        mistakes = unknown(settings, _KNOWN, "by-hand")
        system = text(settings, "system", mistakes)
        if "system" not in settings:
            mistakes.append("system must name what is looked at by hand, as attestations do")
        path = text(settings, "path", mistakes)
        if mistakes:
            raise ValueError("; ".join(mistakes))
        return cls(system or "", path or _PATH)


class ByHand:
    """One system that is planned, and looked at by people alone."""

    def __init__(self, context: SourceContext) -> None:
        """Raise ValueError naming every mistake in the settings."""
        self._context = context
        self._settings = ByHandSettings.of(context.settings)
        self._path = drop_path(context, self._settings.path)

    @property
    def context(self) -> SourceContext:
        return self._context

    @property
    def provides(self) -> frozenset[FactKind]:
        """Messages are what it is planned for, so that whoever needs them knows them missing."""
        return frozenset((FactKind.MESSAGES,))

    def check(self) -> list[CheckResult]:
        """Say whether anybody has looked at it, and until when that is relied on."""
        if not self._path.exists():
            return [CheckResult(True, f"{_UNREADABLE}, and nobody has looked at it", _ENTER)]
        try:
            looks, _ = self._read()
        except SourceError as error:
            return [CheckResult(False, f"{error.where}: {error.what}", error.cure)]
        if not looks:
            return [CheckResult(True, f"{_UNREADABLE}, and nobody has looked at it", _ENTER)]
        newest = max(looks, key=_in_order)
        said = f"last looked at by hand on {newest.looked_on}, which holds until {newest.ends_on}"
        return [CheckResult(True, f"{_UNREADABLE}; {said}")]

    def pull(self, window: Window) -> Iterator[Page]:
        """Yield each day as missing, with who looked at it; raises ``SourceError``."""
        looks, rejected = self._read() if self._path.exists() else ([], [])
        days = (window.last - window.first).days + 1
        yield Page(
            rejected=tuple(rejected),
            records_read=len(rejected),
            coverage=tuple(
                DayCoverage(day, DayState.MISSING, None, _reason(day, looks, window.last))
                for day in (window.first + timedelta(days=n) for n in range(days))
            ),
        )

    def _read(self) -> tuple[list[Attestation], list[Rejected]]:
        """Return what is on record of this system, and rows that cannot be used."""
        zone = ZoneInfo(self._context.timezone)
        form = Form(ATTESTATIONS, CANONICAL, zone, self._context.addresses)
        register = Register(ATTESTATIONS)
        looks: list[Attestation] = []
        rejected = []
        with HashingReader(dropped_file(self._path, self._settings.path)) as stream:
            for row in TableFile(self._settings.path, stream, form).rows(register.facts):
                if isinstance(row, Rejected):
                    rejected.append(row)
                else:
                    looks += [fact for fact in row if isinstance(fact, Attestation)]
            stream.finish()
        wanted = self._settings.system.casefold()
        return [one for one in looks if one.system.casefold() == wanted], rejected


def _in_order(look: Attestation) -> tuple[date, str]:
    return look.looked_on, look.attestation_id


def _reason(day: date, looks: list[Attestation], today: date) -> str:
    """Say of one day that it was not read, and who looked at it by hand, by the word of today."""
    of_day = [one for one in looks if one.first <= day <= one.last and one.looked_on <= today]
    standing = [one for one in of_day if one.ends_on >= today]
    if not of_day:
        return f"{_UNREADABLE}, and nobody has looked at it by hand"
    newest = max(standing or of_day, key=_in_order)
    people = sum(
        one.attestation_id == newest.attestation_id and one.person is not None for one in of_day
    )
    whom = "everybody" if not people else "1 person" if people == 1 else f"{people} people"
    who = newest.looked_by_role or _shown(newest.looked_by)
    said = (
        f"{_UNREADABLE}; looked at by hand by {who.replace('_', ' ')} on {newest.looked_on} "
        f"for {newest.first} to {newest.last}, {whom}: {newest.found} found"
    )
    return said if standing else f"{said}; that held until {newest.ends_on}"


def _shown(ref: PersonRef) -> str:
    return ref.person_id or "somebody named by e-mail address"


def connect(context: SourceContext) -> ByHand:
    """Return the configured source; raises ValueError naming every mistake in its settings."""
    return ByHand(context)
