"""What is inside a page token: where the page begins, of which query, and when the first was given.

Vendors' tokens are opaque and hold for the query they were given to; so are and do these.
"""

from __future__ import annotations

import base64
import json
from datetime import datetime
from hashlib import blake2b
from typing import Any


def mark_of(*parts: Any) -> str:
    """Return what tells one query from another."""
    return blake2b(json.dumps(parts).encode(), digest_size=8).hexdigest()


def write(position: int, mark: str, given: datetime) -> str:
    parts = {"p": position, "q": mark, "t": given.isoformat()}
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")


def read(token: str) -> tuple[int, str, datetime]:
    """Return position, mark and moment. Raises ValueError for what is no token of ours."""
    try:
        parts = json.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        return int(parts["p"]), str(parts["q"]), datetime.fromisoformat(parts["t"])
    except (KeyError, TypeError) as error:
        raise ValueError("no page token") from error
