"""What offices put on record as facts, exactly as filed, and nothing that was noted beside it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from auditor.model import Address, AddressKind, Authorization, PersonRef
from auditor.records import Acknowledgement, Disclosure, MailboxSetting, OfficeHolder, SelfReport
from auditor.source import RECORD_KINDS, FactKind, Malformed
from connectors.tables.layout import ROSTER_TABLES
from connectors.tables.records import RECORD_READERS
from tests.connectors.records_world import FACTS, T104, example, pulled_rows
from tests.connectors.tables_world import pull, source, write


@pytest.mark.parametrize("name", sorted(FACTS))
def test_a_record_is_kept_exactly_as_filed(tmp_path: Path, name: str) -> None:
    pulled = pulled_rows(tmp_path, name, example(name))
    assert pulled.facts == (FACTS[name],)
    assert (pulled.records, pulled.rejected) == (1, ())


def test_every_table_of_records_is_looked_at_here_and_has_a_kind_of_its_own() -> None:
    assert FACTS.keys() == RECORD_READERS.keys()
    kinds = [ROSTER_TABLES[name].provides for name in FACTS]
    assert set(kinds) == RECORD_KINDS - {FactKind.FAMILY_TIES}
    assert len(kinds) == len(set(kinds))


@pytest.mark.parametrize("name", sorted(FACTS))
def test_a_kind_says_what_the_source_brings(tmp_path: Path, name: str) -> None:
    write(tmp_path / "drop" / f"{name}.csv", ",".join(ROSTER_TABLES[name].columns))
    assert source(tmp_path, {"path": "drop"}).provides == {ROSTER_TABLES[name].provides}


def test_people_may_be_named_by_e_mail_address(tmp_path: Path) -> None:
    row = example("offices", person_id="Pat.Sample@Marlow.example")
    (fact,) = pulled_rows(tmp_path, "offices", row).facts
    assert isinstance(fact, OfficeHolder)
    assert fact.person == PersonRef(email="pat.sample@marlow.example")


def test_an_approval_may_say_who_asked_for_it_and_need_not(tmp_path: Path) -> None:
    asked = example("authorizations", authorization_id="A-1", requested_by="T-104")
    silent = example("authorizations", authorization_id="A-2", requested_by="")
    first, second = pulled_rows(tmp_path, "authorizations", asked, silent).facts
    assert isinstance(first, Authorization)
    assert isinstance(second, Authorization)
    assert (first.requested_by, second.requested_by) == (T104, None)


@pytest.mark.parametrize("written", ["2026-27", "2026-2027", "2026/27", "2026 – 2027"])
def test_a_school_year_is_the_same_however_it_is_written(tmp_path: Path, written: str) -> None:
    row = example("acknowledgements", school_year=written)
    (fact,) = pulled_rows(tmp_path, "acknowledgements", row).facts
    assert isinstance(fact, Acknowledgement)
    assert fact.school_year == "2026-27"


def test_a_school_year_may_end_a_century(tmp_path: Path) -> None:
    row = example("acknowledgements", school_year="2099-00", acknowledged_on="2099-09-01")
    (fact,) = pulled_rows(tmp_path, "acknowledgements", row).facts
    assert isinstance(fact, Acknowledgement)
    assert fact.school_year == "2099-00"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Athletic Director", "athletic_director"),
        ("building-administrator designee", "building_administrator_designee"),
        ("dean", "dean"),
    ],
)
def test_an_office_may_be_any_word(tmp_path: Path, written: str, meant: str) -> None:
    (fact,) = pulled_rows(tmp_path, "offices", example("offices", office=written)).facts
    assert isinstance(fact, OfficeHolder)
    assert fact.office == meant


@pytest.mark.parametrize(("written", "meant"), [("Yes", True), ("no", False), ("", None)])
def test_whether_a_report_was_considered_is_known_or_not(
    tmp_path: Path, written: str, meant: bool | None
) -> None:
    row = example("disclosures", considered_51a=written)
    (fact,) = pulled_rows(tmp_path, "disclosures", row).facts
    assert isinstance(fact, Disclosure)
    assert fact.considered_51a is meant


def test_a_signature_may_show_a_number(tmp_path: Path) -> None:
    row = example("mailbox_settings", value="+1 (555) 010-0123")
    (fact,) = pulled_rows(tmp_path, "mailbox_settings", row).facts
    assert isinstance(fact, MailboxSetting)
    assert fact.value == Address(AddressKind.PHONE, "5550100123")


def test_what_is_of_one_day_is_in_order(tmp_path: Path) -> None:
    """Late at night in the district it is the next day in UTC: the district's day counts."""
    evening = "2026-10-03T23:30:00-04:00"
    row = example(
        "disclosures",
        first_contact_at=evening,
        last_contact_on="2026-10-03",
        reported_at=evening,
        confirmed_on="2026-10-03",
    )
    assert pulled_rows(tmp_path, "disclosures", row).rejected == ()


@pytest.mark.parametrize("name", ["disclosures", "self_reports"])
def test_a_report_with_only_its_day_is_of_the_end_of_that_day(tmp_path: Path, name: str) -> None:
    day = "2026-10-05"
    row = example(name, first_contact_at=f"{day}T21:00", last_contact_on=day, reported_at=day)
    row = {c: v for c, v in row.items() if c in ROSTER_TABLES[name].columns}
    (fact,) = pulled_rows(tmp_path, name, row).facts
    assert isinstance(fact, (Disclosure, SelfReport))
    assert fact.reported_at == datetime(2026, 10, 6, 3, 59, 59, tzinfo=UTC)


# ---- columns --------------------------------------------------------------------------------


def test_a_column_for_notes_never_reaches_a_fact(tmp_path: Path) -> None:
    row = example("disclosures", notes="zephyrquill", Details="zephyrquill")
    pulled = pulled_rows(tmp_path, "disclosures", row)
    assert pulled.facts == (FACTS["disclosures"],)
    assert "zephyrquill" not in repr(pulled)
    (note,) = pulled.notes
    assert "not known and not read: notes, Details" in note.text


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("tools", "ends_on"),
        ("tools", "scope"),
        ("disclosures", "last_contact_on"),
        ("disclosures", "reported_at"),
        ("accounts", "second_owner"),
        ("accounts", "renew_by"),
        ("subgroups", "approved_by"),
        ("media_permissions", "account"),
        ("digests", "team"),
        ("contact_limits", "adult"),
        ("contact_limits", "ends_on"),
        ("consents", "ends_on"),
        ("offices", "school"),
        ("offices", "end"),
    ],
)
def test_a_table_cannot_do_without_a_column_that_narrows_what_it_says(
    tmp_path: Path, name: str, column: str
) -> None:
    header = ",".join(c for c in ROSTER_TABLES[name].columns if c != column)
    write(tmp_path / "drop" / f"{name}.csv", header)
    with pytest.raises(Malformed, match=f"no column {column}"):
        pull(tmp_path)


@pytest.mark.parametrize("name", sorted(FACTS))
def test_a_table_with_its_required_columns_alone_is_read(tmp_path: Path, name: str) -> None:
    required = ROSTER_TABLES[name].required
    row = {c: v for c, v in example(name).items() if c in required}
    text = ",".join(required) + "\n" + ",".join(row[c] for c in required)
    write(tmp_path / "drop" / f"{name}.csv", text)
    pulled = pull(tmp_path)
    assert (len(pulled.facts), pulled.rejected) == (1, ())
