"""Any rows come back as written; any bytes end in accounted rows or a clear error."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.model import Message
from auditor.source import SourceError
from connectors.tables.layout import COMMUNICATIONS, ROSTER_TABLES, TABLES
from tests.connectors.tables_world import HEADERS, pull, write

CELL = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp", "Zs")), min_size=1, max_size=8
)
ID = CELL.filter(lambda text: "@" not in text and ";" not in text and text == text.strip())
NUMBERS = st.integers(min_value=0, max_value=10**6)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(st.tuples(ID, ID, st.lists(ID, max_size=4), NUMBERS), min_size=1, max_size=8),
    order=st.permutations(["external_id", "sent_at", "channel", "sender_id", "recipient_ids"]),
)
def test_what_is_written_is_what_is_read(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, str, list[str], int]],
    order: list[str],
) -> None:
    text = io.StringIO(newline="")
    written = csv.DictWriter(text, order)
    written.writeheader()
    moment = "2026-09-14T12:00:00.{:06d}Z"
    for native_id, sender, recipients, fraction in rows:
        written.writerow(
            {
                "external_id": native_id,
                "sent_at": moment.format(fraction % 10**6),
                "channel": "app",
                "sender_id": sender,
                "recipient_ids": ";".join(recipients),
            }
        )
    base = tmp_path_factory.mktemp("drop")
    write(base / "drop/w.csv", text.getvalue())
    pulled = pull(base, kind="communications", tool="app")
    assert (pulled.rejected, pulled.records) == ((), len(rows))
    for message, (native_id, sender, recipients, fraction) in zip(
        pulled.messages, rows, strict=True
    ):
        assert message.native_id == native_id
        assert message.sent_at.microsecond == fraction % 10**6
        wanted = dict.fromkeys((sender, *recipients))
        assert [party.address.text for party in message.parties] == list(wanted)
        assert message.recipients_hidden == (not recipients)


@settings(max_examples=150, deadline=None)
@given(
    content=st.one_of(
        st.binary(max_size=300),
        st.lists(
            st.sampled_from([*HEADERS.values(), "a,b", '"', "\n", "\r\n", ",", "\0", "x", "é", ";"])
        ).map(lambda parts: "".join(parts).encode()),
        st.tuples(st.sampled_from(list(HEADERS.values())), st.binary(max_size=200)).map(
            lambda parts: parts[0].encode() + b"\n" + parts[1]
        ),
    ),
    kind=st.sampled_from(list(TABLES)),
)
def test_any_bytes_end_in_accounted_rows_or_a_clear_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, kind: str
) -> None:
    base = tmp_path_factory.getbasetemp() / "any-bytes"
    write(base / "drop/w.csv", content)
    try:
        pulled = pull(base, kind=kind)
    except SourceError as error:
        assert error.what
        assert error.cure
        return
    if kind == COMMUNICATIONS.name:
        used = sum(isinstance(fact, Message) for fact in pulled.facts)
        assert pulled.records == used + len(pulled.rejected)
    assert pulled.records >= len(pulled.rejected)


@settings(max_examples=80, deadline=None)
@given(
    cells=st.lists(st.text(max_size=12), min_size=16, max_size=16),
    name=st.sampled_from(list(ROSTER_TABLES)),
)
def test_any_cells_make_facts_or_a_reason(
    tmp_path_factory: pytest.TempPathFactory, cells: list[str], name: str
) -> None:
    columns = ROSTER_TABLES[name].columns
    text = io.StringIO(newline="")
    csv.writer(text).writerows([columns, cells[: len(columns)]])
    base = tmp_path_factory.getbasetemp() / "any-cells"
    write(base / "drop/w.csv", text.getvalue().encode("utf-8", "replace"))
    try:
        pulled = pull(base, kind=name)
    except SourceError as error:
        assert error.cure
        return
    assert pulled.facts or pulled.rejected or pulled.records == 0
