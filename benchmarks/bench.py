"""Measure the audit: ``python benchmarks/bench.py --messages 1000000 --json``.

Makes an invented district's messages, lands them as a connector's are, and then takes three
figures in one run, each in processes of its own: the audit of all rules, a bare scan of the same
columns by the same engine, and the same question in plain pandas. Audit and pandas must list the
same messages, or the figures mean nothing and the run fails. See ``docs/benchmarks.md``.

This process imports nothing large: what a parent holds in memory counts towards the peak that
Linux reports of its children.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

PARTS = Path(__file__).resolve().parent / "parts.py"
MEASURED = ("audit", "scan", "pandas")
MOST_SCANS = 15
LEAST_PANDAS = 5
MOST_PEAK_MIB = 1024
MADE = "bench.json"
"""Marks a folder whose messages are all landed, and says which they are."""


class BenchError(Exception):
    """The benchmark could not be done; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Target:
    """One promise, by CPU and by wall where both have a meaning."""

    name: str
    limit: float
    cpu: float | None
    wall: float
    at_most: bool

    def held(self, value: float | None) -> bool | None:
        if value is None:
            return None
        return value <= self.limit if self.at_most else value >= self.limit

    def as_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "limit": self.limit,
            "by_cpu": self.cpu,
            "by_wall": self.wall,
            "held_by_cpu": self.held(self.cpu),
            "held_by_wall": self.held(self.wall),
        }


# ---- measuring -------------------------------------------------------------------------------


def measure(folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Land if need be, measure every part ``given.rounds`` times and compare the hits."""
    landed = _land(folder, given)
    load = [os.getloadavg()[0]]
    rounds: dict[str, list[Mapping[str, Any]]] = {part: [] for part in MEASURED}
    for path in (folder / "data").rglob("*.parquet"):
        path.read_bytes()  # from the disk's cache for all three, or for none
    for _ in range(given.rounds):
        for part in MEASURED:
            rounds[part].append(_part(part, folder, given))
    load.append(os.getloadavg()[0])
    hits = same_hits(folder)
    return document(given, rounds, hits, landed, load)


def _land(folder: Path, given: argparse.Namespace) -> float | None:
    """Make the messages unless they are there; return how long it took."""
    made = {"messages": given.messages, "seed": given.seed}
    mark = folder / MADE
    if mark.exists():
        if json.loads(mark.read_text(encoding="utf-8")) != made:
            raise BenchError(f"{folder}: holds other messages; name another folder for --keep")
        return None
    if folder.exists() and any(folder.iterdir()):
        raise BenchError(f"{folder}: is not empty; name a new folder for --keep")
    folder.mkdir(parents=True, exist_ok=True)
    took: float = _part("land", folder, given)["wall_s"]
    mark.write_text(json.dumps(made), encoding="utf-8")
    return took


def _part(part: str, folder: Path, given: argparse.Namespace) -> Mapping[str, Any]:
    command = [sys.executable, str(PARTS), part, str(folder)]
    command += ["--messages", str(given.messages), "--seed", str(given.seed)]
    if given.threads is not None:
        command += ["--threads", str(given.threads)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise BenchError(f"{part} failed (exit {done.returncode}); what it said stands above")
    told: Mapping[str, Any] = json.loads(done.stdout)
    return told


def same_hits(folder: Path) -> dict[str, int]:
    """Return the hits of each rule; raise ``BenchError`` unless both found the same."""
    audit, pandas = (
        json.loads((folder / f"hits-{part}.json").read_text(encoding="utf-8"))
        for part in ("audit", "pandas")
    )
    differences = [
        f"{rule}: {len(audit.get(rule, []))} in the audit, {len(pandas.get(rule, []))} in pandas"
        for rule in sorted({*audit, *pandas})
        if audit.get(rule) != pandas.get(rule)
    ]
    if differences:
        raise BenchError("audit and pandas do not list the same: " + "; ".join(differences))
    return {rule: len(rows) for rule, rows in audit.items()}


# ---- figures ---------------------------------------------------------------------------------


def document(
    given: argparse.Namespace,
    rounds: Mapping[str, Sequence[Mapping[str, Any]]],
    hits: Mapping[str, int],
    landed: float | None,
    load: Sequence[float],
) -> dict[str, Any]:
    """Return all figures: the least seconds of the rounds, and the highest peak."""
    # whatever else a machine does only ever adds to a time, so the least is the nearest to it
    wall = {part: min(r["wall_s"] for r in rounds[part]) for part in MEASURED}
    cpu = {part: min(r["cpu_s"] for r in rounds[part]) for part in MEASURED}
    peak = {part: max(r["peak_mib"] for r in rounds[part]) for part in MEASURED}
    scanned = rounds["scan"][0]
    return {
        "messages": scanned["rows"]["message"],
        "parties": scanned["rows"]["message_party"],
        "seed": given.seed,
        "rounds": given.rounds,
        **{f"{part}_s": round(wall[part], 3) for part in MEASURED},
        **{f"{part}_cpu_s": round(cpu[part], 3) for part in MEASURED},
        "peak_mib": round(peak["audit"], 1),
        **{f"{part}_peak_mib": round(peak[part], 1) for part in ("scan", "pandas")},
        "land_s": None if landed is None else round(landed, 1),
        "hits": dict(hits),
        "targets": [target.as_json() for target in targets(wall, cpu, peak["audit"])],
        "files": scanned["files"],
        "bytes": scanned["bytes"],
        "machine": machine(load),
        "threads": scanned["threads"],
        "memory_limit": scanned["memory_limit"],
        "versions": versions(),
        "measured_at": datetime.now(UTC).isoformat(timespec="minutes"),
        "each": {
            part: [[round(r["wall_s"], 3), round(r["cpu_s"], 3)] for r in rounds[part]]
            for part in MEASURED
        },
    }


def targets(
    wall: Mapping[str, float], cpu: Mapping[str, float], peak_mib: float
) -> tuple[Target, ...]:
    """Return the promises with what was measured."""
    return (
        Target(
            "audit, in scans",
            MOST_SCANS,
            round(cpu["audit"] / cpu["scan"], 2),
            round(wall["audit"] / wall["scan"], 2),
            at_most=True,
        ),
        Target(
            "plain pandas, in audits",
            LEAST_PANDAS,
            round(cpu["pandas"] / cpu["audit"], 2),
            round(wall["pandas"] / wall["audit"], 2),
            at_most=False,
        ),
        Target("audit's peak, MiB", MOST_PEAK_MIB, None, round(peak_mib, 1), at_most=True),
    )


def machine(load: Sequence[float]) -> dict[str, Any]:
    """Return what the figures were taken on; ``load`` before and after says how busy it was."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory / 2**30, 1),
        "architecture": platform.machine(),
        "system": platform.system(),
        "load_before_and_after": [round(one, 2) for one in load],
    }


def versions() -> dict[str, str]:
    names = ("duckdb", "pyarrow", "pandas", "numpy")
    return {"python": platform.python_version(), **{name: version(name) for name in names}}


# ---- showing ---------------------------------------------------------------------------------


def table(found: Mapping[str, Any]) -> str:
    """Return the figures as a page of text."""
    at, of = found["machine"], found["versions"]
    before, after = at["load_before_and_after"]
    size = f"{found['files']} files, {found['bytes'] / 2**20:.1f} MiB; seed {found['seed']}"
    cores = f"{at['cores']} cores ({at['architecture']}), {at['memory_gib']} GiB, {at['system']}"
    numbers = ", ".join(f"{name} {number}" for name, number in of.items())
    lines = [
        f"{found['messages']:,} messages, {found['parties']:,} parties, {size}",
        f"{cores}; load {before} before, {after} after",
        f"DuckDB with {found['threads']} threads and at most {found['memory_limit']}; {numbers}",
        f"least seconds and highest peak of {found['rounds']} rounds, every one in a new process",
        "",
        f"{'':24}{'wall s':>10}{'CPU s':>10}{'peak MiB':>10}",
    ]
    for part, name in (("audit", "audit"), ("scan", "scan only"), ("pandas", "plain pandas")):
        peak = found["peak_mib" if part == "audit" else f"{part}_peak_mib"]
        lines.append(
            f"{name:24}{found[f'{part}_s']:10.3f}{found[f'{part}_cpu_s']:10.3f}{peak:10.1f}"
        )
    lines += ["", f"{'':24}{'limit':>10}{'by wall':>16}{'by CPU':>16}"]
    for one in found["targets"]:
        shown = [_verdict(one["by_wall"], one["held_by_wall"])]
        shown.append(_verdict(one["by_cpu"], one["held_by_cpu"]))
        lines.append(f"{one['name']:24}{one['limit']:10}{shown[0]:>16}{shown[1]:>16}")
    lines += ["", "hits, the same in the audit and in plain pandas:"]
    lines += [f"  {rule:30}{count:>8,}" for rule, count in found["hits"].items()]
    return "\n".join(lines)


def _verdict(value: float | None, held: bool | None) -> str:
    if value is None:
        return "-"
    return f"{value:g} {'pass' if held else 'miss'}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; 1 if it failed or, with ``--check``, a target was missed by wall."""
    parser = argparse.ArgumentParser(prog="bench", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--messages", type=int, default=1_000_000, metavar="N")
    parser.add_argument("--seed", type=int, default=7, metavar="N")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="times each is measured")
    parser.add_argument("--threads", type=int, metavar="N", help="of DuckDB; default: every core")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="land there, or use again")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--check", action="store_true", help="exit 1 if a target is missed")
    given = parser.parse_args(arguments)
    if min(given.messages, given.rounds, given.threads or 1) < 1:
        parser.error("messages, rounds and threads must be at least 1")
    try:
        with TemporaryDirectory(prefix="bench-") as temporary:
            found = measure(given.keep or Path(temporary), given)
    except BenchError as error:
        print(f"bench: {error}", file=sys.stderr)
        return 1
    print(json.dumps(found, indent=1) if given.json else table(found))
    missed = not all(target["held_by_wall"] for target in found["targets"])
    return 1 if given.check and missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
