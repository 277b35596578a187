"""What `auditor check` says of a directory: reach and settings held against Google's own word.

No account is looked at. What Google knows and the settings do not would make a district address
look like somebody's private one, so it is a fault and not a remark.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from auditor.source import CheckResult, SourceContext, SourceError
from connectors.answers import Found, Gone
from connectors.google.asking import Api, Asking, Google, listed
from connectors.google.directory.settings import DirectorySettings
from connectors.google.refusals import NotDelegated
from connectors.google.scopes import check_scopes
from connectors.google.users import GOOGLES_OWN

_LICENCES = ("apps.licensing",)
_PRODUCTS = ("101031", "101037")
"""Education Standard and Plus; Teaching and Learning Upgrade (Licensing API)."""
_EDITIONS: Mapping[str, str] = {
    "1010310002": "Education Plus, older form",
    "1010310003": "Education Plus, older form",
    "1010310005": "Education Standard",
    "1010310006": "Education Standard",
    "1010310007": "Education Standard",
    "1010310008": "Education Plus",
    "1010310009": "Education Plus",
    "1010310010": "Education Plus",
    "1010370001": "Teaching and Learning Upgrade",
}
_WITH_MAIL_LOG = _PRODUCTS[0]


def check_directory(
    google: Google, context: SourceContext, settings: DirectorySettings
) -> Iterator[CheckResult]:
    """Yield all lines; raises a ``SourceError`` where Google cannot be asked."""
    granted = list(check_scopes(google, google.access.admin, settings.scopes))
    yield from granted
    if not granted or not granted[0].ok:
        return
    asking = google.admin(settings.scopes)
    yield from _domains(asking, context, google.access.customer)
    yield from _units(asking, settings, google.access.customer)
    yield from _groups(asking, settings)
    yield from _edition(google)


# ---- domains -------------------------------------------------------------------------------


def _domains(asking: Asking, context: SourceContext, customer: str) -> Iterator[CheckResult]:
    rules = context.addresses
    domains, aliases = _of_google(asking, customer)
    unknown = [
        name
        for name in domains
        if rules.alias_domains.get(name, name) not in rules.district_domains
    ]
    wrong = {alias: of for alias, of in aliases.items() if rules.alias_domains.get(alias) != of}
    if unknown:
        words = ", ".join(f'"{name}"' for name in unknown)
        yield CheckResult(
            False,
            f"Google has domains that the settings do not name: {', '.join(unknown)}",
            f"Add to domains in [district]: {words}",
        )
    if wrong:
        words = ", ".join(f'"{alias}" = "{of}"' for alias, of in wrong.items())
        yield CheckResult(
            False,
            f"Google has domain aliases that the settings do not name: {', '.join(wrong)}",
            f"Add to alias_domains in [district]: {words}",
        )
    if not unknown and not wrong:
        counted = f"{len(domains)} and {len(aliases)} aliases"
        yield CheckResult(True, f"the settings name every domain of Google's: {counted}")


def _of_google(asking: Asking, customer: str) -> tuple[list[str], dict[str, str]]:
    """Return the domains in use, and alias -> the domain it stands for."""
    fields = "domains(domainName,verified,domainAliases(domainAliasName,verified))"
    document = asking.get(
        Api.DIRECTORY, lambda service: service.domains().list(customer=customer, fields=fields)
    )
    domains: list[str] = []
    aliases: dict[str, str] = {}
    for one in listed(document or {}, "domains"):
        name = _name(one, "domainName")
        if name is None:
            continue
        domains.append(name)
        for other in listed(one, "domainAliases"):
            alias = _name(other, "domainAliasName")
            # Google gives every district one of its own, for trying mail out.
            if alias is not None and not alias.endswith(GOOGLES_OWN):
                aliases[alias] = name
    return domains, aliases


def _name(record: Mapping[str, Any], field: str) -> str | None:
    """Return a domain's name; one that was never verified gets no mail."""
    found = record.get(field)
    usable = isinstance(found, str) and found and record.get("verified") is not False
    return str(found).lower() if usable else None


# ---- units and groups of the settings ------------------------------------------------------


def _units(
    asking: Asking, settings: DirectorySettings, customer: str
) -> Iterator[CheckResult]:
    wanted = [unit for unit in settings.roles.units if unit != "/"]
    if not wanted:
        return
    fields = "organizationUnits(orgUnitPath)"
    document = asking.get(
        Api.DIRECTORY,
        lambda service: service.orgunits().list(customerId=customer, type="all", fields=fields),
    )
    units = listed(document or {}, "organizationUnits")
    there = {str(one.get("orgUnitPath")).casefold() for one in units}
    yield from _absent("organizational units", [w for w in wanted if w.casefold() not in there])


def _groups(asking: Asking, settings: DirectorySettings) -> Iterator[CheckResult]:
    absent = [email for email in settings.roles.groups if not _is_group(asking, email)]
    yield from _absent("groups", absent)


def _is_group(asking: Asking, email: str) -> bool:
    answer = asking.ask(
        Api.DIRECTORY, lambda service: service.groups().get(groupKey=email, fields="id")
    )
    return not isinstance(answer, Gone)


def _absent(what: str, absent: Iterable[str]) -> Iterator[CheckResult]:
    named = ", ".join(absent)
    if named:
        text = f"roles names {what} that Google does not have: {named}"
        yield CheckResult(False, text, "Write them as the Admin console shows them")


# ---- edition -------------------------------------------------------------------------------


def _edition(google: Google) -> Iterator[CheckResult]:
    """Say which edition there is, and whether it has the log of e-mail."""
    try:
        customer = _customer(google)
        found = [_licence(google, product, customer) for product in _PRODUCTS]
    except NotDelegated:
        text = "the edition was not looked at: the scope apps.licensing is not delegated"
        yield CheckResult(True, f"{text} (it is optional)")
        return
    except SourceError as error:
        yield CheckResult(True, f"the edition could not be looked at: {error.what}")
        return
    if None in found:
        yield CheckResult(True, "the edition is not known: Google tells of no licences")
        return
    skus = [sku for sku in found if sku]
    named = " and ".join(dict.fromkeys(_EDITIONS.get(sku, f"licence {sku}") for sku in skus))
    if any(sku.startswith(_WITH_MAIL_LOG) for sku in skus):
        yield CheckResult(True, f"edition: {named}; Google keeps a log of e-mail in it")
        return
    yield CheckResult(
        True,
        f"edition: {named or 'Education Fundamentals, or another without paid licences'}; Google "
        "keeps no log of e-mail in it, so mail is read with the source gmail",
    )


def _customer(google: Google) -> str:
    """Return the district's own id: the licences are not known under "my_customer"."""
    if google.access.customer != "my_customer":
        return google.access.customer
    document = google.admin(("admin.directory.user.readonly",)).get(
        Api.DIRECTORY,
        lambda service: service.users().get(userKey=google.access.admin, fields="customerId"),
    )
    found = document.get("customerId") if isinstance(document, dict) else None
    return str(found or google.access.customer)


def _licence(google: Google, product: str, customer: str) -> str | None:
    """Return the licence of any one account: "" if nobody has one, None if Google does not say."""
    answer = google.admin(_LICENCES).ask(
        Api.LICENSING,
        lambda service: service.licenseAssignments().listForProduct(
            productId=product, customerId=customer, maxResults=1, fields="items(skuId)"
        ),
    )
    if not isinstance(answer, Found):
        return None
    items = listed(answer.document, "items")
    return str(items[0].get("skuId")) if items else ""
