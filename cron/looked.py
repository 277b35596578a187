"""Whoever looks is seen: a line in the chain before anything about people is shown.

The chain holds no name, so the account is a keyed digest: nobody can read from it who looked, and
with the pepper at hand it can be told whether a certain account did. A look that cannot be put
down is not given.
"""

from __future__ import annotations

import os
import pwd
from datetime import UTC, datetime

from auditor import chain
from auditor.audit import Workplace
from auditor.chain import Kind, keyed_digest


def note(place: Workplace, what: str, item_id: str | None = None) -> None:
    """Put down that this account looks at ``what``; of one item, at which."""
    user = keyed_digest(place.keyring, "account", account())
    body = {"what": what, "item": item_id, "account": user}
    with place.ledger.begin() as connection:
        chain.append(connection, Kind.ACCESS, datetime.now(UTC), body)


def account() -> str:
    """Return the name of the account that runs this process, or its number where it has none.

    Variables such as USER are not asked: whoever looks could set them.
    """
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())
