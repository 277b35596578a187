"""People whom a learning system knows by numbers of its own, and moments told as Unix times."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from auditor.keys import AddressRules, email_address, person_id_address
from auditor.model import Address


@dataclass(frozen=True, slots=True)
class Holder:
    """Whoever has an account."""

    number: str
    person_id: str
    """The roster's id, as the account has it; "" without one."""
    email: str
    given: str
    family: str


class Addresses:
    """Whose address a number stands for; None where nobody can say."""

    def __init__(self, holders: Iterable[Holder], rules: AddressRules, *, by_id: bool) -> None:
        """``by_id``: whether the accounts' ids are the roster's. One of two names is nobody's."""
        names: dict[str, set[tuple[str, str]]] = defaultdict(set)
        self._holders = {one.number: one for one in holders}
        for one in self._holders.values():
            names[one.person_id].add((one.given.casefold(), one.family.casefold()))
        self._shared = {id_ for id_, several in names.items() if len(several) > 1}
        self._rules = rules
        self._by_id = by_id

    def address(self, number: str) -> Address | None:
        one = self._holders.get(number)
        if one is None:
            return None
        if self._by_id and one.person_id and one.person_id not in self._shared:
            return person_id_address(one.person_id)
        return email_address(one.email, self._rules)


def id_of(value: object) -> str:
    """Return a number above 0, which comes as a number or as text; "" for anything else."""
    if isinstance(value, bool):
        return ""
    if isinstance(value, int):
        return str(value) if value > 0 else ""
    return value.strip() if isinstance(value, str) and value.strip().isdecimal() else ""


def moment(value: object) -> datetime | None:
    """Return the moment of a Unix time in seconds; None for what is no time."""
    number = id_of(value)
    try:
        return datetime.fromtimestamp(int(number), UTC) if number else None
    except (ValueError, OverflowError, OSError):
        return None
