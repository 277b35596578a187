"""Whether an approval, a family tie or another ground really covers one message.

An exception is checked, not believed: the ground must answer the rule, the granter must have held
an office that may grant it on that day, over that school, and be somebody else, the dates must
hold on the day of the message, an approval that must come first must have come first, one for a
tool reaches that tool only, and a condition such as "guardian included" must be met by that very
message. Every exception tried leaves a line saying why it failed, and a word that rules can read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta, timezone, tzinfo

from auditor.directory import Register, day_of
from auditor.filed import Filed, by_adult, day_in, on_file, plain_tool
from auditor.keys import Keyring
from auditor.model import Ground, HatRole
from auditor.offices import Offices
from auditor.policy import GroundRules, Pack
from auditor.refusals import (
    Came,
    Contact,
    Outcome,
    Refusal,
    Tried,
    concerns,
    conditions_refusal,
    covering,
    date_words,
    dates_refusal,
    once,
    tool_refusal,
)

__all__ = [
    "GUARDIAN_LINK",
    "LAST_ZONE",
    "REMINDED_DAYS",
    "Came",
    "Contact",
    "Exceptions",
    "Outcome",
    "Tried",
]
GUARDIAN_LINK = "guardian-link"
"""Stands as the authorization id where the roster itself proves the family tie."""

LAST_ZONE = timezone(timedelta(hours=-12))
"""Where a day ends last; read there, no moment falls on a later day than in the district."""
REMINDED_DAYS = 14
"""How long before its end an approval is said to be ending."""


class Exceptions:
    """All exceptions on file, ready to be asked about one contact after another.

    ``zone`` is the district's, by which the day an approval was granted is told; ``tool_id`` gives
    the id of a tool that a record calls by id or name.
    """

    def __init__(
        self,
        pack: Pack,
        register: Register,
        keyring: Keyring,
        offices: Offices | None = None,
        zone: tzinfo = LAST_ZONE,
        tool_id: Callable[[str], str] = plain_tool,
    ) -> None:
        self._tool_id = tool_id
        self._pack = pack
        self._register = register
        self._offices = offices or Offices(pack)
        self._zone = zone
        self._filed = on_file(register, keyring, zone)
        self._of_adult: Mapping[int | None, Sequence[Filed]] = by_adult(self._filed)

    @property
    def filed(self) -> Sequence[Filed]:
        return self._filed

    def outcome(self, contact: Contact) -> Outcome:
        """Say which exception covers the contact, or why each one on file does not."""
        if self._linked(contact):
            line = "Guardian link in the roster: yes."
            tie = Tried(GUARDIAN_LINK, None, Ground.FAMILY, Came.COVERS, line)
            return Outcome(GUARDIAN_LINK, (tie,))
        tried: list[Tried] = []
        holding: dict[Ground, list[Filed]] = defaultdict(list)
        for filed in (*self._of_adult.get(contact.adult, ()), *self._of_adult.get(None, ())):
            if not concerns(filed, contact):
                continue
            refusal = self._refusal(filed, contact)
            if refusal is None:
                holding[filed.ground].append(filed)
            else:
                tried.append(self._tried(filed, refusal))
        for candidates in holding.values():
            found = covering(candidates, contact)
            if found is not None:
                tried.append(self._tried(found, Refusal(Came.COVERS, "covers this message.")))
                return Outcome(found.id, once(tried))
            left_out = "the message also went to students it does not name."
            tried += [self._tried(c, Refusal(Came.SCOPE, left_out)) for c in candidates]
        return Outcome(None, once(tried))

    def standing(self, filed: Filed, day: int) -> str:
        """Say in words whether an approval holds on ``day``, whatever it is used for."""
        rules = self._pack.grounds.get(filed.ground)
        if rules is None or not rules.enabled:
            return "not an exception under this policy"
        problem = self._record(filed, rules, day)
        if problem is not None:
            return problem.words
        if filed.until is not None and day >= filed.until:
            return f"ended {date_words(day_of(filed.until - 1))}"
        if filed.starts is not None and day < filed.starts:
            return f"starts {date_words(day_of(filed.starts))}"
        if filed.until is not None and filed.until - day <= REMINDED_DAYS:
            return f"in force, ends {date_words(day_of(filed.until - 1))}"
        return "in force"

    def ending(self, day: int) -> list[Filed]:
        """Return the approvals in force on ``day`` that end soon, the first to end first."""
        soon = [
            f
            for f in self._filed
            if f.until is not None and self.standing(f, day).startswith("in force, ends")
        ]
        return sorted(soon, key=lambda f: (f.until or 0, f.id))

    def office_checked(self, filed: Filed) -> bool:
        """Whether it could be told that the granter held the office that the record names."""
        return self._held(filed, self._granted_day(filed)) is not None

    def _tried(self, filed: Filed, came: Refusal) -> Tried:
        name = _name(self._pack, filed.ground)
        line = f"{filed.id} ({name}): {came.words}"
        if came.came is Came.COVERS and not self.office_checked(filed):
            line += " Nobody is named for its granter’s office, so that was taken from the record."
        return Tried(filed.id, filed.key, filed.ground, came.came, line)

    def _linked(self, contact: Contact) -> bool:
        """Whether the adult is, by the roster, a guardian of every student it concerns."""
        family = self._pack.grounds.get(Ground.FAMILY)
        if (
            family is None
            or not (family.enabled and family.from_guardian_link)
            or contact.rule not in family.covers
            or contact.team is not None
        ):
            return False
        students = contact.students if contact.student is None else {contact.student}
        return bool(students) and all(
            contact.adult in self._register.guardians_of(student, contact.day)
            for student in students
        )

    def _refusal(self, filed: Filed, contact: Contact) -> Refusal | None:
        rules = self._pack.grounds.get(filed.ground)
        if rules is None or contact.rule not in rules.covers:
            return Refusal(Came.OTHER, "is not a ground for this kind of item.")
        if not rules.enabled:
            words = "this ground is switched off in the policy settings."
            return Refusal(Came.OTHER, words)
        if filed.team is not None and contact.team is None:
            team = filed.team
            concerned = contact.students if contact.student is None else {contact.student}
            if not all(self._register.on_team(one, team, contact.day) for one in concerned):
                who = "the student was not" if len(concerned) == 1 else "not every student was"
                return Refusal(Came.SCOPE, f"is for a team {who} on that day.")
        return (
            self._record(filed, rules, contact.day)
            or self._hat(rules, contact)
            or tool_refusal(filed, contact, self._tool_id)
            or dates_refusal(filed, rules, contact)
            or conditions_refusal(filed, rules, contact)
        )

    def _hat(self, rules: GroundRules, contact: Contact) -> Refusal | None:
        """Refuse an approval for somebody who does not wear a hat that it may be granted for."""
        wears = (self._register.holds(contact.adult, hat, contact.day) for hat in rules.hats)
        if not rules.hats or any(wears):
            return None
        hats = ", ".join(hat.value for hat in rules.hats)
        return Refusal(Came.SCOPE, f"may be granted to {hats} only, and the adult was none of it.")

    def _record(self, filed: Filed, rules: GroundRules, day: int) -> Refusal | None:
        """Say what keeps a record from covering any message, whichever it is asked about."""
        for_a_tool = filed.ground is Ground.TOOL and filed.tool is not None
        if filed.student is None and filed.team is None and not for_a_tool:
            words = "names neither a student nor a team, so its scope is not known."
            return Refusal(Came.SCOPE, words)
        if filed.ground is Ground.SUBGROUP and filed.student is None:
            words = "names none of its members, so it is not known who is in the sub-group."
            return Refusal(Came.SCOPE, words)
        if filed.adult is None and filed.ground is not Ground.SUBGROUP and not for_a_tool:
            return Refusal(Came.SCOPE, "names no adult.")
        if filed.is_unreported:
            return Refusal(Came.OTHER, "has not been reported yet, and only a report excepts.")
        granted = self._granted_day(filed)
        problem = self._granter(filed, day if granted is None else granted)
        problem = problem or self._authority(filed, rules, day if granted is None else granted)
        if problem is not None:
            return Refusal(Came.AUTHORITY, problem)
        if rules.reason_codes and filed.reason_code not in rules.reason_codes:
            allowed = ", ".join(rules.reason_codes)
            return Refusal(Came.OTHER, f"has no reason code; allowed: {allowed}.")
        if rules.bounded and (filed.starts is None or filed.until is None):
            return Refusal(Came.SCOPE, "does not say from when until when it holds.")
        if granted is not None and granted > self._register.newest_day:
            return Refusal(Came.OTHER, "is dated in the future.")
        return None

    def _granter(self, filed: Filed, day: int) -> str | None:
        """Say why whoever granted it on ``day`` could not have, whatever office is named."""
        key = filed.granted_by_key
        if key is None:
            return "does not name a granter the rosters know."
        if key == filed.adult:
            return "granted by the person it is for."
        if key == filed.requested_by_key:
            return "granted by the person who asked for it."
        if key == filed.student:
            return "granted by the student it is about."
        if self._register.holds(key, HatRole.STUDENT, day):
            return "granted by a student."
        if not self._register.holds(key, HatRole.STAFF, day):
            return "granted by somebody who was not on the staff that day."
        return None

    def _authority(self, filed: Filed, rules: GroundRules, day: int) -> str | None:
        if filed.granted_by_role not in rules.granted_by:
            allowed = ", ".join(self._offices.name(office) for office in rules.granted_by)
            granter = (filed.granted_by_role or "nobody named").replace("_", " ")
            return f"granted by {granter}; this ground needs {allowed}."
        if self._held(filed, day) is False:
            office = self._offices.name(filed.granted_by_role)
            return f"granted as {office} by somebody who did not hold that office there that day."
        return None

    def _held(self, filed: Filed, day: int | None) -> bool | None:
        """Say whether the granter held the office named; None if nobody is named for it."""
        if filed.granted_by_key is None or filed.granted_by_role is None:
            return None
        on = self._register.newest_day if day is None else day
        return self._offices.holds(
            filed.granted_by_key, filed.granted_by_role, self._schools(filed, on), on
        )

    def _schools(self, filed: Filed, day: int) -> frozenset[str]:
        """Return the schools over which a granter may speak: the student's, adult's or team's."""
        people = (key for key in (filed.adult, filed.student) if key is not None)
        found = {school for key in people for school in self._register.schools_of(key, day)}
        team = None if filed.team is None else self._register.team(filed.team)
        if team is not None and team.school_id is not None:
            found.add(team.school_id)
        return frozenset(found)

    def _granted_day(self, filed: Filed) -> int | None:
        return None if filed.granted_us is None else day_in(filed.granted_us, self._zone)


def _name(pack: Pack, ground: Ground) -> str:
    rules = pack.grounds.get(ground)
    return ground.value if rules is None else rules.name
