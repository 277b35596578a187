"""How much may be asked, counted by a clock that tests can turn, and how Graph says "enough"."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.pretend.microsoft.calls import Call, Refused
from benchmarks.pretend.microsoft.routes import Route
from benchmarks.pretend.spending import Spending

_TRACES = "Your recent queries have surpassed the permitted limit, please try again later."
_UNITS = {"groups.members": 3, "groups.transitiveMembers": 5, "users.delta": 2, "users.list": 2}
"""What a question of the directory costs; ``$select`` makes it one cheaper."""


class Quotas:
    """Counts what was spent lately, and how many questions about mailboxes are open."""

    def __init__(self) -> None:
        self._spending = Spending()
        self._lock = threading.Lock()
        self.in_flight = 0
        self.most_in_flight = 0
        """The most that were open at one time, those refused not counted."""

    def count(self, call: Call, route: Route, seconds: float) -> None:
        """Count one question. Raises Refused (429) as each part of Graph does."""
        edition = call.world.edition
        what, units, most, within, code, message = {
            "traces": ("traces", 1, edition.traces, 300.0, "TooManyRequests", _TRACES),
            "details": ("details", 1, edition.traces, 300.0, "TooManyRequests", _TRACES),
            "mail": (
                f"mailbox {call.path.get('user', '')}",
                *(1, edition.mailbox_questions, 600.0),
                *("ApplicationThrottled", "Application is over its request limit."),
            ),
            "chats": ("chats", 1, edition.chats, 1.0, "TooManyRequests", ""),
            "audits": ("audits", 1, edition.audits, 10.0, "TooManyRequests", ""),
            "hunting": ("hunting", 1, edition.hunts, 60.0, "TooManyRequests", ""),
        }.get(
            route.area,
            ("directory", _cost(call, route), edition.directory_units, 10.0, "TooManyRequests", ""),
        )
        with self._lock:
            if self._spending.spend(what, units, most, seconds, within):
                return
            wait = self._spending.opens(what, seconds, within)
        text = f"{wait:.3f}" if edition.fractional_waits else str(math.ceil(wait))
        raise Refused(429, code, message, Retry_After=text)

    @contextmanager
    def turn(self, call: Call, route: Route) -> Iterator[None]:
        """Hold one of the few turns at mailboxes. Raises Refused (429) if there is none."""
        if route.area != "mail":
            yield
            return
        with self._lock:
            if self.in_flight >= call.world.edition.in_flight:
                message = "Application is over its MailboxConcurrency limit."
                raise Refused(429, "ApplicationThrottled", message, Retry_After="1")
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            yield
        finally:
            with self._lock:
                self.in_flight -= 1


def _cost(call: Call, route: Route) -> int:
    return max(1, _UNITS.get(route.name, 1) - ("$select" in call.query))
