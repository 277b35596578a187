"""Deleting with proof: what the clocks let go of, or one person, in ledger, lake and files alike.

The audit's own rooms delete from ledger and lake. Pages, entered tables and what lies around on
disk are gone through here, and then every file is looked through once more.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from auditor import erasure, heldback, imprints, oldrows, retention, rightslog, rowtraces
from auditor.audit import AuditError, Workplace
from auditor.holds import Hold, held, shown_key
from auditor.recognising import Person
from auditor.result.certificate import Certificate, Deleted, HoldShown, Proof
from auditor.retention import Plan
from auditor.rowtraces import Report
from auditor.traces import LONG_ENOUGH, LONG_NUMBER, Traces
from cron import scanning
from cron.mailerasing import take_back
from cron.post import OUTBOX
from cron.recorderasing import erase_from_records, rows_name_both
from cron.wiring import Office
from reports import certificate
from reports.publishing import file_stem
from reports.shown import counted

_PAGES = frozenset({".html", ".json", ".csv", ".eml", ".txt", ".draft"})
_LONG_RUN = "purge-{:06d}"


# ---- retention -----------------------------------------------------------------------------


def planned(office: Office, place: Workplace, now: datetime) -> Plan:
    """Return what the clocks let go of today; deletes nothing."""
    today = now.astimezone(place.district.timezone).date()
    old = retention.old_reports(place, today)
    stems = _pages_on_disk(office)
    names = heldback.kept_by(place, date.max).traces
    with place.ledger.read() as connection:
        kept = set(rowtraces.copies_naming(connection, names)) if names else set()
    on_disk = [one for one in old if _stem(one) in stems]
    if names:
        kept |= {one for one in on_disk if scanning.scan(stems[_stem(one)], names).found}
    return retention.plan(place, today, on_disk=on_disk, kept_reports=kept & {*old})


def let_go(office: Office, place: Workplace, *, by: str, now: datetime) -> Certificate:
    """Delete what the clocks let go of, prove it and write the certificate."""
    plan = planned(office, place, now)
    with place.ledger.begin() as connection:
        holds = held(connection)
        number = rightslog.begin_purge(
            connection,
            "retention",
            by=by,
            now=now,
            facts_before=None if holds.everything else plan.facts_before,
        )
    run_id = _LONG_RUN.format(number)
    still_there = retention.carry_out(place, plan, run_id=run_id, purge_id=number, now=now)
    _delete_pages(office, {_stem(one) for one in plan.reports})
    after = planned(office, place, now)
    left = [f"{line.words}: {line.deleted} left" for line in after.lines if line.deleted]
    scanned = scanning.scan(scanning.files_below(place.lake.root), Traces())
    proof = Proof(
        "Counted again after the deletion: what is older than its clock and under no hold, and "
        "the files that were replaced",
        scanned.files,
        scanned.bytes,
        (*left, *still_there),
    )
    made = _certificate(
        place, number, now, by=by, lines=plan.lines, holds=holds.holds, proof=proof
    )
    return _issue(office, place, made)


# ---- erasure -------------------------------------------------------------------------------


def refuse_if_held(office: Office, place: Workplace, person: Person) -> None:
    """Raise ``AuditError`` if the erasure would take anything that a hold keeps."""
    over = heldback.holds_over(place, person, lambda held: _name_both(office, person, held))
    if over:
        numbers = ", ".join(f"{one.hold_id} ({one.shown})" for one in over)
        raise AuditError(
            f"a legal hold forbids it: {numbers}",
            where="purge --person",
            cure="Ask whoever set it; `auditor hold lift` lifts it",
        )


def _name_both(office: Office, person: Person, held: Traces) -> bool:
    """Whether a page, or a row entered here, that names the person names what is held, too."""
    pages = _naming(_all_pages(office), person.traces)
    in_pages = bool(scanning.scan(pages, held).found)
    return in_pages or rows_name_both(office.settings.storage.records, person.traces, held)


def traces_now(office: Office, place: Workplace, person: Person) -> tuple[str, ...]:
    """Return where the person is found now: files by name, tables of the ledger by rows."""
    return _search(office, place, person.traces)[0]


def erase(
    office: Office, place: Workplace, person: Person, *, by: str, reason: str, now: datetime
) -> Certificate:
    """Erase a person, prove it and write the certificate; raises ``AuditError`` for a hold."""
    refuse_if_held(office, place, person)
    storage = office.settings.storage
    _clear_temporary(storage.data)
    pages = {p.stem.lstrip(".") for p in _naming(_all_pages(office), person.traces)}
    with place.ledger.begin() as connection:
        number = rightslog.begin_purge(connection, "erasure", by=by, now=now)
        issued = oldrows.old_reports(connection, date.max)
        naming = {*rowtraces.copies_naming(connection, person.traces)}
        named = [one for one in issued if one in naming or _stem(one) in pages]
        oldrows.delete_copies(connection, named)
    mails = take_back(storage.data / OUTBOX, place.ledger, person.traces, named, now)
    records = erase_from_records(storage.records, place.ledger, person.traces)
    files = _delete_pages(office, pages | {_stem(one) for one in named})
    run_id = _LONG_RUN.format(number)
    done = erasure.erase(place, person, run_id=run_id, purge_id=number, now=now)
    lines = (
        *done,
        Deleted("copies", "copies of pages in the ledger", None, len(named), 0),
        Deleted("pages", "files of published pages", None, files, 0),
        Deleted("mail", "waiting mails that named them, or told of such a page", None, mails, 0),
        Deleted("records", "rows of tables entered here", None, records.rows, 0),
    )
    found, scanned = _search(office, place, person.traces)
    proof = Proof(_looked_for(person), scanned.files, scanned.bytes, found)
    with place.ledger.read() as connection:
        holds = held(connection).holds
    made = _certificate(place, number, now, by=by, lines=lines, holds=holds, proof=proof)
    made = replace(
        made,
        kind="erasure",
        reason=reason,
        person=shown_key(person.key),
        to_mend=_own_files(office, person.traces),
        remarks=(*person.remarks, *_remarks(place)),
    )
    return _issue(office, place, made)


def _looked_for(person: Person) -> str:
    traces = person.traces
    ids, names = counted(len(traces.ids), "id"), counted(len(traces.names), "full name")
    addresses = counted(len(traces.addresses), "address", "addresses")
    said = (
        f"Looked for {ids}, {addresses} and {names}, in every byte of every file of data, reports "
        "and records, in what Parquet files, copies of pages and mails hold packed, and every row "
        "of the ledger"
    )
    if any(len(one) < LONG_ENOUGH for one in traces.ids):
        said += (
            f". An id of fewer than {LONG_ENOUGH} signs is looked for in texts, rows and cells, "
            "not in bytes that nothing tells apart"
        )
    if any(one.isdecimal() and len(one) < LONG_NUMBER for one in traces.ids):
        said += (
            f". An id of fewer than {LONG_NUMBER} digits is found only where it is the whole of a "
            "value: inside a sentence it reads like a count and was not looked for"
        )
    return said


def _remarks(place: Workplace) -> tuple[str, ...]:
    said = (
        "Numbers stay where others need them: that a student was on a message or a team, not who",
        "Pages that named the person are gone whole; the next weekly run makes its own anew",
        "Mail that waited was taken back where it named the person or told of such a page",
        "An earlier name is known where the rosters changed it since such names are kept here",
        "A name from before, or that no roster brought, is not known and was not looked for",
        "Backups and mails that were sent are not reached from here",
    )
    if place.ledger.files:
        return said
    return (*said, "The log and backups of the database server are its administrator's to clear")


def _own_files(office: Office, traces: Traces) -> tuple[str, ...]:
    """Return the files dropped by the district that name somebody, from its folder on."""
    base = office.settings.base
    found = [*scanning.scan(sorted(base.glob("*.toml")), traces).found]
    if (decisions := office.settings.decisions) is not None and decisions.is_dir():
        found += scanning.scan(scanning.files_below(decisions), traces).found
    for connection in office.connections:
        path = connection.settings.settings.get("path")
        if isinstance(path, str) and connection.settings.name != "records":
            place = base / path
            paths = [place] if place.is_file() else scanning.files_below(place)
            found += scanning.scan(paths, traces).found
    return tuple(_shown(office, path) for path in dict.fromkeys(found))


# ---- files ---------------------------------------------------------------------------------


def _stem(report: Report) -> str:
    return file_stem(f"{report[0]}-{report[1]}")


def _all_pages(office: Office) -> list[Path]:
    """Return every page on disk; certificates are kept, and name nobody."""
    folder = office.settings.storage.reports
    kept = folder / certificate.FOLDER
    return [p for p in scanning.files_below(folder) if not p.is_relative_to(kept)]


def _pages_on_disk(office: Office) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = {}
    for path in _all_pages(office):
        found.setdefault(path.stem, []).append(path)
    return found


def _naming(paths: Sequence[Path], traces: Traces) -> tuple[Path, ...]:
    return scanning.scan(paths, traces).found


def _delete_pages(office: Office, stems: Collection[str]) -> int:
    """Delete the files of pages, a page's twins and drafts with it; return how many there were."""
    gone = 0
    for path in _all_pages(office):
        name = path.name.removesuffix(".draft").lstrip(".")
        if name in stems or Path(name).stem in stems:
            path.unlink(missing_ok=True)
            gone += 1
    return gone


def _clear_temporary(data: Path) -> None:
    """Remove what processes that are gone left in the temporary folder."""
    for left in (data / "temp").glob("*-*"):
        number = left.name.partition("-")[0]
        if number.isdecimal() and not _is_alive(int(number)):
            shutil.rmtree(left, ignore_errors=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _search(
    office: Office, place: Workplace, traces: Traces
) -> tuple[tuple[str, ...], scanning.Scanned]:
    """Look through every file of ours and every row of the ledger."""
    storage = office.settings.storage
    folders = (storage.data, storage.reports, storage.records)
    outside = [p for p in place.ledger.files if not p.is_relative_to(storage.data)]
    with place.ledger.read() as connection:
        rows = rowtraces.rows_naming(connection, traces)
        others = rowtraces.words_of_others(connection, traces) if place.ledger.files else ()
    known = replace(traces, longer=traces.longer.union(others))
    scanned = scanning.scan([*scanning.files_below(*folders), *outside], known)
    found = [_shown(office, path) for path in scanned.found]
    found += [f"{count} rows of {table} in the ledger" for table, count in rows.items()]
    return tuple(found), scanned


def _shown(office: Office, path: Path) -> str:
    with suppress(ValueError):
        return path.relative_to(office.settings.base).as_posix()
    return str(path)


# ---- the certificate -----------------------------------------------------------------------


def _certificate(
    place: Workplace,
    number: int,
    now: datetime,
    *,
    by: str,
    lines: Sequence[Deleted],
    holds: Sequence[Hold],
    proof: Proof,
) -> Certificate:
    """Return a certificate of retention; an erasure says more."""
    today = now.astimezone(place.district.timezone).date()
    imprint = imprints.blank(place, today, today, now)
    return Certificate(
        imprint=replace(imprint, report_id=_LONG_RUN.format(number), revision=1),
        number=number,
        kind="retention",
        asked_by=by,
        reason=None,
        person=None,
        began=now,
        ended=datetime.now(now.tzinfo),
        lines=tuple(lines),
        holds=tuple(
            HoldShown(one.hold_id, one.shown, one.reason, one.set_by, one.set_at) for one in holds
        ),
        proof=proof,
        to_mend=(),
        remarks=(),
    )


def _issue(office: Office, place: Workplace, made: Certificate) -> Certificate:
    """Keep the certificate in the ledger and beside the pages."""
    with place.ledger.begin() as connection:
        rightslog.note_purge(
            connection,
            made.number,
            proven=not made.proof.found,
            certificate_json=certificate.json_of(made).decode(),
            now=made.ended,
        )
    certificate.publish(made, office.settings.storage.reports)
    return made
