"""Which mail is due for which pages, and to whom: each report with its readers' addresses.

A page that nobody can be told of is a mail too: one that cannot go out, so that IT hears of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from auditor.addressees import addresses_of_office
from auditor.desk import Desk
from cron.delivery_settings import IT, SUPERINTENDENT, Delivery
from reports import digests
from reports.delivery.composing import Recipient
from reports.digest import Digest
from reports.twins import Twin

PRINCIPAL, DIRECTOR = "principal", "athletic_director"
DESIGNEE = "superintendent_designee"
AUDIENCES = {SUPERINTENDENT: "SUP", DESIGNEE: "SD"}
"""Offices that hear of a week in which they have nothing to read -> their short word."""


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
        return self._due(digest, "district’s IT", self.delivery.to[IT])

    def principal(self, digest: Digest, school_id: str, school_name: str) -> Due:
        named = self.delivery.principals.get(school_id) or self._holders(PRINCIPAL, school_id)
        return self._due(digest, f"principal of {school_name}", named)

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


def due_for(twins: Sequence[Twin], directory: Directory, offices: Mapping[str, str]) -> list[Due]:
    """Return the mail that is due for pages just made; ``offices`` are names -> ids."""
    found = [one for twin in twins if (one := _due(twin, directory, offices)) is not None]
    told = {recipient.address for one in found for recipient in one.recipients}
    quiet = _quiet_offices(twins, directory, offices)
    return [*found, *(one for one in quiet if not told.issuperset(_addresses(one)))]


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
    twins: Sequence[Twin], directory: Directory, offices: Mapping[str, str]
) -> list[Due]:
    """Return word of the week to offices above that have no page of it: silence is no answer.

    Where somebody reads another page of the week, or nobody holds the office, none is needed.
    """
    week = next((twin for twin in twins if twin.kind == "clauses"), None)
    if week is None:
        return []
    have = {offices.get(twin.office or "") for twin in twins if not twin.school_id}
    quiet = [office for office in AUDIENCES if office not in have]
    return [
        directory.office(
            digests.nothing_for(directory.words(office), AUDIENCES[office], week), office
        )
        for office in quiet
    ]
