"""The settings of the source ``canvas``, checked all at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum

from auditor.source import SourceContext
from connectors.canvas.access import Access, unknown_settings
from connectors.options import flag, number, text, texts

NOWHERE = "none"
LINKS = ("sis_user_id", "integration_id", "login_id", NOWHERE)
ENROLLED_AS = ("teacher", "ta", "designer", "observer", "student")
"""Canvas's words for what somebody is in a course (accounts/users: enrollment_type)."""
_ADULTS = ENROLLED_AS[:3]
_MOST_QUESTIONS = 6_000


class Kind(StrEnum):
    """What one source brings: people are read before messages, so it is one or the other."""

    MESSAGES = "messages"
    PEOPLE = "people"


@dataclass(frozen=True, slots=True)
class CanvasSettings:
    """What is read of Canvas, and how."""

    kind: Kind = Kind.MESSAGES
    account: str = "self"
    """Number of the account whose people and courses are read; "self" is the whole Canvas."""
    ask: tuple[str, ...] = _ADULTS
    """Whose inboxes are read: everybody enrolled as one of these anywhere."""
    also_ask: tuple[str, ...] = ()
    """Sign-in names of further people whose inboxes are read: coaches, office staff."""
    leave_out: tuple[str, ...] = ()
    """Sign-in names of accounts whose inboxes are not read."""
    comments: bool = True
    """Whether comments on work handed in are read, course by course."""
    person_id: str | None = LINKS[0]
    """The field that holds the id of the student information system; None: none does."""
    classes: bool = False
    """Whether courses are delivered as classes with their members."""
    guardians: bool = False
    """Whether observers are delivered as guardians of the students they observe."""
    names: bool = True
    """Whether courses keep the names their teachers gave them; else pages show their numbers."""
    tool: str = "canvas"
    """Name of Canvas in the district's tool catalogue."""
    queries_per_minute: int = 600
    """How fast we ask; the count that Canvas keeps for a token drains by 10 a second."""

    @classmethod
    def of(cls, context: SourceContext) -> tuple[CanvasSettings, Access]:
        """Return the checked settings; raises ValueError with every mistake."""
        settings = context.settings
        mistakes = unknown_settings(settings, (f.name for f in fields(cls)))
        access = Access.of(context, mistakes)
        kind = settings.get("kind", "messages")
        if kind not in tuple(Kind):
            mistakes.append('kind must be "messages" or "people"')
            kind = "messages"
        found = cls(
            Kind(str(kind)),
            _account(settings, mistakes),
            _asked(settings, mistakes),
            _logins(settings, "also_ask", mistakes),
            _logins(settings, "leave_out", mistakes),
            flag(settings, "comments", mistakes, default=True),
            _link(settings, mistakes),
            flag(settings, "classes", mistakes, default=False),
            flag(settings, "guardians", mistakes, default=False),
            flag(settings, "names", mistakes, default=True),
            text(settings, "tool", mistakes) or "canvas",
            number(settings, "queries_per_minute", 600, _MOST_QUESTIONS, mistakes),
        )
        if kind == Kind.MESSAGES:
            mistakes += [
                f'{name} is only for kind = "people"'
                for name in ("classes", "guardians")
                if settings.get(name) is True
            ]
        if mistakes:
            raise ValueError("; ".join(mistakes))
        return found, access


def _account(settings: Mapping[str, object], mistakes: list[str]) -> str:
    found = text(settings, "account", mistakes) or "self"
    if found != "self" and not (found.isascii() and found.isdigit()):
        mistakes.append('account must be the number of an account in quotes, or "self"')
    return found


def _asked(settings: Mapping[str, object], mistakes: list[str]) -> tuple[str, ...]:
    found = texts(settings, "ask", mistakes, _ADULTS)
    if not set(found) <= set(ENROLLED_AS):
        mistakes.append(f"ask may only name {', '.join(ENROLLED_AS)}")
    return tuple(dict.fromkeys(found))


def _logins(settings: Mapping[str, object], name: str, mistakes: list[str]) -> tuple[str, ...]:
    return tuple(one.casefold() for one in texts(settings, name, mistakes))


def _link(settings: Mapping[str, object], mistakes: list[str]) -> str | None:
    found = text(settings, "person_id", mistakes) or LINKS[0]
    if found not in LINKS:
        mistakes.append(f"person_id must be one of {', '.join(LINKS)}")
    return None if found == NOWHERE else found
