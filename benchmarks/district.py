"""Make the synthetic district: ``python benchmarks/district.py OUT --seed 7``.

Writes files as a district would drop them, settings, and ``planted.json``: every item the audit
must list, every one an approval must cover, and messages that must stay quiet. The same seed and
sizes give the same bytes; ``--until-week`` leaves later weeks' message files out, so that a demo
can run week by week.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from random import Random

if __package__ in (None, ""):  # run as a file: its own folder is on the path, not the repository
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.pretend.microsoft.making import names_of_posts
from benchmarks.sample import (
    apps,
    stories_direct,
    stories_office,
    stories_personal,
    stories_quiet,
    stories_records,
    stories_team,
    stories_tools,
)
from benchmarks.sample.calendar import Period
from benchmarks.sample.envelope import Outbox
from benchmarks.sample.machines import Machines
from benchmarks.sample.people import make_people
from benchmarks.sample.planted import Stage
from benchmarks.sample.rosters import oneroster, tables
from benchmarks.sample.settings import CHAT_COLUMNS, Service, district_toml, google, microsoft
from benchmarks.sample.stream import BenchWorld, bench_world
from benchmarks.sample.teams import make_groups
from benchmarks.sample.traffic import Background
from benchmarks.sample.truths import Sent, as_table, native_id
from benchmarks.sample.writers import CANARY, app_log, chat_export, communications, mbox

__all__ = ["BenchWorld", "Made", "Sizes", "bench_world", "make_district", "write_district"]


STORIES = (
    stories_direct,
    stories_team,
    stories_personal,
    stories_quiet,
    stories_records,
    stories_tools,
    stories_office,
)
"""In this order: a new one goes last, so that it takes nobody's people."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How large a district to make; the stories need a cast, hence the least values."""

    schools: int = 3
    staff: int = 60
    students: int = 700
    weeks: int = 4

    def __post_init__(self) -> None:
        """Raise ValueError for a district too small, or with more schools than have names."""
        for what, least, most in (
            ("schools", 1, 10),
            ("staff", 45, 5_000),
            ("students", 450, 60_000),
            ("weeks", 2, 40),
        ):
            if not least <= getattr(self, what) <= most:
                raise ValueError(f"{what} must be from {least} to {most}")


@dataclass(frozen=True, slots=True)
class Made:
    """What was written. Counts are of records in the message files, copies included."""

    mails: int
    posts: int
    notes: int
    apps: int
    truths: int


def make_district(sizes: Sizes, *, seed: int, end: date) -> Stage:
    """Return the whole district in memory; ``end`` is the Sunday that closes the last week."""
    if end.weekday() != 6:
        raise ValueError(f"the last day must be a Sunday, and {end} is not")
    period = Period(end, sizes.weeks)

    def stream(name: str) -> Random:
        # one stream for each part: more of one kind of traffic does not reshuffle the others
        return Random(f"{seed}/{name}")

    people = make_people(
        stream("people"),
        period,
        schools=sizes.schools,
        staff=sizes.staff,
        students=sizes.students,
    )
    groups = make_groups(stream("groups"), period, people)
    stage = Stage(period, people, groups, Outbox(stream("ids")))
    for stories in STORIES:
        stories.tell(stage)
    background = Background(stream("traffic"), stage)
    background.run()
    apps.use(stream("apps"), stage, background)
    Machines(stream("machines"), background).run()
    return stage


def write_district(
    out: Path,
    stage: Stage,
    *,
    until_week: int | None = None,
    service: Service | None = None,
    names: Mapping[str, str] | None = None,
) -> Made:
    """Write the district into ``out``, with message files of the first ``until_week`` weeks.

    What a ``service`` holds is left out of the files. ``names`` are what it calls messages that
    the files call otherwise.
    """
    period, outbox = stage.period, stage.outbox
    last_week = min(until_week or period.weeks, period.weeks)
    arrived = period.delivered_at(last_week)
    known: set[str] = set()
    counts: Counter[str] = Counter()
    for week in range(1, last_week + 1):
        mails = [m for m in outbox.mails if period.week_of(m.sent_at) == week]
        posts = [p for p in outbox.posts if period.week_of(p.sent_at) == week]
        notes = [n for n in outbox.notes if period.week_of(n.sent_at) == week]
        app_posts = [a for a in outbox.apps if period.week_of(a.sent_at) == week]
        everything: list[Sent] = [*mails, *posts, *notes, *app_posts]
        known.update(map(native_id, everything))
        counts.update(mails=len(mails), posts=len(posts), notes=len(notes), apps=len(app_posts))
        on_arrival = period.delivered_at(week)
        if service is None:
            _write(out / f"drop/mail/week-{week}.mbox", mbox(mails), on_arrival)
        if service is None or not service.holds_chat:
            _write(out / f"drop/chat/week-{week}.csv", chat_export(posts), on_arrival)
        _write(out / f"drop/lms/week-{week}.csv", communications(notes), on_arrival)
        _write(out / f"drop/apps/week-{week}.csv", app_log(app_posts), on_arrival)
    _write(out / "drop/oneroster/roster.zip", oneroster(stage), arrived)
    for name, content in tables(stage).items():
        if service is None or name not in service.instead_of:
            _write(out / f"drop/tables/{name}.csv", content, arrived)
    _write(out / "columns/chat.toml", CHAT_COLUMNS.encode(), arrived)
    _write(out / "district.toml", district_toml(stage, service).encode(), arrived)
    truths = as_table(stage.truths, known, period.day(last_week, 6), names or {})
    planted = {
        "first": period.first.isoformat(),
        "last": period.day(last_week, 6).isoformat(),
        "delivered_at": arrived.isoformat(),
        "canary": CANARY,
        "records": dict(counts),
        "truths": truths,
    }
    text = json.dumps(planted, indent=1, ensure_ascii=False) + "\n"
    _write(out / "planted.json", text.encode(), arrived)
    return Made(**counts, truths=len(truths))


def _write(path: Path, content: bytes, modified_at: datetime) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (modified_at.timestamp(), modified_at.timestamp()))


def ask_for_sizes(parser: argparse.ArgumentParser) -> None:
    """Add the options that say which district to make."""
    for name, default in (("schools", 3), ("staff", 60), ("students", 700), ("weeks", 4)):
        parser.add_argument(f"--{name}", type=int, default=default, metavar="N")
    parser.add_argument("--seed", type=int, default=7, metavar="N")
    parser.add_argument("--end", type=date.fromisoformat, default=date(2026, 11, 22))


def asked_for(parser: argparse.ArgumentParser, given: argparse.Namespace) -> Stage:
    """Return the district that the options ask for; leave with 2 for one that cannot be."""
    try:
        sizes = Sizes(given.schools, given.staff, given.students, given.weeks)
        return make_district(sizes, seed=given.seed, end=given.end)
    except ValueError as mistake:
        parser.error(str(mistake))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code (2 for sizes that cannot be)."""
    parser = argparse.ArgumentParser(
        prog="district", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("out", type=Path, help="folder to write the district into")
    ask_for_sizes(parser)
    parser.add_argument("--until-week", type=int, metavar="K", help="only the first K weeks' files")
    parser.add_argument("--google", metavar="ADDRESS", help="mail and chat are served from there")
    parser.add_argument(
        "--microsoft", nargs=3, metavar=("ADDRESS", "TENANT", "CLIENT"),
        help="mail and chat are served there",
    )  # fmt: skip
    given = parser.parse_args(arguments)
    stage = asked_for(parser, given)
    service, names = None, None
    if given.google is not None:
        service = google(given.google)
    if given.microsoft is not None:
        service, names = microsoft(*given.microsoft), names_of_posts(stage)
    made = write_district(
        given.out, stage, until_week=given.until_week, service=service, names=names
    )
    print(
        f"{given.out}: {made.mails:,} mails, {made.posts:,} chat posts, "
        f"{made.notes:,} LMS messages, {made.apps:,} in apps, {made.truths} planted truths"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
