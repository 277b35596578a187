"""Sentences with numbers in them, filled from what a rule measured and never from free text.

A rule's header writes ``{messages:direct e-mail|direct e-mails}``; one message reads
"1 direct e-mail", three read "3 direct e-mails", none "no direct e-mails". ``{reached_min}`` is
the bare number, and ``{reached_range}`` reads "3", or "3 to 5" where messages differ. A name the
template does not know is an error when the rule is loaded, not a blank on a page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from string import Formatter

ITEM_NUMBERS = ("messages", "by_adult", "by_student", "days", "records")
"""``records`` is what rules over records call their rows."""
_WHEN = re.compile(r"when (?P<column>[a-z_]+): (?P<text>.+)", re.DOTALL)
SPREADS = ("min", "max", "sum")
"""What may be said of an evidence column over an item's messages, beside ``range``."""


class _Plural(Formatter):
    def format_field(self, value: object, format_spec: str) -> str:
        if "|" not in format_spec:
            return str(super().format_field(value, format_spec))
        singular, plural = format_spec.split("|", 1)
        shown = "no" if value == 0 else value
        return f"{shown} {singular if value == 1 else plural}"


def fill(template: str, numbers: Mapping[str, int]) -> str:
    """Return the sentence; raises KeyError for a name that is not in ``numbers``."""
    ranges = {
        f"{column}_range": _range(numbers[f"{column}_min"], numbers[f"{column}_max"])
        for column in (name.removesuffix("_min") for name in numbers if name.endswith("_min"))
    }
    return _Plural().vformat(template, (), {**numbers, **ranges})


def said(templates: Iterable[str], numbers: Mapping[str, int]) -> tuple[str, ...]:
    """Return the sentences that have something to say.

    ``"when late: Granted after {late_sum:message|messages}."`` is said only where the rule measured
    ``late`` on some row; what did not happen is not listed as "no messages".
    """
    split = (conditional(template) for template in templates)
    return tuple(
        fill(text, numbers)
        for column, text in split
        if column is None or numbers.get(f"{column}_max", 0) > 0
    )


def conditional(template: str) -> tuple[str | None, str]:
    """Return the column on which a sentence depends, if any, and the sentence."""
    match = _WHEN.fullmatch(template)
    return (None, template) if match is None else (match["column"], match["text"])


def _range(least: int, most: int) -> str:
    return str(least) if least == most else f"{least} to {most}"


def names_in(template: str) -> frozenset[str]:
    """Return the names a template uses."""
    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name)


def item_numbers(
    *, by_adult: int, by_student: int, days: int, evidence: Iterable[Mapping[str, int]]
) -> dict[str, int]:
    """Return all that a rule's sentences may use: totals, and each evidence column's spread."""
    numbers = {
        "messages": by_adult + by_student,
        "by_adult": by_adult,
        "by_student": by_student,
        "days": days,
        "records": by_adult + by_student,
    }
    for row in evidence:
        for column, value in row.items():
            numbers[f"{column}_min"] = min(numbers.get(f"{column}_min", value), value)
            numbers[f"{column}_max"] = max(numbers.get(f"{column}_max", value), value)
            numbers[f"{column}_sum"] = numbers.get(f"{column}_sum", 0) + value
    return numbers
