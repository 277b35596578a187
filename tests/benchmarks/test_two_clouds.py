"""The sample district split in two clouds: staff at Google, students at Microsoft, some in both.

Each cloud knows its own accounts, and of each list only those members that it has accounts of.
What was planted is found all the same, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from benchmarks.district import Sizes, make_district, write_district
from benchmarks.pretend import google as workspace
from benchmarks.pretend import microsoft as m365
from benchmarks.pretend.worlds import Seat, number
from benchmarks.sample import settings
from benchmarks.sample.planted import Stage
from tests.benchmarks.test_district_audited import differences

END = date(2026, 11, 22)
EACH = 5
"""One in so many students has an account in either cloud."""
CHAT = settings.CHAT


def is_student(unit_or_type: str) -> bool:
    return unit_or_type.startswith(("/Students", "Student"))


def is_in_both(person_id: str) -> bool:
    return number("both", person_id) % EACH == 0


def at_google(stage: Stage) -> workspace.World:
    whole = workspace.world_of(stage)
    users = tuple(
        u for u in whole.users if not is_student(u.org_unit) or is_in_both(u.person_id)
    )
    ids = {u.id for u in users}
    gone = _addresses(u for u in whole.users if u.id not in ids)
    return replace(
        whole,
        users=users,
        mailboxes={owner: box for owner, box in whole.mailboxes.items() if owner in ids},
        groups=tuple(replace(g, seats=_without(g.seats, gone)) for g in whole.groups),
    )


def at_microsoft(stage: Stage) -> m365.World:
    whole = m365.world_of(stage)
    users = tuple(u for u in whole.users if is_student(u.employee_type))
    ids = {u.id for u in users}
    gone = _addresses(u for u in whole.users if u.id not in ids)
    return replace(
        whole,
        users=users,
        mailboxes={owner: box for owner, box in whole.mailboxes.items() if owner in ids},
        groups=tuple(replace(g, seats=_without(g.seats, gone)) for g in whole.groups),
        chats=(),
        teams=(),
        classes=(),
        schools=(),
        grants=(),
        sign_ins=(),
        records=(),
        traces=(),
    )


def _addresses(users: Iterable[workspace.User | m365.User]) -> frozenset[str]:
    return frozenset(key.lower() for user in users for key in user.keys)


def _without(seats: tuple[Seat, ...], gone: frozenset[str]) -> tuple[Seat, ...]:
    return tuple(seat for seat in seats if seat.email.lower() not in gone)


def both(google: workspace.PretendGoogle, microsoft: m365.PretendMicrosoft) -> settings.Service:
    """Return the settings with which mail and lists are read from the two."""
    one = settings.google(google.base)
    other = settings.microsoft(microsoft.base, microsoft.tenant, microsoft.client)
    mail = one.sources.partition("[sources.chat]")[0]
    theirs = other.sources.partition("[sources.chat]")[0]
    theirs = theirs.replace("[sources.directory]", "[sources.tenant]")
    theirs = theirs.replace("[sources.mail]", "[sources.exchange]")
    theirs = theirs.replace('title = "District e-mail"', 'title = "Exchange"')
    return settings.Service(
        google.base, f"{mail}\n{theirs}\n{CHAT}", other.instead_of, holds_chat=False
    )


@pytest.mark.integration
def test_two_clouds_find_what_was_planted_and_nothing_else(tmp_path: Path) -> None:
    stage = make_district(Sizes(1, 45, 450, 2), seed=1, end=END)
    with (
        workspace.PretendGoogle(at_google(stage)) as google,
        m365.PretendMicrosoft(at_microsoft(stage)) as microsoft,
    ):
        shared = {u.person_id for u in google.world.users} & {
            u.person_id for u in microsoft.world.users
        }
        assert len(shared) > 50
        write_district(tmp_path, stage, service=both(google, microsoft))
        google.key_file(tmp_path / "google")
        microsoft.certificate_file(tmp_path / "microsoft")
        assert list(differences(tmp_path, END)) == []
        assert (google.mistakes, microsoft.mistakes) == ([], [])
