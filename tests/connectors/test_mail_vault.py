"""Exports of Google Vault: read from their zips, and held against what Vault itself says of them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import date
from hashlib import md5
from pathlib import Path
from typing import Any

import pytest

from auditor.source import DayState
from tests.connectors.mail_world import Read, drop, mail, mbox, pull

CANARY = "canary-that-must-not-be-kept"
ANNE, BEN = "anne.t@marlow.example", "ben.t@marlow.example"
COUNTS = f"Account,Message count\n{ANNE},2\n{BEN},1\n"


def letter(n: int, *lines: str, day: int = 10) -> bytes:
    return mail(
        f"Subject: {CANARY}",
        *lines,
        id=f"<{n}@mail.marlow.example>",
        date=f"{day} Nov 2026 09:30:00 -0500",
        body=f"{CANARY}\n",
    )


def zipped(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return packed.getvalue()


WHOLE = {
    "Week 46-1.zip": zipped({f"{ANNE}-abc.mbox": mbox(letter(1, day=9), letter(2, day=15))}),
    "Week 46-2.zip": zipped({f"mail/{BEN}-def.mbox": mbox(letter(3))}),
    "Week 46-results-count.csv": COUNTS.encode(),
}


def lay(folder: Path, files: Mapping[str, bytes | None]) -> Path:
    for name, content in files.items():
        if content is not None:
            drop(folder / name, content)
    return folder


def vault(folder: Path, change: Mapping[str, bytes | None], **settings: Any) -> Read:
    return pull(lay(folder / "drop", {**WHOLE, **change}), **settings)


def gaps(read: Read) -> dict[str, str]:
    """Return the reason of each unit that is missing on any day."""
    rows = [row for row in read.coverage if row.unit is not None]
    assert all(row.state is DayState.MISSING and row.records is None for row in rows)
    return {str(row.unit): str(row.reason) for row in rows}


def test_its_zips_are_read_and_all_of_it_has_arrived(tmp_path: Path) -> None:
    read = vault(tmp_path, {})
    assert [m.native_id[0] for m in read.messages] == ["1", "2", "3"]
    assert gaps(read) == {}
    assert [f.name for f in read.files] == ["Week 46-1.zip", "Week 46-2.zip"]
    assert [day.records for day in read.coverage] == [1, 1, 0, 0, 0, 0, 1]
    assert CANARY not in repr(read)


def test_nothing_but_envelopes_leaves_it(tmp_path: Path) -> None:
    read = vault(
        tmp_path,
        {
            "Week 46-2.zip": zipped({f"{CANARY}.eml": letter(3), f"{CANARY}.pdf": b"%PDF"}),
            "Week 46-metadata.csv": f"Rfc822MessageId,Labels,Subject\n3,^i,{CANARY}\n".encode(),
            "error.csv": f"Account,Error\n{ANNE},{CANARY}\n".encode(),
        },
    )
    assert len(read.messages) == 3
    assert CANARY not in repr(read)
    assert read.notes["not a mail file, left alone"] == 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"Week 46-results-count.csv": COUNTS.replace("2\n", "4\n").encode()},
            {ANNE: "by its list it has 4 messages, and 2 have arrived"},
        ),
        (
            {"Week 46-results-count.csv": COUNTS.replace("2\n", "4\n").encode("utf-16")},
            {ANNE: "by its list it has 4 messages, and 2 have arrived"},
        ),
        (
            {
                "Week 46-1.zip": zipped({"mail.mbox": mbox(letter(1, day=9))}),
                "Week 46-2.zip": zipped({"mail.mbox": mbox(letter(3))}),
            },
            {"export Week 46": "by its list it has 3 messages, and 2 have arrived"},
        ),
        (
            {"Week 46-account-exceptions.csv": f"Owner,Why\n{BEN},Mailbox busy\n".encode()},
            {BEN: "Vault's own list of errors names it, 1 times"},
        ),
        (
            {"Week 46-error.csv": b"Document,Error\n17,Not found\n18,Not found\n"},
            {"export Week 46": "2 lines of its list of errors name no account"},
        ),
        (
            {"Week 46-2.zip": None, "Week 46-3.zip": WHOLE["Week 46-2.zip"]},
            {"export Week 46": "zip 2 of it is not there"},
        ),
    ],
)  # fmt: skip
def test_what_is_missing_is_a_gap_by_name(
    tmp_path: Path, change: Mapping[str, bytes | None], told: dict[str, str]
) -> None:
    read = vault(tmp_path, change)
    assert gaps(read) == told
    assert {row.day for row in read.coverage if row.unit} == {
        date(2026, 11, n) for n in range(9, 16)
    }


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (WHOLE["Week 46-2.zip"][:-40], "damaged or encrypted"),
        (b"no zip", "damaged or encrypted"),
        (zipped({"x.mbox": b"\0" * (8 << 20)}), "unpacks to more than"),
    ],
)
def test_a_bad_zip_holds_up_no_other(tmp_path: Path, content: bytes, why: str) -> None:
    read = vault(tmp_path, {"Week 46-2.zip": content})
    assert [m.native_id[0] for m in read.messages] == ["1", "2"]
    assert [f.name for f in read.files] == ["Week 46-1.zip"]
    assert why in gaps(read)["export Week 46"]
    assert [(r.file, r.line) for r in read.rejected] == [("Week 46-2.zip", None)]


def test_a_zip_that_is_damaged_inside_is_read_again_next_time(tmp_path: Path) -> None:
    packed = bytearray(zipped({"a.mbox": mbox(letter(3))}))
    packed[60] ^= 255
    read = vault(tmp_path, {"Week 46-2.zip": bytes(packed)})
    assert "damaged or encrypted" in gaps(read)["export Week 46"]
    assert "Week 46-2.zip" not in [f.name for f in read.files]


def test_a_wrong_checksum_is_refused_and_a_right_one_is_not(tmp_path: Path) -> None:
    lines = [f"{md5(c or b'').hexdigest()}  {name}" for name, c in WHOLE.items() if c]
    good = vault(tmp_path / "good", {"Week 46-md5.txt": "\n".join(lines).encode()})
    assert (gaps(good), len(good.messages)) == ({}, 3)
    lines[1] = f"{'0' * 32}  Week 46-2.zip"
    bad = vault(tmp_path / "bad", {"Week 46-md5.txt": "\n".join(lines).encode()})
    assert gaps(bad) == {"export Week 46": "Week 46-2.zip: its MD5 is not the one on the list"}
    assert [m.native_id[0] for m in bad.messages] == ["1", "2"]


CSV = "Rfc822MessageId,Account,Labels\n1@mail.marlow.example,a,{}\n2@mail.marlow.example,a,^SENT\n"
XML = (
    "<Root><Document><Tags><Tag TagName='#Subject' TagValue='x'/>"
    "<Tag TagName='RFC822MessageID' TagValue='&lt;1@mail.marlow.example&gt;'/>"
    "<Tag TagName='Labels' TagValue='{}'/></Tags></Document></Root>"
)


@pytest.mark.parametrize(("name", "text"), [("metadata.csv", CSV), ("metadata.xml", XML)])
@pytest.mark.parametrize(
    ("labels", "unsent"), [("^DRAFT", True), ("My draft ideas", False), ("^r", True)]
)
def test_a_draft_was_never_sent(
    tmp_path: Path, name: str, text: str, labels: str, unsent: bool
) -> None:
    read = vault(tmp_path, {f"Week 46-{name}": text.format(labels).encode()})
    assert [m.native_id[0] for m in read.messages] == (["2", "3"] if unsent else ["1", "2", "3"])
    assert read.notes.get("draft left out: it was never sent", 0) == unsent
    assert gaps(read) == {}


def test_a_draft_that_also_stands_among_the_sent_was_sent(tmp_path: Path) -> None:
    text = CSV.format("^DRAFT") + "1@mail.marlow.example,b,^SENT\n"
    assert len(vault(tmp_path, {"Week 46-metadata.csv": text.encode()}).messages) == 3


def test_metadata_that_defines_types_is_not_unpacked(tmp_path: Path) -> None:
    text = "<!DOCTYPE x [<!ENTITY a 'aaaa'>]>" + XML.format("^DRAFT")
    read = vault(tmp_path, {"Week 46-metadata.xml": text.encode()})
    assert len(read.messages) == 3
    assert any("tells no labels" in note for note in read.notes)


def test_lists_that_are_not_understood_are_said_to_be(tmp_path: Path) -> None:
    read = vault(tmp_path, {"Week 46-results-count.csv": b"x,y,z\na,1,2\n"})
    assert any("not understood" in note for note in read.notes)
    absent = vault(
        tmp_path / "2", {"Week 46-results-count.csv": None, "Week 46-metadata.csv": CSV.encode()}
    )
    assert any("nobody can say if all have arrived" in note for note in absent.notes)


def test_an_export_without_any_zip_was_not_downloaded(tmp_path: Path) -> None:
    read = vault(tmp_path, {"Week 46-1.zip": None, "Week 46-2.zip": None})
    assert gaps(read) == {"export Week 46": "by its list it has 3 messages, and 0 have arrived"}


def test_other_zips_are_still_refused_unless_the_format_says_so(tmp_path: Path) -> None:
    (_, content), *_ = WHOLE.items()
    root = lay(tmp_path / "drop", {"mail-1.zip": content, "one.zip": content})
    refused = [r.file for r in pull(root).rejected]
    assert refused == ["file 1 of the folder (.zip)", "file 2 of the folder (.zip)"]
    assert len(pull(root, format="vault").messages) == 4
    assert len(pull(root / "one.zip", format="vault").messages) == 2


def test_what_was_read_before_counts_and_its_gaps_stay(tmp_path: Path) -> None:
    short = {"Week 46-results-count.csv": COUNTS.replace("2\n", "4\n").encode()}
    first = vault(tmp_path, short)
    known = frozenset(f.sha256 for f in first.files)
    again = vault(tmp_path, short, already_read=known)
    assert (again.messages, again.files, again.records) == ([], [], 0)
    assert again.coverage == first.coverage
