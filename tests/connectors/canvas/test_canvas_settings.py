"""The settings of ``canvas``, its token, and what ``check`` says of both."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from auditor.source import Denied, FactKind
from benchmarks.pretend.canvas import EVERYTHING
from tests.connectors.canvas.canvas_world import (
    ONE_DAY,
    canvas,
    configured,
    pull,
    serving,
    world,
)
from tests.connectors.canvas.test_canvas_inbox import PRIVATE

GOOD: dict[str, object] = {"address": "https://canvas.marlow.example", "token": "canvas-token"}
WRONG: tuple[tuple[dict[str, object], str], ...] = (
    ({"address": None}, "address must be that of your Canvas"),
    ({"address": "http://canvas.marlow.example"}, "address is not usable: the address must begin"),
    ({"token": None}, "token must name the file"),
    ({"kind": "mail"}, 'kind must be "messages" or "people"'),
    ({"account": "main"}, "account must be the number"),
    ({"ask": ["principal"]}, "ask may only name teacher, ta, designer, observer, student"),
    ({"ask": "teacher"}, "ask must be a list"),
    ({"also_ask": [7]}, "also_ask must be a list"),
    ({"leave_out": "x"}, "leave_out must be a list"),
    ({"comments": "yes"}, "comments must be true or false"),
    ({"person_id": "number"}, "person_id must be one of sis_user_id"),
    ({"classes": True}, 'classes is only for kind = "people"'),
    ({"guardians": True}, 'guardians is only for kind = "people"'),
    ({"names": 1}, "names must be true or false"),
    ({"tool": ""}, "tool must be text"),
    ({"queries_per_minute": 0}, "queries_per_minute must be a whole number from 1 to 6,000"),
)


@pytest.mark.parametrize(("settings", "words"), WRONG, ids=[words for _, words in WRONG])
def test_a_mistake_is_named_with_its_setting(
    tmp_path: Path, settings: dict[str, object], words: str
) -> None:
    given = {k: v for k, v in (GOOD | settings).items() if v is not None}
    with pytest.raises(ValueError, match=r"^[a-z_]+ ") as caught:
        configured(tmp_path, given)
    assert str(caught.value).startswith(words)


def test_the_kind_says_what_comes(tmp_path: Path) -> None:
    assert configured(tmp_path, GOOD).provides == {FactKind.MESSAGES}
    people = configured(tmp_path, {**GOOD, "kind": "people", "classes": True, "guardians": True})
    assert people.provides == {FactKind.PEOPLE, FactKind.CLASSES, FactKind.GUARDIANS}


# ---- the token -------------------------------------------------------------------------------


def test_a_token_that_others_may_read_is_refused(tmp_path: Path) -> None:
    with serving(world(PRIVATE)) as running:
        source = canvas(running, tmp_path)
        (tmp_path / "canvas-token").chmod(0o644)
        with pytest.raises(Denied, match="other accounts may use the token file"):
            list(source.pull(ONE_DAY))
        (line,) = source.check()
        assert (line.ok, "chmod 600" in str(line.cure)) == (False, True)
        assert running.asked == []


@pytest.mark.parametrize("content", ["", "\n", "two words", "tökén", "a\nb"])
def test_what_is_no_token_is_never_sent_nor_said(tmp_path: Path, content: str) -> None:
    with serving(world(PRIVATE)) as running:
        source = canvas(running, tmp_path)
        (tmp_path / "canvas-token").write_text(content, "utf-8")
        with pytest.raises(Denied, match="holds no token") as caught:
            list(source.pull(ONE_DAY))
        assert not content.strip() or content not in str(caught.value)
        assert running.asked == []


def test_without_a_token_file_the_cure_is_told(tmp_path: Path) -> None:
    (line,) = configured(tmp_path, GOOD).check()
    assert line.text == "there is no token file"
    assert str(tmp_path / "canvas-token") in str(line.cure)


def test_a_token_that_ran_out_fails_the_source(tmp_path: Path) -> None:
    with serving(world(PRIVATE)) as running:
        source = canvas(running, tmp_path)
        running.token = "1~another"
        with pytest.raises(Denied, match="401"):
            list(source.pull(ONE_DAY))
        assert [line.ok for line in source.check()] == [False]


# ---- check -----------------------------------------------------------------------------------


def check(folder: Path, permissions: frozenset[str], **settings: Any) -> tuple[list[str], list[str]]:
    """Return what is well and what is not; asks for nobody's data."""
    with serving(world(PRIVATE, permissions=permissions)) as running:
        lines = canvas(running, folder, **settings).check()
        assert {one.endpoint for one in running.asked} <= {"users.self", "permissions"}
        assert running.acted == []
    assert all(line.ok or line.cure for line in lines)
    return [one.text for one in lines if one.ok], [one.text for one in lines if not one.ok]


def test_check_says_who_we_are_and_what_is_granted(tmp_path: Path) -> None:
    well, failing = check(tmp_path, EVERYTHING)
    assert failing == []
    assert well[0] == "Canvas answers; the token is that of its user 1"
    assert "Users - act as" in well[1]


def test_check_names_what_is_missing_and_what_is_too_much(tmp_path: Path) -> None:
    _, failing = check(tmp_path, EVERYTHING - {"become_user", "view_all_grades"})
    assert failing == ["permissions not granted: Users - act as, Grades - view all grades"]
    _, failing = check(tmp_path, EVERYTHING - {"view_all_grades"}, comments=False)
    assert failing == []
    _, failing = check(tmp_path, EVERYTHING | {"manage_sis"})
    assert failing == ["the token may do more than is needed: SIS Data - manage"]
    _, failing = check(tmp_path, EVERYTHING, kind="people")
    assert failing == ["the token may do more than is needed: Users - act as"]


@pytest.mark.parametrize("kind", ["403", "503", "garbage", "login page"])
@pytest.mark.parametrize("endpoint", ["users.self", "permissions"])
def test_what_could_not_be_looked_at_is_a_fault(
    tmp_path: Path, endpoint: str, kind: str
) -> None:
    with serving(world(PRIVATE)) as running:
        running.faults.plan(endpoint, kind, times=9)
        lines = canvas(running, tmp_path).check()
    assert not lines[-1].ok
    assert lines[-1].cure


def test_no_secret_is_in_any_line_or_page(tmp_path: Path) -> None:
    with serving(world(PRIVATE)) as running:
        lines = canvas(running, tmp_path).check()
        found = pull(running, tmp_path)
    assert running.token not in f"{lines}{found.pages}"
