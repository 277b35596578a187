"""Background that no person wrote, and background outside mail: notices, chats, LMS messages."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from random import Random

from benchmarks.sample.calendar import is_school_day, later, working_time
from benchmarks.sample.envelope import Box, Mail
from benchmarks.sample.people import DOMAIN, Human
from benchmarks.sample.stories_quiet import AUTO_REPLIED, AUTO_SUBMITTED, INVITATION
from benchmarks.sample.traffic import Background

DELIVERY_REPORT = 'multipart/report; report-type=delivery-status; boundary="report"'


class Machines:
    """What arrives beside people's mail on every day."""

    def __init__(self, rng: Random, background: Background) -> None:
        self.rng = rng
        self.background = background
        self.stage = background.stage
        self.people = background.people
        self.outbox = background.outbox
        self.staff_spaces: dict[str, tuple[str, list[Human]]] = {}
        self.class_spaces: list[tuple[str, list[Human], list[Human]]] = []

    def run(self) -> None:
        self._open_spaces()
        for day in self.stage.period.days():
            if is_school_day(day):
                self._notices(day)
                self._mailings(day)
                self._replies(day)
            self._chats(day)
            self._lms(day)
        self._second_copies()

    # ---- mail ----------------------------------------------------------------------------

    def _notices(self, day: date) -> None:
        for teacher in self.people.teachers():
            for _ in range(self.rng.choice((1, 2, 2, 3))):
                seats = self.rng.choice(self.background.classes[teacher.person_id]).students
                sender = Box("notify@lms.example", f"{teacher.name} (Marlow LMS)")
                self.outbox.mail(
                    working_time(self.rng, day),
                    sender,
                    [self.rng.choice(seats)],
                    headers=(AUTO_SUBMITTED, ("Precedence", "bulk")),
                )
        for adult in self.rng.sample(self.people.staff, len(self.people.staff) // 3):
            self.outbox.mail(
                working_time(self.rng, day),
                adult,
                list(self.rng.sample(self.people.staff, 3)),
                headers=(("Content-Class", "urn:content-classes:calendarmessage"),),
                content_type=INVITATION,
            )
        for part in ("scanner", "help-desk"):
            reader = self.rng.choice(self.people.staff)
            self.outbox.mail(working_time(self.rng, day), self.people.part(part), [reader])

    def _mailings(self, day: date) -> None:
        for school in self.people.schools:
            short = school.short.lower()
            at = working_time(self.rng, day, evenings=0)
            if day.weekday() == 4:
                families = f"families-{short}@{DOMAIN}"
                listed = ("List-Id", f"<families-{short}.marlow.example>")
                office = self.people.part(f"office-{school.short}")
                headers = (listed, ("Precedence", "bulk"), ("List-Unsubscribe", "<mailto:leave>"))
                self.outbox.mail(at, office, [families], headers=headers)
            forum = f"faculty-{short}@{DOMAIN}"
            writer = self.rng.choice(self.background.by_school[school.school_id])
            listed = ("List-Id", f"<faculty-{short}.marlow.example>")
            self.outbox.mail(at, writer, [forum], headers=(listed, ("Precedence", "list")))
            if day.weekday() == 0:
                digest = (listed, ("Precedence", "bulk"), AUTO_SUBMITTED)
                self.outbox.mail(at, Box(forum, "Faculty digest"), [writer], headers=digest)
        for adult in self.rng.sample(self.people.staff, len(self.people.staff) // 5):
            self.outbox.mail(
                working_time(self.rng, day),
                Box("news@textbooks.example", "Textbook News"),
                [adult],
                headers=(("List-Unsubscribe", "<mailto:off@textbooks.example>"),),
            )
        principal = self.stage.at_school("principal", self.people.teachers()[0])
        self.outbox.mail(working_time(self.rng, day), principal, [f"all-staff@{DOMAIN}"])

    def _replies(self, day: date) -> None:
        for adult in self.rng.sample(self.people.staff, len(self.people.staff) // 10):
            asking = self.rng.choice(self.people.staff)
            mail = self.outbox.mail(working_time(self.rng, day), asking, [adult])
            at = later(mail.sent_at, 1)
            self.outbox.mail(at, adult, [asking], after=mail, headers=AUTO_REPLIED)
        adult = self.rng.choice(self.people.staff)
        mail = self.outbox.mail(working_time(self.rng, day), adult, ["gone@nowhere.example"])
        self.outbox.mail(
            later(mail.sent_at, 1),
            Box(f"mailer-daemon@{DOMAIN}", "Mail Delivery System"),
            [adult],
            after=mail,
            headers=(("Return-Path", "<>"), ("Auto-Submitted", "auto-replied")),
            content_type=DELIVERY_REPORT,
        )

    def _second_copies(self) -> None:
        """Let one mail in forty turn up a second time, as archives of several mailboxes have it."""
        planted = {i for t in self.stage.truths for i in t.native_ids}
        again: list[Mail] = [
            replace(mail, headers=(*mail.headers, ("Delivered-To", mail.to[0].email)))
            for mail in self.outbox.mails
            if self.rng.random() < 0.025 and mail.message_id not in planted
        ]
        self.outbox.mails.extend(again)

    # ---- chat and LMS --------------------------------------------------------------------

    def _open_spaces(self) -> None:
        for school in self.people.schools:
            everyone = self.background.by_school[school.school_id]
            self.staff_spaces[school.school_id] = (self.outbox.new_space(), everyone[:8])
        for school_class in self.background.plain_classes[::3]:
            adults = [school_class.teacher, self.stage.at_school("aide", school_class.teacher)]
            pupils = [s for s in school_class.students if s.person_id not in self.stage.reserved]
            if len(pupils) > 2:
                self.class_spaces.append((self.outbox.new_space(), adults, pupils[:8]))

    def _chats(self, day: date) -> None:
        busy = 6 if is_school_day(day) else 1
        for space, adults in self.staff_spaces.values():
            for _ in range(self.rng.randrange(1, 2 * busy)):
                at = working_time(self.rng, day)
                self.outbox.post(at, space, self.rng.choice(adults), adults)
        for space, adults, pupils in self.class_spaces:
            if self.rng.random() < busy / 10:
                author = self.rng.choice((*adults, *pupils))
                self.outbox.post(working_time(self.rng, day), space, author, [*adults, *pupils])

    def _lms(self, day: date) -> None:
        share = 0.8 if is_school_day(day) else 0.15
        for school_class in self.background.plain_classes:
            if self.rng.random() > share / 2:
                continue
            at = working_time(self.rng, day, evenings=0.3)
            teacher = school_class.teacher
            pupils = [s for s in school_class.students if s.person_id not in self.stage.reserved]
            if self.rng.random() < 0.5:
                self.outbox.note(at, teacher, self.rng.sample(pupils, self.rng.randrange(2, 7)))
                continue
            student = self.rng.choice(pupils)
            second = self.background.second_adult(student)
            note = self.outbox.note(at, student, [teacher])
            if self.rng.random() < 0.6:
                at = later(at, self.rng.randrange(5, 240))
                self.outbox.note(at, teacher, [student], cc=[second], after=note)
