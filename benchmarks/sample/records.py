"""What the offices of the sample district put on record: one table for each kind of paper.

Stories file the rows that matter (``Stage.file``). Filed here are the rows that everyday life
brings with it, so that nothing but a story stands out: who held which office, a digest for every
team and week, everybody's review of the handbook.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from benchmarks.sample.calendar import Period
from benchmarks.sample.planted import Row, Stage
from benchmarks.sample.writers import csv_bytes

HEADERS: Mapping[str, tuple[str, ...]] = {
    "offices": ("person_id", "office", "school", "start", "end"),
    "tools": (
        "tool_id", "name", "kind", "domains", "status", "authorized_by", "authorized_by_role",
        "authorized_at", "ends_on", "scope", "noticed_on", "noticed_to",
    ),
    "disclosures": (
        "disclosure_id", "adult", "student", "means", "first_contact_at", "last_contact_on",
        "reported_at", "reported_to", "reported_to_role", "confirmed_by", "confirmed_on",
        "considered_51a",
    ),
    "acknowledgements": ("person_id", "document", "school_year", "acknowledged_on", "method"),
    "accounts": (
        "account_id", "platform", "handle", "group", "run_by", "owner", "second_owner",
        "requested_on", "decided_on", "decision", "decided_by", "decided_by_role", "renew_by",
        "school",
    ),
    "subgroups": (
        "subgroup_id", "team", "name", "member", "approved_by", "approved_by_role", "approved_at",
        "starts_on", "ends_on",
    ),
    "media_permissions": (
        "permission_id", "student", "account", "granted_by", "granted_by_role", "granted_on",
        "starts_on", "ends_on", "evidence",
    ),
    "spaces": ("space_id", "tool", "name", "created_by", "member", "start", "end"),
    "mailbox_settings": ("person_id", "setting", "value", "start", "end"),
    "app_grants": ("person_id", "app_id", "app_name", "uses", "granted_on", "revoked_on"),
    "system_settings": ("system", "setting", "expected", "found", "seen_on"),
    "digests": (
        "digest_id", "team", "first", "last", "delivered_on", "delivered_to", "acknowledged_on",
    ),
}  # fmt: skip
TOOLS = (
    ("gmail", "District e-mail", "email", "marlow.example"),
    ("chat", "District chat", "chat", ""),
    ("lms", "Learning platform", "lms", "lms.example"),
)
"""What the other sources carry: approved for years."""


def record_tables(stage: Stage) -> dict[str, bytes]:
    """Return the tables by name, as an office would keep them."""
    usual = {
        "offices": _offices(stage),
        "tools": _tools(stage),
        "acknowledgements": _acknowledgements(stage),
        "digests": _digests(stage),
    }
    return {
        name: csv_bytes(headers, (*usual.get(name, ()), *stage.records[name]))
        for name, headers in HEADERS.items()
    }


def in_office_since(period: Period) -> date:
    """Return the day from which everybody in office held it: long before anything was granted."""
    return date(period.first.year - 3, 7, 1)


def _offices(stage: Stage) -> list[Row]:
    since = in_office_since(stage.period)
    people = stage.people
    rows: list[Row] = [
        (people.part("superintendent").person_id, "superintendent", "", since, ""),
        (people.part("athletic-director").person_id, "athletic_director", "", since, ""),
    ]
    for school in people.schools:
        principal = people.part(f"principal-{school.short}")
        rows.append((principal.person_id, "principal", school.school_id, since, ""))
    return rows


def _tools(stage: Stage) -> list[Row]:
    head = stage.people.part("superintendent").person_id
    since = in_office_since(stage.period)
    by = ("approved", head, "superintendent", since, "", "all schools", "", "")
    return [(*tool, *by) for tool in TOOLS]


def _digests(stage: Stage) -> list[Row]:
    """List every team's messages week by week, but for days that a story left out."""
    reader = stage.people.part("athletic-director").person_id
    rows: list[Row] = []
    for week in range(1, max(2, stage.period.weeks)):
        first, last = stage.period.day(week, 0), stage.period.day(week, 6)
        delivered = last + timedelta(days=1)
        for key, team in stage.groups.teams.items():
            begins = max(first, stage.digests_from.get(key, first))
            number = f"DIG-{len(rows) + 1:03d}"
            rows.append((number, team.team_id, begins, last, delivered, reader, delivered))
    return rows


def _acknowledgements(stage: Stage) -> list[Row]:
    """Everybody of the staff has reviewed the handbook in August, but for those in a story."""
    people = stage.people
    staff = [*people.staff, *(h for h in people.extras if h.role == "staff")]
    label = school_year(stage.period)
    opening = date(int(label[:4]), 8, 24)
    return [
        (h.person_id, "staff handbook", label, opening + timedelta(days=n % 12), "form")
        for n, h in enumerate(staff)
        if h.person_id not in stage.no_handbook
    ]


def school_year(period: Period) -> str:
    """Return the school year of the last day, as in "2026-27"; it begins on August 15."""
    last = period.last
    year = last.year if (last.month, last.day) >= (8, 15) else last.year - 1
    return f"{year}-{(year + 1) % 100:02d}"
