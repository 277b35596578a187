"""What if: another policy on the same messages, in counts, with nothing changed and nobody named."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from auditor import audit
from auditor.audit import AuditError, Replay, Workplace
from auditor.policy import Pack, load_pack
from auditor.replaying import Count, RuleReplay
from auditor.rule import load_rules
from cron import wiring
from tests.cron.tiny_district import ROOT, TinyDistrict

PACKS = ROOT / "config" / "policies"
RULES = load_rules()
LAST = date(2026, 11, 22)
_MAIL = "Message-ID: <{0}@d.example>\nDate: {1}\nFrom: {2}\nTo: {3}\n{4}\n\n\n"
_FAMILY = "A1,family,T1,S3,,,P1,principal,2026-08-01T09:00:00-04:00,,,,,\n"


def pack(name: str, **switches: str | int) -> Pack:
    known = {id_: frozenset(rule.parameters) for id_, rule in RULES.items()}
    return load_pack(PACKS / f"{name}.toml", rules=known, switches=switches)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> TinyDistrict:
    """Two direct mails, a student's answer, one blind copied, one late at night, one covered, one to half a team."""
    tiny = TinyDistrict(tmp_path_factory.mktemp("district"))
    day, night = "Tue, 17 Nov 2026 10:00:00 -0500", "Wed, 18 Nov 2026 21:30:00 -0500"
    tiny.mail("direct", "2026-11-16", "t1", ["s1"])
    tiny.mail("again", "2026-11-17", "t1", ["s1"])
    thread = "In-Reply-To: <direct@d.example>\nReferences: <direct@d.example>"
    tiny.raw(_MAIL.format("answer", day, "s1@d.example", "t1@d.example", thread))
    blind = "Bcc: t2@d.example"
    tiny.raw(_MAIL.format("blind", day, "t1@d.example", "s2@d.example", blind))
    tiny.raw(_MAIL.format("late", night, "t1@d.example", "s1@d.example", "Cc: p1@d.example"))
    tiny.mail("family", "2026-11-18", "t1", ["s3"])
    tiny.mail("half", "2026-11-19", "t2", ["s1"], ["p1"])
    tiny.approvals(_FAMILY)
    code, _ = tiny.run("nightly", LAST.isoformat())
    assert code in (0, 3)
    return tiny


@contextmanager
def opened(tiny: TinyDistrict) -> Iterator[Workplace]:
    with wiring.workplace(wiring.prepare(tiny.folder / "district.toml")) as place:
        yield place


def tried(tiny: TinyDistrict, other: Pack, days: int = 14) -> Replay:
    with opened(tiny) as place:
        return audit.replay(place, other, LAST - timedelta(days=days - 1), LAST)


def of(found: Replay, rule: str) -> RuleReplay:
    (one,) = (one for one in found.rules if one.rule == rule)
    return one


# ---- counts ----------------------------------------------------------------------------------


def test_the_policy_in_force_tried_on_itself_changes_nothing(tiny: TinyDistrict) -> None:
    found = tried(tiny, pack("injdb"))
    assert not any(rule.changes for rule in found.rules)
    direct = of(found, "direct-no-adult")
    assert (direct.staff, direct.pairs, direct.messages) == (
        Count(0, 0, 1), Count(0, 0, 1), Count(0, 0, 2),
    )  # fmt: skip
    assert direct.records is None
    listed = [i for i in tiny.items() if i["rule"] == "direct-no-adult" and i["state"] != "covered"]
    assert [(item["by_adult"], item["by_student"]) for item in listed] == [(2, 1)]


def test_a_switch_answered_otherwise_gains_what_it_no_longer_excuses(tiny: TinyDistrict) -> None:
    found = tried(tiny, pack("injdb", bcc_counts="do not count"))
    direct = of(found, "direct-no-adult")
    assert direct.staff == Count(0, 0, 1), "the same teacher as before"
    assert direct.pairs == Count(1, 0, 1)
    assert direct.messages == Count(1, 0, 2)


def test_the_other_way_round_the_same_is_lost(tiny: TinyDistrict) -> None:
    with opened(tiny) as place:
        strict = replace(place, pack=pack("injdb", bcc_counts="do not count"))
        found = audit.replay(strict, pack("injdb"), LAST - timedelta(days=13), LAST)
    assert of(found, "direct-no-adult").messages == Count(0, 1, 2)


def test_what_an_exception_covers_is_not_counted(tiny: TinyDistrict) -> None:
    covered = [item for item in tiny.items() if item["state"] == "covered"]
    assert len(covered) == 1
    direct = of(tried(tiny, pack("injdb")), "direct-no-adult")
    assert direct.pairs.both == 1, "not the pair that the family tie covers"
    elsewhere = of(tried(tiny, pack("maapp")), "direct-no-adult")
    assert elsewhere.in_present and elsewhere.in_other


def test_a_rule_of_one_pack_alone_counts_wholly(tiny: TinyDistrict) -> None:
    found = tried(tiny, pack("maapp"))
    late = of(found, "quiet-hours")
    assert (late.in_present, late.in_other) == (False, True)
    assert late.messages == Count(1, 0, 0)
    half = of(found, "coach-partial-team")
    assert (half.in_present, half.in_other) == (True, False)
    assert (half.staff, half.messages) == (Count(0, 1, 0), Count(0, 1, 0))


def test_days_before_the_first_are_left_out(tiny: TinyDistrict) -> None:
    direct = of(tried(tiny, pack("injdb"), days=6), "direct-no-adult")
    assert direct.messages == Count(0, 0, 1)


# ---- honesty ---------------------------------------------------------------------------------


def test_a_check_without_its_records_is_named_and_not_counted(tiny: TinyDistrict) -> None:
    found = tried(tiny, pack("maapp"))
    reasons = {one.rule: one.reason for one in found.not_run}
    assert "no records are kept of" in reasons["contact-despite-limit"]
    assert reasons.keys().isdisjoint(rule.rule for rule in found.rules)
    everything = reasons.keys() | {rule.rule for rule in found.rules}
    assert everything == pack("maapp").bindings.keys() | pack("injdb").bindings.keys()


def test_days_that_nobody_read_are_said(tiny: TinyDistrict) -> None:
    assert tried(tiny, pack("injdb")).gaps == ()
    (gap,) = tried(tiny, pack("injdb"), days=90).gaps
    assert gap.startswith("District e-mail: checked in part")
    assert "of 90 days missing" in gap


def test_without_a_night_there_is_nothing_to_try_it_on(tmp_path: Path) -> None:
    fresh = TinyDistrict(tmp_path)
    office = wiring.prepare(fresh.folder / "district.toml")
    with (
        wiring.workplace(office, may_begin=True) as place,
        pytest.raises(AuditError, match="no nightly run"),
    ):
        audit.replay(place, pack("maapp"), LAST, LAST)


# ---- nothing is changed, nobody is named -----------------------------------------------------


def kept(tiny: TinyDistrict) -> dict[str, str]:
    """Return every file of the data folder but SQLite's own bookkeeping, with its hash."""
    data = tiny.folder / "data"
    return {
        str(path.relative_to(data)): sha256(path.read_bytes()).hexdigest()
        for path in data.rglob("*")
        if path.is_file() and not path.name.endswith(("-wal", "-shm"))
    }


def rows(tiny: TinyDistrict) -> dict[str, int]:
    connection = sqlite3.connect(tiny.folder / "data" / "ledger.sqlite")
    try:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        names = [name for (name,) in tables.fetchall()]
        return {n: connection.execute(f'SELECT COUNT(*) FROM "{n}"').fetchone()[0] for n in names}
    finally:
        connection.close()


def test_neither_the_ledger_nor_the_lake_nor_a_page_changes(tiny: TinyDistrict) -> None:
    def pages() -> list[Path]:
        return sorted((tiny.folder / "reports").rglob("*"))

    before, counted, printed = kept(tiny), rows(tiny), pages()
    assert counted["run"] == 1 and len(before) > 5
    for other in (pack("maapp"), pack("injdb", bcc_counts="do not count")):
        tried(tiny, other, days=90)
    assert (kept(tiny), rows(tiny), pages()) == (before, counted, printed)


def test_no_line_tells_of_anybody(tiny: TinyDistrict) -> None:
    code, document = tiny.command("replay", "--policy", "maapp", "--days", "14")
    assert code == 0
    said = json.dumps(document, ensure_ascii=False)
    for person, _, given, family, email, *_ in tiny.users:
        for word in (f'"{person}"', f"{given} {family}", email):
            assert word not in said
    for rule in document["rules"]:
        for of_what in ("staff", "pairs", "messages", "records"):
            assert rule[of_what] is None or rule[of_what].keys() == {"gained", "lost", "both"}
