"""Runs the cases of some rules on both engines at hand: a quick look while a rule is being written.

``python -m tests.auditor.rules_alone coach-not-apprised quiet-hours``
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.parquet as pq

from auditor.cases import failures, load_cases
from auditor.caseworld import FIRST_DAY, LAST_DAY
from auditor.engine import Inputs, open_engine
from auditor.rule import load_rules
from tests.auditor.other_engines import sqlite_engine


def main(names: list[str]) -> int:
    """Print every case that comes out otherwise than written; return how many did."""
    rules = {name: rule for name, rule in load_rules().items() if not names or name in names}
    world, cases = load_cases(rules)
    with TemporaryDirectory() as folder:
        files = Path(folder, "message.parquet"), Path(folder, "party.parquet")
        pq.write_table(world.messages(), files[0])
        pq.write_table(world.parties(), files[1])
        inputs = Inputs((files[0],), (files[1],), world.directory(), FIRST_DAY, LAST_DAY)
        with open_engine(inputs, temp_directory=Path(folder)) as engine:
            wrong = {f"duckdb {k}": v for k, v in failures(engine, rules, cases).items()}
    with sqlite_engine(world) as engine:
        wrong |= {f"sqlite {k}": v for k, v in failures(engine, rules, cases).items()}
    for label, said in sorted(wrong.items()):
        print(f"{label}: said {sorted(said)}")
    print(f"{len(cases)} cases of {len(rules)} rules, {len(wrong)} wrong")
    return len(wrong)


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1:]) else 0)
