"""What a reader may press: initials, sorting, finding."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.browser.opening import Reader
from tests.reports import coach_examples, examples

pytestmark = pytest.mark.browser
STUDENTS = tuple(
    person
    for item in (*examples.principal_week().open_items, *examples.principal_week().covered_items)
    if (person := item.student) is not None
)


def seen_text(page: Page) -> str:
    return page.locator("body").inner_text()


def show_initials(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true; })")
    page.get_by_label("Show students by initials only").check()


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_initials_take_every_students_name_off_the_page(
    scripts: bool, pages: dict[str, Path], reader: Reader
) -> None:
    page = reader.open(pages["principal-items"], scripts=scripts)
    before = seen_text(page)
    assert all(student.family_name in before for student in STUDENTS)
    show_initials(page)
    after = seen_text(page)
    for student in STUDENTS:
        assert student.family_name not in after
        assert student.given_name not in after
    assert "J. R." in after
    assert "Whitfield" in after


def test_initials_stay_initials_on_paper(pages: dict[str, Path], reader: Reader) -> None:
    page = reader.open(pages["principal-items"])
    show_initials(page)
    page.emulate_media(media="print")
    after = seen_text(page)
    assert not [s.name for s in STUDENTS if s.family_name in after]
    assert "J. R." in after


def test_initials_hide_students_on_the_athletic_directors_page_too(
    pages: dict[str, Path], reader: Reader
) -> None:
    page = reader.open(pages["coach-items"])
    named = [approval.student for approval in coach_examples.APPROVALS if approval.student]
    show_initials(page)
    after = seen_text(page)
    assert named
    assert not [name for name in named if name in after]


def column(page: Page, table: str, head: str) -> list[str]:
    """Return the values a column is sorted by, in the order in which its rows stand."""
    values: list[str] = page.evaluate(
        """([table, head]) => {
          const found = document.querySelector(table);
          const heads = [...found.tHead.rows[0].cells];
          const at = heads.findIndex((h) => h.textContent.trim().startsWith(head));
          return [...found.tBodies[0].rows].filter((r) => !r.hidden)
            .map((r) => r.cells[at].dataset.value ?? r.cells[at].textContent.trim());
        }""",
        [table, head],
    )
    return values


ITEMS = "#all-items"


def test_sorting_by_a_number_sorts_by_its_value_and_back(
    pages: dict[str, Path], reader: Reader
) -> None:
    page = reader.open(pages["principal-items"])
    head = page.locator(f"{ITEMS} thead th", has_text="Messages")
    assert head.get_attribute("aria-sort") is None
    given = column(page, ITEMS, "Messages")
    head.get_by_role("button").click()
    assert column(page, ITEMS, "Messages") == sorted(given, key=int)
    assert head.get_attribute("aria-sort") == "ascending"
    head.get_by_role("button").press("Enter")
    assert column(page, ITEMS, "Messages") == sorted(given, key=int, reverse=True)
    assert head.get_attribute("aria-sort") == "descending"


def test_only_one_column_is_sorted_at_a_time(pages: dict[str, Path], reader: Reader) -> None:
    page = reader.open(pages["principal-items"])
    for button in page.locator(f"{ITEMS} thead button").all():
        button.click()
        assert page.locator(f"{ITEMS} th[aria-sort]").count() == 1
    assert page.locator(f"{ITEMS} thead button").count() > 3


def test_sorting_by_time_follows_time_not_words(pages: dict[str, Path], reader: Reader) -> None:
    page = reader.open(pages["principal-items"])
    page.get_by_role("button", name="Sort by Last message").click()
    times = [int(value) for value in column(page, ITEMS, "Last message")]
    assert times == sorted(times)
    assert len(times) == len(examples.principal_week().open_items)


def test_finding_hides_rows_and_counts_those_left(pages: dict[str, Path], reader: Reader) -> None:
    page = reader.open(pages["principal-items"])
    every = len(examples.principal_week().open_items)
    count = page.locator(".finder output").first
    assert count.inner_text() == f"Showing {every} of {every}"
    page.get_by_label("Find").first.fill("whitfield")
    left = [i for i in examples.principal_week().open_items if "Whitfield" in i.adult_name]
    assert 0 < len(left) < every
    assert count.inner_text() == f"Showing {len(left)} of {every}"
    assert page.locator(f"{ITEMS} tbody tr:visible").count() == len(left)
    page.get_by_label("Find").first.fill("nobody of that name")
    assert count.inner_text() == f"Showing 0 of {every}"
    page.get_by_label("Find").first.fill("")
    assert count.inner_text() == f"Showing {every} of {every}"


def test_choosing_a_policy_wording_leaves_the_items_of_that_wording(
    pages: dict[str, Path], reader: Reader
) -> None:
    page = reader.open(pages["principal-items"])
    items = examples.principal_week().open_items
    verb = items[0].verb
    page.get_by_label("Policy wording").first.select_option(verb.value)
    left = [i.id for i in items if i.verb is verb]
    assert 0 < len(left) < len(items)
    assert sorted(column(page, ITEMS, "Item")) == sorted(left)
    assert page.locator(".finder output").first.inner_text() == (
        f"Showing {len(left)} of {len(items)}"
    )


def test_the_head_of_a_table_keeps_its_words_on_paper(
    pages: dict[str, Path], reader: Reader
) -> None:
    page = reader.open(pages["principal-items"], media="print")
    heads = [head.strip() for head in page.locator(f"{ITEMS} thead th").all_inner_texts()]
    assert "Messages" in heads
    assert "Last message" in heads
    assert page.locator(f"{ITEMS} thead button:visible").count() == 0


def test_a_row_leads_to_its_box(pages: dict[str, Path], reader: Reader) -> None:
    page = reader.open(pages["principal-items"])
    first = page.locator(f"{ITEMS} tbody a").first
    target = first.get_attribute("href")
    assert target is not None
    first.click()
    assert page.locator(target).evaluate("e => e.getBoundingClientRect().top") < 50
    assert reader.noted.nothing()
