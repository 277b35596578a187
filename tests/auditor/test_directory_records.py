"""Records of offices in the directory's memory: as filed, by whom is known, replaced whole each night."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from auditor.directory import OPEN_END, OPEN_START, State, from_tables, missing_kinds, to_tables
from auditor.directory.records import KINDS, RECORDS
from auditor.model import Address, AddressKind, PersonRef
from auditor.records import (
    Account,
    Acknowledgement,
    AppGrant,
    AppUse,
    Attestation,
    Consent,
    ContactLimit,
    Decision,
    Digest,
    Disclosure,
    LimitKind,
    MailboxKind,
    MailboxSetting,
    MediaPermission,
    OfficeHolder,
    Record,
    RunBy,
    SelfReport,
    SpaceMember,
    SubgroupMember,
    SystemSetting,
    Tool,
    ToolKind,
    ToolStatus,
)
from auditor.source import RECORD_KINDS, FactKind
from tests.auditor.directory_world import DAY, KEYS, SIS, address_key, mail, on_record, ref, take

T1, K1, K2 = (KEYS.person(id_) for id_ in ("t1", "k1", "k2"))
TEAM = KEYS.team("v")
AT = datetime(2026, 10, 2, 23, 0, 0, 5, tzinfo=UTC)
US = int(datetime(2026, 10, 2, 23, 0, tzinfo=UTC).timestamp()) * 1_000_000 + 5
FIRST, LAST = date(2026, 10, 1), date(2026, 10, 31)
ONE, OVER = DAY - 4, DAY + 27
"""Day numbers of FIRST, and of the day after LAST."""
LOST = ref("90001")
HOME = address_key("x@home.example")

TOOL = Tool(
    "t", "Remind", ToolKind.BROADCAST, ("a.example", "b.example"), ToolStatus.PILOT,
    ref("t1"), "Principal", AT, LAST, "ninth grade", FIRST, ref("k2"),
)  # fmt: skip
CRISIS = Disclosure(
    "c", ref("t1"), ref("k1"), "phone", AT, LAST, AT, ref("k2"), "Principal", ref("t1"), FIRST, False
)
READ = Acknowledgement(ref("t1"), "handbook", "2026-27", FIRST, "paper")
ACCOUNT = Account(
    "a", "Instagram", "@crew", "Crew", RunBy.OUTSIDE, ref("t1"), ref("k1"), FIRST, LAST,
    Decision.REFUSED, ref("k2"), "Principal", FIRST, "elm street middle school",
)  # fmt: skip
CAPTAIN = SubgroupMember("g", "v", "Captains", ref("k1"), ref("t1"), "Principal", AT, FIRST, LAST)
MEDIA = MediaPermission("m", ref("k1"), "a", ref("t1"), "Principal", FIRST, FIRST, LAST, "drawer")
SPACE = SpaceMember("p", "chat", "Crew", ref("t1"), ref("k1"), FIRST, LAST)
MAILBOX = MailboxSetting(ref("t1"), MailboxKind.FORWARDING, mail("x@home.example"), FIRST, LAST)
APP = AppGrant(ref("t1"), "9.apps", "Talk", (AppUse.MAIL, AppUse.MESSAGES), FIRST, LAST)
SYSTEM = SystemSetting("Chat", "guests", "off", "on", FIRST)
DIGEST = Digest("d", "v", FIRST, LAST, FIRST, ref("t1"), LAST)
LIMIT = ContactLimit(
    "l", LimitKind.OPT_OUT, ref("t1"), ref("k1"), ref("k2"), "Principal", FIRST, LAST
)
CONSENT = Consent("s", ref("k1"), ref("k2"), FIRST, LAST, "drawer")
REPORT = SelfReport("r", ref("t1"), ref("k1"), "phone", AT, AT, ref("k2"))
LOOKED = Attestation(
    "w", "remind", ref("t1"), FIRST, LAST, ref("k2"), "Principal", LAST, 3, LAST
)
OFFICE = OfficeHolder(ref("t1"), "principal", "Alder Hill High School", FIRST, LAST)

FILED: list[tuple[str, Record, tuple[object, ...]]] = [
    ("tool", TOOL, ("t", "Remind", "broadcast", "a.example;b.example", "pilot", T1, "Principal", US, OVER, ONE, K2, "ninth grade")),
    ("disclosure", CRISIS, ("c", T1, K1, "phone", US, OVER, US, K2, "Principal", T1, ONE, 0)),
    ("acknowledgement", READ, (f"{T1} handbook 2026-27", T1, "handbook", "2026-27", ONE, "paper")),
    ("account", ACCOUNT, ("a", "Instagram", "@crew", "Crew", "outside", T1, K1, ONE, OVER - 1, "refused", K2, "Principal", ONE, "s2")),
    ("subgroup", CAPTAIN, (f"g {K1}", "g", TEAM, "Captains", K1, T1, "Principal", US, ONE, OVER)),
    ("media_permission", MEDIA, ("m", K1, "a", T1, "Principal", ONE, ONE, OVER, "drawer")),
    ("space", SPACE, (f"p {K1} {ONE}", "p", "chat", "Crew", T1, K1, ONE, OVER)),
    ("mailbox_setting", MAILBOX, (f"{T1} forwarding {HOME} {ONE}", T1, "forwarding", HOME, 0, ONE, OVER)),
    ("app_grant", APP, (f"{T1} 9.apps {ONE}", T1, "9.apps", "Talk", "mail;messages", ONE, OVER - 1)),
    ("system_setting", SYSTEM, ("Chat guests 2026-10-01", "Chat", "guests", "off", "on", ONE)),
    ("digest", DIGEST, (f"d {TEAM}", TEAM, ONE, OVER, ONE, T1, OVER - 1)),
    ("contact_limit", LIMIT, ("l", "opt_out", T1, K1, K2, "Principal", ONE, OVER)),
    ("consent", CONSENT, ("s", K1, K2, ONE, OVER, "drawer")),
    ("self_report", REPORT, ("r", T1, K1, "phone", US, US, K2)),
    ("attestation", LOOKED, (f"w {T1}", "w", "remind", T1, ONE, OVER, K2, "Principal", OVER - 1, 3, OVER)),
    ("office", OFFICE, (f"{T1} principal s1 {ONE}", T1, "principal", "s1", ONE, OVER)),
]  # fmt: skip


def filed(kind: str, *records: Record) -> list[dict[str, object]]:
    return on_record(take(State(), {"sis": SIS, "office": records}).state, kind)


@pytest.mark.parametrize(("kind", "record", "row"), FILED)
def test_a_record_stands_as_it_was_filed(kind: str, record: Record, row: tuple[object, ...]) -> None:
    out = take(State(), {"sis": SIS, "office": [record]})
    assert out.unmatched == ()
    (kept,) = on_record(out.state, kind)
    assert tuple(kept.values()) == (*row, "office")
    assert tuple(kept) == (*(name for name, _ in RECORDS[kind]), "source")
    assert from_tables(to_tables(out.state)) == out.state
    assert [k for k in RECORDS if out.state.latest[k]] == [kind]


def test_every_kind_of_record_has_a_place_and_a_list() -> None:
    assert set(RECORDS) == set(KINDS) == {kind for kind, _, _ in FILED}
    assert set(KINDS.values()) == RECORD_KINDS - {FactKind.FAMILY_TIES}


# ---- who has to be known ----------------------------------------------------------------------

MUST = [
    *((CRISIS, "adult", "crisis report"), (CRISIS, "student", "crisis report")),
    (READ, "person", "acknowledgement"),
    (CAPTAIN, "member", "member of a sub-group"),
    (MEDIA, "student", "media permission"),
    (SPACE, "member", "member of a space"),
    (MAILBOX, "person", "mailbox setting"),
    (APP, "person", "app in an account"),
    *((LIMIT, "adult", "contact limit"), (LIMIT, "student", "contact limit")),
    (CONSENT, "student", "consent"),
    *((REPORT, "adult", "own report"), (REPORT, "student", "own report")),
    (LOOKED, "person", "attestation"),
    (OFFICE, "person", "holder of an office"),
]
MAY = [
    *((TOOL, "authorized_by", "granter of a tool"), (TOOL, "noticed_to", "who was told of a tool")),
    (CRISIS, "reported_to", "whom a crisis was told to"),
    (CRISIS, "confirmed_by", "who confirmed a crisis"),
    (ACCOUNT, "owner", "owner of an account"),
    (ACCOUNT, "second_owner", "second owner of an account"),
    (ACCOUNT, "decided_by", "who decided on an account"),
    (CAPTAIN, "approved_by", "approver of a sub-group"),
    (MEDIA, "granted_by", "granter of a media permission"),
    (SPACE, "created_by", "maker of a space"),
    (DIGEST, "delivered_to", "reader of a digest"),
    (LIMIT, "set_by", "who set a contact limit"),
    (CONSENT, "guardian", "guardian of a consent"),
    (REPORT, "reported_to", "whom a contact was told to"),
    (LOOKED, "looked_by", "who looked at a system"),
]
KIND = {type(record): kind for kind, record, _ in FILED}
ROW = {kind: row for kind, _, row in FILED}


def changed(record: Record, **to: object) -> Any:
    return replace(record, **to)  # type: ignore[arg-type]  # fields by name


def test_everybody_a_record_can_name_is_asked_for() -> None:
    named = {(type(r), f.name) for _, r, _ in FILED for f in fields(r) if isinstance(getattr(r, f.name), PersonRef)}
    assert named == {(type(record), name) for record, name, _ in (*MUST, *MAY)}


@pytest.mark.parametrize(("record", "name", "said"), MUST)
def test_half_a_record_is_not_kept_and_who_is_missing_is_queued(record: Record, name: str, said: str) -> None:
    out = take(State(), {"sis": SIS, "office": [changed(record, **{name: LOST})]})
    assert on_record(out.state, KIND[type(record)]) == []
    assert [(u.source, u.kind, u.reference) for u in out.unmatched] == [
        ("office", said, "person_id 90001")
    ]


@pytest.mark.parametrize(("record", "name", "said"), MAY)
def test_a_record_that_counts_without_somebody_stays(record: Record, name: str, said: str) -> None:
    kind = KIND[type(record)]
    for who, queue in ((LOST, [said]), (None, [])):
        out = take(State(), {"sis": SIS, "office": [changed(record, **{name: who})]})
        assert [u.kind for u in out.unmatched] == queue
        (kept,) = on_record(out.state, kind)
        differ = [a for a, b in zip(kept.values(), ROW[kind], strict=False) if a != b]
        assert differ == [None]


# ---- what a record does not say ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("record", "unsaid", "column", "value"),
    [
        *((TOOL, "authorized_at", "at_us", None), (TOOL, "ends_on", "until", None)),
        *((TOOL, "noticed_on", "noticed_on", None), (CRISIS, "reported_at", "reported_us", None)),
        *((CRISIS, "last_contact_on", "last_day", None), (CRISIS, "confirmed_on", "confirmed_on", None)),
        (CRISIS, "considered_51a", "considered_51a", None),
        *((ACCOUNT, "requested_on", "requested_on", None), (ACCOUNT, "renew_by", "renew_by", None)),
        *((ACCOUNT, "decided_on", "decided_on", None), (ACCOUNT, "school_id", "school_id", None)),
        *((CAPTAIN, "starts_on", "starts", None), (CAPTAIN, "ends_on", "until", None)),
        *((CAPTAIN, "approved_at", "at_us", None), (MEDIA, "ends_on", "until", None)),
        *((SPACE, "start", "first", OPEN_START), (SPACE, "end", "until", OPEN_END)),
        *((MAILBOX, "start", "first", OPEN_START), (MAILBOX, "end", "until", OPEN_END)),
        *((APP, "granted_on", "first", OPEN_START), (APP, "revoked_on", "until", OPEN_END)),
        *((DIGEST, "team_id", "team_key", None), (DIGEST, "acknowledged_on", "acknowledged_on", None)),
        *((LIMIT, "starts_on", "first", OPEN_START), (LIMIT, "ends_on", "until", OPEN_END)),
        *((LIMIT, "adult", "adult_key", None), (CONSENT, "ends_on", "until", None)),
        *((OFFICE, "start", "first", OPEN_START), (OFFICE, "end", "until", OPEN_END)),
        (OFFICE, "school_id", "school_id", None),
    ],
)
def test_what_a_record_does_not_say_is_not_known_or_has_no_end(
    record: Record, unsaid: str, column: str, value: object
) -> None:
    (row,) = filed(KIND[type(record)], changed(record, **{unsaid: None}))
    assert row[column] == value


def test_whether_a_report_was_considered_is_yes_no_or_not_known() -> None:
    (row,) = filed("disclosure", changed(CRISIS, considered_51a=True))
    assert row["considered_51a"] == 1


def test_an_office_without_a_school_is_known_again() -> None:
    (row,) = filed("office", changed(OFFICE, school_id=None, start=None))
    assert row["id"] == f"{T1} principal  {OPEN_START}"


@pytest.mark.parametrize(
    ("value", "inside"),
    [
        (mail("x@home.example"), 0),
        (mail("crew@marlow.example"), 1),
        (Address(AddressKind.PHONE, "+15550100"), None),
        (Address(AddressKind.PERSON_ID, "crew@marlow.example"), 0),
    ],
)
def test_an_address_in_a_mailbox_is_the_districts_or_not(value: Address, inside: int | None) -> None:
    out = take(State(), {"sis": SIS, "office": [changed(MAILBOX, value=value)]})
    (row,) = on_record(out.state, "mailbox_setting")
    assert (row["address_key"], row["inside"]) == (KEYS.address(value), inside)
    assert out.addresses[KEYS.address(value)] == value


# ---- one night after another ---------------------------------------------------------------------

SEVERAL = [
    ("acknowledgement", READ, [{"school_year": "2025-26"}, {"document": "annex"}, {"person": ref("k2")}]),
    ("subgroup", CAPTAIN, [{"member": ref("k2")}, {"subgroup_id": "h"}]),
    ("space", SPACE, [{"member": ref("k2")}, {"start": LAST}, {"space_id": "q"}]),
    ("mailbox_setting", MAILBOX, [{"person": ref("k2")}, {"value": mail("y@home.example")}, {"start": LAST}, {"setting": MailboxKind.SIGNATURE}]),
    ("app_grant", APP, [{"person": ref("k2")}, {"app_id": "8.apps"}, {"granted_on": LAST}]),
    ("system_setting", SYSTEM, [{"system": "Mail"}, {"setting": "links"}, {"seen_on": LAST}]),
    ("digest", DIGEST, [{"team_id": "w"}, {"team_id": None}, {"digest_id": "e"}]),
    ("attestation", LOOKED, [{"person": ref("k2")}, {"person": None}, {"attestation_id": "x"}]),
    ("office", OFFICE, [{"person": ref("k2")}, {"office": "it"}, {"school_id": "s2"}, {"start": LAST}]),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "record", "others"), SEVERAL)
def test_rows_that_differ_in_what_they_are_are_kept_side_by_side(
    kind: str, record: Record, others: list[dict[str, object]]
) -> None:
    all_of_them = [record, *(changed(record, **other) for other in others)]
    assert len(filed(kind, *all_of_them, record)) == len(all_of_them)


@pytest.mark.parametrize(("kind", "record", "row"), FILED)
def test_a_list_of_records_is_replaced_whole(kind: str, record: Record, row: tuple[object, ...]) -> None:
    before = take(State(), {"sis": SIS, "office": [record]}).state
    failed = take(before, {"sis": SIS}, DAY + 1, configured=("sis", "office")).state
    assert [tuple(r.values())[:-1] for r in on_record(failed, kind)] == [row]
    for later in (
        take(before, {"sis": SIS, "office": []}, DAY + 1),
        take(before, {"sis": SIS}, DAY + 1, configured=("sis",)),
    ):
        assert on_record(later.state, kind) == []
    assert missing_kinds(before, "office", frozenset(), DAY + 1) == (KINDS[kind],)
    assert missing_kinds(before, "office", frozenset({KINDS[kind]}), DAY + 1) == ()
    assert missing_kinds(before, "sis", frozenset(FactKind) - {KINDS[kind]}, DAY + 1) == ()


def test_of_two_offices_with_one_record_the_one_believed_first_is_kept() -> None:
    other = changed(TOOL, name="Reminder")
    state = take(State(), {"sis": SIS, "office": [TOOL], "it": [other]}).state
    assert [r["name"] for r in on_record(state, "tool")] == ["Remind"]
    state = take(state, {"sis": SIS, "office": [], "it": [other]}, DAY + 1).state
    assert [r["name"] for r in on_record(state, "tool")] == ["Reminder"]


def test_memory_written_before_a_column_or_a_table_was_thought_of_is_read() -> None:
    state = take(State(), {"sis": SIS, "office": [TOOL, OFFICE]}).state
    tables = to_tables(state)
    del tables["office"]
    tables["tool"] = tables["tool"].drop_columns(["scope", "noticed_on"])
    read = from_tables(tables)
    assert read.latest["office"] == {}
    ((*row, source),) = read.latest["tool"].values()
    assert row == [*ROW["tool"][:9], None, K2, None]
    assert source == "office"
    assert to_tables(read)["tool"].schema == to_tables(state)["tool"].schema
