"""Rows about systems: tools and accounts there are, who is in a space, what is switched on."""

from __future__ import annotations

from auditor.keys import canonical_email
from auditor.records import (
    Account,
    AppGrant,
    AppUse,
    Decision,
    MailboxKind,
    MailboxSetting,
    Record,
    RunBy,
    SpaceMember,
    SystemSetting,
    Tool,
    ToolKind,
    ToolStatus,
)
from connectors.tables.cells import CellError, Cells

Records = tuple[Record, ...]


def tool(cells: Cells) -> Records:
    authorized_at = cells.moment("authorized_at", day_will_do=True)
    ends_on = cells.day("ends_on")
    cells.in_order(("authorized_at", authorized_at), ("ends_on", ends_on))
    noticed_on, noticed_to = cells.day("noticed_on"), cells.reference("noticed_to")
    if noticed_to is not None and noticed_on is None:
        raise CellError("noticed_on", "is blank, but noticed_to is not; write the day of it")
    return (
        Tool(
            tool_id=cells.needed("tool_id"),
            name=cells.needed("name"),
            kind=ToolKind(cells.needed_word("kind")),
            domains=_domains(cells),
            status=ToolStatus(cells.needed_word("status")),
            authorized_by=cells.reference("authorized_by"),
            authorized_by_role=cells.text("authorized_by_role"),
            authorized_at=authorized_at,
            ends_on=ends_on,
            scope=cells.text("scope"),
            noticed_on=noticed_on,
            noticed_to=noticed_to,
        ),
    )


def _domains(cells: Cells) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for written in (cells.text("domains") or "").split(cells.form.map.list_delimiter):
        if not written.strip():
            continue
        address = canonical_email(f"x@{written.strip()}")
        domain = "" if address is None else address.partition("@")[2]
        if "." not in domain or "@" in written:
            raise CellError("domains", "is no list of mail domains; write app.example;mail.example")
        found[domain] = None
    return tuple(found)


def account(cells: Cells) -> Records:
    decision = Decision(cells.needed_word("decision"))
    requested_on, decided_on = cells.span("requested_on", "decided_on")
    _, renew_by = cells.span("decided_on", "renew_by")
    if decision is Decision.PENDING and decided_on is not None:
        what = "is a day, but decision is pending; write the decision, or leave the day blank"
        raise CellError("decided_on", what)
    if decision is not Decision.PENDING and decided_on is None:
        what = f"is blank, but decision is {decision}; write the day it was decided"
        raise CellError("decided_on", what)
    return (
        Account(
            account_id=cells.needed("account_id"),
            platform=cells.needed("platform"),
            handle=cells.needed("handle"),
            group=cells.text("group"),
            run_by=RunBy(cells.needed_word("run_by")),
            owner=cells.reference("owner"),
            second_owner=cells.reference("second_owner"),
            requested_on=requested_on,
            decided_on=decided_on,
            decision=decision,
            decided_by=cells.reference("decided_by"),
            decided_by_role=cells.text("decided_by_role"),
            renew_by=renew_by,
            school_id=cells.text("school"),
        ),
    )


def space(cells: Cells) -> Records:
    return (
        SpaceMember(
            cells.needed("space_id"),
            cells.text("tool"),
            cells.needed("name"),
            cells.reference("created_by"),
            cells.needed_reference("member"),
            *cells.span("start", "end"),
        ),
    )


def mailbox_setting(cells: Cells) -> Records:
    """Read an address or number that a mailbox shows; only a signature or reply may have one."""
    setting = MailboxKind(cells.needed_word("setting"))
    shows_text = setting in (MailboxKind.SIGNATURE, MailboxKind.VACATION)
    is_phone = shows_text and "@" not in cells.needed("value")
    value = cells.phone("value") if is_phone else cells.needed_email("value")
    ref = cells.needed_reference("person_id")
    return (MailboxSetting(ref, setting, value, *cells.span("start", "end")),)


def app_grant(cells: Cells) -> Records:
    """Read an app in an account; without a number of its own it is known by its name."""
    granted_on, revoked_on = cells.span("granted_on", "revoked_on")
    name = cells.needed("app_name")
    return (
        AppGrant(
            cells.needed_reference("person_id"),
            cells.text("app_id") or name,
            name,
            tuple(AppUse(word) for word in cells.needed_words("uses")),
            granted_on,
            revoked_on,
        ),
    )


def system_setting(cells: Cells) -> Records:
    return (
        SystemSetting(
            cells.needed("system"),
            cells.needed("setting"),
            cells.needed("expected"),
            cells.needed("found"),
            cells.needed_day("seen_on"),
        ),
    )
