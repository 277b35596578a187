"""Who was who on which day: rosters in, dated intervals and an unmatched queue out."""

from auditor.directory.changes import missing_kinds
from auditor.directory.delivered import Delivered
from auditor.directory.delivery import deliver
from auditor.directory.guard import Change, Guard, Loss, Refused, change_of
from auditor.directory.intervals import (
    OPEN_END,
    OPEN_START,
    Interval,
    Stated,
    day_number,
    day_of,
    fold,
)
from auditor.directory.people import mask, names_borne
from auditor.directory.register import Register
from auditor.directory.state import State, from_tables, to_tables
from auditor.directory.tables import DirectoryTables, build_tables

__all__ = [
    "OPEN_END",
    "OPEN_START",
    "Change",
    "Delivered",
    "DirectoryTables",
    "Guard",
    "Interval",
    "Loss",
    "Refused",
    "Register",
    "State",
    "Stated",
    "build_tables",
    "change_of",
    "day_number",
    "day_of",
    "deliver",
    "fold",
    "from_tables",
    "mask",
    "missing_kinds",
    "names_borne",
    "to_tables",
]
