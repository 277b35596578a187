"""What a night cannot judge though every source was read: people and addresses of nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from auditor.desk import Desk
from auditor.directory import mask
from auditor.model import UnreadList
from auditor.pulling import Pulled
from auditor.result import Unmatched

_SHOWN = 500
"""District addresses of nobody that go to the unmatched queue; the busiest come first."""
FEW_LOST, LOST_SHARE = 20, 20
"""From 20 records on, and from 1 in 20: what a list lost then is more than some bad rows."""


def unknown_addresses(desk: Desk, strangers: Mapping[int, int]) -> tuple[Unmatched, ...]:
    """Return the district's own addresses on messages that were nobody's on that day.

    ``strangers`` counts messages by address key. A new student who is not in the roster yet looks
    like this, and so does a mailbox that no list explains.
    """
    texts = desk.place.ledger.address_texts(strangers.keys())
    inside = [
        (mask(texts[key]), messages)
        for key, messages in sorted(strangers.items(), key=lambda one: (-one[1], one[0]))
        if key in texts and desk.place.district.addresses.is_district(texts[key])
    ]
    return tuple(
        Unmatched(
            source="messages",
            kind="district address",
            reference=reference,
            reason="is on messages, and on that day was nobody's in any roster or list",
            hint="add whoever has it to a roster, or list it as an account nobody is behind",
            count=messages,
        )
        for reference, messages in inside[:_SHOWN]
    )


def contested_in_use(desk: Desk, strangers: Mapping[int, int]) -> tuple[str, ...]:
    """Say that messages went to or from addresses which two people claim at once."""
    today = desk.register.newest_day
    claimed = {
        row[0]
        for row, spans in desk.state.dated["address"].items()
        if any(today in span for span in spans)
    }
    contested = len(claimed & strangers.keys())
    if not contested:
        return ()
    what = "1 address that is" if contested == 1 else f"{contested} addresses that are"
    return (f"Messages with {what} claimed by two people could not be judged.",)


def unfounded_tools(desk: Desk) -> tuple[str, ...]:
    """Say how many tools are taken as approved though nobody is on record as having done it."""
    count = len(desk.book.unfounded)
    if not count:
        return ()
    what, it = ("1 tool is", "it") if count == 1 else (f"{count} tools are", "them")
    said = f"{what} on record as approved, and not by whom: messages through {it} were allowed."
    return (said,)


def disputed_offices(desk: Desk) -> tuple[str, ...]:
    """Return the offices for which the settings name one person today and the record another."""
    today = desk.register.newest_day
    return tuple(
        desk.offices.name(office) + ("" if school is None else f" of {_school(desk, school)}")
        for office, school in desk.offices.places
        if len(desk.offices.named(office, school, today)) > 1
    )


def _school(desk: Desk, school_id: str) -> str:
    settings = desk.place.district.schools.get(school_id)
    return desk.register.school_name(school_id) if settings is None else settings.name


def unknown_readers(desk: Desk) -> tuple[str, ...]:
    """Say whose pages cannot be kept free of items about their own reader."""
    district = desk.place.district
    named = [(s.principal, f"principal of {s.name}") for s in district.schools.values()]
    named.append((district.athletic_director, "athletic director"))
    return tuple(
        f"The settings name a {office} whom no roster knows, so an item about them cannot be "
        "kept off their own page."
        for person, office in named
        if person is not None and desk.person_key(person) is None
    )


def unread_lists(pulled: Sequence[Pulled]) -> tuple[str, ...]:
    """Say of how many mailing lists nobody knows who is on them tonight."""
    gaps = []
    for one in pulled:
        count = sum(isinstance(fact, UnreadList) for fact in one.facts)
        if count:
            what = "1 mailing list" if count == 1 else f"{count} mailing lists"
            gaps.append(
                f"Who is on {what} of {one.source.context.title} could not be read; messages to "
                "such a list were judged by what was known of it before."
            )
    return tuple(gaps)


def changed_form(pulled: Sequence[Pulled]) -> tuple[str, ...]:
    """Say of which lists so much could not be used that their form has probably changed.

    A few bad rows are a matter of the list; where a column was renamed or filled otherwise, its
    people are missing from every check, and no page may look whole.
    """
    gaps = []
    for one in pulled:
        if one.brings_messages or one.landed is None:
            continue
        lost = len(one.rejected) + sum(note.count for note in one.notes if note.lost)
        if lost >= FEW_LOST and lost * LOST_SHARE >= one.landed.read:
            gaps.append(
                f"{lost} of {one.landed.read} records of {one.source.context.title} could not be "
                "used in full; its form may have changed."
            )
    return tuple(gaps)
