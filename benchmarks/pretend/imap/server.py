"""The pretended server: who signs in, what is opened and told, what is refused, what goes wrong.

Whatever would change something is refused and kept in ``changes``, which tests assert to be empty:
SELECT, STORE, a FETCH without PEEK, and every command that this server does not know.

Kinds of fault, planned for a command (``FETCH``): ``drop`` closes the connection, ``bye`` says why
before, ``cut`` ends in the middle of an answer, ``hang`` says nothing, ``garble`` says what is no
IMAP, ``muddle`` what only looks so, ``huge`` begins an answer that would fill any memory, and
``NO [CODE]`` or ``BAD`` refuses.
"""

from __future__ import annotations

import base64
import re
import socketserver
import ssl
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Self

from benchmarks.pretend.imap.parts import items, section
from benchmarks.pretend.imap.world import Folder, Mailbox, Stored

_HANG = 5.0
_WORDS = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')


def _always(rest: str) -> bool:  # noqa: ARG001  (the shape of a condition)
    return True


class Hung(Exception):
    """The connection ends here."""


@dataclass
class Fault:
    command: str
    kind: str
    on: int
    times: int
    mailbox: str | None
    where: Callable[[str], bool]
    seen: int = 0


@dataclass
class Asked:
    mailbox: str
    command: str
    rest: str


@dataclass
class PretendImap:
    """Serves mailboxes on this machine until left."""

    mailboxes: dict[str, Mailbox]
    admin: tuple[str, str] | None = None
    """An account that may sign in for every mailbox, and its password."""
    tokens: set[str] = field(default_factory=set)
    """Access tokens that are good."""
    tls: ssl.SSLContext | None = None
    unmarked: bool = False
    """Whether the server does not say what folders are for."""
    capabilities: str = "IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 NAMESPACE SPECIAL-USE"
    asked: list[Asked] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    shared: tuple[str, ...] = ()
    """Names of folders that others share."""
    port: int = 0

    def __post_init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self.closing = threading.Event()

    def plan(
        self,
        command: str,
        kind: str,
        *,
        on: int = 1,
        times: int = 1,
        mailbox: str | None = None,
        where: Callable[[str], bool] = _always,
    ) -> None:
        """Spoil the ``on``-th answer to a command and ``times - 1`` after it."""
        self._faults.append(Fault(command, kind, on, times, mailbox, where))

    def due(self, mailbox: str, command: str, rest: str) -> str | None:
        with self._lock:
            self.asked.append(Asked(mailbox, command, rest))
            for fault in self._faults:
                of_it = fault.mailbox in (None, mailbox) and fault.command == command
                if of_it and fault.where(rest):
                    fault.seen += 1
                    if fault.on <= fault.seen < fault.on + fault.times:
                        return fault.kind
        return None

    def count(self, command: str) -> int:
        return Counter(one.command for one in self.asked)[command]

    def __enter__(self) -> Self:
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                try:
                    if outer.tls is not None:
                        secured = outer.tls.wrap_socket(self.connection, server_side=True)
                        self.rfile, self.wfile = secured.makefile("rb"), secured.makefile("wb")
                        self.connection = secured
                    Speaking(outer, self).run()
                except (Hung, OSError, ssl.SSLError):
                    pass
                finally:
                    self.connection.close()

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self._server = Server(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        serve = self._server.serve_forever
        self._thread = threading.Thread(target=serve, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Speaking:
    """One connection."""

    def __init__(self, server: PretendImap, handler: socketserver.StreamRequestHandler) -> None:
        self._server = server
        self._in, self._out = handler.rfile, handler.wfile
        self._mailbox = ""
        self._open: Folder | None = None

    def run(self) -> None:
        fault = self._server.due("", "GREETING", "")
        self._say(b"* BYE [UNAVAILABLE] too many" if fault == "bye" else b"* OK ready")
        if fault is not None:
            return
        while line := self._in.readline():
            tag, _, rest = line.decode("latin-1").rstrip("\r\n").partition(" ")
            command, _, rest = rest.partition(" ")
            if command.upper() == "UID":
                command, _, rest = rest.partition(" ")
            self._command(tag, command.upper(), rest)

    def _command(self, tag: str, command: str, rest: str) -> None:
        fault = self._server.due(self._mailbox, command, "" if "AUTH" in command else rest)
        if fault is not None and fault.startswith(("NO", "BAD")):
            self._say(f"{tag} {fault} not now".encode())
            return
        known = {
            "CAPABILITY": self._capability, "LOGIN": self._login,
            "AUTHENTICATE": self._authenticate,
            "NAMESPACE": self._namespace, "LIST": self._list, "EXAMINE": self._examine,
            "SEARCH": self._search, "FETCH": self._fetch, "NOOP": self._noop,
            "LOGOUT": self._logout,
        }.get(command)  # fmt: skip
        if known is None:
            self._server.changes.append(f"{command} {rest}")
            self._say(f"{tag} BAD no such command".encode())
            return
        told, end = known(rest)
        self._spoilt(fault, told)
        self._out.write(told + f"{tag} {end} done\r\n".encode())
        self._out.flush()

    def _spoilt(self, fault: str | None, told: bytes) -> None:
        if fault is None:
            return
        if fault == "bye":
            self._say(b"* BYE [UNAVAILABLE] going down")
        elif fault == "cut":
            self._out.write(told[: len(told) // 2])
        elif fault == "garble":
            self._say(b"!!! what is this")
        elif fault == "muddle":
            self._say(b"* 1 FETCH (UID ((( BODY[")
            return
        elif fault == "huge":
            self._out.write(b"* 1 FETCH (UID 1 BODY[HEADER] {99999999999}\r\nFrom: x")
        elif fault == "hang":
            self._server.closing.wait(_HANG)
        self._out.flush()
        raise Hung

    def _say(self, line: bytes) -> None:
        self._out.write(line + b"\r\n")
        self._out.flush()

    # ---- commands ------------------------------------------------------------------------------

    def _capability(self, _: str) -> tuple[bytes, str]:
        return f"* CAPABILITY {self._server.capabilities}\r\n".encode(), "OK"

    def _noop(self, _: str) -> tuple[bytes, str]:
        return b"", "OK"

    def _logout(self, _: str) -> tuple[bytes, str]:
        return b"* BYE bye\r\n", "OK"

    def _login(self, rest: str) -> tuple[bytes, str]:
        name, password = (first or second for first, second in _WORDS.findall(rest))
        return self._enter(name, self._password_of(name) == password)

    def _authenticate(self, rest: str) -> tuple[bytes, str]:
        method, _, given = rest.partition(" ")
        if not given:
            self._say(b"+ ")
            given = self._in.readline().decode("latin-1").strip()
        told = base64.b64decode(given).decode()
        if method == "XOAUTH2":
            name, token, *_ = (part.partition("=")[2] for part in told.split("\x01"))
            good = token.removeprefix("Bearer ") in self._server.tokens
            if not good:
                self._say(b"+ eyJzdGF0dXMiOiI0MDEifQ==")
                self._in.readline()
            return self._enter(name, good)
        acts_for, name, password = told.split("\0")
        if acts_for:
            return self._enter(acts_for, (name, password) == self._server.admin)
        return self._enter(name, self._password_of(name) == password)

    def _password_of(self, name: str) -> str | None:
        found = self._server.mailboxes.get(name)
        return None if found is None else found.password

    def _enter(self, name: str, good: bool) -> tuple[bytes, str]:
        if not good or name not in self._server.mailboxes:
            return b"", "NO [AUTHENTICATIONFAILED]"
        self._mailbox = name
        return b"", "OK"

    @property
    def _folders(self) -> dict[str, Folder]:
        return self._server.mailboxes[self._mailbox].folders

    def _namespace(self, _: str) -> tuple[bytes, str]:
        return b'* NAMESPACE (("" "/")) NIL (("shared/" "/"))\r\n', "OK"

    def _list(self, _: str) -> tuple[bytes, str]:
        lines = []
        for name, folder in self._folders.items():
            use = "" if self._server.unmarked or not folder.use else f" {folder.use}"
            lines.append(f'* LIST (\\HasNoChildren{use}) "/" "{name}"')
        lines += [f'* LIST (\\HasNoChildren) "/" "{name}"' for name in self._server.shared]
        lines.append('* LIST (\\Noselect) "/" "Archive"')
        return "".join(f"{line}\r\n" for line in lines).encode(), "OK"

    def _examine(self, rest: str) -> tuple[bytes, str]:
        folder = self._folders.get(rest.strip('"'))
        if folder is None:
            return b"", "NO [NONEXISTENT]"
        self._open = folder
        lines = (
            "FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)",
            f"{len(folder.messages)} EXISTS", "0 RECENT",
            f"OK [UIDVALIDITY {folder.validity}] valid", f"OK [UIDNEXT {folder.next_uid}] next",
        )  # fmt: skip
        return "".join(f"* {line}\r\n" for line in lines).encode(), "OK [READ-ONLY]"

    def _search(self, rest: str) -> tuple[bytes, str]:
        messages = self._open.messages if self._open is not None else []
        words = rest.split()
        first, last = words[words.index("UID") + 1].split(":")
        newest = max((one.uid for one in messages), default=0)
        ends = max(newest, int(first)) if last == "*" else int(last)
        begins = min(newest, int(first)) if last == "*" else int(first)
        there = [one for one in messages if begins <= one.uid <= ends]
        if "SINCE" in words:
            told = words[words.index("SINCE") + 1].strip('"')
            day = datetime.strptime(told, "%d-%b-%Y").date()  # noqa: DTZ007  (a day)
            there = [one for one in there if one.taken_in.date() >= day]
        found = [one.uid for one in there]
        return f"* SEARCH {' '.join(map(str, found))}".rstrip().encode() + b"\r\n", "OK"

    def _fetch(self, rest: str) -> tuple[bytes, str]:
        numbers, _, told = rest.partition(" ")
        if "BODY[" in told or "RFC822" in told:
            self._server.changes.append(f"FETCH {told}")
        wanted = {int(number) for number in numbers.split(",")}
        there = self._open.messages if self._open is not None else []
        out = b""
        for place, one in enumerate(there, start=1):
            if one.uid in wanted:
                out += b"* %d FETCH (UID %d%s)\r\n" % (place, one.uid, _told(one, told))
        return out, "OK"


def _told(one: Stored, wanted: str) -> bytes:
    out = b""
    for item in items(wanted):
        if item == "FLAGS":
            out += f" FLAGS ({' '.join(one.flags)})".encode()
        elif item == "INTERNALDATE":
            out += f' INTERNALDATE "{one.taken_in:%d-%b-%Y %H:%M:%S %z}"'.encode()
        else:
            found = section(one.content, item)
            name = re.sub(r"<(\d+)\.\d+>$", r"<\1>", item.replace(".PEEK", "")).encode()
            said = b"NIL" if found is None else b"{%d}\r\n%s" % (len(found), found)
            out += b" %s %s" % (name, said)
    return out
