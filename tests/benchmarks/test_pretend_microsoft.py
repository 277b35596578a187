"""The pretended tenant, asked with the real MSAL and over HTTP as the product would."""

from __future__ import annotations

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from benchmarks.pretend.microsoft import A5, Group, PretendMicrosoft, Seat, User
from benchmarks.sample.planted import Stage
from tests.benchmarks.conftest import Clock
from tests.benchmarks.microsoft_clients import Graph

TRACES = "admin/exchange/tracing/messageTraces"


def user_of(microsoft: PretendMicrosoft, part: str, stage: Stage) -> User:
    person_id = stage.people.cast[part]
    return next(user for user in microsoft.world.users if user.person_id == person_id)


def changed(microsoft: PretendMicrosoft, user: User, **values: Any) -> None:
    users = tuple(replace(u, **values) if u == user else u for u in microsoft.world.users)
    microsoft.world = replace(microsoft.world, users=users)


@pytest.fixture
def principal(microsoft: PretendMicrosoft, small_stage: Stage) -> User:
    return user_of(microsoft, "principal-AH", small_stage)


def claims(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


# ---- who may ask -----------------------------------------------------------------------------


def test_the_certificate_opens_what_the_district_consented_to(microsoft: PretendMicrosoft, graph: Graph, tmp_path: Path) -> None:
    microsoft.consented = {"User.Read.All"}
    told = graph.tokens(tmp_path)
    assert claims(told["access_token"])["roles"] == ["User.Read.All"]
    assert graph.ask("users", token=told["access_token"]).status_code == 200
    assert graph.refused("groups", token=told["access_token"]) == (403, "Authorization_RequestDenied")
    assert (tmp_path / "certificate.pem").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"credential": "wrong"}, "invalid_client"),
        ({"client": "00000000-0000-4000-8000-000000000000"}, "unauthorized_client"),
        ({"scope": "https://other.example/.default"}, "invalid_scope"),
    ],
)
def test_who_is_not_the_application_gets_no_token(graph: Graph, tmp_path: Path, settings: dict[str, Any], error: str) -> None:
    assert graph.tokens(tmp_path, **settings)["error"] == error


def test_a_secret_opens_it_too_and_an_unknown_tenant_does_not(microsoft: PretendMicrosoft, graph: Graph, tmp_path: Path) -> None:
    secret = microsoft.secret_file(tmp_path).read_text().strip()
    assert "access_token" in graph.tokens(tmp_path, credential=secret, tenant="marlow.example")
    with pytest.raises(ValueError, match="authority"):
        graph.tokens(tmp_path, tenant="elsewhere.example")


def test_a_token_expires(graph: Graph, microsoft: PretendMicrosoft, clock: Clock) -> None:
    token = microsoft.token("User.Read.All")
    assert graph.ask("users", token=token).status_code == 200
    clock.seconds += 3_600
    assert graph.refused("users", token=token) == (401, "InvalidAuthenticationToken")


# ---- directory -------------------------------------------------------------------------------


def test_a_delta_tells_everybody_once_and_then_only_what_changed(microsoft: PretendMicrosoft, graph: Graph, principal: User) -> None:
    everybody, link = graph.round("users/delta", {"$select": "userPrincipalName,accountEnabled,employeeId"})
    assert sorted(u["id"] for u in everybody) == sorted(u.id for u in microsoft.world.users)
    assert set(everybody[0]) <= {"id", "userPrincipalName", "accountEnabled", "employeeId"}
    assert graph.round(link)[0] == []
    changed(microsoft, principal, disabled_at=microsoft.now)
    told, later = graph.round(link)
    assert [(u["id"], u["accountEnabled"]) for u in told] == [(principal.id, False)]
    changed(microsoft, microsoft.world.users[0], deleted_at=microsoft.now)
    assert graph.round(later)[0] == [{"id": everybody[0]["id"], "@removed": {"reason": "changed"}}]


def test_a_delta_link_that_is_too_old_is_gone(microsoft: PretendMicrosoft, graph: Graph) -> None:
    link = graph.round("users/delta")[1]
    microsoft.now += timedelta(days=8)
    reply = graph.ask(link)
    assert (reply.status_code, reply.headers["Location"]) == (410, f"{microsoft.base}/v1.0/users/delta?$deltatoken=")
    assert graph.refused(f"{microsoft.base}/v1.0/users/delta?$deltatoken=made-up")[0] == 410


def test_members_of_a_group_come_in_pieces_and_then_as_changes(microsoft: PretendMicrosoft, graph: Graph) -> None:
    microsoft.world = replace(microsoft.world, edition=replace(A5, members_at_once=10))
    told, link = graph.round("groups/delta", {"$select": "mail,members"})
    group = max(microsoft.world.groups, key=lambda g: len(g.seats))
    pieces = [g["members@delta"] for g in told if g["id"] == group.id]
    assert len(pieces) > 1
    assert sum(map(len, pieces)) == len(group.seats)
    smaller = replace(group, seats=group.seats[1:])
    groups = tuple(smaller if g == group else g for g in microsoft.world.groups)
    microsoft.world = replace(microsoft.world, groups=groups)
    [change] = graph.round(link)[0]
    assert change["members@delta"] == [{**pieces[0][0], "@removed": {"reason": "deleted"}}]


def test_a_property_that_does_not_exist_is_refused(graph: Graph) -> None:
    assert graph.refused("users", {"$select": "id,emailAdress"}) == (400, "BadRequest")
    assert graph.refused("users/delta", {"$filter": "accountEnabled eq true"})[0] == 400


def test_members_are_people_lists_and_contacts_at_any_depth(microsoft: PretendMicrosoft, graph: Graph, principal: User) -> None:
    inner = Group("11111111-2222-4333-8444-555555555555", "inner@marlow.example", "inner", (Seat(principal.upn),))
    outer = Group("21111111-2222-4333-8444-555555555555", "outer@marlow.example", "outer", (Seat(inner.email), Seat("a@b.example"), Seat("B@b.example")))
    microsoft.world = replace(microsoft.world, groups=(inner, outer))
    kinds = [m["@odata.type"].rpartition(".")[2] for m in graph.every(f"groups/{outer.id}/members")]
    assert kinds == ["group", "orgContact", "orgContact"]
    found = graph.every(f"groups/{outer.id}/transitiveMembers")
    assert found[-1]["mail"] == principal.address
    graph.roles = ("GroupMember.Read.All",)
    assert graph.every(f"groups/{inner.id}/members")[0]["mail"] is None
    microsoft.world = replace(microsoft.world, groups=(replace(inner, hidden=True),))
    assert graph.every(f"groups/{inner.id}/members") == []


def test_the_tenant_tells_its_domains_and_what_it_bought(microsoft: PretendMicrosoft, graph: Graph) -> None:
    [organization] = graph.every("organization")
    assert {d["name"] for d in organization["verifiedDomains"]} == {d["id"] for d in graph.every("domains")}
    [bought] = graph.every("subscribedSkus")
    assert (bought["skuId"], bought["consumedUnits"]) == (A5.sku, len(microsoft.world.users))


# ---- message trace ---------------------------------------------------------------------------


def window(microsoft: PretendMicrosoft, days: float, *more: str) -> dict[str, Any]:
    end = microsoft.now.astimezone(UTC).replace(microsecond=0, tzinfo=None)
    bounds = (f"receivedDateTime ge {end - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}", f"receivedDateTime le {end:%Y-%m-%dT%H:%M:%SZ}")
    return {"$filter": " and ".join((*bounds, *more)), "$top": "5000"}


def test_a_trace_has_a_row_for_each_recipient_and_the_list_itself(microsoft: PretendMicrosoft, graph: Graph) -> None:
    rows = graph.every(TRACES, window(microsoft, 10))
    assert len({(r["id"], r["recipientAddress"]) for r in rows}) == len(rows)
    assert [r["receivedDateTime"] for r in rows] == sorted((r["receivedDateTime"] for r in rows), reverse=True)
    expanded = next(r for r in rows if r["status"] == "expanded")
    group = microsoft.world.groups[[g.email for g in microsoft.world.groups].index(expanded["recipientAddress"])]
    reached = {r["recipientAddress"] for r in rows if r["id"] == expanded["id"]}
    assert {seat.email for seat in group.seats} < reached
    assert microsoft.world.canary in expanded["subject"]


def test_a_trace_ignores_what_it_does_not_know(microsoft: PretendMicrosoft, graph: Graph) -> None:
    all_rows = graph.every(TRACES, window(microsoft, 3))
    one, other = sorted({r["recipientAddress"] for r in all_rows})[:2]
    either = f"(recipientAddress eq '{one}' or recipientAddress eq '{other}')"
    rows = graph.every(TRACES, window(microsoft, 3, either))
    assert {r["recipientAddress"] for r in rows} == {other}
    for ignored in (f"recipientAddress ne '{one}'", f"startswith(senderAddress,'{one}')"):
        assert graph.every(TRACES, window(microsoft, 3, ignored)) == all_rows
    told = graph.every(TRACES, {**window(microsoft, 3), "$select": "id", "$orderby": "size"})
    assert told == all_rows
    ours = graph.every(TRACES, window(microsoft, 3, "senderAddress eq '*@students.marlow.example'"))
    assert {r["senderAddress"].partition("@")[2] for r in ours} == {"students.marlow.example"}


def test_a_trace_wants_both_bounds_within_its_reach(microsoft: PretendMicrosoft, graph: Graph) -> None:
    for wrong in (
        {"$filter": "receivedDateTime ge 2026-11-20T00:00:00Z"},
        {"$filter": "receivedDateTime ge 2026-11-20T00:00:00Z and receivedDateTime lt 2026-11-21T00:00:00Z"},
        {"$filter": "receivedDateTime ge 2026-05-20T00:00:00Z and receivedDateTime le 2026-05-21T00:00:00Z"},
        window(microsoft, 10.1),
        {**window(microsoft, 1), "$top": "5001"},
    ):
        assert graph.refused(TRACES, wrong) == (400, "BadRequest")
    days = {r["receivedDateTime"][:10] for r in graph.every(TRACES)}
    assert min(days) >= f"{microsoft.now - timedelta(days=3):%Y-%m-%d}"


def test_late_rows_appear_later_and_a_status_changes(microsoft: PretendMicrosoft, graph: Graph) -> None:
    trace = next(t for t in microsoft.world.traces if t.later and t.status_at(microsoft.now) == "delivered")
    bounds = f"receivedDateTime ge {trace.at:%Y-%m-%dT%H:%M:%SZ} and receivedDateTime le {trace.at:%Y-%m-%dT%H:%M:%SZ}"
    asked = {"$filter": f"{bounds} and recipientAddress eq '{trace.recipient}' and messageId eq '{trace.message_id}'"}
    seen = []
    for moment in (trace.visible_at - timedelta(seconds=1), trace.visible_at, trace.later[0][0]):
        microsoft.now = moment
        seen.append([r["status"] for r in graph.every(TRACES, asked)])
    assert seen == [[], ["pending"], ["delivered"]]


def test_traces_are_a_hundred_in_five_minutes(microsoft: PretendMicrosoft, graph: Graph, clock: Clock) -> None:
    limits = replace(A5, traces=3, fractional_waits=True)
    microsoft.world = replace(microsoft.world, edition=limits)
    for _ in range(3):
        graph.get(TRACES)
    clock.seconds += 100
    reply = graph.ask(TRACES)
    assert reply.status_code == 429
    assert float(reply.headers["Retry-After"]) == pytest.approx(200)
    clock.seconds += 200
    graph.get(TRACES)


def test_a_skip_token_is_of_one_query(microsoft: PretendMicrosoft, graph: Graph) -> None:
    page = graph.get(TRACES, {**window(microsoft, 5), "$top": "10"})
    token = page["@odata.nextLink"].partition("$skiptoken=")[2]
    assert graph.refused(TRACES, {**window(microsoft, 4), "$skiptoken": token}) == (400, "BadRequest")


def test_without_the_service_principal_there_is_no_trace(microsoft: PretendMicrosoft, graph: Graph) -> None:
    microsoft.world = replace(microsoft.world, traces_provisioned=False)
    reply = graph.ask(TRACES)
    assert reply.status_code == 401
    assert "8bd644d1-64a1-4d4b-ae52-2e0cbf64e373" in reply.text


# ---- mailboxes -------------------------------------------------------------------------------


def sent_items(user: User) -> str:
    return f"users/{user.id}/mailFolders/sentitems/messages/delta"


def test_sent_items_tell_only_what_is_selected_and_then_what_is_new(microsoft: PretendMicrosoft, graph: Graph, principal: User) -> None:
    copies = [m for m in microsoft.world.mailboxes[principal.id] if m.folder == "sentitems"]
    microsoft.now = copies[-1].at - timedelta(seconds=1)
    query = {"$select": "internetMessageId,toRecipients,bccRecipients,body", "changeType": "created"}
    graph.roles = ("Mail.ReadBasic.All",)
    first, link = graph.round(sent_items(principal), query)
    assert {m["internetMessageId"] for m in first} == {c.message_id for c in copies if c.here(microsoft.now)}
    assert set(first[0]) <= {"@odata.etag", "id", "internetMessageId", "toRecipients", "bccRecipients"}
    assert not {"body", "bodyPreview"} & set(graph.get(sent_items(principal))["value"][0])
    microsoft.now += timedelta(seconds=1)
    assert [m["internetMessageId"] for m in graph.round(link)[0]] == [copies[-1].message_id]
    graph.roles = ("Mail.Read",)
    assert microsoft.world.canary in graph.round(sent_items(principal), query)[0][0]["body"]["content"]


def test_a_mailbox_may_not_be_there_or_not_be_ours(microsoft: PretendMicrosoft, graph: Graph, principal: User) -> None:
    assert graph.refused("users/nobody@marlow.example/mailFolders") == (404, "ErrorInvalidUser")
    microsoft.world = replace(microsoft.world, mailboxes_opened=frozenset())
    assert graph.refused(sent_items(principal)) == (403, "ErrorAccessDenied")
    changed(microsoft, principal, has_mailbox=False)
    assert graph.refused(sent_items(principal)) == (404, "MailboxNotEnabledForRESTAPI")


def test_five_questions_at_once_are_one_too_many(microsoft: PretendMicrosoft, graph: Graph, principal: User) -> None:
    microsoft.slowness = 0.3
    with ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(lambda _: graph.ask(sent_items(principal)), range(6)))
    assert sorted(r.status_code for r in replies) == [200] * 4 + [429] * 2
    assert microsoft.most_in_flight == 4


def test_what_a_mailbox_does_by_itself_is_told(microsoft: PretendMicrosoft, graph: Graph) -> None:
    away = next(user for user in microsoft.world.users if user.settings.vacation)
    moment, text = away.settings.vacation[0][1], away.settings.vacation[0][0]
    graph.roles = ("MailboxSettings.Read",)
    microsoft.now = moment
    told = graph.get(f"users/{away.id}/mailboxSettings")["automaticRepliesSetting"]
    assert (told["status"], told["internalReplyMessage"]) == ("alwaysEnabled", text)
    sending = next(user for user in microsoft.world.users if user.settings.forwarding)
    address, since, _ = sending.settings.forwarding[0]
    microsoft.now = since
    [rule] = graph.every(f"users/{sending.id}/mailFolders/inbox/messageRules")
    assert [r["emailAddress"]["address"] for r in rule["actions"]["forwardTo"]] == [address]


def test_headers_are_told_of_mail_that_came_in_only(microsoft: PretendMicrosoft, graph: Graph, principal: User) -> None:
    asked = {"$select": "internetMessageId,internetMessageHeaders", "$top": "1"}
    [came] = graph.get(f"users/{principal.id}/mailFolders/inbox/messages", asked)["value"]
    assert "Message-ID" in {header["name"] for header in came["internetMessageHeaders"]}
    [sent] = graph.get(f"users/{principal.id}/mailFolders/sentitems/messages", asked)["value"]
    assert "internetMessageHeaders" not in sent


def test_a_mail_handed_in_is_kept(microsoft: PretendMicrosoft, graph: Graph, principal: User) -> None:
    graph.roles = ("Mail.Send",)
    mime = b"To: a@b.example\r\nSubject: x\r\n\r\nbody"
    reply = graph.ask(
        f"users/{principal.id}/sendMail",
        verb="POST",
        data=base64.b64encode(mime),
        headers={"Content-Type": "text/plain"},
    )
    assert (reply.status_code, reply.content) == (202, b"")
    assert [(sent.user.id, sent.raw) for sent in microsoft.sent] == [(principal.id, mime)]


# ---- faults ----------------------------------------------------------------------------------


def test_a_page_that_is_empty_still_leads_on_to_itself(microsoft: PretendMicrosoft, graph: Graph) -> None:
    microsoft.faults.plan("users.delta", "empty page with token", on=2)
    everybody, _ = graph.round("users/delta")
    assert len(everybody) == len(microsoft.world.users)
    assert microsoft.faults.done == [("users.delta", "empty page with token")]


def test_errors_look_like_graphs(microsoft: PretendMicrosoft, graph: Graph) -> None:
    for kind, status in (("503 retry after", 503), ("429", 429), ("410", 410)):
        microsoft.faults.clear()
        microsoft.faults.plan("users.list", kind)
        assert graph.refused("users")[0] == status
    assert graph.refused("nonsense") == (400, "BadRequest")


def test_the_moment_is_fixed_by_a_post(microsoft: PretendMicrosoft, graph: Graph) -> None:
    moment = datetime(2026, 11, 15, 7, tzinfo=UTC)
    graph.session.post(f"{microsoft.base}/pretend/now", json={"now": moment.isoformat()}, timeout=20)
    assert microsoft.now == moment
