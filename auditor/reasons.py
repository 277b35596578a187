"""Why the exceptions on file did not cover a message, where the rule itself was moved by that.

A rule that reads what came of the exceptions (stage "exceptions") is no ground for anything, so
asking them about its own hits tells nothing. What somebody wants to know is what came of them for
the contact underneath: the hits of other rules on the same message, or of one that it absorbed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from auditor.authorizations import Contact
from auditor.desk import Desk
from auditor.items import Hit, StoredItem
from auditor.rule import Rule

Lines = tuple[str, ...]
Underneath = Mapping[tuple[int, int | None], Lines]
"""(message, adult) -> what was said of the exceptions for other rules' hits on it."""

_NO_GROUND = "is not a ground for this kind of item."
"""How ``authorizations`` says that an exception is for other rules."""


def underneath(items: Iterable[StoredItem], rules: Mapping[str, Rule]) -> Underneath:
    """Collect what was written down of the exceptions under the rules that look at contacts."""
    said: dict[tuple[int, int | None], Lines] = defaultdict(tuple)
    for item in items:
        rule = rules.get(item.subject.rule)
        if rule is None or rule.stage != "contacts" or item.withdrawn_on is not None:
            continue
        for hit in item.hits:
            said[hit.message, item.subject.adult] += hit.tried
    return said


@dataclass(frozen=True)
class Reasons:
    """Answers for one item."""

    desk: Desk
    said: Underneath

    def of(self, hit: Hit, people: frozenset[int], students: frozenset[int]) -> Lines:
        """Return a line for each exception tried on a message; its own where it is a contact."""
        rule = self.desk.place.rules[hit.subject.rule]
        if rule.stage == "contacts" or hit.subject.adult is None:
            return hit.tried
        lines = self.said.get((hit.message, hit.subject.adult), ())
        for absorbed in self.desk.pack.bindings[rule.id].absorbs:
            contact = self._contact(hit, absorbed, people, students)
            lines += self.desk.exceptions.outcome(contact).tried
        return _telling(lines) or hit.tried

    def _contact(
        self, hit: Hit, rule: str, people: frozenset[int], students: frozenset[int]
    ) -> Contact:
        subject = hit.subject
        assert subject.adult is not None  # noqa: S101  (asked of contacts alone)
        guardians: frozenset[int] = frozenset()
        if subject.student is not None:
            guardians = self.desk.register.guardians_of(subject.student, hit.day) & people
        return Contact(
            rule,
            subject.adult,
            subject.student,
            subject.team,
            hit.sent_us,
            hit.day,
            students,
            guardians,
            hit.tool,
        )


def _telling(lines: Lines) -> Lines:
    """Drop that an exception is no ground for one rule where another rule says more of it."""
    more = {line.partition(": ")[0] for line in lines if not line.endswith(_NO_GROUND)}
    return tuple(
        line
        for line in dict.fromkeys(lines)
        if not (line.endswith(_NO_GROUND) and line.partition(": ")[0] in more)
    )
