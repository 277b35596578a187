"""The planted truths against a naive auditor that knows nothing of how the district was made.

It reads the dropped files with the standard library and applies the five rules on who is on a
message in the plainest way. If the background broke a rule by accident, or a story missed its mark,
the sets differ.
"""

from __future__ import annotations

import csv
import io
import json
import mailbox
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import getaddresses, parsedate_to_datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from benchmarks.district import Sizes, make_district, write_district

ZONE = ZoneInfo("America/New_York")
LEADS = {"head_coach", "assistant_coach", "volunteer_coach", "adviser"}
SEASON_MARGIN = timedelta(days=14)
WHOLE_TEAM_WINDOW = timedelta(hours=24)
Pair = tuple[str, str, str]
RULES = {
    *("direct-no-adult", "two-person-space", "adult-dropped-mid-thread"),
    *("personal-address-traffic", "coach-partial-team"),
}


@dataclass
class Sent:
    """A message with everybody on it, lists expanded; the union of all its copies."""

    at: datetime
    channel: str
    sender: str
    others: set[str]
    thread: str
    automated: bool = False

    @property
    def day(self) -> date:
        return self.at.astimezone(ZONE).date()


Dates = tuple[date, date]


def _dates(row: dict[str, str], start: str, end: str) -> Dates:
    return (
        date.fromisoformat(row[start]) if row[start] else date.min,
        date.fromisoformat(row[end]) if row[end] else date.max,
    )


def _rows(text: str) -> Iterator[dict[str, str]]:
    return csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))


def canonical(email: str) -> str:
    local, _, domain = email.lower().partition("@")
    domain = {"marlowschools.example": "marlow.example"}.get(domain, domain)
    return f"{local.partition('+')[0]}@{domain}" if domain.endswith("marlow.example") else email


@dataclass
class Directory:
    owners: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    personal: dict[str, str] = field(default_factory=dict)
    hats: dict[str, list[tuple[str, Dates]]] = field(default_factory=lambda: defaultdict(list))
    names: dict[tuple[str, str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    guardians: dict[str, set[str]] = field(default_factory=dict)
    lists: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    leads: list[tuple[str, str, Dates]] = field(default_factory=list)
    members: dict[str, list[tuple[str, Dates]]] = field(default_factory=lambda: defaultdict(list))

    def who(self, addresses: set[str]) -> set[str]:
        return {p for a in addresses for p in self.owners.get(a, ())}

    def wears(self, person: str, hats: set[str], day: date) -> bool:
        return any(h in hats and a <= day <= b for h, (a, b) in self.hats.get(person, ()))

    def is_student(self, person: str, day: date) -> bool:
        return self.wears(person, {"student"}, day)

    def is_adult(self, person: str, day: date) -> bool:
        return not self.is_student(person, day) and (
            self.wears(person, {"staff"}, day)
            or any(p == person and a <= day <= b for _, p, (a, b) in self.leads)
        )

    def expand(self, address: str, seen: frozenset[str] = frozenset()) -> set[str]:
        if address not in self.lists or address in seen:
            return {address}
        return {m for a in self.lists[address] for m in self.expand(a, seen | {address})}


def read_directory(drop: Path) -> Directory:
    known = Directory()
    with zipfile.ZipFile(drop / "oneroster/roster.zip") as zipped:
        roster = {n: zipped.read(f"{n}.csv").decode() for n in ("users", "roles")}
    for row in _rows(roster["users"]):
        person = row["sourcedId"]
        known.owners[canonical(row["email"]) or person].add(person)
        known.owners[person].add(person)
        known.names[row["givenName"], row["familyName"], row["grades"]].add(person)
        known.guardians[person] = set(row["agentSourcedIds"].split(",")) - {""}
    for row in _rows(roster["roles"]):
        role = {"student": "student", "guardian": "guardian", "parent": "guardian"}
        hat = (role.get(row["role"], "staff"), _dates(row, "beginDate", "endDate"))
        known.hats[row["userSourcedId"]].append(hat)

    def table(name: str) -> Iterator[dict[str, str]]:
        return _rows((drop / f"tables/{name}.csv").read_text("utf-8"))

    for row in table("people"):
        known.owners[canonical(row["email"])].add(row["person_id"])
        known.owners[row["person_id"]].add(row["person_id"])
        known.hats[row["person_id"]].append((row["role"], _dates(row, "start", "end")))
    for row in table("aliases"):
        known.owners[canonical(row["email"])].add(row["person_id"])
    for row in table("personal_addresses"):
        known.owners[row["value"]].add(row["person_id"])
        known.personal[row["value"]] = row["person_id"]
    for row in table("groups"):
        known.lists[row["group_email"]].add(canonical(row["member_email"]))
    seasons = {r["team_id"]: _dates(r, "season_start", "season_end") for r in table("teams")}
    for row in table("team_members"):
        found = (
            {row["person_id"]}
            if row["person_id"]
            else known.owners[canonical(row["email"])]
            if row["email"]
            else known.names[row["first_name"], row["last_name"], row["grade"]]
        )
        if len(found) != 1:
            continue
        (person,) = found
        a, b = _dates(row, "start", "end")
        first, last = seasons[row["team_id"]]
        dates = (max(a, first - SEASON_MARGIN), min(b, last + SEASON_MARGIN))
        if row["role"] in LEADS:
            known.leads.append((row["team_id"], person, dates))
        else:
            known.members[row["team_id"]].append((person, dates))
    return known


def read_messages(drop: Path, known: Directory) -> dict[str, Sent]:
    messages: dict[str, Sent] = {}
    for path in sorted((drop / "mail").glob("*.mbox")):
        with closing(mailbox.mbox(path)) as box:
            mails = list(box)
        for mail in mails:
            headers = {n: [str(v) for v in mail.get_all(n, [])] for n in ("to", "cc", "bcc")}
            boxes = getaddresses([v for values in headers.values() for v in values])
            others = {p for _, a in boxes for p in known.expand(canonical(a))}
            machine = mail["Auto-Submitted"] or "calendar" in mail["Content-Type"]
            number = mail["Message-ID"].strip("<>")
            thread = (mail["References"] or mail["Message-ID"]).split()[0].strip("<>")
            sender = canonical(getaddresses([str(mail["From"])])[0][1])
            at = parsedate_to_datetime(mail["Date"])
            sent = Sent(at, "email", sender, others, thread, bool(machine))
            messages.setdefault(number, sent).others |= others
    for path in sorted((drop / "chat").glob("*.csv")):
        for row in _rows(path.read_text("utf-8")):
            at, sender = datetime.fromisoformat(row["Create Time"]), canonical(row["Sender Email"])
            others = {canonical(a) for a in row["Participants"].split(";")} - {sender}
            messages[row["Message Name"]] = Sent(at, "chat", sender, others, row["Space"])
    for path in sorted((drop / "lms").glob("*.csv")):
        for row in _rows(path.read_text("utf-8")):
            others = set(f"{row['recipient_ids']};{row['cc_ids']}".split(";")) - {""}
            at = datetime.fromisoformat(row["sent_at"])
            sent = Sent(at, "lms", row["sender_id"], others, row["message_ref"])
            messages[row["external_id"]] = sent
    for path in sorted((drop / "apps").glob("*.csv")):
        for row in _rows(path.read_text("utf-8")):
            number, at = row["external_id"], datetime.fromisoformat(row["sent_at"])
            others = set(row["recipient_ids"].split(";"))
            messages[number] = Sent(at, "app", row["sender_id"], others, number)
    return messages


def judge(messages: dict[str, Sent], known: Directory) -> dict[Pair, set[str]]:
    """Return (rule, adult, student or team) -> ids of the adult's messages."""
    found: dict[Pair, set[str]] = defaultdict(set)
    seen_with_adult: set[tuple[str, str]] = set()
    coach_mail: dict[str, list[tuple[str, Sent, str, set[str]]]] = defaultdict(list)
    for number, sent in sorted(messages.items(), key=lambda m: (m[1].at, m[0])):
        senders = known.owners.get(sent.sender, set())
        people = known.who(sent.others) - senders
        students = {p for p in people | senders if known.is_student(p, sent.day)}
        adults = {p for p in people if known.is_adult(p, sent.day)}
        if len(students) == 1 and not sent.automated:
            (student,) = students
            seconds = adults | (people & known.guardians.get(student, set()))
            author = next((p for p in senders if known.is_adult(p, sent.day)), None)
            if author and not seconds:
                rule = "direct-no-adult"
                if sent.channel == "chat":
                    rule = "two-person-space"
                elif (sent.thread, student) in seen_with_adult:
                    rule = "adult-dropped-mid-thread"
                found[rule, author, student].add(number)
            if seconds and author:
                seen_with_adult.add((sent.thread, student))
        for author in {p for p in senders if known.is_adult(p, sent.day)} - students:
            personal = {known.personal.get(a) for a in (sent.sender, *sent.others)}
            for student in students:
                if personal & {author, student}:
                    found["personal-address-traffic", author, student].add(number)
            for team, lead, (a, b) in known.leads:
                if lead == author and a <= sent.day <= b and students:
                    rostered = {p for p, (c, d) in known.members[team] if c <= sent.day <= d}
                    if students <= rostered:
                        coach_mail[team].append((number, sent, author, students))
    for team, mails in coach_mail.items():
        for number, sent, author, _ in mails:
            reached = {
                p
                for _, other, _, students in mails
                if abs(other.at - sent.at) <= WHOLE_TEAM_WINDOW
                for p in students
            }
            rostered = {p for p, (a, b) in known.members[team] if a <= sent.day <= b}
            if not rostered <= reached:
                found["coach-partial-team", author, team].add(number)
    return found


def _planted(out: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((out / "planted.json").read_text())["truths"]
    return rows


@pytest.mark.parametrize(
    ("sizes", "seed", "end"),
    [
        (Sizes(), 7, date(2026, 11, 22)),
        pytest.param(Sizes(), 8, date(2026, 11, 22), marks=pytest.mark.integration),
        (Sizes(schools=1, staff=45, students=450, weeks=2), 1, date(2027, 3, 21)),
        pytest.param(
            Sizes(schools=6, staff=120, students=1500, weeks=5), 3, date(2026, 12, 6),
            marks=pytest.mark.integration,
        ),
    ],
)
def test_naive_audit_finds_exactly_what_is_planted(
    tmp_path: Path, sizes: Sizes, seed: int, end: date
) -> None:
    write_district(tmp_path, make_district(sizes, seed=seed, end=end))
    known = read_directory(tmp_path / "drop")
    found = judge(read_messages(tmp_path / "drop", known), known)
    expected: dict[Pair, set[str]] = defaultdict(set)
    for r in _planted(tmp_path):
        # a permission that asks for a guardian takes the place of the rule it excepts from
        rule = {"guardian-not-included": "personal-address-traffic"}.get(r["rule"], r["rule"])
        if r["expect"] != "quiet" and rule in RULES:
            expected[rule, r["adult"], r["student"] or r["team"]] |= set(r["native_ids"])
    assert found == expected


def test_quiet_messages_are_there_to_be_read(tmp_path: Path) -> None:
    write_district(tmp_path, make_district(Sizes(), seed=7, end=date(2026, 11, 22)))
    messages = read_messages(tmp_path / "drop", read_directory(tmp_path / "drop"))
    rows = [r for r in _planted(tmp_path) if not r["records"]]
    planted = {i for r in rows for i in (*r["native_ids"], *r["related_ids"])}
    assert planted <= set(messages)
    assert all(m.at.astimezone(UTC).year == 2026 for m in messages.values())
