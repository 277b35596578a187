"""The ``[delivery]`` section: how mail goes out, and to whom.

Who reads a report is decided by the policy and the rosters; what stands here can only name an
address of the district for an office. An address elsewhere is refused, whoever asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from auditor.audit import District
from auditor.keys import AddressRules, canonical_email
from auditor.source import SourceContext
from connectors.google.access import Access
from connectors.microsoft.access import Access as TenantAccess
from cron import shape
from cron.passwords import HOW, PasswordPlace, place_of
from reports.delivery.composing import Stationery
from reports.delivery.smtp import Security

Wrong = Callable[[Sequence[str | int], str, str], None]
KeyPath = tuple[str | int, ...]

IT, SUPERINTENDENT = "it", "superintendent"
_PORTS = {Security.STARTTLS: 587, Security.TLS: 465, Security.NONE: 25}
_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}")
_DOMAIN = re.compile(r"[a-z0-9.-]{1,253}")
_HOST = re.compile(r"[A-Za-z0-9.:-]+")
_PLACE = "{report_id}"
WAYS = ("server", "google", "microsoft")
"""Settings that say by what way mail goes out."""


@dataclass(frozen=True, slots=True)
class SmtpLine:
    """A mail server that takes mail by SMTP. The password is read when it is needed."""

    host: str
    port: int
    security: Security
    user: str | None
    password: PasswordPlace | None
    hello: str | None
    ca_file: Path | None
    timeout: float

    def __str__(self) -> str:
        return f"{self.host}:{self.port} ({self.security})"


@dataclass(frozen=True, slots=True)
class GmailLine:
    """The Gmail API, for the one mailbox that reports come from."""

    access: Access

    def __str__(self) -> str:
        return f"Gmail, as {self.access.admin}"


@dataclass(frozen=True, slots=True)
class GraphLine:
    """Microsoft Graph, for the one mailbox that reports come from."""

    access: TenantAccess
    mailbox: str
    another: str | None
    """A mailbox that must not be sent from, to see that it is not; None: no other is known."""

    def __str__(self) -> str:
        return f"Exchange Online, as {self.mailbox}"


Line = SmtpLine | GmailLine | GraphLine


@dataclass(frozen=True, slots=True)
class Delivery:
    """How mail goes out, without a mistake in it."""

    line: Line
    stationery: Stationery
    to: Mapping[str, tuple[str, ...]]
    """Office -> addresses named for it."""
    principals: Mapping[str, tuple[str, ...]]
    """School id -> addresses named for its principal."""


def read_delivery(
    section: shape.DeliverySection | None, base: Path, district: District, wrong: Wrong
) -> Delivery | None:
    """Return the section checked, or None where there is none; ``wrong`` is told of mistakes."""
    if section is None:
        return None
    here = ("delivery",)
    if not section.to.it:
        cure = 'Add it = ["it@..."] under [delivery.to]: IT has to learn of a night that failed'
        wrong((*here, "to"), "nobody of IT gets mail", cure)
    sender = _address((*here, "sender"), section.sender, wrong) or section.sender
    line = _line(section, sender, base, wrong)
    _link(section.link, wrong)
    rules = district.addresses
    to = {
        office: _inside((*here, "to", office), getattr(section.to, office), rules, wrong)
        for office in ("it", "superintendent", "superintendent_designee", "athletic_director")
    }
    return Delivery(
        line=line,
        stationery=Stationery(
            district.name,
            sender,
            None
            if section.reply_to is None
            else _address((*here, "reply_to"), section.reply_to, wrong),
            section.link,
        ),
        to=to,
        principals={
            school: _inside((*here, "to", "principals", school), named, rules, wrong)
            for school, named in section.to.principals.items()
        },
    )


def _line(section: shape.DeliverySection, sender: str, base: Path, wrong: Wrong) -> Line:
    """Return the one way out that is set up."""
    given = [name for name in WAYS if getattr(section, name) is not None]
    if len(given) != 1:
        cure = (
            "Name the mail server in server, or add [delivery.google] or [delivery.microsoft]; one "
            "of them"
        )
        what = f"{' and '.join(given)} exclude each other" if given else "there is no way out"
        wrong(("delivery",), what, cure)
    if section.google is None and section.microsoft is None:
        return _smtp(section, base, wrong)
    for key in ("user", "password", "port", "ca_file", "hello"):
        if getattr(section, key) is not None:
            what = "it belongs to a mail server, and there is none"
            wrong(("delivery", key), what, "Take it out")
    if section.google is not None:
        return _gmail(section.google, sender, base, wrong)
    assert section.microsoft is not None  # noqa: S101  (one of the two is set)
    another = next((one for one in section.to.it if one.casefold() != sender.casefold()), None)
    return _graph(section.microsoft, sender, another, base, wrong)


def _gmail(google: shape.DeliveryGoogleSection, sender: str, base: Path, wrong: Wrong) -> GmailLine:
    mistakes: list[str] = []
    access = Access.of(_context({"admin": sender, **_given(google)}, base), mistakes)
    for mistake in mistakes:
        wrong(("delivery", "google"), mistake, "See docs/google-setup.md")
    return GmailLine(access)


def _graph(
    microsoft: shape.DeliveryMicrosoftSection,
    sender: str,
    another: str | None,
    base: Path,
    wrong: Wrong,
) -> GraphLine:
    mistakes: list[str] = []
    access = TenantAccess.of(_context(_given(microsoft), base), mistakes)
    for mistake in mistakes:
        wrong(("delivery", "microsoft"), mistake, "See docs/microsoft-setup.md")
    return GraphLine(access, sender, another)


def _given(section: shape.Section) -> dict[str, object]:
    return section.model_dump(exclude_none=True)


def _context(settings: Mapping[str, object], base: Path) -> SourceContext:
    return SourceContext("delivery", "Mail", "UTC", AddressRules(), str(base), settings)


def _smtp(section: shape.DeliverySection, base: Path, wrong: Wrong) -> SmtpLine:
    security = Security(section.security)
    _private(section, security, wrong)
    password = None
    if section.password is not None:
        password = place_of(section.password, base, "delivery.password")
        if password is None:
            wrong(("delivery", "password"), "a password does not stand in the settings", HOW)
    return SmtpLine(
        host=section.server or "",
        port=section.port or _PORTS[security],
        security=security,
        user=section.user,
        password=password,
        hello=section.hello,
        ca_file=None if section.ca_file is None else base / section.ca_file,
        timeout=float(section.timeout_seconds),
    )


def _private(section: shape.DeliverySection, security: Security, wrong: Wrong) -> None:
    """Refuse a line that others can read, unless it never leaves this machine or is asked for."""
    local = section.server is None or _is_loopback(section.server)
    for key in ("server", "hello"):
        named = getattr(section, key)
        if named is not None and not _HOST.fullmatch(named):
            wrong(("delivery", key), f"{named!r} is no name of a machine", "Write mail.example.org")
    if security is Security.NONE and not local and not section.allow_plain:
        cure = 'Write security = "starttls", or allow_plain = true if the line is private anyway'
        wrong(("delivery", "security"), "reports would go out on an open line", cure)
    if security is Security.NONE and not local and section.user is not None:
        cure = 'Write security = "starttls", or leave user and password out'
        wrong(("delivery", "user"), "a password never goes out on an open line", cure)
    for one, other in (("user", "password"), ("password", "user")):
        if getattr(section, one) is not None and getattr(section, other) is None:
            wrong(("delivery", one), f"there is no {other} beside it", f"Add {other} = ...")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _link(link: str | None, wrong: Wrong) -> None:
    if link is None:
        return
    cure = 'Write "https://review.example.org/{report_id}.html", behind a sign-in'
    bare = link.replace(_PLACE, "x", 1)
    try:
        parts = urlsplit(bare)
    except ValueError:
        parts = urlsplit("")
    if link.count(_PLACE) != 1 or re.search(r"[{}\s\x00-\x1f\"<>\\]", bare):
        wrong(("delivery", "link"), "it does not say where {report_id} goes, once", cure)
    elif parts.scheme != "https" or not parts.hostname:
        wrong(("delivery", "link"), "it is no https address", cure)
    elif parts.username is not None or parts.password is not None:
        wrong(("delivery", "link"), "it carries a user or a password", cure)


def _inside(
    path: KeyPath, named: Sequence[str], rules: AddressRules, wrong: Wrong
) -> tuple[str, ...]:
    """Return the addresses that are the district's own; the others are mistakes."""
    found = []
    for at, written in enumerate(named):
        address = _address((*path, at), written, wrong)
        if address is None:
            continue
        folded = canonical_email(address, rules)
        if folded is None or not rules.is_district(folded):
            cure = f"Name an address in {' or '.join(sorted(rules.district_domains))}"
            wrong((*path, at), f"{address} is not the district's", cure)
        else:
            found.append(address)
    return tuple(dict.fromkeys(found))


def _address(path: KeyPath, written: str, wrong: Wrong) -> str | None:
    """Return a plain address as mail servers take it, or None and a mistake."""
    canonical = canonical_email(written)
    local, _, domain = (canonical or "").rpartition("@")
    if canonical is None or not (_LOCAL_PART.fullmatch(local) and _DOMAIN.fullmatch(domain)):
        wrong(path, f"{written!r} is no e-mail address", "Write name@domain, nothing around it")
        return None
    return canonical
