"""The source ``moodle``: the messages of one Moodle site, conversation by conversation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random
from zoneinfo import ZoneInfo

from auditor.coverage import days_between
from auditor.source import (
    CheckResult,
    Denied,
    FactKind,
    Page,
    SourceContext,
    SourceError,
    Window,
)
from connectors.moodle.asking import Asking
from connectors.moodle.conversations import Reader
from connectors.moodle.refusals import NotAllowed, NotThere
from connectors.moodle.settings import ID_NUMBER, SITE_INFO, MoodleSettings
from connectors.moodle.users import VENDOR, User, read_users
from connectors.numbered import BY_NUMBER, Addresses, apart
from connectors.patience import Patience
from connectors.retrying import Clock, Limits
from connectors.unitpages import UnitPages

_SERVICE = (
    "Site administration > Server > Web services > External services: give the audit's token a "
    "service of its own, with exactly the functions that docs/sources/moodle.md lists"
)
_OLDER = "One that cannot be chosen there is not on this site: those of messages came with 3.6"


class Moodle:
    """One configured site."""

    def __init__(
        self,
        context: SourceContext,
        *,
        clock: Clock,
        random: Random,
        limits: Limits | None = None,
    ) -> None:
        """Raise ValueError naming every mistake in the settings; connects to nothing."""
        self._settings, access = MoodleSettings.of(context)
        self._context = context
        self._clock = clock
        self._asking = Asking(
            access, where=context.title, clock=clock, random=random, limits=limits
        )

    @property
    def context(self) -> SourceContext:
        return self._context

    @property
    def provides(self) -> frozenset[FactKind]:
        return frozenset((FactKind.MESSAGES,))

    # ---- what the token may ----------------------------------------------------------------

    def check(self) -> list[CheckResult]:
        """Say whether the token is good and what it may call; reads nobody's data."""
        try:
            carried = self._asking.functions()
        except SourceError as error:
            return [CheckResult(False, error.what, error.cure)]
        finally:
            self._asking.close()
        lines = [CheckResult(True, "Moodle knows the token")]
        missing, wider = self._missing(carried), self._wider(carried)
        if missing:
            text = f"functions that the token may not call: {', '.join(missing)}"
            lines.append(CheckResult(False, text, f"{_SERVICE}. {_OLDER}"))
        else:
            lines.append(CheckResult(True, f"functions as needed: {len(self._settings.functions)}"))
        if wider:
            text = f"the token may call more than is needed: {_some(wider)}"
            lines.append(CheckResult(False, text, _SERVICE))
        return lines

    def _missing(self, carried: frozenset[str]) -> list[str]:
        return sorted({*self._settings.functions} - carried - {SITE_INFO})

    def _wider(self, carried: frozenset[str]) -> list[str]:
        return sorted(carried - {*self._settings.functions})

    def _refuse_unfit(self) -> None:
        """Raise ``Denied`` unless the token may call what is needed, and nothing else."""
        carried = self._asking.functions()
        if missing := self._missing(carried):
            text = f"the token may not call {', '.join(missing)}"
            raise Denied(text, where=self._context.title, cure=_SERVICE)
        if wider := self._wider(carried):
            text = f"the token may call more than is needed: {_some(wider)}"
            raise Denied(text, where=self._context.title, cure=_SERVICE)

    # ---- reading ---------------------------------------------------------------------------

    def pull(self, window: Window) -> Iterator[Page]:
        """Yield what was written in the window; the last page says whose conversations were read.

        Raises a ``SourceError`` that concerns them all.
        """
        try:
            self._refuse_unfit()
            users = read_users(self._asking, self._settings.accounts)
            yield from self._messages(users, window)
        finally:
            self._asking.close()

    def _reader(self, users: Sequence[User], window: Window, zone: ZoneInfo) -> Reader:
        context = self._context
        by_id = self._settings.person_id == ID_NUMBER
        holders = (user.holder for user in users)
        addresses = Addresses(holders, context.addresses, by_id=by_id, vendor=VENDOR)
        begins, ends = window.span(zone)
        name, tool = context.name, self._settings.tool
        return Reader(
            self._asking, addresses, name, tool, begins, ends, self._clock, context.marks
        )

    def _messages(self, users: Sequence[User], window: Window) -> Iterator[Page]:
        zone = ZoneInfo(self._context.timezone)
        days = days_between(window.since or window.first, window.last)
        pages = UnitPages(self._context.title, zone, days)
        reader = self._reader(users, window, zone)
        units = apart({user.number: user.unit for user in users}, VENDOR)
        planned = [user for user in users if user.planned(self._settings)]
        patience = Patience()
        for done, user in enumerate(planned, 1):
            unit, failure = units[user.number], patience.given_up()
            if failure is None:
                try:
                    pages.read(unit, pages.deliver(unit, reader.of(user.number)))
                except NotAllowed:
                    raise
                except SourceError as error:
                    failure = error
                patience.saw(failure, of_one=isinstance(failure, NotThere))
            if failure is not None:
                pages.missing(unit, failure.what)
            self._context.progress(done, len(planned), "accounts' conversations")
            yield from pages.full()
        patience.settle()
        if not planned:
            raise Denied(
                "no account is left whose conversations are to be read",
                where=self._context.title,
                cure="Look at domains and leave_out in the settings",
            )
        pages.said[BY_NUMBER, True] += len(reader.addresses.by_number)
        pages.notes += self._asking.notes()
        yield replace(pages.last(), marks=reader.new_marks())


def _some(names: list[str]) -> str:
    shown = 5
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + more
