"""How fast and how small the mail connector is: ``python benchmarks/mail_speed.py``.

Three measurements, each in a process of its own: reading headers into facts, the same with
landing them in a lake, both in messages per second of one core (CPU time, so that a busy machine
does not count), and the most memory held while a very large mbox file is read.

The first two read real mail if ``make corpora`` was run, else generated mail; the file is
repeated until it holds ``--messages``. The last reads a generated file of ``--gigabytes``.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import cycle
from pathlib import Path
from random import Random
from time import perf_counter, process_time
from zoneinfo import ZoneInfo

if __package__ in (None, ""):  # run as a file: its own folder is on the path, not the repository
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from auditor.keys import AddressRules, Keyring
from auditor.lake import Lake
from auditor.ledger import Ledger
from auditor.source import Page, SourceContext, Window
from connectors.mail import connect

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT / ".cache" / "corpora" / "spam-assassin" / "all.mbox"
WEEK = Window(date(2026, 11, 9), date(2026, 11, 15))
ZONE = "America/New_York"
TARGET_PER_SECOND = 5_000
TARGET_MEBIBYTES = 300
SEED = 7


@dataclass(frozen=True, slots=True)
class Measured:
    """What one process needed."""

    what: str
    messages: int
    rejected: int
    megabytes: float
    cpu_seconds: float
    seconds: float
    peak_mebibytes: float

    @property
    def per_second(self) -> float:
        """Messages per second of one core."""
        return self.messages / self.cpu_seconds


# ---- what is measured ----------------------------------------------------------------------


def pages(path: Path) -> Iterator[Page]:
    context = SourceContext("mail", "Mail", ZONE, AddressRules(), "/", {"path": str(path)})
    return connect(context).pull(WEEK)


def read(path: Path) -> tuple[int, int]:
    """Read everything and keep nothing; return the messages and the rejected ones."""
    messages = rejected = 0
    for page in pages(path):
        messages += len(page.facts)
        rejected += len(page.rejected)
    return messages, rejected


def land(path: Path) -> tuple[int, int]:
    """Read everything into a new lake; return the messages and the rejected ones."""
    with tempfile.TemporaryDirectory(dir=path.parent) as name:
        ledger = Ledger.open(Path(name) / "ledger.db")
        with ledger:
            lake = Lake(Path(name) / "data", ledger)
            keyring = Keyring(bytes(range(32)))
            with lake.landing(
                source="mail", run_id="run-1", keyring=keyring, timezone=ZoneInfo(ZONE)
            ) as landing:
                for page in pages(path):
                    landing.add(page)
                landed = landing.commit()
    return landed.read - landed.rejected, landed.rejected


def measure(what: str, path: Path) -> Measured:
    """Measure in this process, which should do nothing else."""
    wall, cpu = perf_counter(), process_time()
    messages, rejected = (land if what == "land" else read)(path)
    return Measured(
        what,
        messages,
        rejected,
        round(path.stat().st_size / 1e6, 1),
        round(process_time() - cpu, 2),
        round(perf_counter() - wall, 2),
        round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    )


def in_its_own_process(what: str, path: Path) -> Measured:
    command = [sys.executable, __file__, "--one", what, str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return Measured(**json.loads(done.stdout))


# ---- mail to measure with ------------------------------------------------------------------


def repeated(corpus: Path, messages: int, path: Path) -> None:
    """Write a corpus again and again until there are that many messages."""
    content = corpus.read_bytes()
    times = max(1, round(messages / max(1, content.count(b"\nFrom ") + 1)))
    with path.open("wb") as file:
        for _ in range(times):
            file.write(content)


def generate(path: Path, *, messages: int | None = None, size: int | None = None) -> None:
    """Write mail of an invented district: that many messages, or that many bytes."""
    random = Random(SEED)
    people = [f"person{n}@marlow.example" for n in range(40_000)]
    # Some bodies are short, some carry attachments; one has lines that look like a start.
    lengths = [random.choice((400, 1_500, 4_000, 20_000, 150_000, 1_500_000)) for _ in range(60)]
    bodies = cycle([_body(random, length) for length in lengths])
    start = datetime(2026, 9, 1, 12, tzinfo=UTC)
    number = written = 0
    with path.open("wb") as file:
        while number < (messages or sys.maxsize) and written < (size or sys.maxsize):
            number += 1
            body = b"Short.\n" if messages else next(bodies)
            sent = start + timedelta(minutes=number % 100_000)
            written += file.write(_message(random, people, number, sent) + body + b"\n")


def _message(random: Random, people: Sequence[str], number: int, sent: datetime) -> bytes:
    sender = random.choice(people)
    named = [f'"Person, {a[6:9]}" <{a}>' for a in random.choices(people, k=random.randint(1, 12))]
    hops = "\n".join(
        f"Received: from mx{n}.marlow.example ([192.0.2.{n}])\n"
        f"\tby hub.marlow.example with ESMTPS id {number:x}{n}; {sent:%a, %d %b %Y %H:%M:%S} +0000"
        for n in range(4)
    )
    text = (
        f"From {sender} {sent:%a %b %d %H:%M:%S %Y}\n"
        f"Return-Path: <{sender}>\n{hops}\n"
        f"DKIM-Signature: v=1; a=rsa-sha256; d=marlow.example;\n\tb={'x' * 300}\n"
        f"Date: {sent:%a, %d %b %Y %H:%M:%S} +0000\nFrom: {sender}\n"
        f"To: {(','.join(named)).replace(',<', ', <')}\n"
        f"Message-ID: <{number}@mail.marlow.example>\n"
        f"References: <{number // 3}@mail.marlow.example>\n"
        f"Subject: Number {number}\nMIME-Version: 1.0\nContent-Type: text/plain\n\n"
    )
    return text.encode()


def _body(random: Random, length: int) -> bytes:
    lines = [b"Hello,", b"", b"From here on we meet at the field.", b">From a friend", b""]
    encoded = random.randbytes(57).hex().encode()
    lines += [encoded[n % 40 :] for n in range(length // 90)]
    return b"\n".join(lines) + b"\n"


# ---- the command ---------------------------------------------------------------------------


def run(*, messages: int, gigabytes: float, folder: Path, corpus: Path) -> list[Measured]:
    """Measure everything; the files are written to ``folder`` and removed again."""
    found: list[Measured] = []
    with tempfile.TemporaryDirectory(dir=folder) as name:
        path = Path(name) / "mail.mbox"
        if corpus.is_file():
            repeated(corpus, messages, path)
        else:
            generate(path, messages=messages)
        found += [in_its_own_process(what, path) for what in ("read", "land")]
        if gigabytes:
            generate(path, size=int(gigabytes * 1e9))
            found.append(in_its_own_process("large", path))
    return found


def show(found: Sequence[Measured]) -> None:
    print(f"{'':8}{'messages':>10}{'MB':>9}{'CPU s':>8}{'per s':>8}{'peak MiB':>10}")
    for one in found:
        print(
            f"{one.what:8}{one.messages:>10,}{one.megabytes:>9,.0f}{one.cpu_seconds:>8.1f}"
            f"{one.per_second:>8,.0f}{one.peak_mebibytes:>10,.0f}"
        )
    print(f"targets: read {TARGET_PER_SECOND:,} per s; large below {TARGET_MEBIBYTES} MiB")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--messages", type=int, default=60_460)
    parser.add_argument("--gigabytes", type=float, default=2.0, help="0 leaves it out")
    parser.add_argument("--folder", type=Path, default=None, help="where large files may go")
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="an mbox file of real mail")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--one", nargs=2, metavar=("WHAT", "FILE"), help=argparse.SUPPRESS)
    given = parser.parse_args(arguments)
    if given.one:
        what, file = given.one
        print(json.dumps(asdict(measure(what, Path(file)))))
        return 0
    folder = given.folder or Path(tempfile.gettempdir())
    found = run(
        messages=given.messages, gigabytes=given.gigabytes, folder=folder, corpus=given.corpus
    )
    if given.json:
        print(json.dumps([{**asdict(one), "per_second": round(one.per_second)} for one in found]))
    else:
        show(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
