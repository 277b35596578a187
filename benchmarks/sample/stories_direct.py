"""Stories of mail and LMS messages between one adult and one student, and of dropped adults."""

from __future__ import annotations

from datetime import timedelta

from benchmarks.sample.people import ALIAS_DOMAIN, DOMAIN
from benchmarks.sample.planted import Stage
from benchmarks.sample.truths import APPROVAL, COVERED, DIRECT, DROPPED, ITEM, UNCERTAIN


def tell(stage: Stage) -> None:
    _plain_mail(stage)
    _second_adults_that_are_none(stage)
    _people_who_are_students(stage)
    _lms_and_answers(stage)
    _family(stage)
    _crisis(stage)
    _dropped(stage)


def _plain_mail(stage: Stage) -> None:
    teacher, student = stage.pair()
    when = ((1, 1, "15:42"), (2, 3, "16:20"), (2, 4, "20:05"))
    sent = [stage.mail(w, teacher, student) for w in when]
    story = "Three mails over two weeks from a teacher to one student, nobody copied."
    stage.expect("direct-mail", DIRECT, ITEM, story, teacher, student, sent)

    teacher, student = stage.pair()
    sent = [stage.mail((4, 3, "10:15"), teacher, student)]
    story = "A single mail in the last week, nobody copied."
    stage.expect("direct-mail-once", DIRECT, ITEM, story, teacher, student, sent)

    teacher, student = stage.pair()
    list_of_one = f"independent-study@{DOMAIN}"
    stage.groups.lists[list_of_one] = [student.mail]
    sent = [stage.mail((2, 0, "13:10"), teacher, list_of_one)]
    story = "A mail to a list whose only member is one student."
    stage.expect("direct-list-of-one", DIRECT, ITEM, story, teacher, student, sent, codes="LIST")

    teacher, student = stage.pair()
    sent = [stage.mail((3, 1, "11:32"), teacher, teacher, bcc=[student])]
    story = "A mail addressed to the teacher's own mailbox, the student only in Bcc."
    stage.expect("direct-bcc-only", DIRECT, ITEM, story, teacher, student, sent, codes="BCC")

    teacher, student = stage.pair()
    early = stage.period.at(1, 6, "01:30")
    late = stage.period.at(1, 6, "01:30", fold=1)
    sent = [stage.outbox.mail(moment, teacher, [student]) for moment in (early, late)]
    story = "Two mails at 1:30 in the night, by the clock; when clocks go back, an hour apart."
    stage.expect("direct-clock-change", DIRECT, ITEM, story, teacher, student, sent, codes="TZ")


def _second_adults_that_are_none(stage: Stage) -> None:
    teacher, student = stage.pair()
    former = f"former.{teacher.mail}"
    stage.groups.aliases.append((teacher.person_id, former))
    sent = [stage.mail((1, 2, "14:50"), teacher, student, cc=[former])]
    story = "The only copy goes to the sender's own former-name address."
    stage.expect("direct-own-alias", DIRECT, ITEM, story, teacher, student, sent, codes="ALIAS")

    teacher, student = stage.pair()
    local = teacher.mail.partition("@")[0]
    own = [f"{local}+record@{DOMAIN}", f"{local}@{ALIAS_DOMAIN}"]
    sent = [stage.mail((2, 1, "12:05"), teacher, student, cc=own)]
    story = "Copies go to the sender's own plus-address and old-domain address."
    stage.expect("direct-own-spellings", DIRECT, ITEM, story, teacher, student, sent, codes="ALIAS")

    teacher, student = stage.pair()
    office = stage.at_school("office", teacher)
    sent = [stage.mail((3, 3, "09:20"), teacher, student, cc=[office])]
    story = "Copied to the shared office mailbox, behind which no one person stands."
    stage.expect(
        "direct-office-copied", DIRECT, ITEM, story, teacher, student, sent, codes="SHARED"
    )

    teacher, student = stage.pair()
    own_list = f"advisory-{student.person_id.lower()}@{DOMAIN}"
    stage.groups.lists[own_list] = [teacher.mail]
    sent = [stage.mail((4, 0, "08:41"), teacher, student, cc=[own_list])]
    story = "Copied to a list whose only member is the sender."
    stage.expect("direct-own-list", DIRECT, ITEM, story, teacher, student, sent, codes="LIST")

    teacher, student = stage.pair()
    other = stage.student(teacher.school_id, unrelated=student)
    sent = [stage.mail((1, 3, "15:15"), teacher, student, cc=[stage.guardian(other)])]
    story = "A guardian is copied, but another student's."
    stage.expect(
        "direct-other-guardian", DIRECT, ITEM, story, teacher, student, sent, codes="PARENT"
    )

    teacher, student = stage.pair()
    sent = [stage.mail((2, 2, "17:30"), teacher, student, cc=["r.finch@tutoring.example"])]
    story = "An outside address nobody knows is copied; it may be an adult."
    stage.expect(
        "direct-unknown-copied", DIRECT, UNCERTAIN, story, teacher, student, sent, codes="EXT"
    )


def _people_who_are_students(stage: Stage) -> None:
    teacher = stage.pair()[0]
    worker = stage.part("worker")
    account = f"helpdesk.assistant@{DOMAIN}"
    stage.groups.aliases.append((worker.person_id, account))
    sent = [stage.mail((2, 4, "14:02"), teacher, account)]
    story = "A mail to the staff-type mailbox of a student worker, who is still a student."
    stage.expect(
        "direct-student-worker", DIRECT, ITEM, story, teacher, worker, sent, codes="STUWORK"
    )

    teacher, adult_student = stage.pair()[0], stage.part("eighteen")
    sent = [stage.mail((3, 4, "13:37"), teacher, adult_student)]
    story = "A mail to a student who has turned eighteen; the policy says students of any age."
    stage.expect(
        "direct-eighteen", DIRECT, ITEM, story, teacher, adult_student, sent, codes="ADULT"
    )

    teacher, twin = stage.pair()[0], stage.part("twin-b")
    sent = [stage.mail((3, 0, "10:50"), teacher, twin)]
    story = "A mail to one of two students with the same name, grade and school."
    stage.expect("direct-same-name", DIRECT, ITEM, story, teacher, twin, sent, codes="NAME")

    _, student = stage.pair()
    counselor = stage.at_school("counselor", student)
    superintendent = stage.people.part("superintendent")
    stage.approve("role_exemption", counselor, student, superintendent, "superintendent")
    sent = [stage.mail((2, 3, "11:11"), counselor, student)]
    story = "A counselor alone with a student; the exemption on file rests on a ground not in use."
    stage.expect("direct-counselor", DIRECT, ITEM, story, counselor, student, sent, codes="ROLE")


def _lms_and_answers(stage: Stage) -> None:
    teacher, student = stage.pair()
    note = stage.outbox.note(stage.period.at(1, 4, "12:44"), teacher, [student])
    story = "One message in the learning platform's inbox, nobody copied."
    stage.expect("direct-lms", DIRECT, ITEM, story, teacher, student, [note])

    teacher, student = stage.pair()
    notes = [
        stage.outbox.note(stage.period.at(week, day, clock), teacher, [student])
        for week, day, clock in ((2, 0, "18:25"), (3, 1, "19:02"), (4, 2, "18:47"))
    ]
    story = "Three LMS messages over three weeks, in the evening, nobody copied."
    stage.expect("direct-lms-weeks", DIRECT, ITEM, story, teacher, student, notes)

    teacher, student = stage.pair()
    question = stage.mail((2, 1, "16:31"), student, teacher)
    answer = stage.mail((2, 1, "17:02"), teacher, student, after=question)
    story = "A student asks, the teacher answers without copying anyone: the answer counts."
    stage.expect(
        "direct-answer",
        DIRECT,
        ITEM,
        story,
        teacher,
        student,
        [answer],
        codes="PUSH",
        related=[question],
    )


def _family(stage: Stage) -> None:
    teacher, student = stage.pair()
    principal = stage.at_school("principal", student)
    stage.approve("family", teacher, student, principal, "principal")
    sent = [
        stage.mail((1, 0, "17:40"), teacher, student),
        stage.mail((3, 2, "18:10"), teacher, student),
    ]
    story = "An aunt who teaches writes to her nephew; the tie is on file."
    stage.expect("direct-family", DIRECT, COVERED, story, teacher, student, sent, codes="FAM")

    parent, child = stage.part("parent-1"), stage.part("child-1")
    sent = [stage.mail((2, 2, "12:20"), parent, child)]
    story = "A teacher writes to her own child, whose guardian the roster says she is."
    stage.expect("direct-own-child", DIRECT, COVERED, story, parent, child, sent, codes="PARENT")

    teacher, student = stage.pair()
    principal = stage.at_school("principal", student)
    sibling = stage.student(teacher.school_id)
    stage.approve("family", teacher, sibling, principal, "principal")
    sent = [stage.mail((3, 1, "15:55"), teacher, student)]
    story = "The family tie on file is with a different student."
    stage.expect("direct-family-other", DIRECT, ITEM, story, teacher, student, sent, codes="FAM")

    teacher, student = stage.pair()
    principal = stage.at_school("principal", student)
    before = stage.period.first - timedelta(days=3)
    tie = stage.approve(
        "family", teacher, student, principal, "principal",
        granted=before - timedelta(days=300), ends=before,
    )  # fmt: skip
    sent = [stage.mail((1, 1, "19:20"), teacher, student)]
    story = "The family tie on file ended before the message."
    stage.expect("direct-family-ended", DIRECT, ITEM, story, teacher, student, sent, codes="FAM")
    stage.expect(
        "family-ended", APPROVAL, ITEM, story, teacher, None, sent, thing=tie, codes="FAM"
    )


def _crisis(stage: Stage) -> None:
    teacher, student = stage.pair()
    principal = stage.at_school("principal", student)
    stage.approve(
        "crisis", teacher, student, principal, "principal",
        granted=stage.period.day(2, 2), starts=stage.period.day(2, 0), ends=stage.period.day(2, 2),
    )  # fmt: skip
    sent = [
        stage.mail((2, 0, "21:48"), teacher, student),
        stage.mail((2, 1, "07:05"), teacher, student),
    ]
    story = "A crisis, reported to the principal the day after; the report covers both days."
    stage.expect("direct-crisis", DIRECT, COVERED, story, teacher, student, sent, codes="CRISIS")


def _dropped(stage: Stage) -> None:
    teacher, student = stage.pair()
    counselor = stage.at_school("counselor", teacher)
    opening = stage.mail((1, 1, "09:12"), teacher, student, cc=[counselor])
    alone = stage.mail((1, 1, "15:33"), teacher, student, after=opening)
    story = (
        "The counselor was copied at first; the teacher's next mail of the thread leaves her out."
    )
    stage.expect(
        "dropped-counselor", DROPPED, ITEM, story, teacher, student, [alone], codes="THREAD"
    )

    teacher, student = stage.pair()
    opening = stage.mail((2, 1, "10:05"), teacher, student, cc=[stage.guardian(student)])
    second = stage.mail((2, 2, "10:45"), teacher, student, after=opening)
    third = stage.mail((3, 3, "21:15"), teacher, student, after=second)
    story = "The guardian was copied at first and is left out twice, the second time a week later."
    stage.expect(
        "dropped-guardian", DROPPED, ITEM, story, teacher, student, [second, third], codes="THREAD"
    )

    teacher, student = stage.pair()
    counselor = stage.at_school("counselor", teacher)
    period, outbox = stage.period, stage.outbox
    first = outbox.note(period.at(3, 3, "13:00"), teacher, [student], cc=[counselor])
    follow_up = outbox.note(period.at(3, 4, "13:20"), teacher, [student], after=first)
    story = "In one LMS conversation the copied counselor is missing from the follow-up."
    stage.expect("dropped-lms", DROPPED, ITEM, story, teacher, student, [follow_up], codes="THREAD")
