"""What one person can be recognised by in a text: ids, addresses and the full name.

Each is looked for as a word of its own: "S1" is part of many words, "Ann Lee" of "Joann Lee", and
an address of a longer one. Before an address a sign may stand, for mail programs put one into the
ids of messages. An id of a few digits is looked for only where it is the whole of a value: a count
or a year may read the same. A given name by itself is nobody's. The family name first and no comma
after it counts in capitals only: "may grant" is not Grant May.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from html import escape

from auditor import edges
from auditor.edges import COMBINING, IN_A_WORD

ERASED = "(erased)"
LONG_ENOUGH = 8
"""Characters from which an id is also looked for in raw bytes; a shorter one stands there by
chance."""
LONG_NUMBER = 5
"""Digits from which an id of digits alone is looked for inside of a text."""
_NEVER = re.compile(r"(?!)")
_BY_ID = "person_id "
"""What stands before an id among the references that fit nobody."""
_ID, _NUMBER, _ADDRESS, _NAME, _TURNED = "id", "number", "address", "name", "turned name"
_LETTER = re.compile(r"[^\W_]")
_WORD = re.compile(r"[^\s,]+")
_NEAR = 200
"""Characters around a name in which the name it is part of must lie."""
_DECIMAL_BEFORE, _DECIMAL_AFTER = re.compile(rb"\d\.\Z"), re.compile(rb"\.\d")
_JSON_BEFORE = re.compile(rb'(?:(?<!\\)":|\[(?:[\d.\-]+,\s*)*)\s*\Z')
_JSON_AFTER = re.compile(rb"\s*[,}\]]")
"""What stands around a number in JSON that is no text: a count, not an id."""
_OF_A_WORD = re.compile(rb"[\w.+'@\x80-\xff-]")


@dataclass(frozen=True)
class Traces:
    """Texts in which one person, or several, can be recognised, as they are written."""

    ids: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    """Full names, given name first."""
    longer: frozenset[str] = frozenset()
    """Addresses and names of others that hold one of these, or a part of a name, inside: where
    one stands whole, what it holds is no trace."""

    @classmethod
    def of(
        cls, ids: Iterable[str], addresses: Iterable[str], names: Iterable[tuple[str, str]]
    ) -> Traces:
        """Return the traces of ids, addresses and (given, family) names; blanks are none."""
        full = (" ".join((*given.split(), *family.split())) for given, family in names
                if given.strip() and family.strip())  # fmt: skip
        return cls(_once(ids), _once(addresses), _once(full))

    def __bool__(self) -> bool:
        return bool(self.ids or self.addresses or self.names)

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        inside = rf"\w{COMBINING}"
        ids = (one for one in self.ids if not one.isdecimal())
        parts = [rf"(?<![\w.@-]){_any_space(one)}(?![{inside}@-])" for one in _spelt(ids)]
        parts += [rf"(?<![\w@])(?<!\d\.){one}(?![{inside}@]|\.\d)" for one in self._numbers]
        parts += [
            rf"(?<![^\W_]){_any_space(one)}(?![{inside}-]|\.\w)" for one in _spelt(self.addresses)
        ]
        parts += [
            rf"(?<!\w){_any_space(one)}(?![{inside}])"
            for one in _spelt(form for name in self.names for form in _orders(name))
        ]
        parts += [
            rf"(?<!\w){_capitalised(one)}(?![{inside}])"
            for one in _spelt(form for name in self.names for form in _turned(name))
        ]
        return re.compile("|".join(parts), re.IGNORECASE) if parts else _NEVER

    @property
    def _numbers(self) -> list[str]:
        return sorted(one for one in self.ids if one.isdecimal() and len(one) >= LONG_NUMBER)

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

    @cached_property
    def _longer(self) -> tuple[re.Pattern[str], ...]:
        return tuple(re.compile(_any_space(one), re.IGNORECASE) for one in _spelt(self.longer))

    def _is_longer(self, text: str, found: re.Match[str]) -> bool:
        """Whether what was found is only a part of what is others': "Lee, Ann" may stand in a list,
        where "Joann Lee" and "Ann Day" follow each other.
        """
        near = (max(0, found.start() - _NEAR), found.end() + _NEAR)
        others = [other.span() for one in self._longer for other in one.finditer(text, *near)]
        words = [m.span() for m in _WORD.finditer(text, *found.span())]
        return all(any(a <= first and last <= b for a, b in others) for first, last in words)

    def _is_number(self, text: str) -> bool:
        written = text.removeprefix(_BY_ID).strip()
        return written.isdecimal() and written in self.ids

    # ---- raw bytes -----------------------------------------------------------------------

    def in_bytes(self, data: bytes) -> int:
        """Return how often they stand in the bytes of a text: plain, JSON, HTML or CSV."""
        return len({(one[0], one[2]) for one in self._places(data) if _stands_alone(data, *one)})

    def in_packed(self, data: bytes) -> int:
        """Return how often they stand in bytes where values lie side by side with nothing between.

        There a word has no beginning and no end, so all but ``longer`` counts.
        """
        return len({(start, kind) for start, _, kind in self._places(data)})

    def longer_in(self, value: str) -> frozenset[str]:
        """Return the words of a value, stored by itself, that hold one of these inside."""
        data = value.encode("utf-8", "replace")
        found = set()
        for start, end, kind in self._places(data):
            first, last = _widened(data, start, end)
            if last - first > end - start and not _stands_alone(data, start, end, kind):
                found.add(data[first:last].decode())
        return frozenset(found)

    def _places(self, data: bytes) -> Iterator[tuple[int, int, str]]:
        """Yield (start, end, kind) of all that looks like one of these and is not ``longer``."""
        low = data.lower()
        for form, kind in self._forms.items():
            for start, end in _all_of(form, low):
                if kind == _NUMBER and not _is_number_at(low, start, end):
                    continue
                if kind == _TURNED and not _has_capitals(data[start:end]):
                    continue
                if not self._is_longer_at(low, start, end):
                    yield start, end, kind

    @cached_property
    def _forms(self) -> dict[bytes, str]:
        long = {one for one in self.ids if len(one) >= LONG_ENOUGH}
        numbers = long.intersection(self._numbers)
        texts = (
            *((_ID, long - numbers), (_NUMBER, numbers)),
            *((_ADDRESS, self.addresses), (_NAME, self.names)),
        )
        turned = (form for name in self.names for form in _turned(name))
        found = dict.fromkeys(_written(turned), _TURNED)
        return found | {form: kind for kind, some in texts for form in _written(some)}

    @cached_property
    def _longer_forms(self) -> tuple[bytes, ...]:
        return tuple(sorted(_written(self.longer)))

    def _is_longer_at(self, low: bytes, start: int, end: int) -> bool:
        return any(
            form in low[max(0, end - len(form)) : start + len(form)] for form in self._longer_forms
        )


def _stands_alone(data: bytes, start: int, end: int, kind: str) -> bool:
    """Whether a place in the bytes of a text is a word of its own."""
    if kind == _NUMBER:
        return _is_number_at(data, start, end)
    previous, following = edges.before(data, start), edges.after(data, end)
    if IN_A_WORD.match(following) or (following == "-" and kind not in (_NAME, _TURNED)):
        return False
    if kind == _ID:
        return not (IN_A_WORD.match(previous) or previous in {*".@-"} or following == "@")
    if kind == _ADDRESS:
        next_label = following == "." and IN_A_WORD.match(edges.after(data, end + 1))
        return not (_LETTER.match(previous) or next_label)
    return not IN_A_WORD.match(previous)


def _is_number_at(data: bytes, start: int, end: int) -> bool:
    """Whether digits are a number of their own in a text, and neither a fraction nor a count."""
    before, after = data[max(0, start - _NEAR) : start], data[end : end + _NEAR]
    if _DECIMAL_BEFORE.search(before) or _DECIMAL_AFTER.match(after):
        return False
    if _JSON_BEFORE.search(before) and _JSON_AFTER.match(after):
        return False
    beside = (edges.before(data, start), edges.after(data, end))
    return not any(one == "@" or IN_A_WORD.match(one) for one in beside)


def _widened(data: bytes, start: int, end: int) -> tuple[int, int]:
    """Return where the word begins and ends that a place is part of."""
    while start and _OF_A_WORD.match(data, start - 1):
        start -= 1
    while _OF_A_WORD.match(data, end):
        end += 1
    return start, end


def _all_of(form: bytes, data: bytes) -> Iterator[tuple[int, int]]:
    at = data.find(form)
    while at >= 0:
        yield at, at + len(form)
        at = data.find(form, at + 1)


# ---- the ways of writing a text --------------------------------------------------------------


def _once(texts: Iterable[str]) -> frozenset[str]:
    """Return each text once, however it is capitalised; blanks are none."""
    return frozenset({one.casefold(): one for text in texts if (one := text.strip())}.values())


def _orders(name: str) -> Iterator[str]:
    """Yield a full name as people write it: "Ann van Lee", "van Lee, Ann", "Lee, Ann van"."""
    yield name
    words = name.split()
    for at in range(1, len(words)):
        yield f"{' '.join(words[at:])}, {' '.join(words[:at])}"


def _turned(name: str) -> Iterator[str]:
    """Yield a full name with the family name first and no comma: "van Lee Ann"."""
    return (form.replace(",", "") for form in _orders(name) if "," in form)


def _has_capitals(written: bytes) -> bool:
    words = written.decode("utf-8", "replace").split()
    return all(word[0] in (word[0].upper(), word[0].title()) for word in words)


def _spellings(text: str) -> set[str]:
    """Return a text in every spelling that small and capital letters and accents have."""
    forms = {unicodedata.normalize(form, text) for form in ("NFC", "NFD")} | {text}
    cased = {s for one in forms for s in (one.lower(), one.upper(), one.title(), one.casefold())}
    return forms | cased


def _spelt(texts: Iterable[str]) -> list[str]:
    """Return texts in every spelling, the longest first."""
    every = {
        one.lower() if one.isascii() else one for text in texts for one in _spellings(text)
    }
    return sorted(every, key=lambda one: (-len(one), one))


def _any_space(text: str) -> str:
    """Return a pattern of a text, whatever blanks stand between its words."""
    return r"\s+".join(map(re.escape, text.split())).replace(r",\s+", r",\s*")


def _capitalised(text: str) -> str:
    """Return a pattern of a text whose words all begin with a capital letter."""
    return r"\s+".join(
        f"(?-i:[{re.escape(word[0].upper() + word[0].title())}]){re.escape(word[1:])}"
        for word in text.split()
    )


def _written(texts: Iterable[str]) -> Collection[bytes]:
    """Return texts as they may stand in a file, in small letters: plain, in JSON, HTML and CSV."""
    found: set[bytes] = set()
    for text in {spelling for one in texts for spelling in _spellings(one)}:
        marked = escape(text)
        forms = (
            *(text, json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1]),
            *(marked, marked.replace("&#x27;", "&#39;").replace("&quot;", "&#34;")),
            text.replace('"', '""'),
        )
        found.update(form.encode("utf-8", "replace").lower() for form in forms)
    return found
