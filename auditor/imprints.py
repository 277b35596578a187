"""Report ids and revisions: the same facts give the same page, changed facts a new revision."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import insert, select

from auditor.ledger.tables import issued_report
from auditor.result import Imprint
from auditor.workplace import Workplace

_NOT_CONTENT = frozenset({"imprint", "run_id", "steps", "seconds"})
"""What may differ between two runs over the same facts."""


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


def issue(place: Workplace, kind: str, audience: str, page: Any, now: datetime) -> Imprint:
    """Return the page's imprint with its id; a page issued before keeps revision and time.

    ``kind`` is N (nightly), W (principal), A (athletic director), C (clauses) or B (baseline);
    ``audience`` a short word.
    """
    imprint: Imprint = page.imprint
    base = f"{kind}-{_period(kind, imprint.last)}-{audience}"
    digest = sha256(repr(_content(page)).encode()).hexdigest()
    table = issued_report
    with place.ledger.begin() as connection:
        rows = connection.execute(
            select(table.c.revision, table.c.sha256, table.c.made_at)
            .where(table.c.report_id == base)
            .order_by(table.c.revision)
        ).all()
        for revision, known, made_at in rows:
            if known == digest:
                return _numbered(imprint, base, revision, datetime.fromisoformat(made_at))
        revision = len(rows) + 1
        connection.execute(
            insert(table).values(
                report_id=base,
                revision=revision,
                kind=kind,
                audience=audience,
                first=imprint.first.isoformat(),
                last=imprint.last.isoformat(),
                sha256=digest,
                made_at=now.isoformat(),
            )
        )
    return _numbered(imprint, base, revision, now)


def _numbered(imprint: Imprint, base: str, revision: int, made_at: datetime) -> Imprint:
    changed = {f.name: getattr(imprint, f.name) for f in fields(imprint)}
    changed.update(report_id=f"{base}-{revision}", revision=revision, made_at=made_at)
    return Imprint(**changed)


def _period(kind: str, last: date) -> str:
    if kind == "N":
        return last.isoformat()
    year, week, _ = last.isocalendar()
    return f"{year}-{week:02d}"


def _content(value: Any) -> Any:
    """Return a page's facts as nested tuples, without what belongs to the run that made it."""
    if is_dataclass(value) and not isinstance(value, type):
        return tuple(
            (f.name, _content(getattr(value, f.name)))
            for f in fields(value)
            if f.name not in _NOT_CONTENT
        )
    if isinstance(value, (tuple, list)):
        return tuple(_content(v) for v in value)
    return value
