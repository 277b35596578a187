"""Mail at the end of real runs, against a real server: who gets what, once, and without names."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from auditor import mailbook
from auditor.audit import AuditError
from auditor.ledger import Ledger
from auditor.mailbook import Mail
from auditor.result import MailState
from cron import commands_run
from cron.announced import Announced
from cron.commands_run import Asked
from cron.digesting import Period
from cron.mailing import Mailing
from cron.outcome import CommandError
from cron.ran import Job
from cron.secrets import make_pepper
from reports.delivery.smtp import Security
from tests.cron.tiny_district import ROOT, TinyDistrict
from tests.reports.mail_server import PASSWORD, USER, Post, free_port, running, words

SUNDAY = "2026-10-25"
"""The last of its month, so that the month is due with the week."""
WEEK = "Message review, Oct 19–25: "
MONTH = "Monthly message review, October 2026: "
DELIVERY = """
[athletic_director]
person = "T2"
[superintendent]
name = "Ellis Example"
[delivery]
server = "127.0.0.1"
port = {port}
security = "none"
sender = "message-review@d.example"
reply_to = "help@d.example"
timeout_seconds = 5
[delivery.to]
it = ["it@d.example", "night@d.example"]
superintendent = ["ellis@d.example"]
"""
NAMES = ("Sam", "Sue", "Sol", "Tina", "Tom", "Pat", "Gil", "Ellis", "s1@", "t1@", "gil@", "home.example")


class Told:
    """A tiny district that sends mail, and the server that gets it."""

    def __init__(self, folder: Path, post: Post, port: int) -> None:
        self.tiny = TinyDistrict(folder)
        self.post = post
        self.port = port
        self.settings()

    def settings(self, more: str = "", **changed: str) -> None:
        text = DELIVERY.format(port=self.port)
        for old, new in changed.items():
            text = text.replace(old, new)
        self.tiny.settings(text + more)

    def without_notice(self) -> None:
        head, _, rest = self.config.read_text().partition("[notice]")
        self.config.write_text(head + rest[rest.index("[sources.roster]") :])

    @property
    def config(self) -> Path:
        return self.tiny.folder / "district.toml"

    def do(self, job: Job, mailing: Mailing = Mailing.SEND, only: Period | None = None) -> tuple[int, Any]:
        outcome = commands_run.run(self.config, job, date.fromisoformat(SUNDAY), Asked(True, mailing, only))
        return outcome.exit_code, outcome.document

    def arrived(self) -> list[tuple[str, str]]:
        """Return (recipient, subject) of what came in since the last look, and forget it."""
        found = [
            (", ".join(recipients), str(mail["Subject"]))
            for (recipients, _), mail in zip(self.post.taken, self.post.mails, strict=True)
        ]
        self.post.taken.clear()
        return sorted(found)


def refused_before(folder: Path) -> None:
    """Leave a ledger as a night does whose mail was refused."""
    make_pepper(folder / "secrets/pepper")
    (folder / "data").mkdir(mode=0o700)
    mail = Mail("<x@d.example>", "A-2026-42-AD", 1, "coach’s desk", "g…@d.example")
    now = datetime.now(UTC)
    with Ledger.open(folder / "data/ledger.sqlite") as ledger, ledger.begin() as connection:
        mailbook.enter(connection, mail, now)
        mailbook.settle(connection, mail.message_id, MailState.REJECTED, "550 5.1.1", now)


@pytest.fixture(scope="module")
def running_district(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    """A district whose night and week have been run, mail and all; each test takes it further."""
    with running() as (post, port):
        told = Told(tmp_path_factory.mktemp("told") / "district", post, port)
        told.tiny.mail("m0", "2026-11-23", "t1", ["t2"])  # so that its source is no quiet one
        told.tiny.mail("m1", "2026-10-20", "t1", ["s1"])
        told.tiny.mail("m2", "2026-10-21", "t1", ["s2"], cc=["t2"])
        told.tiny.write()
        refused_before(told.tiny.folder)
        yield told


@pytest.fixture
def told(running_district: Told) -> Told:
    """The same, with its own settings and nothing in the server's hands."""
    running_district.settings()
    running_district.post.taken.clear()
    running_district.post.recipient_answers.clear()
    return running_district


def test_the_night_is_told_to_it_one_mail_each(told: Told) -> None:
    code, document = told.do(Job.NIGHTLY)
    assert (code, document["mail"]["counts"]) == (0, {"accepted": 2}), document
    first, second = told.post.mails
    assert {str(first["To"]), str(second["To"])} == {"it@d.example", "night@d.example"}
    assert "Items open | 1" in words(first)
    assert "nightly/N-2026-10-25-IT-1.html" in words(first)
    assert all(len(recipients) == 1 for recipients, _ in told.post.taken)
    assert {subject for _, subject in told.arrived()} == {"Nightly run, Oct 25: complete"}

    page = told.tiny.page(document)
    assert [card["what"] for card in page["do_now"]] == ["Mend the mail address of the coach’s desk"]
    (refused,) = page["deliveries"]
    assert (refused["state"], refused["recipient"]) == ("rejected", "g…@d.example")
    text = Path(document["pages"][0]["html"]).read_text("utf-8")
    section = text.split('id="mail"', 1)[1].split("</section>", 1)[0]
    assert "550 5.1.1" in section
    assert re.findall(r"\bdelivered\b.{9}", section) == ["delivered or read."]


def test_the_week_and_the_month_reach_their_readers_and_name_nobody(told: Told) -> None:
    code, document = told.do(Job.WEEKLY)
    assert code == 0, document
    wire = b"".join(content for _, content in told.post.taken)
    bodies = "".join(words(mail) + words(mail, "html") for mail in told.post.mails)
    assert told.arrived() == [
        ("ellis@d.example", f"{WEEK}nothing needs a look"),
        ("ellis@d.example", f"{MONTH}1 item, 3 gaps"),
        ("p1@d.example", f"{WEEK}1 item"),
        ("t2@d.example", f"{WEEK}nothing needs a look"),
    ]
    for name in NAMES:
        assert name not in bodies, name
        if name != "Ellis":
            assert name.encode() not in wire, name
    for reader in ("p1@d.example", "t2@d.example", "ellis@d.example"):
        assert reader not in bodies


def test_nothing_goes_out_twice(told: Told) -> None:
    for job in (Job.DIGEST, Job.WEEKLY):
        code, document = told.do(job)
        assert (code, document["mail"]["counts"]) == (0, {})
    assert told.arrived() == []


def test_mail_can_be_looked_at_first_and_left_out(told: Told) -> None:
    _, document = told.do(Job.DIGEST, Mailing.WRITE, Period.WEEKLY)
    folder = Path(document["mail"]["folder"])
    assert folder == told.tiny.folder / "reports/outbox"
    assert len(list(folder.glob("*.eml"))) == document["mail"]["counts"]["written"] == 3
    assert "mail" not in told.do(Job.WEEKLY, Mailing.NONE)[1]
    assert told.arrived() == []


def test_an_address_of_another_person_gets_a_mail_of_its_own(told: Told) -> None:
    told.settings('athletic_director = ["sports@d.example"]\n')
    code, _ = told.do(Job.DIGEST, only=Period.WEEKLY)
    assert (code, told.arrived()) == (0, [("sports@d.example", f"{WEEK}nothing needs a look")])


def test_a_refused_address_is_a_gap_of_the_run(told: Told) -> None:
    told.settings('principals = { "10" = ["gone@d.example"] }\n')
    told.post.recipient_answers["gone@d.example"] = "550 5.1.1 Pat Principal has left"
    code, document = told.do(Job.DIGEST, only=Period.WEEKLY)
    assert code == 3
    (trouble,) = document["mail"]["troubles"]
    assert trouble.startswith("Mail to the principal of Alder High: 127.0.0.1")
    assert "Pat" not in str(document)


@pytest.mark.parametrize("reader", ["T9", "G1"])  # of no roster; with an address elsewhere
def test_a_page_whose_reader_has_no_address_is_a_gap_of_the_run(told: Told, reader: str) -> None:
    told.tiny.settings(DELIVERY.format(port=told.port), principal=reader)
    code, document = told.do(Job.DIGEST, only=Period.WEEKLY)
    assert code == 3
    (trouble,) = document["mail"]["troubles"]
    assert trouble.startswith("Mail to the principal of Alder High: no address is known.")
    assert told.arrived() == []
    told.settings(f'principals = {{ "10" = ["{reader.lower()}@d.example"] }}\n')
    assert told.do(Job.DIGEST, only=Period.WEEKLY)[0] == 0
    assert [to for to, _ in told.arrived()] == [f"{reader.lower()}@d.example"]
    with Ledger.open(told.tiny.folder / "data/ledger.sqlite") as ledger, ledger.read() as held:
        assert "principal" not in str(mailbook.cards(held))


def test_one_page_whose_record_is_torn_holds_up_no_other_mail(told: Told) -> None:
    told.settings(
        'athletic_director = ["coaches@d.example"]\nprincipals = { "10" = ["head@d.example"] }\n',
        **{"it@": "torn@"},
    )
    (twin,) = (told.tiny.folder / "reports/weekly").glob("W-2026-43-AH-*.json")
    whole = twin.read_bytes()
    twin.write_bytes(whole[:100])
    code, document = told.do(Job.DIGEST, only=Period.WEEKLY)
    assert code == 3
    (trouble,) = document["mail"]["troubles"]
    assert trouble.startswith(f"No mail could tell of {twin.name}: ")
    mails = {str(mail["To"]): mail for mail in told.post.mails}
    arrived = dict(told.arrived())
    assert arrived["coaches@d.example"] == f"{WEEK}nothing needs a look", "the rest goes out"
    assert arrived["head@d.example"] == f"{WEEK}a page that cannot be announced"
    assert "Do not read this as a quiet week." in words(mails["head@d.example"])
    assert twin.name in words(mails["torn@d.example"])
    assert str(twin.parent) not in words(mails["torn@d.example"])
    assert twin.name not in words(mails["head@d.example"])

    code, document = told.do(Job.WEEKLY)
    assert code == 0, "done again, the page is whole"
    assert twin.read_bytes() == whole
    assert [to for to, _ in told.arrived()] == ["head@d.example"]


def test_an_office_whose_page_cannot_be_read_is_not_told_of_nothing(told: Told) -> None:
    told.settings(**{"ellis@": "boss@"})
    folder = told.tiny.folder / "reports/weekly"
    (statement,) = folder.glob("C-2026-43-*.json")
    statement.write_text("{")
    assert told.do(Job.DIGEST, only=Period.WEEKLY)[0] == 3
    assert ("boss@d.example", f"{WEEK}nothing needs a look") in told.arrived(), "no silence either"
    told.settings(**{"ellis@": "head@"})
    torn = folder / "W-2026-43-SUP-1.json"
    torn.write_text("{")
    announced = Announced()
    announced.read("weekly", date.fromisoformat(SUNDAY), [torn, *folder.glob("[AC]-2026-43-*.json")])
    assert [one.audience for one in announced.unread] == ["SUP", "ALL"]
    torn.unlink()
    told.do(Job.WEEKLY, Mailing.NONE)


def test_before_the_notice_every_reader_hears_that_nobody_is_named_yet(told: Told) -> None:
    other = Told(told.tiny.folder.parent / "untold", told.post, told.port)
    other.tiny.mail("m0", "2026-11-23", "t1", ["t2"])
    other.tiny.mail("m1", "2026-10-20", "t1", ["s1"])
    other.tiny.write()
    other.without_notice()
    assert other.do(Job.NIGHTLY)[0] == 0
    told.arrived()
    code, document = other.do(Job.WEEKLY)
    assert code == 0, document
    mails = [mail for mail in told.post.mails if "it@" not in str(mail["To"])]
    assert told.arrived() == [
        ("ellis@d.example", f"{WEEK}not yet"),
        ("ellis@d.example", f"{MONTH}not yet"),
        ("it@d.example", f"{WEEK}sums without names"),
        ("night@d.example", f"{WEEK}sums without names"),
        ("p1@d.example", f"{WEEK}not yet"),
        ("t2@d.example", f"{WEEK}not yet"),
    ]
    for mail in mails:
        if mail["To"] != "night@d.example":
            said = words(mail)
            assert "pages with names start once the notice to staff is recorded" in said
            assert "Do not read this as a quiet" in said
            assert "|" not in said, "no table, so no number and no gap"
            assert not [name for name in NAMES if name in said]
    code, document = other.do(Job.DIGEST, only=Period.WEEKLY)
    assert (code, document["mail"]["counts"]) == (0, {}), "the page of sums is a week's page too"
    other.settings(**{"it@": "late@"})
    other.without_notice()
    assert other.do(Job.DIGEST, only=Period.WEEKLY)[0] == 0
    assert told.arrived() == [("late@d.example", f"{WEEK}sums without names")]


def test_a_server_that_is_away_holds_mail_up_and_nothing_else(told: Told) -> None:
    away = {f"port = {told.port}": f"port = {free_port()}"}
    told.settings('athletic_director = ["late@d.example"]\n', **away)
    code, document = told.do(Job.WEEKLY)
    assert (code, document["complete"]) == (3, False)
    assert document["not_checked"] == []
    assert Path(document["pages"][0]["html"]).exists()
    assert document["mail"]["counts"] == {"deferred": 1}
    assert "could not be reached" in document["mail"]["troubles"][0]
    assert told.arrived() == []
    told.settings('athletic_director = ["late@d.example"]\n')
    assert told.do(Job.DIGEST, only=Period.WEEKLY)[1]["mail"]["counts"] == {"accepted": 1}
    assert told.arrived() == [("late@d.example", f"{WEEK}nothing needs a look")]


def test_mail_that_waited_goes_to_nobody_who_does_not_read_it_any_more(told: Told) -> None:
    away = {f"port = {told.port}": f"port = {free_port()}"}
    told.settings('athletic_director = ["former@d.example"]\n', **away)
    assert told.do(Job.WEEKLY)[1]["mail"]["counts"] == {"deferred": 1}
    told.settings('athletic_director = ["present@d.example"]\n')
    counts = told.do(Job.DIGEST, only=Period.WEEKLY)[1]["mail"]["counts"]
    assert counts == {"accepted": 1, "superseded": 1}
    assert told.arrived() == [("present@d.example", f"{WEEK}nothing needs a look")]


def test_a_second_start_says_what_became_of_mail_that_waited(told: Told) -> None:
    for line, code, counts in (({f"port = {told.port}": f"port = {free_port()}"}, 3, {"deferred": 1}), ({}, 0, {"accepted": 1})):
        told.settings('athletic_director = ["second@d.example"]\n', **line)
        done = commands_run.once(told.config, Job.WEEKLY, date.fromisoformat(SUNDAY))
        assert (done.exit_code, done.as_json()["mail"]["counts"]) == (code, counts)


def test_a_run_killed_between_the_servers_word_and_ours_sends_the_mail_again(told: Told) -> None:
    told.settings(**{"night@": "another@"})
    command = [
        sys.executable, "-m", "cron.cli", "run", "digest", "--job", "nightly", "--date", SUNDAY,
        "--config", str(told.config),
    ]  # fmt: skip
    path = os.pathsep.join([str(ROOT), *sys.path[1:]])
    run = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": path})
    told.post.on_data = lambda: os.kill(run.pid, signal.SIGKILL)
    assert run.wait(60) == -signal.SIGKILL
    told.post.on_data = None
    (killed,) = told.post.taken
    code, document = told.do(Job.DIGEST, only=Period.NIGHTLY)
    assert (code, document["mail"]["counts"]) == (0, {"accepted": 1})
    assert told.post.taken == [killed, killed]
    assert killed[0] == ("another@d.example",)


def test_a_night_that_fails_is_told_and_fails_all_the_same(told: Told) -> None:
    other = Told(told.tiny.folder.parent / "empty", told.post, told.port)
    with pytest.raises(AuditError, match="roster"):
        other.do(Job.NIGHTLY)
    mails = {str(mail["To"]): mail for mail in told.post.mails}
    assert mails.keys() == {"it@d.example", "night@d.example"}
    assert mails["it@d.example"]["Subject"] == "Nightly run, Oct 25: no report could be made"
    assert "Do not read this as a quiet night." in words(mails["it@d.example"])
    told.arrived()
    with pytest.raises(AuditError):
        other.do(Job.NIGHTLY)
    assert told.arrived() == []  # once for each night is enough
    with pytest.raises(AuditError, match="no nightly run has finished"):
        other.do(Job.WEEKLY)
    subjects = dict(told.arrived())
    assert subjects["ellis@d.example"] == f"{WEEK}no report could be made"
    assert "it@d.example" in subjects


def test_a_ledger_that_cannot_be_opened_is_told_to_it(told: Told) -> None:
    other = Told(told.tiny.folder.parent / "damaged", told.post, told.port)
    (other.tiny.folder / "secrets").mkdir(mode=0o700)
    pepper = other.tiny.folder / "secrets/pepper"
    pepper.write_text("ab" * 32)
    pepper.chmod(0o600)
    (other.tiny.folder / "data").mkdir(mode=0o700)
    (other.tiny.folder / "data/ledger.sqlite").write_bytes(b"this is no database at all")
    with pytest.raises(Exception, match="not a ledger"):
        other.do(Job.NIGHTLY)
    assert [to for to, _ in told.arrived()] == ["it@d.example", "night@d.example"]


def test_what_a_digest_cannot_do(told: Told) -> None:
    with pytest.raises(CommandError, match="no page was made of the week to"):
        commands_run.run(told.config, Job.DIGEST, date(2026, 11, 1), Asked(only=Period.WEEKLY))
    with pytest.raises(CommandError, match="Leave it out"):
        told.do(Job.DIGEST, Mailing.NONE)
    with pytest.raises(CommandError, match="auditor run digest --job weekly"):
        told.do(Job.NIGHTLY, only=Period.WEEKLY)
    silent = TinyDistrict(told.tiny.folder.parent / "silent")
    with pytest.raises(CommandError, match=r"\[delivery\]"):
        commands_run.run(silent.folder / "district.toml", Job.DIGEST, date(2026, 11, 1))


def test_a_password_from_a_file_signs_in_and_a_loose_one_does_not(told: Told) -> None:
    with running(Security.STARTTLS, auth=True) as (post, port):
        certificate = ROOT / "tests/reports/certificates/localhost.pem"
        secret = told.tiny.folder / "secrets/mail"
        secret.write_text(f"{PASSWORD}\n")
        secret.chmod(0o644)
        line = f'security = "starttls"\nuser = "{USER}"\npassword = "file:secrets/mail"\nca_file = "{certificate}"'
        changes = {'security = "none"': line, f"port = {told.port}": f"port = {port}"}
        told.settings('athletic_director = ["third@d.example"]\n', **changes)
        code, document = told.do(Job.DIGEST, only=Period.WEEKLY)
        assert code == 3
        assert "chmod 600" in document["mail"]["troubles"][0]
        assert PASSWORD not in str(document)
        secret.chmod(0o600)
        assert told.do(Job.DIGEST, only=Period.WEEKLY)[1]["mail"]["counts"] == {"accepted": 1}
        assert [recipients for recipients, _ in post.taken] == [("third@d.example",)]
