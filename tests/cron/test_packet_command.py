"""``auditor explain ITEM --packet``: a page to print, for its owner's eyes, the same every time."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cron.cli import app
from tests.cron.tiny_district import TinyDistrict


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> TinyDistrict:
    made = TinyDistrict(tmp_path_factory.mktemp("packet") / "district")
    made.mail("direct", "2026-11-18", "t1", ["s2"])
    made.mail("team", "2026-11-18", "t2", ["s1"])
    assert made.run("nightly", "2026-11-22")[0] in (0, 3)
    return made


def explain(tiny: TinyDistrict, *arguments: str | Path) -> Any:
    config = ["--config", str(tiny.folder / "district.toml")]
    return CliRunner().invoke(app, ["explain", *map(str, arguments), *config])


def item(tiny: TinyDistrict, rule: str, adult: str) -> Any:
    (found,) = [one for one in tiny.items() if (one["rule"], one["adult"]) == (rule, adult)]
    return found


def test_a_packet_is_written_and_named(tiny: TinyDistrict, tmp_path: Path) -> None:
    direct = item(tiny, "direct-no-adult", "T1")
    file = tmp_path / "Packet of Tina.html"
    result = explain(tiny, direct["id"], "--packet", file)
    assert result.exit_code == 0, result.output
    assert file.as_uri() in result.stdout.replace("\n", "")
    assert file.stat().st_mode & 0o777 == 0o600
    text = file.read_text("utf-8")
    assert "Tina One" in text
    assert "Sue Two" in text
    assert direct["native_ids"][0] in text
    assert list(tmp_path.iterdir()) == [file]
    before = file.read_bytes()
    assert explain(tiny, direct["id"].lower(), "--packet", file).exit_code == 0
    assert file.read_bytes() == before


def test_json_writes_a_twin_and_names_both(tiny: TinyDistrict, tmp_path: Path) -> None:
    team = item(tiny, "coach-partial-team", "T2")
    result = explain(tiny, team["id"], "--packet", tmp_path / "folder", "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    assert (document["id"], document["rule"]["id"]) == (team["id"], "coach-partial-team")
    html, twin = Path(document["packet"]["html"]), Path(document["packet"]["json"])
    assert html == tmp_path / "folder" / f"packet-{team['id']}.html"
    for text in (html.read_text("utf-8"), twin.read_text("utf-8")):
        assert "Tom Two" in text
        assert "another student" in text
        for student in ("Sam", "Sol", "Three", "s1@d.example"):
            assert student not in text
    assert "s1@d.example" in result.stdout  # whoever runs the command sees it unmasked


def test_a_packet_of_no_item_writes_nothing(tiny: TinyDistrict, tmp_path: Path) -> None:
    result = explain(tiny, "AH-9999", "--packet", tmp_path / "p.html")
    assert result.exit_code == 1
    assert "no such item" in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_packet_that_cannot_be_written_says_where(tiny: TinyDistrict, tmp_path: Path) -> None:
    direct = item(tiny, "direct-no-adult", "T1")
    result = explain(tiny, direct["id"], "--packet", tmp_path / "nowhere" / "p.html")
    assert result.exit_code == 1
    assert "nowhere" in result.stderr.replace("\n", "")
