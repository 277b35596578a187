"""A server on this machine that answers as it is told to, wrongly in every way there is."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

JSON = {"Content-Type": "application/json"}


class How(Enum):
    """How an answer goes over the wire."""

    WHOLE = "whole"
    RESET = "the connection is reset instead"
    CUT = "half of it, then the connection closes"
    DRIP = "a byte now and then"
    HANG = "never"


@dataclass(frozen=True)
class Reply:
    body: bytes = b"{}"
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: JSON)
    how: How = How.WHOLE


@dataclass(frozen=True)
class Asked:
    """One question as the server got it."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


Answering = Callable[[Asked], Reply]


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has gone away is what these tests are about."""


class Server:
    """Answers on a port of its own while it is open. ``asked`` is every question so far."""

    def __init__(self, answering: Answering) -> None:
        self.answering = answering
        self.asked: list[Asked] = []
        self._over = threading.Event()
        self._http = _Quiet(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(
            target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/v1"

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
        timeout = 5
        # else a body waits 40 ms for word that its headers have come
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            split = urlsplit(self.path)
            asked = Asked(split.path, dict(parse_qsl(split.query)), dict(self.headers.items()))
            server.asked.append(asked)
            _put(self, server.answering(asked), server)

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    return Handler


def _put(handler: BaseHTTPRequestHandler, reply: Reply, server: Server) -> None:
    if reply.how is not How.WHOLE:
        handler.close_connection = True
    if reply.how is How.HANG:
        server.wait(2)
        return
    if reply.how is How.RESET:
        linger = struct.pack("ii", 1, 0)
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        # ``finish`` would first say a polite goodbye
        handler.connection.close()
        return
    handler.send_response(reply.status)
    for name, value in reply.headers.items():
        handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(reply.body)))
    handler.end_headers()
    if reply.how is How.DRIP:
        for at in range(len(reply.body)):
            handler.wfile.write(reply.body[at : at + 1])
            handler.wfile.flush()
            server.wait(0.02)
    else:
        half = len(reply.body) // 2 if reply.how is How.CUT else len(reply.body)
        handler.wfile.write(reply.body[:half])
