"""A tiny district of its own, sent every night through the whole way from a source to an item.

The cases beside the rules prove the rules; they begin where the facts are already in place. This
proves the way there: a roster folded into the directory, messages landed in a lake and committed
through a ledger, people looked up on their day, exceptions tried, items written and read back. It
runs in a folder of its own, with a key of its own, under the district's own policy and rules.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

from auditor.checking import find
from auditor.desk import Desk, desk_for
from auditor.directory import State, day_number, deliver, from_tables, to_tables
from auditor.itembook import keep, stored_items
from auditor.items import StoredItem, settle
from auditor.keys import AddressRules, Keyring
from auditor.lake import Lake
from auditor.ledger import Ledger
from auditor.night import unread_days
from auditor.policy import Pack
from auditor.pulling import Pulled, pull
from auditor.result import SelfTests, SourceState
from auditor.sealedfacts import messages_of, roster_of
from auditor.source import CheckResult, DayCoverage, DayState, FactKind, Page, SourceContext, Window
from auditor.workplace import District, Workplace

FIRST = date(2026, 3, 2)
"""A Monday; the sealed week never changes, so neither does what comes of it."""
LAST = FIRST + timedelta(days=6)
_NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)
_KEYRING = Keyring(b"a sealed district has no secrets")
_RULES = AddressRules(district_domains=frozenset({"sealed.example"}))
_ZONE = ZoneInfo("America/New_York")
_WINDOW = Window(FIRST, LAST)


_AS_MADE: Mapping[str, int | str] = {
    "parity_window_minutes": 1440,
    "season_margin_days": 14,
    "episode_gap_days": 30,
    "adult_hats": "staff, coach, adviser",
    "school_year_begins": "08-15",
    "acknowledge_within_days": 60,
}
"""The settings of a policy as the plan was made for them, where it has them."""


@cache
def _plan() -> Mapping[str, Any]:
    path = Path(__file__).with_name("sealed.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


@dataclass(frozen=True, slots=True)
class _Feed:
    """A source that delivers what it was made with."""

    context: SourceContext
    provides: frozenset[FactKind]
    pages: tuple[Page, ...]

    def check(self) -> list[CheckResult]:
        return []

    def pull(self, _: Window) -> Iterator[Page]:
        yield from self.pages


def sealed_test(place: Workplace) -> SelfTests:
    """Send the sealed district through and say what was found of what was planted.

    Only what the policy asks for is expected; a planted message that no bound rule looks for must
    merely do no harm.
    """
    planted = [one for one in _plan()["planted"] if one["rule"] in place.pack.bindings]
    planted = [one for one in planted if _can_be_tried(one, place)]
    rules = {one["rule"] for one in _plan()["planted"]} & place.pack.bindings.keys()
    pack = _as_made(place.pack, rules)
    with (
        TemporaryDirectory(dir=place.temp, prefix="sealed-") as name,
        Ledger.open(Path(name) / "ledger.sqlite") as ledger,
    ):
        folder = Path(name)
        sealed = Workplace(
            district=District("Sealed district", _ZONE, _RULES),
            ledger=ledger,
            lake=Lake(folder / "lake", ledger),
            keyring=_KEYRING,
            pack=pack,
            rules=place.rules,
            temp=folder,
            software=place.software,
        )
        listed = _listed(sealed, _items(sealed))
    quiet = [one for one in _plan()["quiet"] if _can_be_tried(one, place)]
    failed = [f"sealed district, missed: {p['what']}" for p in planted if not _found(p, listed)]
    failed += [f"sealed district, listed: {q['what']}" for q in quiet if _any(q, listed)]
    total = len(planted) + len(quiet)
    return SelfTests(total - len(failed), total, tuple(failed))


def _as_made(pack: Pack, rules: Iterable[str]) -> Pack:
    """Return the policy with only these rules, and none of the district's own numbers.

    What is planted has to be found however wide a district draws a limit.
    """
    numbers = _plan()["parameters"]
    return replace(
        pack,
        bindings={
            rule: replace(pack.bindings[rule], parameters=numbers.get(rule, {}))
            for rule in sorted(rules)
        },
        switches={
            name: replace(pack.switches[name], value=value)
            for name, value in _AS_MADE.items()
            if name in pack.switches
        },
    )


def together(*tests: SelfTests) -> SelfTests:
    """Return several series of self-tests as one."""
    return SelfTests(
        sum(one.passed for one in tests),
        sum(one.total for one in tests),
        tuple(name for one in tests for name in one.failed),
    )


def _can_be_tried(one: Mapping[str, Any], place: Workplace) -> bool:
    """Whether the policy knows the ground that a case stands on; without one it says nothing."""
    name = one.get("ground") or one.get("approval", {}).get("ground")
    if name is None:
        return True
    ground = place.pack.grounds.get(name)
    return ground is not None and ground.enabled and "personal-address-traffic" in ground.covers


def _items(place: Workplace) -> list[StoredItem]:
    """Take the sealed district in, check it and settle what was found, as a night does."""
    plan = _plan()
    lists = [_pulled(place, "lists", _ROSTER, (Page(roster_of(plan, FIRST, place.pack)),))]
    state = _directory(place, lists)
    said = messages_of(plan, FIRST, _ZONE)
    days = tuple(
        DayCoverage(FIRST + timedelta(days=n), DayState.READ, len(said)) for n in range(7)
    )
    half = len(said) // 2
    pages = (
        Page(said[:half], records_read=half),
        Page(said[half:], records_read=len(said) - half, coverage=days),
    )
    mail = _pulled(place, "mail", _MESSAGES, pages)
    # of one day it says nothing
    chat = _pulled(place, "chat", _MESSAGES, (Page(coverage=(*days[:3], *days[4:])),))
    titles = {"lists": "Lists", "mail": "Mail", "chat": "Chat"}
    desk = desk_for(place, state, titles)
    desk.book.note_unread(place.keyring, unread_days([mail, chat], FIRST, LAST))
    with desk.engine(FIRST, LAST) as engine:
        ready = dict.fromkeys(place.pack.bindings, (SourceState.FULL, None, ()))
        found = find(desk.bench(engine, LAST), ready)
    return _kept(desk, found.hits)


_MESSAGES = frozenset({FactKind.MESSAGES})
_ROSTER = frozenset((FactKind.PEOPLE, FactKind.GUARDIANS, FactKind.TEAMS))


def _pulled(
    place: Workplace, name: str, provides: frozenset[FactKind], pages: tuple[Page, ...]
) -> Pulled:
    context = SourceContext(name, name, _ZONE.key, _RULES, base="")
    return pull(place, _Feed(context, provides, pages), _WINDOW, "sealed", now=_NOW)


def _directory(place: Workplace, lists: Iterable[Pulled]) -> State:
    """Fold the roster in and read it back from where it is kept."""
    delivered = deliver(
        from_tables({}),
        {one.name: one.facts for one in lists},
        day=day_number(LAST),
        keyring=place.keyring,
        rules=place.district.addresses,
    )
    place.ledger.remember_addresses(delivered.addresses)
    place.lake.write_tables(to_tables(delivered.state), kind="directory", run_id="sealed")
    return from_tables(place.lake.read_tables("directory"))


def _kept(desk: Desk, hits: Iterable[Any]) -> list[StoredItem]:
    place = desk.place
    with place.ledger.begin() as connection:
        changes = settle(
            [],
            hits,
            first_day=day_number(FIRST),
            last_day=day_number(LAST),
            rules=frozenset(place.pack.bindings),
            gap_days=place.pack.number("episode_gap_days"),
        )
        keep(
            connection,
            changes,
            audit_date=LAST,
            run_id="sealed",
            keyring=place.keyring,
            prefix_of={change.subject: ("S", None) for change in changes},
        )
    with place.ledger.read() as connection:
        return stored_items(connection)


# ---- what came of it ----------------------------------------------------------------------------

Listed = Mapping[str, list[tuple[str, int | None, bool]]]
"""Message or record -> (rule, adult, whether it is about a person or team) of each of its items."""


def _listed(place: Workplace, items: Iterable[StoredItem]) -> Listed:
    found: dict[str, list[tuple[str, int | None, bool]]] = {}
    bindings = place.pack.bindings
    for item in items:
        rules = {item.subject.rule, *bindings[item.subject.rule].absorbs}
        for hit in item.hits:
            told = found.setdefault(hit.native_id, [])
            told += [(rule, item.subject.adult, item.subject.thing is None) for rule in rules]
    return found


def _found(planted: Mapping[str, Any], listed: Listed) -> bool:
    """Whether the record, or the last of the messages, is in one item of the rule and adult."""
    return _told(planted, listed).count((planted["rule"], _adult(planted))) == 1


def _any(quiet: Mapping[str, Any], listed: Listed) -> bool:
    """Whether it is in an item of the rule it names, or of none a message about anybody."""
    if "rule" in quiet:
        return (quiet["rule"], _adult(quiet)) in _told(quiet, listed)
    told = (one for message in quiet["messages"] for one in listed.get(message["at"], []))
    return any(about_people for *_, about_people in told)


def _told(one: Mapping[str, Any], listed: Listed) -> list[tuple[str, int | None]]:
    name = one["record"] if "record" in one else one["messages"][-1]["at"]
    return [(rule, who) for rule, who, _ in listed.get(name, [])]


def _adult(one: Mapping[str, Any]) -> int | None:
    """Return whom the item must be about: of a record that names nobody, nobody."""
    if "record" in one:
        return _KEYRING.person(one["adult"]) if "adult" in one else None
    return _KEYRING.person(one["messages"][-1]["from"].partition("@")[0])
