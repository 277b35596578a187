"""Stories in which it matters who was told: crises, digests, family ties, reason codes."""

from __future__ import annotations

from datetime import date, timedelta

from benchmarks.sample.calendar import TIMEZONE
from benchmarks.sample.people import Human
from benchmarks.sample.planted import Stage
from benchmarks.sample.truths import (
    AFTER_CRISIS,
    APPRISED,
    APPROVAL,
    COVERED,
    CRISIS_LATE,
    DIRECT,
    FAMILY,
    ITEM,
    PARITY,
    PARTIAL,
    PERSONAL,
    QUIET,
    REASONS,
    Sent,
)

Times = tuple[int, int, str]


def tell(stage: Stage) -> None:
    _crises(stage)
    _after_a_crisis(stage)
    _digests(stage)
    _family_ties(stage)
    _spread(stage)
    _reason_codes(stage)


def _day(sent: Sent) -> date:
    return sent.sent_at.astimezone(TIMEZONE).date()


def _disclosure(
    stage: Stage, adult: Human, student: Human, told: Human | None, role: str, *, at: Times | None
) -> str:
    """File a crisis that began on a Tuesday night and lasted until the day after."""
    number = f"DISC-{len(stage.records['disclosures']) + 1:03d}"
    week = _crisis_week(stage)
    began, ended = stage.period.at(week, 1, "21:30"), stage.period.day(week, 2)
    told_at = None if at is None else stage.period.at(*at).isoformat()
    means = ("personal e-mail", began.isoformat(), ended, told_at)
    confirmed = (None, None) if at is None else (told, stage.period.day(at[0], at[1]))
    stage.file("disclosures", number, adult, student, *means, told, role, *confirmed, "yes")
    return number


def _crisis_week(stage: Stage) -> int:
    """Return a week that is not too long ago: what began sixty days back is no longer listed."""
    return max(1, stage.period.weeks - 7)


def _crises(stage: Stage) -> None:
    week = _crisis_week(stage)

    def crisis(
        row_id: str,
        expect: str,
        story: str,
        to: str,
        role: str,
        at: Times | None,
        since: date | None = None,
    ) -> None:
        teacher, student = stage.pair()
        told = stage.at_school(to, teacher) if to else None
        number = _disclosure(stage, teacher, student, told, role, at=at)
        stage.expect_record(
            row_id, CRISIS_LATE, expect, story, number,
            adult=teacher, student=student, codes="CRISIS", since=since,
        )  # fmt: skip

    time_is_up = stage.period.day(week, 4)
    story = "A crisis of Tuesday night, brought to the principal on Monday."
    crisis("crisis-late", ITEM, story, "principal", "principal", (week + 1, 0, "08:10"))
    story = "A crisis on record that was never brought to anybody."
    crisis("crisis-untold", ITEM, story, "", "", None, time_is_up)
    story = "A crisis told in time, but to a colleague and not to the building administrator."
    crisis("crisis-elsewhere", ITEM, story, "aide", "aide", (week, 2, "09:00"), time_is_up)
    story = "A crisis brought to the principal the morning after."
    crisis("quiet-crisis", QUIET, story, "principal", "principal", (week, 2, "08:05"))


def _after_a_crisis(stage: Stage) -> None:
    teacher, student = stage.pair()
    aide, principal = stage.at_school("aide", teacher), stage.at_school("principal", teacher)
    week, home = _crisis_week(stage), stage.personal_address(student)
    number = _disclosure(stage, teacher, student, principal, "principal", at=(week, 2, "07:55"))
    during = stage.mail((week, 1, "21:44"), teacher, home, cc=[aide])
    after = stage.mail((week + 1, 2, "20:15"), teacher, home, cc=[aide])
    story = "A crisis, told in time; a week later the student's private address is still used."
    stage.expect(
        "crisis-goes-on", AFTER_CRISIS, ITEM, story, teacher, student, [after], codes="CRISIS"
    )
    stage.expect(
        "crisis-personal", PERSONAL, ITEM, story, teacher, student, [during, after],
        covered=[during], codes="CRISIS",
    )  # fmt: skip
    story = "The crisis report does not reach beyond the crisis."
    stage.expect("crisis-ended", APPROVAL, ITEM, story, teacher, None, [after], thing=number)

    teacher, student = stage.pair()
    principal = stage.at_school("principal", teacher)
    _disclosure(stage, teacher, student, principal, "principal", at=(week, 3, "10:00"))
    in_crisis = stage.mail((week, 1, "21:40"), teacher, stage.personal_address(student))
    story = "The nights of a crisis, which a report on file covers."
    for row_id, rule in (("crisis-night", PERSONAL), ("crisis-night-direct", DIRECT)):
        stage.expect(
            row_id, rule, COVERED, story, teacher, student, [in_crisis], codes="CRISIS"
        )
    guardian = stage.guardian(student)
    sent = [
        stage.mail((week + n, 1, "14:30"), teacher, student, cc=[guardian]) for n in (1, 2)
    ]
    story = "After the crisis both went back to school mail, with a guardian copied."
    stage.expect(
        "quiet-crisis-over", AFTER_CRISIS, QUIET, story, teacher, student, sent, codes="CRISIS"
    )


def _digests(stage: Stage) -> None:
    """Golf has a digest of the week before, and one that begins on the first Wednesday."""
    team, coach, _ = stage.team("golf")
    director = stage.people.part("athletic-director")
    first = stage.period.first
    stage.digests_from["golf"] = stage.period.day(1, 2)
    week = (first - timedelta(days=7), first - timedelta(days=1))
    stage.file("digests", "DIG-000", team.team_id, *week, first, director, first)
    untold = stage.mail((1, 1, "16:00"), coach, team.list_email)
    story = "A mail to the whole team that falls between two digests; nobody in charge was on it."
    stage.expect(
        "not-apprised", APPRISED, ITEM, story, coach, team, [untold],
        since=stage.period.day(1, 1) + timedelta(days=11),
    )  # fmt: skip
    told = stage.mail((1, 0, "16:00"), coach, team.list_email, cc=[director])
    story = "The day before, the athletic director was copied."
    stage.expect("quiet-apprised", APPRISED, QUIET, story, coach, team, [told])

    team, coach, _ = stage.team("bowling")
    sent = [stage.mail((1, 4, "12:30"), coach, *(team.rostered(stage.period.day(1, 4))))]
    story = "A mail to the whole team that stands in the week's digest."
    stage.expect("quiet-in-digest", APPRISED, QUIET, story, coach, team, sent)


def _family_ties(stage: Stage) -> None:
    parent, child = stage.part("parent-1"), stage.part("child-1")
    story = "A teacher writes to her own child; nobody has confirmed the tie on the roster."
    stage.expect_record(
        "tie-open", FAMILY, ITEM, story, child.person_id,
        adult=parent, student=child, codes="PARENT", since=stage.period.day(2, 2),
    )  # fmt: skip
    parent, child = stage.part("parent-2"), stage.part("child-2")
    principal = stage.at_school("principal", parent)
    stage.approve("family", parent, child, principal, "principal")
    story = "A tie on the roster that the principal has confirmed this year."
    stage.expect_record(
        "quiet-tie", FAMILY, QUIET, story, child.person_id,
        adult=parent, student=child, codes="PARENT FAM",
    )  # fmt: skip
    parent, child = stage.part("parent-3"), stage.part("child-3")
    principal = stage.at_school("principal", parent)
    long_ago = stage.period.first - timedelta(days=430)
    stage.approve("family", parent, child, principal, "principal", granted=long_ago)
    sent = [stage.mail((1, 3, "07:15"), parent, child)]
    story = "A teacher's own child; the confirmation is more than a year old."
    stage.expect("tie-direct", DIRECT, COVERED, story, parent, child, sent, codes="PARENT")
    stage.expect_record(
        "tie-lapsed", FAMILY, ITEM, story, child.person_id,
        adult=parent, student=child, codes="FAM", since=_day(sent[0]),
    )  # fmt: skip


def _spread(stage: Stage) -> None:
    """Two people write 24 mails each to five students, a guardian on every one."""
    nurse = stage.people.part(f"nurse-{stage.people.schools[0].short}")
    for adult, most in ((nurse, 12), (stage.people.part("tutor"), 4)):
        students = [stage.student(adult.school_id) for _ in range(5)]
        each = (24 - most) // 4
        turns = [students[0]] * most + [s for s in students[1:] for _ in range(each)]
        turns += students[1 : 1 + 24 - len(turns)]
        sent = [
            stage.mail(
                (1 + n // 12, n % 12 // 3, f"{9 + n % 3}:07".zfill(5)),
                adult, student, cc=[stage.guardian(student)],
            )
            for n, student in enumerate(turns)
        ]  # fmt: skip
        if most > len(turns) // len(students):
            story = "Half of many single mails went to one student; a nurse's case load does that."
            stage.expect_record(
                "parity-nurse", PARITY, ITEM, story, adult.person_id,
                adult=adult, codes="ROLE", since=_day(sent[-1]),
            )  # fmt: skip
        else:
            story = "As many single mails, spread evenly."
            stage.expect_record(
                "quiet-parity", PARITY, QUIET, story, adult.person_id, adult=adult, codes="ROLE"
            )


def _reason_codes(stage: Stage) -> None:
    team, adviser, members = stage.team("newspaper")
    principal = stage.at_school("principal", adviser)
    stage.approve(
        "confidential", adviser, None, principal, "principal", team=team, reason_code="academic"
    )
    colleague = stage.at_school("counselor", adviser)
    times = [(week, day, "16:20") for week in (1, 2) for day in (0, 1, 3)]
    sent = [
        stage.mail(when, adviser, members[n % 3], cc=[colleague]) for n, when in enumerate(times)
    ]
    story = "Six mails kept from the team as an academic matter, all on file."
    stage.expect("reasons-covered", PARTIAL, COVERED, story, adviser, team, sent, codes="ROLE")
    story = "Every message to this team was kept from most of it."
    stage.expect_record(
        "reasons-many", REASONS, ITEM, story, team.team_id,
        adult=adviser, team=team, codes="ROLE", since=_day(sent[4]),
    )  # fmt: skip
    team, coach, _ = stage.team("cheer")
    story = "A single confidential message."
    stage.expect_record(
        "quiet-reasons", REASONS, QUIET, story, team.team_id, adult=coach, team=team
    )
