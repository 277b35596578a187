"""Whether Canvas is in reach, and what the token may do there; asks for nobody's data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from auditor.source import CheckResult, SourceError
from connectors.canvas.asking import Asking
from connectors.canvas.fields import id_of
from connectors.canvas.settings import CanvasSettings, Kind

_USERS = {
    "read_roster": "Users - view list",
    "read_sis": "SIS Data - read",
    "read_email_addresses": "Users - view primary email address",
    "view_user_logins": "Users - view login IDs",
}
_ACTING = {"become_user": "Users - act as"}
_COURSES = {"read_course_list": "Courses - view list"}
_COMMENTS = {**_COURSES, "view_all_grades": "Grades - view all grades"}
_CHANGING = {
    "manage_account_settings": "Account-level settings - manage",
    "manage_role_overrides": "Permissions - manage",
    "manage_sis": "SIS Data - manage",
    "manage_user_logins": "Users - manage login details",
}
"""What lets a token do more than look, by Canvas's word and by that of its pages."""


def needed(settings: CanvasSettings) -> Mapping[str, str]:
    """Return the permissions that the token's owner must have, with what pages call them."""
    if settings.kind is Kind.PEOPLE:
        return _USERS | (_COURSES if settings.classes or settings.guardians else {})
    return _USERS | _ACTING | (_COMMENTS if settings.comments else {})


def check_canvas(asking: Asking, settings: CanvasSettings) -> Iterator[CheckResult]:
    """Yield one line for each thing that was looked at; raises ``SourceError`` out of reach."""
    own = id_of(asking.record("users/self").get("id"))
    yield CheckResult(True, f"Canvas answers; the token is that of its user {own}")
    wanted = needed(settings)
    wider = _CHANGING | (_ACTING if settings.kind is Kind.PEOPLE else {})
    asked = {"permissions[]": [*wanted, *wider]}
    try:
        told = asking.record(f"accounts/{settings.account}/permissions", asked)
    except SourceError as error:
        yield CheckResult(
            False,
            f"what the token may do could not be looked at: {error.what}",
            "Give the token's owner a role of its own in the account that the settings name",
        )
        return
    lacking = [page for word, page in wanted.items() if told.get(word) is not True]
    if lacking:
        yield CheckResult(
            False,
            f"permissions not granted: {', '.join(lacking)}",
            "Canvas > Admin > Permissions > Account Roles: switch them on for the role of the "
            "token's owner",
        )
    else:
        yield CheckResult(True, f"permissions as needed: {', '.join(wanted.values())}")
    more = [page for word, page in wider.items() if told.get(word) is True]
    if more:
        yield CheckResult(
            False,
            f"the token may do more than is needed: {', '.join(more)}",
            "Canvas > Admin > Permissions > Account Roles: make a role of its own for the token's "
            "owner and switch these off",
        )
