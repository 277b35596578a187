"""A small world for every connector that asks a server, so that the contract is held of it too.

What it reads lies on a pretended server with a word in every text and name that may come out nowhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.pretend.google import SCOPE, PretendGoogle, Seat, Space
from connectors.google.apps import GoogleApps
from connectors.google.chatspaces import ChatSpaces
from connectors.google.classroom import Classroom
from connectors.google.directory import GoogleDirectory
from connectors.google.gmail import Gmail
from connectors.google.logs import GoogleLogs
from connectors.kit import Trial
from connectors.mail.imap import ImapMail
from connectors.microsoft.apps import MicrosoftApps
from connectors.microsoft.audit import MicrosoftAudit
from connectors.microsoft.directory import MicrosoftDirectory
from connectors.microsoft.mail import ExchangeMail
from connectors.microsoft.teams import MicrosoftTeams
from tests.connectors.google import classroom_world, directory_world, gmail_world, logs_world
from tests.connectors.imap import imap_world
from tests.connectors.microsoft import apps_world, audit_world, exchange_world, teams_world
from tests.connectors.microsoft import directory_world as tenant_world
from tests.connectors.school_trials import SCHOOL_TRIALS
from tests.connectors.served_trials import CANARY, QUICK, MakeTrial, day_of, made, opening, served

# ---- Google --------------------------------------------------------------------------------


def _grant(running: PretendGoogle, *scopes: str) -> None:
    """Let the service account have these scopes and no others."""
    running.delegated &= {SCOPE + one for one in scopes}


@contextmanager
def gmail(folder: Path) -> Iterator[Trial]:
    at, letter = gmail_world.at, gmail_world.letter
    world = gmail_world.marlow(
        (gmail_world.COACH, letter(gmail_world.COACH, "1", at(18))),
        (gmail_world.KID, letter(gmail_world.KID, "1", at(18))),
        (gmail_world.KID, letter(gmail_world.KID, "2", at(20), gmail_world.TEACHER.email)),
    )
    with PretendGoogle(world, now=directory_world.NOW) as running:
        _grant(running, "admin.directory.user.readonly", "gmail.metadata")
        given = gmail_world.context(running, made(folder), threads=1)
        connect = opening(Gmail, directory_world.Waits().clock())
        yield served(running, connect, given, gmail_world.WEEK)


@contextmanager
def google_logs(folder: Path) -> Iterator[Trial]:
    rows = [
        logs_world.mail_row(1, logs_world.TEACHER, logs_world.TEACHER, [logs_world.STUDENT]),
        logs_world.mail_row(2, logs_world.STUDENT, logs_world.TEACHER, [logs_world.STUDENT]),
    ]
    with logs_world.serving(rows) as running:
        source = logs_world.source(running, made(folder), "gmail", threads=1)
        connect = opening(GoogleLogs, running.ticking.clock())  # type: ignore[attr-defined]  # set by ``serving``
        yield served(running, connect, source.context, logs_world.ONE_DAY)


@contextmanager
def google_apps(folder: Path) -> Iterator[Trial]:
    told: dict[str, Any] = {"app_name": "Merge", "client_id": "merge.apps", "scope": ["openid"]}
    rows = [logs_world.row("token", "authorize", logs_world.TEACHER, **told)]
    with logs_world.serving(rows) as running:
        source = logs_world.source(running, made(folder), "gmail")
        settings = {n: v for n, v in source.context.settings.items() if n != "streams"}
        context = replace(source.context, settings={**settings, "connector": "google-apps", "staff": ["/Staff"]})
        connect = opening(GoogleApps, running.ticking.clock())  # type: ignore[attr-defined]  # set by ``serving``
        yield served(running, connect, context, logs_world.ONE_DAY)


@contextmanager
def google_directory(folder: Path) -> Iterator[Trial]:
    users = [directory_world.account("ana.reyes"), directory_world.account("kit.vale", "/Students")]
    lists = [directory_world.mailing_list("staff", "ana.reyes")]
    with directory_world.serving(directory_world.workspace(users, lists)) as running:
        _grant(
            running, "admin.directory.user.readonly", "admin.directory.group.readonly",
            "admin.directory.group.member.readonly", "admin.directory.orgunit.readonly",
            "admin.directory.domain.readonly", "admin.reports.audit.readonly",
        )  # fmt: skip
        roles = directory_world.ROLES[:2]  # there are no devices here
        context = directory_world.directory(running, made(folder), threads=1, roles=roles).context
        connect = opening(GoogleDirectory, directory_world.Waits().clock())
        yield served(running, connect, context, day_of(directory_world.NOW))


@contextmanager
def google_classroom(folder: Path) -> Iterator[Trial]:
    with classroom_world.serving(courses=(classroom_world.course(),)) as running:
        settings = {"kind": "rosters", "names": False, "threads": 1}
        context = classroom_world.classroom(running, made(folder), **settings).context
        connect = opening(Classroom, classroom_world.clock(), limits=QUICK)
        yield served(running, connect, context, classroom_world.WEEK)


@contextmanager
def google_chat(folder: Path) -> Iterator[Trial]:
    opened = datetime(2026, 9, 14, 1, tzinfo=UTC)
    seats = tuple(Seat(one, since=opened) for one in (classroom_world.TEACHER, classroom_world.STUDENT))
    space = Space("spaces/AAA", "SPACE", f"Room {CANARY}", seats, opened, classroom_world.TEACHER)
    with classroom_world.serving(spaces=(space,)) as running:
        context = classroom_world.chat(running, made(folder), names=False, threads=1).context
        connect = opening(ChatSpaces, classroom_world.clock(), limits=QUICK)
        yield served(running, connect, context, classroom_world.WEEK)


# ---- Microsoft -----------------------------------------------------------------------------


@contextmanager
def exchange_mail(folder: Path) -> Iterator[Trial]:
    at, letter = exchange_world.at, exchange_world.letter
    world = exchange_world.marlow(
        (exchange_world.COACH, letter(exchange_world.COACH, "1", at(18))),
        (exchange_world.KID, letter(exchange_world.KID, "1", at(18))),
        (exchange_world.KID, letter(exchange_world.KID, "2", at(20), exchange_world.TEACHER.address)),
    )
    with tenant_world.serving(world) as running:
        given = exchange_world.context(running, made(folder), threads=1)
        connect = opening(ExchangeMail, tenant_world.Waits().clock(), limits=QUICK)
        yield served(running, connect, given, exchange_world.WEEK)


@contextmanager
def microsoft_directory(folder: Path) -> Iterator[Trial]:
    users = [tenant_world.account("ana.reyes"), tenant_world.account("kit.vale", employee_type="Student")]
    world = tenant_world.tenant(users, [tenant_world.group("staff", "ana.reyes")])
    with tenant_world.serving(world) as running:
        context = tenant_world.directory(running, made(folder), threads=1).context
        connect = opening(MicrosoftDirectory, tenant_world.Waits().clock())
        yield served(running, connect, context, day_of(tenant_world.NOW))


@contextmanager
def microsoft_teams(folder: Path) -> Iterator[Trial]:
    chat = teams_world.pair_chat(
        teams_world.TEACHER, teams_world.STUDENT, teams_world.post(teams_world.TEACHER)
    )
    with tenant_world.serving(teams_world.world(chat)) as running:
        context = teams_world.teams(running, made(folder), threads=1).context
        connect = opening(MicrosoftTeams, tenant_world.Waits().clock(), limits=QUICK)
        yield served(running, connect, context, teams_world.ONE_DAY)


@contextmanager
def microsoft_apps(folder: Path) -> Iterator[Trial]:
    grants = [apps_world.grant(apps_world.TEACHER, apps_world.MERGE)]
    with tenant_world.serving(apps_world.world([apps_world.MERGE], grants)) as running:
        context = apps_world.source(running, made(folder), threads=1).context
        connect = opening(MicrosoftApps, tenant_world.Waits().clock(), limits=QUICK)
        yield served(running, connect, context, day_of(tenant_world.NOW))


@contextmanager
def microsoft_audit(folder: Path) -> Iterator[Trial]:
    chat = teams_world.group_chat("club", (teams_world.TEACHER, teams_world.STUDENT))
    row = audit_world.sent(chat, teams_world.TEACHER)
    with tenant_world.serving(audit_world.recorded(row, chats=(chat,))) as running:
        context = audit_world.audit(running, made(folder), threads=1).context
        connect = opening(MicrosoftAudit, tenant_world.Waits().clock(), limits=QUICK)
        yield served(running, connect, context, teams_world.ONE_DAY)


# ---- IMAP ----------------------------------------------------------------------------------

_IMAP_KINDS = ("drop", "garble", "muddle", "NO", "BAD", "NO [OVERQUOTA]", "NO [NOPERM]")


@contextmanager
def imap(folder: Path) -> Iterator[Trial]:
    at, server = imap_world.at, imap_world.marlow()
    imap_world.put(server, imap_world.COACH, "Sent", imap_world.letter("1", at(18)), at(18))
    imap_world.put(server, imap_world.KID, "INBOX", imap_world.received("1", at(18)), at(18))
    with server:
        context = imap_world.context(server, made(folder), threads=1)
        connect = opening(ImapMail, imap_world.Waits().clock(), limits=imap_world.QUICK)
        troubles = {
            f"{kind} instead of {command}, always": partial(server.plan, command, kind, times=9_999)
            for kind in _IMAP_KINDS
            for command in ("GREETING", "AUTHENTICATE", "LIST", "EXAMINE", "SEARCH", "FETCH")
            if command != "GREETING" or kind == "drop"
        }
        kid = server.mailboxes[imap_world.KID].folders["INBOX"]
        yield Trial(
            connect, context, imap_world.WEEK, (CANARY,), lambda: list(server.changes), troubles,
            gone=partial(server.plan, "GREETING", "drop", times=9_999), again=kid.number_anew,
        )  # fmt: skip


TRIALS: Mapping[str, MakeTrial] = {
    **SCHOOL_TRIALS,
    "exchange-mail": exchange_mail,
    "gmail": gmail,
    "google-apps": google_apps,
    "google-chat": google_chat,
    "google-classroom": google_classroom,
    "google-directory": google_directory,
    "google-logs": google_logs,
    "imap": imap,
    "microsoft-apps": microsoft_apps,
    "microsoft-audit": microsoft_audit,
    "microsoft-directory": microsoft_directory,
    "microsoft-teams": microsoft_teams,
}
