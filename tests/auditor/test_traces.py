"""What a person is recognised by in a text, and what only looks like them."""

from __future__ import annotations

import csv
import html
import io
import json
from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from auditor.others import ANOTHER, Others
from auditor.traces import ERASED, Traces

SUE = Traces.of(["S-404", "90001", "4711"], ["sue@d.example"], [("Sue  Ann", "Two")])


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("person_id S-404 twice: s-404", f"person_id {ERASED} twice: {ERASED}"),
        ("XS-404, S-4040, S-404-1", None),
        ("90001", ERASED),
        ("person_id 90001", ERASED),
        ("like the case of 90001, No.90001 (and #90001).", f"like the case of {ERASED}, No.{ERASED} (and #{ERASED})."),
        ("190001 a90001 90001x 0.90001 90001.5 90001@d.example 12:00.90001", None),
        ("4711", ERASED),
        ("4711 records", None),
        ("SUE@D.Example.", f"{ERASED}."),
        ("<1.sue@d.example.org>", None),
        ("<20.sue@d.example>", f"<20.{ERASED}>"),
        ("Sue Ann\u00a0Two and Two, Sue Ann", f"{ERASED} and {ERASED}"),
        ("TWO Sue Ann, Two  Sue Ann.", f"{ERASED}, {ERASED}."),
        ("for two sue ann, Two sue Ann and Two Sue Anne", None),
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
    assert traces.in_packed(b"emailsue@d.example") == 0
    assert traces.in_packed(b"emailblue@d.example") == 1
    assert traces.in_bytes(b"emailblue@d.example") == 0
    assert traces.without("ue@d.example, sue@d.example") == f"{ERASED}, sue@d.example"


def test_raw_bytes_hold_a_name_in_any_of_its_forms() -> None:
    traces = Traces.of([], [], [("Zoë", "O'Hara")])
    for data in ("O'HARA Zoë", "O\u0027hara Zoë", "x Zoë O'Hara", "ZoË O'Hara".lower(), "zo\\u00eb o'hara", "Zoë O&#x27;Hara"):
        assert traces.in_bytes(data.encode()) == 1, data
    assert Traces().in_bytes(b"anything") == 0
    assert not Traces.of([" "], [""], [("Sue", "")])


ANN = Traces.of(["ANNLEE-77"], ["ann@x.example"], [("Ann", "Lee")])


@pytest.mark.parametrize(
    "text",
    [
        "Joann Lee; Ann Leeson; MAnn Lee; \u00c9ann Lee; Ann Lee\u00e9; Ann Lee\u0301; Ann_Lee",
        "joann@x.example, ann@x.example.org, 2ann@x.example, ann@x.example-old, \u00e9ann@x.example",
        "XANNLEE-77, ANNLEE-778, ANNLEE-77-1, x.ANNLEE-77, ANNLEE-77@x.example",
    ],
)
def test_a_part_of_a_word_is_no_trace(text: str) -> None:
    """However the letter beside it is written: as it is, in JSON, in HTML or in a link."""
    entities = "".join(c if c.isascii() else f"&#{ord(c)};" for c in text)
    linked = text.replace("\u00c9", "%C3%89").replace("\u00e9", "%c3%a9").replace("\u0301", "%CC%81")
    for written in (text, json.dumps(text), json.dumps(text).upper(), entities, linked):
        raw = written.replace("\\U", "\\u").encode()
        assert ANN.in_bytes(raw) == 0, raw
    assert not ANN.in_text(text)
    assert ANN.without(text) == text


@pytest.mark.parametrize("trace", ["Ann Lee", "ANN LEE", "ann@x.example", "annlee-77"])
def test_a_word_of_its_own_is_a_trace_whatever_ends_it(trace: str) -> None:
    around = ("", " ", "\n", "\t", "(", '"', "\u00a0", "\u2013", "<td>", "\0", ";", ",")
    for sign in around:
        text = f"{sign}{trace}{sign}"
        assert ANN.in_text(text)
        for written in (text, json.dumps(text), html.escape(text), f"%20{trace}%20"):
            assert ANN.in_bytes(written.encode()) == 1, written
    assert ANN.in_packed(f"email{trace}text".encode()) == 1, "a database puts nothing between"


def test_whose_name_holds_the_name_stays() -> None:
    longer = frozenset({"Mary Ann Lee", "Lee, Ann Marie", "mary.ann@x.example", "Bo Lee", "Ann Day"})
    traces = Traces(ANN.ids, ANN.addresses, ANN.names, longer)
    text = "Mary  Ann Lee; Lee, Ann Marie; mary.ann@x.example; Bo Lee, Ann Day"
    assert traces.without("Bo Lee, Ann; Lee, Ann Day") == f"Bo {ERASED}; {ERASED} Day"
    assert traces.without(f"{text}; Ann Lee") == f"{text}; {ERASED}"
    assert traces.in_bytes(text.replace("  ", " ").encode()) == 0
    assert traces.in_bytes(f"{text}; Ann Lee".replace("  ", " ").encode()) == 1
    assert ANN.longer_in("note: Joann Leeson, caf\u00e9ann@x.example; Ann Lee") == {
        "Joann Leeson", "caf\u00e9ann@x.example",
    }  # fmt: skip


def test_a_long_number_in_bytes_is_a_trace_and_a_count_is_none() -> None:
    """Digits of a hash, a fraction of a second, a number of JSON: none of these is anybody."""
    traces = Traces.of(["20301234", "90001"], [], [])
    said = "student 20301234 in spring"
    for written in (said, json.dumps([said]), "\n20301234\u2013", json.dumps("\n20301234\u2013")):
        assert traces.in_bytes(written.encode()) == 1, written
    assert traces.in_packed(f"note\0{said}x".encode()) == 1
    for other in ("ab20301234", "e20301234f", "09.20301234", '{"bytes": 20301234}', "[3, 20301234]"):
        assert traces.in_bytes(other.encode()) == traces.in_packed(other.encode()) == 0, other
    assert traces.in_packed(b"day 90001 of") == 0, "short, and nothing tells values apart"


LETTERS = st.characters(categories=["Lu", "Ll", "Lo"], max_codepoint=0x24F)
WORDS = st.text(LETTERS, min_size=1, max_size=8)
PLAIN = st.text(st.sampled_from("abcdeXYZ"), min_size=1, max_size=8)
NAMES = st.tuples(WORDS, st.lists(WORDS, min_size=1, max_size=2).map(" ".join))
PLAIN_NAMES = st.tuples(PLAIN, st.lists(PLAIN, min_size=1, max_size=2).map(" ".join))
SIGNS = st.sampled_from([" ", "\n", "\u00a0", "'", '"', ",", ";", "(", "\u2019", "&", "\\", "/"])


@given(NAMES, SIGNS, SIGNS, st.sampled_from([str, str.upper, str.lower, str.title]))
def test_nobody_is_overlooked(name: tuple[str, str], one: str, other: str, case: type[str]) -> None:
    """What is written of any name in any form is found, and nothing of it is left behind."""
    traces = Traces.of([], [], [name])
    for said in (" ".join(name), f"{name[1]}, {name[0]}"):
        text = f"x{one}{case(said)}{other}y"
        cells = io.StringIO()
        csv.writer(cells).writerow(["x", text, "y"])
        for written in (text, json.dumps(text), html.escape(text), cells.getvalue()):
            assert traces.in_bytes(written.encode()) >= 1 or "," in said, written
        assert traces.in_text(text)
        left = traces.without(text)
        assert traces.in_bytes(left.encode()) == 0
        assert traces.in_packed(left.encode()) == 0


@given(PLAIN_NAMES, SIGNS, st.sampled_from([str.upper, str.title]))
def test_nor_is_who_is_written_family_name_first(
    name: tuple[str, str], sign: str, case: Callable[[str], str]
) -> None:
    traces = Traces.of([], [], [name])
    text = f"x{sign}{case(f'{name[1]} {name[0]}')}{sign}y"
    assert traces.in_text(text)
    assert traces.in_bytes(text.encode()) >= 1
    assert traces.in_packed(traces.without(text).encode()) == 0


@given(NAMES, WORDS, st.booleans())
def test_a_longer_name_is_left_alone(name: tuple[str, str], more: str, begins: bool) -> None:
    """Letters before the given name or after the family name make somebody else of it."""
    given_name, family = name
    other = f"{more}{given_name} {family}" if begins else f"{given_name} {family}{more}"
    traces = Traces.of([], [], [name])
    assume(" " not in family and given_name.casefold() not in f"{family}{more}".casefold())
    assume(family.casefold() not in f"{more}{given_name}".casefold())
    for written in (other, json.dumps(other), html.escape(other)):
        assert traces.in_bytes(f"<td>{written}</td>".encode()) == 0, written
    assert traces.without(other) == other


def test_others_are_masked_and_their_namesake_on_the_staff_is_not() -> None:
    others = Others(
        frozenset({"s2", "90001", "4711", "s2@d.example"}),
        frozenset({"sue two", "sol de la three", "tom two"}),
        frozenset({"tom two"}),
    )
    for text, masked in {
        "S2": ANOTHER,
        "90001": ANOTHER,
        "90001 in May": f"{ANOTHER} in May",
        "4711": ANOTHER,
        "4711 messages": "4711 messages",
        "m-s2@d.example": ANOTHER,
        "S2x and (s2)": f"S2x and ({ANOTHER})",
        "Sue Two, Tom Two": f"{ANOTHER}, Tom Two",
        "about Sol de la  Three now": f"about {ANOTHER} now",
        "Sue": "Sue",
    }.items():
        assert others.text(text) == masked
