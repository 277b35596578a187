"""State and decisions in SQL, and the manifest through which facts are committed."""

from auditor.ledger.errors import (
    BatchDamaged,
    Damaged,
    KeyCollision,
    LedgerDamaged,
    StorageBusy,
    StorageError,
    StorageFull,
    TooNew,
)
from auditor.ledger.ledger import Ledger

__all__ = [
    "BatchDamaged",
    "Damaged",
    "KeyCollision",
    "Ledger",
    "LedgerDamaged",
    "StorageBusy",
    "StorageError",
    "StorageFull",
    "TooNew",
]
