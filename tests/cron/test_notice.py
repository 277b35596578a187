"""Before staff are told nobody is named to anybody; afterwards no earlier day is ever judged."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from auditor.notice import kept_back
from cron.cli import app
from cron.settings import load_settings
from tests.cron.rights_world import Rights
from tests.cron.tiny_district import ROOT

NOTICE = '[notice]\nstaff_told_on = 2026-01-01\nhow = "letter to all staff"\nrecorded_by = "Dana Example"\n'
NAMES = ("Tina", "Tom", "Sam", "Sue", "Sol", "t1@", "s2@", "AH-0")


def told(district: Rights, on: str | None) -> None:
    file = district.folder / "district.toml"
    text = file.read_text()
    head, _, rest = text.partition("[notice]")
    rest = rest[rest.index("[sources.roster]") :] if rest else ""
    if not rest:
        head, _, rest = text.partition("[sources.roster]")
        rest = "[sources.roster]" + rest
    notice = "" if on is None else NOTICE.replace("2026-01-01", on)
    file.write_text(head + notice + rest)


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Rights:
    """Return a district after a night without a notice; five pairs and one are to be counted."""
    made = Rights(tmp_path_factory.mktemp("notice") / "district")
    for n in range(4, 8):
        made.users.append((f"S{n}", "student", f"Sib{n}", "Pupil", f"s{n}@d.example", "9", ""))
    for n in (2, 4, 5, 6, 7):
        made.mail(f"m-{n}", "2026-11-10", "t1", [f"s{n}"])
    made.mail("late", "2026-11-18", "t2", ["s1"])
    made.write()
    told(made, None)
    made.next_night("2026-11-22")
    return made


def page(document: Any) -> tuple[Any, str]:
    (one,) = document["pages"]
    return json.loads(Path(one["json"]).read_text()), Path(one["html"]).read_text()


def test_nothing_that_names_anybody_is_given(district: Rights) -> None:
    for command in (
        ("items",),
        ("explain", "AH-0001"),
        ("approvals",),
        ("clauses",),
        ("replay", "--policy", "maapp"),
    ):
        code, document = district.command(*command)
        assert code == 1, command
        assert "no notice to staff is recorded" in document["error"]["what"]
        assert "staff_told_on" in document["error"]["cure"]
    checks = {one["of"]: one for one in district.command("check")[1]["checks"]}
    assert checks["notice"]["ok"], "a warning: nights may begin before"
    assert "nobody is named" in checks["notice"]["text"]
    assert checks["notice"]["cure"]


def test_the_nights_page_says_so_and_shows_sums(district: Rights) -> None:
    (made,) = (district.folder / "reports/nightly").glob("*.json")
    night = json.loads(made.read_text())
    assert night["notice"] == "No notice to staff is recorded, so nobody is named"
    assert (night["items_open"], night["messages_tested"]) == (None, 6)
    assert night["do_now"][0]["what"] == "Record the notice to staff"
    assert {rule["hits"] for rule in night["rules"]} == {None}
    sums = {(one["rule"], one["school"]): one["count"] for one in night["baseline"]}
    assert sums["direct-no-adult", "Alder High"] == 6
    assert 0 in sums.values(), "looked for and not there is a zero"
    assert not {count for count in sums.values() if count is not None and 0 < count < 5}
    html = made.with_suffix(".html").read_text()
    assert "staff have not been told" in html.lower()
    assert not [name for name in NAMES if name in html]


def test_the_week_is_one_page_of_sums(district: Rights) -> None:
    code, document = district.command("run", "weekly", "--date", "2026-11-22")
    assert code == 0
    week, html = page(document)
    assert week["kind"] == "baseline"
    sums = {(one["rule"], one["school"]): one["count"] for one in week["counts"]}
    assert sums["direct-no-adult", "Alder High"] is None, "there is one: too few to give"
    assert "fewer than 5" in html
    assert not [name for name in NAMES if name in html + json.dumps(week)]
    (made,) = (district.folder / "reports/nightly").glob("*.json")
    why = {one["title"]: one["reason"] for one in json.loads(made.read_text())["rules"]}
    assert len(dict(week["not_run"])) > 1
    assert dict(week["not_run"]) == {title: why[title] for title, _ in week["not_run"]}
    assert "No records are kept of mailbox settings" in html
    again = district.command("run", "weekly", "--date", "2026-11-22")[1]
    assert again["pages"] == document["pages"], "the same facts give the same page"


def test_since_the_notice_everything_and_before_it_nothing(
    district: Rights, tmp_path: Path
) -> None:
    copy = Rights.copied(district, tmp_path / "district")
    told(copy, "2026-11-15")
    night = copy.next_night()
    assert night["items_open"] == len(copy.listed()) > 0
    found = {native for item in copy.listed().values() for native in item["native_ids"]}
    assert "late@d.example" in found
    assert not {one for one in found if one.startswith("m-")}
    shown = json.loads(Path(night["pages"][0]["json"]).read_text())
    assert shown["notice"] is None
    assert not [gap for gap in shown["coverage"]["gaps"] if "was not checked" in gap]
    code, week = copy.command("run", "weekly", "--date", "2026-11-15")
    readers = [one["reader"] for one in week["pages"]]
    assert (code, len(readers)) == (0, 3), "the week ended on the day of the notice"
    assert readers[0] == "Principal, Alder High"


@pytest.mark.integration
def test_the_day_of_the_notice_may_be_corrected(district: Rights, tmp_path: Path) -> None:
    copy = Rights.copied(district, tmp_path / "district")
    told(copy, "2026-11-01")
    copy.next_night()
    found = {native for item in copy.listed().values() for native in item["native_ids"]}
    assert len({one for one in found if one.startswith("m-")}) == 5, "told earlier, judged earlier"
    told(copy, "2026-11-15")
    copy.next_night()
    found = {native for item in copy.listed().values() for native in item["native_ids"]}
    assert not {one for one in found if one.startswith("m-")}, "a corrected day is kept to"


def test_a_day_to_come_is_not_yet_in_force(district: Rights, tmp_path: Path) -> None:
    copy = Rights.copied(district, tmp_path / "district")
    told(copy, "2026-12-01")
    code, document = copy.command("items")
    assert code == 1
    assert "counts from Dec 1, 2026" in document["error"]["what"]
    settings = load_settings(copy.folder / "district.toml")
    day = settings.district.notice
    assert day is not None
    assert kept_back(settings.district, day.staff_told_on) is None


def test_a_notice_has_all_three_parts(district: Rights, tmp_path: Path) -> None:
    copy = Rights.copied(district, tmp_path / "district")
    told(copy, "2026-09-01")
    file = copy.folder / "district.toml"
    file.write_text(file.read_text().replace('recorded_by = "Dana Example"\n', ""))
    code, document = copy.command("check")
    assert code == 2
    assert [one["key"] for one in document["mistakes"]] == ["notice.recorded_by"]


# ---- recording it when a folder is prepared ---------------------------------------------------


def notice_in(folder: Path) -> tuple[date, str, str] | None:
    told = load_settings(folder / "district.toml").district.notice
    return None if told is None else (told.staff_told_on, told.how, told.recorded_by)


def init(folder: Path, *more: str) -> tuple[int, Any]:
    result = CliRunner().invoke(app, ["init", str(folder), *more, "--json"])
    return result.exit_code, json.loads(result.stdout)


def test_a_folder_is_prepared_with_the_notice_or_without(tmp_path: Path) -> None:
    given = ("--notice-date", "2026-09-01", "--notice-how", 'a "letter"', "--notice-by", "Dana")
    assert init(tmp_path / "a", *given)[1]["notice_recorded"]
    assert notice_in(tmp_path / "a") == (date(2026, 9, 1), 'a "letter"', "Dana")
    code, document = init(tmp_path / "b")
    assert (code, document["notice_recorded"]) == (0, False)
    assert notice_in(tmp_path / "b") is None
    assert "# [notice]" in (tmp_path / "b/district.toml").read_text()
    code, document = init(tmp_path / "c", *given[:2])
    assert (code, document["error"]["where"]) == (2, "--notice-date")
    assert not (tmp_path / "c").exists()


def test_whoever_sits_at_a_terminal_is_asked_and_told_why(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "cron.cli", "init", str(tmp_path / "d"), "--json"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path[1:]])},
        stdin=theirs,
        stderr=theirs,
        stdout=subprocess.PIPE,
    ) as asked:
        os.close(theirs)
        os.write(ours, b"soon\n2026-09-01\nletter to all staff\nDana\n")
        assert asked.wait(60) == 0
        said = os.read(ours, 10_000).decode().replace("\r\n", " ")
        os.close(ours)
    assert "may not begin in secret" in " ".join(said.split())
    assert "'soon' is not a day" in said
    assert notice_in(tmp_path / "d") == (date(2026, 9, 1), "letter to all staff", "Dana")
