"""The pretended logs: activities page by page, late ones, limits, courses, spaces, tables."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from benchmarks.pretend.google import FUNDAMENTALS, PLUS, PretendGoogle, User
from benchmarks.pretend.google.accounts import Accounts
from benchmarks.pretend.google.everyday import comment_rows, courses_of
from benchmarks.pretend.google.schemas import mistake
from benchmarks.sample.planted import Stage
from tests.benchmarks.conftest import Clock
from tests.benchmarks.google_clients import Clients, every, refused


def window(first: datetime, last: datetime) -> dict[str, str]:
    return {
        "startTime": first.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "endTime": last.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def whole(google: PretendGoogle) -> dict[str, str]:
    return window(google.world.ends - timedelta(days=29), google.world.ends)


def flat(parameters: list[Any], before: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in parameters:
        (value,) = (one[name] for name in one if name != "name")
        if "messageValue" in one:
            found |= flat(value["parameter"], f"{before}{one['name']}.")
        else:
            found[before + one["name"]] = value
    return found


def test_the_mail_log_shows_what_was_sent_and_who_received_it(google: PretendGoogle, clients: Clients, small_stage: Stage) -> None:
    first, last = small_stage.period.at(1, 0, "00:00"), small_stage.period.at(1, 3, "00:00")
    rows = every(clients.activities(), "items", userKey="all", applicationName="gmail", **window(first, last))
    times = [row["id"]["time"] for row in rows]
    assert times == sorted(times, reverse=True)
    assert len({(row["id"]["time"], row["id"]["uniqueQualifier"]) for row in rows}) == len(rows) > 1000
    assert any(row["id"]["uniqueQualifier"].startswith("-") for row in rows)
    kinds: dict[str, Counter[str]] = {"1": Counter(), "2": Counter()}
    for row in rows:
        told = flat(row["events"][0]["parameters"])
        kinds[told["event_info.mail_event_type"]][told["message_info.rfc2822_message_id"]] += 1
    ours = Accounts(google.world.users, (), dict(google.world.domain_aliases))
    mails = {m.message_id: m for m in small_stage.outbox.mails if first <= m.sent_at < last}
    assert kinds["1"].keys() == {f"<{n}>" for n, m in mails.items() if ours.user(m.sender.email)}
    assert set(kinds["1"].values()) == {1}
    one = next(m for m in mails.values() if m.to[0].email == "all-staff@marlow.example")
    assert kinds["2"][f"<{one.message_id}>"] == len(small_stage.groups.lists["faculty-ah@marlow.example"]) - 1


def test_the_mail_log_needs_both_times_and_at_most_thirty_days(google: PretendGoogle, clients: Clients) -> None:
    activities = clients.activities()
    end = google.world.ends
    asked = {"userKey": "all", "applicationName": "gmail"}
    assert refused(activities.list(**asked)) == (400, "invalid")
    assert refused(activities.list(**asked, startTime=whole(google)["startTime"])) == (400, "invalid")
    assert refused(activities.list(**asked, **window(end - timedelta(days=31), end))) == (400, "invalid")
    empty = activities.list(**asked, **window(end - timedelta(days=60), end - timedelta(days=50))).execute()
    assert "items" not in empty and empty["kind"] == "admin#reports#activities"


def test_an_edition_without_the_mail_log_refuses_it(google: PretendGoogle, clients: Clients) -> None:
    google.world = replace(google.world, edition=FUNDAMENTALS)
    activities = clients.activities()
    assert refused(activities.list(userKey="all", applicationName="gmail", **whole(google))) == (403, "forbidden")
    assert activities.list(userKey="all", applicationName="chat").execute()["items"]


def test_late_rows_come_late_and_pages_of_a_query_do_not_shift(google: PretendGoogle, clients: Clients, small_stage: Stage) -> None:
    activities = clients.activities()
    day = window(small_stage.period.at(1, 3, "00:00"), small_stage.period.at(1, 4, "00:00"))
    asked = {"userKey": "all", "applicationName": "gmail", **day}
    google.now = small_stage.period.at(1, 4, "03:00")
    first = activities.list(**asked, maxResults=200).execute()
    then = {row["id"]["uniqueQualifier"] for row in every(activities, "items", **asked)}
    google.now = google.world.ends
    rest = activities.list(**asked, maxResults=200, pageToken=first["nextPageToken"]).execute()["items"]
    assert {row["id"]["uniqueQualifier"] for row in rest} <= then
    later = {row["id"]["uniqueQualifier"] for row in every(activities, "items", **asked)}
    assert then < later
    assert refused(activities.list(**{**asked, "eventName": "delivery"}, pageToken=first["nextPageToken"])) == (400, "invalid")


def test_filters_are_as_forgiving_as_the_real_ones(google: PretendGoogle, clients: Clients, small_stage: Stage) -> None:
    activities = clients.activities()
    days = window(small_stage.period.at(1, 3, "00:00"), small_stage.period.at(1, 5, "00:00"))
    asked = {"userKey": "all", "applicationName": "gmail", **days}

    def count(**more: str) -> int:
        return len(every(activities, "items", **{**asked, **more}))

    everything = count()
    sent = count(filters="event_info.mail_event_type==1")
    assert 0 < sent < everything
    assert count(filters="event_info.mail_event_type==2,event_info.mail_event_type==1") == sent
    assert count(filters="event_info.no_such_thing==1") == everything
    teacher = small_stage.people.teachers()[0].mail
    own = count(userKey=teacher, filters="event_info.mail_event_type==1")
    mails = (m for m in small_stage.outbox.mails if m.sender.email == teacher)
    assert own == len({m.message_id for m in mails if small_stage.period.at(1, 3, "00:00") <= m.sent_at < small_stage.period.at(1, 5, "00:00")})
    assert refused(activities.list(**{**asked, "applicationName": "meet"}, includeSensitiveData=True))[0] == 403


def test_the_251st_filtered_query_of_a_minute_is_refused(google: PretendGoogle, clients: Clients, clock: Clock) -> None:
    google.world = replace(google.world, edition=replace(PLUS, filtered_queries=3))
    activities = clients.activities()
    for _ in range(3):
        activities.list(userKey="all", applicationName="meet", eventName="call_ended").execute()
    asked = activities.list(userKey="all", applicationName="meet", eventName="call_ended")
    assert refused(asked) == (503, "backendError")
    assert activities.list(userKey="all", applicationName="meet").execute()["items"]
    clock.seconds += 60
    assert asked.execute()["items"]
    assert PLUS.filtered_queries == 250


def test_details_of_mail_may_be_flattened_only(google: PretendGoogle, clients: Clients) -> None:
    google.world = replace(google.world, edition=replace(PLUS, nested_details=False))
    asked = clients.activities().list(userKey="all", applicationName="gmail", maxResults=1, **whole(google))
    told = flat(asked.execute()["items"][0]["events"][0]["parameters"])
    assert "::" in told["message_info.flattened_destinations"]
    assert not any(name.startswith(("message_info.destination", "message_info.source")) for name in told)


@pytest.mark.parametrize("application", ["chat", "classroom", "token", "groups_enterprise", "meet"])
def test_every_stream_has_rows_and_texts_hold_the_canary(google: PretendGoogle, clients: Clients, application: str) -> None:
    rows = every(clients.activities(), "items", userKey="all", applicationName=application)
    assert {row["id"]["applicationName"] for row in rows} == {application}
    if application in ("chat", "classroom", "meet"):
        assert google.world.canary in json.dumps(rows)


def test_a_chat_post_tells_its_room_and_the_room_its_members(google: PretendGoogle, clients: Clients, small_stage: Stage) -> None:
    post = next(p for p in small_stage.outbox.posts if p.group and all("marlow" in m for m in p.members))
    rows = every(clients.activities(), "items", userKey="all", applicationName="chat")
    told = [{"name": row["events"][0]["name"], **flat(row["events"][0]["parameters"])} for row in rows]
    (mine,) = (t for t in told if t.get("message_id") == post.external_id)
    assert (mine["room_id"], mine["conversation_type"]) == (post.space, "SPACE")
    added = {a for t in told if t["room_id"] == post.space and t["name"] == "add_room_member" for a in t["target_users"]}
    creator = next(row["actor"]["email"] for row, t in zip(rows, told, strict=True) if t["room_id"] == post.space and t["name"] == "room_created")
    assert added | {creator} == set(post.members)
    admin = clients.build("chat.v1", google.world.admin, "chat.admin.memberships.readonly", "chat.admin.spaces.readonly")
    members = admin.spaces().members()
    name = f"spaces/{post.space}"
    assert refused(members.list(parent=name, useAdminAccess=True))[0] == 400
    found = every(members, "memberships", parent=name, useAdminAccess=True, filter='member.type = "HUMAN"')
    by_id = {user.id: user.email for user in google.world.users}
    assert {by_id[m["member"]["name"].removeprefix("users/")] for m in found} == set(post.members)
    query = 'customer = "customers/my_customer" AND space_type = "SPACE"'
    spaces = admin.spaces().search(useAdminAccess=True, query=query, pageSize=1000).execute()["spaces"]
    assert name in {s["name"] for s in spaces} and {s["spaceType"] for s in spaces} == {"SPACE"}
    assert refused(members.list(parent=name)) == (403, "insufficientPermissions")


def test_courses_with_their_people_announcements_and_guardians(google: PretendGoogle, clients: Clients, small_stage: Stage) -> None:
    scopes = [
        f"classroom.{name}"
        for name in ("courses.readonly", "rosters.readonly", "profile.emails", "announcements.readonly",
                     "coursework.students.readonly", "guardianlinks.students.readonly")
    ]  # fmt: skip
    admin = clients.build("classroom.v1", google.world.admin, *scopes)
    courses = every(admin.courses(), "courses", courseStates="ACTIVE")
    assert len(courses) == len(small_stage.groups.classes)
    assert all(google.world.canary in course["name"] for course in courses)
    school_class = small_stage.groups.classes[0]
    course = next(c for c in google.world.courses if c.title == school_class.title and c.owner == school_class.teacher.mail)
    students = every(admin.courses().students(), "students", courseId=course.id, pageSize=10)
    assert {s["profile"]["emailAddress"] for s in students} == {h.mail for h in school_class.students}
    (teacher,) = every(admin.courses().teachers(), "teachers", courseId=course.id)
    posts = every(admin.courses().announcements(), "announcements", courseId=course.id)
    assert len(posts) == small_stage.period.weeks
    assert {(p["creatorUserId"], p["assigneeMode"]) for p in posts} == {(teacher["userId"], "ALL_STUDENTS")}
    assert "courseWork" not in admin.courses().courseWork().list(courseId=course.id).execute()
    guardians = every(admin.userProfiles().guardians(), "guardians", studentId="-")
    assert len(guardians) == len(google.world.guardians) > 100
    own = clients.build("classroom.v1", school_class.teacher.mail, *scopes)
    taught = [c for c in small_stage.groups.classes if school_class.teacher in (c.teacher, c.second)]
    assert len(every(own.courses(), "courses")) == len(taught)
    assert refused(own.userProfiles().guardians().list(studentId="-")) == (403, "forbidden")


def test_messages_of_two_may_be_private_comments(small_stage: Stage) -> None:
    rows = list(comment_rows(small_stage, courses_of(small_stage)))
    notes = {n.external_id: n for n in small_stage.outbox.notes if len(n.to) == 1 and not n.cc}
    assert {r.parameters["post_id"] for r in rows} == notes.keys()
    by_id = small_stage.people.by_id
    note = notes[rows[0].parameters["post_id"]]
    assert (rows[0].actor, rows[0].parameters["impacted_users"]) == (by_id[note.sender_id].mail, [by_id[note.to[0]].mail])


def test_an_app_signed_in_to_is_a_grant(google: PretendGoogle, clients: Clients) -> None:
    user: User = next(u for u in google.world.users if u.grants)
    tokens = clients.directory("admin.directory.user.security").tokens()
    assert [t["displayText"] for t in tokens.list(userKey=user.id).execute()["items"]] == ["Quiz Board"]


def test_the_mail_log_as_a_table(google: PretendGoogle, clients: Clients) -> None:
    jobs = clients.build("bigquery.v2", google.world.admin, "bigquery").jobs()
    until = int(google.world.ends.timestamp() * 1_000_000)
    query = (
        "SELECT event_info.timestamp_usec AS usec, message_info.rfc2822_message_id, message_info.destination "
        "FROM `marlow.gmail_logs.daily_*` WHERE event_info.mail_event_type = 1 AND event_info.timestamp_usec < @until"
    )
    body = {
        "query": query, "useLegacySql": False, "maxResults": 300, "parameterMode": "NAMED",
        "queryParameters": [{"name": "until", "parameterType": {"type": "INT64"}, "parameterValue": {"value": str(until)}}],
    }  # fmt: skip
    answer = jobs.query(projectId="marlow", body=body).execute()
    assert [(f["name"], f["type"], f["mode"]) for f in answer["schema"]["fields"]] == [
        ("usec", "INTEGER", "NULLABLE"), ("rfc2822_message_id", "STRING", "NULLABLE"), ("destination", "RECORD", "REPEATED"),
    ]  # fmt: skip
    rows = list(answer["rows"])
    job = answer["jobReference"]["jobId"]
    while "pageToken" in answer:
        answer = jobs.getQueryResults(projectId="marlow", jobId=job, maxResults=300, pageToken=answer["pageToken"]).execute()
        rows += answer["rows"]
    sent = [r for r in google.world.rows if r.application == "gmail" and r.parameters["event_info"]["mail_event_type"] == 1]
    assert len(rows) == int(answer["totalRows"]) == len(sent)
    usec, _, destination = (cell["v"] for cell in rows[0]["f"])
    assert usec.isdigit() and "@" in destination[0]["v"]["f"][0]["v"]
    waiting = jobs.query(projectId="marlow", body={**body, "timeoutMs": 0}).execute()
    assert waiting["jobComplete"] is False and "rows" not in waiting
    assert refused(jobs.query(projectId="marlow", body={**body, "query": "SELECT COUNT(*) FROM x"})) == (400, "invalidQuery")


@pytest.mark.parametrize(("row", "wrong"), [
    ({"id": {"uniqueQualifier": 5}}, "is no string"),
    ({"id": {"time": "2026-11-20"}}, "is no date-time"),
    ({"id": {"uniqueQualifier": "x"}}, "is no int64"),
    ({"colour": "green"}, "no such field"),
    ({"events": {}}, "is no list"),
])  # fmt: skip
def test_an_answer_that_the_documents_do_not_allow_is_a_mistake(row: dict[str, Any], wrong: str) -> None:
    assert wrong in mistake("admin.reports_v1", "Activities", {"items": [row]})
    assert mistake("admin.reports_v1", "Activities", {"items": [{"id": {"uniqueQualifier": "-5"}}]}) == ""


def test_a_stand_in_that_is_wrong_says_so(google: PretendGoogle, clients: Clients) -> None:
    rows = google.world.rows
    google.world = replace(google.world, rows=(replace(rows[0], application="meet", extra={"colour": "green"}), *rows))
    asked = clients.activities().list(userKey="all", applicationName="meet")
    with pytest.raises(Exception, match="no such field"):
        asked.execute()
    assert len(google.mistakes) == 1 and "colour" in google.mistakes.pop()
