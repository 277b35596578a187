"""Messages of a Moodle site: who, whom, when; and every error told by what somebody has to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.model import Channel
from auditor.source import DayState, Denied, Malformed, SourceError, Transient
from benchmarks.pretend.faults import KINDS
from benchmarks.pretend.moodle import READING, Conversation, Said, User
from benchmarks.pretend.serving import Reply
from connectors.moodle.conversations import BY_THE_SITE, STRANGER, TO_ONESELF, UNKNOWN_TYPE
from connectors.moodle.refusals import READ_ALL, refused
from connectors.numbered import BY_NUMBER
from tests.connectors.hurrying import QUICKLY, hurried
from tests.connectors.moodle.moodle_world import (
    ANA,
    BEN,
    KIT,
    MAY,
    WORLD,
    configured,
    hours,
    moodle,
    pull,
    serving,
)
from tests.connectors.units_world import CANARY, DAY, ENDS, NOON, ONE_DAY, Read, people

ANAS = "ana.reyes@marlow.example"
BENS = "ben.ode@marlow.example"


def test_who_wrote_to_whom_is_told_once_whoever_was_asked(tmp_path: Path) -> None:
    with serving() as running:
        read = pull(running, tmp_path)
    assert set(read.messages) == {"1", "2", "4", "7", "8"}
    note = read.messages["1"]
    assert (note.channel, note.sent_at, note.thread) == (Channel.LMS_MESSAGE, NOON, "moodle/101")
    assert people(note) == {"T-1": "from", "S-1": "to"}
    assert people(read.messages["2"]) == {"S-1": "from", "T-1": "to"}
    assert people(read.messages["4"]) == {
        BENS: "from", "T-1": "member", "S-1": "member", "S-2": "member"
    }  # fmt: skip
    assert not note.recipients_hidden


def test_what_one_member_deleted_is_seen_with_the_other(tmp_path: Path) -> None:
    with serving() as running:
        everybody = pull(running, tmp_path)
        staff = pull(running, tmp_path, domains=["marlow.example"])
    assert "8" in everybody.messages
    assert set(staff.messages) == {"1", "2", "4", "7"}


def test_a_member_whose_account_is_gone_is_not_known(tmp_path: Path) -> None:
    with serving() as running:
        read = pull(running, tmp_path)
    lost = read.messages["7"]
    assert lost.recipients_hidden
    assert people(lost) == {BENS: "from"}
    assert (read.notes[STRANGER], read.notes[TO_ONESELF], read.notes[BY_THE_SITE]) == (1, 1, 2)


def test_a_kind_of_conversation_nobody_documents_is_read_and_counted(tmp_path: Path) -> None:
    odd = Conversation(108, 9, (ANA, KIT), (Said(10, ANA, NOON),))
    with serving(replace(WORLD, conversations=(odd,))) as running:
        read = pull(running, tmp_path)
    assert people(read.messages["10"]) == {"T-1": "from", "S-1": "member"}
    assert read.notes[UNKNOWN_TYPE] == 2


def test_quiet_conversations_are_not_opened(tmp_path: Path) -> None:
    with serving() as running:
        pull(running, tmp_path)
        opened = [
            one.request.body for one in running.asked
            if one.endpoint == "core_message_get_conversation_messages"
        ]  # fmt: skip
    assert opened
    assert not [body for body in opened if b"convid=104" in body]
    assert all(b"timefrom=" in body for body in opened)
    assert b"wstoken=" in opened[0], "in the body, as addresses are logged"


def test_every_account_is_a_unit_and_one_that_fails_is_a_gap_by_name(tmp_path: Path) -> None:
    with serving() as running:
        running.throws_for = {ANA: ("moodle_exception", "User is not part of conversation.")}
        read = pull(running, tmp_path, leave_out=["audit"])
    rows = read.coverage
    assert rows[ANAS].state is DayState.MISSING
    assert (rows[BENS].state, rows[BENS].day) == (DayState.READ, DAY)
    assert {"1", "2", "4"} <= set(read.messages), "each is in somebody else's conversations too"
    assert "audit@marlow.example" not in rows


def test_two_accounts_with_one_address_are_two_units_and_nobodys_messages(tmp_path: Path) -> None:
    mother = "mum@home.example"
    kit, ada = User(KIT, "klowe", "Kit", "Lowe", mother), User(MAY, "alowe", "Ada", "Lowe", mother)
    pair = Conversation(101, 1, (ANA, KIT), (Said(1, ANA, NOON),))
    users = (*(one for one in WORLD.users if one.id not in (KIT, MAY)), kit, ada)
    with serving(replace(WORLD, users=users, conversations=(pair,))) as running:
        read = pull(running, tmp_path)
    assert people(read.messages["1"]) == {"T-1": "from", f"moodle:{KIT}": "to"}
    assert read.notes[BY_NUMBER] == 1
    assert {f"{mother} (moodle:{KIT})", f"{mother} (moodle:{MAY})"} < set(map(str, read.coverage))


def test_what_an_account_brought_before_it_failed_is_told_of_with_the_next_in_it(
    tmp_path: Path,
) -> None:
    with serving() as running:
        running.faults.plan("core_message_get_conversation_messages", "404", on=2)
        read = pull(running, tmp_path)
    assert read.coverage[ANAS].state is DayState.MISSING
    assert {"1", "2", "4"} <= set(read.messages)


@pytest.mark.parametrize("body", [b"[]", b"{}", b"[null]", b'["a"]', b'{"messages": [null]}'])
def test_what_is_no_list_of_messages_is_no_empty_one(tmp_path: Path, body: bytes) -> None:
    with serving(replace(WORLD, conversations=WORLD.conversations[:1])) as running:
        running.faults.say("core_message_get_conversation_messages", Reply(body), times=99)
        read = pull(running, tmp_path)
    assert read.messages == {}
    assert read.coverage[ANAS].state is DayState.MISSING


def test_accounts_may_be_found_by_courses(tmp_path: Path) -> None:
    functions = [one for one in READING if one != "core_user_get_users"]
    functions += ["core_course_get_courses", "core_enrol_get_enrolled_users"]
    with serving(functions=functions) as running:
        read = pull(running, tmp_path, accounts="courses")
    assert set(read.coverage) == {None, ANAS, "kit.lowe@students.marlow.example"}
    assert people(read.messages["1"]) == {"T-1": "from", "S-1": "to"}
    assert read.messages["4"].recipients_hidden if "4" in read.messages else True


def test_check_says_which_functions_lack_and_which_are_too_many(tmp_path: Path) -> None:
    with serving(functions=(*READING[:-1], "core_message_send_instant_messages")) as running:
        told = moodle(running, tmp_path).check()
        with pytest.raises(Denied, match="may not call core_message_get_conversation_messages"):
            list(moodle(running, tmp_path).pull(ONE_DAY))
        assert running.count("core_user_get_users") == 0
    assert [(line.ok, line.text.partition(":")[0]) for line in told] == [
        (True, "Moodle knows the token"),
        (False, "functions that the token may not call"),
        (False, "the token may call more than is needed"),
    ]
    assert all("External services" in str(line.cure) for line in told if not line.ok)


def test_a_token_that_may_do_more_than_is_needed_is_not_used(tmp_path: Path) -> None:
    with serving(functions=(*READING, "core_message_mark_all_notifications_as_read")) as running:
        with pytest.raises(Denied, match="may call more than is needed: core_message_mark_all"):
            list(moodle(running, tmp_path).pull(ONE_DAY))
        assert running.count("core_message_get_conversations") == 0


def test_a_check_that_is_well_reads_nobodys_data(tmp_path: Path) -> None:
    with serving() as running:
        lines = moodle(running, tmp_path).check()
        assert {one.endpoint for one in running.asked} == {"core_webservice_get_site_info"}
    assert all(line.ok for line in lines)
    assert CANARY not in str(lines)


def test_without_the_capability_the_whole_source_fails_with_the_cure(tmp_path: Path) -> None:
    with serving(capabilities=()) as running, pytest.raises(Denied) as caught:
        list(moodle(running, tmp_path).pull(ONE_DAY))
    assert READ_ALL in caught.value.cure


def test_an_error_that_passes_is_asked_again(tmp_path: Path) -> None:
    with serving() as running:
        whole = pull(running, tmp_path)
        running.throws = {"core_message_get_conversations": [("dml_read_exception", "dmlreadexception")] * 2}
        again = pull(running, tmp_path)
        running.throws = {"core_user_get_users": [("moodle_exception", "sitemaintenance")] * 3}
        with pytest.raises(Transient):
            pull(running, tmp_path)
    assert again.messages == whole.messages


@pytest.mark.parametrize(
    ("code", "kind", "cure"),
    [
        ("invalidtoken", Denied, "Manage tokens"),
        ("accessexception", Denied, "external service"),
        ("nopermissions", Denied, READ_ALL),
        ("disabled", Denied, "messaging on"),
        ("errorconversationdoesnotexist", Denied, "next run"),
        ("upgraderunning", Transient, "next run"),
        ("invalidrecord", Malformed, "code"),
        ("Kit wrote zephyrquill", Malformed, "code"),
    ],
)
def test_each_error_is_of_the_group_that_says_what_to_do(
    code: str, kind: type[SourceError], cure: str
) -> None:
    error = refused("core_user_get_users", code, "Moodle")
    assert type(error) is kind or isinstance(error, kind)
    assert cure in error.cure
    assert CANARY not in str(error)


@given(st.text())
def test_whatever_code_comes_it_is_one_of_the_three_groups(code: str) -> None:
    assert isinstance(refused("f", code, "Moodle"), (Denied, Transient, Malformed))


def test_no_word_and_no_secret_is_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with serving() as running:
        source = moodle(running, tmp_path)
        told = f"{source.check()}{list(source.pull(ONE_DAY))}{caplog.text}"
        token = (tmp_path / "token").read_text().strip()
    assert CANARY not in told
    assert token not in told


@contextmanager
def sweeping(folder: Path) -> Iterator[Callable[[str, str], str]]:
    """Yield what spoils one answer of a function and says what the source made wrong of it."""
    with serving() as running:

        def read() -> Read:
            return pull(running, folder, clock=hurried(ENDS), limits=QUICKLY)

        whole = read()

        def wrong(function: str, kind: str) -> str:
            running.faults.clear()
            before = len(running.faults.done)
            running.faults.plan(function, kind)
            try:
                said = neither_exact_nor_named(whole, read())
            except SourceError as error:
                said = "" if error.cure else f"stopped without a cure: {error}"
            return said if len(running.faults.done) > before else "nothing was spoiled"

        yield wrong


def neither_exact_nor_named(whole: Read, read: Read) -> str:
    """Say so unless facts are the same, or what lacks is a gap with a name."""
    gaps = [row for row in read.coverage.values() if row.state is DayState.MISSING]
    if not read.messages.items() <= whole.messages.items():
        return "tells of other messages"
    return "" if read.messages == whole.messages or gaps else "lacks messages silently"


PAGED = ("empty page with token", "page token repeats")
"""Faults of marks that Moodle does not have: it is asked for portions by number."""
OFTEN = ("404", "503 retry after", "garbage", "login page", "item twice")


def test_a_fault_leaves_the_same_facts_or_a_gap_with_a_name(tmp_path: Path) -> None:
    with sweeping(tmp_path) as wrong:
        for function in READING[2:]:
            assert {kind: said for kind in OFTEN if (said := wrong(function, kind))} == {}


@pytest.mark.integration
@pytest.mark.parametrize("function", READING)
def test_every_fault_of_every_function_does(function: str, tmp_path: Path) -> None:
    with sweeping(tmp_path) as wrong:
        kinds = (kind for kind in KINDS if kind not in PAGED)
        assert {kind: said for kind in kinds if (said := wrong(function, kind))} == {}


def test_long_lists_come_in_portions(tmp_path: Path) -> None:
    many = tuple(
        Conversation(1_000 + n, 1, (ANA, MAY), (Said(5_000 + n, ANA, NOON + hours(n / 100)),))
        for n in range(205)
    )
    long = Conversation(900, 1, (BEN, KIT), tuple(Said(9_000 + n, BEN, NOON) for n in range(230)))
    with serving(replace(WORLD, conversations=(*many, long))) as running:
        read = pull(running, tmp_path, leave_out=["klowe", "msand"])
    assert len(read.messages) == 435
    assert read.coverage[BENS].records == 230


@pytest.mark.parametrize(
    ("wrong", "begins"),
    [
        ({"site": "http://moodle.marlow.example"}, "site"),
        ({"site": 3}, "site"),
        ({"token": " "}, "token"),
        ({"accounts": "some"}, "accounts"),
        ({"domains": ["a@b.example"]}, "domains"),
        ({"leave_out": "admin"}, "leave_out"),
        ({"person_id": "email"}, "person_id"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_mistakes_in_the_settings_begin_with_the_setting(
    wrong: dict[str, object], begins: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=f"^{begins} ") as caught:
        configured(tmp_path, {"site": "https://m.example", "token": "t", **wrong})
    assert {part.split(" ")[0] for part in str(caught.value).split("; ")} == {begins}
