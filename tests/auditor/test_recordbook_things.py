"""Accounts, spaces, settings, limits and holders as rules read them, and what each thing is called."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from auditor.directory import OPEN_END, OPEN_START, Interval, State
from auditor.model import Authorization, Ground
from auditor.offices import Holding
from auditor.recordbook import Book, UnreadDay, holdings
from auditor.records import (
    Account,
    AppGrant,
    AppUse,
    Consent,
    ContactLimit,
    Decision,
    LimitKind,
    MailboxKind,
    MailboxSetting,
    OfficeHolder,
    RunBy,
    SpaceMember,
    SystemSetting,
    Tool,
    ToolKind,
    ToolStatus,
)
from auditor.relations import FIRST_DAY, LAST_DAY, RECORDS
from auditor.result import ThingShown
from tests.auditor.book_world import NO_TOOLS, book, rows
from tests.auditor.directory_world import DAY, KEYS, SIS, mail, ref, take
from tests.auditor.office_world import PACK, TERM

T1, K1, K2 = (KEYS.person(id_) for id_ in ("t1", "k1", "k2"))
FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)
ONE, OVER = DAY - 4, DAY + 27


# ---- accounts --------------------------------------------------------------------------------------

ACCOUNT = Account(
    "a", "Instagram", "@crew", "Crew", RunBy.STAFF, ref("t1"), None, FIRST, LAST,
    Decision.APPROVED, ref("k2"), "Principal", LAST, "s1",
)  # fmt: skip
HELD = Holding(K2, "principal", "s1", Interval(OVER - 1, OVER))
THING = KEYS.key("account", "a")


def test_an_account_is_a_thing_with_owners_and_days() -> None:
    made = book(ACCOUNT)
    days = (ONE, OVER - 1, OVER - 1)
    assert rows(made, "account") == [(THING, T1, None, "staff", "approved", None, *days)]
    assert made.things[THING] == ThingShown("account", "a", "@crew on Instagram (Crew)", "s1")
    assert made.labels[THING] == "a"
    assert book(replace(ACCOUNT, group=None)).things[THING].name == "@crew on Instagram"


@pytest.mark.parametrize(
    ("changed", "offices", "allowed"),
    [
        ({}, [HELD], None),
        ({}, [], None),
        ({}, [replace(HELD, person=T1)], 0),
        ({}, [replace(HELD, school="s2")], 0),
        ({}, [replace(HELD, days=Interval(ONE, OVER - 1))], 0),
        ({"decided_on": None}, [HELD], 0),
        ({"decided_on": None}, [replace(HELD, days=Interval(DAY, DAY + 1))], None),
        ({"decided_by": None}, [replace(HELD, person=T1)], None),
        ({"decided_by_role": None}, [replace(HELD, person=T1)], None),
        ({"decision": Decision.REFUSED}, [replace(HELD, person=T1)], None),
    ],
)
def test_an_account_was_approved_by_somebody_who_could_not_only_if_that_is_known(
    changed: dict[str, object], offices: list[Holding], allowed: int | None
) -> None:
    account = replace(ACCOUNT, **changed)  # type: ignore[arg-type]  # fields by name
    assert [r[5] for r in rows(book(account, offices=offices), "account")] == [allowed]


# ---- spaces and settings -----------------------------------------------------------------------------


def test_a_space_has_a_maker_if_known_and_its_members_for_their_days() -> None:
    crew = SpaceMember("p", "chat", "Crew", ref("t1"), ref("k1"), FIRST, LAST)
    others = [replace(crew, member=ref("k2"), start=None, end=None)]
    nobodys = replace(crew, space_id="q", tool=None, created_by=None)
    made = book(crew, *others, nobodys)
    thing, other = KEYS.key("space", "p"), KEYS.key("space", "q")
    assert rows(made, "space") == [(thing, T1)]
    assert sorted(rows(made, "space_member")) == sorted(
        [(thing, K1, ONE, OVER), (thing, K2, OPEN_START, OPEN_END), (other, K1, ONE, OVER)]
    )
    assert made.things[thing] == ThingShown("space", "p", "Crew (chat)")
    assert made.things[other] == ThingShown("space", "q", "Crew")


def test_a_mailbox_setting_says_whose_and_whether_it_stays_in_the_district() -> None:
    home = MailboxSetting(ref("t1"), MailboxKind.SEND_AS, mail("t1@home.example"), FIRST, LAST)
    made = book(home)
    ((key, *row),) = rows(made, "mailbox_setting")
    assert row == [T1, "send_as", 0, ONE, OVER]
    assert made.labels[key] == "send as"
    inside = book(replace(home, value=mail("crew@marlow.example")))
    assert [r[3] for r in rows(inside, "mailbox_setting")] == [1]


def test_an_app_is_the_tool_of_the_catalogue_that_has_its_number_or_name() -> None:
    talk = AppGrant(ref("t1"), "9.Apps", "Talk  App", (AppUse.CHAT, AppUse.MAIL), FIRST, LAST)
    made = book(talk)
    ((key, who, thing, *row),) = rows(made, "app_grant")
    assert (who, row) == (T1, [1, 0, 1, 0, ONE, OVER - 1])
    assert thing == KEYS.key("tool", "talk  app")
    assert made.things[thing] == ThingShown("tool", "Talk  App", "Talk  App")
    assert made.labels[key] == "9.Apps"

    named = Tool("talk", "talk  app", ToolKind.CHAT, (), ToolStatus.PILOT)
    numbered = replace(named, tool_id="9.apps", name="Another")
    for tools, id_, name in (
        ([named], "talk", "talk  app"),
        ([numbered], "9.apps", "Another"),
        ([named, numbered], "9.apps", "Another"),
    ):
        made = book(talk, *tools)
        ((_, _, thing, *_),) = rows(made, "app_grant")
        assert made.things[thing] == ThingShown("tool", id_, name)


def test_an_app_without_anything_that_reaches_people_does_none_of_it() -> None:
    signed_in = AppGrant(ref("t1"), "9", "Quiz", (AppUse.SIGN_IN,))
    contacts = replace(signed_in, app_id="8", uses=(AppUse.CONTACTS, AppUse.MESSAGES))
    found = {r[3:7] for r in rows(book(signed_in, contacts), "app_grant")}
    assert found == {(0, 0, 0, 0), (0, 1, 0, 1)}


@pytest.mark.parametrize(
    ("expected", "found", "same"), [("off", " OFF ", 1), ("off", "on", 0), (" Off", "off", 1)]
)
def test_a_system_is_set_as_expected_or_not(expected: str, found: str, same: int) -> None:
    made = book(SystemSetting("Chat", "guests", expected, found, FIRST))
    ((key, thing, matches, seen),) = rows(made, "system_setting")
    assert (thing, matches, seen) == (KEYS.key("system-setting", "Chat\0guests"), same, ONE)
    assert made.things[thing] == ThingShown("setting", "Chat: guests", "guests")
    assert made.labels[key] == f"guests = {found}, expected {expected}"


def test_a_setting_that_was_not_told_is_neither_as_expected_nor_otherwise() -> None:
    made = book(SystemSetting("Chat", "guests", "off", "", FIRST))
    ((key, _, matches, _),) = rows(made, "system_setting")
    assert matches is None
    assert made.labels[key] == "guests = not told, expected off"


# ---- limits, consents, approvals ---------------------------------------------------------------------


def test_limits_and_consents_hold_for_their_days() -> None:
    limit = ContactLimit("l", LimitKind.OPT_OUT, None, ref("k1"), None, None, FIRST, LAST)
    consent = Consent("c", ref("k1"), None, FIRST, None)
    made = book(limit, consent, replace(consent, consent_id="d", ends_on=LAST))
    keys = [KEYS.key("contact-limit", "l"), KEYS.key("consent", "c"), KEYS.key("consent", "d")]
    assert rows(made, "contact_limit") == [(keys[0], "opt_out", None, K1, ONE, OVER)]
    assert sorted(rows(made, "consent")) == sorted(
        [(keys[1], K1, ONE, LAST_DAY), (keys[2], K1, ONE, OVER)]
    )
    assert [made.labels[key] for key in keys] == ["l", "c", "d"]


def test_an_approval_is_a_thing_with_its_days_in_the_district() -> None:
    night = datetime(2026, 10, 3, 3, 0, tzinfo=UTC)
    who = (ref("t1"), ref("k1"), "v", None, None, None)
    dated = Authorization("A1", Ground.SAFETY, *who, night, FIRST, LAST)
    undated = Authorization("A2", Ground.CLOSE_IN_AGE, *who, None, None, None)
    made = book(dated, undated)
    one, two = KEYS.key("approval", "A1"), KEYS.key("approval", "A2")
    about = (T1, K1, KEYS.team("v"))
    assert sorted(rows(made, "approval"), key=lambda r: str(r[1])) == [
        (two, "close_in_age", *about, None, FIRST_DAY, LAST_DAY),
        (one, "safety", *about, DAY - 3, ONE, OVER),
    ]
    assert made.things[one] == ThingShown("approval", "A1", "A1 (Student safety)")
    assert made.things[two] == ThingShown("approval", "A2", "A2 (close_in_age)")
    assert made.grounds == {one: Ground.SAFETY, two: Ground.CLOSE_IN_AGE}
    assert (made.labels[one], made.labels[two]) == ("A1", "A2")


# ---- offices -----------------------------------------------------------------------------------------


def test_the_settings_speak_from_where_the_record_of_offices_ends() -> None:
    holders = [
        OfficeHolder(ref("t1"), "Principal", "s1", FIRST, LAST),
        OfficeHolder(ref("k1"), "athletic-director"),
    ]
    state = take(State(), {"sis": [*SIS, *holders]}).state
    always = Interval(FIRST_DAY, LAST_DAY)
    found = holdings(
        state,
        [
            *((K2, "principal", "s1"), (K2, "principal", "s2"), (None, "principal", "s2")),
            *((K2, "athletic_director", None), (K2, "superintendent", None)),
        ],
        OVER,
    )
    assert found == (
        Holding(T1, "principal", "s1", Interval(ONE, OVER)),
        Holding(K1, "athletic_director", None, Interval(OPEN_START, OPEN_END)),
        Holding(K2, "principal", "s1", Interval(OVER, LAST_DAY)),
        Holding(K2, "principal", "s2", always),
        Holding(K2, "athletic_director", None, always),
        Holding(K2, "superintendent", None, always),
    )
    assert holdings(State(), [(K2, "it", None)], ONE) == (Holding(K2, "it", None, always),)


def test_holders_are_a_relation_of_their_own() -> None:
    made = book(offices=[Holding(T1, "principal", "s1", TERM)])
    assert rows(made, "office") == [(T1, "principal", "s1", TERM.first, TERM.until)]


# ---- what is not from records ------------------------------------------------------------------------


def test_the_policys_hats_and_open_questions_are_relations_too() -> None:
    made = book(sources={"mail": "District mail"})
    hats = ["adviser", "coach", "contractor", "staff", "volunteer"]
    assert rows(made, "adult_hat") == [(hat,) for hat in hats]
    assert rows(made, "counting") == [(1, 0)]
    assert made.things == {KEYS.key("source", "mail"): ThingShown("source", "mail", "District mail"), **{
        key: thing for key, thing in made.things.items() if thing.kind == "handbook"
    }}  # fmt: skip
    otherwise = {"bcc_counts": "do not count", "lms_comments": "counted"}
    switches = {id_: replace(PACK.switches[id_], value=value) for id_, value in otherwise.items()}
    turned = replace(NO_TOOLS, switches={**PACK.switches, **switches})
    assert rows(book(pack=turned), "counting") == [(0, 1)]
    unsaid = {id_: s for id_, s in PACK.switches.items() if id_ not in otherwise}
    assert rows(book(pack=replace(NO_TOOLS, switches=unsaid)), "counting") == [(1, 0)]


def test_every_relation_but_what_messages_tell_is_there_though_empty() -> None:
    later = {"tool_word", "tool_address", "exception_tried", "unread_day"}
    made = book()
    assert set(made.tables) == set(RECORDS) - later
    assert rows(made, "handbook_duty")[0][0] == T1
    assert rows(made, "handbook_done") == []


def test_a_day_that_was_not_read_is_one_of_its_source() -> None:
    made = Book()
    made.note_unread(KEYS, [UnreadDay("mail", DAY), UnreadDay("chat", DAY)])
    keys = {name: KEYS.key("unread-day", f"{name}\0{DAY}") for name in ("mail", "chat")}
    assert sorted(rows(made, "unread_day")) == sorted(
        (key, KEYS.key("source", name), DAY) for name, key in keys.items()
    )
    assert made.labels == dict.fromkeys(keys.values(), "2026-10-05")
