"""What can be said of each clause of the policy, and on how much looking it rests; pure.

"Nothing to look at" is said of a clause on one path only: every source planned for it was read in
full, every check of it was made on every day, the self-tests passed and every school has staff.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from auditor.clausefacts import Period, SchoolStaff
from auditor.coverage import gap_sentence
from auditor.night import NOT_KEPT, was_planned
from auditor.policy import Audited, Clause, Pack
from auditor.result import (
    CoverageStatement,
    Imprint,
    Item,
    ItemState,
    SourceState,
    Tone,
    Verb,
    Verdict,
)
from auditor.result.clauses import (
    ClauseLine,
    ClauseRule,
    ClauseSchool,
    ClauseStatement,
    ClauseTotal,
    RuleStand,
    Stand,
)
from auditor.rule import Rule
from auditor.source import FactKind

_TOLD_BY_VERB = (Verb.DEFINITION, Verb.PERMISSION, Verb.EXCEPTION)
"""A clause of this kind that no check answers is one that nobody can break."""
_FIXED = {
    Audited.NOT_OBSERVABLE: Stand.NOT_OBSERVABLE,
    Audited.MUST_NOT: Stand.MUST_NOT,
    Audited.CONTEXT: Stand.CONTEXT,
}
"""Where a clause stands whatever was read."""


@dataclass(frozen=True, slots=True)
class _Looked:
    """What the checks of one clause come to."""

    rules: tuple[ClauseRule, ...]
    by_messages: bool
    """Whether a check that was planned reads messages, so that person-days apply."""
    days: frozenset[date]
    """Days on which all messages were read and the checks were made."""
    lacks: tuple[str, ...]
    not_kept: tuple[str, ...]
    """Records nobody keeps, without which a check cannot be made."""

    @property
    def set_up(self) -> bool:
        return any(rule.state is not RuleStand.NOT_SET_UP for rule in self.rules)


def clause_statement(
    pack: Pack,
    rules: Mapping[str, Rule],
    period: Period,
    items: Iterable[Item],
    imprint: Imprint,
) -> ClauseStatement:
    """State of every clause what was checked; ``items`` are all that stand at the period's end."""
    # what was decided is still what was seen: a clause is not clear because somebody has looked
    listed = [i for i in items if i.state not in (ItemState.COVERED, ItemState.WITHDRAWN)]
    common = _common_lacks(period, rules)
    lines = tuple(
        _line(
            clause,
            _looked(pack, rules, clause, period, common),
            period,
            [i for i in listed if clause.id in (i.clause, *i.also_clauses)],
        )
        for clause in pack.clauses.values()
    )
    totals = tuple(
        ClauseTotal(one.value, sum(line.audited == one for line in lines)) for one in Audited
    )
    return ClauseStatement(imprint, _verdict(lines, period.stated), period.stated, lines, totals)


# ---- what was read and made ---------------------------------------------------------------


def _common_lacks(period: Period, rules: Mapping[str, Rule]) -> tuple[str, ...]:
    """Return what is missing from every clause alike: a failed self-test, messages set aside ...

    What only one check lacks is said of the clauses it bears on.
    """
    stated, lacks = period.stated, []
    tests = stated.self_tests
    if not stated.sources:
        lacks.append("no source is set up")
    if tests is None:
        lacks.append("the self-tests did not run")
    elif not tests.passed == tests.total > 0:
        lacks.append(f"{tests.total - tests.passed} of {tests.total} self-tests failed")
    if stated.balanced is not True:
        lacks.append("the count of records does not add up")
    titles = {rule.title for rule in rules.values()}
    titles |= {bound.title for night in period.nights for bound in night.rules}
    of_one_check = tuple(f"“{title}” was not checked" for title in titles)
    return (*lacks, *(gap for gap in stated.gaps if not gap.startswith(of_one_check)))


def _looked(
    pack: Pack,
    rules: Mapping[str, Rule],
    clause: Clause,
    period: Period,
    common: tuple[str, ...],
) -> _Looked:
    bound = [rules[rule_id] for rule_id in pack.rules_of(clause.id)]
    made = {rule.id: period.days_made(rule.id) for rule in bound}
    told = tuple(_rule(period, rule, made[rule.id]) for rule in bound)
    planned = [
        (rule, one)
        for rule, one in zip(bound, told, strict=True)
        if one.state is not RuleStand.NOT_SET_UP
    ]
    by_messages = any(FactKind.MESSAGES in rule.needs for rule, _ in planned)
    days = period.days_read if by_messages else frozenset(period.days)
    for rule, one in planned:
        days &= made[rule.id] if one.state is not RuleStand.NOT_MADE else frozenset()
    lacks = [*common, *(period.unread if by_messages else ())]
    lacks += [
        f"“{one.title}” {_FAULT[one.state]}: {one.reason}"
        for _, one in planned
        if one.state is not RuleStand.RAN
    ]
    not_kept = (
        (one.reason or "").removeprefix(NOT_KEPT)
        for one in told
        if one.state is RuleStand.NOT_SET_UP
    )
    return _Looked(told, by_messages, days, tuple(lacks), tuple(dict.fromkeys(not_kept)))


_FAULT = {RuleStand.IN_PART: "was made in part", RuleStand.NOT_MADE: "was not made"}


def _rule(period: Period, rule: Rule, made: frozenset[date]) -> ClauseRule:
    run = period.runs.get(rule.id)
    state, reason = RuleStand.NOT_MADE, "no night has made it since the policy asks for it"
    if run is not None and run.state in (SourceState.NONE, SourceState.ABSENT):
        state = RuleStand.NOT_MADE if was_planned(run) else RuleStand.NOT_SET_UP
        reason = run.reason or "the night does not say why"
    elif run is not None:
        missing = len(period.days) - len(made)
        late = f"not made on {_count(missing, 'day')}" if missing else None
        why = "; ".join(filter(None, (run.reason, late)))
        if run.state is SourceState.FULL and not missing:
            return ClauseRule(rule.id, rule.title, RuleStand.RAN, None)
        state, reason = RuleStand.IN_PART, why or "a source was not read in full"
    return ClauseRule(rule.id, rule.title, state, reason)


# ---- one clause ---------------------------------------------------------------------------


def _line(
    clause: Clause, looked: _Looked, period: Period, items: Sequence[Item]
) -> ClauseLine:
    state, standing = _unchecked(clause)
    lacks: tuple[str, ...] = ()
    schools: tuple[ClauseSchool, ...] = ()
    checked = clause.audited not in _FIXED and bool(looked.rules)
    if checked:
        lacks = looked.lacks
        if looked.set_up:
            lacks = (*lacks, *(f"no staff of {name} is on file" for name in period.unstaffed))
            schools = tuple(_school(one, looked, items) for one in period.schools)
        state, standing = _standing(looked, lacks if looked.set_up else (), len(items))
    by_messages = checked and looked.by_messages
    planned = _person_days(period.schools, period.days) if by_messages else None
    return ClauseLine(
        id=clause.id,
        verb=clause.verb,
        says=clause.says,
        paraphrase=clause.words,
        quoted=clause.quote is not None,
        citation=clause.citation,
        audited=clause.audited.value,
        why=clause.why,
        data=clause.data,
        rules=looked.rules,
        planned_person_days=planned or None,
        checked_person_days=_person_days(period.schools, looked.days) if planned else None,
        channels=tuple(s.title for s in period.channels) if by_messages else (),
        items_open=_found(state, len(items)),
        items_without_school=sum(not i.school_ids for i in items),
        schools=schools,
        lacks=lacks if state is Stand.NOT_ESTABLISHED else (),
        standing=standing,
        state=state,
    )


def _school(school: SchoolStaff, looked: _Looked, items: Sequence[Item]) -> ClauseSchool:
    mine = sum(school.school_id in i.school_ids for i in items)
    lacks = looked.lacks if school.people else ("nobody is on its staff",)
    state, standing = _standing(looked, lacks, mine)
    counts = looked.by_messages and bool(school.people)
    return ClauseSchool(
        school_id=school.school_id,
        name=school.name,
        staff=len(school.people),
        planned=_person_days([school], school.by_day) if counts else None,
        checked=_person_days([school], looked.days) if counts else None,
        items_open=_found(state, mine),
        standing=standing,
        state=state,
    )


def _unchecked(clause: Clause) -> tuple[Stand, str]:
    """Return where a clause stands that no check answers."""
    fixed = _FIXED.get(clause.audited)
    if fixed is None and clause.audited is Audited.PROVEN and clause.verb in _TOLD_BY_VERB:
        fixed = Stand.CONTEXT
    if fixed is not None:
        return fixed, fixed.value
    if clause.data:
        return Stand.RECORDS, f"records only: {', '.join(clause.data)}"
    return Stand.NOT_SET_UP, "not set up: no check answers it"


def _standing(looked: _Looked, lacks: Sequence[str], items: int) -> tuple[Stand, str]:
    """Return where a clause stands that checks answer, and the words for it."""
    found = f"{_count(items, 'item')}, " if items else ""
    if lacks:
        return Stand.NOT_ESTABLISHED, f"{found}not established"
    if looked.not_kept:
        state = Stand.SET_UP_IN_PART if looked.set_up else Stand.NOT_SET_UP
        return state, f"{found}{state}: {NOT_KEPT}{_listed(looked.not_kept)}"
    if items:
        return Stand.ITEMS, f"checked: {_count(items, 'item')}"
    return Stand.CLEAR, "checked: nothing to look at"


def _found(state: Stand, items: int) -> int | None:
    """Return a count of items; none found is 0 only where all was looked at."""
    return items if items or state is Stand.CLEAR else None


def _person_days(schools: Iterable[SchoolStaff], days: Iterable[date]) -> int:
    """Count people by day; somebody at two schools counts once."""
    schools = tuple(schools)
    nobody: frozenset[int] = frozenset()
    return sum(len(nobody.union(*(s.by_day.get(day, nobody) for s in schools))) for day in days)


# ---- words --------------------------------------------------------------------------------


def _verdict(lines: Sequence[ClauseLine], stated: CoverageStatement) -> Verdict:
    clear = [line for line in lines if line.state in (Stand.CLEAR, Stand.ITEMS)]
    open_ = [line for line in lines if line.state is Stand.NOT_ESTABLISHED]
    unkept = (Stand.SET_UP_IN_PART, Stand.NOT_SET_UP)
    partly = [line for line in lines if line.rules and line.state in unkept]
    found = [line for line in (*clear, *partly) if line.items_open]
    more = _count(len(partly), "more clause")
    rest = f" {more} would need records that are not kept." if partly else ""
    if open_:
        lack = open_[0].lacks[0]
        gap = gap_sentence(stated) or f"{lack[0].upper()}{lack[1:].rstrip('.')}."
        of = _count(len(clear) + len(open_), "checked clause")
        line = f"{len(open_)} of {of} {'is' if len(open_) == 1 else 'are'} not established."
        return Verdict(Tone.GAP, line, f"{gap} This does not mean that such a clause was kept.")
    if found:
        have = "has" if len(found) == 1 else "have"
        line = f"{_count(len(found), 'clause')} {have} something to look at."
        return Verdict(Tone.LOOK, line, f"Everything planned was checked.{rest}")
    if not clear:
        sub = f"No check is set up in full.{rest}"
        return Verdict(Tone.GAP, "No clause was checked in full.", sub)
    line = f"Nothing to look at in the {_count(len(clear), 'clause')} checked in full."
    return Verdict(Tone.OK, line, f"Everything planned was checked.{rest}")


def _listed(parts: Sequence[str]) -> str:
    *before, last = parts
    return f"{', '.join(before)} and {last}" if before else last


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
