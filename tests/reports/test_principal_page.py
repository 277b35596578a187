"""The principal's page: order, numbers, words, and what stays off it."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from auditor.result import ItemState, PrincipalWeek, Tone
from reports import principal
from tests.reports import examples
from tests.reports.reading import Node, read


def page(week: PrincipalWeek) -> Node:
    return read(principal.html(week))


def ids(cards: list[Node]) -> list[str]:
    return [card.attributes["id"] for card in cards]


def test_a_card_tells_its_story_in_the_agreed_order() -> None:
    card = page(examples.principal_week()).one("article", id="AH-0412").text
    order = [
        "Dana Whitfield", "and", "Jordan Reyes", "(gr. 10)", "Discouraged", "New", "Item AH-0412",
        "14 e-mails between one adult and one student on 4 days", "Mon, Nov 16, 3:12 PM to",
        "District e-mail", "9 sent by the adult, 5 by the student", "Why it is listed",
        "the only two people", "What might explain it", "Guardian link in the roster: no",
        "yes (Chemistry, period 4)", "Policy, in short", "INJDB, Requirements, ¶2",
        "Suggested next step.", "14 messages",
    ]  # fmt: skip
    places = [card.index(words) for words in order]
    assert places == sorted(places)


def test_the_policys_own_words_are_quoted_and_ours_are_not() -> None:
    root = page(examples.principal_week())
    quoted = root.one("article", id="AH-0415").text
    assert "Policy words “Staff and current students may not exchange personal addresses.”" in quoted
    ours = root.one("article", id="AH-0412").text
    assert "Policy, in short Staff are asked" in ours
    assert "“" not in ours


def test_the_message_list_of_a_card_is_closed_and_names_each_message() -> None:
    week = examples.principal_week()
    details = page(week).one("article", id="AH-0398").all("details")[0]
    assert "open" not in details.attributes
    assert [(row[0], row[1], row[-1]) for row in details.one("table").rows()] == [
        ("Tue, Nov 17, 12:05 PM", "Adult", "spaces/AAQA/messages/0"),
        ("Wed, Nov 18, 12:06 PM", "Student", "spaces/AAQA/messages/1"),
        ("Thu, Nov 19, 12:07 PM", "Adult", "spaces/AAQA/messages/2"),
        ("Fri, Nov 20, 12:08 PM", "Student", "spaces/AAQA/messages/3"),
    ]


def test_facts_count_what_is_listed() -> None:
    week = examples.principal_week()
    facts = [li.text for li in page(week).one("ul", class_="facts").all("li")]
    assert facts == [
        "2 new this week", "1 carried over, 1 grew", "1 waiting more than 14 days",
        "1 set aside by an approval or family tie",
    ]  # fmt: skip
    with_gap = page(examples.principal_week(stated=examples.GAP)).one("ul", class_="facts").text
    assert "2 new this week so far" in with_gap


def test_states_are_told_in_words_with_their_age() -> None:
    items = (
        examples.item("A-1"),
        examples.item("A-2", state=ItemState.CARRIED_OVER, listed_on=date(2026, 11, 6)),
        examples.item("A-3", state=ItemState.GREW, listed_on=date(2026, 11, 21), uncertain=True),
    )
    rows = page(examples.principal_week(items)).one("table", id="all-items").rows()
    assert [row[-1] for row in rows] == [
        "New",
        "Carried over, 16 days",
        "Grew since it was first listed, 1 day ago, less certain",
    ]


def test_numbers_on_the_page_in_the_table_and_in_json_are_the_same(tmp_path: Path) -> None:
    week = examples.principal_week()
    made = principal.publish(week, tmp_path)
    root = read(made.html.read_bytes())
    twin = json.loads(made.json.read_text(encoding="utf-8"))
    listed = [i.id for i in week.open_items]
    assert ids(root.all("article")) == listed
    assert [row[0] for row in root.one("table", id="all-items").rows()] == listed
    assert [i["id"] for i in twin["open_items"]] == listed
    assert f"Please look at these {len(listed)}" in root.text
    assert week.verdict.line.startswith(f"{len(listed)} items")


@pytest.mark.parametrize(("count", "cards", "rows"), [(1, 1, 1), (25, 25, 25), (26, 25, 26), (600, 25, 500)])
def test_too_many_for_boxes_or_rows_is_said_and_nothing_is_lost(
    tmp_path: Path, count: int, cards: int, rows: int
) -> None:
    week = examples.principal_week(examples.many_items(count))
    made = principal.publish(week, tmp_path)
    root = read(made.html.read_bytes())
    assert ids(root.all("article")) == [i.id for i in week.open_items[:cards]]
    assert len(root.one("table", id="all-items").rows()) == rows
    assert (f"{cards} of {count} are shown as boxes" in root.text) is (cards < count)
    assert (f"The first {rows} of {count} items stand here" in root.text) is (rows < count)
    assert made.csv is not None
    lines = list(csv.reader(io.StringIO(made.csv.read_text(encoding="utf-8-sig"))))
    assert len(lines) == 1 + count + len(week.covered_items)
    assert len(json.loads(made.json.read_text(encoding="utf-8"))["open_items"]) == count


def test_a_long_item_lists_its_last_messages_and_says_where_the_others_are() -> None:
    messages = tuple(examples.message(examples.at(18, 15, n % 60), n) for n in range(51))
    one = examples.item(messages=messages, by_adult=51, by_student=0)
    card = page(examples.principal_week((one,))).one("article")
    assert "The last 50 of 51 are listed here" in card.text
    assert len(card.one("table").rows()) == 50
    assert "m00050@" in card.text
    assert "m00000@" not in card.text


def test_students_can_be_shown_by_initials_alone_without_script() -> None:
    root = page(examples.principal_week())
    box = root.one("input", id="initials-only")
    assert box.attributes["type"] == "checkbox"
    fulls, shorts = root.all("span", class_="full"), root.all("span", class_="initials")
    assert len(fulls) == len(shorts) > 3
    assert {s.text for s in shorts} == {"J. R.", "L. O.", "A. L."}
    (css,) = root.one("style").children
    assert isinstance(css, str)
    assert "body:has(#initials-only:checked) .full{display:none}" in css
    text = root.text
    for student in ("Jordan Reyes", "Liam O’Connor", "Ava Lindqvist"):
        assert text.count(student) == sum(f.text == student for f in fulls)


def test_covered_items_stay_listed_apart_and_closed() -> None:
    root = page(examples.principal_week())
    details = root.one("details", id="covered")
    assert "open" not in details.attributes
    assert details.one("table").rows() == [
        ["AH-0377", "Marcus Bell", "Jordan Reyes J. R. (gr. 10)", "Written to one student, no other adult copied", "14 of 14", "Family tie", "K. Osei (principal)", "Jun 30, 2027"]
    ]  # fmt: skip
    assert "AH-0377" not in ids(root.all("article"))


def test_an_approval_that_covers_part_of_an_open_item_stands_in_its_card() -> None:
    cover = replace(examples.covered_item().covered_by[0], messages=3)
    card = page(examples.principal_week((examples.item(covered_by=(cover,)),))).one("article")
    assert "3 messages of 14 set aside by: Family tie, given by K. Osei (principal), ends Jun 30, 2027" in card.text


def test_what_is_withheld_is_told_in_one_neutral_line() -> None:
    week = examples.principal_week(withheld=2, withheld_to="the Superintendent’s designee")
    root = page(week)
    line = root.one("p", class_="withheld").text
    assert line.startswith("2 items are not part of this page and go to the Superintendent’s designee")
    assert root.text.count(line) == 1
    assert "K. Osei" not in root.one("main").text.replace("K. Osei (principal)", "")
    assert page(examples.principal_week()).all("p", class_="withheld") == []


def test_the_weeks_chart_says_gap_and_no_run_in_words_too() -> None:
    svg = page(examples.principal_week()).one("svg", class_="chart")
    assert svg.attributes["role"] == "img"
    desc = svg.one("desc").text
    assert desc.startswith("Sep 28: 6. Oct 5: 9. ")
    assert "Oct 26: 5 (not fully checked)." in desc
    assert "Nov 2: no run." in desc
    words = [t.text for t in svg.all("text")]
    assert words.count("gap") == words.count("no run") == words.count("?") == 1
    bars = [r.attributes for r in svg.all("rect", class_="bar")]
    assert len(bars) == 7
    assert [b["class"] for b in bars].count("bar striped") == 1
    assert max(int(b["height"]) for b in bars) == 116


def test_a_week_with_a_clock_change_names_the_zone_on_each_time() -> None:
    root = page(examples.clock_change_week())
    times = [row[0] for row in root.one("article").one("table").rows()]
    assert times == ["Sun, Nov 1, 1:30 AM EDT", "Sun, Nov 1, 1:30 AM EST"]
    assert "12:00 AM EDT to Sun, Nov 1, 2026, 11:59 PM EST" in root.one("p", class_="period").text
    assert not re.search(r"\d [AP]M(?! E[SD]T)", root.text)
    assert "EDT, UTC−4; after the clock change of Sun, Nov 1, EST, UTC−5" in root.one("footer").text


def test_times_are_the_districts_and_not_utc() -> None:
    late = examples.message(examples.at(20, 3, 47))
    one = examples.item(messages=(late,), first_seen=late.sent_at, last_seen=late.sent_at)
    card = page(examples.principal_week((one,))).one("article").text
    assert "Thu, Nov 19, 10:47 PM" in card
    assert "3:47" not in card


@pytest.mark.parametrize("stated", [None, examples.GAP], ids=["complete", "gap"])
def test_an_empty_list_is_only_good_news_when_everything_was_read(stated: None) -> None:
    week = examples.principal_week((), stated)
    root = page(week)
    text = root.text
    good = "Everything planned was read, and nothing in it needs a look." in text
    assert good is (week.verdict.tone is Tone.OK)
    assert ("What was not checked may hold some." in text) is not good
    assert root.all("table", id="all-items") == []


def test_machine_mail_is_counted_and_the_risk_box_is_always_there() -> None:
    root = page(examples.principal_week())
    assert ["Sent by machines and systems.", "1,812"] in root.one("table", class_="narrow").rows()
    for week in (examples.principal_week(), examples.failed_principal_week()):
        assert "Take the district’s child-protection steps first" in page(week).text


def test_only_what_the_values_hold_is_on_the_page() -> None:
    text = page(examples.principal_week((), covered_items=())).text
    for stranger in ("Reyes", "Whitfield", "Dvorak", "S-20417", "T-1041"):
        assert stranger not in text


def test_without_items_there_is_no_csv_that_could_read_as_clean(tmp_path: Path) -> None:
    for week in (
        examples.principal_week((), covered_items=()),
        examples.failed_principal_week(),
    ):
        assert principal.publish(week, tmp_path).csv is None
    assert sorted(p.suffix for p in tmp_path.iterdir()) == [".html", ".json"]
