"""A roster that lost too much is not believed, says so everywhere, and is taken on a person's word."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from auditor import audit, rosterguard
from auditor.audit import AuditError
from auditor.directory import Guard, Refused
from auditor.model import (
    Hat,
    HatRole,
    PersonAddress,
    PersonRef,
    School,
    Team,
    TeamMember,
    TeamRole,
)
from auditor.pulling import Pulled
from auditor.records import Fact
from auditor.result import Tone
from tests.auditor.night_world import Lists, NightWorld, at, context, mail, night_world, person

TUESDAY = date(2026, 3, 10)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[NightWorld]:
    with night_world(tmp_path) as made:
        made.people(60)
        made.deliver(TUESDAY)
        yield made


def students(count: int, school: str = "10") -> list[str]:
    return [f"s{school}-{n}" for n in range(count)]


def losses(pulled: Pulled) -> list[str]:
    """Return in words what a delivery was refused for; nothing for one that was taken."""
    return [str(loss) for loss in pulled.failure.losses] if isinstance(pulled.failure, Refused) else []


@pytest.mark.parametrize(
    ("gone", "refused"),
    [(19, False), (20, True), (60, True)],
    ids=["fewer than twenty", "twenty of sixty", "every student"],
)
def test_so_many_may_leave_in_a_night(world: NightWorld, gone: int, refused: bool) -> None:
    world.drop(*students(gone))
    assert bool(losses(world.deliver(TUESDAY + timedelta(days=1)))) is refused



def test_a_tenth_of_many_may_leave_and_no_more(world: NightWorld) -> None:
    world.people(300, school="20")
    world.deliver(TUESDAY + timedelta(days=1))
    world.drop(*students(24, "20"))
    assert not losses(world.deliver(TUESDAY + timedelta(days=2)))
    world.drop(*students(24 + 35, "20"))
    assert losses(world.deliver(TUESDAY + timedelta(days=3)))


def test_what_a_district_sets_is_what_counts(world: NightWorld) -> None:
    world.settings(roster_guard=Guard(lost_percent=50, lost_people=20))
    world.drop(*students(25))
    assert not losses(world.deliver(TUESDAY + timedelta(days=1)))


def test_one_school_of_two_is_held_against_itself(world: NightWorld) -> None:
    world.roster.facts.append(School("20", "Birch Middle"))
    world.people(8, staff=1, school="20")
    world.deliver(TUESDAY + timedelta(days=1))
    world.drop(*students(8, "20"), "t20-0")
    told = losses(world.deliver(TUESDAY + timedelta(days=2)))
    assert "8 of 8 students at Birch Middle are gone" in told
    assert "9 of 9 people at Birch Middle are gone" in told


def test_the_one_volunteer_may_leave_but_not_the_last_teacher(world: NightWorld) -> None:
    world.roster.facts += person("v", HatRole.VOLUNTEER)
    world.deliver(TUESDAY + timedelta(days=1))
    world.drop("v")
    assert not losses(world.deliver(TUESDAY + timedelta(days=2)))
    world.drop("t10-0", "t10-1", "t10-2")
    told = losses(world.deliver(TUESDAY + timedelta(days=3)))
    assert told == ["3 of 3 staff in the district are gone"]


def test_students_and_staff_that_change_places_are_seen(world: NightWorld) -> None:
    def swapped(count: int) -> list[Fact]:
        those = {PersonRef(person_id=name) for name in students(count)}
        return [
            replace(f, role=HatRole.STAFF) if isinstance(f, Hat) and f.person in those else f
            for f in world.roster.facts
        ]

    world.roster.facts = swapped(4)
    assert not losses(world.deliver(TUESDAY + timedelta(days=1)))
    world.roster.facts = swapped(9)
    told = losses(world.deliver(TUESDAY + timedelta(days=2)))
    assert told == ["5 people changed between student and staff in the district"]


def test_a_column_that_comes_empty_takes_nobody_away_and_is_refused(world: NightWorld) -> None:
    world.roster.facts = [f for f in world.roster.facts if not isinstance(f, PersonAddress)]
    told = losses(world.deliver(TUESDAY + timedelta(days=1)))
    assert told == ["63 of 63 people with a district address in the district are gone"]


def test_whoever_clears_away_last_seasons_teams_loses_nobody(world: NightWorld) -> None:
    def team(until: date) -> list[Fact]:
        soccer = Team("soc", "Soccer", "sport", season_start=date(2026, 1, 1), season_end=until)
        there = (TeamMember("soc", PersonRef(person_id=n), TeamRole.ATHLETE) for n in students(25))
        return [soccer, *there]

    people = list(world.roster.facts)
    for until, refused in ((TUESDAY + timedelta(days=1), False), (date(2026, 6, 1), True)):
        world.roster.facts = [*people, *team(until)]
        world.deliver(TUESDAY + timedelta(days=1))
        world.roster.facts = list(people)
        told = losses(world.deliver(TUESDAY + timedelta(days=2)))
        assert bool(told) is refused, told


# ---- a person's word ---------------------------------------------------------------------------


def accept(world: NightWorld, delivery: str | None = None) -> rosterguard.Refusal:
    return rosterguard.accept(
        world.place,
        "roster",
        delivery=delivery,
        by="Dana Example",
        because="the seniors have left",
        now=world.now,
    )


def test_the_next_good_delivery_is_taken_by_itself(world: NightWorld) -> None:
    whole = list(world.roster.facts)
    world.drop(*students(30))
    assert losses(world.deliver(TUESDAY + timedelta(days=1)))
    assert losses(world.deliver(TUESDAY + timedelta(days=2)))
    world.roster.facts = whole
    taken = world.deliver(TUESDAY + timedelta(days=3))
    assert taken.failure is None
    assert taken.facts


def test_a_delivery_that_was_accepted_is_taken_and_the_next_needs_no_word(world: NightWorld) -> None:
    world.drop(*students(30))
    world.deliver(TUESDAY + timedelta(days=1))
    accept(world)
    taken = world.deliver(TUESDAY + timedelta(days=2))
    assert taken.failure is None
    assert "accepted by Dana Example (the seniors have left)" in taken.remarks[0]
    assert world.deliver(TUESDAY + timedelta(days=3)).remarks == ()


def test_an_acceptance_is_about_those_who_are_gone_and_about_no_others(world: NightWorld) -> None:
    world.drop(*students(30))
    world.deliver(TUESDAY + timedelta(days=1))
    accept(world)
    world.roster.facts += person("new", HatRole.STUDENT)
    whole = list(world.roster.facts)
    world.drop(*(f"s10-{n}" for n in range(30, 55)))
    assert losses(world.deliver(TUESDAY + timedelta(days=2)))
    world.roster.facts = whole
    assert not losses(world.deliver(TUESDAY + timedelta(days=3)))


def test_who_is_accepted_as_gone_may_be_missing_from_every_other_list(world: NightWorld) -> None:
    athletes = (TeamMember("soc", PersonRef(person_id=n), TeamRole.ATHLETE) for n in students(40))
    teams = Lists(context("teams", "Teams"), [Team("soc", "Soccer", "sport"), *athletes])
    world.deliver(TUESDAY, teams)
    world.drop(*students(30))
    assert not losses(world.deliver(TUESDAY + timedelta(days=1), teams)), "only the roster is refused"
    accept(world)
    world.deliver(TUESDAY + timedelta(days=2), teams)
    assert [(one.name, one.failure) for one in world.taken] == [("roster", None), ("teams", None)]


def test_an_acceptance_ends_with_the_next_good_delivery(world: NightWorld) -> None:
    whole = list(world.roster.facts)
    world.drop(*students(30))
    few = list(world.roster.facts)
    world.deliver(TUESDAY + timedelta(days=1))
    accept(world)
    world.roster.facts = whole
    world.deliver(TUESDAY + timedelta(days=2))
    world.roster.facts = few
    assert losses(world.deliver(TUESDAY + timedelta(days=3)))


def test_only_what_was_refused_can_be_accepted(world: NightWorld) -> None:
    with pytest.raises(AuditError, match="no delivery of it is waiting"):
        accept(world)
    world.drop(*students(30))
    world.deliver(TUESDAY + timedelta(days=1))
    with pytest.raises(AuditError, match="no delivery of it is waiting"):
        accept(world, "0123456789ab")
    with world.place.ledger.read() as connection:
        (refusal,) = rosterguard.refusals(connection)
    assert accept(world, refusal.delivery).sha256 == refusal.sha256


# ---- a whole night --------------------------------------------------------------------------------


def test_a_night_goes_on_with_the_last_good_roster_and_every_page_says_so(tmp_path: Path) -> None:
    wednesday = TUESDAY + timedelta(days=1)
    with night_world(tmp_path) as world:
        world.people(60)
        world.night(TUESDAY)
        world.feed.add(mail("m1", at(wednesday), "t10-0", "s10-0"))
        world.drop(*students(30))
        night = world.night(wednesday)
        listed = audit.items(world.place)
        stated = audit.coverage(world.place, TUESDAY, wednesday)
    assert [i.student.person_id for i in listed if i.student] == ["s10-0"]
    for said in (night.coverage, stated):
        (roster,) = (s for s in said.sources if s.is_roster)
        assert roster.stale_since == TUESDAY
        assert (roster.reason or "").startswith("STALE ROSTER, as of Mar 10, 2026")
    assert night.verdict.tone is Tone.GAP
    assert "Rosters stands as of Mar 10, 2026" in night.verdict.line
    card = night.do_now[0]
    assert "30 of 60 students at Alder High are gone" in card.why
    assert (card.command or "").startswith("auditor roster accept roster --delivery ")
    assert not any(name in f"{card}" for name in ("s10-", "t10-", "@"))
