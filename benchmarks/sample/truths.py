"""The table of planted truths: what the audit must list, cover, mark uncertain or leave alone.

A row is about messages or about records. Of messages it holds the ids the sources use; of records
it holds what their own tables call them, as the audit does: a person's id, an account's, a day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime

from benchmarks.sample.envelope import AppPost, Mail, Note, Post

DIRECT = "direct-no-adult"
DROPPED = "adult-dropped-mid-thread"
SPACE = "two-person-space"
PERSONAL = "personal-address-traffic"
GUARDIAN = "guardian-not-included"
SIGNATURE = "personal-contact-in-signature"
FORWARDED = "mail-forwarded-outside"
TOOL = "unapproved-tool"
GROUP_OF_ONE = "one-student-group"
STUDENT_SPACE = "student-made-space"
PARTIAL = "coach-partial-team"
APPRISED = "coach-not-apprised"
LIST = "list-not-roster"
NO_ACCOUNT = "coach-without-account"
SOCIAL = "social-only-post"
PARITY = "parity-concentration"
APPROVAL = "approval-does-not-hold"
CRISIS_LATE = "crisis-reported-late"
AFTER_CRISIS = "contact-after-crisis"
HANDBOOK = "handbook-not-acknowledged"
ACCOUNT = "account-not-affiliated"
NOTICE = "tool-without-notice"
FAMILY = "family-tie-unconfirmed"
REASONS = "reason-code-overuse"
DRIFT = "setting-drift"
APP = "app-not-approved"

ITEM, COVERED, QUIET, UNCERTAIN = "item", "covered", "quiet", "uncertain item"

Sent = Mail | Post | Note | AppPost


@dataclass(frozen=True, slots=True)
class Truth:
    """One row of the table."""

    id: str
    rule: str
    expect: str
    story: str
    adult: str | None
    student: str | None
    team: str | None
    thing: str | None
    """A tool, an approval, an account, a list, a class, a space, a setting, a handbook."""
    records: bool
    """Whether ``native_ids`` are of records and not of messages."""
    native_ids: tuple[str, ...]
    """What makes the item. Of a quiet row: messages that must be in no item at all, or records
    that must not be in an item of this rule about these people and this thing."""
    related_ids: tuple[str, ...]
    """The student's own messages around them, which an item may show or not."""
    covered_ids: tuple[str, ...]
    """Those of ``native_ids`` that an approval or tie covers."""
    codes: tuple[str, ...]
    """The false-positive codes of the policy reading that the row proves."""
    since: date | None
    """The day from whose end on the audit can tell; None: as soon as it sees the files."""


@dataclass(frozen=True, slots=True)
class Approval:
    """One row of authorizations.csv."""

    authorization_id: str
    ground: str
    adult: str
    student: str
    team: str
    tool: str
    granted_by: str
    granted_by_role: str
    granted_at: datetime
    starts_on: date
    ends_on: date
    condition: str
    reason_code: str
    evidence: str
    requested_by: str


def native_id(sent: Sent) -> str:
    return sent.message_id if isinstance(sent, Mail) else sent.external_id


def as_table(
    truths: Iterable[Truth], known: set[str], last: date, names: Mapping[str, str]
) -> list[dict[str, object]]:
    """Return the rows as JSON objects, as they stand when ``last`` is the last day judged.

    Messages are those of ``known`` files only; records are all known from the first day on.
    ``names`` are what messages are called that their source calls otherwise.
    """
    rows: list[dict[str, object]] = []
    for truth in truths:
        if truth.since is not None and truth.since > last:
            continue
        row = asdict(truth)
        row["since"] = None if truth.since is None else truth.since.isoformat()
        if not truth.records:
            for column in ("native_ids", "related_ids", "covered_ids"):
                row[column] = [i for i in row[column] if i in known]
            if row["expect"] == ITEM and row["covered_ids"] == row["native_ids"]:
                row["expect"] = COVERED  # what makes it an item is yet to come
            for column in ("native_ids", "related_ids", "covered_ids"):
                row[column] = [names.get(i, i) for i in row[column]]
        if row["native_ids"]:
            rows.append(row)
    return rows
