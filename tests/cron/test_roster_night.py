"""Nights with the roster from a server: what did not come whole is never taken for people who left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from benchmarks.pretend import clever, oneroster
from tests.cron.tiny_district import TinyDistrict

STUDENTS = [f"K{n:02d}" for n in range(30)]
GONE = STUDENTS[:25]
FILES = 'connector = "oneroster"\ntitle = "Rosters"\npath = "drop/oneroster"\n'
Lose = Callable[[], None]
"""Takes most students out of the server, as if they had left."""


class Served(TinyDistrict):
    """The tiny district with more students, and its roster at a server."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.users += [
            (i, "student", "Jo", f"Reyes{i}", f"{i.lower()}@d.example", "9", "") for i in STUDENTS
        ]
        self.mail("m1", "2026-11-18", "t1", ["k01"])
        self.mail("m2", "2026-11-20", "t1", ["k02"])

    def at(self, settings: str) -> None:
        file = self.folder / "district.toml"
        text = file.read_text("utf-8")
        assert text.count(FILES) == 1
        file.write_text(text.replace(FILES, f'title = "Rosters"\n{settings}'), "utf-8")

    def files(self) -> dict[str, str]:
        self.write()
        return {p.name: p.read_text("utf-8") for p in (self.folder / "drop/oneroster").iterdir()}


@contextmanager
def at_oneroster(district: Served) -> Iterator[tuple[Any, Lose]]:
    world = oneroster.world_of_files(district.files(), "1.2")
    kept = tuple(u for u in world.lists["users"] if u["sourcedId"] not in GONE)
    with oneroster.PretendOneRoster(world) as running:
        secret = running.secret_file(district.folder / "secrets")
        district.at(
            f'connector = "oneroster-api"\naddress = "{running.address}"\npage = 10\n'
            f'tokens = "{running.tokens}"\nclient = "{running.client}"\nsecret = "{secret}"\n'
        )
        yield running, partial(setattr, running, "world", world.changed("users", kept))


@contextmanager
def at_clever(district: Served) -> Iterator[tuple[Any, Lose]]:
    world = clever.World()
    world.put("schools", {"id": "s1", "name": "Alder High", "sis_id": "10"})
    for person, role, given, family, email, grade, _ in district.users:
        kind = {"principal": "staff", "guardian": "contact"}.get(role, role)
        key = "staff_id" if kind == "staff" else "sis_id"
        ties = [{"student": "S1", "type": "Primary"}] if kind == "contact" else []
        held = {key: person, "grade": grade, "schools": ["s1"], "student_relationships": ties}
        name = {"first": given, "last": family}
        world.put("users", {"id": person, "name": name, "email": email, "roles": {kind: held}})
    world.change("users", world.users["T1"])
    (first,) = world.events
    with clever.PretendClever(world) as running:
        token = running.token_file(district.folder / "secrets")
        district.at(
            f'connector = "clever"\ntoken = "{token}"\nendpoint = "{running.base}"\npage = 10\n'
        )

        def lose() -> None:
            for one in GONE:
                world.delete("users", one)

        yield running, lose
        since = [one.query.get("starting_after") for one in running.asked]
        # The first night asks from the last change there was, the next one from where it ended.
        assert since.count(first["id"]) == 2 or running.odd.counts_more


def later(system: Any) -> Any:
    """Leave a system to the longer trials: what is tried is the same for both."""
    return pytest.param(system, marks=pytest.mark.integration)


@pytest.mark.parametrize("system", [at_oneroster, later(at_clever)])
def test_a_roster_that_did_not_come_whole_stays_as_it_was(system: Any, tmp_path: Path) -> None:
    district = Served(tmp_path)
    with system(district) as (running, lose):
        code, first = district.run("nightly", "2026-11-19")
        assert code == 0, first["not_checked"]
        assert [item["rule"] for item in district.items()] == ["direct-no-adult"]
        # Most students vanish from the server while it still counts them all.
        lose()
        running.odd = type(running.odd)(counts_more=len(GONE))
        code, second = district.run("nightly", "2026-11-20")
        assert code == 3
        assert any("Rosters" in line for line in second["not_checked"])
        assert district.command("roster", "list")[1] == []
        # Written to somebody who seems to be gone, and judged by the roster of the night before.
        assert district.items()[1]["native_ids"] == ["m2@d.example"]


@pytest.mark.parametrize("system", [later(at_oneroster), at_clever])
def test_a_whole_roster_that_lost_too_many_is_refused_like_any_other(
    system: Any, tmp_path: Path
) -> None:
    district = Served(tmp_path)
    with system(district) as (_, lose):
        code, _ = district.run("nightly", "2026-11-19")
        assert code == 0
        lose()
        code, _ = district.run("nightly", "2026-11-20")
        assert code == 3
        _, (refused,) = district.command("roster", "list")
        assert district.items()[1]["native_ids"] == ["m2@d.example"]
    assert "25 of 33 students at Alder High are gone" in refused["losses"]
