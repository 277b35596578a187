"""What the readers of both editions of School Data Sync share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator

from auditor.keys import AddressRules
from auditor.model import HatRole, Person, PersonAddress, PersonRef
from auditor.source import Malformed, Note, Page, Rejected
from connectors.csvdrop import CsvDrop
from connectors.csvfile import Row
from connectors.rosterfile import FamilyTies, KnownRows, Outcome, Repeat, RosterPages
from connectors.sds.columns import COLUMNS, GONE, STATUSES


class Base(ABC):
    """One reading of one set: pages out, and what has been met so far."""

    def __init__(self, drop: CsvDrop, rules: AddressRules, domain: str | None) -> None:
        self._drop = drop
        self._domain = domain
        self._pages = RosterPages(rules)
        self._ties = FamilyTies(self._pages)
        self._people: set[str] = set()
        self._gone: set[tuple[str, str]] = set()
        """(file, id) of rows that are taken as not there."""
        self._wearing: dict[HatRole, set[str]] = {role: set() for role in HatRole}

    def pages(self, notes: tuple[Note, ...]) -> Iterator[Page]:
        """Yield the whole set; ``notes`` are what was already noticed about it."""
        self._pages.note(notes)
        yield from self._all()
        students, guardians = self._wearing[HatRole.STUDENT], self._wearing[HatRole.GUARDIAN]
        yield from self._pages.following(self._ties.links(self._people, students, guardians))
        yield self._pages.last(self._drop.seen())

    @abstractmethod
    def _all(self) -> Iterator[Page]:
        """Read every file in the order in which they refer to each other."""

    def _read(self, name: str, take: Callable[[str, Row], Outcome]) -> Iterator[Page]:
        if name in self._drop.files:
            yield from self._pages.read(self._drop, name, COLUMNS[name], take)

    def _once(
        self, take: Callable[[str, Row], Outcome], *key: str
    ) -> Callable[[str, Row], Outcome]:
        """Return ``take`` for rows not met before; without ``key`` the whole row is the key."""
        known = KnownRows()

        def taking(file: str, row: Row) -> Outcome:
            blank = next((column for column in key if not row[column]), None)
            if blank is not None:
                return Rejected(file, row.line, blank, "it is blank")
            words = [row[column] for column in key] or list(row.values.values())
            match known.meet("\0".join(words), row):
                case Repeat.SAME:
                    return self._repeated(file, row)
                case Repeat.CONTRADICTS:
                    reason = "an earlier row with this id says something else"
                    return Rejected(file, row.line, key[-1], reason)
                case Repeat.NEW:
                    return take(file, row)

        return taking

    def _repeated(self, file: str, row: Row) -> Outcome:
        self._pages.tally(file, "row that is there twice, counted once", row.line)
        return ()

    def _is_gone(self, name: str, file: str, row: Row) -> bool:
        status = row["Status"].casefold()
        if status in GONE:
            self._pages.tally(file, f"row marked {status}, taken as not there", row.line)
            self._gone.add((name, row["SIS ID"]))
            return True
        if status not in STATUSES:
            self._pages.tally(file, "row with a status that is not known, read as active", row.line)
        return False

    def _lost(
        self, file: str, row: Row, column: str, known: Collection[str], *names: str
    ) -> Outcome | None:
        """Return what comes of a row that refers to nothing, None if the reference holds."""
        if row[column] in known:
            return None
        if any((name, row[column]) in self._gone for name in names):
            text = f"{column} names one that is taken as not there, so the row is too"
            self._pages.tally(file, text, row.line)
            return ()
        where = " or ".join(names)
        reason = f"it names nothing in {where}, or a row there that was rejected"
        return Rejected(file, row.line, column, reason)

    def _mailboxes(self, file: str, row: Row, *columns: str) -> list[PersonAddress]:
        """Return a person's addresses: e-mail columns, and the user name as the sync completes it.

        A School Data Sync user name is the account's name in Microsoft 365, which is an address
        once the domain is added.
        """
        id_column = "SIS ID" if "SIS ID" in row.values else "sourcedId"
        ref = PersonRef(person_id=row[id_column])
        found: list[PersonAddress] = []
        for column in columns:
            text = row[column]
            if column.casefold() == "username" and text and "@" not in text:
                if self._domain is None:
                    self._pages.tally(file, "user name without a domain: no address", row.line)
                    continue
                row = Row(row.line, {**row.values, column: f"{text}@{self._domain}"})
            found += self._pages.addresses(file, row, column, ref)
        return list(dict.fromkeys(found))

    def _require_people(self, name: str) -> None:
        if not self._people:
            raise Malformed(
                "it holds nobody: there is no row in it that can be used",
                where=self._drop.shown(name),
                cure="Look at the export: an empty roster would make everybody unknown",
            )


def person(person_id: str, given: str, family: str, grade: str, *others: str) -> Person:
    """Return a person with the further ids that are not blank."""
    ids = tuple(i for i in dict.fromkeys(others) if i and i != person_id)
    return Person(person_id, given, family, grade or None, ids)
