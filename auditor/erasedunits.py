"""Mailboxes of people who were erased: told of without a name, in whatever a pull says of itself.

Their accounts go on, and what a source says of its days and notes would bring the address back.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import Connection

from auditor.keys import AddressRules, Keyring, email_address
from auditor.ledger import book
from auditor.source import DayCoverage, DayState, Mark, Page

ERASED_UNIT = "an erased person's mailbox"
"""How every one of them is called; it is never missed."""
_ADDRESS = re.compile(r"""[^\s"'<>(),:;{}\[\]]+@[^\s"'<>(),:;{}\[\]]+""")
_LAST_COUNTS = (DayState.READ, DayState.PART, DayState.MISSING)


def without_erased(
    page: Page, connection: Connection, keyring: Keyring, rules: AddressRules
) -> Page:
    """Return a page on which no mailbox, note or mark bears the address of somebody erased.

    Where to go on from is forgotten for such a mailbox: it is read from the newest each night.
    """
    said = [row.unit for row in page.coverage if row.unit is not None]
    said += [one.file for one in page.notes]
    said += [one.file for one in page.rejected]
    said += [mark.value for mark in page.marks if mark.value is not None]
    erased = _erased_in(said, connection, keyring, rules)
    if not erased:
        return page

    def named(text: str) -> bool:
        return not erased.isdisjoint(_ADDRESS.findall(text))

    def called(text: str) -> str:
        return ERASED_UNIT if named(text) else text

    rows = [
        row if row.unit is None else replace(row, unit=called(row.unit)) for row in page.coverage
    ]
    return replace(
        page,
        coverage=tuple(sorted(rows, key=_worst_last)),
        notes=tuple(replace(one, file=called(one.file)) for one in page.notes),
        rejected=tuple(replace(one, file=called(one.file)) for one in page.rejected),
        marks=tuple(
            Mark(one.unit, None) if one.value and named(one.value) else one for one in page.marks
        ),
    )


def _erased_in(
    texts: Iterable[str], connection: Connection, keyring: Keyring, rules: AddressRules
) -> set[str]:
    keys: dict[str, int] = {}
    for text in {found for said in texts for found in _ADDRESS.findall(said)}:
        address = email_address(text, rules)
        if address is not None:
            keys[text] = keyring.address(address)
    erased = book.erased_among(connection, {*keys.values()})
    return {text for text, key in keys.items() if key in erased}


def _worst_last(row: DayCoverage) -> int:
    """Of several under one name the last counts."""
    return _LAST_COUNTS.index(row.state) if row.unit == ERASED_UNIT else 0
