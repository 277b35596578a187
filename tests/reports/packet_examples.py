"""Explanations as values, invented, for every state a packet can be in."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from auditor.explaining import (
    ClauseSeen,
    CopySeen,
    Explanation,
    FieldSeen,
    Found,
    HatSeen,
    ListSeen,
    MessageSeen,
    ParameterSeen,
    PartySeen,
    PersonSeen,
    PolicySeen,
    RecordSeen,
    RuleSeen,
    SwitchSeen,
)
from auditor.result import ItemState, PersonShown, ThingShown
from tests.reports import examples
from tests.reports.examples import HOSTILE, OCONNOR, REYES, WHITFIELD

ROSTER, TABLES = ("Student information system",), ("District tables",)
BEGAN = date(2026, 8, 27)


def seen(shown: PersonShown, *hats: str, on_item: bool = False) -> PersonSeen:
    student = "student" in shown.hats
    words = tuple(HatSeen(hat, BEGAN, ROSTER) for hat in hats or shown.hats)
    return PersonSeen(
        shown.person_id, shown.name, words, ("Alder Hill High School",), not student, student, on_item
    )


TEACHER, STUDENT = seen(WHITFIELD, on_item=True), seen(REYES, on_item=True)
OTHER = seen(OCONNOR)
MOTHER = PersonSeen(
    "G-1", "Nuala O’Connor", (HatSeen("guardian of another student", None, ROSTER),), (), False,
    False, False,
)  # fmt: skip
OWN_MOTHER = replace(MOTHER, person_id="G-2", name="Inés Reyes", guardian_here=True)
COLLEAGUE = seen(examples.BELL, "staff")


def party(role: str, address: str, person: PersonSeen | None, **changed: object) -> PartySeen:
    values = {"kind": "district", "since": BEGAN, "told_by": ROSTER, "is_list": False}
    return PartySeen(address=address, role=role, person=person, **(values | changed))  # type: ignore[arg-type]  # fields by name


PARTIES = (
    party("from", "dana.whitfield@marlow.example", TEACHER),
    party("to", "jordan.reyes@students.marlow.example", STUDENT),
    party("to", "club@marlow.example", None, is_list=True, kind=None, told_by=()),
    party("cc", "marcus.bell@marlow.example", COLLEAGUE),
    party("cc", "ines.reyes@letterbox.example", OWN_MOTHER, kind="outside"),
    party("to", "liam.oconnor@students.marlow.example", OTHER, via_list="club@marlow.example"),
    party("to", "S-20522", OTHER, kind="person-id", via_list="club@marlow.example"),
    party("to", "nuala@letterbox.example", MOTHER, kind="outside", via_list="club@marlow.example"),
    party("to", "stranger@elsewhere.example", None, kind=None, told_by=()),
)
APPROVAL = RecordSeen(
    "authorizations", "AZ-9", "District tables",
    (
        FieldSeen("ground", "safety"), FieldSeen("adult", "", TEACHER),
        FieldSeen("student", "", OTHER), FieldSeen("last day", "2026-12-31"),
        FieldSeen("address", "", None, "liam.home@letterbox.example"),
        FieldSeen("name", "for liam o’connor and S-20522"),
    ),
)  # fmt: skip
TRIED = "AZ-9 (Student safety): was granted after the message; a late approval does not reach back."


def message(number: int, **changed: object) -> MessageSeen:
    shown = examples.message(examples.at(16 + number, 20, 12), number)
    copies = (
        CopySeen("gmail", "District e-mail", shown.native_id, "gmail", shown.sent_at),
        CopySeen("journal", "Mail journal", f"J{number}", "gmail", shown.sent_at),
    )
    made = MessageSeen(
        source="gmail",
        native_id=shown.native_id,
        sent_at=shown.sent_at,
        channel="email",
        sent_by="adult",
        uncertain=False,
        parties=PARTIES,
        lists=(ListSeen("club@marlow.example", 3, 1, 0, 1, TABLES),),
        copies=copies,
        exceptions=(TRIED,),
        covered_by=None,
        measured=(("other_adult", 0), ("hidden", 0)),
        found=Found("000002-nightly-2026-11-19", date(2026, 11, 19), "5f1d"),
    )
    return replace(made, **changed)  # type: ignore[arg-type]  # fields by name


RULE = RuleSeen(
    id="direct-no-adult",
    title="Written to one student, no other adult copied",
    version="3f9a21c07be4",
    looks_for="Messages of an adult to one student, without another adult.",
    misses=("An adult copied blind.", "What was said in person."),
    needs=("messages", "people"),
    parameters=(ParameterSeen("most_messages", 3, "messages", "in a week", "the rule’s default"),),
)
POLICY = PolicySeen(
    id="injdb",
    name="INJDB Employee Social Media",
    revision="Dec 6, 2016",
    in_force_from=date(2016, 12, 21),
    sha256="5f1d0c9be2a7446c8d3f0a51b7e9c2d4a6f8b0c2d4e6f80123456789abcdef01",
    text_sha256="096afc757ba3791963c9a9ce41209c14d9aa244c9a434f5bf56a6b6324dc48a2",
    clauses=(
        ClauseSeen(
            "INJDB-9", "discouraged", "are discouraged from",
            "Staff are asked not to write to a student directly without another adult copied.",
            False, "INJDB, Requirements, ¶2", "proven", "Who was on a message is in the envelopes.",
        ),
    ),
    grounds=("Family tie", "Student safety"),
    switches=(SwitchSeen("bcc_counts", "Blind copies", "count", "as an adult copied"),),
)  # fmt: skip


def explanation(**changed: object) -> Explanation:
    messages = tuple(message(n) for n in range(3))
    shown = tuple(examples.message(m.sent_at, n) for n, m in enumerate(messages))
    made = Explanation(
        imprint=examples.imprint("E-2026-11-22-AH-0412"),
        item=examples.item(messages=shown),
        identity="9b9cc57cdccc6911",
        episode=1,
        grew_on=date(2026, 11, 20),
        rule=RULE,
        policy=POLICY,
        messages=messages,
        records=(APPROVAL,),
    )
    return replace(made, **changed)  # type: ignore[arg-type]  # fields by name


def of_a_team() -> Explanation:
    """Return an item about a coach and a team, with a member whom nobody told."""
    missed = (OCONNOR, examples.LINDQVIST)
    shown = examples.message(examples.at(18, 15), missed=missed, reached=1, rostered=3)
    item = examples.item(student=None, team=examples.WRESTLING, adult=examples.DVORAK, messages=(shown,))
    return explanation(item=item, messages=(message(2, parties=PARTIES[1:2]),), records=())


def of_records() -> Explanation:
    """Return an item about a thing and no adult, that rests on a record."""
    label = OCONNOR.person_id
    shown = examples.message(
        examples.at(18, 17), native_id=label, channel=None, sent_by="record",
        source_title="Records on file", source="records",
    )  # fmt: skip
    item = examples.item(
        adult=None, student=None, thing=ThingShown("mailing list", "club", "club@marlow.example"),
        messages=(shown,), channels=(), tools=(), checked=(), why=(), state=ItemState.CARRIED_OVER,
    )  # fmt: skip
    record = RecordSeen("rosters", label, None, (FieldSeen("person", "", OTHER),))
    one = message(
        2, channel="record", native_id=label, parties=(), lists=(), copies=(), exceptions=(),
        sent_by="record", records=(record,), found=None, uncertain=True,
    )  # fmt: skip
    return explanation(item=item, messages=(one,), records=())


def hostile() -> Explanation:
    """Return an explanation with something hostile wherever text from outside may stand."""
    person = PersonSeen("H-1", HOSTILE, (HatSeen(HOSTILE, None, (HOSTILE,)),), (HOSTILE,), True, False, False)
    bad = party("from", HOSTILE, person, told_by=(HOSTILE,), via_list=HOSTILE)
    record = RecordSeen(HOSTILE, HOSTILE, HOSTILE, (FieldSeen(HOSTILE, HOSTILE, person, HOSTILE),))
    one = message(
        1, native_id=HOSTILE, parties=(bad,), exceptions=(HOSTILE,), covered_by=HOSTILE,
        lists=(ListSeen(HOSTILE, 1, 0, 0, 1, (HOSTILE,)),),
        copies=(CopySeen(HOSTILE, HOSTILE, HOSTILE, HOSTILE, examples.at(18, 15)),),
    )  # fmt: skip
    switch = SwitchSeen(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
    policy = replace(POLICY, name=HOSTILE, revision=HOSTILE, grounds=(HOSTILE,), switches=(switch,))
    of_outside = replace(one, channel="record", records=(record,), parties=())
    return explanation(
        item=examples.hostile_item(), messages=(one, of_outside), records=(record,), policy=policy,
        imprint=replace(examples.imprint("E-1"), district=HOSTILE, retention=HOSTILE, software=HOSTILE),
    )  # fmt: skip
