"""A roster dropped as a zip or in a folder: which set counts, and zips that must not be opened."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from auditor.model import Hat, Person, School
from auditor.source import Denied, Malformed, Transient
from connectors.oneroster import connect
from tests.connectors.roster_world import (
    ORGS,
    USERS_11,
    WINDOW,
    context,
    edition_11,
    edition_12,
    pull,
    write_folder,
    write_zip,
)


def named(tmp_path: Path, path: str = "drop") -> str:
    """Return how the first school is called in what is read."""
    return pull(connect(context(tmp_path, path))).of(School)[0].name


def called(name: str) -> dict[str, str]:
    return edition_11(orgs=ORGS.replace("Alder Hill High School", name))


@pytest.mark.parametrize("path", ["night.zip", "drop"])
def test_a_zip_is_read_alone_or_in_a_folder(tmp_path: Path, path: str) -> None:
    target = tmp_path / path if path.endswith("zip") else tmp_path / path / "night.zip"
    write_zip(target, edition_12())
    pulled = pull(connect(context(tmp_path, path)))
    assert len(pulled.of(Hat)) == 4
    assert pulled.rejected == []
    assert [f.name for f in pulled.files] == ["night.zip"]
    assert pulled.files[0].size == target.stat().st_size


def test_zip_and_folder_give_the_same_facts(tmp_path: Path) -> None:
    write_zip(tmp_path / "night.zip", edition_12())
    write_folder(tmp_path / "drop", edition_12())
    zipped, plain = (pull(connect(context(tmp_path, p))) for p in ("night.zip", "drop"))
    assert zipped.facts == plain.facts


def test_files_in_a_folder_of_the_zip_are_found_and_noted(tmp_path: Path) -> None:
    files = {f"export/2026/{name}": text for name, text in edition_11().items()}
    files |= {"__MACOSX/export/2026/._users.csv": "x", "readme.txt": "x", "other/notes.csv": "x"}
    write_zip(tmp_path / "night.zip", files)
    pulled = pull(connect(context(tmp_path, "night.zip")))
    assert len(pulled.of(Person)) == 3
    assert pulled.note("lie in a folder of the zip").file == "night.zip"
    assert pulled.note("left alone").count == 2


def test_names_that_lead_elsewhere_are_only_names(tmp_path: Path) -> None:
    files = {f"../../{name}": text for name, text in edition_11().items()}
    write_zip(tmp_path / "in/here/night.zip", files)
    assert len(pull(connect(context(tmp_path, "in/here"))).of(Person)) == 3
    assert sorted(p.name for p in tmp_path.rglob("*")) == ["here", "in", "night.zip"]


def test_the_newest_of_several_zips_counts_and_the_others_are_named(tmp_path: Path) -> None:
    write_zip(tmp_path / "drop/a.zip", called("First"), at=1_000_000_000)
    write_zip(tmp_path / "drop/b.zip", called("Third"), at=1_000_000_300)
    write_zip(tmp_path / "drop/c.zip", called("Second"), at=1_000_000_200)
    pulled = pull(connect(context(tmp_path)))
    assert pulled.of(School)[0].name == "Third"
    assert [n.file for n in pulled.notes if "b.zip is newer" in n.text] == ["c.zip", "a.zip"]


def test_zips_of_one_moment_are_told_apart_by_name(tmp_path: Path) -> None:
    for day in ("21", "22", "20"):
        write_zip(tmp_path / f"drop/2026-11-{day}.zip", called(day), at=1_000_000_000)
    assert named(tmp_path) == "22"


def test_plain_files_newer_than_a_zip_count(tmp_path: Path) -> None:
    write_zip(tmp_path / "drop/a.zip", called("Zipped"), at=1_000_000_000)
    write_folder(tmp_path / "drop/2026-11-22", called("Plain"))
    assert named(tmp_path) == "Plain"


def test_a_damaged_newest_zip_is_an_error_and_no_reason_to_read_an_older_one(
    tmp_path: Path,
) -> None:
    write_zip(tmp_path / "drop/a.zip", edition_11(), at=1_000_000_000)
    newest = write_zip(tmp_path / "drop/b.zip", edition_11())
    newest.write_bytes(newest.read_bytes()[:-40])
    with pytest.raises(Malformed, match=r"b\.zip"):
        pull(connect(context(tmp_path)))


def test_an_upload_under_way_is_not_looked_at(tmp_path: Path) -> None:
    write_zip(tmp_path / "drop/a.zip", called("Whole"), at=1_000_000_000)
    (tmp_path / "drop/.b.zip.upload").write_bytes(b"PK")
    (tmp_path / "drop/.b.zip").write_bytes(b"PK")
    assert named(tmp_path) == "Whole"


def test_an_empty_folder_says_what_to_drop(tmp_path: Path) -> None:
    (tmp_path / "drop").mkdir()
    with pytest.raises(Malformed, match=r"users\.csv"):
        pull(connect(context(tmp_path)))


def test_a_folder_with_other_files_only_says_what_is_missing(tmp_path: Path) -> None:
    write_folder(tmp_path / "drop", {"orgs.csv": ORGS})
    with pytest.raises(Malformed, match=r"users\.csv"):
        pull(connect(context(tmp_path)))


def test_a_file_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    write_folder(tmp_path / "drop", edition_11() | {"USERS.csv": USERS_11})
    with pytest.raises(Malformed, match="twice"):
        pull(connect(context(tmp_path)))


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    write_zip(tmp_path / "night.zip", edition_11(users=USERS_11 + "\r\n" * 20_000_000))
    assert (tmp_path / "night.zip").stat().st_size < 100_000
    with pytest.raises(Malformed, match="200 times") as caught:
        pull(connect(context(tmp_path, "night.zip")))
    assert caught.value.where == "night.zip/users.csv"


def test_a_zip_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "night.zip", edition_11(users=USERS_11 + "\r\n" * 5_000))
    size = len(USERS_11) + 10_000
    raw = path.read_bytes()
    assert raw.count(size.to_bytes(4, "little")) == 2
    path.write_bytes(raw.replace(size.to_bytes(4, "little"), (400).to_bytes(4, "little")))
    with pytest.raises(Malformed):
        pull(connect(context(tmp_path, "night.zip")))


def test_a_zip_with_a_password_is_refused(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "night.zip", edition_11())
    raw = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as zipped:
        where = zipped.start_dir
    while raw[where : where + 4] == b"PK\x01\x02":
        raw[where + 8] |= 1
        where += 46 + sum(
            int.from_bytes(raw[where + at : where + at + 2], "little") for at in (28, 30, 32)
        )
    path.write_bytes(raw)
    with pytest.raises(Malformed, match="encrypted"):
        pull(connect(context(tmp_path, "night.zip")))


def test_a_zip_with_countless_files_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "night.zip", "w") as zipped:
        for n in range(10_001):
            zipped.writestr(f"{n}", "")
    with pytest.raises(Malformed, match="10,000"):
        pull(connect(context(tmp_path, "night.zip")))


def test_a_file_that_is_no_zip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "users.csv").write_text(USERS_11)
    with pytest.raises(Malformed, match="no zip"):
        pull(connect(context(tmp_path, "users.csv")))


def test_a_drop_that_changes_while_it_is_read_is_tried_again_later(tmp_path: Path) -> None:
    write_zip(tmp_path / "night.zip", edition_11(users=USERS_11 + long_rows()))
    pages = connect(context(tmp_path, "night.zip")).pull(WINDOW)
    next(pages)
    os.utime(tmp_path / "night.zip", (1, 1))
    with pytest.raises(Transient, match="changed"):
        list(pages)


def long_rows() -> str:
    row = "X{},,,,s1,student,,,A,B,,,,,,,,\r\n"
    return "".join(row.format(n) for n in range(2_500))


def test_nothing_there_is_denied_with_place_and_cure(tmp_path: Path) -> None:
    with pytest.raises(Denied) as caught:
        pull(connect(context(tmp_path, "gone")))
    assert str(tmp_path / "gone") in caught.value.where
    assert caught.value.cure
