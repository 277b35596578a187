"""The canonical tables: their columns, and which of them a file must have.

Column names are the contract with the districts that keep these files; ``config/examples`` has
one file of each. A column may be left out where its absence means no more than "not known". One
whose absence would widen what a row says (an approval without its end) may not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache

from auditor.model import Channel, Ground, HatRole, TeamRole
from auditor.source import FactKind


class Audience(StrEnum):
    """Whom a message was meant for, as the tool that sent it says."""

    INDIVIDUAL = "individual"
    GROUP = "group"
    BROADCAST = "broadcast"


@dataclass(frozen=True, slots=True)
class Table:
    """One canonical table."""

    name: str
    """Also the name of its file, without ``.csv``."""
    provides: FactKind
    columns: tuple[str, ...]
    required: tuple[str, ...]
    one_of: tuple[tuple[tuple[str, ...], ...], ...] = ()
    """Each entry lists ways to say one thing; all columns of at least one way must be there."""
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Column -> the only words it may hold."""
    days: tuple[str, ...] = ()
    moments: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()


_SPAN = ("start", "end")
_WHO = (("person_id",), ("email",), ("first_name", "last_name"))

PEOPLE = Table(
    "people",
    FactKind.PEOPLE,
    ("person_id", "role", "school", "first_name", "last_name", "grade", "email", *_SPAN),
    required=("role", "first_name", "last_name"),
    one_of=((("person_id",), ("email",)),),
    words={"role": tuple(HatRole)},
    days=_SPAN,
)
TEAMS = Table(
    "teams",
    FactKind.TEAMS,
    ("team_id", "name", "kind", "sport", "level", "school", "season_start", "season_end"),
    required=("team_id", "name", "kind"),
    words={"kind": ("sport", "club", "activity")},
    days=("season_start", "season_end"),
)
TEAM_MEMBERS = Table(
    "team_members",
    FactKind.TEAMS,
    ("team_id", "person_id", "email", "first_name", "last_name", "grade", "role", *_SPAN),
    required=("team_id", "role"),
    one_of=(_WHO,),
    words={"role": tuple(TeamRole)},
    days=_SPAN,
)
GROUPS = Table(
    "groups",
    FactKind.GROUPS,
    ("group_email", "member_email", *_SPAN),
    required=("group_email", "member_email"),
    days=_SPAN,
)
ALIASES = Table(
    "aliases",
    FactKind.PEOPLE,
    ("person_id", "email", *_SPAN),
    required=("person_id", "email"),
    days=_SPAN,
)
PERSONAL_ADDRESSES = Table(
    "personal_addresses",
    FactKind.PERSONAL_ADDRESSES,
    ("person_id", "kind", "value"),
    required=("person_id", "kind", "value"),
    words={"kind": ("email", "phone")},
)
AUTHORIZATIONS = Table(
    "authorizations",
    FactKind.AUTHORIZATIONS,
    (
        "authorization_id", "ground", "adult", "student", "team", "tool", "granted_by",
        "granted_by_role", "granted_at", "starts_on", "ends_on", "condition", "reason_code",
        "evidence",
    ),
    required=(
        "authorization_id", "ground", "adult", "student", "team", "tool", "granted_by",
        "granted_by_role", "granted_at", "starts_on", "ends_on", "condition",
    ),
    words={"ground": tuple(Ground)},
    days=("starts_on", "ends_on"),
    moments=("granted_at",),
)  # fmt: skip
COMMUNICATIONS = Table(
    "communications",
    FactKind.MESSAGES,
    (
        "source", "external_id", "sent_at", "channel", "sender_id", "sender_email",
        "recipient_ids", "recipient_emails", "audience", "cc_ids", "team_id", "approved_by",
        "message_ref",
    ),
    required=("external_id", "sent_at", "channel"),
    one_of=(
        (("sender_id",), ("sender_email",)),
        (("recipient_ids",), ("recipient_emails",), ("team_id",)),
    ),
    words={"channel": tuple(Channel), "audience": tuple(Audience)},
    moments=("sent_at",),
    lists=("recipient_ids", "recipient_emails", "cc_ids"),
)  # fmt: skip

ROSTER_TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        PEOPLE, TEAMS, TEAM_MEMBERS, GROUPS, ALIASES, PERSONAL_ADDRESSES, AUTHORIZATIONS,
    )
}  # fmt: skip
"""In the order in which a folder of them is read."""
TABLES: Mapping[str, Table] = {**ROSTER_TABLES, COMMUNICATIONS.name: COMMUNICATIONS}


@lru_cache(maxsize=1024)  # the same few words stand in every row
def canonical_word(text: str, words: tuple[str, ...]) -> str | None:
    """Return the word of the contract that ``text`` spells; case, ``-``, ``_`` and spaces vary."""
    return {_plain(word): word for word in words}.get(_plain(text))


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("-", " ").replace("_", " ").split())
