"""Rules as files: one SELECT each, under a header that says what it looks for and what it misses.

A rule is ``<id>.sql``: TOML in its opening comment, then one query over the facts relations. It
knows no district, no clause and no person; a policy pack says what its rows mean. Everything a
reader is told comes from the header's sentences, filled with what the query measured.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from auditor.source import FactKind
from auditor.wording import ITEM_NUMBERS, SPREADS, conditional, names_in

RULES = Path(__file__).parent / "rules"
"""The rules that come with the program."""
HIT_COLUMNS = ("message_key", "adult_key", "student_key", "team_key", "sent_by_adult", "uncertain")
"""What a rule over messages returns first; ``thing_key`` follows where it is part of the identity,
then the evidence columns, whole numbers."""
RECORD_COLUMNS = (
    *("record_key", "since_day", "adult_key", "student_key", "team_key", "thing_key"),
    "uncertain",
)
"""What a rule over records returns first. It tells what stands now: a row that is gone tomorrow
is settled. ``since_day`` may be NULL where nobody knows since when."""
KEYS = ("adult_key", "student_key", "team_key", "thing_key")
"""What an item can be about; ``thing_key`` is a tool, an account, an approval, a list, a source."""
CODES = frozenset(
    (
        *("AUTO", "CAL", "OOO", "LIST", "BCC", "THREAD", "PARENT", "FAM", "STUWORK", "ALIAS"),
        *("VOL", "SUB", "ADULT", "SHARED", "GRAD", "DUP", "ROLE", "CRISIS", "GPROXY", "ONE"),
        *("TEST", "TZ"),
        *("NAME", "SPOOF", "EXT", "PUSH"),
    )
)
"""The known ways in which a listed contact may be an ordinary one."""
_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_FILE = re.compile(r"\s*/\*(?P<header>.*?)\*/(?P<query>.*)", re.DOTALL)
_KINDS = ("messages", "records")
_STAGES = ("contacts", "exceptions")


class RuleError(Exception):
    """A rule file cannot be used. ``problems`` holds one line for each mistake, naming the file."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


@dataclass(frozen=True, slots=True)
class Parameter:
    """A setting of a rule that a policy pack or a district may change."""

    default: int | str
    unit: str
    words: str


@dataclass(frozen=True, slots=True)
class Rule:
    id: str
    title: str
    looks_for: str
    needs: tuple[FactKind, ...]
    """What some source must provide for the rule to say anything."""
    identity: tuple[str, ...]
    """The columns that make next week's hit the same item."""
    evidence: tuple[str, ...]
    """Columns of whole numbers that the query returns beside ``HIT_COLUMNS``."""
    says: str
    """The one sentence of an item; a template of ``auditor.wording``."""
    why: tuple[str, ...]
    misses: tuple[str, ...]
    """What the rule cannot see, in words."""
    explained_by: tuple[str, ...]
    """Codes of ``CODES`` that apply; each has a case beside the rule."""
    parameters: Mapping[str, Parameter]
    kind: str
    """``messages`` or ``records``: what its rows are."""
    stage: str
    """``exceptions`` for a rule that reads which exceptions were tried on what others found."""
    query: str
    version: str
    """Twelve hexadecimal digits over the whole file."""
    path: Path

    @property
    def columns(self) -> tuple[str, ...]:
        """What the query returns, in this order."""
        if self.kind == "records":
            return (*RECORD_COLUMNS, *self.evidence)
        thing = ("thing_key",) if "thing_key" in self.identity else ()
        return (*HIT_COLUMNS, *thing, *self.evidence)

    def __str__(self) -> str:
        return self.id


def load_rules(*folders: Path) -> dict[str, Rule]:
    """Return every rule of the folders (default: our own) by id; raises ``RuleError``."""
    found: dict[str, Rule] = {}
    problems: list[str] = []
    for folder in folders or (RULES,):
        for path in sorted(folder.glob("*.sql")):
            try:
                rule = read_rule(path)
            except RuleError as error:
                problems += error.problems
                continue
            if rule.id in found:
                problems.append(f"{path}: there is a rule of this name already; give it another")
            found.setdefault(rule.id, rule)
    if problems:
        raise RuleError(problems)
    return found


def read_rule(path: Path) -> Rule:
    """Read and check one rule file; raises ``RuleError`` with every mistake in it."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise RuleError([f"{path}: not UTF-8 text; save it as UTF-8"]) from None
    match = _FILE.fullmatch(text)
    if match is None:
        raise RuleError([f"{path}: begin with a comment /* ... */ that holds the header as TOML"])
    try:
        raw = tomllib.loads(match["header"])
    except tomllib.TOMLDecodeError as error:
        raise RuleError([f"{path}: the header is not readable as TOML: {error}"]) from None
    reader = _Header(path, raw)
    rule = reader.rule(match["query"].strip(), sha256(text.encode()).hexdigest()[:12])
    if reader.problems:
        raise RuleError(reader.problems)
    return rule


class _Header:
    """Turns a header into a rule and collects what is wrong with it."""

    _KEYS = frozenset(
        (
            *("title", "looks_for", "needs", "identity", "evidence", "says", "why", "misses"),
            *("explained_by", "parameters", "kind", "stage"),
        )
    )

    def __init__(self, path: Path, raw: Mapping[str, Any]) -> None:
        self._path = path
        self._raw = raw
        self.problems: list[str] = []

    def rule(self, query: str, version: str) -> Rule:
        for key in sorted(set(self._raw) - self._KEYS):
            self._wrong(f"{key}: there is no such key; remove it")
        if not _ID.fullmatch(self._path.stem):
            self._wrong("name the file in small letters, digits and hyphens: two-person-space.sql")
        if not query.upper().startswith(("SELECT", "WITH")) or query.endswith(";"):
            self._wrong("below the header stands one SELECT, without a semicolon")
        rule = Rule(
            id=self._path.stem,
            title=self._text("title"),
            looks_for=self._text("looks_for"),
            needs=self._needs(),
            identity=self._list("identity"),
            evidence=self._list("evidence"),
            says=self._text("says"),
            why=self._list("why"),
            misses=self._list("misses"),
            explained_by=self._list("explained_by"),
            parameters=self._parameters(),
            kind=self._word("kind", _KINDS),
            stage=self._word("stage", _STAGES),
            query=query,
            version=version,
            path=self._path,
        )
        self._check(rule)
        return rule

    def _check(self, rule: Rule) -> None:
        if not rule.identity or tuple(k for k in KEYS if k in rule.identity) != rule.identity:
            self._wrong(f"identity: name at least one of {', '.join(KEYS)}, in this order")
        if rule.kind == "messages" and "adult_key" not in rule.identity:
            self._wrong("identity: a message is somebody's; begin with adult_key")
        for code in rule.explained_by:
            if code not in CODES:
                self._wrong(f"explained_by: {code!r} is not one of {', '.join(sorted(CODES))}")
        if not rule.misses:
            self._wrong("misses: say what the rule cannot see; every rule has blind spots")
        self._check_sentences(rule)
        for name in sorted(set(re.findall(r"\$(\w+)", rule.query)) ^ set(rule.parameters)):
            self._wrong(f"parameters: {name} must be both declared and used as ${name}")

    def _check_sentences(self, rule: Rule) -> None:
        ends = (*SPREADS, "range")
        spread = {f"{column}_{end}" for column in rule.evidence for end in ends}
        for column in (conditional(template)[0] for template in rule.why):
            if column is not None and column not in rule.evidence:
                self._wrong(f"why: {column!r} after `when` is no column of the evidence")
        for template in (rule.says, *rule.why):
            for name in sorted(names_in(template) - spread - set(ITEM_NUMBERS)):
                self._wrong(f"{name!r} in a sentence is nothing the rule measures")

    def _needs(self) -> tuple[FactKind, ...]:
        needs = []
        for need in self._list("needs"):
            if need in set(FactKind):
                needs.append(FactKind(need))
            else:
                self._wrong(f"needs: {need!r} is not one of {', '.join(FactKind)}")
        if not needs:
            self._wrong("needs: name what the rule must have, or nobody can tell when it is blind")
        return tuple(needs)

    def _parameters(self) -> dict[str, Parameter]:
        tables = self._raw.get("parameters", {})
        found: dict[str, Parameter] = {}
        for name, table in tables.items() if isinstance(tables, dict) else ():
            default = table.get("default")
            unit, words = table.get("unit"), table.get("words")
            usable = isinstance(default, (int, str)) and not isinstance(default, bool)
            if usable and isinstance(unit, str) and isinstance(words, str):
                found[name] = Parameter(default, unit, words)
            else:
                self._wrong(f"parameters.{name}: give default, unit and words")
        return found

    def _word(self, key: str, allowed: tuple[str, ...]) -> str:
        value = self._raw.get(key, allowed[0])
        if value not in allowed:
            self._wrong(f"{key}: {value!r} is not one of {', '.join(allowed)}")
        return str(value)

    def _text(self, key: str) -> str:
        value = self._raw.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip()
        self._wrong(f"{key}: missing; write it as text in quotes")
        return ""

    def _list(self, key: str) -> tuple[str, ...]:
        value = self._raw.get(key, [])
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return tuple(value)
        self._wrong(f"{key}: must be a list of texts in quotes")
        return ()

    def _wrong(self, problem: str) -> None:
        self.problems.append(f"{self._path}: {problem}")
