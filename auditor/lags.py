"""How late a source is: from the moment a message was sent to the night it came in.

Measured on what is new tonight and could have come earlier: messages of days that an earlier night
had read in full, and those of the days since. A first night, or an archive of a year ago, tells of
the district's own pace, not of the source's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from auditor.daily import Known
from auditor.lake import Landed
from auditor.source import DayState, SourceContext, Window

MOST = 0.999
_MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Lag:
    """What was measured of one pull."""

    half_seconds: float
    """Half of what was new had come in after this long."""
    most_seconds: float
    """All but one in a thousand had."""
    late: int
    """Messages that were new on days an earlier night had read in full."""
    beyond: int
    """Of these, how many an ordinary night would not have asked for any more."""


def measured(
    landed: Landed, known: Known, feed: SourceContext, window: Window, now: datetime
) -> Lag | None:
    """Return how late the new messages of a pull were; None where there is nothing to measure."""
    read = [day for day, was in known.days.items() if was.state is DayState.READ]
    if not read:
        return None
    newest, again = max(read), window.last - timedelta(days=feed.reread_days)
    late = {day: sent for day, sent in landed.new_sent.items() if known.was_read(day)}
    fresh = [sent for day, sent in landed.new_sent.items() if newest < day <= window.last]
    if not late and not fresh:
        return None
    came = int(now.timestamp() * _MICROSECONDS)
    seconds = (came - np.concatenate([*late.values(), *fresh])) / _MICROSECONDS
    return Lag(
        half_seconds=float(np.quantile(seconds, 0.5)),
        most_seconds=float(np.quantile(seconds, MOST, method="higher")),
        late=sum(len(sent) for sent in late.values()),
        beyond=sum(len(sent) for day, sent in late.items() if day < again),
    )
