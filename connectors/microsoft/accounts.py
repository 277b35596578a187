"""Whose Microsoft's ids are: what names people by id or sign-in name alone is read with this."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from auditor.keys import AddressRules, canonical_email, email_address
from auditor.model import Address
from connectors.microsoft.asking import Graph
from connectors.microsoft.users import TenantUser, tenant_users


@dataclass(frozen=True, slots=True)
class Accounts:
    """The tenant's accounts, those deleted in the last 30 days and guests among them."""

    _by_id: dict[str, Address]
    _by_name: dict[str, Address]
    _ids: dict[str, str]
    """Sign-in name -> object id."""
    _rules: AddressRules

    @classmethod
    def read(cls, graph: Graph, rules: AddressRules) -> Accounts:
        """Ask for every account; raises ``SourceError``. Needs ``USER_PERMISSIONS``."""
        return cls.of(rules, tenant_users(graph), tenant_users(graph, deleted=True))

    @classmethod
    def of(cls, rules: AddressRules, *lists: Iterable[TenantUser]) -> Accounts:
        """Return the accounts of lists that were read; of two that clash the first one counts."""
        made = cls({}, {}, {}, rules)
        for users in lists:
            made._learn(users)
        return made

    def address(self, id_: object) -> Address | None:
        """Return whose object id it is, None if nobody says."""
        return self._by_id.get(id_.lower()) if isinstance(id_, str) else None

    def named(self, name: object) -> Address | None:
        """Return the address of whoever signs in with a name.

        The name itself where no account of the tenant has it: of people outside nothing else is
        known. None if it is no address either.
        """
        if not isinstance(name, str):
            return None
        known = self._by_name.get(canonical_email(name) or name.casefold())
        return known or email_address(name, self._rules)

    def id_of(self, name: str) -> str:
        """Return the object id of whoever signs in with a name, or the name if nobody does."""
        plain = canonical_email(name) or name.casefold()
        return self._ids.get(plain, plain)

    def _learn(self, users: Iterable[TenantUser]) -> None:
        for user in users:
            address = email_address(user.email or user.user_principal_name, self._rules)
            if address is not None:
                self._by_id.setdefault(user.id.lower(), address)
                self._by_name.setdefault(user.user_principal_name, address)
                self._ids.setdefault(user.user_principal_name, user.id.lower())
