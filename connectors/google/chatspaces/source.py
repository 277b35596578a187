"""The source ``google-chat``: who is in which named space, for the rules about spaces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from random import Random
from zoneinfo import ZoneInfo

from auditor.model import PersonRef
from auditor.records import SpaceMember, SystemSetting
from auditor.source import (
    CheckResult,
    Denied,
    FactKind,
    Note,
    Page,
    SourceContext,
    SourceError,
    Window,
)
from connectors.google.access import Access
from connectors.google.accounts import ACCOUNT_SCOPES, Accounts
from connectors.google.asking import Api, Google
from connectors.google.chatspaces.members import MEMBER_SCOPES, ChatMember, members_of
from connectors.google.chatspaces.settings import ChatSettings
from connectors.google.chatspaces.spaces import (
    NAMED_SPACES,
    SPACE_SCOPES,
    Space,
    maker,
    named_spaces,
)
from connectors.google.refusals import NotDelegated
from connectors.google.scopes import check_scopes
from connectors.pacing import Bucket
from connectors.paging import FillingPage
from connectors.pool import in_threads
from connectors.retrying import Clock, Limits

_PRIVILEGE = (
    "Give the administrator in the settings the privilege to manage Chat and spaces conversations"
)
_DIRECT = (
    "named spaces can be listed; direct messages and group conversations cannot, and show only "
    "in the chat log"
)
_OUTSIDE = "member of a space who is none of the district's accounts, left out"
_LISTS = "space with a mailing list in it, whose members Google does not show to an administrator"
_FEWER = "space of which fewer members were shown than Google counts"
_UNREAD = "space whose members Google does not show to the administrator"
_NO_HISTORY = "space of students and adults of which Google does not tell if its history is kept"
_GONE = "space that was deleted while it was read"

Found = tuple[ChatMember, ...] | Denied | None


class ChatSpaces:
    """The named spaces of one district, read as its administrator."""

    def __init__(
        self,
        context: SourceContext,
        *,
        clock: Clock,
        random: Random,
        limits: Limits | None = None,
    ) -> None:
        """Raise ValueError naming every mistake in the settings; connects to nothing."""
        mistakes: list[str] = []
        access = Access.of(context, mistakes)
        self._settings = ChatSettings.of(context.settings, mistakes)
        if mistakes:
            raise ValueError("; ".join(mistakes))
        self._context = context
        self._google = Google(
            access, where=context.title, clock=clock, random=random, limits=limits
        )
        self._cost = ((Bucket(self._settings.queries_per_minute, clock), 1),)

    @property
    def context(self) -> SourceContext:
        return self._context

    @property
    def provides(self) -> frozenset[FactKind]:
        more = (FactKind.SYSTEM_SETTINGS,) if self._settings.history else ()
        return frozenset((FactKind.SPACES, *more))

    def check(self) -> list[CheckResult]:
        """Say what is delegated, and whether spaces may be listed; reads nobody's data."""
        admin = self._google.access.admin
        scopes = (*SPACE_SCOPES, *MEMBER_SCOPES, *ACCOUNT_SCOPES)
        try:
            results = list(check_scopes(self._google, admin, scopes))
            if all(result.ok for result in results):
                results.append(self._answers())
        finally:
            self._google.close()
        return results

    def _answers(self) -> CheckResult:
        try:
            self._google.admin(SPACE_SCOPES).get(
                Api.CHAT,
                lambda service: service.spaces().search(
                    query=NAMED_SPACES,
                    useAdminAccess=True,
                    pageSize=1,
                    fields="spaces(name)",
                ),
            )
        except Denied as error:
            return CheckResult(False, error.what, _PRIVILEGE)
        except SourceError as error:
            return CheckResult(False, error.what, error.cure)
        return CheckResult(True, _DIRECT)

    def pull(self, window: Window) -> Iterator[Page]:  # noqa: ARG002  (the whole present state)
        """Yield every member of every named space; raises ``SourceError``."""
        try:
            accounts = Accounts.read(
                self._google.admin(ACCOUNT_SCOPES),
                self._google.access.customer,
                self._context.addresses,
            )
            spaces = named_spaces(
                self._google.admin(SPACE_SCOPES),
                names=self._settings.names,
                history=self._settings.history,
                cost=self._cost,
            )
            yield from self._members(spaces, accounts)
        finally:
            self._google.close()

    def _members(self, spaces: list[Space], accounts: Accounts) -> Iterator[Page]:
        asking = self._google.admin(MEMBER_SCOPES)
        page, said = FillingPage(), Counter[tuple[str, bool]]()
        denied: Denied | None = None
        read = 0

        def members(space: Space) -> Found:
            try:
                return members_of(asking, space.name, cost=self._cost)
            except NotDelegated:
                raise
            except Denied as error:
                return error

        for space, found in in_threads(spaces, members, threads=self._settings.threads):
            if isinstance(found, tuple):
                read += 1
                page.facts += self._facts(space, found, accounts, said)
                if self._settings.history:
                    page.facts += self._history(space, found, accounts, said)
                page.records += len(found)
            else:
                denied = found or denied
                said[_GONE if found is None else _UNREAD, True] += 1
            if page.full:
                yield page.done()
                page = FillingPage()
        if denied is not None and not read:
            raise Denied(denied.what, where=denied.where, cure=_PRIVILEGE)
        notes = (Note(self._context.title, *one) for one in _counted(said))
        page.notes += (*notes, *self._google.notes())
        yield page.done()

    def _facts(
        self,
        space: Space,
        members: tuple[ChatMember, ...],
        accounts: Accounts,
        said: Counter[tuple[str, bool]],
    ) -> Iterator[SpaceMember]:
        said[_LISTS, True] += space.groups > 0
        said[_FEWER, True] += space.people is not None and len(members) < space.people
        zone = ZoneInfo(self._context.timezone)
        made_by = accounts.address(maker(space, members))
        for member in members:
            address = accounts.address(member.user_id)
            if address is None:
                said[_OUTSIDE, False] += 1
                continue
            yield SpaceMember(
                space_id=space.id,
                tool=self._settings.tool,
                name=space.title or f"Space {space.id}",
                created_by=None if made_by is None else PersonRef(email=made_by.text),
                member=PersonRef(email=address.text),
                start=None if member.since is None else member.since.astimezone(zone).date(),
            )

    def _history(
        self,
        space: Space,
        members: tuple[ChatMember, ...],
        accounts: Accounts,
        said: Counter[tuple[str, bool]],
    ) -> Iterator[SystemSetting]:
        """Yield whether a space of students and adults keeps its history; of others nothing."""
        students = self._settings.students
        kinds = {accounts.is_below(member.user_id, students) for member in members}
        if not kinds >= {True, False}:
            return
        if space.history is None:
            said[_NO_HISTORY, True] += 1
            return
        system = f"Chat space {space.title} ({space.id})" if space.title else f"Space {space.id}"
        found = "on" if space.history else "off"
        today = self._google.clock.now().astimezone(ZoneInfo(self._context.timezone)).date()
        yield SystemSetting(system, "history", "on", found, today)


def _counted(said: Counter[tuple[str, bool]]) -> Iterator[tuple[str, int, bool]]:
    for (text, lost), count in sorted(said.items()):
        if count:
            yield text, count, lost
