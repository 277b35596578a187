"""How long anything is kept."""
from __future__ import annotations
from datetime import date
from sqlalchemy import Connection
from auditor.desk import CONTEXT_DAYS

DAYS_READ_ALONG = CONTEXT_DAYS + 1

def whole_since(connection: Connection) -> date | None:
    return None
