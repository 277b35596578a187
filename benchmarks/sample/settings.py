"""The sample district's settings file, and the map of its chat export's columns."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from datetime import timedelta

from benchmarks.sample.people import ALIAS_DOMAIN, DOMAIN, STUDENT_DOMAIN
from benchmarks.sample.planted import Stage

GOOGLE_ADMIN = f"workspace-admin@{DOMAIN}"
CHAT_COLUMNS = """\
# The chat export's headings, as the canonical "communications" columns.
# "Participants" lists everybody in the space, the author too.

[columns]
external_id = "Message Name"
sent_at = "Create Time"
sender_email = "Sender Email"
recipient_emails = "Participants"
audience = "Space Type"
message_ref = "Space"

[constants]
source = "chat"
channel = "chat"

[values.audience]
DIRECT_MESSAGE = "individual"
SPACE = "group"
"""


@dataclass(frozen=True, slots=True)
class Service:
    """A cloud on this machine that holds the district's mail, chat, lists and addresses."""

    base: str
    """Its address."""
    sources: str
    """The settings of the sources that read it."""
    instead_of: frozenset[str]
    """Tables that it makes superfluous."""
    holds_chat: bool = True


CHAT = """\
[sources.chat]
connector = "table"
title = "Chat"
kind = "communications"
path = "drop/chat"
columns = "columns/chat.toml"
tool = "chat"
"""
FILES = f"""\
[sources.mail]
connector = "mail"
title = "District e-mail"
path = "drop/mail"
format = "mbox"
tool = "gmail"

{CHAT}"""
TABLES = (
    "people", "teams", "team_members", "groups", "aliases", "personal_addresses", "authorizations",
    "offices", "tools", "disclosures", "acknowledgements", "accounts", "subgroups",
    "media_permissions", "spaces", "mailbox_settings", "app_grants", "system_settings",
    "digests",
)  # fmt: skip


def google(base: str) -> Service:
    """Return the district as Google Workspace holds it."""
    reach = f'''\
admin = "{GOOGLE_ADMIN}"
key = "google/key.json"
endpoint = "{base}"               # not Google itself, but what is pretended on this machine
'''
    sources = f'''\
[sources.directory]               # further addresses of people, and who is on which list
connector = "google-directory"
title = "Google directory"
{reach}
[sources.mail]
connector = "gmail"
title = "District e-mail"
mailboxes = ["/Staff", "/Students"]
{reach}
[sources.chat]
connector = "google-logs"
title = "Chat"
streams = ["chat"]
tools = {{ chat = "chat" }}          # as the files call it
{reach}
[sources.apps-let-in]
connector = "google-apps"
title = "Apps in Google accounts"
staff = ["/Staff"]
{reach}'''
    return Service(base, sources, frozenset(("groups", "aliases", "app_grants")))


def microsoft(base: str, tenant: str, client: str) -> Service:
    """Return the district as Microsoft 365 holds it."""
    reach = f'''\
tenant = "{tenant}"
client = "{client}"
certificate = "microsoft/certificate.pem"
endpoint = "{base}"               # not Microsoft itself, but what is pretended on this machine
'''
    sources = f'''\
[sources.directory]               # further addresses of people, and who is on which list
connector = "microsoft-directory"
title = "Microsoft directory"
{reach}
[sources.mail]
connector = "exchange-mail"
title = "District e-mail"
mailboxes = "licensed"
tool = "gmail"                    # as the files call it
{reach}
[sources.chat]
connector = "microsoft-teams"
title = "Chat"
users = [{{ employee_type = "Staff" }}]
channels = true
tool = "chat"                     # as the files call it
{reach}'''
    return Service(base, sources, frozenset(("groups", "aliases")))


def district_toml(stage: Stage, service: Service | None = None) -> str:
    """Return the settings with which the product runs on the sample district.

    Without a ``service`` everything comes as files.
    """
    tables = [name for name in TABLES if service is None or name not in service.instead_of]
    expected = textwrap.fill(
        ", ".join(f'"{name}"' for name in tables), 96, initial_indent="  ", subsequent_indent="  "
    )
    people = stage.people
    schools = "\n".join(
        f'[schools."{s.school_id}"]\n'
        f'name = "{s.name}"\n'
        f'short = "{s.short}"        # begins the ids of this school\'s items\n'
        f'principal = "{people.part(f"principal-{s.short}").person_id}"\n'
        for s in people.schools
    )
    until = stage.period.last + timedelta(days=200)
    superintendent = people.part("superintendent")
    return f"""\
# Marlow Public Schools: an invented district, made from a seed. Nobody in it is real.

[district]
name = "Marlow Public Schools"
timezone = "America/New_York"
domains = ["{DOMAIN}", "{STUDENT_DOMAIN}"]
alias_domains = {{ "{ALIAS_DOMAIN}" = "{DOMAIN}" }}   # the old domain still delivers
plus_tags = true                  # name+anything@ reaches name@

[storage]
data = "data"                     # facts and state
reports = "reports"               # what readers get
pepper = "secrets/pepper"         # made on the first run; keep it out of backups of data

[policy]
pack = "injdb"

# ---- who reads what -------------------------------------------------------------------------

{schools}
[athletic_director]
person = "{people.part("athletic-director").person_id}"

[superintendent_designee]         # gets items about a principal or the athletic director
name = "{superintendent.name}"
person = "{superintendent.person_id}"

# ---- when staff were told that their messages are audited; no earlier day is judged ----------

[notice]
staff_told_on = {stage.period.first - timedelta(days=400)}
how = "letter to all staff, after talks with the association"
recorded_by = "{superintendent.name}, Superintendent"

# ---- sources --------------------------------------------------------------------------------

[sources.roster]
connector = "oneroster"
title = "Student information system"
path = "drop/oneroster/roster.zip"

[sources.district-tables]
connector = "table"
title = "District tables"
path = "drop/tables"
expect = [                        # an absent table is a gap, not an empty one
{expected},
]

{FILES if service is None else service.sources}
[sources.lms-messages]
connector = "table"
title = "Learning platform messages"
kind = "communications"
path = "drop/lms"
tool = "lms"

[sources.apps]                    # no "tool" here: each row says which app it is from
connector = "table"
title = "Logs of class and team apps"
kind = "communications"
path = "drop/apps"
covers_from = {stage.period.first}

# ---- what no source shows, and who has accepted that ----------------------------------------

[[known_limits]]
text = "Telephone calls and text messages are not seen."
accepted_by = "{superintendent.name}, Superintendent"
until = {until}

[[known_limits]]
text = "Comments on assignments in the learning platform are not in its export."
accepted_by = "{superintendent.name}, Superintendent"
until = {until}
"""
