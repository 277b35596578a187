"""The short mail that says a report is there: counts, what was not checked, and where it lies.

It names nobody, because mail is forwarded, shown on phones and kept by others. It is sent for a
quiet week as well, and when no report could be made: a mail that does not come must mean trouble.
Text and HTML are two renderings of the same values.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import css_inline
from markupsafe import Markup

from auditor.result import Tone, Verdict
from reports.page import environment
from reports.shown import counted

UNKNOWN = "?"
"""Stands for a number nobody has: what was not checked is never 0."""
_EMPTY_LINES = re.compile(r"\n{3,}")
MOST_ROWS = 40
"""Rows of one table; mail programs cut a mail at about 100 KB."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table; ``figures`` are words already, and "?" is not known."""

    what: str
    figures: tuple[str, ...]
    gap: bool = False


@dataclass(frozen=True, slots=True)
class Digest:
    """All that a mail says, apart from whom it goes to."""

    report_id: str
    """Without its revision."""
    revision: int
    page: str | None
    """The file name of the page, without ``.html``; None where there is no page to open."""
    folder: str
    """Where pages of its kind lie, below the reports folder."""
    district: str
    kind: str
    """In words: "weekly message review"."""
    about: str
    """"Alder Hill High School"."""
    period: str
    """"Nov 16–22"."""
    state: str
    """For the subject: "3 items, 1 gap"."""
    verdict: Verdict
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    remarks: tuple[str, ...]
    every: str
    """"weeks": what it comes for, quiet or not."""
    next_due: str
    """"Mon, Nov 30"."""

    @property
    def subject(self) -> str:
        title = self.kind[0].upper() + self.kind[1:]
        return f"{title}, {self.period}: {self.state}"


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a mail says of its reader, and how to reach the page and a person."""

    office: str
    """"principal of Alder Hill High School"."""
    link: str | None
    """Where the page opens after signing in; None: its place in the reports folder is told."""
    questions: str
    """The address that answers questions."""


def state_words(tone: Tone, items: int | None, gaps: int) -> str:
    """Return the state of a report for the subject: "3 items, 1 gap"."""
    if tone is Tone.FAILED or items is None:
        return "no report could be made"
    found = counted(items, "item") if items else "nothing needs a look"
    if not gaps:
        return found
    return f"{found if items else 'no items so far'}, {counted(gaps, 'gap')}"


def html(digest: Digest, envelope: Envelope) -> str:
    """Return the HTML of a mail, every rule of its style sheet written into the elements."""
    page = _rendered("mail/digest.html.j2", digest, envelope)
    return _inliner().inline(page)


def text(digest: Digest, envelope: Envelope) -> str:
    """Return the same as plain text.

    The one template environment escapes for HTML. Every value went through that exactly once, so
    taking it back once gives the values as they were.
    """
    escaped = _rendered("mail/digest.txt.j2", digest, envelope)
    plain = Markup(escaped).unescape()  # noqa: S704  (the text part: nobody reads it as HTML)
    return _EMPTY_LINES.sub("\n\n", plain)


def _rendered(template: str, digest: Digest, envelope: Envelope) -> str:
    return environment().get_template(template).render(
        digest=digest,
        envelope=envelope,
        rows=digest.rows,
        failed=digest.verdict.tone is Tone.FAILED,
        css=_style(),
    )


def bounded(rows: Sequence[Row], most: int, columns: int) -> tuple[Row, ...]:
    """Return at most ``most`` rows; what does not fit is counted, never dropped silently."""
    if len(rows) <= most:
        return tuple(rows)
    left = len(rows) - most + 1
    more = Row(f"{left} more lines, see the report", (UNKNOWN,) * columns, gap=rows[-1].gap)
    return (*rows[: most - 1], more)


@cache
def _style() -> Markup:
    sheet = files("reports") / "static" / "mail.css"
    return Markup(sheet.read_text(encoding="utf-8").strip())  # noqa: S704  (a file of our own)


@cache
def _inliner() -> css_inline.CSSInliner:
    """Return what writes the style into the elements; it fetches nothing."""
    return css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False)
