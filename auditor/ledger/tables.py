"""The ledger's tables: what was committed, what was found, and which key is whose.

Forms that hold in every table:

* a **day** is ISO text (``2026-11-24``), a day of the district's calendar;
* an **instant** of our own work (``*_at``) is ISO 8601 text in UTC;
* the **time of a message** (``*_us``) is a whole number of microseconds since 1970-01-01T00:00Z;
* a **key** is a signed 64-bit integer made by ``auditor.keys``;
* NULL means "not known", never zero.

Facts carry a ``run_id`` without a foreign key, because a lake may also be filled outside a run
(an import, a benchmark); what describes a run refers to it.

A change here needs a migration in ``migrations/versions``; a test compares the two.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    text,
)

SCHEMA = "0005"
"""The migration these tables correspond to."""

# Unnamed constraints could not be changed by a later migration on SQLite.
metadata = MetaData(
    naming_convention={
        "pk": "%(table_name)s_pk",
        "fk": "%(table_name)s_%(column_0_name)s_fk",
    }
)

COUNTER = BigInteger().with_variant(Integer, "sqlite")
"""SQLite numbers rows by itself only in a column of exactly the type INTEGER."""


def _run_id(*, primary_key: bool = False) -> Column[str]:
    return Column(
        "run_id", String, ForeignKey("run.run_id"), primary_key=primary_key, nullable=False
    )


# ---- runs ----------------------------------------------------------------------------------

_RUNNING = text("state = 'running'")

run = Table(
    "run",
    metadata,
    Column("run_id", String, primary_key=True),
    Column("job", String, nullable=False),
    Column("audit_date", String, nullable=False),
    Column("policy_version", String, nullable=False),
    Column("state", String, nullable=False),
    Column("started_at", String, nullable=False),
    Column("ended_at", String),
    Column("exit_code", Integer),
    Column("summary_json", String),
    Column("outcome_json", String),
    Index("run_by_date", "job", "audit_date"),
    Index("run_under_way", "job", unique=True, sqlite_where=_RUNNING, postgresql_where=_RUNNING),
)
"""One execution of one job. At most one of each job can be under way.

``outcome_json`` is what the run said once its pages were out. Until then the run is not done, even
if its ``state`` says that the checks are: a run killed in between is done again.
"""

source_run = Table(
    "source_run",
    metadata,
    _run_id(primary_key=True),
    Column("source", String, primary_key=True),
    Column("state", String, nullable=False),
    Column("read", BigInteger),
    Column("new", BigInteger),
    Column("already_known", BigInteger),
    Column("rejected", BigInteger),
    Column("privileged", BigInteger),
    Column("first_day", String),
    Column("last_day", String),
    Column("lag_half_seconds", Float),
    Column("lag_most_seconds", Float),
    Column("seconds", Float, nullable=False),
    Column("happened", String),
    Column("cure", String),
    Index("source_run_by_source", "source"),
)
"""How one source went in one run.

``lag_half_seconds`` and ``lag_most_seconds``: how long after it was sent half, and 99.9 %, of what
was new came in.
"""

rule_run = Table(
    "rule_run",
    metadata,
    _run_id(primary_key=True),
    Column("rule", String, primary_key=True),
    Column("state", String, nullable=False),
    Column("hits", BigInteger),
    Column("seconds", Float),
    Column("reason", String),
)
"""How one rule went in one run."""

step = Table(
    "step",
    metadata,
    _run_id(primary_key=True),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("name", String, nullable=False),
    Column("seconds", Float, nullable=False),
)
"""How long each step of a run took."""

unmatched = Table(
    "unmatched",
    metadata,
    Column("id", COUNTER, primary_key=True),
    _run_id(),
    Column("source", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("reference", String, nullable=False),
    Column("reason", String, nullable=False),
    Column("hint", String, nullable=False),
    Column("count", BigInteger, nullable=False),
    Index("unmatched_by_run", "run_id"),
)
"""References to people that fit nobody, or more than one."""

# ---- what was committed --------------------------------------------------------------------

batch = Table(
    "batch",
    metadata,
    Column("path", String, primary_key=True),
    Column("kind", String, nullable=False),
    Column("relation", String, nullable=False),
    Column("source", String),
    Column("day", String),
    Column("rows", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("sha256", String, nullable=False),
    Column("schema_version", Integer, nullable=False),
    Column("run_id", String, nullable=False),
    Column("retired_by", String),
    CheckConstraint("(kind = 'facts') = (day IS NOT NULL)", name="batch_facts_have_a_day"),
    Index("batch_by_day", "kind", "day", "source"),
    Index("batch_by_run", "run_id"),
)
"""The manifest. A file of the lake exists if and only if it stands here and is not retired.

``path`` is relative to the lake. ``kind`` is ``facts``, or the name of a snapshot of tables;
``source`` and ``day`` belong to facts only. ``retired_by`` is the run that replaced the file.
"""

source_file = Table(
    "source_file",
    metadata,
    Column("source", String, primary_key=True),
    Column("sha256", String, primary_key=True),
    Column("name", String, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("modified_at", String, nullable=False),
    Column("run_id", String, nullable=False),
)
"""Files of a source that were read from start to end, and whose facts are committed."""

source_mark = Table(
    "source_mark",
    metadata,
    Column("source", String, primary_key=True),
    Column("unit", String, primary_key=True),
    Column("value", String, nullable=False),
    Column("run_id", String, nullable=False),
)
"""Where a live source goes on from, for each mailbox or list of it, in the vendor's own terms."""

coverage_day = Table(
    "coverage_day",
    metadata,
    Column("source", String, primary_key=True),
    Column("day", String, primary_key=True),
    Column("run_id", String, primary_key=True),
    Column("state", String, nullable=False),
    Column("records", BigInteger),
    Column("reason", String),
    CheckConstraint("state IN ('read', 'part', 'missing')", name="coverage_day_state"),
    Index("coverage_day_by_day", "day"),
)
"""What a source said of a day. The newest run has the last word; older ones stay readable."""

coverage_unit = Table(
    "coverage_unit",
    metadata,
    Column("source", String, primary_key=True),
    Column("day", String, primary_key=True),
    Column("unit", String, primary_key=True),
    Column("run_id", String, primary_key=True),
    Column("state", String, nullable=False),
    Column("records", BigInteger),
    Column("reason", String),
    CheckConstraint("state IN ('read', 'part', 'missing')", name="coverage_unit_state"),
    Index("coverage_unit_by_day", "day"),
)
"""The same for one mailbox or space of a source, where the source can tell them apart."""

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", COUNTER, primary_key=True),
    Column("run_id", String, nullable=False),
    Column("source", String, nullable=False),
    Column("file", String, nullable=False),
    Column("line", BigInteger),
    Column("field", String),
    Column("reason", String, nullable=False),
    Index("quarantine_by_run", "run_id", "source"),
)
"""Where a record stood that could not be used, and why; never what it said."""

note = Table(
    "note",
    metadata,
    Column("id", COUNTER, primary_key=True),
    Column("run_id", String, nullable=False),
    Column("source", String, nullable=False),
    Column("file", String, nullable=False),
    Column("text", String, nullable=False),
    Column("count", BigInteger, nullable=False),
    Index("note_by_run", "run_id", "source"),
)
"""What was tolerated while reading."""

address = Table(
    "address",
    metadata,
    Column("address_key", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String, nullable=False),
    Column("text", String, nullable=False),
    sqlite_with_rowid=False,
)
"""The address book: the only place where the text of an address is kept."""

# ---- what was found ------------------------------------------------------------------------

item = Table(
    "item",
    metadata,
    Column("item_id", String, primary_key=True),
    Column("fingerprint", String, nullable=False),
    Column("rule", String, nullable=False),
    Column("adult_key", BigInteger),
    Column("student_key", BigInteger),
    Column("team_key", BigInteger),
    Column("thing_key", BigInteger),
    Column("episode", Integer, nullable=False),
    Column("school_id", String),
    Column("listed_on", String, nullable=False),
    Column("grew_on", String),
    Column("withdrawn_on", String),
    UniqueConstraint("fingerprint", name="item_fingerprint"),
)
"""The unit that people review. Its id is given once, and to no other item after it is deleted."""

item_hit = Table(
    "item_hit",
    metadata,
    Column("item_id", String, ForeignKey("item.item_id"), primary_key=True),
    Column("message_key", BigInteger, primary_key=True, autoincrement=False),
    Column("sent_us", BigInteger, nullable=False),
    Column("sent_day", Integer, nullable=False),
    Column("sent_by_adult", Boolean, nullable=False),
    Column("uncertain", Boolean, nullable=False),
    Column("covered_by", String),
    Column("evidence_json", String, nullable=False),
    Column("first_run_id", String, nullable=False),
)
"""The messages or records of an item: ``message_key`` is the key of either.

``sent_day`` counts days since 1970-01-01, as in the lake; of a record, the day it is of.
"""

record_import = Table(
    "record_import",
    metadata,
    Column("id", COUNTER, primary_key=True),
    Column("record", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("sha256", String, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("entered_by", String, nullable=False),
    Column("entered_at", String, nullable=False),
    Column("file", String, nullable=False),
    UniqueConstraint("record", "version", name="record_import_version"),
)
"""Every version of every table of records that was entered by a person, and by whom."""

short_id_counter = Table(
    "short_id_counter",
    metadata,
    Column("prefix", String, primary_key=True),
    Column("last", Integer, nullable=False),
)
"""The last number given out in each series of item ids."""

issued_report = Table(
    "issued_report",
    metadata,
    Column("report_id", String, primary_key=True),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("kind", String, nullable=False),
    Column("audience", String, nullable=False),
    Column("first", String, nullable=False),
    Column("last", String, nullable=False),
    Column("sha256", String, nullable=False),
    Column("made_at", String, nullable=False),
)
"""Every revision of every page; ``sha256`` is over the facts on it."""
