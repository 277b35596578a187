"""What people and disks do to the data: lists that lie, and stored files that have changed."""

from __future__ import annotations

import csv
import io
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import select

from auditor.audit import AuditError, Workplace
from auditor.ledger import Damaged, StorageError
from auditor.ledger.tables import item, item_hit
from tests.faults.trials import Trial, dishonest, last_state, restart
from tests.faults.world import (
    KEYRING,
    STAFF,
    WRITTEN,
    Outcome,
    Person,
    Roster,
    begin,
    copy_of,
    file_sources,
    night,
    outcome,
    usual_roster,
    workplace,
)

MORE = 40
"""Students who only are there: what a roster may lose is counted in people."""
ChangeRoster = Callable[[Roster], None]
ChangeFiles = Callable[[Path], None]


class Kept:
    """A district large enough to lose people, with one clean night behind it, and its oracle."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._number = 0
        self.template = folder / "kept"
        begin(self.template, MORE)
        clean = self.fresh()
        with workplace(clean) as place:
            night(place, file_sources(clean, place.ledger))
            self.oracle: Outcome = outcome(place)
        assert self.oracle.complete, self.oracle

    def fresh(self) -> Path:
        self._number += 1
        return copy_of(self.template, self._folder / f"kept-{self._number}")

    # ---- lists ----------------------------------------------------------------------------

    def survive_roster(self, change: ChangeRoster) -> str:
        """Deliver a roster that lies, then a true one; return what was wrong."""
        folder = self.fresh()
        try:
            self._deliver(folder, change)
            with workplace(folder) as place:
                try:
                    night(place, file_sources(folder, place.ledger))
                except (AuditError, StorageError) as error:
                    wrong = "" if error.cure else f"stopped without a cure: {error}"
                else:
                    found = outcome(place)
                    named = "roster" in found.behind or any("Rosters" in gap for gap in found.gaps)
                    wrong = "" if named and not _accuses(found, self.oracle) else dishonest(found, self.oracle)
            usual_roster(MORE).write(folder / "drop/oneroster", WRITTEN)
            return wrong or restart(folder, file_sources, self.oracle)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _deliver(self, folder: Path, change: ChangeRoster) -> None:
        roster = usual_roster(MORE)
        change(roster)
        roster.write(folder / "drop/oneroster", WRITTEN)

    def survive_reuse(self) -> str:
        """Give the address of somebody who left to somebody new; each keeps what is theirs."""
        folder = self.fresh()

        def reuse(roster: Roster) -> None:
            roster.people = [one for one in roster.people if one.id != "t1"]
            roster.people.append(Person("n1", "teacher", "t1@d.example"))

        self._deliver(folder, reuse)
        with workplace(folder) as place:
            night(place, file_sources(folder, place.ledger))
            found = outcome(place)
        shutil.rmtree(folder)
        old, new = KEYRING.person("t1"), KEYRING.person("n1")
        for _, adult, _, hits in found.items:
            if adult == new and hits & {"m1@d.example", "m6@d.example"}:
                return "what was written before is put on the newcomer"
            if adult == old and "m7@d.example" in hits:
                return "what the newcomer wrote is put on who left"
        if not any(adult == new and hits == {"m7@d.example"} for _, adult, _, hits in found.items):
            return "" if found.gaps else "what the newcomer wrote is neither listed nor named"
        return ""

    # ---- what is stored -------------------------------------------------------------------

    def survive_damage(self, damage: ChangeFiles) -> str:
        """Damage what is stored: the night must refuse, keep everything, and go on once mended."""
        folder = self.fresh()
        whole = self._folder / f"whole-{self._number}"
        try:
            shutil.copytree(folder, whole)
            damage(folder)
            evidence = _hashes(folder / "data")
            said = _refused(folder)
            if said:
                return said
            if not evidence.items() <= _hashes(folder / "data").items():
                return "what was there to be looked at has changed"
            shutil.rmtree(folder)
            whole.rename(folder)
            return restart(folder, file_sources, self.oracle)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            shutil.rmtree(whole, ignore_errors=True)


def _refused(folder: Path) -> str:
    """Return what was wrong with how a night refused damaged storage."""
    try:
        with workplace(folder) as place:
            before = _items(place)
            try:
                night(place, file_sources(folder, place.ledger))
            except Damaged as error:
                if not error.cure:
                    return "it refused without a cure"
                if last_state(place) != "failed":
                    return "its refusal is not on record"
                return "" if _items(place) == before else "it judged before it refused"
    except Damaged:  # a ledger that cannot even be opened has no record to keep
        return ""
    return "the damage was not noticed"


def _items(place: Workplace) -> list[object]:
    """Return every row of items and their messages, sound or not."""
    with place.ledger.read() as connection:
        return [*connection.execute(select(item)), *connection.execute(select(item_hit))]


def _accuses(found: Outcome, oracle: Outcome) -> bool:
    """Whether anything is listed that would not be, were the roster true."""
    return not {one[:3] for one in found.items} <= {one[:3] for one in oracle.items}


def _hashes(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*.parquet")))
    return {str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest() for path in files}


# ---- lists that lie --------------------------------------------------------------------------


def columns(name: str, change: Callable[[list[str]], list[str]]) -> ChangeRoster:
    """Return a change of a file's heading alone."""

    def rewrite(text: str) -> str:
        head, _, rest = text.partition("\n")
        return ",".join(change(head.split(","))) + "\n" + rest

    return lambda roster: roster.files.update({name: rewrite})


def swapped(one: str, other: str) -> Callable[[list[str]], list[str]]:
    names = {one: other, other: one}
    return lambda head: [names.get(name, name) for name in head]


def half_of_columns(text: str) -> str:
    rows = list(csv.reader(io.StringIO(text)))
    return "".join(",".join(row[: len(row) // 2]) + "\n" for row in rows)


def fewer(roster: Roster) -> None:
    students = [one for one in roster.people if one.role == "student"]
    gone = {one.id for one in students[: len(students) * 4 // 10]}
    roster.people = [one for one in roster.people if one.id not in gone]


def staff_as_students(roster: Roster) -> None:
    for one in roster.people:
        if one.id in STAFF:
            one.role = "student"


def rename_school(roster: Roster) -> None:
    roster.schools["10"] = "Alder Senior High"


def text_of(name: str, change: Callable[[str], str]) -> ChangeRoster:
    return lambda roster: roster.files.update({name: change})


ROSTERS: dict[str, ChangeRoster] = {
    "roster without 40 % of its students": fewer,
    "roster empty": text_of("users.csv", lambda text: text.partition("\n")[0] + "\n"),
    "roster cut off in the middle of a line": text_of("users.csv", lambda text: text[: len(text) * 2 // 3]),
    "roster with every row twice": text_of("users.csv", lambda text: text + text.partition("\n")[2]),
    "one id, two people": text_of("users.csv", lambda text: text + "s1,active,true,s1,Other,Person,other@d.example,,9\n"),
    "school renamed": rename_school,
    "header swapped: e-mail and name": columns("users.csv", swapped("email", "givenName")),
    "header swapped: role and id": columns("roles.csv", swapped("role", "userSourcedId")),
    "half of the columns": text_of("users.csv", half_of_columns),
    "staff marked as students": staff_as_students,
    "a column nobody knows": columns("users.csv", lambda head: [*head[:-1], "colour"]),
    "not UTF-8": text_of("orgs.csv", lambda text: text.replace("Alder", "Ald\udce9r")),
}


# ---- storage that has changed ----------------------------------------------------------------


def batch_file(folder: Path, relation: str = "message") -> Path:
    return min((folder / "data" / relation).rglob("*.parquet"))


def flip(path: Path, at: int = 8) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 0xFF
    path.write_bytes(content)


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def retype(folder: Path) -> None:
    """Put a file of another form in place, with a manifest that agrees with it."""
    path = batch_file(folder)
    table = pq.ParquetFile(path).read()
    at = table.column_names.index("sent_day")
    pq.write_table(table.set_column(at, "sent_day", table["sent_day"].cast(pa.string())), path)
    named = path.relative_to(folder / "data").as_posix()
    digest = sha256(path.read_bytes()).hexdigest()
    in_ledger(
        "UPDATE batch SET bytes = ?, sha256 = ? WHERE path = ?", path.stat().st_size, digest, named
    )(folder)


def in_ledger(sql: str, *values: object) -> ChangeFiles:
    def change(folder: Path) -> None:
        with closing(sqlite3.connect(folder / "ledger.sqlite")) as ledger, ledger:
            ledger.execute("PRAGMA foreign_keys=OFF")
            assert ledger.execute(sql, values).rowcount

    return change


def zero_a_page(folder: Path) -> None:
    path = folder / "ledger.sqlite"
    content = bytearray(path.read_bytes())
    with closing(sqlite3.connect(path)) as ledger:
        (page,) = ledger.execute("SELECT rootpage FROM sqlite_master WHERE name = 'batch'").fetchone()
    content[4096 * (page - 1) : 4096 * (page - 1) + 64] = bytes(64)
    path.write_bytes(content)


DAMAGES: dict[str, ChangeFiles] = {
    "batch: one byte": lambda folder: flip(batch_file(folder)),
    "batch: one byte of its parties": lambda folder: flip(batch_file(folder, "message_party")),
    "batch: cut short": lambda folder: cut_short(batch_file(folder)),
    "batch: gone": lambda folder: batch_file(folder).unlink(),
    "batch: another form": retype,
    "directory: one byte": lambda folder: flip(batch_file(folder, "directory/person")),
    "directory: gone": lambda folder: batch_file(folder, "directory/hat").unlink(),
    "ledger: first bytes": lambda folder: flip(folder / "ledger.sqlite", 3),
    "ledger: a page": zero_a_page,
    "ledger: a row refers to nothing": in_ledger("DELETE FROM item"),
    "manifest: another day": in_ledger("UPDATE batch SET day = '2026-11-15' WHERE day = '2026-11-16'"),
    "manifest: another hash": in_ledger("UPDATE batch SET sha256 = ? WHERE day = '2026-11-16'", "0" * 64),
    "chain: an entry changed": in_ledger("UPDATE chain_entry SET at = '2020-01-01' WHERE number = 1"),
    "manifest: a row gone": in_ledger("DELETE FROM batch WHERE relation = 'message_party'"),
}


QUICK = ("roster empty", "header swapped: e-mail and name", "batch: one byte", "batch: another form", "ledger: a page")


def data_trials(town: Kept, *, quick: bool = False) -> Iterator[Trial]:
    for name, change in ROSTERS.items():
        if not quick or name in QUICK:
            yield Trial("data", "roster that lies", name, partial(town.survive_roster, change))
    if not quick:
        yield Trial("data", "roster that lies", "e-mail reused by another person", town.survive_reuse)
    for name, damage in DAMAGES.items():
        if not quick or name in QUICK:
            yield Trial("data", "stored data damaged", name, partial(town.survive_damage, damage))
