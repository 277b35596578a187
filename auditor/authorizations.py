"""Whether an approval, a family tie or another ground really covers one message.

An exception is checked, not believed: the ground must answer the rule, the granter must be on the
rosters, on the staff that day and somebody else, the dates must hold on the day of the message, an
approval that must come first must have come first, one for a tool reaches that tool only, and a
condition such as "guardian included" must be met by that very message. Every exception tried
leaves a line saying why it failed.

One thing is still taken from the record: that the granter held the office it names. The rosters
say who is staff, not yet who is principal or athletic director.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

from auditor.directory import Register, day_number, day_of
from auditor.directory.state import Row
from auditor.model import Ground, HatRole
from auditor.policy import GroundRules, Pack

GUARDIAN_LINK = "guardian-link"
"""Stands as the authorization id where the roster itself proves the family tie."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST_ZONE = timezone(timedelta(hours=-12))
"""Where a day ends last; read there, no moment falls on a later day than in the district."""


@dataclass(frozen=True, slots=True)
class Filed:
    """An approval as the directory holds it. Days are day numbers; ``until`` is not included."""

    id: str
    ground: Ground
    adult: int | None
    student: int | None
    team: int | None
    tool: str | None
    granted_by: str | None
    granted_by_key: int | None
    granted_by_role: str | None
    granted_us: int | None
    starts: int | None
    until: int | None
    conditions: tuple[str, ...]
    reason_code: str | None
    evidence: str | None

    @classmethod
    def of(cls, row: Row) -> Filed:
        """Read a row of the directory's ``authorization`` relation."""
        (id_, ground, adult, student, team, tool, by, by_key, role, at, starts, until) = row[:12]
        condition, reason_code, evidence = row[12:15]
        conditions = tuple(c.strip() for c in (condition or "").split(";") if c.strip())
        head = (id_, Ground(ground), adult, student, team, tool, by, by_key)
        return cls(*head, _word(role), at, starts, until, conditions, reason_code, evidence)


@dataclass(frozen=True, slots=True)
class Contact:
    """The message of a hit, as far as an exception can depend on it."""

    rule: str
    adult: int
    student: int | None
    team: int | None
    sent_us: int
    day: int
    students: frozenset[int]
    """All students the message reached, lists expanded."""
    guardians: frozenset[int]
    """Guardians of ``student`` on the message."""
    tool: str | None = None
    """The tool that carried the message; None: not known."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """``covered_by`` is an authorization id or None; ``tried`` says what came of each exception."""

    covered_by: str | None
    tried: tuple[str, ...]


class Exceptions:
    """All exceptions on file, ready to be asked about one contact after another.

    ``zone`` is the district's, by which the day an approval was granted is told.
    """

    def __init__(self, pack: Pack, register: Register, zone: tzinfo = LAST_ZONE) -> None:
        self._pack = pack
        self._register = register
        self._zone = zone
        self._filed = [Filed.of(row) for row in sorted(register.approvals, key=lambda r: str(r[0]))]
        self._of_adult: Mapping[int | None, Sequence[Filed]] = _grouped(self._filed)

    @property
    def filed(self) -> Sequence[Filed]:
        return self._filed

    def outcome(self, contact: Contact) -> Outcome:
        """Say which exception covers the contact, or why each one on file does not."""
        tried: list[str] = []
        if self._linked(contact):
            return Outcome(GUARDIAN_LINK, ("Guardian link in the roster: yes.",))
        holding: dict[Ground, list[Filed]] = defaultdict(list)
        for filed in (*self._of_adult.get(contact.adult, ()), *self._of_adult.get(None, ())):
            if not _concerns(filed, contact):
                continue
            refusal = self._refusal(filed, contact)
            if refusal is None:
                holding[filed.ground].append(filed)
            else:
                tried.append(f"{filed.id} ({_name(self._pack, filed.ground)}): {refusal}")
        for ground, candidates in holding.items():
            covering = _covering(candidates, contact)
            if covering is not None:
                tried.append(f"{covering.id} ({_name(self._pack, ground)}): covers this message.")
                return Outcome(covering.id, tuple(tried))
            tried += [
                f"{c.id} ({_name(self._pack, ground)}): the message also went to students "
                "it does not name."
                for c in candidates
            ]
        return Outcome(None, tuple(tried))

    def standing(self, filed: Filed, day: int) -> str:
        """Say in words whether an approval holds on ``day``, whatever it is used for."""
        rules = self._pack.grounds.get(filed.ground)
        if rules is None or not rules.enabled:
            return "not an exception under this policy"
        problem = self._record(filed, rules, day)
        if problem is not None:
            return problem
        if filed.until is not None and day >= filed.until:
            return f"ended {_date(day_of(filed.until - 1))}"
        if filed.starts is not None and day < filed.starts:
            return f"starts {_date(day_of(filed.starts))}"
        return "in force"

    def _linked(self, contact: Contact) -> bool:
        family = self._pack.grounds.get(Ground.FAMILY)
        return (
            family is not None
            and family.enabled
            and family.from_guardian_link
            and contact.rule in family.covers
            and contact.student is not None
            and contact.adult in self._register.guardians_of(contact.student, contact.day)
        )

    def _refusal(self, filed: Filed, contact: Contact) -> str | None:
        rules = self._pack.grounds.get(filed.ground)
        if rules is None or contact.rule not in rules.covers:
            return "is not a ground for this kind of item."
        if not rules.enabled:
            return "this ground is switched off in the policy settings."
        if filed.team is not None and contact.student is not None:
            on_team = self._register.on_team(contact.student, filed.team, contact.day)
            if not on_team:
                return "is for a team the student was not on that day."
        return (
            self._record(filed, rules, contact.day)
            or _tool(filed, contact)
            or _dates(filed, rules, contact)
            or _conditions(filed, rules, contact)
        )

    def _record(self, filed: Filed, rules: GroundRules, day: int) -> str | None:
        """Say what keeps a record from covering any message, whichever it is asked about."""
        if filed.student is None and filed.team is None:
            return "names neither a student nor a team, so its scope is not known."
        if filed.adult is None:
            return "names no adult."
        granted = self._granted_day(filed)
        problem = self._granter(filed, day if granted is None else granted)
        problem = problem or _authority(filed, rules)
        if problem is not None:
            return problem
        if rules.bounded and (filed.starts is None or filed.until is None):
            return "does not say from when until when it holds."
        if granted is not None and granted > self._register.newest_day:
            return "is dated in the future."
        return None

    def _granter(self, filed: Filed, day: int) -> str | None:
        """Say why whoever granted it on ``day`` could not have, whatever office is named."""
        key = filed.granted_by_key
        if key is None:
            return "does not name a granter the rosters know."
        if key == filed.adult:
            return "granted by the person it is for."
        if key == filed.student:
            return "granted by the student it is about."
        if self._register.holds(key, HatRole.STUDENT, day):
            return "granted by a student."
        if not self._register.holds(key, HatRole.STAFF, day):
            return "granted by somebody who was not on the staff that day."
        return None

    def _granted_day(self, filed: Filed) -> int | None:
        if filed.granted_us is None:
            return None
        moment = _EPOCH + timedelta(microseconds=filed.granted_us)
        return day_number(moment.astimezone(self._zone).date())


def _grouped(filed: Iterable[Filed]) -> dict[int | None, list[Filed]]:
    groups: dict[int | None, list[Filed]] = defaultdict(list)
    for one in filed:
        groups[one.adult].append(one)
    return groups


def _concerns(filed: Filed, contact: Contact) -> bool:
    """Whether the approval is about these people at all; others are not worth a line."""
    if contact.team is not None:
        if filed.team is not None and filed.team != contact.team:
            return False
        return filed.student is None or filed.student in contact.students
    if filed.student is not None:
        return filed.student == contact.student
    return True


def _authority(filed: Filed, rules: GroundRules) -> str | None:
    if filed.granted_by_role not in rules.granted_by:
        allowed = ", ".join(role.replace("_", " ") for role in rules.granted_by)
        granter = (filed.granted_by_role or "nobody named").replace("_", " ")
        return f"granted by {granter}; this ground needs {allowed}."
    if rules.reason_codes and filed.reason_code not in rules.reason_codes:
        return f"has no reason code; allowed: {', '.join(rules.reason_codes)}."
    return None


def _tool(filed: Filed, contact: Contact) -> str | None:
    if filed.tool is None:
        return None
    if contact.tool is None:
        return "is for one tool, and the tool of this message is not known."
    if filed.tool.strip().casefold() != contact.tool.strip().casefold():
        return f"is for {filed.tool}, not for {contact.tool}."
    return None


def _dates(filed: Filed, rules: GroundRules, contact: Contact) -> str | None:
    if filed.starts is not None and contact.day < filed.starts:
        return f"starts {_date(day_of(filed.starts))}, after the message."
    if filed.until is not None and contact.day >= filed.until:
        return f"ended {_date(day_of(filed.until - 1))}, before the message."
    if not rules.prior:
        return None
    if filed.granted_us is None:
        return "does not say when it was granted, and it must come before the message."
    if filed.granted_us > contact.sent_us:
        return "was granted after the message; a late approval does not reach back."
    return None


def _conditions(filed: Filed, rules: GroundRules, contact: Contact) -> str | None:
    needed = {*filed.conditions, *rules.conditions}
    unknown = needed - {"guardian_included"}
    if unknown:
        return f"carries a condition that cannot be checked: {', '.join(sorted(unknown))}."
    if "guardian_included" in needed and not contact.guardians:
        return "needs a guardian on the message, and none was on it."
    return None


def _covering(candidates: Sequence[Filed], contact: Contact) -> Filed | None:
    """Return the approval that covers a contact all its candidates are in force for.

    A team message is covered when the students it reached are all named, by one record or by
    several of the same ground together.
    """
    for filed in candidates:
        if filed.student is None:
            return filed
    if contact.team is None:
        return candidates[0]
    named = {filed.student for filed in candidates}
    return candidates[0] if contact.students <= named else None


def _name(pack: Pack, ground: Ground) -> str:
    rules = pack.grounds.get(ground)
    return ground.value if rules is None else rules.name


def _word(text: str | None) -> str | None:
    return None if text is None else text.strip().lower().replace(" ", "_").replace("-", "_")


def _date(day: date) -> str:
    return f"{day:%b} {day.day}, {day.year}"
