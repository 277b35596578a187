"""Which mailboxes a night reads, and which it cannot: each of those is named.

An account that was suspended or archived before the window began can neither have sent nor got
anything in it, and is left alone. One that was suspended or deleted since then has mail that
nobody can read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from auditor.coverage import days_between
from auditor.keys import AddressRules, canonical_email
from auditor.source import DayCoverage, DayState, Denied, Window
from connectors.envelope.owner import Owner
from connectors.google.gmail.automatic import QUESTIONS
from connectors.google.gmail.kept import read_kept
from connectors.google.gmail.reading import Wanted
from connectors.google.gmail.settings import GmailSettings
from connectors.google.gmail.units import Expected, expected, within
from connectors.google.users import DistrictUser, is_below

NOT_TONIGHT = (
    "left for another night: reading all mailboxes at once takes more units than units_per_day "
    "allows"
)
_DELETED = "the account was deleted, so nobody can read what its mailbox held"
_DELETED_SOMEWHERE = (
    "the account was deleted, and Google does not say from which organizational unit, so it may "
    "have been one of those that are read"
)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """One mailbox that is to be read."""

    user: DistrictUser
    wanted: Wanted

    @property
    def unit(self) -> str:
        """How its coverage names it."""
        return self.user.email


@dataclass(frozen=True, slots=True)
class Gap:
    """A mailbox, or a whole organizational unit, that is not read, and why."""

    unit: str
    reason: str
    until: date | None = None
    """The last day of the gap; None: it goes on."""

    @property
    def is_of_unit(self) -> bool:
        """Whether it is about an organizational unit."""
        return self.unit.startswith("/")

    def rows(self, days: Iterable[date]) -> tuple[DayCoverage, ...]:
        missing = DayState.MISSING
        return tuple(
            DayCoverage(day, missing, None, self.reason, self.unit)
            for day in days
            if self.until is None or day <= self.until
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """A night's work."""

    mailboxes: tuple[Mailbox, ...]
    gaps: tuple[Gap, ...]
    at_rest: int = 0
    """Accounts that were suspended or archived before the window began."""
    units: int = 0
    """What it will roughly take of Google's quota."""
    covered: tuple[Mailbox, ...] = ()
    """Mailboxes that need not be read, because the log tells enough of them."""
    told: tuple[str, ...] = ()
    """The names of these, and of those that could not be read anyway."""
    over: frozenset[str] = frozenset()
    """Names that earlier nights may know and this one rightly does not tell of."""
    forgotten: tuple[str, ...] = ()
    """Numbers of the accounts of which something is kept and that are planned no longer."""
    moved: int = 0
    """How many of these are still there: they were moved out of the units, or are left out."""

    def only(self, wanted: Collection[str]) -> Plan:
        """Return a plan for the mailboxes that the log makes worth reading, and no other."""
        covered = tuple(m for m in self.mailboxes if m.unit not in wanted)
        gaps = tuple(gap for gap in self.gaps if gap.unit in wanted or gap.is_of_unit)
        others = (gap.unit for gap in self.gaps if gap not in gaps)
        return replace(
            self,
            mailboxes=tuple(m for m in self.mailboxes if m.unit in wanted),
            gaps=gaps,
            covered=covered,
            told=(*(mailbox.unit for mailbox in covered), *others),
        )


class Planner:
    """Sorts the district's accounts."""

    def __init__(
        self,
        settings: GmailSettings,
        rules: AddressRules,
        zone: ZoneInfo,
        window: Window,
        marks: Mapping[str, str],
        *,
        where: str,
    ) -> None:
        self._settings = settings
        self._rules = rules
        self._zone = zone
        self._window = window
        self._marks = marks
        self._where = where
        self._begins = window.since or window.first
        self._through = window.last
        if window.until is not None:
            over = window.until.astimezone(zone).date() - timedelta(days=1)
            self._through = min(window.last, over)
        self._opens = datetime.combine(window.first, datetime.min.time(), zone)
        self._left_out = frozenset(
            canonical_email(one) for one in settings.leave_out if not one.startswith("/")
        )

    @property
    def days(self) -> tuple[date, ...]:
        """The days that are asked for tonight."""
        return days_between(self._begins, self._window.last)

    def plan(
        self, users: Sequence[DistrictUser], deleted: Sequence[DistrictUser] = ()
    ) -> Plan:
        """Return all that there is to do; ``deleted`` are the accounts deleted of late."""
        gaps = [
            Gap(unit, f"no account stands in this organizational unit of {setting}")
            for setting, unit, there in accounts_in(self._settings, users)
            if not there
        ]
        mailboxes: list[Mailbox] = []
        at_rest = 0
        found = [user for user in users if self._is_planned(user)]
        for user in sorted(found, key=lambda user: user.email):
            if self._rests(user):
                at_rest += 1
                continue
            reason = _unreadable(user)
            if reason is None:
                mailboxes.append(Mailbox(user, self._wanted(user)))
            else:
                gaps.append(Gap(user.email, reason))
        gaps += self._deleted(deleted, {user.email for user in users})
        forgotten = sorted({*self._marks} - {user.id for user in found})
        return Plan(
            tuple(mailboxes),
            tuple(gaps),
            at_rest,
            over=_other_names(found, (*users, *deleted)),
            forgotten=tuple(forgotten),
            moved=len({user.id for user in users}.intersection(forgotten)),
        )

    def _deleted(
        self, deleted: Iterable[DistrictUser], in_use: Collection[str]
    ) -> Iterator[Gap]:
        """Yield a gap for each account that was deleted after the window began."""
        for user in sorted(deleted, key=lambda user: user.email):
            ended = user.deleted_at
            # The unit of a deleted account may not be told, and then reads as the whole district.
            known = user.org_unit != "/" or is_below("/", self._settings.mailboxes)
            if (ended is not None and ended < self._opens) or self._rests(user):
                continue
            if self._is_left_out(user) or (known and not self._is_planned(user)):
                continue
            reused = user.email in in_use
            yield Gap(
                f"{user.email} (deleted)" if reused else user.email,
                _DELETED if known else _DELETED_SOMEWHERE,
                None if ended is None else ended.astimezone(self._zone).date(),
            )

    def within_units(self, plan: Plan) -> Plan:
        """Return what of a plan the day's units suffice for; what they do not is a gap.

        Raises ``Denied`` if no night could do it all.
        """
        most = self._settings.units_per_day
        needs = [(mailbox, self._expected(mailbox.wanted)) for mailbox in plan.mailboxes]
        usual = sum(need.usual for _, need in needs)
        if usual > most:
            raise Denied(
                f"{len(needs):,} mailboxes would take about {usual:,} quota units every "
                f"night, and units_per_day allows {most:,}",
                where=self._where,
                cure='Set first_tier = "log", take fewer units into mailboxes or received, or '
                "raise units_per_day if the Cloud project pays for more",
            )
        chosen, left = within(needs, most)
        later = [Gap(one.unit, NOT_TONIGHT) for one, _ in left]
        return replace(
            plan,
            mailboxes=tuple(one for one, _ in chosen),
            gaps=(*plan.gaps, *later),
            units=sum(need.tonight for _, need in chosen),
        )

    def _expected(self, wanted: Wanted) -> Expected:
        kept = wanted.kept
        usable = kept is not None and kept.reaches <= wanted.begins
        return expected(
            kept.counts.values() if kept is not None and usable else None,
            days=len(self.days),
            known_days=0 if kept is None else (self._window.last - kept.reaches).days + 1,
            everything=wanted.everything,
            extra=QUESTIONS if self._settings.settings else 0,
        )

    def _wanted(self, user: DistrictUser) -> Wanted:
        return Wanted(
            Owner.of(user.email, user.aliases, self._rules),
            is_below(user.org_unit, self._settings.received) and not self._settings.first_tier,
            read_kept(self._marks.get(user.id)),
            self._window.first,
            self._begins,
            self._window.last,
            self._through,
        )

    def _is_planned(self, user: DistrictUser) -> bool:
        return is_below(user.org_unit, self._settings.mailboxes) and not self._is_left_out(user)

    def _is_left_out(self, user: DistrictUser) -> bool:
        out = [one for one in self._settings.leave_out if one.startswith("/")]
        return is_below(user.org_unit, out) or not self._left_out.isdisjoint(
            (user.email, *user.aliases)
        )

    def _rests(self, user: DistrictUser) -> bool:
        """Whether the account was out of use before the window began, and still is."""
        ends = [
            at
            for out, at in (
                (user.suspended, user.suspended_at),
                (user.archived, user.archived_at),
            )
            if out and at is not None
        ]
        return any(at < self._opens for at in ends)


def accounts_in(
    settings: GmailSettings, users: Sequence[DistrictUser]
) -> Iterator[tuple[str, str, list[DistrictUser]]]:
    """Yield (setting, unit, its accounts) of every unit that a setting names; each unit once.

    Of ``received`` only accounts count whose mailboxes are read.
    """
    inside = [user for user in users if is_below(user.org_unit, settings.mailboxes)]
    named = [("mailboxes", unit, inside) for unit in settings.mailboxes]
    if settings.first_tier is None:
        named += [("received", unit, inside) for unit in settings.received]
    else:
        named += [("students", unit, [*users]) for unit in settings.students]
    seen: set[str] = set()
    for setting, unit, among in named:
        if unit not in seen:
            seen.add(unit)
            yield setting, unit, [user for user in among if is_below(user.org_unit, [unit])]


def _other_names(
    planned: Iterable[DistrictUser], everybody: Iterable[DistrictUser]
) -> frozenset[str]:
    """Return every address that is the name of no mailbox that is planned.

    An account keeps its former names as further addresses.
    """
    names = {name for user in everybody for name in (user.email, *user.aliases)}
    return frozenset(names - {user.email for user in planned})


def _unreadable(user: DistrictUser) -> str | None:
    if user.suspended:
        return "the account is suspended, so Google lets nobody read its mailbox"
    if user.archived:
        return "the account is archived, so Google lets nobody read its mailbox"
    if user.has_mailbox is False:
        return "the account has no mailbox in Gmail"
    return None
