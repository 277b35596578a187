"""Google and Microsoft at once: one person, one message and one item, whichever cloud tells of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.cron.tiny_district import TinyDistrict
from tests.cron.two_clouds import AT, Clouds, Mail, clouds, district

ALONE = Mail("alone", "t1@d.example", ("s1@d.example",))
TO_EITHER = (
    Mail("to-google", "t1@d.example", ("s3@d.example",)),
    Mail("to-microsoft", "t1@d.example", ("s3@students.d.example",)),
)
COPIED = Mail("copied", "t1@d.example", ("s2@d.example",), cc=("t2@students.d.example",))
BLIND = Mail("blind", "t1@d.example", ("s2@d.example",), bcc=("t2@d.example",))
CLUB = Mail("club", "t1@d.example", ("club@d.example",), reached=("s3@d.example", "s1@d.example"))
TRIP = Mail("trip", "t1@d.example", ("trip@d.example",), reached=("s3@d.example", "t2@students.d.example"))
MAILS = (ALONE, *TO_EITHER, COPIED, BLIND, CLUB, TRIP)
AT_GOOGLE = (("club@d.example", ("s3@d.example",)), ("trip@d.example", ("s3@d.example",)))
AT_MICROSOFT = (
    ("club@d.example", ("s1@d.example",)),
    ("trip@d.example", ("t2@students.d.example",)),
)
"""Lists, of which each cloud knows one member."""
MAIL = ("gmail.*", "messages.*", "mailFolders.*", "messageTraces.*")
"""What is asked about mail in either cloud."""


def told(tiny: TinyDistrict) -> list[tuple[str, str, str, list[str]]]:
    return sorted(
        (one["rule"], one["adult"], one["student"], sorted(one["native_ids"]))
        for one in tiny.items()
        if one["rule"] == "direct-no-adult"
    )


def seen_by(tiny: TinyDistrict) -> dict[str, set[str]]:
    """Return which sources saw each message of the items, by its Message-ID."""
    found: dict[str, set[str]] = {}
    for one in tiny.items():
        if one["rule"] == "direct-no-adult":
            explained = tiny.command("explain", one["id"])[1]
            for message in explained["messages"]:
                for copy in message["copies"]:
                    found.setdefault(copy["native_id"], set()).add(copy["source_title"])
    return found


def direct(adult: str, student: str, *names: str) -> tuple[str, str, str, list[str]]:
    return "direct-no-adult", adult, student, sorted(f"{name}@d.example" for name in names)


@pytest.fixture(scope="module")
def both() -> Iterator[Clouds]:
    with clouds(MAILS, at_google=AT_GOOGLE, at_microsoft=AT_MICROSOFT) as found:
        yield found


@pytest.fixture(scope="module")
def at_once(both: Clouds, tmp_path_factory: pytest.TempPathFactory) -> TinyDistrict:
    """A district that read both clouds in one night."""
    tiny = district(tmp_path_factory.mktemp("at-once"), both)
    _, night = tiny.run("nightly", "2026-11-20")
    assert tiny.page(night)["unmatched"] == []
    return tiny


def test_a_person_in_either_cloud_is_one_and_so_is_a_mail_that_both_show(
    at_once: TinyDistrict,
) -> None:
    assert told(at_once) == [
        direct("T1", "S1", "alone"),
        direct("T1", "S3", "to-google", "to-microsoft"),
    ]
    assert seen_by(at_once) == {
        "alone@d.example": {"Gmail", "Exchange", "Message trace"},
        "to-google@d.example": {"Gmail"},
        "to-microsoft@d.example": {"Gmail", "Exchange", "Message trace"},
    }


def test_members_that_each_cloud_knows_of_one_list_unite(both: Clouds, tmp_path: Path) -> None:
    """With one cloud alone the lists would be of one student each."""
    tiny = district(tmp_path, both, leave_out=("microsoft", "exchange", "trace"))
    tiny.run("nightly", "2026-11-20")
    assert direct("T1", "S3", "club", "to-google", "trip") in told(tiny)


@pytest.mark.parametrize("late", ["google", "microsoft"])
def test_a_cloud_that_is_read_a_night_later_doubles_nothing_and_counts_from_then_on(
    late: str, both: Clouds, at_once: TinyDistrict, tmp_path: Path
) -> None:
    tiny = district(tmp_path, both)
    faults = (both.google if late == "google" else both.microsoft).faults
    try:
        for endpoint in MAIL:
            faults.plan(endpoint, "403", times=10_000)
        _, first = tiny.run("nightly", "2026-11-20")
        missed = "Gmail" if late == "google" else "Exchange"
        assert any(one.startswith(missed) for one in first["not_checked"])
        before = {one["id"]: one for one in tiny.items()}
        # only the sender's own mailbox tells of whom was copied blind
        assert (direct("T1", "S2", "blind") in told(tiny)) == (late == "google")
        faults.clear()
        both.turn_to(AT + timedelta(days=2))
        tiny.run("nightly", "2026-11-21")
    finally:
        faults.clear()
        both.turn_to(AT + timedelta(days=1))
    assert told(tiny) == told(at_once)
    assert seen_by(tiny) == seen_by(at_once)
    kept = {one["id"] for one in tiny.items()}
    assert {id_ for id_, one in before.items() if one["student"] == "S1"} <= kept


@pytest.mark.integration
def test_the_order_of_the_sources_changes_nothing(
    both: Clouds, at_once: TinyDistrict, tmp_path: Path
) -> None:
    tiny = district(tmp_path, both)
    settings = tmp_path / "district.toml"
    head, *parts = settings.read_text().split("\n[sources.")
    own, of_clouds = parts[:3], parts[3:]
    # the parts of one directory stay together, its roles behind it
    by_mail = [one for one in of_clouds if one.startswith(("gmail]", "exchange]", "trace]"))]
    others = [one for one in of_clouds if one not in by_mail]
    settings.write_text("\n[sources.".join([head, *by_mail[::-1], *others, *own]))
    tiny.run("nightly", "2026-11-20")
    assert told(tiny) == told(at_once)
    assert seen_by(tiny) == seen_by(at_once)
