"""One address has one spelling and one key; different things never share one by construction."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from auditor.keys import (
    AddressRules,
    Keyring,
    canonical_email,
    email_address,
    person_id_address,
)
from auditor.model import Address, AddressKind

PEPPER = bytes(range(32))
KEYRING = Keyring(PEPPER)
RULES = AddressRules(
    district_domains=frozenset({"marlow.example"}),
    alias_domains={"old.example": "marlow.example"},
    plus_tag_domains=frozenset({"marlow.example"}),
    dotless_domains=frozenset({"mail.example"}),
)

local_parts = st.text("abcXYZ019._+-'é", min_size=1, max_size=12)
domains = st.sampled_from(
    ["marlow.example", "MARLOW.example", "old.example", "mail.example", "bücher.example", "x.test"]
)
emails = st.builds("{}@{}".format, local_parts, domains)
rules = st.none() | st.just(RULES)


@given(emails, rules)
def test_canonical_is_final(text: str, given_rules: AddressRules | None) -> None:
    once = canonical_email(text, given_rules)
    assert once is not None
    assert canonical_email(once, given_rules) == once


@given(emails, rules)
def test_case_and_space_around_make_no_difference(
    text: str, given_rules: AddressRules | None
) -> None:
    canonical = canonical_email(text, given_rules)
    assert canonical_email(f" {text}\t", given_rules) == canonical
    assert canonical_email(text.upper(), given_rules) == canonical
    assert canonical_email(text.lower(), given_rules) == canonical


@given(local_parts, local_parts, domains)
def test_nothing_is_folded_without_word_from_the_directory(a: str, b: str, domain: str) -> None:
    assume(a.lower() != b.lower())
    assert canonical_email(f"{a}@{domain}") != canonical_email(f"{b}@{domain}")


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Ada+band@Marlow.Example", "ada@marlow.example"),
        ("ada+band@old.example", "ada@marlow.example"),
        ("+band@marlow.example", "+band@marlow.example"),
        ("a.d.a+band@mail.example", "ada+band@mail.example"),
        ("a.da@marlow.example", "a.da@marlow.example"),
        ("ada@marlow.example.", "ada@marlow.example"),
        ("ada@BÜCHER.example", "ada@xn--bcher-kva.example"),
        ('"a@b"@marlow.example', '"a@b"@marlow.example'),
    ],
)
def test_folding_follows_the_rules(text: str, folded: str) -> None:
    assert canonical_email(text, RULES) == folded


@pytest.mark.parametrize(
    "text",
    ["", "ada", "@marlow.example", "ada@", "a b@marlow.example", "a\0@b.test", "a@.", "a@ü..x"],
)
def test_what_is_no_address_is_none(text: str) -> None:
    assert canonical_email(text, RULES) is None
    assert email_address(text, RULES) is None


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    canonical = canonical_email(text, RULES)
    assert canonical is None or "@" in canonical


def test_the_districts_own_addresses() -> None:
    assert RULES.is_district("ada@marlow.example")
    assert not RULES.is_district("ada@notmarlow.example")
    assert not RULES.is_district("marlow.example@evil.test")


@given(st.text(), st.text())
def test_keys_are_signed_64_bit_and_repeatable(kind: str, text: str) -> None:
    key = KEYRING.key(kind, text)
    assert -(2**63) <= key < 2**63
    assert Keyring(PEPPER).key(kind, text) == key


def test_keys_never_change_between_versions() -> None:
    """Stored facts are joined on these; another value here makes every lake unreadable."""
    assert KEYRING.address(Address(AddressKind.EMAIL, "ada@marlow.example")) == 55239749283847079
    assert KEYRING.message("mail", "1", "1@x.test", "ada@marlow.example") == -5239621582411718405


@given(st.text(), st.text())
def test_different_texts_have_different_keys(a: str, b: str) -> None:
    assume(a != b)
    assert KEYRING.person(a) != KEYRING.person(b)


@given(st.text())
def test_each_kind_of_thing_has_its_own_keys(text: str) -> None:
    keys = {
        KEYRING.person(text),
        KEYRING.team(text),
        KEYRING.school_class(text),
        KEYRING.thread(text),
        KEYRING.address(person_id_address(text)),
        KEYRING.address(Address(AddressKind.EMAIL, text)),
        KEYRING.address(Address(AddressKind.PHONE, text)),
        KEYRING.message("", text, None, ""),
        KEYRING.container("", text),
    }
    assert len(keys) == 9


@given(st.binary(min_size=32, max_size=32), st.text())
def test_another_pepper_gives_other_keys(pepper: bytes, text: str) -> None:
    assume(pepper != PEPPER)
    assert Keyring(pepper).person(text) != KEYRING.person(text)


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_a_pepper_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Keyring(bytes(size))


def test_one_mail_is_one_message_wherever_it_is_seen() -> None:
    seen = KEYRING.message("log", "77", "m1@x.test", "ada@marlow.example")
    assert KEYRING.message("mailbox", "m1@x.test", "m1@x.test", "ada@marlow.example") == seen
    assert KEYRING.message("log", "77", "m1@x.test", "bob@marlow.example") != seen
    assert KEYRING.message("log", "77", None, "ada@marlow.example") != seen
    assert KEYRING.message("log", "77", None, "") != KEYRING.message("other", "77", None, "")


def test_an_undecodable_byte_has_a_key() -> None:
    assert KEYRING.person("\udcff") != KEYRING.person("\udcfe")
