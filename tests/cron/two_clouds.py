"""The tiny district split in two clouds: staff's mail at Google, students' at Microsoft.

Sol and Tom have an account in either. Mail between the two is in a mailbox of each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from benchmarks.pretend import google as workspace
from benchmarks.pretend import microsoft as m365
from benchmarks.pretend.google.world import Message, google_id
from benchmarks.pretend.worlds import Seat, number
from tests.cron.tiny_district import TinyDistrict

ADMIN = "admin@d.example"
DOMAIN, STUDENTS = "d.example", "students.d.example"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
AT = datetime(2026, 11, 20, 16, tzinfo=UTC)
SOURCES = """
[sources.google]
connector = "google-directory"
title = "Google directory"
admin = "{admin}"
key = "key.json"
endpoint = "{google}"
person_id = "organization"

[[sources.google.roles]]
ou = "/Staff"
role = "staff"
school = "10"

[[sources.google.roles]]
ou = "/Students"
role = "student"
school = "10"

[sources.gmail]
connector = "gmail"
title = "Gmail"
admin = "{admin}"
key = "key.json"
endpoint = "{google}"
mailboxes = ["/Staff", "/Students"]

[sources.microsoft]
connector = "microsoft-directory"
title = "Microsoft directory"
tenant = "{tenant}"
client = "{client}"
certificate = "certificate.pem"
endpoint = "{microsoft}"

[[sources.microsoft.roles]]
employee_type = "Staff"
role = "staff"
school = "10"

[[sources.microsoft.roles]]
employee_type = "Student"
role = "student"
school = "10"

[sources.exchange]
connector = "exchange-mail"
title = "Exchange"
tenant = "{tenant}"
client = "{client}"
certificate = "certificate.pem"
endpoint = "{microsoft}"
mailboxes = [{{ employee_type = "Staff" }}, {{ employee_type = "Student" }}]

[sources.trace]
connector = "message-trace"
title = "Message trace"
tenant = "{tenant}"
client = "{client}"
certificate = "certificate.pem"
endpoint = "{microsoft}"
"""
_NAMES = {
    "T1": ("Tina", "One"), "T2": ("Tom", "Two"), "P1": ("Pat", "Principal"),
    "S1": ("Sam", "One"), "S2": ("Sue", "Two"), "S3": ("Sol", "Three"),
}  # fmt: skip
_AT_GOOGLE = {
    "t1@d.example": ("T1", "/Staff"),
    "t2@d.example": ("T2", "/Staff"),
    "p1@d.example": ("P1", "/Staff"),
    "s3@d.example": ("S3", "/Students"),
}
_AT_MICROSOFT = {
    "s1@d.example": ("S1", "Student"),
    "s2@d.example": ("S2", "Student"),
    "s3@students.d.example": ("S3", "Student"),
    "t2@students.d.example": ("T2", "Staff"),
}


@dataclass(frozen=True)
class Mail:
    """One mail, as whoever sent it had it."""

    name: str
    sender: str
    to: tuple[str, ...]
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    reached: tuple[str, ...] = ()
    """Who got it beside those named: by a list."""
    at: datetime = AT

    @property
    def owners(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.sender, *self.to, *self.cc, *self.bcc, *self.reached)))


@dataclass(frozen=True)
class Clouds:
    google: workspace.PretendGoogle
    microsoft: m365.PretendMicrosoft

    def turn_to(self, moment: datetime) -> None:
        self.google.now = self.microsoft.now = moment


def _google(mails: Sequence[Mail], groups: Sequence[tuple[str, Sequence[str]]]) -> workspace.World:
    boxes: dict[str, list[Message]] = {}
    for mail in mails:
        for owner in (one for one in mail.owners if one in _AT_GOOGLE):
            sent = owner == mail.sender
            told = {
                "Date": format_datetime(mail.at), "From": mail.sender, "To": ", ".join(mail.to),
                "Cc": ", ".join(mail.cc), "Bcc": ", ".join(mail.bcc) if sent else "",
                "Message-ID": f"<{mail.name}@d.example>",
            }  # fmt: skip
            headers = tuple((name, value) for name, value in told.items() if value)
            key = f"{number(owner, mail.name):016x}"
            one = Message(key, key, mail.at, ("SENT",) if sent else ("INBOX",), headers)
            boxes.setdefault(google_id(owner), []).append(one)
    users = [
        workspace.User(google_id(email), email, *_NAMES[person], unit, person_id=person)
        for email, (person, unit) in _AT_GOOGLE.items()
    ]
    lists = tuple(
        workspace.Group(f"{number(email):015x}", email, "list", tuple(Seat(m, since=LONG_AGO) for m in members))
        for email, members in groups
    )
    return workspace.World(
        domain=DOMAIN,
        ends=AT + timedelta(days=30),
        admin=ADMIN,
        users=(workspace.User(google_id("admin"), ADMIN, "A", "D", "/", admin=True), *users),
        groups=lists,
        org_units=("/Staff", "/Students"),
        mailboxes={owner: tuple(kept) for owner, kept in boxes.items()},
    )


def _microsoft(mails: Sequence[Mail], groups: Sequence[tuple[str, Sequence[str]]]) -> m365.World:
    boxes: dict[str, list[m365.Message]] = {}
    traces = []
    for mail in mails:
        ours = [one for one in mail.owners if one in _AT_MICROSOFT]
        for owner in ours:
            sent = owner == mail.sender
            one = m365.Message(
                f"{number(owner, mail.name):016x}", f"{number(owner):016x}",
                "sentitems" if sent else "inbox", mail.at, mail.at, f"<{mail.name}@d.example>",
                (mail.sender, ""), _boxes(mail.to), _boxes(mail.cc),
                _boxes(mail.bcc) if sent else (),
            )  # fmt: skip
            boxes.setdefault(m365.guid(owner), []).append(one)
        reached = mail.owners[1:] if mail.sender in _AT_MICROSOFT else [o for o in ours if o != mail.sender]
        traces += [
            m365.Trace(m365.guid(mail.name), f"<{mail.name}@d.example>", mail.sender, to, mail.at, mail.at)
            for to in reached
        ]
    users = tuple(
        m365.User(
            m365.guid(email), email, *_NAMES[person], person_id=person, employee_type=kind
        )
        for email, (person, kind) in _AT_MICROSOFT.items()
    )
    lists = tuple(
        m365.Group(m365.guid("list", email), email, "list", tuple(Seat(m, since=LONG_AGO) for m in members))
        for email, members in groups
    )
    return m365.World(
        domain=DOMAIN,
        domains=(STUDENTS,),
        ends=AT + timedelta(days=30),
        users=users,
        groups=lists,
        mailboxes={owner: tuple(kept) for owner, kept in boxes.items()},
        traces=tuple(traces),
        edition=replace(m365.A5, traces=100_000),  # several nights in one real moment
    )


def _boxes(addresses: Sequence[str]) -> tuple[tuple[str, str], ...]:
    return tuple((one, "") for one in addresses)


@contextmanager
def clouds(
    mails: Sequence[Mail],
    *,
    at_google: Sequence[tuple[str, Sequence[str]]] = (),
    at_microsoft: Sequence[tuple[str, Sequence[str]]] = (),
) -> Iterator[Clouds]:
    """Serve both; the last two are (list, members) as each cloud has them."""
    with ExitStack() as stack:
        one = stack.enter_context(workspace.PretendGoogle(_google(mails, at_google)))
        other = stack.enter_context(m365.PretendMicrosoft(_microsoft(mails, at_microsoft)))
        found = Clouds(one, other)
        found.turn_to(AT + timedelta(days=1))
        yield found
        assert one.mistakes == []
        assert other.mistakes == []


def district(folder: Path, both: Clouds, *, leave_out: Sequence[str] = ()) -> TinyDistrict:
    """Return a district that reads both, but for the sources that are left out."""
    tiny = TinyDistrict(folder)
    both.google.key_file(folder)
    both.microsoft.certificate_file(folder)
    text = SOURCES.format(
        admin=ADMIN, google=both.google.base, microsoft=both.microsoft.base,
        tenant=both.microsoft.tenant, client=both.microsoft.client,
    )  # fmt: skip
    kept = [
        part for part in text.split("\n[sources.") if part.partition("]")[0] not in leave_out
    ]
    tiny.settings("\n[sources.".join(kept))
    settings = folder / "district.toml"
    named = f'domains = ["{DOMAIN}", "{STUDENTS}"]'
    settings.write_text(settings.read_text().replace(f'domains = ["{DOMAIN}"]', named))
    return tiny
