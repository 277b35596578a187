"""What is held about one student, as a page to print and as JSON, for their eyes alone."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from auditor.result.subject import SubjectExport
from reports import publishing
from reports.documents import document
from reports.page import render


@dataclass(frozen=True, slots=True)
class Exported:
    """The files of an export; ``sha256`` is that of its JSON, whatever was written."""

    html: bytes
    json: bytes

    @property
    def sha256(self) -> str:
        return sha256(self.json).hexdigest()

    def write(self, folder: Path, name: str) -> tuple[Path, Path]:
        """Write both files into ``folder``; raises ``OSError``."""
        made = publishing.publish(folder, name, html=self.html, json=self.json, csv=None)
        return made.html, made.json


def export(held: SubjectExport) -> Exported:
    """Return both forms; the same values give the same bytes."""
    page = render("subject.html.j2", held, style="packet.css")
    return Exported(page, document("subject-export", held))
