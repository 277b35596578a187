"""Stories of coaches and advisers who write to a part of their team, or rightly to all of it."""

from __future__ import annotations

from datetime import timedelta

from benchmarks.sample.people import Human
from benchmarks.sample.planted import Stage
from benchmarks.sample.teams import Team
from benchmarks.sample.truths import APPROVAL, COVERED, DIRECT, ITEM, PARTIAL, QUIET, SPACE


def tell(stage: Stage) -> None:
    _one_athlete(stage)
    _part_of_the_team(stage)
    _approved(stage)
    _sub_groups(stage)
    _whole_team(stage)
    _not_team_mail(stage)


def _one_athlete(stage: Stage) -> None:
    team, coach, athletes = stage.team("soccer")
    sent = [stage.mail((2, 3, "19:12"), coach, athletes[0])]
    story = "A coach writes to one athlete alone: not the whole team, and no second adult."
    stage.expect("team-one-mail", PARTIAL, ITEM, story, coach, team, sent)
    stage.expect("team-one-mail-direct", DIRECT, ITEM, story, coach, athletes[0], sent)

    team, coach, athletes = stage.team("volleyball")
    space = stage.outbox.new_space()
    clocks = (("20:15", coach), ("20:17", athletes[1]), ("20:21", coach))
    posts = [
        stage.outbox.post(
            stage.period.at(3, 1, clock), space, author, [coach, athletes[1]], group=False
        )
        for clock, author in clocks
    ]
    by_coach, by_athlete = [posts[0], posts[2]], [posts[1]]
    story = "A coach and one athlete in a one-to-one chat."
    stage.expect("team-one-chat", PARTIAL, ITEM, story, coach, team, by_coach, related=by_athlete)
    stage.expect(
        "team-one-chat-space", SPACE, ITEM, story, coach, athletes[1], by_coach, related=by_athlete
    )

    team, coach, athletes = stage.team("debate")
    member = next(a for a in athletes if stage.people.guardians_of(a))
    sent = [stage.mail((2, 0, "16:44"), coach, member, cc=[stage.guardian(member)])]
    story = "An adviser writes to one member with the guardian copied: still not the whole club."
    stage.expect("team-one-guardian", PARTIAL, ITEM, story, coach, team, sent)

    team, _, athletes = stage.team("tennis")
    volunteer = team.leads[1].human
    sent = [stage.mail((4, 1, "20:30"), volunteer, athletes[2])]
    story = "A volunteer coach, known only by an outside address, writes to one athlete."
    stage.expect("team-one-volunteer", PARTIAL, ITEM, story, volunteer, team, sent, codes="VOL")
    stage.expect(
        "team-one-volunteer-direct", DIRECT, ITEM, story, volunteer, athletes[2], sent, codes="VOL"
    )


def _part_of_the_team(stage: Stage) -> None:
    team, coach, athletes = stage.team("cross-country")
    sent = [
        stage.mail((1, 2, "15:05"), coach, *athletes[:4]),
        stage.mail((3, 2, "15:10"), coach, *athletes[:4]),
    ]
    story = "Two weeks apart, the same four runners get a mail that the others do not."
    stage.expect("team-subgroup", PARTIAL, ITEM, story, coach, team, sent)

    team, coach, athletes = stage.team("field-hockey")
    half = athletes[: len(athletes) // 2]
    sent = [stage.mail((2, 2, "14:25"), coach, coach, bcc=half)]
    story = "On one roster, the junior half gets its own mail, by Bcc."
    stage.expect("team-jv-split", PARTIAL, ITEM, story, coach, team, sent, codes="BCC")

    team, coach, athletes = stage.team("golf")
    note = stage.outbox.note(stage.period.at(3, 0, "17:17"), coach, athletes[2:5])
    story = "Three of the team get an LMS message."
    stage.expect("team-lms", PARTIAL, ITEM, story, coach, team, [note])

    team, adviser, members = stage.team("robotics")
    sent = [stage.mail((4, 2, "15:31"), adviser, *members[:2])]
    story = "An adviser writes to two club officers; no such sub-group is registered."
    stage.expect("team-officers", PARTIAL, ITEM, story, adviser, team, sent)

    team, coach, _ = stage.team("swim")
    sent = [
        stage.mail((2, 3, "12:00"), coach, team.list_email),
        stage.mail((4, 3, "12:00"), coach, team.list_email),
    ]
    story = "The team list lacks the swimmer who joined in week 2."
    stage.expect("team-stale-list", PARTIAL, ITEM, story, coach, team, sent, codes="LIST")


def _approved(stage: Stage) -> None:
    director = stage.people.part("athletic-director")
    team, coach, athletes = stage.team("cheer")
    stage.approve(
        "confidential", coach, None, director, "athletic_director", team=team,
        granted=stage.period.day(2, 0), ends=stage.period.day(2, 6), reason_code="medical",
    )  # fmt: skip
    sent = [stage.mail((2, 2, "18:22"), coach, athletes[3], cc=[director])]
    story = "A medical matter: the athletic director is copied and accepted the reason code."
    stage.expect("team-confidential", PARTIAL, COVERED, story, coach, team, sent)

    team, adviser, members = stage.team("yearbook")
    colleague = stage.teachers()[0]
    number = stage.approve(
        "confidential", adviser, None, colleague, "teacher", team=team, reason_code="social"
    )
    sent = [stage.mail((3, 3, "14:14"), adviser, members[0], cc=[colleague])]
    story = "The reason code was accepted by a fellow teacher, who may not."
    stage.expect("team-wrong-authority", PARTIAL, ITEM, story, adviser, team, sent)
    stage.expect("reason-wrong-office", APPROVAL, ITEM, story, adviser, None, sent, thing=number)


def _sub_groups(stage: Stage) -> None:
    director = stage.people.part("athletic-director")
    team, coach, athletes = stage.team("wrestling")
    number = stage.approve("subgroup", coach, None, director, "athletic_director", team=team)
    sent = [stage.mail((1, 3, "13:50"), coach, *athletes[:3])]
    story = "The captains, approved before the season; but the paper does not say who they are."
    stage.expect("team-captains", PARTIAL, ITEM, story, coach, team, sent)
    stage.expect("captains-unnamed", APPROVAL, ITEM, story, coach, None, sent, thing=number)

    team, adviser, members = stage.team("chess")
    _register(stage, "SUB-001", "officers", team, members[:2])
    sent = [stage.mail((2, 1, "13:50"), adviser, *members[:2])]
    story = "Two officers, by name a sub-group the athletic director registered before the season."
    stage.expect("team-officers-named", PARTIAL, COVERED, story, adviser, team, sent)

    team, adviser, members = stage.team("drama")
    _register(stage, "SUB-002", "stage crew", team, members[3:5])
    sent = [stage.mail((1, 2, "13:50"), adviser, *members[3:6])]
    story = "The registered stage crew, and one more of the cast."
    stage.expect("team-crew-and-one", PARTIAL, ITEM, story, adviser, team, sent)
    stage.expect("crew-and-one", APPROVAL, ITEM, story, adviser, None, sent, thing="SUB-002")


def _register(stage: Stage, number: str, name: str, team: Team, members: list[Human]) -> None:
    granted = stage.period.first - timedelta(days=30)
    by = (stage.people.part("athletic-director"), "athletic_director", granted)
    for member in members:
        span = (granted, stage.period.last + timedelta(days=60))
        stage.file("subgroups", number, team.team_id, name, member, *by, *span)


def _whole_team(stage: Stage) -> None:
    team, coach, athletes = stage.team("indoor-track")
    half = len(athletes) // 2
    mail = stage.mail((2, 1, "15:00"), coach, *athletes[:half])
    note = stage.outbox.note(stage.period.at(2, 1, "18:10"), coach, athletes[half:])
    story = "Half the team by mail, the other half by LMS three hours later: all were told."
    stage.expect("quiet-two-channels", PARTIAL, QUIET, story, coach, team, [mail, note])

    team, _, _ = stage.team("bowling")
    volunteer = team.leads[1].human
    sent = [stage.mail((3, 1, "19:30"), volunteer, team.list_email)]
    story = "A volunteer coach writes to the whole team from the only address he has."
    stage.expect("quiet-volunteer", PARTIAL, QUIET, story, volunteer, team, sent, codes="VOL LIST")

    sent = [stage.mail((2, 3, "15:20"), team.head, team.list_email)]
    story = "A bowler who left the team the week before is no longer missed."
    stage.expect("quiet-left-team", PARTIAL, QUIET, story, team.head, team, sent, codes="GRAD LIST")

    team, adviser, members = stage.team("math-olympiad")
    sent = [stage.mail((4, 1, "11:45"), adviser, members[0], cc=[team.leads[1].human])]
    story = "A team of one, the assistant copied: it is the whole team, with a second adult."
    stage.expect("quiet-team-of-one", PARTIAL, QUIET, story, adviser, team, sent, codes="ONE")


def _not_team_mail(stage: Stage) -> None:
    team, coach, athletes = stage.team("lacrosse")
    sent = [stage.mail((2, 4, "16:00"), coach, *athletes[:3])]
    story = "The season ended ten weeks ago: a mail to three of the old team is no team mail."
    stage.expect("quiet-season-over", PARTIAL, QUIET, story, coach, team, sent, codes="GRAD")

    team, adviser, _ = stage.team("drama")
    own_class = next(c for c in stage.groups.classes if c.teacher == adviser)
    sent = [stage.mail((3, 4, "09:05"), adviser, own_class.list_email)]
    story = "A class mail by a teacher who also advises drama; two of the class are in the play."
    stage.expect("quiet-class-mail", PARTIAL, QUIET, story, adviser, team, sent)

    team, coach, athletes = stage.team("indoor-track")
    asked = [stage.mail((4, 0, "20:10"), athletes[0], coach)]
    story = "An athlete asks the coach something and gets no answer by mail."
    stage.expect("quiet-athlete-asks", PARTIAL, QUIET, story, coach, team, asked, codes="PUSH")
