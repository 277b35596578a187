"""What `auditor check` says of Schoology: whose key it is, what it sees, and what no key sees."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.source import CheckResult, Denied, SourceError
from connectors.answers import Found
from connectors.schoology.access import granted
from connectors.schoology.asking import Asking, Schoology, listed, owner
from connectors.schoology.settings import Kind, SchoologySettings

_LISTS = (("users", "user"), ("courses", "course"), ("groups", "group"))
_ONE = {"start": "0", "limit": "1"}
PERSONAL = (
    "Use the key of an app that the district owns: since 25 June 2025 a personal key sees nobody "
    "but its owner"
)
UNSEEN = (
    "private messages are seen of users who granted a token alone: Schoology shows a district's "
    "key nobody's (everybody else is told of as a gap, by name)"
)
WIDE = (
    "key and tokens could also write, as Schoology knows no narrower ones: nothing here but asks"
)


def check_schoology(schoology: Schoology, settings: SchoologySettings) -> Iterator[CheckResult]:
    """Yield all lines; raises a ``SourceError`` where Schoology cannot be asked."""
    with schoology.asking() as asking:
        yield CheckResult(True, f"Schoology knows the key, as account {_own_number(asking)}")
        yield from _reach(asking)
    yield CheckResult(True, WIDE)
    if settings.kind is Kind.MESSAGES:
        yield from _tokens(schoology)
        yield CheckResult(True, UNSEEN)


def _own_number(asking: Asking) -> str:
    number = owner(asking)
    if not number:
        raise Denied(
            "Schoology does not say whose key this is",
            where=asking.where,
            cure="See that key and secret are those of one app, and that it is switched on",
        )
    return number


def _reach(asking: Asking) -> Iterator[CheckResult]:
    for path, items in _LISTS:
        try:
            answer = asking.get(path, _ONE)
        except Denied:
            yield CheckResult(False, f"Schoology does not show this key any {path}", PERSONAL)
            continue
        shown = isinstance(answer, Found) and isinstance(answer.document, dict)
        if not shown or (path == "users" and not listed(_document(answer), items)):
            yield CheckResult(False, f"Schoology has no {path} for this key", PERSONAL)
        else:
            yield CheckResult(True, f"{path} can be read")


def _document(answer: object) -> dict[str, object]:
    found = answer.document if isinstance(answer, Found) else {}
    return found if isinstance(found, dict) else {}


def _tokens(schoology: Schoology) -> Iterator[CheckResult]:
    """Try every token; says of each that is not good whose it is, by number."""
    good = 0
    for one in granted(schoology.access, schoology.where):
        try:
            if one.failure is not None or one.token is None:
                raise one.failure or Denied("it is empty", where=one.uid, cure="")
            with schoology.asking(one.token) as asking:
                own = _own_number(asking)
        except SourceError as error:
            text = f"the token of account {one.uid} cannot be used: {error.what}"
            yield CheckResult(False, text, "Have the user grant it anew: `auditor grant`")
            continue
        if own != one.uid:
            text = f"the token on file for account {one.uid} is that of account {own}"
            yield CheckResult(False, text, "Name the file after its owner's number, or remove it")
            continue
        good += 1
    yield CheckResult(True, f"tokens that users granted and that are good: {good}")
