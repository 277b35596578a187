"""Mail with the association, counsel or a hotline is nobody's business here: a count is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cron.tiny_district import TinyDistrict

_PROTECTED = """\
[privileged]
addresses = ["Hotline@d.example"]
domains = ["teachers-union.example"]
"""


@pytest.fixture
def tiny(tmp_path: Path) -> TinyDistrict:
    return TinyDistrict(tmp_path / "district")


def write_to(tiny: TinyDistrict, name: str, to: str, *, cc: str = "") -> None:
    copied = f"Cc: {cc}\n" if cc else ""
    tiny.raw(
        f"Message-ID: <{name}@d.example>\nDate: Tue, 17 Nov 2026 11:00:00 -0500\n"
        f"From: t1@d.example\nTo: {to}\n{copied}\n\n"
    )


def stored(tiny: TinyDistrict) -> bytes:
    return b"".join(p.read_bytes() for p in (tiny.folder / "data").rglob("*") if p.is_file())


def test_nothing_but_a_count_is_kept(tiny: TinyDistrict) -> None:
    tiny.settings(_PROTECTED)
    write_to(tiny, "m-union", "rep@mail.teachers-union.example", cc="s1@d.example")
    write_to(tiny, "m-hotline", "hotline@d.example")
    write_to(tiny, "m-student", "s1@d.example")
    code, document = tiny.run("nightly", "2026-11-22")
    assert code == 0, document
    assert [item["native_ids"] for item in tiny.items()] == [["m-student@d.example"]]
    page = tiny.page(document)
    (line,) = [one for one in page["balance"] if one["step"] == "District e-mail"]
    assert line["taken_in"] == 3
    assert ["to or from a protected address, not kept", 2] in line["set_aside"]
    kept = stored(tiny)
    assert b"m-student" in kept
    for trace in (b"m-union", b"m-hotline", b"teachers-union", b"hotline@"):
        assert trace not in kept


def test_without_the_setting_the_message_counts_as_any_other(tiny: TinyDistrict) -> None:
    write_to(tiny, "m-union", "s1@d.example", cc="rep@teachers-union.example")
    tiny.run("nightly", "2026-11-22")
    assert [item["uncertain"] for item in tiny.items()] == [True]


def test_a_domain_of_like_ending_is_not_protected(tiny: TinyDistrict) -> None:
    tiny.settings(_PROTECTED)
    write_to(tiny, "m1", "s1@d.example", cc="x@not-teachers-union.example")
    tiny.run("nightly", "2026-11-22")
    assert [item["native_ids"] for item in tiny.items()] == [["m1@d.example"]]


def test_an_address_that_is_none_is_a_mistake_in_the_settings(tiny: TinyDistrict) -> None:
    tiny.settings('[privileged]\naddresses = ["the union"]\n')
    code, document = tiny.run("nightly", "2026-11-22")
    assert code == 2
    assert "is no e-mail address" in str(document)
