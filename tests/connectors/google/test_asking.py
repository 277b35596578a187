"""Asking Google: the right user's answer and no other's, patience, and refusals with their cure."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import httplib2
import pytest

from auditor.source import Denied, Malformed, SourceError, Transient
from benchmarks.district import Sizes, make_district
from benchmarks.pretend.google import ADMIN, SCOPE, PretendGoogle, World, world_of
from connectors.answers import Expired, Found, Gone
from connectors.google.access import full_scope
from connectors.google.asking import Api, Asking, Google
from connectors.google.refusals import NotDelegated, NotThere
from connectors.google.scopes import TOO_WIDE, check_scopes
from connectors.pool import in_threads
from tests.connectors.google.asking_world import asking

USERS = "admin.directory.user.readonly"
GMAIL = "gmail.metadata"


@pytest.fixture(scope="module")
def world() -> World:
    return world_of(make_district(Sizes(1, 45, 450, 2), seed=7, end=date(2026, 11, 22)))


@pytest.fixture
def google(world: World) -> Iterator[PretendGoogle]:
    with PretendGoogle(world) as running:
        yield running
        assert running.mistakes == []


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def another(google: PretendGoogle, tmp_path: Path, slept: list[float]) -> Iterator[Callable[[], Google]]:
    """What asks the pretended Google, with nothing remembered."""
    made: list[Google] = []

    def make() -> Google:
        made.append(asking(google, tmp_path, slept))
        return made[-1]

    yield make
    for one in made:
        one.close()


@pytest.fixture
def ask(another: Callable[[], Google]) -> Google:
    return another()


def users(directory: Any, mark: str | None) -> Any:
    return directory.users().list(
        customer="my_customer", maxResults=100, pageToken=mark, fields="nextPageToken,users(id)"
    )


def all_users(admin: Asking) -> list[str]:
    return [one["id"] for one in admin.records(Api.DIRECTORY, users, items="users")]


def profile(gmail: Any) -> Any:
    return gmail.users().getProfile(userId="me")


def mailboxes(world: World) -> list[str]:
    return [u.email for u in world.users if u.has_mailbox and not u.suspended_at and not u.deleted_at]


# ---- one connection to a thread ----------------------------------------------------------------


def wrong_answers(ask: Google, boxes: list[str]) -> list[str]:
    """Return the mailboxes that were told another's profile, asked by 16 threads at once."""

    def own(mailbox: str) -> bool:
        answer = ask.user(mailbox, (GMAIL,)).get(Api.GMAIL, profile)
        return isinstance(answer, dict) and answer["emailAddress"] == mailbox

    return [box for box, right in in_threads(boxes, own, threads=16) if not right]


def test_no_mailbox_is_ever_told_what_is_anothers(ask: Google, world: World) -> None:
    assert wrong_answers(ask, mailboxes(world)[:60] * 2) == []


def test_that_test_would_see_answers_that_are_anothers(
    ask: Google, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = mailboxes(world)[:2]
    honest = Google.user
    monkeypatch.setattr(Google, "user", lambda self, box, scopes: honest(self, first, scopes))
    assert wrong_answers(ask, [first, second]) == [second]


def test_a_mailbox_has_one_token_however_often_it_is_asked(
    ask: Google, google: PretendGoogle, world: World
) -> None:
    one = ask.user(mailboxes(world)[0], (GMAIL,))
    for _ in range(20):
        one.get(Api.GMAIL, profile)
    assert google.count("oauth.token") == 1


# ---- patience ----------------------------------------------------------------------------------

PASSES = (
    "429", "429 retry after", "500", "502", "503", "503 retry after", "403 rateLimitExceeded",
    "403 userRateLimitExceeded", "403 quotaExceeded", "connection reset", "body cut", "garbage",
    "no answer", "body drips",
)  # fmt: skip


@pytest.mark.parametrize("kind", PASSES)
def test_what_passes_by_itself_loses_and_doubles_nothing(
    kind: str, ask: Google, google: PretendGoogle, world: World, slept: list[float]
) -> None:
    google.faults.plan("directory.users.list", kind, on=2)
    found = all_users(ask.admin((USERS,)))
    assert google.faults.done
    assert len(found) == len(set(found)) == len(world.users)
    assert len(slept) == 1
    assert [note.text for note in ask.notes()] == ["answer that had to be asked for again"]


@pytest.mark.parametrize("kind", ["empty page with token", "pages overlap", "item twice", "400"])
def test_odd_pages_lose_nothing(kind: str, ask: Google, google: PretendGoogle, world: World) -> None:
    google.faults.plan("directory.users.list", kind, on=2)
    assert len(set(all_users(ask.admin((USERS,))))) == len(world.users)
    assert google.faults.done


def test_retry_after_is_waited_for(ask: Google, google: PretendGoogle, slept: list[float]) -> None:
    google.faults.plan("directory.users.list", "429 retry after", on=1)
    all_users(ask.admin((USERS,)))
    (waited,) = slept
    assert waited >= 2


def test_a_token_that_is_not_to_be_had_now_is_waited_for_by_our_own_clock(
    ask: Google, google: PretendGoogle, slept: list[float]
) -> None:
    google.faults.plan("oauth.token", "503 retry after", times=2)
    assert all_users(ask.admin((USERS,)))
    assert [seconds >= 7 for seconds in slept] == [True, True]
    assert google.count("oauth.token") == 3


@pytest.mark.parametrize("kind", ["garbage", "login page"])
def test_what_is_no_token_is_not_taken_for_one(
    kind: str, ask: Google, google: PretendGoogle
) -> None:
    google.faults.plan("oauth.token", kind, times=9)
    with pytest.raises(Malformed, match="damaged"):
        all_users(ask.admin((USERS,)))


@pytest.mark.parametrize(("kind", "on"), [("404", 1), ("404", 2), ("410", 1)])
def test_a_list_that_is_always_there_is_never_an_empty_one(
    kind: str, on: int, ask: Google, google: PretendGoogle
) -> None:
    google.in_small_pages(2)
    google.faults.plan("directory.users.list", kind, on=on)
    with pytest.raises(Transient, match="not there"):
        all_users(ask.admin((USERS,)))


@pytest.mark.parametrize(
    ("kind", "error"),
    [("503", Transient), ("connection reset", Transient), ("garbage", Malformed)],
)
def test_what_does_not_pass_is_said_after_a_few_tries(
    kind: str, error: type[SourceError], ask: Google, google: PretendGoogle
) -> None:
    google.faults.plan("directory.users.list", kind, on=1, times=99)
    with pytest.raises(error, match="3 times in a row"):
        all_users(ask.admin((USERS,)))


def test_a_page_mark_that_repeats_ends(ask: Google, google: PretendGoogle) -> None:
    google.faults.plan("directory.users.list", "page token repeats", on=2, times=99)
    with pytest.raises(Malformed, match="came again"):
        all_users(ask.admin((USERS,)))


def test_a_token_that_ran_out_is_renewed_once(ask: Google, google: PretendGoogle, world: World) -> None:
    google.faults.plan("directory.users.list", "401", on=2)
    assert len(all_users(ask.admin((USERS,)))) == len(world.users)
    assert google.count("oauth.token") == 2


def test_what_is_not_there_and_what_is_no_longer_good(ask: Google, google: PretendGoogle) -> None:
    def gone(directory: Any) -> Any:
        return directory.users().get(userKey="nobody@marlow.example")

    assert ask.admin((USERS,)).ask(Api.DIRECTORY, gone) == Gone()
    google.faults.plan("directory.users.list", "410", on=1)
    answer = ask.admin((USERS,)).ask(Api.DIRECTORY, lambda api: users(api, None))
    assert answer == Expired()
    assert isinstance(ask.admin((USERS,)).ask(Api.DIRECTORY, lambda api: users(api, None)), Found)


# ---- refusals ----------------------------------------------------------------------------------


def test_a_scope_that_is_not_delegated(ask: Google, google: PretendGoogle) -> None:
    google.delegated.discard(SCOPE + USERS)
    with pytest.raises(NotDelegated, match="Domain-wide delegation"):
        all_users(ask.admin((USERS,)))


def test_a_user_who_is_not_there(ask: Google) -> None:
    with pytest.raises(NotThere, match="suspended or deleted"):
        ask.user("nobody@marlow.example", (GMAIL,)).get(Api.GMAIL, profile)


@pytest.mark.parametrize("kind", ["403", "401", "login page"])
def test_what_is_not_allowed(kind: str, ask: Google, google: PretendGoogle) -> None:
    google.faults.plan("directory.users.list", kind, on=1, times=99)
    with pytest.raises(Denied):
        all_users(ask.admin((USERS,)))


def test_nothing_of_an_address_reaches_the_log_or_an_error(
    ask: Google, google: PretendGoogle, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    google.faults.plan("gmail.users.getProfile", "503", on=1, times=99)
    with pytest.raises(Transient) as told:
        ask.user(ADMIN, (GMAIL,)).get(Api.GMAIL, profile)
    said = str(told.value) + caplog.text
    assert "@" not in said
    assert google.base not in said


# ---- keys and scopes ---------------------------------------------------------------------------


def test_a_key_that_others_may_read_is_refused(ask: Google, google: PretendGoogle) -> None:
    assert ask.access.key is not None
    ask.access.key.chmod(0o640)
    with pytest.raises(Denied, match="chmod 600"):
        all_users(ask.admin((USERS,)))
    assert google.asked == []


@pytest.mark.parametrize("text", ["[" * 100_000, '{"type": "service_account", "token_uri": ["x"]}', "\xff"])
def test_a_file_that_is_no_key_is_refused(text: str, ask: Google, google: PretendGoogle) -> None:
    assert ask.access.key is not None
    ask.access.key.write_text(text)
    with pytest.raises(Denied):
        all_users(ask.admin((USERS,)))
    assert google.asked == []


def test_a_key_that_would_take_our_tokens_elsewhere_is_refused(ask: Google, google: PretendGoogle) -> None:
    assert ask.access.key is not None
    text = ask.access.key.read_text()
    ask.access.key.write_text(text.replace(f"{google.base}/token", "https://elsewhere.example/token"))
    with pytest.raises(Denied, match="another place"):
        all_users(ask.admin((USERS,)))


def test_scopes_are_told_as_they_are(
    ask: Google, another: Callable[[], Google], google: PretendGoogle
) -> None:
    needed = (USERS, "admin.directory.group.readonly")
    google.delegated.clear()
    google.delegated.update(map(full_scope, needed))
    assert [line.ok for line in check_scopes(ask, ADMIN, needed)] == [True]
    google.delegated.discard(SCOPE + USERS)
    (line,) = check_scopes(another(), ADMIN, needed)
    assert not line.ok
    assert "1 of 2 scopes" in line.text
    assert SCOPE + USERS in (line.cure or "")


@pytest.mark.parametrize("wide", [*TOO_WIDE, "gmail.send", "gmail.settings.basic"])
def test_a_wider_scope_is_refused(wide: str, ask: Google, google: PretendGoogle) -> None:
    google.delegated.clear()
    google.delegated.update({full_scope(GMAIL), full_scope(wide)})
    lines = list(check_scopes(ask, ADMIN, (GMAIL,)))
    assert [line.ok for line in lines] == [True, False]
    assert full_scope(wide) in lines[1].text


def test_what_sends_must_not_read(ask: Google, google: PretendGoogle) -> None:
    google.delegated.clear()
    google.delegated.update({full_scope("gmail.send"), full_scope(GMAIL)})
    lines = list(check_scopes(ask, ADMIN, ("gmail.send",)))
    assert [line.ok for line in lines] == [True, False]


def test_threads_have_connections_of_their_own(ask: Google) -> None:
    found: list[httplib2.Http] = []
    threads = [threading.Thread(target=lambda: found.append(ask.connection())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(http) for http in [*found, ask.connection()]}) == 5
