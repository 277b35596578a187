"""Adds up what several test runs came to; the last line is for whoever reads only that."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree as ET


def main(paths: list[str]) -> int:
    """Print each run's number of tests and what came of all; return 1 if a test failed."""
    together = [0, 0, 0]
    missing = False
    for path in map(Path, paths):
        if not path.is_file():
            print(f"{path.stem}: did not get as far as a result")
            missing = True
            continue
        counts = _counts(path)
        print(f"{path.stem}: {sum(counts)} tests")
        together = [a + b for a, b in zip(together, counts, strict=True)]
    print(_words(together))
    return int(missing or together[1] > 0 or together[0] == 0)


def _counts(path: Path) -> list[int]:
    tests = failed = skipped = 0
    for suite in ET.parse(path).iter("testsuite"):
        tests += int(suite.attrib["tests"])
        failed += int(suite.attrib["failures"]) + int(suite.attrib["errors"])
        skipped += int(suite.attrib["skipped"])
    return [tests - failed - skipped, failed, skipped]


def _words(counts: list[int]) -> str:
    passed, failed, skipped = counts
    return f"{passed} passed, {failed} failed, {skipped} skipped"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
