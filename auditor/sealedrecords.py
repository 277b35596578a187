"""What offices of the sealed district have put on record, as facts of the same roster."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from auditor.handbook import school_year
from auditor.model import Address, AddressKind, Ground, GroupMember, PersonRef
from auditor.policy import Pack
from auditor.records import (
    Account,
    Acknowledgement,
    AppGrant,
    AppUse,
    Decision,
    Digest,
    Disclosure,
    Fact,
    MailboxKind,
    MailboxSetting,
    RunBy,
    SpaceMember,
    SystemSetting,
    Tool,
    ToolKind,
    ToolStatus,
)

_UTC = ZoneInfo("UTC")


def records_of(plan: Mapping[str, Any], first: date, pack: Pack) -> Iterator[Fact]:
    """Yield everything on record, counted in days from ``first``."""
    desk = _Records(first, pack)
    for one in plan["tools"]:
        yield desk.tool(one)
    for one in plan["digests"]:
        yield desk.digest(one)
    for one in (*plan["planted"], *plan["quiet"]):
        for name, make in desk.kinds().items():
            if name in one:
                yield from make(one["record"], one[name])
    without = {one["record"] for one in plan["planted"] if one["rule"] == _HANDBOOK}
    yield from desk.reviews(
        name for name, hats in plan["people"].items() if "staff" in hats and name not in without
    )


def address(name: str) -> Address:
    """Return somebody's district address, or the personal one of ``name@personal``."""
    who, _, personal = name.partition("@")
    domain = "personal.example" if personal else "sealed.example"
    return Address(AddressKind.EMAIL, f"{who}@{domain}")


_HANDBOOK = "handbook-not-acknowledged"
_Make = Callable[[str, Any], Iterable[Fact]]


@dataclass(frozen=True, slots=True)
class _Records:
    first: date
    pack: Pack

    def day(self, number: int) -> date:
        return self.first + timedelta(days=number)

    def moment(self, number: int) -> datetime:
        return datetime.combine(self.day(number), time(15), _UTC)

    def kinds(self) -> Mapping[str, _Make]:
        """Return how each kind of record that the plan knows is made: (its id, what it says)."""
        return {
            "crisis": self.crisis,
            "account": self.account,
            "setting": self.setting,
            "forwards": self.forwarding,
            "signs": self.signature,
            "lets_in": self.app,
            "list": self.mailing_list,
            "members": self.space,
        }

    def tool(self, said: Mapping[str, Any]) -> Tool:
        noticed = said.get("noticed")
        return Tool(
            said["id"],
            said["id"],
            ToolKind(said["kind"]),
            (),
            ToolStatus(said.get("status", "approved")),
            noticed_on=None if noticed is None else self.day(noticed),
        )

    def digest(self, said: Mapping[str, Any]) -> Digest:
        last = self.day(said["last"])
        return Digest("digest", said["team"], self.day(said["first"]), last, last)

    def crisis(self, id_: str, said: Mapping[str, Any]) -> Iterator[Disclosure]:
        rules = self.pack.grounds.get(Ground.CRISIS)
        yield Disclosure(
            id_,
            PersonRef(said["adult"]),
            PersonRef(said["student"]),
            None,
            self.moment(said["first"]),
            self.day(said["last"]),
            self.moment(said["reported"]),
            None,
            None if rules is None else next(iter(rules.granted_by), None),
        )

    def account(self, id_: str, said: Mapping[str, Any]) -> Iterator[Account]:
        yield Account(
            id_,
            platform="sealed feed",
            handle=id_,
            group=None,
            run_by=RunBy.STAFF,
            owner=PersonRef(said["owner"]),
            second_owner=PersonRef(said["second"]),
            requested_on=self.day(-90),
            decided_on=self.day(-80),
            decision=Decision(said["decision"]),
        )

    def setting(self, _: str, said: Mapping[str, Any]) -> Iterator[SystemSetting]:
        found, expected = said["found"], said["expected"]
        yield SystemSetting("sealed mail", said["name"], expected, found, self.day(0))

    def forwarding(self, _: str, said: Mapping[str, Any]) -> Iterator[MailboxSetting]:
        yield MailboxSetting(
            PersonRef(said["person"]), MailboxKind.FORWARDING, address(said["to"])
        )

    def signature(self, _: str, said: Mapping[str, Any]) -> Iterator[MailboxSetting]:
        yield MailboxSetting(
            PersonRef(said["person"]), MailboxKind.SIGNATURE, address(said["with"])
        )

    def app(self, name: str, said: Mapping[str, Any]) -> Iterator[AppGrant]:
        uses, since = (AppUse(said["uses"]),), self.day(said["since"])
        yield AppGrant(PersonRef(said["person"]), name, name, uses, since)

    def mailing_list(self, id_: str, members: Iterable[str]) -> Iterator[GroupMember]:
        for name in members:
            yield GroupMember(address(id_.partition("@")[0]), address(name))

    def space(self, id_: str, said: Mapping[str, Any]) -> Iterator[SpaceMember]:
        maker = PersonRef(said["maker"])
        for member in dict.fromkeys((said["maker"], said["adult"])):
            yield SpaceMember(id_, None, id_, maker, PersonRef(member))

    def reviews(self, names: Iterable[str]) -> Iterator[Acknowledgement]:
        begins = self.pack.school_year_begins
        if begins is not None:
            _, year = school_year(self.first, begins)
            document = self.pack.word("handbook_document", "handbook")
            for name in names:
                yield Acknowledgement(PersonRef(name), document, year, self.day(-90))
