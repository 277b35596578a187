"""Rows of what offices put on record: tools, crisis reports, accounts, permissions and the like.

A day that cannot be sets the row aside with what to do about it: a record with a wrong day would
accuse somebody, or excuse somebody. Columns a table does not know are never read, so nothing that
was noted in words beside a record gets any further.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from auditor.model import PersonRef
from auditor.records import (
    Account,
    Acknowledgement,
    Attestation,
    Consent,
    ContactLimit,
    Digest,
    Disclosure,
    LimitKind,
    MediaPermission,
    OfficeHolder,
    SelfReport,
    SpaceMember,
    StateFact,
    SubgroupMember,
    Tool,
)
from connectors.tables.cells import CellError, Cells
from connectors.tables.systems import (
    Records,
    account,
    app_grant,
    mailbox_setting,
    space,
    system_setting,
    tool,
)

Identity = tuple[str, str, object]
"""(column of the id, the id, what it stands for)."""
_SCHOOL_YEAR = re.compile(r"((?:19|20|21)[0-9]{2})\s*[-/–]\s*([0-9]{2}|[0-9]{4})")
_OFFICE = re.compile(r"[a-z][a-z0-9]*(?:_[a-z0-9]+)*")
_NOBODY = PersonRef()
_LONGEST_COUNT = 6


# ---- who was told what -----------------------------------------------------------------------


def disclosure(cells: Cells) -> Records:
    """Read a crisis contact as told afterwards; there is no column for what it was about."""
    first, reported_at = _told(cells)
    last_contact_on, confirmed_on = cells.day("last_contact_on"), cells.day("confirmed_on")
    cells.in_order(("first_contact_at", first), ("last_contact_on", last_contact_on))
    cells.in_order(("first_contact_at", first), ("confirmed_on", confirmed_on))
    reported_to, confirmed_by = cells.reference("reported_to"), cells.reference("confirmed_by")
    if reported_to is not None and reported_at is None:
        what = "is blank, but reported_to is not; write when it was reported, or leave both blank"
        raise CellError("reported_at", what)
    if confirmed_by is not None and confirmed_on is None:
        what = "is blank, but confirmed_by is not; write the day, or leave both blank"
        raise CellError("confirmed_on", what)
    considered = cells.word("considered_51a")
    return (
        Disclosure(
            disclosure_id=cells.needed("disclosure_id"),
            adult=cells.needed_reference("adult"),
            student=cells.needed_reference("student"),
            means=cells.text("means"),
            first_contact_at=first,
            last_contact_on=last_contact_on,
            reported_at=reported_at,
            reported_to=reported_to,
            reported_to_role=cells.text("reported_to_role"),
            confirmed_by=confirmed_by,
            confirmed_on=confirmed_on,
            considered_51a=None if considered is None else considered == "yes",
        ),
    )


def self_report(cells: Cells) -> Records:
    first, reported_at = _told(cells)
    if reported_at is None:
        raise CellError("reported_at", "is blank")
    return (
        SelfReport(
            cells.needed("report_id"),
            cells.needed_reference("adult"),
            cells.needed_reference("student"),
            cells.text("means"),
            first,
            reported_at,
            cells.reference("reported_to"),
        ),
    )


def _told(cells: Cells) -> tuple[datetime, datetime | None]:
    """Return when a contact began and when it was reported, which cannot be the other way round."""
    first = cells.moment("first_contact_at")
    reported_at = cells.moment("reported_at", day_will_do=True)
    if first is None:
        raise CellError("first_contact_at", "is blank")
    if reported_at is not None and reported_at < first:
        raise CellError("reported_at", "is before first_contact_at; correct one of the two")
    return first, reported_at


def attestation(cells: Cells) -> Records:
    """Read that somebody looked at a system by hand; how much was found, never what it said."""
    first, last = cells.needed_day("first"), cells.needed_day("last")
    looked_on, ends_on = cells.needed_day("looked_on"), cells.needed_day("ends_on")
    cells.in_order(("first", first), ("last", last))
    cells.in_order(("last", last), ("looked_on", looked_on))
    cells.in_order(("looked_on", looked_on), ("ends_on", ends_on))
    found = cells.needed("found")
    if not (found.isascii() and found.isdecimal() and len(found) <= _LONGEST_COUNT):
        raise CellError("found", "is no count; write how many contacts were found, 0 for none")
    return (
        Attestation(
            cells.needed("attestation_id"),
            cells.needed("system"),
            cells.reference("person"),
            first,
            last,
            cells.needed_reference("looked_by"),
            cells.text("looked_by_role"),
            looked_on,
            int(found),
            ends_on,
        ),
    )


def acknowledgement(cells: Cells) -> Records:
    found = _SCHOOL_YEAR.fullmatch(cells.needed("school_year"))
    if found is None:
        raise CellError("school_year", "is no school year; write it as 2026-27")
    begins, ends = int(found[1]), found[2][-2:]
    if found[2] not in (f"{begins + 1}", f"{(begins + 1) % 100:02}"):
        raise CellError("school_year", "does not end the year after it begins; write 2026-27")
    return (
        Acknowledgement(
            cells.needed_reference("person_id"),
            cells.needed("document"),
            f"{begins}-{ends}",
            cells.needed_day("acknowledged_on"),
            cells.text("method"),
        ),
    )


def digest(cells: Cells) -> Records:
    first, last = cells.needed_day("first"), cells.needed_day("last")
    delivered_on, acknowledged_on = cells.needed_day("delivered_on"), cells.day("acknowledged_on")
    cells.in_order(("first", first), ("last", last))
    cells.in_order(("last", last), ("delivered_on", delivered_on))
    cells.in_order(("delivered_on", delivered_on), ("acknowledged_on", acknowledged_on))
    return (
        Digest(
            cells.needed("digest_id"),
            cells.text("team"),
            first,
            last,
            delivered_on,
            cells.reference("delivered_to"),
            acknowledged_on,
        ),
    )


# ---- what was allowed, and what was not ------------------------------------------------------


def subgroup(cells: Cells) -> Records:
    starts_on, ends_on = cells.span("starts_on", "ends_on")
    return (
        SubgroupMember(
            subgroup_id=cells.needed("subgroup_id"),
            team_id=cells.needed("team"),
            name=cells.needed("name"),
            member=cells.needed_reference("member"),
            approved_by=cells.reference("approved_by"),
            approved_by_role=cells.text("approved_by_role"),
            approved_at=cells.moment("approved_at", day_will_do=True),
            starts_on=starts_on,
            ends_on=ends_on,
        ),
    )


def media_permission(cells: Cells) -> Records:
    granted_on = cells.day("granted_on")
    starts_on, ends_on = cells.span("starts_on", "ends_on")
    cells.in_order(("granted_on", granted_on), ("ends_on", ends_on))
    return (
        MediaPermission(
            permission_id=cells.needed("permission_id"),
            student=cells.needed_reference("student"),
            account_id=cells.text("account"),
            granted_by=cells.reference("granted_by"),
            granted_by_role=cells.text("granted_by_role"),
            granted_on=granted_on,
            starts_on=starts_on,
            ends_on=ends_on,
            evidence=cells.text("evidence"),
        ),
    )


def contact_limit(cells: Cells) -> Records:
    return (
        ContactLimit(
            cells.needed("limit_id"),
            LimitKind(cells.needed_word("kind")),
            cells.reference("adult"),
            cells.needed_reference("student"),
            cells.reference("set_by"),
            cells.text("set_by_role"),
            *cells.span("starts_on", "ends_on"),
        ),
    )


def consent(cells: Cells) -> Records:
    granted_on = cells.needed_day("granted_on")
    return (
        Consent(
            cells.needed("consent_id"),
            cells.needed_reference("student"),
            cells.reference("guardian"),
            granted_on,
            cells.span("granted_on", "ends_on")[1],
            cells.text("evidence"),
        ),
    )


def office(cells: Cells) -> Records:
    """Read who held an office; which offices there are is the policy pack's to say."""
    word = "_".join(re.split(r"[\s_-]+", cells.needed("office").casefold()))
    if not _OFFICE.fullmatch(word):
        raise CellError("office", "is no word for an office; write it as athletic_director")
    ref = cells.needed_reference("person_id")
    return (OfficeHolder(ref, word, cells.text("school"), *cells.span("start", "end")),)


# ---- which id stands for what ----------------------------------------------------------------


def record_identity(fact: StateFact) -> Identity | None:
    """Return what a record's id stands for; None where it has no id.

    A sub-group, a space and an attestation have a row for each person: all else that their rows
    say must be the same in each.
    """
    match fact:
        case Attestation(attestation_id=id_):
            return "attestation_id", id_, replace(fact, person=None)
        case SubgroupMember(subgroup_id=id_):
            return "subgroup_id", id_, replace(fact, member=_NOBODY, starts_on=None, ends_on=None)
        case SpaceMember(space_id=id_):
            return "space_id", id_, replace(fact, member=_NOBODY, start=None, end=None)
        case _:
            column = _IDS.get(type(fact))
            return None if column is None else (column, getattr(fact, column), fact)


_IDS: Mapping[type, str] = {
    Tool: "tool_id",
    Disclosure: "disclosure_id",
    Account: "account_id",
    MediaPermission: "permission_id",
    Digest: "digest_id",
    ContactLimit: "limit_id",
    Consent: "consent_id",
    SelfReport: "report_id",
}

RECORD_READERS: Mapping[str, Callable[[Cells], Records]] = {
    "tools": tool,
    "disclosures": disclosure,
    "acknowledgements": acknowledgement,
    "accounts": account,
    "subgroups": subgroup,
    "media_permissions": media_permission,
    "spaces": space,
    "mailbox_settings": mailbox_setting,
    "app_grants": app_grant,
    "system_settings": system_setting,
    "digests": digest,
    "contact_limits": contact_limit,
    "consents": consent,
    "self_reports": self_report,
    "attestations": attestation,
    "offices": office,
}
