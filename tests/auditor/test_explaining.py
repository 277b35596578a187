"""Each item explains itself: the right reason, who said so, and everything that was in force."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from auditor import explainwords
from auditor.checking import _parameters
from auditor.explaining import NO_DECISION, NO_EXCEPTION, NOT_FOR_RECORDS, Decision
from auditor.inforce import rule_seen
from auditor.policy import load_pack
from auditor.rule import load_rules
from cron import wiring
from tests.auditor.explained_district import MEANS, Explained, made, opened

DIRECT, OWN = "direct-no-adult", "guardian-not-included"
PACK = Path(__file__).parents[2] / "config/policies/injdb.toml"


@pytest.fixture(scope="module")
def explained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Explained]:
    tiny = made(tmp_path_factory.mktemp("explained") / "district")
    with wiring.workplace(opened(tiny)) as place:
        yield Explained(place)


def text(explained: Explained, rule: str, student: str | None) -> str:
    return "\n".join(explainwords.lines(explained.of(rule, student)))


# ---- exceptions ------------------------------------------------------------------------------


def test_where_nothing_is_on_file_it_says_so(explained: Explained) -> None:
    explanation = explained.of(DIRECT, "S2")
    assert [m.exceptions for m in explanation.messages] == [(), ()]
    assert explanation.records == ()
    assert text(explained, DIRECT, "S2").count(f"exception: {NO_EXCEPTION}") == 2


@pytest.mark.parametrize(
    ("rule", "student", "approval", "because"),
    [
        (DIRECT, "S3", "A-LATE", "a late approval does not reach back"),
        (DIRECT, "S4", "A-WRONG", "granted by teacher; this ground needs"),
        (OWN, "S1", "A-GUARDIAN", "needs a guardian on the message, and none was on it"),
    ],
    ids=["late", "wrong authority", "guardian not included"],
)
def test_an_exception_that_failed_says_why_and_shows_its_record(
    explained: Explained, rule: str, student: str, approval: str, because: str
) -> None:
    (line,) = explained.message(rule, student).exceptions
    assert line.startswith(f"{approval} (")
    assert because in line
    assert explained.message(rule, student).covered_by is None
    assert f"exception: {line}" in text(explained, rule, student)
    (record,) = explained.of(rule, student).records
    assert (record.table, record.label, record.source_title) == ("authorizations", approval, "Tables")
    fields = {f.name: f.value or (f.person and f.person.name) for f in record.fields}
    assert fields["adult"] == "Tina One"
    assert (fields["starts on"], fields["last day"]) == ("2026-11-01", "2026-12-31")


def test_a_rule_about_exceptions_tells_what_came_of_them_and_not_that_it_is_no_ground(
    explained: Explained,
) -> None:
    wrong = [i for i in explained.items if i.rule == "approval-does-not-hold"]
    shown = {i.thing.thing_id: explained.by_id(i.id) for i in wrong if i.thing is not None}
    assert shown.keys() >= {"A-LATE", "A-WRONG"}
    assert "does not reach back" in shown["A-LATE"].messages[0].exceptions[0]
    assert "granted by teacher" in shown["A-WRONG"].messages[0].exceptions[0]
    for explanation in shown.values():
        assert "not a ground" not in "\n".join(explainwords.lines(explanation))


def test_what_covers_a_message_is_named_with_who_granted_it(explained: Explained) -> None:
    message = explained.message(DIRECT, "S5")
    assert message.covered_by == "A-GOOD"
    shown = text(explained, DIRECT, "S5")
    assert "covered by A-GOOD" in shown
    assert "1 of 1 covered by A-GOOD: Student safety, granted by Pat Principal (principal)" in shown
    assert "state: covered" in shown


# ---- who, and who said so --------------------------------------------------------------------


def test_each_address_is_somebody_of_that_day_and_a_source_says_so(explained: Explained) -> None:
    sender, receiver = explained.message(DIRECT, "S3").parties
    assert (sender.role, sender.address, sender.kind) == ("from", "t1@d.example", "district")
    assert (sender.told_by, sender.since) == (("Rosters",), None)
    assert sender.person is not None
    assert (sender.person.name, sender.person.adult, sender.person.on_item) == ("Tina One", True, True)
    assert sender.person.schools == ("Alder High",)
    assert receiver.person is not None
    assert [h.words for h in receiver.person.hats] == ["student at Alder High", "athlete of Soccer"]
    assert [h.told_by for h in receiver.person.hats] == [("Rosters",), ("Tables",)]


def test_a_list_is_followed_to_its_members_and_counted(explained: Explained) -> None:
    message = explained.message(DIRECT, "S6")
    (one,) = message.lists
    assert (one.address, one.members, one.students, one.adults, one.unknown) == (
        "club@d.example", 3, 1, 1, 1,
    )  # fmt: skip
    assert one.told_by == ("Tables",)
    through = {p.address: p.person and p.person.name for p in message.parties if p.via_list}
    assert through == {
        "s6@d.example": "Sky Six", "t1@d.example": "Tina One", "gone@d.example": None,
    }  # fmt: skip
    assert [p.address for p in message.parties if p.is_list] == ["club@d.example"]


def test_every_copy_of_a_message_is_listed_with_its_source(explained: Explained) -> None:
    copies = explained.message(OWN, "S1").copies
    assert [(c.source_title, c.native_id) for c in copies] == [
        ("Mail archive", "own@home.example"), ("District e-mail", "own@home.example"),
    ]  # fmt: skip
    assert explained.message(OWN, "S1").parties[0].kind == "personal"


def test_a_team_item_names_the_team_and_everyone_reached(explained: Explained) -> None:
    message = explained.message("coach-partial-team", None)
    names = [p.person and p.person.name for p in message.parties]
    assert names == ["Tom Two", "Sam One"]
    assert dict(message.measured)["rostered"] == 2


# ---- records ---------------------------------------------------------------------------------


def test_a_record_is_shown_by_its_fields_without_free_text(explained: Explained) -> None:
    message = explained.message("crisis-reported-late", "S3")
    (record,) = message.records
    assert (message.channel, record.table, record.label) == ("record", "disclosures", "DISC-1")
    fields = {f.name: f.value or (f.person and f.person.name) for f in record.fields}
    assert fields == {
        "adult": "Tom Two", "student": "Sol Three", "first": "2026-11-01T21:00-05:00",
        "last day": "2026-11-02",
    }  # fmt: skip
    assert f"exception: {NOT_FOR_RECORDS}" in text(explained, "crisis-reported-late", "S3")
    for explanation in map(explained.by_id, [i.id for i in explained.items]):
        whole = json.dumps(explainwords.document(explanation))
        assert MEANS not in whole
        assert "her brother" not in whole
        assert "considered 51a" not in whole
        assert "considered_51a" not in whole


# ---- what was in force -----------------------------------------------------------------------


def test_every_item_names_rule_policy_switches_and_its_runs(explained: Explained) -> None:
    assert len({item.rule for item in explained.items}) > 3
    for item in explained.items:
        explanation = explained.by_id(item.id)
        shown = "\n".join(explainwords.lines(explanation))
        policy, rule = explanation.policy, explanation.rule
        assert policy.clauses[0].id == item.clause
        assert policy.sha256 in shown
        assert policy.text_sha256 is not None
        assert policy.text_sha256 in shown
        assert f"{rule.id}, version {rule.version}" in shown
        assert rule.looks_for in shown
        assert all(f"cannot see: {line}" in shown for line in rule.misses)
        assert len(policy.switches) > 10
        assert all(f"switch {one.id} = {one.value}" in shown for one in policy.switches)
        assert explanation.imprint.software in shown
        assert NO_DECISION in shown
        assert explainwords.document(explanation)["id"] == item.id


def test_each_message_says_in_which_run_it_was_first_found(explained: Explained) -> None:
    explanation = explained.of(DIRECT, "S2")
    found = [m.found for m in explanation.messages]
    assert [f and f.audit_date for f in found] == [date(2026, 11, 19), date(2026, 11, 22)]
    assert [f and f.run_id for f in found] == ["000001-nightly-2026-11-19", "000002-nightly-2026-11-22"]
    assert (explanation.item.listed_on, explanation.grew_on) == (date(2026, 11, 19), date(2026, 11, 22))
    shown = "first listed 2026-11-19, grew on 2026-11-22"
    assert shown in text(explained, DIRECT, "S2")


def test_a_decision_takes_the_place_of_the_sentence_that_there_is_none(explained: Explained) -> None:
    decided = Decision(datetime(2026, 11, 23, 15, tzinfo=UTC), "P1", "Looked at", "All was well.")
    explanation = replace(explained.of(DIRECT, "S2"), decisions=(decided,))
    shown = "\n".join(explainwords.lines(explanation))
    assert NO_DECISION not in shown
    assert "2026-11-23 10:00 EST  P1: Looked at. All was well." in shown


def test_the_settings_shown_are_those_the_rule_ran_with() -> None:
    rules = load_rules()
    names = {name: frozenset(rule.parameters) for name, rule in rules.items()}
    pack = load_pack(PACK, rules=names)
    assert any(rules[rule_id].parameters for rule_id in pack.bindings)
    for rule_id in pack.bindings:
        shown = {p.name: p.value for p in rule_seen(rules[rule_id], pack).parameters}
        assert shown == _parameters(rules[rule_id], pack)
