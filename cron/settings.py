"""A district's settings, read once from ``district.toml`` into frozen types.

Everything that is wrong is reported at once. Relative paths start from the folder the file lies
in, so a district's folder can be moved as a whole.
"""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from auditor.audit import District, Privileged, SchoolSettings
from auditor.keys import AddressRules, canonical_email
from auditor.policy import VALUE
from auditor.private import SecretError
from auditor.tomllines import KeyLines
from cron import ledgerserver, rights, secrets, shape
from cron.accepting import accepted
from cron.delivery_settings import Delivery, read_delivery
from cron.findings import check_section, written
from cron.ledgerserver import LedgerServer
from cron.mistakes import Mistake, SettingsError, did_you_mean
from cron.schedule import Schedule, schedule

CONFIG = Path(__file__).resolve().parents[1] / "config"
"""The data that comes with the program: policy packs, column maps, examples."""
SYSTEMS = CONFIG / "systems.toml"
"""Systems known to every district; retired ones are in each tool catalogue."""
_PACK_NAME = re.compile(r"[A-Za-z0-9_-]+")
_SOURCE_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")
_AT_LINE = re.compile(r"\s*\(at line (\d+), column (\d+)\)")


@dataclass(frozen=True, slots=True)
class Storage:
    data: Path
    reports: Path
    pepper: Path
    records: Path
    """Tables that people enter with ``auditor records``."""
    server: LedgerServer | None
    """Where the ledger is; None for a file among the data."""


@dataclass(frozen=True, slots=True)
class PolicySettings:
    """Which pack, and what the district lays over it."""

    pack: Path
    quotes: Mapping[str, str]
    switches: Mapping[str, VALUE]
    parameters: Mapping[str, Mapping[str, int | str]]


@dataclass(frozen=True, slots=True)
class SourceSettings:
    name: str
    connector: str
    title: str
    settings: Mapping[str, object]
    """What belongs to the connector."""
    lag_hours: int = 3
    reread_days: int = 3
    """See ``SourceContext``."""


@dataclass(frozen=True, slots=True)
class Settings:
    """A district's settings without a mistake in them."""

    base: Path
    district: District
    storage: Storage
    policy: PolicySettings
    sources: tuple[SourceSettings, ...]
    schedule: Schedule
    delivery: Delivery | None = None
    """How mail goes out; None: none does."""
    decisions: Path | None = None
    """The folder in which files of decisions are dropped."""


@dataclass(slots=True)
class Draft:
    """What could be read of the settings, and every mistake found on the way."""

    file: Path
    lines: KeyLines | None = None
    district: District | None = None
    storage: Storage | None = None
    policy: PolicySettings | None = None
    sources: tuple[SourceSettings, ...] = ()
    schedule: Schedule | None = None
    delivery: Delivery | None = None
    decisions: Path | None = None
    mistakes: list[Mistake] = field(default_factory=list)

    @property
    def base(self) -> Path:
        return self.file.parent

    def wrong(self, path: Sequence[str | int], what: str, cure: str) -> None:
        """Add a mistake about the key at ``path``."""
        line = None if self.lines is None else self.lines.line(path)
        self.mistakes.append(Mistake(self.file, line, written(path) or None, what, cure))

    def settings(self) -> Settings:
        """Return the settings; raises ``SettingsError`` with every mistake there is."""
        if self.mistakes or not (
            self.district and self.storage and self.policy and self.schedule
        ):
            raise SettingsError(self.mistakes)
        return Settings(
            base=self.base,
            district=self.district,
            storage=self.storage,
            policy=self.policy,
            sources=self.sources,
            schedule=self.schedule,
            delivery=self.delivery,
            decisions=self.decisions,
        )


def load_settings(file: Path) -> Settings:
    """Return a district's settings; raises ``SettingsError``."""
    return read_settings(file).settings()


def read_settings(file: Path) -> Draft:
    """Read as much of the settings as can be understood."""
    draft = Draft(file.absolute())
    raw = _toml(draft)
    if raw is None:
        return draft
    for name in raw.keys() - shape.SECTIONS.keys():
        draft.wrong((name,), "there is no such section", did_you_mean(name, shape.SECTIONS))
    for name in shape.REQUIRED.keys() - raw.keys():
        cure = f"Add {shape.REQUIRED[name]}"
        draft.mistakes.append(Mistake(draft.file, None, name, "this section is missing", cure))
    found: dict[str, Any] = dict.fromkeys(shape.SECTIONS)
    for name in shape.SECTIONS.keys() & raw.keys():
        found[name], findings = check_section(name, raw[name])
        for finding in findings:
            draft.wrong(*finding)
    draft.storage = _storage(draft, found["storage"])
    draft.policy = _policy(draft, found["policy"])
    draft.sources = _sources(draft, found["sources"])
    draft.district = _district(draft, found)
    draft.schedule = schedule(
        found["schedule"] or shape.ScheduleSection(),
        draft.wrong,
        mail=found["delivery"] is not None,
    )
    if draft.district is not None:
        draft.delivery = read_delivery(found["delivery"], draft.base, draft.district, draft.wrong)
    decisions: shape.DecisionsSection | None = found["decisions"]
    if decisions is not None and decisions.drop is not None:
        draft.decisions = draft.base / decisions.drop
    return draft


def _toml(draft: Draft) -> dict[str, Any] | None:
    def unreadable(line: int | None, what: str, cure: str) -> None:
        draft.mistakes.append(Mistake(draft.file, line, None, what, cure))

    try:
        text = draft.file.read_bytes().decode("utf-8-sig")
        raw = tomllib.loads(text)
    except (FileNotFoundError, NotADirectoryError):
        cure = "`auditor init DIR` writes one; --config PATH names one elsewhere"
        unreadable(None, "there is no such settings file", cure)
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        unreadable(line, "this is not UTF-8 text", "Save the file as UTF-8")
    except tomllib.TOMLDecodeError as error:
        at = _AT_LINE.search(str(error))
        line = int(at[1]) if at else len(text.splitlines())
        said = _AT_LINE.sub(lambda m: f", column {m[2]}", str(error))
        cure = "Mend this line: key = value, text in quotes, lists in [ ], each key once"
        unreadable(line, f"not readable as TOML: {said}", cure)
    except OSError as error:
        unreadable(None, f"cannot be read ({error.strerror})", "Give this account permission")
    else:
        draft.lines = KeyLines(text)
        return raw
    return None


# ---- sections -----------------------------------------------------------------------------


def _storage(draft: Draft, found: shape.StorageSection | None) -> Storage | None:
    section = found or shape.StorageSection()
    named = (section.data, section.reports, section.pepper, section.records)
    data, reports, pepper, records = (draft.base / path for path in named)
    storage = Storage(data, reports, pepper, records, _server(draft, section))
    if _share(storage.data, storage.reports):
        cure = 'Give each a folder of its own: data = "data", reports = "reports"'
        draft.wrong(("storage", "reports"), "reports and data share a folder", cure)
    if _share(storage.records, storage.data) or _share(storage.records, storage.reports):
        cure = 'Give them a folder of their own: records = "records"'
        draft.wrong(("storage", "records"), "records lie in the folder of something else", cure)
    try:
        secrets.refuse_place(storage.pepper, storage.data)
    except SecretError as error:
        draft.wrong(("storage", "pepper"), error.what, error.cure)
    return storage


def _server(draft: Draft, section: shape.StorageSection) -> LedgerServer | None:
    password = section.ledger_password
    if password is not None and not ledgerserver.is_place(password):
        cure = 'Name where it is kept: "file:secrets/ledger-password" or "env:LEDGER_PASSWORD"'
        draft.wrong(("storage", "ledger_password"), "this names no place of a secret", cure)
    if section.ledger is None:
        if password is not None:
            cure = f'Add ledger = "{ledgerserver.EXAMPLE}", or take this line out'
            draft.wrong(("storage", "ledger_password"), "no server is named it belongs to", cure)
        return None
    try:
        return ledgerserver.server(section.ledger, password, draft.base)
    except ValueError as error:
        what, cure = error.args
        draft.wrong(("storage", "ledger"), what, cure)
        return None


def _share(one: Path, other: Path) -> bool:
    one, other = one.resolve(), other.resolve()
    return one.is_relative_to(other) or other.is_relative_to(one)


def _policy(draft: Draft, found: shape.PolicySection | None) -> PolicySettings | None:
    if found is None:
        return None
    if _PACK_NAME.fullmatch(found.pack):
        pack = CONFIG / "policies" / f"{found.pack}.toml"
    else:
        pack = draft.base / found.pack
    if not pack.is_file():
        cure = did_you_mean(found.pack, (p.stem for p in CONFIG.glob("policies/*.toml")))
        draft.wrong(("policy", "pack"), f"there is no policy pack {found.pack!r}", cure)
    return PolicySettings(pack, found.quote, found.switches, found.parameters)


def _sources(
    draft: Draft, found: Mapping[str, shape.SourceSection] | None
) -> tuple[SourceSettings, ...]:
    if found is not None and not found:
        draft.wrong(("sources",), "no source is set up", f"Add {shape.REQUIRED['sources']}")
    for name in found or ():
        if not _SOURCE_NAME.fullmatch(name):
            cure = "Write small letters, digits and hyphens, at most 40: district-mail"
            draft.wrong(("sources", name), "this cannot be the name of a source", cure)
    return tuple(
        SourceSettings(
            name,
            s.connector,
            s.title or name,
            dict(s.model_extra or {}),
            s.lag_hours,
            s.reread_days,
        )
        for name, s in (found or {}).items()
    )


def _district(draft: Draft, found: Mapping[str, Any]) -> District | None:
    section: shape.DistrictSection | None = found["district"]
    schools: Mapping[str, shape.SchoolSection] = found["schools"] or {}
    shorts = Counter(school.short for school in schools.values())
    for school_id, school in schools.items():
        if shorts[school.short] > 1:
            where = ("schools", school_id, "short")
            draft.wrong(where, f"{school.short!r} is used by two schools", "Give each its own")
    if section is None:
        return None
    director, designee = found["athletic_director"], found["superintendent_designee"]
    superintendent = found["superintendent"]
    domains = frozenset(section.domains)
    return District(
        name=section.name,
        timezone=section.timezone,
        addresses=AddressRules(
            district_domains=domains,
            alias_domains=section.alias_domains,
            plus_tag_domains=domains if section.plus_tags else frozenset(),
        ),
        schools={
            k: SchoolSettings(s.name, s.short, s.principal, s.designee) for k, s in schools.items()
        },
        athletic_director=None if director is None else director.person,
        designee=None if designee is None else designee.name,
        designee_person=None if designee is None else designee.person,
        superintendent=None if superintendent is None else superintendent.name,
        superintendent_person=None if superintendent is None else superintendent.person,
        privileged=_privileged(draft, found["privileged"]),
        **accepted(draft, found),
        lookback_days=(found["audit"] or shape.AuditSection()).lookback_days,
        notice=rights.notice(found["notice"]),
        clocks=rights.clocks(draft, found["retention"], found["audit"]),
    )


def _privileged(draft: Draft, section: shape.PrivilegedSection | None) -> Privileged:
    if section is None:
        return Privileged()
    addresses = set()
    for at, text in enumerate(section.addresses):
        canonical = canonical_email(text)
        if canonical is None:
            cure = "Write name@domain, or name the whole domain under domains"
            draft.wrong(("privileged", "addresses", at), f"{text!r} is no e-mail address", cure)
        else:
            addresses.add(canonical)
    return Privileged(frozenset(addresses), frozenset(section.domains))
