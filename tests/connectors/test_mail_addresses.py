"""The address reader: everything real mail writes into From and To, and nothing that breaks it."""

from __future__ import annotations

from email.utils import formataddr

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connectors.envelope.addresses import AddressList, addr_spec, read_addresses

CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

COACH, KID, LEE = "coach@marlow.example", "kid@marlow.example", "j.lee@marlow.example"

UNDERSTOOD = {
    COACH: [COACH],
    f"<{COACH}>": [COACH],
    f" {COACH} ": [COACH],
    f"Dana Coach <{COACH}>": [COACH],
    f'"Coach, Dana" <{COACH}>': [COACH],
    f'"Dana \\"Ace\\" Coach" <{COACH}>, {KID}': [COACH, KID],
    f"Dana Coach<{COACH}>,Kid<{KID}>": [COACH, KID],
    f"{COACH},{KID},{LEE}": [COACH, KID, LEE],
    f"{COACH},, {KID},": [COACH, KID],
    # The sender that a strict reader loses.
    f"{COACH} <{COACH}>": [COACH],
    f"{COACH} (Dana Coach)": [COACH],
    f"{COACH} (Dana (Ace) Coach \\) still)": [COACH],
    f"Dana (the coach, really) <{COACH}>, {KID}": [COACH, KID],
    f"<(a note){COACH}>": [COACH],
    f"Team: {COACH}, Kid <{KID}>;": [COACH, KID],
    f"Team: {COACH};, {KID}": [COACH, KID],
    f"A: {COACH}; B: {KID};": [COACH, KID],
    f"=?utf-8?q?D=C3=A1na?= <{COACH}>": [COACH],
    f"=?utf-8?b?RMOhbmEsIENvYWNo?= <{COACH}>, {KID}": [COACH, KID],
    f"Dána Coach <{COACH}>": [COACH],
    f"<@relay.example,@hub.example:{COACH}>": [COACH],
    f"<mailto:{COACH}>": [COACH],
    f"<SMTP:{COACH}>": [COACH],
    f"'{COACH}'": [COACH],
    f"'{COACH}' <{COACH}>": [COACH],
    "coach @ marlow . example": [COACH],
    '"j.lee"@marlow.example': [LEE],
    '<"j lee"@marlow.example>': ['"j lee"@marlow.example'],
    f"Dana Coach <{COACH}": [COACH],
    "Coach@Marlow.Example": ["Coach@Marlow.Example"],
    "coach@marlow.example.": [COACH],
    "coach@[192.0.2.7]": ["coach@[192.0.2.7]"],
    "dána@märlow.example": ["dána@märlow.example"],
    f"Dana Coach {COACH}": [COACH],
    f"Coach; {KID}": [KID],
    f"undisclosed <{COACH}>": [COACH],
}


@pytest.mark.parametrize(("text", "addresses"), UNDERSTOOD.items())
def test_every_way_to_write_an_address_is_read(text: str, addresses: list[str]) -> None:
    assert list(read_addresses(text).addresses) == addresses


@pytest.mark.parametrize("text", [text for text in UNDERSTOOD if text != f"Coach; {KID}"])
def test_what_is_understood_in_full_says_so(text: str) -> None:
    read = read_addresses(text)
    assert read.complete
    assert not read.hidden


@pytest.mark.parametrize(
    "text",
    [
        "undisclosed-recipients:;",
        "Undisclosed recipients: ;",
        "undisclosed-recipients",
        "Unlisted-Recipients:; (no To-header on input)",
        "<Undisclosed Recipients@relay.example>",
        "(Recipient list suppressed)Recipient list suppressed",
        "Team:;",
        "list: ;, other: ;",
    ],
)
def test_an_empty_group_hides_its_members(text: str) -> None:
    assert read_addresses(text) == AddressList((), complete=True, hidden=True)


def test_a_hidden_group_beside_an_address_is_both() -> None:
    assert read_addresses(f"{KID}, undisclosed-recipients:;") == AddressList((KID,), True, True)


@pytest.mark.parametrize("text", ["", " ", ",", " , ,\t", "(nobody)"])
def test_nothing_written_is_nothing_missed(text: str) -> None:
    assert read_addresses(text) == AddressList()


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("Dana Coach", []),
        (f"Dana Coach, {KID}", [KID]),
        (f'"Dana Coach <{COACH}>, {KID}', [COACH, KID]),
        (f"(Dana Coach <{COACH}>, {KID}", [COACH, KID]),
        (f"{COACH} {KID}", [COACH, KID]),
        ('"j lee"@marlow.example', []),
        (f"{COACH}: {KID};", [COACH, KID]),
        ("coach@", []),
        ("@marlow.example", []),
        ("coach@@marlow.example", []),
        ("coach@marlow..example", []),
        ("coach@marlow. example@x", ["example@x"]),
        ("coach@x.\r\n org", ["coach@x.org"]),
        ("Dana <IMCEAEX-_O=MARLOW_CN=COACH@marlow.example>", []),
        ("=?utf-8?q?coach=40marlow=2Eexample?=", [COACH]),
        ("=?utf-8?b?Y29hY2hAbWFybG93LmV4YW1wbGU=?=", [COACH]),
        (f'"{COACH}"', [COACH]),
        ("a" * 400 + "@marlow.example", []),
        (f"<{'x' * 2_000}>, {KID}", [KID]),
    ],
)
def test_what_is_not_understood_is_said_and_the_rest_is_found(
    text: str, addresses: list[str]
) -> None:
    read = read_addresses(text)
    assert list(read.addresses) == addresses
    assert read.complete == (addresses == ["coach@x.org"])


def test_names_are_never_returned() -> None:
    read = read_addresses(f'"Secretname" <{COACH}>, (Secretname) {KID}, Secretname <nothing>')
    assert "Secretname" not in repr(read)


# ---- properties ----------------------------------------------------------------------------

_LOCAL = st.text("abcXYZ019!#$%&*+/=?^_`{|}~.-", min_size=1, max_size=20)
_DOMAIN = st.lists(st.text("abcXYZ019-", min_size=1, max_size=8), min_size=2, max_size=4)
_ADDRESS = st.builds(lambda local, labels: f"{local}@{'.'.join(labels)}", _LOCAL, _DOMAIN).filter(
    lambda address: not address.upper().startswith("IMCEA")
)
_NAME = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=20)
_MAILBOX = st.tuples(_NAME, _ADDRESS)
_SEPARATOR = st.sampled_from([",", ", ", ",\r\n ", " ,\n\t", ", ,"])
_SCRAPS = st.lists(
    st.sampled_from(
        [*'<>"(),;:@.\\[] \t\r\n', "=?utf-8?q?", "?=", "a", "é", "\udc80", COACH, "undisclosed"]
    ),
    max_size=40,
).map("".join)


@CALM
@given(st.lists(_MAILBOX, min_size=1, max_size=8), _SEPARATOR)
def test_a_list_that_was_written_is_read_back(
    mailboxes: list[tuple[str, str]], separator: str
) -> None:
    text = separator.join(formataddr(mailbox) for mailbox in mailboxes)
    assert read_addresses(text) == AddressList(tuple(address for _, address in mailboxes))


@CALM
@given(st.lists(_MAILBOX, min_size=1, max_size=4), st.lists(_MAILBOX, max_size=4))
def test_a_group_is_read_as_its_members(
    members: list[tuple[str, str]], others: list[tuple[str, str]]
) -> None:
    group = f"The team: {', '.join(map(formataddr, members))};"
    text = ", ".join([group, *map(formataddr, others)])
    assert read_addresses(text) == AddressList(tuple(a for _, a in [*members, *others]))


@CALM
@given(st.binary(max_size=200).map(lambda b: b.decode("utf-8", "surrogateescape")) | _SCRAPS)
def test_no_text_breaks_the_reader_and_only_addresses_come_out(text: str) -> None:
    for address in read_addresses(text).addresses:
        assert addr_spec(address) == address
        assert address.encode("utf-8")


@CALM
@given(_SCRAPS)
def test_an_address_between_commas_is_found_whatever_surrounds_it(text: str) -> None:
    """Only an open quotation, comment or bracket may take it in, and that is searched, too."""
    assert LEE in read_addresses(f"{LEE},{text}").addresses


HOSTILE = [
    '<(\\")', '<(\\")"("', '<"\\"', '<"<"', "<", "<@a:", "<@ ", '"', '\\"', "(", "(\\", "()", ")",
    "=?a?b?", "=?utf-8?q?x", "a@", "@", " @ ", " . ", ":", ";", ",", "[", "\\", f"{COACH} <",
    "a@b (", "undisclosed ", "\t", "'", "a@b.c:", "x ", "@;)", ", @", ";Q",
]  # fmt: skip


@pytest.mark.parametrize("unit", HOSTILE)
def test_two_hundred_kilobytes_of_hostile_text_are_read(unit: str) -> None:
    """Quadratic time here would be hours, and the test's time limit would end it."""
    text = (unit * (200_000 // len(unit) + 1))[:200_000]
    assert not [a for a in read_addresses(text + "," + LEE).addresses if addr_spec(a) is None]


def test_a_to_field_of_ten_thousand_people_is_read_in_full() -> None:
    everybody = [f"kid{n}@marlow.example" for n in range(10_000)]
    plain = ",\n ".join(everybody)
    named = ",\n ".join(f'"Kid, {n}" <{a}>' for n, a in enumerate(everybody))
    for text in (plain, named, f"All: {named};"):
        assert read_addresses(text) == AddressList(tuple(everybody))
