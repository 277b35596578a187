"""One reading of a directory, from its first account to its last family.

It is read whole every night, and not as changes since the night before. A roster is its whole
present state, so changes would have to be laid over a copy of everybody kept here: a second
directory that can go wrong unseen, where a missed change would keep a role alive for good. To read
it whole costs little: a page for every thousand accounts, and a question for every group. Who is
no longer there is found by holding each night against the one before.

Accounts come first, for a group only makes sense with them. Groups are read several at once and
told in their own order, so that the same answers are the same facts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from zoneinfo import ZoneInfo

from auditor.records import Fact
from auditor.source import Note, Page, SourceContext, SourceError, Transient
from connectors.microsoft.asking import Graph
from connectors.microsoft.directory.accounts import Accounts, Known
from connectors.microsoft.directory.education import (
    EducationSchool,
    Pupil,
    at_school,
    classes,
    pupils,
    schools,
)
from connectors.microsoft.directory.groups import Answer, Group, Unread, read_group, tenant_groups
from connectors.microsoft.directory.lists import Lists
from connectors.microsoft.directory.rosters import Rosters
from connectors.microsoft.directory.settings import DirectorySettings
from connectors.microsoft.permissions import HIDDEN_MEMBERS
from connectors.microsoft.users import TenantUser, tenant_users
from connectors.paging import PAGE_RECORDS, FillingPage
from connectors.pool import in_threads
from connectors.rolemap import Worn

OUT_OF_REACH = 10
"""So many groups in a row that fail in a way that may pass: Microsoft itself is out of reach."""


class Reading:
    """Everything that one pull asks and tells."""

    def __init__(self, context: SourceContext, settings: DirectorySettings, graph: Graph) -> None:
        """Asks nothing yet."""
        self._context = context
        self._settings = settings
        self._graph = graph
        self._page = FillingPage()
        self._sees_hidden = False
        self._schools: list[EducationSchool] = []
        self._ahead: dict[str, Answer] = {}
        """Group id -> what a group answered that was asked before its turn."""

    def pages(self) -> Iterator[Page]:
        """Yield all pages; raises a ``SourceError`` where they cannot stand for everybody."""
        self._sees_hidden = HIDDEN_MEMBERS in self._graph.identity.permissions()
        users = [*self._users(deleted=False), *self._users(deleted=True)]
        groups = {one.id: one for one in tenant_groups(self._graph)}
        known = self._known(groups)
        self._page.records = len(users)
        accounts = Accounts(
            self._settings,
            self._context.addresses,
            ZoneInfo(self._context.timezone),
            self._graph.clock.now(),
            self._context.title,
        )
        yield from self._full_pages(accounts.facts(users, known))
        lists = self._lists(users, groups, accounts)
        yield from self._full_pages(self._of_lists(lists))
        rosters = self._rosters(accounts)
        yield from self._full_pages(self._of_education(rosters, known))
        self._page.records += rosters.records
        self._page.notes += (
            *accounts.notes(),
            *lists.notes(),
            *rosters.notes(self._context.title),
            *self._graph.notes(),
        )
        yield self._page.done()

    def _full_pages(self, facts: Iterable[Fact]) -> Iterator[Page]:
        for fact in facts:
            self._page.facts.append(fact)
            if len(self._page.facts) >= PAGE_RECORDS:
                yield self._page.done()
                self._page = FillingPage()

    def _users(self, *, deleted: bool) -> list[TenantUser]:
        found = tenant_users(
            self._graph,
            link=self._settings.link,
            names=True,
            also=self._settings.roles.fields,
            deleted=deleted,
        )
        return sorted(found, key=lambda user: (user.user_principal_name, user.id))

    # ---- what is known beside the profiles -------------------------------------------------

    def _known(self, groups: Mapping[str, Group]) -> Known:
        reads = self._settings.reads_education
        found: Mapping[str, Pupil] = pupils(self._graph) if reads else {}
        if reads and not any(pupil.role for pupil in found.values()):
            text = "the education roster makes nobody a student or teacher"
            self._page.notes.append(Note(self._context.title, text, lost=True))
        at: dict[str, list[str]] = defaultdict(list)
        if self._settings.education:
            self._schools = schools(self._graph)
        for school in self._schools:
            for id_ in at_school(self._graph, school, "users"):
                at[id_].append(school.school_id)
        managed, listed = self._worn_by_group(groups)
        return Known(found, {id_: tuple(several) for id_, several in at.items()}, managed, listed)

    def _worn_by_group(
        self, groups: Mapping[str, Group]
    ) -> tuple[Mapping[str, Sequence[Worn]], Mapping[str, Sequence[Worn]]]:
        """Return roles by account id: of groups only administrators fill, and of all others."""
        roles = self._settings.roles
        by_name = {name: one for one in groups.values() for name in (one.id, *one.addresses)}
        managed: dict[str, dict[Worn, None]] = defaultdict(dict)
        listed: dict[str, dict[Worn, None]] = defaultdict(dict)
        for name in roles.groups:
            group = by_name.get(name)
            if group is None:
                text = f"{name} has a role in the settings and is no group of Microsoft's"
                self._page.notes.append(Note(self._context.title, text))
                continue
            for id_, by_rule in self._everybody_in(group, groups):
                found = managed if by_rule else listed
                found[id_].update(dict.fromkeys(roles.of_group(name)))
        return _as_tuples(managed), _as_tuples(listed)

    def _everybody_in(
        self, group: Group, groups: Mapping[str, Group]
    ) -> Iterator[tuple[str, bool]]:
        """Yield account ids, and whether only managed groups lead to each; inner ones count."""
        waiting, seen = [(group, group.managed)], {group.id}
        while waiting:
            one, managed = waiting.pop()
            answer = self._answer(one)
            if isinstance(answer, Unread):
                # Taken as empty, it would end the role of everybody who has it by this group.
                raise answer.error
            for member in answer:
                inner = groups.get(member.id)
                if inner is None:
                    yield member.id, managed
                elif inner.id not in seen:
                    seen.add(inner.id)
                    waiting.append((inner, managed and inner.managed))

    def _answer(self, group: Group) -> Answer:
        if group.id not in self._ahead:
            self._ahead[group.id] = self._read(group)
        return self._ahead[group.id]

    def _read(self, group: Group) -> Answer:
        return read_group(self._graph, group, sees_hidden=self._sees_hidden)

    # ---- lists -----------------------------------------------------------------------------

    def _lists(
        self, users: Iterable[TenantUser], groups: Mapping[str, Group], accounts: Accounts
    ) -> Lists:
        unused = {id_ for id_, one in accounts.by_id.items() if not one.in_use}
        return Lists(
            self._context.addresses,
            self._context.title,
            groups,
            {user.id.lower(): user.email for user in users},
            unused,
        )

    def _of_lists(self, lists: Lists) -> Iterator[Fact]:
        """Yield what all groups that get mail come to, and the groups inside them."""
        read: dict[str, Answer] = {}
        wave = [one for one in lists.groups.values() if one.addresses]
        while wave:
            inner: set[str] = set()
            for group, answer in self._answers(sorted(wave, key=lambda one: (one.name, one.id))):
                read[group.id] = answer
                if isinstance(answer, Unread):
                    yield from lists.unread(group)
                else:
                    self._page.records += len(answer)
                    yield from lists.facts(group, answer)
                    inner |= {member.id for member in answer if member.id in lists.groups}
            wave = [lists.groups[id_] for id_ in inner if id_ not in read]
        errors = [answer.error for answer in read.values() if isinstance(answer, Unread)]
        if errors and len(errors) == len(read):
            raise errors[-1]

    def _answers(self, groups: Sequence[Group]) -> Iterator[tuple[Group, Answer]]:
        """Yield what groups answered, in their order; raises what keeps all from being read."""

        def read(group: Group) -> Answer:
            return self._ahead[group.id] if group.id in self._ahead else self._read(group)

        in_a_row = 0
        with closing(in_threads(groups, read, threads=self._settings.threads)) as answers:
            for done, (group, answer) in enumerate(answers, 1):
                self._context.progress(done, len(groups), "groups")
                error: SourceError | None = answer.error if isinstance(answer, Unread) else None
                in_a_row = in_a_row + isinstance(error, Transient) if error else 0
                if error is not None and in_a_row >= OUT_OF_REACH:
                    raise error
                yield group, answer

    # ---- education -------------------------------------------------------------------------

    def _rosters(self, accounts: Accounts) -> Rosters:
        return Rosters(
            self._graph,
            self._context.addresses,
            accounts.by_id,
            accounts.ref,
            self._settings.threads,
            self._context.progress,
        )

    def _of_education(self, rosters: Rosters, known: Known) -> Iterator[Fact]:
        if self._settings.education:
            if self._settings.roster:  # else the student information system's own names stand
                yield from rosters.schools(self._schools)
            school_of = {
                id_: school.school_id
                for school in self._schools
                for id_ in at_school(self._graph, school, "classes")
            }
            yield from rosters.classes(classes(self._graph), school_of)
        if self._settings.guardians:
            in_use = (id_ for id_, one in rosters.accounts.items() if one.in_use)
            students = [
                id_ for id_ in in_use if id_ in known.pupils and known.pupils[id_].role == "student"
            ]
            yield from rosters.families(students)


def _as_tuples(found: Mapping[str, Mapping[Worn, None]]) -> Mapping[str, Sequence[Worn]]:
    return {id_: tuple(roles) for id_, roles in found.items()}
