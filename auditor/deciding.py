"""Recording what reviewers decided: who may, what it takes, and the same row only once.

A decision closes an item as it was to be seen on the day it was made, and nothing that comes
later. Nobody decides on an item about themselves, and only its readers decide at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from auditor import decisionbook, notice, runbook
from auditor.desk import Desk, open_desk
from auditor.directory import day_number
from auditor.itembook import found_on, stored_items
from auditor.items import Recorded, StoredItem
from auditor.result import Decision, Item, Reason
from auditor.workplace import AuditError, Workplace

LONGEST_NOTE = 500


@dataclass(frozen=True, slots=True)
class Asked:
    """A decision as somebody asks for it to be recorded."""

    item_id: str
    reason: str
    by: str
    """Person id or e-mail; of an office whose holder is on no roster, the name in the settings."""
    note: str
    until: date | None
    on: date | None
    """None: today."""
    line: int | None = None
    """Of the file it stands in."""

    def row(self, desk: Desk, today: date) -> str:
        """Return by what it is known again: all that was written, and the day."""
        written = (self.item_id, self.reason, self.by, self.note)
        until = None if self.until is None else self.until.isoformat()
        day = (self.on or today).isoformat()
        words = [" ".join(word.split()).casefold() for word in written]
        return decisionbook.row_digest(desk.place.keyring, [*words, until, day])


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why a decision cannot be recorded."""

    line: int | None
    field: str
    what: str
    cure: str


@dataclass(frozen=True, slots=True)
class Approval:
    """The row of ``authorizations.csv`` that would cover what comes later."""

    ground: str
    name: str
    may_grant: bool
    """Whether the policy gives the decider's office authority for this ground."""
    values: Mapping[str, str]
    reason_codes: tuple[str, ...]
    """One of these has to be filled in; empty: none."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A decision that is on record, or was, and whether it was recorded just now."""

    item_id: str
    number: int
    decision: Decision | None
    """None: it was deleted since, with its item."""
    is_new: bool
    approvals: tuple[Approval, ...] = ()


@dataclass(frozen=True, slots=True)
class _Ready:
    """A decision with nothing wrong in it; ``decision.by`` is the reference that is stored."""

    stored: StoredItem
    item: Item
    decision: Decision
    office: str
    """The office by which its maker reads the item."""
    row: str


def desk_to_decide(place: Workplace) -> Desk:
    """Open the desk; raises ``AuditError`` while there are no items at all."""
    with place.ledger.read() as connection:
        record = runbook.last_night(connection)
    if record is None:
        raise AuditError(
            "no nightly run has finished yet, so there is nothing to decide on",
            where="decide",
            cure="Run `auditor run nightly` first",
        )
    notice.require(place.district, record.audit_date, "decide")
    return open_desk(place, {s.name: s.title for s in record.sources})


def decide(
    desk: Desk, asked: Sequence[Asked], *, now: datetime, came_by: str
) -> tuple[tuple[Taken, ...], tuple[Wrong, ...]]:
    """Record all that is asked for, or nothing and what is wrong with it.

    ``came_by`` is ``command`` or ``file``. What is on record already is not looked at again: who
    decided may have left since, and the item may be gone.
    """
    with desk.place.ledger.begin() as connection:
        stored = {one.id.casefold(): one for one in stored_items(connection)}
        judge = _Judge(desk, stored, now, came_by)
        known = decisionbook.known_rows(connection)
        fresh = [one for one in asked if one.row(desk, judge.today) not in known]
        looked = [judge.look_at(one) for one in fresh]
        wrong = tuple(one for one in looked if isinstance(one, Wrong))
        if wrong:
            return (), wrong
        for one in looked:
            if isinstance(one, _Ready) and one.row not in known:
                known[one.row] = _record(connection, desk, one)
        ready = {known[one.row]: one for one in looked if isinstance(one, _Ready)}
        every = decisionbook.recorded(connection)
    shown = {d.decision.number: (i, d.decision) for i, some in every.items() for d in some}
    taken, told = [], set()
    for one_asked in asked:
        number = known[one_asked.row(desk, judge.today)]
        if number not in shown:
            taken.append(Taken(one_asked.item_id, number, None, is_new=False))
            continue
        item_id, decision = shown[number]
        new = ready.get(number) if number not in told else None
        told.add(number)
        approvals = () if new is None else tuple(_approvals(desk, new, number))
        told_as = desk.shower.decision(decision)
        taken.append(Taken(item_id, number, told_as, new is not None, approvals))
    return tuple(taken), ()


def _record(connection: Connection, desk: Desk, ready: _Ready) -> int:
    decision, stored = ready.decision, ready.stored
    day, found = day_number(decision.on), found_on(connection)
    # what came in after that day was on no page then, however early it was sent
    seen = [
        hit
        for hit in stored.open_hits
        if hit.day <= day and found.get((stored.id, hit.message), decision.on) <= decision.on
    ]
    last = max((hit.sent_us for hit in seen), default=0)
    new = Recorded(decision, len(seen), last)
    return decisionbook.enter(connection, desk.place.keyring, stored.id, new, ready.row)


@dataclass(frozen=True, slots=True)
class _Judge:
    """Says what is wrong with a decision, or makes it ready to be recorded."""

    desk: Desk
    stored: Mapping[str, StoredItem]
    now: datetime
    came_by: str

    @property
    def today(self) -> date:
        return self.now.astimezone(self.desk.place.district.timezone).date()

    def look_at(self, asked: Asked) -> _Ready | Wrong:
        """Return the decision ready to be recorded, or the first thing that is wrong with it."""

        def wrong(field: str, what: str, cure: str) -> Wrong:
            return Wrong(asked.line, field, what, cure)

        stored = self.stored.get(asked.item_id.strip().casefold())
        shown = () if stored is None else self.desk.show_all([stored], since=self.today)
        if stored is None or not shown:
            return wrong("item", "there is no such item", "`auditor items` lists those there are")
        reason = next((r for r in Reason if r.value == asked.reason.strip().lower()), None)
        if reason is None:
            words = ", ".join(Reason)
            return wrong("reason", "this is none of the reasons", f"Write one of: {words}")
        on = asked.on or self.today
        problem = _note_problem(reason, asked.note) or self._day_problem(asked, reason, on, stored)
        if problem is not None:
            return wrong(*problem)
        who = self._who(asked.by, shown[0], self.desk.people_in(stored))
        if len(who) == 3:  # noqa: PLR2004  (field, what, cure)
            return wrong(*who)
        note = " ".join(asked.note.split()) or None
        by, office = who
        decision = Decision(0, self.now, on, by, reason, note, asked.until, self.came_by)
        return _Ready(stored, shown[0], decision, office, asked.row(self.desk, self.today))

    def _day_problem(
        self, asked: Asked, reason: Reason, on: date, stored: StoredItem
    ) -> tuple[str, str, str] | None:
        if on > self.today:
            return "on", "this day is still to come", "Write the day it was decided"
        if on < stored.listed_on:
            cure = f"It was first listed on {stored.listed_on}"
            return "on", "the item was not listed yet on that day", cure
        if reason.needs_end and asked.until is None:
            return "until", "an approval needs a last day", "Say until when: 2027-06-30"
        if asked.until is not None and not reason.needs_end:
            return "until", "only an approval has a last day", "Leave it out"
        if asked.until is not None and asked.until < on:
            return "until", "it ends before it was decided", "Correct one of the two days"
        return None

    def _who(
        self, by: str, item: Item, people: frozenset[int]
    ) -> tuple[str, str] | tuple[str, str, str]:
        """Return who is meant, and the office by which they read the item; or what is wrong."""
        desk, router = self.desk, self.desk.router
        person = desk.person_key(by)
        if person is not None and person in people:
            cure = "Leave it to another reader of the item; nobody reviews themselves"
            return "by", "the item is about this person", cure
        offices = router.deciding(item, people)
        for office in offices:
            if person is not None and person in router.readers(office, item):
                return f"person:{person}", office
        for office in offices:
            named = router.named(office)
            if named is None or router.readers(office, item):
                continue  # nobody is named, or somebody who is on a roster
            if by.strip().casefold() == named.casefold():
                return f"office:{office}", office
        told = ", ".join(f"the {desk.offices.name(office)}" for office in offices)
        cure = f"Its readers are {told}" if told else "Name a holder of a reading office"
        if person is None:
            return "by", "no roster knows this person for certain", f"Write a person id. {cure}"
        return "by", "this person does not read the item", cure


def _note_problem(reason: Reason, note: str) -> tuple[str, str, str] | None:
    if reason.needs_note and not note.strip():
        cure = "Say in a few words who approved it, what is wrong or where it went"
        return "note", f"“{reason}” needs a note", cure
    if reason.bars_note and note.strip():
        cure = "Leave the note out: the matter is private, the reason alone is enough"
        return "note", f"“{reason}” has no note", cure
    if len(note) > LONGEST_NOTE:
        return "note", f"it is longer than {LONGEST_NOTE} signs", "Keep the file elsewhere"
    return None


def _approvals(desk: Desk, ready: _Ready, number: int) -> Iterable[Approval]:
    """Return the records that would cover later messages like these, ground by ground.

    The decision itself covers nothing: whether an approval holds is checked against the policy,
    and only a record can be checked.
    """
    item, decision = ready.item, ready.decision
    if decision.reason is not Reason.APPROVED:
        return
    held = {o for o in desk.pack.offices if ready.office in desk.pack.offices_held(o)}
    for ground, rules in desk.pack.grounds.items():
        if item.rule not in rules.covers or not rules.enabled:
            continue
        person = decision.by.removeprefix("person:")
        known = person if person == decision.by else desk.register.person(int(person), 0).person_id
        values = {
            "authorization_id": f"DECISION-{number}",
            "ground": ground.value,
            "adult": "" if item.adult is None else item.adult.person_id,
            "student": "" if item.student is None else item.student.person_id,
            "team": "" if item.team is None else item.team.team_id,
            "granted_by": known.removeprefix("office:"),
            "granted_by_role": ready.office,
            "granted_at": decision.at.astimezone(desk.place.district.timezone).isoformat(
                timespec="seconds"
            ),
            "starts_on": decision.on.isoformat(),
            "ends_on": "" if decision.until is None else decision.until.isoformat(),
            "evidence": f"decision {number} on {item.id}",
        }
        allowed = bool(held.intersection(rules.granted_by)) or ready.office in rules.granted_by
        yield Approval(ground.value, rules.name, allowed, values, rules.reason_codes)


