"""What was in force where an item was found: its rule and its policy, with every setting as used.

The same message may be an item under one setting and none under another, so an explanation names
them all with their values, and says who set each.
"""

from __future__ import annotations

from collections.abc import Iterable

from auditor.explaining import ClauseSeen, ParameterSeen, PolicySeen, RuleSeen, SwitchSeen
from auditor.policy import Pack
from auditor.result import Item
from auditor.rule import Rule


def rule_seen(rule: Rule, pack: Pack) -> RuleSeen:
    """Return a rule with its settings as the pack and the district have them."""
    return RuleSeen(
        id=rule.id,
        title=rule.title,
        version=rule.version,
        looks_for=rule.looks_for,
        misses=rule.misses,
        needs=tuple(str(need) for need in rule.needs),
        parameters=tuple(_parameters(rule, pack)),
    )


def _parameters(rule: Rule, pack: Pack) -> Iterable[ParameterSeen]:
    own = pack.bindings[rule.id].parameters
    for name, parameter in rule.parameters.items():
        switch = pack.switches.get(name)
        value, by = parameter.default, "the rule’s default"
        if switch is not None and not isinstance(switch.value, bool):
            value, by = switch.value, "the switch of this name"
        if name in own:
            value, by = own[name], "the policy pack or the district’s settings"
        yield ParameterSeen(name, value, parameter.unit, parameter.words, by)


def policy_seen(pack: Pack, item: Item) -> PolicySeen:
    """Return what a policy says that bears on an item."""
    ids = dict.fromkeys((item.clause, *pack.bindings[item.rule].clauses))
    return PolicySeen(
        id=pack.id,
        name=pack.name,
        revision=pack.revision,
        in_force_from=pack.in_force_from,
        sha256=pack.sha256,
        text_sha256=pack.text_sha256,
        clauses=tuple(_clause(pack, id_) for id_ in ids),
        grounds=tuple(
            ground.name
            for ground in pack.grounds.values()
            if ground.enabled and item.rule in ground.covers
        ),
        switches=tuple(
            SwitchSeen(one.id, one.name, str(one.value), one.words)
            for one in pack.switches.values()
        ),
    )


def _clause(pack: Pack, id_: str) -> ClauseSeen:
    clause = pack.clauses[id_]
    return ClauseSeen(
        clause.id,
        clause.verb.value,
        clause.says,
        clause.words,
        clause.quote is not None,
        clause.citation,
        clause.audited.value,
        clause.why,
    )
