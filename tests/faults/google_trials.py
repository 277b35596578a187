"""The sources of Google before one small district, in which each has all it asks for twice over.

``GOOGLE`` is what ``python -m tests.faults --only google`` runs; ``controls_of_google`` are
mistakes planted in how Google is asked, which the same trials must find out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
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
from benchmarks.pretend.google import ADMIN, PretendGoogle, World
from benchmarks.pretend.google.quotas import Quotas
from benchmarks.pretend.google.world import Grant, Space
from benchmarks.pretend.worlds import LONG_AGO, MailSettings, Seat
from connectors import pagemarks
from connectors.answers import Answer, Found
from connectors.google.apps import GoogleApps
from connectors.google.asking import Api, Asking, Cost, PageQuestion, listed
from connectors.google.chatspaces import ChatSpaces
from connectors.google.classroom import Classroom
from connectors.google.directory import GoogleDirectory
from connectors.google.gmail import Gmail
from connectors.google.gmail.reading import MailboxReader
from connectors.google.gmaillog import GmailLogStore
from connectors.google.logs import GoogleLogs
from tests.connectors.google.classroom_world import course, post
from tests.connectors.google.directory_world import account, mailing_list, workspace
from tests.connectors.google.gmail_world import letter
from tests.connectors.google.logs_world import ZONE, chat_row, mail_row, row
from tests.connectors.hurrying import QUICKLY, hurried
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
_AUTH = "https://www.googleapis.com/auth/"


def at(day: int, hour: int = 12) -> datetime:
    """Return an hour of a day of November, by the district's clock."""
    return datetime(2026, 11, day, hour + 5, tzinfo=UTC)


# ---- the district ------------------------------------------------------------------------------

_ALONE = MailSettings(send_as=(("coach@home.example", LONG_AGO, None),))
ANA = account(
    "ana.reyes", aliases=("coach@marlow.example",), settings=_ALONE,
    grants=tuple(
        Grant(f"{name}.apps", name.title(), (f"{_AUTH}{scope}",), at(3))
        for name, scope in (("merge", "gmail.send"), ("talk", "chat.messages"))
    ),
)  # fmt: skip
BEN = account(
    "ben.ode", grants=(Grant("book.apps", "Book", (f"{_AUTH}contacts",), LONG_AGO),),
    settings=MailSettings(delegates=(("ana.reyes@marlow.example", LONG_AGO, None),)),
)  # fmt: skip
KIT, MAY = account("kit.lowe", "/Students/10"), account("may.sand", "/Students/11")
GONE = account("lee.gone", deleted_at=at(10))
OUTSIDE = "someone@elsewhere.example"
USERS = (ANA, BEN, KIT, MAY, GONE)
GROUPS = (
    mailing_list("coaches", "ana.reyes", "ben.ode", OUTSIDE),
    mailing_list("all", "coaches", "kit.lowe", "may.sand"),
    mailing_list("team", "ana.reyes", "kit.lowe"),
)
DIRECT = {"conversation_type": "USER_TO_USER_DIRECT_MESSAGE"}


def _grant(name: str, event: str, hour: int, scope: str) -> Any:
    told = {"app_name": name, "client_id": f"{name.casefold()}.apps", "scope": [f"{_AUTH}{scope}"]}
    return row("token", event, ANA.email, at(3, hour), **told)


def _member(day: int, event: str, group: str, member: str) -> Any:
    told = {"group_id": f"{group}@marlow.example", "member_id": f"{member}@marlow.example"}
    return row("groups_enterprise", event, ANA.email, at(day), **told)


ROWS = (
    mail_row(1, ANA.email, ANA.email, [KIT.email], at=at(18)),
    mail_row(2, KIT.email, ANA.email, [KIT.email], at=at(18, 13)),
    mail_row(1, BEN.email, BEN.email, [MAY.email], at=at(18, 14), message_id="<m2@x.example>"),
    mail_row(2, MAY.email, OUTSIDE, [MAY.email], at=at(18, 15), message_id="<m3@x.example>"),
    *(
        mail_row(1, ANA.email, ANA.email, [MAY.email], at=at(19, 9 + n), message_id=f"<n{n}@x.example>")
        for n in range(3)
    ),
    chat_row("direct_message_started", ANA.email, "D1", at(18), target_users=[KIT.email], **DIRECT),
    *(chat_row("message_posted", ANA.email, "D1", at(18, 13 + n), **DIRECT) for n in range(3)),
    *(
        chat_row("message_posted", BEN.email, room, at(18, hour))
        for room, hour in (("AAA", 16), ("AAB", 17), ("AAC", 18))
    ),
    *(
        row("classroom", "commented_submission_private", ANA.email, at(18, 12 + n),
            course_id="701", impacted_users=[KIT.email])
        for n in range(3)
    ),
    *(
        row("meet", "call_ended", one.email, at(18, hour), conference_id="c",
            identifier=one.email, is_external=False)
        for one, hour in ((ANA, 13), (KIT, 14), (MAY, 16))
    ),
    _grant("Merge", "authorize", 12, "gmail.send"),
    _grant("Quiz", "authorize", 13, "userinfo.email"),
    _grant("Quiz", "revoke", 14, "userinfo.email"),
    _grant("Talk", "authorize", 15, "chat.messages"),
    _member(4, "add_member", "all", "kit.lowe"),
    _member(5, "add_member", "team", "may.sand"),
    _member(6, "remove_member", "team", "may.sand"),
)  # fmt: skip
COPIES = {
    one.id: tuple(
        letter(one, f"{one.given}{n}", at(17 + n), to=KIT.email, sender=by.email) for n in range(3)
    )
    for one, by in ((ANA, ANA), (BEN, BEN), (KIT, ANA))
}
CHOSEN = tuple(post(f"p{n}", KIT.email, at=at(18, 10 + n), author=ANA.email) for n in range(3))
COURSES = tuple(
    course(str(number), announcements=CHOSEN, work=CHOSEN[:1], owner=ANA.email, teachers=(ANA.email, BEN.email),
           students=(KIT.email, MAY.email))
    for number in (701, 702, 703)
)
SPACES = tuple(
    Space(
        f"spaces/{name}", "SPACE", "zephyrquill",
        tuple(Seat(one.email, since=LONG_AGO) for one in (ANA, BEN, KIT)), LONG_AGO, ANA.email,
    )
    for name in ("AAA", "AAB", "AAC")
)  # fmt: skip
WORLD: World = replace(
    workspace(USERS, GROUPS), rows=ROWS, mailboxes=COPIES, courses=COURSES, spaces=SPACES,
    guardians=tuple((one.id, "Kim Lowe", f"kim{n}@home.example") for n, one in enumerate((KIT, MAY, MAY))),
)  # fmt: skip


@contextmanager
def serving() -> Iterator[PretendGoogle]:
    """Serve the district, and see that it was asked for nothing that Google does not know."""
    with PretendGoogle(WORLD, now=NOW) as google:
        google.in_small_pages(LARGEST_PAGE)
        yield google
        assert google.mistakes == []


# ---- the sources -------------------------------------------------------------------------------


def _reading(made: Callable[..., Source], **settings: object) -> Any:
    """Return what makes a source of one kind, with these settings."""

    def source(google: PretendGoogle, folder: Path, marks: Mapping[str, str]) -> Source:
        google.quotas = Quotas()  # the trials before this one were long ago
        key = folder / "key.json"
        common = {"key": str(key if key.exists() else google.key_file(folder)), "endpoint": google.base}
        asking_as = {} if made is GmailLogStore else {"admin": ADMIN}
        told = {**common, **asking_as, **settings, **({} if made is GmailLogStore else {"threads": 1})}
        given = SourceContext("google", "Google", ZONE, RULES, str(folder), told, marks=marks)
        return made(given, clock=hurried(NOW), random=Random(7), limits=QUICKLY)

    return source


def _an_earlier_night(google: PretendGoogle, folder: Path) -> Mapping[str, str]:
    week = timedelta(days=6)
    window = Window(WEEK.first - week, WEEK.last - week, until=NOW - week - timedelta(hours=3))
    google.now = NOW - week
    try:
        pages = list(_GMAIL(google, folder, {}).pull(window))
    finally:
        google.now = NOW
    return {mark.unit: mark.value for page in pages for mark in page.marks if mark.value is not None}


_MAILBOXES = ["/Staff", "/Students"]
_GMAIL = _reading(Gmail, mailboxes=_MAILBOXES, settings=True)
_ROLES = [
    {"ou": "/Staff", "role": "staff", "school": "10"},
    {"ou": "/Students", "role": "student", "school": "10"},
    {"group": "coaches@marlow.example", "role": "coach", "school": "10"},
]
_SETTINGS = {"allowExternalMembers": "false"}
_STREAMS = ["gmail", "chat", "classroom", "meet", "token", "groups_enterprise"]
_SHARED = frozenset({"oauth.token", "directory.users.list"})
_GET = "gmail.users.messages.get"
_UNPAGED = frozenset(
    {
        "directory.tokens.list", "gmail.users.settings.sendAs.list",
        "gmail.users.settings.delegates.list", _GET,
    }
)  # fmt: skip
_REPORTS = "reports.activities.list"
_COURSES = "classroom.courses"
FEEDS = (
    Feed(
        "google-directory", serving,
        _reading(GoogleDirectory, roster=True, roles=_ROLES, group_settings=_SETTINGS), WEEK,
    ),
    Feed(
        "gmail", serving, _GMAIL, WEEK, elsewhere=_SHARED,
        unpaged=_UNPAGED,
    ),
    Feed(
        "gmail by history", serving, _GMAIL, WEEK, _an_earlier_night,
        endpoints=frozenset({"gmail.users.history.list", _GET}), unpaged=_UNPAGED,
    ),
    Feed(
        "gmail by log", serving,
        _reading(Gmail, mailboxes=_MAILBOXES, first_tier="log", students=["/Students"]), TWO_DAYS,
        endpoints=frozenset({_REPORTS, _GET}), unpaged=_UNPAGED,
    ),
    Feed(
        "google-logs", serving,
        _reading(GoogleLogs, streams=_STREAMS, chat_members=True), TWO_DAYS,
        elsewhere=_SHARED,
    ),
    Feed(
        "gmail-log", serving,
        _reading(GmailLogStore, project="marlow-audit", dataset="workspace_logs"), TWO_DAYS,
        elsewhere=_SHARED,
    ),
    Feed(
        "google-classroom", serving, _reading(Classroom, kind="rosters", guardians=True), WEEK,
        elsewhere=_SHARED,
    ),
    Feed(
        "google-classroom posts", serving, _reading(Classroom, kind="posts"), WEEK,
        endpoints=frozenset(
            f"{_COURSES}.{one}list" for one in ("", "announcements.", "courseWork.", "teachers.")
        ),
    ),
    Feed(
        "google-chat", serving, _reading(ChatSpaces, history=True, students=["/Students"]), WEEK,
        elsewhere=_SHARED,
    ),
    Feed(
        "google-apps", serving, _reading(GoogleApps, staff=["/Staff"], tokens=True), WEEK,
        elsewhere=_SHARED,
        unpaged=_UNPAGED,
    ),
)  # fmt: skip


# ---- mistakes planted on purpose ---------------------------------------------------------------


def _swallowing(
    self: Asking, api: Api, question: PageQuestion, *, items: str, cost: Cost = ()
) -> Iterator[dict[str, Any]]:
    """Take what failed for the end of the list."""
    with suppress(SourceError):
        for answer in self.pages(api, question, items=items, cost=cost):
            if isinstance(answer, Found):
                yield from listed(answer.document, items)


def _trusting(self: pagemarks._Reading) -> Iterator[Answer]:
    """Go on for as long as the server gives marks."""
    mark: str | None = None
    while isinstance(answer := self._ask(mark), Found):
        yield answer
        mark = self._mark(answer)
        if mark is None:
            return


def _hurried(self: MailboxReader) -> None:
    """Call every day read of which a message was not given."""
    self._result.lost_days = frozenset()


def controls_of_google(folder: Path) -> Iterator[Control]:
    """Yield mistakes in how Google is asked, and trials that have to find them out."""

    def trials(name: str, endpoint: str, kind: str) -> Callable[[], Iterator[Trial]]:
        def one() -> Iterator[Trial]:
            (feed,) = (feed for feed in FEEDS if feed.name == name)
            with opened(feed, folder / "controls") as cloud:
                last = cloud.calls[endpoint]
                survive = cloud.surviving(endpoint, kind, last, ALWAYS, again=True)
                yield Trial("google", kind, f"{name}: {endpoint}", survive)

        return one

    for what, owner, method, mistake, where in (
        (
            "a list that fails in the middle is over", Asking, "records", _swallowing,
            ("google-classroom", f"{_COURSES}.list", "403"),
        ),
        (
            "a page that repeats is read for ever", pagemarks._Reading, "pages", _trusting,
            ("google-chat", "chat.spaces.members.list", "page token repeats"),
        ),
        (
            "a message that is not given is no gap", MailboxReader, "_tell", _hurried,
            ("gmail", _GET, "404"),
        ),
    ):  # fmt: skip
        yield Control(what, partial(mock.patch.object, owner, method, mistake), trials(*where))


GOOGLE = CloudGroup("google", FEEDS, controls_of_google)
