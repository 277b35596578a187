"""A small world that a connector is tried on, and what it made of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path

from auditor.coverage import days_between
from auditor.keys import AddressRules
from auditor.model import Message
from auditor.records import Fact
from auditor.source import (
    DayCoverage,
    DayState,
    FileSeen,
    Note,
    Page,
    Rejected,
    Source,
    SourceContext,
    Window,
)

Connect = Callable[[SourceContext], Source]
Act = Callable[[], None]
WEEK = Window(date(2026, 11, 16), date(2026, 11, 22))
"""Monday to Sunday: the days that a trial asks for, unless it says otherwise."""
WRITTEN = datetime(2026, 11, 23, 6, tzinfo=UTC)
"""When files of a trial were dropped: the Monday after ``WEEK``, at night."""


def _nothing() -> None:
    """Tell nothing."""


@dataclass(frozen=True)
class Trial:
    """One connector in front of one small world. What is broken in it stays broken."""

    connect: Connect
    context: SourceContext
    window: Window = WEEK
    private: tuple[str, ...] = ()
    """Words that stand in the texts, subjects and names of the world, and may come out nowhere."""
    state: Callable[[], object] = _nothing
    """What lies in the system, and who wrote there: equal as long as nothing was changed."""
    troubles: Mapping[str, Act] = field(default_factory=dict)
    """Each breaks the world in one way, for good or for a while."""
    gone: Act | None = None
    """Takes away all that is read, as when an export or a server stops."""
    again: Act | None = None
    """Lets the system deliver all of it a second time, in another wrapping."""
    holds: bool = True
    """False for what people alone can read: days are told of, and no world of it has a fact."""

    def source(self, **context: object) -> Source:
        """Return a new instance of the connector; ``context`` changes what it is handed."""
        return self.connect(replace(self.context, **context))  # type: ignore[arg-type]  # fields' own names

    def read(self, **context: object) -> Read:
        """Return all that one pull of a new instance delivers; raises a ``SourceError``."""
        return Read(tuple(self.source(**context).pull(self.window)))

    @property
    def days(self) -> tuple[date, ...]:
        """The days that have to be told of."""
        return days_between(self.window.since or self.window.first, self.window.last)


@dataclass(frozen=True, slots=True)
class Read:
    """Everything one pull delivered."""

    pages: tuple[Page, ...]

    @property
    def facts(self) -> list[Fact]:
        return [fact for page in self.pages for fact in page.facts]

    @property
    def messages(self) -> list[Message]:
        return [fact for fact in self.facts if isinstance(fact, Message)]

    @property
    def rejected(self) -> list[Rejected]:
        return [one for page in self.pages for one in page.rejected]

    @property
    def lost(self) -> list[Note]:
        return [note for page in self.pages for note in page.notes if note.lost]

    @property
    def files(self) -> list[FileSeen]:
        return [file for page in self.pages for file in page.files]

    @property
    def coverage(self) -> tuple[DayCoverage, ...]:
        return self.pages[-1].coverage if self.pages else ()

    @property
    def unread(self) -> int:
        """How many days, of the source or of a unit of it, were not read in full."""
        return sum(row.state is not DayState.READ for row in self.coverage)

    @property
    def marks(self) -> dict[str, str]:
        """What the next pull is handed."""
        found: dict[str, str] = {}
        for mark in (mark for page in self.pages for mark in page.marks):
            found.pop(mark.unit, None)
            if mark.value is not None:
                found[mark.unit] = mark.value
        return found

    @property
    def already_read(self) -> frozenset[str]:
        """What the next pull is handed."""
        return frozenset(file.sha256 for file in self.files)

    @property
    def told(self) -> list[Page]:
        """The pages as they must be the same each time; a server may word its marks anew."""
        return [
            replace(page, marks=tuple(replace(mark, value="") for mark in page.marks if mark.value))
            for page in self.pages
        ]

    @property
    def ids(self) -> set[str]:
        """What the facts are about: a message's id, and any other fact as a whole."""
        return {f.native_id if isinstance(f, Message) else repr(f) for f in self.facts}


# ---- files ---------------------------------------------------------------------------------


def dropped(
    connect: Connect,
    folder: Path,
    files: Mapping[str, str],
    settings: Mapping[str, object] | None = None,
    *,
    window: Window = WEEK,
    private: Collection[str] = (),
) -> Trial:
    """Return a trial of a connector that reads a folder: written below ``folder``, now."""
    drop = folder / "drop"
    _write(drop, files)
    context = SourceContext(
        name="trial",
        title="Trial",
        timezone="America/New_York",
        addresses=AddressRules(),
        base=str(folder),
        settings={"path": drop.name, **(settings or {})},
    )
    return Trial(
        connect,
        context,
        window,
        tuple(private),
        partial(_state, drop),
        {
            "every file is empty": partial(_write, drop, dict.fromkeys(files, "")),
            "every file ends in rubbish": partial(_append, drop, b"\x00\xff rubbish \xfe\n"),
            "another file lies beside": partial(_write, drop, {"stray.bin": "\x00\x01"}),
        },
        gone=partial(_take_away, drop),
    )


def _write(drop: Path, files: Mapping[str, str]) -> None:
    for name, text in files.items():
        path = drop / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="")
        _date(path)


def _append(drop: Path, more: bytes) -> None:
    for path in _files(drop):
        path.write_bytes(path.read_bytes() + more)
        _date(path)


def _take_away(drop: Path) -> None:
    drop.rename(drop.with_name("elsewhere"))


def _date(path: Path) -> None:
    os.utime(path, (WRITTEN.timestamp(), WRITTEN.timestamp()))


def _files(drop: Path) -> Iterator[Path]:
    return (path for path in sorted(drop.rglob("*")) if path.is_file())


def _state(drop: Path) -> object:
    return [(path, path.stat().st_mtime_ns, path.read_bytes()) for path in _files(drop)]
