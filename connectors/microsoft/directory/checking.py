"""What `auditor check` says of a directory: reach and settings held against Microsoft's own word.

No account is looked at. A domain that Microsoft knows and the settings do not would make a
district address look like somebody's private one, so it is a fault and not a remark.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from auditor.source import CheckResult, SourceContext, SourceError
from connectors.answers import Found
from connectors.microsoft.asking import Graph, listed
from connectors.microsoft.directory.roles import GROUP_ID
from connectors.microsoft.directory.settings import DirectorySettings
from connectors.microsoft.permissions import HIDDEN_MEMBERS, READING
from connectors.microsoft.users import text_of

_OPTIONAL = (
    ((HIDDEN_MEMBERS,), "groups that hide their members will be gaps"),
    (("OrgContact.Read.All", "Directory.Read.All"), "contacts on mailing lists will be gaps"),
)
"""Permissions of which one is enough, and what is not seen without any."""
_SYNC = "SCHOOL_DATA_SYNC"
_PLANS: Mapping[str, tuple[str, str]] = {
    "AAD_PREMIUM": ("sign-ins can be read", "sign-ins cannot be read (no Entra ID P1)"),
    _SYNC: ("School Data Sync is in it", "School Data Sync is not in it"),
}
"""Beginning of a service plan's name -> what it being there, or not, means."""


def check_directory(
    graph: Graph, context: SourceContext, settings: DirectorySettings
) -> Iterator[CheckResult]:
    """Yield all lines; raises a ``SourceError`` where Microsoft cannot be asked."""
    granted = list(graph.check(settings.permissions))
    yield from granted
    if not all(one.ok for one in granted):
        return
    yield from _wider(graph)
    yield from _optional(graph.identity.permissions())
    yield from _domains(graph, context)
    yield from _groups(graph, settings)
    if settings.reads_education:
        yield from _education(graph)
    yield from _licences(graph)


def _wider(graph: Graph) -> Iterator[CheckResult]:
    try:
        graph.refuse_wider(READING)
    except SourceError as error:
        yield CheckResult(False, error.what, error.cure)


def _optional(carried: frozenset[str]) -> Iterator[CheckResult]:
    for permissions, text in _OPTIONAL:
        if carried.isdisjoint(permissions):
            yield CheckResult(True, f"{text}: {permissions[0]} is optional, and not granted")


def _domains(graph: Graph, context: SourceContext) -> Iterator[CheckResult]:
    rules = context.addresses
    told = {"$select": "id,verifiedDomains"}
    domains = [
        text_of(domain, "name").lower()
        for record in graph.records("organization", told)
        for domain in _records(record, "verifiedDomains")
    ]
    unknown = [
        name
        for name in dict.fromkeys(domains)
        if rules.alias_domains.get(name, name) not in rules.district_domains
    ]
    if unknown:
        words = ", ".join(f'"{name}"' for name in unknown)
        yield CheckResult(
            False,
            f"Microsoft has domains that the settings do not name: {', '.join(unknown)}",
            f"Add to domains in [district]: {words}; or to alias_domains, where every address has "
            "the same name before the @ as in another domain",
        )
    else:
        yield CheckResult(True, f"the settings name every domain of Microsoft's: {len(domains)}")


def _groups(graph: Graph, settings: DirectorySettings) -> Iterator[CheckResult]:
    absent = [name for name in settings.roles.groups if not _is_group(graph, name)]
    if absent:
        text = f"roles names groups that Microsoft does not have: {', '.join(absent)}"
        cure = "Write a group's e-mail address or object id as the Entra admin center shows it"
        yield CheckResult(False, text, cure)


def _is_group(graph: Graph, name: str) -> bool:
    if GROUP_ID.fullmatch(name):
        return isinstance(graph.get(f"groups/{name}", {"$select": "id"}), Found)
    quoted = name.replace("'", "''")
    told = {"$filter": f"mail eq '{quoted}'", "$select": "id"}
    return any(True for _ in graph.records("groups", told))


def _education(graph: Graph) -> Iterator[CheckResult]:
    """Say whether there is a roster at all: without School Data Sync there are no schools."""
    answer = graph.get("education/schools", {"$select": "id", "$top": "1"})
    if isinstance(answer, Found) and listed(answer.document):
        yield CheckResult(True, "the education roster can be read, and has schools in it")
        return
    yield CheckResult(
        False,
        "the education roster has no school in it",
        "Set School Data Sync up, or take education, guardians and roles by education out of the "
        "settings",
    )


def _licences(graph: Graph) -> Iterator[CheckResult]:
    """Say which licences the tenant has, as far as that is told."""
    try:
        skus = [
            one
            for one in graph.records("subscribedSkus")
            if one.get("capabilityStatus") in ("Enabled", "Warning")
        ]
    except SourceError as error:
        yield CheckResult(True, f"the licences could not be looked at: {error.what}")
        return
    names = sorted({text_of(one, "skuPartNumber") for one in skus} - {""})
    plans = {text_of(plan, "servicePlanName") for one in skus for plan in _running(one)}
    means = [
        there if any(plan.startswith(begins) for plan in plans) else absent
        for begins, (there, absent) in _PLANS.items()
    ]
    yield CheckResult(True, f"licences: {', '.join(names) or 'none'}; {'; '.join(means)}")


def _running(sku: Mapping[str, Any]) -> Iterable[Mapping[str, Any]]:
    plans = _records(sku, "servicePlans")
    return (one for one in plans if one.get("provisioningStatus") != "Disabled")


def _records(record: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = record.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
