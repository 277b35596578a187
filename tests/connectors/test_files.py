"""What connectors of dropped files share: reading once and whole, and days a drop speaks for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.keys import AddressRules
from auditor.source import DayState, Denied, SourceContext, Transient, Window
from connectors.files import (
    LONGEST_SILENCE,
    Drop,
    HashingReader,
    drop_path,
    dropped_file,
    reading,
    require_path,
    sha256_of,
)
from tests.connectors.mail_world import WRITTEN, drop

CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

ZONE = ZoneInfo("America/New_York")
START = date(2026, 9, 1)


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 17, tzinfo=UTC)


# ---- files ---------------------------------------------------------------------------------


def test_a_file_read_in_portions_is_read_whole_and_hashed(tmp_path: Path) -> None:
    content = bytes(range(256)) * 10_000
    file = dropped_file(drop(tmp_path / "a", content), "a")
    assert (file.size, file.modified_at) == (len(content), WRITTEN)
    with HashingReader(file) as reader:
        start = reader.read(100)
        seen = reader.finish()
    assert start == content[:100]
    assert seen.sha256 == sha256(content).hexdigest() == sha256_of(file)
    assert (seen.name, seen.size, seen.modified_at) == ("a", len(content), WRITTEN)


@pytest.mark.parametrize("change", [b"longer than before", b"other"])
def test_a_file_that_changed_is_not_seen(tmp_path: Path, change: bytes) -> None:
    path = drop(tmp_path / "a", b"first")
    with HashingReader(dropped_file(path, "the file")) as reader:
        path.write_bytes(change)
        with pytest.raises(Transient, match=r"the file: it changed.*Wait until the upload"):
            reader.finish()


def test_a_relative_drop_starts_at_the_settings_own_folder(tmp_path: Path) -> None:
    context = SourceContext("m", "M", "UTC", AddressRules(), str(tmp_path))
    assert drop_path(context, "mail") == tmp_path / "mail"
    assert drop_path(context, "/srv/mail") == Path("/srv/mail")


@pytest.mark.parametrize("name", ["nowhere", "file/below"])
def test_a_place_that_is_not_there_is_denied(tmp_path: Path, name: str) -> None:
    drop(tmp_path / "file", b"")
    require_path(tmp_path)
    require_path(tmp_path / "file")
    with pytest.raises(Denied, match="there is no such file or folder"):
        require_path(tmp_path / name)


@pytest.mark.parametrize(
    ("error", "kind", "says"),
    [
        (PermissionError(13, "no"), Denied, "may not read it"),
        (FileNotFoundError(2, "gone"), Transient, "went away"),
        (OSError(5, "Input/output error"), Transient, r"reading failed \(Input/output error\)"),
        (OSError("odd"), Transient, r"reading failed \(OSError\)"),
    ],
)
def test_the_system_s_errors_say_what_to_do(
    tmp_path: Path, error: OSError, kind: type[Denied | Transient], says: str
) -> None:
    with pytest.raises(kind, match=f"the file: .*{says}"), reading(tmp_path / "x", "the file"):
        raise error


# ---- days ----------------------------------------------------------------------------------

_OFFSETS = st.lists(st.integers(0, 200), max_size=12)
_QUIET = st.integers(1, 10)


def a_drop(records: list[int], file: int | None, *, quiet: int = 4, since: int | None = None) -> Drop:
    covers_from = None if since is None else START + timedelta(days=since)
    made = Drop(zone=ZONE, where="mail", quiet_days=quiet, covers_from=covers_from)
    if file is not None:
        made.file(noon(START + timedelta(days=file)))
    for offset in records:
        made.record(noon(START + timedelta(days=offset)))
    return made


def covered(made: Drop, days: int = 240) -> Iterator[tuple[int, int]]:
    """Yield the days from START that were read, with their counts."""
    window = Window(START, START + timedelta(days=days))
    for n, day in enumerate(made.coverage(window)):
        assert day.day == START + timedelta(days=n)
        assert (day.records is None) == (day.state is DayState.MISSING) == (day.reason is not None)
        if day.records is not None:
            yield n, day.records


def test_a_drop_covers_from_its_first_record_to_the_day_before_its_file() -> None:
    made = a_drop([2, 2, 5], file=7)
    assert list(covered(made)) == [(2, 2), (3, 0), (4, 0), (5, 1), (6, 0)]


def test_the_longest_silence_is_still_one_drop() -> None:
    assert len(list(covered(a_drop([0, LONGEST_SILENCE], file=LONGEST_SILENCE + 1)))) == 32
    apart = a_drop([0, LONGEST_SILENCE + 1], file=LONGEST_SILENCE + 2)
    assert [day for day, _ in covered(apart)] == [0, LONGEST_SILENCE + 1]
    vouched = a_drop([0, 100], file=101, since=0)
    assert len(list(covered(vouched))) == 101


def test_an_earlier_reading_vouches_for_one_day_only() -> None:
    made = a_drop([20], file=21)
    made.reaches_until(noon(START + timedelta(days=11)))
    assert [day for day, _ in covered(made)] == list(range(10, 21))
    assert dict(covered(made))[10] == 0


@CALM
@given(_OFFSETS, st.none() | st.integers(0, 220), _QUIET)
def test_no_day_is_covered_without_a_record_before_and_a_file_after(
    records: list[int], file: int | None, quiet: int
) -> None:
    days = dict(covered(a_drop(records, file, quiet=quiet)))
    for day, count in days.items():
        assert file is not None
        assert day < file
        assert any(r <= day for r in records)
        assert count == records.count(day)
        after = [r for r in records if day <= r <= file]
        assert after or file - max(r for r in records if r <= day) <= quiet


@CALM
@given(_OFFSETS, st.integers(0, 220), st.integers(0, 220))
def test_records_from_the_future_prove_nothing(records: list[int], file: int, future: int) -> None:
    plain = dict(covered(a_drop(records, file)))
    with_future = dict(covered(a_drop([*records, file + 1 + future], file)))
    assert with_future == plain


@CALM
@given(_OFFSETS, st.integers(0, 220), st.integers(0, 219))
def test_not_reading_an_old_file_again_covers_no_more_days(
    records: list[int], file: int, old: int
) -> None:
    """A file written on day ``old`` holds the records before it; the others are read now."""
    before = [r for r in records if r < old]
    later = [r for r in records if r >= old]
    if not before or old - max(before) > 1:
        before.append(old - 1)  # a file is dropped while mail flows
    fresh = a_drop([*before, *later], max(file, old))
    known = a_drop(later, max(file, old))
    known.reaches_until(noon(START + timedelta(days=old)))
    days = {day for day, _ in covered(known) if day >= old}
    assert days <= {day for day, _ in covered(fresh)}
