"""Nobody reviews themselves: every office, both schools, every page in each of its three forms."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cron.tiny_district import TinyDistrict

WRITERS = {
    "T1": "10",  # a teacher, who holds no office
    "T3": "20",
    "P1": "10",
    "P2": "20",
    "A1": "10",
    "D1": "10",
    "U1": "20",
}
OWN = {"P1": "AH-1", "P2": "BL-1", "A1": "AD-1", "D1": "-SD-1", "U1": "-SUP-1"}
"""Holder of an office -> how the name of its page ends."""
_OFFICES = """\
[schools."20"]
name = "Birch Low"
short = "BL"
principal = "P2"
[athletic_director]
person = "A1"
[superintendent_designee]
name = "Dana Designee"
person = "D1"
[superintendent]
name = "Ulla Superintendent"
person = "U1"
"""


@dataclass(frozen=True)
class Ran:
    items: list[Any]
    pages: dict[str, dict[str, str]]
    """Stem of a page -> its HTML, JSON and CSV as text."""

    def by(self, adult: str, rule: str) -> Any:
        (item,) = [i for i in self.items if i["adult"] == adult and i["rule"] == rule]
        return item

    def holding(self, item: Any) -> set[str]:
        """Return the pages that hold an item in any form."""
        return {s for s, forms in self.pages.items() if any(item["id"] in f for f in forms.values())}


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    tiny = TinyDistrict(tmp_path_factory.mktemp("conflict") / "district")
    tiny.orgs += "20,active,Birch Low,school,20,\n"
    for person, school in WRITERS.items():
        if not any(user[0] == person for user in tiny.users):
            mail = f"{person.lower()}@d.example"
            tiny.users.append((person, "teacher", person, "Invented", mail, "", ""))
        tiny.users.append(
            (f"K{person}", "student", f"Kid {person}", "Invented", f"k{person.lower()}@d.example", "9", "")
        )
        tiny.school_of |= {person: school, f"K{person}": school}
    tiny.settings(_OFFICES)
    _file_approvals_that_do_not_hold(tiny)
    for person in WRITERS:
        tiny.mail(f"m-{person}", "2026-11-17", person.lower(), [f"k{person.lower()}"])
    tiny.run("nightly", "2026-11-22")
    _, week = tiny.run("weekly", "2026-11-22")
    pages = {
        Path(page["json"]).stem: {
            form: Path(page[form]).read_text("utf-8") for form in ("html", "json", "csv") if page[form]
        }
        for page in week["pages"]
    }
    return Ran(tiny.items(), pages)


def _file_approvals_that_do_not_hold(tiny: TinyDistrict) -> None:
    """A safety approval for each writer that a teacher gave, which is the superintendent's to see."""
    tiny.approvals(
        "".join(
            f"A-{p},safety,{p},K{p},,,T2,teacher,2026-09-01T09:00:00-04:00,2026-09-01,2026-12-31,,,\n"
            for p in WRITERS
        )
    )


@pytest.mark.parametrize("rule", ["direct-no-adult", "approval-does-not-hold"])
@pytest.mark.parametrize("adult", WRITERS)
def test_an_item_is_on_no_page_of_the_one_it_is_about(ran: Ran, adult: str, rule: str) -> None:
    on = ran.holding(ran.by(adult, rule))
    assert on, "somebody must read it"
    assert not any(stem.endswith(OWN[adult]) for stem in on if adult in OWN)


@pytest.mark.parametrize("adult", WRITERS)
def test_a_contact_is_read_at_its_school_or_by_the_next_authority(ran: Ran, adult: str) -> None:
    item = ran.by(adult, "direct-no-adult")
    (page,) = ran.holding(item)
    if adult in ("P1", "P2"):
        assert page.endswith("-SD-1")
        assert item["routed_to"] == "Dana Designee"
    else:
        assert page.endswith({"10": "AH-1", "20": "BL-1"}[WRITERS[adult]])
        assert item["routed_to"] is None


@pytest.mark.parametrize("adult", WRITERS)
def test_what_the_superintendent_reads_goes_above_when_it_is_about_the_superintendent(
    ran: Ran, adult: str
) -> None:
    (page,) = ran.holding(ran.by(adult, "approval-does-not-hold"))
    assert page.endswith("-SCH-COM-1" if adult == "U1" else "-SUP-1")


def test_no_page_names_the_reader_beside_a_student(ran: Ran) -> None:
    for adult, page in OWN.items():
        for stem, forms in ran.pages.items():
            if stem.endswith(page):
                shown = json.loads(forms["json"])
                told = json.dumps([shown.get("open_items"), shown.get("covered_items")])
                assert f"Kid {adult}" not in told
