"""Reading mailboxes night after night: everything once, every day counted in full, gaps named."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from auditor.source import DayState, Denied, Transient
from benchmarks.pretend.google.world import PLUS
from tests.connectors.google.directory_world import NOW, account, serving
from tests.connectors.google.gmail_world import (
    COACH,
    KID,
    LEE,
    OUTSIDE,
    TEACHER,
    WEEK,
    at,
    counts,
    days_of,
    emptied,
    letter,
    marks_of,
    marlow,
    next_night,
    pull,
)
from tests.connectors.mail_world import roles

GET, LIST = "gmail.users.messages.get", "gmail.users.messages.list"
HISTORY, PROFILE = "gmail.users.history.list", "gmail.users.getProfile"


def names(read: object) -> list[str]:
    return sorted(m.native_id.partition("@")[0] for m in read.messages)  # type: ignore[attr-defined]  # facts of this source are messages


def test_what_was_sent_and_what_came_from_outside_is_read_with_its_roles(tmp_path: Path) -> None:
    world = marlow(
        (COACH, letter(COACH, "a", at(18), Cc=TEACHER.email, Bcc=LEE.email)),
        (KID, letter(KID, "b", at(19), sender=OUTSIDE)),
    )
    with serving(world) as google:
        read = pull(google, tmp_path)
    first, second = read.messages
    assert roles(first) == {
        COACH.email: "from", KID.email: "to", TEACHER.email: "cc", LEE.email: "bcc",
    }  # fmt: skip
    assert (first.native_id, first.tool, first.sent_at) == (
        "a@mail.marlow.example", "gmail", at(18),
    )  # fmt: skip
    assert roles(second) == {OUTSIDE: "from", KID.email: "to"}
    assert counts(read, COACH) == {18: 1}
    assert counts(read, KID) == {19: 1}
    assert {row.state for row in read.coverage} == {DayState.READ}
    assert len(read.coverage) == 4 * 7
    assert read.records == 2


def test_only_headers_are_asked_for_and_never_the_subject(tmp_path: Path) -> None:
    with serving(marlow((COACH, letter(COACH, "a", at(18))))) as google:
        pull(google, tmp_path)
        asked = [one for one in google.asked if one.endpoint == GET]
        assert asked
        for one in asked:
            assert one.query["format"] == "metadata"
            assert "snippet" not in one.query["fields"]
            headers = [name.lower() for name in one.query.all("metadataHeaders")]
            assert {"from", "sender", "to", "cc", "bcc", "delivered-to"} <= set(headers)
            assert "subject" not in headers


def test_without_received_only_what_was_sent_is_read(tmp_path: Path) -> None:
    world = marlow(
        (COACH, letter(COACH, "a", at(18))),
        (COACH, letter(COACH, "b", at(18), sender=OUTSIDE, to=COACH.email)),
        (KID, letter(KID, "c", at(18), sender=OUTSIDE)),
        (KID, letter(KID, "d", at(18), sender=KID.email, to=COACH.email)),
    )
    with serving(world) as google:
        assert names(pull(google, tmp_path, received=False)) == ["a", "d"]
        assert google.count(GET) == 2
        assert names(pull(google, tmp_path, received=["/Students"])) == ["a", "c", "d"]
        assert names(pull(google, tmp_path)) == ["a", "b", "c", "d"]


# ---- night after night -----------------------------------------------------------------------


def test_the_next_night_reads_what_is_new_and_counts_the_whole_days(tmp_path: Path) -> None:
    world = marlow(
        (COACH, letter(COACH, "a", at(22))),
        (COACH, letter(COACH, "b", at(23))),
        (COACH, letter(COACH, "late", at(23, 23, 30))),
        (COACH, letter(COACH, "c", at(24))),
    )
    with serving(world) as google:
        google.now = at(23, 12)
        first = pull(google, tmp_path)
        assert names(first) == ["a", "b"]
        assert counts(first, COACH) == {22: 1, 23: 1}
        google.now = at(25, 1)
        before = google.count(GET)
        second = pull(google, tmp_path, window=next_night(), marks=marks_of(first))
        assert names(second) == ["c", "late"]
        assert counts(second, COACH) == {22: 1, 23: 2, 24: 1}
        assert google.count(GET) - before == 2
        third = pull(google, tmp_path, window=next_night(nights=2), marks=marks_of(second))
        assert names(third) == []
        assert counts(third, COACH) == {22: 1, 23: 2, 24: 1}
        assert google.count(LIST) == 4


def test_what_comes_in_while_the_list_is_read_is_read_and_counted_once(tmp_path: Path) -> None:
    world = marlow(
        (COACH, letter(COACH, "a", at(22))), (COACH, letter(COACH, "b", at(23, 12, 30)))
    )
    with serving(world) as google:
        google.now = at(23, 12)

        profiles: list[object] = []

        def arrives(request: object) -> bool:
            profiles.append(request)
            if len(profiles) == 2:  # the coach's: the point is told, the list not yet asked for
                google.now = at(23, 13)
            return False

        google.faults.plan(PROFILE, "503", where=arrives)
        first = pull(google, tmp_path, threads=1)
        assert names(first) == ["a", "b"]
        second = pull(google, tmp_path, window=next_night(), marks=marks_of(first))
        assert names(second) == ["b"]
        assert counts(second, COACH) == {22: 1, 23: 1}
        third = pull(google, tmp_path, window=next_night(nights=2), marks=marks_of(second))
        assert names(third) == []
        assert counts(third, COACH) == {22: 1, 23: 1}


def test_a_history_that_is_too_old_means_the_list_again(tmp_path: Path) -> None:
    world = marlow(
        (COACH, letter(COACH, "a", at(18), )),
        (COACH, letter(COACH, "b", at(19))),
        (COACH, letter(COACH, "c", at(23))),
        edition=replace(PLUS, history_kept=timedelta(days=2)),
    )
    with serving(world) as google:
        google.now = at(18, 12)
        first = pull(google, tmp_path)
        google.now = NOW
        again = pull(google, tmp_path, window=next_night(nights=0), marks=marks_of(first))
        assert names(again) == ["c"]
        assert counts(again, COACH) == {23: 1}
        assert google.asked[-1].status == 200
        assert 404 in {one.status for one in google.asked if one.endpoint == HISTORY}


@pytest.mark.parametrize("value", ["", "{}", "nonsense", '{"version":1}', "[1]", '{"version":0}'])
def test_a_mark_that_cannot_be_read_is_no_mark(value: str, tmp_path: Path) -> None:
    with serving(marlow((COACH, letter(COACH, "a", at(18))))) as google:
        assert names(pull(google, tmp_path, marks={COACH.id: value})) == ["a"]


def test_a_point_that_gmail_never_gave_means_the_list_again(tmp_path: Path) -> None:
    with serving(marlow((COACH, letter(COACH, "a", at(18))))) as google:
        first = pull(google, tmp_path)
        google.faults.plan(HISTORY, "400", times=4)
        assert names(pull(google, tmp_path, marks=marks_of(first))) == ["a"]


def test_a_day_before_those_that_were_read_means_the_list_again(tmp_path: Path) -> None:
    world = marlow((COACH, letter(COACH, "old", at(10))), (COACH, letter(COACH, "a", at(18))))
    with serving(world) as google:
        first = pull(google, tmp_path)
        assert names(first) == ["a"]
        longer = replace(WEEK, first=WEEK.first - timedelta(days=14))
        again = pull(google, tmp_path, window=longer, marks=marks_of(first))
        assert counts(again, COACH) == {10: 1, 18: 1}


def test_reading_more_of_a_mailbox_than_before_means_the_list_again(tmp_path: Path) -> None:
    world = marlow(
        (COACH, letter(COACH, "a", at(18))),
        (COACH, letter(COACH, "b", at(18), sender=OUTSIDE, to=COACH.email)),
    )
    with serving(world) as google:
        sent = pull(google, tmp_path, received=False)
        assert names(pull(google, tmp_path, marks=marks_of(sent))) == ["a", "b"]


def test_a_list_is_left_once_it_is_before_the_days_asked_for(tmp_path: Path) -> None:
    old = [(COACH, letter(COACH, f"o{n}", at(1) + timedelta(minutes=n))) for n in range(200)]
    with serving(marlow(*old, (COACH, letter(COACH, "a", at(18))))) as google:
        assert names(pull(google, tmp_path)) == ["a"]
        assert google.count(GET) < 30


def test_a_list_that_is_not_newest_first_is_a_gap_and_not_a_quiet_week(tmp_path: Path) -> None:
    old = [letter(COACH, f"o{n}", at(1) + timedelta(minutes=n)) for n in range(60)]
    world = marlow((KID, letter(KID, "k", at(18), sender=OUTSIDE)))
    world = replace(
        world,
        mailboxes={**world.mailboxes, COACH.id: (letter(COACH, "a", at(18)), *reversed(old))},
    )
    with serving(world) as google:
        read = pull(google, tmp_path)
    assert {row.state for row in days_of(read, COACH).values()} == {DayState.MISSING}
    assert "no order of time" in (days_of(read, COACH)[18].reason or "")
    assert names(read) == ["k"]


# ---- what is left out, and what was erased ---------------------------------------------------


def test_drafts_chats_and_spam_are_left_out_and_trash_is_not(tmp_path: Path) -> None:
    world = marlow(
        (COACH, letter(COACH, "draft", at(18), labels=("DRAFT",))),
        (COACH, letter(COACH, "chat", at(18), labels=("CHAT",))),
        (COACH, letter(COACH, "bin", at(18), labels=("SENT", "TRASH"))),
        (KID, letter(KID, "spam", at(18), labels=("SPAM",))),
        (KID, letter(KID, "thrown", at(18), sender=OUTSIDE, labels=("TRASH",))),
    )
    with serving(world) as google:
        google.now = at(17)
        empty = pull(google, tmp_path)
        google.now = NOW
        for read in (pull(google, tmp_path), pull(google, tmp_path, marks=marks_of(empty))):
            assert names(read) == ["bin", "thrown"]
            assert counts(read, COACH) == {18: 1}
            said = {text.partition(" left")[0]: n for text, n in read.notes.items()}
            assert said["chat message in a mailbox"] == said["message in Spam"] == 1


def test_what_was_sent_and_erased_between_two_nights_is_told_as_lost(tmp_path: Path) -> None:
    world = marlow(
        (COACH, letter(COACH, "a", at(22))),
        (COACH, replace(letter(COACH, "gone", at(23)), purged_at=at(23, 11))),
    )
    with serving(world) as google:
        google.now = at(22, 12)
        early = replace(WEEK, last=date(2026, 11, 22), until=at(22, 9))
        first = pull(google, tmp_path, window=early)
        google.now = NOW
        second = pull(google, tmp_path, window=next_night(nights=0), marks=marks_of(first))
        google.now += timedelta(days=1)
        third = pull(google, tmp_path, window=next_night(), marks=marks_of(second))
    (lost,) = [note for note in second.all_notes if note.lost]
    assert (lost.file, lost.count) == (COACH.email, 1)
    assert lost.text == "sent and erased for good before it could be read"
    assert counts(second, COACH) == {22: 1}
    for read, last in ((second, 23), (third, 24)):  # on the 22nd it was read before the day ended
        days = {n: row.state for n, row in days_of(read, COACH).items()}
        assert {n for n, state in days.items() if state is DayState.PART} == {22, 23}
        assert max(days) == last
        assert "erased for good" in (days_of(read, COACH)[23].reason or "")


@pytest.mark.parametrize("times", [1, 2])
def test_what_a_list_names_and_gmail_does_not_give_is_asked_for_again_or_a_gap(
    times: int, tmp_path: Path
) -> None:
    copies = [(COACH, letter(COACH, f"m{day}", at(day))) for day in (19, 21, 23)]
    with serving(marlow(*copies)) as google:
        google.faults.plan("gmail.users.messages.get", "404", on=2, times=1)
        if times > 1:
            google.faults.plan("gmail.users.messages.get", "404", on=4, times=1)
        read = pull(google, tmp_path, mailboxes=["/Staff"], threads=1)
    part = [n for n, row in days_of(read, COACH).items() if row.state is DayState.PART]
    lost = [note.count for note in read.all_notes if note.lost]
    if times == 1:
        assert (sorted(names(read)), part, lost) == (["m19", "m21", "m23"], [], [])
    else:
        assert (sorted(names(read)), part, lost) == (["m19", "m23"], [19, 20, 21, 22, 23], [1])


def test_what_was_read_and_erased_later_still_counts(tmp_path: Path) -> None:
    world = marlow(
        (COACH, letter(COACH, "a", at(22))), edition=replace(PLUS, history_kept=timedelta(0))
    )
    with serving(world) as google:
        first = pull(google, tmp_path)
        google.world = emptied(world, COACH, purged_at=at(23, 20))
        second = pull(google, tmp_path, window=next_night(nights=0), marks=marks_of(first))
    assert counts(second, COACH) == {22: 1}


# ---- mailboxes that cannot be read -----------------------------------------------------------


def test_accounts_that_nobody_can_read_are_named_unless_they_are_left_out(tmp_path: Path) -> None:
    users = (
        account("sue.spend", suspended_at=at(19)),
        account("art.chive", archived_at=at(19)),
        account("nick.none", has_mailbox=False),
        account("old.timer", suspended_at=at(1)),
        account("out.sider", "/Elsewhere"),
        account("fay.former", "/Staff/Former", suspended_at=at(19)),
    )
    leave_out = ["/Staff/Former", "NICK.none@marlow.example"]
    with serving(marlow((COACH, letter(COACH, "a", at(18))), users=users)) as google:
        read = pull(google, tmp_path)
        less = pull(google, tmp_path, leave_out=leave_out)
    gaps = {row.unit: row.reason for row in read.coverage if row.state is DayState.MISSING}
    assert {name and name.split("@")[0] for name in gaps} == {
        "sue.spend", "art.chive", "nick.none", "fay.former",
    }  # fmt: skip
    assert "suspended" in (gaps["sue.spend@marlow.example"] or "")
    assert "archived" in (gaps["art.chive@marlow.example"] or "")
    assert {row.records for row in read.coverage if row.state is DayState.MISSING} == {None}
    assert all(len(days_of(read, unit)) == 7 for unit in gaps if unit)
    gaps = {row.unit: row.reason for row in less.coverage if row.state is DayState.MISSING}
    assert set(gaps) == {"sue.spend@marlow.example", "art.chive@marlow.example"}
    assert names(read) == ["a"]


def test_a_unit_without_any_account_is_a_gap(tmp_path: Path) -> None:
    with serving(marlow((COACH, letter(COACH, "a", at(18))))) as google:
        read = pull(google, tmp_path, mailboxes=["/Staff", "/Staf"])
    assert {row.state for row in days_of(read, "/Staf").values()} == {DayState.MISSING}
    assert names(read) == ["a"]


def test_nobody_delegated_stops_the_source(tmp_path: Path) -> None:
    with serving(marlow()) as google:
        google.delegated.discard("https://www.googleapis.com/auth/gmail.metadata")
        with pytest.raises(Denied, match="may not act"):
            pull(google, tmp_path)


def test_what_is_refused_for_every_mailbox_stops_the_source(tmp_path: Path) -> None:
    with serving(marlow((COACH, letter(COACH, "a", at(18))))) as google:
        google.faults.plan("gmail.*", "403", times=1_000)
        with pytest.raises(Denied, match="403"):
            pull(google, tmp_path)


def test_no_answer_for_every_mailbox_stops_the_source(tmp_path: Path) -> None:
    with serving(marlow((COACH, letter(COACH, "a", at(18))))) as google:
        google.faults.plan("gmail.*", "503", times=1_000)
        with pytest.raises(Transient):
            pull(google, tmp_path)
        assert google.count(PROFILE) == 4 * 6


def test_the_units_of_a_day_are_not_overdrawn(tmp_path: Path) -> None:
    world = marlow((COACH, letter(COACH, "a", at(18))), (KID, letter(KID, "k", at(19), OUTSIDE)))
    with serving(world) as google:
        with pytest.raises(Denied, match="every night") as caught:
            pull(google, tmp_path, units_per_day=3_000)
        assert "first_tier" in caught.value.cure
        read = pull(google, tmp_path, units_per_day=15_000)
        missing = {row.unit for row in read.coverage if row.state is DayState.MISSING}
        assert len(missing) == 2
        reasons = {row.reason for row in read.coverage if row.state is DayState.MISSING}
        assert all("another night" in (reason or "") for reason in reasons)
        later = pull(google, tmp_path, units_per_day=15_000, marks=marks_of(read))
        assert {row.state for row in later.coverage} == {DayState.READ}


def test_what_takes_more_units_than_was_expected_stops_at_the_days_end(tmp_path: Path) -> None:
    many = [(TEACHER, letter(TEACHER, f"m{n}", at(23), TEACHER.email)) for n in range(190)]
    day = replace(WEEK, first=WEEK.last)
    with serving(marlow(*many)) as google:
        read = pull(google, tmp_path, window=day, units_per_day=3_500, threads=1)
    assert counts(read, TEACHER) == {23: 190}
    missing = {row.unit for row in read.coverage if row.state is DayState.MISSING}
    assert missing == {COACH.email, KID.email, LEE.email}


def test_google_that_falls_silent_is_not_waited_for_mailbox_after_mailbox(tmp_path: Path) -> None:
    users = [account(f"t{n:02d}.ash", "/Crowd") for n in range(30)]
    with serving(marlow(users=users)) as google:
        google.faults.plan(PROFILE, "503", on=2, times=1_000)
        read = pull(google, tmp_path, mailboxes=["/Crowd"], threads=1)
        assert google.count(PROFILE) == 1 + 20 * 6
    states = [days_of(read, user)[18].state for user in users]
    assert states == [DayState.READ, *[DayState.MISSING] * 29]


def test_progress_is_told_mailbox_by_mailbox(tmp_path: Path) -> None:
    told: list[tuple[int, int, str]] = []
    with serving(marlow()) as google:
        pull(google, tmp_path, progress=lambda *said: told.append(said))
    assert told == [(n, 4, "mailboxes") for n in (1, 2, 3, 4)]


def test_any_number_of_threads_gives_the_same_pages(tmp_path: Path) -> None:
    copies = [
        (owner, letter(owner, f"{owner.given}{n}", at(18) + timedelta(hours=n), owner.email))
        for owner in (COACH, TEACHER, KID, LEE)
        for n in range(5)
    ]
    with serving(marlow(*copies)) as google:
        one = pull(google, tmp_path, threads=1)
        assert len(one.messages) == 20
        assert pull(google, tmp_path, threads=8).pages == one.pages
