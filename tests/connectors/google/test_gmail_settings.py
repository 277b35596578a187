"""What the settings of the source ``gmail`` may say, and what they mean."""

from __future__ import annotations

import pytest

from connectors.google.gmail.settings import GmailSettings


def read(**settings: object) -> tuple[GmailSettings, list[str]]:
    mistakes: list[str] = []
    return GmailSettings.of({"mailboxes": ["/Staff", "/Students"], **settings}, mistakes), mistakes


@pytest.mark.parametrize(
    ("received", "units"),
    [
        (None, ("/Staff", "/Students")),
        (True, ("/Staff", "/Students")),
        (False, ()),
        (["/Students"], ("/Students",)),
    ],
)
def test_everything_is_read_unless_the_settings_say_less(
    received: object, units: tuple[str, ...]
) -> None:
    settings, mistakes = read(**({} if received is None else {"received": received}))
    assert (settings.received, mistakes) == (units, [])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mailboxes", []),
        ("mailboxes", ["Staff"]),
        ("mailboxes", "/Staff"),
        ("mailboxes", [3]),
        ("received", "yes"),
        ("received", ["Students"]),
        ("leave_out", "x@y.example"),
        ("settings", "true"),
        ("first_tier", "logs"),
        ("students", ["Students"]),
        ("threads", 0),
        ("threads", 17),
        ("threads", True),
        ("units_per_minute", 0),
        ("units_per_day", "many"),
        ("units_per_day", 100),
        ("tool", ""),
        ("colour", "red"),
    ],
)
def test_a_mistake_is_told_and_begins_with_its_setting(name: str, value: object) -> None:
    _, mistakes = read(**{name: value})
    assert len(mistakes) == 1
    assert mistakes[0].startswith(f"{name} ")


def test_the_first_tier_needs_to_know_who_is_a_student() -> None:
    _, mistakes = read(first_tier="log")
    assert [one.partition(" ")[0] for one in mistakes] == ["students"]
    assert read(first_tier="log", students=["/Students"])[1] == []
