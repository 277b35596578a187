"""The use cases, top to bottom: pull, check and settle at night; show once a week.

    rosters   -> directory: who was who on which day
    messages  -> lake, committed through the ledger
    lake x directory -> rules -> hits
    hits x authorizations -> items -> ledger
    items x coverage -> verdict -> pages
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from time import perf_counter

from auditor import breaker, chain, erased, night, notice, pastruns, runbook, runlog
from auditor.approving import approvals
from auditor.baseline import baseline, week_end
from auditor.cases import self_test
from auditor.checking import Findings, find
from auditor.desk import Desk, desk_for
from auditor.directory import (
    Delivered,
    State,
    day_number,
    deliver,
    from_tables,
    missing_kinds,
    to_tables,
)
from auditor.explaining import Explanation
from auditor.failing import closing_what_fails
from auditor.itembook import keep, stored_items
from auditor.items import StoredItem, Subject, settle
from auditor.judgeddays import JudgedDays, judged_days, regranted
from auditor.ledger import LedgerDamaged
from auditor.looking import clauses, coverage, explain, items, mailboxes
from auditor.model import Ground, HatRole
from auditor.nightpage import Outcome, night_page
from auditor.notice import kept_back
from auditor.pulling import Pulled, pull, rosters_first
from auditor.replaying import Replay, replay
from auditor.result import DoNow, Night, SelfTests, Step
from auditor.rosterguard import guarded
from auditor.sealed import sealed_test, together
from auditor.source import Denied, FactKind, Source, Window
from auditor.weekly import Weekly, stated_now, weekly
from auditor.workplace import (
    AuditError,
    Clocks,
    District,
    Notice,
    Privileged,
    SchoolSettings,
    Workplace,
)

__all__ = [
    "AuditError",
    "Clocks",
    "District",
    "Explanation",
    "Notice",
    "Privileged",
    "Replay",
    "SchoolSettings",
    "Weekly",
    "Workplace",
    "approvals",
    "baseline",
    "clauses",
    "coverage",
    "explain",
    "items",
    "kept_back",
    "mailboxes",
    "nightly",
    "replay",
    "stated_now",
    "week_end",
    "weekly",
]
Progress = Callable[[str], None]


def _silent(_: str) -> None:
    return None


class _Steps:
    """Announces the step under way and remembers how long each one took."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self.done: list[Step] = []

    @contextmanager
    def __call__(self, name: str) -> Iterator[None]:
        self._progress(name)
        began = perf_counter()
        yield
        self.done.append(Step(name, perf_counter() - began))


# ---- the night ----------------------------------------------------------------------------


def nightly(
    place: Workplace,
    sources: Sequence[Source],
    *,
    audit_date: date,
    now: datetime,
    progress: Progress = _silent,
    chores: tuple[DoNow, ...] = (),
) -> Night:
    """Pull every source, check the days up to ``audit_date`` and settle what was found.

    ``chores`` is what else there is to do, found before. Raises ``AuditError`` when nothing can be
    judged, ``StorageError`` when storage is damaged or cannot be used; the ledger then says that
    the run failed.
    """
    step = _Steps(progress)
    version = place.pack.sha256[:12]
    with place.ledger.begin() as connection:
        run_id = runlog.begin_run(connection, runbook.NIGHTLY, audit_date, version, now)
    with closing_what_fails(place, run_id, now):
        return _night(place, sources, audit_date, now, run_id, step, chores)


def _night(
    place: Workplace,
    sources: Sequence[Source],
    audit_date: date,
    now: datetime,
    run_id: str,
    step: _Steps,
    chores: tuple[DoNow, ...],
) -> Night:
    window = Window(audit_date - timedelta(days=place.district.lookback_days), audit_date)
    ordered = rosters_first(sources)
    titles = {s.context.name: s.context.title for s in ordered}
    pulled: list[Pulled] = []
    with step("storage"):
        _look_after(place)
    with step("rosters and lists"):
        was = from_tables(place.lake.read_tables("directory"))
        pulled += [pull(place, s, window, run_id, now=now) for s in ordered if not _messages(s)]
        desk, delivered = _take_in(place, was, pulled, audit_date, run_id, titles, now)
    with step("messages"):
        pulled += [pull(place, s, window, run_id, now=now) for s in ordered if _messages(s)]
    with step("self-tests"):
        tests = _self_tests(place)
    with step("checks"):
        ready = _readiness(desk, pulled, audit_date)
        since = audit_date - timedelta(days=runbook.PAGE_DAYS - 1)
        unread = night.unread_days(pulled, since, audit_date, place.district.known_limits)
        desk.book.note_unread(place.keyring, unread)
        days = judged_days(desk, window, ready, regranted(was, delivered.state))
        found = _check(desk, days, ready)
    with step("items"):
        named = notice.in_force(place.district, audit_date) is not None
        found = breaker.held_back(desk, found, days.last, run_id, now) if named else found
        stored = _settle(desk, found, days, run_id) if named else []
    with step("record"):
        outcome = Outcome(
            run_id=run_id,
            audit_date=audit_date,
            judged=days,
            pulled=tuple(pulled),
            delivered=delivered,
            tests=tests,
            found=found,
            stored=tuple(stored),
            steps=tuple(step.done),
            chores=chores,
        )
        return night_page(desk, outcome, now)


def _self_tests(place: Workplace) -> SelfTests:
    bound = {rule: place.rules[rule] for rule in place.pack.bindings}
    return together(self_test(bound, temp_directory=place.temp), sealed_test(place))


def _look_after(place: Workplace) -> None:
    """Refuse damaged storage, and clear away what the list of files does not name."""
    place.ledger.verify()
    with place.ledger.read() as connection:
        broken = chain.verify_chain(connection).broken
    if broken is not None:
        what = f"entry {broken.number} of the log of decisions was changed: {broken.what}"
        raise LedgerDamaged(what, where="the ledger")
    place.lake.verify_manifest()
    place.lake.clean_orphans()


def _messages(source: Source) -> bool:
    return "messages" in source.provides


def _take_in(
    place: Workplace,
    before: State,
    pulled: list[Pulled],
    audit_date: date,
    run_id: str,
    titles: dict[str, str],
    now: datetime,
) -> tuple[Desk, Delivered]:
    """Fold tonight's rosters into the directory; refuse to go on without a single student."""
    newest = max((int(row[0]) for row in before.latest.get("delivery", {}).values()), default=0)
    day = max(day_number(audit_date), newest)

    def fold(some: Sequence[Pulled]) -> Delivered:
        return deliver(
            before,
            {p.name: p.facts for p in some if p.failure is None},
            day=day,
            keyring=place.keyring,
            rules=place.district.addresses,
            configured=frozenset(titles),
        )

    whole = [_whole(one, before, day) for one in pulled]
    pulled[:], delivered = guarded(place, before, whole, fold, day=day, run_id=run_id, now=now)
    _require_students(pulled, delivered, day)
    with place.ledger.begin() as connection:
        gone = erased.erased_people(connection)
        erased.keep_addresses_erased(connection, delivered.state)
    delivered = replace(delivered, state=erased.nameless(delivered.state, gone))
    place.ledger.remember_addresses(delivered.addresses)
    place.lake.write_tables(to_tables(delivered.state), kind="directory", run_id=run_id)
    with place.ledger.read() as connection:
        digests = pastruns.digests(connection)
    return desk_for(place, delivered.state, titles, digests=digests), delivered


def _whole(one: Pulled, before: State, day: int) -> Pulled:
    """Refuse a delivery without a kind of list that its source has brought before.

    Taken as it stands it would end every membership or approval of that kind.
    """
    gone = missing_kinds(before, one.name, one.source.provides, day)
    if one.failure is not None or not gone:
        return one
    kinds = ", ".join(kind.replace("-", " ") for kind in gone)
    return replace(
        one,
        facts=(),
        failure=Denied(
            f"it no longer brings {kinds}, which it brought before",
            where=one.source.context.title,
            cure="Put the file back; if there is nothing left to list, leave it with its heading",
        ),
    )


def _require_students(pulled: Sequence[Pulled], delivered: Delivered, day: int) -> None:
    """Refuse to judge without a single student today, with the reason why there is none."""
    hats = delivered.state.dated["hat"].items()
    if any(h[1] == HatRole.STUDENT and any(day in span for span in spans) for h, spans in hats):
        return
    for one in pulled:
        if one.failure is not None and FactKind.PEOPLE in one.source.provides:
            raise AuditError(one.failure.what, where=one.failure.where, cure=one.failure.cure)
    raise AuditError(
        "no roster names a single student, so no message can be judged",
        where="rosters",
        cure="Set up a roster source and put its files in place",
    )


def _readiness(
    desk: Desk, pulled: Sequence[Pulled], last: date
) -> Mapping[str, night.Readiness]:
    delivered = frozenset(str(row[-1]) for row in desk.state.latest["delivery"].values())
    bound = {rule_id: desk.place.rules[rule_id] for rule_id in desk.place.pack.bindings}
    since = last - timedelta(days=runbook.PAGE_DAYS - 1)
    known = set()
    if any(f.ground is Ground.FAMILY for f in desk.exceptions.filed):
        known.add(FactKind.FAMILY_TIES)
    if desk.book.tables["digest"].num_rows:
        known.add(FactKind.DIGESTS)
    if desk.offices.holdings:
        known.add(FactKind.OFFICES)
    return night.readiness(bound, pulled, delivered, since=since, known=frozenset(known))


def _check(
    desk: Desk, days: JudgedDays, ready: Mapping[str, night.Readiness]
) -> Findings:
    with desk.engine(days.first, days.last, intact=True) as engine:
        found = find(desk.bench(engine, days.last), ready)
    with desk.place.ledger.read() as connection:
        here = erased.not_about(found.hits, erased.erased_people(connection))
    left_out = [("about somebody who was erased", len(found.hits) - len(here))]
    if not days.are_newest:
        of_messages = tuple(hit for hit in here if not hit.is_record)
        of_records = len(here) - len(of_messages)
        left_out.append(("of records, which a newer night has judged", of_records))
        here = of_messages
    told, hits = notice.in_force(desk.place.district, days.last), here
    if told is not None:
        hits = tuple(notice.hits_since(here, desk.place.rules, told.staff_told_on))
        left_out.append(("of days before staff were told", len(here) - len(hits)))
    return replace(found, hits=hits, left_out=tuple(one for one in left_out if one[1]))


def _settle(
    desk: Desk, found: Findings, days: JudgedDays, run_id: str
) -> list[StoredItem]:
    place = desk.place
    ran = frozenset(r.rule for r in found.rules if r.hits is not None)
    told = notice.in_force(place.district, days.last)
    with place.ledger.begin() as connection:
        before = stored_items(connection)
        if told is not None:
            before = notice.stored_since(before, place.rules, told.staff_told_on)
        changes = settle(
            before,
            found.hits,
            first_day=day_number(days.first),
            last_day=day_number(days.last),
            rules=ran,
            records=days.are_newest,
            gap_days=place.pack.number("episode_gap_days"),
        )
        places = {c.subject: _prefix(desk, c.subject, c.hits[0].day) for c in changes if c.hits}
        return keep(
            connection,
            changes,
            audit_date=days.last,
            run_id=run_id,
            keyring=place.keyring,
            prefix_of=places,
        )


def _prefix(desk: Desk, subject: Subject, day: int) -> tuple[str, str | None]:
    """Return the prefix of an item's short id, and its school."""
    schools = desk.shower.schools(subject, day)
    if not schools:
        return "D", None
    settings = desk.place.district.schools.get(schools[0])
    if settings is not None:
        return settings.short, schools[0]
    words = desk.register.school_name(schools[0]).split()
    return "".join(w[0] for w in words[:2] if w[0].isalpha()).upper() or "S", schools[0]
