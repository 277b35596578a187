"""Mails of pages in every state, made through the pages' own records as a run makes them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from auditor.keys import PEPPER_BYTES, Keyring
from auditor.result import CoachWeek, MailLine, MailState, Night, PrincipalWeek
from reports import coach, digests, nightly, principal
from reports.delivery.composing import Letter, Recipient, Stationery, compose
from reports.digest import Digest
from reports.twins import Twin, read_twin
from tests.reports import nights

NOW = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
KEYRING = Keyring(bytes(PEPPER_BYTES))
STATIONERY = Stationery(
    "Marlow Public Schools",
    "message-review@marlow.example",
    "it@marlow.example",
    "https://review.marlow.example/{report_id}.html",
)
PRINCIPAL = Recipient("principal of Alder Hill High School", "k.osei@marlow.example")


def twin(page: PrincipalWeek | CoachWeek | Night, folder: Path) -> Twin:
    if isinstance(page, PrincipalWeek):
        return read_twin(principal.publish(page, folder).json)
    if isinstance(page, CoachWeek):
        return read_twin(coach.publish(page, folder).json)
    return read_twin(nightly.publish(page, folder).json)


def digest(page: PrincipalWeek | CoachWeek | Night, folder: Path) -> Digest:
    return digests.digest_of(twin(page, folder))


def letter(
    made: Digest, recipient: Recipient = PRINCIPAL, stationery: Stationery = STATIONERY
) -> Letter:
    return compose(stationery, made, recipient, KEYRING, NOW)


def night_with_mail() -> Night:
    """The night with gaps, after days in which mail went out, waited and was refused."""
    at = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
    one = MailLine(
        "N-2026-11-22-IT", 1, "district’s IT", "i…@marlow.example", MailState.ACCEPTED, 1, at, "250"
    )
    refused = replace(
        one,
        report_id="W-2026-47-AH",
        office="principal of Alder Hill High School",
        recipient="k…@marlow.example",
        state=MailState.REJECTED,
        answer="550 5.1.1",
    )
    waits = replace(one, state=MailState.DEFERRED, attempts=0, answer="no answer")
    return replace(nights.gap(), deliveries=(refused, waits, one))
