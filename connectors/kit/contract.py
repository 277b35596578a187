"""What every connector holds to, whoever wrote it; and a test for each sentence of it.

1. It says what it brings; its construction reads nothing; every mistake in its settings is told at
   once, by its setting.
2. ``check`` reads no data and tells none, and says of what is not there how to mend it.
3. Two readings of the same are the same, in the same order. Pages account for their records.
4. It can be cut off anywhere and begun anew; the next night brings nothing new where nothing is
   new, and says the same of each day.
5. What is delivered twice is the same twice.
6. Whatever goes wrong is told: a ``SourceError`` with place and cure, a day that was not read, a
   record set aside, or a note that something is lost. Never fewer facts in silence.
7. A day that holds messages is not told as read without any; what was not read has no number.
8. Nothing is changed where it reads, and no word of a text comes out: not in a fact, a page, a
   check, an error or a log.

A class ``Test...(Contract)`` gives ``trial``, and pytest finds the rest. Nothing here needs pytest
itself, so that a district's package may run it as it likes.
"""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from auditor.source import DayState, FactKind, SourceError
from connectors.kit.trial import Read, Trial


def must(holds: object, sentence: str, *shown: object) -> None:
    """Raise AssertionError with a sentence of the contract unless it holds."""
    if not holds:
        raise AssertionError(": ".join((sentence, *map(repr, shown))))


class Contract:
    """The contract as tests. ``tmp_path`` is an empty folder for each."""

    @abstractmethod
    def trial(self, folder: Path) -> AbstractContextManager[Trial]:
        """Make a small world below ``folder`` with a record or more in it, the same each time."""
        raise NotImplementedError

    # ---- 1: what it says of itself -------------------------------------------------------------

    def test_it_says_what_it_brings(self, tmp_path: Path) -> None:
        with self.trial(tmp_path) as trial:
            provides = trial.source().provides
            must(provides and provides <= set(FactKind), "it provides known kinds", provides)
            told = bool(trial.read().coverage)
            messages = FactKind.MESSAGES in provides
            must(told == messages, "days are told of messages, and of nothing else")

    def test_construction_reads_nothing(self, tmp_path: Path) -> None:
        with self.trial(tmp_path) as trial:
            trial.source(base=str(tmp_path / "nowhere"))

    def test_every_mistake_is_told_at_once_by_its_setting(self, tmp_path: Path) -> None:
        with self.trial(tmp_path) as trial:
            wrong = {"colour": "red", "shape": "round"}
            try:
                trial.source(settings={**trial.context.settings, **wrong})
            except ValueError as error:
                begins = {part.split(" ")[0] for part in str(error).split("; ")}
                must(begins == set(wrong), "each mistake begins with its setting", str(error))
            else:
                must(False, "a setting that there is not is refused")

    # ---- 2: reach ------------------------------------------------------------------------------

    def test_a_check_is_well_and_tells_no_data(self, tmp_path: Path) -> None:
        with self.trial(tmp_path) as trial:
            results = trial.source().check()
            must(results and all(one.ok for one in results), "all is well", results)
            _hides(trial, results)

    def test_what_is_not_there_is_told_with_place_and_cure(self, tmp_path: Path) -> None:
        with self.trial(tmp_path) as trial:
            if trial.gone is None:
                return
            trial.gone()
            results = trial.source().check()
            wrong = [one for one in results if not one.ok]
            must(wrong and all(one.cure for one in wrong), "a check says how to mend it", results)
            try:
                read = trial.read()
            except SourceError as error:
                must(error.where and error.what and error.cure, "it says what, where and the cure")
            else:
                unread = read.coverage and read.unread == len(read.coverage)
                must(unread, "nothing that is not there is told as read", read.coverage)

    # ---- 3: the same twice ---------------------------------------------------------------------

    def test_two_readings_are_the_same_in_the_same_order(self, tmp_path: Path) -> None:
        with self.trial(tmp_path) as trial:
            source = trial.source()
            first = Read(tuple(source.pull(trial.window)))
            must(bool(first.facts) == trial.holds, "the world holds something")
            must(trial.read().told == first.told, "a new instance reads the same")
            again = Read(tuple(source.pull(trial.window)))
            must(again.told == first.told, "it can be asked twice")

    def test_pages_account_for_their_records(self, tmp_path: Path) -> None:
        with self.trial(tmp_path) as trial:
            read = trial.read()
            for page in read.pages:
                must(page.records_read >= len(page.rejected), "what is set aside is counted too")
            must(sum(page.records_read for page in read.pages), "records are counted")
            early = [page for page in read.pages[:-1] if page.coverage or page.over]
            must(not early, "days are told of on the last page")

    # ---- 4: going on ---------------------------------------------------------------------------

    def test_it_can_be_cut_off_and_begun_anew(self, tmp_path: Path) -> None:
        with self.trial(tmp_path) as trial:
            cut: Any = trial.source().pull(trial.window)
            first = next(cut)
            cut.close()
            whole = trial.read()
            must(whole.told[:1] == Read((first,)).told, "it begins anew with the same page")

    def test_the_next_night_brings_nothing_new_and_says_the_same_of_each_day(
        self, tmp_path: Path
    ) -> None:
        with self.trial(tmp_path) as trial:
            first = trial.read()
            second = trial.read(marks=first.marks, already_read=first.already_read)
            must(second.ids <= first.ids, "nothing is new", second.ids - first.ids)
            must(second.coverage == first.coverage, "the days are told alike", second.coverage)
            third = trial.read(
                marks={**first.marks, **second.marks}, already_read=first.already_read
            )
            must(third.coverage == first.coverage, "and so each night", third.coverage)

    # ---- 5: duplicates -------------------------------------------------------------------------

    def test_what_comes_twice_is_the_same_twice(self, tmp_path: Path) -> None:
        with self.trial(tmp_path) as trial:
            if trial.again is None:
                return
            first = trial.read()
            trial.again()
            second = trial.read()
            must(second.ids == first.ids, "the same ids", second.ids ^ first.ids)

    # ---- 6: faults -----------------------------------------------------------------------------

    def test_whatever_goes_wrong_is_told(self, tmp_path: Path) -> None:
        with self.trial(tmp_path / "whole") as trial:
            whole = trial.read()
            names = list(trial.troubles)
        for number, name in enumerate(names):
            with self.trial(tmp_path / str(number)) as trial, _listening() as heard:
                trial.troubles[name]()
                try:
                    read = trial.read()
                except SourceError as error:
                    whole_word = error.what and error.where and error.cure
                    must(whole_word, name, "it says what, where and the cure")
                    _hides(trial, str(error))
                else:
                    must(_is_told(whole, read), name, "fewer facts, and nothing says so")
                    _hides(trial, read.pages)
                _hides(trial, heard.lines)

    # ---- 7: days -------------------------------------------------------------------------------

    def test_each_day_is_told_truthfully(self, tmp_path: Path) -> None:
        with self.trial(tmp_path) as trial:
            read = trial.read()
            if not read.coverage:
                return
            must({row.day for row in read.coverage} >= set(trial.days), "every day is told of")
            for row in read.coverage:
                missing = row.state is DayState.MISSING
                must(missing == (row.records is None), "what was not read has no number", row)
                must(row.state is DayState.READ or row.reason, "and a reason", row)
            keys = [(row.day, row.unit) for row in read.coverage]
            must(len(keys) == len(set(keys)), "each day of each unit is told of once")
            for day in trial.days:
                rows = [row for row in read.coverage if row.day == day]
                empty = all(row.state is DayState.READ and not row.records for row in rows)
                there = [m for m in read.messages if _day(m.sent_at, trial) == day]
                must(not (empty and there), "a day with messages is not told as empty", day)

    # ---- 8: nothing is changed, nothing comes out ----------------------------------------------

    def test_nothing_is_changed_where_it_reads(self, tmp_path: Path) -> None:
        with self.trial(tmp_path) as trial:
            before = trial.state()
            trial.source().check()
            trial.read()
            must(trial.state() == before, "the system is as it was")

    def test_no_word_of_a_text_comes_out(self, tmp_path: Path) -> None:
        with self.trial(tmp_path) as trial, _listening() as heard:
            _hides(trial, trial.read().pages)
            trial.source().check()
            _hides(trial, heard.lines)


def _is_told(whole: Read, read: Read) -> bool:
    """Whether a reading that brought less says so."""
    return (whole.ids <= read.ids and not _left_out(whole, read)) or (
        read.unread > whole.unread
        or len(read.rejected) > len(whole.rejected)
        or bool(_lost(read) - _lost(whole))
    )


def _lost(read: Read) -> Counter[str]:
    found: Counter[str] = Counter()
    for note in read.lost:
        found[note.text] += note.count
    return found


def _left_out(whole: Read, read: Read) -> set[tuple[str, str]]:
    """Return who is on no message any more that looks as if everybody were on it."""
    hidden = {message.native_id for message in read.messages if message.recipients_hidden}
    return {pair for pair in _people(whole) - _people(read) if pair[0] not in hidden}


def _people(read: Read) -> set[tuple[str, str]]:
    return {(one.native_id, party.address.text) for one in read.messages for party in one.parties}


def _day(moment: datetime, trial: Trial) -> date:
    return moment.astimezone(ZoneInfo(trial.context.timezone)).date()


def _hides(trial: Trial, shown: object) -> None:
    text = repr(shown)
    found = [word for word in trial.private if word in text]
    must(not found, "no word of a text comes out", found)


class _Heard(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@contextmanager
def _listening() -> Iterator[_Heard]:
    """Take down whatever is logged, at every level."""
    root, heard = logging.getLogger(), _Heard()
    level = root.level
    root.addHandler(heard)
    root.setLevel(logging.DEBUG)
    try:
        yield heard
    finally:
        root.setLevel(level)
        root.removeHandler(heard)
