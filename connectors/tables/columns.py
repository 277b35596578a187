"""Column maps: how a vendor's export says what a canonical table says.

A map is a setting of the district, kept in a TOML file of its own because several sources may
share it. It is read and checked before any data is. Only headings that it names are ever read.
"""

from __future__ import annotations

import codecs
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from auditor.source import FactKind
from connectors.csvfile import plain_heading
from connectors.tables.layout import Table, canonical_word

_KNOWN = (
    "kind", "system", "verified_by", "verified_on", "most_rows", "known_by", "may_hide_recipients",
    "time_of_day", "encoding", "delimiter", "list_delimiter", "date_format", "time_format",
    "timezone", "ignored", "columns", "constants", "values",
)  # fmt: skip
_HAS_HOUR = re.compile(r"%[HIcX]")
_ASCII = bytes(range(1, 128))
_SAMPLE = datetime(2026, 11, 24, 15, 45, 30)  # noqa: DTZ001  (only its spelling is used)


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """How one kind of file is to be read. Without a map, a file is canonical."""

    columns: Mapping[str, str] = field(default_factory=dict)
    """Canonical column -> heading in the file."""
    constants: Mapping[str, str] = field(default_factory=dict)
    """Canonical column -> the one value it has in every row."""
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Canonical column -> the file's word, casefolded -> the canonical word."""
    encoding: str = "utf-8"
    delimiter: str = ","
    list_delimiter: str = ";"
    date_format: str | None = None
    """``strptime`` form of days; None for ISO 8601."""
    time_format: str | None = None
    """The same for times of day with their date."""
    timezone: ZoneInfo | None = None
    """Zone of times that state no offset; None for the district's."""
    ignored: tuple[str, ...] = ()
    """Headings that are known to be of no use here, and not worth a note each night."""
    verified_by: str | None = None
    """Who held the map against a file of the district's own; None: nobody has."""
    verified_on: date | None = None
    most_rows: int | None = None
    """Rows at which the export stops whatever there is more; None: it is not known to stop."""
    known_by: tuple[str, ...] = ()
    """Canonical columns that together tell one message from another, where there is no id."""
    time_of_day: str | None = None
    """Heading of the hour, where a file has day and hour in two columns: read behind ``sent_at``,
    with a blank between them."""
    may_hide_recipients: bool = False
    """Whether others may have received a message of whom its row says nothing."""
    fingerprint: str = ""
    """Changes with the map's text, so that files read by an older wording are read again."""

    @property
    def is_canonical(self) -> bool:
        return not self.fingerprint

    @property
    def is_verified(self) -> bool:
        """Whether somebody answers for it; the program's own layout needs nobody to."""
        return self.is_canonical or None not in (self.verified_by, self.verified_on)


CANONICAL = ColumnMap()
_PEOPLE = ("sender_id", "sender_email", "recipient_ids", "recipient_emails", "cc_ids")


def load_map(path: Path, shown: str, table: Table) -> ColumnMap:
    """Return the map in the file at ``path``.

    Raises ValueError with every mistake, each beginning with "columns", the setting that names
    the file.
    """
    raw, text = _toml(path, shown)
    draft = _Draft(raw, table)
    found = draft.map(sha256(text).hexdigest())
    if draft.mistakes:
        raise ValueError("; ".join(f"columns {shown}: {m}" for m in draft.mistakes))
    return found


def _toml(path: Path, shown: str) -> tuple[Mapping[str, object], bytes]:
    try:
        content = path.read_bytes()
        return tomllib.loads(content.decode("utf-8-sig")), content
    except (FileNotFoundError, NotADirectoryError):
        raise ValueError(f"columns names {shown}, and there is no such file") from None
    except UnicodeDecodeError:
        raise ValueError(f"columns {shown}: this is not UTF-8 text") from None
    except tomllib.TOMLDecodeError as error:
        said = str(error).replace(";", ",")
        raise ValueError(f"columns {shown}: not readable as TOML, {said}") from None
    except OSError as error:
        raise ValueError(f"columns {shown}: cannot be read ({error.strerror})") from None


class _Draft:
    """Reads a map as far as it can be understood, and collects what is wrong with it."""

    def __init__(self, raw: Mapping[str, object], table: Table) -> None:
        self._raw = raw
        self._table = table
        self.mistakes = [f"{key} is nothing a map has" for key in sorted(set(raw) - set(_KNOWN))]

    def map(self, fingerprint: str) -> ColumnMap:
        self._text("system")  # for the reader of the map
        kind = self._raw.get("kind", self._table.name)
        if kind != self._table.name:
            self.mistakes.append(f"kind is {kind!r}, and the source reads {self._table.name}")
        columns = self._texts("columns")
        verified_by, verified_on = self._verified()
        constants = self._texts("constants")
        for column in sorted(columns.keys() & constants.keys()):
            self.mistakes.append(f"{column} has both a heading and a constant")
        if not columns:
            self.mistakes.append("[columns] names no heading")
        known_by = self._known_by(columns)
        self._complete({*columns, *constants, *(("external_id",) if known_by else ())})
        values = self._values()
        for column, value in constants.items():
            self._word(f"constants.{column}", column, value)
        date_format = self._format("date_format")
        time_format = self._format("time_format") or date_format
        if "sent_at" in columns and time_format and not tells_hour(time_format):
            self.mistakes.append("time_format must tell the hour, for example %m/%d/%Y %I:%M %p")
        return ColumnMap(
            columns=columns,
            constants=constants,
            values=values,
            encoding=self._encoding(),
            delimiter=self._character("delimiter", ","),
            list_delimiter=self._character("list_delimiter", ";"),
            date_format=date_format,
            time_format=time_format,
            timezone=self._timezone(),
            ignored=self._ignored(columns),
            verified_by=verified_by,
            verified_on=verified_on,
            most_rows=self._most_rows(),
            known_by=known_by,
            time_of_day=self._time_of_day(columns),
            may_hide_recipients=self._may_hide_recipients(),
            fingerprint=fingerprint,
        )

    def _complete(self, given: set[str]) -> None:
        """Note what the table cannot do without and the map does not give."""
        for column in self._table.required:
            if column not in given:
                self.mistakes.append(f"{column} has neither a heading nor a constant")
        for ways in self._table.one_of:
            if not any(given.issuperset(way) for way in ways):
                needed = " or ".join(" with ".join(way) for way in ways)
                self.mistakes.append(f"it gives no {needed}")

    # ---- tables of the map -----------------------------------------------------------------

    def _texts(self, name: str) -> dict[str, str]:
        section = self._section(name, self._raw.get(name, {}))
        texts = {}
        for column, value in section.items():
            if column not in self._table.columns:
                self.mistakes.append(
                    f"{name}.{column} is no column of {self._table.name} "
                    f"(there are {', '.join(self._table.columns)})"
                )
            elif not isinstance(value, str) or not value.strip():
                self.mistakes.append(f"{name}.{column} must be text in quotes")
            elif name == "columns" and not plain_heading(value):
                self.mistakes.append(f"{name}.{column}: a heading needs a letter or digit")
            else:
                texts[column] = value.strip()
        return texts

    def _values(self) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for column, section in self._section("values", self._raw.get("values", {})).items():
            where = f"values.{column}"
            if column not in self._table.columns:
                self.mistakes.append(f"{where} is no column of {self._table.name}")
                continue
            found[column] = {}
            for written, meant in self._section(where, section).items():
                if not isinstance(meant, str):
                    self.mistakes.append(f"{where}: the value of {written!r} must be text")
                else:
                    self._word(where, column, meant)
                    found[column][written.strip().casefold()] = meant.strip()
        return found

    def _section(self, name: str, value: object) -> Mapping[str, object]:
        if isinstance(value, Mapping):
            return value
        self.mistakes.append(f"{name} must be a section of its own: [{name}]")
        return {}

    def _word(self, where: str, column: str, value: str) -> None:
        words = self._table.words.get(column)
        if words is None:
            return
        of_many = column in self._table.lists
        written = value.split(str(self._raw.get("list_delimiter") or ";")) if of_many else [value]
        if any(one.strip() and canonical_word(one, words) is None for one in written):
            self.mistakes.append(f"{where}: {value!r} is none of {', '.join(words)}")

    # ---- single settings -------------------------------------------------------------------

    def _text(self, name: str) -> str | None:
        value = self._raw.get(name)
        if value is None or isinstance(value, str):
            return value
        self.mistakes.append(f"{name} must be text in quotes")
        return None

    def _encoding(self) -> str:
        name = self._text("encoding") or "utf-8"
        try:
            # lines are cut before they are decoded, so what is ASCII must be written as in ASCII
            if _ASCII.decode(name) == _ASCII.decode("ascii"):
                return codecs.lookup(name).name
        except UnicodeError:
            pass
        except (LookupError, ValueError):
            self.mistakes.append(f"encoding: there is no text encoding {name!r}")
            return "utf-8"
        self.mistakes.append(f"encoding: {name!r} is not read, save the files as UTF-8")
        return "utf-8"

    def _character(self, name: str, default: str) -> str:
        value = self._text(name) or default
        if len(value) == 1 and not value.isalnum() and value not in '"\r\n\0':
            return value
        self.mistakes.append(f"{name} must be one character, such as a comma or a tab (\\t)")
        return default

    def _format(self, name: str) -> str | None:
        form = self._text(name)
        if form is None:
            return None
        try:
            datetime.strptime(_SAMPLE.strftime(form), form)  # noqa: DTZ007  (a trial)
        except (ValueError, re.error):
            self.mistakes.append(f"{name}: {form!r} is no form such as %m/%d/%Y")
        return form

    def _timezone(self) -> ZoneInfo | None:
        name = self._text("timezone")
        if name is None:
            return None
        try:
            return ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            self.mistakes.append(f"timezone: there is no time zone {name!r}")
            return None

    def _ignored(self, columns: Mapping[str, str]) -> tuple[str, ...]:
        value = self._raw.get("ignored", [])
        if not (isinstance(value, list) and all(isinstance(heading, str) for heading in value)):
            self.mistakes.append("ignored must be a list of headings")
            return ()
        passed_over = {plain_heading(heading) for heading in value}
        for column, heading in columns.items():
            if plain_heading(heading) in passed_over:
                # what is passed over is often what was written: it must not be read by a slip
                self.mistakes.append(f"columns.{column}: {heading!r} is among the ignored headings")
        return tuple(value)

    def _verified(self) -> tuple[str | None, date | None]:
        """Return who held the map against a real file, and when: both, or nobody has."""
        by, on = (self._text("verified_by") or "").strip(), self._raw.get("verified_on", "")
        if isinstance(on, str) and not on.strip():
            on = None
        elif isinstance(on, datetime) or not isinstance(on, date):
            self.mistakes.append("verified_on must be a day without quotes, such as 2026-11-24")
            return None, None
        if bool(by) != (on is not None):
            missing = "verified_on" if by else "verified_by"
            self.mistakes.append(f"{missing} is blank, write who verified the map and when")
        return by or None, on

    # ---- settings of messages alone ----------------------------------------------------------

    def _of_messages(self, name: str) -> object:
        """Return a setting that only a map of messages may have, or None."""
        value = self._raw.get(name)
        if value is not None and self._table.provides is not FactKind.MESSAGES:
            self.mistakes.append(f"{name} is only for a map of communications")
            return None
        return value

    def _most_rows(self) -> int | None:
        value = self._of_messages("most_rows")
        if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 1):
            return value
        self.mistakes.append("most_rows must be a number of rows, at least 1")
        return None

    def _known_by(self, columns: Mapping[str, str]) -> tuple[str, ...]:
        value = self._of_messages("known_by")
        if value is None:
            return ()
        if not isinstance(value, list) or not value or not all(one in columns for one in value):
            self.mistakes.append("known_by must be a list of columns that have a heading")
            return ()
        if "sent_at" not in value:
            self.mistakes.append("known_by must name sent_at, by which a message is found again")
        # Two messages of one minute would else be one, to the people of both.
        missing = [one for one in _PEOPLE if one in columns and one not in value]
        if missing:
            self.mistakes.append(f"known_by must name {', '.join(missing)}: who it is from and to")
        if "external_id" in columns:
            self.mistakes.append("known_by is only for a file without external_id")
        return tuple(value)

    def _time_of_day(self, columns: Mapping[str, str]) -> str | None:
        value = self._of_messages("time_of_day")
        if value is None or (isinstance(value, str) and plain_heading(value)):
            if value is not None and "sent_at" not in columns:
                self.mistakes.append("time_of_day needs a heading for sent_at, the day")
            return value
        self.mistakes.append("time_of_day must be a heading, in quotes")
        return None

    def _may_hide_recipients(self) -> bool:
        value = self._of_messages("may_hide_recipients")
        if value is not None and not isinstance(value, bool):
            self.mistakes.append("may_hide_recipients must be true or false")
        return value is True


def tells_hour(form: str) -> bool:
    """Whether a ``strptime`` form has a time of day."""
    return _HAS_HOUR.search(form) is not None
