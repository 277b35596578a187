"""Records made ready for the rules: one relation each, and what every thing in them is called.

The directory remembers records as they were filed; what they mean depends on the policy (who may
approve a tool, when a school year begins) and on who works here. That is worked out here, once a
night, so that rules only compare keys and days.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Any

import pyarrow as pa

from auditor import relations
from auditor.directory import Interval, Register, State, day_of
from auditor.filed import Filed, day_in, plain_tool, word
from auditor.handbook import handbook_rows
from auditor.keys import Keyring
from auditor.model import Ground, HatRole
from auditor.offices import Holding, Offices
from auditor.policy import Pack
from auditor.records import AppUse, ToolStatus
from auditor.relations import LAST_DAY
from auditor.result import ThingShown


@dataclass(frozen=True, slots=True)
class UnreadDay:
    """A day of a source that was planned and not read in full."""

    source: str
    day: int


@dataclass(frozen=True, slots=True)
class DigestGiven:
    """Days whose coach messages were listed in a page for the athletic director, all teams."""

    first: int
    last: int
    made_on: int


@dataclass(slots=True)
class Book:
    """The relations, and what keys in them are called."""

    tables: dict[str, pa.Table] = field(default_factory=dict)
    things: dict[int, ThingShown] = field(default_factory=dict)
    labels: dict[int, str] = field(default_factory=dict)
    """Key of a record -> the id its own table gives it."""
    unfounded: list[str] = field(default_factory=list)
    """Ids of tools on record as approved, where the record does not say by whom."""
    answerable: dict[int, frozenset[int]] = field(default_factory=dict)
    """Key of a thing -> the people who answer for it: an account's owners."""
    grounds: dict[int, Ground] = field(default_factory=dict)
    """Key of an approval as a thing -> its ground."""

    def put(self, name: str, rows: Iterable[Sequence[Any]]) -> None:
        self.tables[name] = relations.table(name, rows)

    def note_unread(self, keyring: Keyring, unread: Iterable[UnreadDay]) -> None:
        """Take in which days were planned and not read; known only once everything was pulled."""
        rows = []
        for one in unread:
            key = keyring.key("unread-day", f"{one.source}\0{one.day}")
            self.labels[key] = day_of(one.day).isoformat()
            rows.append((key, keyring.key("source", one.source), one.day))
        self.put("unread_day", rows)


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes the relations from one state of the directory under one policy."""

    pack: Pack
    state: State
    register: Register
    offices: Offices
    keyring: Keyring
    zone: tzinfo
    filed: Sequence[Filed]

    def book(self, sources: Mapping[str, str], digests: Iterable[DigestGiven]) -> Book:
        """Return every relation of ``relations.RECORDS`` that the directory can fill.

        ``sources`` gives the title of each source by its name.
        """
        book = Book()
        for name, title in sources.items():
            book.things[self.keyring.key("source", name)] = ThingShown("source", name, title)
        book.put("adult_hat", [(hat.value,) for hat in self.pack.adult_hats])
        bcc = int(self.pack.word("bcc_counts", "count") == "count")
        comments = int(self.pack.word("lms_comments", "not counted") == "counted")
        book.put("counting", [(bcc, comments)])
        self._tools(book)
        self._disclosures(book)
        self._accounts(book)
        self._spaces(book)
        self._settings(book)
        self._apps(book)
        self._digests(book, digests)
        self._limits(book)
        self._approvals(book)
        duties, done = handbook_rows(
            self.register, self._rows("acknowledgement"), self.pack, self.keyring, book.things
        )
        book.put("handbook_duty", duties)
        book.put("handbook_done", done)
        book.put(
            "office",
            [(h.person, h.office, h.school, *_days(h.days)) for h in self.offices.holdings],
        )
        return book

    def _rows(self, kind: str) -> list[tuple[Any, ...]]:
        return list(self.state.latest.get(kind, {}).values())

    def _record(self, book: Book, kind: str, id_: str) -> int:
        key = self.keyring.key(kind, id_)
        book.labels[key] = id_
        return key

    # ---- tools -----------------------------------------------------------------------------

    def _tools(self, book: Book) -> None:
        rows = []
        told: dict[int, int] = {}
        for row in self._rows("tool"):
            id_, name, kind, _, status, by, role, at, until, noticed = row[:10]
            thing = self.keyring.key("tool", id_.casefold())
            book.things[thing] = ThingShown("tool", id_, name)
            from_day = relations.FIRST_DAY if at is None else day_in(at, self.zone)
            allowed = self._may_approve(by, role, at)
            if status == ToolStatus.APPROVED and allowed != 0 and None in (by, word(role)):
                book.unfounded.append(id_)
            last = LAST_DAY if until is None else until
            if status == ToolStatus.RETIRED and until is not None:
                # until it was retired it was approved, and stays so for messages of those days
                rows.append((thing, kind, "approved", allowed, noticed, from_day, last))
                rows.append((thing, kind, status, allowed, noticed, last, LAST_DAY))
            else:
                rows.append((thing, kind, status, allowed, noticed, from_day, last))
            if noticed is not None:
                told[thing] = noticed
        known = {row[0] for row in rows}
        for entry in self.pack.catalogue.values():
            thing = self.keyring.key("tool", entry.id.casefold())
            book.things.setdefault(thing, ThingShown("tool", entry.id, entry.name))
            if thing not in known:
                span = (relations.FIRST_DAY, LAST_DAY)
                rows.append((thing, entry.kind, entry.status, None, None, *span))
        book.put("tool", rows)

    def _may_approve(self, by: int | None, role: str | None, at: int | None) -> int | None:
        """Say whether whoever approved a tool may; None where the record does not say who."""
        rules = self.pack.grounds.get(Ground.TOOL)
        office = word(role)
        if rules is None:
            return None
        if office is not None and office not in rules.granted_by:
            return 0
        if by is None:
            return None
        day = self.register.newest_day if at is None else day_in(at, self.zone)
        if not self.register.holds(by, HatRole.STAFF, day):
            return 0
        held = None if office is None else self.offices.holds(by, office, (), day)
        return None if held is None else int(held)

    # ---- people's records ------------------------------------------------------------------

    def _disclosures(self, book: Book) -> None:
        rows = []
        rules = self.pack.grounds.get(Ground.CRISIS)
        for row in self._rows("disclosure"):
            id_, adult, student, _, first_us, last, reported, told, role = row[:9]
            first = day_in(first_us, self.zone)
            # One that was never reported has no end anybody knows of: it is still going on.
            told_on = None if reported is None else day_in(reported, self.zone) + 1
            until = told_on if last is None else last
            right = None
            office = word(role)
            if rules is not None and office is not None and reported is not None:
                right = int(office in rules.granted_by)
                if right and told is not None:
                    day = day_in(reported, self.zone)
                    schools = self.register.schools_of(adult, day)
                    right = int(self.offices.holds(told, office, schools, day) is not False)
            key = self._record(book, "disclosure", id_)
            rows.append((key, adult, student, first_us, first, until, reported, right))
        book.put("disclosure", rows)
        reports = []
        for id_, adult, student, _, first_us, reported, _, _ in self._rows("self_report"):
            key = self._record(book, "self-report", id_)
            reports.append((key, adult, student, first_us, reported))
        book.put("self_report", reports)

    def _accounts(self, book: Book) -> None:
        rows = []
        for row in self._rows("account"):
            id_, platform, handle, group, run_by, owner, second, asked, decided = row[:9]
            decision, by, role, renew, school = row[9:14]
            thing = self.keyring.key("account", id_)
            name = f"{handle} on {platform}" + (f" ({group})" if group else "")
            book.things[thing] = ThingShown("account", id_, name, school)
            book.labels[thing] = id_
            owners = (one for one in (owner, second) if one is not None)
            book.answerable[thing] = frozenset(owners)
            allowed = None
            if word(role) is not None and decision == "approved":
                on = self.register.newest_day if decided is None else decided
                schools = () if school is None else (school,)
                held = None if by is None else self.offices.holds(by, word(role) or "", schools, on)
                allowed = 0 if held is False else None
            values = (thing, owner, second, run_by, decision, allowed, asked, decided, renew)
            rows.append(values)
        book.put("account", rows)

    def _spaces(self, book: Book) -> None:
        makers: dict[int, int | None] = {}
        members = []
        for row in self._rows("space"):
            _, id_, tool, name, maker, member, first, until = row[:8]
            thing = self.keyring.key("space", id_)
            where = f"{name} ({tool})" if tool else name
            book.things[thing] = ThingShown("space", id_, where)
            book.labels[thing] = id_
            makers[thing] = maker
            members.append((thing, member, first, until))
        book.put("space", [(t, m) for t, m in makers.items() if m is not None])
        book.put("space_member", members)

    def _settings(self, book: Book) -> None:
        rows = []
        for id_, person, setting, _, inside, first, until, _ in self._rows("mailbox_setting"):
            key = self.keyring.key("mailbox-setting", id_)
            book.labels[key] = setting.replace("_", " ")
            rows.append((key, person, setting, inside, first, until))
        book.put("mailbox_setting", rows)
        systems = []
        for id_, system, setting, expected, found, seen, _ in self._rows("system_setting"):
            thing = self.keyring.key("system-setting", f"{system}\0{setting}")
            book.things[thing] = ThingShown("setting", f"{system}: {setting}", setting)
            key = self.keyring.key("system-setting-seen", id_)
            book.labels[key] = f"{setting} = {found or 'not told'}, expected {expected}"
            same = expected.strip().casefold() == found.strip().casefold()
            matches = int(same) if found.strip() else None
            systems.append((key, thing, matches, seen))
        book.put("system_setting", systems)

    def _apps(self, book: Book) -> None:
        """File each app as the tool of the catalogue that has its number or name."""
        rows = []
        known = known_tools(self.state, self.pack)
        tool_id = tool_ids(self.state, self.pack)
        reaching = (AppUse.MAIL, AppUse.CONTACTS, AppUse.CHAT, AppUse.MESSAGES)
        grants = sorted(self._rows("app_grant"), key=lambda row: str(row[0]))
        for id_, person, app, name, told, first, until, _ in grants:
            number = plain_tool(app)
            thing = self.keyring.key("tool", number if number in known else tool_id(name))
            book.things.setdefault(thing, ThingShown("tool", name, name))
            key = self.keyring.key("app-grant", id_)
            book.labels[key] = app
            uses = told.split(";")
            may = (int(use.value in uses) for use in reaching)
            rows.append((key, person, thing, *may, first, until))
        book.put("app_grant", rows)

    def _digests(self, book: Book, given: Iterable[DigestGiven]) -> None:
        rows = []
        teams = self.register.team_keys
        for _, team, first, until, delivered, *_ in self._rows("digest"):
            rows += [(t, first, until - 1, delivered) for t in (teams if team is None else [team])]
        rows += [(t, one.first, one.last, one.made_on) for one in given for t in teams]
        book.put("digest", rows)

    def _limits(self, book: Book) -> None:
        limits = []
        for id_, kind, adult, student, _, _, first, until, _ in self._rows("contact_limit"):
            key = self._record(book, "contact-limit", id_)
            limits.append((key, kind, adult, student, first, until))
        book.put("contact_limit", limits)
        consents = []
        for id_, student, _, granted, until, _, _ in self._rows("consent"):
            key = self._record(book, "consent", id_)
            consents.append((key, student, granted, LAST_DAY if until is None else until))
        book.put("consent", consents)

    def _approvals(self, book: Book) -> None:
        rows = []
        for filed in self.filed:
            rules = self.pack.grounds.get(filed.ground)
            name = filed.ground.value if rules is None else rules.name
            book.things[filed.key] = ThingShown("approval", filed.id, f"{filed.id} ({name})")
            book.labels[filed.key] = filed.id
            book.grounds[filed.key] = filed.ground
            granted = None if filed.granted_us is None else day_in(filed.granted_us, self.zone)
            span = (
                relations.FIRST_DAY if filed.starts is None else filed.starts,
                LAST_DAY if filed.until is None else filed.until,
            )
            about = (filed.adult, filed.student, filed.team)
            rows.append((filed.key, filed.ground.value, *about, granted, *span))
        book.put("approval", rows)


def _days(days: Interval) -> tuple[int, int]:
    return days.first, days.until


def holdings(
    state: State, named: Iterable[tuple[int | None, str, str | None]], today: int
) -> tuple[Holding, ...]:
    """Return who holds which office by the record, and by ``named``, the settings.

    ``named`` are (person, office, school). They say who holds an office today, so they count from
    the end of the last term on record that is over. A term on record that is not over yet does not
    shut them out: until one of the two is mended, both hold the office.
    """
    recorded = [
        Holding(person, word(office) or "", school, Interval(first, until))
        for _, person, office, school, first, until, _ in state.latest.get("office", {}).values()
    ]
    ended: dict[tuple[str, str | None], int] = {}
    for one in recorded:
        if one.days.until > today:
            continue
        place = (one.office, one.school)
        ended[place] = max(one.days.until, ended.get(place, relations.FIRST_DAY))
    since = [(*one, ended.get(one[1:], relations.FIRST_DAY)) for one in named]
    return (
        *recorded,
        *(
            Holding(person, office, school, Interval(first, LAST_DAY))
            for person, office, school, first in since
            if person is not None
        ),
    )


def known_tools(state: State, pack: Pack) -> frozenset[str]:
    """Return the ids of all tools of the catalogue, as they are compared."""
    filed = (str(row[0]) for row in state.latest.get("tool", {}).values())
    return frozenset(plain_tool(id_) for id_ in (*filed, *(e.id for e in pack.catalogue.values())))


def tool_ids(state: State, pack: Pack) -> Callable[[str], str]:
    """Return what gives the id of a tool that is called by its id or its name, in any case."""
    of_name: dict[str, str] = {}
    for row in state.latest.get("tool", {}).values():
        of_name[plain_tool(str(row[1]))] = plain_tool(str(row[0]))
    for entry in pack.catalogue.values():
        of_name.setdefault(plain_tool(entry.name), plain_tool(entry.id))

    def tool_id(written: str) -> str:
        plain = plain_tool(written)
        return of_name.get(plain, plain)

    return tool_id


def tool_words(
    keyring: Keyring,
    words: Iterable[str],
    state: State,
    pack: Pack,
    things: Mapping[int, ThingShown],
) -> tuple[pa.Table, dict[int, ThingShown]]:
    """Return which tool each word on a message means, and what tools no catalogue has are called.

    A word means the tool whose id or name it is, whatever the case; any other word is a tool of
    its own that nobody has registered.
    """
    tool_id = tool_ids(state, pack)
    rows, unknown = [], {}
    for text in sorted(set(words)):
        key = keyring.key("tool", tool_id(text))
        rows.append((text, key))
        if key not in things:
            unknown[key] = ThingShown("tool", text, text)
    return relations.table("tool_word", rows), unknown
