"""Stories that look like something and are nothing: one for each false-positive code."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC

from benchmarks.sample.calendar import later
from benchmarks.sample.envelope import Box
from benchmarks.sample.people import DOMAIN
from benchmarks.sample.planted import Stage
from benchmarks.sample.truths import DIRECT, DROPPED, PERSONAL, QUIET, SPACE

AUTO_SUBMITTED = ("Auto-Submitted", "auto-generated")
AUTO_REPLIED = (
    ("Auto-Submitted", "auto-replied"),
    ("Precedence", "auto_reply"),
    ("X-Auto-Response-Suppress", "All"),
)
INVITATION = "text/calendar; method=REQUEST; charset=utf-8"


def tell(stage: Stage) -> None:
    _machines(stage)
    _second_adults(stage)
    _second_adults_by_other_names(stage)
    _not_students(stage)
    _students_first(stage)
    _spelling_and_time(stage)


def _machines(stage: Stage) -> None:
    teacher, student = stage.pair()
    sent = [stage.mail((1, 3, "16:00"), teacher, student, headers=(AUTO_SUBMITTED,))]
    story = "A grade notice that the student system sends in the teacher's name."
    stage.expect("quiet-notice", DIRECT, QUIET, story, teacher, student, sent, codes="AUTO")

    teacher, student = stage.pair()
    headers = (("Content-Class", "urn:content-classes:calendarmessage"),)
    sent = [stage.mail((2, 0, "09:44"), teacher, student, headers=headers, content_type=INVITATION)]
    story = "A calendar invitation to one student."
    stage.expect("quiet-invitation", DIRECT, QUIET, story, teacher, student, sent, codes="CAL")

    teacher, student = stage.pair()
    asked = stage.mail((2, 4, "07:50"), student, teacher)
    sent = [stage.mail((2, 4, "07:51"), teacher, student, after=asked, headers=AUTO_REPLIED)]
    story = "The teacher's out-of-office reply to a student."
    stage.expect("quiet-away", DIRECT, QUIET, story, teacher, student, sent, codes="OOO")

    _, student = stage.pair()
    help_desk = stage.people.part("help-desk")
    sent = [stage.mail((3, 0, "08:30"), help_desk, student)]
    story = "The help desk's password mail; nobody is behind the account."
    stage.expect("quiet-password", DIRECT, QUIET, story, help_desk, student, sent, codes="TEST")

    _, student = stage.pair()
    office = stage.at_school("office", student)
    sent = [stage.mail((3, 1, "08:55"), office, student)]
    story = "The shared office mailbox writes to one student about a late bus."
    stage.expect("quiet-office", DIRECT, QUIET, story, office, student, sent, codes="SHARED")


def _second_adults(stage: Stage) -> None:
    teacher, student = stage.pair()
    counselor = stage.at_school("counselor", teacher)
    sent = [stage.mail((1, 2, "13:24"), teacher, student, bcc=[counselor])]
    story = "The second adult is in Bcc, which the sent copy shows."
    stage.expect("quiet-bcc", DIRECT, QUIET, story, teacher, student, sent, codes="BCC")

    teacher, student = stage.pair()
    faculty = next(a for a in stage.groups.lists if a.startswith("faculty-"))
    sent = [stage.mail((2, 1, "14:12"), teacher, student, cc=[faculty])]
    story = "The copy goes to a list with a whole faculty on it."
    stage.expect("quiet-list", DIRECT, QUIET, story, teacher, student, sent, codes="LIST")

    teacher, child = stage.pair()[0], stage.part("child-3")
    sent = [stage.mail((3, 2, "14:40"), teacher, child, cc=[stage.part("parent-3")])]
    story = "The copied colleague is the student's parent."
    stage.expect("quiet-parent", DIRECT, QUIET, story, teacher, child, sent, codes="PARENT")

    teacher, student = stage.pair()
    volunteer = stage.people.part("volunteer-1")
    sent = [stage.mail((3, 3, "15:05"), teacher, student, cc=[volunteer])]
    story = "The second adult is a volunteer coach in season, known only by an outside address."
    stage.expect(
        "quiet-volunteer-copied", DIRECT, QUIET, story, teacher, student, sent, codes="VOL"
    )

    teacher, student = stage.pair()
    guardian = stage.guardian(student)
    twice = stage.mail((4, 1, "10:10"), teacher, student, cc=[guardian])
    stage.outbox.mails.append(replace(twice, cc=()))
    story = "One mail found in two mailboxes; the copy in the second shows no Cc line."
    stage.expect("quiet-two-copies", DIRECT, QUIET, story, teacher, student, [twice], codes="DUP")


def _second_adults_by_other_names(stage: Stage) -> None:
    teacher, student = stage.pair()
    colleague = stage.at_school("aide", teacher)
    former = f"former.{colleague.mail}"
    if (colleague.person_id, former) not in stage.groups.aliases:
        stage.groups.aliases.append((colleague.person_id, former))
    sent = [stage.mail((1, 4, "11:20"), teacher, student, cc=[former])]
    story = "The copied colleague is addressed by a former name."
    stage.expect("quiet-former-name", DIRECT, QUIET, story, teacher, student, sent, codes="ALIAS")

    teacher = stage.pair()[0]
    student = stage.part("college")
    college = f"{student.mail.partition('@')[0]}@riverton-college.example"
    stage.groups.aliases.append((student.person_id, college))
    counselor = stage.at_school("counselor", teacher)
    sent = [stage.mail((2, 2, "10:02"), teacher, college, cc=[counselor])]
    story = "A dual-enrolment student is reached at the college's address, which is not personal."
    stage.expect("quiet-college", PERSONAL, QUIET, story, teacher, student, sent, codes="EXT")


def _not_students(stage: Stage) -> None:
    teacher, left = stage.pair()[0], stage.part("left")
    sent = [stage.mail((2, 0, "12:12"), teacher, left)]
    story = "A mail to a student who had left the district the week before."
    stage.expect("quiet-left", DIRECT, QUIET, story, teacher, left, sent, codes="GRAD")

    teacher, late = stage.pair()[0], stage.part("late")
    sent = [stage.mail((1, 4, "12:12"), teacher, late)]
    story = "A mail to a student who enrols only the week after."
    stage.expect("quiet-not-yet", DIRECT, QUIET, story, teacher, late, sent, codes="GRAD")

    teacher, namesake = stage.pair()[0], stage.people.part("namesake")
    sent = [stage.mail((2, 3, "09:30"), teacher, namesake)]
    story = "A mail to a colleague who has the same name as two students."
    stage.expect("quiet-namesake", DIRECT, QUIET, story, teacher, None, sent, codes="NAME")

    worker, student = stage.part("worker"), stage.pair()[1]
    account = next(a for i, a in stage.groups.aliases if i == worker.person_id)
    sent = [stage.mail((3, 4, "13:05"), Box(account, "Student Help Desk"), student)]
    story = "A student worker writes from a staff-type mailbox: still one student to another."
    stage.expect(
        "quiet-student-worker", DIRECT, QUIET, story, worker, student, sent, codes="STUWORK"
    )

    older, student = stage.part("transition"), stage.pair()[1]
    sent = [stage.mail((4, 0, "18:05"), older, student)]
    story = "A student of nineteen in the transition programme writes to a younger one."
    stage.expect("quiet-grown-student", DIRECT, QUIET, story, older, student, sent, codes="ADULT")

    teacher, student = stage.pair()
    sent = [stage.mail((4, 3, "16:30"), teacher, stage.guardian(student))]
    story = "A student had written from a guardian's account; the answer goes to the guardian."
    stage.expect(
        "quiet-guardian-account", DIRECT, QUIET, story, teacher, student, sent, codes="GPROXY"
    )


def _students_first(stage: Stage) -> None:
    teacher, student = stage.pair()
    sent = [
        stage.mail((1, 6, "20:12"), student, teacher),
        stage.mail((2, 6, "20:40"), student, teacher),
    ]
    story = "A student writes twice and is never answered."
    stage.expect("quiet-unanswered", DIRECT, QUIET, story, teacher, student, sent, codes="PUSH")

    teacher, student = stage.pair()
    post = stage.outbox.post(
        stage.period.at(3, 0, "17:00"),
        stage.outbox.new_space(),
        student,
        [teacher, student],
        group=False,
    )
    story = "A student opens a one-to-one chat and is never answered."
    stage.expect("quiet-chat-opened", SPACE, QUIET, story, teacher, student, [post], codes="PUSH")

    teacher, student = stage.pair()
    counselor = stage.at_school("counselor", teacher)
    opening = stage.mail((2, 1, "08:20"), teacher, student, cc=[counselor])
    reply = stage.mail((2, 1, "12:31"), student, teacher, after=opening)
    restored = stage.mail((2, 1, "13:15"), teacher, student, cc=[counselor], after=reply)
    story = "The student's reply drops the counselor; the teacher's answer copies her again."
    stage.expect(
        "quiet-restored", DROPPED, QUIET, story, teacher, student, [opening, reply, restored],
        codes="THREAD",
    )  # fmt: skip

    teacher, student = stage.pair()
    aide = stage.at_school("aide", teacher)
    post = stage.outbox.post(
        stage.period.at(3, 2, "11:00"), stage.outbox.new_space(), teacher, [teacher, aide, student]
    )
    story = "A space with one student and two adults."
    stage.expect("quiet-two-adults", SPACE, QUIET, story, teacher, student, [post], codes="ONE")


def _spelling_and_time(stage: Stage) -> None:
    teacher, student = stage.pair()
    substitute = stage.people.part("substitute")
    moment = stage.period.at(2, 4, "22:30").astimezone(UTC)
    sent = [stage.outbox.mail(moment, teacher, [student], cc=[substitute])]
    story = "The copied substitute's last day: late evening here, the next day already in UTC."
    stage.expect("quiet-last-evening", DIRECT, QUIET, story, teacher, student, sent, codes="TZ SUB")

    teacher, student = stage.pair()
    forged = Box("front.desk@letterbox.example", teacher.name)
    sent = [stage.mail((3, 2, "06:40"), forged, student)]
    story = "Somebody outside writes under the teacher's name; the address is not the teacher's."
    stage.expect("quiet-forged", DIRECT, QUIET, story, teacher, student, sent, codes="SPOOF")

    teacher, student = stage.pair()
    tagged = f"{student.mail.partition('@')[0]}+homework@{student.mail.partition('@')[2]}"
    copied = stage.at_school("counselor", teacher)
    opening = stage.mail((4, 4, "09:00"), teacher, tagged, cc=[f"{copied.mail.upper()}"])
    sent = [opening, stage.outbox.mail(later(opening.sent_at, 50), teacher, [tagged], cc=[copied])]
    story = f"Plus-address and capitals: still the same student and counselor at {DOMAIN}."
    stage.expect("quiet-spellings", DIRECT, QUIET, story, teacher, student, sent, codes="ALIAS")
