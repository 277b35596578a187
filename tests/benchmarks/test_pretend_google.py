"""The pretended Workspace, asked with Google's own client library as the product would."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from email.utils import getaddresses
from typing import Any

import google.auth.transport.requests
import pytest
import requests
from google.auth.exceptions import RefreshError
from google.oauth2.credentials import Credentials
from googleapiclient.http import BatchHttpRequest

from benchmarks.pretend.google import SCOPE, PretendGoogle, User
from benchmarks.pretend.google.tokens import PLATFORM
from benchmarks.sample.planted import Stage
from tests.benchmarks.conftest import Clock
from tests.benchmarks.google_clients import GROUPS, METADATA, USERS, Clients, every, refused

MESSAGES = "gmail.users.messages.get"


def user_of(google: PretendGoogle, part: str, stage: Stage) -> User:
    person_id = stage.people.cast[part]
    return next(user for user in google.world.users if user.person_id == person_id)


def changed(google: PretendGoogle, user: User, **values: Any) -> None:
    users = tuple(replace(u, **values) if u == user else u for u in google.world.users)
    google.world = replace(google.world, users=users)


@pytest.fixture
def teacher(google: PretendGoogle, small_stage: Stage) -> User:
    return user_of(google, "principal-AH", small_stage)


# ---- who may ask -----------------------------------------------------------------------------


def token_refused(clients: Clients, subject: str | None, *scopes: str) -> str:
    credentials = clients.credentials(subject, *scopes)
    with requests.Session() as session, pytest.raises(RefreshError) as told:
        credentials.refresh(google.auth.transport.requests.Request(session))
    return str(told.value)


def test_a_scope_that_nobody_delegated_is_refused_by_the_token_endpoint(clients: Clients, teacher: User) -> None:
    assert "unauthorized_client" in token_refused(clients, teacher.email, "gmail.readonly")
    assert "unauthorized_client" in token_refused(clients, teacher.email, METADATA, "drive")


def test_nobody_can_act_for_a_suspended_or_unknown_user(google: PretendGoogle, clients: Clients, teacher: User) -> None:
    assert "invalid_grant" in token_refused(clients, "nobody@marlow.example", METADATA)
    changed(google, teacher, suspended_at=google.now)
    assert "invalid_grant" in token_refused(clients, teacher.email, METADATA)


def test_an_assertion_is_checked(google: PretendGoogle, clients: Clients, clock: Clock) -> None:
    admin = google.world.admin
    key = {**google.key_info, "client_email": "somebody@else.example"}
    other = type(clients.credentials(admin, USERS)).from_service_account_info(
        key, scopes=[SCOPE + USERS], subject=admin
    )
    with requests.Session() as session, pytest.raises(RefreshError, match="invalid_grant"):
        other.refresh(google_request(session))
    clock.seconds += 4_000
    assert "short-lived" in token_refused(clients, admin, USERS)
    clock.seconds -= 8_000
    assert "short-lived" in token_refused(clients, admin, USERS)


def google_request(session: requests.Session) -> Any:
    return google.auth.transport.requests.Request(session)


def test_a_token_opens_one_mailbox_and_what_its_scopes_say(google: PretendGoogle, clients: Clients, teacher: User) -> None:
    mailbox = clients.gmail(teacher.email)
    assert mailbox.getProfile(userId=teacher.email).execute()["emailAddress"] == teacher.email
    assert refused(mailbox.getProfile(userId=google.world.admin)) == (403, "forbidden")
    assert refused(mailbox.settings().delegates().list(userId="me")) == (403, "insufficientPermissions")
    staff = clients.build("admin.directory_v1", teacher.email, USERS)
    assert refused(staff.users().list(customer="my_customer")) == (403, "forbidden")


def test_a_token_that_is_revoked_is_renewed_once(google: PretendGoogle, clients: Clients, teacher: User) -> None:
    mailbox = clients.gmail(teacher.email)
    mailbox.getProfile(userId="me").execute()
    google.grants.clear()
    mailbox.getProfile(userId="me").execute()
    assert [a.status for a in google.asked if a.endpoint == "gmail.users.getProfile"] == [200, 401, 200]
    assert google.count("oauth.token") == 2


def test_a_token_expires(google: PretendGoogle, clock: Clock, teacher: User) -> None:
    token = google.grants.give(teacher.email, frozenset({SCOPE + METADATA}), clock() + 60)

    def status() -> int:
        address = f"{google.base}/gmail/v1/users/me/profile"
        return requests.get(address, headers={"Authorization": f"Bearer {token}"}, timeout=20).status_code

    assert status() == 200
    clock.seconds += 60
    assert status() == 401


def test_tokeninfo_tells_the_scopes(google: PretendGoogle, clients: Clients, teacher: User) -> None:
    token = google.grants.give(teacher.email, frozenset({SCOPE + METADATA}), google.clock() + 60)
    told = requests.get(f"{google.base}/tokeninfo", params={"access_token": token}, timeout=20).json()
    assert told["scope"] == SCOPE + METADATA
    assert (told["email"], told["expires_in"]) == (teacher.email, "60")
    assert requests.get(f"{google.base}/tokeninfo", params={"access_token": "x"}, timeout=20).status_code == 400


def test_without_a_key_the_platform_signs(google: PretendGoogle, clients: Clients) -> None:
    metadata = f"{google.base}/computeMetadata/v1/instance/service-accounts/default/token"
    token = requests.get(metadata, headers={"Metadata-Flavor": "Google"}, timeout=20).json()["access_token"]
    signing = clients.build("iamcredentials.v1", None, credentials=Credentials(token=token, scopes=[PLATFORM]))  # type: ignore[no-untyped-call]  # google-auth has no types here
    accounts = signing.projects().serviceAccounts()
    now = int(google.clock())
    claims = {
        "iss": google.account.email, "sub": google.world.admin, "aud": f"{google.base}/token",
        "scope": SCOPE + USERS, "iat": now, "exp": now + 600,
    }  # fmt: skip
    name = f"projects/-/serviceAccounts/{google.account.email}"
    jwt = accounts.signJwt(name=name, body={"payload": json.dumps(claims)}).execute()["signedJwt"]
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": jwt}
    assert requests.post(f"{google.base}/token", data=form, timeout=20).json()["expires_in"] in (599, 600)
    body = {"scope": [SCOPE + USERS]}
    assert accounts.generateAccessToken(name=name, body=body).execute()["accessToken"]
    assert refused(accounts.signJwt(name="projects/-/serviceAccounts/x@y.example", body={"payload": "{}"}))[0] == 403


# ---- directory -------------------------------------------------------------------------------


def test_everybody_is_told_page_by_page(google: PretendGoogle, clients: Clients, small_stage: Stage) -> None:
    directory = clients.directory()
    users = every(directory.users(), "users", customer="my_customer", maxResults=100, projection="full")
    people = small_stage.people
    roster = {h.person_id: h.mail for h in (*people.staff, *people.students)}
    told = {one["value"]: user["primaryEmail"] for user in users for one in user.get("externalIds", [])}
    assert roster.items() <= told.items()
    assert len(users) == len({user["id"] for user in users}) == len(google.world.users)
    student = next(u for u in users if u["primaryEmail"] == people.students[0].mail)
    assert student["orgUnitPath"] == f"/Students/{people.students[0].school_id}/{people.students[0].grade}"
    assert "externalIds" not in directory.users().get(userKey=student["id"]).execute()
    found = every(directory.users(), "users", customer="my_customer", query="orgUnitPath='/Staff'")
    assert {u["orgUnitPath"].split("/")[1] for u in found} == {"Staff"}


def test_a_page_token_is_of_its_query_and_dies_after_three_days(google: PretendGoogle, clients: Clients) -> None:
    users = clients.directory().users()
    token = users.list(customer="my_customer", maxResults=100).execute()["nextPageToken"]
    assert refused(users.list(customer="my_customer", query="isSuspended=true", pageToken=token))[0] == 400
    assert users.list(customer="my_customer", maxResults=100, pageToken=token).execute()["users"]
    google.now += timedelta(days=3, seconds=1)
    assert refused(users.list(customer="my_customer", maxResults=100, pageToken=token))[0] == 400


def test_deleted_accounts_are_a_call_of_their_own(google: PretendGoogle, clients: Clients, teacher: User) -> None:
    changed(google, teacher, deleted_at=google.now)
    users = clients.directory().users()
    assert teacher.id not in {u["id"] for u in every(users, "users", customer="my_customer")}
    (gone,) = every(users, "users", customer="my_customer", showDeleted="true")
    assert gone["id"] == teacher.id and gone["deletionTime"]
    assert refused(users.get(userKey=teacher.id)) == (404, "notFound")


def test_nested_members_are_derived_and_members_change(google: PretendGoogle, clients: Clients, small_stage: Stage) -> None:
    members = clients.directory(GROUPS).members()
    group = "all-staff@marlow.example"
    assert {m["type"] for m in every(members, "members", groupKey=group)} == {"GROUP"}
    derived = every(members, "members", groupKey=group, includeDerivedMembership=True)
    faculty = small_stage.groups.lists["faculty-ah@marlow.example"]
    assert {m["email"] for m in derived if m["type"] == "USER"} == set(faculty)
    duty = "morning-duty@marlow.example"
    late = {m["id"] for m in every(members, "members", groupKey=duty)}
    google.now = small_stage.period.at(1, 2, "12:00")
    early = {m["id"] for m in every(members, "members", groupKey=duty)}
    assert len(early) == len(late) == 3 and early != late
    google.now -= timedelta(days=90)
    assert "members" not in members.list(groupKey=duty).execute(), "left out, not empty"


def test_only_the_fields_asked_for_are_told(clients: Clients) -> None:
    asked = {"customer": "my_customer", "maxResults": 2, "fields": "nextPageToken,users(id,name/fullName)"}
    told = clients.directory().users().list(**asked).execute()
    assert set(told) == {"nextPageToken", "users"}
    assert [set(user) for user in told["users"]] == [{"id", "name"}] * 2
    assert set(told["users"][0]["name"]) == {"fullName"}


def test_org_units_domains_settings_and_licences(google: PretendGoogle, clients: Clients) -> None:
    directory = clients.directory("admin.directory.orgunit.readonly", "admin.directory.domain.readonly")
    units = directory.orgunits().list(customerId="my_customer", type="all").execute()["organizationUnits"]
    assert {"/Staff", "/Students/alder-hill/09"} <= {unit["orgUnitPath"] for unit in units}
    domains = directory.domains().list(customer="my_customer").execute()["domains"]
    assert [d["isPrimary"] for d in domains] == [True, False]
    assert domains[0]["domainAliases"][0]["domainAliasName"] == "marlowschools.example"
    groups = clients.build("groupssettings.v1", google.world.admin, "apps.groups.settings").groups()
    assert groups.get(groupUniqueId="families-ah@marlow.example").execute()["allowExternalMembers"] == "true"
    licences = clients.build("licensing.v1", google.world.admin, "apps.licensing").licenseAssignments()
    found = every_licence(licences, google.world.customer)
    assert len(found) == len(google.world.users) and {one["skuId"] for one in found} == {"1010310008"}


def every_licence(licences: Any, customer: str) -> list[Any]:
    found: list[Any] = []
    asking = licences.listForProduct(productId="101031", customerId=customer, maxResults=1000)
    while asking is not None:
        answer = asking.execute()
        found += answer.get("items", [])
        asking = licences.listForProduct_next(asking, answer)
    return found


# ---- mailboxes -------------------------------------------------------------------------------


def headers(mailbox: Any, message_id: str, *names: str) -> dict[str, str]:
    got = mailbox.messages().get(userId="me", id=message_id, format="metadata", metadataHeaders=list(names))
    return {h["name"]: h["value"] for h in got.execute()["payload"]["headers"]}


def copy_of(clients: Clients, address: str, mail_id: str) -> dict[str, str]:
    mailbox = clients.gmail(address)
    for one in every(mailbox.messages(), "messages", userId="me", maxResults=500):
        found = headers(mailbox, one["id"], "Message-ID", "Bcc", "To")
        if found["Message-ID"] == f"<{mail_id}>":
            return found
    raise AssertionError(f"{address} did not get it")


def test_blind_copies_stand_only_in_the_senders_own(clients: Clients, small_stage: Stage) -> None:
    mail = next(
        m
        for m in small_stage.outbox.mails
        if m.bcc
        and m.sender.email.endswith("@marlow.example")
        and m.to[0].email not in (m.sender.email, *small_stage.groups.lists)
    )
    assert mail.bcc[0].email in copy_of(clients, mail.sender.email, mail.message_id)["Bcc"]
    for reader in (mail.bcc[0].email, mail.to[0].email):
        found = copy_of(clients, reader, mail.message_id)
        assert "Bcc" not in found
        assert [a for _, a in getaddresses([found["To"]])] == [b.email for b in mail.to]


def test_history_goes_on_from_where_it_was_and_forgets(google: PretendGoogle, clients: Clients, teacher: User) -> None:
    mailbox = clients.gmail(teacher.email)
    end = google.now
    google.now = end - timedelta(days=6)
    start = mailbox.getProfile(userId="me").execute()["historyId"]
    sent = {"userId": "me", "startHistoryId": start, "labelId": "SENT", "historyTypes": ["messageAdded"]}
    assert "history" not in mailbox.history().list(**sent).execute()
    google.now = end
    entries = every(mailbox.history(), "history", **sent, maxResults=2)
    numbers = [int(entry["id"]) for entry in entries]
    assert numbers == sorted(numbers) and len(numbers) > 2
    kept = timedelta(days=3)
    google.world = replace(google.world, edition=replace(google.world.edition, history_kept=kept))
    assert refused(mailbox.history().list(**sent)) == (404, "notFound")
    found = {m["message"]["id"] for entry in entries for m in entry["messagesAdded"]}
    newest = mailbox.messages().list(userId="me", labelIds=["SENT"]).execute()["messages"]
    assert found == {m["id"] for m in newest[: len(found)]}


def test_what_was_erased_is_still_in_the_history(google: PretendGoogle, clients: Clients, teacher: User) -> None:
    box = google.world.mailboxes[teacher.id]
    first = box[-1]
    gone = replace(first, purged_at=first.at + timedelta(hours=1))
    boxes = {**google.world.mailboxes, teacher.id: (*box[:-1], gone)}
    google.world = replace(google.world, mailboxes=boxes)
    google.now = first.at + timedelta(minutes=1)
    mailbox = clients.gmail(teacher.email)
    assert headers(mailbox, gone.id, "From")
    google.now = first.at + timedelta(hours=2)
    assert refused(mailbox.messages().get(userId="me", id=gone.id, format="metadata")) == (404, "notFound")
    assert gone.id not in {m["id"] for m in every(mailbox.messages(), "messages", userId="me")}
    start = int(mailbox.getProfile(userId="me").execute()["historyId"]) - 40
    last = every(mailbox.history(), "history", userId="me", startHistoryId=start)[-2:]
    assert [next(iter(set(e) & {"messagesAdded", "messagesDeleted"})) for e in last] == ["messagesAdded", "messagesDeleted"]


@pytest.mark.parametrize("scopes", [(METADATA,), (METADATA, "gmail.readonly")])
def test_the_narrow_scope_opens_no_text(google: PretendGoogle, clients: Clients, teacher: User, scopes: tuple[str, ...]) -> None:
    google.delegated.add(SCOPE + "gmail.readonly")
    messages = clients.gmail(teacher.email, *scopes).messages()
    one = messages.list(userId="me").execute()["messages"][0]["id"]
    assert refused(messages.list(userId="me", q="from:me")) == (403, "forbidden")
    assert refused(messages.get(userId="me", id=one)) == (403, "forbidden")
    asked = messages.get(userId="me", id=one, format="metadata", metadataHeaders=["From", "Date"])
    told = asked.execute()
    assert {h["name"] for h in told["payload"]["headers"]} == {"From", "Date"}
    assert google.world.canary not in json.dumps(told)
    everything = messages.get(userId="me", id=one, format="metadata").execute()
    assert google.world.canary in json.dumps(everything), "the subject, as nobody asked for less"


def test_a_mailbox_and_the_project_have_so_many_units_a_minute(google: PretendGoogle, clients: Clients, clock: Clock, teacher: User) -> None:
    google.world = replace(google.world, edition=replace(google.world.edition, mailbox_units=45))
    mailbox = clients.gmail(teacher.email)
    one = mailbox.messages().list(userId="me").execute()["messages"][0]["id"]
    asking = mailbox.messages().get(userId="me", id=one, format="metadata")
    assert asking.execute() and asking.execute()
    assert refused(asking) == (429, "userRateLimitExceeded")
    clock.seconds += 61
    assert asking.execute()
    google.world = replace(google.world, edition=replace(google.world.edition, project_units=20))
    assert refused(asking) == (403, "rateLimitExceeded")


def test_settings_are_those_of_the_day(google: PretendGoogle, clients: Clients, small_stage: Stage) -> None:
    settings = small_stage.records["mailbox_settings"]
    person, _, address, start, _ = next(row for row in settings if row[1] == "forwarding" and row[3] and not row[4])
    user = next(u for u in google.world.users if u.person_id == person)
    mailbox = clients.gmail(user.email, "gmail.settings.basic").settings()
    told = mailbox.getAutoForwarding(userId="me").execute()
    assert (told["enabled"], told["emailAddress"]) == (True, address)
    addresses = mailbox.forwardingAddresses().list(userId="me").execute()["forwardingAddresses"]
    assert [a["forwardingEmail"] for a in addresses] == [address]
    assert mailbox.sendAs().list(userId="me").execute()["sendAs"][0]["isPrimary"]
    assert mailbox.getVacation(userId="me").execute()["enableAutoReply"] is False
    assert mailbox.delegates().list(userId="me").execute() == {}
    google.now = small_stage.period.at(1, 0, "00:30")
    assert isinstance(start, date) and start > google.now.date()
    assert mailbox.getAutoForwarding(userId="me").execute() == {"enabled": False}


def test_a_mail_sent_is_kept_in_memory(google: PretendGoogle, clients: Clients, teacher: User) -> None:
    google.delegated.add(SCOPE + "gmail.send")
    raw = "U3ViamVjdDogUGFnZQoKSGVsbG8K"
    clients.gmail(teacher.email, "gmail.send").messages().send(userId="me", body={"raw": raw}).execute()
    assert [(m.user, m.raw) for m in google.sent] == [(teacher, b"Subject: Page\n\nHello\n")]
    assert refused(clients.gmail(teacher.email).messages().send(userId="me", body={"raw": raw}))[0] == 403


def test_a_batch_is_answered_part_by_part(google: PretendGoogle, clients: Clients, teacher: User) -> None:
    mailbox = clients.gmail(teacher.email)
    names = [m["id"] for m in mailbox.messages().list(userId="me", maxResults=3).execute()["messages"]]
    google.faults.plan(MESSAGES, "429", on=2)
    told: list[tuple[Any, Any]] = []
    batch = BatchHttpRequest(callback=lambda _, answer, error: told.append((answer, error)), batch_uri=f"{google.base}/batch")
    for name in names:
        batch.add(mailbox.messages().get(userId="me", id=name, format="minimal"))
    batch.execute(http=mailbox.messages()._http)
    assert [None if error is None else error.status_code for _, error in told] == [None, 429, None]
    assert [answer["id"] for answer, error in told if error is None] == [names[0], names[2]]
