"""A server on this machine that says what it is told to, in every way an answer can travel.

The vendors' stand-ins and the fault trials are built on it. It knows no vendor: it hands each
request to a function and puts the reply on the wire, whole or as badly as ``Reply.how`` says.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from http.client import responses
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

JSON = {"Content-Type": "application/json; charset=UTF-8"}
LONGEST_HANG = 2.0
"""Seconds after which a request without answer is hung up on; closing the server ends it too."""


class How(Enum):
    """How an answer goes over the wire."""

    WHOLE = "whole"
    RESET = "the connection is reset instead"
    CUT = "half of it, then the connection closes"
    DRIP = "a byte now and then"
    HANG = "never"


class Query(Mapping[str, str]):
    """The query of an address: one name may stand several times, and then the last one counts."""

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self.pairs = tuple(pairs)
        self._last = dict(self.pairs)

    def __getitem__(self, name: str) -> str:
        return self._last[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._last)

    def __len__(self) -> int:
        return len(self._last)

    def __repr__(self) -> str:
        return f"Query({list(self.pairs)!r})"

    def all(self, name: str) -> list[str]:
        return [value for n, value in self.pairs if n == name]


@dataclass(frozen=True)
class Request:
    """One question as the server got it. Names of headers are as the client wrote them."""

    path: str
    query: Query = field(default_factory=Query)
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "GET"
    body: bytes = b""

    def header(self, name: str) -> str:
        """Return a header's value, whatever the case of its name; "" if there is none."""
        return next((v for n, v in self.headers.items() if n.lower() == name.lower()), "")


@dataclass(frozen=True)
class Reply:
    body: bytes = b"{}"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: JSON)
    how: How = How.WHOLE


Answering = Callable[[Request], Reply]


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has gone away is what these servers are about."""


class Server:
    """Answers on a port of its own while it is open. ``asked`` is every question so far."""

    def __init__(self, answering: Answering) -> None:
        self.answering = answering
        self.asked: list[Request] = []
        self._over = threading.Event()
        self._http = _Quiet(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    @property
    def address(self) -> str:
        """Return scheme, host and port, without a slash at the end."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def wait(self, seconds: float) -> None:
        """Let time pass, but no longer than the server is open."""
        self._over.wait(seconds)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


def _handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 30

        def answer(self) -> None:
            split = urlsplit(self.path)
            request = Request(
                split.path,
                Query(parse_qsl(split.query, keep_blank_values=True)),
                dict(self.headers.items()),
                self.command,
                self.rfile.read(int(self.headers.get("Content-Length") or 0)),
            )
            server.asked.append(request)
            _put(self, server.answering(request), server)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815  (http.server's names)

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    return Handler


def _put(handler: BaseHTTPRequestHandler, reply: Reply, server: Server) -> None:
    if reply.how is not How.WHOLE:
        handler.close_connection = True
    if reply.how is How.HANG:
        server.wait(LONGEST_HANG)
        return
    if reply.how is How.RESET:
        linger = struct.pack("ii", 1, 0)
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        # ``finish`` would first say a polite goodbye
        handler.connection.close()
        return
    head = _head(reply)
    if reply.how is How.DRIP:
        handler.wfile.write(head)
        for at in range(len(reply.body)):
            handler.wfile.write(reply.body[at : at + 1])
            handler.wfile.flush()
            server.wait(0.02)
        return
    half = len(reply.body) // 2 if reply.how is How.CUT else len(reply.body)
    # head and body in one piece: two pieces wait for each other's acknowledgement
    handler.wfile.write(head + reply.body[:half])


def _head(reply: Reply) -> bytes:
    lines = [f"HTTP/1.1 {reply.status} {responses.get(reply.status, 'Unknown')}"]
    lines += [f"{name}: {value}" for name, value in reply.headers.items()]
    lines += [f"Content-Length: {len(reply.body)}", "", ""]
    return "\r\n".join(lines).encode("latin-1")
