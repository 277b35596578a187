"""The stream ``classroom``: comments and announcements; Classroom itself shows no comments.

A private comment on a student's work is between the two people the log names. The teachers of the
course may read it too, but nobody told them: they are no party. What is written for the whole
course is delivered with its author alone, because the log does not tell who was in the course.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from auditor.model import Address, Channel, Message, Party, PartyRole
from connectors.google.activities import Activity, Event
from connectors.google.flattening import text_of, texts_of
from connectors.google.logs.reading import Reading
from connectors.portions import Day, Portion, whole

PRIVATE = "commented_submission_private"
ANNOUNCED = "published_announcement"
PUBLIC = ("commented_submission_public", "commented_announcement", "commented_course_work")
EVENTS = (PRIVATE, ANNOUNCED, *PUBLIC)
_KEEP = frozenset({"course_id", "post_id", "impacted_users"})
"""All that is read of a row; titles and grades are not among it."""


class ClassroomLog:
    """Reads the log of Google Classroom."""

    name = "classroom"

    def __init__(self, reading: Reading, tool: str) -> None:
        self._reading = reading
        self._tool = tool

    def read(self, days: Sequence[Day]) -> Iterator[Portion]:
        """Yield the comments and announcements of all the days, one kind after another."""
        for name in EVENTS:
            log = self._reading.log(self.name, event=name, keep=_KEEP)
            yield from self._reading.portions(log, whole(days), self._take)
        done = self._reading.portion(self.name)
        done.finished = tuple(day.date for day in days)
        yield done

    def _take(self, portion: Portion, row: Activity, event: Event) -> None:
        author = self._reading.address(row.email)
        if author is None:
            portion.refuse("actor.email", "it does not tell who wrote")
            return
        texts = texts_of(event.parameters, "impacted_users")
        found = dict.fromkeys(self._reading.address(text) for text in texts)
        unread = None in found
        named = [one for one in found if one is not None and one != author]
        if event.name in PUBLIC:
            named, unread = [], True
        if not named and not unread:
            portion.say(f"{event.name} of which the log does not tell for whom")
        portion.deliver(
            self._message(row, event, author, named, hidden=unread or not named), row.at
        )

    def _message(
        self, row: Activity, event: Event, author: Address, named: list[Address], *, hidden: bool
    ) -> Message:
        course, post = (text_of(event.parameters, name) for name in ("course_id", "post_id"))
        private = event.name == PRIVATE
        # The one whose work it is, whoever of the two writes: the conversation is about it.
        about = "+".join(sorted(one.text for one in (author, *named))) if private else ""
        where = "/".join(part for part in (self._reading.source, course, post, about) if part)
        itself = f"{row.qualifier}.{event.index}"
        return Message(
            native_id="/".join(part for part in (course, post, event.name, itself) if part),
            channel=Channel.ANNOUNCEMENT if event.name == ANNOUNCED else Channel.LMS_COMMENT,
            tool=self._tool,
            sent_at=row.at,
            parties=(
                Party(author, PartyRole.FROM),
                *(Party(one, PartyRole.TO) for one in named),
            ),
            thread=where if post is not None else None,
            container=None if private else course,
            recipients_hidden=hidden,
        )
