"""Who gets the mail of an office: the people who hold it, at their own district addresses.

An address is never guessed. It has to be the person's alone, of the district's own domains and in
force now; whoever has none gets no mail, and IT is told.
"""

from __future__ import annotations

from auditor.desk import Desk
from auditor.ledger.book import look_up
from auditor.model import AddressKind


def addresses_of_office(desk: Desk, office: str, school_id: str | None) -> tuple[str, ...]:
    """Return one district address of each holder of an office, over a school where it has one."""
    today = desk.register.newest_day
    schools = () if school_id is None else (school_id,)
    people = desk.offices.holders(office, schools, today)
    found = (_address_of(desk, person, today) for person in sorted(people))
    return tuple(sorted({address for address in found if address is not None}))


def _address_of(desk: Desk, person: int, today: int) -> str | None:
    """Return a person's district address; of several the shortest, so that it is always the same.

    Several addresses of one person are aliases of one mailbox, so any of them reaches it.
    """
    keys = desk.register.district_addresses(person, today)
    with desk.place.ledger.read() as connection:
        known = look_up(connection, keys).values()
    inside = [
        one.text
        for one in known
        if one.kind is AddressKind.EMAIL
        and one.text.isascii()
        and desk.place.district.addresses.is_district(one.text)
    ]
    return min(inside, key=lambda text: (len(text), text), default=None)
