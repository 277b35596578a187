"""A message through a tool that has ended is listed as such, whichever policy a district has."""

from __future__ import annotations

from pathlib import Path

from tests.cron.tiny_district import ROOT, TinyDistrict

SOURCE = """
[sources.old]
connector = "table"
kind = "communications"
title = "Old export"
path = "drop/old"
columns = "{columns}"
use_unverified = true
tool = "{tool}"
covers_from = 2026-01-01
"""
ROWS = (
    "Message ID,Date,From,To,Subject,Body\n"
    "1,11/20/2026 04:05 PM,t1@d.example,s2@d.example,zephyrquill,zephyrquill\n"
)


OWN = "grade-book,Grade Book,lms,,approved,P1,principal,,,\n"
"""A catalogue of the district's own: without any, nobody is asked to have tools approved."""


def told_of(folder: Path, tool: str, tools: str = OWN) -> str:
    """Return all that is explained of items about the tool a message came through."""
    tiny = TinyDistrict(folder)
    columns = ROOT / "config/columns/retired-export.toml"
    tiny.settings(SOURCE.format(columns=columns, tool=tool))
    (folder / "drop/old").mkdir()
    (folder / "drop/old/messages.csv").write_text(ROWS)
    heading = "tool_id,name,kind,domains,status,authorized_by,authorized_by_role"
    heading += ",authorized_at,ends_on,scope\n"
    (folder / "drop/tables/tools.csv").write_text(heading + tools)
    tiny.run("nightly", "2026-11-20")
    rows = [one for one in tiny.items() if one["rule"] == "unapproved-tool"]
    told = [tiny.command("explain", one["id"])[1] for one in rows]
    for path in folder.rglob("*.parquet"):
        assert b"zephyrquill" not in path.read_bytes()
    return str(told)


def test_it_is_an_unapproved_tool_because_it_is_retired(tmp_path: Path) -> None:
    for tool in ("edline", "Edmodo"):
        told = told_of(tmp_path / tool, tool)
        assert "it was entered as retired" in told
        assert "not in the catalogue" not in told


def test_a_tool_nobody_knows_is_unlisted_instead(tmp_path: Path) -> None:
    told = told_of(tmp_path, "homework-helper")
    assert "entered as retired" not in told
    assert "not in the catalogue" in told


def test_the_districts_own_word_comes_first(tmp_path: Path) -> None:
    told = told_of(tmp_path, "edmodo", "edmodo,Edmodo,lms,,unapproved,P1,principal,,,\n")
    assert "entered as retired" not in told
    assert "entered as not approved" in told
