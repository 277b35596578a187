"""One opened directory with all that looks things up in it, for the length of one use case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta

import pyarrow as pa

from auditor.authorizations import Exceptions
from auditor.checking import Bench
from auditor.directory import (
    DirectoryTables,
    Register,
    State,
    build_tables,
    day_number,
    from_tables,
    mask,
)
from auditor.engine import Engine, Inputs, open_engine
from auditor.items import StoredItem
from auditor.keys import email_address, person_id_address
from auditor.offices import Offices
from auditor.policy import Pack
from auditor.recordbook import Book, DigestGiven, Maker, holdings, tool_ids, tool_words
from auditor.relations import table
from auditor.result import Item, ItemState
from auditor.routing import Router
from auditor.showing import Shower
from auditor.workplace import Workplace

CONTEXT_DAYS = 30
"""Days before the judged ones that are read along, for threads and partial team messages; after
them as many as the whole-team window holds."""
MINUTES_A_DAY = 1440


@dataclass(frozen=True, slots=True)
class Desk:
    place: Workplace
    pack: Pack
    state: State
    built: DirectoryTables
    register: Register
    offices: Offices
    exceptions: Exceptions
    book: Book
    shower: Shower
    router: Router

    @contextmanager
    def engine(self, first: date, last: date, *, intact: bool = False) -> Iterator[Engine]:
        """Open the engine on the messages from ``first`` to ``last``, with their context.

        ``intact`` reads every byte of their files beforehand and refuses what has changed: what
        is issued must not rest on it.
        """
        window = self.pack.number("parity_window_minutes")
        files = self.place.lake.message_files(*self.read_along(first, last), intact=intact)
        inputs = Inputs(
            message_files=files[0],
            party_files=files[1],
            directory={**self.built.tables, **self.book.tables, **self._tool_addresses()},
            first_day=day_number(first),
            last_day=day_number(last),
            whole_team_minutes=window,
        )
        with open_engine(inputs, temp_directory=self.place.temp) as engine:
            yield engine

    def read_along(self, first: date, last: date) -> tuple[date, date]:
        """Return the days that the engine is given, to judge those from ``first`` to ``last``."""
        window = self.pack.number("parity_window_minutes")
        after = timedelta(days=-(-window // MINUTES_A_DAY))
        return first - timedelta(days=CONTEXT_DAYS), last + after

    def bench(self, engine: Engine, last: date) -> Bench:
        """Return what a check works with."""
        return Bench(
            engine=engine,
            pack=self.pack,
            rules=self.place.rules,
            register=self.register,
            exceptions=self.exceptions,
            label=self.shower.record_label,
            tool_words=lambda words: tool_words(
                self.place.keyring, words, self.state, self.pack, self.book.things
            ),
            things=self.book.things,
            last_day=day_number(last),
        )

    def _tool_addresses(self) -> dict[str, pa.Table]:
        """Return the addresses that lie in a domain of a tool of the catalogue."""
        domains = {
            domain.strip().lower(): self.place.keyring.key("tool", str(row[0]).casefold())
            for row in self.state.latest.get("tool", {}).values()
            for domain in str(row[3]).split(";")
            if domain.strip()
        }
        found = self.place.ledger.addresses_in(domains)
        rows = [(key, domains[domain]) for key, domain in found.items()]
        return {"tool_address": table("tool_address", rows)}

    def show_all(self, stored: Iterable[StoredItem], since: date) -> tuple[Item, ...]:
        """Return what a reader sees of every item that still has something to show."""
        bound = self.pack.bindings
        return tuple(
            self.router.route(self.shower.show(item, since=since), self.people_in(item))
            for item in stored
            if item.state(since) is not ItemState.WITHDRAWN and item.subject.rule in bound
        )

    def people_in(self, stored: StoredItem) -> frozenset[int]:
        """Return whom an item is about: none of them may be the one who reviews it.

        Of an item without an adult, those who answer for its thing, whose records are in it, and
        who lead its team.
        """
        subject = stored.subject
        if subject.adult is not None:
            return frozenset({subject.adult})
        people = set(self.book.answerable.get(subject.thing or 0, ()))
        people |= {hit.message for hit in stored.hits if self.register.knows(hit.message)}
        if subject.team is not None and stored.hits:
            people.update(self.register.leaders(subject.team, stored.hits[-1].day))
        return frozenset(people)

    def person_key(self, named: str | None) -> int | None:
        """Return who the settings mean by a person id or e-mail, if the directory knows."""
        return person_key(self.place, self.register, named)


def person_key(place: Workplace, register: Register, named: str | None) -> int | None:
    """Return who the settings mean by a person id or e-mail, if the directory knows."""
    if named is None:
        return None
    address = email_address(named, place.district.addresses)
    address = address or person_id_address(named)
    found = register.people_at(place.keyring.address(address), register.newest_day)
    return found[0][0] if len(found) == 1 else None


def open_desk(
    place: Workplace,
    source_titles: Mapping[str, str],
    *,
    pack: Pack | None = None,
    digests: Iterable[DigestGiven] = (),
) -> Desk:
    """Read the newest directory and make it ready to answer, under another policy if given."""
    state = from_tables(place.lake.read_tables("directory"))
    return desk_for(place, state, source_titles, pack=pack, digests=digests)


def desk_for(
    place: Workplace,
    state: State,
    source_titles: Mapping[str, str],
    *,
    pack: Pack | None = None,
    digests: Iterable[DigestGiven] = (),
) -> Desk:
    """Make a given state of the directory ready to answer."""
    pack = pack or place.pack

    def show(key: int) -> str | None:
        text = place.ledger.address_text(key)
        return None if text is None else mask(text)

    margin = pack.number("season_margin_days")
    built = build_tables(state, season_margin_days=margin, show_address=show)
    register = Register(state, built)
    zone = place.district.timezone
    offices = Offices(pack, holdings(state, _named(place, register), register.newest_day))
    tool_id = tool_ids(state, pack)
    exceptions = Exceptions(pack, register, place.keyring, offices, zone, tool_id)
    maker = Maker(pack, state, register, offices, place.keyring, zone, exceptions.filed)
    book = maker.book(source_titles, digests)
    shower = Shower(
        pack, place.rules, register, exceptions, source_titles, book, place.ledger.address_text
    )
    router = Router(pack, register, offices, place.district)
    return Desk(
        place, pack, state, built, register, offices, exceptions, book, shower, router
    )


def _named(place: Workplace, register: Register) -> list[tuple[int | None, str, str | None]]:
    """Return who the settings name for which office, and over which school."""
    district = place.district

    def who(named: str | None) -> int | None:
        return person_key(place, register, named)

    named: list[tuple[int | None, str, str | None]] = [
        (who(district.athletic_director), "athletic_director", None),
        (who(district.designee_person), "superintendent_designee", None),
        (who(district.superintendent_person), "superintendent", None),
    ]
    for school_id, school in district.schools.items():
        named.append((who(school.principal), "principal", school_id))
        named.append((who(school.designee), "principal_designee", school_id))
    return named
