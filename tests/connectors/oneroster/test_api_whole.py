"""Nobody gets lost between two pages: a list that cannot be known to be whole is no roster."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.model import ClassMember, Hat, Person
from auditor.source import Denied, Malformed, SourceError, Transient
from benchmarks.pretend.oneroster import Oddities, PretendOneRoster, World
from connectors.oneroster.api.asking import Record, Served
from connectors.oneroster.api.wholelist import Whole, read_whole
from tests.connectors.oneroster.api_world import LIMITS, MANY, SMALL, larger, pull, serving, source
from tests.connectors.roster_world import WINDOW

OTHERS = ("orgs", "classes", "enrollments")
LISTS = ("users", *OTHERS)
SILENT = Oddities(totals=False, links=False)
OFTEN = ("503 retry after", "body cut", "item twice", "pages overlap", "401")
MORE = ("429 retry after", "connection reset", "garbage", "500", "502")
PASSING = (*OFTEN, *(pytest.param(kind, marks=pytest.mark.integration) for kind in MORE))
STAYING = {"403": Denied, "404": Denied, "login page": Denied, "503": Transient}


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> list[object]:
    with serving(larger()) as running:
        return list(pull(running, tmp_path_factory.mktemp("well"), page=SMALL).facts)


def without(world: World, name: str, *ids: str) -> World:
    kept = tuple(one for one in world.lists[name] if one["sourcedId"] not in ids)
    return world.changed(name, kept)


def pages_of(running: PretendOneRoster, name: str) -> int:
    return running.count(name)


@pytest.mark.parametrize("odd", [Oddities(), SILENT], ids=["counted", "silent"])
def test_somebody_taken_out_while_pages_are_read_takes_nobody_else_along(
    odd: Oddities, tmp_path: Path
) -> None:
    # K01 goes between the first and the second page: everybody after moves up by one.
    with serving(larger(), odd) as running:
        running.meanwhile[4] = lambda: setattr(running, "world", without(running.world, "users", "K01"))
        pulled = pull(running, tmp_path, page=SMALL)
    people = {p.person_id for p in pulled.of(Person)}
    assert people == {f"K{n:02d}" for n in range(2, MANY + 1)} | {"T1"}


@pytest.mark.parametrize("odd", [Oddities(), SILENT], ids=["counted", "silent"])
def test_one_in_and_one_out_keeps_the_count_and_is_noticed_all_the_same(
    odd: Oddities, tmp_path: Path
) -> None:
    world = larger()
    (last,) = [one for one in world.lists["users"] if one["sourcedId"] == "T1"]
    new = replace(world).changed("users", (*world.lists["users"], {**last, "sourcedId": "T9"}))
    with serving(world, odd) as running:
        running.meanwhile[4] = lambda: setattr(running, "world", without(new, "users", "K01"))
        pulled = pull(running, tmp_path, page=SMALL)
    people = {p.person_id for p in pulled.of(Person)}
    assert people == {f"K{n:02d}" for n in range(2, MANY + 1)} | {"T1", "T9"}


def test_a_list_that_never_stands_still_is_tried_again_another_night(tmp_path: Path) -> None:
    with serving(larger(), SILENT) as running:
        states = [without(running.world, "users", "K01"), running.world]
        for n in range(1, 60):
            running.meanwhile[n] = partial(setattr, running, "world", states[n % 2])
        with pytest.raises(Transient, match="users changed while it was read, 3 times"):
            pull(running, tmp_path, page=SMALL)


@pytest.mark.parametrize(
    ("odd", "what"),
    [
        (Oddities(counts_more=2), "of 5 records that it speaks of, 3 came"),
        (Oddities(always_next=True), "a further page that does not come"),
    ],
    ids=["total", "link"],
)
def test_a_list_shorter_than_the_server_says_is_refused(
    odd: Oddities, what: str, tmp_path: Path
) -> None:
    with serving(larger(), odd) as running, pytest.raises(Malformed, match=what) as caught:
        pull(running, tmp_path)
    assert "vendor" in caught.value.cure


@pytest.mark.parametrize(
    "odd",
    [
        replace(SILENT, heeds_offset=False),
        replace(SILENT, heeds_offset=False, most=5),
        replace(SILENT, pages=False),
        Oddities(heeds_offset=False, most=5),
        Oddities(heeds_offset=False, most=5, totals=False),
    ],
    ids=["first", "its own first", "all, uncounted", "counted", "linked"],
)
def test_a_server_that_gives_the_same_page_for_ever_is_refused(
    odd: Oddities, tmp_path: Path
) -> None:
    """One that gives all it has says so by its count; one that does not may hold back the rest."""
    with serving(larger(), odd) as running, pytest.raises(Malformed, match="first page comes again"):
        pull(running, tmp_path, page=SMALL)


def test_an_empty_page_ends_nothing(tmp_path: Path, expected: list[object]) -> None:
    with serving(larger(), SILENT) as running:
        running.faults.plan("users", "empty page with token", on=2)
        assert pull(running, tmp_path, page=SMALL).facts == expected


def test_an_empty_list_is_believed_only_when_it_is_empty_again(
    tmp_path: Path, expected: list[object]
) -> None:
    with serving(larger(), SILENT) as running:
        running.faults.plan("enrollments", "empty page with token", on=1)
        assert pull(running, tmp_path, page=SMALL).facts == expected
    with serving(larger().changed("enrollments", ()), SILENT) as running:
        pulled = pull(running, tmp_path, page=SMALL)
        assert pages_of(running, "enrollments") == 2
    assert pulled.of(ClassMember) == []
    assert pulled.note("the list is empty").file == "enrollments"


def test_an_empty_roster_is_none(tmp_path: Path) -> None:
    with serving(larger().changed("users", ())) as running, pytest.raises(Malformed, match="nobody"):
        pull(running, tmp_path)


def test_twins_are_the_datas_own_and_count_once(tmp_path: Path) -> None:
    world = larger()
    first, *others = world.lists["users"]
    with serving(world.changed("users", (first, first, *others))) as running:
        pulled = pull(running, tmp_path, page=SMALL)
    assert len(pulled.of(Person)) == MANY + 1
    twice = [note for note in pulled.notes if "there twice, counted once" in note.text]
    assert [(note.file, note.count) for note in twice] == [("users", 1), ("roles", 1)]


def test_a_reading_that_breaks_off_brings_nothing_and_the_next_one_everything(
    expected: list[object], tmp_path: Path
) -> None:
    with serving(larger()) as running:
        running.faults.plan("enrollments", "503", times=99)
        with pytest.raises(Transient):
            next(iter(source(running, tmp_path).pull(WINDOW)))
        running.faults.clear()
        assert pull(running, tmp_path, page=SMALL).facts == expected


# ---- every kind of fault, in every list -------------------------------------------------------


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("kind", PASSING)
def test_what_passes_by_itself_changes_nothing(
    name: str, kind: str, expected: list[object], tmp_path: Path
) -> None:
    with serving(larger()) as running:
        running.faults.plan(name, kind, on=2 if name in ("users", "enrollments") else 1)
        pulled = pull(running, tmp_path, page=SMALL)
        assert running.faults.done == [(name, kind)]
    assert pulled.facts == expected
    assert pulled.rejected == []


@pytest.mark.parametrize(
    "name", ["users", *(pytest.param(one, marks=pytest.mark.integration) for one in OTHERS)]
)
@pytest.mark.parametrize("kind", STAYING)
def test_what_does_not_pass_stops_the_roster_with_place_and_cure(
    name: str, kind: str, tmp_path: Path
) -> None:
    with serving(larger()) as running:
        running.faults.plan(name, kind, times=99)
        with pytest.raises(STAYING[kind]) as caught:
            pull(running, tmp_path, page=SMALL)
    assert caught.value.where == "Student system"
    assert caught.value.cure
    assert "zephyrquill" not in str(caught.value)


def test_a_failure_told_politely_is_a_failure(tmp_path: Path) -> None:
    odd = Oddities(fails_politely=True)
    told = r"tells of a failure \(server_busy\)"
    with serving(larger(), odd) as running, pytest.raises(Malformed, match=told) as caught:
        pull(running, tmp_path)
    assert "zephyrquill" not in str(caught.value)


def test_the_servers_own_word_for_a_refusal_is_told(tmp_path: Path) -> None:
    with serving(larger()) as running:
        running.faults.plan("users", "403", times=9)
        with pytest.raises(Denied, match=r"403: not allowed \(forbidden\)"):
            pull(running, tmp_path)


# ---- what a list may say of itself -------------------------------------------------------------


def whole(*pages: tuple[str, int | None]) -> Whole:
    """Read a list whose pages are given over and over: ids, and the total that is told."""
    turn = itertools.cycle(pages)

    def ask(offset: int) -> Served:
        ids, total = next(turn)
        return Served(tuple({"sourcedId": one} for one in ids), total, more=False)

    return read_whole(ask, lambda done, total: None, name="users", restarts=2, where="x")


def test_the_same_record_far_from_its_first_place_shows_that_another_is_missing() -> None:
    with pytest.raises(Malformed, match="the same record comes again, far from where"):
        whole(("ABC", 5), ("CAE", 5), ("E", 5))


def test_a_number_of_records_that_changes_is_a_list_that_moves() -> None:
    with pytest.raises(Transient, match="the number of records changed"):
        whole(("ABC", 3), ("C", 4))


def test_more_records_than_were_spoken_of_are_believed_if_they_come_again() -> None:
    read = whole(("ABC", 2), ("C", 2))
    assert len(read.records) == 3
    assert read.remark == "the server speaks of 2 records and gives 3"
    with pytest.raises(Transient, match="other records each time"):
        whole(("ABC", 2), ("C", 2), ("ABD", 2), ("D", 2))


# ---- for any list, moved in any way ------------------------------------------------------------


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.integers(0, 40), unique=True, max_size=12),
    st.lists(st.tuples(st.integers(0, 20), st.booleans(), st.integers(0, 40)), max_size=6),
    st.integers(2, 5),
    st.booleans(),
)
def test_what_is_read_is_what_stood_there_at_one_time(
    ids: list[int], moves: list[tuple[int, bool, int]], page: int, counted: bool
) -> None:
    standing = sorted(ids)
    states = [tuple(standing)]
    asked = 0

    def ask(offset: int) -> Served:
        nonlocal asked, standing
        for at, comes, which in moves:
            if at == asked:
                others = [i for i in standing if i != which]
                standing = sorted([*others, which]) if comes else others
                states.append(tuple(standing))
        asked += 1
        records = [_record(i) for i in standing]
        return Served(
            tuple(records[offset : offset + page]),
            len(records) if counted else None,
            more=offset + page < len(records),
        )

    tell: Callable[[int, int], None] = lambda done, total: None  # noqa: E731  (its type is the point)
    try:
        found = read_whole(ask, tell, name="users", restarts=LIMITS.restarts, where="x")
    except SourceError:
        assert len(states) > 1
        return
    read = [one["sourcedId"] for one in found.records]
    # Whoever stood there all the time was read, whoever never did was not, and nobody twice.
    everywhere = set.intersection(*({f"K{i:02d}" for i in state} for state in states))
    anywhere = set.union(*({f"K{i:02d}" for i in state} for state in states))
    assert everywhere <= set(read) <= anywhere
    assert len(read) == len(set(read))


def _record(number: int) -> Record:
    return {"sourcedId": f"K{number:02d}"}


def test_hats_are_all_there_in_the_end(expected: list[object]) -> None:
    assert len([fact for fact in expected if isinstance(fact, Hat)]) == MANY + 1
