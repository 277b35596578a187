"""The settings of the source ``schoology``, checked all at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum

from auditor.model import HatRole
from auditor.source import SourceContext
from connectors.options import flag, text, texts, unknown
from connectors.rolemap import NOBODY, ROLES, Worn, contradictions, entry_texts, worn
from connectors.schoology.access import COMMON_SETTINGS, Access

SCHOOL_UID = "school_uid"
NO_LINK = "none"


class Kind(StrEnum):
    """What one source brings: rosters are read before messages, so it is one or the other."""

    ROSTERS = "rosters"
    MESSAGES = "messages"


@dataclass(frozen=True, slots=True)
class SchoologySettings:
    """What is read of Schoology, and how."""

    kind: Kind = Kind.ROSTERS
    roster: bool = False
    """Whether Schoology is the roster: false where a student information system is."""
    person_id: str | None = SCHOOL_UID
    """Whether an account's Unique ID is the roster's id; None: it is not."""
    roles: Mapping[str, tuple[Worn, ...]] = field(default_factory=dict)
    """Title of a role in Schoology, in small letters -> what its holders are."""
    guardians: bool = False
    """Whether parents' accounts and whose parents they are, are taken in."""
    posts: bool = True
    """Whether updates and comments in sections and groups are read."""
    messages_of: tuple[str, ...] = ()
    """Titles of roles whose private messages are planned; left out: every role of faculty."""
    leave_out: tuple[str, ...] = ()
    """Accounts whose messages are not planned, by Schoology's number: help desks, test accounts."""
    tool: str = "schoology"
    """Name of Schoology in the district's tool catalogue."""

    @classmethod
    def of(cls, context: SourceContext) -> tuple[SchoologySettings, Access]:
        """Return the checked settings; raises ValueError with every mistake."""
        settings = context.settings
        known = {*COMMON_SETTINGS, *(f.name for f in fields(cls))}
        mistakes = unknown(settings, known, "schoology")
        access = Access.of(context, mistakes)
        found = cls(
            _kind(settings, mistakes),
            flag(settings, "roster", mistakes, default=False),
            _link(settings, mistakes),
            read_roles(settings.get("roles"), mistakes),
            flag(settings, "guardians", mistakes, default=False),
            flag(settings, "posts", mistakes, default=True),
            tuple(title.casefold() for title in texts(settings, "messages_of", mistakes)),
            _numbers(settings, mistakes),
            text(settings, "tool", mistakes) or "schoology",
        )
        if found.roster and not settings.get("roles"):
            mistakes.append("roster needs roles: say which title is staff, and which students")
        if mistakes:
            raise ValueError("; ".join(mistakes))
        return found, access


def read_roles(value: object, mistakes: list[str]) -> Mapping[str, tuple[Worn, ...]]:
    """Return what each role of Schoology makes of its holders, by title in small letters."""
    if value is None:
        return {}
    if not isinstance(value, list):
        mistakes.append('roles must be a list of { title = "...", role = "..." }')
        return {}
    wrong: list[str] = []
    entries: dict[str, list[tuple[HatRole | None, str | None]]] = defaultdict(list)
    for number, one in enumerate(value, 1):
        texts_ = entry_texts(number, one, ("title",), wrong)
        if texts_ is None:
            continue
        if "title" not in texts_:
            wrong.append(f"roles entry {number} must have title, as Schoology names the role")
            continue
        role = None if texts_["role"] == NOBODY else ROLES[texts_["role"]]
        entries[texts_["title"].casefold()].append((role, texts_.get("school")))
    said = {title: [role for role, _ in several] for title, several in entries.items()}
    mistakes += [*wrong, *contradictions(said)]
    return {title: worn(several) for title, several in entries.items()}


def _kind(settings: Mapping[str, object], mistakes: list[str]) -> Kind:
    kind = settings.get("kind", "rosters")
    if kind not in tuple(Kind):
        mistakes.append('kind must be "rosters" or "messages"')
        return Kind.ROSTERS
    return Kind(str(kind))


def _link(settings: Mapping[str, object], mistakes: list[str]) -> str | None:
    link = settings.get("person_id", SCHOOL_UID)
    if link not in (SCHOOL_UID, NO_LINK):
        mistakes.append('person_id must be "school_uid" or "none"')
    return None if link == NO_LINK else SCHOOL_UID


def _numbers(settings: Mapping[str, object], mistakes: list[str]) -> tuple[str, ...]:
    found = texts(settings, "leave_out", mistakes)
    if not all(one.isdecimal() for one in found):
        mistakes.append("leave_out must list Schoology's numbers of accounts")
    return found
