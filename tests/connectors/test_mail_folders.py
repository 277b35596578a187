"""What lies in a mail drop: Maildirs, single messages, and everything that is no mail."""

from __future__ import annotations

import os
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from auditor.source import Denied, FileSeen, Transient
from connectors.mail import connect
from tests.connectors.mail_world import (
    WEEK,
    WRITTEN,
    context,
    drop,
    mail,
    mbox,
    pull,
    without_privileges,
)

NOT_MAIL = "not a mail file, left alone"
DRAFT = "draft left out: it was never sent"


def numbered(n: int) -> bytes:
    return mail(id=f"<{n}@mail.marlow.example>")


def found(read_from: Path, **settings: Any) -> set[str]:
    return {m.native_id.partition("@")[0] for m in pull(read_from, **settings).messages}


# ---- Maildir -------------------------------------------------------------------------------


@pytest.fixture
def maildir(tmp_path: Path) -> Path:
    root = tmp_path / "Maildir"
    for folder in ("cur", "new", "tmp"):
        (root / folder).mkdir(parents=True)
    drop(root / "cur" / "1794321000.M1P2.mx:2,S", numbered(1))
    drop(root / "new" / "1794321001.M2P2.mx", numbered(2))
    drop(root / "tmp" / "1794321002.M3P2.mx", numbered(3))
    return root


def test_a_maildir_is_its_cur_and_new_and_never_its_tmp(maildir: Path) -> None:
    assert found(maildir) == found(maildir, format="maildir") == {"1", "2"}


def test_the_hidden_subfolders_of_a_maildir_are_read(maildir: Path) -> None:
    drop(maildir / ".Sent" / "cur" / "1794321003.M4P2.mx:2,RS", numbered(4))
    drop(maildir / ".Sent.2025" / "new" / "1794321004.M5P2.mx", numbered(5))
    drop(maildir / ".Sent" / "tmp" / "1794321005.M6P2.mx", numbered(6))
    assert found(maildir) == found(maildir, format="maildir") == {"1", "2", "4", "5"}


@pytest.mark.parametrize("flags", [":2,D", ":2,DS", ":2,FD", ":2,RSDab", ";2,DS", "!2,D"])
def test_a_maildir_draft_was_never_sent(maildir: Path, flags: str) -> None:
    drop(maildir / "cur" / f"1794321006.M7P2.mx{flags}", numbered(7))
    read = pull(maildir)
    assert found(maildir) == {"1", "2"}
    assert read.notes == {DRAFT: 1}
    assert read.records == 3


@pytest.mark.parametrize("name", ["1794321006.DDDD.mx", "1794321006.M7.DX:2,S", "DDD", "1:2,S.D"])
def test_only_flags_make_a_maildir_draft(maildir: Path, name: str) -> None:
    drop(maildir / "new" / name, numbered(7))
    assert found(maildir) == {"1", "2", "7"}


def test_what_a_mail_server_keeps_beside_its_folders_is_no_mail(maildir: Path) -> None:
    drop(maildir / "dovecot-uidlist", b"3 V1275660208 N25022\n1 :1794321000.M1P2.mx\n")
    drop(maildir / "subscriptions", b"V\t2\n\nSent\n")
    drop(maildir / "maildirfolder", b"")
    read = pull(maildir)
    assert len(read.messages) == 2
    assert read.rejected == []
    assert [n.text for n in read.all_notes] == [NOT_MAIL] * 3


# ---- single messages -----------------------------------------------------------------------


def test_a_folder_of_single_messages_is_read_to_any_depth(tmp_path: Path) -> None:
    root = tmp_path / "drop"
    drop(root / "1.eml", numbered(1))
    drop(root / "2.EML", numbered(2).replace(b"\n", b"\r\n"))
    drop(root / "a" / "b" / "3", b"\xef\xbb\xbf\n" + numbered(3))
    drop(root / "a" / "4.txt", numbered(4))
    drop(root / "5.eml", mbox(numbered(5)))  # one message, saved with its From_ line
    drop(root / ".hidden.eml", numbered(6))
    drop(root / ".trash" / "7.eml", numbered(7))
    assert found(root) == {"1", "2", "3", "4", "5"}


def test_from_lines_in_the_body_of_a_single_message_start_nothing(tmp_path: Path) -> None:
    body = "\n" + mbox(numbered(8)).decode()
    assert len(pull(drop(tmp_path / "1.eml", mail(body=body))).messages) == 1


def test_one_file_may_be_the_whole_drop(tmp_path: Path) -> None:
    assert found(drop(tmp_path / "Sent", mbox(numbered(1), numbered(2)))) == {"1", "2"}
    assert found(drop(tmp_path / "x.dat", mbox(numbered(1))), format="mbox") == {"1"}
    assert found(drop(tmp_path / "x.dat", numbered(1)), format="eml") == {"1"}


def test_files_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    for n in (3, 1, 2):
        drop(tmp_path / "drop" / f"{n}.eml", numbered(n))
    assert [f.name for f in pull(tmp_path / "drop").files] == ["1.eml", "2.eml", "3.eml"]


@pytest.mark.parametrize(
    ("content", "field", "reason"),
    [
        (b"", None, "it has no header"),
        (b"no header here", None, "it has no header"),
        (mail(sender=None), "from", "the message has none"),
        (mail(sender="Dana Coach"), "from", "it cannot be read"),
        (mail(date=None), "date", "neither Date nor a Received line gives a date"),
        (mail(date="soon"), "date", "neither Date nor a Received line gives a date"),
        (mail("X: " + "y" * (1 << 20)), None, "its header is larger than"),
    ],
)
def test_a_message_that_cannot_be_used_is_counted_with_its_place(
    tmp_path: Path, content: bytes, field: str | None, reason: str
) -> None:
    read = pull(drop(tmp_path / "1.eml", content))
    (row,) = read.rejected
    assert (row.file, row.line, row.field) == ("1.eml", 1, field)
    assert row.reason.startswith(reason)
    assert (read.records, read.messages, len(read.files)) == (1, [], 1)


# ---- what is no mail -----------------------------------------------------------------------


def test_a_file_that_is_no_mail_is_left_alone_and_said(tmp_path: Path) -> None:
    drop(tmp_path / "drop" / "1.eml", numbered(1))
    drop(tmp_path / "drop" / "2.csv", b"a,b\n1,2\n")
    read = pull(tmp_path / "drop")
    assert [(n.file, n.text) for n in read.all_notes] == [("file 2 of the folder", NOT_MAIL)]
    assert (len(read.messages), read.rejected, read.records) == (1, [], 1)


@pytest.mark.parametrize("name", ["1.zip", "2.pst", "3.mbox.gz", "4.OST", "5.msg"])
def test_packed_mail_is_rejected_not_passed_over(tmp_path: Path, name: str) -> None:
    drop(tmp_path / "drop" / name, numbered(1))
    read = pull(tmp_path / "drop")
    (row,) = read.rejected
    assert row.reason == "packed mail is not read; unpack it or export it as mbox or EML"
    assert read.records == 1


def test_linked_folders_pipes_and_the_like_are_said_and_never_opened(tmp_path: Path) -> None:
    drop(tmp_path / "elsewhere" / "1.eml", numbered(1))
    root = tmp_path / "drop"
    drop(root / "2.eml", numbered(2))
    (root / "linked").symlink_to(tmp_path / "elsewhere")
    os.mkfifo(root / "pipe.eml")
    read = pull(root)
    assert [m.native_id[0] for m in read.messages] == ["2"]
    assert [n.text for n in read.all_notes] == [NOT_MAIL] * 2


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Your grade in math.eml", "file 1 of the folder (.eml)"),
        ("Your grade in math", "file 1 of the folder"),
        ("Fwd. your grade", "file 1 of the folder"),
        ("Оценка.eml", "file 1 of the folder (.eml)"),
        ("RE.txt", "file 1 of the folder (.txt)"),
        ("Ada.eml", "file 1 of the folder (.eml)"),
        ("00017.7c53336b37003a92.eml", "00017.7c53336b37003a92.eml"),
        ("17", "17"),
        ("new/Your grade in math", "new/file 1 of the folder"),
        ("cur/1794321000.M1P2.mx:2,S", "cur/1794321000.M1P2.mx:2,S"),
    ],
)
def test_a_file_name_that_may_be_a_subject_is_not_shown(
    tmp_path: Path, name: str, shown: str
) -> None:
    drop(tmp_path / "drop" / name, numbered(1))
    assert [f.name for f in pull(tmp_path / "drop").files] == [shown]


def test_an_mbox_file_is_called_by_its_name(tmp_path: Path) -> None:
    for name in ("Sent mail.mbox", "Inbox"):
        drop(tmp_path / "drop" / name, mbox(numbered(1)))
    assert [f.name for f in pull(tmp_path / "drop").files] == ["Inbox", "Sent mail.mbox"]


# ---- when reading goes wrong ----------------------------------------------------------------


def test_a_drop_that_is_not_there_is_denied_with_a_cure(tmp_path: Path) -> None:
    with pytest.raises(Denied, match=r"nowhere: there is no such file or folder\. Create it"):
        pull(tmp_path / "nowhere")


@pytest.mark.parametrize("what", ["file", "subfolder", "drop", "mbox"])
def test_what_may_not_be_read_is_denied_not_skipped(what: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name) / "drop"
        Path(name).chmod(0o755)
        file = drop(root / "sub" / ("1.mbox" if what == "mbox" else "1.eml"), mbox(numbered(1)))
        assert len(pull(root).messages) == 1
        target = {"subfolder": file.parent, "drop": root}.get(what, file)
        target.chmod(0)
        try:
            with without_privileges(), pytest.raises(Denied, match="may not read it"):
                pull(root)
        finally:
            target.chmod(0o755)


def test_a_drop_below_a_folder_that_may_not_be_entered_is_denied() -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name) / "locked" / "drop"
        drop(root / "1.eml", numbered(1))
        root.parent.chmod(0)
        try:
            with without_privileges(), pytest.raises(Denied):
                pull(root)
        finally:
            root.parent.chmod(0o755)


@pytest.mark.parametrize("change", ["grows", "is replaced", "goes away"])
def test_a_file_that_changes_while_it_is_read_is_not_believed(tmp_path: Path, change: str) -> None:
    path = drop(tmp_path / "all.mbox", mbox(*(numbered(n) for n in range(2_001))))
    pages = connect(context(path)).pull(WEEK)
    assert len(next(pages).facts) == 2_000
    if change == "grows":
        with path.open("ab") as stream:
            stream.write(mbox(numbered(2_002)))
    elif change == "goes away":
        path.unlink()
    else:
        drop(path, path.read_bytes()[::-1], at=WRITTEN.replace(minute=5))
    with pytest.raises(Transient, match=r"all\.mbox: it (changed|went away) while"):
        list(pages)


def test_a_file_is_seen_with_the_hash_of_all_of_it(tmp_path: Path) -> None:
    content = mail(body="x" * 3_000_000)
    (seen,) = pull(drop(tmp_path / "1.eml", content)).files
    assert seen == FileSeen("1.eml", len(content), WRITTEN, sha256(content).hexdigest())
