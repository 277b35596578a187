"""The sealed district as facts: what a connector would deliver of its people and messages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from auditor.model import (
    AddressUse,
    Authorization,
    Automation,
    Channel,
    Ground,
    GuardianLink,
    Hat,
    HatRole,
    Message,
    Party,
    PartyRole,
    Person,
    PersonAddress,
    PersonRef,
    School,
    Team,
    TeamMember,
    TeamRole,
)
from auditor.policy import Pack
from auditor.records import Consent, ContactLimit, Fact, LimitKind, OfficeHolder
from auditor.sealedrecords import address, records_of

_SCHOOL = School("S", "Sealed School")
_MAIL = "sealed mail"
_ROLES = (PartyRole.TO, PartyRole.CC, PartyRole.MEMBER)


def roster_of(plan: Mapping[str, Any], first: date, pack: Pack) -> tuple[Fact, ...]:
    """Return everything the plan says of people, as if a roster brought it before ``first``."""
    return (
        _SCHOOL,
        Team("soccer", "Soccer", "sport", _SCHOOL.school_id),
        *(fact for name, hats in plan["people"].items() for fact in _person(name, hats, first)),
        *_people_records(plan, first, pack),
        *records_of(plan, first, pack),
    )


def _person(name: str, hats: str, first: date) -> Iterator[Fact]:
    ref = PersonRef(person_id=name)
    yield Person(name, name, "Sealed")
    yield PersonAddress(ref, address(name), AddressUse.ROSTER)
    for hat in hats.split(", "):
        words, _, until = hat.partition(" until ")
        role, _, of = words.partition(" of ")
        end = first + timedelta(days=int(until)) if until else None
        if role == "guardian":
            yield Hat(ref, HatRole.GUARDIAN)
            yield GuardianLink(PersonRef(person_id=of), ref)
        elif of:
            yield TeamMember(of, ref, TeamRole(role))
        else:
            yield Hat(ref, HatRole(role), _SCHOOL.school_id, end=end)
        if role == "staff":
            yield PersonAddress(ref, address(f"{name}@personal"), AddressUse.PERSONAL)


def _people_records(plan: Mapping[str, Any], first: date, pack: Pack) -> Iterator[Fact]:
    long_ago, planted = first - timedelta(days=90), plan["planted"]
    without = {one["no_consent"] for one in planted if "no_consent" in one}
    for name, hats in plan["people"].items():
        if hats.startswith("student") and name not in without:
            yield Consent(f"C-{name}", PersonRef(person_id=name), None, long_ago, None)
    for one in planted:
        if "limit" in one:
            student = PersonRef(person_id=one["limit"])
            kind = LimitKind.DO_NOT_CONTACT
            yield ContactLimit(f"L-{one['limit']}", kind, None, student, None, None, None, None)
    for one in (*planted, *plan["quiet"]):
        if "approval" in one and one["approval"]["ground"] in pack.grounds:
            yield from _approval(one["approval"], first, pack)


def _approval(said: Mapping[str, Any], first: date, pack: Pack) -> Iterator[Fact]:
    ground = Ground(said["ground"])
    rules = pack.grounds[ground]
    head = PersonRef(person_id="head")
    office = next(iter(rules.granted_by), None)
    long_ago = first - timedelta(days=90)
    if office is not None:
        yield OfficeHolder(head, office)
    yield Authorization(
        authorization_id=f"A-{said['student']}",
        ground=ground,
        adult=PersonRef(person_id=said["adult"]),
        student=PersonRef(person_id=said["student"]),
        team_id=None,
        tool=None,
        granted_by=head,
        granted_by_role=office,
        granted_at=datetime.combine(long_ago, time(9), ZoneInfo("UTC")),
        starts_on=long_ago,
        ends_on=first + timedelta(days=said["until"]),
    )


def messages_of(plan: Mapping[str, Any], first: date, zone: ZoneInfo) -> tuple[Message, ...]:
    """Return the messages of the plan; one that two mailboxes show comes twice.

    A message is called after the time it was sent at, which no other has.
    """
    found = []
    for one in (*plan["planted"], *plan["quiet"]):
        for said in one.get("messages", ()):
            message = _message(said, first, zone)
            found += [message, message] if said.get("twice") else [message]
    return tuple(found)


def _message(said: Mapping[str, Any], first: date, zone: ZoneInfo) -> Message:
    day, _, clock = said["at"].partition(" ")
    hour, minute = (int(part) for part in clock.split(":"))
    sent = datetime.combine(first + timedelta(days=int(day)), time(hour, minute), zone)
    space = said.get("space")
    return Message(
        native_id=said["at"],
        channel=Channel.EMAIL if space is None else Channel.CHAT,
        tool=said.get("tool", _MAIL),
        sent_at=sent,
        parties=(
            Party(address(said["from"]), PartyRole.FROM),
            *(Party(address(to), role) for role in _ROLES for to in said.get(role.value, ())),
        ),
        rfc_message_id=None if space is not None else f"{said['at']}@sealed.example",
        thread=said.get("thread"),
        container=space,
        automated=Automation(said.get("automated", "no")),
    )
