"""Canonical addresses and the keyed integers that stand for them.

The big tables hold only 64-bit keys, made with a secret pepper of the district: joins run on
integers, no table lists who wrote to whom in clear, and destroying one address-book entry makes
old rows anonymous for good. Unkeyed hashes of addresses are guessable and are never used.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b

from auditor.model import Address, AddressKind

PEPPER_BYTES = 32
_PHONE_DIGITS = range(7, 16)
"""Shortest local number to the longest of ITU-T E.164."""
_EXTENSION = re.compile(r"(?i)\s*(?:x|ext|#)")
_NOT_IN_AN_ADDRESS = re.compile(r"[\s\x00-\x1f]")


@dataclass(frozen=True, slots=True)
class AddressRules:
    """What the directory says about spelling variants; without word from it, none are folded."""

    district_domains: frozenset[str] = frozenset()
    alias_domains: Mapping[str, str] = field(default_factory=dict)
    """Other domain -> the domain it is an alias of."""
    plus_tag_domains: frozenset[str] = frozenset()
    """Domains where ``name+tag`` reaches ``name``."""
    dotless_domains: frozenset[str] = frozenset()
    """Domains where dots in the local part make no difference."""

    def is_district(self, email: str) -> bool:
        """Whether a canonical e-mail address belongs to the district."""
        return email.rpartition("@")[2] in self.district_domains


def canonical_email(text: str, rules: AddressRules | None = None) -> str | None:
    """Return the canonical spelling of an e-mail address, or None if it is not one.

    Lower case in both parts, internationalised domains in ASCII (RFC 5891), and plus tags, dots
    and alias domains folded only where ``rules`` say so.
    """
    text = text.strip()
    local, at, domain = text.rpartition("@")
    if not at or not local or not domain or _NOT_IN_AN_ADDRESS.search(text):
        return None
    local = local.casefold() if local.isascii() else local.lower()
    domain = domain.lower().rstrip(".")
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode("ascii")
        except UnicodeError:
            return None
    if not domain:
        return None
    if rules is not None:
        domain = rules.alias_domains.get(domain, domain)
        if domain in rules.plus_tag_domains:
            local = local.partition("+")[0] or local
        if domain in rules.dotless_domains:
            local = local.replace(".", "") or local
    return f"{local}@{domain}"


def email_address(text: str, rules: AddressRules | None = None) -> Address | None:
    """Return ``text`` as a canonical e-mail ``Address``, or None if it is not one."""
    canonical = canonical_email(text, rules)
    return None if canonical is None else Address(AddressKind.EMAIL, canonical)


def phone_address(text: str) -> Address | None:
    """Return a telephone number as its digits, or None if ``text`` is not one.

    Without extension, and without North America's leading 1.
    """
    value = _EXTENSION.split(text, maxsplit=1)[0]
    digits = "".join(c for c in value if c.isascii() and c.isdigit())
    if len(digits) == 11 and digits.startswith("1"):  # noqa: PLR2004  (E.164: 1 and ten digits)
        digits = digits[1:]
    if len(digits) not in _PHONE_DIGITS or any(c.isalpha() for c in value):
        return None
    return Address(AddressKind.PHONE, digits)


def person_id_address(person_id: str) -> Address:
    """Return the address of an LMS or export that names people by SIS id or username."""
    return Address(AddressKind.PERSON_ID, person_id.strip())


class Keyring:
    """Turns text into signed 64-bit keys with the district's pepper (keyed BLAKE2b, RFC 7693)."""

    def __init__(self, pepper: bytes) -> None:
        """Raise ValueError if the pepper is not ``PEPPER_BYTES`` long."""
        if len(pepper) != PEPPER_BYTES:
            raise ValueError(f"the pepper must be {PEPPER_BYTES} bytes, not {len(pepper)}")
        self._hash = blake2b(digest_size=8, key=pepper)

    def key(self, kind: str, text: str) -> int:
        """Return the key of ``text`` within the name space ``kind``."""
        state = self._hash.copy()
        state.update(kind.encode())
        state.update(b"\0")
        state.update(text.encode("utf-8", "surrogatepass"))
        return int.from_bytes(state.digest(), "big", signed=True)

    def address(self, address: Address) -> int:
        return self.key(address.kind.value, address.text)

    def person(self, person_id: str) -> int:
        return self.key("person", person_id)

    def team(self, team_id: str) -> int:
        return self.key("team", team_id)

    def school_class(self, class_id: str) -> int:
        return self.key("class", class_id)

    def container(self, source: str, container: str) -> int:
        return self.key("container", f"{source}\0{container}")

    def thread(self, thread: str) -> int:
        return self.key("thread", thread)

    def message(self, source: str, native_id: str, rfc_message_id: str | None, sender: str) -> int:
        """Return the key of a message: its RFC Message-ID and sender, else source and native id.

        The sender is part of it because broken software reuses Message-IDs: two people's mail
        must never become one message with both audiences.
        """
        if rfc_message_id:
            return self.key("rfc", f"{rfc_message_id}\0{sender}")
        return self.key("message", f"{source}\0{native_id}")
