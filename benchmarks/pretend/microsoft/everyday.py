"""What else the sample's tenant has: classes and their teams, apps signed in to, the audit log.

None of it may be something to look at, as the sample's table of truths knows nothing of it:
announcements go to whole classes, and apps are those on trial.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, timedelta

from benchmarks.pretend.microsoft.auditing import GRAPH_APP
from benchmarks.pretend.microsoft.world import (
    App,
    Channel,
    Chat,
    Class,
    Grant,
    Group,
    Post,
    Record,
    School,
    SignIn,
    Team,
    User,
    guid,
)
from benchmarks.pretend.sampled import DUTY, duty_seats, full_hour
from benchmarks.pretend.worlds import number
from benchmarks.sample.apps import PILOT
from benchmarks.sample.planted import Stage
from benchmarks.sample.writers import CANARY

QUIZ = App(guid("app", PILOT), guid("app id", PILOT), "Quiz Board", "Quiz Board, Inc.")
GRAPH = App(guid(GRAPH_APP), GRAPH_APP, "Microsoft Graph", "Microsoft")
SIGN_IN = ("openid", "profile", "User.Read")
TEAMS = 3
"""How many classes have a team."""


def class_id(external_id: str) -> str:
    """Return a class's id, which its group and its team have as well."""
    return guid("class", external_id)


def classes_of(stage: Stage) -> tuple[Class, ...]:
    created = full_hour(stage, 1, 0, 8) - timedelta(days=60)
    return tuple(
        Class(
            class_id(one.class_id),
            one.class_id,
            one.title,
            tuple(human.mail for human in (one.teacher, one.second) if human is not None),
            tuple(student.mail for student in one.students),
            created,
        )
        for one in stage.groups.classes
    )


def schools_of(stage: Stage) -> tuple[School, ...]:
    people, classes = (*stage.people.staff, *stage.people.students), stage.groups.classes
    return tuple(
        School(
            guid("school", one.school_id),
            one.school_id,
            one.name,
            tuple(human.mail for human in people if human.school_id == one.school_id),
            tuple(class_id(c.class_id) for c in classes if c.school_id == one.school_id),
        )
        for one in stage.people.schools
    )


def teams_of(stage: Stage) -> tuple[Team, ...]:
    """Return the teams of a few classes, with an announcement to all of it every week."""
    created = full_hour(stage, 1, 0, 8) - timedelta(days=60)
    teams = []
    for one in stage.groups.classes[:TEAMS]:
        posts = []
        for week in range(1, stage.period.weeks + 1):
            at = full_hour(stage, week, number(one.class_id, week) % 5, 15).astimezone(UTC)
            text = f"Homework {CANARY}"
            posts.append(Post(str(int(at.timestamp() * 1_000)), at, one.teacher.mail, text))
        key = f"19:{number('channel', one.class_id):016x}@thread.tacv2"
        channel = Channel(key, "General", tuple(posts), created_at=created)
        name = f"{one.title} {CANARY}"
        teams.append(Team(class_id(one.class_id), name, (channel,), created))
    return tuple(teams)


def duty_group(stage: Stage) -> Group:
    """Return a group of three teachers, others every Monday. Nobody writes to it."""
    return Group(guid(DUTY), DUTY, "morning duty", duty_seats(stage))


def grants_of(stage: Stage, users: Iterable[User]) -> tuple[Grant, ...]:
    """Let the teachers who try the quiz app be signed in to it."""
    trying = {post.sender_id for post in stage.outbox.apps if post.tool == PILOT}
    at = full_hour(stage, 1, 0, 7)
    return tuple(
        Grant(QUIZ.id, SIGN_IN, at, user.upn) for user in users if user.person_id in trying
    )


def sign_ins_of(stage: Stage, grants: Iterable[Grant]) -> Iterator[SignIn]:
    for grant in grants:
        for week in range(1, stage.period.weeks + 1):
            yield SignIn(full_hour(stage, week, 0, 7), grant.user, grant.app)


def records_of(users: Iterable[User], chats: Iterable[Chat]) -> Iterator[Record]:
    """Yield the rows of the unified audit log: what was said in chats, and rules that forward."""
    for chat in chats:
        for post in chat.posts:
            if post.kind == "message":
                told = {
                    "MessageId": post.id,
                    "ChatThreadId": chat.id,
                    "CommunicationType": "OneOnOne" if chat.kind == "oneOnOne" else "GroupChat",
                    "ChatName": chat.topic,
                }
                shown = post.at + timedelta(hours=1)
                yield Record(post.at, shown, "MicrosoftTeams", "MessageSent", post.author, told)
    for user in users:
        for address, since, _ in user.settings.forwarding:
            rule = {"Parameters": [{"Name": "ForwardTo", "Value": address}]}
            shown = since + timedelta(hours=1)
            yield Record(since, shown, "ExchangeAdmin", "New-InboxRule", user.upn, rule)
