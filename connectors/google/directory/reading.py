"""One reading of a directory, from its first account to its last group.

Accounts come first, for a group only makes sense with them: who on it still reads mail, and who
of them the settings give a role because of it. Groups are read several at once and told in their
own order, so that the same answers are the same facts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import date
from zoneinfo import ZoneInfo

from auditor.records import Fact
from auditor.source import Note, Page, SourceContext, SourceError, Transient
from connectors.google.activities import Log, Quota
from connectors.google.asking import Google
from connectors.google.directory.accounts import Accounts
from connectors.google.directory.groups import (
    Group,
    Listed,
    Unread,
    district_groups,
    read_group,
)
from connectors.google.directory.lists import Lists
from connectors.google.directory.membership import APPLICATION, KEPT, REACHES_BACK, MembershipLog
from connectors.google.directory.settings import DirectorySettings
from connectors.google.users import DistrictUser, district_users
from connectors.paging import PAGE_RECORDS, FillingPage
from connectors.pool import in_threads
from connectors.rolemap import Worn

OUT_OF_REACH = 10
"""So many groups in a row that fail in a way that may pass: Google itself is out of reach."""
DIRECTORY = (
    "admin.directory.user.readonly",
    "admin.directory.group.readonly",
    "admin.directory.group.member.readonly",
)
Answer = Listed | Unread


class Reading:
    """Everything that one pull asks and tells."""

    def __init__(
        self, context: SourceContext, settings: DirectorySettings, google: Google
    ) -> None:
        """Asks nothing yet."""
        self._context = context
        self._settings = settings
        self._google = google
        self._directory = google.admin(DIRECTORY)
        scopes = ("apps.groups.settings",)
        self._of_groups = google.admin(scopes) if settings.group_settings is not False else None
        self._zone = ZoneInfo(context.timezone)
        self._now = google.clock.now()
        self._log = MembershipLog(self._zone, self._now - REACHES_BACK)
        self._page = FillingPage()
        self._ahead: dict[str, Answer] = {}
        """Group id -> what a group answered that was asked before its turn."""

    def pages(self) -> Iterator[Page]:
        """Yield all pages; raises a ``SourceError`` where they cannot stand for everybody."""
        users = [*self._users(deleted=False), *self._users(deleted=True)]
        groups = sorted(
            district_groups(self._directory, self._google.access.customer),
            key=lambda group: (group.email, group.id),
        )
        self._page.records = len(users) + self._read_log()
        title = self._context.title
        accounts = Accounts(
            self._settings, self._context.addresses, self._zone, self._now, title
        )
        by_group = self._worn_by_group(users, groups)
        yield from self._full_pages(accounts.facts(users, by_group))
        lists = self._lists(users, accounts)
        yield from self._full_pages(self._of_lists(lists, groups))
        yield from self._full_pages(lists.everybody(users))
        self._page.notes += (*accounts.notes(), *lists.notes(), *self._google.notes())
        yield self._page.done()

    def _full_pages(self, facts: Iterable[Fact]) -> Iterator[Page]:
        for fact in facts:
            self._page.facts.append(fact)
            if len(self._page.facts) >= PAGE_RECORDS:
                yield self._page.done()
                self._page = FillingPage()

    def _users(self, *, deleted: bool) -> list[DistrictUser]:
        return list(
            district_users(
                self._directory,
                self._google.access.customer,
                link=self._settings.person_id,
                names=True,
                deleted=deleted,
            )
        )

    def _read_log(self) -> int:
        """Return the rows of the log of groups; without it members are dated by snapshots."""
        if not self._settings.group_log:
            return 0
        asking = self._google.admin(("admin.reports.audit.readonly",))
        log = Log(asking, APPLICATION, Quota.of(self._google.clock), keep=KEPT)
        try:
            return self._log.read(log, self._now, threads=self._settings.threads)
        except SourceError as error:
            text = f"Google's log of groups could not be read ({error.what}): members are dated by "
            self._note(f"{text}what each night shows, and who left is not told", lost=True)
            return 0

    def _note(self, text: str, *, lost: bool = False) -> None:
        self._page.notes.append(Note(self._context.title, text, lost=lost))

    # ---- roles by group --------------------------------------------------------------------

    def _worn_by_group(
        self, users: Iterable[DistrictUser], groups: Sequence[Group]
    ) -> Mapping[str, Sequence[Worn]]:
        """Return the roles that groups give, by account id; groups in groups are followed."""
        roles = self._settings.roles
        if not roles.groups:
            return {}
        by_address = {address: one for one in groups for address in (one.email, *one.aliases)}
        accounts = _whose(users)
        found: dict[str, dict[Worn, None]] = defaultdict(dict)
        for address in roles.groups:
            group = by_address.get(address)
            if group is None:
                self._note(f"{address} has a role in the settings and is no group of Google's")
                continue
            for member in self._everybody_on(group, by_address):
                account_id = accounts.get(member)
                if account_id is not None:
                    found[account_id].update(dict.fromkeys(roles.of_group(address)))
        return {account_id: tuple(worn) for account_id, worn in found.items()}

    def _everybody_on(self, group: Group, by_address: Mapping[str, Group]) -> Iterator[str]:
        waiting, seen = [group], {group.id}
        while waiting:
            answer = self._answer(waiting.pop())
            if isinstance(answer, Unread):
                # Taken as empty, it would end the role of everybody who has it by this group.
                raise answer.error
            for member in answer.members:
                inner = by_address.get(member.email or "")
                if inner is None and member.email is not None:
                    yield member.email
                elif inner is not None and inner.id not in seen:
                    seen.add(inner.id)
                    waiting.append(inner)

    def _answer(self, group: Group) -> Answer:
        if group.id not in self._ahead:
            self._ahead[group.id] = read_group(self._directory, self._of_groups, group)
        return self._ahead[group.id]

    # ---- lists -----------------------------------------------------------------------------

    def _lists(self, users: Iterable[DistrictUser], accounts: Accounts) -> Lists:
        ended: dict[str, date | None] = {}
        in_use = {name for user in users if user.active for name in (user.email, *user.aliases)}
        for user in users:
            if not user.active and user.email not in in_use:
                ended[user.email] = accounts.ended_on(user)
        return Lists(
            self._context.addresses,
            self._context.title,
            self._now.astimezone(self._zone).date(),
            self._log,
            self._settings.wanted,
            ended,
        )

    def _of_lists(self, lists: Lists, groups: Sequence[Group]) -> Iterator[Fact]:
        """Yield what all groups come to; raises what keeps all of them from being read."""

        def read(group: Group) -> Answer:
            if group.id in self._ahead:
                return self._ahead[group.id]
            return read_group(self._directory, self._of_groups, group)

        settings = _SettingsOfGroups()
        error: SourceError | None = None
        read_some, in_a_row = False, 0
        with closing(in_threads(groups, read, threads=self._settings.threads)) as answers:
            for done, (group, answer) in enumerate(answers, 1):
                self._context.progress(done, len(groups), "mailing lists")
                if isinstance(answer, Unread):
                    error = answer.error
                    in_a_row += isinstance(error, Transient)
                    if in_a_row >= OUT_OF_REACH:
                        raise error
                    yield from lists.unread(group)
                    continue
                in_a_row = 0
                read_some = True
                settings.take(answer)
                self._page.records += len(answer.members)
                yield from lists.facts(group, answer)
        if error is not None and not read_some:
            raise error
        settings.require_some()


def _whose(users: Iterable[DistrictUser]) -> Mapping[str, str]:
    """Return the account of each address today; one that was given on is its new account's."""
    found: dict[str, str] = {}
    for user in sorted(users, key=lambda one: not one.active):
        for address in (user.email, *user.aliases):
            found.setdefault(address, user.id)
    return found


class _SettingsOfGroups:
    """Sees to it that settings nobody may read do not look like settings that are in order."""

    def __init__(self) -> None:
        self._told = False
        self._error: SourceError | None = None

    def take(self, answer: Listed) -> None:
        self._told = self._told or bool(answer.settings)
        self._error = answer.settings_error or self._error

    def require_some(self) -> None:
        """Raise why no group's settings could be read, if none could."""
        if self._error is not None and not self._told:
            raise self._error
