"""What the audit hands to readers: plain frozen values, free of keys, SQL and page layout.

Three states for every quantity: a number, ``None`` for "not known", and absence from the result
for "not planned". Nothing here is ever 0 because nobody looked.
"""

from auditor.result.coverage import (
    CoverageStatement,
    DayRead,
    KnownLimit,
    RuleRun,
    SelfTests,
    SourceCoverage,
    SourceState,
    Tone,
    Verdict,
)
from auditor.result.decision import Decision, Reason
from auditor.result.item import (
    Checked,
    CoveredBy,
    Item,
    ItemState,
    MessageShown,
    PersonShown,
    TeamShown,
    ThingShown,
    Verb,
)
from auditor.result.night import (
    BalanceLine,
    DirectoryCount,
    DoNow,
    Night,
    NightCell,
    QuarantineLine,
    SourceNight,
    Step,
    Unmatched,
)
from auditor.result.week import (
    Approval,
    CoachMessage,
    CoachWeek,
    Imprint,
    PrincipalWeek,
    SetAside,
    TeamResult,
    TeamWeek,
    WeekCount,
)

__all__ = [
    "Approval",
    "BalanceLine",
    "Checked",
    "CoachMessage",
    "CoachWeek",
    "CoverageStatement",
    "CoveredBy",
    "DayRead",
    "Decision",
    "DirectoryCount",
    "DoNow",
    "Imprint",
    "Item",
    "ItemState",
    "KnownLimit",
    "MessageShown",
    "Night",
    "NightCell",
    "PersonShown",
    "PrincipalWeek",
    "QuarantineLine",
    "Reason",
    "RuleRun",
    "SelfTests",
    "SetAside",
    "SourceCoverage",
    "SourceNight",
    "SourceState",
    "Step",
    "TeamResult",
    "TeamShown",
    "TeamWeek",
    "ThingShown",
    "Tone",
    "Unmatched",
    "Verb",
    "Verdict",
    "WeekCount",
]
