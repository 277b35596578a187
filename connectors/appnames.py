"""What an app's name tells, whichever cloud it was let into.

An app's name is that of a product and is kept, cut to a length and without what cannot be printed.
"""

from __future__ import annotations

MESSENGERS = frozenset(
    {
        *("discord", "facebook", "groupme", "instagram", "kik", "messenger", "remind", "signal"),
        *("slack", "snapchat", "telegram", "tiktok", "twitter", "viber", "wechat", "whatsapp"),
    }
)
"""Words in the names of apps by which people write to each other: a mere sign-in counts."""
_LONGEST_NAME = 60


def is_messenger(name: str) -> bool:
    """Whether an app of this name is one by which people write to each other."""
    return not MESSENGERS.isdisjoint(name.casefold().replace(".", " ").split())


def shown_name(name: str) -> str:
    """Return an app's name as it is shown."""
    return " ".join("".join(c if c.isprintable() else " " for c in name).split())[:_LONGEST_NAME]
