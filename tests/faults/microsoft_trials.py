"""The sources of Microsoft before one small tenant, in which each has all it asks for twice over.

``MICROSOFT`` is what ``python -m tests.faults --only microsoft`` runs; ``controls_of_microsoft``
are mistakes planted in how Graph is asked, which the same trials must find out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

from auditor.keys import AddressRules
from auditor.source import Source, SourceContext, SourceError, Window
from benchmarks.pretend.microsoft import (
    A5,
    Channel,
    Chat,
    Class,
    Contact,
    PretendMicrosoft,
    Record,
    School,
    SignIn,
    Team,
    Trace,
    User,
    World,
    guid,
)
from benchmarks.pretend.microsoft.quotas import Quotas
from benchmarks.pretend.worlds import LONG_AGO
from connectors import pagemarks
from connectors.answers import Answer, Found
from connectors.microsoft.apps import MicrosoftApps
from connectors.microsoft.asking import Graph, listed
from connectors.microsoft.audit import MicrosoftAudit
from connectors.microsoft.audit.hunting import Hunting, Rows
from connectors.microsoft.directory import MicrosoftDirectory
from connectors.microsoft.mail import ExchangeMail
from connectors.microsoft.teams import MicrosoftTeams
from connectors.microsoft.teams.gathering import Gathered, Unit
from connectors.microsoft.teams.posts import Export
from connectors.microsoft.trace import MessageTrace
from connectors.portions import Span
from tests.connectors.hurrying import QUICKLY, hurried
from tests.connectors.microsoft.apps_world import app, grant
from tests.connectors.microsoft.audit_world import sent
from tests.connectors.microsoft.directory_world import account, group, tenant
from tests.connectors.microsoft.exchange_world import letter
from tests.connectors.microsoft.teams_world import group_chat, pair_chat, post
from tests.connectors.microsoft.trace_world import row
from tests.faults.cloud_trials import ALWAYS, CloudGroup, Feed, opened
from tests.faults.controls import Control
from tests.faults.trials import Trial

NOW = datetime(2026, 11, 24, 6, 30, tzinfo=UTC)
"""Half past one in the night to Tuesday, in the district."""
RULES = AddressRules(district_domains=frozenset({"marlow.example"}))
WEEK = Window(date(2026, 11, 17), date(2026, 11, 23), until=NOW - timedelta(hours=3))
TWO_DAYS = Window(date(2026, 11, 18), date(2026, 11, 19))
LARGEST_PAGE = 2
"""Every list has several pages, where there are more than two of anything."""
ZONE = "America/New_York"


def at(day: int, hour: int = 12, minute: int = 0) -> datetime:
    """Return a moment of November, by the district's clock."""
    return datetime(2026, 11, day, tzinfo=UTC) + timedelta(hours=hour + 5, minutes=minute)


# ---- the tenant --------------------------------------------------------------------------------


def _student(name: str, number: str) -> User:
    families = tuple(Contact(f"Kin {n}", f"{name}.{n}@home.example", "parent") for n in range(3))
    return account(
        name, "Alder High", person_id=number, role="student", grade="10",
        employee_type="Student", contacts=families,
    )  # fmt: skip


def _teacher(name: str, number: str) -> User:
    return account(name, "Alder High", person_id=number, role="teacher", employee_type="Staff")


ANA, BEN, DAN = (_teacher(n, f"T{k}") for k, n in enumerate(("ana.reyes", "ben.ode", "dan.orr")))
KIT, MAY = (_student(n, f"S{k}") for k, n in enumerate(("kit.lowe", "may.sand")))
GONE = replace(account("lee.gone"), deleted_at=at(10))
USERS = (ANA, BEN, DAN, KIT, MAY, GONE)
OUTSIDE = "someone@elsewhere.example"
CLASSES = tuple(
    Class(guid("class", name), name, name, (ANA.address, BEN.address), (KIT.address, MAY.address))
    for name in ("algebra", "biology", "chess")
)
SCHOOLS = (
    School(guid("school", "10"), "10", "Alder High", tuple(u.address for u in USERS[:5]),
           tuple(one.id for one in CLASSES)),
)  # fmt: skip
GROUPS = (
    group("coaches", "ana.reyes", "ben.ode", "dan.orr"),
    group("all", "ana.reyes", "kit.lowe", "may.sand"),
    *(replace(group(one.title, "ana.reyes", "kit.lowe", "may.sand"), id=one.id, unified=True) for one in CLASSES),
)
COPIES = {
    one.id: tuple(
        letter(one, f"{one.given}{n}", at(17 + n), sender=by.address, to=KIT.address) for n in range(3)
    )
    for one, by in ((ANA, ANA), (BEN, BEN), (KIT, ANA))
}  # fmt: skip
TRACES: tuple[Trace, ...] = tuple(
    row(reader.address, mail=f"m{day}{n}", sender=by.address, at=at(day, 9 + n))
    for day in (18, 19)
    for n, by in enumerate((ANA, BEN, KIT))
    for reader in (MAY, DAN)
)
CHATS: tuple[Chat, ...] = (
    pair_chat(ANA.address, KIT.address, *(post(ANA.address, at(18, 9, n)) for n in range(3))),
    pair_chat(BEN.address, MAY.address, *(post(MAY.address, at(19, 9, n)) for n in range(3))),
    *(
        group_chat(name, (ANA.address, BEN.address, KIT.address), post(ANA.address, at(18, 10 + n)))
        for n, name in enumerate(("club", "choir", "crew"))
    ),
)


def _team(one: Class, hour: int) -> Team:
    def channel(name: str, minute: int, kind: str = "standard") -> Channel:
        seats = () if kind == "standard" else CHATS[0].seats
        said = tuple(post(ANA.address, at(18, hour, minute + n)) for n in range(3))
        return Channel(f"19:{name}-{one.title}@thread.tacv2", name, said, kind, seats, LONG_AGO)

    own = (channel("general", 0), channel("private", 10, "private"), channel("shared", 20, "shared"))
    return Team(one.id, one.title, own, LONG_AGO)


RECORDS: tuple[Record, ...] = tuple(
    sent(chat, one.author, one.at) for chat in CHATS for one in chat.posts
)
MERGE, TALK = app("Merge"), app("Talk", assigned=tuple((u.upn, at(5)) for u in (ANA, BEN, DAN)))
QUIZ = app("Quiz")
APPS = (MERGE, TALK, QUIZ)
GRANTS = (
    *(grant(one, MERGE, at=at(2 + n)) for n, one in enumerate((ANA, BEN, DAN))),
    grant(None, TALK, "ChatMessage.Send", at=LONG_AGO),
    grant(None, QUIZ, "User.Read", at=LONG_AGO),
)
SIGN_INS = tuple(SignIn(at(20, 9 + n), one.upn, QUIZ.id) for n, one in enumerate((ANA, BEN, DAN)))
WORLD: World = tenant(
    USERS, GROUPS, classes=CLASSES, schools=SCHOOLS, mailboxes=COPIES, traces=TRACES, chats=CHATS,
    teams=tuple(_team(one, 12 + n) for n, one in enumerate(CLASSES)), records=RECORDS,
    apps=APPS, grants=GRANTS, sign_ins=SIGN_INS,
    edition=replace(
        A5, hunts=ALWAYS, chats=ALWAYS, traces=ALWAYS, mailbox_questions=ALWAYS, audits=ALWAYS
    ),
)  # fmt: skip


@contextmanager
def serving() -> Iterator[PretendMicrosoft]:
    """Serve the tenant, and see that it was asked for nothing that Graph does not know."""
    with PretendMicrosoft(WORLD, now=NOW) as microsoft:
        microsoft.in_small_pages(LARGEST_PAGE)
        yield microsoft
        assert microsoft.mistakes == []


# ---- the sources -------------------------------------------------------------------------------


def _reading(made: Callable[..., Source], **settings: object) -> Any:
    """Return what makes a source of one kind, with these settings."""

    def source(microsoft: PretendMicrosoft, folder: Path, marks: Mapping[str, str]) -> Source:
        microsoft.quotas = Quotas()  # the trials before this one were long ago
        folder.mkdir(parents=True, exist_ok=True)
        pem = folder / "certificate.pem"
        if not pem.exists():
            microsoft.certificate_file(folder)
        told = {
            "tenant": microsoft.tenant, "client": microsoft.client, "certificate": str(pem),
            "endpoint": microsoft.base, **settings,
        }  # fmt: skip
        given = SourceContext("ms", "Microsoft", ZONE, RULES, str(folder), told, marks=marks)
        return made(given, clock=hurried(NOW), random=Random(7), limits=QUICKLY)

    return source


def _an_earlier_night(microsoft: PretendMicrosoft, folder: Path) -> Mapping[str, str]:
    week = timedelta(days=6)
    window = Window(WEEK.first - week, WEEK.last - week, until=NOW - week - timedelta(hours=3))
    microsoft.now = NOW - week
    try:
        pages = list(_EXCHANGE(microsoft, folder, {}).pull(window))
    finally:
        microsoft.now = NOW
    return {mark.unit: mark.value for page in pages for mark in page.marks if mark.value is not None}


_PLACES = [{"employee_type": "Staff"}, {"employee_type": "Student"}]
_ONE = {"threads": 1}
_EXCHANGE = _reading(ExchangeMail, mailboxes=_PLACES, settings=True, headers=True, **_ONE)
_ROLES = [
    {"education": "teacher", "role": "staff"},
    {"education": "student", "role": "student"},
    {"group": "coaches@marlow.example", "role": "coach", "school": "10"},
]
_SHARED = frozenset({"openid.configuration", "oauth.token", "users.list"})
_STREAMS = ["teams-audit", "message-events", "email-events"]
FEEDS = (
    Feed(
        "microsoft-directory", serving,
        _reading(MicrosoftDirectory, roster=True, education=True, guardians=True, roles=_ROLES, **_ONE),
        WEEK, unpaged=frozenset({"education.users.get"}),
    ),
    Feed("message-trace", serving, _reading(MessageTrace), TWO_DAYS, elsewhere=_SHARED),
    Feed(
        "exchange-mail", serving, _EXCHANGE, WEEK, elsewhere=_SHARED,
        unpaged=frozenset({"messageRules.list"}),
    ),
    Feed(
        "exchange-mail by delta", serving, _EXCHANGE, WEEK, _an_earlier_night,
        endpoints=frozenset({"messages.delta", "mailFolders.list"}),
    ),
    Feed(
        "microsoft-teams", serving,
        _reading(
            MicrosoftTeams, users=[{"employee_type": "Staff"}, {"group": "coaches@marlow.example"}],
            channels=True, **_ONE,
        ),
        TWO_DAYS, elsewhere=_SHARED,
    ),
    Feed(
        "microsoft-audit", serving, _reading(MicrosoftAudit, streams=_STREAMS, **_ONE), TWO_DAYS,
        elsewhere=_SHARED, unpaged=frozenset({"hunting.run"}),
    ),
    Feed(
        "microsoft-apps", serving,
        _reading(MicrosoftApps, users=[{"employee_type": "Staff"}], **_ONE), WEEK,
        elsewhere=_SHARED,
    ),
)  # fmt: skip


# ---- mistakes planted on purpose ---------------------------------------------------------------


def _swallowing(
    self: Graph, path: str, parameters: Mapping[str, str] | None = None, **named: Any
) -> Iterator[dict[str, Any]]:
    """Take what failed for the end of the list."""
    with suppress(SourceError):
        for answer in self.pages(path, parameters, **named):
            if isinstance(answer, Found):
                yield from listed(answer.document)


def _trusting(self: pagemarks._Reading) -> Iterator[Answer]:
    """Go on for as long as the server gives links."""
    mark: str | None = None
    while isinstance(answer := self._ask(mark), Found):
        yield answer
        mark = self._mark(answer)
        if mark is None:
            return


_ENTER = Gathered._enter


def _forgiving(self: Gathered, unit: Unit, export: Export) -> None:
    """Call everybody's chats read, whether they were or not."""
    export.failure = None
    _ENTER(self, unit, export)


_ROWS = Hunting.rows


def _believing(
    self: Hunting, table: str, columns: Sequence[str], span: Span
) -> Iterator[Rows]:
    """Take a table that cannot be asked for an empty one."""
    with suppress(SourceError):
        yield from _ROWS(self, table, columns, span)


def controls_of_microsoft(folder: Path) -> Iterator[Control]:
    """Yield mistakes in how Graph is asked, and trials that have to find them out."""

    def trials(name: str, endpoint: str, kind: str) -> Callable[[], Iterator[Trial]]:
        def one() -> Iterator[Trial]:
            (feed,) = (feed for feed in FEEDS if feed.name == name)
            with opened(feed, folder / "controls") as cloud:
                last = cloud.calls[endpoint]
                survive = cloud.surviving(endpoint, kind, last, ALWAYS, again=True)
                yield Trial("microsoft", kind, f"{name}: {endpoint}", survive)

        return one

    for what, owner, method, mistake, where in (
        (
            "a list that fails in the middle is over", Graph, "every", _swallowing,
            ("microsoft-directory", "education.classes.list", "403"),
        ),
        (
            "a page that repeats is read for ever", pagemarks._Reading, "pages", _trusting,
            ("microsoft-teams", "chats.getAllMessages", "page token repeats"),
        ),
        (
            "chats that are not given are no gap", Gathered, "_enter", _forgiving,
            ("microsoft-teams", "channels.getAllMessages", "404"),
        ),
        (
            "a table that cannot be asked is empty", Hunting, "rows", _believing,
            ("microsoft-audit", "hunting.run", "503"),
        ),
    ):  # fmt: skip
        yield Control(what, partial(mock.patch.object, owner, method, mistake), trials(*where))


MICROSOFT = CloudGroup("microsoft", FEEDS, controls_of_microsoft)
