"""A page can be made again from its copy, and a revision says what differs from the one before."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import replace

import pytest

from auditor import copies, revisions
from auditor.copies import Page
from auditor.result import Reason
from cron import press
from tests.reports import clause_examples, coach_examples, examples, nights
from tests.reports.decided_examples import decided_week, revised_week

PAGES: tuple[tuple[str, Callable[[], Page]], ...] = (
    ("N", nights.clean), ("N", nights.gap), ("N", nights.failed), ("N", nights.hostile),
    ("W", decided_week), ("W", examples.failed_principal_week),
    ("W", examples.hostile_principal_week), ("A", coach_examples.coach_week),
    ("A", coach_examples.hostile_coach_week), ("C", clause_examples.with_items),
    ("C", clause_examples.hostile),
)  # fmt: skip


@pytest.mark.parametrize(("kind", "make"), PAGES)
def test_a_page_comes_back_as_it_was_and_renders_to_the_same_bytes(
    kind: str, make: Callable[[], Page]
) -> None:
    page = make()
    again = copies.unpack(kind, copies.FORM, copies.pack(page))
    assert again == page
    assert copies.pack(again) == copies.pack(page)
    assert press.html(again) == press.html(page)


@pytest.mark.parametrize(("form", "content"), [
    (copies.FORM, b"no copy"),
    (copies.FORM, zlib.compress(b'{"imprint": 1}')),
    (copies.FORM, zlib.compress(b"[1]")),
    (copies.FORM + 1, copies.pack(nights.clean())),
])  # fmt: skip
def test_what_is_no_copy_is_refused(form: int, content: bytes) -> None:
    with pytest.raises(copies.UnreadableCopy):
        copies.unpack("N", form, content)


def test_one_changed_byte_is_another_page_or_none() -> None:
    page = nights.clean()
    packed = zlib.decompress(copies.pack(page))
    harmed = packed.replace(b"Marlow", b"Harlow", 1)
    again = copies.unpack("N", copies.FORM, zlib.compress(harmed))
    assert press.html(again) != press.html(page)


# ---- what changed ----------------------------------------------------------------------------


def test_who_made_a_page_and_when_is_no_fact_of_it() -> None:
    night = nights.clean()
    again = replace(
        night, run_id="another", steps=(), imprint=replace(night.imprint, root="ab", changed=("x",))
    )
    assert revisions.digest(again) == revisions.digest(night)
    assert revisions.changes(night, again) == ()


def test_every_change_of_an_item_is_said_by_its_id_alone() -> None:
    before, after = examples.principal_week(examples.items()), decided_week()
    first = before.open_items[0]
    lines = revisions.changes(before, after)
    assert lines[0] == f"{first.id}: was {first.state}, is now decided; a decision was recorded."
    fewer = replace(after, open_items=after.open_items[1:])
    gone = after.open_items[0]
    assert f"{gone.id}: no longer part of this page." in revisions.changes(after, fewer)
    assert f"{gone.id}: added." in revisions.changes(fewer, after)
    longer = replace(gone, messages=(*gone.messages, gone.messages[-1]))
    grown = replace(after, open_items=(longer, *after.open_items[1:]))
    many = len(gone.messages)
    assert f"{gone.id}: {many + 1} messages instead of {many}." in revisions.changes(after, grown)
    text = " ".join([*lines, *revisions.changes(after, fewer), *revisions.changes(after, grown)])
    people = (p for i in before.open_items for p in (i.adult, i.student) if p is not None)
    assert not [p.family_name for p in people if p.family_name in text]


def test_what_was_read_since_is_said_and_every_other_part_is_named() -> None:
    before = examples.principal_week(examples.items(), coverage=examples.GAP)
    after = examples.principal_week(examples.items(), coverage=examples.coverage())
    assert any("is now checked" in line for line in revisions.changes(before, after))
    other = replace(after, reader="Somebody Else")
    assert revisions.changes(after, other) == ("Also changed: who reads this page.",)


# ---- on the page -------------------------------------------------------------------------------


def test_decided_items_stand_closed_and_apart_with_their_decision() -> None:
    page = press.html(decided_week()).decode()
    closed = page[page.index('<details id="decided">') :]
    assert "Approved, until a date (Jun 1, 2027)" in closed
    assert "Pat Example" in closed
    look = page[: page.index('<details id="decided">')]
    assert f"Item <b>{decided_week().decided_items[0].id}</b>" not in look


def test_each_box_has_a_form_to_sign_with_every_reason() -> None:
    week = decided_week()
    page = press.html(week).decode()
    assert page.count('<details class="form">') == len(week.open_items)
    for reason in Reason:
        assert page.count(reason.words) >= len(week.open_items)


def test_an_item_that_grew_after_a_decision_says_what_was_decided() -> None:
    page = press.html(revised_week()).decode()
    assert "Grew since you closed it on Nov 23, 2026" in page
    assert "Decided before" in page


def test_a_revision_lists_what_changed_and_the_root_stands_in_the_footer() -> None:
    week = revised_week()
    page = press.html(week).decode()
    (line,) = week.imprint.changed
    assert f"<b>Changed since revision 1</b></p><ul><li>{line}</li></ul>" in page
    assert '<span class="mono">00ffaa1122334455</span>' in page
