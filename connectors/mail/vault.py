"""Exports of Google Vault in a drop: which files belong together, and what each of them is for.

An export comes as ``NAME-1.zip``, ``NAME-2.zip`` and so on, beside lists that say how many messages
of which account are in it, what went wrong, and what the files' checksums are. Without those lists
a zip that was not downloaded is a hole that nobody sees.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import PurePosixPath

from connectors.files import DroppedFile

_PART = re.compile(r"(?P<name>.+)-(?P<number>\d{1,6})\.zip", re.IGNORECASE)
_LOOSE = re.compile(r"(?:.+-)?errors?\.(?:csv|xml)", re.IGNORECASE)
_CHECKSUMS = re.compile(r".*(?:md5|checksum).*", re.IGNORECASE)


class Paper(StrEnum):
    """The lists beside the zips, by how their names end."""

    COUNTS = "-results-count.csv"
    EXCEPTIONS = "-account-exceptions.csv"
    ERRORS = "-error.csv"
    METADATA = "-metadata.csv"
    METADATA_XML = "-metadata.xml"
    MEMBERS = "-group-membership.csv"
    FAILED_LOOKUPS = "-failed-group-membership-lookups.csv"
    CHECKSUMS = "checksums"


_TELLING = (Paper.COUNTS, Paper.EXCEPTIONS, Paper.METADATA, Paper.METADATA_XML)
"""Papers whose names nothing but an export has."""


@dataclass(slots=True)
class Export:
    """One export: its zips by number, and its papers. Several may lie in one folder."""

    name: str
    parts: dict[int, DroppedFile] = field(default_factory=dict)
    papers: dict[Paper, DroppedFile] = field(default_factory=dict)

    @property
    def files(self) -> list[DroppedFile]:
        return [*self.parts.values(), *self.papers.values()]

    def missing_parts(self) -> list[int]:
        """Return the numbers of zips that are left out between the first and the last."""
        return [n for n in range(1, max(self.parts, default=0)) if n not in self.parts]


def belongs_to_export(name: str) -> bool:
    """Whether a file may be part of an export, by its name alone."""
    extension = PurePosixPath(name).suffix.lower()
    return extension in (".zip", ".csv", ".xml") or _CHECKSUMS.fullmatch(name) is not None


def exports_in(files: Iterable[DroppedFile], *, always: bool) -> Iterator[Export]:
    """Yield the exports among the files of one folder, by name.

    Unless ``always`` is set, a zip counts only where a paper of the same export lies beside it:
    other zips have names that end in a number too. Papers without any zip are an export that was
    not downloaded.
    """
    found: dict[str, Export] = {}
    checksums: list[DroppedFile] = []
    loose: list[DroppedFile] = []
    for file in sorted(files, key=lambda one: one.path.name):
        name = file.path.name
        part = _PART.fullmatch(name)
        paper = next((p for p in Paper if name.lower().endswith(p) and len(name) > len(p)), None)
        if part is not None:
            _of(found, part["name"]).parts.setdefault(int(part["number"]), file)
        elif paper is not None:
            _of(found, name[: -len(paper)]).papers.setdefault(paper, file)
        elif always and name.lower().endswith(".zip"):
            _of(found, PurePosixPath(name).stem).parts.setdefault(1, file)
        elif _CHECKSUMS.fullmatch(name):
            checksums.append(file)
        elif _LOOSE.fullmatch(name):
            loose.append(file)
    kept = [e for e in found.values() if always or any(paper in e.papers for paper in _TELLING)]
    for export in kept:
        # These two need not bear the export's name; lines about other files are passed over.
        for paper, some in ((Paper.CHECKSUMS, checksums), (Paper.ERRORS, loose)):
            if some:
                export.papers.setdefault(paper, some[0])
    yield from sorted(kept, key=lambda export: export.name)


def _of(found: dict[str, Export], name: str) -> Export:
    return found.setdefault(name, Export(name))
