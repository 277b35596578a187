"""Whose Google's numbers of accounts are: what names people by number alone is read with this."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from auditor.keys import AddressRules, email_address
from auditor.model import Address
from connectors.google.asking import Asking
from connectors.google.users import DistrictUser, district_users, is_below

ACCOUNT_SCOPES = ("admin.directory.user.readonly",)


@dataclass(frozen=True, slots=True)
class Accounts:
    """The district's accounts by number, those deleted in the last 20 days among them."""

    _addresses: dict[str, Address]
    _units: dict[str, str]
    _rules: AddressRules

    @classmethod
    def read(cls, asking: Asking, customer: str, rules: AddressRules) -> Accounts:
        """Ask for every account; raises ``SourceError``. Needs ``ACCOUNT_SCOPES``."""
        found: dict[str, Address] = {}
        units: dict[str, str] = {}

        def learn(users: Iterable[DistrictUser]) -> None:
            for user in users:
                address = email_address(user.email, rules)
                if address is not None:
                    found.setdefault(user.id, address)
                    units.setdefault(user.id, user.org_unit)

        learn(district_users(asking, customer, link=None))
        learn(district_users(asking, customer, link=None, deleted=True))
        return cls(found, units, rules)

    def is_below(self, number: str, units: Iterable[str]) -> bool | None:
        """Whether an account stands below one of the units, None if it is not the district's."""
        unit = self._units.get(number)
        return None if unit is None else is_below(unit, units)

    def address(self, number: object, told: object = None) -> Address | None:
        """Return whose number it is, None if nobody says.

        ``told`` is the address that came with the number, if any: of people outside the district
        nothing else is known.
        """
        if isinstance(number, str) and number in self._addresses:
            return self._addresses[number]
        return email_address(told, self._rules) if isinstance(told, str) else None
