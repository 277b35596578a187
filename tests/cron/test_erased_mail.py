"""Mail that waits when a person is erased names nobody afterwards, and is written anew."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.cron.rights_world import RETENTION, Rights
from tests.reports.mail_server import free_port, running

WHO = ("--by", "Dana Example", "--reason", "the family asked for it")
DELIVERY = """
[delivery]
server = "127.0.0.1"
port = {port}
security = "none"
sender = "message-review@d.example"
reply_to = "help@d.example"
timeout_seconds = 5
[delivery.to]
it = ["it@d.example", "p1@d.example"]
superintendent = ["ellis@d.example"]
athletic_director = ["sports@d.example"]
"""


@pytest.fixture
def district(begun_district: Rights, tmp_path: Path) -> Rights:
    """A district whose mail waits, for its mail server is away."""
    district = Rights.copied(begun_district, tmp_path / "district")
    district.settings(RETENTION + DELIVERY.format(port=free_port()))
    code, document = district.command("run", "digest", "--date", "2026-11-22")
    assert (code, document["mail"]["counts"].keys()) == (3, {"deferred"})
    return district


def mails(district: Rights) -> list[tuple[str, str, str]]:
    """Return (report, recipient, state) of every mail."""
    with closing(sqlite3.connect(district.folder / "data/ledger.sqlite")) as ledger:
        query = "SELECT report_id, recipient, state FROM delivery ORDER BY 1, 2"
        return ledger.execute(query).fetchall()


def erased(district: Rights, person: str) -> Any:
    code, done = district.command("purge", "--person", person, "--yes", *WHO)
    assert (code, done["proven"]) == (0, True), done
    lines = {line["of"]: line["deleted"] for line in done["certificate"]["lines"]}
    return done, lines["mail"]


def test_mail_to_somebody_erased_is_taken_back_and_written_anew(district: Rights) -> None:
    before = mails(district)
    theirs = [one for one in before if one[1] == "p…@d.example"]
    assert {one[0] for one in theirs} == {"N-2026-11-22-IT", "W-2026-47-AH"}
    assert any(b"p1@d.example" in mail for mail in district.bytes_below("data/outbox").values())
    done, taken_back = erased(district, "P1")
    assert taken_back == len(theirs)
    assert "p1@d.example" not in str(done["certificate"]).casefold()
    assert "district.toml" in done["certificate"]["to_mend"]
    assert [one for one in mails(district) if one not in before] == [
        (report, recipient, "superseded") for report, recipient, _ in theirs
    ]
    assert not any(b"p1@" in mail for mail in district.bytes_below("data/outbox").values())

    with running() as (post, port):
        names = 'principals = { "10" = ["acting@d.example"] }\n'
        district.settings(RETENTION + DELIVERY.format(port=port) + names)
        code, document = district.command("run", "digest", "--date", "2026-11-22")
        assert code == 3, "the page of the school named its principal"
        assert [trouble.partition(":")[0] for trouble in document["mail"]["troubles"]] == [
            "Nobody is told of W-2026-47-AH"
        ]
        told = [to for (to,), _ in post.taken]
        assert told.count("p1@d.example") == 1, "the settings still say to tell them of the night"
        assert district.command("run", "weekly", "--date", "2026-11-22", "--again")[0] == 0
        assert "acting@d.example" in [to for (to,), _ in post.taken]
    assert "deferred" not in {state for *_, state in mails(district)}


def test_no_mail_goes_out_about_a_page_that_was_erased(district: Rights) -> None:
    waiting = mails(district)
    _, taken_back = erased(district, "S2")
    gone = {report for report, _, state in mails(district) if state == "superseded"}
    assert "W-2026-47-AH" in gone
    assert taken_back == sum(report in gone for report, *_ in waiting)
    with running() as (post, port):
        district.settings(RETENTION + DELIVERY.format(port=port))
        code, document = district.command("run", "digest", "--date", "2026-11-22")
        (trouble,) = document["mail"]["troubles"]
        assert (code, "W-2026-47-AH" in trouble) == (3, True)
        assert "auditor run weekly --date 2026-11-22 --again" in trouble
        assert "p1@d.example" not in [
            to for (to,), mail in post.taken if b"Message review, Nov 16" in mail
        ]
        post.taken.clear()
        code, document = district.command("run", "weekly", "--date", "2026-11-22", "--again")
        assert code == 0, document
        assert "p1@d.example" in [to for (to,), _ in post.taken]
    assert district.command("verify")[0] == 0
