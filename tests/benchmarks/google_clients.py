"""Google's own client library, pointed at a pretended Workspace."""

from __future__ import annotations

from typing import Any

import google_auth_httplib2
import httplib2
import pytest
from google.oauth2 import service_account
from googleapiclient.discovery import build_from_document
from googleapiclient.errors import HttpError

from benchmarks.pretend.google import SCOPE, PretendGoogle

AUDIT = "admin.reports.audit.readonly"
USERS = "admin.directory.user.readonly"
GROUPS = "admin.directory.group.readonly"
METADATA = "gmail.metadata"


class Clients:
    """Builds clients of one server; ``closing`` it closes them."""

    def __init__(self, google: PretendGoogle) -> None:
        self.google = google
        self._built: list[Any] = []

    def credentials(self, subject: str | None, *scopes: str) -> Any:
        return service_account.Credentials.from_service_account_info(  # type: ignore[no-untyped-call]  # google-auth has no types here
            self.google.key_info, scopes=[SCOPE + scope for scope in scopes], subject=subject
        )

    def build(self, api: str, subject: str | None, *scopes: str, credentials: Any = None) -> Any:
        credentials = credentials or self.credentials(subject, *scopes)
        http = google_auth_httplib2.AuthorizedHttp(credentials, http=httplib2.Http(timeout=20))
        self._built.append(build_from_document(self.google.document(api), http=http))
        return self._built[-1]

    def gmail(self, address: str, *scopes: str) -> Any:
        return self.build("gmail.v1", address, *(scopes or (METADATA,))).users()

    def activities(self) -> Any:
        return self.build("admin.reports_v1", self.google.world.admin, AUDIT).activities()

    def directory(self, *scopes: str) -> Any:
        return self.build("admin.directory_v1", self.google.world.admin, *(scopes or (USERS, GROUPS)))

    def close(self) -> None:
        for one in self._built:
            one.close()


def every(collection: Any, name: str, **query: Any) -> list[Any]:
    """Return the items of all pages."""
    found: list[Any] = []
    asking = collection.list(**query)
    while asking is not None:
        answer = asking.execute()
        found += answer.get(name, [])
        asking = collection.list_next(asking, answer)
    return found


def refused(call: Any) -> tuple[int, str]:
    """Return the status and the reason with which a call is refused."""
    with pytest.raises(HttpError) as told:
        call.execute()
    return told.value.status_code, told.value.error_details[0]["reason"]
