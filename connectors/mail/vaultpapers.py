"""What Vault's own lists say of an export: how many messages, whose failed, which are drafts.

Google documents which lists there are, not their headings, and they change. So a column is known
by what stands in it: addresses, or whole numbers. Where that is not clear nothing is concluded,
and the nightly page says that the list could not be used.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import md5
from xml.parsers import expat

from auditor.keys import canonical_email
from auditor.source import Malformed
from connectors.csvfile import Columns, CsvTable, Row, plain_heading
from connectors.envelope.identity import message_id
from connectors.files import READ_SIZE, DroppedFile, reading

_LARGEST_LIST = 64 << 20
_LONGEST_METADATA_LINE = 8 << 20
_ACCOUNT = ("account", "user", "owner", "custodian", "email", "mailbox")
_COUNT = ("count", "message")
_DRAFT = frozenset({"draft", "drafts", "^draft", "^drafts", "^r"})
_MESSAGE_ID = ("rfc822messageid", "messageid", "internetmessageid")
_MD5 = re.compile(r"(?<![0-9A-Fa-f])[0-9A-Fa-f]{32}(?![0-9A-Fa-f])")


@dataclass(frozen=True, slots=True)
class Exceptions:
    """The accounts that a list of errors names, with how many of its rows, and rows naming none."""

    accounts: Mapping[str, int] = field(default_factory=dict)
    unnamed: int = 0


def message_counts(file: DroppedFile) -> dict[str, int] | None:
    """Return how many messages of each account an export holds; None if that cannot be read."""
    rows = _rows(file)
    if not rows:
        return None
    head, body = ([], rows) if any(map(_address, rows[0])) else (rows[0], rows[1:])
    width = max((len(row) for row in body), default=0)
    cells = [[row[at].strip() if at < len(row) else "" for row in body] for at in range(width)]
    accounts = [at for at in range(width) if any(map(_address, cells[at]))]
    numbers = [at for at in range(width) if cells[at] and all(c.isdecimal() for c in cells[at])]
    if len(numbers) > 1:
        numbers = [at for at in numbers if at < len(head) and _is_about(head[at], _COUNT)]
    if len(accounts) != 1 or len(numbers) != 1:
        return {} if not body else None
    found: Counter[str] = Counter()
    for account, number in zip(cells[accounts[0]], cells[numbers[0]], strict=True):
        address = _address(account)
        if address is not None:  # a line with the sum names no account
            found[address] += int(number)
    return dict(found)


def exceptions(file: DroppedFile) -> Exceptions:
    """Return whose messages a list of errors says are not in the export, or not all of them."""
    rows = _rows(file)
    if rows is None:
        return Exceptions(unnamed=1)
    head, body = (rows[0], rows[1:]) if rows and not any(map(_address, rows[0])) else ([], rows)
    told = [at for at, heading in enumerate(head) if _is_about(heading, _ACCOUNT)]
    found: Counter[str] = Counter()
    unnamed = 0
    for row in body:
        named = (_address(row[at]) for at in (*told, *range(len(row))) if at < len(row))
        address = next((one for one in named if one is not None), None)
        if address is None:
            unnamed += 1
        else:
            found[address] += 1
    return Exceptions(dict(found), unnamed)


def damaged(file: DroppedFile, checksums: DroppedFile) -> bool:
    """Whether a file is not the one whose checksum stands in the list."""
    name = file.path.name.casefold()
    text = _text(checksums) or ""
    stated = {
        found.group().lower()
        for line in text.splitlines()
        if _names(line, name)
        for found in _MD5.finditer(line)
    }
    return bool(stated) and _md5(file) not in stated


def _names(line: str, name: str) -> bool:
    """Whether a line is about a file, and not about one whose name merely ends the same."""
    at = line.casefold().rfind(name)
    return at >= 0 and (at == 0 or line[at - 1] in " \t,;/\\\"'*(:|")


def drafts(file: DroppedFile, *, is_xml: bool) -> frozenset[str] | None:
    """Return the Message-IDs of what was never sent; None if the metadata does not tell.

    An id that also stands beside a message without the draft's label is left out: it was sent.
    """
    each = _labels_in_xml if is_xml else _labels_in_csv
    found: set[str] = set()
    known = False
    for id_, is_draft in each(file):
        known = True
        if is_draft:
            found.add(id_)
    if found:
        found -= {id_ for id_, is_draft in each(file) if not is_draft}
    return frozenset(found) if known else None


def _labels_in_csv(file: DroppedFile) -> Iterator[tuple[str, bool]]:
    with reading(file.path, file.name), open(file.path, "rb") as stream:
        try:
            table = CsvTable(
                stream, file.name, longest_line=_LONGEST_METADATA_LINE, cell_lines=1_000
            )
            headings = {plain_heading(one): one for one in table.header}
            id_ = next((headings[one] for one in _MESSAGE_ID if one in headings), None)
            labels = headings.get("labels")
            if id_ is None or labels is None:
                return
            for row in table.rows(Columns(required=(id_, labels))):
                if isinstance(row, Row):
                    yield from _told(row[id_], row[labels])
        except Malformed:
            return


def _labels_in_xml(file: DroppedFile) -> Iterator[tuple[str, bool]]:
    documents = _Documents()
    with reading(file.path, file.name), open(file.path, "rb") as stream:
        while portion := stream.read(READ_SIZE):
            try:
                documents.parser.Parse(portion)
            except (expat.ExpatError, Malformed):
                return
            for one in documents.taken():
                id_ = next((one[name] for name in _MESSAGE_ID if name in one), None)
                if id_ is not None and "labels" in one:
                    yield from _told(id_, one["labels"])


class _Documents:
    """Takes ids and labels out of metadata in XML; every other value is passed over."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._begin
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = self._no_doctype
        self._current: dict[str, str] = {}
        self._done: list[dict[str, str]] = []

    def taken(self) -> list[dict[str, str]]:
        done, self._done = self._done, []
        return done

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        if name == "Document":
            self._current = {}
        elif name == "Tag":
            heading = plain_heading(attributes.get("TagName", ""))
            if heading == "labels" or heading in _MESSAGE_ID:
                self._current[heading] = attributes.get("TagValue", "")

    def _end(self, name: str) -> None:
        if name == "Document":
            self._done.append(self._current)

    def _no_doctype(self, *_: object) -> None:
        # What is defined there may unpack to anything; Vault defines nothing.
        raise Malformed("it defines a document type", where="metadata", cure="Export it again")


def _told(id_: str, labels: str) -> Iterator[tuple[str, bool]]:
    found = message_id(id_)
    if found is not None:
        named = {label.strip(" \"'").casefold() for label in re.split("[,;]", labels)}
        yield found, not named.isdisjoint(_DRAFT)


# ---- small lists -----------------------------------------------------------------------------


def _rows(file: DroppedFile) -> list[list[str]] | None:
    """Return the rows of a small list that are not blank; None if it is no such list."""
    text = _text(file)
    if text is None:
        return None
    try:
        rows = list(csv.reader(text.splitlines(), strict=False))
    except csv.Error:
        return None
    return [row for row in rows if any(cell.strip() for cell in row)]


def _text(file: DroppedFile) -> str | None:
    if file.size > _LARGEST_LIST:
        return None
    with reading(file.path, file.name), open(file.path, "rb") as stream:
        content = stream.read(_LARGEST_LIST)
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        return content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError:
        return None


def _address(cell: str) -> str | None:
    """Return a cell that is one address and nothing else, in its canonical form."""
    found = canonical_email(cell)
    return found if found is not None and "." in found.rpartition("@")[2] else None


def _is_about(heading: str, words: Iterable[str]) -> bool:
    plain = plain_heading(heading)
    return any(word in plain for word in words)


def _md5(file: DroppedFile) -> str:
    digest = md5(usedforsecurity=False)
    with reading(file.path, file.name), open(file.path, "rb") as stream:
        while portion := stream.read(READ_SIZE):
            digest.update(portion)
    return digest.hexdigest()
