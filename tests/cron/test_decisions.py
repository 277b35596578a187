"""A reader decides: the item closes as it was seen, opens again when it grows, and pages follow."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from auditor.result import Reason
from cron import decisionfile
from cron.looked import account
from cron.settings import CONFIG
from tests.cron.decided_district import DecidedDistrict, by_id

SETTINGS = """
[decisions]
drop = "drop/decisions"
[superintendent_designee]
name = "Dana Example"
"""


@dataclass
class Story:
    """What came of two weeks in which readers decided, step by step."""

    district: DecidedDistrict
    saw: dict[str, Any] = field(default_factory=dict)

    def item(self, step: str, about: str) -> Any:
        """Return the item with a student, as it stood at a step."""
        (found,) = [i for i in self.saw[step].values() if i["student"] == about
                    and i["adult"] == "T1"]  # fmt: skip
        return found


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    folder = tmp_path_factory.mktemp("decided")
    district = DecidedDistrict(folder, "2026-11-23T06:00-05:00")
    district.settings(SETTINGS)
    (folder / "drop/decisions").mkdir()
    told = Story(district)
    for day in (16, 17, 18, 19):
        district.mail(f"one{day}", f"2026-11-{day}", "t1", ["s1"])
        district.mail(f"two{day}", f"2026-11-{day}", "t1", ["s2"])
        district.mail(f"pat{day}", f"2026-11-{day}", "p1", ["s1"])
    district.run("nightly", "2026-11-22")
    told.saw["first week"] = district.run("weekly", "2026-11-22")[1]
    told.saw["listed"] = by_id(district.items())
    one, two = (told.item("listed", who)["id"] for who in ("S1", "S2"))
    district.at("2026-11-23T12:00-05:00")
    note = ("--note", "it is her cousin’s address")
    told.saw["reminded"] = district.decide(one, "--reason", "reminded", "--by", "P1")
    told.saw["mismatched"] = district.decide(two, "--reason", "wrong-match", "--by", "P1", *note)
    told.saw["closed"] = by_id(district.items())
    district.mail("one23", "2026-11-23", "t1", ["s1"])
    district.at("2026-11-24T06:00-05:00")
    told.saw["night"] = district.page(district.run("nightly", "2026-11-23")[1])
    told.saw["grown"] = by_id(district.items())
    told.saw["explained"] = district.explain(one)
    return told


def test_a_decided_item_stands_apart_with_who_when_and_why(story: Story) -> None:
    assert story.saw["reminded"][0] == 0
    closed = story.item("closed", "S1")
    assert closed["state"] == "decided"
    (decision,) = closed["decisions"]
    assert (decision["reason"], decision["by"], decision["on"]) == (
        "reminded", "Pat Principal", "2026-11-23",
    )  # fmt: skip


def test_what_comes_after_a_decision_opens_the_item_again(story: Story) -> None:
    grown, before = story.item("grown", "S1"), story.item("closed", "S1")
    assert (grown["id"], grown["state"]) == (before["id"], "reopened")
    assert grown["decisions"] == before["decisions"]
    assert story.item("grown", "S2")["state"] == "decided"


def test_the_night_counts_what_is_open_and_sends_a_wrong_match_to_it(story: Story) -> None:
    night = story.saw["night"]
    two = story.item("listed", "S2")["id"]
    (card,) = [c for c in night["do_now"] if two in c["why"]]
    assert night["items_decided"] == 1
    for word in ("Tina", "Sue", "S2", "cousin"):
        assert word not in str(night["do_now"])
    assert card["command"] == f"auditor explain {two}"


def test_the_trail_of_decisions_stands_in_the_explanation(story: Story) -> None:
    (seen,) = story.saw["explained"]["decisions"]
    assert seen["by"] == "Pat Principal"
    assert "reminded them" in seen["what"]


@pytest.mark.parametrize(("arguments", "field", "what"), [
    (["--reason", "reminded", "--by", "T1"], "--by", "about this person"),
    (["--reason", "reminded", "--by", "T2"], "--by", "does not read the item"),
    (["--reason", "reminded", "--by", "nobody"], "--by", "no roster knows"),
    (["--reason", "forgiven", "--by", "P1"], "--reason", "none of the reasons"),
    (["--reason", "approved", "--by", "P1", "--note", "by me"], "--until", "needs a last day"),
    (["--reason", "referred", "--by", "P1"], "--note", "needs a note"),
    (["--reason", "private-matter", "--by", "P1", "--note", "ill"], "--note", "has no note"),
    (["--reason", "reminded", "--by", "P1", "--on", "2027-01-01"], "--on", "still to come"),
    (["--reason", "reminded", "--by", "P1", "--until", "2027-01-01"], "--until", "only an approval"),
])  # fmt: skip
def test_a_decision_that_cannot_stand_is_refused(
    story: Story, arguments: list[str], field: str, what: str
) -> None:
    code, document = story.district.decide(story.item("listed", "S1")["id"], *arguments)
    assert code == 2
    assert document["error"]["where"] == field
    assert what in document["error"]["what"]


def test_an_item_about_its_reader_is_decided_by_the_next_authority_only(story: Story) -> None:
    (about,) = [i for i in story.saw["listed"].values() if i["adult"] == "P1"]
    decide = (about["id"], "--reason", "reminded", "--by")
    code, document = story.district.decide(*decide, "P1")
    assert code == 2
    assert "about this person" in document["error"]["what"]
    code, document = story.district.decide(*decide, "the Superintendent's designee")
    assert code == 2, "who is meant by an office has to be said"
    code, document = story.district.decide(*decide, "Dana Example")
    assert (code, document["decisions"][0]["new"]) == (0, True)


def test_an_approval_closes_and_covers_nothing_but_says_which_record_would(story: Story) -> None:
    item = story.item("grown", "S1")["id"]
    arguments = ("--reason", "approved", "--by", "p1@d.example", "--note", "by me")
    code, document = story.district.decide(item, *arguments, "--until", "2027-06-01")
    (made,) = document["decisions"]
    assert code == 0
    rows = [approval["row"] for approval in made["approvals"] if approval["may_grant"]]
    assert {row["ground"] for row in rows} >= {"family", "safety"}
    assert all((row["adult"], row["student"], row["granted_by"], row["ends_on"])
               == ("T1", "S1", "P1", "2027-06-01") for row in rows)  # fmt: skip
    again = story.district.decide(item, *arguments, "--until", "2027-06-01")[1]["decisions"][0]
    assert (again["number"], again["new"]) == (made["number"], False)


# ---- files ---------------------------------------------------------------------------------


def test_the_example_file_has_the_form_of_one() -> None:
    asked, wrong = decisionfile.read("decisions.csv", (CONFIG / "examples/decisions.csv").read_bytes())
    assert wrong == ()
    assert {one.reason for one in asked} <= set(Reason)
    assert [one.until for one in asked if one.reason == Reason.APPROVED] == [date(2027, 6, 18)]


def test_a_file_is_taken_whole_and_once(story: Story, tmp_path: Path) -> None:
    two = story.item("listed", "S2")["id"]
    file = tmp_path / "back.csv"
    heading = "item,reason,by,decided_on,note,until\n"
    good = f"{two},referred,P1,2026-11-24,to the counsellor,\n"
    file.write_text(heading + good + f"{two},reminded,T1,24.11.26,,\nAH-9999,reminded,P1,2026-11-24,,\n")
    code, document = story.district.decide("--file", str(file))
    assert (code, [(e["line"], e["column"]) for e in document["errors"]]) == (1, [(3, "decided_on")])
    file.write_text(heading + good + "AH-9999,reminded,P1,2026-11-24,,\n")
    code, document = story.district.decide("--file", str(file))
    assert (code, [(e["line"], e["column"]) for e in document["errors"]]) == (1, [(3, "item")])
    file.write_text(heading + good + good)
    code, document = story.district.decide("--file", str(file))
    first, second = document["decisions"]
    assert (code, first["new"], second["new"]) == (0, True, False)
    assert first["number"] == second["number"]


def test_a_dropped_file_counts_in_that_night_or_is_a_card_for_it(story: Story) -> None:
    district = story.district
    one = story.item("listed", "S1")["id"]
    drop = district.folder / "drop/decisions"
    heading = "item,reason,by,decided_on\n"
    (drop / "good.csv").write_text(f"{heading}{one},school-business,P1,2026-11-24\n")
    (drop / "bad.csv").write_text(f"{heading}{one},forgiven,P1,2026-11-24\n")
    district.at("2026-11-25T06:00-05:00")
    night = district.page(district.run("nightly", "2026-11-24")[1])
    (card,) = [c for c in night["do_now"] if "bad.csv" in c["what"]]
    assert card["why"] == "line 2, reason: this is none of the reasons"
    item = by_id(district.items())[one]
    assert item["decisions"][-1]["reason"] == "school-business"
    assert item["decisions"][-1]["came_by"] == "file"
    assert [d["reason"] for d in item["decisions"]].count("reminded") == 1


# ---- the chain -------------------------------------------------------------------------------


def entries(story: Story) -> list[tuple[str, Any]]:
    with closing(sqlite3.connect(story.district.folder / "data/ledger.sqlite")) as ledger:
        rows = ledger.execute("SELECT kind, body_json FROM chain_entry ORDER BY number").fetchall()
    return [(kind, json.loads(body)) for kind, body in rows]


def test_the_chain_tells_of_all_of_it_and_names_nobody(story: Story) -> None:
    found = entries(story)
    assert {"access", "configuration", "decision", "page", "run"} <= {kind for kind, _ in found}
    looks = [body for kind, body in found if kind == "access"]
    item = story.item("listed", "S1")["id"]
    assert {"items", "explain"} <= {body["what"] for body in looks}
    assert item in {body["item"] for body in looks if body["what"] == "explain"}
    texts = {word for _, body in found for word in body.values() if isinstance(word, str)}
    assert account() not in texts
    whole = json.dumps(found)
    for name in ("Tina", "Sam", "Pat", "Dana", "cousin", "@d.example", "counsellor"):
        assert name not in whole


def test_a_changed_setting_is_named_by_its_section(story: Story) -> None:
    district = story.district
    district.at("2026-11-26T06:00-05:00")
    before = [body for kind, body in entries(story) if kind == "configuration"]
    district.settings(f"{SETTINGS}[audit]\nlookback_days = 31\n")
    assert district.run("weekly", "2026-11-22")[0] in (0, 3)
    after = [body for kind, body in entries(story) if kind == "configuration"]
    assert len(after) == len(before) + 1
    assert after[-1]["changed"] == ["audit"]
    district.run("weekly", "2026-11-22")
    assert [b for k, b in entries(story) if k == "configuration"] == after
