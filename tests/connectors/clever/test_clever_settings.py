"""The settings of a roster at Clever, and what `auditor check` says of the token and the district."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from auditor.source import CheckResult, Denied
from benchmarks.pretend.clever import Oddities
from tests.connectors.clever.clever_world import configured, pull, serving, source
from tests.connectors.roster_world import WINDOW

WRONG: tuple[tuple[str, Mapping[str, object], str], ...] = (
    ("no token", {"token": None}, "token must name the file"),
    ("blank", {"token": ""}, "token must be text in quotes"),
    ("endpoint", {"endpoint": "http://api.example.org"}, "endpoint is not usable"),
    ("guardians", {"guardians": ["Teacher"]}, "guardians must list some of: Parent/Guardian"),
    ("list", {"guardians": "Primary"}, "guardians must be a list"),
    ("events", {"events": "yes"}, "events must be true or false"),
    ("page", {"page": 10_001}, "page must be a whole number from 1 to 10,000"),
)


@pytest.mark.parametrize(("more", "words"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_a_mistake_is_named_with_its_setting(
    tmp_path: Path, more: Mapping[str, object], words: str
) -> None:
    settings = {n: v for n, v in {"token": "secrets/clever", **more}.items() if v is not None}
    with pytest.raises(ValueError, match="^" + words.partition(" ")[0]) as caught:
        configured(tmp_path, settings)
    assert words in str(caught.value)
    assert "; " not in str(caught.value)


def check(tmp_path: Path, odd: Oddities, **more: object) -> list[CheckResult]:
    with serving(odd=odd) as running:
        results = source(running, tmp_path, None, **more).check()
        assert {one.endpoint for one in running.asked} <= {"districts", "events"}
    return results


def test_check_says_whose_roster_it_is_and_asks_for_nobody(tmp_path: Path) -> None:
    whose, log = check(tmp_path, Oddities())
    assert whose == CheckResult(True, "the token opens Marlow Public Schools")
    assert log.ok
    assert len(check(tmp_path, Oddities(), events=False)) == 1


@pytest.mark.parametrize(
    ("odd", "words"),
    [
        (Oddities(state="paused"), "is paused: the roster may be old"),
        (Oddities(state="error"), "is error: the roster may be old"),
        (Oddities(synced="2026-11-20T04:30:00.000Z"), "last read the student system on 2026-11-20"),
        (Oddities(events=False), "shows no log of changes"),
        (Oddities(districts=2), "opens 2 districts"),
        (Oddities(districts=0), "opens 0 districts"),
    ],
)
def test_check_says_what_is_wrong_with_the_cure(odd: Oddities, words: str, tmp_path: Path) -> None:
    (wrong,) = [result for result in check(tmp_path, odd) if not result.ok]
    assert words in wrong.text
    assert wrong.cure


@pytest.mark.parametrize("synced", [None, "yesterday", "2026-11-20"])
def test_a_time_that_is_not_told_is_not_known(synced: str | None, tmp_path: Path) -> None:
    assert all(result.ok for result in check(tmp_path, Oddities(synced=synced)))


def test_a_roster_that_may_be_old_is_read_and_said(tmp_path: Path) -> None:
    with serving(odd=Oddities(state="paused")) as running:
        assert pull(running, tmp_path).note("is paused").lost
        running.odd.state, running.odd.synced = "running", "2026-11-20T04:30:00.000Z"
        assert not pull(running, tmp_path).note("last read the student system").lost


def test_a_token_for_more_than_one_district_is_refused(tmp_path: Path) -> None:
    with serving(odd=Oddities(districts=2)) as running, pytest.raises(Denied, match="2 districts"):
        pull(running, tmp_path)


def test_a_token_that_others_may_read_is_refused(tmp_path: Path) -> None:
    with serving() as running:
        clever = source(running, tmp_path)
        (tmp_path / "clever-token").chmod(0o640)
        with pytest.raises(Denied, match="other accounts may use the token"):
            list(clever.pull(WINDOW))
        assert running.asked == []
        (tmp_path / "clever-token").unlink()
        assert "there is no token" in clever.check()[0].text


def test_a_wrong_token_is_denied_and_shown_nowhere(tmp_path: Path) -> None:
    with serving() as running:
        clever = source(running, tmp_path)
        (tmp_path / "clever-token").write_text("another-token")
        with pytest.raises(Denied, match="401") as caught:
            list(clever.pull(WINDOW))
        assert "another-token" not in str(caught.value) + repr(clever.check())
