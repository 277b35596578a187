"""The sample district as a Google Workspace: the same people, mails and posts, seen from there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from benchmarks.pretend.google.accounts import Accounts
from benchmarks.pretend.google.chatting import chat_of
from benchmarks.pretend.google.everyday import (
    call_rows,
    comment_rows,
    course_rows,
    courses_of,
    duty_group,
    grant_rows,
    group_rows,
    guardians_of,
    with_grants,
)
from benchmarks.pretend.google.mailing import mail_of
from benchmarks.pretend.google.world import PLUS, Edition, Group, User, World, google_id
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
from benchmarks.pretend.worlds import Seat, number
from benchmarks.sample.people import ALIAS_DOMAIN, DOMAIN, STUDENT_DOMAIN, Human
from benchmarks.sample.planted import Stage
from benchmarks.sample.writers import CANARY

ADMIN = f"workspace-admin@{DOMAIN}"


def world_of(
    stage: Stage,
    *,
    edition: Edition = PLUS,
    late: float = 0.0,
    log_shows_bcc: bool = True,
    private_comments: bool = False,
) -> World:
    """Return the sample district's Workspace.

    ``late`` is the share of mail log rows that become visible only a day or two after the mail;
    ``log_shows_bcc`` whether the log of a sent mail names blind recipients, which is not known
    of the vendor. With ``private_comments`` messages between two people inside the learning
    platform are Classroom's private comments; without, they are in no log of Google.
    """
    users = with_grants(stage, tuple(_users(stage)))
    groups = (*_groups(stage), duty_group(stage))
    courses = courses_of(stage)
    accounts = Accounts(users, groups, {ALIAS_DOMAIN: DOMAIN})
    mailboxes, mail_rows = mail_of(
        stage.outbox.mails, accounts, late=late, log_shows_bcc=log_shows_bcc
    )
    spaces, chat_rows = chat_of(stage, accounts)
    rows = [
        *mail_rows,
        *chat_rows,
        *group_rows(groups, accounts, ADMIN),
        *course_rows(courses),
        *(comment_rows(stage, courses) if private_comments else ()),
        *grant_rows(users),
        *call_rows(stage),
    ]
    ends = max(
        [row.visible_at for row in rows] + [stage.period.delivered_at(stage.period.weeks)]
    )
    return World(
        domain=DOMAIN,
        ends=ends,
        admin=ADMIN,
        users=users,
        groups=groups,
        domains=(STUDENT_DOMAIN,),
        domain_aliases=((ALIAS_DOMAIN, DOMAIN),),
        org_units=tuple(_org_units(users)),
        mailboxes=mailboxes,
        rows=tuple(rows),
        courses=courses,
        spaces=spaces,
        guardians=guardians_of(stage),
        edition=edition,
        canary=CANARY,
    )


# ---- accounts --------------------------------------------------------------------------------


def _users(stage: Stage) -> Iterator[User]:
    further = further_addresses(stage)
    yield User(google_id(ADMIN), ADMIN, "Workspace", "Admin", "/Service Accounts", admin=True)
    for human in account_holders(stage):
        user = _user(stage, human, further[human.person_id])
        yield replace(user, settings=mail_settings(stage, human))


def _user(stage: Stage, human: Human, further: list[str]) -> User:
    local, _, domain = human.mail.partition("@")
    return User(
        google_id(human.person_id),
        human.mail,
        human.given,
        human.family,
        _org_unit(human),
        person_id=human.person_id,
        aliases=tuple(a for a in further if a.endswith(OURS)),
        domain_aliases=(f"{local}@{ALIAS_DOMAIN}",) if domain == DOMAIN else (),
        other_emails=tuple(a for a in further if not a.endswith(OURS)),
        title=human.role if human.role not in ("student", "system") else "",
        department=school_of(stage, human),
        created_at=opened_at(stage, human),
        suspended_at=closed_at(human),
    )


def _org_unit(human: Human) -> str:
    if human.role == "student":
        return f"/Students/{human.school_id}/{human.grade}"
    if human.role == "system":
        return "/Service Accounts"
    return f"/Staff/{human.school_id or 'district'}"


def _org_units(users: Iterable[User]) -> Iterator[str]:
    """Return every path there is, parents too, each before what lies under it."""
    paths = {user.org_unit for user in users}
    for path in list(paths):
        parts = path.split("/")
        paths |= {"/".join(parts[:n]) for n in range(2, len(parts))}
    yield from sorted(paths)


# ---- groups ----------------------------------------------------------------------------------


def _groups(stage: Stage) -> Iterator[Group]:
    made = lists_made_at(stage)
    for address, members in stage.groups.lists.items():
        local = address.partition("@")[0]
        seats = tuple(Seat(m, since=made) for m in members)
        yield Group(f"{number(address, bits=60):015x}", address, local.replace("-", " "), seats)
