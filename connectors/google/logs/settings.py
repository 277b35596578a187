"""The settings of Google's logs, checked all at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields

from auditor.source import SourceContext
from connectors.google.access import Access, unknown_settings

MESSAGE_STREAMS = ("gmail", "chat", "classroom", "meet")
OTHER_STREAMS = ("token", "groups_enterprise")
STREAMS = (*MESSAGE_STREAMS, *OTHER_STREAMS)
"""In the order in which they are read."""
TOOLS = {
    "gmail": "gmail",
    "chat": "google-chat",
    "classroom": "google-classroom",
    "meet": "google-meet",
}
"""Stream -> the tool its messages ran in, unless the settings say otherwise."""
_MOST_THREADS = 32


@dataclass(frozen=True, slots=True)
class LogSettings:
    """Which of Google's logs are to be read, and how."""

    streams: tuple[str, ...]
    """The logs to read: gmail, chat, classroom, meet; also token and groups_enterprise."""
    tools: Mapping[str, str]
    """Log -> name of the tool in the district's tool catalogue, where it is another than usual."""
    chat_members: bool = False
    """Whether Google is asked who is in a chat room that the log does not tell in full."""
    threads: int = 8
    """How many parts of a log are read side by side."""

    @classmethod
    def of(cls, context: SourceContext) -> tuple[LogSettings, Access]:
        """Return the checked settings; raises ValueError with every mistake."""
        settings = context.settings
        known = [one.name for one in fields(cls)]
        mistakes = unknown_settings(settings, known, "google-logs")
        access = Access.of(context, mistakes)
        streams = _streams(settings.get("streams"), mistakes)
        tools = _tools(settings.get("tools", {}), mistakes)
        chat_members = settings.get("chat_members", False)
        if not isinstance(chat_members, bool):
            mistakes.append("chat_members must be true or false, without quotes")
        threads = settings.get("threads", 8)
        if type(threads) is not int or not 1 <= threads <= _MOST_THREADS:
            mistakes.append(f"threads must be a whole number from 1 to {_MOST_THREADS}")
        if mistakes:
            raise ValueError("; ".join(mistakes))
        return cls(streams, tools, bool(chat_members), int(str(threads))), access


def _streams(value: object, mistakes: list[str]) -> tuple[str, ...]:
    named = set(value) if isinstance(value, list) and _are_texts(value) else set()
    if not named or not named <= set(STREAMS):
        mistakes.append(f"streams must list some of {', '.join(STREAMS)}")
    elif named.isdisjoint(MESSAGE_STREAMS):
        mistakes.append(f"streams must have one of messages: {', '.join(MESSAGE_STREAMS)}")
    return tuple(name for name in STREAMS if name in named)


def _tools(value: object, mistakes: list[str]) -> Mapping[str, str]:
    tools = dict(value) if isinstance(value, Mapping) else {"": ""}
    good = set(tools) <= set(TOOLS) and _are_texts(tools.values())
    if not good or not all(tool.strip() for tool in tools.values()):
        mistakes.append(f"tools must name a tool for some of {', '.join(TOOLS)}, in quotes")
    return {**TOOLS, **tools}


def _are_texts(values: Iterable[object]) -> bool:
    return all(isinstance(one, str) for one in values)
