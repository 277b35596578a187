"""Batches: many calls in one request, each with its own token, answered apart."""

from __future__ import annotations

from collections.abc import Callable
from email import message_from_bytes
from email.message import Message
from http.client import responses
from urllib.parse import parse_qsl, urlsplit

from benchmarks.pretend.google.calls import refusal
from benchmarks.pretend.serving import Query, Reply, Request

MOST = 100
"""Calls in one batch, as the mail API has it."""
_LINE = "pretended-batch"


def answer_batch(request: Request, answer: Callable[[Request], Reply]) -> Reply:
    """Answer each part by ``answer``; a part without a token of its own has the batch's."""
    head = f"Content-Type: {request.header('Content-Type')}\r\n\r\n".encode()
    whole = message_from_bytes(head + request.body)
    parts = whole.get_payload() if whole.is_multipart() else []
    inner = [part for part in parts if isinstance(part, Message)] if parts else []
    if not 0 < len(inner) <= MOST:
        return refusal(400, "badRequest", f"A batch holds from 1 to {MOST} calls")
    pieces = []
    for part in inner:
        reply = answer(_request(part, request))
        number = str(part["Content-ID"] or "").strip("<>")
        pieces.append(_piece(number, reply))
    body = "".join(pieces) + f"--{_LINE}--\r\n"
    kind = {"Content-Type": f'multipart/mixed; boundary="{_LINE}"'}
    return Reply(body.encode(), headers=kind)


def _request(part: Message, outer: Request) -> Request:
    text = part.get_payload()
    head, _, body = str(text).replace("\r\n", "\n").partition("\n\n")
    line, *lines = head.splitlines()
    method, target, *_ = line.split(" ")
    headers = {n.strip(): v.strip() for n, _, v in (one.partition(":") for one in lines)}
    if not any(name.lower() == "authorization" for name in headers):
        headers["Authorization"] = outer.header("Authorization")
    split = urlsplit(target)
    query = Query(parse_qsl(split.query, keep_blank_values=True))
    return Request(split.path, query, headers, method, body.encode())


def _piece(number: str, reply: Reply) -> str:
    headers = "".join(f"{name}: {value}\r\n" for name, value in reply.headers.items())
    return (
        f"--{_LINE}\r\nContent-Type: application/http\r\nContent-ID: <response-{number}>\r\n\r\n"
        f"HTTP/1.1 {reply.status} {responses.get(reply.status, 'Unknown')}\r\n{headers}\r\n"
        f"{reply.body.decode()}\r\n"
    )
