"""Code stays small enough to hold in the head, and every module says why it is there."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.house.tree import name, parse, python_files

LEAST_WORDS = 4
LONG_FILE, LONGEST_FILE = 400, 600
LONG_FUNCTION, LONGEST_FUNCTION = 40, 60

LONG_FILES: dict[str, str] = {}
LONG_FUNCTIONS = {
    "auditor/lake/encoding.py:encode": "one pass that fills all columns side by side",
    "benchmarks/sample/stories_direct.py:_second_adults_that_are_none": "stories",
    "benchmarks/sample/stories_personal.py:_spaces": "stories",
    "tests/benchmarks/test_district_truths.py:judge": "the oracle: every case in one place",
    "tests/benchmarks/test_district_truths.py:read_directory": "the oracle's own reader",
    "tests/cron/test_demo_score.py:item": "a whole item, made by hand",
    "tests/reports/examples.py:item": "a whole item, made by hand",
    "tests/reports/nights.py:gap": "a whole night, made by hand",
}
"""File, or file:function, -> why it may be longer than others, up to ``LONGEST_...``."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(module: ast.Module) -> Iterator[Function]:
    return (node for node in ast.walk(module) if isinstance(node, Function))


def length(function: Function) -> int:
    """Count the lines of steps: not parameters and docstring, and one for a value written out."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    if not body:
        return 0
    last = body[-1]
    end = last.lineno if isinstance(last, ast.Return) else last.end_lineno or last.lineno
    return end - body[0].lineno + 1


def lengths_of_files() -> dict[str, int]:
    return {name(p): len(p.read_text(encoding="utf-8").splitlines()) for p in python_files()}


def lengths_of_functions() -> dict[str, int]:
    return {
        f"{name(path)}:{function.name}": length(function)
        for path in python_files()
        for function in functions(parse(path))
    }


def test_every_module_says_why_it_is_there() -> None:
    silent = [
        name(path)
        for path in python_files()
        if len((ast.get_docstring(parse(path)) or "").split()) < LEAST_WORDS
    ]
    assert not silent


def test_files_stay_small() -> None:
    lengths = lengths_of_files()
    assert len(lengths) > 100
    too_long = {
        place: lines
        for place, lines in lengths.items()
        if lines > (LONGEST_FILE if place in LONG_FILES else LONG_FILE)
    }
    assert too_long == {}


def test_functions_stay_small() -> None:
    too_long = {
        place: lines
        for place, lines in lengths_of_functions().items()
        if lines > (LONGEST_FUNCTION if place in LONG_FUNCTIONS else LONG_FUNCTION)
    }
    assert too_long == {}


def test_the_exceptions_are_still_needed() -> None:
    files, inside = lengths_of_files(), lengths_of_functions()
    idle = [place for place in LONG_FILES if files.get(place, 0) <= LONG_FILE]
    idle += [place for place in LONG_FUNCTIONS if inside.get(place, 0) <= LONG_FUNCTION]
    assert not idle, "these are short now, or gone: take them off the lists"
