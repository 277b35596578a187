"""What an IMAP server says no with, grouped by what is to be done about it.

The codes are those of RFC 5530 and RFC 3501, with Gmail's and Exchange's THROTTLED. Only a code is
taken from a refusal and said on; the server's own words may quote a folder's name.
"""

from __future__ import annotations

import re
import ssl
from enum import Enum
from imaplib import IMAP4

from imapclient.exceptions import ProtocolError

from auditor.source import Denied, Malformed, SourceError, Transient

_CODE = re.compile(r"\[([A-Z][A-Z-]{2,30})\b")


class Then(Enum):
    """What to do after a refusal."""

    AGAIN = "ask again, after waiting"
    LATER = "leave it for another night"
    DENIED = "somebody has to allow it"
    ONE = "something in the folder cannot be given"


_THEN = {
    "UNAVAILABLE": Then.AGAIN,
    "THROTTLED": Then.AGAIN,
    "INUSE": Then.AGAIN,
    "OVERQUOTA": Then.LATER,
    "LIMIT": Then.LATER,
    "AUTHENTICATIONFAILED": Then.DENIED,
    "AUTHORIZATIONFAILED": Then.DENIED,
    "EXPIRED": Then.DENIED,
    "PRIVACYREQUIRED": Then.DENIED,
    "CONTACTADMIN": Then.DENIED,
    "NOPERM": Then.DENIED,
    "NONEXISTENT": Then.DENIED,
    "ALERT": Then.DENIED,
    "SERVERBUG": Then.ONE,
    "CORRUPTION": Then.ONE,
    "EXPUNGEISSUED": Then.ONE,
}  # fmt: skip
_RESTS = (
    "The next run tries again; if it stays so, see that host and port are right and that this "
    "machine may reach them, and look at what the mail server's log says"
)


class Again(Exception):
    """A question that may be answered a moment later, on a new connection if this one broke."""

    def __init__(self, what: str, *, garbled: bool = False) -> None:
        super().__init__(what)
        self.what = what
        self.garbled = garbled


class CannotGive(Exception):
    """The server refuses to give something of a folder, and says nothing of who we are."""


class NotLetIn(Denied):
    """Refused at the door: to try again with every folder would lock an account."""


class NoFolder(Exception):
    """A folder that is listed and not there."""


def code_in(error: BaseException) -> str | None:
    """Return the response code of a refusal, if it is one we know."""
    found = _CODE.search(str(error))
    return found[1] if found is not None and found[1] in _THEN else None


def refusal(error: BaseException, *, where: str, doing: str) -> Exception:
    """Return what a failed command means; ``doing`` is what was tried, in words for a reason.

    The kinds are ``Again``, ``CannotGive``, ``NoFolder`` and ``SourceError``.
    """
    if isinstance(error.__context__, IMAP4.abort):
        error = error.__context__  # the library makes a refused sign-in of any broken one
    if isinstance(error, ssl.SSLCertVerificationError):
        return untrusted(where)
    code = code_in(error)
    then = None if code is None else _THEN[code]
    if then is Then.LATER:
        return Transient(f"the server gives no more for now ({code})", where=where, cure=_RESTS)
    if isinstance(error, ProtocolError) or (
        isinstance(error, IMAP4.abort) and "unexpected" in str(error)
    ):
        return Again("its answer is garbled", garbled=True)
    if then is Then.AGAIN:
        return Again(f"the server asks to wait ({code})")
    if isinstance(error, (IMAP4.abort, OSError)):
        silent = isinstance(error, TimeoutError)
        return Again("the server did not answer in time" if silent else "the connection broke off")
    if not isinstance(error, IMAP4.error):
        return Again("its answer is garbled", garbled=True)
    if code == "NONEXISTENT":
        return NoFolder()
    if then is Then.DENIED:
        return denied(f"{doing} was refused ({code})", where)
    return CannotGive(doing)


def denied(what: str, where: str) -> Denied:
    return Denied(
        what,
        where=where,
        cure="See that the mailbox is there, that IMAP is switched on for it, and that what "
        "we sign in with is still good",
    )


def untrusted(where: str) -> Denied:
    return Denied(
        "the server's certificate is not one we trust",
        where=where,
        cure="Give the server a certificate for its name; for an authority of your own, name its "
        "certificate in certificates",
    )


def given_up(failed: Again, tries: int, where: str) -> SourceError:
    """Return what to say where asking again did not help."""
    what = f"{failed.what}, {tries} times in a row"
    if failed.garbled:
        cure = "Look for a proxy that changes answers; if there is none, tell the server's makers"
        return Malformed(what, where=where, cure=cure)
    return Transient(what, where=where, cure=_RESTS)
