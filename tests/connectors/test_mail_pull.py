"""The mail source as a whole: what it accounts for, what it covers, and what it never keeps."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from auditor.source import DayState, FactKind, Malformed, Window
from connectors.mail import connect
from tests.connectors.mail_world import (
    Read,
    context,
    drop,
    mail,
    mbox,
    pull,
)
from tests.connectors.test_mail_journal import report

CANARY = "canary-that-must-not-be-kept"


def on(day: date, n: int = 0) -> bytes:
    return mail(date=f"{day:%d %b %Y} 12:00:00 -0500", id=f"<{day}-{n}@mail.marlow.example>")


def states(read: Read) -> str:
    """Return the days' states in one word: R for read, - for missing, ? for part."""
    marks = {DayState.READ: "R", DayState.PART: "?", DayState.MISSING: "-"}
    return "".join(marks[day.state] for day in read.coverage)


NOVEMBER = {n: date(2026, 11, n) for n in range(1, 31)}


# ---- accounting ----------------------------------------------------------------------------


def test_every_record_is_used_rejected_or_left_out_and_counted(tmp_path: Path) -> None:
    root = tmp_path / "drop"
    messages = [on(NOVEMBER[10], n) for n in range(4_500)]
    messages[7] = mail(sender=None)
    messages[8] = mail("X-Gmail-Labels: Drafts")
    drop(root / "all.mbox", mbox(*messages))
    drop(root / "1.eml", on(NOVEMBER[11]))
    drop(root / "2.zip", b"PK")
    drop(root / "3.csv", b"a,b\n")
    read = pull(root)
    assert (len(read.messages), len(read.rejected)) == (4_499, 2)
    assert read.records == 4_502 == 4_499 + 2 + 1
    assert [f.name for f in read.files] == ["1.eml", "all.mbox"]
    assert max(page.records_read for page in read.pages) <= 2_000
    assert [(r.file, r.line) for r in read.rejected] == [("2.zip", None), ("all.mbox", 8)]


def test_two_pulls_deliver_the_same(tmp_path: Path) -> None:
    drop(tmp_path / "drop" / "a.mbox", mbox(*(on(NOVEMBER[n]) for n in range(9, 14))))
    drop(tmp_path / "drop" / "b.eml", mail(id=None, sender="Dana Coach"))
    assert pull(tmp_path / "drop") == pull(tmp_path / "drop")


def test_messages_outside_the_window_are_delivered_too(tmp_path: Path) -> None:
    old = drop(tmp_path / "all.mbox", mbox(on(date(2026, 3, 1)), on(NOVEMBER[12])))
    assert len(pull(old).messages) == 2


# ---- files already read --------------------------------------------------------------------


def test_a_file_already_read_delivers_nothing_and_still_covers_its_days(tmp_path: Path) -> None:
    path = drop(tmp_path / "all.mbox", mbox(*(on(NOVEMBER[n]) for n in (9, 12, 12, 15))))
    first = pull(path)
    again = pull(path, already_read=frozenset(f.sha256 for f in first.files))
    assert (again.messages, again.rejected, again.files, again.records) == ([], [], [], 0)
    assert again.coverage == first.coverage
    assert [day.records for day in again.coverage] == [1, 0, 0, 2, 0, 0, 1]


def test_a_file_that_changed_is_read_again(tmp_path: Path) -> None:
    path = drop(tmp_path / "all.mbox", mbox(on(NOVEMBER[9])))
    known = frozenset(f.sha256 for f in pull(path).files)
    drop(path, mbox(on(NOVEMBER[9]), on(NOVEMBER[10])))
    assert len(pull(path, already_read=known).messages) == 2


def test_an_old_file_already_read_vouches_for_no_later_day(tmp_path: Path) -> None:
    """What a first reading called missing must not turn into "nothing found" at the second."""
    root = tmp_path / "drop"
    september = datetime(2026, 9, 2, 13, tzinfo=UTC)
    old = drop(root / "old.mbox", mbox(on(date(2026, 9, 1))), at=september)
    drop(root / "new.mbox", mbox(*(on(NOVEMBER[n]) for n in (12, 13, 15))))
    fresh = pull(root)
    assert states(fresh) == "---RRRR"
    known = frozenset(f.sha256 for f in pull(old).files)
    later = pull(root, already_read=known)
    assert states(later) == states(fresh)
    assert len(later.messages) == 3


def test_monthly_files_already_read_still_connect_to_the_newest(tmp_path: Path) -> None:
    root = tmp_path / "drop"
    for month, days in ((9, 30), (10, 31)):
        first = date(2026, month, 1)
        whole = mbox(*(on(first + timedelta(days=n)) for n in range(days)))
        written = datetime(2026, month + 1, 1, 9, tzinfo=UTC)
        drop(root / f"2026-{month:02}.mbox", whole, at=written)
    known = frozenset(f.sha256 for f in pull(root).files)
    drop(root / "2026-11.mbox", mbox(*(on(NOVEMBER[n]) for n in range(10, 16))))
    assert states(pull(root, already_read=known)) == "RRRRRRR"


# ---- which days are covered ----------------------------------------------------------------


def test_a_full_week_is_read_with_its_counts(tmp_path: Path) -> None:
    days = [NOVEMBER[n] for n in (1, 9, 9, 10, 13, 15)]
    read = pull(drop(tmp_path / "all.mbox", mbox(*map(on, days, range(6)))))
    assert states(read) == "RRRRRRR"
    assert [day.records for day in read.coverage] == [2, 1, 0, 0, 1, 0, 1]
    assert [day.day for day in read.coverage] == [NOVEMBER[n] for n in range(9, 16)]


def test_the_day_a_file_was_written_on_is_not_over(tmp_path: Path) -> None:
    at = datetime(2026, 11, 13, 18, tzinfo=UTC)
    read = pull(drop(tmp_path / "all.mbox", mbox(on(NOVEMBER[9]), on(NOVEMBER[13])), at=at))
    assert states(read) == "RRRR---"
    assert read.coverage[4].records is None
    assert read.coverage[4].reason == "no file newer than 2026-11-13"


def test_days_are_the_district_s_own(tmp_path: Path) -> None:
    late = mail(date="Tue, 10 Nov 2026 03:30:00 +0000")  # still Monday evening in New York
    read = pull(drop(tmp_path / "all.mbox", mbox(late), at=datetime(2026, 11, 11, 4, tzinfo=UTC)))
    assert states(read) == "R------"
    assert read.coverage[0].records == 1


def test_days_before_the_first_message_are_not_covered(tmp_path: Path) -> None:
    path = drop(tmp_path / "all.mbox", mbox(on(NOVEMBER[12]), on(NOVEMBER[15])))
    read = pull(path)
    assert states(read) == "---RRRR"
    assert read.coverage[0].reason == "no file reaches back that far"
    assert states(pull(path, covers_from=NOVEMBER[10])) == "-RRRRRR"
    assert states(pull(path, covers_from="2026-11-01")) == "RRRRRRR"


def test_an_export_that_fell_silent_is_not_believed_for_long(tmp_path: Path) -> None:
    path = drop(tmp_path / "all.mbox", mbox(on(NOVEMBER[9]), on(NOVEMBER[11])))
    read = pull(path)
    assert states(read) == "RRR----"
    assert read.coverage[3].reason == (
        "the newest file is of 2026-11-16, but its newest record is of 2026-11-11"
    )
    assert states(pull(path, quiet_days=5)) == "RRRRRRR"
    weekend = drop(tmp_path / "more.mbox", mbox(on(NOVEMBER[9]), on(NOVEMBER[12])))
    assert states(pull(weekend)) == "RRRRRRR"


def test_a_stray_old_message_does_not_vouch_for_months(tmp_path: Path) -> None:
    path = drop(
        tmp_path / "all.mbox", mbox(on(date(2024, 1, 1)), on(NOVEMBER[12]), on(NOVEMBER[15]))
    )
    read = pull(path)
    assert states(read) == "---RRRR"
    assert read.coverage[2].reason == "no record between 2024-01-01 and 2026-11-12"


def test_a_message_from_the_future_changes_no_day(tmp_path: Path) -> None:
    week = [on(NOVEMBER[n]) for n in (9, 12)]
    future = mbox(on(date(2027, 6, 1)), postmark=b"From - Tue Jun  1 12:00:00 2027\n")
    plain = pull(drop(tmp_path / "a.mbox", mbox(*week)))
    odd = pull(drop(tmp_path / "b.mbox", mbox(*week) + future))
    assert len(odd.messages) == 3
    assert states(odd) == states(plain) == "RRRRRRR"
    only = pull(drop(tmp_path / "1.eml", on(date(2027, 6, 1))))
    assert states(only) == "-------"
    assert only.coverage[0].reason == "the files hold no dated record"


def test_a_drop_without_mail_covers_nothing(tmp_path: Path) -> None:
    (tmp_path / "drop").mkdir()
    for _ in range(2):
        read = pull(tmp_path / "drop")
        assert states(read) == "-------"
        assert read.coverage[0].reason == "no file in drop"
        assert all(day.records is None for day in read.coverage)
        drop(tmp_path / "drop" / "1.zip", b"PK")


def test_coverage_is_given_once_for_the_days_asked(tmp_path: Path) -> None:
    path = drop(tmp_path / "all.mbox", mbox(*(on(NOVEMBER[9], n) for n in range(2_500))))
    read = pull(path, window=Window(NOVEMBER[9], NOVEMBER[9]))
    assert [page.coverage == () for page in read.pages] == [True, False]
    assert [(d.day, d.records) for d in read.coverage] == [(NOVEMBER[9], 2_500)]


# ---- settings and reach --------------------------------------------------------------------


def test_every_mistake_in_the_settings_is_named_at_once(tmp_path: Path) -> None:
    wrong = {
        "path": " ",
        "tool": 7,
        "format": "pst",
        "quiet_days": 0,
        "covers_from": "August",
        "paht": "x",
    }
    broken = replace(context(tmp_path), settings=wrong)
    with pytest.raises(ValueError, match="paht") as caught:
        connect(broken)
    for name in ("path must", "tool must", "format must", "quiet_days must", "covers_from must"):
        assert name in str(caught.value)


@pytest.mark.parametrize("quiet_days", [True, "4", 1.5, -1])
def test_quiet_days_is_a_number_of_days(tmp_path: Path, quiet_days: object) -> None:
    with pytest.raises(ValueError, match="quiet_days"):
        connect(context(tmp_path, quiet_days=quiet_days))


def test_a_source_reads_nothing_until_it_is_asked(tmp_path: Path) -> None:
    source = connect(context(tmp_path / "not-there"))
    assert source.provides == {FactKind.MESSAGES}
    assert source.context.name == "mail"
    (result,) = source.check()
    assert (result.ok, result.cure) == (
        False,
        "Create it, or set the source's path to where the files are dropped",
    )


def test_a_check_says_what_lies_there(tmp_path: Path) -> None:
    root = tmp_path / "drop"
    drop(root / "3.csv", b"a,b\n")
    (empty,) = connect(context(root)).check()
    assert not empty.ok
    assert empty.text.endswith("no mail files yet")
    drop(root / "1.eml", mail())
    drop(root / "all.mbox", mbox(mail(body="x" * 1_500_000)))
    (result,) = connect(context(root)).check()
    assert result.ok
    assert result.text.endswith("2 mail files, 1.5 MB, newest of 2026-11-16")


# ---- what is never kept --------------------------------------------------------------------


def test_no_subject_body_name_or_unwanted_header_is_kept(tmp_path: Path) -> None:
    secret = mail(
        f"Subject: {CANARY}",
        f"Cc: {CANARY} <lee@marlow.example>, ({CANARY}) a@x.example, {CANARY}, team:;",
        f"X-Note: {CANARY}\n {CANARY}",
        f"Comments: {CANARY}",
        f"Received: from {CANARY}; Tue, 10 Nov 2026 09:31:00 -0500",
        f'Content-Type: text/plain; name="{CANARY}.txt"',
        sender=f'"{CANARY}" <coach@marlow.example>',
        body=f"\n{CANARY}\n\nFrom {CANARY}\n",
    )
    root = tmp_path / "drop"
    drop(root / f"{CANARY}.eml", secret)
    drop(root / "all.mbox", mbox(secret, secret.replace(b"From:", b"X-From:", 1)))
    drop(root / CANARY, report("Sender: coach@marlow.example", f"Subject: {CANARY}"))
    drop(root / f"no mail {CANARY}.pdf", CANARY.encode())
    drop(root / f"{CANARY}.zip", CANARY.encode())
    drop(root / "draft.eml", mail("X-Unsent: 1", f"Subject: {CANARY}"))
    drop(root / "new" / f"{CANARY} 1", secret)
    read = pull(root)
    assert (len(read.messages), len(read.rejected)) == (4, 2)
    assert CANARY not in repr(read)


def test_errors_name_the_place_and_nothing_of_the_text(tmp_path: Path) -> None:
    path = drop(tmp_path / "all.mbox", f"{CANARY} is not an mbox\n".encode())
    with pytest.raises(Malformed, match=r"all\.mbox") as caught:
        pull(path)
    assert CANARY not in str(caught.value)
