"""What the benchmark measures, one part for each process: land, audit, scan, pandas.

``python benchmarks/parts.py PART FOLDER`` prints one JSON object. A fresh interpreter for each
part keeps one's memory out of another's peak. The clocks start when the directory is ready and
stop when the last result is in memory; starting Python and its imports are in no figure but the
peak.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any
from zoneinfo import ZoneInfo

if __package__ in (None, ""):  # run as a file: its own folder is on the path, not the repository
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import duckdb
import pyarrow as pa

from auditor.engine import MEMORY, Inputs, open_engine
from auditor.keys import PEPPER_BYTES, Keyring
from auditor.lake import Lake
from auditor.ledger import Ledger
from auditor.rule import HIT_COLUMNS, load_rules
from benchmarks.plain_pandas import RULES as PLAIN
from benchmarks.sample.stream import FIRST, LAST, BenchWorld

SCANNED = {
    "message": (
        *("message_key", "channel", "epoch_us(sent_at)", "sent_day", "thread_key"),
        *("container_key", "automated", "on_behalf_of_key", "recipients_hidden", "unparsed"),
    ),
    "message_party": ("message_key", "address_key", "role", "via_group_key"),
}
"""The columns the facts read, and no others."""
_KEYRING = Keyring(bytes(PEPPER_BYTES))  # invented people need no secret
_UTC = ZoneInfo("UTC")
Files = tuple[tuple[Path, ...], tuple[Path, ...]]
Hits = dict[str, list[tuple[int | None, ...]]]


@dataclass(frozen=True, slots=True)
class Work:
    """Where a part works, and on what."""

    folder: Path
    messages: int
    seed: int
    threads: int | None


@dataclass(slots=True)
class Clock:
    """Wall and CPU seconds, of all threads, between two moments."""

    wall_s: float = 0.0
    cpu_s: float = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        wall, cpu = perf_counter(), _cpu()
        yield
        self.wall_s, self.cpu_s = perf_counter() - wall, _cpu() - cpu


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


@contextmanager
def _lake(folder: Path) -> Iterator[Lake]:
    with Ledger.open(folder / "ledger.sqlite") as ledger:
        yield Lake(folder / "data", ledger)


# ---- the parts -------------------------------------------------------------------------------


def land(work: Work, clock: Clock) -> Mapping[str, Any]:
    """Make the messages and commit them, as a connector's are."""
    world = BenchWorld(work.messages, work.seed)
    with _lake(work.folder) as lake, clock.running():
        lake.land(world.messages(), source="bench", run_id="bench", keyring=_KEYRING, timezone=_UTC)
    return {}


def audit(work: Work, clock: Clock) -> Mapping[str, Any]:
    """Answer every rule with the audit's own engine."""
    world = BenchWorld(work.messages, work.seed)
    directory, rules = world.directory_tables(_KEYRING), load_rules()
    spill = work.folder / "spill"
    spill.mkdir(exist_ok=True)
    with _lake(work.folder) as lake, clock.running():
        files = lake.message_files(FIRST, LAST)
        inputs = Inputs(*files, directory, world.first_day, world.last_day)
        with open_engine(inputs, temp_directory=spill, threads=work.threads) as engine:
            found = {
                rule.id: engine.run(rule, {n: p.default for n, p in rule.parameters.items()})
                for rule in (rules[name] for name in PLAIN)
            }
    keep_hits(work.folder, "audit", {rule: engine_rows(table) for rule, table in found.items()})
    return {}


def scan(work: Work, clock: Clock) -> Mapping[str, Any]:
    """Read every value the facts read, with the engine's own settings, and do nothing else."""
    with _lake(work.folder) as lake, clock.running():
        files = lake.message_files(FIRST, LAST)
        with duckdb.connect(":memory:") as connection:
            connection.execute(f"SET memory_limit = '{MEMORY}'")
            connection.execute("SET preserve_insertion_order = false")
            if work.threads is not None:
                connection.execute(f"SET threads = {work.threads}")
            counted = {
                relation: _read_all(connection.execute, columns, paths)
                for (relation, columns), paths in zip(SCANNED.items(), files, strict=True)
            }
            (threads,) = connection.execute("SELECT current_setting('threads')").fetchall()
    return {"rows": counted, "threads": threads[0], "memory_limit": MEMORY, **_sizes(files)}


def _read_all(execute: Callable[..., Any], columns: Sequence[str], paths: Sequence[Path]) -> int:
    # MAX must look at every value; COUNT of a column could be answered from its nulls alone. The
    # files stand in the text, as the engine's do: a parameter would make DuckDB import pandas here.
    every = ", ".join(f"MAX({column})" for column in columns)
    files = "[" + ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths) + "]"
    sql = f"SELECT COUNT(*), {every} FROM read_parquet({files}, hive_partitioning = false)"
    return int(execute(sql).fetchone()[0])


def _sizes(files: Files) -> Mapping[str, int]:
    paths = [path for some in files for path in some]
    return {"files": len(paths), "bytes": sum(path.stat().st_size for path in paths)}


def pandas(work: Work, clock: Clock) -> Mapping[str, Any]:
    """Answer every rule in plain pandas."""
    from benchmarks import plain_pandas  # noqa: PLC0415  (not in the audit's peak)

    world = BenchWorld(work.messages, work.seed)
    tables = world.directory_tables(_KEYRING)
    directory = {name: table.to_pandas() for name, table in tables.items()}
    with _lake(work.folder) as lake, clock.running():
        files = lake.message_files(FIRST, LAST)
        asked = plain_pandas.Question(*files, directory, world.first_day, world.last_day)
        found = plain_pandas.answer(asked)
    keep_hits(work.folder, "pandas", {r: plain_pandas.rows(hits) for r, hits in found.items()})
    return {}


# ---- hits ------------------------------------------------------------------------------------


def engine_rows(table: pa.Table) -> list[tuple[int | None, ...]]:
    """Return the engine's hits as plain rows of ``rule.HIT_COLUMNS``, without the evidence."""
    columns = [table[name].to_pylist() for name in HIT_COLUMNS]
    return [tuple(row) for row in zip(*columns, strict=True)]


def keep_hits(folder: Path, part: str, found: Mapping[str, Any]) -> None:
    """Write hits where the comparing process finds them."""
    ordered = {
        rule: sorted(rows, key=lambda row: tuple((v is None, v or 0) for v in row))
        for rule, rows in sorted(found.items())
    }
    (folder / f"hits-{part}.json").write_text(json.dumps(ordered), encoding="utf-8")


PARTS: Mapping[str, Callable[[Work, Clock], Mapping[str, Any]]] = {
    "land": land,
    "audit": audit,
    "scan": scan,
    "pandas": pandas,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Do one part and print what it took."""
    parser = argparse.ArgumentParser(prog="parts", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--messages", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--threads", type=int)
    given = parser.parse_args(arguments)
    clock = Clock()
    work = Work(given.folder, given.messages, given.seed, given.threads)
    told = PARTS[given.part](work, clock)
    # Linux counts ru_maxrss in KiB (getrusage(2))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"wall_s": clock.wall_s, "cpu_s": clock.cpu_s, "peak_mib": peak, **told}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
