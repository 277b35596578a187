"""Classes, chats, grants and logs of the pretended tenant, and what Microsoft's pages show of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from benchmarks.pretend.microsoft import A1, A5, Chat, Post, PretendMicrosoft, Seat, User
from benchmarks.pretend.microsoft.chatting import places_of
from benchmarks.pretend.microsoft.schemas import mistake
from benchmarks.pretend.worlds import Accounts
from benchmarks.sample.planted import Stage
from tests.benchmarks.microsoft_clients import Graph

KNOWN = {"Prefer": "include-unknown-enum-members"}


@pytest.fixture
def pair(microsoft: PretendMicrosoft) -> Chat:
    return next(chat for chat in microsoft.world.chats if chat.kind == "oneOnOne")


def account(microsoft: PretendMicrosoft, address: str) -> User:
    return next(user for user in microsoft.world.users if address in user.keys)


def serve(microsoft: PretendMicrosoft, chat: Chat) -> None:
    """Let a chat be the only one."""
    microsoft.world = replace(microsoft.world, chats=(chat,))


# ---- roster ----------------------------------------------------------------------------------


def test_classes_name_their_teachers_and_all_their_members(microsoft: PretendMicrosoft, graph: Graph) -> None:
    told = graph.every("education/classes/delta", {"$select": "displayName,externalId"})
    assert {one["externalId"] for one in told} == {one.external_id for one in microsoft.world.classes}
    one = microsoft.world.classes[0]
    members = graph.every(f"education/classes/{one.id}/members")
    teachers = graph.every(f"education/classes/{one.id}/teachers")
    assert {m["mail"] for m in members} == {*one.teachers, *one.students}
    assert {t["primaryRole"] for t in teachers} == {"teacher"}
    assert graph.get(f"groups/{one.id}")["groupTypes"] == ["Unified"]


def test_guardians_are_told_of_one_student_who_is_asked_for_alone(microsoft: PretendMicrosoft, graph: Graph) -> None:
    student = next(user for user in microsoft.world.users if user.contacts)
    asked = {"$select": "id,student,relatedContacts"}
    assert "relatedContacts" not in graph.every("education/users/delta", asked)[0]
    assert "relatedContacts" not in graph.get(f"education/users/{student.id}")
    told = graph.get(f"education/users/{student.id}", asked)
    assert [c["emailAddress"] for c in told["relatedContacts"]] == [c.address for c in student.contacts]
    assert told["student"]["externalId"] == student.person_id
    graph.roles = ("EduRoster.ReadBasic.All",)
    assert graph.get(f"education/users/{student.id}", asked)["relatedContacts"] is None


# ---- chats -----------------------------------------------------------------------------------


def test_a_chat_of_two_has_both_in_its_id_and_nobodys_address(microsoft: PretendMicrosoft, graph: Graph, pair: Chat) -> None:
    graph.roles = ("Chat.ReadBasic.All",)
    one, other = (account(microsoft, seat.email) for seat in pair.seats)
    told = graph.every(f"users/{one.id}/chats", {"$expand": "members"})
    mine = next(chat for chat in told if chat["id"] == pair.id)
    assert pair.id == f"19:{'_'.join(sorted((one.id, other.id)))}@unq.gbl.spaces"
    assert {m["userId"] for m in mine["members"]} == {one.id, other.id}
    assert {m["email"] for m in mine["members"]} == {None}
    assert graph.refused(f"users/{one.id}/chats/getAllMessages") == (403, "Forbidden")


def test_each_ones_export_tells_the_same_message_and_what_was_said(microsoft: PretendMicrosoft, graph: Graph, pair: Chat) -> None:
    exports = []
    for seat in pair.seats:
        user = account(microsoft, seat.email)
        told = graph.every(f"users/{user.id}/chats/getAllMessages", {"$top": "50"})
        exports.append([m for m in told if m["chatId"] == pair.id])
    assert exports[0] == exports[1]
    assert [m["id"] for m in exports[0]] == [post.id for post in pair.posts]
    assert all(microsoft.world.canary in m["body"]["content"] for m in exports[0])


def test_an_export_is_cut_by_when_a_message_last_changed(microsoft: PretendMicrosoft, graph: Graph, pair: Chat) -> None:
    at, deleted = pair.posts[0].at, microsoft.now - timedelta(days=1)
    gone = replace(pair.posts[0], deleted_at=deleted)
    serve(microsoft, replace(pair, posts=(gone,)))
    user = account(microsoft, pair.seats[0].email)
    path = f"users/{user.id}/chats/getAllMessages"

    def found(start: datetime, end: datetime) -> list[Any]:
        bounds = f"lastModifiedDateTime gt {start:%Y-%m-%dT%H:%M:%SZ} and lastModifiedDateTime lt {end:%Y-%m-%dT%H:%M:%SZ}"
        return graph.every(path, {"$filter": bounds})

    hour = timedelta(hours=1)
    assert found(at.astimezone(UTC) - hour, at.astimezone(UTC) + hour) == []
    [told] = found(deleted.astimezone(UTC) - hour, deleted.astimezone(UTC) + hour)
    assert told["body"]["content"] == ""
    assert told["deletedDateTime"] is not None
    microsoft.now += timedelta(days=21)
    assert graph.every(path) == []


def test_who_left_a_chat_still_exports_what_was_said_before(microsoft: PretendMicrosoft, graph: Graph, pair: Chat) -> None:
    first, last = pair.posts[0], replace(pair.posts[0], id="9", at=pair.posts[0].at + timedelta(days=2))
    left = replace(pair.seats[0], until=first.at + timedelta(days=1))
    serve(microsoft, replace(pair, kind="group", seats=(left, pair.seats[1]), posts=(first, last)))
    gone, here = (account(microsoft, seat.email) for seat in pair.seats)
    assert [m["id"] for m in graph.every(f"users/{gone.id}/chats/getAllMessages")] == [first.id]
    assert graph.every(f"users/{gone.id}/chats") == []
    assert len(graph.every(f"users/{here.id}/chats/getAllMessages")) == 2


def test_what_the_system_says_is_named_only_to_who_knows_of_it(microsoft: PretendMicrosoft, graph: Graph) -> None:
    chat = next(chat for chat in microsoft.world.chats if chat.posts and not chat.posts[0].author)
    path = f"chats/{chat.id}/messages"
    assert graph.every(path)[-1]["messageType"] == "unknownFutureValue"
    told = graph.every(path, headers=KNOWN)[-1]
    assert (told["messageType"], told["from"]) == ("systemEventMessage", None)
    assert len(told["eventDetail"]["members"]) == len(chat.seats)


def test_somebody_from_outside_is_of_another_tenant(microsoft: PretendMicrosoft, graph: Graph, pair: Chat) -> None:
    seats = (*pair.seats, Seat("friend@elsewhere.example"))
    post = Post("7", pair.posts[0].at, "friend@elsewhere.example")
    serve(microsoft, replace(pair, kind="group", seats=seats, posts=(post,)))
    members = graph.every(f"chats/{pair.id}/members")
    assert len({m["tenantId"] for m in members}) == 2
    [told] = graph.every(f"chats/{pair.id}/messages")
    assert told["from"]["user"]["id"] == members[-1]["userId"]


def test_every_post_of_the_sample_is_somewhere(microsoft: PretendMicrosoft, small_stage: Stage) -> None:
    world = microsoft.world
    places = places_of(small_stage, Accounts(world.users, world.groups))
    there = {(chat.id, post.id) for chat in world.chats for post in chat.posts}
    assert set(places) == {post.external_id for post in small_stage.outbox.posts}
    assert set(places.values()) <= there
    assert len(set(places.values())) == len(places)


def test_a_team_tells_what_was_said_in_its_channels(microsoft: PretendMicrosoft, graph: Graph) -> None:
    [team, *_] = graph.every("teams")
    [channel] = graph.every(f"teams/{team['id']}/channels")
    told = graph.every(f"teams/{team['id']}/channels/getAllMessages")
    assert {m["channelIdentity"]["channelId"] for m in told} == {channel["id"]}
    assert told[0]["chatId"] is None
    members = graph.every(f"teams/{team['id']}/members")
    one = next(c for c in microsoft.world.classes if c.id == team["id"])
    assert {m["email"] for m in members} >= set(one.students)
    assert graph.every(f"teams/{team['id']}/channels/{channel['id']}/members") == members
    served = next(t for t in microsoft.world.teams if t.id == team["id"])
    private = replace(served.channels[0], kind="private", seats=(Seat(one.students[0]),))
    microsoft.world = replace(microsoft.world, teams=(replace(served, channels=(private,)),))
    [alone] = graph.every(f"teams/{team['id']}/channels/{channel['id']}/members")
    assert alone["email"] == one.students[0]


# ---- apps and logs ---------------------------------------------------------------------------


def test_a_grant_names_app_person_and_scopes(microsoft: PretendMicrosoft, graph: Graph) -> None:
    grants, link = graph.round("oauth2PermissionGrants/delta")
    apps = {app["id"]: app for app in graph.every("servicePrincipals", {"$select": "id,appId,displayName,publisherName"})}
    assert {apps[grant["clientId"]]["displayName"] for grant in grants} == {"Quiz Board"}
    assert {grant["principalId"] for grant in grants} <= {user.id for user in microsoft.world.users}
    first = replace(microsoft.world.grants[0], revoked_at=microsoft.now)
    microsoft.world = replace(microsoft.world, grants=(first, *microsoft.world.grants[1:]))
    [gone] = graph.round(link)[0]
    assert gone["@removed"] == {"reason": "deleted"}


def test_sign_ins_want_a_premium_tenant_and_patience(microsoft: PretendMicrosoft, graph: Graph) -> None:
    microsoft.world = replace(microsoft.world, edition=replace(A5, audits=2))
    since = f"createdDateTime ge {microsoft.now.astimezone(UTC) - timedelta(days=9):%Y-%m-%dT%H:%M:%SZ}"
    told = graph.every("auditLogs/signIns", {"$filter": since})
    assert {one["appDisplayName"] for one in told} == {"Quiz Board"}
    assert {a["activityDisplayName"] for a in graph.every("auditLogs/directoryAudits")} == {"Consent to application"}
    assert graph.ask("auditLogs/signIns").status_code == 429
    microsoft.world = replace(microsoft.world, edition=A1)
    status, code = graph.refused("auditLogs/signIns")
    assert (status, code) == (403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant")


def test_the_audit_log_answers_in_its_own_time(microsoft: PretendMicrosoft, graph: Graph) -> None:
    asked = {
        "filterStartDateTime": "2026-11-01T00:00:00Z",
        "filterEndDateTime": "2026-11-30T00:00:00Z",
        "recordTypeFilters": ["microsoftTeams"],
    }
    made = graph.ask("security/auditLog/queries", verb="POST", json=asked)
    path = f"security/auditLog/queries/{made.json()['id']}"
    assert (made.status_code, made.json()["status"]) == (201, "notStarted")
    assert graph.refused(f"{path}/records") == (400, "BadRequest")
    assert [graph.get(path)["status"] for _ in range(2)] == ["running", "succeeded"]
    said = [post for chat in microsoft.world.chats for post in chat.posts if post.kind == "message"]
    records = graph.every(f"{path}/records")
    assert sorted(r["auditData"]["MessageId"] for r in records) == sorted(post.id for post in said)


def hunt(graph: Graph, query: str) -> list[dict[str, Any]]:
    reply = graph.ask("security/runHuntingQuery", verb="POST", json={"Query": query})
    assert reply.ok, reply.text
    return list(reply.json()["results"])


def test_hunting_tables_tell_who_wrote_to_whom(microsoft: PretendMicrosoft, graph: Graph, pair: Chat) -> None:
    hours = "where Timestamp between (datetime(2026-11-09T00:00:00Z) .. datetime(2026-11-22T00:00:00Z))"
    rows = hunt(graph, f"MessageEvents | {hours} | project Timestamp, ThreadId, SenderEmailAddress, RecipientDetails")
    mine = [row for row in rows if row["ThreadId"] == pair.id]
    assert [row["SenderEmailAddress"] for row in mine] == [post.author for post in pair.posts]
    others = {json.loads(row["RecipientDetails"])[0]["RecipientSmtpAddress"] for row in mine}
    assert others <= {seat.email for seat in pair.seats}
    assert len(hunt(graph, "EmailEvents | where Timestamp > datetime(2026-11-20T00:00:00Z) | take 5")) == 5
    wrong = {"Query": "EmailEvents | summarize count()"}
    assert graph.ask("security/runHuntingQuery", verb="POST", json=wrong).status_code == 400
    microsoft.world = replace(microsoft.world, edition=A1)
    assert graph.ask("security/runHuntingQuery", verb="POST", json=wrong).status_code == 403


def test_every_text_that_must_not_be_stored_has_the_canary(microsoft: PretendMicrosoft, graph: Graph) -> None:
    world = microsoft.world
    graph.roles = ("Mail.Read", "Chat.Read.All", "Team.ReadBasic.All", "GroupMember.Read.All", "ExchangeMessageTrace.Read.All")
    user = next(user for user in world.users if len(world.mailboxes.get(user.id, ())) > 2)
    texts: list[tuple[str, ...]] = []
    texts += [(m["subject"], m["bodyPreview"], m["body"]["content"]) for m in graph.every(f"users/{user.id}/messages")]
    texts += [(row["subject"],) for row in graph.get("admin/exchange/tracing/messageTraces")["value"]]
    rooms = [chat for chat in world.chats if chat.kind == "group" and chat.seats[0].holds(microsoft.now)]
    texts += [(chat["topic"],) for chat in graph.every(f"users/{rooms[0].seats[0].email}/chats") if chat["topic"]]
    texts += [(team["displayName"],) for team in graph.every("teams")]
    texts += [(group["description"],) for group in graph.every("groups")]
    assert [text for row in texts for text in row if world.canary not in text] == []


# ---- as Microsoft's documents have it --------------------------------------------------------

EXAMPLES: dict[str, dict[str, Any]] = {
    "user[]": {"value": [{"displayName": "Jo", "mail": None, "proxyAddresses": ["SMTP:jo@x.example"], "accountEnabled": True}]},
    "exchangeMessageTrace[]": {
        "value": [{"id": "1", "status": "delivered", "size": 5, "receivedDateTime": "2026-11-20T00:00:00Z", "subject": None}]
    },
    "chat[]": {"value": [{"id": "19:a@thread.v2", "chatType": "group", "topic": None}]},
}


def spoiled() -> Iterator[tuple[str, dict[str, Any], str]]:
    yield "user[]", {"mail": 5}, "user.mail: 5 is no String"
    yield "user[]", {"proxyAddresses": "SMTP:jo@x.example"}, "proxyAddresses"
    yield "exchangeMessageTrace[]", {"status": "lost"}, "'lost' is no exchangeMessageTraceStatus"
    yield "exchangeMessageTrace[]", {"receivedDateTime": "2026-11-20"}, "is no DateTimeOffset"
    yield "exchangeMessageTrace[]", {"bcc": []}, "exchangeMessageTrace.bcc: no such property"
    yield "chat[]", {"chatType": None}, "chat.chatType: null"


@pytest.mark.parametrize(("kind", "values", "wrong"), list(spoiled()))
def test_an_answer_that_the_metadata_document_does_not_allow_is_found(kind: str, values: dict[str, Any], wrong: str) -> None:
    good = EXAMPLES[kind]
    assert mistake(kind, good) == ""
    assert wrong in mistake(kind, {"value": [{**good["value"][0], **values}]})
