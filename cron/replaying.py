"""What ``auditor replay`` tries: which other policy is meant, and how the answer is put."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from auditor import audit
from auditor.audit import Replay
from auditor.policy import VALUE, Pack, PolicyError, Switch, load_pack
from auditor.policy.problems import written
from auditor.replaying import Count, RuleReplay
from auditor.runbook import last_night
from cron import wiring
from cron.mistakes import Mistake, SettingsError, did_you_mean
from cron.outcome import CommandError, Exit, Outcome
from cron.settings import CONFIG, SYSTEMS, PolicySettings
from cron.wiring import Office

_NAME = re.compile(r"[A-Za-z0-9_-]+")
_TRUTHS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Trial:
    """The other policy, and what of the district's own settings it was tried with."""

    pack: Pack
    set: Mapping[str, VALUE]
    left_out: tuple[str, ...]
    """Switches and rules of the settings that the other pack does not have."""


def pack_path(named: str) -> Path:
    """Return the file of a pack that is named as in the settings, or as a file."""
    if _NAME.fullmatch(named):
        return CONFIG / "policies" / f"{named}.toml"
    return Path(named)


def replay(config: Path, policy: str | None, days: int, switches: Sequence[str]) -> Outcome:
    """Compare what the policy in force and another one list over the last days."""
    if policy is None and not switches:
        raise CommandError(
            "there is nothing to compare with",
            where="replay",
            cure="Name another pack with --policy, or change a switch with --set SWITCH=VALUE",
        )
    office = wiring.prepare(config)
    trial = _trial(config, office, policy, switches)
    if not office.has_ledger():
        raise _no_night(office)
    with wiring.workplace(office) as place:
        with place.ledger.read() as connection:
            record = last_night(connection)
        if record is None:
            raise _no_night(office)
        first = record.audit_date - timedelta(days=days - 1)
        found = audit.replay(place, trial.pack, first, record.audit_date)
    document = _document(found, office.pack, trial)
    code = Exit.GAPS if found.gaps else Exit.COMPLETE
    return Outcome(document, lambda screen: _show(found, office.pack, trial, screen), code)


def _no_night(office: Office) -> CommandError:
    return CommandError(
        "no nightly run has finished yet, so there is nothing to try a policy on",
        where=str(office.settings.storage.data),
        cure="Run `auditor run nightly` first",
        code=Exit.FAILED,
    )


# ---- the other policy ------------------------------------------------------------------------


def _trial(config: Path, office: Office, policy: str | None, switches: Sequence[str]) -> Trial:
    """Load the other pack as the district would have it: with its own settings laid over it."""
    own = office.settings.policy
    path = own.pack if policy is None else pack_path(policy)
    known = {name: frozenset(rule.parameters) for name, rule in office.rules.items()}
    try:
        plain = load_pack(path, rules=known)
    except PolicyError as error:
        raise _unusable(error, {}, config) from None
    changed = dict(_switch(plain, text) for text in switches)
    kept, left_out = _fitting(own, plain)
    try:
        pack = load_pack(
            path,
            rules=known,
            quotes=kept.quotes,
            switches={**kept.switches, **changed},
            parameters=kept.parameters,
            systems=SYSTEMS,
        )
    except PolicyError as error:
        raise _unusable(error, changed, config) from None
    return Trial(pack, changed, left_out)


def _switch(pack: Pack, text: str) -> tuple[str, VALUE]:
    name, sign, value = (part.strip() for part in text.partition("="))
    if not sign:
        cure = 'Write --set bcc_counts="do not count"'
        raise CommandError(f"{text!r} gives no value", where="--set", cure=cure)
    switch = pack.switches.get(name)
    if switch is None:
        cure = did_you_mean(name, pack.switches)
        raise CommandError(f"the pack has no switch {name!r}", where="--set", cure=cure)
    return name, _value(switch, value)


def _value(switch: Switch, text: str) -> VALUE:
    """Read a value as what the switch holds; the pack's own check refuses what does not fit."""
    if isinstance(switch.value, bool):
        return _TRUTHS.get(text.casefold(), text)
    if isinstance(switch.value, int) and re.fullmatch(r"\d{1,9}", text):
        return int(text)
    return text


def _fitting(own: PolicySettings, pack: Pack) -> tuple[PolicySettings, tuple[str, ...]]:
    """Return what of the district's settings the pack has a place for, and what it has not."""
    places: tuple[tuple[Mapping[str, Any], Mapping[str, Any]], ...] = (
        (own.switches, pack.switches),
        (own.parameters, pack.bindings),
        (own.quotes, pack.clauses),
    )
    switches, parameters, quotes = (
        {name: value for name, value in given.items() if name in there} for given, there in places
    )
    left = [name for given, there in places[:2] for name in given if name not in there]
    kept = replace(own, switches=switches, parameters=parameters, quotes=quotes)
    return kept, tuple(sorted(left))


def _unusable(error: PolicyError, changed: Mapping[str, VALUE], config: Path) -> Exception:
    """Place what is wrong: on the command line, in the settings, or in the pack."""
    mistakes = []
    for problem in error.found:
        if problem.of_settings and problem.key[1:2] == ("switches",) and problem.key[2] in changed:
            return CommandError(problem.what, where=f"--set {problem.key[2]}", cure=problem.cure)
        file = config if problem.of_settings else problem.file
        key = written(problem.key) if problem.key else None
        mistakes.append(Mistake(file, problem.line, key, problem.what, problem.cure))
    return SettingsError(mistakes)


# ---- the answer ------------------------------------------------------------------------------


def _document(found: Replay, present: Pack, trial: Trial) -> dict[str, Any]:
    return {
        "first": found.first.isoformat(),
        "last": found.last.isoformat(),
        "present": _pack(present),
        "other": {**_pack(trial.pack), "set": dict(trial.set)},
        "settings_left_out": list(trial.left_out),
        "rules": [asdict(rule) for rule in found.rules],
        "not_run": [asdict(one) for one in found.not_run],
        "gaps": list(found.gaps),
    }


def _pack(pack: Pack) -> dict[str, str]:
    return {
        "id": pack.id,
        "name": pack.name,
        "revision": pack.revision,
        "sha256": pack.sha256,
    }


def _show(found: Replay, present: Pack, trial: Trial, screen: Console) -> None:
    screen.print(f"[bold]{found.first} to {found.last}[/]")
    for said, pack in (("in force", present), ("tried", trial.pack)):
        screen.print(f"{said:<9} {escape(pack.name)}, {escape(pack.revision)}")
    for name, value in trial.set.items():
        screen.print(f"{'':<9} {escape(name)} = {escape(str(value))}")
    for name in trial.left_out:
        screen.print(f"{'':<9} [dim]{escape(name)} of your settings: it has no such thing[/]")
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("check", "staff", "pairs", "messages or records", ""):
        table.add_column(heading)
    for rule in found.rules:
        evidence = rule.messages if rule.records is None else rule.records
        cells = [_cell(count) for count in (rule.staff, rule.pairs, evidence)]
        style = None if rule.changes else "dim"
        table.add_row(escape(rule.title), *cells, _which(rule), style=style)
    screen.print()
    screen.print(table)
    screen.print(
        "\n+ listed under the one tried only, − under the one in force only, = under both."
        " What an exception covers is not counted."
    )
    for one in found.not_run:
        screen.print(f"[dim]– {escape(one.title)}: not run, {escape(one.reason)}[/]")
    if found.gaps:
        screen.print("[yellow]Not everything of these days was read:[/]")
        for line in found.gaps:
            screen.print(f"  – {escape(line)}")


def _cell(count: Count | None) -> str:
    if count is None:
        return "–"
    return f"+{count.gained} −{count.lost} ={count.both}"


def _which(rule: RuleReplay) -> str:
    if rule.in_present and rule.in_other:
        return ""
    return "in force only" if rule.in_present else "tried only"
