"""The clause coverage page: a quiet clause is never a clear one, nobody is named, bytes are stable."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from auditor.result.clauses import ClauseStatement, Stand
from reports import clauses
from tests.reports import clause_examples, examples
from tests.reports.reading import Node, read
from tests.reports.test_frame import UNWANTED

STATEMENTS: dict[str, Callable[[], ClauseStatement]] = {
    "items and a gap": clause_examples.with_items,
    "clean": clause_examples.everything_kept,
    "records not kept": clause_examples.statement,
    "nothing read": lambda: clause_examples.statement(stated=examples.NOTHING_READ),
    "hostile": clause_examples.hostile,
}
CLAUSE, ASKS, WORDING, TOLD, STANDING, CHECKS, DAYS, CHANNELS = range(8)


@pytest.fixture(scope="module", params=STATEMENTS)
def shown(request: pytest.FixtureRequest) -> tuple[ClauseStatement, bytes]:
    statement = STATEMENTS[request.param]()
    return statement, clauses.html(statement)


def rows(statement: ClauseStatement) -> dict[str, list[str]]:
    table = read(clauses.html(statement)).one("table", id="every-clause")
    return {row[CLAUSE]: row for row in table.rows()}


def detail(statement: ClauseStatement, clause: str) -> Node:
    every = read(clauses.html(statement)).all("details")
    (found,) = (d for d in every if d.one("summary").text.startswith(f"{clause}:"))
    return found


def test_every_clause_of_the_pack_has_its_row(shown: tuple[ClauseStatement, bytes]) -> None:
    statement, page = shown
    table = read(page).one("table", id="every-clause")
    assert [row[CLAUSE] for row in table.rows()] == [line.id for line in statement.lines]
    assert len(statement.lines) == len(clause_examples.pack().clauses)


def test_a_missing_day_turns_each_clause_about_messages_and_says_on_how_much() -> None:
    row = rows(clause_examples.with_items())["INJDB-9"]
    assert row[STANDING] == "2 items, not established"
    assert row[DAYS] == "955 of 1,337 (71%)"
    assert row[CHANNELS] == "all 3"
    assert "Direct contact without another adult: ran" in row[CHECKS]
    details = detail(clause_examples.with_items(), "INJDB-9")
    assert "2 days of District chat not read in full." in details.text
    assert details.one("table").rows() == [
        ["Alder Hill High School", "96", "480 of 672 (71%)", "2", "2 items, not established"],
        ["Birch Middle School", "60", "300 of 420 (71%)", "none so far", "Not established"],
        ["Cedar Elementary School", "41", "205 of 287 (71%)", "none so far", "Not established"],
    ]


def test_a_quiet_school_with_a_gap_never_reads_as_clear() -> None:
    root = read(clauses.html(clause_examples.statement(stated=examples.GAP)))
    for details in root.all("details")[:-1]:
        table = details.one("table")
        if any("of" in row[2] for row in table.rows()):
            assert {row[4] for row in table.rows()} == {"Not established"}


def test_a_clean_week_says_so_of_what_was_checked_only() -> None:
    statement = clause_examples.everything_kept()
    found = rows(statement)
    assert found["INJDB-9"][STANDING] == "Checked: nothing to look at"
    assert found["INJDB-9"][DAYS] == "1,337 of 1,337 (100%)"
    assert found["INJDB-4"][STANDING] == "Not observable"
    assert found["INJDB-37"][STANDING] == "Must not be monitored"
    clear = [line.id for line in statement.standing(Stand.CLEAR)]
    assert [id_ for id_, row in found.items() if "nothing to look at" in row[STANDING]] == clear


def test_nothing_read_is_none_of_the_days_and_never_a_zero() -> None:
    row = rows(clause_examples.statement(stated=examples.NOTHING_READ))["INJDB-9"]
    assert (row[STANDING], row[DAYS]) == ("Not established", "none of 1,337")
    root = read(clauses.html(clause_examples.statement(stated=examples.NOTHING_READ)))
    cells = [cell.text for cell in root.all("td")]
    assert "0" not in cells


def test_records_nobody_keeps_are_told_apart_from_a_gap() -> None:
    found = rows(clause_examples.statement())
    assert found["INJDB-23"][STANDING] == "Not set up: no records are kept of accounts"
    assert found["INJDB-12"][STANDING] == "Set up in part: no records are kept of mailbox settings"
    assert "not set up (no records are kept of mailbox settings)" in found["INJDB-12"][CHECKS]
    assert found["INJDB-31"][STANDING] == "Checked: nothing to look at"
    assert found["INJDB-31"][DAYS] == "– do not apply"


def test_what_nobody_can_or_may_see_is_listed_with_the_packs_reason() -> None:
    root = read(clauses.html(clause_examples.statement()))
    text = root.one("main").text
    for clause in clause_examples.pack().clauses.values():
        if clause.audited in ("not observable", "must not"):
            assert clause.why in text
    unseen, forbidden = text.index("What no system can show"), text.index("What must not be monitored")
    assert unseen < text.index("INJDB-52 Guideline", unseen) < forbidden
    assert forbidden < text.index("INJDB-37 Required", forbidden)


def test_a_standing_has_a_sign_of_its_own_shape_and_words() -> None:
    signs: dict[str, set[str]] = {}
    for make in (clause_examples.with_items, clause_examples.statement):
        root = read(clauses.html(make()))
        for cell in root.one("table", id="every-clause").all("td", class_="standing"):
            assert cell.text
            shape = repr([(n.tag, n.attributes) for n in cell.one("svg").children if isinstance(n, Node)])
            signs.setdefault(shape, set()).add(cell.text)
    clear = [words for words in signs.values() if "Checked: nothing to look at" in words]
    assert clear == [{"Checked: nothing to look at"}]


def test_nobody_is_named_and_no_item_either(tmp_path: Path) -> None:
    made = clauses.publish(clause_examples.with_items(), tmp_path)
    assert made.csv is not None
    for path in (made.html, made.json, made.csv):
        text = path.read_text(encoding="utf-8")
        for item in examples.items():
            assert item.id not in text
            assert item.adult_name.split()[-1] not in text


def test_the_same_values_give_the_same_bytes(shown: tuple[ClauseStatement, bytes]) -> None:
    statement, page = shown
    assert clauses.html(statement) == page
    assert len(page) <= 150_000


def test_the_frame_is_that_of_every_page(shown: tuple[ClauseStatement, bytes]) -> None:
    root = read(shown[1])
    ids = [n.attributes["id"] for n in root.all() if "id" in n.attributes]
    assert len(ids) == len(set(ids))
    levels = [int(n.tag[1]) for n in root.all() if re.fullmatch(r"h[1-6]", n.tag)]
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert UNWANTED.findall(root.text) == []
    assert re.findall(r"\bNone\b|\bTrue\b|\bFalse\b", root.text.replace("None of the", "")) == []
    foot = root.one("footer").text
    for words in ("C-2026-47-ALL-1", "Dec 6, 2016", "5f1d0c9be2a7", "auditor 0.1.0"):
        assert words in foot


def test_hostile_words_become_no_markup() -> None:
    page = clauses.html(clause_examples.hostile())
    root = read(page)
    assert b"<script>alert" not in page
    assert len(root.all("script")) == 1
    assert "\u202e" not in page.decode()
    for node in root.all():
        assert not [name for name in node.attributes if name.startswith("on") or name == "style"]


def test_the_csv_has_a_row_for_each_clause_and_school(tmp_path: Path) -> None:
    made = clauses.publish(clause_examples.with_items(), tmp_path)
    assert made.csv is not None
    table = list(csv.DictReader(io.StringIO(made.csv.read_text(encoding="utf-8-sig"))))
    mine = [row for row in table if row["clause"] == "INJDB-9"]
    assert [(r["school"], r["standing"], r["items"], r["person_days_checked"]) for r in mine] == [
        ("all schools", "2 items, not established", "2", "955"),
        ("Alder Hill High School", "2 items, not established", "2", "480"),
        ("Birch Middle School", "not established", "not known", "300"),
        ("Cedar Elementary School", "not established", "not known", "205"),
    ]
    (unseen,) = (row for row in table if row["clause"] == "INJDB-4")
    assert (unseen["items"], unseen["person_days_planned"]) == ("", "")


def test_the_twin_holds_the_same_values(tmp_path: Path) -> None:
    statement = clause_examples.with_items()
    twin = json.loads(clauses.publish(statement, tmp_path).json.read_text(encoding="utf-8"))
    assert twin["kind"] == "clauses"
    assert [line["standing"] for line in twin["lines"]] == [x.standing for x in statement.lines]
    (clear,) = (line for line in twin["lines"] if line["id"] == "INJDB-31")
    assert (clear["items_open"], clear["planned_person_days"]) == (0, None)


def test_only_the_whole_is_a_hundred_per_cent() -> None:
    assert clauses.days_words(1336, 1337) == "1,336 of 1,337 (99%)"
    assert clauses.days_words(0, 7) == "none of 7"
    assert clauses.days_words(None, None) == "not known"


def test_the_share_checked_is_what_the_column_sorts_by() -> None:
    lines = {line.id: line for line in clause_examples.with_items().lines}
    assert clauses.sort_value(lines["INJDB-9"]) == 714
    assert clauses.sort_value(lines["INJDB-4"]) == -1
    assert clauses.sort_value(replace(lines["INJDB-9"], planned_person_days=None)) == -1
