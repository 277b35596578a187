"""No entry of the chain can be changed, dropped, moved or put in without the chain saying where."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor import chain, roots
from auditor.chain import BEGINNING, Entry, Kind, check, digest_of
from auditor.ledger import Ledger

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
FIELDS = ("number", "kind", "at", "body_json", "previous", "sha256")


def chain_of(bodies: list[dict[str, int | str | None]]) -> list[Entry]:
    """Make a chain by the same rule, without a ledger."""
    made: list[Entry] = []
    for number, body in enumerate(bodies, 1):
        previous = made[-1].sha256 if made else BEGINNING
        parts = (number, Kind.ACCESS.value, NOW.isoformat(), chain.canonical(body), previous)
        made.append(Entry(*parts, digest_of(*parts)))
    return made


def flipped(text: str, place: int, bit: int) -> str:
    place %= len(text)
    return text[:place] + chr(ord(text[place]) ^ (1 << bit)) + text[place + 1 :]


BODIES = st.lists(
    st.dictionaries(
        st.text(max_size=6), st.one_of(st.none(), st.integers(), st.text(max_size=8)), max_size=3
    ),
    min_size=2,
    max_size=8,
)


@settings(max_examples=100, deadline=None)
@given(bodies=BODIES, data=st.data())
def test_any_single_change_is_found_where_it_is(
    bodies: list[dict[str, int | str | None]], data: st.DataObject
) -> None:
    whole = chain_of(bodies)
    head = whole[-1].sha256
    assert check(whole) == chain.Checked(len(whole), head, None)
    at = data.draw(st.integers(0, len(whole) - 1))
    how = data.draw(st.sampled_from(["flip", "number", "delete", "swap", "repeat", "cut"]))
    harmed = list(whole)
    if how == "flip":
        name = data.draw(st.sampled_from(FIELDS[1:]))
        text = flipped(
            getattr(whole[at], name), data.draw(st.integers(0, 500)), data.draw(st.integers(0, 6))
        )
        values = {field: getattr(whole[at], field) for field in FIELDS} | {name: text}
        harmed[at] = Entry(**values)
    elif how == "number":
        harmed[at] = replace(whole[at], number=whole[at].number + data.draw(st.integers(1, 9)))
    elif how == "delete":
        del harmed[at]
    elif how == "swap":
        other = (at + 1) % len(whole)
        harmed[at], harmed[other] = harmed[other], harmed[at]
    elif how == "repeat":
        harmed.insert(at, whole[at])
    else:
        harmed = harmed[:at]
    found = check(harmed)
    # cut off at the end it is a whole chain, and only a head kept elsewhere tells
    assert found.broken is not None or found.head != head
    if found.broken is not None:
        assert 1 <= found.broken.number <= at + 2


def test_a_flip_of_any_sign_anywhere_is_found() -> None:
    whole = chain_of([{"item": f"AH-{n}"} for n in range(3)])
    for at, entry in enumerate(whole):
        for name in FIELDS[1:]:
            for place in range(len(getattr(entry, name))):
                values = {field: getattr(entry, field) for field in FIELDS}
                values[name] = flipped(values[name], place, 0)
                found = check([*whole[:at], Entry(**values), *whole[at + 1 :]])
                assert found.broken is not None, (at, name, place)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(tmp_path / "ledger.sqlite") as opened:
        yield opened


def seal(ledger: Ledger, day: int) -> roots.Root:
    with ledger.begin() as connection:
        return roots.seal(
            connection, f"run-{day}", date(2026, 11, day), NOW + timedelta(days=day)
        )


def test_entries_survive_the_ledger_and_an_edit_of_it_does_not(ledger: Ledger) -> None:
    key = -(2**63)
    with ledger.begin() as connection:
        for number in range(5):
            chain.append(connection, Kind.ACCESS, NOW, {"item": f"AH-{number}", "by": key})
    with ledger.read() as connection:
        assert chain.verify_chain(connection).entries == 5
        assert [entry.body["by"] for entry in chain.entries(connection)] == [key] * 5
        assert chain.counts(connection)["access"] == 5
    path = ledger.where
    with closing(sqlite3.connect(path)) as other, other:
        other.execute("UPDATE chain_entry SET body_json = replace(body_json, 'AH-2', 'AH-9')")
    with ledger.read() as connection:
        broken = chain.verify_chain(connection).broken
    assert broken == chain.Broken(3, "it is not what was written")


def test_what_is_rolled_back_is_not_in_the_chain(ledger: Ledger) -> None:
    with pytest.raises(RuntimeError), ledger.begin() as connection:
        chain.append(connection, Kind.PURGE, NOW, {})
        raise RuntimeError
    with ledger.read() as connection:
        assert chain.head(connection) is None


def test_a_root_kept_elsewhere_finds_entries_cut_off_and_a_chain_made_anew(
    ledger: Ledger,
) -> None:
    kept = [seal(ledger, day) for day in (20, 21, 22)]
    assert len({root.hex for root in kept}) == 3
    with ledger.read() as connection:
        assert list(roots.roots(connection)) == kept
        assert roots.newest_root(connection) == kept[-1]
    with ledger.begin() as connection:
        connection.exec_driver_sql("DELETE FROM chain_entry WHERE number = 3")
    with ledger.read() as connection:
        assert chain.verify_chain(connection).broken is None
        assert kept[-1] not in list(roots.roots(connection))
    with ledger.begin() as connection:
        connection.exec_driver_sql("DELETE FROM chain_entry")
    seal(ledger, 19)
    again = [seal(ledger, day) for day in (20, 21, 22)]
    assert not {root.hex for root in again} & {root.hex for root in kept}


def test_a_root_covers_the_files_of_facts(ledger: Ledger) -> None:
    first = seal(ledger, 20)
    with ledger.begin() as connection:
        before = roots.manifest_digest(connection)
        connection.exec_driver_sql(
            "INSERT INTO batch (path, kind, relation, rows, bytes, sha256, schema_version, run_id)"
            " VALUES ('a', 'directory', 'hat', 1, 1, 'ab', 1, 'run')"
        )
        assert roots.manifest_digest(connection) != before
    assert seal(ledger, 20).hex != first.hex
