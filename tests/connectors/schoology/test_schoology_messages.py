"""Private messages by token and posts by place: who wrote to whom, and who could not be read."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from auditor.model import Channel
from auditor.source import DayState, Denied
from benchmarks.pretend.schoology import Sent
from connectors.schoology.night import NO_TOKEN_GIVEN
from connectors.schoology.sent import OTHERS, UNKNOWN
from tests.connectors.schoology.schoology_world import (
    ANA,
    BEN,
    KIT,
    WORLD,
    pull,
    schoology,
    serving,
    tokens,
)
from tests.connectors.units_world import CANARY, NOON, ONE_DAY, people

AT = int(NOON.timestamp())


def test_what_a_user_sent_is_read_with_that_users_token(tmp_path: Path) -> None:
    with serving() as running:
        read = pull(running, tmp_path, tokens=tokens(running, tmp_path, ANA), posts=False)
    assert set(read.messages) == {f"701/{AT}", f"702/{AT + 3600}"}
    message = read.messages[f"702/{AT + 3600}"]
    assert message.channel is Channel.LMS_MESSAGE
    assert message.sent_at == NOON + timedelta(hours=1)
    assert message.thread == "schoology/702"
    assert not message.recipients_hidden
    assert people(message) == {"T-1": "from", "S-1": "to", "T-2": "to"}


def test_whoever_granted_no_token_is_a_gap_by_name(tmp_path: Path) -> None:
    with serving() as running:
        read = pull(running, tmp_path, tokens=tokens(running, tmp_path, ANA), posts=False)
    rows = read.coverage
    assert set(rows) == {None, "ana.reyes@marlow.example", "ben.ode@marlow.example"}
    assert (rows["ana.reyes@marlow.example"].state, rows["ana.reyes@marlow.example"].records) == (
        DayState.READ,
        2,
    )
    gap = rows["ben.ode@marlow.example"]
    assert (gap.state, gap.records, gap.reason) == (DayState.MISSING, None, NO_TOKEN_GIVEN)


def test_two_users_with_one_address_are_two_gaps(tmp_path: Path) -> None:
    office = "office@marlow.example"
    users = [replace(one, email=office) if one.uid in (ANA, BEN) else one for one in WORLD.users]
    with serving(replace(WORLD, users=tuple(users))) as running:
        read = pull(running, tmp_path, posts=False)
    assert set(read.coverage) == {None, f"{office} (schoology:11)", f"{office} (schoology:12)"}


def test_without_any_token_everybody_planned_is_a_gap(tmp_path: Path) -> None:
    with serving() as running:
        read = pull(running, tmp_path, posts=False, messages_of=["Teacher"], leave_out=[BEN])
    assert set(read.coverage) == {None, "ana.reyes@marlow.example"}
    assert read.messages == {}


def test_a_token_is_used_whoever_granted_it_and_by_whomever_it_is_refused(tmp_path: Path) -> None:
    with serving() as running:
        folder = tokens(running, tmp_path, ANA, KIT)
        running.grants.tokens.clear()
        running.token_file(Path(folder), KIT)
        read = pull(running, tmp_path, tokens=folder, posts=False)
    assert read.coverage["kit.lowe@marlow.example"].state is DayState.READ
    gap = read.coverage["ana.reyes@marlow.example"]
    assert gap.state is DayState.MISSING
    assert "not read: the server answered 401" in str(gap.reason)


def test_a_token_file_that_others_may_read_is_a_gap_of_that_user(tmp_path: Path) -> None:
    with serving() as running:
        folder = Path(tokens(running, tmp_path, ANA, BEN))
        (folder / ANA).chmod(0o644)
        (folder / "notes.txt").write_text("not a token")
        read = pull(running, tmp_path, tokens=str(folder), posts=False)
    assert read.coverage["ana.reyes@marlow.example"].state is DayState.MISSING
    assert read.coverage["ben.ode@marlow.example"].records == 1


@pytest.mark.parametrize("sent", [WORLD.sent, ()])
def test_a_token_filed_under_another_number_accuses_nobody_and_reads_nothing(
    sent: tuple[Sent, ...], tmp_path: Path
) -> None:
    with serving(replace(WORLD, sent=sent)) as running:
        running.token_file(tmp_path / "tokens", BEN, owner=ANA)
        read = pull(running, tmp_path, tokens=str(tmp_path / "tokens"), posts=False)
    assert read.messages == {}
    gap = read.coverage["ben.ode@marlow.example"]
    assert gap.state is DayState.MISSING
    assert "another user's, that of account 11: have the user grant a new one" in str(gap.reason)


def test_a_token_of_which_schoology_does_not_say_whose_it_is_reads_nothing(tmp_path: Path) -> None:
    with serving() as running:
        folder = tokens(running, tmp_path, ANA)
        running.faults.plan("users.me", "404", on=1)
        read = pull(running, tmp_path, tokens=folder, posts=False)
    assert read.messages == {}
    assert "of nobody Schoology names" in str(read.coverage["ana.reyes@marlow.example"].reason)


def test_an_answer_in_the_same_thread_another_night_is_another_message(tmp_path: Path) -> None:
    later = Sent("701", ANA, (KIT,), NOON + timedelta(hours=3))
    with serving(replace(WORLD, sent=(*WORLD.sent, later))) as running:
        folder = tokens(running, tmp_path, ANA)
        running.now = NOON + timedelta(hours=2)
        first = pull(running, tmp_path, tokens=folder, posts=False)
        running.now = WORLD.ends
        second = pull(running, tmp_path, tokens=folder, posts=False)
    assert f"701/{AT}" in first.messages
    assert f"701/{AT + 3 * 3600}" in second.messages
    assert first.messages[f"701/{AT}"].thread == second.messages[f"701/{AT + 10800}"].thread


def test_recipients_whom_the_school_does_not_list_are_not_known(tmp_path: Path) -> None:
    odd = (Sent("705", ANA, ("99", KIT), NOON), Sent("706", ANA, (), NOON))
    with serving(replace(WORLD, sent=odd)) as running:
        read = pull(running, tmp_path, tokens=tokens(running, tmp_path, ANA), posts=False)
    assert all(message.recipients_hidden for message in read.messages.values())
    assert people(read.messages[f"705/{AT}"]) == {"T-1": "from", "S-1": "to"}
    assert read.notes[UNKNOWN] == 1
    assert OTHERS not in read.notes


def test_posts_are_seen_by_everybody_in_the_section_or_group(tmp_path: Path) -> None:
    with serving() as running:
        read = pull(running, tmp_path, leave_out=[ANA, BEN])
    assert set(read.messages) == {
        "sections/101/updates/501",
        "sections/101/updates/501/comments/601",
        "sections/101/updates/502/comments/602",
        "groups/201/updates/504",
    }
    post = read.messages["sections/101/updates/501"]
    assert people(post) == {"T-1": "from", "S-1": "member", "S-2": "member"}
    assert post.channel is Channel.ANNOUNCEMENT
    assert post.recipients_hidden, "account 99 is nobody the school lists"
    comment = read.messages["sections/101/updates/501/comments/601"]
    assert comment.channel is Channel.LMS_COMMENT
    assert people(comment) == {"S-1": "from", "T-1": "member", "S-2": "member"}
    assert comment.thread == post.thread
    club = read.messages["groups/201/updates/504"]
    assert people(club) == {"T-2": "from", "S-2": "member"}
    assert (club.container, club.recipients_hidden) == ("schoology-group:201", False)
    assert read.coverage[None].records == 4


def test_a_section_that_cannot_be_read_is_a_gap_and_the_others_are_read(tmp_path: Path) -> None:
    with serving() as running:
        running.hidden = {"sections/101/updates"}
        read = pull(running, tmp_path, leave_out=[ANA, BEN])
    assert read.coverage["section 101"].state is DayState.MISSING
    assert set(read.messages) == {"groups/201/updates/504"}


def test_a_personal_key_is_refused_for_all_with_the_cure(tmp_path: Path) -> None:
    with serving(personal=True) as running:
        source = schoology(running, tmp_path)
        with pytest.raises(Denied) as caught:
            list(source.pull(ONE_DAY))
        assert "401" in caught.value.what
        lines = [line for line in source.check() if not line.ok]
    assert {line.text for line in lines} >= {"Schoology does not show this key any users"}
    assert all("25 June 2025" in str(line.cure) for line in lines)


def test_no_word_anybody_wrote_is_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with serving() as running:
        folder = tokens(running, tmp_path, ANA, BEN)
        source = schoology(running, tmp_path, tokens=folder)
        told = f"{list(source.pull(ONE_DAY))}{source.check()}"
        secrets = [part for token, (secret, _) in running.grants.tokens.items() for part in (token, secret)]
    for word in (CANARY, *secrets):
        assert word not in told + caplog.text
