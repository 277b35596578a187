"""Answers that Microsoft's own pages show: of every kind that we read, every record is read.

Each page is in one of three tables: read by a source of ours, of a kind that is read but asked for
here without what we always ask for, or of a kind that is not ours. A page in none of them is a kind
that nobody has looked at.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from random import Random
from typing import Any

import pytest

from auditor.keys import AddressRules
from auditor.model import Message
from connectors.answers import Answer, Found
from connectors.envelope.headers import Refused
from connectors.envelope.owner import Owner
from connectors.microsoft.access import Access, Cloud
from connectors.microsoft.apps.consents import Assignments, Consents
from connectors.microsoft.apps.signins import SignIns
from connectors.microsoft.asking import Graph, listed
from connectors.microsoft.directory.education import classes, pupils, schools
from connectors.microsoft.directory.groups import Group, read_group, tenant_groups
from connectors.microsoft.mail.automatic import Automatic
from connectors.microsoft.mail.copies import Copy, CopyReader
from connectors.microsoft.users import tenant_users, text_of
from connectors.pacing import Minute
from connectors.retrying import Clock
from tests.shared_data import shared

RULES = AddressRules(frozenset({"contoso.com"}))
CLOCK = Clock(lambda: datetime(2018, 11, 7, tzinfo=UTC), lambda: 0.0, lambda _: None)
OWNER = Owner.of("alexw@contoso.com", (), RULES)


class Recorded(Graph):
    """Our own client, to whom whatever it asks one recorded answer is given."""

    def __init__(self, document: dict[str, Any]) -> None:
        access = Access("t", "c", None, Path("secret"), Cloud.GLOBAL, "http://127.0.0.1:9")
        super().__init__(access, where="Recorded", clock=CLOCK, random=Random(7))
        self._document = document

    def get(self, path: str, *_: Any, **__: Any) -> Answer:
        return Found(self._document, None)

    def pages(self, path: str, *_: Any, **__: Any) -> Iterator[Answer]:
        yield Found(self._document, None)


@dataclass(frozen=True)
class Reader:
    """How a source reads a kind of record, and what it always asks for."""

    source: str
    read: Callable[[Graph], int]
    """Returns how many records it could use."""
    needs: tuple[str, ...] = ("id",)
    """Without these a record was asked for in another way than ours."""


def _count(found: Iterable[object]) -> int:
    return sum(1 for _ in found)


def _members(graph: Graph) -> int:
    group = Group("00000000-0000-0000-0000-000000000000", (), managed=False, hidden=False)
    found = read_group(graph, group, sees_hidden=True)
    assert isinstance(found, tuple)
    return len(found)


def _consents(graph: Graph) -> int:
    found = Consents.read(graph)
    assert found.unusable == 0
    return len(found.own) + len(found.everybody)


def _assignments(graph: Graph) -> int:
    found = Assignments.read(graph, ["app"], threads=1)
    assert all(at is not None for at in found.since.values())
    return len(found.since) + found.groups


def _sign_ins(graph: Graph) -> int:
    found = SignIns.read(graph, Minute(1_000, CLOCK), None)
    return len(found.seen)


def _mails(graph: Graph) -> int:
    reader = CopyReader(OWNER, tool="outlook", rules=RULES)
    used = 0
    for answer in graph.pages("messages"):
        assert isinstance(answer, Found)
        document = answer.document
        assert isinstance(document, dict)
        for record in listed(document):
            copy = Copy.of(record)
            if isinstance(copy, Copy):
                found = reader.read(copy, sent=False)
                assert isinstance(found, (Message, Refused))
                assert isinstance(found, Message), (record, found)
            used += copy is not None
    return used


def _folders(graph: Graph) -> int:
    return len({text_of(one, "id") for one in graph.records("mailFolders")} - {""})


def _rules(graph: Graph) -> int:
    Automatic(graph, "user", OWNER, RULES).facts()
    return 1


READ: Mapping[str, Reader] = {
    "user-list.md": Reader("microsoft-directory", lambda g: _count(tenant_users(g)), ("id", "userPrincipalName")),
    "user-delta.md": Reader("microsoft-directory", lambda g: _count(tenant_users(g)), ("id", "userPrincipalName")),
    "group-list.md": Reader("microsoft-directory", lambda g: _count(tenant_groups(g))),
    "group-list-members.md": Reader("microsoft-directory", _members),
    "group-list-transitivemembers.md": Reader("exchange-mail", _members),
    "educationuser-list.md": Reader("microsoft-directory", lambda g: len(pupils(g))),
    "educationuser-delta.md": Reader("microsoft-directory", lambda g: len(pupils(g))),
    "educationroot-list-users.md": Reader("microsoft-directory", lambda g: len(pupils(g))),
    "educationschool-list.md": Reader("microsoft-directory", lambda g: len(schools(g))),
    "educationschool-delta.md": Reader("microsoft-directory", lambda g: len(schools(g))),
    "educationroot-list-schools.md": Reader("microsoft-directory", lambda g: len(schools(g))),
    "educationclass-list.md": Reader("microsoft-directory", lambda g: len(classes(g))),
    "educationclass-delta.md": Reader("microsoft-directory", lambda g: len(classes(g))),
    "message-get.md": Reader("exchange-mail", _mails, ("id", "sentDateTime")),
    "user-list-mailfolders.md": Reader("exchange-mail", _folders),
    "messagerule-get.md": Reader("exchange-mail", _rules, ("id", "actions")),
    "user-list-oauth2permissiongrants.md": Reader("microsoft-apps", _consents, ("clientId",)),
    "user-list-approleassignments.md": Reader("microsoft-apps", _assignments, ("principalId",)),
    "group-list-approleassignments.md": Reader("microsoft-apps", _assignments, ("principalId",)),
    "signin-list.md": Reader("microsoft-apps", _sign_ins, ("userId",)),
}
"""Page -> what reads its kind. A get of one record is read as a list of it would be."""
OTHERWISE = ("message-delta.md", "user-list-messages.md")
"""Of a kind that is read, but asked for here without what we always ask for."""
NOT_OURS = (
    "directoryaudit-*",  # an example of another activity than a consent
    "educationalactivity-*", "educationassignment*", "educationcategory-*", "educationoutcome-*",
    "educationrubric-*", "educationsubmission*", "educationsubmittedsubmissionresource-*",
    "educationsynchronization*", "*-update.md", "*-list-assignments.md", "*-list-categories.md",
    "*-list-rubrics.md", "*-list-administrativeunit.md", "*-get-administrativeUnit.md",
    "educationclass-get*", "educationschool-get.md", "educationuser-get*", "*-list-taughtclasses.md",
    "*-list-calendar*", "*-list-events.md", "*-list-contact*", "*-list-conversations.md",
    "*-list-threads.md", "*-list-endpoints.md", "*-list-photos.md", "*-list-*senders.md",
    "*-list-*memberof.md", "*-list-owners.md", "*-list-permissiongrants.md",
    "*-list-grouplifecyclepolicies.md", "message-c*", "message-list-attachments.md",
    "user-list-agreementacceptances.md", "user-list-d*", "user-list-joinedteams.md",
    "user-list-licensedetails.md", "user-list-manager.md", "user-list-owned*", "user-list-people.md",
    "user-list-registereddevices.md", "user-list-usagerights.md",
)  # fmt: skip
"""Kinds of record that no source of ours asks for."""


@pytest.fixture(scope="module")
def recorded() -> list[tuple[str, dict[str, Any]]]:
    lines = shared("graph/responses.jsonl").read_text("utf-8").splitlines()
    told = [json.loads(line) for line in lines]
    found = [(one["page"].split("/"), one["response"]) for one in told]
    final = {path[-1] for path, _ in found if "v1.0" in path}
    # beta is not asked by us: its examples count only where v1.0 shows none
    return [(p[-1], told) for p, told in found if "v1.0" in p or p[-1] not in final]


def records_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    return listed(document) if isinstance(document.get("value"), list) else [document]


def test_every_page_is_of_a_kind_that_somebody_has_looked_at(
    recorded: list[tuple[str, dict[str, Any]]],
) -> None:
    pages = {page for page, _ in recorded}
    unknown = {
        one for one in pages - READ.keys() - {*OTHERWISE} if not any(fnmatchcase(one, p) for p in NOT_OURS)
    }
    assert unknown == set()
    assert READ.keys() <= pages
    doubly = {one for one in READ if any(fnmatchcase(one, pattern) for pattern in NOT_OURS)}
    assert doubly == set()


@pytest.mark.parametrize("page", sorted(READ))
def test_every_record_of_a_kind_that_we_read_is_read(
    page: str, recorded: list[tuple[str, dict[str, Any]]]
) -> None:
    reader = READ[page]
    whole = 0
    for name, document in recorded:
        if name != page:
            continue
        records = records_of(document)
        ours = [one for one in records if all(one.get(n) for n in reader.needs)]
        whole += len(ours)
        if ours:
            alike = {tuple(str(one[n]) for n in reader.needs) for one in ours}
            assert reader.read(Recorded({**document, "value": ours})) == len(alike), document
    assert whole
