"""Says how many of the small faults that mutmut made were noticed, and whether that is enough."""

from __future__ import annotations

import json
import sys
from pathlib import Path

MUTANTS = Path("mutants")
UNSEEN = (0, 5, 33)
"""Exit codes of a fault that the tests passed over, or that no test came near."""
NEVER_RAN = (None, 2, 34)


def main(least: float) -> int:
    """Print each module's share and the names of what got by; return 1 below ``least`` per cent."""
    together = [0, 0]
    for path in sorted(MUTANTS.rglob("*.py.meta")):
        codes = json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
        ran = {name: code for name, code in codes.items() if code not in NEVER_RAN}
        unseen = [name for name, code in ran.items() if code in UNSEEN]
        for name in unseen:
            print(f"  {name}")
        if ran:
            print(_share(path.relative_to(MUTANTS).as_posix()[: -len(".meta")], unseen, ran))
        together = [together[0] + len(unseen), together[1] + len(ran)]
    unseen_in_all, all_of_them = together
    if not all_of_them:
        print("no fault was made: is anything selected?")
        return 1
    share = 100 * (all_of_them - unseen_in_all) / all_of_them
    print(f"noticed {share:.1f} % of {all_of_them} faults; at least {least:g} % must be")
    return int(share < least)


def _share(module: str, unseen: list[str], ran: dict[str, int]) -> str:
    noticed = len(ran) - len(unseen)
    return f"{module}: {noticed} of {len(ran)}, {100 * noticed / len(ran):.1f} %"


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1])))
