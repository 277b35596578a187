"""The pretended Workspace, asked with Google's own client library as the product would."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import google_auth_httplib2
import httplib2
import pytest
from google.oauth2 import service_account
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import HttpError

from benchmarks.district import Sizes, make_district
from benchmarks.pretend.google import ADMIN, SCOPE, PretendGoogle, World, world_of
from benchmarks.sample.planted import Stage

Client = Callable[..., Any]
AUDIT = "admin.reports.audit.readonly"
USERS = "admin.directory.user.readonly"
GROUPS = "admin.directory.group.readonly"


@pytest.fixture(scope="module")
def stage() -> Stage:
    return make_district(Sizes(1, 45, 450, 2), seed=7, end=date(2026, 11, 22))


@pytest.fixture(scope="module")
def world(stage: Stage) -> World:
    return world_of(stage)


@pytest.fixture
def google(world: World) -> Iterator[PretendGoogle]:
    with PretendGoogle(world) as running:
        yield running
        assert running.mistakes == []


@pytest.fixture
def build(google: PretendGoogle) -> Iterator[Client]:
    """Return what builds a client: of an API, for a subject, with scopes."""
    built: list[Any] = []

    def client(api: str, subject: str | None, *scopes: str) -> Any:
        credentials = service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
            google.key_info, scopes=[SCOPE + scope for scope in scopes], subject=subject
        )
        http = google_auth_httplib2.AuthorizedHttp(credentials, http=httplib2.Http(timeout=20))
        built.append(build_from_document(google.document(api), http=http))
        return built[-1]

    yield client
    for one in built:
        one.close()


def every(collection: Any, name: str, **query: Any) -> list[Any]:
    found: list[Any] = []
    asking = collection.list(**query)
    while asking is not None:
        answer = asking.execute()
        found += answer.get(name, [])
        asking = collection.list_next(asking, answer)
    return found


def refused(call: Any) -> tuple[int, str]:
    with pytest.raises(HttpError) as told:
        call.execute()
    return told.value.status_code, told.value.error_details[0]["reason"]


def test_directory_tells_everybody_page_by_page(google: PretendGoogle, build: Client, stage: Stage) -> None:
    directory = build("admin.directory_v1", ADMIN, USERS, GROUPS)
    users = every(directory.users(), "users", customer="my_customer", maxResults=100, projection="full")
    ids = {one["value"] for user in users for one in user.get("externalIds", [])}
    assert {h.person_id for h in (*stage.people.staff, *stage.people.students)} <= ids
    assert len(users) == len({user["id"] for user in users}) == len(google.world.users)
    assert google.count("directory.users.list") > 4


def test_one_mail_is_in_each_mailbox_it_reached(build: Client, stage: Stage) -> None:
    mail = next(
        m
        for m in stage.outbox.mails
        if m.bcc
        and m.sender.email.endswith("@marlow.example")
        and m.to[0].email not in (m.sender.email, *stage.groups.lists)
    )

    def headers(address: str) -> dict[str, str]:
        gmail = build("gmail.v1", address, "gmail.metadata")
        messages = gmail.users().messages()
        for one in every(messages, "messages", userId="me", maxResults=500):
            wanted = ["Message-ID", "Bcc"]
            got = messages.get(userId="me", id=one["id"], format="metadata", metadataHeaders=wanted).execute()
            found = {h["name"]: h["value"] for h in got["payload"]["headers"]}
            if found["Message-ID"] == f"<{mail.message_id}>":
                return found
        raise AssertionError(f"{address} did not get it")

    assert mail.bcc[0].email in headers(mail.sender.email)["Bcc"]
    assert "Bcc" not in headers(mail.bcc[0].email)
    assert "Bcc" not in headers(mail.to[0].email)


def test_mail_log_needs_both_times(build: Client) -> None:
    activities = build("admin.reports_v1", ADMIN, AUDIT).activities()
    assert refused(activities.list(userKey="all", applicationName="gmail")) == (400, "invalid")
