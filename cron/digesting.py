"""Mail at the end of a job, or by itself: what is due, and that trouble with it is only told.

An audit whose mail cannot go out is still an audit. So nothing that goes wrong with mail leaves
this module as an error of the job, and word of a job that failed never hides why it failed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path

from auditor.audit import AuditError, Workplace
from auditor.ledger import StorageError
from auditor.source import SourceError
from cron import console, wiring
from cron.announced import Announced
from cron.mailing import Mailing, Posted
from cron.outcome import CommandError, Exit
from cron.post import PostOffice, month_due, tell_unopened, week_end
from cron.wiring import Office
from reports import month
from reports.digests import MONTHLY, NIGHTLY, WEEKLY
from reports.shown import listed


class Period(StrEnum):
    """What a digest is about."""

    NIGHTLY = NIGHTLY
    WEEKLY = WEEKLY
    MONTHLY = MONTHLY


def post_office(office: Office, place: Workplace, now: datetime) -> PostOffice | None:
    """Return what sends the district's mail, or None where it sends none."""
    settings = office.settings
    if settings.delivery is None:
        return None
    storage = settings.storage
    return PostOffice(settings.delivery, place, storage.reports, storage.data, now)


def after_job(
    post: PostOffice | None,
    job: str,
    pages: Iterable[Path],
    audit_date: date,
    mailing: Mailing,
    step: console.Step,
) -> Posted | None:
    """Send the mail about a job's pages; None where no mail is wanted."""
    if post is None or mailing is Mailing.NONE:
        return None
    step("mail")
    last = week_end(audit_date) if job == WEEKLY else audit_date
    announced = Announced()
    announced.read(job, last, pages)
    try:
        return post.announce(announced, mailing, monthly=month_due(last) if job == WEEKLY else None)
    except (StorageError, OSError) as error:
        return Posted(troubles=[f"No mail could be written. {error}"])


def once_more(
    post: PostOffice | None, job: str, audit_date: date, mailing: Mailing, step: console.Step
) -> Posted | None:
    """Send what did not go out of the mail about a job that was done before.

    Its pages are those on record, wherever they lie by now.
    """
    if post is None or mailing is Mailing.NONE:
        return None
    step("mail")
    last = week_end(audit_date) if job == WEEKLY else audit_date
    announced = Announced()
    gone: list[str] = []
    announced.read(job, last, _pages(post, job, last, gone))
    try:
        posted = post.announce(
            announced, mailing, monthly=month_due(last) if job == WEEKLY and not gone else None
        )
    except (StorageError, OSError) as error:
        return Posted(troubles=[f"No mail could be written. {error}"])
    posted.troubles += gone
    return posted


@contextmanager
def workplace(
    office: Office, job: str, audit_date: date, now: datetime, mailing: Mailing
) -> Iterator[Workplace]:
    """Open the storage; where it cannot be opened IT gets word of that, though none is kept."""
    with ExitStack() as stack:
        try:
            place = stack.enter_context(wiring.workplace(office, may_begin=True))
        except StorageError as error:
            if office.settings.delivery is not None and mailing is Mailing.SEND:
                for line in tell_unopened(office, job, audit_date, str(error), now):
                    console.LOG.warning("%s", line)
            raise
        yield place


@contextmanager
def failure_told(
    post: PostOffice | None, job: str, audit_date: date, mailing: Mailing
) -> Iterator[None]:
    """Send word of a job that fails, then let it fail as it would have."""
    try:
        yield
    except (AuditError, StorageError, SourceError, OSError) as error:
        if post is not None and mailing is Mailing.SEND:
            _tell(post, job, audit_date, error)
        raise


def _tell(post: PostOffice, job: str, audit_date: date, error: Exception) -> None:
    try:
        posted = post.tell_failure(job, audit_date, str(error))
    except (StorageError, OSError) as another:
        console.LOG.warning("no mail about the failure could be written: %s", another)
    else:
        for line in posted.troubles:
            console.LOG.warning("%s", line)


def digest(
    post: PostOffice | None,
    audit_date: date,
    mailing: Mailing,
    only: Period | None,
    step: console.Step,
) -> Posted:
    """Send the mail that is due for pages made earlier, and what still waits.

    Raises ``CommandError`` where no mail is set up or there is no page to tell of.
    """
    if post is None:
        raise CommandError(
            "no mail is set up", where="[delivery]", cure="Add [delivery] to the settings"
        )
    if mailing is Mailing.NONE:
        raise CommandError(
            "a digest is mail and nothing else", where="--no-mail", cure="Leave it out"
        )
    step("mail")
    sunday = week_end(audit_date)
    announced = Announced()
    gone: list[str] = []
    if only in (None, Period.NIGHTLY):
        announced.read(NIGHTLY, audit_date, _pages(post, NIGHTLY, audit_date, gone))
    weekly = _pages(post, WEEKLY, sunday, gone) if only in (None, Period.WEEKLY) else []
    announced.read(WEEKLY, sunday, weekly)
    monthly = month_due(sunday) if weekly and only is None else None
    if only is Period.MONTHLY:
        monthly = month.last_of_month(audit_date)
    if not announced and not gone and monthly is None:
        raise _nothing(audit_date, sunday, only)
    posted = post.announce(announced, mailing, monthly=monthly)
    posted.troubles += gone
    return posted


def _pages(post: PostOffice, job: str, last: date, gone: list[str]) -> list[Path]:
    """Return a job's pages, or none of them where one was deleted: word of the rest would read
    as if there were no more. What is not told goes to ``gone``.
    """
    deleted = post.deleted(job, last)
    if not deleted:
        return post.pages(job, last)
    gone.append(
        f"Nobody is told of {listed(deleted)}: deleted since, as for a person who was erased. "
        f"`auditor run {job} --date {last} --again` makes the pages anew and tells of them"
    )
    return []


def _nothing(audit_date: date, sunday: date, only: Period | None) -> CommandError:
    named = {Period.NIGHTLY: f"the night of {audit_date}", Period.WEEKLY: f"the week to {sunday}"}
    of = named[only] if only in named else " or ".join(named.values())
    return CommandError(
        f"no page was made of {of}",
        where="--date",
        cure="Make it first: `auditor run nightly` or `auditor run weekly`",
        code=Exit.FAILED,
    )
