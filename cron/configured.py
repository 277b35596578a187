"""What a run was set to: a line in the chain whenever settings, policy, rules or program change.

Somebody who loosens a setting and tightens it again after the night leaves two entries. They name
the section and hold keyed digests, so that neither a secret nor a name stands in them.
"""

from __future__ import annotations

import tomllib
from datetime import datetime
from pathlib import Path

from auditor import chain, imprints
from auditor.audit import Workplace
from auditor.chain import Entry, Kind, canonical, keyed_digest
from cron.wiring import Office


def note(office: Office, place: Workplace, config: Path, now: datetime) -> None:
    """Enter what changed since the last run, if anything did."""
    digests = _digests(office, place, config)
    with place.ledger.begin() as connection:
        before = chain.newest(connection, Kind.CONFIGURATION)
        was = _digests_in(before)
        changed = sorted(
            name for name in digests.keys() | was.keys() if digests.get(name) != was.get(name)
        )
        if changed:
            body = {"changed": changed, "digests": digests}
            chain.append(connection, Kind.CONFIGURATION, now, body)


def _digests_in(entry: Entry | None) -> dict[str, str]:
    """Return what an entry told of the settings; of an edited one nothing, and the night stops."""
    try:
        return {} if entry is None else dict(entry.body["digests"])
    except (KeyError, TypeError, ValueError):
        return {}


def _digests(office: Office, place: Workplace, config: Path) -> dict[str, str]:
    """Return a digest for each section of the settings, and for what lies outside of them."""
    raw = tomllib.loads(config.read_bytes().decode("utf-8-sig"))
    sections: dict[str, object] = {}
    for name, values in raw.items():
        if name == "sources" and isinstance(values, dict):
            sections |= {f"sources.{source}": one for source, one in values.items()}
        else:
            sections[name] = values
    return {
        **{n: keyed_digest(place.keyring, n, canonical(_plain(v))) for n, v in sections.items()},
        "policy pack": office.pack.sha256,
        "rules": imprints.rules_version(place),
        "program": place.software,
    }


def _plain(value: object) -> object:
    """Return a value of TOML as one of JSON; days and moments as their text."""
    if isinstance(value, dict):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, list):
        return [_plain(one) for one in value]
    if isinstance(value, (str, int)):
        return value
    return str(value)
