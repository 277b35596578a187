"""Message files as vendors leave them: mbox archives, a chat export, an LMS communications file."""

from __future__ import annotations

import csv
import io
import time
from base64 import b64encode
from collections.abc import Iterable, Sequence
from datetime import UTC
from email.utils import format_datetime

from benchmarks.sample.envelope import AppPost, Box, Mail, Note, Post

CANARY = "zephyrquill"
"""A word that stands only where nothing may be kept: bodies, subjects, file names, passwords."""

CHAT_HEADERS = (
    "Message Name", "Create Time", "Space", "Space Type", "Sender Email", "Participants"
)  # fmt: skip
COMMUNICATIONS_HEADERS = (
    "source", "external_id", "sent_at", "channel", "sender_id", "sender_email", "recipient_ids",
    "recipient_emails", "audience", "cc_ids", "team_id", "approved_by", "message_ref",
)  # fmt: skip
_BODIES = (
    "Please see the plan for this week.\nThank you.\n",
    "The room has changed; see the notice board.\n>From Monday on it is room 12.\n",
    f"Reminder ({CANARY}): forms are due on Friday.\n",
    "Yes, that works.\n",
    "Thanks for letting me know.\n\n> earlier text\n",
)
_SUBJECTS = ("This week", "Room change", f"Forms {CANARY}", "Your question", "Plan für Freitag")
_CALENDAR = (
    "BEGIN:VCALENDAR\nMETHOD:REQUEST\nBEGIN:VEVENT\nSUMMARY:Meeting\nEND:VEVENT\nEND:VCALENDAR\n"
)
_REPORT = (
    "--report\nContent-Type: message/delivery-status\n\nAction: failed\nStatus: 5.1.1\n\n"
    "--report\nContent-Type: text/rfc822-headers\n\nMessage-ID: <quoted@mail.marlow.example>\n\n"
    "--report--\n"
)


def mbox(mails: Iterable[Mail]) -> bytes:
    """Return an mbox archive (RFC 4155, "mboxrd" quoting) of ``mails`` in order of sending."""
    ordered = sorted(mails, key=lambda m: (m.sent_at, m.message_id, len(m.headers)))
    return "".join(_letter(mail) for mail in ordered).encode()


def _letter(mail: Mail) -> str:
    own = {name for name, _ in mail.headers}
    # asctime, unlike strftime, is the same in every locale, as the separator line requires
    lines = [f"From {mail.sender.email} {time.asctime(mail.sent_at.utctimetuple())}"]
    if "Return-Path" not in own:
        lines.append(f"Return-Path: <{mail.sender.email}>")
    lines.append(f"Date: {format_datetime(mail.sent_at)}")
    lines.append(f"From: {header_box(mail.sender)}")
    for name, boxes in (("To", mail.to), ("Cc", mail.cc), ("Bcc", mail.bcc)):
        if boxes:
            lines.append(f"{name}: " + ",\n ".join(map(header_box, boxes)))
    lines.append(f"Message-ID: <{mail.message_id}>")
    if mail.references:
        lines.append(f"In-Reply-To: <{mail.references[-1]}>")
        lines.append("References: " + "\n ".join(f"<{i}>" for i in mail.references))
    choice = int(mail.message_id[:6], 16)
    lines.append(f"Subject: {_words(_SUBJECTS[choice % len(_SUBJECTS)])}")
    lines.append("MIME-Version: 1.0")
    lines.append(f"Content-Type: {mail.content_type}")
    lines.extend(f"{name}: {value}" for name, value in mail.headers)
    return "\n".join(lines) + "\n\n" + _body(mail, choice) + "\n"


def _body(mail: Mail, choice: int) -> str:
    if mail.content_type.startswith("text/calendar"):
        return _CALENDAR
    if mail.content_type.startswith("multipart/report"):
        return _REPORT
    return _BODIES[choice % len(_BODIES)]


def _words(text: str) -> str:
    if text.isascii():
        return text
    return f"=?utf-8?b?{b64encode(text.encode()).decode()}?="


def header_box(box: Box) -> str:
    if not box.name:
        return box.email
    if not box.name.isascii():
        return f"{_words(box.name)} <{box.email}>"
    if box.name.replace(" ", "").isalpha():
        return f"{box.name} <{box.email}>"
    return f'"{box.name}" <{box.email}>'


def chat_export(posts: Iterable[Post]) -> bytes:
    """Return a chat export with a vendor's own headings (``chat.toml`` maps them)."""
    return csv_bytes(
        CHAT_HEADERS,
        (
            (
                post.external_id,
                post.sent_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                post.space,
                "SPACE" if post.group else "DIRECT_MESSAGE",
                post.author,
                ";".join(post.members),
            )
            for post in sorted(posts, key=lambda p: (p.sent_at, p.external_id))
        ),
    )


def communications(notes: Iterable[Note]) -> bytes:
    """Return LMS messages in the canonical ``communications`` form."""
    return csv_bytes(
        COMMUNICATIONS_HEADERS,
        (
            (
                "lms-messages",
                note.external_id,
                note.sent_at.isoformat(),
                "lms-message",
                note.sender_id,
                "",
                ";".join(note.to),
                "",
                "group" if len(note.to) > 1 else "individual",
                ";".join(note.cc),
                "",
                "",
                note.thread,
            )
            for note in sorted(notes, key=lambda n: (n.sent_at, n.external_id))
        ),
    )


def app_log(posts: Iterable[AppPost]) -> bytes:
    """Return messages of several apps in one log; each row's source says which app."""
    return csv_bytes(
        COMMUNICATIONS_HEADERS,
        (
            (
                post.tool,
                post.external_id,
                post.sent_at.isoformat(),
                "app",
                post.sender_id,
                "",
                ";".join(post.to),
                "",
                "group",
                "",
                "",
                "",
                "",
            )
            for post in sorted(posts, key=lambda p: (p.sent_at, p.external_id))
        ),
    )


def csv_bytes(
    headers: Sequence[str], rows: Iterable[Sequence[object]], *, mark: bool = False
) -> bytes:
    """Return a UTF-8 CSV; ``mark`` puts the byte order mark in front that spreadsheets leave."""
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\r\n")
    table.writerow(headers)
    table.writerows(rows)
    return text.getvalue().encode("utf-8-sig" if mark else "utf-8")
