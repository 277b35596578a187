"""Readings of the sample district that every pretended vendor's world is made with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from email.utils import format_datetime

from benchmarks.pretend.worlds import MailSettings, Seat, number
from benchmarks.sample.calendar import TIMEZONE
from benchmarks.sample.envelope import Box, Mail
from benchmarks.sample.people import DOMAIN, STUDENT_DOMAIN, Human
from benchmarks.sample.planted import Stage
from benchmarks.sample.writers import CANARY, header_box

OURS = (f"@{DOMAIN}", f"@{STUDENT_DOMAIN}")
DUTY = f"morning-duty@{DOMAIN}"
"""A group whose members change every week. Nobody writes to it."""
LEAVERS_STAY = timedelta(days=30)
"""How long an account outlives its owner's last day."""
_LATEST = timedelta(hours=48)


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), TIMEZONE)


def full_hour(stage: Stage, week: int, weekday: int, hour: int) -> datetime:
    """Return a full hour of a day of the period; Monday is 0."""
    return datetime.combine(stage.period.day(week, weekday), time(hour), TIMEZONE)


def opened_at(stage: Stage, human: Human) -> datetime:
    """Return when somebody's account was made: long before the period."""
    return midnight(stage.period.first) - timedelta(days=60 + number(human.person_id) % 900)


def closed_at(human: Human) -> datetime | None:
    """Return when somebody's account is switched off, if the sample says that they leave."""
    return None if human.ends is None else midnight(human.ends) + LEAVERS_STAY


def school_of(stage: Stage, human: Human) -> str:
    """Return the name of somebody's school; "" without one."""
    return next((s.name for s in stage.people.schools if s.school_id == human.school_id), "")


def further_addresses(stage: Stage) -> dict[str, list[str]]:
    """Return the addresses that people have beside their first: person id -> addresses."""
    further: dict[str, list[str]] = defaultdict(list)
    for person_id, address in stage.groups.aliases:
        further[person_id].append(address)
    return further


def account_holders(stage: Stage) -> list[Human]:
    """Return everybody to whom the district gave an account of its own."""
    people = stage.people
    everybody = (*people.staff, *people.students, *people.extras)
    return [human for human in everybody if human.mail.endswith(OURS)]


def lists_made_at(stage: Stage) -> datetime:
    return midnight(stage.period.first) - timedelta(days=45)


def duty_seats(stage: Stage) -> tuple[Seat, ...]:
    """Return three teachers on duty, others every Monday."""
    teachers = stage.people.teachers()
    seats: list[Seat] = []
    for week in range(1, stage.period.weeks + 1):
        since = full_hour(stage, week, 0, 6)
        until = None if week == stage.period.weeks else full_hour(stage, week + 1, 0, 6)
        turn = [teachers[(3 * week + n) % len(teachers)] for n in range(3)]
        seats += [Seat(teacher.mail, "MEMBER", since, until) for teacher in turn]
    return tuple(seats)


def mail_settings(stage: Stage, human: Human) -> MailSettings:
    """Return what the district's table of mailbox settings says of somebody."""
    found: dict[str, list[tuple[str, datetime, datetime | None]]] = defaultdict(list)
    early = midnight(stage.period.first) - timedelta(days=200)
    for row in stage.records.get("mailbox_settings", ()):
        person_id, setting, value, start, end = row
        if person_id == human.person_id:
            since = midnight(start) if isinstance(start, date) else early
            until = midnight(end) + timedelta(days=1) if isinstance(end, date) else None
            found[str(setting)].append((str(value), since, until))
    return MailSettings(**{name: tuple(values) for name, values in found.items()})


def once(mails: Iterable[Mail]) -> Iterable[Mail]:
    """Leave out second copies, which archives show: a vendor has one for each mailbox anyway."""
    first: dict[str, Mail] = {}
    for mail in mails:
        first.setdefault(mail.message_id, mail)
    return first.values()


def subject(mail: Mail) -> str:
    """Return a subject, which must never be stored."""
    return f"About {CANARY} {mail.message_id[:4]}"


def headers(mail: Mail) -> tuple[tuple[str, str], ...]:
    """Return the headers that every copy has, a subject that must never be stored among them."""
    answered = (
        *(("In-Reply-To", f"<{i}>") for i in mail.references[-1:]),
        ("References", " ".join(f"<{i}>" for i in mail.references)),
    )
    return (
        ("Date", format_datetime(mail.sent_at)),
        ("From", header_box(mail.sender)),
        *header_line("To", mail.to),
        *header_line("Cc", mail.cc),
        ("Message-ID", f"<{mail.message_id}>"),
        *(answered if mail.references else ()),
        ("Subject", subject(mail)),
        ("Content-Type", mail.content_type),
        *mail.headers,
    )


def header_line(name: str, boxes: tuple[Box, ...]) -> tuple[tuple[str, str], ...]:
    return ((name, ", ".join(map(header_box, boxes))),) if boxes else ()


def lag(late: float, usual: timedelta, *row: object) -> timedelta:
    """Return after how long a log shows a row: within ``usual``, or a day or two."""
    chance = number("late", *row) / 2**63
    return _LATEST * max(chance / late, 0.5) if chance < late else usual * chance
