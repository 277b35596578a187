"""Which clause is checked by which rule, tried by which cases: the paper for a policy committee.

Made from the packs and the rules' cases, so that it cannot say more than the program does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from auditor.cases import load_cases
from auditor.policy import Clause, Pack
from auditor.rule import Rule
from cron.policy_shown import audited

_HEAD = """\
# What is checked, clause by clause

Made from the policy packs and the rules' cases by `make docs`; a test fails where it is not up to
date. Edit the packs in `config/policies`, not this file.

- **How audited**: *proven* from messages and rosters alone, *in part*, from *records* that offices
  keep, *not observable*, *must not* be looked at whatever data there is, or *context*, where there
  is nothing to check.
- **Tests**: how many cases of the rule there are, and which ordinary explanations they try. The
  [codes](#codes) stand at the end. All cases run every night, before a page may say "clear".
"""
_COLUMNS = ("clause", "verb", "how audited", "rules", "data", "tests", "why")
_CODES = {
    "ADULT": "a student of eighteen or more",
    "ALIAS": "another address of the same person",
    "AUTO": "a machine wrote in a person's name",
    "BCC": "an adult in blind copy",
    "CAL": "invitations and answers to them",
    "CRISIS": "an emergency, reported afterwards",
    "DUP": "the same message in several sources",
    "EXT": "an address at another school",
    "FAM": "a family tie that no roster has",
    "GPROXY": "a student on a guardian's account, or the reverse",
    "GRAD": "a student who has left",
    "LIST": "a list that hides who reads it",
    "NAME": "two people of one name",
    "ONE": "a class or team of one",
    "OOO": "an automatic reply",
    "PARENT": "the adult is a guardian",
    "PUSH": "a student wrote, nobody answered",
    "ROLE": "a confidential role: nurse, counselor",
    "SHARED": "a mailbox that several people use",
    "SPOOF": "a forged sender",
    "STUWORK": "a student who works for the school",
    "SUB": "a substitute no roster has",
    "TEST": "a trial message of a system",
    "THREAD": "an adult who is on the conversation",
    "TZ": "a day that ends elsewhere at another hour",
    "VOL": "a volunteer without a district account",
}


def policy_table(packs: Mapping[str, Pack], rules: Mapping[str, Rule]) -> str:
    """Return the paper as Markdown. ``packs``: by the name of their file."""
    tests = _tests(rules)
    parts = [_HEAD, *("\n".join(_pack(name, pack, tests)) for name, pack in packs.items())]
    codes = sorted({code for rule in rules.values() for code in rule.explained_by})
    listed = "\n".join(f"- {code}: {_CODES.get(code, 'see the cases')}" for code in codes)
    return "\n".join([*parts, f"## Codes\n\n{listed}\n"])


def _tests(rules: Mapping[str, Rule]) -> Mapping[str, str]:
    """Say of each rule how many cases it has and which codes they are about."""
    _, cases = load_cases(rules)
    found = {}
    for rule_id in rules:
        mine = [case for case in cases if case.rule == rule_id]
        codes = ", ".join(sorted({code for case in mine for code in case.codes}))
        link = f"[{len(mine)} cases](../auditor/rules/{rule_id}.cases.toml)"
        found[rule_id] = f"{link}: {codes}" if codes else link
    return found


def _pack(name: str, pack: Pack, tests: Mapping[str, str]) -> Iterator[str]:
    counts = ", ".join(f"{n} {word}" for word, n in audited(pack).most_common())
    yield f"## {_cell(pack.name)}\n"
    yield f"[`{name}`](../config/policies/{name}.toml), {_cell(pack.revision)}."
    yield f"{len(pack.clauses)} clauses: {counts}.\n"
    yield _row(_COLUMNS)
    yield _row("---" for _ in _COLUMNS)
    for clause in pack.clauses.values():
        yield _row(_clause(pack, clause, tests))
    yield ""


def _clause(pack: Pack, clause: Clause, tests: Mapping[str, str]) -> tuple[str, ...]:
    rules = pack.rules_of(clause.id)
    return (
        f"**{clause.id}** {_cell(clause.paraphrase)}",
        clause.verb.value,
        clause.audited.value,
        _stacked(f"[{rule}](../auditor/rules/{rule}.sql)" for rule in rules),
        _cell(", ".join(clause.data)) or "–",
        _stacked(f"{rule}: {tests[rule]}" if len(rules) > 1 else tests[rule] for rule in rules),
        _cell(clause.why),
    )


def _stacked(lines: Iterable[str]) -> str:
    return "<br>".join(lines) or "–"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    """Return text that neither ends a cell nor begins markup."""
    for sign in "\\|*_`<[":
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\n", " ")
