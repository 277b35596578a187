"""A tiny district with one item for each way an exception can come out, and one over a record."""

from __future__ import annotations

import os
from pathlib import Path

from auditor import audit
from auditor.audit import Workplace
from auditor.explaining import Explanation, MessageSeen
from auditor.result import Item
from cron import wiring
from tests.cron.tiny_district import WRITTEN, TinyDistrict

MEANS = "by telephone, because of her brother"
_DAYS = "2026-11-01,2026-12-31"
_ON_FILE = f"""\
A-LATE,safety,T1,S3,,,P1,principal,2026-11-19T09:00:00-05:00,{_DAYS},,,
A-WRONG,safety,T1,S4,,,T2,teacher,2026-11-02T09:00:00-05:00,{_DAYS},,,
A-GUARDIAN,guardian,T1,S1,,,P1,principal,2026-11-02T09:00:00-05:00,{_DAYS},guardian_included,,
A-GOOD,safety,T1,S5,,,P1,principal,2026-11-02T09:00:00-05:00,{_DAYS},,,written down: her brother
"""
_ARCHIVE = """\
[sources.archive]
connector = "mail"
title = "Mail archive"
path = "drop/archive"
quiet_days = 30
covers_from = 2026-01-01
"""
_PERSONAL = """\
Message-ID: <own@home.example>
Date: Wed, 18 Nov 2026 11:00:00 -0500
From: tina@home.example
To: s1@d.example


"""


def made(folder: Path) -> TinyDistrict:
    """Write the district and run a night and, three days later, another."""
    tiny = TinyDistrict(folder)
    tiny.settings(_ARCHIVE)
    for number, name in ((4, "Four"), (5, "Five"), (6, "Six")):
        mail = f"s{number}@d.example"
        tiny.users.append((f"S{number}", "student", "Sky", name, mail, "9", ""))
    tiny.approvals(_ON_FILE)
    tables = folder / "drop/tables"
    (tables / "personal_addresses.csv").write_text(
        "person_id,kind,value\nT1,email,tina@home.example\n"
    )
    (tables / "groups.csv").write_text(
        "group_email,member_email,start,end\n"
        "club@d.example,s6@d.example,2026-09-01,\nclub@d.example,t1@d.example,,\n"
        "club@d.example,gone@d.example,,\n"
    )
    (tables / "disclosures.csv").write_text(
        "disclosure_id,adult,student,first_contact_at,last_contact_on,reported_at,reported_to,"
        "reported_to_role,means,considered_51a\n"
        f'DISC-1,T2,S3,2026-11-01T21:00:00-05:00,2026-11-02,,,,"{MEANS}",yes\n'
    )
    tiny.mail("none", "2026-11-17", "t1", ["s2"])
    for name, student in (("late", "s3"), ("wrong", "s4"), ("good", "s5")):
        tiny.mail(name, "2026-11-18", "t1", [student])
    tiny.mail("list", "2026-11-18", "t1", ["club"])
    tiny.mail("team", "2026-11-18", "t2", ["s1"])
    tiny.raw(_PERSONAL)
    (folder / "drop/archive").mkdir()
    copy = folder / "drop/archive/all.mbox"
    copy.write_text(f"From x Tue Nov 24 06:00:00 2026\n{_PERSONAL}")
    os.utime(copy, (WRITTEN, WRITTEN))
    assert tiny.run("nightly", "2026-11-19")[0] in (0, 3)
    tiny.mail("later", "2026-11-20", "t1", ["s2"])
    assert tiny.run("nightly", "2026-11-22")[0] in (0, 3)
    return tiny


class Explained:
    """Answers about the items of the district, explained in this process."""

    def __init__(self, place: Workplace) -> None:
        self._place = place
        self.items: tuple[Item, ...] = audit.items(place)
        self._known: dict[str, Explanation] = {}

    def of(self, rule: str, student: str | None) -> Explanation:
        (item,) = [
            i
            for i in self.items
            if i.rule == rule and (None if i.student is None else i.student.person_id) == student
        ]
        return self.by_id(item.id)

    def by_id(self, item_id: str) -> Explanation:
        if item_id not in self._known:
            self._known[item_id] = audit.explain(self._place, item_id)
        return self._known[item_id]

    def message(self, rule: str, student: str | None) -> MessageSeen:
        (message,) = self.of(rule, student).messages
        return message


def opened(tiny: TinyDistrict) -> wiring.Office:
    return wiring.prepare(tiny.folder / "district.toml")
