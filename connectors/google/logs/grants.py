"""The stream ``token``: apps that people let into their accounts.

A grant shows that somebody signed in to an app or let it use their mail or contacts; it shows no
message and nobody on the other side. So it is told to IT as something to look up in the tool
catalogue, by the app's name and a number of accounts, and never becomes evidence of a contact.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from connectors.google.activities import Activity, Row
from connectors.google.flattening import Parameters, messages_of, text_of, texts_of
from connectors.google.logs.reading import Reading, in_order
from connectors.portions import Day, Portion, whole

GRANTED = "authorize"
"""Always named: the log's row for every use of a grant is too much to read for nothing."""
MESSENGERS = (
    "discord", "facebook", "groupme", "instagram", "kik", "messenger", "remind", "signal", "slack",
    "snapchat", "telegram", "tiktok", "twitter", "viber", "wechat", "whatsapp",
)  # fmt: skip
"""Apps by which people write to each other: a mere sign-in to one of them is told."""
_REACHES = {
    "mail": ("https://mail.google.com/", "https://www.googleapis.com/auth/gmail."),
    "contacts": (
        "https://www.googleapis.com/auth/contacts",
        "https://www.google.com/m8/feeds",
        "https://www.googleapis.com/auth/directory",
    ),
    "chat": ("https://www.googleapis.com/auth/chat.",),
}
_KEEP = frozenset({"app_name", "client_id", "scope", "scope_data.scope_name"})
_MOST_TOLD = 50
_LONGEST_NAME = 60


class GrantLog:
    """Reads who let which app in, and tells of apps for messages."""

    name = "token"

    def __init__(self, reading: Reading) -> None:
        self._reading = reading

    def read(self, days: Sequence[Day]) -> Iterator[Portion]:
        """Yield what was granted on all the days together, as notes."""
        accounts: dict[str, set[str]] = defaultdict(set)
        log = self._reading.log(self.name, event=GRANTED, keep=_KEEP)
        for portion, found in self._reading.results(log, whole(days), self._grants):
            for what, who in found:
                accounts[what].add(who)
            yield portion
        last = self._reading.portion(self.name)
        told = sorted(accounts.items(), key=lambda one: (-len(one[1]), one[0]))
        for what, people in told[:_MOST_TOLD]:
            last.say(what, len(people))
        last.say("further app for messages that accounts let in", len(told[_MOST_TOLD:]))
        last.finished = tuple(day.date for day in days)
        yield last

    def _grants(self, rows: Iterator[Row]) -> tuple[Portion, list[tuple[str, str]]]:
        portion = self._reading.portion(self.name)
        found = []
        for row in in_order(rows, portion):
            for event in row.events:
                if event.name != GRANTED:
                    continue
                what, who = _told(event.parameters), _account(row)
                portion.leave_out("app that an account let in")
                if what is not None and who is not None:
                    found.append((what, who))
        return portion, found


def _account(row: Activity) -> str | None:
    return row.profile_id or row.email


def _told(told: Parameters) -> str | None:
    """Return what to say of a grant; None if it has nothing to do with messages."""
    name = text_of(told, "app_name") or text_of(told, "client_id")
    if name is None:
        return None
    products = messages_of(told, "scope_data")
    scopes = (*texts_of(told, "scope"), *(text_of(one, "scope_name") or "" for one in products))
    reaches = [
        what
        for what, beginnings in _REACHES.items()
        if any(scope.startswith(beginnings) for scope in scopes)
    ]
    plain = "".join(c for c in name if c.isprintable())[:_LONGEST_NAME]
    words = plain.casefold().replace(".", " ").split()
    if not reaches and not any(word in MESSENGERS for word in words):
        return None
    may = f"it may use their {' and '.join(reaches)}" if reaches else "to sign in"
    return f'accounts that let the app "{plain}" in: {may}; see that the tool catalogue has it'
