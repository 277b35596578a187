"""The sample district as a Microsoft tenant: the same people, mails and posts, seen from there."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.pretend.microsoft.chatting import chats_of, places_of
from benchmarks.pretend.microsoft.edition import A5, Edition
from benchmarks.pretend.microsoft.everyday import (
    GRAPH,
    QUIZ,
    class_id,
    classes_of,
    duty_group,
    grants_of,
    records_of,
    schools_of,
    sign_ins_of,
    teams_of,
)
from benchmarks.pretend.microsoft.mailing import mail_of
from benchmarks.pretend.microsoft.world import Contact, Group, User, World, guid
from benchmarks.pretend.sampled import (
    OURS,
    account_holders,
    closed_at,
    further_addresses,
    lists_made_at,
    mail_settings,
    opened_at,
    school_of,
)
from benchmarks.pretend.worlds import Accounts, Seat
from benchmarks.sample.people import ALIAS_DOMAIN, DOMAIN, STUDENT_DOMAIN, Human
from benchmarks.sample.planted import Stage
from benchmarks.sample.writers import CANARY


def world_of(stage: Stage, *, edition: Edition = A5, late: float = 0.0) -> World:
    """Return the sample district's tenant.

    ``late`` is the share of the trace's rows that become visible only a day or two after the mail,
    and tell "pending" for an hour before they tell how it ended.
    """
    users = tuple(_users(stage))
    groups = (*_groups(stage), duty_group(stage))
    accounts = Accounts(users, groups)
    mailboxes, traces = mail_of(stage.outbox.mails, accounts, late=late)
    chats, grants = chats_of(stage, accounts), grants_of(stage, users)
    ends = max(
        [trace.visible_at for trace in traces]
        + [since for trace in traces for since, _ in trace.later]
        + [stage.period.delivered_at(stage.period.weeks)]
    )
    return World(
        domain=DOMAIN,
        ends=ends,
        users=users,
        groups=groups,
        domains=(STUDENT_DOMAIN, ALIAS_DOMAIN),
        mailboxes=mailboxes,
        traces=tuple(traces),
        classes=classes_of(stage),
        schools=schools_of(stage),
        chats=chats,
        teams=teams_of(stage),
        apps=(GRAPH, QUIZ),
        grants=grants,
        sign_ins=tuple(sign_ins_of(stage, grants)),
        records=tuple(records_of(users, chats)),
        edition=edition,
        canary=CANARY,
    )


def names_of_posts(stage: Stage) -> dict[str, str]:
    """Return what each post of the sample is called in Teams: its chat and its own id there."""
    users = tuple(_users(stage))
    places = places_of(stage, Accounts(users, tuple(_groups(stage))))
    return {id_: "/".join(place) for id_, place in places.items()}


# ---- accounts --------------------------------------------------------------------------------


def _users(stage: Stage) -> Iterator[User]:
    further = further_addresses(stage)
    for human in account_holders(stage):
        yield _user(stage, human, further[human.person_id])


def _user(stage: Stage, human: Human, further: list[str]) -> User:
    local, _, domain = human.mail.partition("@")
    student, machine = human.role == "student", human.role == "system"
    old = (f"{local}@{ALIAS_DOMAIN}",) if domain == DOMAIN else ()
    return User(
        guid(human.person_id),
        human.mail,
        human.given,
        human.family,
        aliases=(*(a for a in further if a.endswith(OURS)), *old),
        other_mails=tuple(a for a in further if not a.endswith(OURS)),
        person_id=human.person_id,
        role=human.role if human.role in ("student", "teacher") else "none",
        grade=human.grade or "",
        employee_type="" if machine else "Student" if student else "Staff",
        title="" if student or machine else human.role,
        department=school_of(stage, human),
        contacts=tuple(
            Contact(guardian.name, guardian.mail) for guardian in stage.people.guardians_of(human)
        )
        if student
        else (),
        created_at=opened_at(stage, human),
        disabled_at=closed_at(human),
        settings=mail_settings(stage, human),
    )


# ---- groups ----------------------------------------------------------------------------------


def _groups(stage: Stage) -> Iterator[Group]:
    made = lists_made_at(stage)
    classes = {one.list_email: class_id(one.class_id) for one in stage.groups.classes}
    for address, members in stage.groups.lists.items():
        seats = tuple(Seat(member, since=made) for member in members)
        name = address.partition("@")[0].replace("-", " ")
        key = classes.get(address, guid(address))
        yield Group(key, address, name, seats, unified=address in classes, created_at=made)
