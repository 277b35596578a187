"""A tolerant reader of RFC 5322 address lists, the same on every interpreter and linear in time.

The standard library's readers raise on group syntax, recurse to death on very long headers, or
(strict mode, Python 3.13) return nothing at all for ``a@x.org <a@x.org>``: a sender vanishes.
This one returns every address it can find and says whether it understood the whole text, so that
the caller can count what was not read. Display names are passed over and never returned.

How it reads: plain lists go through one regular expression; everything else is cut into tokens
and read mailbox by mailbox. At a quotation or comment that never ends, the rest of the text is
searched for anything that looks like an address, and the text counts as not fully understood.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from connectors.envelope.encoded_words import ascii_of

LONGEST_ADDRESS = 320
"""Octets of local part, at sign and domain that RFC 5321 allows."""
_LONGEST_BRACKET = 500
"""How far a closing angle bracket is looked for: without a bound, time is quadratic."""

_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]"
_DOMAIN = r"[A-Za-z0-9._-]"
_PLAIN = re.compile(
    rf'\s*+(?:(?:"[^"\\]*+"|[^"\\<>@,;:()\[\]])*+<({_LOCAL}++@{_DOMAIN}++)>'
    rf"|({_LOCAL}++@{_DOMAIN}++))\s*+(?:,|$)"
)
_TOKEN = re.compile(
    r"(?P<space>\s++)"
    r'|(?P<quoted>"(?:[^"\\]|\\.)*+")'
    r"|(?P<encoded>=\?[^?\s]++\?[bBqQ]\?[^?]*+\?=)"
    r'|(?P<word>(?:[^\s"(),:;<>\\\[\]]|\[[^\s\[\]\\]*+\])++)'
    r"|(?P<mark>.)",
    re.DOTALL,
)
_ANGLE = re.compile(
    r'<(?P<inner>(?:"(?:[^"\\]|\\.)*+"|[^"<>,;])*+)>|<\s*+@[^<>:]++:(?P<routed>[^<>,;]*+)>',
    re.DOTALL,
)
_PARENTHESES = re.compile(r"[()\\]")
_ANYWHERE = re.compile(rf"(?<!{_LOCAL}){_LOCAL}++@{_DOMAIN}++")
_VALID = re.compile(
    r'(?P<local>"(?:[^"\\]|\\.)++"|[^\s"(),:;<>@\[\]\\\x00-\x1f\x7f\ud800-\udfff]++)'
    r"@(?P<domain>[A-Za-z0-9_\u0080-\ud7ff\ue000-\U0010ffff-]++"
    r"(?:\.[A-Za-z0-9_\u0080-\ud7ff\ue000-\U0010ffff-]++)*+\.?|\[[A-Za-z0-9.:]++\])"
)
_AROUND_AT = re.compile(r"\s*+@\s*+")
_AROUND_DOT = re.compile(r"\s++\.\s*+|\.\s++")
_NOT_SAID = re.compile(r"(undisclosed|unspecified|hidden|suppressed|unlisted)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class AddressList:
    """What an address header says."""

    addresses: tuple[str, ...] = ()
    """``local@domain`` in the order written, in the writer's own spelling."""
    complete: bool = True
    """Whether every element was understood; if not, there may be further addresses."""
    hidden: bool = False
    """It says that there are recipients it does not name (``undisclosed-recipients:;``)."""


def read_addresses(text: str) -> AddressList:
    """Return the addresses in the value of a From, To, Cc ... header. Never raises."""
    found: list[str] = []
    at = 0
    while at < len(text):
        match = _PLAIN.match(text, at)
        if match is None:
            return _Reader(text).read()
        found.append(match[1] or match[2])
        at = match.end()
    kept = tuple(address for address in map(addr_spec, found) if address is not None)
    return AddressList(kept, complete=len(kept) == len(found))


def addr_spec(text: str) -> str | None:
    """Return ``text`` as ``local@domain`` if it is one deliverable address, else None.

    X.500 names that Exchange wraps into an address (``IMCEAEX-...``) are nobody's mailbox.
    """
    text = text.strip()
    if text[:1] == text[-1:] == "'":
        text = text[1:-1]
    match = _VALID.fullmatch(text) if len(text) <= LONGEST_ADDRESS else None
    if match is None or text[:5].upper() == "IMCEA":
        return None
    local, domain = match["local"], match["domain"]
    if local[0] == '"':
        plain = re.sub(r"\\(.)", r"\1", local[1:-1])
        # Quoting that was not needed: "john.doe"@x.org is john.doe@x.org.
        if not re.search(r'[\s"(),:;<>@\[\]\\\x00-\x1f\x7f]', plain) and plain:
            local = plain
    if domain.endswith("."):
        domain = domain[:-1]
        # A domain cut off in mid-word ("x." of "x.\r\n org") must not become another address.
        if "." not in domain:
            return None
    return f"{local}@{domain}"


class _Reader:
    """Reads one list that is not plain: one pass over its tokens, one mailbox at a time."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._found: list[str] = []
        self._complete = True
        self._hidden = False
        self._in_group = False
        self._group_empty = True
        self._clear()

    def _clear(self) -> None:
        self._pieces: list[str] = []
        """Words and spaces of the mailbox at hand, outside of angle brackets."""
        self._quoted: list[str] = []
        self._encoded: list[str] = []
        self._bracketed = False
        self._anything = False

    def read(self) -> AddressList:
        text, at, end = self._text, 0, len(self._text)
        while at < end:
            match = _TOKEN.match(text, at)
            if match is None:
                break
            kind, token = match.lastgroup, match.group()
            at = match.end()
            if kind == "mark" and token == "(":
                at = self._comment(at - 1)
            elif kind == "mark" and token == '"':
                self._search_rest(at)
                break
            elif kind == "mark" and token == "<":
                at = self._angle(at - 1)
            else:
                self._take(match)
        self._end_mailbox()
        self._end_group()
        return AddressList(tuple(self._found), self._complete, self._hidden)

    def _take(self, match: re.Match[str]) -> None:
        """Add one token to the mailbox at hand, or end it."""
        token = match.group()
        if match["space"] is not None:
            self._pieces.append(" ")
        elif match["word"] is not None:
            self._pieces.append(token)
        elif match["quoted"] is not None:
            self._quoted.append(token)
            self._pieces.append(token)
        elif match["encoded"] is not None:
            self._encoded.append(token)
            self._pieces.append(" ")
        elif token == ",":
            self._end_mailbox()
        elif token == ";":
            self._end_mailbox()
            self._end_group()
        elif token == ":":
            self._start_group()

    def _angle(self, start: int) -> int:
        """Take what stands in angle brackets; return where to read on."""
        match = _ANGLE.match(self._text, start, start + _LONGEST_BRACKET)
        if match is None:
            # Never closed: what follows is read as a mailbox without brackets.
            self._pieces.append(" ")
            return start + 1
        self._bracket(match["routed"] if match["inner"] is None else match["inner"])
        return match.end()

    def _bracket(self, inner: str) -> None:
        self._anything = True
        if "(" in inner:
            inner = _without_comments(inner)
        inner = _joined(inner)
        scheme, colon, rest = inner.partition(":")
        if colon and (scheme.lower() in ("mailto", "smtp") or scheme.startswith("@")):
            inner = rest
        address = addr_spec(inner)
        if address is not None:
            self._found.append(address)
            self._bracketed = True
        elif _NOT_SAID.match(inner):
            # "<Undisclosed Recipients@host>": a relay completed what was no address.
            self._hidden = self._bracketed = True
        else:
            self._complete = False
        # Words before the brackets were the display name, which may hold anything.
        self._pieces.clear()

    def _end_mailbox(self) -> None:
        """Settle what stands between two separators."""
        if self._bracketed:
            self._group_empty = False
            text = "".join(self._pieces)
            if "@" in text:
                self._complete = False
                self._words(text)
        else:
            text = "".join(self._pieces).strip()
            if text or self._anything or self._encoded:
                self._group_empty = False
                self._settle_bare(text)
        self._clear()

    def _settle_bare(self, text: str) -> None:
        """Find the address in a mailbox without brackets: ``John Smith j.smith@x.org``."""
        before = len(self._found)
        if "@" in text:
            self._words(text)
        if len(self._found) > before:
            return
        if not self._anything and "@" not in text and _NOT_SAID.search(text):
            self._hidden = True
            return
        self._complete = False
        hints = [ascii_of(word) for word in self._encoded] or self._quoted
        for hint in hints:
            self._found.extend(addresses_within(hint))

    def _words(self, text: str) -> None:
        words = _joined(text).split()
        found = 0
        for number, word in enumerate(words):
            if "@" not in word:
                continue
            address = addr_spec(word)
            cut_off = number > 0 and words[number - 1].endswith(".")
            if address is None or found or cut_off:
                self._complete = False
            if address is not None:
                self._found.append(address)
                found += 1

    def _start_group(self) -> None:
        """A colon: what came before is the name of a group, and names nobody."""
        if "@" in "".join(self._pieces) or self._bracketed:
            self._complete = False
            self._end_mailbox()
        self._end_group()
        self._clear()
        self._in_group = True
        self._group_empty = True

    def _end_group(self) -> None:
        if self._in_group and self._group_empty:
            self._hidden = True
        self._in_group = False

    def _comment(self, start: int) -> int:
        """Pass over a comment, nested or not; return where it ends."""
        self._pieces.append(" ")
        depth = 0
        skip = -1
        for match in _PARENTHESES.finditer(self._text, start):
            at = match.start()
            if at == skip:
                continue
            mark = match.group()
            if mark == "\\":
                skip = at + 1
            elif mark == "(":
                depth += 1
            else:
                depth -= 1
                if depth == 0:
                    return match.end()
        self._search_rest(start + 1)
        return len(self._text)

    def _search_rest(self, start: int) -> None:
        """Take whatever looks like an address from the rest of a text that lost its structure."""
        self._complete = False
        self._anything = True
        self._end_mailbox()
        self._found.extend(addresses_within(self._text[start:]))


def _joined(text: str) -> str:
    """Close the gaps that old syntax allows around the at sign and the dots of a domain."""
    # White space is collapsed first: the patterns below are linear only on single spaces.
    left, at, right = _AROUND_AT.sub("@", " ".join(text.split())).rpartition("@")
    return left + at + _AROUND_DOT.sub(".", right)


def addresses_within(text: str) -> list[str]:
    """Return whatever looks like an address in a text of any kind. Never raises."""
    found = (addr_spec(match.group()) for match in _ANYWHERE.finditer(text))
    return [address for address in found if address is not None]


def _without_comments(text: str) -> str:
    return re.sub(r"\([^()]*+\)", " ", text)
