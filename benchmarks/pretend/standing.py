"""What every pretended vendor is: one address, what was asked there, and what can go wrong.

A vendor says which endpoint a path is (``_route``). An answer that its own documents do not allow
is a mistake of the stand-in: it is refused with 500 and kept in ``mistakes``, which tests assert
to be empty.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from benchmarks.pretend.faults import Faults
from benchmarks.pretend.serving import Answering, Query, Reply, Request, Server


class Refusal(Exception):
    """A vendor says no, in its own words."""

    def reply(self) -> Reply:
        raise NotImplementedError


@dataclass(frozen=True)
class Asked:
    """One request and what became of it. ``endpoint`` is the method's name, "" if there is none."""

    request: Request
    endpoint: str
    status: int
    subject: str | None = None
    """Whom a token acts for, where tokens act for somebody."""

    @property
    def method(self) -> str:
        return self.request.method

    @property
    def path(self) -> str:
        return self.request.path

    @property
    def query(self) -> Query:
        return self.request.query


class StandIn:
    """Serves until left. ``now`` is the pretended moment, which may be set.

    ``clock`` gives seconds since 1970: quotas and tokens go by it, what is visible by ``now``.
    """

    def __init__(self, faults: Faults, *, now: datetime, clock: Callable[[], float]) -> None:
        self.faults = faults
        self.now = now
        self.clock = clock
        self.asked: list[Asked] = []
        self.mistakes: list[str] = []
        self._lock = threading.Lock()
        self._server = Server(self._answer)

    @property
    def base(self) -> str:
        """Return the address of all APIs, without a slash at the end."""
        return self._server.address

    def count(self, endpoint: str) -> int:
        """Return how often a method was called."""
        return sum(asked.endpoint == endpoint for asked in self.asked)

    def __enter__(self) -> Self:
        self._server.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.__exit__(kind, error, trace)

    # ---- answering ---------------------------------------------------------------------------

    def _route(self, request: Request) -> tuple[str, Answering]:
        """Return the endpoint's name and what answers there."""
        raise NotImplementedError

    def _subject(self, request: Request) -> str | None:  # noqa: ARG002  (the shape of an answer)
        return None

    def _answer(self, request: Request) -> Reply:
        request = self.faults.unspoiled(request)
        endpoint, answer = self._route(request)
        try:
            reply = answer(request)
        except Refusal as refused:
            reply = refused.reply()
        except Exception:  # noqa: BLE001  (a stand-in that breaks must say so, and loudly)
            reply = self._mistaken(f"{request.path}: {traceback.format_exc()}")
        reply = self.faults.spoil(endpoint, request, reply)
        self.asked.append(Asked(request, endpoint, reply.status, self._subject(request)))
        return reply

    def _mistaken(self, wrong: str) -> Reply:
        self.mistakes.append(wrong)
        return Reply(wrong.encode(), 500, {"Content-Type": "text/plain; charset=UTF-8"})

    def _set_now(self, request: Request) -> Reply:
        """Take ``{"now": "2026-11-09T02:00:00-05:00"}``; tell the moment that holds."""
        given = json.loads(request.body or b"{}").get("now")
        if given is not None:
            self.now = datetime.fromisoformat(given).astimezone(UTC)
        return Reply(json.dumps({"now": self.now.isoformat()}).encode())


# ---- as a program ----------------------------------------------------------------------------


def command_line(name: str, about: str | None, writes: str) -> argparse.ArgumentParser:
    """Return a parser that takes the folder to write ``writes`` into."""
    parser = argparse.ArgumentParser(prog=name, description=(about or "").partition("\n")[0])
    parser.add_argument("folder", help=f"folder to write {writes} into")
    return parser


def serve(server: StandIn, told: Mapping[str, Any]) -> int:
    """Print where a running server is, serve until standard input closes, return the exit code."""
    where = {"base": server.base, **told, "now": server.now.isoformat()}
    print(json.dumps(where), flush=True)
    sys.stdin.read()
    for mistake in server.mistakes:
        print(f"a mistake of the pretended service: {mistake}", file=sys.stderr)
    return 1 if server.mistakes else 0
