"""The contract can be broken: each connector here breaks one sentence of it, and is found out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from auditor.keys import person_id_address
from auditor.model import Channel, Message, Party, PartyRole
from auditor.source import DayState, Page, SourceContext, SourceError, Window
from connectors.files import drop_path
from connectors.kit import Contract, LineDrop, Trial, dropped

LINES = "".join(f"2026-11-{day}T09:00:00-05:00;T-1;K-{day};zephyrquill\n" for day in range(16, 20))


class Good(LineDrop):
    name = "good"
    form = "moment;writer;reader;text"

    def fact(self, line: str) -> Message:
        moment, writer, reader, _ = line.split(";")
        roles = ((writer, PartyRole.FROM), (reader, PartyRole.TO))
        parties = tuple(Party(person_id_address(who), role) for who, role in roles)
        told = f"{moment};{reader}"
        return Message(told, Channel.CHAT, "app", datetime.fromisoformat(moment), parties)

    @property
    def root(self) -> Path:
        return drop_path(self.context, str(self.context.settings["path"]))


class LetsTextOut(Good):
    def fact(self, line: str) -> Message:
        return replace(super().fact(line), native_id=line)


class SaysNothing(Good):
    def pull(self, window: Window) -> Iterator[Page]:
        """Take whatever goes wrong for a quiet week."""
        try:
            for page in super().pull(window):
                rows = (replace(r, state=DayState.READ, records=r.records or 0, reason=None) for r in page.coverage)
                yield replace(page, coverage=tuple(rows), rejected=())
        except SourceError:
            yield Page()


class Forgetful(Good):
    def pull(self, window: Window) -> Iterator[Page]:
        """Leave out to whom it went where something else lies beside what is read."""
        told = len(list(self.root.iterdir())) == 1
        for page in super().pull(window):
            messages = (fact for fact in page.facts if isinstance(fact, Message))
            kept = (m if told else replace(m, parties=m.parties[:1]) for m in messages)
            yield replace(page, facts=tuple(kept), rejected=(), notes=())


class Writes(Good):
    def pull(self, window: Window) -> Iterator[Page]:
        for path in self.root.iterdir():
            path.touch()
        yield from super().pull(window)


class Wavers(Good):
    turn = 0

    def pull(self, window: Window) -> Iterator[Page]:
        Wavers.turn += 1
        for page in super().pull(window):
            yield replace(page, facts=page.facts[:: (-1) ** Wavers.turn])


class Forgets(Good):
    def pull(self, window: Window) -> Iterator[Page]:
        for page in super().pull(window):
            yield replace(page, coverage=page.coverage if not self.context.already_read else page.coverage[1:])


class TakesAnything(Good):
    def __init__(self, context: SourceContext) -> None:
        super().__init__(replace(context, settings={"path": context.settings["path"]}))


class ReadsAtOnce(Good):
    def __init__(self, context: SourceContext) -> None:
        super().__init__(context)
        self.known = [path.name for path in self.root.iterdir()]


class Counts(Good):
    def pull(self, window: Window) -> Iterator[Page]:
        for page in super().pull(window):
            yield replace(page, coverage=tuple(replace(row, records=0) for row in page.coverage))


def broken(kind: type[Good], folder: Path) -> set[str]:
    """Return the tests of the contract that a connector fails."""

    class Kept(Contract):
        @contextmanager
        def trial(self, folder: Path) -> Iterator[Trial]:
            yield dropped(kind, folder, {"notes.txt": LINES}, private=["zephyrquill"])

    found = set()
    for name in (name for name in dir(Kept) if name.startswith("test_")):
        (folder / name).mkdir()
        try:
            getattr(Kept(), name)(folder / name)
        except (AssertionError, OSError):
            found.add(name.removeprefix("test_"))
    return found


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [(LetsTextOut, "no_word_of_a_text_comes_out"), (SaysNothing, "whatever_goes_wrong_is_told"),
     (Forgetful, "whatever_goes_wrong_is_told"),
     (Writes, "nothing_is_changed_where_it_reads"), (ReadsAtOnce, "construction_reads_nothing"),
     (Wavers, "two_readings_are_the_same_in_the_same_order"),
     (Forgets, "the_next_night_brings_nothing_new_and_says_the_same_of_each_day"),
     (TakesAnything, "every_mistake_is_told_at_once_by_its_setting"),
     (Counts, "each_day_is_told_truthfully")],
)  # fmt: skip
def test_a_connector_that_breaks_a_sentence_is_found_out(
    kind: type[Good], sentence: str, tmp_path: Path
) -> None:
    assert sentence in broken(kind, tmp_path)


def test_a_good_one_is_not(tmp_path: Path) -> None:
    assert broken(Good, tmp_path) == set()
