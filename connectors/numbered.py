"""People whom a learning system knows by numbers of its own, and moments told as Unix times."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from auditor.keys import AddressRules, canonical_email, email_address, person_id_address
from auditor.model import Address

BY_NUMBER = (
    "account that neither the roster's id nor an address of the district's own names: told of by "
    "its number alone"
)


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
    """Whose address a number stands for; None where no account has it.

    The roster's id comes first, then an e-mail address of the district's own domains: another is
    somebody's own choice, and a child's may be a parent's. What accounts of different names bear
    alike is nobody's, as it would name one for the other. What is left is the account's number.
    """

    def __init__(
        self, holders: Iterable[Holder], rules: AddressRules, *, by_id: bool, vendor: str
    ) -> None:
        """``by_id``: whether the accounts' ids are the roster's."""
        self._holders = {one.number: one for one in holders}
        self._rules = rules
        self._by_id = by_id
        self._vendor = vendor
        all_ = self._holders.values()
        self._shared_ids = _shared((one.person_id, one) for one in all_)
        self._shared_emails = _shared((canonical_email(one.email, rules), one) for one in all_)
        self.by_number: set[str] = set()
        """Numbers of the accounts that were named by nothing else so far."""

    def address(self, number: str) -> Address | None:
        if number not in self._holders:
            return None
        known = self.known(number)
        if known is None:
            self.by_number.add(number)
            return person_id_address(f"{self._vendor}:{number}")
        return known

    def known(self, number: str) -> Address | None:
        """Return the address by which other sources know an account; None: there is none."""
        one = self._holders.get(number)
        if one is None:
            return None
        if self._by_id and one.person_id and one.person_id not in self._shared_ids:
            return person_id_address(one.person_id)
        email = canonical_email(one.email, self._rules)
        if email is None or email in self._shared_emails or not self._rules.is_district(email):
            return None
        return email_address(email)


def apart(names: Mapping[str, str], vendor: str) -> dict[str, str]:
    """Return account -> what it is called, with its number where another is called the same."""
    times = Counter(name.casefold() for name in names.values())
    return {
        number: name if times[name.casefold()] == 1 else f"{name} ({vendor}:{number})"
        for number, name in names.items()
    }


def _shared(bearers: Iterable[tuple[str | None, Holder]]) -> frozenset[str]:
    """Return what several accounts bear; two of one whole name are one person's."""
    names: dict[str, set[tuple[str, ...]]] = defaultdict(set)
    for text, one in bearers:
        if text:
            whole = (one.given.strip().casefold(), one.family.strip().casefold())
            names[text].add(whole if all(whole) else (one.number,))
    return frozenset(text for text, several in names.items() if len(several) > 1)


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
