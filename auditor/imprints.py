"""Report ids and revisions: the same facts are the same page, changed facts a new revision.

A page that was issued is never edited. While its facts stay as they are, the page as it was issued
is handed out again, byte for byte; once they differ, a new revision says what changed.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from hashlib import sha256
from typing import TypeVar

from sqlalchemy import ColumnElement, Connection, and_, func, insert, select, update

from auditor import chain, copies, revisions
from auditor.chain import Kind
from auditor.copies import FORM, PAGES, Page
from auditor.ledger.kept import report_copy
from auditor.ledger.tables import issued_report
from auditor.result import Imprint
from auditor.roots import newest_root
from auditor.workplace import Workplace

Made = TypeVar("Made", bound=Page)


def blank(place: Workplace, first: date, last: date, now: datetime) -> Imprint:
    """Return an imprint without id and revision, to build the page with."""
    pack = place.pack
    return Imprint(
        report_id="",
        revision=0,
        district=place.district.name,
        timezone=place.district.timezone.key,
        made_at=now,
        first=first,
        last=last,
        policy_name=pack.name,
        policy_revision=pack.revision,
        policy_hash=pack.sha256,
        rules_version=rules_version(place),
        software=place.software,
        switches=tuple((s.name, f"{s.value} ({s.words})") for s in pack.switches.values()),
        retention=place.district.retention,
    )


def rules_version(place: Workplace) -> str:
    """Return a short digest over all rules in use."""
    bound = sorted(place.rules[rule].version for rule in place.pack.bindings)
    return sha256("\n".join(bound).encode()).hexdigest()[:12]


def issue(place: Workplace, kind: str, audience: str, page: Made, now: datetime) -> Made:
    """Return the page with its id, as a new revision if its facts are not those issued last.

    A page whose facts were issued last is returned as it was issued then. ``kind`` is N (nightly),
    W (principal), A (athletic director), C (clauses) or B (baseline); ``audience`` a short word.
    """
    imprint: Imprint = page.imprint
    base = base_id(kind, audience, imprint.last)
    digest = revisions.digest(page)
    with place.ledger.begin() as connection:
        newest = _newest(connection, base)
        before = None if newest is None else issued_page(connection, kind, base, newest[0])
        if newest is not None and newest[1] == digest and isinstance(before, type(page)):
            return before
        revision = 1 if newest is None else newest[0] + 1
        changed = () if before is None else revisions.changes(before, page)
        root = newest_root(connection)
        made = replace(
            page,
            imprint=replace(
                imprint,
                report_id=f"{base}-{revision}",
                revision=revision,
                made_at=now,
                root=None if root is None else root.short,
                changed=changed,
            ),
        )
        _keep(connection, kind, audience, base, made, digest)
    return made


def _newest(connection: Connection, base: str) -> tuple[int, str] | None:
    table = issued_report.c
    query = select(table.revision, table.sha256).where(table.report_id == base)
    row = connection.execute(query.order_by(table.revision.desc()).limit(1)).one_or_none()
    return None if row is None else (int(row[0]), str(row[1]))


def newest_issued(connection: Connection, kind: str, base: str) -> Page | None:
    """Return the newest revision of a report, if one was issued and its copy can be read."""
    newest = _newest(connection, base)
    return None if newest is None else issued_page(connection, kind, base, newest[0])


def issued_page(connection: Connection, kind: str, base: str, revision: int) -> Page | None:
    """Return a page as it was issued, or None where no copy is kept that can be read."""
    query = select(report_copy.c.form, report_copy.c.values_zlib).where(
        report_copy.c.report_id == base, report_copy.c.revision == revision
    )
    row = connection.execute(query).one_or_none()
    if row is None or kind not in PAGES:
        return None
    try:
        return copies.unpack(kind, row[0], row[1])
    except copies.UnreadableCopy:  # ``verify`` says so; a new revision is made without it
        return None


def _keep(
    connection: Connection, kind: str, audience: str, base: str, made: Page, digest: str
) -> None:
    imprint = made.imprint
    where = {"report_id": base, "revision": imprint.revision}
    connection.execute(
        insert(issued_report).values(
            **where,
            kind=kind,
            audience=audience,
            first=imprint.first.isoformat(),
            last=imprint.last.isoformat(),
            sha256=digest,
            made_at=imprint.made_at.isoformat(),
        )
    )
    connection.execute(
        insert(report_copy).values(**where, form=FORM, values_zlib=copies.pack(made))
    )


def record_published(
    place: Workplace, page: Page, html_sha256: str, made_with: str, now: datetime
) -> None:
    """Put down, in the chain too, what was published under a report's id, if that is news.

    The first publication counts: a page made again must come out the same, and ``verify`` says
    when it does not. Another version of the templates (``made_with``) makes another page; it is
    published only where the first one is gone.
    """
    imprint, facts = page.imprint, revisions.digest(page)
    new = report_copy.c.html_sha256.is_(None) | (report_copy.c.made_with != made_with)
    with place.ledger.begin() as connection:
        written = connection.execute(
            update(report_copy)
            .where(_copy_of(imprint) & new)
            .values(html_sha256=html_sha256, made_with=made_with)
        )
        if written.rowcount:
            body = {"report": imprint.report_id, "facts": facts, "html": html_sha256}
            chain.append(connection, Kind.PAGE, now, body)


def published_as(place: Workplace, imprint: Imprint) -> str | None:
    """Return the SHA-256 of the page that was published under a report's id."""
    query = select(report_copy.c.html_sha256).where(_copy_of(imprint))
    with place.ledger.read() as connection:
        digest: str | None = connection.execute(query).scalar_one_or_none()
    return digest


def _copy_of(imprint: Imprint) -> ColumnElement[bool]:
    base = imprint.report_id.rpartition("-")[0]
    return and_(report_copy.c.report_id == base, report_copy.c.revision == imprint.revision)


def issued_until(connection: Connection, last: date) -> datetime | None:
    """Return when a page of the week that ended on ``last`` was issued last; None: never."""
    query = select(func.max(issued_report.c.made_at)).where(
        issued_report.c.last == last.isoformat(), issued_report.c.kind != "N"
    )
    text = connection.execute(query).scalar_one_or_none()
    return None if text is None else datetime.fromisoformat(text)


def newest_week(connection: Connection) -> date | None:
    """Return the last day of the newest week that a page was issued for."""
    query = select(func.max(issued_report.c.last)).where(issued_report.c.kind != "N")
    text = connection.execute(query).scalar_one_or_none()
    return None if text is None else date.fromisoformat(text)


def base_id(kind: str, audience: str, last: date) -> str:
    """Return a report's id without its revision."""
    return f"{kind}-{_period(kind, last)}-{audience}"


def _period(kind: str, last: date) -> str:
    if kind == "N":
        return last.isoformat()
    year, week, _ = last.isocalendar()
    return f"{year}-{week:02d}"
