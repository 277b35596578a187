"""Which mail is due for which pages, and to whom: each report with its readers' addresses.

A page that nobody can be told of is a mail too: one that cannot go out, so that IT hears of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from auditor.addressees import addresses_of_office
from auditor.audit import District, SchoolSettings
from auditor.desk import Desk
from cron.announced import Announced
from cron.delivery_settings import IT, SUPERINTENDENT, Delivery
from reports import digests
from reports.delivery.composing import Recipient
from reports.digest import Digest
from reports.localtime import LocalTime
from reports.twins import Twin

PRINCIPAL, DIRECTOR = "principal", "athletic_director"
DESIGNEE = "superintendent_designee"
AUDIENCES = {SUPERINTENDENT: "SUP", DESIGNEE: "SD"}
"""Offices that hear of a week in which they have nothing to read -> their short word."""
_ABOVE = {DIRECTOR: "AD", **AUDIENCES}


@dataclass(frozen=True, slots=True)
class Due:
    """One report's mail and who gets it; without recipients it cannot go out."""

    digest: Digest
    office: str
    """In words, as the ledger keeps it."""
    recipients: tuple[Recipient, ...]


@dataclass(frozen=True, slots=True)
class Directory:
    """Answers who reads what: the settings' word first, then the rosters'."""

    delivery: Delivery
    desk: Desk | None
    """None where no roster can be asked; then only addresses of the settings are known."""

    def it(self, digest: Digest) -> Due:
        return self._due(digest, *self.it_now())

    def it_now(self) -> tuple[str, tuple[str, ...]]:
        """Return IT in words, and where its mail goes."""
        return "district’s IT", self.delivery.to[IT]

    def principal(self, digest: Digest, school_id: str, school_name: str) -> Due:
        return self._due(digest, *self.principal_of(school_id, school_name))

    def principal_of(self, school_id: str, school_name: str) -> tuple[str, tuple[str, ...]]:
        """Return a school's principal in words, and where the mail for it goes."""
        named = self.delivery.principals.get(school_id) or self._holders(PRINCIPAL, school_id)
        return f"principal of {school_name}", named

    def office(self, digest: Digest, office: str) -> Due:
        return self._due(digest, self.words(office), self.addresses(office))

    def addresses(self, office: str) -> tuple[str, ...]:
        """Return where mail to an office of the whole district goes."""
        return self.delivery.to.get(office) or self._holders(office, None)

    def words(self, office: str) -> str:
        """Return an office as people call it."""
        named = None if self.desk is None else self.desk.pack.offices.get(office)
        return office.replace("_", " ") if named is None else named.name

    def _holders(self, office: str, school_id: str | None) -> tuple[str, ...]:
        if self.desk is None:
            return ()
        return addresses_of_office(self.desk, office, school_id)

    @staticmethod
    def _due(digest: Digest, office: str, named: Sequence[str]) -> Due:
        return Due(digest, office, tuple(Recipient(office, address) for address in named))


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who has mail each week, whatever there is to read."""

    audience: str
    """The short word in the ids of its pages."""
    about: str
    """What its mail is about, in words."""
    due: Callable[[Digest], Due]


def readers(directory: Directory, district: District) -> list[Reader]:
    """Return everybody who has mail each week: principals, and the offices above."""

    def principal(school_id: str, school: SchoolSettings) -> Reader:
        def due(digest: Digest) -> Due:
            return directory.principal(digest, school_id, school.name)

        return Reader(school.short, school.name, due)

    def above(office: str, audience: str) -> Reader:
        def due(digest: Digest) -> Due:
            return directory.office(digest, office)

        return Reader(audience, f"For the {directory.words(office)}", due)

    return [
        *(principal(id_, school) for id_, school in district.schools.items()),
        *(above(office, audience) for office, audience in _ABOVE.items()),
    ]


def addresses_now(
    directory: Directory, district: District, offices: Iterable[str]
) -> dict[str, frozenset[str]]:
    """Return who gets the mail of each office today: office in words -> addresses.

    ``offices`` are the ids of those the policy knows.
    """
    found = {
        directory.words(one): directory.addresses(one)
        for one in (*_ABOVE, *offices)
        if one != PRINCIPAL
    }
    for school_id, school in district.schools.items():
        words, named = directory.principal_of(school_id, school.name)
        found[words] = named
    words, named = directory.it_now()
    found[words] = named
    return {
        words: frozenset(address.casefold() for address in named)
        for words, named in found.items()
    }


def due_for(
    announced: Announced,
    directory: Directory,
    offices: Mapping[str, str],
    district: District,
) -> list[Due]:
    """Return the mail that is due for pages just made; ``offices`` are names -> ids.

    Everybody hears of their week: what their page says, that there is nothing on it, that it cannot
    be announced, or that nobody is named yet.
    """
    twins = announced.twins
    found = [one for twin in twins if (one := _due(twin, directory, offices)) is not None]
    found += _unread(announced, directory, district)
    told = {recipient.address for one in found for recipient in one.recipients}
    quiet = _quiet_offices(announced, directory, offices)
    found += [one for one in quiet if not told.issuperset(_addresses(one))]
    return [*found, *_not_yet(twins, directory, district)]


def _not_yet(
    twins: Sequence[Twin], directory: Directory, district: District
) -> list[Due]:
    """Return word to all readers that nobody is named yet, one mail for each address."""
    week = next((twin for twin in twins if twin.kind == "baseline"), None)
    if week is None:
        return []
    found: dict[frozenset[str], Due] = {}
    for reader in readers(directory, district):
        due = reader.due(digests.not_yet(reader.audience, reader.about, week))
        found.setdefault(frozenset(_addresses(due)), due)
    return [due for addresses, due in found.items() if addresses]


def _unread(
    announced: Announced, directory: Directory, district: District
) -> list[Due]:
    """Return word of pages that cannot be announced: to IT what and why, to their readers that."""
    found = []
    for job, last in dict.fromkeys((one.job, one.last) for one in announced.unread):
        those = [one for one in announced.unread if (one.job, one.last) == (job, last)]
        local = LocalTime(district.timezone, last - timedelta(days=6), last)
        named = district.name, local
        lines = tuple(str(one) for one in those)
        about = f"{job.capitalize()} run"
        found.append(directory.it(digests.unread(job, "IT", about, *named, lines)))
        audiences = {one.audience for one in those}
        if job == digests.WEEKLY:
            found += [
                reader.due(digests.unread(job, reader.audience, reader.about, *named, ()))
                for reader in readers(directory, district)
                if reader.audience in audiences
            ]
    return found


def _addresses(due: Due) -> set[str]:
    return {recipient.address for recipient in due.recipients}


def _due(twin: Twin, directory: Directory, offices: Mapping[str, str]) -> Due | None:
    if twin.kind == "clauses":  # it goes to nobody in particular
        return None
    digest = digests.digest_of(twin)
    if twin.kind in ("night", "baseline"):  # sums alone are IT's until staff have been told
        return directory.it(digest)
    if twin.kind == "coach-week":
        return directory.office(digest, DIRECTOR)
    if twin.school_id:
        return directory.principal(digest, twin.school_id, twin.school_name or twin.school_id)
    return directory.office(digest, offices.get(twin.office or "", twin.office or ""))


def _quiet_offices(
    announced: Announced, directory: Directory, offices: Mapping[str, str]
) -> list[Due]:
    """Return word of the week to offices above that have no page of it: silence is no answer.

    Where somebody reads another page of the week, or nobody holds the office, none is needed. What
    was checked any page of the week can tell, so one that cannot be read is no reason for silence.
    """
    twins = [twin for twin in announced.twins if twin.kind not in ("night", "baseline")]
    weeks = sorted(twins, key=lambda twin: (twin.last, twin.kind == "clauses"))
    if not weeks:
        return []
    week = weeks[-1]
    have = {offices.get(twin.office or "") for twin in twins if not twin.school_id}
    cannot = {one.audience for one in announced.unread}
    return [
        directory.office(digests.nothing_for(directory.words(office), audience, week), office)
        for office, audience in AUDIENCES.items()
        if office not in have and audience not in cannot
    ]
