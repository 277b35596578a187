"""What the figures of a rule mean beside its own sentences: doubts, and what may explain an item.

Why an item is listed the rule says itself; here stands only what speaks for another reading of it.
"""

from __future__ import annotations

from collections.abc import Mapping

from auditor.result import Checked

UNCERTAIN: Mapping[str, str] = {
    "unknown_addressed": "An address nobody in the rosters has was also on a message",
    "hidden": "Some recipients could not be seen",
    "on_behalf": "A message went out in another mailbox’s name",
    "unparsed": "A header could not be read in full",
    "also_class": "The students are also in the adult’s own class",
    "unknown_members": "The list has a member nobody in the rosters knows",
    "to_unknown": "It is not known whose the address is",
    "told_unknown": "It is not known when or whom the crisis was told to",
    "undated": "A record states no day",
    "report_nearby": "A report of these two people is on file, for about that time",
    "by_notice": "Known only from the tool’s own notices",
    "done_later": "An acknowledgement is on file, dated after the days judged",
    "done_elsewhere": "An acknowledgement is on file, for another school’s handbook",
    "both_found": "Two looks of the same day found different settings",
    "open_twin": "The same may have been sent another way to people who could not be seen",
}
FACTS: Mapping[str, tuple[str, str]] = {
    "is_reply": ("Answer to a message the student began", "yes"),
    "class_of_one": ("The adult holds a class for this student alone", "yes"),
    "sender_outside": (
        "Sent from an address outside the district",
        "yes; no sign-in of the district’s stands behind such an address",
    ),
    "is_guardian": ("The adult is the student’s guardian by the roster", "yes"),
    "other_adult": ("Another adult was on a message", "yes"),
    "guardians_copied": ("Guardians were copied", "yes; they are not the second adult asked for"),
    "has_personal": ("An outside address is on file", "yes"),
}


def checked(numbers: Mapping[str, int]) -> list[Checked]:
    """Return a line for each figure that says something, doubts first."""
    doubts = [
        Checked(words, "yes, so this is less certain")
        for column, words in UNCERTAIN.items()
        if numbers.get(f"{column}_max", 0) > 0
    ]
    facts = [
        Checked(words, result)
        for column, (words, result) in FACTS.items()
        if numbers.get(f"{column}_max", 0) > 0
    ]
    return [*doubts, *facts]
