"""CSV files that a spreadsheet opens as what they are: text and numbers, never formulas.

A cell that begins with = + - @, a tab or a line break is computed by Excel, LibreOffice and
Google Sheets (OWASP, "CSV Injection"; ASVS 5.0, 1.2.10), so such text gets an apostrophe in
front. Files are UTF-8 with a byte order mark: without one, Excel reads every accent wrong.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence

from reports.shown import plain

_COMPUTED = ("=", "+", "-", "@", "\t", "\r", "\n")

Cell = str | int | None


def table(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return a CSV file. None becomes "not known"; numbers are written bare."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([cell(value) for value in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")


def cell(value: Cell) -> str | int:
    """Return one cell as it is written."""
    if value is None:
        return "not known"
    if isinstance(value, int):
        return value
    text = plain(value)
    # Some spreadsheets take full-width signs for the plain ones.
    like_plain = unicodedata.normalize("NFKC", text[:1])
    return f"'{text}" if value.startswith(_COMPUTED) or like_plain in _COMPUTED else text
