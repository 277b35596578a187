"""What the figures of a rule mean to a reader: which make an item less certain, which explain it.

A rule measures in columns; the page says it in words. A column that is not named here is said in
the rule's own sentences.
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
    "late": ("Given or reported in time", "no, only afterwards"),
    "ended": ("It had ended before a message", "yes"),
    "not_begun": ("It had begun before a message", "no"),
    "too_early": ("It had been approved before a message", "no, only afterwards"),
    "authority": ("Granted by somebody who may", "no"),
    "no_authority": ("Approved by somebody who may", "no"),
    "scope": ("Made for these people and this tool", "no"),
    "unlisted": ("In the district’s catalogue of tools", "no"),
    "unapproved": ("Approved in the catalogue of tools", "no"),
    "retired": ("Still in use by the catalogue of tools", "no, it was retired"),
    "never": ("Reported so far", "no"),
    "told_elsewhere": ("Told to a building administrator", "no, to somebody else"),
    "lapsed": ("An older confirmation is on file", "yes, of more than a year ago"),
    "not_approved": ("Approved by the district", "no"),
    "orphaned": ("Owned by somebody who works here", "no"),
    "no_second": ("A second owner is named", "no"),
    "overdue": ("Renewed in time", "no"),
    "signature": ("It stands in the mailbox’s signature", "yes"),
    "vacation": ("It stands in the automatic reply", "yes"),
    "send_as": ("Mail can be sent under it", "yes"),
    "do_not_contact": ("A do-not-contact entry was in force", "yes"),
    "opt_out": ("The guardian had asked for no such messages", "yes"),
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
