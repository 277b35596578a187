"""Puts together what a district configured: connectors by entry point, policy, rules, storage."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from importlib.metadata import EntryPoint, PackageNotFoundError, entry_points, version
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from sqlalchemy import URL

from auditor.audit import Workplace
from auditor.keys import AddressRules, Keyring
from auditor.lake import Lake
from auditor.ledger import Ledger
from auditor.policy import Pack, PolicyError, load_pack
from auditor.policy.problems import written
from auditor.private import SecretError
from auditor.rule import Rule, load_rules
from auditor.source import Source, SourceContext
from connectors.tables.folder import names_in
from cron import catalogue, console
from cron.mistakes import Mistake, SettingsError, did_you_mean
from cron.secrets import make_pepper, read_keyring
from cron.settings import SYSTEMS, Draft, Settings, SourceSettings, Storage, read_settings

GROUP = "auditor.connectors"
LEDGER_NAME = "ledger.sqlite"
RECORDS = "records"
"""Name of the source that nobody has to configure: the tables that people enter."""
Connect = Callable[[SourceContext], Source]
_DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Connection:
    """One configured source, and the function that opens it."""

    settings: SourceSettings
    context: SourceContext
    connect: Connect


@dataclass(frozen=True, slots=True)
class Office:
    """A district's settings with all they name found and checked; nothing is opened yet."""

    settings: Settings
    pack: Pack
    rules: Mapping[str, Rule]
    connections: tuple[Connection, ...]

    def has_ledger(self) -> bool:
        """Whether anything was ever run here; raises ``StorageError`` if a server is away."""
        return Ledger.is_begun(ledger_address(self.settings.storage))


def prepare(file: Path) -> Office:
    """Find all that the settings name; raises ``SettingsError`` with every mistake there is."""
    draft = read_settings(file)
    rules = load_rules()
    pack = _pack(draft, rules)
    connections = _connections(draft)
    if pack is None or draft.mistakes:
        raise SettingsError(draft.mistakes)
    return Office(draft.settings(), pack, rules, connections)


# ---- policy -------------------------------------------------------------------------------


def _pack(draft: Draft, rules: Mapping[str, Rule]) -> Pack | None:
    policy = draft.policy
    if policy is None or not policy.pack.is_file():
        return None
    try:
        return load_pack(
            policy.pack,
            rules={name: frozenset(rule.parameters) for name, rule in rules.items()},
            quotes=policy.quotes,
            switches=policy.switches,
            parameters=policy.parameters,
            systems=SYSTEMS,
        )
    except PolicyError as error:
        for problem in error.found:
            if problem.of_settings:
                draft.wrong(problem.key, problem.what, problem.cure)
            else:
                key = written(problem.key) if problem.key else None
                found = Mistake(problem.file, problem.line, key, problem.what, problem.cure)
                draft.mistakes.append(found)
        return None


# ---- connectors ---------------------------------------------------------------------------


def installed_connectors() -> dict[str, tuple[EntryPoint, ...]]:
    """Return the entry points of each connector name; more than one is a clash."""
    found: dict[str, dict[str, EntryPoint]] = {}
    for entry in entry_points(group=GROUP):
        found.setdefault(entry.name, {})[entry.value] = entry
    return {name: tuple(entries.values()) for name, entries in sorted(found.items())}


def _connections(draft: Draft) -> tuple[Connection, ...]:
    installed = installed_connectors()
    found = []
    for source in (*draft.sources, *_entered(draft)):
        connect = _load(draft, source, installed)
        if connect is None:
            continue
        context = _context(draft, source)
        try:
            connect(context)
        except ValueError as error:
            for line in str(error).split("; "):
                _connector_problem(draft, source, line)
        else:
            found.append(Connection(source, context, connect))
    return tuple(found)


def _entered(draft: Draft) -> tuple[SourceSettings, ...]:
    """Return the source of the tables entered with ``auditor records``, once there are any."""
    if draft.storage is None or any(source.name == RECORDS for source in draft.sources):
        return ()
    folder = draft.storage.records
    if not names_in(folder):
        return ()
    return (SourceSettings(RECORDS, "table", "Records entered here", {"path": str(folder)}),)


def _load(
    draft: Draft, source: SourceSettings, installed: Mapping[str, tuple[EntryPoint, ...]]
) -> Connect | None:
    """Load the one connector a source names, and no other."""
    path = ("sources", source.name, "connector")
    entries = installed.get(source.connector, ())
    if not entries:
        cure = (
            did_you_mean(source.connector, installed) if installed else "Install the program again"
        )
        draft.wrong(path, f"no connector {source.connector!r} is installed", cure)
        return None
    if len(entries) > 1:
        values = " and ".join(entry.value for entry in entries)
        draft.wrong(path, f"two packages offer it: {values}", "Uninstall one of them")
        return None
    try:
        connect: Connect = entries[0].load()
    except (ImportError, AttributeError) as error:
        cure = "Install the package again, with the extra this connector needs"
        draft.wrong(path, f"{entries[0].value} cannot be loaded ({error})", cure)
        return None
    return connect


def _context(draft: Draft, source: SourceSettings) -> SourceContext:
    # with a mistake in [district] the connector's own settings can be checked all the same
    district = draft.district
    return SourceContext(
        name=source.name,
        title=source.title,
        timezone=(ZoneInfo("UTC") if district is None else district.timezone).key,
        addresses=AddressRules() if district is None else district.addresses,
        base=str(draft.base),
        settings=source.settings,
        lag_hours=source.lag_hours,
        reread_days=source.reread_days,
    )


def _connector_problem(draft: Draft, source: SourceSettings, problem: str) -> None:
    first = problem.partition(" ")[0].strip("'\":,`")
    here = ("sources", source.name)
    path = (*here, first) if first in source.settings else here
    described = catalogue.connectors().get(source.connector)
    place = "" if described is None else f" in docs/{described.page}"
    draft.wrong(path, problem, f"See the settings of {source.connector!r}{place}")


# ---- opening ------------------------------------------------------------------------------


def open_sources(office: Office, ledger: Ledger) -> list[Source]:
    """Open every source, told what of it the lake already has."""
    return [
        one.connect(
            replace(
                one.context,
                already_read=ledger.files_read(one.settings.name),
                marks=ledger.marks(one.settings.name),
                progress=console.progress(one.settings.title),
            )
        )
        for one in office.connections
    ]


def ledger_address(storage: Storage) -> Path | URL:
    """Return where the ledger is, with the password if it needs one; raises ``SecretError``."""
    return storage.data / LEDGER_NAME if storage.server is None else storage.server.url()


@contextmanager
def workplace(office: Office, *, may_begin: bool = False) -> Iterator[Workplace]:
    """Open the storage and yield what the use cases need.

    ``may_begin`` lets a first run make the pepper; with data there already, a missing pepper is
    never made anew, for its keys would match nothing. Raises ``SecretError`` or ``StorageError``.
    """
    storage = office.settings.storage
    address = ledger_address(storage)
    if may_begin and not Ledger.is_begun(address):
        make_pepper(storage.pepper)
    keyring = read_keyring(storage.pepper)
    storage.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _temporary(storage.data) as temp, Ledger.open(address) as ledger:
        _refuse_another_pepper(ledger, keyring, storage.pepper)
        yield Workplace(
            district=office.settings.district,
            ledger=ledger,
            lake=Lake(storage.data, ledger),
            keyring=keyring,
            pack=office.pack,
            rules=office.rules,
            temp=temp,
            software=software(),
        )


@contextmanager
def ledger_alone(storage: Storage) -> Iterator[Ledger]:
    """Open the ledger, or begin it, for what needs neither facts nor keys nor the policy.

    Whoever begins it makes the pepper too: once there is a ledger, a missing one counts as lost.
    """
    address = ledger_address(storage)
    if not Ledger.is_begun(address):
        make_pepper(storage.pepper)
    storage.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with Ledger.open(address) as ledger:
        yield ledger


def _refuse_another_pepper(ledger: Ledger, keyring: Keyring, path: Path) -> None:
    """Refuse a pepper that gives other keys than those stored: nothing would match any more."""
    known = ledger.any_address()
    if known is not None and keyring.address(known[1]) != known[0]:
        raise SecretError(
            "this is not the pepper the stored data was made with",
            where=path,
            cure="Restore the right one from its backup; with this one nobody would be recognised",
        )


@contextmanager
def _temporary(data: Path) -> Iterator[Path]:
    """Yield a folder on the data's own disk; those that killed processes left are cleared away."""
    room = data / "temp"
    room.mkdir(mode=0o700, exist_ok=True)
    for left in room.iterdir():
        with suppress(FileNotFoundError):  # its owner was quicker
            if time.time() - left.stat().st_mtime > _DAY_SECONDS:
                shutil.rmtree(left, ignore_errors=True)
    with TemporaryDirectory(dir=room, prefix=f"{os.getpid()}-") as folder:
        yield Path(folder)


def software() -> str:
    """Return name and version of this program."""
    try:
        return f"auditor {version('auditor')}"
    except PackageNotFoundError:  # run from a checkout
        return "auditor (checkout)"
