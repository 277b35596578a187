"""A policy pack as a document for machines and as tables for people; no district is needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from auditor.policy import Clause, GroundRules, Pack

_YES = {True: "yes", False: "no"}


def line_json(name: str, pack: Pack) -> dict[str, Any]:
    """Return a pack in one line; ``name`` is what the settings call it."""
    return {
        "name": name,
        "title": pack.name,
        "revision": pack.revision,
        "clauses": len(pack.clauses),
        "rules": len(pack.bindings),
        "switches": len(pack.switches),
        "audited": dict(audited(pack)),
    }


def audited(pack: Pack) -> Counter[str]:
    """Count the clauses by how they are audited."""
    return Counter(clause.audited.value for clause in pack.clauses.values())


def pack_json(pack: Pack) -> dict[str, Any]:
    """Return a whole pack; the names here are a contract with whoever reads them."""
    in_force = pack.in_force_from
    return {
        "id": pack.id,
        "name": pack.name,
        "revision": pack.revision,
        "text_sha256": pack.text_sha256,
        "in_force_from": None if in_force is None else in_force.isoformat(),
        "clauses": [_clause(pack, clause) for clause in pack.clauses.values()],
        "switches": [
            {
                "id": switch.id,
                "question": switch.question,
                "name": switch.name,
                "value": switch.value,
                "words": switch.words,
                "choices": list(switch.choices),
            }
            for switch in pack.switches.values()
        ],
        "offices": [
            {
                "id": office.id,
                "name": office.name,
                "scope": "school" if office.of_school else "district",
                "next": office.next,
                "stands_for": list(office.stands_for),
            }
            for office in pack.offices.values()
        ],
        "grounds": [_ground(rules) for rules in pack.grounds.values()],
    }


def _clause(pack: Pack, clause: Clause) -> dict[str, Any]:
    return {
        "id": clause.id,
        "verb": clause.verb.value,
        "says": clause.says,
        "audited": clause.audited.value,
        "why": clause.why,
        "data": list(clause.data),
        "paraphrase": clause.paraphrase,
        "citation": clause.citation,
        "rules": list(pack.rules_of(clause.id)),
        "grounds": [rules.ground.value for rules in pack.grounds_of(clause.id)],
    }


def _ground(rules: GroundRules) -> dict[str, Any]:
    return {
        "id": rules.ground.value,
        "name": rules.name,
        "clause": rules.clause,
        "covers": list(rules.covers),
        "granted_by": list(rules.granted_by),
        "for": [hat.value for hat in rules.hats],
        "prior": rules.prior,
        "bounded": rules.bounded,
        "conditions": list(rules.conditions),
        "reason_codes": list(rules.reason_codes),
        "from_guardian_link": rules.from_guardian_link,
        "enabled": rules.enabled,
    }


# ---- for people ------------------------------------------------------------------------------


def show_list(document: Iterable[dict[str, Any]], screen: Console) -> None:
    """Print one line for each pack."""
    rows = [
        (one["name"], one["title"], one["revision"], str(one["clauses"]), str(one["rules"]))
        for one in document
    ]
    _table(screen, ("pack", "policy", "revision", "clauses", "rules"), rows)
    screen.print("\n`auditor policy show PACK` prints one whole.")


def show_pack(pack: Pack, screen: Console) -> None:
    """Print a pack's clauses, switches, offices and grounds."""
    since = "" if pack.in_force_from is None else f", in force from {pack.in_force_from}"
    screen.print(f"[bold]{escape(pack.name)}[/], {escape(pack.revision)}{since}")
    counts = ", ".join(f"{n} {escape(word)}" for word, n in audited(pack).most_common())
    screen.print(f"{len(pack.clauses)} clauses: {counts}\n")
    _table(
        screen,
        ("clause", "verb", "audited", "checks", "in our words"),
        [
            (c.id, c.verb.value, c.audited.value, _lines(pack.rules_of(c.id)), c.paraphrase)
            for c in pack.clauses.values()
        ],
    )
    screen.print("\n[bold]Switches[/]: what the policy leaves open")
    _table(
        screen,
        ("switch", "name", "value", "choices", "meaning"),
        [
            (s.id, s.name, str(s.value), ", ".join(s.choices), s.words)
            for s in pack.switches.values()
        ],
    )
    screen.print("\n[bold]Grounds[/]: what may except a contact, and who may grant it")
    _table(
        screen,
        ("ground", "clause", "granted by", "beforehand", "in use"),
        [
            (g.name, g.clause or "–", ", ".join(g.granted_by), _YES[g.prior], _YES[g.enabled])
            for g in pack.grounds.values()
        ],
    )
    screen.print("\n[bold]Offices[/]: who reads what is about a holder")
    _table(
        screen,
        ("office", "name", "next"),
        [(o.id, o.name, o.next or "–") for o in pack.offices.values()],
    )


def _lines(words: Iterable[str]) -> str:
    return "\n".join(words) or "–"


def _table(screen: Console, headings: Iterable[str], rows: Iterable[tuple[str, ...]]) -> None:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for at, heading in enumerate(headings):
        table.add_column(heading, overflow="fold", no_wrap=at == 0)
    for row in rows:
        table.add_row(*(escape(cell) for cell in row))
    screen.print(table)
