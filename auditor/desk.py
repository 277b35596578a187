"""One opened directory with all that looks things up in it, for the length of one use case."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date, timedelta

from auditor.authorizations import Exceptions
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
from auditor.result import Item, ItemState
from auditor.showing import Shower
from auditor.workplace import Workplace

CONTEXT_DAYS = 30
"""Days before the judged ones that are read along, for threads and partial team messages; after
them as many as the whole-team window holds."""
MINUTES_A_DAY = 1440


@dataclass(frozen=True, slots=True)
class Desk:
    place: Workplace
    state: State
    built: DirectoryTables
    register: Register
    exceptions: Exceptions
    shower: Shower

    def engine(self, first: date, last: date) -> AbstractContextManager[Engine]:
        """Open the engine on the messages from ``first`` to ``last``, with their context."""
        window = self.place.pack.number("parity_window_minutes")
        after = timedelta(days=-(-window // MINUTES_A_DAY))
        before = timedelta(days=CONTEXT_DAYS)
        files = self.place.lake.message_files(first - before, last + after)
        inputs = Inputs(
            message_files=files[0],
            party_files=files[1],
            directory=self.built.tables,
            first_day=day_number(first),
            last_day=day_number(last),
            whole_team_minutes=window,
        )
        return open_engine(inputs, temp_directory=self.place.temp)

    def person_key(self, named: str | None) -> int | None:
        """Return who the settings mean by a person id or e-mail, if the directory knows."""
        if named is None:
            return None
        address = email_address(named, self.place.district.addresses)
        address = address or person_id_address(named)
        today = self.register.newest_day
        found = self.register.people_at(self.place.keyring.address(address), today)
        return found[0][0] if len(found) == 1 else None

    def show_all(self, stored: list[StoredItem], since: date) -> tuple[Item, ...]:
        """Return what a reader sees of every item that still has something to show."""
        bound = self.place.pack.bindings
        return tuple(
            self._route(self.shower.show(item, since=since), item.subject.adult)
            for item in stored
            if item.state(since) is not ItemState.WITHDRAWN and item.subject.rule in bound
        )

    def _route(self, item: Item, adult: int) -> Item:
        """Send an item about its own reader to the next authority."""
        district = self.place.district
        readers = [district.schools[s].principal for s in item.school_ids if s in district.schools]
        if "athletic_director" in item.readers:
            readers.append(district.athletic_director)
        about_reader = any(self.person_key(named) == adult for named in readers if named)
        return replace(item, routed_to=self.instead) if about_reader else item

    @property
    def instead(self) -> str:
        """Who reads items about a reader."""
        return self.place.district.designee or "the Superintendent’s designee"


def open_desk(place: Workplace, source_titles: Mapping[str, str]) -> Desk:
    """Read the newest directory and make it ready to answer."""
    state = from_tables(place.lake.read_tables("directory"))
    return desk_for(place, state, source_titles)


def desk_for(place: Workplace, state: State, source_titles: Mapping[str, str]) -> Desk:
    """Make a given state of the directory ready to answer."""

    def show(key: int) -> str | None:
        text = place.ledger.address_text(key)
        return None if text is None else mask(text)

    margin = place.pack.number("season_margin_days")
    built = build_tables(state, season_margin_days=margin, show_address=show)
    register = Register(state, built)
    exceptions = Exceptions(place.pack, register, place.district.timezone)
    shower = Shower(place.pack, place.rules, register, exceptions, source_titles)
    return Desk(place, state, built, register, exceptions, shower)

