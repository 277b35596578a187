"""Where one message of an mbox file ends and the next begins."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from auditor.source import Malformed
from connectors.mail.archives import SingleMessage
from connectors.mail.mbox import LARGEST_HEADER, MboxReader, RawMessage
from tests.connectors.mail_world import POSTMARK, SENT, Trickle, drop, header, mail, mbox, pull

CALM = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

DOUBT = "line that looks like the start of a message, read as text of the one before"
THREE = [mail(id=f"<{n}@mail.marlow.example>") for n in range(3)]


def ids(folder: Path, content: bytes) -> list[str]:
    return [m.native_id for m in pull(drop(folder / "all.mbox", content)).messages]


def split(content: bytes) -> tuple[list[RawMessage], int]:
    reader = MboxReader(Trickle(content, [1 << 20]))
    return list(reader.messages()), reader.doubtful


@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
def test_messages_are_found_with_either_line_end(tmp_path: Path, end: bytes) -> None:
    content = mbox(*THREE).replace(b"\n", end)
    assert ids(tmp_path, content) == [f"{n}@mail.marlow.example" for n in range(3)]


@pytest.mark.parametrize(
    "postmark",
    [
        b"From coach@marlow.example Tue Nov 10 14:30:00 2026",
        b"From coach@marlow.example  Tue Nov 10 14:30:00 2026 -0500",
        b"From 1849231@xxx Tue Nov 10 14:30:00 +0000 2026",
        b"From - Tue Nov 10 14:30:00 2026",
        b"From Tue Nov 10 14:30:00 2026",
        b'From "dana coach"@marlow.example Tue Nov 10 14:30:00 2026',
        b"From x@[1086695621] [ufa]  Tue Nov 10 14:30:00 2026",
        b"From Dana Mon Coach Tue Nov 10 14:30:00 2026",
        b"From MAILER-DAEMON Tue, 10 Nov 2026 14:30:00 GMT",
    ],
)
def test_every_common_from_line_starts_a_message(tmp_path: Path, postmark: bytes) -> None:
    assert len(ids(tmp_path, mbox(*THREE, postmark=postmark + b"\n"))) == 3


def test_a_file_may_start_with_a_mark_blank_lines_or_no_from_line(tmp_path: Path) -> None:
    whole = mbox(*THREE)
    for lead in (b"\xef\xbb\xbf", b"\n\r\n \n"):
        assert len(ids(tmp_path, lead + whole)) == 3
    assert len(ids(tmp_path, whole.removeprefix(POSTMARK))) == 3


@pytest.mark.parametrize(
    "line",
    [
        "From here on we meet at the field.",
        ">From coach@marlow.example Tue Nov 10 14:30:00 2026",
        "from coach@marlow.example Tue Nov 10 14:30:00 2026",
        " From coach@marlow.example Tue Nov 10 14:30:00 2026",
    ],
)
def test_text_that_begins_with_from_stays_text(tmp_path: Path, line: str) -> None:
    body = f"Hello,\n\n{line}\n\nDana\n"
    read = pull(drop(tmp_path / "all.mbox", mbox(mail(body=body), *THREE[1:])))
    assert len(read.messages) == 3
    assert DOUBT not in read.notes


@pytest.mark.parametrize(
    "text",
    [
        # A date, but no blank line before.
        "Hello,\nFrom coach@marlow.example Tue Nov 10 14:30:00 2026\nSubject: x\n",
        # A date, but no header after.
        "Hello,\n\nFrom coach@marlow.example Tue Nov 10 14:30:00 2026\nhe wrote\n",
        # A blank line before and a header after, but no date: another writer's habit.
        "Hello,\n\nFrom coach@marlow.example\nReturn-Path: <coach@marlow.example>\n",
        "Hello,\n\nFrom - \nX-Mozilla-Status: 0001\n",
    ],
)
def test_what_could_have_been_a_start_is_counted(tmp_path: Path, text: str) -> None:
    read = pull(drop(tmp_path / "all.mbox", mbox(mail(body=text), *THREE[1:])))
    assert len(read.messages) == 3
    assert read.notes[DOUBT] == 1


def test_a_start_inside_a_header_block_is_counted(tmp_path: Path) -> None:
    read = pull(drop(tmp_path / "all.mbox", mbox(header(), mail()).replace(b"\n\n", b"\n", 1)))
    assert (len(read.messages), read.notes[DOUBT]) == (1, 1)


def test_content_length_is_not_believed(tmp_path: Path) -> None:
    lying = mail("Content-Length: 100000")
    assert len(ids(tmp_path, mbox(lying, *THREE[1:]))) == 3


def test_a_body_without_line_ends_larger_than_any_buffer_is_passed_over(tmp_path: Path) -> None:
    huge = mail(body="x" * (3 << 20) + "\n")
    assert len(ids(tmp_path, mbox(huge, *THREE[1:]))) == 3


def test_a_last_message_without_an_end_counts(tmp_path: Path) -> None:
    whole = mbox(*THREE)
    assert len(ids(tmp_path, whole.rstrip(b"\n"))) == 3
    header_only = whole.rpartition(b"\n\n")[0].rpartition(b"\n\n")[0]
    assert len(ids(tmp_path, header_only)) == 3


def test_an_empty_file_is_an_empty_mailbox(tmp_path: Path) -> None:
    for content in (b"", b"\n\n  \n"):
        read = pull(drop(tmp_path / "all.mbox", content))
        assert (read.messages, read.rejected, len(read.files)) == ([], [], 1)


@pytest.mark.parametrize("content", [b"PK\x03\x04 not mail", b"Once upon a time\n", b"\x00" * 50])
def test_a_file_that_is_no_mbox_stops_the_source(tmp_path: Path, content: bytes) -> None:
    drop(tmp_path / "drop" / "a.mbox", mbox(*THREE))
    drop(tmp_path / "drop" / "b.mbox", content)
    with pytest.raises(Malformed, match=r"b\.mbox: it is no mbox file.*Export it again"):
        pull(tmp_path / "drop")


def test_a_header_block_beyond_all_bounds_is_refused_by_its_place(tmp_path: Path) -> None:
    endless = mail("X-Filler: " + "y" * (LARGEST_HEADER + 10))
    folded = mail("To: " + "\n ,".join(["kid@marlow.example"] * (LARGEST_HEADER // 18)))
    read = pull(drop(tmp_path / "all.mbox", mbox(THREE[0], endless, folded, THREE[2])))
    assert [m.native_id[0] for m in read.messages] == ["0", "2"]
    assert [(r.file, r.line, r.field) for r in read.rejected] == [
        ("all.mbox", 2, None),
        ("all.mbox", 3, None),
    ]
    assert "larger than 1,048,576 bytes" in read.rejected[0].reason


def test_a_megabyte_of_folded_lines_is_read(tmp_path: Path) -> None:
    """Joined line by line this would take minutes."""
    folds = "\n ".join(f"kid{n}@marlow.example," for n in range(40_000))
    read = pull(drop(tmp_path / "all.mbox", mbox(mail(to=folds))))
    assert len(read.message.parties) == 40_001


def test_the_date_of_the_from_line_is_the_last_resort(tmp_path: Path) -> None:
    for sender in (b"", b"coach@marlow.example ", b"x [y] ", b"Dana Mon Coach  "):
        postmark = b"From %sTue Nov 10 14:30:00 2026\n" % sender
        message = pull(drop(tmp_path / "all.mbox", mbox(mail(date=None), postmark=postmark))).message
        assert message.sent_at == SENT
        assert message.unparsed == ()


# ---- however the disk gives its bytes -------------------------------------------------------

_FRAGMENTS = [
    POSTMARK, b"\n" + POSTMARK, b"\nFrom - \nA: b\n", b"From ", b">From x\n", b"\nFrom here on\n",
    b"Subject: x\n", b"To: kid@marlow.example\r\n", b"X-MS-Journal-Report:\n", b"\n", b"\r\n",
    b"\r", b" folded\n", b"text\n", b"\xef\xbb\xbf", b"From " + b"y" * 1_200 + b"\n", b"z" * 1_500,
    b"\n\n", b"From a@b Tue Nov 10 14:30:00 2026",
]  # fmt: skip
_CONTENT = st.lists(st.sampled_from(_FRAGMENTS), max_size=14).map(b"".join)
_SIZES = st.lists(st.integers(1, 3_000), min_size=1, max_size=5) | st.just([1])


def wants_some(header: bytes) -> bool:
    return b"X-MS" in header


@CALM
@given(_CONTENT, _SIZES)
def test_portions_change_nothing_about_an_mbox(content: bytes, sizes: list[int]) -> None:
    whole = MboxReader(Trickle(content, [1 << 20]), wants_some)
    pieces = MboxReader(Trickle(content, sizes), wants_some)
    assert list(pieces.messages()) == list(whole.messages())
    assert pieces.doubtful == whole.doubtful


@CALM
@given(_CONTENT, _SIZES)
def test_portions_change_nothing_about_a_single_message(content: bytes, sizes: list[int]) -> None:
    whole = SingleMessage(Trickle(content, [1 << 20]), wants_some)
    pieces = SingleMessage(Trickle(content, sizes), wants_some)
    assert list(pieces.messages()) == list(whole.messages())


@CALM
@given(st.lists(st.text("ab:\n\r >F", max_size=60), min_size=1, max_size=6))
def test_what_was_written_as_mbox_is_read_as_many_messages(bodies: list[str]) -> None:
    """Bodies quoted as mboxrd says never start a message of their own."""
    messages = [
        f"Message-ID: <{n}@x>\nFrom: coach@marlow.example\n\n{body.replace('From ', '>From ')}\n"
        for n, body in enumerate(bodies)
    ]
    found, doubtful = split(mbox(*(m.encode() for m in messages)))
    assert [raw.header for raw in found] == [m.partition("\n\n")[0].encode() for m in messages]
    assert doubtful == 0
