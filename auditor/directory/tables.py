"""The directory as the rules see it: who each address was, and which hats, on which days.

Three judgements are made here and nowhere else: an address claimed by two people is nobody's on
the days both claim it (two guardians may share one); a coach's hat lasts from the season's start
to its end plus a margin; and a list inside a list is followed to its people.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import pyarrow as pa

from auditor.directory.delivery import PERSON_ID_USE
from auditor.directory.intervals import Interval, merge, without
from auditor.directory.state import Row, State
from auditor.model import AddressUse, HatRole, TeamRole
from auditor.result import Unmatched

Claims = dict[int, tuple[Interval, ...]]
_INT, _TEXT = pa.int64(), pa.string()
_SPAN = (("from_day", _INT), ("until_day", _INT))


@dataclass(frozen=True, slots=True)
class DirectoryTables:
    """Arrow tables for the engine (named as the base relations) and the addresses left out."""

    tables: Mapping[str, pa.Table]
    unmatched: tuple[Unmatched, ...]


def build_tables(
    state: State, *, season_margin_days: int, show_address: Callable[[int], str | None]
) -> DirectoryTables:
    """Return the relations the rules join with.

    ``show_address`` gives the masked text of an address key for the unmatched queue.
    """
    roles = _roles(state, season_margin_days)
    addresses, unmatched = _addresses(state, roles, show_address)
    members, lists = _flatten_groups(state)
    tables = {
        "person": _table(
            ([row[0], row[1], row[2], row[3], row[4]] for row in state.latest["person"].values()),
            (
                ("person_key", _INT),
                ("person_id", _TEXT),
                ("given_name", _TEXT),
                ("family_name", _TEXT),
                ("grade", _TEXT),
            ),
        ),
        "person_address": _dated(addresses, "address_key", "person_key", "kind"),
        "person_role": _dated(roles, "person_key", "role", "school_id"),
        "class_member": _dated(_plain(state, "class_member"), "class_key", "person_key", "role"),
        "team_member": _dated(
            _team_members(state, season_margin_days), "team_key", "person_key", "role"
        ),
        "guardian": _dated(_plain(state, "guardian"), "guardian_key", "student_key"),
        "group_member": _dated(members, "group_key", "member_key"),
        "list_address": _table([[key] for key in sorted(lists)], (("address_key", _INT),)),
        "day": _table([], (("day", _INT), ("is_school_day", _INT))),
    }
    return DirectoryTables(tables, unmatched)


Dated = dict[Row, tuple[Interval, ...]]


def _plain(state: State, relation: str) -> Dated:
    """Return a dated relation without its source column, claims of several sources merged."""
    together: dict[Row, list[Interval]] = defaultdict(list)
    for row, spans in state.dated[relation].items():
        together[row[:-1]].extend(spans)
    return {row: merge(spans) for row, spans in together.items()}


def _team_members(state: State, margin: int) -> Dated:
    seasons = {
        key: Interval(row[7], row[8]).widen(margin) for key, row in state.latest["team"].items()
    }
    clipped: Dated = {}
    for row, spans in _plain(state, "team_member").items():
        season = seasons.get(row[0])
        kept = spans if season is None else merge(span.meet(season) for span in spans)
        if kept:
            clipped[row] = kept
    return clipped


def _roles(state: State, margin: int) -> Dated:
    """Return every hat: those stated, those that leading a team gives, and guardians' own."""
    together: dict[Row, list[Interval]] = defaultdict(list)
    for row, spans in _plain(state, "hat").items():
        together[row].extend(spans)
    for (team_key, person_key, role), spans in _team_members(state, margin).items():
        team_role = TeamRole(role)
        if not team_role.leads:
            continue
        team = state.latest["team"].get(team_key)
        school = None if team is None else team[4]
        hats = [HatRole.ADVISER if team_role is TeamRole.ADVISER else HatRole.COACH]
        if team_role is TeamRole.VOLUNTEER_COACH:
            hats.append(HatRole.VOLUNTEER)
        for hat in hats:
            together[person_key, hat.value, school].extend(spans)
    for (guardian_key, _), spans in _plain(state, "guardian").items():
        together[guardian_key, HatRole.GUARDIAN.value, None].extend(spans)
    return {row: merge(spans) for row, spans in together.items()}


def _addresses(
    state: State, roles: Dated, show_address: Callable[[int], str | None]
) -> tuple[Dated, tuple[Unmatched, ...]]:
    hats: dict[int, set[str]] = defaultdict(set)
    for person_key, role, _ in roles:
        hats[person_key].add(role)
    kinds = _address_kinds(state, hats)
    claims: dict[int, Claims] = defaultdict(dict)
    for (address_key, person_key, *_), spans in state.dated["address"].items():
        before = claims[address_key].get(person_key, ())
        claims[address_key][person_key] = merge((*before, *spans))
    settled: Dated = {}
    unmatched: list[Unmatched] = []
    for address_key, claim in claims.items():
        clear = claim
        if len(claim) > 1 and any(hats[p] != {HatRole.GUARDIAN.value} for p in claim):
            clear = _uncontested(claim)
            if clear != claim:
                unmatched.append(_contested(show_address(address_key), len(claim)))
        for person_key, spans in clear.items():
            if spans:
                settled[address_key, person_key, kinds[address_key, person_key]] = spans
    return settled, tuple(unmatched)


def _address_kinds(state: State, hats: Mapping[int, set[str]]) -> dict[tuple[int, int], str]:
    """Say of each address of each person: district, personal, outside or person-id.

    An outside address in the roster is a personal one only for an adult who also has a district
    address; a volunteer's only address, a guardian's and a student's family address are not.
    """
    adult = {HatRole.STAFF.value, HatRole.COACH.value, HatRole.ADVISER.value}
    with_district = {row[1] for row in state.dated["address"] if row[3]}
    rows: dict[tuple[int, int], set[tuple[str, int]]] = defaultdict(set)
    for address_key, person_key, use, inside, _ in state.dated["address"]:
        rows[address_key, person_key].add((use, inside))
    return {
        (address_key, person_key): _kind(
            said, bool(hats[person_key] & adult) and person_key in with_district
        )
        for (address_key, person_key), said in rows.items()
    }


def _kind(said: Iterable[tuple[str, int]], has_district_address: bool) -> str:
    """Say what an address is from every (use, inside) on record: the district's word goes first.

    Whether it lies inside is what was so when it was delivered: a domain that the district listed
    later makes it a district address all along.
    """
    uses = {use for use, _ in said}
    if AddressUse.PERSONAL in uses:
        return "personal"
    if uses == {PERSON_ID_USE}:
        return PERSON_ID_USE
    if any(inside for _, inside in said):
        return "district"
    return "personal" if has_district_address else "outside"


def _uncontested(claim: Claims) -> Claims:
    return {
        person: without(spans, (s for other, o in claim.items() if other != person for s in o))
        for person, spans in claim.items()
    }


def _contested(shown: str | None, people: int) -> Unmatched:
    return Unmatched(
        source="directory",
        kind="address",
        reference=shown or "an address no longer in any roster",
        reason=f"is claimed by {people} people at the same time, so it counts as nobody's",
        hint="give each person their own address in the roster",
    )


def _flatten_groups(state: State) -> tuple[Dated, set[int]]:
    """Follow lists inside lists to people's addresses; a ring of lists ends where it began."""
    direct: dict[int, dict[int, tuple[Interval, ...]]] = defaultdict(dict)
    for (group, member), spans in _plain(state, "group_member").items():
        direct[group][member] = spans
    flat: Dated = {}
    for group, members in direct.items():
        reached: dict[int, list[Interval]] = defaultdict(list)
        _follow(direct, members, reached, frozenset({group}))
        for member, found in reached.items():
            flat[group, member] = merge(found)
    return flat, set(direct)


def _follow(
    direct: Mapping[int, Mapping[int, tuple[Interval, ...]]],
    members: Mapping[int, Iterable[Interval]],
    reached: dict[int, list[Interval]],
    path: frozenset[int],
) -> None:
    for member, spans in members.items():
        if member not in direct:
            reached[member].extend(spans)
        elif member not in path:
            inner = {
                m: merge(a.meet(b) for a in spans for b in s) for m, s in direct[member].items()
            }
            _follow(direct, inner, reached, path | {member})


def _dated(rows: Dated, *columns: str) -> pa.Table:
    kinds = tuple((c, _INT if c.endswith("_key") else _TEXT) for c in columns)
    flat = ([*row, s.first, s.until] for row, spans in rows.items() for s in spans)
    return _table(flat, (*kinds, *_SPAN))


def _table(rows: Iterable[list[object]], columns: tuple[tuple[str, pa.DataType], ...]) -> pa.Table:
    ordered = sorted(rows, key=lambda row: tuple((v is not None, str(v)) for v in row))
    arrays = [pa.array([r[i] for r in ordered], type=kind) for i, (_, kind) in enumerate(columns)]
    return pa.table(arrays, names=[name for name, _ in columns])
