"""A check that would suddenly list a large share of all staff: held back until a person has looked."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cron.tiny_district import TinyDistrict

DAY, NEXT = "2026-11-17", "2026-11-18"
RULE = "direct-no-adult"
TEACHERS = [f"x{n}" for n in range(24)]


@pytest.fixture
def crowded(tmp_path: Path) -> TinyDistrict:
    """A district in which two dozen teachers write to one student each, on one day."""
    district = TinyDistrict(tmp_path)
    district.settings("[breaker]\nstaff_percent = 25\nstaff_people = 20\n")
    district.users += [
        (name.upper(), "teacher", "Xenia", f"Number{name}", f"{name}@d.example", "", "")
        for name in TEACHERS
    ]
    return district


def write(district: TinyDistrict, day: str, teachers: list[str]) -> None:
    for name in teachers:
        district.mail(f"{name}-{day}", day, name, ["s1"])


def adults(district: TinyDistrict) -> set[str]:
    return {item["adult"].rpartition(" ")[2] for item in district.items() if item["rule"] == RULE}


def test_it_lists_nobody_and_every_page_says_so(crowded: TinyDistrict) -> None:
    write(crowded, DAY, TEACHERS)
    code, document = crowded.run("nightly", DAY)
    assert code == 3
    assert adults(crowded) == set()
    page = crowded.page(document)
    (check,) = (one for one in page["rules"] if one["rule"] == RULE)
    assert check["hits"] is None
    assert check["reason"] == "it would have listed 24 more of 27 members of staff at once"
    (card,) = (one for one in page["do_now"] if "so many people" in one["what"])
    assert card["command"].startswith(f"auditor breaker release {RULE} ")
    assert any("was not checked: it would have listed 24" in gap for gap in page["coverage"]["gaps"])


def test_other_checks_and_items_on_record_stand(crowded: TinyDistrict) -> None:
    write(crowded, DAY, TEACHERS[:5])
    crowded.run("nightly", DAY)
    listed = {name.upper() for name in TEACHERS[:5]}
    assert adults(crowded) == listed
    write(crowded, NEXT, [*TEACHERS, "t1", "t2"])
    code, _ = crowded.run("nightly", NEXT)
    assert code == 3
    assert adults(crowded) == listed
    assert crowded.command("verify")[0] == 0


def test_so_many_and_no_more_may_be_listed_in_one_night(crowded: TinyDistrict) -> None:
    write(crowded, DAY, TEACHERS[:20])
    assert crowded.run("nightly", DAY)[0] == 0
    assert len(adults(crowded)) == 20
    write(crowded, NEXT, TEACHERS)
    assert crowded.run("nightly", NEXT)[0] == 0
    assert len(adults(crowded)) == 24


def test_released_it_lists_them_and_stays_on_record(crowded: TinyDistrict) -> None:
    write(crowded, DAY, TEACHERS)
    crowded.run("nightly", DAY)
    crowded.run("nightly", NEXT)
    said = ("--by", "Dana Example", "--because", "a new club writes to each member")
    code, released = crowded.command("breaker", "release", RULE, *said)
    assert (code, released["adults"], released["staff"]) == (0, 24, 27)
    assert crowded.run("nightly", NEXT)[0] == 0
    assert adults(crowded) == {name.upper() for name in TEACHERS}
    (trip,) = crowded.command("breaker", "list")[1]
    assert (trip["released_by"], trip["because"]) == ("Dana Example", said[3])
    assert crowded.command("verify")[0] == 0


def test_the_settings_say_how_many_are_too_many(crowded: TinyDistrict) -> None:
    write(crowded, DAY, TEACHERS)
    crowded.run("nightly", DAY)
    crowded.settings("[breaker]\nstaff_percent = 90\n")
    assert crowded.run("nightly", NEXT)[0] == 0
    assert len(adults(crowded)) == 24


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("release", RULE, "--by", " ", "--because", "x"), "it is empty"),
        (("release", RULE, "--by", "Dana", "--because", "x"), "nothing was ever held back here"),
    ],
)
def test_a_release_needs_words_and_something_held_back(
    words: tuple[str, ...], said: str, crowded: TinyDistrict
) -> None:
    code, document = crowded.command("breaker", *words)
    assert code != 0
    assert said in json.dumps(document)
    crowded.run("nightly", DAY)
    code, document = crowded.command("breaker", *words)
    assert code != 0
    assert crowded.command("breaker", "list") == (0, [])
