"""The sample district as files: same seed same bytes, right sizes, and every planted id in them."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
import tomllib
import zipfile
from collections import Counter
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from auditor.keys import PEPPER_BYTES, Keyring
from auditor.model import PartyRole
from auditor.rule import CODES
from benchmarks.district import Sizes, bench_world, main, make_district, write_district

END = date(2026, 11, 22)
INJDB = Path(__file__).parents[2] / "config/policies/injdb.toml"
BOUND = frozenset(tomllib.loads(INJDB.read_text("utf-8"))["rules"])
UNPLANTED = frozenset(("coverage-gap",))
"""A day that was not read would leave the demo incomplete; test_district_audited has it."""
NEVER_QUIET = frozenset(("guardian-not-included", "approval-does-not-hold"))
"""They tell of approvals tried on messages that another rule lists, so those are in an item anyhow."""


def _files(root: Path) -> dict[str, tuple[bytes, float]]:
    found = (p for p in sorted(root.rglob("*")) if p.is_file())
    return {str(p.relative_to(root)): (p.read_bytes(), p.stat().st_mtime) for p in found}


@pytest.fixture(scope="module")
def district(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("district")
    write_district(out, make_district(Sizes(), seed=7, end=END))
    return out


def _planted(district: Path) -> dict[str, Any]:
    table: dict[str, Any] = json.loads((district / "planted.json").read_text("utf-8"))
    return table


def _roster(district: Path, name: str) -> list[dict[str, str]]:
    with zipfile.ZipFile(district / "drop/oneroster/roster.zip") as zipped:
        return list(csv.DictReader(io.StringIO(zipped.read(f"{name}.csv").decode())))


def test_same_seed_gives_same_bytes_in_a_fresh_process(district: Path, tmp_path: Path) -> None:
    script = Path(__file__).parents[2] / "benchmarks" / "district.py"
    command = [sys.executable, "-B", "-I", str(script), str(tmp_path / "again")]
    subprocess.run(command, check=True, cwd=tmp_path, env={"PYTHONHASHSEED": "99", "TZ": "UTC+9"})
    assert _files(tmp_path / "again") == _files(district)


def test_another_seed_gives_other_people(district: Path, tmp_path: Path) -> None:
    write_district(tmp_path, make_district(Sizes(), seed=8, end=END))
    assert _roster(tmp_path, "users") != _roster(district, "users")


def test_sizes_are_as_asked(district: Path) -> None:
    roles = Counter(r["role"] for r in _roster(district, "roles") if r["roleType"] == "primary")
    guardians, students = roles.pop("guardian"), roles.pop("student")
    assert (students, sum(roles.values())) == (700, 60)
    assert guardians > 400
    assert sum(o["type"] == "school" for o in _roster(district, "orgs")) == 3
    assert _planted(district)["records"]["mails"] > 5000


def test_weeks_arrive_one_by_one(district: Path, tmp_path: Path) -> None:
    stage = make_district(Sizes(), seed=7, end=END)
    write_district(tmp_path, stage, until_week=2)
    early, whole = _files(tmp_path), _files(district)
    traffic = re.compile(r"drop/(mail|chat|lms|apps)/")
    assert sorted(n for n in early if traffic.match(n)) == [
        f"drop/{kind}/week-{week}.{'mbox' if kind == 'mail' else 'csv'}"
        for kind in ("apps", "chat", "lms", "mail")
        for week in (1, 2)
    ]
    changed = {n for n in early if early[n][0] != whole[n][0]}
    assert changed == {"planted.json"}
    rows = [row for row in _planted(tmp_path)["truths"] if not row["records"]]
    ids = {i for row in rows for i in row["native_ids"]}
    written = b"".join(content for name, (content, _) in early.items() if traffic.match(name))
    assert ids and all(i.encode() in written for i in ids)


def test_files_bear_the_time_of_the_monday_after(district: Path) -> None:
    zone = ZoneInfo("America/New_York")
    for week, day in ((1, 2), (2, 9), (3, 16), (4, 23)):
        others = (f"{kind}/week-{week}.csv" for kind in ("chat", "lms", "apps"))
        for name in (f"mail/week-{week}.mbox", *others):
            seen = (district / "drop" / name).stat().st_mtime
            assert datetime.fromtimestamp(seen, zone) == datetime(2026, 11, day, 2, tzinfo=zone)


def test_every_source_speaks_from_the_first_day_on(district: Path) -> None:
    """A file drop covers days from its first record on; a later start would be a gap."""
    chat = (district / "drop/chat/week-1.csv").read_text("utf-8").splitlines()[1]
    lms = (district / "drop/lms/week-1.csv").read_text("utf-8").splitlines()[1]
    mail = (district / "drop/mail/week-1.mbox").read_text("utf-8")
    first_mail = re.search(r"^Date: (.*)$", mail, re.MULTILINE)
    assert "2026-10-26T" in chat and "2026-10-26T" in lms
    assert first_mail is not None and "26 Oct 2026" in first_mail.group(1)


def _message_ids(district: Path) -> set[str]:
    found = set()
    for path in (district / "drop/mail").iterdir():
        found |= set(re.findall(r"^Message-ID: <(.*)>$", path.read_text("utf-8"), re.MULTILINE))
    for kind, column in (("chat", "Message Name"), ("lms", "external_id"), ("apps", "external_id")):
        for path in (district / "drop" / kind).iterdir():
            with path.open(encoding="utf-8", newline="") as file:
                found |= {row[column] for row in csv.DictReader(file)}
    return found


def test_planted_ids_stand_in_the_files_exactly(district: Path) -> None:
    messages = _message_ids(district)
    people = {u["sourcedId"] for u in _roster(district, "users")}
    tables = district / "drop/tables"
    people |= {line.split(",")[0] for line in (tables / "people.csv").read_text().splitlines()}
    teams = (tables / "teams.csv").read_text("utf-8-sig")
    for row in _planted(district)["truths"]:
        assert row["records"] or {*row["native_ids"], *row["related_ids"]} <= messages, row["id"]
        assert set(row["covered_ids"]) <= set(row["native_ids"]), row["id"]
        assert {row["adult"], row["student"]} - {None} <= people, row["id"]
        assert row["team"] is None or f"\n{row['team']}," in teams, row["id"]


def test_truths_are_complete_and_unambiguous(district: Path) -> None:
    rows = _planted(district)["truths"]
    listed = [r for r in rows if r["expect"] != "quiet"]
    about = ("rule", "adult", "student", "team", "thing")
    places = Counter(tuple(r[column] for column in about) for r in listed)
    assert set(places.values()) == {1}
    assert len({r["id"] for r in rows}) == len(rows)
    assert {r["expect"] for r in rows} == {"item", "covered", "quiet", "uncertain item"}
    quiet = {i for r in rows if r["expect"] == "quiet" for i in r["native_ids"] if not r["records"]}
    assert not quiet & {i for r in listed for i in r["native_ids"]}


def test_every_rule_and_every_code_has_its_case(district: Path) -> None:
    rows = _planted(district)["truths"]
    assert len(BOUND) == 27
    assert {r["rule"] for r in rows if r["expect"] == "item"} == BOUND - UNPLANTED
    quiet = [r for r in rows if r["expect"] == "quiet"]
    assert {r["rule"] for r in quiet} == BOUND - UNPLANTED - NEVER_QUIET
    assert {c for r in quiet for c in r["codes"]} == CODES


def test_secrets_to_drop_are_where_they_must_not_be_kept(district: Path) -> None:
    canary = _planted(district)["canary"]
    mail = (district / "drop/mail/week-1.mbox").read_text("utf-8")
    letters = re.split(r"^From \S+@.*\n", mail, flags=re.MULTILINE)[1:]
    head_and_body = [letter.split("\n\n", 1) for letter in letters]
    assert any(canary in head for head, _ in head_and_body)
    assert any(canary in body for _, body in head_and_body)
    assert any(u["password"] == canary for u in _roster(district, "users"))


def test_settings_name_people_and_files_that_exist(district: Path) -> None:
    settings = tomllib.loads((district / "district.toml").read_text("utf-8"))
    people = {u["sourcedId"]: u for u in _roster(district, "users")}
    roles = {r["userSourcedId"]: r["role"] for r in _roster(district, "roles")}
    assert [roles[s["principal"]] for s in settings["schools"].values()] == ["principal"] * 3
    assert settings["athletic_director"]["person"] in people
    for source in settings["sources"].values():
        assert (district / source["path"]).exists()
        assert "columns" not in source or (district / source["columns"]).exists()
    assert not (district / "secrets").exists()


@pytest.mark.parametrize(
    "wrong", [["--staff", "5"], ["--students", "10"], ["--weeks", "1"], ["--end", "2026-11-20"]]
)
def test_impossible_districts_are_refused(tmp_path: Path, wrong: list[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main([str(tmp_path / "out"), *wrong])
    assert refused.value.code == 2
    assert not (tmp_path / "out").exists()


def test_bench_world_has_the_promised_volume_and_one_owner_per_address() -> None:
    world = bench_world(20_000, 7)
    messages = list(world.messages())
    assert len(messages) == 20_000 == len({m.native_id for m in messages})
    assert messages == list(bench_world(20_000, 7).messages())
    assert 3.0 < sum(len(m.parties) for m in messages) / 20_000 < 3.4
    assert all([p.role for p in m.parties].count(PartyRole.FROM) == 1 for m in messages)
    days = {(m.sent_at.date() - date(1970, 1, 1)).days for m in messages}
    assert days == set(range(world.first_day, world.last_day + 1))
    keyring = Keyring(bytes(PEPPER_BYTES))
    tables = world.directory_tables(keyring)
    owned = tables["person_address"]["address_key"].to_pylist()
    lists = set(tables["list_address"]["address_key"].to_pylist())
    assert len(owned) == len(set(owned))
    known = {*owned, *lists}
    addresses = {p.address for m in messages for p in m.parties}
    unknown = {a.text for a in addresses if keyring.address(a) not in known}
    assert unknown == {"notify@lms.example"}
