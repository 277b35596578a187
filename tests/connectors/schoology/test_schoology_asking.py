"""How Schoology is asked: the header by hand, timestamps in order, and every way it can go wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.source import DayState, Denied, Page, SourceError
from benchmarks.pretend.faults import KINDS
from benchmarks.pretend.serving import Reply, Request, Server
from connectors.numbered import id_of, moment
from connectors.schoology.access import Stamps, Token, header
from tests.connectors.hurrying import QUICKLY, hurried
from tests.connectors.schoology.schoology_world import (
    ANA,
    BEN,
    Waits,
    configured,
    pull,
    schoology,
    serving,
    tokens,
)
from tests.connectors.units_world import ENDS, ONE_DAY, Read


def stamps(waits: Waits, not_before: int = 0) -> Stamps:
    return Stamps(waits.clock(), Random(1), not_before=not_before)


def test_the_header_has_its_parts_in_order_and_an_empty_token() -> None:
    written = header("k&y", "s/cret", Token("", ""), stamps(Waits()))["Authorization"]
    assert re.findall(r"(\w+)=", written) == [
        "realm", "oauth_consumer_key", "oauth_token", "oauth_nonce", "oauth_timestamp",
        "oauth_signature_method", "oauth_version", "oauth_signature",
    ]  # fmt: skip
    assert 'oauth_token=""' in written
    assert 'oauth_consumer_key="k%26y"' in written
    assert written.endswith('oauth_signature="s%252Fcret%26"')


@given(st.lists(st.integers(-10_000, 10_000), max_size=20))
def test_timestamps_never_go_back_and_no_nonce_comes_twice(steps: list[int]) -> None:
    waits = Waits()
    made = stamps(waits, not_before=int(ENDS.timestamp()) - 50)
    given = []
    for step in steps:
        waits.now = ENDS + timedelta(seconds=step)
        given.append(made.next())
    assert [one for one, _ in given] == sorted(one for one, _ in given)
    assert len({nonce for _, nonce in given}) == len(given)
    assert all(one >= int(ENDS.timestamp()) - 50 for one, _ in given)


def test_a_clock_set_back_between_nights_or_within_one_is_no_reason_to_be_refused(
    tmp_path: Path,
) -> None:
    waits = Waits()
    with serving() as running:
        folder = tokens(running, tmp_path, ANA)
        first = list(schoology(running, tmp_path, waits.clock(), tokens=folder).pull(ONE_DAY))
        marks = {mark.unit: str(mark.value) for page in first for mark in page.marks}
        waits.now = ENDS - timedelta(hours=5)
        again = pull(running, tmp_path, tokens=folder, marks=marks, clock=waits.clock())
        with pytest.raises(Denied):
            pull(running, tmp_path, tokens=folder, clock=waits.clock())
    assert again.facts == Read(first).facts


def test_the_header_goes_to_no_other_server(tmp_path: Path) -> None:
    def never(request: Request) -> Reply:
        raise AssertionError(request.path)

    with Server(never) as other:

        def away(request: Request) -> Reply:
            return Reply(b"", 303, {"Location": f"{other.address}{request.path}"})

        with Server(away) as server:
            (tmp_path / "secret").touch(0o600)
            (tmp_path / "secret").write_text("x")
            source = configured(
                tmp_path, {"key": "k", "secret": "secret", "endpoint": server.address}
            )
            (line,) = source.check()
            with pytest.raises(Denied, match="another server"):
                list(source.pull(ONE_DAY))
        assert not line.ok
        assert other.asked == []


def test_each_try_and_each_redirect_has_a_header_of_its_own(tmp_path: Path) -> None:
    with serving() as running:
        running.faults.plan("users.get", "503")
        lines = schoology(running, tmp_path, tokens=tokens(running, tmp_path, ANA)).check()
        asked = [one for one in running.asked if one.endpoint in ("users.me", "users.get")]
    assert all(line.ok for line in lines), lines
    assert len({one.request.header("Authorization") for one in asked}) == len(asked) > 4


@pytest.mark.parametrize(
    ("body", "lost"),
    [
        (b"{}", True),
        (b"[]", True),
        (b'{"update": null}', True),
        (b'{"error": "x", "total": 3}', True),
        (b'{"links": {"self": ""}}', False),
        (b'{"total": "0"}', False),
    ],
)
def test_an_answer_without_a_list_is_an_empty_one_only_if_it_says_so(
    tmp_path: Path, body: bytes, lost: bool
) -> None:
    with serving() as running:
        running.faults.say("updates.list", Reply(body), times=99)
        read = pull(running, tmp_path, messages_of=["nobody"])
    notes = [note for page in read.pages for note in page.notes if "answer of Schoology" in note.text]
    assert [note.lost for note in notes] == [lost]


def test_check_says_what_no_key_can_read_and_what_is_too_much(tmp_path: Path) -> None:
    with serving() as running:
        folder = tokens(running, tmp_path, ANA, BEN)
        running.token_file(Path(folder), "99", owner=ANA)
        lines = schoology(running, tmp_path, tokens=folder).check()
        assert not [one for one in running.asked if one.endpoint.startswith("messages")]
    told = " ".join(line.text for line in lines)
    assert "Schoology shows a district's key nobody's" in told
    assert "tokens that users granted and that are good: 2" in told
    assert "could also write" in told
    assert [line.text for line in lines if not line.ok] == [
        f"the token on file for account 99 is that of account {ANA}"
    ]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda file: file.unlink(), "there is no secret"),
        (lambda file: file.chmod(0o644), "other accounts may use the secret"),
        (lambda file: file.write_text(""), "the secret is empty"),
    ],
)
def test_a_secret_that_cannot_be_used_is_told_and_never_shown(
    change: Callable[[Path], object], told: str, tmp_path: Path
) -> None:
    with serving() as running:
        source = schoology(running, tmp_path)
        change(tmp_path / "secret")
        (line,) = source.check()
        with pytest.raises(Denied, match=told):
            list(source.pull(ONE_DAY))
    assert not line.ok
    assert told in line.text


ENDPOINTS = (
    "users.list", "users.inactive", "roles.list", "courses.list", "courses.sections", "groups.list",
    "enrollments.list", "updates.list", "comments.list", "messages.sent",
)  # fmt: skip
WHOLE = frozenset(ENDPOINTS[:6])
"""Endpoints without which nothing can be said of anybody."""


@contextmanager
def sweeping(folder: Path) -> Iterator[Callable[[str, str], str]]:
    """Yield what spoils one answer at an endpoint and says what the source made wrong of it."""
    with serving(most=2) as running:
        held = tokens(running, folder, ANA, BEN)

        def read() -> Read:
            return pull(
                running, folder, tokens=held, clock=hurried(ENDS), limits=QUICKLY
            )

        whole = read()

        def wrong(endpoint: str, kind: str) -> str:
            running.faults.clear()
            before = len(running.faults.done)
            running.faults.plan(endpoint, kind)
            try:
                said = neither_exact_nor_named(whole, read())
            except SourceError as error:
                said = "" if error.cure and endpoint in WHOLE else f"stopped: {error}"
            return said if len(running.faults.done) > before else "nothing was spoiled"

        yield wrong


def neither_exact_nor_named(whole: Read, read: Read) -> str:
    """Say so unless facts are the same, or what lacks is a unit's gap or told as lost."""
    gaps = [row for row in read.coverage.values() if row.state is DayState.MISSING]
    lost = {note for page in read.pages for note in page.notes if note.lost}
    lost -= {note for page in whole.pages for note in page.notes if note.lost}
    if not (read.messages.items() <= whole.messages.items() or lost):
        return "tells of other messages"
    return "" if read.messages == whole.messages or gaps or lost else "lacks messages silently"


OFTEN = (
    "401", "404", "410", "garbage", "empty page with token", "page token repeats", "pages overlap",
    "item twice",
)  # fmt: skip


def test_a_fault_leaves_the_same_facts_or_a_gap_with_a_name(tmp_path: Path) -> None:
    with sweeping(tmp_path) as wrong:
        for endpoint in ("users.list", "updates.list", "messages.sent"):
            assert {kind: said for kind in OFTEN if (said := wrong(endpoint, kind))} == {}


@pytest.mark.integration
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_every_fault_of_every_endpoint_does(endpoint: str, tmp_path: Path) -> None:
    with sweeping(tmp_path) as wrong:
        assert {kind: said for kind in KINDS if (said := wrong(endpoint, kind))} == {}


def test_an_interrupted_pull_and_one_more_are_as_one(tmp_path: Path) -> None:
    with serving() as running:
        folder = tokens(running, tmp_path, ANA, BEN)
        pages = schoology(running, tmp_path, tokens=folder).pull(ONE_DAY)
        first: Page = next(pages)
        again = pull(running, tmp_path, tokens=folder)
        assert pull(running, tmp_path, tokens=folder).facts == again.facts
    assert {f.native_id for f in first.facts if hasattr(f, "native_id")} <= set(again.messages)


@pytest.mark.parametrize(
    ("wrong", "begins"),
    [
        ({"key": ""}, "key"),
        ({"secret": 3}, "secret"),
        ({"endpoint": "http://api.schoology.example"}, "endpoint"),
        ({"kind": "both"}, "kind"),
        ({"person_id": "email"}, "person_id"),
        ({"roster": True}, "roster"),
        ({"roles": "Teacher"}, "roles"),
        ({"roles": [{"role": "staff"}]}, "roles"),
        ({"roles": [{"title": "T", "role": "boss"}]}, "roles"),
        ({"roles": [{"title": "T", "role": "staff"}, {"title": "t", "role": "student"}]}, "roles"),
        ({"leave_out": ["ana"]}, "leave_out"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_mistakes_in_the_settings_begin_with_the_setting(
    wrong: dict[str, object], begins: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=f"^{begins} ") as caught:
        configured(tmp_path, {"key": "k", "secret": "s", **wrong})
    assert {part.split(" ")[0] for part in str(caught.value).split("; ")} == {begins}


@given(st.one_of(st.none(), st.integers(), st.text(), st.floats(), st.booleans(), st.lists(st.none())))
def test_whatever_stands_for_a_number_or_a_moment_is_one_or_none(value: object) -> None:
    assert id_of(value) == "" or id_of(value).isdecimal()
    assert moment(value) is None or moment(value).tzinfo is not None  # type: ignore[union-attr]  # or None


