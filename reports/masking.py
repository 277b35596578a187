"""An explanation as it may be shown to the staff member in it: other students are not named.

The item's own people stay as they are. Whoever else is a student, or no adult of the district's,
is shown by initials, and every address of somebody the item is not about by its first letter and
its domain. What is masked once is masked in every text: a name may stand in a record as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar

from auditor.explaining import Explanation, FieldSeen, PartySeen, PersonSeen
from auditor.result import PersonShown
from reports.shown import initials

Value = TypeVar("Value")
ANOTHER_STUDENT = "another student"
ANOTHER_PERSON = "another person"
_NAME_PARTS = 2
"""A name of one word may be any word, so it is not looked for in other texts."""


def masked(explanation: Explanation) -> Explanation:
    """Return the explanation without the names and addresses of whom the item is not about."""
    item = explanation.item
    own = {person.person_id for person in (item.adult, item.student) if person is not None}
    names = {person.name for person in (item.adult, item.student) if person is not None}
    mask = _Mask(frozenset(own), _hidden(explanation, own, names))
    return mask.value(explanation)


@dataclass(frozen=True)
class _Hidden:
    """What may not be read anywhere: texts, and ids where they stand alone, each with its mask."""

    texts: dict[str, str]
    ids: dict[str, str]

    def pattern(self) -> re.Pattern[str]:
        longest = sorted(self.texts, key=len, reverse=True)
        words = "|".join(re.escape(text) for text in longest) or r"(?!)"
        return re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)


def _hidden(explanation: Explanation, own: set[str], own_names: set[str]) -> _Hidden:
    texts: dict[str, str] = {}
    ids: dict[str, str] = {}
    for person in _people(explanation):
        if _is_open(person, own):
            continue
        ids[person.person_id] = _another(person)
        if len(person.name.split()) >= _NAME_PARTS and person.name not in own_names:
            texts[person.name.casefold()] = _named(person)
    for address, whose in _addresses(explanation):
        if whose is None or whose.person_id not in own:
            texts[address.casefold()] = masked_address(address)
    return _Hidden(texts, ids)


def _is_open(person: PersonSeen | PersonShown, own: set[str] | frozenset[str]) -> bool:
    if person.person_id in own or not person.person_id:
        return True
    if isinstance(person, PersonShown):  # the pages' own form names students only, here
        return False
    return person.adult or person.guardian_here


def _another(person: PersonSeen | PersonShown) -> str:
    student = isinstance(person, PersonShown) or person.student
    return ANOTHER_STUDENT if student else ANOTHER_PERSON


def _named(person: PersonSeen | PersonShown) -> str:
    return f"{initials(person.name)} ({_another(person)})"


def masked_address(address: str) -> str:
    """Return the first letter of an address, and of an e-mail address its domain."""
    local, at, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}" if at else f"{domain[:1]}…"


def _walk(value: Any) -> Iterator[Any]:
    yield value
    if is_dataclass(value):
        for one in fields(value):
            yield from _walk(getattr(value, one.name))
    elif isinstance(value, (tuple, list)):
        for part in value:
            yield from _walk(part)


def _people(explanation: Explanation) -> Iterator[PersonSeen | PersonShown]:
    return (one for one in _walk(explanation) if isinstance(one, (PersonSeen, PersonShown)))


def _addresses(explanation: Explanation) -> Iterator[tuple[str, PersonSeen | None]]:
    for one in _walk(explanation):
        if isinstance(one, (PartySeen, FieldSeen)) and one.address is not None:
            if isinstance(one, PartySeen) and one.is_list:
                continue  # a list is nobody's; its members have lines of their own
            yield one.address, one.person


class _Mask:
    def __init__(self, own: frozenset[str], hidden: _Hidden) -> None:
        self._own = own
        self._texts = hidden.texts
        self._ids = hidden.ids
        self._pattern = hidden.pattern()

    def value(self, value: Value) -> Value:
        """Return the value with everybody in it masked who has to be."""
        made = self._any(value)
        assert isinstance(made, type(value))  # noqa: S101  (each form keeps its type)
        return made

    def _any(self, value: Any) -> Any:
        if isinstance(value, (PersonSeen, PersonShown)) and not _is_open(value, self._own):
            return self._person(value)
        if is_dataclass(value) and not isinstance(value, type):
            changed = {f.name: self._any(getattr(value, f.name)) for f in fields(value)}
            return replace(value, **changed)
        if isinstance(value, tuple):
            return tuple(self._any(part) for part in value)
        return self._text(value) if type(value) is str else value

    def _person(self, person: PersonSeen | PersonShown) -> PersonSeen | PersonShown:
        if isinstance(person, PersonShown):
            return PersonShown("", initials(person.name), f"({_another(person)})")
        hats = tuple(replace(hat, words=self._text(hat.words)) for hat in person.hats)
        return replace(person, person_id="", name=_named(person), hats=hats)

    def _text(self, text: str) -> str:
        alone = self._ids.get(text)
        if alone is not None:
            return alone
        return self._pattern.sub(lambda found: self._texts[found[0].casefold()], text)
