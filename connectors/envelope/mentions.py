"""The addresses and telephone numbers that a mailbox's own texts show: signatures, replies.

The texts themselves go no further than here.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from auditor.keys import AddressRules, email_address, phone_address
from auditor.model import Address
from connectors.envelope.addresses import addresses_within

_LONGEST_TEXT = 100_000
_TAG = re.compile(r"<[^<>]*+>")
_NUMBER = re.compile(r"(?<![\w+.-])\+?\(?\d(?:[ ./()-]{0,2}\d){6,14}(?![\w-])")
_DAY = re.compile(r"\d{4}[-./]\d{2}[-./]\d{2}|\d{1,2}[-./]\d{1,2}[-./]\d{2,4}")


def named_in(text: object, rules: AddressRules) -> Iterator[Address]:
    """Yield the e-mail addresses and telephone numbers in a text, HTML or not; never raises."""
    if not isinstance(text, str):
        return
    plain = html.unescape(_TAG.sub(" ", text[:_LONGEST_TEXT]))
    for found in addresses_within(plain):
        address = email_address(found, rules)
        if address is not None:
            yield address
    for match in _NUMBER.finditer(_DAY.sub(" ", plain)):
        number = phone_address(match.group())
        if number is not None:
            yield number
