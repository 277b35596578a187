"""What the mail readers answer to a fixed set of texts, as one digest a line.

Run as a script by every interpreter there is, with nothing installed: the answers must be the
same, and the readers must need nothing but the standard library and ``auditor``'s pure modules.
Further arguments are folders of real mail that are read as well.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

if __package__ in (None, ""):  # run as a file: its own folder is on the path, not the repository
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from auditor.keys import AddressRules
from auditor.model import Message
from connectors.envelope.addresses import read_addresses
from connectors.envelope.dates import read_date
from connectors.envelope.headers import Envelope, EnvelopeReader
from connectors.mail.archives import MailFormat, mail_files, open_messages
from connectors.mail.journal import JournalReader

ADDRESSES = [
    "a@x.org <a@x.org>",
    "undisclosed-recipients:;",
    "Team: a@x.org, B <b@x.org>;, c@x.org",
    '"Coach, Dana" <coach@marlow.example>, kid@marlow.example (Kid (the "kid") \\) )',
    "=?utf-8?q?D=C3=A1na?= <coach@marlow.example>, =?utf-8?b?YUB4Lm9yZw==?=",
    "=?utf-8?b?YUB4Lm9yZ?=, =?x?q?=4?=, =?utf-8?b?====?=, =?utf-8?b?YUB4Lm9yZw==AAAA?=",
    "a@x.\r\n org, b@x . org, <@r.example:c@x.org>, <smtp:d@x.org>",
    "dána@märlow.example, straße@straße.example, ΑΣ@ΣΑΣ.example, İ@x.example",
    "a@b\udcff.example, \ud800@x.example, a@x.org\x00, b@x.org",
    "(" * 5_000 + "a@x.org",
    "<" * 5_000 + "a@x.org>",
    ", ".join(f'"Kid, {n}" <kid{n}@marlow.example>' for n in range(3_000)),
]
DATES = [
    "Tue, 10 Nov 2026 12:00:00 -0000",
    "Tue, 10 Nov 2026 12:00:00 +0530 (IST)",
    "10 Nov 26 5:00 PM EST",
    "Tue Nov 10 12:00:00 EST 2026",
    "2026-11-10T12:00:00.123456789Z",
    "Thu, 31 Dec 2016 23:59:60 GMT",
    "1 Jan 101 00:00:00 -1400",
    "10 Nov 2026 ١٢:٠٠:٠٠",
    "Tue, 10 Nov 2026",
    "(" * 400 + "10 Nov 2026 12:00",
    "",
]
HEADERS = [
    b"From: a@x.org\nTo: b@x.org\nDate: 10 Nov 2026 12:00:00 +0000\nMessage-ID: <1@x>",
    b"FROM : a@x.org\r\nto:\r\n b@x.org\r\nDate: 10 Nov 2026 12:00\r\nMessage-ID: <1 \xe9@x>",
    b"From: a@x.org\nSender: c@x.org\nReceived: x; 10 Nov 2026 12:00:00 +0000\nCc: \xff@x.org",
    b"From: a@x.org\nDate: x\nX-Gmail-Labels: =?UTF-8?Q?Caf=C3=A9,Drafts?=",
    b"From: nobody\nDate: 10 Nov 2026 12:00:00 +0000",
    b"",
]


def answers(folders: Iterable[Path]) -> Iterator[str]:
    """Yield one line for each part: what was read and the digest of every answer to it."""
    yield _line("addresses", (repr(read_addresses(text)) for text in ADDRESSES))
    yield _line("dates", (str(read_date(text)) for text in DATES))
    reader = EnvelopeReader(tool="email", addresses=AddressRules())
    late = datetime(2027, 1, 1, tzinfo=UTC)
    envelope = Envelope(postmark="From x Tue Nov 10 12:00:00 2026", not_after=late)
    yield _line("headers", (_plain(reader.read(block, envelope)) for block in HEADERS))
    for folder in folders:
        yield _line(folder.name, _mail(folder))


def _mail(folder: Path) -> Iterator[str]:
    reader = EnvelopeReader(tool="email", addresses=AddressRules())
    journal = JournalReader(reader)
    for mail in mail_files(folder, MailFormat.AUTO):
        with open(mail.file.path, "rb") as stream:
            for raw in open_messages(mail.form, stream, journal.is_report).messages():
                if raw.header is None:
                    yield "too large"
                elif raw.body is not None:
                    yield _plain(journal.read(raw.header, raw.body, None))
                else:
                    yield _plain(reader.read(raw.header))


def _plain(answer: object) -> str:
    """Write an answer out; the way enumerations print themselves differs between versions."""
    if not isinstance(answer, Message):
        return repr(answer)
    parties = [
        (p.address.text, p.role.value, p.via_group and p.via_group.text) for p in answer.parties
    ]
    behalf = answer.on_behalf_of and answer.on_behalf_of.text
    return ascii((
        (answer.native_id, answer.channel.value, str(answer.sent_at), parties, answer.thread),
        (answer.automated.value, behalf, answer.recipients_hidden, answer.unparsed),
    ))


def _line(name: str, texts: Iterable[str]) -> str:
    lines = [ascii(text) for text in texts]
    digest = sha256("\n".join(lines).encode())
    return f"{name} {len(lines)} {digest.hexdigest()}"


if __name__ == "__main__":
    foreign = {m.partition(".")[0] for m in sys.modules} - set(sys.stdlib_module_names)
    foreign = {name for name in foreign if not name.startswith("_")} - {"auditor", "connectors"}
    if foreign:
        sys.exit(f"imported besides the standard library: {', '.join(sorted(foreign))}")
    for line in answers(map(Path, sys.argv[1:])):
        print(line)
