"""Clause coverage statements, made of the real pack and rules and an invented week."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

from auditor.clausefacts import Period, SchoolStaff
from auditor.clauses import clause_statement
from auditor.night import NOT_KEPT
from auditor.nightrecord import BoundRule, NightRecord
from auditor.policy import Pack, load_pack
from auditor.result import CoverageStatement, Item, RuleRun, SourceState
from auditor.result.clauses import ClauseLine, ClauseStatement
from auditor.rule import load_rules
from auditor.source import RECORD_KINDS, FactKind
from tests.reports import examples
from tests.reports.examples import HOSTILE, MONDAY, PASSED, SUNDAY, coverage, days

PACK_FILE = Path(__file__).parents[2] / "config" / "policies" / "injdb.toml"
RULES = load_rules()
KEPT = frozenset({FactKind.ACKNOWLEDGEMENTS, FactKind.TOOLS, FactKind.OFFICES, FactKind.DISCLOSURES})
"""Records that the invented district keeps."""
SCHOOLS = tuple(
    SchoolStaff(id_, name, dict.fromkeys(days(MONDAY, SUNDAY), frozenset(staff)))
    for id_, name, staff in (
        ("AH", "Alder Hill High School", range(96)),
        ("BM", "Birch Middle School", range(90, 150)),
        ("CE", "Cedar Elementary School", range(150, 191)),
    )
)


@cache
def pack() -> Pack:
    return load_pack(PACK_FILE, rules={id_: frozenset(rule.parameters) for id_, rule in RULES.items()})


def runs(kept: frozenset[FactKind]) -> dict[str, RuleRun]:
    """Return how every check went in a night where all was there but the records nobody keeps."""
    found = {}
    for id_ in pack().bindings:
        needs = RULES[id_].needs
        unkept = sorted((set(needs) & RECORD_KINDS) - kept)
        reason = NOT_KEPT + unkept[0].replace("-", " ") if unkept else None
        state = SourceState.ABSENT if unkept else SourceState.FULL
        hits = None if unkept else 0
        found[id_] = RuleRun(id_, RULES[id_].title, tuple(needs), state, hits, 0.0, reason)
    return found


def statement(
    items: tuple[Item, ...] = (),
    stated: CoverageStatement | None = None,
    *,
    kept: frozenset[FactKind] = KEPT,
    schools: tuple[SchoolStaff, ...] = SCHOOLS,
) -> ClauseStatement:
    made = runs(kept)
    bound = tuple(BoundRule(r.rule, r.title, r.hits is not None) for r in made.values())
    night = NightRecord("1", SUNDAY, MONDAY, bound, (), (), PASSED, balanced=True, gaps=(), set_aside=())
    period = Period((night,), made, stated or coverage(), schools)
    return clause_statement(pack(), RULES, period, items, examples.imprint("C-2026-47-ALL-1"))


def everything_kept() -> ClauseStatement:
    return statement(kept=RECORD_KINDS)


def with_items() -> ClauseStatement:
    return statement(examples.items(), examples.GAP)


def hostile() -> ClauseStatement:
    """Return a statement with something hostile in every field that holds text."""
    made = with_items()

    def bad(line: ClauseLine) -> ClauseLine:
        schools = tuple(replace(s, school_id=HOSTILE, name=HOSTILE) for s in line.schools)
        rules = tuple(replace(r, title=HOSTILE, reason=HOSTILE) for r in line.rules)
        return replace(
            line, paraphrase=HOSTILE, why=HOSTILE, citation=HOSTILE, says=HOSTILE, data=(HOSTILE,),
            channels=(HOSTILE,), lacks=(HOSTILE,), rules=rules, schools=schools, quoted=True,
        )  # fmt: skip

    stated = made.coverage
    sources = tuple(replace(s, title=HOSTILE, reason=HOSTILE) for s in stated.sources)
    return replace(
        made,
        lines=tuple(bad(line) for line in made.lines),
        coverage=replace(stated, sources=sources, gaps=(HOSTILE,)),
        verdict=replace(made.verdict, line=HOSTILE, sub=HOSTILE),
        imprint=replace(made.imprint, district=HOSTILE, policy_name=HOSTILE, retention=HOSTILE),
    )


def schools_of(count: int) -> tuple[SchoolStaff, ...]:
    week = days(MONDAY, SUNDAY)
    return tuple(
        SchoolStaff(f"S{n:02d}", f"School number {n}", dict.fromkeys(week, frozenset(range(n * 50, n * 50 + 50))))
        for n in range(count)
    )
