"""What only a whole pack can show: everything named exists, and no office reads about itself."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping

from auditor.model import HatRole
from auditor.policy.pack import PAGES, Binding, Pack
from auditor.policy.problems import Key

NUMBERS = (
    *("parity_window_minutes", "season_margin_days", "episode_gap_days", "crisis_report_hours"),
    *("apprise_within_days", "acknowledge_within_days", "family_confirmed_within_days"),
    "tool_notice_days",
)
"""Switches that hold a whole number wherever a pack has them."""
MOST = {"_minutes": 527_040, "_hours": 87_840, "_days": 3_660, "": 1_000_000}
"""The largest number that can be meant, by how a switch's or parameter's name ends."""
NEEDED = ("parity_window_minutes", "season_margin_days", "episode_gap_days", "adult_hats")
_ID = re.compile(r"[A-Z][A-Z0-9]*-\d+[a-z]?")
_LEAP_YEAR = 2024
Wrong = Callable[[Key, str, str], None]


def check(pack: Pack, rules: Mapping[str, frozenset[str]], wrong: Wrong) -> None:
    """Call ``wrong(key, what, cure)`` for each mistake. ``rules``: rule id -> its parameters."""
    for id_ in pack.clauses:
        if not _ID.fullmatch(id_):
            wrong(("clauses", id_), "is no clause id", "Write letters, a hyphen, a number: ABC-9")
    for binding in pack.bindings.values():
        _binding(pack, binding, rules, wrong)
    for ground in pack.grounds.values():
        key = ("grounds", ground.ground.value)
        _clauses(pack, (*key, "clause"), [ground.clause], wrong)
        _bound(pack, (*key, "covers"), ground.covers, wrong)
        _offices(pack, (*key, "granted_by"), ground.granted_by, wrong)
        if ground.enabled and not ground.granted_by:
            wrong((*key, "granted_by"), "names nobody", "Say which offices may grant it")
    for entry in pack.catalogue.values():
        _clauses(pack, ("catalogue", entry.id, "clause"), [entry.clause], wrong)
    _absorbing(pack, wrong)
    _routing(pack, wrong)
    _switches(pack, wrong)


def _binding(
    pack: Pack, binding: Binding, rules: Mapping[str, frozenset[str]], wrong: Wrong
) -> None:
    key = ("rules", binding.rule)
    if binding.rule not in rules:
        wrong(key, "there is no such rule", f"There are: {', '.join(sorted(rules))}")
        return
    for name, value in binding.parameters.items():
        _believable(name, (*key, "parameters", name), value, wrong)
    for name in sorted(set(binding.parameters) - rules[binding.rule]):
        known = ", ".join(sorted(rules[binding.rule])) or "none"
        wrong((*key, "parameters", name), "the rule has no such parameter", f"It has: {known}")
    _clauses(pack, (*key, "clause"), [binding.clause], wrong)
    _clauses(pack, (*key, "coach_clause"), [binding.coach_clause], wrong)
    _clauses(pack, (*key, "also"), binding.also, wrong)
    for reader in binding.readers:
        if reader not in PAGES or reader not in pack.offices:
            cure = f"Readers can be {', '.join(PAGES)}, each declared under [offices]"
            wrong((*key, "readers"), f"{reader!r} has no page", cure)
    if not binding.readers:
        wrong((*key, "readers"), "names nobody", f"Name one of {', '.join(PAGES)}")
    _bound(pack, (*key, "absorbs"), binding.absorbs, wrong)


def _clauses(pack: Pack, key: Key, named: Iterable[str | None], wrong: Wrong) -> None:
    for name in named:
        if name and name not in pack.clauses:
            wrong(key, f"there is no clause {name!r}", "Add it under [clauses], or mend its id")


def _bound(pack: Pack, key: Key, named: Iterable[str], wrong: Wrong) -> None:
    for name in named:
        if name not in pack.bindings:
            wrong(key, f"{name!r} is no rule of this pack", "Bind it under [rules], or take it out")


def _offices(pack: Pack, key: Key, named: Iterable[str], wrong: Wrong) -> None:
    known = ", ".join(pack.offices) or "none"
    for name in named:
        if name not in pack.offices:
            cure = f"Declare it under [offices], or name one of {known}"
            wrong(key, f"there is no authority {name!r}", cure)


def _absorbing(pack: Pack, wrong: Wrong) -> None:
    """Refuse rules that speak for each other: the hits of all of them would be gone."""
    for rule, binding in pack.bindings.items():
        seen: set[str] = set()
        ahead = [one for one in binding.absorbs if one in pack.bindings]
        while ahead:
            one = ahead.pop()
            if one == rule:
                cure = "Take it out: of two rules on one message, one speaks for the other"
                wrong(("rules", rule, "absorbs"), "speaks for itself in the end", cure)
                break
            if one not in seen:
                seen.add(one)
                ahead += [n for n in pack.bindings[one].absorbs if n in pack.bindings]


def _routing(pack: Pack, wrong: Wrong) -> None:
    """Follow from each office who reads about its holder; the way must end, and end elsewhere."""
    for office in pack.offices.values():
        key = ("offices", office.id)
        _offices(pack, (*key, "stands_for"), office.stands_for, wrong)
        if office.next is not None:
            _offices(pack, (*key, "next"), [office.next], wrong)
        passed = [office.id]
        step = office.next
        while step is not None and step in pack.offices:
            if step in passed:
                way = " → ".join((*passed, step))
                cure = "Let each office name one above it; the highest names none"
                wrong((*key, "next"), f"goes round in a circle: {way}", cure)
                break
            passed.append(step)
            step = pack.offices[step].next
    for reader in {r for b in pack.bindings.values() for r in b.readers}:
        found = pack.offices.get(reader)
        if found is not None and found.next is None:
            cure = "Say under `next` who reads what is about its holder"
            wrong(("offices", reader, "next"), "is a reader and has nobody above", cure)


def _switches(pack: Pack, wrong: Wrong) -> None:
    for id_ in NEEDED:
        if id_ not in pack.switches:
            wrong(("switches", id_), "is missing", f"Add [switches.{id_}]")
    for switch in pack.switches.values():
        key = ("switches", switch.id, "value")
        if switch.id in NUMBERS and (
            isinstance(switch.value, bool) or not isinstance(switch.value, int) or switch.value < 0
        ):
            wrong(key, "is no whole number", "Give a whole number, 0 or more, without quotes")
        _believable(switch.id, key, switch.value, wrong)
        if switch.choices and switch.value not in switch.choices:
            wrong(key, f"{switch.value!r} is no choice", f"Choose of {', '.join(switch.choices)}")
    hats = pack.word("adult_hats", "staff").split(",")
    for word in hats:
        if word.strip() not in set(HatRole):
            cure = f"Separate hats by commas; allowed: {', '.join(HatRole)}"
            wrong(("switches", "adult_hats", "value"), f"{word.strip()!r} is no hat", cure)
    begins = pack.word("school_year_begins", "08-15")
    if not _is_day(begins):
        cure = "Write month and day: 08-15"
        wrong(("switches", "school_year_begins", "value"), f"{begins!r} is no day", cure)


def _believable(name: str, key: Key, value: object, wrong: Wrong) -> None:
    """Refuse a number beyond what a calendar, or anybody's patience, can hold."""
    most = next((most for ending, most in MOST.items() if name.endswith(ending)), MOST[""])
    if isinstance(value, int) and abs(value) > most:
        wrong(key, "is larger than can be meant", f"Give a number of at most {most:,}")


def _is_day(text: str) -> bool:
    match = re.fullmatch(r"(\d\d)-(\d\d)", text)
    if match is None or not 1 <= int(match[1]) <= 12:  # noqa: PLR2004  (months of a year)
        return False
    return text != "02-29" and 1 <= int(match[2]) <= monthrange(_LEAP_YEAR, int(match[1]))[1]
