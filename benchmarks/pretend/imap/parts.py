"""The parts of a stored message that an IMAP client may ask for (RFC 3501, 6.4.5)."""

from __future__ import annotations

import re

_SECTION = re.compile(
    r"BODY(?:\.PEEK)?\[(?P<part>[0-9.]*?)\.?(?P<what>HEADER\.FIELDS \([^)]*\)|HEADER|MIME|TEXT)?\]"
    r"(?:<(?P<from>\d+)\.(?P<size>\d+)>)?$"
)
_BOUNDARY = re.compile(rb'boundary="?([^"\r\n;]+)"?', re.IGNORECASE)
_ITEM = re.compile(r"BODY(?:\.PEEK)?\[[^\]]*\](?:<[\d.]+>)?|[A-Z0-9.]+")


def items(told: str) -> list[str]:
    """Cut the list of a FETCH into its items."""
    return _ITEM.findall(told.strip("()"))


def section(content: bytes, item: str) -> bytes | None:
    """Return what an item of the kind BODY[...] names; None for no such part."""
    match = _SECTION.match(item)
    if match is None:
        raise ValueError(item)
    found: bytes | None = content
    parts = [int(number) for number in match["part"].split(".") if number]
    what = match["what"] or ""
    head = b""
    for number in parts:
        head, found = _part(found or b"", number)
    if parts and what == "MIME":
        return head
    if parts and what.startswith("HEADER") and b"message/rfc822" not in head.lower():
        return None
    if found is None or not what:
        return _cut(found, match)
    header, _, text = found.partition(b"\r\n\r\n")
    if what.startswith("HEADER.FIELDS"):
        names = {name.lower() for name in re.findall(r"[\w-]+", what[len("HEADER.FIELDS") :])}
        lines = re.split(rb"\r\n(?![ \t])", header)
        kept = [one for one in lines if _name(one) in names]
        return _cut(b"".join(one + b"\r\n" for one in kept) + b"\r\n", match)
    return _cut(header + b"\r\n\r\n" if what == "HEADER" else text, match)


def _name(line: bytes) -> str:
    return line.partition(b":")[0].strip().decode("latin-1").lower()


def _cut(found: bytes | None, match: re.Match[str]) -> bytes | None:
    if found is None or match["from"] is None:
        return found
    start = int(match["from"])
    return found[start : start + int(match["size"])]


def _part(content: bytes, number: int) -> tuple[bytes, bytes | None]:
    """Return the header and the content of a part; a message that has none is its own first."""
    header, _, text = content.partition(b"\r\n\r\n")
    boundary = _BOUNDARY.search(header)
    if boundary is None:
        return (header + b"\r\n\r\n", text) if number == 1 else (b"", None)
    pieces = text.split(b"--" + boundary[1])[1:]
    if number > len(pieces) or pieces[number - 1].startswith(b"--"):
        return b"", None
    head, _, inside = pieces[number - 1].removeprefix(b"\r\n").partition(b"\r\n\r\n")
    return head + b"\r\n\r\n", inside.removesuffix(b"\r\n")
