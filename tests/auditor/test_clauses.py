"""Clause by clause: "nothing to look at" on one path only, and the rest told as what it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from auditor.clausefacts import Period, SchoolStaff
from auditor.clauses import clause_statement
from auditor.night import NOT_KEPT
from auditor.nightrecord import BoundRule, NightRecord
from auditor.policy import Audited, Binding, Clause, Pack
from auditor.result import (
    CoverageStatement,
    Item,
    ItemState,
    RuleRun,
    SelfTests,
    SourceState,
    Tone,
    Verb,
)
from auditor.result.clauses import ClauseLine, ClauseStatement, RuleStand, Stand
from auditor.rule import load_rules
from tests.reports import examples
from tests.reports.examples import GAP, MONDAY, NOTHING_READ, SUNDAY, coverage, days

RULES = load_rules()
WEEK = days(MONDAY, SUNDAY)
HIGH = SchoolStaff("AH", "Alder Hill High School", {day: frozenset({1, 2, 3}) for day in WEEK})
LOWER = SchoolStaff("BE", "Birch Lower School", {day: frozenset({3, 4}) for day in WEEK})
SCHOOLS = (HIGH, LOWER)
DIRECT, PERSONAL = "direct-no-adult", "personal-address-traffic"
SIGNATURE, HANDBOOK = "personal-contact-in-signature", "handbook-not-acknowledged"


def clause(
    id_: str, audited: Audited = Audited.PROVEN, verb: Verb = Verb.REQUIRED, data: tuple[str, ...] = ("envelopes",)
) -> Clause:
    return Clause(id_, verb, "must", f"What {id_} asks.", f"¶{id_}", audited, f"Why {id_}.", data)


def bound(rule: str, clause_id: str, *also: str) -> Binding:
    return Binding(rule, clause_id, also, None, ("principal",), "Ask.", {}, ())


CLAUSES = (
    clause("P-1"),
    clause("P-2", Audited.IN_PART),
    clause("P-3", Audited.RECORDS, data=("acknowledgements on file",)),
    clause("P-4", Audited.RECORDS, data=("media permissions on file", "account register")),
    clause("P-5", Audited.NOT_OBSERVABLE, data=()),
    clause("P-6", Audited.MUST_NOT, data=()),
    clause("P-7", Audited.CONTEXT),
    clause("P-8", verb=Verb.DEFINITION),
    clause("P-9", Audited.IN_PART, data=()),
)
BINDINGS = (
    bound(DIRECT, "P-1"),
    bound(PERSONAL, "P-2"),
    bound(SIGNATURE, "P-2"),
    bound(HANDBOOK, "P-3"),
)
PACK = Pack(
    id="p", name="Policy P", revision="1", in_force_from=None, in_force_until=None, text_sha256=None,
    clauses={c.id: c for c in CLAUSES}, bindings={b.rule: b for b in BINDINGS}, grounds={}, offices={},
    switches={}, catalogue={}, sha256="ab" * 32,
)  # fmt: skip
ALL = tuple(PACK.bindings)


def run_of(rule: str, state: SourceState = SourceState.FULL, reason: str | None = None) -> RuleRun:
    hits = 0 if state in (SourceState.FULL, SourceState.PART) else None
    return RuleRun(rule, RULES[rule].title, (), state, hits, 0.0, reason)


def night(
    ran: Iterable[str] = ALL, *, last: date = SUNDAY, judged_from: date = MONDAY - timedelta(days=30)
) -> NightRecord:
    made = set(ran)
    rules = tuple(BoundRule(r, RULES[r].title, r in made) for r in ALL)
    return NightRecord(
        f"{last}", last, judged_from, rules, (), (), SelfTests(6, 6), balanced=True, gaps=(), set_aside=()
    )


def state_of(
    stated: CoverageStatement | None = None,
    *,
    runs: Mapping[str, RuleRun] | None = None,
    nights: Sequence[NightRecord] | None = None,
    schools: tuple[SchoolStaff, ...] = SCHOOLS,
    items: tuple[Item, ...] = (),
    pack: Pack = PACK,
) -> ClauseStatement:
    went = {rule: run_of(rule) for rule in ALL} | dict(runs or {})
    able = [r for r, run in went.items() if run.hits is not None]
    period = Period(tuple(nights or [night(able)]), went, stated or coverage(), schools)
    return clause_statement(pack, RULES, period, items, examples.imprint("C-2026-47-ALL-1"))


def lines(statement: ClauseStatement) -> dict[str, ClauseLine]:
    return {line.id: line for line in statement.lines}


def standings(statement: ClauseStatement) -> list[str]:
    return [line.standing for line in statement.lines]


CLEAR = "checked: nothing to look at"


def test_a_whole_week_without_items_reads_as_nothing_to_look_at() -> None:
    statement = state_of()
    assert standings(statement) == [
        CLEAR, CLEAR, CLEAR,
        "records only: media permissions on file, account register",
        "not observable", "must not be monitored", "context", "context",
        "not set up: no check answers it",
    ]  # fmt: skip
    assert statement.complete
    assert (statement.verdict.tone, statement.verdict.line) == (
        Tone.OK, "Nothing to look at in the 3 clauses checked in full.",
    )  # fmt: skip
    assert {t.audited: t.clauses for t in statement.totals} == {
        "proven": 2, "in part": 2, "records": 2, "not observable": 1, "must not": 1, "context": 1,
    }  # fmt: skip


def test_person_days_are_staff_by_day_and_somebody_at_two_schools_counts_once() -> None:
    line = lines(state_of())["P-1"]
    assert (line.planned_person_days, line.checked_person_days) == (28, 28)
    assert [(s.school_id, s.staff, s.planned, s.checked) for s in line.schools] == [
        ("AH", 3, 21, 21),
        ("BE", 2, 14, 14),
    ]
    assert line.channels == ("District e-mail", "District chat", "Learning platform messages")


def test_a_missing_day_of_one_source_leaves_the_clauses_that_need_it_open_at_every_school() -> None:
    statement = state_of(GAP)
    for id_ in ("P-1", "P-2"):
        line = lines(statement)[id_]
        assert line.standing == "not established"
        assert (line.planned_person_days, line.checked_person_days) == (28, 20)
        assert [s.standing for s in line.schools] == ["not established"] * 2
        assert [s.checked for s in line.schools] == [15, 10]
        assert "2 days of District chat not read in full" in line.lacks
    assert lines(statement)["P-3"].standing == CLEAR
    assert not statement.complete
    assert statement.verdict.line == "2 of 3 checked clauses are not established."
    assert "Two days of District chat were not checked." in statement.verdict.sub


def test_clauses_answered_by_records_alone_have_no_person_days() -> None:
    line = lines(state_of())["P-3"]
    assert (line.planned_person_days, line.checked_person_days, line.channels) == (None, None, ())
    assert {(s.planned, s.checked, s.standing) for s in line.schools} == {(None, None, CLEAR)}


def test_nothing_read_is_not_established_and_no_day_counts() -> None:
    line = lines(state_of(NOTHING_READ))["P-1"]
    assert (line.standing, line.checked_person_days) == ("not established", 0)


def test_without_any_source_of_messages_no_day_was_read() -> None:
    rosters = replace(coverage(), sources=(examples.roster(),))
    line = lines(state_of(rosters))["P-1"]
    assert (line.standing, line.checked_person_days) == ("not established", 0)
    assert "no source of messages is set up" in line.lacks


@pytest.mark.parametrize(
    ("run", "stand"),
    [
        (run_of(PERSONAL, SourceState.NONE, "Personal addresses was not read"), RuleStand.NOT_MADE),
        (run_of(PERSONAL, SourceState.ABSENT, "no source brings personal addresses"), RuleStand.NOT_MADE),
        (run_of(PERSONAL, SourceState.PART, "not in full: Rosters"), RuleStand.IN_PART),
    ],
)
def test_a_check_that_did_not_run_leaves_its_clause_open_and_no_other(
    run: RuleRun, stand: RuleStand
) -> None:
    statement = state_of(runs={PERSONAL: run})
    line = lines(statement)["P-2"]
    assert line.standing == "not established"
    assert {r.rule: (r.state, r.reason) for r in line.rules} == {
        PERSONAL: (stand, run.reason),
        SIGNATURE: (RuleStand.RAN, None),
    }
    assert line.checked_person_days == (28 if stand is RuleStand.IN_PART else 0)
    assert [x.id for x in statement.standing(Stand.NOT_ESTABLISHED)] == ["P-2"]


def test_a_check_no_night_has_made_yet_is_not_made() -> None:
    period = Period((night([]),), {}, coverage(), SCHOOLS)
    statement = clause_statement(PACK, RULES, period, (), examples.imprint("C-1"))
    assert [line.id for line in statement.standing(Stand.NOT_ESTABLISHED)] == ["P-1", "P-2", "P-3"]
    assert "no night has made it" in (lines(statement)["P-1"].rules[0].reason or "")


def test_days_that_no_night_has_judged_do_not_count() -> None:
    line = lines(state_of(nights=[night(last=date(2026, 11, 20))]))["P-1"]
    assert line.standing == "not established"
    assert line.checked_person_days == 20
    assert line.rules[0].reason == "not made on 2 days"
    both = state_of(nights=[night(last=date(2026, 11, 20)), night(judged_from=date(2026, 11, 20))])
    assert lines(both)["P-1"].standing == CLEAR


def test_records_nobody_keeps_are_not_set_up_and_no_gap() -> None:
    unkept = NOT_KEPT + "acknowledgements"
    statement = state_of(runs={HANDBOOK: run_of(HANDBOOK, SourceState.ABSENT, unkept)})
    line = lines(statement)["P-3"]
    assert line.standing == "not set up: no records are kept of acknowledgements"
    assert (line.schools, line.lacks) == ((), ())
    assert statement.complete
    assert "1 more clause would need records that are not kept." in statement.verdict.sub
    assert lines(state_of(GAP, runs={HANDBOOK: run_of(HANDBOOK, SourceState.ABSENT, unkept)}))[
        "P-3"
    ].state is Stand.NOT_SET_UP


def test_a_clause_with_one_check_not_set_up_is_never_clear() -> None:
    unkept = {SIGNATURE: run_of(SIGNATURE, SourceState.ABSENT, NOT_KEPT + "mailbox settings")}
    line = lines(state_of(runs=unkept))["P-2"]
    assert line.standing == "set up in part: no records are kept of mailbox settings"
    assert line.state is Stand.SET_UP_IN_PART
    assert (line.planned_person_days, line.checked_person_days) == (28, 28)
    assert lines(state_of(GAP, runs=unkept))["P-2"].standing == "not established"
    one = examples.item(clause="P-2")
    assert lines(state_of(runs=unkept, items=(one,)))["P-2"].standing == (
        "1 item, set up in part: no records are kept of mailbox settings"
    )


@pytest.mark.parametrize(
    "stated",
    [
        coverage(self_tests=SelfTests(5, 6, ("x",))),
        coverage(self_tests=SelfTests(0, 0)),
        coverage(self_tests=None),
        coverage(balanced=False),
        coverage(balanced=None),
        coverage(gaps=("3 messages of District e-mail could not be read and are set aside.",)),
        replace(coverage(), sources=()),
    ],
)
def test_whatever_keeps_a_page_from_saying_clear_keeps_every_checked_clause_open(
    stated: CoverageStatement,
) -> None:
    statement = state_of(stated)
    assert [line.id for line in statement.standing(Stand.NOT_ESTABLISHED)] == ["P-1", "P-2", "P-3"]
    assert all(line.lacks for line in statement.standing(Stand.NOT_ESTABLISHED))


def test_a_gap_of_one_check_alone_is_said_of_its_own_clauses() -> None:
    title = RULES[HANDBOOK].title
    stated = coverage(gaps=(f"“{title}” was not checked: Records was not read.",))
    runs = {HANDBOOK: run_of(HANDBOOK, SourceState.NONE, "Records was not read")}
    assert [line.id for line in state_of(stated, runs=runs).standing(Stand.NOT_ESTABLISHED)] == ["P-3"]


def test_items_count_for_the_clauses_they_bear_on_and_for_their_schools() -> None:
    items = (
        examples.item("AH-1", clause="P-1"),
        examples.item("AH-2", clause="P-2", also_clauses=("P-1",), school_ids=("AH", "BE")),
        examples.item("D-1", clause="P-1", school_ids=()),
        examples.item("AH-3", clause="P-1", state=ItemState.COVERED),
    )
    statement = state_of(items=items)
    line = lines(statement)["P-1"]
    assert (line.standing, line.items_open, line.items_without_school) == ("checked: 3 items", 3, 1)
    assert [(s.items_open, s.standing) for s in line.schools] == [
        (2, "checked: 2 items"),
        (1, "checked: 1 item"),
    ]
    assert lines(statement)["P-2"].standing == "checked: 1 item"
    assert statement.complete
    assert (statement.verdict.tone, statement.verdict.line) == (
        Tone.LOOK, "2 clauses have something to look at.",
    )  # fmt: skip
    with_gap = lines(state_of(GAP, items=items))["P-1"]
    assert with_gap.standing == "3 items, not established"
    assert with_gap.state is Stand.NOT_ESTABLISHED


def test_a_school_without_staff_is_never_clear_and_its_days_are_not_known() -> None:
    empty = SchoolStaff("CE", "Cedar School", dict.fromkeys(WEEK, frozenset[int]()))
    statement = state_of(schools=(*SCHOOLS, empty))
    line = lines(statement)["P-1"]
    cedar = line.schools[-1]
    assert (cedar.staff, cedar.planned, cedar.checked) == (0, None, None)
    assert [s.standing for s in line.schools] == [CLEAR, CLEAR, "not established"]
    assert line.standing == "not established"
    assert line.lacks == ("no staff of Cedar School is on file",)
    assert (line.planned_person_days, line.checked_person_days) == (28, 28)
    nobody = lines(state_of(schools=(empty,)))["P-1"]
    assert (nobody.planned_person_days, nobody.checked_person_days) == (None, None)
    assert nobody.standing == "not established"
    nowhere = lines(state_of(schools=()))["P-1"]
    assert (nowhere.standing, nowhere.planned_person_days) == ("not established", None)


def test_staff_who_come_in_the_middle_of_the_week_count_from_that_day() -> None:
    by_day = {day: frozenset({1} if day < date(2026, 11, 18) else {1, 2}) for day in WEEK}
    line = lines(state_of(GAP, schools=(SchoolStaff("AH", "Alder Hill", by_day),)))["P-1"]
    # Tuesday and Wednesday of the chat are missing: one person-day, then two.
    assert (line.planned_person_days, line.checked_person_days) == (12, 9)
    assert (line.schools[0].staff, line.schools[0].planned, line.schools[0].checked) == (2, 12, 9)


def test_no_standing_but_one_says_nothing_to_look_at() -> None:
    for statement in (state_of(), state_of(GAP), state_of(items=(examples.item(clause="P-1"),))):
        for line in statement.lines:
            told = [(line.standing, line.state, line.items_open)]
            told += [(s.standing, s.state, s.items_open) for s in line.schools]
            for words, state, items in told:
                assert ("nothing to look at" in words) == (state is Stand.CLEAR)
                assert (items == 0) == (state is Stand.CLEAR)


def test_the_districts_own_words_stand_where_it_gave_them() -> None:
    quoted = {**PACK.clauses, "P-1": replace(PACK.clauses["P-1"], quote="Exactly so.")}
    line = lines(state_of(pack=replace(PACK, clauses=quoted)))["P-1"]
    assert (line.paraphrase, line.quoted) == ("Exactly so.", True)
