"""The sample district's mail in an archive on a real Dovecot has, item for item, what files have."""

from __future__ import annotations

import json
import mailbox
import re
import subprocess
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cron.cli import app
from cron.demo_service import environment, program
from tests.dovecot import PASSWORD, Dovecot, dovecot

SIZES = ("--schools", "1", "--staff", "45", "--students", "450", "--weeks", "2", "--end", "2026-11-22")
ARCHIVE = "archive@marlow.example"
WEEKS = (("1", "2026-11-15"), ("2", "2026-11-22"))
Prepare = Callable[[Path], None]


def said(*arguments: str | Path) -> Any:
    return json.loads(CliRunner().invoke(app, [*map(str, arguments), "--json"]).stdout)


def audited(folder: Path, prepare: Prepare) -> dict[str, Any]:
    """Audit the sample district in two instalments; return its items by what they are about."""
    for week, last in WEEKS:
        command = [*program("benchmarks.district"), str(folder), *SIZES, "--until-week", week]
        subprocess.run(command, env=environment(), check=True, capture_output=True)
        prepare(folder)
        for job in ("nightly", "weekly"):
            said("run", job, "--date", last, "--config", folder / "district.toml")
    found = {}
    for item in said("items", "--config", folder / "district.toml"):
        told = {
            name: sorted(value) if name.endswith("native_ids") else value
            for name, value in item.items()
            if name != "id"  # ids follow the order in which a night meets its items
        }
        about = [told[n] for n in ("rule", "adult", "student", "team", "thing", "native_ids")]
        found[json.dumps(about)] = told
    return found


def from_files(folder: Path) -> None:
    assert (folder / "drop/mail").is_dir()


def from_imap(server: Dovecot) -> Prepare:
    there: set[bytes] = set()

    def prepare(folder: Path) -> None:
        mails = []
        for path in sorted((folder / "drop/mail").rglob("*.mbox")):
            with closing(mailbox.mbox(path, create=False)) as archive:
                for mail in archive:
                    content = mail.as_bytes()
                    if content not in there:
                        there.add(content)
                        mails.append((content, taken_in(mail)))
        assert mails
        server.deliver(ARCHIVE, mails)
        (folder / "passwords").write_text(f"{ARCHIVE} {PASSWORD}\n")
        (folder / "passwords").chmod(0o600)
        config = folder / "district.toml"
        source = (
            f'[sources.mail]\nconnector = "imap"\ntitle = "District e-mail"\nhost = "127.0.0.1"\n'
            f'port = {server.port}\ntls = false\npasswords = "passwords"\nkind = "journal"\n'
            f'mailboxes = ["{ARCHIVE}"]\ntool = "gmail"\n\n'
        )
        text, count = re.subn(r"\[sources\.mail\]\n(?:[^\[\n].*\n|\n)*", source, config.read_text())
        assert count == 1
        config.write_text(text)

    return prepare


def taken_in(mail: mailbox.mboxMessage) -> datetime:
    """Return when a mail was taken in: the moment of its separator line, or of its Date."""
    told = re.search(r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) .*", mail.get_from())
    if told is None:
        return parsedate_to_datetime(str(mail["Date"]))
    return datetime.strptime(told[0], "%a %b %d %H:%M:%S %Y").replace(tzinfo=UTC)


@pytest.mark.integration
def test_dovecot_gives_the_items_of_the_files_one_for_one(tmp_path: Path) -> None:
    expected = audited(tmp_path / "files", from_files)
    with dovecot() as server:
        found = audited(tmp_path / "imap", from_imap(server))
    assert len(expected) > 100
    assert found == expected
