"""Mail nobody here wrote: every file is used, or refused with a reason, and none breaks a thing."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from tests.auditor.lake_world import KEYRING, ZONE, open_lake
from tests.connectors.mail_world import Read, pull
from tests.shared_data import shared

NO_DATE = ("date", "neither Date nor a Received line gives a date that can be read")
NO_FROM = ("from", "the message has none")
BAD_FROM = ("from", "it cannot be read")
NO_HEADER = (None, "it has no header")

HELD: dict[str, tuple[int, dict[tuple[str | None, str], int]]] = {
    "stalwart/legacy": (54, {}),
    "stalwart/malformed": (3, {NO_FROM: 18, NO_DATE: 2}),
    "stalwart/rfc": (4, {NO_FROM: 2, BAD_FROM: 2, NO_DATE: 2}),
    "stalwart/thirdparty": (9, {NO_FROM: 10, BAD_FROM: 1}),
    "ruby-mail/attachment_emails": (14, {}),
    "ruby-mail/error_emails": (23, {NO_FROM: 1, NO_DATE: 4}),
    "ruby-mail/mime_emails": (15, {}),
    "ruby-mail/multi_charset": (4, {NO_DATE: 2}),
    "ruby-mail/multipart_report_emails": (5, {}),
    "ruby-mail/plain_emails": (20, {}),
    "ruby-mail/rfc2822": (11, {NO_FROM: 1, NO_DATE: 2}),
    "ruby-mail/rfc6532": (0, {NO_DATE: 1}),
    "ruby-mail/sample_output_multipart": (0, {NO_HEADER: 1}),
}
"""Messages used and messages refused, by field and reason, of each folder."""


def accounted(folder: Path) -> Read:
    """Read a folder, having checked that nothing of it is unaccounted for."""
    read = pull(folder)
    files = sum(path.is_file() for path in (folder, *folder.rglob("*")))
    drafts = read.notes.get("draft left out: it was never sent", 0)
    assert len(read.messages) + len(read.rejected) + drafts == read.records == files
    assert len(read.files) == files
    return read


@pytest.mark.parametrize("name", HELD)
def test_each_folder_gives_what_it_holds(name: str) -> None:
    read = accounted(shared(f"mail/{name}"))
    refused = dict(Counter((row.field, row.reason) for row in read.rejected))
    assert (len(read.messages), refused) == HELD[name]


@pytest.mark.parametrize("name", ["stalwart", "ruby-mail"])
def test_every_folder_is_held(name: str) -> None:
    folders = {f"{name}/{path.name}" for path in shared(f"mail/{name}").iterdir()}
    assert folders == {folder for folder in HELD if folder.startswith(name)}


def test_signs_of_machines_and_resends_are_seen() -> None:
    read = accounted(shared("mail/ruby-mail"))
    kinds = Counter(message.automated.value for message in read.messages)
    assert kinds == {"no": 81, "auto-reply": 6, "notification": 3, "bulk": 1, "list": 1}
    resent = [note.count for note in read.all_notes if note.text.startswith("resent")]
    assert sum(resent) == 3


@pytest.mark.parametrize("name", ["stalwart", "ruby-mail"])
def test_it_lands_in_the_lake_once(tmp_path: Path, name: str) -> None:
    read = accounted(shared(f"mail/{name}"))
    ledger, lake = open_lake(tmp_path)
    landings = []
    with ledger:
        for run in ("run-1", "run-2"):
            with lake.landing(
                source="mail", run_id=run, keyring=KEYRING, timezone=ZONE
            ) as landing:
                for page in read.pages:
                    landing.add(page)
                landings.append(landing.commit())
    for landed in landings:
        assert (landed.read, landed.rejected) == (read.records, len(read.rejected))
        assert landed.new + landed.already_known + landed.rejected == landed.read
    assert landings[0].new >= len({m.native_id for m in read.messages})
    assert landings[1].new == 0
