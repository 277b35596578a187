"""The shape of ``district.toml``: every section and key there is, with what it may hold.

Sections are checked one by one, so that a mistake in one does not hide those in the others. A
source's own keys belong to its connector and are checked there.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    ValidationInfo,
    field_validator,
)
from pydantic_core import PydanticCustomError

from auditor.directory import Guard
from auditor.keys import canonical_email
from auditor.workplace import Breaker
from cron.mistakes import did_you_mean

_SHORT = re.compile(r"[A-Z][A-Z0-9]{0,4}")


def mistake(what: str, cure: str) -> PydanticCustomError:
    """Return the error by which a value says what is wrong with it and what to write instead."""
    return PydanticCustomError("mistake", "{what}", {"what": what, "cure": cure})


def _text(value: str) -> str:
    if not value.strip():
        raise mistake("it is empty", "Write text in quotes")
    return value.strip()


def _timezone(value: object) -> ZoneInfo:
    if not isinstance(value, str):
        raise mistake("this is not text", "Write text in quotes")
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = did_you_mean(value, available_timezones())
        if not near.startswith("Did"):
            near = "Write a zone of the IANA list, for example America/New_York"
        raise mistake(f"there is no time zone {value!r}", near) from None


def _domain(value: str) -> str:
    address = canonical_email(f"x@{value}")
    domain = None if address is None else address.partition("@")[2]
    if domain is None or "@" in value or "." not in domain:
        raise mistake(f"{value!r} is no mail domain", "Write what follows the @: example.org")
    return domain


def _short(value: str) -> str:
    if not _SHORT.fullmatch(value):
        raise mistake(
            f"{value!r} cannot begin an item id",
            "Write one to five capital letters or digits, a letter first: AH",
        )
    return value


def _day(value: object) -> date:
    if type(value) is not date:  # a moment is a date too, as far as Python is concerned
        raise mistake("this is not a day", "Write it without quotes: 2027-06-30")
    return value


def _value(value: object) -> bool | int | str:
    if not isinstance(value, (bool, int, str)):
        raise mistake("this is no single value", "Write a number, text in quotes, true or false")
    return value


def _security(value: str) -> str:
    if value not in ("starttls", "tls", "none"):
        raise mistake(f"{value!r} is no way to keep a line private", 'Write "starttls" or "tls"')
    return value


def _number_or_word(value: object) -> int | str:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise mistake("a rule cannot be set to this", "Write a whole number or text in quotes")
    return value


Text = Annotated[StrictStr, AfterValidator(_text)]
Domain = Annotated[StrictStr, AfterValidator(_domain)]
Day = Annotated[date, BeforeValidator(_day)]
Value = Annotated[Any, AfterValidator(_value)]
NumberOrWord = Annotated[Any, AfterValidator(_number_or_word)]


class Section(BaseModel):
    """A table of the settings: frozen, and closed to keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class DistrictSection(Section):
    name: Text
    timezone: Annotated[ZoneInfo, BeforeValidator(_timezone)]
    domains: Annotated[tuple[Domain, ...], Field(min_length=1)]
    alias_domains: dict[Domain, Domain] = {}
    plus_tags: StrictBool = False

    @field_validator("alias_domains")
    @classmethod
    def _reach_a_domain(cls, aliases: dict[str, str], info: ValidationInfo) -> dict[str, str]:
        domains: tuple[str, ...] | None = info.data.get("domains")  # None if itself mistaken
        for domain in aliases.values():
            if domains is not None and domain not in domains:
                what = f"{domain!r} is not among district.domains"
                raise mistake(what, did_you_mean(domain, domains))
        return aliases


class StorageSection(Section):
    data: Text = "data"
    reports: Text = "reports"
    pepper: Text = "secrets/pepper"
    records: Text = "records"
    ledger: Text | None = None
    ledger_password: Text | None = None


class ScheduleSection(Section):
    """The jobs' own keys are checked against the table of jobs, in ``cron.schedule``."""

    model_config = ConfigDict(frozen=True, extra="allow")

    report_by: Text = "07:00"
    health_port: Annotated[StrictInt, Field(ge=1024, le=65535)] | None = None


class AuditSection(Section):
    lookback_days: Annotated[StrictInt, Field(ge=7, le=400)] = 35


class RosterGuardSection(Section):
    lost_percent: Annotated[StrictInt, Field(ge=1, le=100)] = Guard().lost_percent
    lost_people: Annotated[StrictInt, Field(ge=1)] = Guard().lost_people
    swapped_people: Annotated[StrictInt, Field(ge=1)] = Guard().swapped_people


class BreakerSection(Section):
    staff_percent: Annotated[StrictInt, Field(ge=1, le=100)] = Breaker().staff_percent
    staff_people: Annotated[StrictInt, Field(ge=1)] = Breaker().staff_people


class PolicySection(Section):
    pack: Text
    quote: dict[str, Text] = {}
    switches: dict[str, Value] = {}
    parameters: dict[str, dict[str, NumberOrWord]] = {}


class DecisionsSection(Section):
    drop: Text | None = None


class SchoolSection(Section):
    name: Text
    short: Annotated[StrictStr, AfterValidator(_short)]
    principal: Text | None = None
    designee: Text | None = None


class AthleticDirectorSection(Section):
    person: Text


class DesigneeSection(Section):
    name: Text
    person: Text | None = None


class PrivilegedSection(Section):
    addresses: tuple[Text, ...] = ()
    domains: tuple[Domain, ...] = ()


class LimitSection(Section):
    text: Text
    accepted_by: Text
    until: Day
    source: Text | None = None
    unit: Text | None = None


class AcceptedDaysSection(Section):
    first: Day
    last: Day | None = None
    because: Text
    accepted_by: Text
    source: Text | None = None


class DeliveryToSection(Section):
    it: tuple[Text, ...] = ()
    superintendent: tuple[Text, ...] = ()
    superintendent_designee: tuple[Text, ...] = ()
    athletic_director: tuple[Text, ...] = ()
    principals: dict[Text, tuple[Text, ...]] = {}


class DeliveryGoogleSection(Section):
    service_account: Text | None = None
    key: Text | None = None
    endpoint: Text | None = None


class DeliveryMicrosoftSection(Section):
    tenant: Text | None = None
    client: Text | None = None
    certificate: Text | None = None
    secret: Text | None = None
    allow_secret: StrictBool | None = None
    cloud: Text | None = None
    endpoint: Text | None = None


class DeliverySection(Section):
    server: Text | None = None
    google: DeliveryGoogleSection | None = None
    microsoft: DeliveryMicrosoftSection | None = None
    port: Annotated[StrictInt, Field(ge=1, le=65_535)] | None = None
    security: Annotated[StrictStr, AfterValidator(_security)] = "starttls"
    allow_plain: StrictBool = False
    user: Text | None = None
    password: Text | None = None
    ca_file: Text | None = None
    hello: Text | None = None
    timeout_seconds: Annotated[StrictInt, Field(ge=1, le=600)] = 30
    sender: Text
    reply_to: Text | None = None
    link: Text | None = None
    to: DeliveryToSection = DeliveryToSection()


class NoticeSection(Section):
    staff_told_on: Day
    how: Text
    recorded_by: Text


KeptDays = Annotated[StrictInt, Field(ge=30, le=36_500)]


class RetentionSection(Section):
    facts: KeptDays = 400
    directory: KeptDays = 400
    items: KeptDays = 2557
    reports: KeptDays = 1096
    runs: KeptDays = 1096


class SourceSection(Section):
    model_config = ConfigDict(frozen=True, extra="allow")

    connector: Text
    title: Text | None = None
    lag_hours: Annotated[StrictInt, Field(ge=0, le=168)] = 3
    reread_days: Annotated[StrictInt, Field(ge=1, le=35)] = 3


SECTIONS: dict[str, Any] = {
    "district": DistrictSection,
    "storage": StorageSection,
    "schedule": ScheduleSection,
    "audit": AuditSection,
    "policy": PolicySection,
    "decisions": DecisionsSection,
    "schools": dict[Text, SchoolSection],
    "athletic_director": AthleticDirectorSection,
    "superintendent": DesigneeSection,
    "superintendent_designee": DesigneeSection,
    "sources": dict[str, SourceSection],
    "privileged": PrivilegedSection,
    "delivery": DeliverySection,
    "known_limits": tuple[LimitSection, ...],
    "accepted_days": tuple[AcceptedDaysSection, ...],
    "roster_guard": RosterGuardSection,
    "breaker": BreakerSection,
    "notice": NoticeSection,
    "retention": RetentionSection,
}
"""Section -> what it holds."""

REQUIRED = {
    "district": "[district] with name, timezone and domains",
    "policy": '[policy] with pack = "injdb"',
    "sources": '[sources.<name>] with connector = "..." for each system that is read',
}
"""Section -> what to add where it is missing."""

EXAMPLES = {
    "name": '"Marlow Public Schools"',
    "timezone": '"America/New_York"',
    "domains": '["marlow.example"]',
    "pack": '"injdb"',
    "short": '"AH"',
    "person": '"T-100" (a person id or e-mail)',
    "text": '"Telephone calls are not seen."',
    "accepted_by": '"who accepted it"',
    "until": "2027-06-30",
    "first": "2026-11-26",
    "because": '"Thanksgiving"',
    "server": '"smtp-relay.marlow.example"',
    "sender": '"message-review@marlow.example"',
    "staff_told_on": "2026-09-01",
    "how": '"letter to all staff, after talks with the association"',
    "recorded_by": '"who recorded it"',
    "connector": '"mail" (`auditor connectors` lists them)',
}
"""Key -> a value as it is written, for whoever left the key out."""
