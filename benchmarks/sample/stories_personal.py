"""Stories of personal addresses, with approvals that hold and that do not; and of chats."""

from __future__ import annotations

from datetime import date, timedelta

from benchmarks.sample.envelope import Box, Mail
from benchmarks.sample.people import Human
from benchmarks.sample.planted import Stage
from benchmarks.sample.truths import (
    APPROVAL,
    COVERED,
    DIRECT,
    GUARDIAN,
    ITEM,
    PARTIAL,
    PERSONAL,
    SPACE,
)


def tell(stage: Stage) -> None:
    _no_approval(stage)
    _approvals_that_hold(stage)
    _guardian_included(stage)
    _approvals_that_do_not(stage)
    _spaces(stage)


def _at_home(stage: Stage, human: Human) -> Box:
    return Box(stage.personal_address(human), human.name)


def _no_approval(stage: Stage) -> None:
    teacher, student = stage.pair()
    aide = stage.at_school("aide", teacher)
    sent = [stage.mail((1, 2, "18:02"), _at_home(stage, teacher), student, cc=[aide])]
    story = "A teacher writes from a personal address, a colleague copied."
    stage.expect("personal-from", PERSONAL, ITEM, story, teacher, student, sent)

    teacher, student = stage.pair()
    sent = [stage.mail((2, 3, "15:48"), teacher, stage.personal_address(student))]
    story = "A teacher writes to a student's personal address, nobody copied."
    stage.expect("personal-to", PERSONAL, ITEM, story, teacher, student, sent)
    stage.expect("personal-to-direct", DIRECT, ITEM, story, teacher, student, sent)

    teacher, student = stage.pair()
    first = stage.mail((2, 4, "19:30"), _at_home(stage, teacher), student)
    reply = stage.mail((2, 4, "19:55"), student, stage.personal_address(teacher), after=first)
    again = stage.mail((3, 5, "20:40"), _at_home(stage, teacher), student, after=reply)
    story = "Mail in both directions between a teacher's personal address and one student."
    for row_id, rule in (("personal-both-ways", PERSONAL), ("personal-both-ways-direct", DIRECT)):
        stage.expect(row_id, rule, ITEM, story, teacher, student, [first, again], related=[reply])

    teacher, student = stage.pair()
    aide = stage.at_school("aide", teacher)
    home = stage.personal_address(teacher)
    post = stage.outbox.post(
        stage.period.at(4, 3, "16:05"), stage.outbox.new_space(), home, [aide, student]
    )
    story = "A teacher posts from a personal account into a chat with an aide and one student."
    stage.expect("personal-chat", PERSONAL, ITEM, story, teacher, student, [post])


def _approvals_that_hold(stage: Stage) -> None:
    team, coach, athletes = stage.team("jv-soccer")
    director = stage.people.part("athletic-director")
    stage.approve("coach_contact", coach, athletes[0], director, "athletic_director")
    assistant = team.leads[1].human
    sent = [stage.mail((1, 3, "17:45"), _at_home(stage, coach), athletes[0], cc=[assistant])]
    story = "A coach's personal address, approved by the athletic director before the season."
    stage.expect("personal-coach-approved", PERSONAL, COVERED, story, coach, athletes[0], sent)
    story = "The same mail went to one athlete only, which that approval does not speak of."
    stage.expect("personal-coach-partial", PARTIAL, ITEM, story, coach, team, sent)

    teacher, student = stage.pair()
    principal = stage.at_school("principal", student)
    stage.approve("safety", teacher, student, principal, "principal")
    sent = [stage.mail((3, 2, "20:20"), _at_home(stage, teacher), student)]
    story = "The principal allowed personal mail for the student's safety, beforehand."
    stage.expect("personal-safety", PERSONAL, COVERED, story, teacher, student, sent)
    stage.expect("personal-safety-direct", DIRECT, COVERED, story, teacher, student, sent)


def _guardian_included(stage: Stage) -> None:
    teacher, student = stage.pair()
    principal, guardian = stage.at_school("principal", student), stage.guardian(student)
    stage.approve(
        "guardian", teacher, student, principal, "principal", condition="guardian_included"
    )
    home = _at_home(stage, teacher)
    with_guardian = [
        stage.mail((1, 1, "17:10"), home, student, cc=[guardian]),
        stage.mail((2, 1, "17:25"), home, student, cc=[guardian]),
    ]
    without = stage.mail((3, 1, "17:20"), home, student)
    story = "Personal mail allowed with the guardian included: true of two mails in three."
    stage.expect(
        "personal-guardian-partly", PERSONAL, COVERED, story, teacher, student, with_guardian
    )
    story = "The third mail, without the guardian."
    stage.expect("guardian-left-out", GUARDIAN, ITEM, story, teacher, student, [without])
    story = "The mail without the guardian is also one between two people only."
    stage.expect(
        "personal-guardian-partly-direct", DIRECT, ITEM, story, teacher, student, [without]
    )


def _approvals_that_do_not(stage: Stage) -> None:
    period, first = stage.period, stage.period.first
    _attempt(
        stage, "approval-expired", "The permission ended before the period.", "principal",
        granted=first - timedelta(days=200), ends=first - timedelta(days=1),
    )  # fmt: skip
    story = "A counselor gave it, who may not."
    _attempt(stage, "approval-wrong-authority", story, "counselor", role="counselor")
    _attempt(
        stage, "approval-late", "Given two days after first use, dated back.", "principal",
        granted=period.day(2, 4), starts=first - timedelta(days=30),
    )  # fmt: skip
    story = "Given in time, for later."
    _attempt(stage, "approval-not-begun", story, "principal", starts=period.day(2, 4))
    story = "A counselor signed as principal, which somebody else is."
    _attempt(stage, "approval-not-in-office", story, "counselor")
    story = "The principal granted what the principal had asked for."
    _attempt(stage, "approval-own-request", story, "principal", asked_by_granter=True)
    story = "It is for chat, and the mail was mail."
    _attempt(stage, "approval-other-tool", story, "principal", tool="chat")

    teacher, student = stage.pair()
    other = stage.student(teacher.school_id)
    principal = stage.at_school("principal", student)
    stage.approve("contact_exchange", teacher, other, principal, "principal")
    _one_mail(stage, "approval-wrong-student", "It names a different student.", teacher, student)


def _attempt(
    stage: Stage,
    row_id: str,
    story: str,
    by: str,
    *,
    role: str = "principal",
    granted: date | None = None,
    starts: date | None = None,
    ends: date | None = None,
    tool: str = "",
    asked_by_granter: bool = False,
) -> None:
    """Let somebody permit personal mail, and one such mail be sent all the same."""
    teacher, student = stage.pair()
    granter = stage.at_school(by, student)
    number = stage.approve(
        "contact_exchange", teacher, student, granter, role,
        granted=granted, starts=starts, ends=ends, tool=tool,
        requested_by=granter if asked_by_granter else teacher,
    )  # fmt: skip
    sent = [_one_mail(stage, row_id, story, teacher, student)]
    stage.expect(f"{row_id}-paper", APPROVAL, ITEM, story, teacher, None, sent, thing=number)


def _one_mail(stage: Stage, row_id: str, story: str, teacher: Human, student: Human) -> Mail:
    aide = stage.at_school("aide", teacher)
    sent = stage.mail((2, 2, "16:16"), _at_home(stage, teacher), student, cc=[aide])
    stage.expect(row_id, PERSONAL, ITEM, story, teacher, student, [sent])
    return sent


def _spaces(stage: Stage) -> None:
    period, outbox = stage.period, stage.outbox
    teacher, student = stage.pair()
    space = outbox.new_space()
    who = [teacher, student]
    posts = [
        outbox.post(period.at(week, day, clock), space, author, who, group=False)
        for week, day, clock, author in (
            (1, 4, "15:20", teacher),
            (1, 4, "15:26", student),
            (2, 0, "08:02", teacher),
        )
    ]
    story = "A one-to-one chat of a teacher and a student over two weeks."
    stage.expect(
        "space-chat", SPACE, ITEM, story, teacher, student, [posts[0], posts[2]], related=[posts[1]]
    )

    teacher, student = stage.pair()
    post = outbox.post(period.at(4, 0, "12:15"), outbox.new_space(), teacher, [teacher, student])
    story = "A named project space that has one student and one adult in it."
    stage.expect("space-one-student", SPACE, ITEM, story, teacher, student, [post], codes="ONE")

    teacher, student = stage.pair()
    space, who = outbox.new_space(), [teacher, student]
    answer = [
        outbox.post(period.at(3, 3, "10:10"), space, student, who, group=False),
        outbox.post(period.at(3, 3, "10:31"), space, teacher, who, group=False),
    ]
    story = "A student opens a chat and the teacher answers there."
    stage.expect(
        "space-answered",
        SPACE,
        ITEM,
        story,
        teacher,
        student,
        answer[1:],
        related=answer[:1],
        codes="PUSH",
    )

    parent, child = stage.part("parent-2"), stage.part("child-2")
    post = outbox.post(
        period.at(2, 3, "07:31"), outbox.new_space(), parent, [parent, child], group=False
    )
    story = "A teacher chats with his own child, whose guardian the roster says he is."
    stage.expect("space-own-child", SPACE, COVERED, story, parent, child, [post], codes="PARENT")
