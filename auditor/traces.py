"""What one person can be recognised by in a text: ids, addresses and the full name.

An id is looked for as a word of its own, for "S1" is part of many words. One of digits alone is
looked for only where it is the whole of a value: a count may read the same. An address is looked
for inside of words too, for mail programs put it into the ids of messages. A given name by itself
is nobody's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from html import escape

ERASED = "(erased)"
LONG_ENOUGH = 8
"""Characters from which an id is also looked for in raw bytes; a shorter one stands there by
chance."""
_NEVER = re.compile(r"(?!)")
_BY_ID = "person_id "
"""What stands before an id among the references that fit nobody."""


@dataclass(frozen=True)
class Traces:
    """Texts in which one person, or several, can be recognised."""

    ids: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    """Full names, given name first."""
    longer: frozenset[str] = frozenset()
    """Addresses of others that end like one of ``addresses``, and are no trace of it."""

    @classmethod
    def of(
        cls, ids: Iterable[str], addresses: Iterable[str], names: Iterable[tuple[str, str]]
    ) -> Traces:
        """Return the traces of ids, addresses and (given, family) names; blanks are none."""
        full = (" ".join((*given.split(), *family.split())) for given, family in names
                if given.strip() and family.strip())  # fmt: skip
        return cls(
            frozenset(one.strip().casefold() for one in ids if one.strip()),
            frozenset(one.casefold() for one in addresses if one.strip()),
            frozenset(one.casefold() for one in full),
        )

    def __bool__(self) -> bool:
        return bool(self.ids or self.addresses or self.names)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        parts = [rf"(?<![\w.@-]){re.escape(one)}(?![\w@-])" for one in self._words]
        parts += [rf"{re.escape(one)}(?![\w-]|\.\w)" for one in _long(self.addresses)]
        for name in _long(self.names):
            given, _, family = name.rpartition(" ")
            first, last = (r"\s+".join(map(re.escape, part.split())) for part in (given, family))
            parts.append(rf"(?<!\w)(?:{first}\s+{last}|{last},\s*{first})(?!\w)")
        return re.compile("|".join(parts), re.IGNORECASE) if parts else _NEVER

    @property
    def _words(self) -> list[str]:
        return _long(one for one in self.ids if not one.isdecimal())

    @property
    def has_number(self) -> bool:
        """Whether one of the ids is digits alone."""
        return any(one.isdecimal() for one in self.ids)

    def in_text(self, text: str) -> bool:
        """Whether somebody can be recognised in one value: a cell, a text of a page."""
        if self._is_number(text):
            return True
        return any(not self._is_longer(text, found) for found in self._pattern.finditer(text))

    def without(self, text: str) -> str:
        """Return the value with every trace of them replaced."""
        if self._is_number(text):
            return ERASED
        return self._pattern.sub(
            lambda found: found[0] if self._is_longer(text, found) else ERASED, text
        )

    def _is_longer(self, text: str, found: re.Match[str]) -> bool:
        """Whether what was found is only the end of somebody else's address."""
        upto = text[: found.end()].casefold() if self.longer else ""
        return any(upto.endswith(one) for one in self.longer)

    def _is_number(self, text: str) -> bool:
        written = text.removeprefix(_BY_ID).strip()
        return written.isdecimal() and written in self.ids

    # ---- raw bytes -----------------------------------------------------------------------

    @cached_property
    def _bytes(self) -> re.Pattern[bytes]:
        long_ids = (one for one in self.ids if len(one) >= LONG_ENOUGH and not one.isdecimal())
        texts = {*long_ids, *self.addresses, *self.names}
        texts |= {one.title() for one in self.names}
        written = {form for text in texts for form in _forms(text)}
        longest = sorted(written, key=lambda one: (-len(one), one))
        whole = b"|".join(re.escape(one) for one in longest)
        return re.compile(whole or rb"(?!)", re.IGNORECASE)

    def in_bytes(self, data: bytes) -> int:
        """Return how often they stand in raw bytes, whatever stands around."""
        ends = [one.encode() for one in self.longer]
        return sum(
            not any(data[: found.end()][-len(one) :].lower() == one for one in ends)
            for found in self._bytes.finditer(data)
        )


def _long(texts: Iterable[str]) -> list[str]:
    return sorted(texts, key=lambda one: (-len(one), one))


def _forms(text: str) -> set[bytes]:
    """Return a text as it may stand in a file: plain, in JSON, in HTML."""
    return {text.encode(), json.dumps(text)[1:-1].encode(), escape(text).encode()}
