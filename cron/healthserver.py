"""``GET /health`` for a monitor on the same machine: 200, or 503 with the reasons.

It listens on the loopback address only and says nothing of anybody.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from cron.outcome import CommandError, Exit

PATH = "/health"
Ask = Callable[[], tuple[dict[str, Any], list[str]]]
"""Return what is known, and the reasons why not all is well."""


@contextmanager
def answering(port: int, ask: Ask) -> Iterator[int]:
    """Answer while the block runs and yield the port; raises ``CommandError`` if it is taken."""
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), _handler(ask))
    except OSError as error:
        raise CommandError(
            f"port {port} cannot be listened on ({error.strerror})",
            where="schedule.health_port",
            cure="Stop what uses it, or name another port",
            code=Exit.FAILED,
        ) from error
    thread = Thread(target=server.serve_forever, name="health", daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(ask: Ask) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        server_version = "auditor"
        sys_version = ""
        timeout = 5

        def do_GET(self) -> None:
            if self.path != PATH:
                self.send_error(HTTPStatus.NOT_FOUND)
                return
            known, reasons = ask()
            body = json.dumps({"healthy": not reasons, "reasons": reasons, **known}).encode()
            self.send_response(HTTPStatus.SERVICE_UNAVAILABLE if reasons else HTTPStatus.OK)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: Any) -> None:
            """Keep monitors out of the log: they ask all day."""

    return Handler
