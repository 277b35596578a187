"""Rows of the district's own tables turned into facts about people, teams, lists and approvals.

Nothing is looked up: who a reference means is for the directory, which knows every source.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256

from auditor.model import (
    Address,
    AddressKind,
    AddressUse,
    Authorization,
    DirectoryAccount,
    Ground,
    GroupMember,
    GuardianLink,
    Hat,
    HatRole,
    Person,
    PersonAddress,
    PersonRef,
    Team,
    TeamMember,
    TeamRole,
)
from auditor.records import StateFact
from connectors.tables.cells import CellError, Cells
from connectors.tables.layout import Table
from connectors.tables.records import RECORD_READERS, Identity, record_identity

Facts = tuple[StateFact, ...]


def person(cells: Cells) -> Facts:
    """Read an adult whom no system knows; without an id, the e-mail address is the identity.

    A volunteer may have nothing but an outside address: whether it counts as a personal one is
    the directory's to say.
    """
    email = cells.email("email")
    person_id = cells.text("person_id") or email
    if person_id is None:
        raise CellError("person_id", "is blank, and so is email")
    start, end = cells.span("start", "end")
    role = HatRole(cells.needed_word("role"))
    ref = PersonRef(person_id=person_id)
    named = Person(
        person_id, cells.needed("first_name"), cells.needed("last_name"), cells.text("grade")
    )
    hat = Hat(ref, role, cells.text("school"), start, end)
    if email is None:
        return (named, hat)
    return (named, PersonAddress(ref, Address(AddressKind.EMAIL, email), AddressUse.ROSTER), hat)


def team(cells: Cells) -> Facts:
    start, end = cells.span("season_start", "season_end")
    return (
        Team(
            cells.needed("team_id"),
            cells.needed("name"),
            cells.needed_word("kind"),
            cells.text("school"),
            cells.text("sport"),
            cells.text("level"),
            start,
            end,
        ),
    )


def team_member(cells: Cells) -> Facts:
    named = cells.reference("person_id")
    email = cells.email("email")
    ref = PersonRef(
        None if named is None else named.person_id,
        email if named is None or named.email is None else named.email,
        cells.text("first_name"),
        cells.text("last_name"),
        cells.text("grade"),
    )
    if not (ref.person_id or ref.email or (ref.given_name and ref.family_name)):
        raise CellError("person_id", "is blank, and there is neither email nor first and last name")
    start, end = cells.span("start", "end")
    role = TeamRole(cells.needed_word("role"))
    return (TeamMember(cells.needed("team_id"), ref, role, start, end),)


def guardian(cells: Cells) -> Facts:
    """Read one parent of one student, who is known by an e-mail address alone.

    Most parents are in a roster too. Taken as an account of its own, an address decides whether
    it is the same person; the numbers such files give parents may be a student's elsewhere.
    """
    student = cells.needed_reference("student")
    address = cells.needed_email("email")
    account_id = f"guardian-{sha256(address.text.encode()).hexdigest()[:12]}"
    named = (cells.needed("first_name"), cells.needed("last_name"))
    account = DirectoryAccount(
        account_id, (address,), *named, roles=((HatRole.GUARDIAN, None),)
    )
    held_by = PersonRef(person_id=account_id)
    return (account, GuardianLink(student, held_by, *cells.span("start", "end")))


def group_member(cells: Cells) -> Facts:
    group, member = cells.needed_email("group_email"), cells.needed_email("member_email")
    if group == member:
        raise CellError("member_email", "is the list itself")
    return (GroupMember(group, member, *cells.span("start", "end")),)


def alias(cells: Cells) -> Facts:
    ref = cells.needed_reference("person_id")
    address = cells.needed_email("email")
    return (PersonAddress(ref, address, AddressUse.ROSTER, *cells.span("start", "end")),)


def personal_address(cells: Cells) -> Facts:
    ref = cells.needed_reference("person_id")
    is_phone = cells.needed_word("kind") == "phone"
    address = cells.phone("value") if is_phone else cells.needed_email("value")
    return (PersonAddress(ref, address, AddressUse.PERSONAL),)


def authorization(cells: Cells) -> Facts:
    """Read an approval as filed; whether it covers anything is judged message by message."""
    starts_on, ends_on = cells.span("starts_on", "ends_on")
    return (
        Authorization(
            authorization_id=cells.needed("authorization_id"),
            ground=Ground(cells.needed_word("ground")),
            adult=cells.reference("adult"),
            student=cells.reference("student"),
            team_id=cells.text("team"),
            tool=cells.text("tool"),
            granted_by=cells.reference("granted_by"),
            granted_by_role=cells.text("granted_by_role"),
            granted_at=cells.moment("granted_at", day_will_do=True),
            starts_on=starts_on,
            ends_on=ends_on,
            condition=cells.text("condition"),
            reason_code=cells.code("reason_code"),
            evidence=cells.text("evidence"),
            requested_by=cells.reference("requested_by"),
        ),
    )


READERS: Mapping[str, Callable[[Cells], Facts]] = {
    "people": person,
    "teams": team,
    "team_members": team_member,
    "guardians": guardian,
    "groups": group_member,
    "aliases": alias,
    "personal_addresses": personal_address,
    "authorizations": authorization,
    **RECORD_READERS,
}


class Register:
    """The rows of one table so far: one given twice counts once, and an id means one thing."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._read = READERS[table.name]
        self._rows: set[tuple[str | None, ...]] = set()
        self._named: dict[str, tuple[object, int]] = {}

    def facts(self, cells: Cells) -> Facts:
        """Return a row's facts, none if the same row was there before."""
        facts = self._read(cells)
        row = tuple(cells.text(column) for column in self._table.columns)
        if row in self._rows:
            return ()
        self._claim_id(facts, cells.line)
        self._rows.add(row)
        return facts

    def _claim_id(self, facts: Facts, line: int) -> None:
        """Raise ``CellError`` where an id already stands for something else.

        The same person may have several rows, one for each role, but not two names.
        """
        claim = _identity(facts[0])
        if claim is None:
            return
        column, id_, meant = claim
        first, first_line = self._named.setdefault(id_, (meant, line))
        if first != meant:
            raise CellError(column, f"stands for something else in line {first_line}")


def _identity(fact: StateFact) -> Identity | None:
    match fact:
        case Person():
            return "person_id", fact.person_id, fact
        case Team():
            return "team_id", fact.team_id, fact
        case DirectoryAccount():
            return "email", fact.account_id, fact
        case Authorization():
            return "authorization_id", fact.authorization_id, fact
        case _:
            return record_identity(fact)
