"""The log of class and team apps: a quiz app on trial, which a few classes use every school day.

That it is on trial, and that the principal was told, stands in the tool catalogue, so nothing of
this is an item; it also keeps the log from falling silent, which would be a gap.
"""

from __future__ import annotations

from random import Random

from benchmarks.sample.calendar import is_school_day, working_time
from benchmarks.sample.planted import Stage
from benchmarks.sample.traffic import Background

PILOT = "quiz-board"
_CLASSES = 4
"""How many classes try it."""


def use(rng: Random, stage: Stage, background: Background) -> None:
    """Send the pilot's messages, each to several students of a class."""
    stage.file(
        *("tools", PILOT, "Quiz Board", "app", "quizboard.example", "pilot"),
        *(None, None, None, None, "four classes"),
        *(stage.period.first, stage.people.part(f"principal-{stage.people.schools[0].short}")),
    )
    classes = background.plain_classes[:_CLASSES]
    for day in stage.period.days():
        for school_class in classes if is_school_day(day) else ():
            free = [s for s in school_class.students if s.person_id not in stage.reserved]
            at = working_time(rng, day)
            stage.outbox.app(at, PILOT, school_class.teacher, free[: rng.randrange(3, 9)])
