"""Records made ready for rules: what a record means under the policy, worked out in one place."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from auditor.directory import Interval, State
from auditor.model import Team
from auditor.offices import Holding
from auditor.recordbook import DigestGiven, tool_words
from auditor.records import Digest, Disclosure, SelfReport, Tool, ToolKind, ToolStatus
from auditor.relations import FIRST_DAY, LAST_DAY
from auditor.result import ThingShown
from tests.auditor.book_world import NO_TOOLS, book, rows
from tests.auditor.directory_world import DAY, KEYS, SIS, VARSITY, ref, take
from tests.auditor.office_world import PACK

T1, K1, K2 = (KEYS.person(id_) for id_ in ("t1", "k1", "k2"))
NIGHT = datetime(2026, 10, 3, 3, 0, tzinfo=UTC)
"""Still Oct 2, DAY - 3, in the district."""
US = int(NIGHT.timestamp()) * 1_000_000
A_DAY = 86_400_000_000
REMIND = KEYS.key("tool", "remind")
TOOL = Tool("Remind", "Remind App", ToolKind.CHAT, (), ToolStatus.APPROVED, ref("t1"), "Superintendent", NIGHT)
ALWAYS = Interval(FIRST_DAY, LAST_DAY)


# ---- tools --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "ends", "spans"),
    [
        (ToolStatus.APPROVED, None, [("approved", DAY - 3, LAST_DAY)]),
        (ToolStatus.APPROVED, date(2026, 10, 9), [("approved", DAY - 3, DAY + 5)]),
        (ToolStatus.PILOT, None, [("pilot", DAY - 3, LAST_DAY)]),
        (ToolStatus.RETIRED, None, [("retired", DAY - 3, LAST_DAY)]),
        (ToolStatus.RETIRED, date(2026, 10, 9), [("approved", DAY - 3, DAY + 5), ("retired", DAY + 5, LAST_DAY)]),
    ],
)  # fmt: skip
def test_a_tool_stands_as_its_record_says_and_was_approved_until_it_was_retired(
    status: ToolStatus, ends: date | None, spans: list[tuple[str, int, int]]
) -> None:
    made = book(replace(TOOL, status=status, ends_on=ends, noticed_on=date(2026, 10, 1)))
    assert [(r[2], r[5], r[6]) for r in rows(made, "tool")] == spans
    assert {(r[0], r[1], r[4]) for r in rows(made, "tool")} == {(REMIND, "chat", DAY - 4)}
    assert made.things[REMIND] == ThingShown("tool", "Remind", "Remind App")


def test_a_tool_approved_on_no_day_anybody_knows_always_was() -> None:
    assert [r[5:] for r in rows(book(replace(TOOL, authorized_at=None)), "tool")] == [ALWAYS_ROW]


ALWAYS_ROW = (FIRST_DAY, LAST_DAY)
HELD = Holding(T1, "superintendent", None, Interval(DAY - 3, DAY - 2))


@pytest.mark.parametrize(
    ("changed", "offices", "allowed"),
    [
        ({}, [HELD], 1),
        ({}, [replace(HELD, person=K1)], 0),
        ({}, [replace(HELD, days=Interval(DAY - 2, DAY))], 0),
        ({}, [], None),
        ({"authorized_by": None}, [HELD], None),
        ({"authorized_by_role": None}, [HELD], None),
        ({"authorized_by_role": "Principal"}, [HELD], 0),
        ({"authorized_by_role": "Principal", "authorized_by": None}, [], 0),
        ({"authorized_at": None}, [replace(HELD, days=Interval(DAY, DAY + 1))], 1),
    ],
)
def test_whoever_approved_a_tool_may_have_or_not_or_it_is_not_known(
    changed: dict[str, object], offices: list[Holding], allowed: int | None
) -> None:
    tool = replace(TOOL, **changed)  # type: ignore[arg-type]  # fields by name
    assert [r[3] for r in rows(book(tool, offices=offices), "tool")] == [allowed]
    no_ground = replace(NO_TOOLS, grounds={})
    assert [r[3] for r in rows(book(tool, offices=offices, pack=no_ground), "tool")] == [None]


def test_a_districts_record_of_a_tool_goes_before_the_policys_catalogue() -> None:
    by_policy = book(pack=PACK)
    assert len(rows(by_policy, "tool")) == len(PACK.catalogue)
    edline = KEYS.key("tool", "edline")
    assert (edline, "lms", "retired", None, None, *ALWAYS_ROW) in rows(by_policy, "tool")
    assert by_policy.things[edline].name == "Edline"
    again = book(replace(TOOL, tool_id="EDLINE", name="Edline II"), pack=PACK)
    assert [r[2] for r in rows(again, "tool") if r[0] == edline] == ["approved"]
    assert again.things[edline].name == "Edline II"


def test_a_word_on_a_message_means_the_tool_whose_name_or_id_it_is() -> None:
    state = take(State(), {"sis": [*SIS, TOOL]}).state
    things = book(TOOL, pack=PACK).things
    table, unknown = tool_words(KEYS, ["REMIND APP", "remind", "Edline", "Snap", "Snap"], state, PACK, things)
    snap = KEYS.key("tool", "snap")
    meant = {row["word"]: row["thing_key"] for row in table.to_pylist()}
    assert meant == {
        "REMIND APP": REMIND, "remind": REMIND, "Edline": KEYS.key("tool", "edline"), "Snap": snap,
    }  # fmt: skip
    assert table.num_rows == 4
    assert unknown == {snap: ThingShown("tool", "Snap", "Snap")}


# ---- crises and reports of one's own ---------------------------------------------------------------

CRISIS = Disclosure("C1", ref("t1"), ref("k1"), "phone", NIGHT, None, NIGHT + timedelta(days=2), ref("k2"), "Principal")
THERE = Holding(K2, "principal", "s1", ALWAYS)


@pytest.mark.parametrize(
    ("changed", "until"),
    [
        ({}, DAY),
        ({"last_contact_on": date(2026, 10, 2)}, DAY - 2),
        ({"reported_at": None}, None),
        ({"reported_at": None, "last_contact_on": date(2026, 10, 2)}, DAY - 2),
    ],
)
def test_a_crisis_goes_on_until_its_last_day_or_the_day_it_was_told(
    changed: dict[str, object], until: int | None
) -> None:
    (row,) = rows(book(replace(CRISIS, **changed)), "disclosure")  # type: ignore[arg-type]  # fields by name
    reported = None if "reported_at" in changed else US + 2 * A_DAY
    key = KEYS.key("disclosure", "C1")
    assert row[:7] == (key, T1, K1, US, DAY - 3, until, reported)


@pytest.mark.parametrize(
    ("changed", "offices", "right"),
    [
        ({}, [THERE], 1),
        ({}, [], 1),
        ({}, [replace(THERE, person=T1)], 0),
        ({}, [replace(THERE, school="s2")], 0),
        ({"reported_to": None}, [replace(THERE, person=T1)], 1),
        ({"reported_to_role": "IT"}, [THERE], 0),
        ({"reported_to_role": None}, [THERE], None),
        ({"reported_at": None}, [THERE], None),
    ],
)
def test_a_crisis_was_told_to_the_right_office_or_not_or_it_is_not_known(
    changed: dict[str, object], offices: list[Holding], right: int | None
) -> None:
    crisis = replace(CRISIS, **changed)  # type: ignore[arg-type]  # fields by name
    assert [r[7] for r in rows(book(crisis, offices=offices), "disclosure")] == [right]
    no_ground = replace(NO_TOOLS, grounds={})
    assert [r[7] for r in rows(book(crisis, pack=no_ground), "disclosure")] == [None]


def test_an_own_report_says_who_whom_and_when() -> None:
    made = book(SelfReport("R1", ref("t1"), ref("k1"), "phone", NIGHT, NIGHT + timedelta(days=1), ref("k2")))
    key = KEYS.key("self-report", "R1")
    assert rows(made, "self_report") == [(key, T1, K1, US, US + A_DAY)]
    assert made.labels[key] == "R1"


# ---- digests ----------------------------------------------------------------------------------------


def test_a_digest_of_all_teams_is_one_of_each() -> None:
    v, w = sorted((KEYS.team("v"), KEYS.team("w")))
    teams = [VARSITY, Team("w", "Choir", "club", "s1")]
    days = (date(2026, 10, 1), date(2026, 10, 4), date(2026, 10, 5))
    of_one = book(*teams, Digest("D1", "w", *days))
    assert rows(of_one, "digest") == [(KEYS.team("w"), DAY - 4, DAY - 1, DAY)]
    of_all = book(*teams, Digest("D1", None, *days), digests=[DigestGiven(DAY - 9, DAY - 5, DAY - 2)])
    assert sorted(rows(of_all, "digest")) == [
        *((v, DAY - 9, DAY - 5, DAY - 2), (v, DAY - 4, DAY - 1, DAY)),
        *((w, DAY - 9, DAY - 5, DAY - 2), (w, DAY - 4, DAY - 1, DAY)),
    ]
