"""Every row of a record that cannot be used, with what to do about it; whatever a row holds."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.tables.layout import ROSTER_TABLES
from tests.connectors.records_world import FACTS, Cells, example, pulled_rows
from tests.connectors.tables_world import pull, write

BEFORE = "correct one of the two"
BAD_CELLS = [
    ("tools", {"kind": "pigeon"}, "kind", "is none of email, lms, chat"),
    ("tools", {"status": ""}, "status", "is blank"),
    ("tools", {"domains": "app"}, "domains", "write app.example;mail.example"),
    ("tools", {"domains": "a@app.example"}, "domains", "write app.example;mail.example"),
    ("tools", {"ends_on": "2026-08-01"}, "ends_on", f"is before authorized_at; {BEFORE}"),
    ("tools", {"noticed_on": ""}, "noticed_on", "noticed_to is not; write the day"),
    ("disclosures", {"adult": ""}, "adult", "is blank"),
    ("disclosures", {"student": " "}, "student", "is blank"),
    ("disclosures", {"first_contact_at": ""}, "first_contact_at", "is blank"),
    ("disclosures", {"first_contact_at": "2026-10-03"}, "first_contact_at", "no time of day"),
    ("disclosures", {"reported_at": "2026-10-03T21:00-04:00"}, "reported_at", BEFORE),
    ("disclosures", {"reported_at": ""}, "reported_at", "or leave both blank"),
    ("disclosures", {"last_contact_on": "2026-10-02"}, "last_contact_on", BEFORE),
    ("disclosures", {"confirmed_on": "2026-10-02"}, "confirmed_on", BEFORE),
    ("disclosures", {"confirmed_on": ""}, "confirmed_on", "write the day, or leave both blank"),
    ("disclosures", {"considered_51a": "perhaps"}, "considered_51a", "is none of yes, no"),
    ("acknowledgements", {"school_year": "2026"}, "school_year", "write it as 2026-27"),
    ("acknowledgements", {"school_year": "2026-28"}, "school_year", "write 2026-27"),
    ("acknowledgements", {"school_year": "2026-1927"}, "school_year", "write 2026-27"),
    ("acknowledgements", {"acknowledged_on": ""}, "acknowledged_on", "is blank"),
    ("acknowledgements", {"acknowledged_on": "9999-12-31"}, "acknowledged_on", "cannot be meant"),
    ("accounts", {"decision": "maybe"}, "decision", "is none of approved, refused, pending"),
    ("accounts", {"decided_on": ""}, "decided_on", "decision is approved; write the day"),
    ("accounts", {"decision": "pending"}, "decided_on", "write the decision, or leave the day"),
    ("accounts", {"decided_on": "2026-08-09"}, "decided_on", "is before requested_on"),
    ("accounts", {"renew_by": "2026-08-19"}, "renew_by", "is before decided_on"),
    ("accounts", {"run_by": "boosters"}, "run_by", "is none of staff, outside"),
    ("subgroups", {"member": ""}, "member", "is blank"),
    ("subgroups", {"ends_on": "2026-08-24"}, "ends_on", "is before starts_on"),
    ("media_permissions", {"student": ""}, "student", "is blank"),
    (
        "media_permissions",
        {"starts_on": "", "ends_on": "2026-09-07"},
        "ends_on",
        "is before granted_on",
    ),
    ("spaces", {"end": "2026-09-07"}, "end", "is before start"),
    ("spaces", {"member": ""}, "member", "is blank"),
    ("mailbox_settings", {"setting": "photo"}, "setting", "is none of signature, vacation"),
    ("mailbox_settings", {"value": "12"}, "value", "is no telephone number"),
    (
        "mailbox_settings",
        {"setting": "forwarding", "value": "5550100123"},
        "value",
        "is no e-mail address",
    ),
    ("app_grants", {"uses": ""}, "uses", "is blank"),
    ("app_grants", {"uses": "mail;everything"}, "uses", "is none of mail, contacts, chat"),
    ("app_grants", {"uses": " ; "}, "uses", "joined by ;"),
    ("app_grants", {"revoked_on": "2026-09-13"}, "revoked_on", "is before granted_on"),
    ("system_settings", {"found": ""}, "found", "is blank"),
    ("system_settings", {"seen_on": "yesterday"}, "seen_on", "is no date such as"),
    ("digests", {"last": "2026-09-13"}, "last", f"is before first; {BEFORE}"),
    ("digests", {"delivered_on": "2026-09-19"}, "delivered_on", "is before last"),
    ("digests", {"acknowledged_on": "2026-09-20"}, "acknowledged_on", "is before delivered_on"),
    ("contact_limits", {"kind": "shy"}, "kind", "is none of do_not_contact, opt_out"),
    ("contact_limits", {"ends_on": "2026-09-30"}, "ends_on", "is before starts_on"),
    ("consents", {"granted_on": ""}, "granted_on", "is blank"),
    ("consents", {"ends_on": "2026-09-02"}, "ends_on", "is before granted_on"),
    ("self_reports", {"reported_at": ""}, "reported_at", "is blank"),
    ("self_reports", {"reported_at": "2026-09-19T18:00-04:00"}, "reported_at", BEFORE),
    ("attestations", {"found": ""}, "found", "is blank"),
    ("attestations", {"found": "several"}, "found", "is no count; write how many"),
    ("attestations", {"found": "-1"}, "found", "is no count; write how many"),
    ("attestations", {"looked_by": ""}, "looked_by", "is blank"),
    ("attestations", {"looked_on": "2026-09-19"}, "looked_on", f"is before last; {BEFORE}"),
    ("attestations", {"ends_on": "2026-09-21"}, "ends_on", f"is before looked_on; {BEFORE}"),
    ("attestations", {"ends_on": ""}, "ends_on", "is blank"),
    ("offices", {"office": "!"}, "office", "write it as athletic_director"),
    ("offices", {"end": "2026-06-30"}, "end", "is before start"),
]


@pytest.mark.parametrize(("name", "changes", "field", "reason"), BAD_CELLS)
def test_a_bad_row_is_set_aside_with_its_place_and_what_to_do(
    tmp_path: Path, name: str, changes: Cells, field: str, reason: str
) -> None:
    pulled = pulled_rows(tmp_path, name, example(name, **changes), example(name))
    (bad,) = pulled.rejected
    assert (bad.file, bad.line, bad.field) == (f"{name}.csv", 2, field)
    assert reason in bad.reason
    assert pulled.facts == (FACTS[name],), "the good row after it is used"


@pytest.mark.parametrize("name", sorted(FACTS))
def test_a_reason_never_repeats_what_a_cell_holds(tmp_path: Path, name: str) -> None:
    row = dict.fromkeys(ROSTER_TABLES[name].columns, "zephyr!quill")
    pulled = pulled_rows(tmp_path, name, row)
    assert len(pulled.rejected) == 1
    assert "zephyr" not in repr(pulled)


# ---- ids ------------------------------------------------------------------------------------

IDS = {
    name: ROSTER_TABLES[name].columns[0]
    for name in FACTS
    if ROSTER_TABLES[name].columns[0].endswith("_id")
    and ROSTER_TABLES[name].columns[0] != "person_id"
}
OTHERWISE = {
    "tools": {"name": "Another App"},
    "disclosures": {"student": "S-2002"},
    "accounts": {"handle": "@another"},
    "subgroups": {"approved_by": "T-100"},
    "media_permissions": {"account": "ACC-009"},
    "spaces": {"name": "Another Group"},
    "digests": {"team": ""},
    "contact_limits": {"adult": ""},
    "consents": {"guardian": ""},
    "self_reports": {"adult": "T-101"},
    "attestations": {"found": "2"},
}


@pytest.mark.parametrize("name", sorted(IDS))
def test_an_id_that_stands_for_something_else_is_set_aside(tmp_path: Path, name: str) -> None:
    pulled = pulled_rows(tmp_path, name, example(name), example(name, **OTHERWISE[name]))
    assert pulled.facts == (FACTS[name],)
    (bad,) = pulled.rejected
    assert (bad.line, bad.field) == (3, IDS[name])
    assert bad.reason == "stands for something else in line 2"


@pytest.mark.parametrize("name", sorted(FACTS))
def test_a_row_given_twice_counts_once(tmp_path: Path, name: str) -> None:
    pulled = pulled_rows(tmp_path, name, example(name), example(name))
    assert pulled.facts == (FACTS[name],)
    assert (pulled.records, pulled.rejected) == (2, ())


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("subgroups", {"member": "S-2003", "starts_on": "2026-09-01", "ends_on": ""}),
        ("spaces", {"member": "S-2003", "start": "", "end": "2026-10-01"}),
    ],
)
def test_a_group_has_a_row_for_each_member_with_days_of_their_own(
    tmp_path: Path, name: str, changes: Cells
) -> None:
    pulled = pulled_rows(tmp_path, name, example(name), example(name, **changes))
    assert len(pulled.facts) == 2
    assert pulled.rejected == ()


# ---- whatever a row holds -------------------------------------------------------------------

DAYS = [f"2026-{month:02}-{day:02}" for month in (8, 9, 10) for day in (1, 15)]
WORDS = sorted({w for name in FACTS for ws in ROSTER_TABLES[name].words.values() for w in ws})
ENCODABLE = st.characters(codec="utf-8")
PLAUSIBLE = st.one_of(
    st.sampled_from(["", "T-1", "S-2", "a@marlow.example", "2026-27", "2026-2028", "9999-12-31"]),
    st.sampled_from(DAYS),
    st.sampled_from([f"{day}T21:30:00-04:00" for day in DAYS]),
    st.sampled_from(WORDS),
    st.sampled_from(["principal", "app.example;b.example", "555-010-0123", "@", ";", "0001-01-01"]),
    st.text(ENCODABLE, max_size=8),
)


@settings(max_examples=300, deadline=None)
@given(data=st.data(), name=st.sampled_from(sorted(FACTS)))
def test_any_row_gives_facts_or_a_reason(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, name: str
) -> None:
    base = tmp_path_factory.getbasetemp() / "any-record"
    changed = data.draw(
        st.dictionaries(st.sampled_from(ROSTER_TABLES[name].columns), PLAUSIBLE, max_size=6)
    )
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    row = example(name, **changed)
    writer.writerows([list(row), list(row.values())])
    write(base / "drop/w.csv", text.getvalue().replace("\0", "").encode())
    pulled = pull(base, kind=name)
    assert len(pulled.facts) + len(pulled.rejected) == pulled.records <= 1
    assert all(bad.reason and bad.line for bad in pulled.rejected)
