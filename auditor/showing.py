"""From a stored item to what a person reads: names, sentences, clause and what might explain it.

Every sentence comes from measured values or from the policy pack; nothing is written by hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from auditor.authorizations import GUARDIAN_LINK, Exceptions, Filed
from auditor.directory import Register, day_of
from auditor.items import Hit, StoredItem, Subject
from auditor.model import HatRole
from auditor.policy import Binding, Pack
from auditor.result import Checked, CoveredBy, Item, MessageShown, PersonShown
from auditor.rule import Rule
from auditor.wording import fill, item_numbers

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNCERTAIN = {
    "unknown_addressed": "An address nobody in the rosters has was also on a message",
    "hidden": "Some recipients could not be seen",
    "on_behalf": "A message went out in another mailbox's name",
    "unparsed": "A header could not be read in full",
    "also_class": "The students are also in the coach’s class",
}
_FACTS = {
    "is_reply": ("Answer to a message the student began", "yes"),
    "class_of_one": ("The adult holds a class for this student alone", "yes"),
    "sender_outside": (
        "Sent from an address outside the district",
        "yes; no sign-in of the district’s stands behind such an address",
    ),
}


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
        clause = self.pack.clauses[
            binding.coach_clause if as_coach and binding.coach_clause else binding.clause
        ]
        adult = self.register.person(subject.adult, day)
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
            school_ids=self._schools(adult, student, None if team is None else team.school_id),
            channels=tuple(dict.fromkeys(h.channel for h in hits)),
            tools=tuple(dict.fromkeys(h.tool for h in hits)),
            messages=tuple(self._message(h, hits) for h in hits),
            first_seen=moment(hits[0].sent_us),
            last_seen=moment(hits[-1].sent_us),
            by_adult=by_adult,
            by_student=len(hits) - by_adult,
            uncertain=any(h.uncertain for h in hits if h.sent_by_adult),
            what=fill(rule.says, numbers),
            why=tuple(fill(line, numbers) for line in rule.why),
            checked=self._checked(stored, day, numbers),
            next_step=binding.next_step,
            covered_by=self._covered_by(hits),
        )

    def _as_coach(self, stored: StoredItem, day: int) -> bool:
        """Whether the adult wore a coach's or adviser's hat towards these students."""
        subject = stored.subject
        if subject.team is not None:
            return True
        leads = any(
            self.register.holds(subject.adult, role, day)
            for role in (HatRole.COACH, HatRole.ADVISER)
        )
        return leads and subject.student is not None and any(
            subject.adult in self.register.leaders(team, day)
            and self.register.on_team(subject.student, team, day)
            for team in self.register.team_keys
        )

    def schools(self, subject: Subject, day: int) -> tuple[str, ...]:
        """Return whose principal an item about ``subject`` concerns, first the nearest."""
        adult = self.register.person(subject.adult, day)
        student = None if subject.student is None else self.register.person(subject.student, day)
        team = None if subject.team is None else self.register.team(subject.team)
        return self._schools(adult, student, None if team is None else team.school_id)

    @staticmethod
    def _schools(
        adult: PersonShown, student: PersonShown | None, team_school: str | None
    ) -> tuple[str, ...]:
        """Say whose principal it concerns: where both are, else the adult's, else the student's."""
        if team_school is not None:
            return (team_school,)
        theirs = () if student is None else student.school_ids
        both = tuple(s for s in adult.school_ids if s in theirs)
        return both or adult.school_ids or theirs

    def _message(self, hit: Hit, hits: Sequence[Hit]) -> MessageShown:
        return MessageShown(
            source=hit.source,
            source_title=self.source_titles.get(hit.source, hit.source),
            native_id=hit.native_id,
            sent_at=moment(hit.sent_us),
            channel=hit.channel,
            tool=hit.tool,
            sent_by="adult" if hit.sent_by_adult else "student",
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
        if student is not None:
            family = subject.adult in self.register.guardians_of(student, day)
            lines.append(Checked("Guardian link in the roster", "yes" if family else "no"))
            classes = self.register.shared_classes(subject.adult, student, day)
            lines.append(
                Checked("In the adult’s class", f"yes ({', '.join(classes)})" if classes else "no")
            )
        tried = tuple(dict.fromkeys(line for h in stored.hits for line in h.tried))
        lines.append(Checked("Approval on file", " ".join(tried) if tried else "no"))
        for column, words in _UNCERTAIN.items():
            if numbers.get(f"{column}_max", 0) > 0:
                lines.append(Checked(words, "yes, so this is less certain"))
        for column, (words, result) in _FACTS.items():
            if numbers.get(f"{column}_max", 0) > 0:
                lines.append(Checked(words, result))
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
