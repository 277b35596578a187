"""Apps in the accounts of the invented Marlow district's tenant, and one way to read them back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from auditor.model import PersonRef
from auditor.records import AppGrant, AppUse
from auditor.source import Note, Page, SourceContext, Window
from benchmarks.pretend.microsoft import A5, App, Grant, PretendMicrosoft, User, World, guid
from connectors.microsoft.apps import MicrosoftApps
from tests.connectors.microsoft.directory_world import (
    LIMITS,
    NOW,
    RULES,
    Waits,
    account,
    serving,
    tenant,
)

DAY = timedelta(days=1)
EVENING = datetime(2026, 11, 11, 1, 30, tzinfo=UTC)
"""Half past eight in the evening of November 10 in the district."""
TENTH = date(2026, 11, 10)
TEACHER = account("ana.reyes", employee_type="Staff")
AIDE = account("ben.ode", employee_type="Staff")
STUDENT = account("kit.lowe", employee_type="Student")
FORMER = account("lee.old", employee_type="Staff", disabled_at=NOW - 90 * DAY)
USERS = (TEACHER, AIDE, STUDENT, FORMER)
GRAPH = App(guid("graph"), guid("graph app"), "Microsoft Graph")
OURS = "f8cdef31-a31e-4b4a-93e4-5f571e91255a"


def app(name: str, **more: Any) -> App:
    return replace(App(guid("app", name), guid("app id", name), name), **more)


MERGE, TALK = app("Merge"), app("Talk")


def grant(who: User | None, what: App, *scopes: str, at: datetime = EVENING, **more: Any) -> Grant:
    made = Grant(what.id, scopes or ("Mail.Send",), at, "" if who is None else who.upn)
    return replace(made, **more)


def world(apps: Sequence[App], grants: Sequence[Grant] = (), **more: Any) -> World:
    many = replace(A5, audits=1_000)
    made = replace(tenant(USERS, edition=many), apps=(GRAPH, *apps), grants=tuple(grants))
    return replace(made, **more)


@dataclass(frozen=True)
class Read:
    pages: list[Page]

    @property
    def facts(self) -> list[AppGrant]:
        return [fact for page in self.pages for fact in page.facts if isinstance(fact, AppGrant)]

    @property
    def notes(self) -> dict[str, Note]:
        return {note.text: note for page in self.pages for note in page.notes}

    def note(self, part: str) -> Note:
        (found,) = (note for text, note in self.notes.items() if part in text)
        return found

    def marks(self, before: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return what is kept for the next night."""
        kept = dict(before or {})
        for mark in (mark for page in self.pages for mark in page.marks):
            if mark.value is None:
                kept.pop(mark.unit, None)
            else:
                kept[mark.unit] = mark.value
        return kept


def configured(
    folder: Path, settings: Mapping[str, object], waits: Waits | None = None, **more: Any
) -> MicrosoftApps:
    context = SourceContext(
        "apps", "Apps", "America/New_York", RULES, str(folder), settings, **more
    )
    clock = (waits or Waits()).clock()
    return MicrosoftApps(context, clock=clock, random=Random(7), limits=LIMITS)


def source(
    running: PretendMicrosoft,
    folder: Path,
    marks: Mapping[str, str] | None = None,
    waits: Waits | None = None,
    **settings: Any,
) -> MicrosoftApps:
    given = {
        "tenant": running.tenant,
        "client": running.client,
        "certificate": str(running.certificate_file(folder)),
        "endpoint": running.base,
        "users": [{"employee_type": "Staff"}],
        **settings,
    }
    return configured(folder, given, waits, marks=marks or {})


def pull(
    running: PretendMicrosoft, folder: Path, marks: Mapping[str, str] | None = None, **settings: Any
) -> Read:
    found = Read(list(source(running, folder, marks, **settings).pull(Window(NOW.date(), NOW.date()))))
    assert "zephyrquill" not in repr(found)
    assert "203.0.113.7" not in repr(found)
    return found


def read(served: World, folder: Path, **settings: Any) -> Read:
    with serving(served) as microsoft:
        return pull(microsoft, folder, **settings)


def fact(who: User, what: App, *uses: AppUse, since: date | None = TENTH) -> AppGrant:
    return AppGrant(PersonRef(email=who.upn), what.app_id, what.name, uses, since)
