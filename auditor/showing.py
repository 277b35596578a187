"""From a stored item to what a person reads: names, sentences, clause and what might explain it.

Every sentence comes from measured values or from the policy pack; nothing is written by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from auditor import remarks
from auditor.authorizations import GUARDIAN_LINK, Exceptions
from auditor.directory import Register, day_of
from auditor.filed import Filed
from auditor.items import Hit, StoredItem, Subject
from auditor.model import HatRole
from auditor.policy import Binding, Clause, Pack
from auditor.recordbook import Book
from auditor.result import (
    Approval,
    Checked,
    CoveredBy,
    Decision,
    Item,
    MessageShown,
    PersonShown,
    ThingShown,
)
from auditor.rule import Rule
from auditor.wording import fill, item_numbers, said

OVERUSED = 30
"""Messages in a period from which one approval is over-used, where the policy sets no number."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def moment(microseconds: int) -> datetime:
    """Return a stored time as an aware datetime in UTC."""
    return _EPOCH + timedelta(microseconds=microseconds)


@dataclass(frozen=True, slots=True)
class Shower:
    """Shows items with one policy, one set of rules and one state of the directory."""

    pack: Pack
    rules: Mapping[str, Rule]
    register: Register
    exceptions: Exceptions
    source_titles: Mapping[str, str]
    book: Book
    address_text: Callable[[int], str | None]

    def show(self, stored: StoredItem, *, since: date) -> Item:
        """Return the item as of a reader who last looked before ``since``.

        Raises KeyError if the item's rule is no longer in the pack; the caller filters those.
        """
        subject = stored.subject
        rule, binding = self.rules[subject.rule], self.pack.bindings[subject.rule]
        hits = stored.hits
        day = hits[-1].day
        by_adult = sum(h.sent_by_adult for h in hits)
        numbers = item_numbers(
            by_adult=by_adult,
            by_student=len(hits) - by_adult,
            days=len({h.day for h in hits}),
            evidence=[h.numbers for h in hits],
        )
        as_coach = self._as_coach(stored, day)
        clause = self._clause(subject, binding, as_coach=as_coach)
        adult = None if subject.adult is None else self.register.person(subject.adult, day)
        student = None if subject.student is None else self.register.person(subject.student, day)
        team = None if subject.team is None else self.register.team(subject.team)
        return Item(
            id=stored.id,
            rule=rule.id,
            rule_title=rule.title,
            clause=clause.id,
            also_clauses=binding.also,
            verb=clause.verb,
            citation=clause.citation,
            policy_words=clause.words,
            words_are_quoted=clause.quote is not None,
            readers=_readers(binding, as_coach=as_coach),
            state=stored.state(since),
            listed_on=stored.listed_on,
            adult=adult,
            student=student,
            team=team,
            thing=self.thing(subject.thing, hits[-1].tool),
            school_ids=self.schools(subject, day),
            channels=tuple(dict.fromkeys(h.channel for h in hits if h.channel is not None)),
            tools=tuple(dict.fromkeys(h.tool for h in hits if h.tool)),
            messages=tuple(self._message(h, hits) for h in hits),
            first_seen=moment(hits[0].sent_us),
            last_seen=moment(hits[-1].sent_us),
            by_adult=by_adult,
            by_student=len(hits) - by_adult,
            uncertain=any(h.uncertain for h in hits if h.sent_by_adult),
            what=fill(rule.says, numbers),
            why=said(rule.why, numbers),
            checked=self._checked(stored, day, numbers),
            next_step=binding.next_step,
            covered_by=self._covered_by(hits),
            decisions=tuple(self.decision(one.decision) for one in stored.decisions),
        )

    def decision(self, decision: Decision) -> Decision:
        """Return a decision with the name of who made it."""
        kind, _, ref = decision.by.partition(":")
        if kind == "person":
            return replace(decision, by=self.register.person(int(ref), 0).name)
        office = self.pack.offices.get(ref)
        return replace(decision, by=f"the {ref if office is None else office.name}")

    def _clause(self, subject: Subject, binding: Binding, *, as_coach: bool) -> Clause:
        """Return the clause an item is about: for an approval, the one that allows its ground."""
        ground = self.book.grounds.get(subject.thing or 0)
        rules = None if ground is None else self.pack.grounds.get(ground)
        if rules is not None and rules.clause is not None:
            return self.pack.clauses[rules.clause]
        named = binding.coach_clause if as_coach and binding.coach_clause else binding.clause
        return self.pack.clauses[named]

    def thing(self, key: int | None, tool: str = "") -> ThingShown | None:
        """Return what a thing is called; a list or class is looked up where it is kept.

        ``tool`` is what the messages call a tool that no catalogue has.
        """
        if key is None:
            return None
        found = self.book.things.get(key) or self.register.school_class(key)
        if found is not None:
            return found
        text = self.address_text(key)
        if text is not None:
            return ThingShown("mailing list", text, text)
        if tool:
            return ThingShown("tool", tool, tool)
        return ThingShown("thing", f"#{key & 0xFFFFFFFF:08x}", "no longer on record")

    def record_label(self, key: int, day: int) -> str:
        """Return what a record's own table calls it, or the person, list or team it is of."""
        if (label := self.book.labels.get(key)) is not None:
            return label
        team = self.register.team(key)
        if team is not None:
            return team.team_id
        if self.register.knows(key):
            return self.register.person(key, day).person_id
        thing = self.thing(key)
        return "" if thing is None else thing.thing_id

    def _as_coach(self, stored: StoredItem, day: int) -> bool:
        """Whether the adult wore a coach's or adviser's hat towards these students.

        Where no student is concerned, it is enough to wear one.
        """
        subject = stored.subject
        if subject.team is not None:
            return True
        if subject.adult is None:
            return False
        leads = any(
            self.register.holds(subject.adult, role, day)
            for role in (HatRole.COACH, HatRole.ADVISER)
        )
        return leads and (subject.student is None or any(
            subject.adult in self.register.leaders(team, day)
            and self.register.on_team(subject.student, team, day)
            for team in self.register.team_keys
        ))

    def schools(self, subject: Subject, day: int) -> tuple[str, ...]:
        """Return whose principal an item concerns: where both people are, else the adult's school,
        else the student's; of a thing without people, its own.
        """
        team = None if subject.team is None else self.register.team(subject.team)
        if team is not None and team.school_id is not None:
            return (team.school_id,)
        adult, student = (
            () if key is None else self.register.schools_of(key, day)
            for key in (subject.adult, subject.student)
        )
        thing = self.thing(subject.thing)
        own = () if thing is None or thing.school_id is None else (thing.school_id,)
        return tuple(s for s in adult if s in student) or adult or student or own

    def _message(self, hit: Hit, hits: Sequence[Hit]) -> MessageShown:
        return MessageShown(
            source=hit.source,
            source_title="Records on file"
            if hit.is_record
            else self.source_titles.get(hit.source, hit.source),
            native_id=hit.native_id,
            sent_at=moment(hit.sent_us),
            channel=hit.channel,
            tool=hit.tool,
            sent_by="record" if hit.is_record else "adult" if hit.sent_by_adult else "student",
            uncertain=hit.uncertain,
            covered_by=hit.covered_by,
            missed=self._missed(hit, hits),
            reached=hit.numbers.get("reached"),
            rostered=hit.numbers.get("rostered"),
        )

    def _missed(self, hit: Hit, hits: Sequence[Hit]) -> tuple[PersonShown, ...]:
        team = hit.subject.team
        if team is None:
            return ()
        window = self.pack.number("parity_window_minutes") * 60_000_000
        near = (h for h in hits if abs(h.sent_us - hit.sent_us) <= window)
        reached = {student for h in near for student in h.reached}
        missed = self.register.roster(team, hit.day) - reached
        shown = [self.register.person(key, hit.day) for key in missed]
        return tuple(sorted(shown, key=lambda p: (p.family_name, p.given_name, p.person_id)))

    def _checked(
        self, stored: StoredItem, day: int, numbers: Mapping[str, int]
    ) -> tuple[Checked, ...]:
        subject, student = stored.subject, stored.subject.student
        lines: list[Checked] = []
        if student is not None and subject.adult is not None:
            family = subject.adult in self.register.guardians_of(student, day)
            lines.append(Checked("Guardian link in the roster", "yes" if family else "no"))
            classes = self.register.shared_classes(subject.adult, student, day)
            lines.append(
                Checked("In the adult’s class", f"yes ({', '.join(classes)})" if classes else "no")
            )
        tried = tuple(dict.fromkeys(line for h in stored.hits for line in h.tried))
        if not all(h.is_record for h in stored.hits):
            lines.append(Checked("Approval on file", " ".join(tried) if tried else "no"))
        lines += remarks.checked(numbers)
        return tuple(lines)

    def _covered_by(self, hits: Sequence[Hit]) -> tuple[CoveredBy, ...]:
        filed = {f.id: f for f in self.exceptions.filed}
        counts: dict[str, int] = {}
        for hit in hits:
            if hit.covered_by is not None:
                counts[hit.covered_by] = counts.get(hit.covered_by, 0) + 1
        return tuple(self._cover(id_, filed.get(id_), n) for id_, n in counts.items())

    def _cover(self, id_: str, filed: Filed | None, messages: int) -> CoveredBy:
        if filed is None:
            ground = "Family tie (guardian link in the roster)" if id_ == GUARDIAN_LINK else id_
            return CoveredBy(id_, ground, None, None, None, messages)
        name = self.pack.grounds[filed.ground].name
        ends = None if filed.until is None else day_of(filed.until - 1)
        return CoveredBy(id_, name, self.granter(filed), filed.granted_by_role, ends, messages)

    def approval(self, filed: Filed, day: int, covers: int) -> Approval:
        """Return an approval as pages show it; ``covers`` is how many messages it covered."""
        team = None if filed.team is None else self.register.team(filed.team)
        ground = self.pack.grounds.get(filed.ground)
        standing = self.exceptions.standing(filed, day)
        return Approval(
            authorization_id=filed.id,
            ground=filed.ground.value if ground is None else ground.name,
            adult="" if filed.adult is None else self.register.person(filed.adult, day).name,
            student=None
            if filed.student is None
            else self.register.person(filed.student, day).name,
            team=None if team is None else team.name,
            granted_by=self.granter(filed),
            granted_by_role=filed.granted_by_role,
            granted_on=None if filed.granted_us is None else moment(filed.granted_us).date(),
            starts_on=None if filed.starts is None else day_of(filed.starts),
            ends_on=None if filed.until is None else day_of(filed.until - 1),
            standing=standing,
            covers=covers,
            use=self._use(standing, covers),
        )

    def _use(self, standing: str, covers: int) -> str:
        if covers >= self.pack.number("approval_overused_messages", OVERUSED):
            return "over-used"
        if covers:
            return "used"
        return "unused" if standing.startswith("in force") else "not in use"

    def granter(self, filed: Filed) -> str | None:
        """Return the granter's name, or what the record calls them."""
        if filed.granted_by_key is None:
            return filed.granted_by
        return self.register.person(filed.granted_by_key, 0).name


def _readers(binding: Binding, *, as_coach: bool) -> tuple[str, ...]:
    """The athletic director reads about coaches as coaches; nobody else needs that hat."""
    if as_coach or binding.readers == ("athletic_director",):
        return binding.readers
    return tuple(r for r in binding.readers if r != "athletic_director") or binding.readers
