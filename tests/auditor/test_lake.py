"""What goes into the lake comes out of it: once, on the right day, under keys."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import Connection, select

from auditor.lake import Lake
from auditor.ledger import Ledger
from auditor.ledger.tables import coverage_day, note, quarantine, source_file
from auditor.model import Address, AddressKind, Automation, Party, PartyRole, School
from auditor.source import DayCoverage, DayState, FileSeen, Mark, Note, Page, Rejected
from tests.auditor.lake_world import (
    ALWAYS,
    KEYRING,
    NOON,
    ZONE,
    WatchedDisk,
    email,
    expected,
    files_on_disk,
    held,
    land,
    message,
    open_lake,
    pages,
)

MESSAGES = [message(n) for n in range(10)]


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[tuple[Ledger, Lake]]:
    ledger, lake = open_lake(tmp_path)
    with ledger:
        yield ledger, lake


def rows(lake: Lake) -> list[dict[str, object]]:
    return [
        row
        for path in lake.message_files(*ALWAYS)[0]
        for row in pq.ParquetFile(path).read().to_pylist()
    ]


def test_landing_twice_adds_nothing(opened: tuple[Ledger, Lake]) -> None:
    ledger, lake = opened
    first = land(lake, MESSAGES)
    again = land(lake, MESSAGES, run_id="run-2")
    assert (first.read, first.new, first.already_known) == (10, 10, 0)
    assert (again.read, again.new, again.already_known) == (10, 0, 10)
    assert (first.first_day, first.last_day) == (date(2026, 11, 16), date(2026, 11, 22))
    assert (again.first_day, again.first_new_day) == (date(2026, 11, 16), None)
    assert held(lake, ledger) == expected([("mail", m) for m in MESSAGES])


def test_a_copy_that_says_something_else_is_kept_beside_the_first(
    opened: tuple[Ledger, Lake],
) -> None:
    _, lake = opened
    changed = replace(MESSAGES[0], automated=Automation.LIST)
    longer = message(0, to=("kid", "parent"))
    land(lake, MESSAGES[:1])
    assert land(lake, [changed, longer, changed]).new == 2
    assert len({row["message_key"] for row in rows(lake)}) == 1
    assert len(rows(lake)) == 3


def test_order_and_repetition_of_parties_make_no_other_copy(opened: tuple[Ledger, Lake]) -> None:
    _, lake = opened
    one = message(0, to=[f"kid{n}" for n in range(50)])
    turned = replace(one, parties=(*reversed(one.parties), one.parties[1]))
    assert land(lake, [one, turned]).already_known == 1


@pytest.mark.parametrize(
    "field",
    [
        {"sent_at": NOON + timedelta(microseconds=1)},
        {"tool": "other"},
        {"thread": "t"},
        {"container": "c"},
        {"on_behalf_of": email("office")},
        {"recipients_hidden": True},
        {"unparsed": ("date",)},
        {"parties": message(0, to=("someone",)).parties},
        {"parties": tuple(replace(p, via_group=email("all")) for p in message(0).parties)},
    ],
    ids=lambda field: next(iter(field)),
)
def test_every_field_makes_another_copy(
    opened: tuple[Ledger, Lake], field: dict[str, object]
) -> None:
    _, lake = opened
    land(lake, [message(0)])
    assert land(lake, [replace(message(0), **field)]).new == 1  # type: ignore[arg-type]  # fields by name


def test_the_same_mail_from_two_sources_has_one_key_and_two_rows(
    opened: tuple[Ledger, Lake],
) -> None:
    _, lake = opened
    land(lake, MESSAGES[:1], source="one")
    assert land(lake, MESSAGES[:1], source="two").new == 1
    assert len({row["message_key"] for row in rows(lake)}) == 1


def test_a_copy_that_tells_who_wrote_in_whose_name_is_of_the_same_message(
    opened: tuple[Ledger, Lake],
) -> None:
    _, lake = opened
    told = replace(message(0, sender="aide"), on_behalf_of=email("teacher"))
    unsure = replace(message(0, sender="teacher"), on_behalf_of=email("teacher"))
    land(lake, [told, unsure, message(0, sender="teacher"), message(0, sender="aide")])
    keys = [row["message_key"] for row in rows(lake)]
    assert sorted(keys.count(key) for key in set(keys)) == [1, 3]


def test_a_reused_message_id_of_another_sender_is_another_message(
    opened: tuple[Ledger, Lake],
) -> None:
    _, lake = opened
    land(lake, [message(0, sender="coach"), message(0, sender="teacher")])
    assert len({row["message_key"] for row in rows(lake)}) == 2


@pytest.mark.parametrize(
    ("sent_at", "day", "minute"),
    [
        (datetime(2026, 11, 24, 4, 59, tzinfo=UTC), date(2026, 11, 23), 23 * 60 + 59),
        (datetime(2026, 11, 24, 5, 0, tzinfo=UTC), date(2026, 11, 24), 0),
        (datetime(2026, 11, 1, 5, 30, tzinfo=UTC), date(2026, 11, 1), 90),
        (datetime(2026, 11, 1, 6, 30, tzinfo=UTC), date(2026, 11, 1), 90),
        (
            datetime(2026, 11, 24, 9, 0, tzinfo=timezone(timedelta(hours=9))),
            date(2026, 11, 23),
            1140,
        ),
        (datetime.min.replace(tzinfo=UTC), date.min, 0),
        (datetime.max.replace(tzinfo=UTC), date.max, 18 * 60 + 59),
    ],
)
def test_the_day_is_the_districts(
    opened: tuple[Ledger, Lake], sent_at: datetime, day: date, minute: int
) -> None:
    _, lake = opened
    land(lake, [replace(message(0), sent_at=sent_at)])
    (path,) = lake.message_files(day, day)[0]
    row = pq.ParquetFile(path).read().to_pylist()[0]
    assert row["sent_day"] == day.toordinal() - date(1970, 1, 1).toordinal()
    assert row["sent_minute"] == minute
    if day > date.min:
        assert lake.message_files(date.min, day - timedelta(days=1)) == ((), ())


def test_a_time_without_a_zone_is_refused(opened: tuple[Ledger, Lake]) -> None:
    _, lake = opened
    with pytest.raises(ValueError, match="without a zone"):
        land(lake, [replace(message(0), sent_at=datetime(2026, 11, 24))])  # noqa: DTZ001  (what must be refused)


def test_no_address_stands_in_the_facts(opened: tuple[Ledger, Lake], tmp_path: Path) -> None:
    _, lake = opened
    land(lake, [replace(message(0), native_id="no address in here")])
    for path in files_on_disk(tmp_path):
        assert b"marlow.example" not in path.read_bytes()


def test_files_belong_to_their_owner_alone(opened: tuple[Ledger, Lake], tmp_path: Path) -> None:
    _, lake = opened
    land(lake, MESSAGES)
    for path in (tmp_path / "data").rglob("*"):
        assert not path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO), path


@pytest.mark.parametrize(
    "text", ["\udcff", "a\0b", "ünïcode", "\N{ELEPHANT}" * 300, "../../etc", ""]
)
def test_any_text_can_be_kept(opened: tuple[Ledger, Lake], text: str) -> None:
    _, lake = opened
    odd = replace(
        message(0),
        native_id=text,
        rfc_message_id=None,
        tool=text,
        parties=(Party(Address(AddressKind.PERSON_ID, text), PartyRole.FROM),),
    )
    land(lake, [odd], source=f"s{text!r}", run_id=f"r{text!r}")
    assert land(lake, [odd], source=f"s{text!r}", run_id=f"r{text!r}").new == 0
    assert lake.verify() == 2


def test_records_are_accounted_for(opened: tuple[Ledger, Lake]) -> None:
    _, lake = opened
    refused = Rejected("people.csv", 7, "grade", "no number")
    with lake.landing(source="s", run_id="r", keyring=KEYRING, timezone=ZONE) as landing:
        landing.add(Page(facts=(School("1", "A"), School("2", "B")), records_read=1))
        landing.add(Page(facts=(School("3", "C"),), records_read=3, rejected=(refused,)))
        landing.add(Page(facts=(message(0), message(0)), records_read=5, rejected=(refused,)))
        landed = landing.commit()
    assert landed.read == 9
    assert (landed.new, landed.already_known, landed.rejected, landed.used_roster) == (1, 3, 2, 3)


def test_what_a_source_says_is_kept_with_its_facts(opened: tuple[Ledger, Lake]) -> None:
    ledger, lake = opened
    file = FileSeen("drop/\udcff.mbox", 5, datetime(2026, 11, 24, tzinfo=ZONE), "ab" * 32)
    page = Page(
        rejected=(Rejected("a.csv", 3, None, "too short"),),
        notes=(Note("a.csv", "unknown column", 2), Note("a.csv", "unknown column")),
        files=(file,),
        coverage=(
            DayCoverage(date(2026, 11, 22), DayState.READ, 0),
            DayCoverage(date(2026, 11, 23), DayState.MISSING, None, "no file"),
        ),
    )
    for _ in range(2):  # the same run may read a source twice
        with lake.landing(source="s", run_id="r", keyring=KEYRING, timezone=ZONE) as landing:
            landing.add(page)
            landing.commit()
    with ledger.read() as connection:
        days = connection.execute(select(coverage_day).order_by(coverage_day.c.day)).all()
        files = connection.execute(select(source_file)).mappings().all()
        noted = connection.execute(select(note.c.text, note.c.count)).first()
        refused = connection.execute(select(quarantine.c.file, quarantine.c.line)).first()
    assert [(d.day, d.state, d.records) for d in days] == [
        ("2026-11-22", "read", 0),
        ("2026-11-23", "missing", None),
    ]
    assert [f["modified_at"] for f in files] == ["2026-11-24T05:00:00+00:00"]
    assert noted == ("unknown column", 3)
    assert refused == ("a.csv", 3)
    assert ledger.files_read("s") == {"ab" * 32}
    assert ledger.files_read("other") == frozenset()


def test_where_to_go_on_from_is_kept_with_the_facts_and_only_with_them(
    opened: tuple[Ledger, Lake],
) -> None:
    ledger, lake = opened

    def land(*marks: Mark, commit: bool = True) -> None:
        with lake.landing(source="s", run_id="r", keyring=KEYRING, timezone=ZONE) as landing:
            for mark in marks:
                landing.add(Page(marks=(mark,)))
            if commit:
                landing.commit()

    land(Mark("a", "1"), Mark("b", "1"), Mark("a", "2"))
    assert ledger.marks("s") == {"a": "2", "b": "1"}
    land(Mark("a", "3"), commit=False)
    assert ledger.marks("s")["a"] == "2"
    land(Mark("b", None), Mark("c", "1"))
    assert ledger.marks("s") == {"a": "2", "c": "1"}
    assert ledger.marks("other") == {}


def test_extra_takes_part_in_the_commit(opened: tuple[Ledger, Lake], tmp_path: Path) -> None:
    _, lake = opened

    def fail(_: Connection) -> None:
        raise ZeroDivisionError

    with (
        pytest.raises(ZeroDivisionError),
        lake.landing(source="s", run_id="r", keyring=KEYRING, timezone=ZONE) as landing,
    ):
        landing.add(pages(MESSAGES[:3])[0])
        landing.commit(extra=fail)
    assert lake.message_files(*ALWAYS) == ((), ())
    assert files_on_disk(tmp_path) == set()


def test_leaving_without_commit_leaves_nothing(opened: tuple[Ledger, Lake], tmp_path: Path) -> None:
    ledger, lake = opened
    small = Lake(tmp_path / "data", ledger, messages_in_memory=2)
    with small.landing(source="s", run_id="r", keyring=KEYRING, timezone=ZONE) as landing:
        landing.add(Page(facts=tuple(MESSAGES[:3]), records_read=3))
        assert files_on_disk(tmp_path), "two messages were too many to keep in memory"
    assert lake.message_files(*ALWAYS) == ((), ())
    assert files_on_disk(tmp_path) == set()
    with pytest.raises(RuntimeError):
        landing.commit()


def test_spilling_changes_nothing(tmp_path: Path) -> None:
    many = [message(n * 37 % 101, to=tuple(f"k{i}" for i in range(n % 5))) for n in range(300)]
    results = []
    for room in (1, 7, 1000):
        ledger, lake = open_lake(tmp_path / str(room), room=room)
        with ledger:
            landed = land(lake, many)
            results.append((landed, held(lake, ledger)))
            assert len(lake.message_files(*ALWAYS)[0]) == 7, "one file for each day"
    assert results[0] == results[1] == results[2]
    assert results[0][1] == expected([("mail", m) for m in many])


def test_an_overtaken_landing_looks_again(tmp_path: Path) -> None:
    """Two runs land the same source at once: whoever commits second must not add it twice."""
    ledger = Ledger.open(tmp_path / "ledger.db")
    other = Lake(tmp_path / "data", ledger)

    class Interrupted(WatchedDisk):
        def rename(self, old: Path, new: Path) -> None:
            if not any(v.startswith("rename") for v in self.verbs):
                assert land(other, MESSAGES[:6], run_id="fast").new == 6
            super().rename(old, new)

    lake = Lake(tmp_path / "data", ledger, files=Interrupted())
    with ledger:
        landed = land(lake, MESSAGES, run_id="slow")
        assert (landed.new, landed.already_known) == (4, 6)
        assert held(lake, ledger) == expected([("mail", m) for m in MESSAGES])
        assert len(files_on_disk(tmp_path)) == lake.verify()


# ---- snapshots of tables -------------------------------------------------------------------

PEOPLE = pa.table({"person_key": [1, 2], "name": ["Ada", None]})
NOBODY = PEOPLE.slice(0, 0)


def test_the_newest_snapshot_is_read(opened: tuple[Ledger, Lake], tmp_path: Path) -> None:
    _, lake = opened
    assert lake.read_tables("directory") == {}
    lake.write_tables({"person": PEOPLE, "team": NOBODY}, kind="directory", run_id="run-1")
    lake.write_tables({"person": NOBODY}, kind="other", run_id="run-1")
    assert lake.read_tables("directory") == {"person": PEOPLE, "team": NOBODY}
    lake.write_tables({"person": NOBODY}, kind="directory", run_id="run-1")
    assert lake.read_tables("directory") == {"person": NOBODY}
    assert lake.clean_orphans() == 2, "what was replaced is cleared away"
    assert lake.read_tables("other") == {"person": NOBODY}
    assert len(files_on_disk(tmp_path)) == lake.verify() == 2


def test_a_landing_under_way_is_not_cleared_away(opened: tuple[Ledger, Lake]) -> None:
    ledger, lake = opened
    with lake.landing(source="s", run_id="r", keyring=KEYRING, timezone=ZONE) as landing:
        landing.add(pages(MESSAGES[:3])[0])
        lake.write_tables({"person": PEOPLE}, kind="directory", run_id="r")
        lake.write_tables({"person": PEOPLE}, kind="directory", run_id="r")
        assert lake.clean_orphans() == 0
        landing.commit()
    assert lake.clean_orphans() == 1
    assert held(lake, ledger) == expected([("s", m) for m in MESSAGES[:3]])
