"""Why an exception does not cover a message, one reason at a time: a wrong one excuses a breach."""

from __future__ import annotations

from datetime import date

import pytest

from auditor.filed import Filed
from auditor.model import Ground
from auditor.refusals import (
    Came,
    Contact,
    Outcome,
    Refusal,
    Tried,
    concerns,
    conditions_refusal,
    covering,
    date_words,
    dates_refusal,
    once,
    tool_refusal,
)
from tests.auditor.office_world import DAY, KID, OTHER_TEAM, PAL, TEAM, contact, filed, rules

TO_TEAM = contact(student=None, team=TEAM, students=frozenset({KID, PAL}))
TO_SEVERAL = contact(student=None, students=frozenset({KID, PAL}))
STRANGER = 55
SENT = contact().sent_us
LATE = "was granted after the message; a late approval does not reach back."


# ---- whether it is about these people at all ------------------------------------------------


@pytest.mark.parametrize(
    ("on_file", "message", "it_does"),
    [
        (filed(), contact(), True),
        (filed(student=PAL), contact(), False),
        (filed(student=None), contact(), True),
        (filed(student=PAL), contact(students=frozenset({KID, PAL})), False),
        (filed(student=PAL), TO_SEVERAL, True),
        (filed(student=STRANGER), TO_SEVERAL, False),
        (filed(student=PAL), TO_TEAM, True),
        (filed(student=STRANGER), TO_TEAM, False),
        (filed(student=None), TO_TEAM, True),
        (filed(student=None, team=TEAM), TO_TEAM, True),
        (filed(student=KID, team=TEAM), TO_TEAM, True),
        (filed(student=KID, team=OTHER_TEAM), TO_TEAM, False),
        (filed(student=None, team=OTHER_TEAM), TO_TEAM, False),
    ],
)
def test_an_approval_is_tried_only_for_those_it_names(
    on_file: Filed, message: Contact, it_does: bool
) -> None:
    assert concerns(on_file, message) is it_does


def test_a_part_of_a_team_has_nothing_to_say_of_a_pair() -> None:
    captains = filed(ground=Ground.SUBGROUP, adult=None, team=TEAM)
    assert concerns(captains, TO_TEAM)
    assert not concerns(captains, contact())
    assert concerns(filed(ground=Ground.SUBGROUP, team=TEAM), contact())
    assert concerns(filed(ground=Ground.TOOL, adult=None), contact())


# ---- the tool ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on_file", "carried_by", "because"),
    [
        (None, None, None),
        (None, "gmail", None),
        ("Remind", "Remind", None),
        (" REMIND", "remind ", None),
        ("Remind", "gmail", "is for Remind, not for gmail."),
        ("Remind", None, "is for one tool, and the tool of this message is not known."),
    ],
)
def test_an_approval_of_one_tool_is_for_that_tool(
    on_file: str | None, carried_by: str | None, because: str | None
) -> None:
    found = tool_refusal(filed(tool=on_file), contact(tool=carried_by))
    assert found == (None if because is None else Refusal(Came.SCOPE, because))


# ---- the dates --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "came", "because"),
    [
        ({}, None, ""),
        ({"starts": DAY}, None, ""),
        ({"starts": DAY + 1}, Came.NOT_BEGUN, "starts Oct 6, 2026, after the message."),
        ({"until": DAY + 1}, None, ""),
        ({"until": DAY}, Came.ENDED, "ended Oct 4, 2026, before the message."),
        ({"until": DAY - 1}, Came.ENDED, "ended Oct 3, 2026, before the message."),
        ({"starts": None, "until": None}, None, ""),
        ({"granted_us": SENT}, None, ""),
        ({"granted_us": SENT + 1}, Came.LATE, LATE),
        (
            {"granted_us": None},
            Came.LATE,
            "does not say when it was granted, and it must come before the message.",
        ),
        ({"granted_us": None, "until": DAY}, Came.ENDED, "ended Oct 4, 2026, before the message."),
    ],
)
def test_an_approval_holds_from_its_first_day_to_its_last_and_never_reaches_back(
    changed: dict[str, object], came: Came | None, because: str
) -> None:
    found = dates_refusal(filed(**changed), rules(), contact())
    assert found == (None if came is None else Refusal(came, because))


@pytest.mark.parametrize("granted", [None, SENT + 1])
def test_only_what_must_come_first_can_come_late(granted: int | None) -> None:
    assert dates_refusal(filed(granted_us=granted), rules(prior=False), contact()) is None


def test_a_day_is_written_as_people_write_it() -> None:
    assert date_words(date(2026, 3, 7)) == "Mar 7, 2026"
    assert date_words(date(2026, 12, 24)) == "Dec 24, 2026"


# ---- conditions -------------------------------------------------------------------------------

NEEDS_ONE = Refusal(
    Came.GUARDIAN_ABSENT, "needs a guardian on the message, and none was on it."
)
WITH_MUM = contact(guardians=frozenset({4}))


def test_a_guardian_has_to_be_on_the_very_message() -> None:
    by_record, by_policy = filed(conditions=("guardian_included",)), filed()
    always = rules(conditions=("guardian_included",))
    assert conditions_refusal(by_record, rules(), contact()) == NEEDS_ONE
    assert conditions_refusal(by_policy, always, contact()) == NEEDS_ONE
    assert conditions_refusal(by_record, rules(), WITH_MUM) is None
    assert conditions_refusal(by_policy, always, WITH_MUM) is None
    assert conditions_refusal(filed(), rules(), contact()) is None


def test_a_condition_nobody_can_check_is_not_met() -> None:
    on_file = filed(conditions=("guardian_included", "on_tuesdays", "full_moon"))
    words = "carries a condition that cannot be checked: full_moon, on_tuesdays."
    assert conditions_refusal(on_file, rules(), WITH_MUM) == Refusal(Came.OTHER, words)


# ---- several approvals for several students -----------------------------------------------------

FOR_KID, FOR_PAL = filed(id="A1"), filed(id="A2", student=PAL)
FOR_ALL = filed(id="A3", student=None)


def test_students_must_all_be_named_by_one_approval_or_by_several_together() -> None:
    assert covering([FOR_KID], TO_TEAM) is None
    assert covering([FOR_KID, FOR_PAL], TO_TEAM) is FOR_KID
    assert covering([FOR_KID, FOR_PAL], TO_SEVERAL) is FOR_KID
    assert covering([FOR_PAL], TO_SEVERAL) is None
    more = filed(id="A4", student=STRANGER)
    assert covering([more, FOR_KID, FOR_PAL], TO_TEAM) is more


def test_an_approval_that_names_no_student_is_for_all_of_them() -> None:
    assert covering([FOR_KID, FOR_ALL], TO_TEAM) is FOR_ALL
    assert covering([FOR_KID, FOR_ALL], contact()) is FOR_ALL


def test_between_two_people_the_first_that_holds_is_enough() -> None:
    reached_more = contact(students=frozenset({KID, PAL}))
    assert covering([FOR_KID], reached_more) is FOR_KID


# ---- what is said -----------------------------------------------------------------------------


def test_what_was_tried_is_said_once_and_in_order() -> None:
    one = Tried("S1", 5, Ground.SUBGROUP, Came.SCOPE, "captains: no")
    two = Tried("A1", 6, Ground.SAFETY, Came.LATE, "A1: late")
    assert once([two, one, one, two]) == (two, one)
    assert Outcome(None, (two, one)).tried == ("A1: late", "captains: no")


def test_rules_and_records_read_these_words() -> None:
    assert {came.value for came in Came} == {
        *("covers", "late", "ended", "not_begun", "authority", "same_day", "scope"),
        *("guardian_absent", "other"),
    }
