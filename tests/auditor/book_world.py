"""Records of an invented district made ready for rules, for tests of what they become."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from auditor.directory import State
from auditor.filed import on_file
from auditor.offices import Holding, Offices
from auditor.policy import Pack
from auditor.recordbook import Book, DigestGiven, Maker
from auditor.records import StateFact
from tests.auditor.directory_world import KEYS, SIS, register, take
from tests.auditor.office_world import PACK

BOSTON = ZoneInfo("America/New_York")
NO_TOOLS = replace(PACK, catalogue={})


def book(
    *facts: StateFact,
    pack: Pack = NO_TOOLS,
    offices: Iterable[Holding] = (),
    digests: Iterable[DigestGiven] = (),
    sources: dict[str, str] | None = None,
) -> Book:
    state = take(State(), {"sis": [*SIS, *facts]}).state
    answers = register(state)
    filed = on_file(answers, KEYS, BOSTON)
    maker = Maker(pack, state, answers, Offices(pack, offices), KEYS, BOSTON, filed)
    return maker.book(sources or {}, digests)


def rows(made: Book, relation: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values()) for row in made.tables[relation].to_pylist()]
