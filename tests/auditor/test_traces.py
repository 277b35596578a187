"""What a person is recognised by in a text, and what only looks like them."""

from __future__ import annotations

import pytest

from auditor.others import ANOTHER, Others
from auditor.traces import ERASED, Traces

SUE = Traces.of(["S-404", "90001"], ["sue@d.example"], [("Sue  Ann", "Two")])


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("person_id S-404 twice: s-404", f"person_id {ERASED} twice: {ERASED}"),
        ("XS-404, S-4040, S-404-1", None),
        ("90001", ERASED),
        ("person_id 90001", ERASED),
        ("90001 records", None),
        ("SUE@D.Example.", f"{ERASED}."),
        ("<1.sue@d.example.org>", None),
        ("<20.sue@d.example>", f"<20.{ERASED}>"),
        ("Sue Ann\u00a0Two and Two, Sue Ann", f"{ERASED} and {ERASED}"),
        ("Sue, two of them", None),
        ("", None),
    ],
)
def test_a_text_names_somebody_or_not(text: str, left: str | None) -> None:
    assert SUE.in_text(text) is (left is not None)
    assert SUE.without(text) == (text if left is None else left)


def test_the_end_of_a_longer_address_is_somebody_elses() -> None:
    traces = Traces(addresses=frozenset({"ue@d.example"}), longer=frozenset({"sue@d.example"}))
    assert not traces.in_text("to sue@d.example")
    assert traces.in_bytes(b"emailsue@d.example") == 0
    assert traces.in_bytes(b"emailblue@d.example") == 1
    assert traces.without("ue@d.example, sue@d.example") == f"{ERASED}, sue@d.example"


def test_raw_bytes_hold_a_name_in_any_of_its_forms() -> None:
    traces = Traces.of([], [], [("Zoë", "O'Hara")])
    for data in ("x Zoë O'Hara", "ZoË O'Hara".lower(), "zo\\u00eb o'hara", "Zoë O&#x27;Hara"):
        assert traces.in_bytes(data.encode()) == 1, data
    assert Traces().in_bytes(b"anything") == 0
    assert not Traces.of([" "], [""], [("Sue", "")])


def test_others_are_masked_and_their_namesake_on_the_staff_is_not() -> None:
    others = Others(
        frozenset({"s2", "90001", "s2@d.example"}),
        frozenset({"sue two", "sol de la three", "tom two"}),
        frozenset({"tom two"}),
    )
    for text, masked in {
        "S2": ANOTHER,
        "90001": ANOTHER,
        "90001 messages": "90001 messages",
        "m-s2@d.example": ANOTHER,
        "S2x and (s2)": f"S2x and ({ANOTHER})",
        "Sue Two, Tom Two": f"{ANOTHER}, Tom Two",
        "about Sol de la  Three now": f"about {ANOTHER} now",
        "Sue": "Sue",
    }.items():
        assert others.text(text) == masked
